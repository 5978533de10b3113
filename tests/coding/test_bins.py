"""Real-valued targets in bins: bits are those of a density, whatever the width of the bins."""

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from lit.coding.coder import Coder, StartState, code_span
from lit.coding.decode import prove
from lit.coding.merge import merge_spans, unite
from lit.data import streams
from lit.data.bins import Bins
from lit.data.check_dataset import check_dataset
from lit.data.dataset import Dataset
from lit.data.loaders import load_dataset
from lit.errors import InputError
from lit.training.options import Training
from lit.training.scoring import bits, by_label, score
from lit.training.sources import train_source
from lit.training.state import Examples, State

CPU = torch.device("cpu")
MLP = {"kind": "mlp", "hidden": [16]}
CNN = {"kind": "cnn", "channels": [4], "dense": 8}
SEEDS = [0, 1]
BLOCKS = [(0, 32), (32, 64), (64, 128)]
NOISE = 0.5


def diabetes(width):
    spec = {"kind": "sklearn", "name": "diabetes", "scale": "standard"}
    return load_dataset(spec | {"bins": {"width": width}})


def linear_gaussian(width, n=600, noise=NOISE):
    """y is normal, of mean x @ w and this standard deviation, and w is normal: inputs, targets,
    and the data set."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 2))
    y = x @ rng.normal(size=2) + noise * rng.normal(size=n)
    return x, y, check_dataset(x.astype(np.float32), y, "d", bins={"width": width})


@pytest.mark.parametrize("exact", [24, 4096])
@pytest.mark.parametrize("warm", [False, True])
def test_bytes_do_not_depend_on_how_blocks_share_jobs(warm, exact):
    """Products with the basis are as many rows at once in either case."""
    data, blocks = diabetes(20), [(0, 10), (10, 97), (97, 128)]
    source = learned(data, 64) if warm else None
    options = {"kind": "readout", "exact": exact, "landmarks": 40, "chunk": 25}

    def coder():
        return Coder(MLP, data, None, "front", SEEDS, options, source, "keep", CPU)

    together = code_span(coder(), blocks, 128)
    for begin, end in blocks:
        for name, array in code_span(coder(), [(begin, end)], 128).items():
            if name.startswith("bits/"):
                assert np.array_equal(array, together[name][:, begin:end]), name


def learned(data, n, model=MLP):
    """M of n examples."""
    how = train_source(model, data, None, n, "early", SEEDS, Training(), CPU)
    state = State.from_arrays(how)
    return StartState(state, data.x, how["index"], how["label"], int(how["classes"]))


def coders(data, source=None, model=MLP, learners=("replay", "readout")):
    return {
        kind: Coder(model, data, None, "front", SEEDS, {"kind": kind}, source, "keep", CPU)
        for kind in learners
    }


def coded(data, source=None, **how):
    """Code lengths (S,) of the stream under the code architecture, as those of the density."""
    parts = {
        kind: merge_spans([code_span(coder, BLOCKS, BLOCKS[-1][1])])
        for kind, coder in coders(data, source, **how).items()
    }
    k = BLOCKS[-1][1]
    return unite(parts)["bits/architecture"].sum(axis=1) + k * np.log2(data.bins.width)


@pytest.mark.parametrize("model", [MLP, CNN, {"kind": "linear"}])
def test_theta0_is_the_uniform_code_over_the_bins_exactly(model, rng):
    x = rng.normal(size=(40, 1, 8, 8)).astype(np.float32)
    data = check_dataset(x, rng.normal(size=40), "d", bins={"width": 0.01})
    coder = coders(data, model=model, learners=["replay"])["replay"]
    assert data.classes > 128 > data.bins.knots
    logits = score(coder.net, coder.start, coder.examples, 0, 40)
    assert logits.shape == (2, 40, data.classes)
    assert not logits.any()
    np.testing.assert_allclose(bits(logits, coder.examples.label), np.log2(data.classes))


def test_logits_are_the_sum_of_bells_around_the_knots():
    """By the definition, one output, knot and bin at a time."""
    bins = Bins(low=-1.0, high=2.0, width=0.4, knots=16)
    outputs = np.random.default_rng(0).normal(size=(3, 5, 16))
    zeros = torch.zeros(3, 5, dtype=torch.long)
    examples = Examples(torch.zeros(5, 1), zeros, zeros, torch.from_numpy(bins.basis()))
    found = by_label(torch.from_numpy(outputs), examples).numpy()
    assert bins.count == found.shape[-1] == 8  # 7.5 of them fit
    centres = [-0.8, -0.4, 0.0, 0.4, 0.8, 1.2, 1.6, 2.0]
    knots = np.linspace(-1, 2, 16)
    for c, centre in enumerate(centres):
        bell = norm.pdf(centre, knots, 5 * 0.2) / norm.pdf(0, 0, 5 * 0.2)
        np.testing.assert_allclose(found[..., c], outputs @ bell, atol=1e-12)


def test_the_code_of_a_network_converges_to_that_of_its_density():
    """The same outputs under narrower bins; their density by quadrature of the bells' sum."""
    outputs = np.random.default_rng(0).normal(size=32)

    def height(y):
        return np.exp(outputs @ np.exp(-0.5 * ((y - np.linspace(0, 1, 32)) * 31 / 5) ** 2))

    whole = quad(height, 0, 1)[0]
    off = []
    for width in (1 / 16, 1 / 64, 1 / 256):
        bins = Bins(0.0, 1.0, width)
        log_p = torch.from_numpy(outputs @ bins.basis()).log_softmax(0).numpy()
        centres = np.arange(width / 2, 1, width)
        density = np.array([height(y) for y in centres]) / whole
        off.append(np.abs(log_p - np.log(width) - np.log(density)).max())
    assert off[0] > 1e-5
    assert off[1] < off[0] / 10  # by the midpoint rule the error falls with the width's square
    assert off[2] < off[1] / 10


@pytest.mark.slow
def test_l_it_does_not_depend_on_the_width():
    """On diabetes, whose targets are known to 1 of 25 to 346; some bits remain, as training stops
    elsewhere."""
    found = []
    for width in (4, 2, 1):
        data = diabetes(width)
        cold, warm = coded(data), coded(data, learned(data, 256))
        found.append((cold.mean(), (cold - warm).mean()))
    cold, saved = np.array(found).T
    assert np.ptp(cold) < 0.005 * cold[0]
    assert np.ptp(saved) < 4 < saved.min()


def ideal_bits(x, y, noise):
    """Bits of the density of linear targets whose noise is known and whose weights are normal."""
    covariance = x @ x.T + noise**2 * np.eye(len(y))
    return -multivariate_normal.logpdf(y, np.zeros(len(y)), covariance) / np.log(2)


def test_targets_that_inputs_tell_finely_cost_little_more_than_the_ideal_code():
    """To less than a 100th of how far they are spread."""
    width, noise = 0.02, 0.01
    x, y, data = linear_gaussian(width, noise=noise)
    learner = {"kind": "readout", "kernels": ["linear"], "generic": False}
    coder = Coder({"kind": "linear"}, data, None, "front", [0], learner, None, "keep", CPU)
    found = unite({"readout": merge_spans([code_span(coder, [(0, 256)], 256)])})
    rows = found["index"][0]
    # A bin says a target as well as noise of its width over the root of 12 leaves it.
    ideal = ideal_bits(x[rows], y[rows], (noise**2 + width**2 / 12) ** 0.5) - 256 * np.log2(width)
    bits = found["bits/architecture"].sum()
    assert ideal < bits < ideal + 80


@pytest.mark.slow
def test_against_the_ideal_code_of_a_known_density():
    """Of a linear model with known noise and prior, the ideal code is the marginal likelihood."""
    x, y, data = linear_gaussian(0.1)

    def ideal(rows):
        return ideal_bits(x[rows], y[rows], NOISE)

    pools = [streams.pool(data.y, data.classes, None, seed)[0] for seed in SEEDS]
    fronts = [index[:128] for index in pools]
    shortest = np.array([ideal(rows) for rows in fronts])
    backs = [index[::-1][:400] for index in pools]
    told = [ideal(np.r_[b, f]) - ideal(b) for b, f in zip(backs, fronts, strict=True)]
    cold, warm = coded(data), coded(data, learned(data, 400))
    # It knows noise and mean, which others have to find, and which expert finds them.
    assert ((shortest < cold) & (cold < shortest + 30)).all()
    assert ((told < warm) & (warm < np.array(told) + 30)).all()
    above = cold - warm - (shortest - told)
    assert ((above > 0) & (above < 12)).all()


def test_readout_regresses_on_the_bells_at_the_label():
    """With an identity for a basis it is what it is of classes."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 3)).astype(np.float32)
    y = rng.integers(0, 9, 80)
    plain = Dataset(x, y, 9)
    as_bins = Dataset(x, y, 9, bins=Bins(0.0, 9.0, 1.0, knots=9))
    coder, other = (coders(data, learners=["readout"])["readout"] for data in (plain, as_bins))
    object.__setattr__(other.examples, "basis", torch.eye(9, dtype=torch.float64))
    one, two = (code_span(c, [(0, 40), (40, 80)], 80) for c in (coder, other))
    no_bins = ("logistic", "forest")
    names = [n for n in one if n.startswith("bits/") and not any(each in n for each in no_bins)]
    assert len(names) > 10
    for name in names:
        np.testing.assert_allclose(two[name], one[name], rtol=1e-9, err_msg=name)


@pytest.mark.parametrize("warm", [False, True])
def test_labels_are_received_as_they_were_sent(warm):
    data = diabetes(8)
    source = learned(data, 64) if warm else None
    blocks = [(0, 8), (8, 24)]
    merged = {
        kind: merge_spans([code_span(coder, blocks, 24)])
        for kind, coder in coders(data, source).items()
    }
    proof = prove(lambda: coders(data, source), blocks, merged)
    assert proof.holds
    assert proof.labels == 48


def test_probe_says_that_it_is_of_classes():
    data = diabetes(8)
    coder = coders(data, model={"kind": "linear"}, learners=["probe"])["probe"]
    with pytest.raises(InputError, match="of classes, not bins"):
        code_span(coder, [(0, 8)], 8)
