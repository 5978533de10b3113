"""Analyses that hold L_IT against identities, noise and planted information, on made-up codes."""

import dataclasses
import functools
import io
import math

import numpy as np
import pytest
from fakes import FakeStudy, closed_testing, fake_code, fake_row
from scipy import stats

from lit.analyses import choice, get_analysis, noise, surface
from lit.analyses import planted as against_truth
from lit.data.labels import transform_labels
from lit.errors import InputError
from lit.figures import get_figure
from lit.measures.intervals import ratio_of_means
from lit.study.kinds import Analysis, kinds_of

SCALES = np.array([0.9, 1.0, 1.3])  # of each seed's bits


# a run's blocks double from 32 labels
code = functools.partial(fake_code, first=32)


def row(n, k, cold="cold", warm="cold", **other):
    return fake_row("a", n, k, **{"source_cold": cold} | other, cold=cold, warm=warm)


def results(rows, codes, sources=None, datasets=None):
    study = FakeStudy()
    study.rows, study.codes = rows, codes
    study.sources, study.datasets = sources or {}, datasets or {}
    return study.results()


# surface --------------------------------------------------------------------------------------


def exact_surface(ns=(32, 64, 512), k=64, stream=192, scales=SCALES):
    """A label costs 1 / (1 + m) bits after m examples, be they M's or the stream's."""
    costs = 1 / (1 + np.arange(2000.0))
    codes = {"cold": code(scales[:, None] * costs[:stream])}
    codes |= {f"warm{n}": code(scales[:, None] * costs[n : n + k]) for n in ns}
    return results([row(0, stream), *(row(n, k, warm=f"warm{n}") for n in ns)], codes)


def harmonic(m):
    return sum(1 / i for i in range(1, m + 1))


def test_a_coder_that_keeps_everything_has_one_surface():
    table = surface.tabulate(exact_surface(), {}).set_index(["n", "k"])
    assert list(table.index) == [(n, k) for n in (32, 64, 512) for k in (32, 64)]
    for n, k in table.index[:4]:
        expected = SCALES.mean() * (harmonic(n) + harmonic(k) - harmonic(n + k))
        assert table.loc[(n, k), ["l_it_bits", "joint_bits"]].tolist() == pytest.approx(
            [expected] * 2, abs=1e-12
        )
        spread = SCALES.std(ddof=1) / math.sqrt(3) * expected / SCALES.mean()
        assert table.loc[(n, k), ["l_it_se", "joint_se"]].tolist() == pytest.approx(
            [spread] * 2, abs=1e-12
        )
    assert (
        table.loc[512, ["joint_bits", "difference_bits"]].isna().all(axis=None)
    )  # 544 labels and more are not in the stream
    assert table["difference_bits"].abs().max() < 1e-12
    assert table.loc[(32, 64), "asymmetry_bits"] < 1e-12
    assert np.isnan(
        [table.loc[(32, 32), "asymmetry_bits"], table.loc[(512, 32), "asymmetry_bits"]]
    ).all()
    assert not table[["falls_in_n", "falls_in_k"]].any(axis=None)


def test_falls_and_asymmetry_are_found():
    """M of 64 examples forgets 1 bit in the last 32 labels, and so falls behind M of 32."""
    case = exact_surface()
    worse = case.codes["warm64"]["bits/architecture"]
    worse[:, 32:] += 1 / 32 * np.array([[0.9], [1.0], [1.1]])
    table = surface.tabulate(case, {}).set_index(["n", "k"])
    assert table.index[table["falls_in_n"]].tolist() == [(64, 64)]
    assert table.index[table["falls_in_k"]].tolist() == [(64, 64)]
    assert table.loc[(64, 64), "difference_bits"] == pytest.approx(-1)
    worse[:, :32] += 1 / 32
    table = surface.tabulate(case, {}).set_index(["n", "k"])
    assert table.loc[[(32, 64), (64, 32)], "asymmetry_bits"].tolist() == pytest.approx([1, 1])


def test_p_values_of_a_surface_are_adjusted_for_its_points():
    """Seeds lose and gain at random: four points have a joint value, and one pair of them a mirror image."""
    case, k = exact_surface(), 64
    for n in (32, 64):
        noise = np.random.default_rng(n).normal(1 / 8, 1 / 8, (3, 2)) * [1, -1 / 2]
        case.codes[f"warm{n}"]["bits/architecture"] += np.repeat(noise, 32, axis=1) / 4
    table = surface.tabulate(case, {}).set_index(["n", "k"])
    cold = case.codes["cold"]["bits/architecture"]
    warm = {n: case.codes[f"warm{n}"]["bits/architecture"] for n in (32, 64)}
    saved = {(n, m): (cold[:, :k] - warm[n])[:, :m].sum(axis=1) for n in warm for m in (32, 64)}
    joint = {(n, m): cold[:, :n].sum(axis=1) - cold[:, m : n + m].sum(axis=1) for n, m in saved}
    alone = [stats.ttest_rel(saved[point], joint[point]).pvalue for point in saved]
    found = table.loc[list(saved), "difference_p"]
    assert found.tolist() == pytest.approx(closed_testing(alone))
    assert table.loc[512, "difference_p"].isna().all()
    mirror = stats.ttest_rel(saved[32, 64], saved[64, 32]).pvalue
    assert table["asymmetry_p"].dropna().to_dict() == {(32, 64): pytest.approx(mirror)}
    for arrays in case.codes.values():  # now all seeds code the same examples
        arrays["index"] = np.broadcast_to(
            np.arange(arrays["index"].shape[1]), arrays["index"].shape
        )
    same = surface.tabulate(case, {}).set_index(["n", "k"])
    assert same["l_it_bits"].tolist() == table["l_it_bits"].tolist()
    for name in ("l_it_se", "joint_se", "difference_se", "asymmetry_p"):
        before, now = (each[name].dropna() for each in (table, same))
        assert (now >= before).all(), name
        assert (now > before).any(), name


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows[1:], "n > 0"),
        (lambda rows: [r | {"k": 31} for r in rows], "k at least 32"),
        (lambda rows: [*rows, rows[1]], "each n once"),
        (lambda rows: [*rows, rows[1] | {"n": 5, "source_dataset": "other"}], "another task"),
        (lambda rows: [*rows, rows[1] | {"n": 5, "cold": "another"}], "one target"),
    ],
)
def test_surface_refuses_rows_that_make_none(change, message):
    case = exact_surface(ns=(32,))
    rows = [row(0, 64)] * 2 if message == "n > 0" else change(case.rows)
    with pytest.raises(InputError, match=message):
        surface.tabulate(results(rows, case.codes), {})


# noise ----------------------------------------------------------------------------------------


def binary_entropy(p):
    return -p * math.log2(p) - (1 - p) * math.log2(1 - p)


def test_entropy_of_noise():
    assert noise.noise_entropy(None, 10) == 0
    assert noise.noise_entropy({"random": 0.5}, 2) == pytest.approx(binary_entropy(0.25))
    assert noise.noise_entropy({"noise": 0.25}, 2) == pytest.approx(binary_entropy(0.25))
    assert noise.noise_entropy({"random": 1}, 10) == pytest.approx(math.log2(10))
    assert noise.noise_entropy({"noise": 0.9}, 10) == pytest.approx(math.log2(10))
    assert noise.noise_entropy({"noise": 1}, 2) == 0  # the other class, for certain
    assert noise.noise_entropy({"noise": 0.5}, 4) == pytest.approx(1 + 0.5 * math.log2(3))


@pytest.mark.parametrize("transform", [{"random": 0.6}, {"noise": 0.6}])
def test_entropy_of_noise_is_that_of_the_labels_that_are_drawn(transform):
    y = np.zeros(200_000, dtype=np.int64)
    noisy, _ = transform_labels(y, 3, transform, seed=0)
    share = np.bincount(noisy, minlength=3) / len(y)
    assert noise.noise_entropy(transform, 3) == pytest.approx(
        -(share * np.log2(share)).sum(), abs=0.005
    )


def noisy_results(levels, kind="random", seeds=3):
    """From theta0 a label costs 1 bit, from M (1 + p) / 2; M's own labels a quarter."""
    ones, codes, sources, rows = np.ones((seeds, 64)), {}, {}, []
    for p in levels:
        labels = {kind: p} if p else None
        codes |= {f"cold{p}": code(ones), f"warm{p}": code(ones * (1 + p) / 2)}
        sources[f"m{p}"] = {"bits": np.full((seeds, 32), 0.25), "accuracy": np.full(seeds, 0.5)}
        names = {"source": f"m{p}", "labels": labels, "source_labels": labels}
        rows.append(row(32, 64, f"cold{p}", f"warm{p}", **names))
    return results(rows, codes, sources)


def test_noise_table():
    case = noisy_results([1, 0, 0.5])
    table = noise.tabulate(case, {})
    assert table["level"].tolist() == [0, 0.5, 1]
    assert table["labels"].tolist() == ["true", "random-0.5", "random-1"]
    assert table["l_theta0_bits"].tolist() == [64] * 3
    assert table["l_m_bits"].tolist() == [32, 48, 64]
    assert table["l_it_bits"].tolist() == [32, 16, 0]
    assert (
        table["k_m_bits"].tolist() == [24] * 3
    )  # 32 training labels, three quarters of a bit each
    assert table["irreducible_bits"].tolist() == pytest.approx([0, 64 * binary_entropy(0.25), 64])
    assert table["uniform_bits"].tolist() == [64] * 3
    text = " ".join(noise.describe(table))
    assert "L_IT falls at every step" in text
    assert "At p = 1 L_IT is 0 bits" in text
    assert "not wholly random" not in text


def test_labels_that_all_seeds_code_make_intervals_wider():
    """M saves 1 bit of one half of a block's labels and none of the other: a variance of a quarter a label, in all
    seeds alike. Seeds that code labels of their own, and save as much, are sure."""
    case = noisy_results([0, 1])
    for run, arrays in case.codes.items():
        arrays["bits/architecture"][:] = 1
        if run.startswith("warm"):
            arrays["bits/architecture"][:, ::2] = 0
    own = noise.tabulate(case, {})
    for arrays in case.codes.values():
        arrays["index"] = np.broadcast_to(np.arange(64), (3, 64))
    same = noise.tabulate(case, {})
    assert own["l_it_bits"].tolist() == same["l_it_bits"].tolist() == [32, 32]
    assert own["l_it_se"].tolist() == [0, 0]
    assert same["l_it_se"].tolist() == pytest.approx([4, 4])  # sqrt(64 / 4)
    # nothing varies from seed to seed, so that degrees of freedom are those of the examples: many
    assert same["l_it_ci_high"].tolist() == pytest.approx([32 + 4 * stats.norm.ppf(0.975)] * 2)


def test_noise_says_what_goes_against_expectation():
    case = noisy_results([0, 0.5, 0.8])
    case.codes["warm0.8"]["bits/architecture"][:] = 0.25
    text = " ".join(noise.describe(noise.tabulate(case, {})))
    assert "L_IT does not go one way (32; 16; 48 bits)" in text
    assert "75.00 % of k log₂ C; labels are not wholly random there" in text


def test_memorised_bits_are_missing_without_the_training_labels_code():
    case = noisy_results([0, 1])
    for one in case.rows:
        one["source_cold"] = None
    table = noise.tabulate(case, {})
    assert table["k_m_bits"].isna().all()
    assert "K(Mₙ) there is unknown" in " ".join(noise.describe(table))
    assert len(get_figure("noise").draw(table).axes) == 2


def test_noise_refuses_arms_that_differ_in_more():
    with pytest.raises(InputError, match="noisy labels"):
        noise.tabulate(noisy_results([0]), {})
    case = noisy_results([0, 1])
    with pytest.raises(InputError, match="same labels"):
        noise.tabulate(results([*case.rows, case.rows[0]], case.codes, case.sources), {})
    case.rows[0]["model"] = "cnn"
    with pytest.raises(InputError, match="differ in model"):
        noise.tabulate(case, {})


# planted --------------------------------------------------------------------------------------


PLANTED = {
    "lookup": {"kind": "lookup", "symbols": 2, "classes": 4},
    "teacher": {"kind": "teacher", "inputs": 2, "width": 1},
    "parity": {"kind": "parity", "inputs": 20, "order": 3},
}


def planted_results():
    """From theta0 a label costs 1 bit, from M half a bit."""
    codes = {"cold": code(np.ones((3, 128))), "warm": code(np.full((3, 128), 0.5))}
    rows = [
        row(n, 48, warm="warm" if n else "cold", target=t, source_dataset=t)
        for t in PLANTED
        for n in (0, 1)
    ]
    return results(rows, codes, datasets=PLANTED)


def test_planted_table():
    table = against_truth.tabulate(planted_results(), {}).set_index("kind")
    assert table["n"].tolist() == [1, 1, 1]
    assert table["l_it_bits"].tolist() == [24, 24, 24]
    assert table["l_theta0_bits"].tolist() == [48, 48, 48]
    # With the closed form the code learns after every label: 2 symbols of 2 bits; M knows half of it
    truths = [2 * 2 * (1 - 0.5**48) * 0.5, math.log2(2 * 48 + 1), math.log2(1140)]
    assert table["truth_bits"].tolist() == pytest.approx(truths)
    assert table["ratio"].tolist() == pytest.approx([24 / truth for truth in truths])
    assert table["ratio_shortest"].tolist() == pytest.approx([18 / truth for truth in truths])
    # Without it at the ends of blocks: 32 labels at the start, 16 of the second block
    truths[0] = 2 * (32 + 16 * 0.5**32) * 0.5
    assert table["ratio_network"].tolist() == pytest.approx([30 / truth for truth in truths])
    assert table["truth_is"].tolist() == ["exact", "at most", "at least"]
    assert table["parameters"].tolist() == [
        "symbols: 2, classes: 4",
        "inputs: 2, width: 1",
        "inputs: 20, order: 3",
    ]


def test_only_a_task_that_m_learnt_has_a_truth():
    case = planted_results()
    for one, change in zip(
        case.rows[1::2],
        ({"labels": {"random": 1}}, {"source_dataset": "parity"}, {"n": None}),
        strict=True,
    ):
        one |= change
    with pytest.raises(InputError, match="kind lookup, teacher, parity or markov"):
        against_truth.tabulate(case, {})


CHAIN = {"kind": "markov", "order": 0, "symbols": 2}


def chain_results(**equal):
    """Windows of one label, 0 four times, then 1 four times. Seeds code the first two, two and
    four, from M's two examples at the end; from theta0 a label costs 1 bit, from M half a bit."""
    y = np.repeat([0, 1], 4)[:, None]
    streams = np.array([[0, 1], [2, 3], [3, 4]])
    codes = {"cold": code(np.ones((3, 2)), index=streams, classes=2)}
    codes["warm"] = code(np.full((3, 2), 0.5), index=streams, classes=2)
    rows = [row(2, 2, warm="warm", target="chain", source_dataset="chain", source="m")]
    case = results(rows, codes, {"m": {"index": np.array([[6, 7], [6, 7], [0, 1]])}})
    return dataclasses.replace(
        case, datasets={"chain": CHAIN | equal}, data={"chain": {"x": 0 * y, "y": y}}
    )


def test_the_truth_of_a_chain_is_that_of_each_seeds_own_windows(analyse):
    """Half a count each. Of two labels alike the first costs 1/2, the second 3/4, after two of the
    other symbol 1/6 and 3/8; of 0 and 1 the labels cost 1/2 and 1/4, after two of 0 5/6 and 1/8."""
    table, *_ = analyse("planted", chain_results())
    (found,) = table.to_dict("records")
    alike, other = -math.log2(3 / 8), -math.log2(1 / 16)
    unlike, after = -math.log2(1 / 8), -math.log2(5 / 48)
    truth = np.array([alike - other, alike - other, unlike - after])
    assert found["truth_bits"] == pytest.approx(truth.mean())
    assert found["ideal_bits"] == pytest.approx((2 * alike + unlike) / 3)
    assert (found["truth_is"], found["parameters"]) == ("exact", "order: 0, symbols: 2")
    assert found["uniform_bits"] == 2


def test_the_ratio_to_the_truth_has_fiellers_interval():
    case = chain_results()
    case.sources["m"]["index"] = np.array([[2, 3], [0, 1], [0, 1]])
    table = against_truth.tabulate(case, {})
    (found,) = table.to_dict("records")
    alike = math.log2(5 / 6 * 7 / 8 / (3 / 8))
    truth = np.array([alike, alike, math.log2(5 / 6 * 1 / 8 / (1 / 8))])
    for name, saved in ("", 1), ("_network", 1.25), ("_shortest", 0.75):
        share, ends = ratio_of_means(np.full(3, float(saved)), truth)
        keys = [f"ratio{name}{part}" for part in ("", "_ci_low", "_ci_high")]
        assert [found[key] for key in keys] == pytest.approx([share, *ends], nan_ok=True)


def test_of_equally_likely_symbols_nothing_is_to_learn(analyse):
    table, figure, text = analyse("planted", chain_results(concentration="inf"))
    (found,) = table.to_dict("records")
    assert (found["truth_bits"], found["ideal_bits"]) == (0, 2)
    assert math.isnan(found["ratio"])
    assert "L_IT is 1.0 bits, and no code, from θ₀ or from M, is farther than 50.000 %" in text
    assert (
        figure.axes[0].get_title(loc="right") == "1 not shown: planted or measured at most 0 bits"
    )


# choice ---------------------------------------------------------------------------------------


def choice_results(saved, k=64):
    """Rows whose M saves as many bits of each label as ``saved`` (S, k) says."""
    codes = {"cold": code(np.ones_like(saved)), "warm": code(1 - saved)}
    return results([row(0, k), row(256, k, warm="warm")], codes)


def test_standard_error_by_number_of_seeds():
    """L_IT of 1, 2, 3, 4 bits: s = sqrt(5/3)."""
    table = choice.tabulate(choice_results(np.repeat([[1.0], [2], [3], [4]], 64, axis=1) / 64), {})
    seeds = table[table["about"] == "seeds"].set_index("x")
    sd = math.sqrt(5 / 3)
    assert list(seeds.index) == [2, 3, 5, 10, 20]
    assert seeds["value"].tolist() == pytest.approx([sd / math.sqrt(s) for s in seeds.index])
    assert seeds[["low", "high"]].isna().all(axis=None)
    assert seeds.loc[5, "share"] == pytest.approx(sd / math.sqrt(5) / 2.5)
    # a twentieth of 2.5 bits takes (1.291 / 0.125)^2 = 106.7 seeds
    assert "a, n = 256: 107. A few seeds" in choice.describe(table)[0]


def test_transfer_along_the_stream():
    """1 bit of each label: half of it in the last doubling. Of the first 32 labels only: none."""
    growing = choice.tabulate(choice_results(np.ones((3, 128)), k=100), {})
    by_k = growing[growing["about"] == "k"].set_index("x")
    assert by_k["value"].to_dict() == {
        32: 32,
        64: 64,
        100: 100,
    }  # the last block is cut at the row's k
    assert by_k["share"].tolist() == pytest.approx([0.32, 0.64, 1])
    assert by_k["last_doubling"].tolist() == pytest.approx([0.16, 0.32, 0.5])
    said = "growing, the last doubling to k = 100 adds 50.0 % (50.0 to 50.0 %) of 100 bits"
    assert said in choice.describe(growing)[1]
    early = choice.tabulate(choice_results(np.repeat([[1.0, 0]], 32, axis=1).repeat(3, axis=0)), {})
    said = "saturated, the last doubling to k = 64 adds 0.0 % (0.0 to 0.0 %) of 32 bits"
    assert said in choice.describe(early)[1]


def test_what_the_last_doubling_adds_has_the_interval_of_its_own_bits():
    saved = np.ones((5, 64))
    saved[:, 32:] = np.array([[0.5], [-0.5], [0.1], [0.2], [-0.2]])
    table = choice.tabulate(choice_results(saved), {})
    wanted = stats.ttest_1samp(32 * saved[:, -1], 0)
    end = table[table["about"] == "k"].iloc[-1]
    total = 64 * saved.mean()
    low, high = wanted.confidence_interval(0.95)
    assert [end["last_ci_low"], end["last_ci_high"]] == pytest.approx([low / total, high / total])
    assert end["last_p"] == pytest.approx(wanted.pvalue)
    assert "a, n = 256: not told, the last doubling" in choice.describe(table)[1]


def test_nothing_is_a_share_of_a_transfer_that_may_be_zero():
    table = choice.tabulate(choice_results(np.repeat([[1.0], [-1], [0.1]], 64, axis=1)), {})
    said = choice.describe(table)
    assert "cannot be told from 0" in said[0]
    assert "No arm has an L_IT" in said[1]


def test_choice_needs_a_trained_m():
    case = exact_surface(ns=())
    with pytest.raises(InputError, match="n > 0"):
        choice.tabulate(case, {})


# all ------------------------------------------------------------------------------------------


def one_seed(case):
    codes = {
        run: {k: v if k in ("blocks", "classes") else v[:1] for k, v in arrays.items()}
        for run, arrays in case.codes.items()
    }
    sources = {name: {k: v[:1] for k, v in arrays.items()} for name, arrays in case.sources.items()}
    return results(case.rows, codes, sources, case.datasets)


CASES = {
    "surface": exact_surface,
    "noise": lambda: noisy_results([0, 0.5, 1]),
    "planted": planted_results,
    "choice": lambda: choice_results(np.random.default_rng(0).random((3, 64))),
}


@pytest.mark.parametrize("kind", CASES)
def test_equal_tables_give_equal_figures(analyse, kind):
    drawn = [io.BytesIO(), io.BytesIO()]
    for file in drawn:
        analyse(kind, CASES[kind]())[1].savefig(file, dpi=50)
    assert drawn[0].getvalue() == drawn[1].getvalue()


@pytest.mark.parametrize("kind", CASES)
def test_one_seed_is_enough_for_a_figure_and_text(analyse, kind):
    analyse(kind, one_seed(CASES[kind]()))


def test_titles_are_distinct():
    titles = [get_analysis(kind).TITLE for kind in kinds_of(Analysis)]
    assert len(set(titles)) == len(titles)
