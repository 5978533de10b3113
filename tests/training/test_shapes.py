"""Shapes beside arguments are checked at every call of these tests."""

import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError

from lit.coding.mixture import mixture
from lit.measures.description_lengths import compression
from lit.training.scoring import bits
from lit.training.state import Examples, State
from lit.training.temperature import fit_scale

LOGITS = torch.zeros(2, 5, 3, dtype=torch.float64)
LABELS = torch.zeros(2, 5, dtype=torch.int64)
BITS = np.ones((2, 5))


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda: bits(LOGITS, LABELS[:, :4]), id="fewer labels than logits"),
        pytest.param(lambda: bits(LOGITS[0], LABELS), id="logits without an axis of models"),
        pytest.param(lambda: bits(LOGITS.float(), LABELS), id="half the precision"),
        pytest.param(lambda: fit_scale(LOGITS, LABELS.T), id="axes of labels exchanged"),
        pytest.param(lambda: Examples(LOGITS, LABELS, LABELS[:1]), id="labels of fewer models"),
        pytest.param(lambda: State({"w": LOGITS}, torch.ones(2)), id="a float32 temperature"),
        pytest.param(lambda: compression(BITS[0], 10), id="bits of one seed without its axis"),
        pytest.param(lambda: mixture(BITS, np.ones(3)), id="a prior of other experts"),
    ],
)
def test_a_wrong_shape_or_type_is_caught(wrong):
    with pytest.raises(TypeCheckError):
        wrong()


def test_right_ones_pass():
    assert bits(LOGITS, LABELS).shape == (2, 5)
    assert fit_scale(LOGITS, LABELS)[0].shape == (2,)
    assert compression(BITS, 10).shape == (2,)
    assert mixture(BITS, np.ones(2) / 2).shape == (5,)
