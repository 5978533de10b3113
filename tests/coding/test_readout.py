"""The learner readout: what it predicts is regression on all labels before, and nothing else."""

import math

import numpy as np
import pytest
import torch
from scipy.linalg import svd
from scipy.special import log_softmax
from scipy.stats import ortho_group
from torch import nn

from lit.coding import kernels
from lit.coding.calibration import Calibration
from lit.coding.channel import Recorder, Span
from lit.coding.closed_form import KERNELS
from lit.coding.coder import Coder, StartState, code_span
from lit.coding.kernels import Kernel, lower
from lit.coding.learners.readout import kernels_of, kind_of, label_counts
from lit.coding.logistic import Logistic
from lit.coding.merge import merge_spans, unite
from lit.coding.regression import OneStepAhead, Recursive
from lit.coding.tiles import TILE, tiled
from lit.coding.views import BATCH, COMPONENTS, SAMPLE, Components
from lit.data.dataset import Dataset
from lit.data.loaders import load_dataset
from lit.errors import InputError
from lit.networks.flops import flops
from lit.networks.patches import Patches, fits
from lit.networks.small import relu_layers
from lit.rng import generator
from lit.study.codes import SHORTEST, level
from lit.study.kinds import GENERIC_KERNELS, are_generic
from lit.study.schedule import Schedule
from lit.training.options import Training
from lit.training.sources import train_source
from lit.training.state import State

CPU = torch.device("cpu")
MLP, LINEAR = {"kind": "mlp", "hidden": [16]}, {"kind": "linear"}
BLOCKS = [(0, 32), (32, 64), (64, 128)]


@pytest.fixture
def problem(rng):
    x = torch.from_numpy(rng.normal(size=(60, 5)))
    return x, torch.from_numpy(rng.normal(size=(60, 3)))


def solved(kernel, ridge, targets, i):
    """Mean and standard deviation of target i by its definition, from all before it."""
    before = kernel[:i, :i] + ridge * torch.eye(i, dtype=torch.float64)
    across = torch.linalg.solve(before, kernel[:i, i])
    return across @ targets[:i], torch.sqrt(kernel[i, i] + ridge - across @ kernel[:i, i])


@pytest.mark.parametrize("pieces", [[60], [1] * 60, [7, 1, 30, 22]])
def test_one_factor_predicts_each_target_from_all_before_it(problem, pieces):
    x, targets = problem
    kernel = x @ x.T + 1
    solver, at = OneStepAhead(tiled(kernel), 0.3, targets), 0
    for size in pieces:
        means, sds = solver.predict(at, at + size)
        for i in range(size):
            mean, sd = solved(kernel, 0.3, targets, at + i)
            assert torch.allclose(means[i], mean, atol=1e-9)
            assert torch.allclose(sds[i], sd, atol=1e-9)
        at += size


def test_a_prediction_does_not_change_with_its_own_label_or_later_ones(problem):
    x, targets = problem
    other = targets.clone()
    other[20:] = 7
    one, two = (OneStepAhead(tiled(x @ x.T), 0.1, t).predict(0, 60)[0] for t in (targets, other))
    assert torch.equal(one[:21], two[:21])
    assert not torch.allclose(one[21], two[21])


def test_chunks_of_features_are_the_kernel_of_these_features(problem):
    x, targets = problem
    exact = [OneStepAhead(tiled(x @ x.T), r, targets).predict(0, 60) for r in (0.1, 1.0)]
    chunked = Recursive(lambda a, b: x[a:b], [0.1, 1.0], targets, 16)
    for begin, end in [(0, 16), (16, 20), (20, 32), (32, 48), (48, 60)]:
        for (mean, sd), (whole, spread) in zip(chunked.predict(begin, end), exact, strict=True):
            assert torch.allclose(mean, whole[begin:end], atol=1e-9)
            assert torch.allclose(sd, spread[begin:end], atol=1e-9)


@pytest.mark.parametrize("depth", [1, 2])
def test_kernels_are_the_limits_of_wide_networks(depth):
    """Covariance and tangent kernel of a network of 4,000 ReLU units a layer, at its start."""
    generator = torch.Generator().manual_seed(0)

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    x = normal(6, 4) / 2
    units, tangent = x, x @ x.T + kernels.BIAS
    for _ in range(depth):
        before = units @ normal(units.shape[1], 4000) + kernels.BIAS**0.5 * normal(4000)
        units = before.clamp(min=0) * (2 / 4000) ** 0.5
        on = (before > 0).double()
        covariance = units @ units.T + kernels.BIAS
        tangent = tangent * (2 * on @ on.T / 4000) + covariance
    for kind, wanted in ((kernels.nngp, covariance), (kernels.ntk, tangent)):
        found = kind(depth)(kernels.Pair.of(x, x))
        assert torch.allclose(found, wanted, rtol=0.1, atol=0.05)


def test_tiles_are_those_of_the_whole_matrices(rng):
    n = 2 * TILE + 7
    views = {name: torch.from_numpy(rng.normal(size=(n, 5))) for name in "ab"}
    parts = [("a", kernels.ntk(1))], [("a", kernels.nngp(1))], [("b", kernels.rbf(0.5))]
    every = [Kernel(tuple(part)) for part in (*parts, parts[0] + parts[2])]
    sizes = [kernel.size(views) for kernel in every]
    for kernel, size, rows in zip(every, sizes, lower(every, sizes, views), strict=True):
        whole = kernel.matrix(views, views)
        assert torch.allclose(size, whole.diagonal().mean(), rtol=1e-12)
        for i, row in enumerate(rows):
            wanted = whole[i * TILE : (i + 1) * TILE, : (i + 1) * TILE] / size
            # The angle of an example with itself is the arc cosine of 1 less rounding: known to
            # 1e-8 alone.
            assert torch.allclose(
                row[: len(wanted), : wanted.shape[1]], wanted, rtol=1e-12, atol=1e-7
            )


def test_a_kernel_of_two_views_is_the_sum_of_theirs(problem):
    x, _ = problem
    views = {"a": x, "b": 2 * x}
    both = Kernel((("a", kernels.linear), ("b", kernels.linear))).matrix(views, views)
    assert torch.allclose(both, 5 * x @ x.T + 2 * kernels.BIAS)


def test_a_linear_kernel_is_the_product_of_its_columns(problem):
    x, _ = problem
    views = {"a": x, "b": 2 * x}
    both = Kernel((("a", kernels.linear), ("b", kernels.linear)))
    columns = both.columns(views)
    assert both.linear
    assert not Kernel((("a", kernels.linear), ("b", kernels.ntk(1)))).linear
    assert torch.allclose(columns @ columns.T, both.matrix(views, views))


def test_a_long_stream_of_few_columns_is_solved_as_exactly_as_a_short_one(digits):
    model = {"kind": "linear"}
    short = code_span(coder(digits, [0], model, generic=False), [(128, 256)], 256)
    options = {"exact": 32, "landmarks": 100, "chunk": 48, "generic": False}
    long = code_span(coder(digits, [0], model, **options), [(128, 256)], 256)
    linear = [name for name in short if name.startswith("bits/architecture.linear-inputs")]
    assert len(linear) == 3  # one a ridge
    for name in linear:
        assert long[name] == pytest.approx(short[name], rel=1e-6, abs=1e-9)


def test_factors_follow_labels_and_each_looks_at_those_before_it(rng):
    means = rng.normal(size=(2, 200, 3)) / 10
    labels = means[0].argmax(axis=1)
    priors = np.full_like(means, -np.log(3))
    whole = Calibration(2).follow(means, priors, labels, 0)
    assert whole[0, -1].std() > whole[0, 0].std()  # the means are right: the factor grows
    one_by_one = Calibration(2)
    parts = [
        one_by_one.follow(means[:, i : i + 1], priors[:, i : i + 1], labels[: i + 1], i)
        for i in range(200)
    ]
    assert np.array_equal(np.concatenate(parts, axis=1), whole)
    labels[150:] = 0
    assert np.array_equal(Calibration(2).follow(means, priors, labels, 0)[:, :151], whole[:, :151])


def coder(data, seeds, model=MLP, **options):
    learner = {"kind": "readout", **options}
    return Coder(model, data, None, "front", seeds, learner, None, "keep", CPU)


LONG = {"exact": 32, "landmarks": 20, "chunk": 24}
TILES = [(0, 7), (7, TILE), (TILE, 2 * TILE + 1), (2 * TILE + 1, 2 * TILE + 30)]


@pytest.mark.parametrize(("options", "blocks"), [({}, BLOCKS), ({}, TILES), (LONG, BLOCKS)])
def test_bytes_do_not_depend_on_how_seeds_and_blocks_share_jobs(digits, options, blocks):
    together = code_span(coder(digits, [0, 1], **options), blocks, 256)
    for place, seed in enumerate([0, 1]):
        for begin, end in blocks:
            alone = code_span(coder(digits, [seed], **options), [(begin, end)], 256)
            for name, array in alone.items():
                if name.startswith("bits/"):
                    assert np.array_equal(array[0], together[name][place, begin:end]), name


def test_a_receiver_of_several_blocks_has_the_predictions_of_their_sender(digits):
    """A block ends with a chunk, whose last label was not known when it was predicted."""
    options = {"exact": 24, "landmarks": 20, "chunk": 32}
    sent = code_span(coder(digits, [0], **options), BLOCKS, 128)
    one = coder(digits, [0], **options)
    recorder = Recorder(one.examples, at_once=1)
    one.code(recorder, Span(BLOCKS, 128))
    for name, bits in recorder.arrays().items():
        if name.startswith("bits/"):
            assert bits == pytest.approx(sent[name], rel=1e-6, abs=1e-6), name


def test_operations_are_those_of_scoring_features_products_and_factors(digits):
    """By hand: of one block of 128 labels, the only one."""
    n, inputs, ridges = 128, 64, 3
    linear = code_span(coder(digits, [0], {"kind": "linear"}, generic=False), [(0, n)], n)
    scoring, products, factor = 2 * inputs * 10, n**2 / 2 * 2 * inputs, n**3 / 3
    # Of ten classes and five precisions: of 64 inputs and of 48 components, after each label.
    logistic = (n - 1) * 5 * 10 * 5 * (65**2 + 49**2) + (BATCH + SAMPLE) * 2 * 64 * COMPONENTS
    assert linear["flops"] == pytest.approx([n * scoring + products + ridges * factor + logistic])
    both = code_span(coder(digits, [0], {"kind": "linear"}), [(0, n)], n)
    filters, places = 400, 36
    patches = 2 * places * filters * (9 + 1) + 2 * 9 * places * filters  # responses, averages
    features = 9 * filters
    views = (BATCH + 2 * SAMPLE) * patches  # whole batches; samples for views' and kernels' scales
    products = n**2 / 2 * 2 * features  # those of the inputs are there
    assert both["flops"] - linear["flops"] == pytest.approx(
        [views + products + 2 * ridges * factor]
    )


@pytest.mark.parametrize("options", [{}, {"exact": 32, "landmarks": 20, "chunk": 24}])
def test_what_solving_takes_is_counted(digits, options):
    one = coder(digits, [0], **options)
    forward = flops(one.net, torch.from_numpy(digits.x[:1]).float())[0]
    kernels_used = len(kernels_of(relu_layers(one.net), digits.x.shape[1:], True))
    least = 3 * kernels_used * (24**3 if options else 128**3) / 3  # a factor a kernel and ridge
    assert (code_span(one, BLOCKS, 128)["flops"] - 128 * forward > least).all()


def test_operations_of_a_long_stream_grow_with_its_length(digits):
    """Once the landmarks' own are taken off, twice the chunks take twice as many."""
    options = {"exact": 32, "landmarks": 20, "chunk": 32, "ridges": [0.1]}
    taken = [
        code_span(coder(digits, [0], **options), [(0, k)], k)["flops"] for k in (256, 512, 1024)
    ]
    assert taken[2] - taken[1] == pytest.approx(2 * (taken[1] - taken[0]), rel=0.01)


def test_one_pass_over_a_long_stream_takes_less_than_its_blocks_one_by_one(digits):
    options = {"exact": 32, "landmarks": 20, "chunk": 24}
    together = code_span(coder(digits, [0], **options), BLOCKS, 256)["flops"]
    last = code_span(coder(digits, [0], **options), BLOCKS[-1:], 256)["flops"]
    blocks = [code_span(coder(digits, [0], **options), [block], 256)["flops"] for block in BLOCKS]
    assert together < 0.8 * sum(blocks)
    assert together < 1.6 * last


def test_label_counts_are_the_code_of_krichevsky_and_trofimov(rng):
    label = torch.from_numpy(rng.integers(0, 3, size=(2, 40)))
    found = label_counts(label, 10, 4)
    for s, labels in enumerate(label.tolist()):
        for i in range(10, 40):
            shares = [(labels[:i].count(c) + 1 / 2) / (i + 4 / 2) for c in range(4)]
            assert found[s, i - 10].exp().tolist() == pytest.approx(shares)
    label[:, -1] = 3
    assert torch.equal(label_counts(label, 10, 4), found)


def test_what_says_nothing_costs_the_shares_of_its_classes_and_leaves_nothing_to_m(rng):
    """A wasteful code from theta0 gave 105 bits of L_IT to inputs that say nothing of labels."""
    shares = np.array([0.5, 0.3, 0.1, 0.06, 0.04])
    y = rng.choice(5, size=1024, p=shares)
    data = Dataset(rng.normal(size=(1024, 8)).astype(np.float32), y, 5)
    learners = {kind: {"kind": kind} for kind in ("replay", "readout")}
    made = train_source(MLP, data, None, 512, "early", [0], Training(), CPU)
    m = State.from_arrays(made), data.x, made["index"], made["label"], 5
    cold, warm = (
        unite(
            {
                name: merge_spans([code_span(Coder(MLP, data, None, "front", [0], one, start,
                                                   "keep", CPU), [(0, 256), (256, 512)], 512)])
                for name, one in learners.items()
            }
        )
        for start in (None, StartState(*m))
    )  # fmt: skip
    counted = -label_counts(torch.from_numpy(cold["label"]), 0, 5).numpy() / np.log(2)
    counted = np.take_along_axis(counted, cold["label"][..., None], axis=2).sum()
    saved = {c: (cold[f"bits/{c}"] - warm[f"bits/{c}"]).sum() for c in ("network", "architecture")}
    assert cold["bits/architecture"].sum() < counted + 20
    assert 0 < saved["architecture"] < 15
    assert saved["network"] > 50  # as training alone learns the shares dearly


def test_a_lookup_costs_its_labels_and_less_than_counting_that_they_never_change():
    """What is over the labels themselves is mostly the price of finding out that they are free of
    noise, which M knows."""
    data = load_dataset({"kind": "lookup", "symbols": 64, "classes": 2, "examples": 2048})
    model, spans = {"kind": "linear", "bias": False}, {}
    for kind in ("replay", "readout"):
        one = Coder(model, data, None, "front", [0, 1], {"kind": kind}, None, "keep", CPU)
        spans[kind] = merge_spans([code_span(one, Schedule().blocks_of(0, 1024), 1024)])
    united = unite(spans)
    symbols = data.x[united["index"]].argmax(axis=-1)
    for own, bits in zip(symbols, united["bits/architecture"], strict=True):
        first = np.isin(np.arange(1024), np.unique(own, return_index=True)[1])
        assert bits[first].sum() == pytest.approx(first.sum(), abs=3)
        right = np.arange((~first).sum())  # times that a symbol has kept its label
        assert bits[~first].sum() < np.log2((right + 1) / (right + 0.5)).sum()


def test_theta0_has_no_prior_of_its_own(digits):
    names = code_span(coder(digits, [0]), [(0, 32)], 64)
    assert not any(name.endswith(".start") for name in names)


@pytest.mark.parametrize(
    "model",
    [{"kind": "linear"}, {"kind": "linear", "bias": False}, {"kind": "cnn", "channels": [4]}],
)
def test_every_network_can_be_learnt_in_closed_form(digits, model):
    arrays = code_span(coder(digits, [0], model), BLOCKS, 128)
    best = min(bits.sum() for name, bits in arrays.items() if "architecture" in name)
    assert best < 0.75 * 128 * np.log2(10)


class Own(nn.Module):
    """A network whose forward is its own."""

    def __init__(self, layers):
        super().__init__()
        self.layers = layers

    def forward(self, x):
        return self.layers(x.flatten(1))


def linear(shape, classes):
    return nn.Linear(math.prod(shape), classes)


def hidden(shape, classes):
    layers = nn.Linear(math.prod(shape), 16), nn.Sequential(nn.ReLU(), nn.Dropout(0.5))
    return nn.Sequential(nn.Flatten(), *layers, nn.Linear(16, classes))


@pytest.mark.parametrize(
    ("factory", "model"),
    [
        (lambda shape, classes: nn.Sequential(nn.Flatten(), linear(shape, classes)), LINEAR),
        (lambda shape, classes: Own(linear(shape, classes)), LINEAR),
        (hidden, MLP),
    ],
)
def test_one_network_has_one_code_however_it_is_written(digits, factory, model):
    """A linear model that was written as a factory was learnt as a network of ReLU units."""
    known, own = (
        code_span(coder(digits, [0, 1], one), BLOCKS, 128)
        for one in (model, {"kind": "python", "factory": factory})
    )
    assert known.keys() == own.keys()
    for name in known:
        if name.startswith("bits/"):
            assert np.allclose(known[name], own[name], atol=1e-4), name


def test_many_inputs_have_logistic_regressions_of_their_principal_components(rng):
    """Against SciPy's own axes: of an even prior they can be any of the same plane."""
    spread = np.array([0.9**i for i in range(300)])
    x = ((rng.normal(size=(400, 300)) * spread) @ ortho_group.rvs(300, random_state=rng)).astype(
        "f"
    )
    y = (x[:, :3] @ rng.normal(size=(3, 2))).argmax(axis=1)
    one = coder(Dataset(x, y, 2), [0])
    coded = code_span(one, [(0, 128)], 128)
    assert not any("logistic." in name for name in coded)  # 300 are too many
    sample = generator("readout", 0).permutation(400).astype(int)
    axes = svd(x[sample] - x[sample].mean(axis=0))[2][:COMPONENTS]
    seen = (x - x.mean(axis=0)) @ axes.T
    seen /= np.sqrt(np.square(seen).sum(axis=1).mean())
    index, label = one.examples.index[0, :128].numpy(), one.examples.label[0, :128].numpy()
    logits = Logistic([0.1], COMPONENTS, 2, 1).follow(
        seen[index].astype(float), np.full((1, 128, 2), -math.log(2)), label, 0
    )
    bits = -log_softmax(logits[0], axis=1)[np.arange(128), label] / math.log(2)
    assert coded["bits/architecture.logistic-components.0.1"][0] == pytest.approx(bits, abs=1e-4)


@pytest.mark.parametrize(
    ("model", "flat", "kinds"),
    [
        (LINEAR, False, {"logistic", "logistic-components"}),
        (MLP, False, set()),
        (MLP, True, {"logistic", "logistic-components"}),
    ],
)
def test_a_network_that_can_be_linear_has_logistic_regressions(digits, model, flat, kinds):
    """Of images that is a linear one; else its code would have what it wastes."""
    x = digits.x.reshape(len(digits.x), -1) if flat else digits.x
    coded = code_span(coder(Dataset(x, digits.y, 10), [0], model), [(0, 32)], 64)
    found = {name.split(".")[1] for name in coded if "logistic" in name and "bits/" in name}
    assert found == kinds


def test_of_inputs_that_vary_alike_no_component_is_chosen_by_chance(rng):
    """Any axes of one variance would do, and libraries differ in which they find."""
    x = np.eye(100, dtype=np.float32)[rng.permutation(np.arange(400) % 100)]
    data = Dataset(x, rng.integers(2, size=400), 2)
    assert not any("components" in name for name in code_span(coder(data, [0]), [(0, 32)], 64))
    data.x[:, :3] *= 3
    once, again = (
        Components(torch.from_numpy(a), COMPONENTS) for a in (data.x, data.x[::-1].copy())
    )
    assert once.axes.shape == (100, 3)
    shares = (once.axes.T @ again.axes).abs().numpy()
    assert np.square(shares).sum(axis=0) == pytest.approx(np.ones(3))


@pytest.mark.parametrize("options", [{"kernels": ["rbf"]}, {"precisions": []}])
def test_generic_kernels_alone_and_no_precisions_have_no_logistic_regression(digits, options):
    data = Dataset(digits.x.reshape(len(digits.x), -1), digits.y, 10)
    for one, model in ((digits, LINEAR), (data, MLP)):
        coded = code_span(coder(one, [0], model, **options), [(0, 32)], 64)
        assert {name.split(".")[0] for name in coded if "logistic" in name} == set()


def test_a_linear_model_of_images_wastes_little_beside_refits(digits):
    """Scikit-learn's, fitted anew at 12 places, takes 562 bits of this stream at the best of four
    penalties; with kernels alone ours took 600."""
    learners = {}
    for kind in ("replay", "readout"):
        one = Coder(LINEAR, digits, None, "front", [0], {"kind": kind}, None, "keep", CPU)
        learners[kind] = merge_spans([code_span(one, Schedule().blocks_of(0, 1797), 1797)])
    assert unite(learners)["bits/architecture"].sum() < 500


def test_a_network_of_another_kind_is_learnt_from_draws_of_it(digits):
    def build(shape, classes):
        return Own(hidden(shape, classes))  # what its forward does is not known

    coded = code_span(coder(digits, [0], {"kind": "python", "factory": build}), BLOCKS, 128)
    assert any("architecture.draws" in name for name in coded)
    parts = nn.Linear(8, 4), nn.ReLU(), nn.Flatten(), nn.Linear(32, 2)  # rows of images alone
    assert relu_layers(nn.Sequential(*parts)) is None
    assert relu_layers(nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 2))) is None
    assert relu_layers(nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 2))) is None


def test_kernels_are_those_of_the_architecture_and_generic_ones_apart(digits):
    shape = digits.x.shape[1:]
    names = kernels_of(1, shape, True)
    assert {name.split(".")[0] for name in names} == {"architecture", "generic"}
    assert "generic.patches" in names
    flat = kernels_of(1, (64,), True)
    assert "generic.rbf-standardised" in flat
    assert "generic.patches" not in flat
    assert not any("generic" in name for name in kernels_of(1, shape, False))


def test_kernels_that_are_named_alone_are_experts(digits):
    few = code_span(coder(digits, [0], kernels=["rbf", "both"]), BLOCKS, 128)
    every = code_span(coder(digits, [0]), BLOCKS, 128)
    kernels_of_few = {name.split(".")[1] for name in few if name.count(".") > 1}
    assert kernels_of_few == {"rbf-inputs", "both"}
    for name, array in few.items():
        if name.startswith("bits/"):
            assert np.array_equal(array, every[name]), name
    with pytest.raises(InputError, match=r"of draws this network .* write some of both, nngp, ntk"):
        code_span(coder(digits, [0], kernels=["draws"]), BLOCKS, 128)


def test_generic_kernels_are_those_of_the_code_shortest():
    shapes = [((1, 8, 8), False), ((16,), True)]
    names = [name for shape, tokens in shapes for name in kernels_of(1, shape, True, tokens)]
    generic = {kind_of(name) for name in names if level(name) == SHORTEST}
    assert generic == GENERIC_KERNELS
    assert {kind_of(name) for depth in (0, 1, None) for name in kernels_of(depth, (9,), False)} == (
        set(KERNELS) - GENERIC_KERNELS
    )
    alone = {"kind": "readout", "kernels": ["rbf"]}
    assert are_generic([alone, {"kind": "counts"}])
    assert not are_generic([alone, {"kind": "replay"}])
    assert not are_generic([{"kind": "readout"}])
    assert not are_generic([{"kind": "readout", "kernels": ["rbf", "ntk"]}])


def test_features_of_patches_do_not_depend_on_the_batch(digits):
    x = torch.from_numpy(digits.x)
    patches = Patches(x)
    whole = patches(x[:9])
    assert torch.allclose(torch.cat([patches(x[:2]), patches(x[2:9])]), whole, atol=1e-6)
    assert whole.shape == (9, 2 * 200 * 9)
    assert torch.equal(Patches(x).filters, patches.filters)
    assert not fits((64,))
    assert not fits((1, 4, 4))


def test_states_are_as_they_were(digits):
    one = coder(digits, [0, 1])
    before = State({k: v.clone() for k, v in one.start.tensors.items()}, one.start.scale.clone())
    code_span(one, BLOCKS, 128)
    assert all(torch.equal(v, before.tensors[k]) for k, v in one.start.tensors.items())


@pytest.mark.parametrize("x", [torch.full((40, 1, 8, 8), 0.5), torch.zeros(40, 3, 8, 8)])
def test_images_without_any_pattern_have_patches_that_say_nothing(x):
    features = Patches(x)(x)
    assert features.isfinite().all()
    assert torch.equal(features, features[:1].expand_as(features))


def test_one_pattern_in_all_images_is_no_division_by_zero(rng):
    x = torch.zeros(40, 1, 8, 8)
    x[:, :, 4, 4] = 1
    assert Patches(x)(x).isfinite().all()


def test_a_ridge_below_rounding_is_made_larger(rng):
    x = torch.from_numpy(np.repeat(rng.normal(size=(6, 5)), 10, axis=0))
    targets = torch.from_numpy(rng.normal(size=(60, 3)))
    means, sds = OneStepAhead(tiled(1e9 * x @ x.T), 1e-12, targets).predict(0, 60)
    assert means.isfinite().all()
    assert (sds > 0).all()


@pytest.mark.parametrize("model", [MLP, LINEAR])
def test_columns_that_never_change_in_the_sample_cost_nothing(rng, model):
    """Views are centred and scaled by a sample, in which rare values may not be."""
    seen = generator("readout", 0).permutation(2000)[:SAMPLE]
    rare = np.setdiff1d(np.arange(2000), seen)
    x = np.zeros((2000, 3), dtype=np.float32)
    x[rng.choice(rare, size=(6, 3), replace=False), np.arange(3)] = 1
    one = coder(Dataset(x, rng.integers(3, size=2000), 3), [0], model)
    bits = unite({"readout": merge_spans([code_span(one, [(0, 1024)], 1024)])})
    assert bits["bits/shortest"].sum() < 1024 * math.log2(3) + 8


def test_what_was_predicted_keeps_no_factor_in_memory(rng):
    """Of 4,096 labels one is 70 MB, and there is one for each kernel and ridge."""
    x = torch.from_numpy(rng.normal(size=(50, 3)))
    exact = OneStepAhead(tiled(x @ x.T), 1.0, torch.zeros(50, 2, dtype=torch.float64))
    mean, deviation = exact.predict(0, 50)
    assert mean.untyped_storage().nbytes() <= 50 * 2 * 8
    assert deviation.untyped_storage().nbytes() <= 50 * 8
