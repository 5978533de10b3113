"""Streams, sources and labels: what is drawn, and that it does not overlap."""

import numpy as np
import pytest

from lit.coding.freshness import are_others, check_fresh
from lit.data import labels, overlap, streams
from lit.errors import InputError
from lit.study import label_transforms


def test_stream_and_source_are_disjoint_and_nested(digits):
    front, label, _ = streams.ends(digits.y, 10, None, [0, 1], "front")
    back, _, _ = streams.ends(digits.y, 10, None, [0, 1], "back")
    assert np.array_equal(label, digits.y[front])
    for seed in (0, 1):
        overlap.check_disjoint(front[seed, :1000], back[seed, :797], "run")
        with pytest.raises(InputError, match="1 examples are in the coded stream"):
            overlap.check_disjoint(front[seed, :1000], back[seed, :798], "run")
    assert not np.array_equal(front[0], front[1])
    alone, _, _ = streams.ends(digits.y, 10, None, [1], "front")
    assert np.array_equal(alone[0], front[1])


def test_no_group_is_at_both_ends(digits, rng):
    """Each seed deals whole groups: a third of all examples, or little more, to the stream."""
    groups = rng.integers(0, 60, len(digits.y)) ** 2  # numbers with gaps
    for transform in (None, {"without": [3]}, {"shuffled": 1.0}):
        front, _, _ = streams.ends(digits.y, 10, transform, [0, 1], "front", groups)
        back, _, _ = streams.ends(digits.y, 10, transform, [0, 1], "back", groups)
        there = (digits.y != 3).sum() if transform == {"without": [3]} else len(digits.y)
        for seed in (0, 1):
            assert not set(groups[front[seed]]) & set(groups[back[seed]])
            assert len({*front[seed], *back[seed]}) == front.shape[1] + back.shape[1] <= there
            index, _, _ = streams.pool(digits.y, 10, transform, seed, groups)
            sizes = streams.sides(index, seed, groups)
            assert sum(sizes) == len(index) == there
            assert front.shape[1] <= sizes[0] < 0.4 * there
            assert back.shape[1] <= sizes[1]
    # which groups are in front is the same for other labels of the same examples
    every = streams.ends(digits.y, 10, None, [0], "front", groups)[0][0]
    some = streams.ends(digits.y, 10, {"without": [3]}, [0], "front", groups)[0][0]
    assert set(groups[some]) == set(groups[every])
    assert len(set(groups[every])) < 30
    # M of shuffled labels has those of examples on its own side
    moved = streams.ends(digits.y, 10, {"shuffled": 1.0}, [3], "back", groups)[1][0]
    true = streams.ends(digits.y, 10, None, [3], "back", groups)[1][0]
    assert np.array_equal(moved[:256], true[1:257])
    assert set(groups[streams.ends(digits.y, 10, None, [1], "front", groups)[0][0]]) != set(
        groups[every]
    )


def test_shuffled_labels_of_a_source_are_of_no_coded_example(digits, rng):
    """Those of M are the source's own, moved by one; shares are all that is left to learn."""
    y, shuffled = digits.y, {"shuffled": 1.0}
    true = streams.ends(y, 10, None, [3], "back")[1][0]
    moved = streams.ends(y, 10, shuffled, [3], "back")[1][0]
    assert np.array_equal(moved[:256], true[1:257])
    assert abs((moved == true).mean() - 0.1) < 0.03
    assert np.array_equal(np.bincount(moved), np.bincount(true))
    half = streams.ends(y, 10, {"shuffled": 0.5}, [3], "back")[1][0]
    assert set(np.unique(np.where(half == true, -1, half - moved))) == {-1, 0}
    assert 0.4 < (half != true).mean() < 0.5
    several = rng.integers(0, 2, (50, 4)) - (rng.random((50, 4)) < 0.2)
    rows = streams.ends(several, 2, shuffled, [0], "back")[1][0]
    known = streams.ends(several, 2, None, [0], "back")[1][0]
    expected = np.where(known[:-1] >= 0, known[1:], -1)
    assert np.array_equal(rows[: len(expected)], expected[(expected >= 0).any(axis=1)][: len(rows)])


def test_merge_finds_exact_duplicates(rng):
    x = rng.integers(0, 255, (20, 4), dtype=np.uint8)
    x[15] = x[3]
    hashes = overlap.row_hashes(x)
    stream, source = np.arange(10)[None], np.arange(10, 20)[None]
    found = check_fresh(stream, source, True, hashes, hashes, "run")
    assert found.tolist() == [[row == 3 for row in range(10)]]
    assert not check_fresh(stream, source, True, hashes, hashes, "run", others=True).any()
    with pytest.raises(InputError, match="fresh"):
        check_fresh(stream, stream, True, hashes, hashes, "run")


def test_equal_rows_are_others_within_one_data_set_of_groups():
    assert are_others("a", "a", {"a"})
    assert not are_others("a", "b", {"a", "b"}), "b may have the same persons"
    assert not are_others("a", "a", {"b"})


def test_inputs_that_come_again_with_other_labels_look_alike():
    """Of 40 inputs that come twice, as many as given have both labels; of a few it is not judged."""

    def alike(inputs, several):
        y = np.zeros((2, inputs), dtype=np.int64)
        y[1, :several] = 1
        hashes = np.tile(np.arange(inputs), 2)
        return overlap.look_alike(hashes[:, None], hashes, y.ravel())

    assert [alike(40, 40), alike(40, 4), alike(40, 3), alike(40, 0)] == [True, True, False, False]
    assert not alike(29, 29), "58 examples"
    one, two = np.zeros(60, int), np.arange(60) % 2
    assert overlap.look_alike(one[:, None], one, two), "one input is enough"
    assert not overlap.look_alike(one[:, None, None], one, two), "equal images are copies"
    assert not overlap.look_alike(np.arange(60)[:, None], np.arange(60), two), "none comes again"
    many = np.arange(160).reshape(80, 2)
    hashes = np.tile(np.arange(40), 2)
    assert not overlap.look_alike(hashes[:, None], hashes, many), "several labels an example"


def test_label_transforms(digits):
    y, classes = digits.y, 10

    def made(transform, seed=0):
        return labels.transform_labels(y, classes, transform, seed)

    random, _ = made({"random": 1.0})
    assert abs((random == y).mean() - 0.1) < 0.03
    noise, _ = made({"noise": 0.2})
    assert abs((noise != y).mean() - 0.2) < 0.03
    more, _ = made({"noise": 0.4})
    assert ((noise != y) <= (more != y)).all()
    assert (made({"constant": 3})[0] == 3).all()
    kept, two = made({"classes": [7, 2]})
    assert two == 2
    assert (kept[y == 7] == 0).all()
    assert (kept[y == 2] == 1).all()
    assert (kept == -1).sum() == (~np.isin(y, [2, 7])).sum()
    assert not np.array_equal(made({"random": 1.0}, 1)[0], random)
    assert np.array_equal(made({"random": 1.0}, 0)[0], random)
    without, ten = made({"without": [3]})
    assert ten == 10
    assert np.array_equal(without, np.where(y == 3, -1, y))
    wrong, _ = made({"relabelled": [3, 5]})
    chosen = np.isin(y, [3, 5])
    assert np.array_equal(wrong[~chosen], y[~chosen])
    assert (wrong[chosen] != y[chosen]).all()
    assert set(wrong[y == 3]) == set(range(10)) - {3}
    assert (np.bincount(wrong[y == 3])[[0, 9]] > 10).all(), "of about 183, a ninth each"
    assert not np.array_equal(made({"relabelled": [3, 5]}, 1)[0], wrong)
    coarse, three = made({"groups": [[0, 9], [1], [2]]})
    assert three == 3
    assert [set(coarse[y == c]) for c in (0, 9, 1, 2, 5)] == [{0}, {0}, {1}, {2}, {-1}]
    assert label_transforms.name({"groups": [[0, 9], [1], [2]]}) == "groups-0+9_1_2"
    long, other = ({"groups": [list(range(start, 50, 2)), [start + 1]]} for start in (0, 2))
    assert label_transforms.name(long).startswith("groups-2-")
    assert label_transforms.name(long) != label_transforms.name(other)
    for wrong, message in (
        ({"classes": [1, 10]}, "class 10"),
        ({"groups": [[0, 1], [1]]}, "names a class twice"),
        ({"relabelled": [10]}, "class 10"),
    ):
        with pytest.raises(InputError, match=message):
            made(wrong)


def test_minus_zero_is_zero():
    """No network can tell them apart, so that equal inputs hash alike."""
    x = np.array([[0.0, 1.0], [-0.0, 1.0], [0.0, -1.0]], dtype=np.float32)
    first, second, other = overlap.row_hashes(x)
    assert first == second != other
    assert overlap.row_hashes(x[:1].astype(bool)) == overlap.row_hashes(np.array([[False, True]]))
