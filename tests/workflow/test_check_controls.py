"""Before the first job: controls that no M can know by heart, and inputs that tell the label."""

import dataclasses

import numpy as np
import pytest
import torch

from lit.data.dataset import Dataset
from lit.data.streams import ends, part_of
from lit.data.telling_inputs import telling_inputs
from lit.errors import InputError
from lit.training.options import Training
from lit.training.sources import train_source
from lit.workflow.check_controls import (
    check_different,
    different_inputs,
    warn_of_seldom_known,
    warn_of_true_source,
)
from lit.workflow.check_leaks import leak, warn_of_leaks
from lit.workflow.propose_study import control_size

CPU = torch.device("cpu")
SEEDS = [0, 1, 2, 3, 4]
RANDOM = {"random": 1.0}
COLUMNS = ("a", "b", "leak")
TRANSFORMER = {"kind": "transformer", "width": 64}


def check(data, n, k=0, labels=RANDOM, seeds=SEEDS, target="d"):
    """Of a control, or of an arm of other labels, of n examples beside k coded ones."""
    row = {"arm": "c", "source_dataset": "d", "source_labels": labels, "n": n, "k": k}
    both = {"d": data, "t": data}
    check_different([row | {"target": target}], both, seeds, {"d": "d", "t": "t"})


@pytest.fixture
def survey(rng):
    """2,821 rows of 2,435 different ones, as of a survey, and 5 classes."""
    x = np.arange(2821.0)
    x[2435:] = rng.integers(0, 2435, 2821 - 2435)
    return Dataset(x[:, None], np.arange(2821) % 5, 5)


@pytest.fixture
def repeated(rng):
    """4,096 rows of 700 different ones, and 2 classes."""
    return Dataset(rng.integers(0, 700, 4096).astype(float)[:, None], np.arange(4096) % 2, 2)


def test_a_control_has_inputs_that_differ(repeated):
    """Beside what is coded, which is at the other end of the seed's order."""
    inputs = repeated.x[:, 0]
    for k in (0, 2048, 3900):
        back = [index[: 4096 - k] for index in ends(repeated.y, 2, RANDOM, SEEDS, "back")[0]]
        most = min(len(set(inputs[index])) for index in back)
        assert different_inputs(repeated, SEEDS, k) == most <= 700
        check(repeated, most, k)
        with pytest.raises(InputError, match=rf"n = {most + 1} random .* write n at most {most}$"):
            check(repeated, most + 1, k)
        check(repeated, most + 1, k, labels={})
    check(repeated, 690, 3900, target="t")
    groups = dataclasses.replace(repeated, groups=np.arange(4096) // 2048 * 7 + np.arange(4096) % 7)
    assert different_inputs(groups, SEEDS, 0) <= 700


def test_where_few_inputs_differ_the_remedy_says_so(rng):
    data = Dataset(rng.integers(0, 5, (4096, 2)).astype(np.float32), np.arange(4096) % 2, 2)
    with pytest.raises(InputError, match=r"at most 25; fewer than 64 say little, so take rows of"):
        check(data, 64)


def test_a_source_of_random_labels_is_trained_on_inputs_that_differ(repeated):
    """Its first examples that do; sources of other labels, and streams, have all."""
    seeds = [0, 1]
    index, label, _ = part_of(repeated, RANDOM, seeds, "back")
    every, drawn, _ = ends(repeated.y, 2, RANDOM, seeds, "back")
    for s in range(2):
        seen = []
        for row in every[s]:
            if repeated.x[row, 0] not in {repeated.x[one, 0] for one in seen}:
                seen.append(row)
        assert np.array_equal(index[s], seen[: index.shape[1]])
        of = dict(zip(every[s], drawn[s], strict=True))
        assert [of[row] for row in index[s]] == list(label[s])
    assert np.array_equal(
        part_of(repeated, None, seeds, "back")[0], ends(repeated.y, 2, None, seeds, "back")[0]
    )
    assert part_of(repeated, RANDOM, seeds, "front")[0].shape == (2, 4096)
    repeated = dataclasses.replace(repeated, x=repeated.x.astype(np.float32) / 700)
    made = train_source(
        {"kind": "mlp", "hidden": [64]}, repeated, RANDOM, 64, "memorise", seeds, Training(), CPU
    )
    assert np.array_equal(made["index"], index[:, :64])
    assert (made["knowable"] == 1).all()
    with pytest.raises(InputError, match=r"n = 2,000, but M can be trained on 69\d examples"):
        train_source({"kind": "linear"}, repeated, RANDOM, 2000, "early", [0], Training(), CPU)


def test_a_proposed_control_has_a_size_that_can_be_known(survey):
    assert control_size(512, [64, 1024, 1024], survey, TRANSFORMER) == 1024
    alike = Dataset(np.arange(512.0)[:, None] // 12, np.arange(512) % 2, 2)
    assert control_size(64, [64, 256], alike, TRANSFORMER) == 32
    mlp = {"kind": "mlp", "hidden": [128]}
    for inputs, known in ((2, 16), (3, 32), (5, 32), (6, 64), (18, 128)):  # BY_HEART, OF_FEW
        drawn = np.random.default_rng(0).normal(size=(4000, inputs))
        data = Dataset(drawn, np.arange(4000) % 2, 2)
        assert control_size(512, [64, 1024, 1024], data, mlp) == known


def seldom_known(model, inputs, n, caplog, labels=RANDOM, stop="memorise"):
    row = {"arm": "c", "source_dataset": "d", "source_labels": labels, "n": n, "stop": stop}
    data = Dataset(np.zeros((8, inputs)), np.arange(8) % 2, 2)
    caplog.clear()
    with caplog.at_level("WARNING", logger="lit"):
        warn_of_seldom_known([row | {"model": "m"}], {"d": data}, {"m": model})
    return caplog.text.strip()


def test_more_random_labels_than_a_network_is_likely_to_know_are_warned_of(caplog):
    """Sizes at which an MLP of 128 units knew 0.99 of them, and at which it did not."""
    mlp = {"kind": "mlp", "hidden": [128]}
    for inputs, known, not_known in ((4, 64, 256), (18, 128, 543), (22, 300, 600), (64, 512, 1024)):
        assert seldom_known(mlp, inputs, known, caplog) == "", inputs
        assert "random labels" in seldom_known(mlp, inputs, not_known, caplog), inputs
    assert seldom_known(mlp, 784, 5000, caplog) == ""
    assert "random labels of 4 inputs are more" in seldom_known(mlp, 4, 128, caplog), "it knew 0.80"
    assert seldom_known(mlp, 4, 64, caplog) == "", "it may know as many"
    said = seldom_known(mlp, 18, 1000, caplog)
    assert said.endswith(
        "c: n = 1,000 random labels of 18 inputs are more than 'm' is likely to know by heart, and a"
        " control has to know 0.99 of them; write n at most 128, or a wider network"
    )
    assert seldom_known(mlp, 18, 1000, caplog, labels={}) == ""
    assert seldom_known(mlp, 18, 1000, caplog, stop="early") == ""
    assert seldom_known(mlp, 18, None, caplog) == "", "of ready weights nothing is trained"
    assert seldom_known(mlp | {"hidden": [512]}, 18, 1000, caplog) == "", "nobody has tried"
    assert seldom_known({"kind": "linear"}, 18, 30, caplog) == ""
    few = seldom_known({"kind": "linear"}, 18, 64, caplog)
    assert few.endswith("and a control has to know 0.99 of them; take an mlp")
    assert seldom_known({"kind": "linear"}, 99, 256, caplog).endswith("n at most 100, or an mlp")


def test_controls_whose_m_has_other_labels_are_warned_of(caplog):
    """Of two data sets, `labels` are the target's alone."""
    row = {"arm": "c", "labels": {"random": 1.0}, "source_labels": None, "n": 64}
    others = [row | {"source_labels": {"random": 1.0}}, row | {"n": 0}, row | {"labels": None}]
    with caplog.at_level("WARNING", logger="lit"):
        warn_of_true_source(others)
        assert caplog.text == ""
        warn_of_true_source([row, row | {"n": 128}])
    assert "Warning: c: random labels are coded, but M is trained on others" in caplog.text
    assert "write source_labels: {random: 1.0}" in caplog.text


def test_of_features_that_are_not_there_yet_the_inputs_of_their_origin_count(rng):
    """Before the first job all rows of such a data set are one row, shown again and again."""
    images = Dataset(rng.normal(size=(512, 4)).astype(np.float32), np.arange(512) % 2, 2)
    features = Dataset(np.broadcast_to(np.zeros((1, 3), np.float32), (512, 3)), images.y, 2)
    row = {"arm": "c", "source_dataset": "f", "source_labels": RANDOM, "n": 256, "k": 256}
    both = {"d": images, "f": features}
    check_different([row | {"target": "f"}], both, SEEDS, {"d": "d", "f": "d"})


def test_many_classes_take_no_more_memory_than_examples():
    data = Dataset(np.arange(512.0)[:, None], np.arange(512), 10**9)
    assert different_inputs(data, SEEDS, 0) == 512


def table(rng, leak, classes=2):
    leak = np.asarray(leak, np.float32)
    x = np.column_stack([rng.normal(size=(len(leak), 2)), leak]).astype(np.float32)
    return lambda y: Dataset(x, np.asarray(y), classes, columns=COLUMNS)


def test_an_input_that_tells_the_label_is_found(rng, caplog):
    amount = rng.integers(0, 5, 200)
    made = table(rng, amount)
    assert telling_inputs(made((amount > 0).astype(int))) == {"leak": 1.0}
    assert telling_inputs(made((amount > 3).astype(int))) == {"leak": 1.0}
    assert telling_inputs(made(amount % 2)) == {}, "more cuts than classes"
    assert telling_inputs(table(rng, amount, 5)(amount)) == {"leak": 1.0}
    assert telling_inputs(table(rng, amount[:20])((amount[:20] > 0).astype(int))) == {}
    y = (amount > 0).astype(int)
    with caplog.at_level("WARNING", logger="lit"):
        warn_of_leaks(
            {"d": made((amount > 0).astype(int)), "arrays": Dataset(np.zeros((9, 1)), y[:9], 2)}
        )
    assert "data set 'd': input 'leak' alone tells the label of each example" in caplog.text
    assert "write drop: [leak]" in caplog.text
    assert "arrays" not in caplog.text


def test_a_category_whose_values_have_one_label_each_is_found(rng):
    """As a player's team tells the league, where no single one of its inputs does."""
    team = rng.integers(20, size=200)
    x = np.column_stack([rng.normal(size=200), np.eye(20)[team]]).astype(np.float32)
    columns = ("height", *(f"team={i}" for i in range(20)))
    league = rng.integers(3, size=20)[team]
    assert telling_inputs(Dataset(x, league, 3, columns=columns)) == {"team": 1.0}
    assert "write drop: [team]" in leak(Dataset(x, league, 3, columns=columns))
    moved = np.where(np.arange(200) == 7, (league + 1) % 3, league)
    assert telling_inputs(Dataset(x, moved, 3, columns=columns)) == {}
    # Where most values come once, each may have one label by chance.
    few = np.eye(50)[np.arange(60) % 50].astype(np.float32)
    names = tuple(f"team={i}" for i in range(50))
    assert telling_inputs(Dataset(few, np.arange(60) % 50 % 3, 3, columns=names)) == {}


@pytest.mark.parametrize(("missed", "found"), [(6, {"leak": 0.97}), (7, {})])
@pytest.mark.parametrize("other", [False, True])
def test_an_input_that_tells_nearly_every_label_of_two_classes_is_found(rng, other, missed, found):
    """Of 200 labels a cut of the input may miss six, whichever class lies below it."""
    y = np.arange(200) // 100
    amount = y + 0.1 * rng.random(200)
    y = y ^ other
    y[:missed] ^= 1
    assert telling_inputs(table(rng, amount)(y)) == found
    assert telling_inputs(table(rng, amount, 3)(np.where(np.arange(200) % 3, y, 2))) == {}


def test_a_rare_class_has_to_be_told_too(rng):
    """No cut tells five of 200, though it misses no more than these."""
    y = (np.arange(200) < 5).astype(int)
    assert telling_inputs(table(rng, rng.random(200))(y)) == {}
