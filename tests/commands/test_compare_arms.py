"""Two arms of a study: which differences are told apart, adjusted for all that are shown."""

import numpy as np
import pytest
import yaml
from fakes import FakeStudy, fake_code
from scipy.stats import ttest_1samp

from lit.__main__ import main
from lit.analyses import get_analysis
from lit.workflow.compare_arms import compare_arms

N, SEEDS, K = (32, 64, 128), 5, 128


@pytest.fixture
def totals(tmp_path, monkeypatch, tiny):
    """Bits (S,) by run of two arms, whose files hold them."""
    models = {name: {"kind": "linear"} for name in ("a", "b")}
    arms = [{"name": name, "model": name, "n": [*N]} for name in ("a", "b")]
    return write_study(tmp_path, monkeypatch, tiny | {"models": models}, arms)


@pytest.fixture
def one_theta0(tmp_path, monkeypatch, tiny):
    """The same of two arms of one model at one n, which share their code from theta0."""
    arms = [{"name": "a", "n": [64]}, {"name": "b", "n": [64], "source_labels": {"noise": 0.3}}]
    return write_study(tmp_path, monkeypatch, tiny, arms)


def write_study(folder, monkeypatch, study, arms):
    """A study of arms that are otherwise as its own; bits (S,) by run, as they are read."""
    monkeypatch.chdir(folder)
    rng = np.random.default_rng(3)
    (arm,) = study["arms"]
    study = study | {"arms": [arm | own for own in arms], "seeds": [[*range(SEEDS)]]}
    (folder / "study.yaml").write_text(yaml.safe_dump(study))
    made = {}

    def read(name, run, where):
        cold = run.endswith("theta0")
        mean = 90 if cold else 63.4 if "noise" in run else 62.3 if "--b--" in run else 60
        made.setdefault(run, mean + rng.normal(size=SEEDS))
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
    # The codes from theta0 are the same at each n: their difference is one test, not three.
    again = [(n, "from θ₀") for n in N[1:]]
    expected = holm({key: p for key, p in single.items() if key not in again})
    expected |= dict.fromkeys(again, expected[N[0], "from θ₀"])
    assert {key: pair.p for key, pair in kept.items()} == pytest.approx(expected)
    assert {key: pair.more.mean for key, pair in kept.items()} == pytest.approx(
        {key: values.mean() for key, values in own.items()}
    )
    alone, together = (sum(p <= 0.05 for p in values.values()) for values in (single, expected))
    assert together < alone, "the adjustment has to matter here"
    main(["compare", "study.yaml", "--arms", "a", "b"])
    said = capsys.readouterr().out
    assert "for all rows together" in said
    assert said.count("from θ₀   ") == 1, "it is the same for all n"


@pytest.mark.parametrize(("warm", "apart"), [([60, 61, 60, 62, 61], False), ([75] * 5, True)])
def test_how_much_of_a_difference_is_the_code_from_theta0_is_said(totals, capsys, warm, apart):
    """b's code from theta0 is 20 bits longer, and so is its L_IT where codes from M are alike."""
    noise = np.array([0.1, -0.2, 0, 0.2, -0.1])
    for arm, cold, own in (("a", 90 + noise, [61, 60, 61, 60, 63]), ("b", 110 - noise, warm)):
        totals[f"digits--true--{arm}--fast--theta0"] = np.array(cold, dtype=float)
        totals[f"digits--true--{arm}--fast--from.n128.early"] = np.array(own, dtype=float)
    main(["compare", "study.yaml", "--arms", "a", "b"])
    said = " ".join(capsys.readouterr().out.split())
    assert (
        f"b has {6.0 if apart else 20.2} bits of L_IT more, but its code from θ₀ is 20.0 bits"
        in said
    )
    end = "14.0 bits longer." if apart else "0.2 bits shorter, and the two cannot be told apart."
    assert f"Compare the codes from M: that of b is {end}" in said


def test_one_code_from_theta0_leaves_one_test_and_the_p_of_the_analysis(one_theta0, capsys):
    """L_IT and the code from M then differ by the same bits, with the sign turned round."""
    ((n, kept),) = compare_arms("study.yaml", "a", "b")
    (cold,) = (bits for run, bits in one_theta0.items() if run.endswith("theta0"))
    (a,) = (bits for run, bits in one_theta0.items() if "from" in run and "noise" not in run)
    (b,) = (bits for run, bits in one_theta0.items() if "from" in run and "noise" in run)
    single = ttest_1samp(b - a, 0).pvalue
    assert 0.05 / 3 < single < 0.05, "three tests would not tell the two apart"
    assert (n, [*kept]) == (64, ["L_IT", "from M"])
    assert [pair.p for pair in kept.values()] == pytest.approx([single, single])
    assert kept["from M"].more.mean == pytest.approx(-kept["L_IT"].more.mean)
    study = FakeStudy().arm("a", 64, cold, a).arm("b", 64, cold, b)
    table = get_analysis("compare").tabulate(study.results(), {})
    assert table["p_first"].iloc[1] == pytest.approx(kept["L_IT"].p)
    main(["compare", "study.yaml", "--arms", "a", "b"])
    said = capsys.readouterr().out
    assert "less b, bits" in said
    assert "from θ₀ " not in said.split("Differences")[0]
    assert said.count(f"{single:.3f}  told apart") == 2
    assert "Both arms have one code from θ₀: their L_IT differ by as many bits" in said


def test_arms_that_never_differ_have_no_tests(one_theta0, monkeypatch):
    code = fake_code(np.ones((SEEDS, K))), {}
    monkeypatch.setattr("lit.workflow.compare_arms.read_codes", lambda *asked: code)
    ((_, kept),) = compare_arms("study.yaml", "a", "b")
    assert [(pair.more.mean, pair.p, pair.apart) for pair in kept.values()] == [(0, 1, False)] * 2
