"""Statistics of batch norm are those of the inputs under the averaged weights, not averages of running ones."""

import numpy as np
import pytest
import torch
from torch import nn

from lit.coding.coder import Coder, code_span
from lit.data.dataset import Form
from lit.training.batch_norm import renew_statistics
from lit.training.fitting import fit
from lit.training.options import Training
from lit.training.stack import Layout
from lit.training.start_states import examples_of, theta0
from lit.training.state import State, under

CPU = torch.device("cpu")


class Normed(nn.Module):
    """Two layers of batch norm, the second behind a dropout, which statistics do without."""

    def __init__(self, shape, classes):
        super().__init__()
        self.first, self.norm = nn.Linear(int(np.prod(shape)), 12), nn.BatchNorm1d(12)
        self.second, self.later = nn.Linear(12, 8), nn.BatchNorm1d(8)
        self.drop, self.head = nn.Dropout(0.3), nn.Linear(8, classes)

    def forward(self, x):
        x = self.norm(self.first(x.flatten(1))).relu()
        return self.head(self.later(self.second(self.drop(x))).relu())


class Frozen(Normed):
    """Its first batch norm keeps what it has, in training too."""

    def train(self, mode=True):
        super().train(mode)
        self.norm.eval()
        return self


def statistics_of(tensors, x, frozen=False):
    """Mean and variance of what goes into each batch norm, layer by layer, in double precision.

    The second sees what the first makes in training: normalised by the batch's own statistics.
    """
    t = {name: np.asarray(v, dtype=np.float64) for name, v in tensors.items()}
    h = x.reshape(len(x), -1) @ t["first.weight"].T + t["first.bias"]
    found = {"norm": (h.mean(0), h.var(0, ddof=1))}
    own = (t["norm.running_mean"], t["norm.running_var"]) if frozen else (h.mean(0), h.var(0))
    h = (h - own[0]) / np.sqrt(own[1] + 1e-5)
    h = np.maximum(h * t["norm.weight"] + t["norm.bias"], 0)
    h = h @ t["second.weight"].T + t["second.bias"]
    return found | {"later": (h.mean(0), h.var(0, ddof=1))}


def assert_renewed(tensors, x, frozen=False):
    for layer in ("later",) if frozen else ("norm", "later"):
        mean, variance = statistics_of(tensors, x, frozen)[layer]
        assert np.allclose(tensors[f"{layer}.running_mean"], mean, atol=1e-5), layer
        assert np.allclose(tensors[f"{layer}.running_var"], variance, rtol=1e-4), layer


@pytest.mark.parametrize("sizes", [[100, 60], [300, 300]])
def test_a_trained_model_has_the_statistics_of_its_training_examples(digits, sizes):
    spec = {"kind": "python", "factory": Normed}
    net, start = theta0(spec, Form(digits.x.shape[1:], 10), [0, 1])
    examples, _ = examples_of(digits, None, [0, 1], "back", CPU)
    fitted = fit(net, start, examples, sizes, [(0,), (1,)], [Training(epochs=6, min_steps=40)] * 2)
    for j, size in enumerate(sizes):
        x = examples.inputs(torch.arange(size).expand(2, -1))[j].numpy()
        assert fitted.steps[j] > 0
        assert_renewed({name: v[j].numpy() for name, v in fitted.state.tensors.items()}, x)


def test_a_coder_predicts_with_the_statistics_of_the_labelled_examples(digits):
    spec, k = {"kind": "python", "factory": Normed}, 96
    coder = Coder(spec, digits, None, "front", [0], {"kind": "replay"}, None, "keep", CPU)
    left = code_span(coder, [(0, 32), (32, k)], 128)
    net, start = theta0(spec, Form(digits.x.shape[1:], 10), [0])
    weights = Layout(net, start).views(torch.from_numpy(left["after/flat/averaged"]))
    tensors = {name: v.numpy() for name, v in weights.items()} | under("after/rest/averaged.", left)
    examples, _ = examples_of(digits, None, [0], "front", CPU)
    x = examples.inputs(torch.arange(k)[None])[0].numpy()
    assert_renewed({name: v[0] for name, v in tensors.items()}, x)


def test_a_layer_that_gathers_nothing_in_training_is_left_alone(digits):
    spec = {"kind": "python", "factory": Frozen}
    net, start = theta0(spec, Form(digits.x.shape[1:], 10), [0])
    examples, _ = examples_of(digits, None, [0], "back", CPU)
    tensors = {name: v.clone() for name, v in start.tensors.items()}
    tensors["norm.running_mean"] += 0.25
    count = renew_statistics(net, State(tensors, start.scale), examples, [np.arange(50)])
    assert count.tolist() == [50]
    assert torch.equal(tensors["norm.running_mean"], start.tensors["norm.running_mean"] + 0.25)
    arrays = {name: v[0].numpy() for name, v in tensors.items()}
    assert_renewed(arrays, examples.inputs(torch.arange(50)[None])[0].numpy(), frozen=True)
    assert net.norm.momentum == net.later.momentum == 0.1
    assert not any(module.training for module in net.modules())


def test_of_many_examples_512_are_enough_and_of_one_two(digits):
    spec = {"kind": "python", "factory": Normed}
    net, start = theta0(spec, Form(digits.x.shape[1:], 10), [0, 1, 2])
    examples, _ = examples_of(digits, None, [0, 1, 2], "back", CPU)
    trained = [np.arange(1500), np.arange(300), np.arange(1)]
    count = renew_statistics(net, start, examples, trained)
    assert count.tolist() == [512, 300, 2]
    assert not start.tensors["norm.running_var"][2].any(), "one example has no variance"


def test_a_network_without_batch_norm_is_not_computed(digits, monkeypatch):
    net, start = theta0({"kind": "mlp", "hidden": [4]}, Form(digits.x.shape[1:], 10), [0])
    monkeypatch.setattr("lit.training.batch_norm.stack_logits", None)
    examples, _ = examples_of(digits, None, [0], "back", CPU)
    assert renew_statistics(net, start, examples, [np.arange(9)]).tolist() == [0]
