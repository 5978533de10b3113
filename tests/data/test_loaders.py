"""Loaders: what is refused of files and of names, and with which words."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from fakes import npz

from lit.data.loaders import load_dataset
from lit.errors import InputError
from lit.files import provenance

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
        load_dataset(npz(tmp_path, x, y), "datasets.mine")


class Bomb:
    """Pickled into an npz file; it would leave a mark if it were ever unpickled."""

    def __reduce__(self):
        return (exec, ("import pathlib; pathlib.Path('exploded').touch()",))


def test_pickles_are_never_loaded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    bomb = np.empty(6, dtype=object)
    bomb[:] = [Bomb()] * 6
    with pytest.raises(InputError, match="pickled objects are never loaded"):
        load_dataset(npz(tmp_path, bomb, Y))
    assert not (tmp_path / "exploded").exists()
    texts = np.array(list("ababab"), dtype=object)
    with pytest.raises(InputError, match=r"array 'y' holds Python objects.* save y\.astype\(str\)"):
        load_dataset(npz(tmp_path, X, texts))


def test_files_that_are_missing_or_foreign(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        load_dataset({"kind": "npz", "path": str(tmp_path / "none.npz")})
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(InputError, match="not an npz file"):
        load_dataset({"kind": "npz", "path": str(tmp_path / "text.npz")})
    with pytest.raises(InputError, match="has no array 'images'; it holds x"):
        load_dataset(npz(tmp_path, X, Y) | {"x": "images"})
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


READERS = {
    "torchvision": {"torchvision", "torchvision_examples", "imagefolder"}
}  # what it calls on
KINDS = ("hdf5", "imagefolder", "lookup", "npz", "parity", "sklearn", "teacher", "torchvision")


@pytest.fixture
def reached(monkeypatch):
    """Modules of lit/data that the code digest of a job follows."""
    read = []
    meaning = provenance._meaning.__wrapped__
    monkeypatch.setattr(provenance, "_meaning", lambda path: read.append(path) or meaning(path))

    def reached_by(script, *modules):
        read.clear()
        provenance.code_digest.__wrapped__(script, *modules)
        return {path.stem for path in read if "data" in path.parts}

    return reached_by


@pytest.mark.parametrize("kind", KINDS)
def test_an_edit_of_one_loader_concerns_its_kind_alone(reached, kind):
    loaders = {path.stem for path in Path(provenance.ROOT / "lit/data/loaders").glob("[!_]*.py")}
    assert loaders >= set(KINDS)
    found = reached("prepare_dataset", f"lit.data.loaders.{kind}")
    assert found & loaders == READERS.get(kind, {kind})


@pytest.mark.slow
@pytest.mark.parametrize("script", ["train_source", "code_block", "merge_blocks"])
def test_jobs_that_read_results_depend_on_no_preparation_of_data(reached, script):
    found = reached(script)
    assert "dataset" in found
    assert not found & {*KINDS, "check_dataset", "number_labels", "scaling", "images", "raw"}
