import itertools

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from lit.coding.mixture import mixture, mixtures
from lit.coding.product import LARGEST, kept, product


def logits_of(p):
    return kept(np.log(p))


def bits_of(p, labels):
    return -np.log2(np.take_along_axis(p, labels[..., None], -1)[..., 0])


@pytest.fixture
def two(rng):
    """Two experts whose evidence for a label is independent: by Bayes, their product is the truth."""
    streams, k = 2, 3000
    labels = rng.integers(0, 2, (streams, k))
    seen = 0.8 * (2 * labels - 1) + rng.normal(size=(2, streams, k))
    one = 1 / (1 + np.exp(-1.6 * seen))  # the probability of label 1 given what an expert sees
    both = 1 / (1 + np.exp(-1.6 * seen.sum(0)))
    return [np.stack([1 - p, p], axis=-1) for p in (*one, both)], labels


def test_the_product_of_independent_experts_is_the_truth(two):
    (a, b, truth), labels = two
    ours = product({"a": logits_of(a), "b": logits_of(b)}, labels).sum(axis=1)
    best = bits_of(truth, labels).sum(axis=1)
    mixed = mixture(np.stack([bits_of(a, labels), bits_of(b, labels)])).sum(axis=1)
    # Two powers cost about half of log2 k each.
    assert (abs(ours - best - np.log2(3000)) < 8).all()
    assert (mixed > best + 300).all()


def test_codes_have_the_product_among_their_experts(two):
    (a, b, truth), labels = two
    experts = {"start": np.ones(labels.shape), "model": bits_of(a, labels)}
    experts["architecture.one"] = bits_of(b, labels)
    logits = {"start": logits_of(np.full_like(a, 0.5)), "model": logits_of(a)}
    logits["architecture.one"] = logits_of(b)
    codes = mixtures(experts, 2, logits, labels)
    without = mixtures(experts, 2, {}, labels)
    best = bits_of(truth, labels).sum(axis=1)
    assert (codes["bits/architecture"].sum(axis=1) < best + 25).all()
    assert (without["bits/architecture"].sum(axis=1) > best + 300).all()
    assert np.array_equal(codes["bits/architecture"], codes["bits/shortest"])
    apart = (codes["bits/network"] - without["bits/network"]).sum(axis=1)
    assert (abs(apart) < 12).all()  # one expert's power is 1 already


def test_the_price_is_what_a_code_costs_beyond_its_best_expert(rng):
    experts = {"start": np.ones((2, 60)), "model": rng.uniform(0, 3, (2, 60))}
    experts["generic.one"] = rng.uniform(0, 1.5, (2, 60))
    found = mixtures(experts, 2, {}, np.zeros((2, 60), dtype=np.int64))
    sums = [experts[name].cumsum(axis=1) for name in ("start", "model")]
    assert np.array_equal(found["least/network"], np.minimum(*sums))
    best = experts["generic.one"].cumsum(axis=1)
    assert np.array_equal(found["least/shortest"], np.minimum(found["least/network"], best))
    price = (found["bits/shortest"].cumsum(axis=1) - found["least/shortest"])[:, -1]
    assert (price < 2 + np.log2(62)).all()  # a quarter of the weight at first, and the sharing


def test_the_product_is_a_code(rng):
    """Summed over every sequence of labels, 2^-bits is 1: powers depend on labels before alone."""
    p = rng.dirichlet(np.ones(2), size=(3, 1, 8))
    logits = {str(i): logits_of(one) for i, one in enumerate(p)}
    sequences = itertools.product([0, 1], repeat=8)
    total = sum(np.exp2(-product(logits, np.array([s])).sum()) for s in sequences)
    assert total == pytest.approx(1, abs=1e-12)


def test_streams_do_not_depend_on_those_beside_them(rng):
    p = rng.dirichlet(np.ones(10), size=(7, 5, 50))
    labels = rng.integers(0, 10, (5, 50))
    logits = {str(i): logits_of(one) for i, one in enumerate(p)}
    together = product(logits, labels)
    for s in range(5):
        alone = product({n: a[[s]] for n, a in logits.items()}, labels[[s]])
        assert np.array_equal(alone[0], together[s])


def test_bytes_do_not_depend_on_threads(rng):
    """As many experts and classes as a library of linear algebra cuts up among threads."""
    logits = {str(i): kept(3 * rng.normal(size=(1, 40, 70))) for i in range(140)}
    labels = rng.integers(0, 70, (1, 40))
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads, "blas"):
            found.append(product(logits, labels))
    assert np.array_equal(*found)


def test_a_class_that_is_ruled_out_leaves_the_others_as_they_are(rng):
    logits = rng.normal(size=(3, 4))
    ruled_out = np.concatenate([logits, np.full((3, 1), -np.inf)], axis=1)
    found = kept(ruled_out).astype(np.float64)
    assert np.isfinite(found).all()
    assert np.allclose(np.diff(found[:, :4]), np.diff(logits), atol=0.02)
    assert (found[:, :4].min(axis=1) > found[:, 4] + LARGEST).all()


def test_experts_that_are_very_sure_and_wrong(rng):
    labels = np.zeros((1, 500), dtype=np.int64)
    wrong = kept(np.tile([-1e5, 1e5], (1, 500, 1)))
    assert np.array_equal(np.unique(wrong), [-LARGEST, LARGEST])
    bits = product({str(i): wrong for i in range(3)}, labels)
    assert np.isfinite(bits).all()
    assert bits[0, 0] == pytest.approx(2 * LARGEST / np.log(2), rel=1e-3)
    assert bits[0, 100:].mean() < 1
    experts = {"start": np.ones((1, 500)), "model": np.full((1, 500), 2 * LARGEST / np.log(2))}
    code = mixtures(experts, 2, {"model": wrong}, labels)["bits/network"]
    assert code.sum() < 500 + 10
