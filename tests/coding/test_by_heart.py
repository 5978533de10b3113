"""Labels known by heart: Bayes' rule for inputs that come again, and what they leave in L_IT."""

import dataclasses
import itertools

import numpy as np
import pytest
import torch
from scipy.special import gammaln

from lit.coding.by_heart import FEWER, HALVINGS, LEARNT, WORTH, ByHeart
from lit.coding.coder import Coder, StartState, code_span
from lit.coding.decode import prove
from lit.coding.merge import merge_spans, unite
from lit.data.check_dataset import check_dataset
from lit.data.loaders import load_dataset
from lit.data.overlap import numbers_of_kinds
from lit.study.codes import BY_HEART, CODES
from lit.study.schedule import Schedule
from lit.training.options import Training
from lit.training.sources import train_source
from lit.training.state import State

CPU = torch.device("cpu")
LINEAR, MLP = {"kind": "linear", "bias": False}, {"kind": "mlp", "hidden": [16]}
BLOCKS = [(0, 32), (32, 64), (64, 128)]


def lookup(symbols, classes, examples=4096, seed=0):
    spec = {"kind": "lookup", "symbols": symbols, "classes": classes, "examples": examples}
    return load_dataset(spec | {"seed": seed})


def taught(data, n=2048, model=LINEAR, labels=None, seeds=(0, 1)):
    how = train_source(model, data, labels, n, "early", list(seeds), Training(), CPU)
    state = State.from_arrays(how)
    return StartState(state, data.x, how["index"], how["label"], int(how["classes"]))


def coders(data, source=None, model=LINEAR, labels=None, names=("replay", "readout"), **options):
    more = {"readout": options}
    return {
        name: Coder(
            model, data, labels, "front", [0, 1], {"kind": name, **more.get(name, {})}, source,
            "keep", CPU,
        )
        for name in names
    }  # fmt: skip


def merged_of(these, blocks, k):
    return {name: merge_spans([code_span(one, blocks, k)]) for name, one in these.items()}


def transfer(data, k, labels=None, n=2048):
    """L_IT (S,) of M of n examples, default learner and code."""
    blocks = Schedule().blocks_of(0, k)
    cold, warm = (
        unite(merged_of(coders(data, source, labels=labels), blocks, k))["bits/architecture"]
        for source in (None, taught(data, n, labels=labels))
    )
    return (cold - warm).sum(axis=1)


@pytest.mark.parametrize("classes", [2, 3])
def test_predictions_are_those_of_bayes_rule(classes, rng):
    """By the definition of each hypothesis, as the probability of all labels at once."""
    inputs = np.array([0, 1, 0, 0, 2, 1, 0, 2])
    labels = rng.integers(classes, size=8)
    prior = np.full((1, 8, classes), -np.log(classes))
    found = ByHeart(1, classes).follow(inputs, prior, np.append(labels[:-1], 0), 0)[0]
    told = found[np.arange(7), labels[:7]].sum()
    edges = np.append(0.5 ** np.arange(HALVINGS + 1), 0) ** FEWER  # shares of q below these
    weights = (edges[:-1] - edges[1:]) * np.append(np.full(HALVINGS, 0.5), 1)
    expected = 0.0
    for i, weight in enumerate(weights):  # every table of true labels
        q = (1 - 1 / classes) * 0.5 ** (i + (0.5 if i < HALVINGS else 0))
        for true in itertools.product(range(classes), repeat=3):
            right = np.array(true)[inputs[:7]] == labels[:7]
            likely = np.where(right, 1 - q, q / (classes - 1)).prod()
            expected += weight * likely / classes**3
    counts = np.zeros((3, classes))
    np.add.at(counts, (inputs[:7], labels[:7]), 1)
    for worth in WORTH:  # Polya's distribution
        each = gammaln(counts + worth / classes) - gammaln(worth / classes)
        whole = gammaln(worth) - gammaln(counts.sum(axis=1) + worth)
        likely = np.exp(each.sum() + whole.sum())
        expected += (1 - weights.sum()) / len(WORTH) * likely
    of_shares = [learnt(inputs[:7], labels[:7], classes, unseen) for unseen in (0.5, 1 / classes)]
    expected = (1 - LEARNT) * expected + LEARNT * np.mean(of_shares)
    assert told == pytest.approx(np.log(expected))
    assert np.exp(found).sum(axis=1) == pytest.approx(np.ones(8))


def learnt(inputs, labels, classes, unseen):
    """Probability of all labels under each hypothesis, where a new input's label follows how many
    inputs had it: label by label, as that changes."""
    edges = np.append(0.5 ** np.arange(HALVINGS + 1), 0) ** FEWER
    weights = (edges[:-1] - edges[1:]) * np.append(np.full(HALVINGS, 0.5), 1)
    whole = 0.0
    for i in range(len(weights) + len(WORTH)):
        product, seen = 1.0, np.zeros((3, classes))
        for own, label in zip(inputs, labels, strict=True):
            new = (seen > 0).sum(axis=0) + unseen
            new = new / new.sum()
            if i < len(weights):
                q = (1 - 1 / classes) * 0.5 ** (i + (0.5 if i < HALVINGS else 0))
                other = q / (classes - 1)
                true = np.maximum((new - other) / (1 - q - other), 1e-9)
                true = true * (1 - q) ** seen[own] * other ** (seen[own].sum() - seen[own])
                p = other + (1 - q - other) * true / true.sum()
            else:
                worth = WORTH[i - len(weights)]
                p = (seen[own] + worth * new) / (seen[own].sum() + worth)
            product *= p[label]
            seen[own, label] += 1
        weight = weights[i] if i < len(weights) else (1 - weights.sum()) / len(WORTH)
        whole += weight * product
    return whole


def test_an_input_that_is_new_is_predicted_as_the_prior_says_or_the_labels_so_far(rng):
    """Where no label is rarer than the largest share of noise alone makes it."""
    prior = np.log(0.2 + 0.2 * rng.dirichlet(np.ones(4), size=(2, 6)))
    found = ByHeart(2, 4).follow(np.arange(6), prior, np.zeros(6, int), 0)
    first = (1 - LEARNT) * np.exp(prior[:, 0]) + LEARNT / 4
    np.testing.assert_allclose(np.exp(found[:, 0]), first)
    # Of six labels of one kind, what shares say more than the prior has gained weight by them.
    assert (np.exp(found[:, -1, 0]) > (1 - LEARNT) * np.exp(prior[:, -1, 0]) + LEARNT * 0.9).all()


@pytest.mark.parametrize(("labels", "classes", "most"), [([3, 17], 50, 53), ([0] * 9 + [1], 2, 56)])
def test_where_few_labels_occur_that_is_learnt_beside_each_inputs(labels, classes, most, rng):
    """30 inputs' labels hold 30 bits, and which two of 50 occur 10; 100 unequal ones 47, and how
    unequal 3: the rest names the hypothesis."""
    table = np.resize(labels, 30 if classes == 50 else 100)
    inputs = np.append(rng.permutation(len(table)), rng.integers(len(table), size=400))
    prior = np.full((1, len(inputs), classes), -np.log(classes))
    found = ByHeart(1, classes).follow(inputs, prior, table[inputs], 0)[0]
    bits = -found[np.arange(len(inputs)), table[inputs]].sum() / np.log(2)
    alone = len(table) * np.log2(classes)  # each input's label as the prior says
    assert bits < most < alone / 1.7


def test_a_label_that_m_thinks_impossible_costs_bits_and_no_more(rng):
    """After so many labels that no share of noise is possible any more."""
    labels = np.append(rng.integers(3, size=4000), [3, 0, 0])
    prior = np.log(np.full((1, 4003, 4), 1 / 3))
    prior[..., 3] = -5000.0
    found = ByHeart(1, 4).follow(rng.integers(20, size=4003), prior, labels, 0)
    assert np.isfinite(found).all()
    assert np.exp(found[0, -1, :3]) == pytest.approx(np.full(3, 1 / 3), abs=0.1)


def test_no_label_looks_at_itself_or_later_ones(rng):
    inputs, labels = rng.integers(4, size=20), rng.integers(3, size=20)
    prior = np.full((1, 20, 3), -np.log(3))
    whole = ByHeart(1, 3).follow(inputs, prior, labels, 0)
    one, parts = ByHeart(1, 3), []
    for begin, end in [(0, 5), (5, 6), (6, 20)]:
        new = slice(one.known, end)
        told = labels[new].copy()
        told[-1] = 0
        parts.append(one.follow(inputs[new], prior[:, new], told, begin))
    assert np.array_equal(np.concatenate(parts, axis=1), whole)


def test_only_inputs_that_come_twice_on_average_have_this_expert(digits):
    x = np.repeat(np.arange(10.0)[:, None], 2, axis=0)
    found = numbers_of_kinds(x)
    assert np.array_equal(found[::2], found[1::2])
    assert len(set(found)) == 10
    assert numbers_of_kinds(x[:-1]) is None
    assert not any("heart" in name for name in code_span(coders(digits)["readout"], BLOCKS, 128))


def kinds(what, rng):
    """(10, D) inputs."""
    if what == "centred":  # which a bias makes independent again
        return np.eye(10) - 0.1
    if what == "dependent":  # two dummy columns for each of two features
        return np.array([[a, 1 - a, b, 1 - b] + [0] * 8 for a, b in rng.normal(size=(10, 2))])
    return rng.normal(size=(10, what))


@pytest.mark.parametrize(
    ("model", "what", "expert"),
    [(LINEAR, 12, "architecture"), (LINEAR, 8, "generic"), (MLP, 8, "architecture"),
     (LINEAR, "centred", "generic"), ({"kind": "linear"}, "centred", "architecture"),
     ({"kind": "linear"}, 9, "architecture"), (LINEAR, 9, "generic"),
     ({"kind": "linear"}, "dependent", "generic"), (MLP, "dependent", "architecture")],
)  # fmt: skip
def test_a_network_knows_by_heart_what_it_can_give_labels_of_their_own(model, what, expert, rng):
    data = lookup(10, 2, 512)
    x = kinds(what, rng).astype(np.float32)[data.x.argmax(axis=1)]
    data, name = dataclasses.replace(data, x=x), f"{expert}.{BY_HEART}"
    arrays = code_span(coders(data, model=model)["readout"], [(0, 32)], 64)
    assert {n for n in arrays if "heart" in n} == {f"bits/{name}", f"logits/{name}"}
    alone = code_span(coders(data, model=model, generic=False)["readout"], [(0, 32)], 64)
    assert (f"bits/{name}" in alone) == (expert == "architecture")


# A table whose labels happen to be unequal costs less than another, so some have means over three.
@pytest.mark.parametrize(
    ("symbols", "classes", "k", "within", "tables"),
    [(64, 2, 512, 0.64, [0]), pytest.param(16, 2, 512, 0.5, [0], marks=pytest.mark.slow),
     pytest.param(32, 4, 512, 1.1, [0, 1, 2], marks=pytest.mark.slow),
     pytest.param(200, 8, 2048, 0.8, [0], marks=pytest.mark.slow)],
)  # fmt: skip
def test_l_it_of_a_lookup_is_the_labels_it_holds(symbols, classes, k, within, tables):
    """All symbols come; to a bit, whatever their number."""
    saved = [transfer(lookup(symbols, classes, 8192, seed), k).mean() for seed in tables]
    assert np.mean(saved) == pytest.approx(symbols * np.log2(classes), abs=within)


@pytest.mark.slow
def test_l_it_of_a_noisy_lookup_is_hardly_more():
    """Beside 64 bits there is the share of noise, which costs half of log2 k bits to find."""
    saved = transfer(lookup(64, 2, 8192), 2048, {"noise": 0.2}, n=4096).mean()
    assert 62 < saved < 64 + 0.5 * np.log2(2048)


def test_a_category_as_input_costs_little_more_than_its_own_counts(rng):
    """Each category has shares of its own, which neither a linear network nor one true label has."""
    places = rng.integers(20, size=600)
    shares = rng.dirichlet(np.full(4, 0.2), size=20)
    labels = np.array([rng.choice(4, p=shares[place]) for place in places])
    data = check_dataset(np.eye(20, dtype=np.float32)[places], labels, "d")
    # Weaker precisions have them nearly as soon.
    merged = merged_of(coders(data, precisions=[1.0, 3.0]), Schedule().blocks_of(0, 256), 256)
    united = unite(merged)
    merged["readout"] = {n: a for n, a in merged["readout"].items() if "by-heart" not in n}
    others = unite(merged)["bits/architecture"].sum()
    counted = 0.0
    for index, label in zip(united["index"], united["label"], strict=True):
        seen = np.full((20, 4), 0.2)
        for place, one in zip(places[index], label, strict=True):
            counted -= np.log2(seen[place, one] / seen[place].sum())
            seen[place, one] += 1
    bits = united["bits/architecture"].sum()
    assert counted < bits < counted + 2 * 12 < others - 2 * 5


@pytest.mark.parametrize("options", [{}, {"exact": 32, "landmarks": 20, "chunk": 24}])
@pytest.mark.parametrize("warm", [False, True])
def test_bytes_do_not_depend_on_how_blocks_share_jobs(options, warm):
    data = lookup(16, 3)
    source = taught(data, 256) if warm else None

    def build():
        return coders(data, source, names=["readout"], **options)["readout"]

    together = code_span(build(), BLOCKS, 128)
    names = [name for name in together if "heart" in name]
    assert len(names) == 2 * (1 + warm)
    for begin, end in BLOCKS:
        apart = code_span(build(), [(begin, end)], 128)
        for name in names:
            assert np.array_equal(apart[name], together[name][:, begin:end]), name


@pytest.mark.parametrize("warm", [False, True])
def test_labels_known_by_heart_decode(warm):
    data = lookup(12, 3)
    source = taught(data, 128) if warm else None

    def build():
        return coders(data, source, names=["readout"], ridges=[1.0])

    merged = merged_of(build(), BLOCKS, 128)
    for code in CODES:
        proof = prove(build, BLOCKS, merged, code)
        assert proof.holds
        assert proof.wrong == 0
