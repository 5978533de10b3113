"""What a learner may send: each label once, in order, under the same experts; labels are not its."""

import numpy as np
import pytest
import torch

import lit
from lit.coding.channel import Coded
from lit.errors import InputError
from lit.training.scoring import score


def learner(change):
    """A learner that predicts as its start state does, but for a change of what it sends."""

    def learn(net, stream, start, span, options, before):
        for begin, end in span.blocks:
            untouched = score(net, start, stream.examples, begin, end)
            change(stream, begin, end, {"start": untouched, "model": untouched})
        return Coded.nothing(len(stream.seeds))

    return {"kind": "python", "factory": learn}


def send(stream, begin, end, sent):
    stream.channel.code(begin, end, sent)


def first_again(stream, begin, end, sent):
    stream.channel.code(0, end - begin, sent)


def half(stream, begin, end, sent):
    if begin == 0:
        send(stream, begin, end, sent)


def relabel(stream, begin, end, sent):
    stream.examples.label[:] = 0
    send(stream, begin, end, sent)


def diverge(stream, begin, end, sent):
    """The second seed's model is NaN from label 40 on."""
    broken = sent["model"].clone()
    broken[1, max(40 - begin, 0) :] = torch.nan
    send(stream, begin, end, sent | {"model": broken})


def diverge_ahead(stream, begin, end, sent):
    send(stream, begin, end, sent)
    stream.channel.code_ahead(begin, end, sent["model"] / 0)


CHANGES = {
    "NaN": (
        diverge,
        r"'model' gives 24 labels of the stream, 40 to 63, NaN .*; write a smaller lr among",
    ),
    "NaN ahead": (diverge_ahead, r"'model' gives 16 labels of the stream, 0 to 15, NaN"),
    "other places": (
        first_again,
        r"codes labels 0..16 after 16 were; code them in order, each once",
    ),
    "a part": (half, r"the learner coded labels \[0, 16\] of \[0, 64\]; code the whole span"),
    "labels of its own": (relabel, "the learner changed labels of the stream; work on a copy"),
    "no start": (
        lambda stream, b, e, sent: send(stream, b, e, {"model": sent["model"]}),
        "without the expert 'start'; send it too",
    ),
}


@pytest.fixture
def arrays(rng):
    return rng.normal(size=(64, 3)).astype(np.float32), np.arange(64) % 2


def code(arrays, change):
    options = {"model": "linear", "classes": 2, "seeds": [0, 1], "first_block": 16}
    return lit.code_stream(*arrays, learner=learner(change), **options)


@pytest.mark.parametrize("name", CHANGES)
def test_what_no_learner_can_mean_is_refused(arrays, name):
    change, message = CHANGES[name]
    with pytest.raises(InputError, match=message):
        code(arrays, change)


def test_what_theta0_says_costs_one_bit_a_label(arrays):
    assert np.allclose(code(arrays, send).bits, 1.0, atol=1e-6)
    assert torch.get_default_dtype() == torch.float32
