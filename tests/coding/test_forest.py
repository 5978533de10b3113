"""Random forests on-line: against scikit-learn's own, and what they may not look at."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from conftest import ROOT
from sklearn.ensemble import RandomForestClassifier

from lit.coding.coder import Coder, code_span
from lit.coding.forest import LEAVES, MOST_CLASSES, MOST_INPUTS, TREES, Forest
from lit.coding.merge import merge_spans, unite
from lit.data.dataset import Dataset

K, D, C = 60, 4, 3
READOUT = {"kind": "readout", "kernels": ["linear"], "ridges": [1.0]}


def stream(rng):
    """Inputs, and labels that thresholds of two columns tell."""
    x = rng.normal(size=(K, D))
    return x, (x[:, 0] > 0).astype(np.int64) + (x[:, 1] > 0)


def none(count):
    """Priors, which it does not look at."""
    return np.zeros((1, count, C))


def test_it_is_the_forest_of_the_labels_that_were_there_where_it_grew(rng):
    x, y = stream(rng)
    p = np.exp(Forest(D, C).follow(x, none(K), y, 0)[0])
    assert p.sum(axis=1) == pytest.approx(np.ones(K))
    assert p[:16] == pytest.approx(np.full((16, C), 1 / C))
    for grown, until in ((16, 24), (24, 36), (36, 54), (54, K)):
        theirs = RandomForestClassifier(TREES, min_samples_leaf=LEAVES, random_state=0)
        said = theirs.fit(x[:grown], y[:grown]).predict_proba(x[grown:until])
        assert p[grown:until] == pytest.approx((grown * said + 1 / C) / (grown + 1))


def test_a_label_that_it_never_saw_is_not_impossible(rng):
    x = rng.normal(size=(K, D))
    y = np.zeros(K, dtype=np.int64)
    p = np.exp(Forest(D, C).follow(x, none(K), y, 0)[0])
    assert p[-1] == pytest.approx([(54 + 1 / C) / 55, 1 / C / 55, 1 / C / 55])


def test_in_pieces_it_is_the_same(rng):
    x, y = stream(rng)
    whole = Forest(D, C).follow(x, none(K), y, 0)
    pieces, one = [], Forest(D, C)
    for begin, end in ((0, 1), (1, 20), (20, 21), (21, 37), (37, K)):
        new = slice(one.known, end)
        pieces.append(one.follow(x[new], none(end - one.known), y[new], begin))
    assert np.array_equal(np.concatenate(pieces, axis=1), whole)


def test_no_label_is_predicted_from_itself_or_later_ones(rng):
    x, y = stream(rng)
    before = Forest(D, C).follow(x, none(K), y, 0)[0]
    for t in (0, 23, 24, K - 1):
        other = y.copy()
        other[t:] = (y[t:] + 1) % C
        after = Forest(D, C).follow(x, none(K), other, 0)[0]
        assert np.array_equal(after[: t + 1], before[: t + 1])
    other = y.copy()
    other[:24] = (y[:24] + 1) % C
    assert not np.array_equal(Forest(D, C).follow(x, none(K), other, 0)[0, 24:], before[24:])


@pytest.fixture
def table(rng):
    """Labels that two of twenty columns tell together."""
    x = rng.normal(size=(400, 20)).astype(np.float32)
    return Dataset(x, ((x[:, 0] > 0) & (x[:, 1] > 0)).astype(np.int64), 2)


def coded(data, blocks, spans, **options):
    spec = {"kind": "linear"}
    coder = Coder(
        spec, data, None, "front", [0, 1], READOUT | options, None, "keep", torch.device("cpu")
    )
    return merge_spans([code_span(coder, blocks[a:b], blocks[-1][1]) for a, b in spans])


def test_the_shortest_code_has_it_and_blocks_may_be_jobs_of_their_own(table):
    blocks = [(0, 40), (40, 160), (160, 400)]
    merged = coded(table, blocks, [(0, 3)])
    apart = coded(table, blocks, [(0, 1), (1, 2), (2, 3)])
    assert np.array_equal(merged["bits/generic.forest"], apart["bits/generic.forest"])
    found = unite({"readout": merged})
    shortest, architecture = (found[f"bits/{n}"].sum() for n in ("shortest", "architecture"))
    plain = coded(table, blocks, [(0, 3)], generic=False)
    assert "bits/generic.forest" not in plain
    assert unite({"readout": plain})["bits/architecture"].sum() == pytest.approx(architecture)
    # Straight lines tell some of it, thresholds all.
    assert shortest < 0.8 * architecture


@pytest.mark.parametrize(
    ("shape", "classes"), [((1, 4, 5), 2), ((MOST_INPUTS + 1,), 2), ((3,), MOST_CLASSES + 1)]
)
def test_images_many_columns_and_many_classes_have_none(rng, shape, classes):
    x = rng.normal(size=(60, *shape)).astype(np.float32)
    data = Dataset(x, rng.integers(classes, size=60), classes)
    assert "bits/generic.forest" not in coded(data, [(0, 60)], [(0, 1)])


def test_a_job_without_a_forest_does_not_load_scikit_learn():
    """Which takes as long as loading torch."""
    said = "import sys, lit.coding.learners.readout; print('sklearn' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", said], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
