"""Classes: how many there are, their names, and M's head, which is matched by name or never thrown away unasked."""

import json
from types import SimpleNamespace

import h5py
import numpy as np
import pandas as pd
import pytest
import torch
from conftest import Workspace
from fakes import check_study, npz, write_dataset

from lit.coding.coder import code_span
from lit.data.check_dataset import check_dataset
from lit.data.classes import class_names, match_classes, shortened
from lit.data.dataset import Dataset
from lit.data.loaders import load_dataset
from lit.data.number_labels import number_labels
from lit.errors import InputError
from lit.files import store
from lit.study.config import load_study
from lit.training.options import Training
from lit.training.sources import train_source
from lit.training.state import State
from lit.workflow.plan import Plan
from lit.workflow.preflight import main as check
from lit.workflow.read_coder import read_coder

CPU = torch.device("cpu")
ANIMALS = ("cat", "dog", "owl")
X, Y = np.linspace(0, 1, 24, dtype=np.float32).reshape(6, 4), np.array([0, 1, 2, 0, 1, 2])
TEXTS = np.array(ANIMALS)[Y]


def refused(message, y, **how):
    with pytest.raises(InputError, match=message):
        check_dataset(X[: len(y)], y, "datasets.mine", **how)


# numbers and names --------------------------------------------------------------------------------


def test_a_class_without_an_example_counts_where_the_user_says_so():
    y = np.array([0, 1, 3, 0, 1, 3])
    for classes in (5, np.int64(5)):
        data = check_dataset(X, y, "d", classes=classes)
        assert (data.classes, data.y.tolist(), data.names) == (5, y.tolist(), None)
        assert "2 of 5 classes have no example here: 2, 4" in data.notes
    refused(r"y\[2\] is 3, but classes=3 allows 0..2; write 4, or drop such rows", y, classes=3)
    from_one = np.array([1, 2, 3, 1])
    refused(r"allows 0..2; labels begin at 0: write y - 1, or drop", from_one, classes=3)


def test_the_advice_about_gaps_does_not_misalign_files():
    gap = np.array([0, 1, 3, 0, 1, 3])
    refused(
        "class 2 never occurs; write classes: 4 if it merely has no example here; renumber only if",
        gap,
    )
    refused(
        "labels go up to 3 but class 0 never occurs; .*write y - 1, alike in every file, or write classes: 4",
        Y + 1,
    )
    refused("class 0 never occurs; write classes: 6", np.array([5, 1, 3, 1, 1, 3]))
    refused("class 0 never occurs", np.array([10**12, 10**12 + 1, 10**12, 10**12, 10**12, 10**12]))


def test_names_with_commas_are_in_quotes():
    assert shortened(["Clerical", "Craftsmen, Foremen"]) == "'Clerical', 'Craftsmen, Foremen'"
    assert shortened(["a b", "c"]) == "a b, c"


def test_listed_names_number_the_classes():
    data = check_dataset(X, Y, "d", classes=[*ANIMALS, "yak"])
    assert (data.classes, data.names, data.y.tolist()) == (4, (*ANIMALS, "yak"), Y.tolist())
    refused(
        r"y\[2\] is 2, but classes=2 allows 0..1; write the names of all 3, or drop such rows",
        Y,
        classes=["cat", "dog"],
    )
    refused("two classes are named 'cat'", Y, classes=["cat", "dog", "cat"])
    refused("found '10'; write a number of classes, or a list of their names", Y, classes="10")


@pytest.mark.parametrize("kind", ["U", "S", "O", "T"])
def test_labels_that_are_texts_name_the_classes(kind):
    y = TEXTS.astype(np.dtypes.StringDType() if kind == "T" else kind)
    data = check_dataset(X, y, "d")
    assert (data.names, data.y.tolist(), data.y.dtype) == (ANIMALS, Y.tolist(), np.int64)
    data = check_dataset(X, y[:, None], "d", classes=["owl", "yak", "cat", "dog"])
    assert data.names == ("owl", "yak", "cat", "dog")
    assert data.y.tolist() == [2, 3, 0, 2, 3, 0]
    assert "1 of 4 classes have no example here: yak" in data.notes


def test_names_that_do_not_fit_are_named():
    refused(
        "the data have a class 'owl', which is not listed; did you mean 'owls'",
        TEXTS,
        classes=["owls", "cat", "dog"],
    )
    refused(
        r"classes: 4, but the data name 3: cat, dog, owl; write the names of all 4",
        TEXTS,
        classes=4,
    )
    refused(
        r"classes: 2, but the data name 3: cat, dog, owl; write classes: 3, or drop rows of those",
        TEXTS,
        classes=2,
    )
    refused(r"y\[1\] is an empty text", np.array(["cat", "", "owl"]))
    refused("no UTF-8 text", np.array([b"\xff", b"a", b"b"]))
    refused("at least 2 are needed", np.array(["cat", "cat", "cat"]))
    refused("two classes are named 'cat'", Y, names=("cat", "dog", "cat"))
    refused("there are names for 2 classes", Y, names=("cat", "dog"))
    twice = check_dataset(X, np.array(["cat", "Cat ", "owl"] * 2), "d")
    assert any(
        "'Cat ' and 'cat' differ in upper case or blanks alone" in note for note in twice.notes
    )


def test_names_of_the_data_may_have_no_example():
    data = check_dataset(X, Y, "d", names=(*ANIMALS, "yak"))
    assert (data.classes, data.names) == (4, (*ANIMALS, "yak"))
    subset = check_dataset(X, Y, "d", names=(*ANIMALS, "yak"), classes=["owl", "dog", "cat"])
    assert (subset.classes, subset.y.tolist()) == (3, [2, 1, 0, 2, 1, 0])


def test_files_with_texts_as_labels(tmp_path):
    np.savez(tmp_path / "a.npz", x=X, y=TEXTS)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"], file["y"] = X, TEXTS.tolist()
        file["fixed"] = TEXTS.astype("S")
    for spec in (
        {"kind": "npz", "path": "a.npz"},
        {"kind": "hdf5", "path": "a.h5"},
        {"kind": "hdf5", "path": "a.h5", "y": "fixed"},
    ):
        data = load_dataset(
            spec | {"path": str(tmp_path / spec["path"]), "classes": ["dog", "cat", "owl"]}
        )
        assert (data.names, data.y.tolist()) == (("dog", "cat", "owl"), [1, 0, 2, 1, 0, 2])


def test_names_of_data_sets_that_ship_with_a_library():
    assert load_dataset({"kind": "sklearn", "name": "iris"}).names == (
        "setosa",
        "versicolor",
        "virginica",
    )
    assert load_dataset({"kind": "sklearn", "name": "digits"}).names == tuple("0123456789")
    turned = load_dataset(
        {"kind": "sklearn", "name": "iris", "classes": ["virginica", "setosa", "versicolor"]}
    )
    assert turned.y[[0, 50, 100]].tolist() == [1, 2, 0]
    with pytest.raises(InputError, match="this is regression"):
        load_dataset({"kind": "sklearn", "name": "diabetes"})


def test_examples_drawn_keep_the_classes_of_all(tmp_path):
    np.savez(
        tmp_path / "a.npz",
        x=np.random.default_rng(0).normal(size=(60, 4)),
        y=np.array([2] + [0, 1] * 29 + [0]),
    )
    spec = {"kind": "npz", "path": str(tmp_path / "a.npz"), "examples": 10}
    for more in ({}, {"classes": 3}, {"classes": list(ANIMALS)}):
        data = load_dataset(spec | more)
        assert set(data.y) == {0, 1}
        assert data.classes == 3


def test_the_schema_takes_numbers_and_names(tiny):
    spec = tiny["datasets"]["digits"]
    for classes in (10, ["a", "b"]):
        load_study(tiny | {"datasets": {"digits": spec | {"classes": classes}}})
    for wrong in (1, True, [], ["a", "a"], [True, False], ["a", 3], "ten", 2.5):
        with pytest.raises(InputError, match=r"datasets\.digits\.classes"):
            load_study(tiny | {"datasets": {"digits": spec | {"classes": wrong}}})
    with pytest.raises(InputError, match=r"scale: found 'minmax'; .*known: none, unit, standard"):
        load_study(tiny | {"datasets": {"digits": spec | {"scale": "minmax"}}})


# matching -----------------------------------------------------------------------------------------


def test_names_after_a_transform():
    names = ["a", "b", "c", "d"]
    assert class_names(None, {"classes": [0, 1]}) is None
    for transform in (
        None,
        {"random": 1.0},
        {"noise": 0.2},
        {"constant": 2},
        {"without": [1]},
        {"only": [1]},
    ):
        assert class_names(names, transform) == names
    assert class_names(names, {"classes": [3, 0]}) == ["d", "a"]
    assert class_names(names, {"groups": [[3, 0], [1]]}) == ["a+d", "b"]


def test_classes_are_matched_by_name_where_both_have_names_that_meet():
    assert match_classes(["a", "b", "c"], ["c", "a"]) == [2, 0]
    said = [
        "0 - zero",
        "1 - one",
    ]  # names that tell their numbers, or that are in no order of the alphabet
    by_number = (
        (None, said),
        (["b", "a"], None),
        (["a", "b"], ["a", "b"]),
        (["a", "b"], ["c", "d"]),
        (said, ["0", "1"]),
    )
    for source, target in by_number:
        assert match_classes(source, target) is None
    for source, target in (
        (["ant", "bee"], None),
        (None, ["ant", "bee"]),
        (["0", "1", "10", "2"], None),
    ):
        with pytest.raises(
            InputError, match=r"names in alphabetical order .* numbers, which do not tell them"
        ):
            match_classes(source, target)
    with pytest.raises(
        InputError,
        match=r"lacks 1 of the target's 2 classes, 'c' among them: .*classes: .*head: new",
    ):
        match_classes(["a", "b"], ["a", "c"])


MODEL, LEARNER = {"kind": "mlp", "hidden": [16]}, {"kind": "restart", "steps": 10, "within": False}


class Files:
    """Data sets and a source in result files, and the bits of a stream that a job makes of them."""

    def __init__(self, folder):
        self.folder = folder

    def write(self, name, data):
        write_dataset(self.folder / f"{name}.h5", data)
        return data

    def train(self, name, data, labels=None, before=None, outputs=None):
        arrays = train_source(
            MODEL,
            data,
            labels,
            256,
            "early",
            [0],
            Training(steps=150),
            CPU,
            before=before,
            outputs=outputs,
        )
        names = class_names(data.names, labels)
        about = {"names": names} if names else {}
        store.write(
            self.folder / f"{name}.h5",
            "source",
            arrays,
            **about,
            settings={"source": name, "seeds": [0]},
        )
        return arrays

    def bits(
        self, target, source=None, memory=None, head="keep", labels=None, learner=LEARNER, k=64
    ):
        files = {"source": [source] if source else [], "memory": [memory] if memory else []}
        inputs = {
            role: [str(self.folder / f"{name}.h5") for name in names]
            for role, names in files.items()
        }
        settings = {
            "model": MODEL,
            "labels": labels,
            "side": "front",
            "seeds": [0],
            "learner": learner,
            "head": head,
        }
        settings |= {
            "source": source,
            "position": None,
            "datasets": [target, *([memory] if memory else [])],
        }
        inputs = SimpleNamespace(data=str(self.folder / f"{target}.h5"), **inputs)
        return code_span(read_coder(settings, inputs, CPU), [(0, 32), (32, k)], k)["bits/model"]


def reordered(data, order):
    """The same data with its classes numbered in another order."""
    names = tuple(data.names[c] for c in order)
    return Dataset(data.x, np.argsort(order)[data.y], data.classes, names)


ORDER = [3, 1, 4, 0, 5, 9, 2, 6, 8, 7]


@pytest.fixture(scope="module")
def files(tmp_path_factory, digits):
    """Digits, digits whose classes have other numbers, and M trained on either."""
    made = Files(tmp_path_factory.mktemp("files"))
    made.train("m", made.write("target", digits))
    made.train("m-turned", made.write("turned", reordered(digits, ORDER)))
    return made


def test_m_is_worth_the_same_however_its_classes_are_numbered(files, digits):
    plain, by_name = files.bits("target", "m"), files.bits("target", "m-turned")
    assert np.abs(by_name - plain).max() < 1e-3
    assert plain.sum() < 0.5 * files.bits("target").sum(), "M knows the digits"
    unnamed = files.write("unnamed", Dataset(digits.x, digits.y, 10))
    assert unnamed.names is None
    assert files.bits("unnamed", "m-turned").sum() > 1.5 * plain.sum(), (
        "by number, where the target has no names"
    )


def test_memory_of_m_means_the_classes_of_the_target(files, digits):
    joint = LEARNER | {"memory": "source", "steps": 60}
    for head in ("keep", "new"):
        plain = files.bits("target", "m", "target", head, learner=joint)
        by_name = files.bits("target", "m-turned", "turned", head, learner=joint)
        assert np.abs(by_name - plain).max() < 1e-2, head


def test_m_that_knows_more_classes_than_the_target(files, digits):
    """Of a head for ten digits, the outputs of three are taken, in the target's order."""
    even = digits.y % 2 == 0
    keep = np.isin(digits.y, (8, 2, 5))
    listed = ("8", "2", "5")
    number = np.array([listed.index(name) if name in listed else -1 for name in digits.names])
    files.write("three", Dataset(digits.x[keep], number[digits.y[keep]], 3, listed))
    files.train("few", Dataset(digits.x[even], digits.y[even] // 2, 5, ("0", "2", "4", "6", "8")))
    bits = files.bits("three", "m")
    assert bits[:, :32].mean() < 0.5 * np.log2(3), "M is right from the first example on"
    with pytest.raises(InputError, match="lacks 1 of the target's 3 classes, '5' among them"):
        files.bits("three", "few")
    assert np.allclose(files.bits("three", "few", head="new")[:, :32], np.log2(3))
    files.write("anon", Dataset(digits.x[keep], number[digits.y[keep]], 3))
    with pytest.raises(InputError, match="M's head has 10 outputs, but the target has 3 classes"):
        files.bits("anon", "m")


def test_a_class_that_m_has_not_seen_costs_what_it_costs_and_not_the_whole_head(files, digits):
    """Without 9s in its file, M with an output for them still knows the others."""
    nine = digits.y == 9
    files.train("unseen", check_dataset(digits.x[~nine], digits.y[~nine], "source", classes=10))
    files.train("lost", check_dataset(digits.x[~nine], digits.y[~nine], "source"))
    kept, new = files.bits("target", "unseen").sum(), files.bits("target", "lost", head="new").sum()
    assert kept < 0.7 * new
    with pytest.raises(
        InputError,
        match=r"M's head has 9 outputs, but the target has 10 classes: write classes: 10",
    ):
        files.bits("target", "lost")


def test_between_two_stages_of_training_the_head_is_matched_too(files, digits):
    """A then B, where B names the classes in another order: as if it were A twice."""
    turned = reordered(digits, ORDER)
    first = State.from_arrays(store.read(files.folder / "m.h5", "source")[0])
    files.train("aa", digits, before=first)
    files.train("ab", turned, before=first, outputs=match_classes(digits.names, turned.names))
    assert np.abs(files.bits("target", "aa") - files.bits("target", "ab")).max() < 1e-3
    with pytest.raises(InputError, match="M's head has 10 outputs, but the target has 2 classes"):
        train_source(
            MODEL,
            digits,
            {"classes": [1, 2]},
            8,
            "early",
            [0],
            Training(steps=1),
            CPU,
            before=first,
        )


# before the first job -----------------------------------------------------------------------------


@pytest.fixture
def study(tiny, tmp_path, digits):
    """Data sets that differ in their classes, made of digits."""

    def file(name, keep, y, **more):
        return npz(tmp_path, digits.x[keep], y[keep], f"{name}.npz", **more)

    everything = np.ones(len(digits.y), dtype=bool)
    texts = np.array([f"digit {c}" for c in digits.y])
    letters = np.array(list("abcdefghij"))[digits.y]
    tiny["datasets"] = {
        "ten": file("ten", everything, digits.y),
        "nine": file("nine", digits.y < 9, digits.y),
        "said": file("said", digits.y < 9, digits.y, classes=10),
        "five": file("five", digits.y < 5, digits.y),
        "named": file("named", everything, texts),
        "turned": file("turned", everything, texts, classes=[f"digit {c}" for c in ORDER]),
        "few": file("few", digits.y > 4, texts),
        "letters": file("letters", everything, letters),
    }
    tiny["learners"]["joint"] = tiny["learners"]["fast"] | {"memory": "source"}
    return tiny


def checked(study, folder, capsys, **arm):
    """What the check before the first job says of one arm."""
    arm = {"name": "a", "model": "linear", "n": 64, "learner": "fast"} | arm
    return check_study(study | {"arms": [arm]}, folder, capsys)


WIDTH = "but the target has 10 classes: write classes: 10"
HEADS = {
    "a class is missing in the source": (
        {"target": "ten", "source": "nine"},
        f"M's head has 9 outputs, {WIDTH}",
    ),
    "a class is missing in the target": (
        {"target": "nine", "source": "ten"},
        "M's head has 10 outputs, but the target has 9 classes: write classes: 10",
    ),
    "only the head is trained": (
        {"target": "ten", "source": "nine", "head": "only"},
        f"M's head has 9 outputs, {WIDTH}",
    ),
    "other classes are kept": (
        {"target": "ten", "source": "said", "source_labels": {"classes": [0, 1]}},
        f"M's head has 2 outputs, {WIDTH}",
    ),
    "classes are grouped": (
        {"target": "ten", "source": "said", "source_labels": {"groups": [[0, 1], [2], [3]]}},
        f"M's head has 3 outputs, {WIDTH}",
    ),
    "the source lacks names": (
        {"target": "named", "source": "few"},
        "lacks 5 of the target's 10 classes, 'digit 0' among them",
    ),
    "names on one side": (
        {"target": "ten", "source": "named"},
        "M's classes have names in alphabetical order (digit 0, ",
    ),
    "between two stages": (
        {"target": "ten", "before": [{"source": "five", "n": 64}]},
        "step 'five' of before, and 'ten' after it: M's head has 5 outputs",
    ),
    "names between two stages": (
        {"target": "named", "before": [{"source": "few", "n": 64}]},
        "step 'few' of before, and 'named' after it: M's head lacks 5",
    ),
    "memory of other classes": (
        {"target": "ten", "source": "nine", "head": "new", "learner": "joint"},
        "has memory: source, but source 'nine' has 9 classes and target 'ten' 10",
    ),
}


@pytest.mark.parametrize("case", HEADS)
def test_a_head_that_would_be_thrown_away_is_named_before_anything_is_trained(
    study, tmp_path, capsys, case
):
    arm, message = HEADS[case]
    found = checked(study, tmp_path, capsys, **arm)
    assert "Error: arm 'a': " in found
    assert message in found


FINE = {
    "a new head": {"target": "ten", "source": "nine", "head": "new"},
    "all classes said": {"target": "ten", "source": "said"},
    "names in another order": {"target": "named", "source": "turned", "learner": "joint"},
    "names that the target lacks": {"target": "few", "source": "named"},
    "a new head between two stages": {
        "target": "ten",
        "before": [{"source": "five", "n": 64, "head": "new"}],
    },
    "a class left out by its label": {"target": "ten", "source_labels": {"without": [3]}},
    "no M at all": {"target": "ten", "source": "nine", "n": 0},
}


@pytest.mark.parametrize("case", FINE)
def test_a_head_that_serves_is_kept(study, tmp_path, capsys, case):
    found = checked(study, tmp_path, capsys, **FINE[case])
    assert "Error" not in found
    assert "names" not in found


def test_other_names_are_matched_by_number_and_that_is_said(study, tmp_path, capsys):
    found = checked(study, tmp_path, capsys, target="letters", source="named")
    assert (
        "source 'named' and target 'letters' have classes of other names: M's head is kept, and matched by number"
        in found
    )
    assert "other names" not in checked(
        study, tmp_path, capsys, target="letters", source="named", head="new"
    )


def test_tasks_with_one_head_number_classes_alike(study, tmp_path, capsys):
    def tasks(*data):
        return {"pair": {"tasks": [{"name": name, "data": name, "n": 32} for name in data]}}

    arm = {"sequence": "pair", "algorithm": "plain", "n": None}
    for names, message in (
        (("named", "turned"), "number classes of the same names in other ways; write classes:"),
        (("named", "letters"), ""),
        (("ten", "said"), ""),
    ):
        text = study | {"sequences": tasks(*names)}
        arms = [
            {
                key: value
                for key, value in (
                    {"name": "a", "model": "linear", "learner": "fast"} | arm
                ).items()
                if value
            }
        ]
        try:
            check(
                tmp_path / "checked.json", Plan(load_study(text | {"arms": arms})).check_settings()
            )
        except SystemExit:
            assert message
        found = capsys.readouterr().err
        assert message in found
        assert ("Error" in found) == bool(message)


def test_a_new_head_between_stages_is_in_the_names_and_settings_of_what_comes_after_alone(study):
    arm = {"name": "a", "target": "ten", "model": "linear", "n": 64, "learner": "fast"}
    plans = []
    for step in ({}, {"head": "keep"}, {"head": "new"}):
        arms = [arm | {"before": [{"source": "said", "n": 32} | step]}]
        plans.append(Plan(load_study(study | {"arms": arms})))
    plain, kept, new = (
        {source: json.loads(p.source_settings(source, "0-1")) for source in p.study.sources}
        for p in plans
    )
    assert plain == kept
    same = "said--true--linear--n32--early"
    assert plain[same] == new[same]
    (other,) = set(new) - {same}
    assert other.endswith("after.new-head.said.true.n32.early")
    assert new[other]["head"] == "new"


@pytest.mark.nightly
def test_a_study_of_named_classes(study, tmp_path, capsys):
    """Through the workflow: M's classes in another order, a new head between two stages, and an audit of it all."""
    workspace = Workspace(tmp_path)
    arm = {"target": "named", "model": "linear", "n": 256, "learner": "fast"}
    arms = [
        arm | {"name": "same"},
        arm | {"name": "turned", "source": "turned"},
        arm | {"name": "after", "before": [{"source": "five", "n": 64, "head": "new"}]},
    ]
    workspace.write(study | {"arms": arms, "train_set_information": False})
    workspace.snakemake()
    bits = pd.read_csv(tmp_path / "results/tiny/tables/information_transfer.csv").set_index("arm")[
        "l_it_bits"
    ]
    assert bits["turned"] == pytest.approx(bits["same"], abs=0.1)
    assert bits["after"] == bits["same"] > 50, (
        "a linear model is all head: nothing of before is left"
    )
    table = pd.read_csv(tmp_path / "results/tiny/tables/datasets.csv").set_index("dataset")
    assert table.loc["turned", "class_names"].startswith("digit 3, digit 1, digit 4")
    assert "0 of" in workspace.snakemake("audit").stdout


@pytest.mark.parametrize("missing", ["nan", "None", "<NA>", " null"])
def test_texts_that_stand_for_a_missing_label_are_no_class(missing):
    y = np.array(["cat", "dog", missing] * 4)
    with pytest.raises(InputError, match=r"y\[2\] is .*stands for a missing label"):
        number_labels(y, 12)
    listed = number_labels(y, 12, classes=["cat", "dog", missing])
    assert listed[1] == 3


def test_texts_that_are_numbers_are_in_their_order_and_amounts_are_none():
    y, count, names, _ = number_labels(np.array(["10", "2", "0", "1"]), 4)
    assert (y.tolist(), count, names) == ([3, 2, 0, 1], 4, ("0", "1", "2", "10"))
    with pytest.raises(
        InputError,
        match=r"y holds 40 different numbers such as 0\.000: this is regression; write bins: \{width: 0\.09\}, which makes about 62 bins, or cut",
    ):
        number_labels(np.array([f"{i / 7:.3f}" for i in range(40)]), 40)
