"""Kernels that a learner names, and no network or input of an arm has, are refused before any job."""

import numpy as np
import pytest

from lit.data.dataset import Dataset
from lit.errors import InputError
from lit.workflow.check_kernels import check_kernels

MODELS = {
    "flat": {"kind": "linear"},
    "deep": {"kind": "mlp", "hidden": [4]},
    "own": {"kind": "cnn", "channels": [8]},
}


def of_shape(*shape):
    return Dataset(np.zeros((4, *shape), np.float32), np.arange(4) % 2, 2)


DATA = {"table": of_shape(5), "images": of_shape(1, 16, 16)}


def check(kernels, model, target, learner="replay+fast", **options):
    rows = [{"arm": arm, "learner": learner, "model": model, "target": target} for arm in "ab"]
    entry = {"kind": "readout", "kernels": kernels} | options
    check_kernels(rows, DATA, {"fast": entry}, MODELS, 0)


@pytest.mark.parametrize(
    ("kernels", "model", "target", "there"),
    [
        (["patches"], "deep", "table", "both, nngp, ntk, rbf"),
        (["draws", "linear"], "deep", "images", "both, nngp, ntk, patches, rbf"),
        (["ngrams", "nngp"], "flat", "table", "linear, rbf"),
    ],
)
def test_kernels_that_are_not_there_are_refused(kernels, model, target, there):
    said = f"arm 'a': learner 'fast': kernels: of {', '.join(kernels)} this network and its inputs"
    with pytest.raises(InputError, match=rf"{said} have none; write some of {there}$"):
        check(kernels, model, target)
    check(kernels, model, target, learner="replay+readout")  # another one


def test_one_that_is_there_is_enough():
    check(["patches", "ntk"], "deep", "table")
    check(["patches"], "own", "images")
    check(["draws"], "own", "images")
    check(["linear"], "own", "images")  # networks of a class of their own may be linear
    with pytest.raises(InputError, match=r"write some of linear$"):
        check(["rbf"], "flat", "table", generic=False)
