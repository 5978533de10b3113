"""Analyses that rank representations: values worked out by hand from a few fabricated bits."""

import itertools
import math
import re

import numpy as np
import pandas as pd
import pytest
from fakes import FakeStudy, closed_testing, refuses
from scipy import stats

from lit.analyses.crossings import most_bits
from lit.analyses.results import sum_seconds
from lit.coding.mixture import first_weights, mixture
from lit.figures import crossings
from lit.measures import transferability


class Study(FakeStudy):
    """Arms that code the same labels, from features of ``digits`` or from ``digits`` itself."""

    def __init__(self):
        super().__init__()
        self.datasets["digits"] = {"kind": "sklearn"}
        self.models["linear"] = {"kind": "linear"}

    def backbone(self, called, **spec):
        self.models[called] = {"kind": "timm", "name": called, "weights": f"{called}.pt"} | spec
        return self

    def arm(self, name, bits, *, of=None, n=0, cold=None, seconds=None, **other):
        """``of`` is the backbone of features; its options stand beside what a row has."""
        target, row = "digits", {"model": "linear", "learner": "probe", "first": 1}
        row |= {key: other.pop(key) for key in ("model", "learner", "label") if key in other}
        if of is not None:
            target = ".".join(["digits", of, *map(str, other.values())])
            self.datasets[target] = {"kind": "features", "of": "digits", "model": of} | other
        super().arm(name, n, bits if cold is None else cold, bits, target=target, **row)
        if seconds is not None:
            self.seconds[target], self.seconds[self.rows[-1]["warm"]] = seconds
        return self

    def examples(self, arm, x, y, **head):
        """What the file of an arm's data set holds, of which all seeds code the first rows."""
        row = next(row for row in self.rows if row["arm"] == arm)
        target, code = row["target"], self.codes[row["cold"]]
        code["index"] = np.broadcast_to(np.arange(row["k"]), code["label"].shape)
        self.data[target] = {"x": np.array(x), "y": np.array(y)} | {
            f"classifier/{key}": np.array(value) for key, value in head.items()
        }
        return self


def paired(*values):
    """Totals of five seeds: those given, which differ from seed to seed alike in all arms."""
    return np.array(values) + np.array([0.0, 1, 2, 3, 4])


def at(table, arm):
    return table.set_index("arm").loc[arm]


# ranking ----------------------------------------------------------------------------------------


def ranked():
    """Codes of means 22 (pixels), 12 and 18 (net and its twin), 13.2 and 19 (tuned and theta0)."""
    study = Study().backbone("net").backbone("big")
    study.arm("pixels", paired(20), seconds=(2, 10))
    study.arm("net", paired(10), of="net", seconds=(30, 20))
    study.arm("net-twin", paired(16), of="net", trained=False)
    study.arm("big", [9, 13, 11, 16, 14], of="big")
    return study.arm(
        "tuned",
        [9, 15, 12, 12, 18],
        cold=paired(17),
        n=None,
        model="net",
        learner="tune",
        seconds=(2, 400),
    )


def test_ranking(analyse):
    """On average net is 0.6 bits ahead of big, 1.2 ahead of tuned, and 6 ahead of its twin."""
    table, figure, text = analyse("ranking", ranked())
    assert table["arm"].tolist() == ["net", "big", "tuned", "net-twin", "pixels"]
    assert table["rank"].tolist() == [1, 2, 3, 4, 5]
    assert table["code_bits"].tolist() == pytest.approx([12, 12.6, 13.2, 18, 22])
    assert table["bits_per_label"].tolist() == pytest.approx([3, 3.15, 3.3, 4.5, 5.5])
    assert table["regime"].tolist() == ["frozen", "frozen", "fine-tuned", "frozen", "from θ₀"]
    assert set(table["reference"]) == {"pixels"}
    assert table["saved_bits"].tolist() == pytest.approx([10, 9.4, 8.8, 4, 0])
    assert at(table, "net")[["saved_se", "saved_ci_low", "saved_ci_high"]].tolist() == [0, 10, 10]
    assert pd.isna(table["told_apart"].iloc[0])
    assert table["told_apart"].tolist()[1:] == ["no", "no", "yes", "yes"]
    assert at(table, "net-twin")["p_first"] == 0, "6 bits more in every seed"
    assert at(table, "net")["not_told_from"] == "big; tuned"
    labels = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert labels == table["arm"].tolist()
    assert (
        "net (12 bits), big (13 bits), tuned (13 bits), net-twin (18 bits), pixels (22 bits)"
        in text
    )
    assert "All rows code the same 4 labels" in text


def test_p_values_are_those_of_paired_t_tests_adjusted_for_all_pairs(analyse):
    codes = {"a": [9, 10, 12, 9, 11], "b": [11, 9, 13, 10, 12], "c": [13, 11, 16, 12, 16]}
    codes["d"] = [20, 22, 23, 19, 23]
    study = Study()
    for arm, bits in codes.items():
        study.arm(arm, bits)
    table, _, text = analyse("ranking", study)
    pairs = list(itertools.combinations(codes, 2))
    p = closed_testing([stats.ttest_rel(codes[one], codes[other]).pvalue for one, other in pairs])
    assert at(table, "a")["code_bits"] == pytest.approx(10.2)
    assert math.isnan(at(table, "a")["p_first"])
    assert table["p_first"].tolist()[1:] == pytest.approx(p[:3])
    alike = {arm: [] for arm in codes}
    for (one, other), value in zip(pairs, p, strict=True):
        if value > 0.05:
            alike[one].append(other)
            alike[other].append(one)
    assert {arm: "; ".join(names) for arm, names in alike.items()} == {
        arm: at(table.fillna({"not_told_from": ""}), arm)["not_told_from"] for arm in codes
    }
    assert alike["a"], "or else nothing is shown"
    assert not alike["d"]
    assert f"{', '.join(alike['a'])} cannot be told from a; {3 - len(alike['a'])} other" in text


def test_codes_of_examples_that_all_seeds_share_are_told_apart_for_examples_like_these(analyse):
    """b needs 4 bits more in every seed, give or take 0.4. Were every example drawn anew, it would be another mean:
    four examples of -5, 7, -5 and 7 bits more, 6 from their mean, have a variance of 4 * 36 in all seeds alike."""
    by_seed = np.array([[-0.1], [0.0], [0.1], [0.1], [-0.1]])
    more = np.array([-5, 7, -5, 7]) + by_seed
    cold = np.full((5, 4), 10.0)
    study = Study().backbone("net").arm("a", cold).arm("b", cold + more, of="net")
    for code in study.codes.values():
        code["blocks"] = np.array([[0, 4]])
    table, _, text = analyse("ranking", study, reference="a")
    assert at(table, "b")["p_first"] < 0.001
    assert "a surely has the shortest code" in text
    apart = at(table, "b")["saved_se"]
    assert apart == pytest.approx(stats.sem(4 * by_seed)[0])
    for code in study.codes.values():
        code["index"] = np.broadcast_to(np.arange(4), (5, 4))
    table, _, text = analyse("ranking", study, reference="a")
    assert at(table, "b")["saved_se"] == pytest.approx(math.sqrt(apart**2 + 4 * 36))
    assert at(table, "b")["told_apart"] == "no"
    assert "b cannot be told from a" in text


def test_equal_codes_are_a_toss_up(analyse):
    table, figure, text = analyse(
        "ranking", Study().arm("a", paired(9)).arm("b", paired(9)).arm("c", paired(10))
    )
    assert table["p_first"].tolist()[1:] == [1, 0]
    assert table["told_apart"].tolist()[1:] == ["no", "yes"]
    assert "b cannot be told from a; 1 other can." in text
    notes = {note.get_text(): note.get_color() for note in figure.axes[0].texts}
    assert set(notes) == {"p = 1.000", "p < 0.001"}
    assert len(set(notes.values())) == 2, "the doubtful arm is marked by its colour"


def test_ranking_names_arms_that_cannot_be_told_from_the_first(analyse):
    _, _, text = analyse("ranking", ranked())
    assert (
        "Which arm has the shortest code is not sure: by paired t-tests over seeds, adjusted for"
        " all 10 pairs of arms (Holm), big, tuned cannot be told from net; 2 others can." in text
    )
    _, _, text = analyse("ranking", Study().arm("a", paired(9)).arm("b", paired(12)))
    assert "a surely has the shortest code: it is told from every other by paired t-tests" in text


def test_twins_of_features_and_of_fine_tuned_networks(analyse):
    """L_IT is the twin's code less that of the features, or, when tuned, theta0's, 17 + s."""
    table, _, text = analyse("ranking", ranked())
    net, tuned = at(table, "net"), at(table, "tuned")
    assert net["twin"] == "net-twin"
    assert net[["l_it_bits", "l_it_se", "l_it_ci_low", "l_it_ci_high"]].tolist() == [6, 0, 6, 6]
    assert tuned["twin"] == "θ₀ of the same network"
    by_seed = paired(17) - np.array([9, 15, 12, 12, 18])
    assert tuned["l_it_bits"] == pytest.approx(by_seed.mean())
    assert tuned["l_it_se"] == pytest.approx(by_seed.std(ddof=1) / math.sqrt(5))
    for arm in ("big", "net-twin", "pixels"):
        assert pd.isna(at(table, arm)["twin"])
        assert math.isnan(at(table, arm)["l_it_bits"])
    assert "net 6 bits (95 % interval 6 to 6)" in text
    p = [stats.ttest_1samp(by_seed, 0).pvalue, 0.0]
    assert [tuned["l_it_p"], net["l_it_p"]] == pytest.approx(closed_testing(p))
    assert p[0] < 0.05
    assert "All are surely above 0, by t-tests adjusted for 2 values (Holm)." in text


def test_a_twin_is_alike_in_all_but_its_weights(analyse):
    """Another layer, precision, learner or backbone makes no twin."""
    study = Study().backbone("net").backbone("other")
    study.arm("deep", paired(10), of="net", layer="stage")
    study.arm("no layer", paired(20), of="net", trained=False)
    study.arm("other layer", paired(21), of="net", trained=False, layer="stem")
    study.arm("other net", paired(22), of="other", trained=False, layer="stage")
    study.arm(
        "other learner", paired(23), of="net", trained=False, layer="stage", learner="restart"
    )
    study.arm(
        "other precision", paired(24), of="net", trained=False, layer="stage", precision="float16"
    )
    table, _, text = analyse("ranking", study)
    assert table["twin"].isna().all()
    assert "random weights" not in text
    study.arm("right", paired(12), of="net", layer="stage", trained=False)
    table, _, text = analyse("ranking", study)
    assert at(table, "deep")["twin"] == "right"
    assert at(table, "deep")["l_it_bits"] == 2


def test_pretraining_that_may_bring_nothing_is_named(analyse):
    study = Study().backbone("good").backbone("bad").backbone("unsure")
    study.arm("good", paired(10), of="good").arm("good-twin", paired(12), of="good", trained=False)
    study.arm("bad", paired(15), of="bad").arm("bad-twin", paired(14), of="bad", trained=False)
    study.arm("unsure", paired(13), of="unsure").arm(
        "unsure-twin", [14, 13, 16, 15, 18], of="unsure", trained=False
    )
    _, _, text = analyse("ranking", study)
    assert (
        "By t-tests adjusted for 3 values (Holm), surely below 0: bad; not told from 0: unsure."
        in text
    )


def test_ranking_takes_the_smallest_k_and_the_reference_asked_for(analyse):
    """Of eight labels of 1 bit the first four count, which is what the other arm codes."""
    study = Study().arm("long", np.ones((5, 8))).arm("short", paired(2))
    table, _, _ = analyse("ranking", study, reference="long")
    assert table["k"].tolist() == [4, 4]
    assert at(table, "long")["code_bits"] == 4
    assert set(table["reference"]) == {"long"}
    assert at(table, "short")["saved_bits"] == 0


def test_costs_are_job_seconds(analyse):
    table, _, text = analyse("ranking", ranked())
    assert at(table, "net")[["extraction_s", "coding_s"]].tolist() == [30, 20]
    assert at(table, "tuned")[["extraction_s", "coding_s"]].tolist() == [2, 400]
    assert math.isnan(at(table, "big")["coding_s"])
    assert "Computing took from 12 (pixels) to 402 job seconds (tuned)" in text
    unknown, _, text = analyse("ranking", Study().arm("a", paired(9)).arm("b", paired(12)))
    assert unknown[["extraction_s", "coding_s"]].isna().all(axis=None)
    assert "seconds" not in text


def test_seconds_of_results_without_their_records_are_unknown(tmp_path):
    there = tmp_path / "a.tsv"
    there.write_text("s\th:m:s\n1.5\t0:00:01\n")
    assert sum_seconds([str(there), str(there)]) == 3
    assert math.isnan(sum_seconds([str(there), str(tmp_path / "lost.tsv")]))


def test_one_seed_ranks_but_is_never_sure(analyse):
    study = Study().backbone("net")
    study.arm("net", [10], of="net").arm("twin", [12], of="net", trained=False).arm("pixels", [15])
    table, _, text = analyse("ranking", study)
    assert table["arm"].tolist() == ["net", "twin", "pixels"]
    unknown = ["p_first", "told_apart", "not_told_from", "code_se", "l_it_ci_low", "l_it_p"]
    assert table[unknown].isna().all(axis=None)
    assert at(table, "net")["l_it_bits"] == 2
    assert "With fewer than three seeds there is no telling how sure the order is" in text
    assert "net 2 bits. With fewer than three seeds none can be told from 0." in text
    table, _, text = analyse("depth", study)
    assert "shortest code is that of head's inputs, place 1 of 1, with 10 bits" in text
    assert "place 1 of 1, with 10 bits. It is the only one." in text
    assert "against the random twin: head's inputs 2 bits. With fewer than three seeds none" in text


@pytest.mark.parametrize("kind", ["ranking", "crossings", "depth", "scores"])
def test_arms_of_other_labels_are_refused(kind):
    study = ranked().arm("strange", paired(9), label=[1, 0, 1, 0])
    refuses(kind, study, "arms pixels and strange code other labels; take arms of one data set")


# crossings --------------------------------------------------------------------------------------


def crossing():
    """Bits so far: early 1, 2, 8 and late 3, 4, 6 in every seed; worst 4, 8, 16."""
    same = np.ones((5, 1))
    study = Study().arm("early", same * [1, 1, 3, 3]).arm("late", same * [3, 1, 1, 1])
    return study.arm("worst", same * [4, 4, 4, 4])


def test_crossings(analyse):
    table, figure, text = analyse("crossings", crossing())
    found = table.set_index(["arm", "labels_sent"])
    assert found["code_bits"].unstack().loc[["early", "late", "worst"]].to_numpy().tolist() == [
        [1, 2, 8],
        [3, 4, 6],
        [4, 8, 16],
    ]
    assert found["rank"].unstack().loc[["early", "late", "worst"]].to_numpy().tolist() == [
        [1, 1, 2],
        [2, 2, 1],
        [3, 3, 3],
    ]
    assert found["bits_per_label"].unstack().loc["early"].tolist() == [1, 1, 3], (
        "of a label of the block"
    )
    assert found["bits_per_label"].unstack().loc["late"].tolist() == [3, 1, 1]
    assert found["saved_bits"].unstack().loc["early"].tolist() == [3, 6, 8], (
        "against the longest code"
    )
    assert found["overtakes"].isna().all(), "four labels are too few for any bounds"
    assert "up to 2 labels: early; up to 4 labels: late." in text
    assert "No two arms surely change places" in text
    assert "of 3 pairs at every number of labels" in text
    assert figure.axes[0].get_ylabel() == "bits saved so far\nagainst worst"
    names = {
        "early": "newsgroups-early",
        "late": "newsgroups-late",
        "worst": "newsgroups-twin.minilm",
    }
    figure = crossings.draw(table.replace(names))
    figure.canvas.draw()
    label = figure.axes[0].yaxis.label
    assert label.get_text() == "bits saved so far\nagainst twin.minilm"
    box = label.get_window_extent()
    assert box.y0 >= 0, "within the figure"
    assert box.y1 <= figure.bbox.height, "within the figure"


def changing(*lengths, by=1.0, seeds=5):
    """Arms a and b: a is ahead by so many bits a label for so many labels, then b, and so on by turns."""
    turns = np.repeat(np.arange(len(lengths)) % 2, lengths)
    bits = np.stack([1 + by * turns, 1 + by * (1 - turns)])[:, None].repeat(seeds, axis=1)
    return Study().arm("a", bits[0]).arm("b", bits[1])


def test_leads_that_are_too_narrow_make_no_crossing(analyse):
    """a leads by 7.7 bits at 256 labels and b by 15 at 1,024, in every seed alike. No bounds are closer than
    log(2 / 0.05) times the 12.6 bits that a label may cost, over 5 seeds: 9.3 bits."""
    table, _, text = analyse("crossings", changing(256, 768, by=0.03))
    first = table[table["rank"] == 1].set_index("labels_sent")["arm"]
    assert (first[256], first[1024]) == ("a", "b")
    assert table["overtakes"].isna().all()
    assert "No two arms surely change places" in text


@pytest.mark.parametrize("seeds", [1, 5])
def test_sure_crossings_are_told_with_both_leads(analyse, seeds):
    """a leads by 256 at 256 labels, b by 512 at 1,024, and in the end a by 512: 2,048 - 768 - 768."""
    table, _, text = analyse("crossings", changing(256, 768, 1024, seeds=seeds))
    found = table.set_index(["arm", "labels_sent"])["overtakes"].dropna()
    assert list(found.index) == [("b", 1024), ("a", 2048)]
    (now, low, high), (before, at_least, _) = bounds_in(found["b", 1024])
    assert (now, before, (low + high) / 2) == (512, 256, pytest.approx(512, abs=1))
    assert low > 0
    assert at_least > 0
    assert "by 1,024 labels b has overtaken a by 512 (" in text
    assert "behind at 256 labels; by 2,048 labels a has overtaken b by 512 (" in text


def bounds_in(told):
    """Numbers of what is told of an overtaking: of each lead the bits and their bounds."""
    return [
        [int(n.replace(",", "")) for n in numbers]
        for numbers in re.findall(r"([\d,]+) \(([\d,]+) to ([\d,]+)\)", told)
    ]


def test_no_label_costs_more_than_the_most_bits():
    """Of one whose every expert but the uniform code is sure of a wrong class, after many of which it was right."""
    k, classes = 512, 1024
    experts = np.zeros((4, 1, k))
    experts[0] = np.log2(classes)
    experts[1:, :, -1] = 1000
    dearest = mixture(experts, first_weights(["start", "model"], product=True))[0, -1]
    assert dearest <= most_bits(k, classes)
    assert dearest == pytest.approx(most_bits(k, classes), abs=0.01), "and could cost as much"


def test_crossings_of_one_arm_at_several_n_are_told_apart(analyse):
    study = Study().arm("a", paired(9), n=64, cold=paired(12)).arm("b", paired(12), n=0)
    study.rows.append(study.rows[0] | {"n": 1024})
    table, _, text = analyse("crossings", study)
    assert set(table["subject"]) == {"a, n = 64", "a, n = 1,024", "b"}
    assert "up to 4 labels: a, n = 64." in text
    assert table.loc[table["subject"] == "a, n = 64", "code_bits"].max() == 11, (
        "from its M, not from theta0"
    )


# depth ------------------------------------------------------------------------------------------


def deep():
    study = Study().backbone("net").backbone("other")
    study.arm("stem", paired(14), of="net", layer="stem").arm(
        "middle", paired(8), of="net", layer="middle"
    )
    study.arm("end", paired(10), of="net").arm("only", paired(20), of="other", layer="stem")
    study.arm("stem-twin", paired(15), of="net", layer="stem", trained=False)
    study.arm("end-twin", paired(17), of="net", trained=False)
    return study.arm("pixels", paired(19))


def test_depth(analyse):
    table, figure, text = analyse("depth", deep())
    assert table["arm"].tolist() == ["stem", "middle", "end", "only"]
    assert table["backbone"].tolist() == ["net"] * 3 + ["other"]
    assert table["place"].tolist() == [1, 2, 3, 1]
    assert table["layer"].tolist() == ["stem", "middle", "head's inputs", "stem"]
    assert table["code_bits"].tolist() == [16, 10, 12, 22]
    assert table["random_bits"].fillna(0).tolist() == [17, 0, 19, 0]
    assert table["l_it_bits"].fillna(0).tolist() == [1, 0, 7, 0]
    assert table["l_it_ci_low"].fillna(0).tolist() == [1, 0, 7, 0]
    assert (
        "net: the shortest code is that of middle, place 2 of 3, with 10 bits (95 % interval"
        in text
    )
    assert "the last one, head's inputs, needs 2 bits more" in text
    assert table["p_first"].fillna(-1).tolist() == [0, -1, 0, -1], "6 and 2 bits in every seed"
    assert table["told_apart"].fillna("").tolist() == ["yes", "", "yes", ""]
    assert "middle surely has the shortest code" in text
    assert (
        "net, what pretraining brings against the random twin: stem 1 bits (95 % interval 1 to 1);"
        " head's inputs 7 bits (95 % interval 7 to 7). All are surely above 0" in text
    )
    assert re.search(
        r"other: the shortest code is that of stem, place 1 of 1.*It is the only", text
    )
    assert [axis.get_title() for axis in figure.axes] == ["net", "other"]
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == [
        "stem",
        "middle",
        "head's inputs",
    ]


def test_depth_needs_layers_of_a_trained_backbone():
    refuses(
        "depth", Study().arm("pixels", paired(9)), "needs arms of features of a trained backbone"
    )
    twins = Study().backbone("net").arm("twin", paired(9), of="net", trained=False)
    refuses("depth", twins, "features of a trained backbone with n: 0")


# scores -----------------------------------------------------------------------------------------

FEATURES = np.random.default_rng(0).normal(size=(40, 3))
LABELS = np.arange(40) % 2


def told(share, seed=0):
    """Features of 40 examples that tell the two classes the better, the larger the share."""
    noise = np.random.default_rng(seed).normal(size=(40, 3))
    return (noise + np.where(LABELS == 1, 6 * share, -6 * share)[:, None]).astype(np.float32)


def scored(lengths=(4, 8, 12), shares=(1, 0.3, 0.0)):
    """Three backbones: the better their features tell the classes, the shorter their codes."""
    study = Study()
    for i, (length, share) in enumerate(zip(lengths, shares, strict=True)):
        name = f"net{i}"
        study.backbone(name).arm(name, np.full((2, 4), length / 4), of=name)
        study.examples(
            name, told(share), LABELS, weight=np.array([[-1.0] * 3, [1.0] * 3]), bias=[0.0, 0.0]
        )
    return study


def of(table, measure, about="value"):
    return table[(table["measure"] == measure) & (table["about"] == about)]


WITH_CODE, WITH_TUNED = "ρ with the code length", "ρ with the fine-tuned code length"


def test_scores_are_those_of_the_streams_examples(analyse):
    """Of the first four rows, labels 0 1 0 1; the other 36 are fresh and show the accuracy."""
    table, _, _ = analyse("scores", scored(), drawn=False)
    for i, share in enumerate((1, 0.3, 0.0)):
        x, y = told(share).astype(float), LABELS
        logits = x[:4].sum(axis=1)[:, None] * [-1, 1]
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        wanted = {
            "LogME": transferability.log_me(x[:4], y[:4]),
            "H-score": transferability.h_score(x[:4], y[:4]),
            "linear-probe accuracy": transferability.linear_probe_accuracy(
                x[:4], y[:4], x[4:], y[4:]
            ),
            "LEEP": transferability.leep(p, y[:4]),
            "NCE": transferability.nce(logits.argmax(axis=1), y[:4]),
        }
        for measure, value in wanted.items():
            row = at(of(table, measure), f"net{i}")
            assert row["value"] == pytest.approx(value), measure
            assert row["se"] == pytest.approx(0, abs=1e-12), "both seeds code the same examples"
    assert at(of(table, "linear-probe accuracy"), "net0")["value"] == 1
    assert of(table, "code length")["value"].tolist() == [4, 8, 12]


def test_surplus_and_sample_complexity(analyse):
    """Blocks 0-1, 1-2, 2-4 of 3, 1, 0.5 bits a label: SDL 2.5 + 0.5 at 0.5, 2 at 1; eSC 2, 1."""
    study = scored().backbone("curve").arm("curve", np.ones((2, 1)) * [3, 1, 0.5, 0.5], of="curve")
    study.examples("curve", told(0.5), LABELS)
    table, _, text = analyse("scores", study, drawn=False, eps=[0.5, 1, 0.25])
    for measure, value in (
        ("SDL, ε = 0.5", 3),
        ("SDL, ε = 1", 2),
        ("eSC, ε = 0.5", 2),
        ("eSC, ε = 1", 1),
    ):
        assert at(of(table, measure), "curve")["value"] == value, measure
    assert at(of(table, "SDL, ε = 0.25"), "curve")["value"] == pytest.approx(2.75 + 0.75 + 0.5)
    assert math.isinf(at(of(table, "eSC, ε = 0.25"), "curve")["value"])
    assert "eSC, ε = 0.25 (net0, net1, net2, curve)" in text
    assert at(of(table, "eSC, ε = 1"), "net0")["value"] == 0, "1 bit from the first label on"
    assert "eSC, ε = 1 (net1, net2)" in text


def test_signs_of_rank_correlations(analyse):
    """1 is the order of the codes, whether a score is better when it is more or when it is less."""
    table, _, text = analyse("scores", scored(), drawn=False)
    for measure in ("SDL, ε = 0.5", "SDL, ε = 1", "LogME", "H-score", "LEEP"):
        row = of(table, measure, WITH_CODE).iloc[0]
        assert row["value"] == pytest.approx(1), measure
        assert row["rows"] == 3
    assert set(of(table, "SDL, ε = 1")["better"]) == {"less"}
    assert set(of(table, "LogME")["better"]) == {"more"}
    assert of(table, "code length", WITH_CODE).empty, "with itself, it says nothing"
    assert "LogME 1.00 (3 rows)" in text
    turned, _, text = analyse("scores", scored(lengths=(12, 8, 4)), drawn=False)
    assert of(turned, "LogME", WITH_CODE)["value"].item() == pytest.approx(-1)
    assert of(turned, "SDL, ε = 0.5", WITH_CODE)["value"].item() == pytest.approx(1)
    assert "LogME −1.00 (3 rows)" in text


def test_scores_foretell_fine_tuning_of_the_same_weights(analyse):
    """Another size of images is the same backbone; pixels, twins and layers are never tuned."""
    study = scored()
    for i, bits in enumerate((9.0, 7, 5)):
        study.backbone(f"net{i}-64", name=f"net{i}", weights=f"net{i}.pt", input={"size": 64})
        study.arm(
            f"tuned{i}",
            np.full((2, 4), bits / 4),
            cold=np.full((2, 4), 5.0),
            n=None,
            model=f"net{i}-64",
            learner="tune",
        )
    study.arm("twin", np.full((2, 4), 2.5), of="net0", trained=False).examples(
        "twin", told(0.1), LABELS
    )
    study.arm("stem", np.full((2, 4), 2.75), of="net0", layer="stem").examples(
        "stem", told(0.2), LABELS
    )
    study.arm("pixels", np.full((2, 4), 4.0)).examples("pixels", told(0.1), LABELS)
    table, _, text = analyse("scores", study)
    assert of(table, "LogME").set_index("arm")["tuned_bits"].dropna().to_dict() == {
        "net0": 9,
        "net1": 7,
        "net2": 5,
    }
    assert "tuned0" not in set(table["arm"]), "of a network's own features nothing is known"
    correlation = of(table, "code length", WITH_TUNED).iloc[0]
    assert (correlation["value"], correlation["rows"]) == (pytest.approx(-1), 3)
    assert of(table, "LogME", WITH_TUNED)["value"].item() == pytest.approx(-1)
    assert of(table, "LogME", WITH_CODE)["rows"].item() == 6
    assert of(table, "LEEP", WITH_CODE)["rows"].item() == 3
    assert "code length −1.00 (3 rows)" in text.split("ρ with the fine-tuned code length: ")[1]


def test_scores_without_a_head_or_enough_rows(analyse):
    """Uint8 pixels are scaled and flattened; no head, no LEEP; two rows make no correlation."""
    pixels = np.random.default_rng(1).integers(0, 256, (40, 1, 2, 2), dtype=np.uint8)
    study = (
        scored((4, 8), (1, 0.3))
        .arm("pixels", np.full((2, 4), 3.0))
        .examples("pixels", pixels, LABELS)
    )
    table, _, text = analyse("scores", study, drawn=False)
    for measure in ("LEEP", "NCE"):
        assert math.isnan(at(of(table, measure), "pixels")["value"])
        assert math.isnan(of(table, measure, WITH_CODE)["value"].item())
        assert of(table, measure, WITH_CODE)["rows"].item() == 2
    wanted = transferability.log_me(pixels[:4].reshape(4, -1) / 255, LABELS[:4])
    assert at(of(table, "LogME"), "pixels")["value"] == pytest.approx(wanted, rel=1e-5)
    assert "ρ with the fine-tuned code length: not given over 0 representations" in text
    for target in study.data:
        study.data[target] = {
            name: array
            for name, array in study.data[target].items()
            if not name.startswith("classifier/")
        }
    table, figure, text = analyse("scores", study)
    assert of(table, "LEEP")["value"].isna().all()
    assert not [axis for axis in figure.axes if axis.get_title().startswith(("LEEP", "NCE"))]
    assert "Not defined for any of these representations, and not drawn: LEEP, NCE." in text


def test_scores_of_all_examples_or_of_transformed_labels_have_no_accuracy(analyse):
    study = scored()
    for name in ("net0", "net1", "net2"):
        study.examples(name, study.data[f"digits.{name}"]["x"][:4], LABELS[:4])
    table, _, _ = analyse("scores", study, drawn=False)
    assert of(table, "linear-probe accuracy")["value"].isna().all(), "no example is fresh"
    study = scored()
    study.rows = [row | {"labels": {"random": 1.0}} for row in study.rows]
    table, _, _ = analyse("scores", study, drawn=False)
    assert of(table, "linear-probe accuracy")["value"].isna().all()
    assert of(table, "LogME")["value"].notna().all()


def test_scores_of_one_seed(analyse):
    study = Study()
    for i, length in enumerate((4.0, 8, 12)):
        study.backbone(f"n{i}").arm(f"n{i}", [length], of=f"n{i}").examples(
            f"n{i}", told(0.5, i), LABELS
        )
    table, _, text = analyse("scores", study, drawn=False)
    assert table["se"].isna().all()
    assert of(table, "SDL, ε = 0.5")["value"].isna().all()
    assert "not drawn: SDL, ε = 0.5, SDL, ε = 1, LEEP, NCE" in text
    assert of(table, "eSC, ε = 1")["value"].tolist() == [0, math.inf, math.inf]


def test_scores_need_a_code_from_theta0():
    study = scored()
    study.rows = [row | {"n": None} for row in study.rows]
    refuses("scores", study, "needs arms with n: 0, such as features coded by a probe")
