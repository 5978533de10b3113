"""Kernels that a learner names, and no network or input of an arm has, are refused before any job."""

import numpy as np
import pytest
from conftest import TINY

from lit.errors import InputError
from lit.study.config import load_study
from lit.workflow import preflight
from lit.workflow.plan import Plan

OWN = """
from torch import nn

def build(shape, classes):
    if classes != 2:
        raise ValueError(f"{classes} classes")
    return nn.Sequential(nn.Flatten(), nn.Linear(64, classes))
"""
MODELS = {
    "flat": {"kind": "linear"},
    "deep": {"kind": "mlp", "hidden": [4]},
    "net": {"kind": "cnn", "channels": [8]},
}


@pytest.fixture
def check(tmp_path, monkeypatch):
    """What is checked of arms ``a`` and ``b`` before the first job."""
    (tmp_path / "own_of_two.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    np.savez(
        tmp_path / "table.npz", x=np.random.default_rng(0).normal(size=(99, 5)), y=np.arange(99) % 2
    )
    data = {
        "table": {"kind": "npz", "path": str(tmp_path / "table.npz")},
        "images": {"kind": "sklearn", "name": "digits"},
    }
    own = {"kind": "python", "factory": "own_of_two:build"}

    def run(kernels, model, target, learner=("replay", "fast"), labels=None, **options):
        arm = {"target": target, "model": model, "n": 16, "learner": list(learner)}
        arms = [arm | {"name": name} | ({"labels": labels} if labels else {}) for name in "ab"]
        learners = {"fast": {"kind": "readout", "kernels": kernels} | options}
        config = TINY | {"datasets": data, "models": MODELS | {"own": own}, "learners": learners}
        config |= {"arms": arms, "stream": {"k": 32, "first_block": 8}}
        preflight.check(Plan(load_study(config)).check_settings())

    return run


@pytest.mark.parametrize(
    ("kernels", "model", "target", "there"),
    [
        (["patches"], "deep", "table", "both, nngp, ntk, rbf"),
        (["draws", "linear"], "deep", "images", "both, nngp, ntk, patches, rbf"),
        (["ngrams", "nngp"], "flat", "table", "linear, rbf"),
        (["linear"], "net", "images", "both, draws, patches, rbf"),
    ],
)
def test_kernels_that_are_not_there_are_refused(check, kernels, model, target, there):
    said = f"arm 'a': learner 'fast': kernels: of {', '.join(kernels)} this network and its inputs"
    with pytest.raises(InputError, match=rf"{said} have none; write some of {there}$"):
        check(kernels, model, target)


def test_one_that_is_there_is_enough(check):
    check(["patches", "ntk"], "deep", "table")
    check(["draws"], "net", "images")
    # A learner that is not the one that names them.
    check(["patches"], "deep", "table", learner=["replay", "readout"])
    with pytest.raises(InputError, match=r"write some of linear$"):
        check(["rbf"], "flat", "table", generic=False)


def test_networks_are_built_for_the_classes_that_their_arm_has(check):
    """An own one that takes no others."""
    check(["linear"], "own", "images", labels={"classes": [7, 2]})
