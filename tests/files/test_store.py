"""Result files: equal content gives equal bytes, and what is damaged is named with the remedy."""

import gc
import weakref

import h5py
import numpy as np
import pytest

from lit.errors import InputError
from lit.files import store


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


def test_what_was_read_is_gone_with_its_last_name(tmp_path):
    """Without waiting for Python to look for cycles: files of language models are gigabytes."""
    store.write(tmp_path / "a.h5", "numbers", {"a/b": np.ones(3)}, settings={})
    gc.disable()
    try:
        arrays, _ = store.read(tmp_path / "a.h5", "numbers")
        held = weakref.ref(arrays["a/b"])
        del arrays
        assert held() is None
    finally:
        gc.enable()


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


def test_files_of_before_say_nothing_of_scaling(tmp_path):
    arrays = {"x": np.zeros((6, 4)), "y": np.arange(6) % 3, "row_hash": np.zeros(6, int)}
    store.write(tmp_path / "a.h5", "dataset", arrays, classes=3, settings={"dataset": "a"})
    data = store.read_dataset(tmp_path / "a.h5", "a")
    assert (data.classes, data.names, data.scaling, data.notes) == (3, None, "", ())
