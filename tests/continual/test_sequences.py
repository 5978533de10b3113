"""Sequences of tasks: what a config makes of them, that streams stay fresh, their analyses by hand, and the whole workflow."""

import itertools
import json
import os
import re
import signal
import subprocess
import time

import matplotlib
import numpy as np
import pandas as pd
import pytest
import torch
from fakes import closed_testing
from scipy import stats

matplotlib.use("Agg")

from matplotlib import pyplot as plt

from lit.analyses import get_analysis
from lit.analyses.results import Results
from lit.coding import merge
from lit.coding.coder import Coder, StartState, code_span
from lit.continual.chain import TaskData, _lesson, train_task
from lit.data.dataset import Dataset
from lit.data.labels import transform_labels
from lit.data.streams import ends
from lit.data.views import make_view
from lit.errors import InputError
from lit.figures import get_figure
from lit.measures.intervals import ratio_of_means
from lit.networks.build import build_theta0
from lit.study.config import load_study
from lit.study.schedule import Schedule
from lit.study.sequences import is_stage
from lit.training.state import State
from lit.workflow.plan import Plan

SEQUENCES = {
    "pairs": {
        "tasks": {"of": "digits", "how": "split", "classes": [[0, 1], [2, 3], [4, 5]], "n": 64},
        "heads": "multi",
    },
    "mixed": {
        "tasks": {"of": "digits", "how": "permuted", "count": 2, "n": 64},
        "orders": [[0, 1], [1, 0]],
    },
}
ARM = {"name": "p", "sequence": "pairs", "model": "mlp", "algorithm": "plain", "learner": "fast"}


@pytest.fixture
def study(tiny):
    """Tiny sequences, to be changed by the test."""
    return tiny | {
        "stream": {"k": 64, "first_block": 32, "head": 64},
        "models": {"mlp": {"kind": "mlp", "hidden": [8]}},
        "learners": {"fast": {"kind": "replay", "effort": 2}},
        "algorithms": {"plain": {"kind": "plain", "epochs": 2}},
        "sequences": SEQUENCES,
        "arms": [ARM, ARM | {"name": "m", "sequence": "mixed", "dissect": ["head", "features"]}],
    }


# what a config makes of them ----------------------------------------------------------------------


def test_a_sequence_is_a_chain_of_states_and_a_row_a_cell(study):
    found = load_study(study)
    cells = [(row.cell.t, row.cell.j) for row in found.rows if row.arm == "p"]
    assert cells == [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)]
    states = [name for name in found.sources if name.startswith("pairs")]
    assert states == [f"pairs--mlp--plain--n64--order0.task{t}" for t in range(3)]
    assert all(map(is_stage, found.sources))
    plan = Plan(found)
    assert plan.sources.inputs(states[2], "0-1")["before"] == [plan.paths.source(states[1], "0-1")]
    mixed = [row.cell for row in found.rows if row.arm == "m"]
    assert [(c.order, c.t, c.j, c.task) for c in mixed[:3]] == [
        (0, 0, 0, "permuted-0"),
        (0, 0, 1, "permuted-1"),
        (0, 1, 0, "permuted-0"),
    ]
    assert sum(c.head == "keep" for c in mixed) == 2 * 4
    assert sum(c.head == "new" for c in mixed) == sum(c.head == "only" for c in mixed) == 2 * 2, (
        "after the last task alone"
    )
    assert found.datasets["digits.permuted-1"] == {
        "kind": "view",
        "of": "digits",
        "keep": "permuted",
        "draw": 1,
    }


def test_each_cell_is_a_run_of_its_own_and_the_cold_code_is_shared(study):
    found = load_study(study)
    warm = {row.warm.id for row in found.rows}
    assert len(warm) == len(found.rows)
    assert {row.cold.id for row in found.rows} == {
        run for run in found.runs if run.endswith("theta0")
    }
    assert sum(run.endswith("theta0") for run in found.runs) == 5
    plan = Plan(found)
    settings = [
        json.loads(plan.block_settings(row.warm.id, "0-1", 0, 64))
        for row in found.rows
        if row.arm == "p"
    ]
    assert [s["position"] for s in settings] == [row.cell.j for row in found.rows if row.arm == "p"]


def test_with_a_target_an_arm_is_one_row_of_it_after_the_last_task(study):
    tasks = [
        {"name": c, "data": "digits", "labels": {"only": [i]}, "n": 64 - i}
        for i, c in enumerate("ab")
    ]
    study |= {"sequences": {"pairs": {"tasks": tasks}}}
    found = load_study(study | {"arms": [ARM | {"target": "digits"}]})
    (row,) = found.rows
    assert (row.cell, row.n, row.source_cold) == (None, 63, None)
    assert (row.cold.target, row.cold.labels) == ("digits", None)
    assert row.warm.source.id == "pairs--mlp--plain--n63--order0.task1"
    assert len(found.sources) == 2
    said = json.loads(Plan(found).table_settings())["rows"][0]
    assert said["before"] == [{"dataset": "digits", "labels": {"only": [0]}, "n": 64}]
    assert "sequence" not in said, "it stands with arms of a target"


def test_shorthands_and_lists_say_the_same(study):
    long = [{"name": "0-1", "data": "digits", "labels": {"classes": [0, 1]}, "n": 64}]
    long += [{"name": "2-3", "data": "digits", "labels": {"classes": [2, 3]}, "n": 64}]
    short = {"of": "digits", "how": "split", "classes": [[0, 1], [2, 3]], "n": 64}
    made = [
        load_study(study | {"sequences": {"pairs": {"tasks": t}}, "arms": [ARM]}).sources
        for t in (long, short)
    ]
    assert made[0] == made[1]
    kept = load_study(
        study | {"sequences": {"pairs": {"tasks": short | {"numbers": "kept"}}}, "arms": [ARM]}
    )
    assert {row.cold.labels["only"][0] for row in kept.rows} == {0, 2}
    turned = {"of": "digits", "how": "rotated", "angles": [0, 22.5, -90], "n": 64}
    names = load_study(study | {"sequences": {"pairs": {"tasks": turned}}, "arms": [ARM]}).datasets
    assert [name for name in names if "rotated" in name] == [
        f"digits.rotated-{angle}" for angle in ("0", "22.5", "270")
    ]


def test_each_algorithm_is_an_arm(study):
    arm = {key: value for key, value in ARM.items() if key != "algorithm"} | {
        "each": {"algorithms": ["plain", "ewc"]}
    }
    found = load_study(study | {"arms": [arm]})
    assert list(dict.fromkeys(row.arm for row in found.rows)) == ["p.plain", "p.ewc"]
    plan = Plan(found)
    codes = {plan.sources.code(state) for state in found.sources}
    assert len(codes) == 2, "each algorithm has a code digest of its own"


def test_joint_training_takes_the_data_of_all_tasks_so_far_and_others_only_what_they_need(study):
    arms = [
        ARM | {"name": f"{s}-{a}", "sequence": s, "algorithm": a}
        for s in SEQUENCES
        for a in ("plain", "joint")
    ]
    plan = Plan(load_study(study | {"arms": arms}))
    data = {
        name: plan.sources.inputs(name, "0-1")["data"]
        for name in plan.study.sources
        if name.endswith("order0.task1")
    }
    assert data["mixed--mlp--plain--n64--order0.task1"] == [plan.data.file("digits.permuted-1")]
    assert data["mixed--mlp--joint--n64--order0.task1"] == [
        plan.data.file(f"digits.permuted-{i}") for i in range(2)
    ]
    assert data["pairs--mlp--plain--n64--order0.task1"] == [plan.data.file("digits")] * 3, (
        "for the widths of all heads"
    )


def sequence(**entry):
    return lambda s: s | {"sequences": {"pairs": entry}, "arms": [ARM]}


SPLIT = {"of": "digits", "how": "split", "classes": [[0, 1], [2, 3]], "n": 64}
LISTED = [{"name": "a", "data": "digits", "n": 9}]
WRONG = {
    "unknown sequence": (
        lambda s: s | {"arms": [ARM | {"sequence": "pair"}]},
        "no sequence is named 'pair'; did you mean",
    ),
    "unknown algorithm": (
        lambda s: s | {"arms": [ARM | {"algorithm": "ewd"}]},
        "no algorithm is named 'ewd'; did you mean",
    ),
    "no algorithm": (
        lambda s: s | {"arms": [{k: v for k, v in ARM.items() if k != "algorithm"}]},
        "algorithm is missing",
    ),
    "a source beside it": (
        lambda s: s | {"arms": [ARM | {"source": "digits"}]},
        "unknown key 'source'",
    ),
    "a key of another algorithm": (
        lambda s: s | {"algorithms": {"a": {"kind": "si", "temperature": 2}}},
        "algorithms.a: unknown key 'temperature'",
    ),
    "moments for joint training, which starts anew": (
        lambda s: s | {"algorithms": {"a": {"kind": "joint", "keep_moments": True}}},
        "algorithms.a: unknown key 'keep_moments'",
    ),
    "memory of the source": (
        lambda s: s | {"learners": {"fast": {"kind": "replay", "memory": "source"}}, "arms": [ARM]},
        "has memory: source, but M was trained on several tasks",
    ),
    "unknown data": (
        sequence(tasks=[{"name": "a", "data": "digit", "n": 9}]),
        "no data set is named 'digit'; did you mean",
    ),
    "unknown data of a shorthand": (
        sequence(tasks=SPLIT | {"of": "digit"}),
        "tasks.of: no data set is named 'digit'",
    ),
    "shorthand without its key": (
        sequence(tasks={"of": "digits", "how": "permuted", "n": 9}),
        "how: permuted needs count",
    ),
    "shorthand with another's key": (
        sequence(tasks=SPLIT | {"count": 2}),
        "tasks.count: has no meaning with how: split",
    ),
    "two tasks of one name": (sequence(tasks=LISTED * 2), "'a' and 'a' are alike"),
    "two tasks of one content": (
        sequence(tasks=[*LISTED, LISTED[0] | {"name": "b"}]),
        "'a' and 'b' are alike",
    ),
    "an order that leaves one out": (
        sequence(tasks=SPLIT, orders=[[0, 0]]),
        "name each of the tasks 0..1 once",
    ),
    "a view of the same name": (
        lambda s: (
            s
            | {
                "datasets": s["datasets"]
                | {"digits.permuted-0": {"kind": "view", "of": "digits", "keep": "low"}}
            }
        ),
        "makes a view called 'digits.permuted-0', but datasets has another",
    ),
    "angle without rotated": (
        lambda s: (
            s
            | {
                "datasets": s["datasets"]
                | {"v": {"kind": "view", "of": "digits", "keep": "low", "angle": 5}}
            }
        ),
        "datasets.v.angle: belongs to keep: rotated",
    ),
    "momentum without sgd": (
        lambda s: s | {"algorithms": {"fast": {"kind": "plain", "momentum": 0.9}}},
        "algorithms.fast.momentum: belongs to optimizer: sgd",
    ),
    "rotated without angle": (
        lambda s: (
            s
            | {
                "datasets": s["datasets"]
                | {"v": {"kind": "view", "of": "digits", "keep": "rotated"}}
            }
        ),
        "keep: rotated needs angle",
    ),
    "analysis of sequences without any": (
        lambda s: s | {"arms": [s["arms"][0]], "analyses": {"x": {"kind": "compare"}}},
        "compare is about arms with a target",
    ),
    "analysis of targets alone": (
        lambda s: (
            s
            | {"arms": [{"name": "a", "target": "digits", "model": "mlp", "n": 9}]}
            | {"analyses": {"x": {"kind": "retention"}}}
        ),
        "retention is about sequences",
    ),
    "target beside heads of their own": (
        lambda s: s | {"arms": [ARM | {"target": "digits"}]},
        "sequence 'pairs' has a head for each task, and target none; write heads: single",
    ),
    "target after several last tasks": (
        lambda s: s | {"arms": [ARM | {"sequence": "mixed", "target": "digits"}]},
        "sequence 'mixed' has several orders",
    ),
    "target and parts": (
        lambda s: s | {"arms": [ARM | {"target": "digits", "dissect": ["head"]}]},
        "dissect is of all tasks of a sequence; take it or target out",
    ),
    "target that is not there": (
        lambda s: s | {"arms": [ARM | {"target": "digit"}]},
        "target: no data set is named 'digit' under datasets; did you mean",
    ),
    "names too long": (
        lambda s: (
            s
            | {
                "sequences": {"s" * 99: SEQUENCES["pairs"]},
                "models": {"m" * 99: s["models"]["mlp"]},
            }
            | {"arms": [ARM | {"sequence": "s" * 99, "model": "m" * 99}]}
        ),
        "choose shorter names",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_sequence_is_named(study, case):
    change, message = WRONG[case]
    with pytest.raises(InputError, match=re.escape(message)):
        load_study(change(study), "study.yaml")


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        (
            [*LISTED, {"name": "b", "data": "digits", "labels": {"classes": [0, 1]}, "n": 9}],
            "have 2 or 10 classes, which one head",
        ),
        ([{"name": "a", "data": "digits", "n": 1790}], "k + n = 64 + 1790"),
        (
            [*LISTED, {"name": "b", "data": "digits", "labels": {"without": [0]}, "n": 1600}],
            "would be in the stream and",
        ),
        ([*LISTED, {"name": "b", "data": "wine", "n": 9}], "one network must take both"),
        ([{"name": "a", "data": "digits", "labels": {"only": [3, 12]}, "n": 9}], "names class 12"),
    ],
)
def test_tasks_that_do_not_fit_together_are_named_before_anything_is_trained(
    study, tasks, message, tmp_path, capsys
):
    from lit.workflow import preflight

    data = study["datasets"] | {"wine": {"kind": "sklearn", "name": "wine"}}
    plan = Plan(
        load_study(
            study | {"datasets": data, "sequences": {"pairs": {"tasks": tasks}}, "arms": [ARM]}
        )
    )
    with pytest.raises(SystemExit):
        preflight.main(tmp_path / "checked.json", plan.check_settings())
    assert message in capsys.readouterr().err
    assert not (tmp_path / "checked.json").exists()


# streams stay fresh -------------------------------------------------------------------------------


def test_no_stream_of_a_task_holds_an_example_that_any_task_trains_on(digits):
    """Permuted, turned and split tasks of one data set: fronts against backs of the pools, for every pair of tasks."""
    views = [
        None,
        None,
        {"classes": [0, 1]},
        {"classes": [2, 3, 4]},
        {"only": [5, 6]},
        {"groups": [[0, 2], [1, 9]]},
    ]
    k, n, seeds = 96, 96, [0, 1, 2]
    front, back = (
        [ends(digits.y, 10, labels, seeds, side)[0] for labels in views]
        for side in ("front", "back")
    )
    for (i, stream), (j, pool) in itertools.product(enumerate(front), enumerate(back)):
        for seed in range(3):
            assert not set(stream[seed, :k]) & set(pool[seed, :n]), (i, j)


def test_only_keeps_classes_and_their_numbers():
    y = np.array([0, 1, 2, 3, 1])
    labels, classes = transform_labels(y, 4, {"only": [1, 3]}, 0)
    assert labels.tolist() == [-1, 1, -1, 3, 1]
    assert classes == 4


def test_permutations_by_number_and_turned_images(rng):
    x = rng.integers(0, 256, (3, 1, 9, 9), dtype=np.uint8)
    first, again, other = (
        make_view(x, {"keep": "permuted"} | more, "v") for more in ({}, {"draw": 0}, {"draw": 1})
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(np.sort(first.ravel()), np.sort(other.ravel()))
    assert np.array_equal(make_view(x, {"keep": "rotated", "angle": 0}, "v"), x)
    assert np.array_equal(
        make_view(x, {"keep": "rotated", "angle": 90}, "v"), np.rot90(x, axes=(2, 3))
    )
    with pytest.raises(InputError, match="needs images"):
        make_view(np.zeros((3, 4), dtype=np.float32), {"keep": "rotated", "angle": 5}, "v")


# analyses by hand ---------------------------------------------------------------------------------

K = 4
NAMES = {"plain": "a", "si": "b", "joint": "c"}  # of arms, by algorithm


def results(saved, right, static, orders=1, algorithm="plain"):
    """Two tasks, three seeds: codes whose L_IT, hits and static bits by (t, j) are as given; 10 bits from theta0, two classes."""
    rows, codes, sources = [], {}, {}
    streams = np.arange(3)[:, None] * 100 + np.arange(K)
    same = {"classes": np.array(2), "index": streams, "blocks": np.array([[0, K]])}

    def spread_out(total):
        return np.repeat(np.array(total, dtype=float)[:, None] / K, K, axis=1)

    for order in range(orders):
        for (t, j), bits in saved.items():
            name, cold = f"{algorithm}-{order}-{t}-{j}", f"cold-{j}"
            codes[cold] = {
                f"bits/{code}": spread_out([10] * 3) for code in ("network", "architecture")
            } | same
            hits = np.array([[1] * right[t, j] + [0] * (K - right[t, j])] * 3, dtype=np.uint8)
            left = {
                "bits/architecture": spread_out(10 - np.array(bits) - order),
                "bits/start": spread_out([static[t, j]] * 3),
            }
            codes[name] = left | {"right/start": hits} | same
            sources[f"state-{order}-{t}"] = {"carried_bytes": np.array(3_000_000 * t)}
            rows.append(
                {"arm": NAMES[algorithm], "sequence": "s", "algorithm": algorithm, "heads": "single"}
                | {"model": "m", "learner": "l", "k": K}
                | {"tasks": 2, "order": order, "t": t, "j": j, "task": f"task-{j}", "head": "keep"}
                | {"source": f"state-{order}-{t}", "cold": cold, "warm": name, "target": "d", "n": 5}
            )  # fmt: skip
    seconds = dict.fromkeys(sources, 7.0)
    return Results(rows, codes, sources, [0, 1, 2], {}, seconds=seconds)


SAVED = {(0, 0): [4, 6, 5], (0, 1): [-1, 1, 0], (1, 0): [1, 3, 2], (1, 1): [5, 5, 5]}
RIGHT = {(0, 0): 4, (0, 1): 2, (1, 0): 1, (1, 1): 4}
STATIC = {(0, 0): 1.0, (0, 1): 4.0, (1, 0): 6.0, (1, 1): 1.0}


def test_retained_share_hidden_bits_and_transfer_are_those_worked_out_by_hand():
    found = results(SAVED, RIGHT, STATIC)
    cells = get_analysis("forgetting").tabulate(found, {}).set_index(["t", "j"])
    assert cells.loc[(0, 0), "retained"] == 1.0
    assert cells.loc[(1, 1), "retained"] == 1.0
    assert np.isnan(cells.loc[(0, 1), "retained"])
    assert cells.loc[(1, 0), "retained"] == pytest.approx(2 / 5)
    assert cells.loc[(1, 0), "accuracy"] == 0.25
    # k log2 C = 4 bits; the static code of 6 bits saves -2 of them, so that 2 - (-2) = 4 bits are hidden.
    assert cells.loc[(1, 0), "hidden_bits"] == pytest.approx(4)
    assert cells.loc[(1, 1), "hidden_bits"] == pytest.approx(5 - (4 - 1))
    kept = get_analysis("retention").tabulate(found, {}).set_index("t")
    assert kept.loc[1, "total_bits"] == pytest.approx(2 + 5)
    assert kept.loc[1, "learned_bits"] == pytest.approx(5 + 5)
    assert kept.loc[1, "backward_bits"] == pytest.approx(2 - 5)
    assert kept.loc[1, "backward_accuracy"] == pytest.approx(0.25 - 1)
    assert kept.loc[1, "forward_bits"] == pytest.approx(0)
    assert kept.loc[1, "accuracy"] == pytest.approx((0.25 + 1) / 2)
    assert kept.loc[1, "carried_mb"] == 3
    assert kept.loc[1, "training_s"] == 14


def beside(*algorithms):
    """Plain fine-tuning, and others of which each task's bits are given when it was learned and after the last one."""
    every = [results(SAVED, RIGHT, STATIC)]
    for algorithm, first, left, second in algorithms:
        saved = SAVED | {(0, 0): first, (1, 0): left, (1, 1): second}
        every.append(results(saved, RIGHT, STATIC, algorithm=algorithm))
    rows, codes, sources = [row for one in every for row in one.rows], {}, {}
    for one in every:
        codes, sources = codes | one.codes, sources | one.sources
    return get_analysis("retention").tabulate(
        Results(rows, codes, sources, [0, 1, 2], {}, seconds=every[0].seconds), {}
    )


OTHERS = (("si", [2, 2, 2], [2, 2, 2], [3, 5, 5.5]), ("joint", [5, 6, 5.5], [6, 6, 6], [7, 7, 7]))


def test_an_algorithm_is_set_beside_plain_and_joint_seed_by_seed():
    table = beside(*OTHERS).set_index(["arm", "t"])
    # After the last task: plain 6, 8 and 7 bits, si 5, 7 and 7.5, joint 13, 13 and 13.
    bits = {"a": [6, 8, 7], "b": [5, 7, 7.5], "c": [13, 13, 13]}
    for name, bound in (("over_plain", "a"), ("over_joint", "c")):
        p = []
        for arm in bits:
            values = np.array(bits[arm]) - bits[bound]
            own = table.loc[(arm, 1)]
            assert own[f"{name}_bits"] == pytest.approx(values.mean())
            assert own[f"{name}_se"] == pytest.approx(stats.sem(values))
            p += [] if arm == bound else [(arm, stats.ttest_1samp(values, 0).pvalue)]
        adjusted = dict(zip(dict(p), closed_testing([each for _, each in p]), strict=True))
        assert table.xs(1, level="t")[f"{name}_p"].dropna().to_dict() == pytest.approx(adjusted)
    assert beside()["over_joint_bits"].isna().all()


def test_arms_are_set_beside_the_one_that_holds_most_bits():
    """At the end joint; p-values are adjusted for the three pairs of arms, after each task by itself."""
    table = beside(*OTHERS).set_index(["arm", "t"])
    bits = {"c": [13, 13, 13], "a": [6, 8, 7], "b": [5, 7, 7.5]}
    pairs = list(itertools.combinations(bits, 2))
    ca, cb, ab = closed_testing([stats.ttest_rel(bits[x], bits[y]).pvalue for x, y in pairs])
    last = table.xs(1, level="t")
    assert last.loc[["a", "b"], "p_first"].tolist() == pytest.approx([ca, cb])
    assert max(ca, cb) < 0.05 < ab
    assert last["told_apart"].to_dict() == {"a": "yes", "b": "yes", "c": ""}
    assert last["not_told_from"].to_dict() == {"a": "b", "b": "a", "c": ""}
    assert np.isnan(last.loc["c", "p_first"])
    first = table.xs(0, level="t")
    assert first.loc["b", "p_first"] == pytest.approx(
        closed_testing(
            [
                stats.ttest_rel(one, other).pvalue
                for one, other in (([5, 6, 5.5], [4, 6, 5]), ([5, 6, 5.5], [2, 2, 2]), ([4, 6, 5], [2, 2, 2]))
            ]
        )[1]
    )  # fmt: skip


def test_where_plain_does_not_hold_the_fewest_the_words_say_where_the_bits_went():
    text = " ".join(
        get_analysis("retention").describe(
            beside(("si", [2, 2, 2], [2, 2, 2], [2, 4, 3]), OTHERS[1])
        )
    )
    assert (
        "What algorithms should lie within does not hold: these surely hold fewer bits than a, by"
        " paired t-tests adjusted for 2 arms (Holm): b −2 bits (95 % interval −2 to −2), of which"
        " −5 are in what it learned of each task as it came, and 3 in what became of that since."
        in text
    )
    assert (
        "None surely holds more bits than c, by paired t-tests adjusted for 2 arms (Holm)." in text
    )
    assert "c surely has the most bits" in text
    assert "does not hold" not in " ".join(get_analysis("retention").describe(beside(*OTHERS)))


def test_orders_are_averaged_within_a_seed_and_shown_apart():
    found = results(SAVED, RIGHT, STATIC, orders=2)
    cells = get_analysis("forgetting").tabulate(found, {})
    assert list(dict.fromkeys(cells["orders"])) == ["all", "0", "1"]
    by = cells.set_index(["orders", "t", "j"])["l_it_bits"]
    assert by["all", 1, 0] == pytest.approx((by["0", 1, 0] + by["1", 1, 0]) / 2)
    own = stats.ttest_1samp([1.5, 3.5, 2.5], 0).confidence_interval(0.95)  # three seeds, not six
    (first,) = cells[cells["orders"] == "all"].query("t == 1 and j == 0").to_dict("records")
    assert (first["l_it_ci_low"], first["l_it_ci_high"]) == pytest.approx((own.low, own.high))
    share, ends = ratio_of_means(np.array([1.5, 3.5, 2.5]), np.array([4.5, 6.5, 5.5]))
    assert (first["retained"], first["retained_ci_low"]) == pytest.approx((share, ends[0]))
    kept = get_analysis("retention").tabulate(found, {}).set_index("t")
    assert kept.loc[1, "total_bits"] == pytest.approx(8)
    assert kept.loc[1, "total_se"] == pytest.approx(stats.sem([7.0, 9.0, 8.0]))
    assert (cells.loc[cells["t"] == cells["j"], "retained"] == 1.0).all()


@pytest.mark.parametrize("kind", ["forgetting", "retention"])
def test_figures_and_words_come_from_the_table_alone(kind, tmp_path):
    from lit.tables.reading import read_table

    analysis = get_analysis(kind)
    analysis.tabulate(results(SAVED, RIGHT, STATIC, orders=2), {}).to_csv(
        tmp_path / "t.csv", index=False
    )
    table = read_table(tmp_path / "t.csv")
    assert set(analysis.COLUMNS) <= set(table.columns)
    figure = get_figure(kind).draw(table)
    figure.canvas.draw()
    assert len(figure.axes) == 2
    plt.close(figure)
    text = " ".join(analysis.describe(table))
    assert "nan" not in text
    wanted = {"forgetting": "a 45 % at accuracy 0.25", "retention": "a, 8 bits (95 % interval"}
    assert wanted[kind] in text


def test_a_ratio_of_means_and_its_interval():
    below = np.array([4.0, 5.0, 6.0, 5.0])
    assert ratio_of_means(below, below) == (1.0, (1.0, 1.0))
    share, (low, high) = ratio_of_means(below / 2, below)
    assert share == pytest.approx(0.5)
    assert low == pytest.approx(0.5)
    assert high == pytest.approx(0.5)
    share, (low, high) = ratio_of_means(np.array([1.0, 2.0, 0.0, 1.0]), below)
    assert share == pytest.approx(0.2)
    assert low < 0.2 < high
    assert np.isnan(ratio_of_means(below, below - 5)[0])
    assert np.isnan(ratio_of_means(below[:1] / 2, below[:1])[1][0])


@pytest.mark.nightly
def test_a_network_whose_weights_were_reset_retains_nothing(digits):
    """Drawn anew after the first task, it saves nothing of it: R = 0 lies within the interval."""
    spec, seeds, cpu, k = {"kind": "mlp", "hidden": [32]}, [0, 1, 2, 3, 4], torch.device("cpu"), 256
    task = TaskData(digits, 10, None, 1000)
    learned = train_task(spec, [task], 0, False, {"kind": "plain", "epochs": 20}, seeds, cpu)
    other = train_task(
        spec,
        [task],
        0,
        False,
        {"kind": "plain", "epochs": 1e-9, "lr": 1e-9},
        [s + 100 for s in seeds],
        cpu,
    )
    totals = []
    for arrays in (None, learned, other):
        source = None
        if arrays is not None:
            source = StartState(
                State.from_arrays(arrays), digits.x, arrays["index"], arrays["label"], 10
            )
        coder = Coder(
            spec,
            digits,
            None,
            "front",
            seeds,
            {"kind": "replay", "effort": 20},
            source,
            "keep",
            cpu,
        )
        merged = merge.merge_spans([code_span(coder, Schedule().blocks_of(0, k), k)])
        totals.append(merge.unite({"replay": merged})["bits/network"].sum(1))
    cold, kept, reset = totals
    share, (low, high) = ratio_of_means(cold - reset, cold - kept)
    assert (cold - kept).mean() > 100
    assert low <= 0 <= high, (share, low, high)
    assert abs(share) < 0.1


# the workflow -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_sequence_from_config_to_report(workspace, study):
    """Two chains by two orders; the report, the audit, a decoded cell; nothing is left to do; one task more computes one."""
    own = "def forget(net, start, lesson, carried, options):\n    return lesson.untrained, {}\n"
    (workspace.folder / "mine.py").write_text(own)
    study |= {
        "sequences": {"mixed": SEQUENCES["mixed"]},
        "algorithms": {
            "plain": {"kind": "plain", "epochs": 2, "keep_moments": True},
            "own": {"kind": "python", "factory": "mine:forget"},
        },
        "arms": [{**study["arms"][1], "each": {"algorithms": ["plain", "own"]}}],
        "analyses": {"map": {"kind": "forgetting"}, "kept": {"kind": "retention"}},
    }
    study["arms"][0].pop("algorithm")
    workspace.write(study)
    workspace.snakemake()
    results = workspace.folder / "results/tiny"
    table = pd.read_csv(results / "tables/information_transfer.csv")
    assert len(table) == 2 * 2 * (4 + 2 * 2)
    assert {"sequence", "algorithm", "order", "t", "j", "task", "head"} <= set(table.columns)
    cells = pd.read_csv(results / "tables/map.csv")
    assert (
        cells.loc[(cells["t"] == cells["j"]) & (cells["head"] == "keep"), "retained"] == 1.0
    ).all()
    reset = cells[cells["algorithm"] == "own"]
    assert (reset["l_it_bits"].abs() < 3).all(), (
        "a state that is theta0 itself saves nothing but costs naming the expert"
    )
    kept = pd.read_csv(results / "tables/kept.csv")
    assert kept["training_s"].notna().all()
    moments = kept.groupby("algorithm")["carried_mb"].unique()
    weights = -(-(64 * 8 + 8 + 8 * 10 + 10) // 256) * 256  # digits to 8 units to 10 classes, padded
    assert moments["plain"] == pytest.approx((2 * 4 * weights + 8) / 1e6)
    assert moments["own"] == [0]
    page = (results / "report/index.html").read_text()
    assert "32 cells of sequences" in page
    assert "0 of" in workspace.snakemake("audit").stdout
    assert "Nothing to be done" in workspace.snakemake().stdout
    run = "digits.permuted-0--true--mlp--fast--from.mixed.plain.order0.task1"
    assert (
        "decoded: 128 labels"
        in workspace.snakemake("--config", f"decode={run}", "--", "audit").stdout
    )
    longer = {"tasks": SEQUENCES["mixed"]["tasks"] | {"count": 3}, "orders": [[0, 1, 2], [1, 0, 2]]}
    workspace.write(study | {"sequences": {"mixed": longer}})
    planned = workspace.planned()
    assert planned["train_task"] == 2 * 2, "the third task of both orders and algorithms"
    assert "prepare_dataset" not in planned


@pytest.mark.nightly
def test_a_killed_sequence_repeats_at_most_the_task_that_was_running(workspace, study):
    study |= {"algorithms": {"plain": {"kind": "plain", "epochs": 2}}, "arms": [ARM], "seeds": [0]}
    workspace.write(study)
    process = subprocess.Popen(
        workspace.command("codelengths_all", cores=1), cwd=workspace.folder, env=workspace.environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    models = workspace.folder / "results/tiny/models"
    until = time.monotonic() + 120
    while len(list(models.glob("*/*.h5"))) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = {
        path: (path.read_bytes(), path.stat().st_mtime_ns) for path in sorted(models.glob("*/*.h5"))
    }
    assert len(done) == 2, "killed after two of three tasks"
    workspace.snakemake("--unlock")
    assert workspace.planned()["train_task"] in (1, 2), (
        "the third, and perhaps the second, which was being finished"
    )
    workspace.snakemake("codelengths_all")
    assert {path: path.read_bytes() for path in done} == {
        path: content for path, (content, _) in done.items()
    }
    first, when = next((path, when) for path, (_, when) in done.items() if "task0" in str(path))
    assert first.stat().st_mtime_ns == when, "what was finished is not computed again"
    assert len(list(models.glob("*/*.h5"))) == 3


def test_a_task_of_random_labels_takes_no_more_inputs_than_differ(rng):
    """An n of more would quietly train on fewer."""
    x = np.repeat(rng.normal(size=(40, 3)).astype(np.float32), 5, axis=0)
    data = Dataset(x, np.arange(200) % 2, 2)
    untrained = State.of([build_theta0({"kind": "linear"}, data.form(), 0)])
    heads = np.array([[0, 2]])
    for n, wrong in ((40, False), (41, True)):
        task = TaskData(data, 2, {"random": 1.0}, n)
        if wrong:
            with pytest.raises(InputError, match="task 0: n = 41, but it has 40 examples"):
                _lesson(task, data, 0, heads, untrained, [0])
        else:
            assert len({*_lesson(task, data, 0, heads, untrained, [0])[1][0] // 5}) == 40
