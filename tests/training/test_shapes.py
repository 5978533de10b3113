"""Shapes beside arguments are checked at every call of these tests."""

import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError

from lit.coding.mixture import mixture
from lit.data.labels import transform_labels
from lit.data.overlap import check_disjoint
from lit.data.streams import ends
from lit.data.views import make_view
from lit.measures.description_lengths import compression
from lit.measures.information_transfer import train_set_information
from lit.measures.intervals import estimate
from lit.notebook.traces import Traces
from lit.training.scoring import bits
from lit.training.state import Examples, State
from lit.training.temperature import fit_scale

LOGITS = torch.zeros(2, 5, 3, dtype=torch.float64)
LABELS = torch.zeros(2, 5, dtype=torch.int64)
BITS = np.ones((2, 5))
INDEX = np.ones((2, 5), dtype=np.int64)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda: bits(LOGITS, LABELS[:, :4]), id="fewer labels than logits"),
        pytest.param(lambda: bits(LOGITS[0], LABELS), id="logits without an axis of models"),
        pytest.param(lambda: bits(LOGITS.float(), LABELS), id="half the precision"),
        pytest.param(lambda: fit_scale(LOGITS, LABELS.T), id="axes of labels exchanged"),
        pytest.param(lambda: Examples(LOGITS, LABELS, LABELS[:1]), id="labels of fewer models"),
        pytest.param(lambda: State({"w": LOGITS}, torch.ones(2)), id="a float32 temperature"),
        pytest.param(
            lambda: compression(BITS[0], BITS[:, 0]), id="bits of one seed without its axis"
        ),
        pytest.param(lambda: mixture(BITS, np.ones(3)), id="a prior of other experts"),
        pytest.param(lambda: train_set_information(BITS, BITS[:, :4]), id="bits of fewer labels"),
        pytest.param(lambda: estimate(BITS.tolist()), id="a list where an array belongs"),
        pytest.param(lambda: transform_labels(BITS[0], 2, {}, 0), id="labels that are no integers"),
        pytest.param(lambda: check_disjoint(LABELS[0], INDEX[0], ""), id="a tensor for an array"),
        pytest.param(lambda: ends(INDEX[0, 0], 2, {}, [0], "front"), id="one label alone"),
        pytest.param(lambda: make_view(LOGITS, {}, ""), id="a view of a tensor"),
        pytest.param(lambda: Traces.of(BITS, None), id="no data set"),
    ],
)
def test_a_wrong_shape_or_type_is_caught(wrong):
    with pytest.raises(TypeCheckError):
        wrong()


def test_right_ones_pass():
    assert bits(LOGITS, LABELS).shape == (2, 5)
    assert fit_scale(LOGITS, LABELS)[0].shape == (2,)
    assert compression(BITS, BITS[:, 0]).shape == (2,)
    assert mixture(BITS, np.ones(2) / 2).shape == (5,)
