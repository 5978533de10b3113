"""Runs of tokens as features: against counts by dictionary, and what must not matter."""

import itertools
from collections import Counter

import numpy as np
import torch

from lit.coding.coder import Coder, code_span
from lit.coding.learners.readout import kernels_of
from lit.data.dataset import Dataset
from lit.networks.ngrams import Ngrams

TEXTS = [
    [3, 1, 4, 1, 5, 9, 2],
    [3, 1, 4, 1, 5],
    [2, 7, 1, 8, 2, 8],
    [1, 1, 1],
    [6],
    [2, 6, 5, 3, 5],
]


def padded(texts, length=9):
    return torch.tensor([text + [-1] * (length - len(text)) for text in texts])


def runs(text, longest):
    """All runs up to this length, and how often each occurs."""
    lengths = range(1, longest + 1)
    spans = itertools.chain.from_iterable(
        ((i, i + n) for i in range(len(text) - n + 1)) for n in lengths
    )
    return Counter(tuple(text[a:b]) for a, b in spans)


def test_inner_products_are_those_of_runs_in_common():
    """Of rare hash collisions, weighted counts of runs have the same inner products."""
    made = Ngrams(padded(TEXTS))
    found = made(padded(TEXTS)).double()
    counted = [runs(text, made.longest) for text in TEXTS]
    holds = Counter(itertools.chain.from_iterable(set(one) for one in counted))
    weight = {run: np.log((1 + len(TEXTS)) / (1 + count)) + 1 for run, count in holds.items()}
    by_hand = np.array([[np.log1p(one[run]) * weight[run] for run in weight] for one in counted])
    by_hand /= np.linalg.norm(by_hand, axis=1, keepdims=True)
    np.testing.assert_allclose(found @ found.T, by_hand @ by_hand.T, atol=1e-6)


def test_padding_does_not_matter_and_order_does():
    made = Ngrams(padded(TEXTS))
    torch.testing.assert_close(made(padded(TEXTS[:2], 7)), made(padded(TEXTS[:2], 20)))
    one, other = made(padded([[1, 2, 3], [3, 2, 1]]))
    assert 0 < one @ other < 0.9


def test_large_vocabularies_have_shorter_runs():
    assert Ngrams(padded(TEXTS)).longest > Ngrams(padded([[5, 30_000]])).longest


def test_readout_tells_texts_by_their_runs():
    """A label that is told by a pair of neighbours costs little after a few texts."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 20, (160, 12)).astype(np.int32)
    y = rng.integers(0, 2, 160)
    x[np.arange(160), 5], x[np.arange(160), 6] = 20 + y, 21 - y  # the same two, in either order
    data = Dataset(x, y, 2, vocabulary=22)
    model = {"kind": "transformer", "width": 8, "layers": 1, "heads": 1}
    coder = Coder(
        model, data, None, "front", [0], {"kind": "readout"}, None, "keep", torch.device("cpu")
    )
    coded = code_span(coder, [(0, 128)], 128)
    assert coded["bits/generic.ngrams.0.1"][0, 96:].mean() < 0.2
    assert not any("rbf" in name for name in coded), "distances of tokens' numbers mean nothing"


def test_images_have_no_runs():
    names = kernels_of(None, (1, 8, 8), True)
    assert not any("ngrams" in name for name in names)
