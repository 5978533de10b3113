"""Streams, labels, data sets and the store: what is drawn, what is refused, and with which words."""

import h5py
import numpy as np
import pytest

from lit.coding.freshness import check_fresh
from lit.data import labels, streams
from lit.data.dataset import row_hashes
from lit.data.loaders import load_dataset
from lit.errors import InputError
from lit.files import store
from lit.study import label_transforms


def save(path, **arrays):
    np.savez(path, **arrays)
    return {"kind": "npz", "path": str(path)}


X = np.zeros((6, 4), dtype=np.float32)
Y = np.array([0, 1, 2, 0, 1, 2])

BAD_ARRAYS = {
    "float labels": (X, Y.astype(float), "integers 0..C-1"),
    "negative labels": (X, np.array([0, 1, -1, 0, 1, 2]), r"y\[2\] is -1"),
    "labels with gaps": (X, np.array([0, 1, 3, 0, 1, 3]), "class 2 never occurs"),
    "one class": (X, np.zeros(6, dtype=int), "at least 2"),
    "different length": (X[:5], Y, "one row a label"),
    "two-dimensional labels": (X, np.stack([Y, Y], axis=1), "one integer label"),
    "NaN": (np.where(np.arange(24).reshape(6, 4) == 9, np.nan, X), Y, "row 2"),
    "infinity": (np.where(np.arange(24).reshape(6, 4) == 23, np.inf, X), Y, "row 5"),
    "text": (np.full((6, 4), "a"), Y, "uint8"),
}


@pytest.mark.parametrize("case", BAD_ARRAYS)
def test_wrong_arrays_are_refused(tmp_path, case):
    x, y, message = BAD_ARRAYS[case]
    with pytest.raises(InputError, match=message):
        load_dataset(save(tmp_path / "a.npz", x=x, y=y), "datasets.mine")


class Bomb:
    """Pickled into an npz file; it would leave a mark if it were ever unpickled."""

    def __reduce__(self):
        return (exec, ("import pathlib; pathlib.Path('exploded').touch()",))


def test_pickles_are_never_loaded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    bomb = np.empty(6, dtype=object)
    bomb[:] = [Bomb()] * 6
    with pytest.raises(InputError, match="pickled objects are never loaded"):
        load_dataset(save(tmp_path / "a.npz", x=bomb, y=Y))
    assert not (tmp_path / "exploded").exists()


def test_files_that_are_missing_or_foreign(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        load_dataset({"kind": "npz", "path": str(tmp_path / "none.npz")})
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(InputError, match="not an npz file"):
        load_dataset({"kind": "npz", "path": str(tmp_path / "text.npz")})
    with pytest.raises(InputError, match="has no array 'x'; it holds images"):
        load_dataset(save(tmp_path / "b.npz", images=X, y=Y))
    with pytest.raises(InputError, match="not a readable HDF5"):
        load_dataset({"kind": "hdf5", "path": str(tmp_path / "text.npz")})
    with pytest.raises(InputError, match="does not exist"):
        load_dataset({"kind": "imagefolder", "path": str(tmp_path / "none"), "size": 8})


def test_hdf5(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["images"], file["y"] = X, Y
        file["away"] = h5py.ExternalLink("elsewhere.h5", "/x")
    good = load_dataset({"kind": "hdf5", "path": str(path), "x": "images"})
    assert good.classes == 3
    with pytest.raises(InputError, match="no array 'x'"):
        load_dataset({"kind": "hdf5", "path": str(path)})
    with pytest.raises(InputError, match="link to elsewhere"):
        load_dataset({"kind": "hdf5", "path": str(path), "x": "away"})


def test_imagefolder(tmp_path, rng):
    from PIL import Image

    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for i in range(3):
            Image.fromarray(rng.integers(0, 255, (10, 12, 3), dtype=np.uint8)).save(
                tmp_path / name / f"{i}.png"
            )
    data = load_dataset({"kind": "imagefolder", "path": str(tmp_path), "size": 8})
    assert data.x.shape == (6, 3, 8, 8)
    assert data.y.tolist() == [0, 0, 0, 1, 1, 1]
    (tmp_path / "dog" / "broken.png").write_bytes(b"no image")
    with pytest.raises(InputError, match=r"broken\.png"):
        load_dataset({"kind": "imagefolder", "path": str(tmp_path), "size": 8})


def test_unknown_names():
    with pytest.raises(InputError, match="did you mean 'FashionMNIST'"):
        load_dataset({"kind": "torchvision", "name": "FashionMnist"})
    with pytest.raises(InputError, match=r"known:.*digits"):
        load_dataset({"kind": "sklearn", "name": "cifar"})


def test_stream_and_source_are_disjoint_and_nested(digits):
    front, label, _ = streams.ends(digits.y, 10, None, [0, 1], "front")
    back, _, _ = streams.ends(digits.y, 10, None, [0, 1], "back")
    assert np.array_equal(label, digits.y[front])
    for seed in (0, 1):
        streams.check_disjoint(front[seed, :1000], back[seed, :797], "run")
        with pytest.raises(InputError, match="1 examples are in the coded stream"):
            streams.check_disjoint(front[seed, :1000], back[seed, :798], "run")
    assert not np.array_equal(front[0], front[1])
    alone, _, _ = streams.ends(digits.y, 10, None, [1], "front")
    assert np.array_equal(alone[0], front[1])


def test_merge_counts_exact_duplicates(rng):
    x = rng.integers(0, 255, (20, 4), dtype=np.uint8)
    x[15] = x[3]
    hashes = row_hashes(x)
    stream, source = np.arange(10)[None], np.arange(10, 20)[None]
    assert check_fresh(stream, source, True, hashes, hashes, "run") == [1]
    with pytest.raises(InputError, match="fresh"):
        check_fresh(stream, stream, True, hashes, hashes, "run")


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
    ):
        with pytest.raises(InputError, match=message):
            made(wrong)


def test_store_is_reproducible_and_checked(tmp_path, rng):
    arrays = {"bits/model": rng.random((2, 5)), "classes": np.array(10)}
    for name in ("a", "b"):
        store.write(tmp_path / f"{name}.h5", "numbers", arrays, settings={"x": 1})
    path = tmp_path / "a.h5"
    assert path.read_bytes() == (tmp_path / "b.h5").read_bytes()
    found, attributes = store.read(path, "numbers")
    assert np.array_equal(found["bits/model"], arrays["bits/model"])
    assert found["classes"].shape == ()
    assert attributes == {"settings": {"x": 1}}
    assert not list(tmp_path.glob(".*partial"))


def damage_truncate(path):
    path.write_bytes(path.read_bytes()[:-100])


def damage_flip(path):
    with h5py.File(path, "r+") as file:
        file["bits/model"][0, 0] += 1e-9


def damage_text(path):
    path.write_text("not HDF5")


def damage_foreign(path):
    with h5py.File(path, "w") as file:
        file["a"] = 1


def damage_kind(path):
    store.write(path, "source", {"a": np.zeros(3)})


def damage_link(path):
    with h5py.File(path, "r+") as file:
        file["more"] = h5py.ExternalLink("/etc/passwd", "/")


def damage_remove(path):
    path.unlink()


@pytest.mark.parametrize(
    "damage", [v for k, v in list(globals().items()) if k.startswith("damage_")]
)
def test_damaged_results_are_named_with_the_remedy(tmp_path, rng, damage):
    path = tmp_path / "0-32.h5"
    store.write(path, "numbers", {"bits/model": rng.random((2, 5))})
    damage(path)
    with pytest.raises(InputError, match=r"0-32\.h5.*rm '"):
        store.read(path, "numbers")
