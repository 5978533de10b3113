"""The learner `counts` beside the counts themselves, which test_context_counts.py tests."""

import dataclasses

import numpy as np
import pytest
import torch

from lit.coding.coder import Coder, code_span
from lit.coding.context_counts import ContextCounts
from lit.coding.decode import prove
from lit.coding.learners.counts import AT_ONCE
from lit.coding.merge import merge_spans, unite
from lit.data.dataset import Dataset
from lit.errors import InputError

SMALL = {"kind": "transformer", "width": 8, "layers": 1, "heads": 1}
CPU = torch.device("cpu")


@pytest.fixture
def tokens(rng):
    """Windows of a text that repeats itself, each token's label the next; some end early."""
    text = (rng.integers(0, 7, (40, 1)) + np.arange(10)).astype(np.int32) % 7
    text[rng.random(text.shape) < 0.2] = 3
    text[::3, 6:] = -1
    return Dataset(text[:, :-1], text[:, 1:].astype(np.int64), 7, vocabulary=7, next_tokens=True)


def coder(data, seeds=(0, 1), model=SMALL, **options):
    learner = {"kind": "counts", **options}
    return Coder(model, data, None, "front", list(seeds), learner, None, "keep", CPU)


def test_experts_are_the_counts_of_each_seeds_own_order(tokens):
    found = code_span(coder(tokens, orders=2), [(0, 8), (8, 32)], 32)
    for s in range(2):
        counts = ContextCounts(7, orders=2)
        for i, row in enumerate(found["index"][s]):
            x, y = tokens.x[row], tokens.y[row]
            there = np.flatnonzero(y >= 0)
            by_hand = -counts.window(x, y)[:, there, y[there]] / np.log(2)
            for name, bits in zip(counts.names, by_hand, strict=True):
                ours = found[f"bits/generic.counts-{name}"][s, i]
                np.testing.assert_allclose(ours[there], bits, rtol=1e-12)
                assert not ours[y < 0].any()


def test_blocks_and_steps_change_no_bits(tokens, monkeypatch):
    blocks = [(0, 8), (8, 16), (16, 32)]
    whole = merge_spans([code_span(coder(tokens), blocks, 32)])
    alone = merge_spans([code_span(coder(tokens), [block], block[1]) for block in blocks])
    monkeypatch.setattr("lit.coding.learners.counts.AT_ONCE", AT_ONCE // 2**20)
    stepped = merge_spans([code_span(coder(tokens), blocks, 32)])
    for name in ("bits/generic.counts-product", "bits/generic.counts-6", "bits/start"):
        assert np.array_equal(whole[name], alone[name])
        assert np.array_equal(whole[name], stepped[name])


def test_they_count_in_the_code_shortest_alone(tokens):
    united = unite({"counts": merge_spans([code_span(coder(tokens), [(0, 32)], 32)])})
    uniform = united["labels"] * np.log2(7)
    np.testing.assert_allclose(united["bits/network"], uniform, rtol=1e-6)
    np.testing.assert_allclose(united["bits/architecture"], uniform, rtol=1e-6)
    assert united["bits/shortest"].sum() < 0.75 * uniform.sum()


def test_examples_that_are_no_sequences_of_labels_are_refused(tokens, digits):
    one_label = Dataset(tokens.x, tokens.y[:, 0], 7, vocabulary=7)
    with pytest.raises(
        InputError, match=r"tokens with a label each, .* its labels one; take another"
    ):
        code_span(coder(one_label), [(0, 8)], 8)
    with pytest.raises(InputError, match=r"inputs are \(1, 8, 8\)"):
        code_span(coder(digits, model={"kind": "linear"}), [(0, 8)], 8)


@pytest.mark.slow
@pytest.mark.parametrize("next_tokens", [True, False])
def test_labels_come_back_from_a_file_of_the_reported_length(tokens, next_tokens):
    data = dataclasses.replace(tokens, next_tokens=next_tokens)
    if not next_tokens:
        data = dataclasses.replace(
            data, y=np.where(data.y >= 0, (data.x.astype(np.int64) + 2) % 7, -1)
        )
    blocks = [(0, 8), (8, 24)]
    merged = {"counts": merge_spans([code_span(coder(data), blocks, 24)])}
    proof = prove(lambda: {"counts": coder(data)}, blocks, merged, "shortest")
    assert proof.wrong == 0
    assert proof.holds
    assert proof.reported_bits < 0.8 * proof.labels * np.log2(7)
