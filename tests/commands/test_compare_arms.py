"""Two arms of a study: which differences are told apart, adjusted for all that are shown."""

import numpy as np
import pytest
import yaml
from fakes import fake_code
from scipy.stats import ttest_1samp

from lit.__main__ import main
from lit.workflow.compare_arms import compare_arms

N, SEEDS, K = (32, 64, 128), 5, 128


@pytest.fixture
def totals(tmp_path, monkeypatch, tiny):
    """Bits (S,) by run of two arms, whose files hold them."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(3)
    (arm,) = tiny["arms"]
    arms = [arm | {"name": name, "model": name, "n": [*N]} for name in ("a", "b")]
    models = {name: {"kind": "linear"} for name in ("a", "b")}
    study = tiny | {"arms": arms, "models": models, "seeds": [[0, 1, 2, 3, 4]]}
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study))
    made = {}

    def read(name, run, where):
        cold = run.endswith("theta0")
        made[run] = (90 if cold else 60 if "--a--" in run else 62.3) + rng.normal(size=SEEDS)
        bits = np.repeat(made[run][:, None] / K, K, axis=1)
        return fake_code(bits), {}

    monkeypatch.setattr("lit.workflow.compare_arms.read_codes", read)
    return made


def holm(p):
    """By hand: the i-th smallest of m times m - i, never below the one before."""
    adjusted, worst = {}, 0.0
    for i, name in enumerate(sorted(p, key=p.get)):
        worst = max(worst, min(1.0, p[name] * (len(p) - i)))
        adjusted[name] = worst
    return adjusted


def test_what_is_told_apart_is_so_for_all_rows_together(totals, capsys):
    found = dict(compare_arms("study.yaml", "a", "b"))
    assert list(found) == list(N)
    kept = {(n, of): pair for n, own in found.items() for of, pair in own.items()}
    cold = totals["digits--true--a--fast--theta0"] - totals["digits--true--b--fast--theta0"]
    own = {}
    for n in N:
        ends = (f"--fast--from.n{n}.early", "digits--true--a", "digits--true--b")
        warm = totals[ends[1] + ends[0]] - totals[ends[2] + ends[0]]
        own |= {(n, "L_IT"): cold - warm, (n, "from θ₀"): cold, (n, "from M"): warm}
    single = {key: ttest_1samp(values, 0).pvalue for key, values in own.items()}
    expected = holm(single)
    assert {key: pair.p for key, pair in kept.items()} == pytest.approx(expected)
    assert {key: pair.more.mean for key, pair in kept.items()} == pytest.approx(
        {key: values.mean() for key, values in own.items()}
    )
    alone, together = (sum(p <= 0.05 for p in values.values()) for values in (single, expected))
    assert together < alone, "the adjustment has to matter here"
    main(["compare", "study.yaml", "--arms", "a", "b"])
    assert "for all rows together" in capsys.readouterr().out
