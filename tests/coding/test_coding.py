"""Exact facts about codes: the mixture, count-based coders through merge and transfer, the uniform start."""

import itertools

import numpy as np
import pytest

from lit.coding import merge, mixture
from lit.measures.information_transfer import (
    CodeLengths,
    information_transfer,
    train_set_information,
)
from lit.measures.intervals import estimate
from lit.study.schedule import Schedule


def kt_bits(labels, classes, seen=()):
    """(k,) bits of labels under a Krichevsky-Trofimov coder that has already counted ``seen``."""
    counts = np.bincount(np.asarray(seen, dtype=int), minlength=classes) + 0.5
    bits = []
    for label in labels:
        bits.append(-np.log2(counts[label] / counts.sum()))
        counts[label] += 1
    return np.array(bits)


def spans_of(bits, labels, classes, cuts):
    """Block files' arrays for given bits of a coder that learns after every label."""
    spans = []
    for start, stop in itertools.pairwise(cuts):
        part = bits[None, start:stop]
        ahead = bits[None, stop : cuts[-1]] if stop == cuts[1] else bits[None, :0]
        spans.append(
            {
                "index": np.arange(start, stop)[None],
                "label": labels[None, start:stop],
                "bits/start": part,
                "bits/model": part,
                "ahead/model": ahead,
                "blocks": np.array([[start, stop]]),
                "classes": np.array(classes),
                "flops": np.zeros(1),
            }
        )
    return spans


def code(labels, classes, seen=()):
    """A KT coder's plain code, sent through merge."""
    merged = merge.merge_groups(
        [
            merge.merge_spans(
                spans_of(kt_bits(labels, classes, seen), labels, classes, [0, 16, 64, len(labels)])
            )
        ]
    )
    return CodeLengths(merged["bits/model"], [0], classes, merged["index"], {})


@pytest.mark.parametrize(("n", "k"), [(100, 300), (300, 100), (0, 200), (77, 129)])
def test_kt_coder_obeys_the_identities(rng, n, k):
    """L_IT(n, k) = Lambda(n) + Lambda(k) - Lambda(n + k), symmetric in n and k, 0 at n = 0, to rounding."""
    classes = 5
    stream, source = (
        rng.integers(0, classes, k),
        rng.choice(classes, n, p=[0.5, 0.2, 0.1, 0.1, 0.1]),
    )
    measured = information_transfer(code(stream, classes), code(stream, classes, source)).mean
    joint = kt_bits(np.concatenate([source, stream]), classes).sum()
    expected = kt_bits(stream, classes).sum() + kt_bits(source, classes).sum() - joint
    assert measured == pytest.approx(expected, abs=1e-8)
    if n:
        swapped = information_transfer(
            CodeLengths(kt_bits(source, classes)[None], [0], classes, np.arange(n)[None], {}),
            CodeLengths(
                kt_bits(source, classes, stream)[None], [0], classes, np.arange(n)[None], {}
            ),
        )
        assert measured == pytest.approx(swapped.mean, abs=1e-8)
    else:
        assert measured == 0


def test_kt_transfer_grows_with_n_and_k_in_the_mean(rng):
    classes, p = 4, [0.7, 0.1, 0.1, 0.1]

    def mean_transfer(n, k):
        values = []
        for _ in range(200):
            stream, source = rng.choice(classes, k, p=p), rng.choice(classes, n, p=p)
            values.append(kt_bits(stream, classes).sum() - kt_bits(stream, classes, source).sum())
        return np.mean(values)

    small, more_n, more_k = mean_transfer(16, 64), mean_transfer(64, 64), mean_transfer(16, 256)
    assert 0 < small < more_n
    assert small < more_k


def test_train_set_information_of_kt(rng):
    labels = rng.integers(0, 3, 50)
    cold = kt_bits(labels, 3)[None]
    assert train_set_information(cold, np.zeros((1, 50)))[0] == pytest.approx(cold.sum())


def test_mixture_of_equal_experts_is_that_expert(rng):
    bits = rng.exponential(size=(3, 50))
    assert np.allclose(mixture.mixture(np.stack([bits] * 4)), bits, atol=1e-12)


def test_mixture_is_a_probability_over_all_label_sequences():
    """Summed over every sequence of labels, 2^-bits is 1: the mixture is a code, its weights depend on the past only."""
    k = 6
    sequences = np.array(np.meshgrid(*[[0, 1]] * k)).reshape(k, -1).T
    first, second = np.array([0.9, 0.1]), np.array([0.3, 0.7])
    experts = np.stack([-np.log2(p[sequences]) for p in (first, second, np.array([0.5, 0.5]))])
    assert np.exp2(-mixture.mixture(experts).sum(axis=1)).sum() == pytest.approx(1, abs=1e-12)


def test_mixture_depends_on_past_labels_only(rng):
    experts = rng.exponential(size=(4, 2, 100))
    changed = experts.copy()
    changed[..., 60:] = rng.exponential(size=(4, 2, 40))
    assert np.array_equal(mixture.mixture(experts)[:, :60], mixture.mixture(changed)[:, :60])


def test_mixture_follows_a_switch_at_small_cost(rng):
    k = 4096
    good, bad = np.full(k, 0.1), np.full(k, 3.0)
    first = np.where(np.arange(k) < k // 2, good, bad)
    second = np.where(np.arange(k) < k // 2, bad, good)
    cost = mixture.mixture(np.stack([first, second])).sum() - good.sum()
    assert 0 < cost < 3 * np.log2(k)


def test_mixture_survives_experts_that_are_very_sure_and_wrong():
    experts = np.zeros((2, 1, 10)) + np.log2(10)
    experts[1, 0, 3] = 5000.0
    assert np.isfinite(mixture.mixture(experts)).all()
    assert mixture.mixture(experts).sum() < 10 * np.log2(10) + 3


def test_long_streams_pay_little_for_sharing():
    """A constant rate of 0.01 would cost 870 bits over 60,000 labels; ours costs half of log2 k."""
    k = 60_000
    experts = np.stack([np.full(k, 0.05), np.full(k, np.log2(10))])
    assert mixture.mixture(experts).sum() - 0.05 * k < 1 + np.log2(k)


def test_label_entropy():
    assert mixture.label_entropy_bits(np.array([[0, 0, 1, 1]]), 2)[0] == pytest.approx(4)
    assert mixture.label_entropy_bits(np.array([[1, 1, 1, 1]]), 3)[0] == 0


def test_estimate_matches_hand_values():
    found = estimate(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert found.mean == 3
    assert found.se == pytest.approx(np.sqrt(2.5 / 5))
    assert found.ci == pytest.approx((3 - 2.7764 * found.se, 3 + 2.7764 * found.se), rel=1e-4)
    assert estimate(np.array([-7.0, -7.0, -7.0])).ci == (-7, -7)
    two = estimate(np.array([1.0, 2.0]))
    assert two.se == pytest.approx(0.5)
    assert np.isnan(two.ci).all()
    assert np.isnan(estimate(np.array([2.0])).se)


def test_transfer_refuses_unpaired_codes():
    a = CodeLengths(np.ones((1, 4)), [0], 2, np.arange(4)[None], {})
    b = CodeLengths(np.ones((1, 4)), [0], 2, np.arange(1, 5)[None], {})
    with pytest.raises(ValueError, match="same examples"):
        information_transfer(a, b)


def test_schedule():
    schedule = Schedule(first_block=32, growth=2.0, head=1024)
    assert schedule.boundaries(1000) == [0, 32, 64, 128, 256, 512, 1000]
    assert schedule.jobs(8192) == [(0, 1024), (1024, 2048), (2048, 4096), (4096, 8192)]
    assert schedule.jobs(20) == [(0, 20)]
    assert schedule.blocks_of(0, 128) == [(0, 32), (32, 64), (64, 128)]
    assert schedule.next_end(8192) == 16384
    assert Schedule(head=0).jobs(128) == [(0, 32), (32, 64), (64, 128)]
    assert Schedule(blocks=(7, 14, 28)).boundaries(40) == [0, 7, 14, 28, 40]
    assert set(schedule.jobs(8192)) < set(schedule.jobs(16384))
    fine = Schedule(first_block=1, growth=1.05).boundaries(300)
    assert fine == sorted(set(fine))


def test_first_weights_of_uniform_code_m_experts_and_product():
    """From theta0 thirds; from M the uniform code keeps its part, and M shares the rest."""
    third, share = 1 / 3, 2 / 9
    assert mixture.first_weights(["a", "b"], True) == pytest.approx(
        [third, third / 2, third / 2, third]
    )
    found = mixture.first_weights(["start", "a", "b"], True)
    assert found == pytest.approx([third, share, share / 2, share / 2, share])
    assert mixture.first_weights(["a"], False) == pytest.approx([1 / 2, 1 / 2])
    assert mixture.first_weights(["a", "start"], False) == pytest.approx([1 / 2, 1 / 4, 1 / 4])
    assert mixture.first_weights(["start"], False) == pytest.approx([1 / 2, 1 / 2])
    assert mixture.first_weights([], False) == pytest.approx([1])


def test_what_is_known_by_heart_has_a_part_of_its_own():
    """Three quarters more than each other part; from M the uniform code keeps what it has."""
    names = ["readout.architecture.by-heart", "a", "b"]
    part = 4 / 19
    expected = [part, 1.75 * part, part / 2, part / 2, part]
    assert mixture.first_weights(names, True) == pytest.approx(expected)
    found = mixture.first_weights(["start", *names], True)
    share = (1 - part) / 4.75
    assert found == pytest.approx([part, share, 1.75 * share, share / 2, share / 2, share])
