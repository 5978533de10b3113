"""Proof by decoding: a file of the reported length, from which the labels come back."""

import dataclasses
import threading
import time

import numpy as np
import pytest
import torch

from lit.coding import merge, mixture, rounds
from lit.coding.channel import Coded
from lit.coding.coder import Coder, StartState, code_span
from lit.coding.decode import _run, prove
from lit.coding.regression import OneStepAhead
from lit.coding.transmission import Receiver, Transmission
from lit.study.codes import CODES
from lit.training.options import Training
from lit.training.sources import train_source
from lit.training.state import State

CPU = torch.device("cpu")
MLP, LINEAR = {"kind": "mlp", "hidden": [32]}, {"kind": "linear"}
NO_BIAS = LINEAR | {"bias": False}
LEARNERS = {
    "restart": {
        "kind": "restart",
        "epochs": 20,
        "min_steps": 40,
        "effort": 10,
        "densest": 1,
        "grid": {"lr": [1e-3]},
    },
    "continue": {"kind": "continue", "epochs": 20, "min_steps": 40},
    "replay": {"kind": "replay", "effort": 10, "grid": {"lr": [1e-3]}},
    "probe": {"kind": "probe", "strengths": [30.0, 3.0]},
    "readout": {"kind": "readout", "ridges": [0.01, 0.1]},
    "landmarks": {"kind": "readout", "exact": 24, "landmarks": 40, "chunk": 48},
}
UNIONS = {kind: [kind] for kind in LEARNERS} | {"union": ["replay", "restart", "readout"]}
BLOCKS = [(0, 32), (32, 64), (64, 128)]


def coder(data, learner, source=None, model=None):
    if source is not None:
        source = StartState(State.from_arrays(source), data.x, source["index"], source["label"], 10)
    model = model or (LINEAR if learner["kind"] == "probe" else MLP)
    learner = {k: v for k, v in learner.items() if learner["kind"] != "readout" or k != "memory"}
    return Coder(model, data, None, "front", [0, 1], learner, source, "keep", CPU)


def coders(data, names, source=None, model=None, **more):
    return {name: coder(data, LEARNERS[name] | more, source, model) for name in names}


def merged_of(built):
    return {n: merge.merge_spans([code_span(one, BLOCKS, 128)]) for n, one in built.items()}


@pytest.mark.parametrize(
    "kind",
    [
        *("restart", "replay", "readout"),
        *(
            pytest.param(k, marks=pytest.mark.nightly)
            for k in ("continue", "probe", "landmarks", "union")
        ),
    ],
)
@pytest.mark.parametrize("start", ["theta0", pytest.param("M", marks=pytest.mark.slow)])
def test_labels_come_back_from_a_file_of_the_reported_length(digits, kind, start):
    source, names, more = None, UNIONS[kind], {}
    if start == "M":
        model = LINEAR if kind == "probe" else MLP
        source = train_source(
            model, digits, None, 256, "early", [0, 1], Training(min_steps=40), CPU
        )
        more = {} if kind == "probe" else {"memory": "source"}
    merged = merged_of(coders(digits, names, source, **more))
    codes = ["network"] if "readout" not in [LEARNERS[n]["kind"] for n in names] else CODES
    for code in codes:
        proof = prove(lambda: coders(digits, names, source, **more), BLOCKS, merged, code)
        assert proof.wrong == 0
        assert proof.bits == pytest.approx(
            proof.reported_bits, abs=64 + 0.001 * proof.reported_bits
        )
        assert proof.holds


@pytest.mark.parametrize(("model", "few", "experts"), [(MLP, True, 2 * 5 + 1), (LINEAR, False, 20)])
def test_logistic_regressions_and_forests_decode(digits, model, few, experts):
    """Of few inputs, and of images and their components; from M, with its predictions as prior;
    the same bits whatever shares a job."""
    flat = digits.x.reshape(len(digits.x), -1)
    data = dataclasses.replace(digits, x=flat[:, 18:30].copy()) if few else digits
    source = train_source(model, data, None, 256, "early", [0, 1], Training(min_steps=40), CPU)

    def build():
        return coders(data, ["readout"], source, model, ridges=[1.0])

    merged = merged_of(build())
    kinds, bits = ("logistic", "forest"), [n for n in merged["readout"] if "bits/" in n]
    names = {name for name in bits if any(kind in name for kind in kinds)}
    assert len(names) == experts
    apart = merge.merge_spans(
        [code_span(build()["readout"], [block], min(128, 2 * block[1])) for block in BLOCKS]
    )
    for name in names:
        assert np.array_equal(apart[name], merged["readout"][name])
    for code in CODES:
        proof = prove(build, BLOCKS, merged, code)
        assert proof.holds
        assert proof.wrong == 0


@pytest.mark.parametrize("empty", [0, 40])
def test_an_example_of_which_m_says_nothing_decodes(digits, empty):
    """A start state that is uniform at some labels alone remains an expert."""
    stream = Coder(
        NO_BIAS, digits, None, "front", [0], LEARNERS["restart"], None, "keep", CPU
    ).stream
    data = dataclasses.replace(digits, x=digits.x.copy())
    data.x[stream.index[0, empty]] = 0
    m = train_source(NO_BIAS, data, None, 256, "early", [0], Training(min_steps=40), CPU)
    source = StartState(State.from_arrays(m), data.x, m["index"], m["label"], 10)

    def build():
        learner = LEARNERS["restart"]
        return {"r": Coder(NO_BIAS, data, None, "front", [0], learner, source, "keep", CPU)}

    merged = {"r": merge.merge_spans([code_span(build()["r"], BLOCKS[:2], 128)])}
    assert prove(build, BLOCKS[:2], merged, "network").holds


def test_a_learner_that_looks_ahead_does_not_decode(digits, monkeypatch):
    """A coder that uses the labels it is coding shortens its code, and its receiver gets other labels."""
    honest = rounds._minibatches

    def cheat(task, begin, end, steps, size):
        return np.minimum(honest(task, begin, end, steps, size) + 40, 191)

    monkeypatch.setattr(rounds, "_minibatches", cheat)
    merged = merged_of(coders(digits, ["replay"]))
    proof = prove(lambda: coders(digits, ["replay"]), BLOCKS, merged)
    assert proof.wrong > 0
    assert not proof.holds


def test_a_regression_that_sees_its_own_label_does_not_decode(digits, monkeypatch):
    honest = OneStepAhead.predict

    def cheat(self, begin, end):
        means, sd = honest(self, begin, end)
        return means + 0.3 * self.targets[begin:end], sd

    monkeypatch.setattr(OneStepAhead, "predict", cheat)
    merged = merged_of(coders(digits, ["readout"]))
    proof = prove(lambda: coders(digits, ["readout"]), BLOCKS, merged)
    assert proof.wrong > 0
    assert not proof.holds


def test_a_learner_that_fails_ends_the_others(digits, monkeypatch):
    def fail(*_):
        raise ValueError("no such luck")

    monkeypatch.setattr(OneStepAhead, "predict", fail)
    nothing = {"bits/start": np.zeros((2, 128)), "label": np.zeros((2, 128), dtype=np.int64)}
    merged = dict.fromkeys(("replay", "readout"), nothing)
    with pytest.raises(ValueError, match="no such luck"):
        prove(lambda: coders(digits, ["replay", "readout"]), BLOCKS, merged)


def test_online_mixture_is_the_mixture(rng):
    bits = rng.exponential(1.0, size=(3, 2, 200))
    prior = np.array([0.25, 0.25, 0.5])
    online = mixture.OnlineMixture(prior, 2)
    total = np.zeros((2, 200))
    for t in range(200):
        label_probability = np.exp2(-bits[:, :, t])
        experts = np.stack(
            [label_probability, 1 - label_probability], axis=-1
        )  # two classes, label 0
        total[:, t] = -np.log2(online.predict(experts)[:, 0])
        online.update(experts, np.zeros(2, dtype=np.int64))
    assert np.allclose(total, mixture.mixture(bits, prior), atol=1e-10)


class Rolling(Coder):
    """A learner whose numbers come from torch's random stream, which all threads share."""

    def __init__(self, seed):
        self.seed, self.rolled = seed, []

    def code(self, party, span, before):
        torch.manual_seed(self.seed)
        time.sleep(0.02)  # others would have their turn
        self.rolled.append(torch.rand(1).item())
        none = np.zeros(1, dtype=np.int64)
        return Coded(none, none)


def test_learners_that_are_coded_side_by_side_do_not_disturb_each_others_random_numbers():
    learners = {f"seed {seed}": Rolling(seed) for seed in range(4)}
    transmission = Transmission.__new__(Transmission)
    transmission.changed, transmission.next_tokens = threading.Condition(), False
    transmission.failed = None
    with torch.random.fork_rng(devices=[]):
        _run(learners, [(0, 8), (8, 16)], transmission, dict.fromkeys(learners, False))
    for learner in learners.values():
        alone = torch.rand(1, generator=torch.Generator().manual_seed(learner.seed)).item()
        assert learner.rolled == [alone, alone]


def test_labels_of_bits_that_are_no_code_are_lost():
    """The decoder of constriction raises there; a receiver counts, so that the proof fails."""
    end = Receiver(np.full(8, 0xFFFFFFFF, dtype=np.uint32))
    received = [end.pass_on(np.array([0]), np.full((1, 7), 1 / 7))[0] for _ in range(5)]
    assert received == [0] * 5
    assert end.lost == 5
