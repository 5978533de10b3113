"""The learner probe: raw and standardised penalties, blocks apart, and a start state to pull to."""

import numpy as np
import pytest
import torch

from lit.coding.coder import Coder, StartState, code_span
from lit.coding.learners.probe import _Standard
from lit.coding.mixture import mixtures
from lit.data.check_dataset import check_dataset
from lit.training.held_out import split_folds, split_prefix
from lit.training.options import HeldOut
from lit.training.state import State

CPU = torch.device("cpu")
BLOCKS = [(0, 32), (32, 64), (64, 128), (128, 256), (256, 512)]


def coder(data, seeds, source=None):
    learner = {"kind": "probe"}
    return Coder({"kind": "linear"}, data, None, "front", seeds, learner, source, "keep", CPU)


def columns(rng, said, wide):
    """Data of 4 columns of standard deviation 1 and 60 of 0.1; those that are ``wide`` say the
    label, or the other ones do."""
    x = rng.normal(size=(1000, 64))
    x[:, 4:] /= 10
    told = x[:, :4] if wide else 10 * x[:, 4:]
    y = (told @ rng.normal(size=(told.shape[1], 3)) * said).argmax(axis=1)
    return check_dataset(x.astype(np.float32), y, "columns", classes=3)


def bits_of(data, seeds, source=None, blocks=BLOCKS):
    arrays = code_span(coder(data, seeds, source), blocks, blocks[-1][1])
    return {n.partition("/")[2]: a for n, a in arrays.items() if n.startswith("bits/")}


@pytest.mark.slow
@pytest.mark.parametrize(
    "packing", [[[0, 1, 2, 3, 4]], [[0, 1], [2, 3, 4]], [[0], [1], [2, 3], [4]]]
)
def test_bytes_do_not_depend_on_how_seeds_and_blocks_share_jobs(digits, packing):
    together = bits_of(digits, [0, 1])
    for places in packing:
        blocks = [BLOCKS[i] for i in places]
        for place, seed in enumerate([0, 1]):
            alone = bits_of(digits, [seed], blocks=blocks)
            for name, array in alone.items():
                wanted = together[name][place, blocks[0][0] : blocks[-1][1]]
                assert np.array_equal(array[0], wanted), name


@pytest.mark.parametrize(
    ("wide", "shorter", "longer"), [(True, "raw", "standardised"), (False, "standardised", "raw")]
)
def test_the_code_is_close_to_the_better_scaling(rng, wide, shorter, longer):
    found = bits_of(columns(rng, 1.0, wide), [0, 1])
    total = {name: bits.sum() / 2 for name, bits in found.items()}
    assert total[shorter] < total[longer] - 10
    mixed = mixtures(found, 3, {}, np.zeros_like(found["start"], dtype=np.int64))
    assert mixed["bits/network"].sum() / 2 < total[shorter] + 15


def test_the_raw_penalty_is_one_on_inputs_divided_by_one_number(rng):
    x = torch.from_numpy(rng.normal(size=(50, 3)) * [3, 1, 0] + 2).float()
    standard = _Standard(x)
    centred = x.double() - x.double().mean(0)
    one = (centred.square().sum() / 50 / 2).sqrt()  # of the two columns that vary
    weights = torch.from_numpy(rng.normal(size=(4, 3)))
    as_standard = standard.weights(weights.float(), torch.zeros(4))
    pull = standard.pulls()["raw"]
    found = (pull * as_standard.square())[:, :2].sum()
    assert torch.allclose(found, (weights * one).square()[:, :2].sum(), rtol=1e-5)
    assert pull[2] == 1
    assert pull[3] == 0


def test_a_class_not_seen_yet_costs_no_more_than_some_bits(rng):
    y = np.where(rng.random(1000) < 0.02, 2, np.arange(1000) % 2)
    x = rng.normal(size=(1000, 5)) / 10
    x[:, 0] += y == 1
    data = check_dataset(x.astype(np.float32), y, "rare", classes=3)
    found = bits_of(data, [0, 1, 2])
    assert max(found[name].max() for name in ("model", "raw", "standardised")) < 30


def test_a_start_state_that_knows_the_labels_is_kept(rng):
    """M solves the task and has its own bias: what is learned from few labels stays near it."""
    data = columns(rng, 1.0, True)
    x, y = torch.from_numpy(data.x).double(), torch.from_numpy(data.y)
    weights = torch.linalg.lstsq(
        torch.cat([x, torch.ones(len(x), 1)], dim=1), 12 * torch.eye(3).double()[y]
    ).solution.T[None]
    tensors = {
        "layers.0.weight": weights[..., :-1].float(),
        "layers.0.bias": weights[..., -1].float(),
    }
    state = State(tensors, torch.ones(1, dtype=torch.float64))
    empty = np.empty((1, 0), dtype=np.int64)
    warm = bits_of(data, [0], StartState(state, data.x, empty, empty, 3))
    cold = bits_of(data, [0])
    assert warm["start"].sum() < 0.6 * cold["start"].sum()
    for name in ("model", "raw", "standardised"):
        assert warm[name].sum() < cold[name].sum()
        assert (
            warm[name][0, :128].sum()
            < warm["start"][0, :128].sum() + 20
            < cold[name][0, :128].sum()
        )


@pytest.mark.parametrize("m", [2, 3, 32, 127, 128])
def test_where_few_are_known_each_is_held_out_once(m):
    pairs = split_folds(m, HeldOut(), (0, m))
    assert np.array_equal(np.sort(np.concatenate([valid for _, valid in pairs])), np.arange(m))
    for train, valid in pairs:
        assert np.array_equal(np.sort(np.concatenate([train, valid])), np.arange(m))
        assert len(train)


def test_where_more_are_known_one_part_is_held_out():
    (pair,) = split_folds(129, HeldOut(), (0, 129))
    for found, wanted in zip(pair, split_prefix(129, HeldOut(), (0, 129)), strict=True):
        assert np.array_equal(found, wanted)
    assert split_folds(1, HeldOut(), (0, 1)) == []


def test_a_column_that_hardly_varies_has_weights_of_finite_size(rng):
    x = torch.from_numpy(np.stack([rng.normal(size=50), 1e-40 * rng.random(50)], 1)).float()
    standard = _Standard(x)
    weight, bias = standard.undo(torch.ones(3, 3, dtype=torch.float64))
    assert weight.isfinite().all()
    assert bias.isfinite().all()
    assert all(pull.float().isfinite().all() for pull in standard.pulls().values())
