"""Before the first job: what needs no computing is found, of analyses, of training and of learners."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from conftest import ROOT, TINY
from fakes import check_study

from lit import __main__ as command
from lit.analyses import check_analysis, get_analysis
from lit.analyses.results import Results
from lit.data.dataset import Dataset
from lit.errors import InputError
from lit.study.config import load_study
from lit.study.kinds import Analysis, kinds_of
from lit.workflow import preflight
from lit.workflow.check_rows import check_apart, check_rows, warn_of_shared
from lit.workflow.plan import Plan

KINDS = list(kinds_of(Analysis))
NET = {"kind": "torchvision", "name": "resnet18", "weights": "DEFAULT"}
MODELS = {"linear": {"kind": "linear"}, "net": NET, "mlp": {"kind": "mlp", "hidden": [4]}}
DATA = {
    "digits": {"kind": "sklearn", "name": "digits"},
    "wine": {"kind": "sklearn", "name": "wine"},
    "planted": {"kind": "lookup", "symbols": 8, "classes": 4, "examples": 1000},
    "deep": {"kind": "features", "of": "digits", "model": "net"},
    "twin": {"kind": "features", "of": "digits", "model": "net", "trained": False},
    "early": {"kind": "features", "of": "digits", "model": "net", "layer": "layer1"},
    "early-twin": {
        "kind": "features",
        "of": "digits",
        "model": "net",
        "layer": "layer1",
        "trained": False,
    },
}
SEQUENCES = {
    "one": {"tasks": [{"name": "a", "data": "digits", "n": 64}]},
    "two": {"tasks": {"of": "digits", "how": "permuted", "count": 2, "n": 64}},
}


def arm(name="a", target="digits", **other):
    return {"name": name, "target": target, "model": "linear", "n": 64} | other


def of_sequence(name, sequence):
    return {"name": name, "sequence": sequence, "model": "linear", "algorithm": "plain"}


def study(arms, **other):
    return TINY | {"datasets": DATA, "models": MODELS, "sequences": SEQUENCES, "arms": arms} | other


def check(arms, /, **analysis):
    """What is checked of an analysis before the first job."""
    config = study(arms, analyses={"mine": analysis})
    settings = json.loads(Plan(load_study(config)).check_settings())
    preflight.check_analyses(settings["analyses"], settings["rows"], settings["datasets"])


# analyses -----------------------------------------------------------------------------------------


SHORT = {"labels": {"random": 0.5}}
WRONG = {
    "choice of theta0 alone": ([arm(n=0)], {"kind": "choice"}, "no row has n > 0"),
    "choice of an arm of theta0": ([arm(), arm("b", n=0)], {"kind": "choice", "arms": ["a", "b"]}, "nothing of arm 'b'"),
    "one arm beside nothing": ([arm(n=[0, 64])], {"kind": "compare"}, "at least two arms to compare, and has a alone"),
    "crossings of one row": ([arm()], {"kind": "crossings"}, "needs several rows to set in an order, and has arm a alone"),
    "a reference of several n": (
        [arm(n=[0, 64]), arm("b")],
        {"kind": "crossings", "reference": "a"},
        "the reference a has several n (0, 64)",
    ),
    "ranking of one row": ([arm(n=0)], {"kind": "ranking"}, "needs several rows to set in an order"),
    "depth of pixels": ([arm(n=0), arm("b", n=0)], {"kind": "depth"}, "needs arms of features of a trained backbone with n: 0"),
    "depth of twins alone": ([arm(target="twin", n=0)], {"kind": "depth"}, "needs arms of features of a trained backbone"),
    "depth of features that M was trained on": ([arm(target="deep")], {"kind": "depth"}, "needs arms of features of a trained"),
    "depth with a layer twice": (
        [arm(target="deep", n=0), arm("b", "early", n=0), arm("c", "early", n=0, learner="probe")],
        {"kind": "depth"},
        "arms b and c have the same layer of a backbone (net, layer1, trained)",
    ),
    "depth with a twin of another learner": (
        [arm(target="deep", n=0), arm("b", "early", n=0), arm("c", "early-twin", n=0, learner="probe")],
        {"kind": "depth"},
        "arms a and c have learner replay+readout and probe",
    ),
    "depth with an arm of pixels": (
        [arm("d", "deep", n=0), arm("e", "early", n=0), arm("pixels", n=0)],
        {"kind": "depth", "arms": ["d", "e", "pixels"]},
        "nothing of arm 'pixels' can be used: depth takes rows of features with n = 0",
    ),
    "differences of nothing that pairs": (
        [arm(), arm("b", n=32)],
        {"kind": "differences", "reference": "a"},
        "no arm shares an n above 0 with the reference a, which has n = 64: b has n = 32; give one of them an n that the reference has",
    ),
    "differences with an arm without an M": (
        [arm(), arm("b", n=0)],
        {"kind": "differences", "reference": "a"},
        "no arm shares an n above 0 with the reference a, which has n = 64: b has none; give one of them",
    ),
    "differences of the reference alone": (
        [arm()],
        {"kind": "differences", "reference": "a"},
        "no arm shares an n above 0 with the reference a, which has n = 64 and is the only arm here; add another, or",
    ),
    "differences of another k": (
        [arm(), arm("b", k=64)],
        {"kind": "differences", "reference": "a"},
        "arm b has another k than the reference a",
    ),
    "differences with an arm that does not pair": (
        [arm(), arm("b"), arm("c", n=32)],
        {"kind": "differences", "reference": "a", "arms": ["a", "b", "c"]},
        "nothing of arm 'c' can be used",
    ),
    "extremes of a short stream": ([arm(k=16)], {"kind": "extremes"}, "needs k of at least 20, and arm a has k = 16"),
    "extremes of two arms": ([arm(), arm("b")], {"kind": "extremes", "arms": ["a", "b"]}, "nothing of arm 'b' can be used"),
    "forgetting of one task": ([of_sequence("s", "one")], {"kind": "forgetting"}, "needs a sequence of several tasks"),
    "retention of one task": ([of_sequence("s", "one")], {"kind": "retention"}, "needs a sequence of several tasks"),
    "forgetting with an arm of one task": (
        [of_sequence("s", "one"), of_sequence("t", "two")],
        {"kind": "forgetting", "arms": ["s", "t"]},
        "nothing of arm 's' can be used",
    ),
    "forgetting with an arm of no sequence": (
        [of_sequence("t", "two"), arm()],
        {"kind": "forgetting", "arms": ["t", "a"]},
        "nothing of arm 'a' can be used: forgetting takes cells of sequences",
    ),
    "noise without noise": ([arm(), arm("b", n=32)], {"kind": "noise"}, "no row has n > 0 and noisy labels"),
    "noise of theta0": ([arm(n=0, **SHORT)], {"kind": "noise"}, "no row has n > 0 and noisy labels"),
    "noise and another n": ([arm(), arm("b", n=32, **SHORT)], {"kind": "noise"}, "its arms differ in n"),
    "noise at one level twice": ([arm(**SHORT), arm("b", **SHORT)], {"kind": "noise"}, "arms a and b have the same labels"),
    "noise and left-out classes": (
        [arm(**SHORT), arm("b", labels={"without": [3]})],
        {"kind": "noise", "arms": ["a", "b"]},
        "nothing of arm 'b' can be used",
    ),
    "pairs of all classes": ([arm(), arm("b", **SHORT)], {"kind": "pairs"}, "needs arms with labels: {classes: [a, b]}"),
    "pairs of three classes": ([arm(labels={"classes": [0, 1, 2]})], {"kind": "pairs"}, "needs arms with labels: {classes"),
    "pairs without an n in common": (
        [arm(labels={"classes": [0, 1]}), arm("b", n=32, labels={"classes": [0, 2]})],
        {"kind": "pairs"},
        "no n above 0 in common",
    ),
    "pairs of two learners": (
        [arm(labels={"classes": [0, 1]}), arm("b", learner="probe", labels={"classes": [0, 2]})],
        {"kind": "pairs"},
        "arms differ in learner",
    ),
    "a pair twice": (
        [arm(labels={"classes": [0, 1]}), arm("b", labels={"classes": [1, 0]})],
        {"kind": "pairs"},
        "arms a and b have the same pair of classes (0, 1)",
    ),
    "planted of digits": ([arm()], {"kind": "planted"}, "no row has n > 0 and a target of kind lookup, teacher, parity or markov"),
    "planted of random labels": ([arm(target="planted", **SHORT)], {"kind": "planted"}, "with true labels"),
    "planted with an arm of digits": (
        [arm("p", "planted"), arm()],
        {"kind": "planted", "arms": ["p", "a"]},
        "nothing of arm 'a' can be used",
    ),
    "relatives of theta0": ([arm(n=0)], {"kind": "relatives"}, "no row has n > 0"),
    "scores of trained M": ([arm(), arm("b", n=32)], {"kind": "scores"}, "needs arms with n: 0"),
    "scores with an arm of trained M": (
        [arm(n=0), arm("b")],
        {"kind": "scores", "arms": ["a", "b"]},
        "nothing of arm 'b' can be used: scores takes rows with n = 0",
    ),
    "nothing shared": ([arm()], {"kind": "shared"}, "needs arms whose source is another data set"),
    "shared by two learners": (
        [arm(source="wine"), arm("b", learner="probe", source="wine")],
        {"kind": "shared"},
        "needs one learner, and its arms have probe, replay+readout",
    ),
    "shared at two k": ([arm(source="wine"), arm("b", k=64)], {"kind": "shared"}, "target digits has k = 64 and 128"),
    "shared, one thing twice": (
        [arm(source="wine"), arm("b", source="wine")],
        {"kind": "shared"},
        "arms a and b have the same source, target and n (wine, digits, 64)",
    ),
    "added to what is not there": (
        [arm(before=[{"source": "wine", "n": 32}]), arm("b", n=32, source="wine")],
        {"kind": "shared"},
        "no arm trains on digits alone with n = 64",
    ),
    "surface of theta0": ([arm(n=0)], {"kind": "surface"}, "no row has n > 0"),
    "surface of two tasks": ([arm(), arm("b", "wine")], {"kind": "surface"}, "must be of one target, model, learner"),
    "surface of an M of another task": (
        [arm(source_labels={"random": 1.0})],
        {"kind": "surface"},
        "M of arm a was trained on another task than the stream's",
    ),
    "surface of a short stream": ([arm(k=16)], {"kind": "surface"}, "the stream has k = 16 labels; write k at least 32"),
    "surface with a cold arm of another learner": (
        [arm(), arm("cold", n=0, k=256, learner="probe")],
        {"kind": "surface", "arms": ["a", "cold"]},
        "nothing of arm 'cold' can be used",
    ),
    "unlearning against an M of all classes": (
        [arm(), arm("b", source_labels={"relabelled": [3]})],
        {"kind": "unlearning", "reference": "a"},
        "M of arm a was not trained without any class",
    ),
    "unlearning without an M of all classes": (
        [arm(source_labels={"without": [3]}), arm("b", source_labels={"relabelled": [3]})],
        {"kind": "unlearning", "reference": "a"},
        "and has none; add it",
    ),
    "unlearning of random labels": (
        [arm(source_labels={"without": [3]}), arm("b"), arm("c", **SHORT)],
        {"kind": "unlearning", "reference": "a", "arms": ["a", "b", "c"]},
        "nothing of arm 'c' can be used: unlearning takes arms of one data set with true labels",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_an_analysis_that_cannot_be_made_is_refused_before_the_first_job(case):
    arms, analysis, message = WRONG[case]
    with pytest.raises(InputError, match=re.escape(message)) as error:
        check(arms, **analysis)
    assert str(error.value).startswith("analyses.mine")


def test_every_kind_is_among_the_cases():
    assert {analysis["kind"] for _, analysis, _ in WRONG.values()} == set(KINDS)


FINE = {
    "choice": [arm(n=[0, 64])],
    "compare": [arm(), arm("b", n=0)],
    "crossings": [arm(n=[0, 64])],
    "depth": [arm(target="early", n=0), arm("b", "deep", n=0), arm("c", "early-twin", n=0)],
    "differences": [arm(), arm("b", learner="probe")],
    "extremes": [arm(k=20)],
    "forgetting": [of_sequence("t", "two"), of_sequence("s", "one")],
    "noise": [arm(), arm("b", **SHORT)],
    "pairs": [arm(labels={"classes": [3, 1]})],
    "planted": [arm(target="planted", n=[0, 64]), arm("b", n=0)],
    "ranking": [arm(n=0), arm("b", "deep", n=0)],
    "relatives": [arm(n=[0, 64])],
    "retention": [of_sequence("t", "two")],
    "scores": [arm(n=0), arm("b", "deep", n=0), arm("tuned", model="net", n=None)],
    "shared": [arm(source="wine"), arm("b", n=32), arm("c", n=64)],
    "surface": [arm(n=[32, 64]), arm("cold", n=0, k=256)],
    "unlearning": [arm(source_labels={"without": [3]}), arm("b"), arm("c", source_labels={"relabelled": [3]})],
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_an_analysis_that_can_be_made_passes_with_every_arm_named(kind):
    arms = [{key: value for key, value in one.items() if value is not None} for one in FINE[kind]]
    options = {"reference": "a"} if kind in ("differences", "unlearning") else {}
    check(arms, kind=kind, **options)
    used = [
        one["name"]
        for one in arms
        if (kind, one["name"]) not in {("forgetting", "s"), ("planted", "b")}
    ]
    check(arms, kind=kind, arms=used, **options)


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_is_made_of_what_was_checked(kind, monkeypatch):
    """What tabulate makes a table of, it asks the very function for that is asked before the first job."""

    def select(rows, options, datasets):
        raise InputError("asked")

    module = get_analysis(kind)
    monkeypatch.setattr(module, "select", select)
    row = {"arm": "a", "n": 0, "k": 1, "cold": "c", "warm": "c"}
    codes = {"c": {"label": np.zeros((1, 1)), "bits/architecture": np.ones((1, 1))}}
    with pytest.raises(InputError, match="asked"):
        module.tabulate(Results([row], codes, {}, [0], {}), {})


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_says_what_it_takes(kind):
    assert len(get_analysis(kind).TAKES) > 5


def test_arms_that_each_makes_are_used_where_one_of_them_is():
    pairs = arm("pair", each={"pairs": [0, 1, 2]}, n=64)
    check([pairs, arm()], kind="pairs", arms=["pair"])
    check([pairs, arm()], kind="pairs", arms=["pair.0+1", "pair.1+2"])


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=pytest.mark.nightly if path.stem == "continual" else ())
        for path in sorted((ROOT / "config/studies").glob("*.yaml"))
    ],
    ids=lambda path: path.stem,
)
def test_every_study_of_the_project_passes(path):
    plan = Plan(load_study(yaml.safe_load(path.read_text()), path.name))
    for name, entry in plan.results.analyses.items():
        settings = json.loads(plan.analysis_settings(name))
        check_analysis(name, entry, settings["rows"], settings["datasets"])


def test_the_check_is_given_the_rows_that_the_analysis_will_be_given():
    arms, mine = (
        [arm(n=[0, 64]), of_sequence("t", "two"), arm("b")],
        {"kind": "compare", "arms": ["b", "a"]},
    )
    config = study(arms, analyses={"mine": mine})
    plan = Plan(load_study(config))
    settings = json.loads(plan.check_settings())
    rows = [settings["rows"][place] for place in settings["analyses"]["mine"]["rows"]]
    given = json.loads(plan.analysis_settings("mine"))["rows"]
    assert [
        {key: row[key] for key in other} for row, other in zip(rows, given, strict=True)
    ] == given
    assert settings["analyses"]["mine"]["options"] == mine


def test_the_command_for_a_config_says_it_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("study.yaml").write_text(
        yaml.safe_dump(study([arm()], analyses={"mine": {"kind": "noise"}}))
    )
    with pytest.raises(
        SystemExit,
        match=r"Error: study.yaml, line 2: analyses.mine: no row has n > 0 and noisy labels",
    ):
        command.main(["check", "study.yaml"])


def test_nothing_is_trained_for_an_analysis_that_cannot_be_made(workspace, tiny):
    workspace.write(tiny | {"analyses": {"mine": {"kind": "noise"}}})
    out = workspace.snakemake(check=False)
    assert out.returncode != 0
    assert "analyses.mine: no row has n > 0 and noisy labels" in out.stdout
    assert "Traceback" not in out.stdout
    assert not list(workspace.folder.glob("results/**/*"))


# training and learners ----------------------------------------------------------------------------


SPLIT = {"of": "digits", "how": "split", "n": 9}
SENSELESS = {
    "a source of one example": (study([arm(n=[0, 1])]), "arm 'a': n: 1 leaves nothing to hold out"),
    "an earlier source of one example": (study([arm(before=[{"source": "wine", "n": 1}])]), "arm 'a': n: 1 leaves nothing"),
    "all is held out": (
        study([arm(n=8)], training={"validation": 0.9}),
        "arm 'a': of n = 8 examples, training.validation: 0.9 leaves none to train M on",
    ),
    "all that the first model knows is held out": (
        study([arm(learner="l")], learners={"l": {"kind": "restart", "validation": 0.99}}),
        "learner 'l': validation: 0.99 holds all 32 labels out that the first model knows",
    ),
    "the same of a probe": (
        study([arm(learner="l")], learners={"l": {"kind": "probe", "validation": 0.6}}, stream={"k": 64, "first_block": 2}),
        "learner 'l': validation: 0.6 holds all 2 labels out",
    ),
    "a probe of a sequence's network": (
        study([of_sequence("t", "two") | {"model": "mlp", "learner": "probe"}]),
        "learner 'probe' is a probe, which solves a linear model",
    ),
    "a learner whose experts a code would leave out": (
        study([arm(learner=["replay", "my-architecture"])], learners={"my-architecture": {"kind": "restart"}}),
        "learner 'my-architecture' is named like experts that code: network leaves out",
    ),
    "learners joined by hand": (study([arm(learner="replay+replay")]), "'replay+replay' is not allowed here; one name"),
    "a task of one class": (
        study([of_sequence("s", "s")], sequences={"s": {"tasks": SPLIT | {"classes": [[0, 1], [2]]}}}),
        "sequences.s: task '2' has one class",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SENSELESS)
def test_what_would_silently_train_nothing_is_refused(case):
    config, message = SENSELESS[case]
    with pytest.raises(InputError, match=re.escape(message)):
        load_study(config, "study.yaml")


def test_learners_that_are_alike_from_theta0_are_one_there():
    learners = {"joint": {"kind": "replay", "memory": "source"}}
    found = load_study(
        study([arm(learner=["replay", "joint"], n=64)], learners=learners), "study.yaml"
    )
    assert [(row.cold.learner, row.warm.learner) for row in found.rows] == [
        ("replay", "replay+joint")
    ]


@pytest.mark.parametrize(
    "config",
    [
        study([arm(n=2)]),
        study([arm(n=1, stop="memorise")]),
        study([arm(n=8)], training={"validation": 0.8}),
        study([arm(n=300)], training={"validation": 0.99, "max_validation": 100}),
        study(
            [arm(learner="l", n=0)],
            learners={"l": {"kind": "replay"}},
            stream={"k": 64, "first_block": 1},
        ),
        study([arm(n=0)], stream={"k": 64, "first_block": 1}),
        study(
            [of_sequence("s", "s")],
            sequences={"s": {"tasks": SPLIT | {"classes": [[0], [1]], "numbers": "kept"}}},
        ),
    ],
)
def test_what_trains_on_something_is_taken(config):
    load_study(config)


def test_a_source_of_one_example_was_theta0(digits):
    """Why it is refused: nothing could be held out, so that nothing was trained."""
    import torch

    from lit.training.options import Training
    from lit.training.sources import train_source

    made = train_source(
        {"kind": "linear"}, digits, None, 1, "early", [0], Training(), torch.device("cpu")
    )
    assert not made["state/layers.0.weight"].any()


@pytest.mark.parametrize(
    ("seeds", "message"), [([0, 1, 2], ""), ([0, 1, 3], "arm 'a', seed 3: of k = 300 and n = 1350")]
)
def test_a_seed_with_which_stream_and_source_meet_is_found(digits, seeds, message):
    """Where M is trained without a class, its pool is another one, and reaches the stream with some seeds only."""
    config = study([arm(n=1350, k=300, source_labels={"without": [0]})], seeds=seeds)
    given = json.loads(Plan(load_study(config)).check_settings())
    assert given["seeds"] == seeds
    try:
        check_apart(given["rows"], {"digits": digits}, given["seeds"], {"digits": "digits"})
        found = ""
    except InputError as error:
        found = str(error)
    assert found.startswith(message)
    assert bool(found) == bool(message)


SIZES = {
    "n of the examples that are coded": ([arm(n=4096, k=512)], "write n at most 1285, beside k = 512: stream and source never"),
    "n of others": ([arm(target="wine", source="digits", n=4096, k=100)], "has 1797 examples; write n at most 1797$"),
    "k where M takes some, in another row": ([arm(n=[0, 797], k=2000)], "write k at most 1000, beside n = 797: stream and source never"),
    "k alone": ([arm(n=0, k=2000)], "write k at most 1797$"),
    "k where M takes others": ([arm(source="wine", n=64, k=2000)], "write k at most 1797$"),
    "both": ([arm(n=4096, k=2000)], "k = 2000, but .* write smaller k and n, together at most 1797$"),
    "n of a step before": ([arm(n=8, k=512, before=[{"source": "digits", "n": 1800}])], "write n at most 1285, beside k = 512"),
}  # fmt: skip


@pytest.mark.parametrize("case", SIZES)
def test_of_a_size_that_is_too_large_one_that_works_is_named(digits, case):
    """A study that is corrected as the message says is not refused for the other size then."""
    arms, message = SIZES[case]
    rows = json.loads(Plan(load_study(study(arms))).check_settings())["rows"]
    wine = Dataset(np.zeros((178, 13), np.float32), np.arange(178) % 3, 3)
    data = {"digits": digits, "wine": wine}
    with pytest.raises(InputError, match=message):
        check_rows(rows, data, {}, 0, {name: name for name in data})


@pytest.mark.parametrize(
    ("arms", "seeds", "said"),
    [
        # digits have 1,797 examples, 178 of them zeros and 182 ones
        (
            [arm(n=0, k=899)],
            [0, 1, 2],
            "arm 'a': seeds code mostly the same examples, k = 899 of the N = 1,797 that data set"
            " 'digits' has: of what a seed codes, a share f = k / N = 0.50 is",
        ),
        ([arm(n=0, k=898)], [0, 1, 2], ""),
        ([arm(n=0, k=1797)], [0], ""),
        ([arm(n=0, k=270, labels={"classes": [0, 1]})], [0, 1], "k = 270 of the N = 360 that"),
        ([arm(n=0, k=150, labels={"classes": [0, 1]})], [0, 1], ""),
        (
            [arm(name=name, n=0, k=1024) for name in "abcde"],
            [0, 1],
            "arm 'a', arm 'b', arm 'c' and 2 more: seeds code mostly",
        ),
    ],
)
def test_seeds_that_code_mostly_the_same_examples_are_warned_of(digits, arms, seeds, said, caplog):
    given = json.loads(Plan(load_study(study(arms, seeds=seeds))).check_settings())
    warn_of_shared(given["rows"], {"digits": digits}, given["seeds"], {"digits": "digits"})
    assert len(caplog.records) == bool(said), "arms of one stream are warned of once"
    assert said in caplog.text


def test_views_of_a_data_set_have_the_same_examples(digits, caplog):
    """One warning for both; and what to write, half of the examples at most."""
    given = json.loads(Plan(load_study(study([arm(n=0, k=1024)], seeds=[0, 1]))).check_settings())
    rows = [*given["rows"], given["rows"][0] | {"arm": "turned", "target": "digits.turned"}]
    origins = {"digits": "digits", "digits.turned": "digits"}
    warn_of_shared(rows, dict.fromkeys(origins, digits), [0, 1], origins)
    assert len(caplog.records) == 1
    assert "arm 'a', arm 'turned': seeds" in caplog.text
    assert "f = k / N = 0.57" in caplog.text
    assert "write k at most 898, or take more examples" in caplog.text


def test_the_check_before_the_first_job_warns_of_shared_examples(tiny, tmp_path, capsys):
    tiny["arms"] = [{"name": "long", "target": "digits", "model": "linear", "n": 0, "k": 1024}]
    said = check_study(tiny, tmp_path, capsys)
    assert "Warning: arm 'long': seeds code mostly the same examples" in said


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        ({"k": 10}, "Warning: a, b: the stream of k = 10 examples is one block: learners whose"),
        ({"k": 32}, "write a first block (stream.first_block) below 32, or a larger k"),
        ({"k": 33}, ""),
        ({"k": 10, "first_block": 4}, ""),
        ({"k": 10, "blocks": [16, 64]}, "the stream of k = 10 examples is one block"),
    ],
)
def test_a_stream_of_one_block_is_warned_of(stream, said, tmp_path, capsys):
    """As the notebook does."""
    arms = [arm(n=0), arm("b", n=[8, 16])]
    out = check_study(study(arms, stream=stream, sequences={}), tmp_path, capsys)
    assert said in " ".join(out.split())
    assert out.count("is one block") == bool(said)


def moved(**config):
    """Check what is moved or mirrored, of images of 8x8 pixels (digits) and of tables (wine)."""
    settings = json.loads(Plan(load_study(study(**config))).check_settings())
    y = np.arange(20) % 2
    shapes = {"digits": (20, 1, 8, 8), "wine": (20, 13), "planted": (20, 8)}
    preflight.check_moved(
        settings["moved"],
        {name: Dataset(np.zeros(shape, np.float32), y, 2) for name, shape in shapes.items()},
    )


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            {
                "arms": [arm(target="wine", learner="l")],
                "learners": {"l": {"kind": "replay", "shift": 2}},
            },
            "learners.l: shift and mirror move images (channels, H, W), but inputs of data set 'wine' have shape (13,)",
        ),
        (
            {"arms": [arm(source="wine")], "training": {"mirror": True}},
            "training: shift and mirror move images",
        ),
        (
            {"arms": [arm(before=[{"source": "wine", "n": 9}])], "training": {"shift": 1}},
            "training: shift and mirror move images (channels, H, W), but inputs of data set 'wine'",
        ),
        (
            {"arms": [arm(learner="l")], "learners": {"l": {"kind": "restart", "shift": 8}}},
            "learners.l: shift: 8 moves the images of data set 'digits', of shape (1, 8, 8), out of sight; write at most 7",
        ),
    ],
)
def test_what_is_no_image_is_not_moved(config, message):
    with pytest.raises(InputError, match=re.escape(message)):
        moved(**config)


def test_images_are_moved_and_what_memorises_is_not():
    moved(
        arms=[arm(learner="l")],
        learners={"l": {"kind": "restart", "shift": 7, "mirror": True}},
        training={"shift": 2},
    )
    moved(arms=[arm(target="wine", stop="memorise")], training={"shift": 2})
    moved(arms=[arm(target="wine", n=0)], training={"shift": 2})
    moved(
        arms=[arm(target="wine")],
        learners={"unused": {"kind": "replay", "shift": 2}},
        training={"shift": 0},
    )
