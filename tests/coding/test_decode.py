"""Proof by decoding: a file of the reported length, from which the labels come back."""

import numpy as np
import pytest
import torch

from lit.coding import merge, mixture
from lit.coding.coder import Coder, StartState, code_span
from lit.coding.decode import prove
from lit.coding.learners import replay
from lit.training.options import Training
from lit.training.sources import train_source
from lit.training.state import State

CPU = torch.device("cpu")
LEARNERS = {
    "restart": {"kind": "restart", "epochs": 20, "min_steps": 40, "grid": {"lr": [1e-3]}},
    "continue": {"kind": "continue", "epochs": 20, "min_steps": 40},
    "replay": {"kind": "replay", "effort": 10, "grid": {"lr": [1e-3]}},
    "probe": {"kind": "probe", "strengths": [30.0, 3.0]},
}
BLOCKS = [(0, 32), (32, 64), (64, 128), (128, 192)]


def coder(data, learner, source=None):
    if source is not None:
        source = StartState(State.from_arrays(source), data.x, source["index"], source["label"], 10)
    model = {"kind": "linear"} if learner["kind"] == "probe" else {"kind": "mlp", "hidden": [32]}
    return Coder(model, data, None, "front", [0, 1], learner, source, "keep", CPU)


@pytest.mark.parametrize(
    "kind",
    [
        "restart",
        "replay",
        *(pytest.param(k, marks=pytest.mark.slow) for k in ("continue", "probe")),
    ],
)
@pytest.mark.parametrize("start", ["theta0", "M"])
def test_labels_come_back_from_a_file_of_the_reported_length(digits, kind, start):
    source, learner = None, LEARNERS[kind]
    if start == "M":
        model = {"kind": "linear"} if kind == "probe" else {"kind": "mlp", "hidden": [32]}
        source = train_source(
            model, digits, None, 256, "early", [0, 1], Training(min_steps=40), CPU
        )
        learner = learner if kind == "probe" else learner | {"memory": "source"}
    merged = merge.merge_spans([code_span(coder(digits, learner, source), BLOCKS, 192)])
    proof = prove(lambda: coder(digits, learner, source), BLOCKS, merged)
    assert proof.wrong == 0
    assert proof.bits == pytest.approx(proof.reported_bits, abs=64 + 0.001 * proof.reported_bits)
    assert proof.holds


def test_a_learner_that_looks_ahead_does_not_decode(digits, monkeypatch):
    """A coder that uses the labels it is coding shortens its code, and its receiver gets other labels."""
    honest = replay._minibatches

    def cheat(task, begin, end, steps, size):
        return np.minimum(honest(task, begin, end, steps, size) + 40, 191)

    learner = {"kind": "replay", "effort": 10}
    monkeypatch.setattr(replay, "_minibatches", cheat)
    merged = merge.merge_spans([code_span(coder(digits, learner), BLOCKS, 192)])
    proof = prove(lambda: coder(digits, learner), BLOCKS, merged)
    assert proof.wrong > 0
    assert not proof.holds


def test_online_mixture_is_the_mixture(rng):
    bits = rng.exponential(1.0, size=(3, 2, 200))
    online = mixture.OnlineMixture(3, 2)
    total = np.zeros((2, 200))
    for t in range(200):
        label_probability = np.exp2(-bits[:, :, t])
        experts = np.stack(
            [label_probability, 1 - label_probability], axis=-1
        )  # two classes, label 0
        total[:, t] = -np.log2(online.predict(experts)[:, 0])
        online.update(experts, np.zeros(2, dtype=np.int64))
    assert np.allclose(total, mixture.mixture(bits), atol=1e-10)
