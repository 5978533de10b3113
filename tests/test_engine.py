"""Models and their training: what theta0 costs, what stacking must not change, what a learner may not see."""

import itertools

import numpy as np
import pytest
import torch

from lit import coding, merge
from lit.blocks import code_span
from lit.datasets import Dataset
from lit.engine import Examples, State, Training, bits, choose_device, evaluation_steps, fit, fit_scale, score, split_prefix
from lit.errors import InputError
from lit.learners.restart import restart
from lit.learners.task import Span, Task
from lit.models import build_pretrained, build_theta0
from lit.schedule import Schedule
from lit.sources import examples_of, start_from, theta0, train_source

CPU = torch.device("cpu")


def own_network(shape, classes):
    """A user's network, with dropout."""
    wide = torch.nn.Linear(int(np.prod(shape)), 16)
    return torch.nn.Sequential(torch.nn.Flatten(), wide, torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(16, classes))


FAST = {"kind": "restart", "epochs": 20, "min_steps": 40}
MODELS = {
    "linear": {"kind": "linear"},
    "mlp": {"kind": "mlp", "hidden": [32]},
    "cnn": {"kind": "cnn", "channels": [4, 8], "dense": 16},
    "own": {"kind": "python", "factory": lambda shape, classes: own_network(shape, classes)},
}


def coded(data, spec, seeds, *, labels=None, source=None, blocks=((0, 32), (32, 64), (64, 128)), next_end=256, learner=FAST):
    return code_span(spec, data, labels, "front", list(seeds), learner, source, "keep", list(blocks), next_end, CPU)


@pytest.mark.parametrize("model", MODELS)
def test_first_block_of_theta0_costs_log2_c(digits, model):
    arrays = coded(digits, MODELS[model], [0], blocks=[(0, 32)], next_end=64)
    merged = merge.merge_spans([arrays])
    assert np.abs(merged["bits/mixture"] - np.log2(10)).max() < 1e-9


@pytest.mark.parametrize("model", MODELS)
def test_results_do_not_depend_on_the_grouping_of_seeds(digits, model):
    together = coded(digits, MODELS[model], [0, 1, 2])
    for i, seed in enumerate([0, 1, 2]):
        alone = coded(digits, MODELS[model], [seed])
        for name in ("bits/start", "bits/model", "ahead/model"):
            assert np.array_equal(together[name][i], alone[name][0]), name


def test_results_do_not_depend_on_which_blocks_share_a_job(digits):
    head = coded(digits, MODELS["mlp"], [0])
    last = coded(digits, MODELS["mlp"], [0], blocks=[(64, 128)])
    assert np.abs(head["bits/model"][:, 64:] - last["bits/model"]).max() <= 1e-6
    assert np.abs(head["ahead/model"][:, 96:] - last["ahead/model"]).max() <= 1e-6


@pytest.mark.parametrize("labels", [None, {"random": 1.0}])
def test_growing_the_stream_keeps_finished_blocks(digits, labels):
    short = coded(digits, MODELS["linear"], [0], labels=labels)
    first = coded(digits, MODELS["linear"], [0], labels=labels, blocks=[(0, 32), (32, 64)], next_end=128)
    assert np.abs(short["bits/model"][:, :64] - first["bits/model"]).max() <= 1e-6


def test_a_block_never_sees_its_own_labels(digits):
    """Changing the labels of a block and of all that follows leaves its model as it was."""
    changed = digits.y.copy()
    order = coded(digits, MODELS["mlp"], [0])["index"][0]
    changed[order[64:]] = (changed[order[64:]] + 1) % 10
    before = code_models(digits)
    after = code_models(Dataset(digits.x, changed, 10))
    assert np.array_equal(before, after)


def code_models(data):
    """Logits of the block 64-128's model on all inputs."""
    examples, _ = examples_of(data, None, [0], "front", CPU)
    net, start = theta0(MODELS["mlp"], data.x.shape[1:], 10, [0])
    state = fit(net, start, examples, [64], [(0, 64)], Training(epochs=20, min_steps=40))
    return score(net, state, examples, 0, 128).numpy()


def test_no_code_exceeds_uniform_by_2_percent_even_on_random_labels(digits):
    for labels in ({"random": 1.0}, None):
        source = State.from_arrays(
            train_source(MODELS["mlp"], digits, labels, 64, "memorise", [0], Training(min_steps=50), CPU)
        )
        for start in (None, source):
            merged = merge.merge_spans([coded(digits, MODELS["mlp"], [0], labels=labels, source=start)])
            assert merged["bits/mixture"].sum() < 1.02 * 128 * np.log2(10)


def test_memorising_source_knows_its_random_labels(digits):
    wide = {"kind": "mlp", "hidden": [128]}
    arrays = train_source(wide, digits, {"random": 1.0}, 128, "memorise", [0, 1], Training(), CPU)
    assert (arrays["accuracy"] >= 0.99).all()
    assert arrays["index"].shape == (2, 128)


def test_untouched_start_is_a_candidate():
    """Where nothing can be learned, the model that comes back is the start state."""
    rng = np.random.default_rng(1)
    x = torch.zeros(64, 4)
    label = torch.from_numpy(rng.permutation(np.arange(64) % 2))[None]
    net, start = theta0(MODELS["linear"], (4,), 2, [0])
    examples = Examples(x, torch.arange(64)[None], label)
    train, held_out = split_prefix(64, Training(), (0, 64))
    one, other = (label[0, part].double().mean().item() - 0.5 for part in (train, held_out))
    assert one * other < 0, "the two parts of the split must disagree for this test to mean something"
    state = fit(net, start, examples, [64], [(0, 64)], Training())
    assert all(value.abs().max() == 0 for value in state.tensors.values())


def test_temperature_is_found(rng):
    """Logits that are three times too sure come back at a third."""
    true = torch.from_numpy(rng.normal(size=(1, 20_000, 4)) * 1.5)
    labels = torch.distributions.Categorical(logits=true).sample()
    scale, loss = fit_scale(3 * true, labels)
    assert scale.item() == pytest.approx(1 / 3, rel=0.05)
    best = min(torch.nn.functional.cross_entropy((s * 3 * true)[0], labels[0]).item() for s in np.linspace(0.2, 0.5, 61))
    assert loss.item() == pytest.approx(best, abs=1e-4)


def test_bits_of_known_probabilities():
    logits = torch.log(torch.tensor([[[0.5, 0.25, 0.25]]], dtype=torch.float64))
    assert bits(logits, torch.tensor([[0]]))[0, 0] == pytest.approx(1)
    assert bits(logits, torch.tensor([[2]]))[0, 0] == pytest.approx(2)


def test_validation_split_is_of_the_prefix():
    train, held_out = split_prefix(100, Training(), (0, 100))
    assert sorted([*train, *held_out]) == list(range(100))
    assert len(held_out) == 20
    assert evaluation_steps(100)[-1] == 100


def lookup(m, classes, copies, seed):
    """One-hot symbols, each with a fixed random label, drawn uniformly ``copies`` times on average."""
    rng = np.random.default_rng(seed)
    symbols = rng.integers(0, m, m * copies)
    return Dataset(np.eye(m, dtype=np.float32)[symbols], rng.integers(0, classes, m)[symbols], classes), symbols


@pytest.mark.slow
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_lookup_task_holds_its_bits(share):
    """L_IT of a source that saw every symbol is what the schedule implies; of half the symbols, half of it."""
    m, classes, k = 256, 16, 4096
    data, symbols = lookup(m, classes, 40, 3)
    schedule = Schedule(first_block=32, growth=1.15, head=k)
    cuts = schedule.boundaries(k)
    implied = np.log2(classes) * sum((b - a) * (1 - 1 / m) ** a for a, b in itertools.pairwise(cuts))
    net, untrained = theta0(MODELS["linear"], (m,), classes, [0])
    examples, _ = examples_of(data, None, [0], "back", CPU)
    known = np.flatnonzero(symbols[examples.index[0].numpy()] < share * m)
    known = known[known < 4096]
    seen = Examples(examples.x, examples.index[:, known], examples.label[:, known])
    options = {"lr": 0.03, "weight_decay": 0.0, "epochs": 30}
    source = fit(net, untrained, seen, [len(known)], [(0, 1)], Training(**options))
    learner = {"kind": "restart"} | options
    codes = []
    for start in (None, source):
        arrays = coded(data, MODELS["linear"], [0], source=start, blocks=schedule.blocks_of(0, k), next_end=k, learner=learner)
        codes.append(merge.merge_spans([arrays])["bits/mixture"].sum())
    assert codes[0] - codes[1] == pytest.approx(share * implied, rel=0.1)


def test_head_is_swapped_for_another_number_of_classes(digits):
    source = State.from_arrays(train_source(MODELS["mlp"], digits, None, 64, "early", [0], Training(min_steps=20), CPU))
    net, untrained = theta0(MODELS["mlp"], digits.x.shape[1:], 4, [0])
    start = start_from(net, untrained, source)
    assert start.tensors["layers.1.weight"].abs().max() == 0
    assert torch.equal(start.tensors["layers.0.weight"], source.tensors["layers.0.weight"])
    net, untrained = theta0(MODELS["mlp"], digits.x.shape[1:], 10, [0])
    assert torch.equal(start_from(net, untrained, source).tensors["layers.1.weight"], source.tensors["layers.1.weight"])
    assert start_from(net, untrained, source, "new").tensors["layers.1.weight"].abs().max() == 0


def factory_of(build):
    return {"kind": "python", "factory": build}


@pytest.mark.parametrize(
    ("spec", "shape", "message"),
    [
        ({"kind": "torchvision", "name": "resnet8"}, (3, 32, 32), "did you mean"),
        ({"kind": "timm", "name": "nonsense_net"}, (3, 32, 32), "timm has no model"),
        ({"kind": "cnn", "channels": [4]}, (7,), "needs images"),
        ({"kind": "python", "factory": "no_such_module:build"}, (4,), "cannot import"),
        ({"kind": "python", "factory": "math:no_such_function"}, (4,), "cannot import"),
        (factory_of(lambda shape, classes: 1 / 0), (4,), "ZeroDivisionError"),
        (factory_of(lambda shape, classes: 3), (4,), "not a torch.nn.Module"),
        (factory_of(lambda shape, classes: torch.nn.Linear(4, classes + 1)), (4,), r"must be \(2, 3\)"),
        (factory_of(lambda shape, classes: torch.nn.Linear(5, classes)), (4,), "does not accept inputs"),
        (factory_of(lambda shape, classes: torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Sigmoid())), (4,), "equal prob"),
        (factory_of(lambda shape, classes: torch.nn.LazyLinear(classes)), (4,), "lazy layers"),
        (factory_of(lambda shape, classes: torch.nn.ReLU()), (4,), "no linear"),
    ],
)  # fmt: skip
def test_models_that_cannot_be_used_are_refused(spec, shape, message):
    with pytest.raises(InputError, match=message):
        build_theta0(spec, shape, 3, 0)


def test_weights_from_a_file(tmp_path):
    spec = {"kind": "mlp", "hidden": [8]}
    net = build_theta0(spec, (4,), 3, 0)
    with torch.no_grad():
        net.layers[1].bias.fill_(1.0)
    torch.save(net.state_dict(), tmp_path / "w.pt")
    kept = build_pretrained(spec | {"weights": str(tmp_path / "w.pt")}, (4,), 3, 1)
    assert kept.layers[1].bias.min() == 1
    swapped = build_pretrained(spec | {"weights": str(tmp_path / "w.pt")}, (4,), 5, 1)
    assert swapped.layers[1].bias.abs().max() == 0
    assert torch.equal(swapped.layers[0].weight, net.layers[0].weight)
    with pytest.raises(InputError, match="do not fit"):
        build_pretrained({"kind": "mlp", "hidden": [9], "weights": str(tmp_path / "w.pt")}, (4,), 3, 1)
    (tmp_path / "bad.pt").write_bytes(b"\x80\x04evil")
    with pytest.raises(InputError, match="not a plain state dict"):
        build_pretrained(spec | {"weights": str(tmp_path / "bad.pt")}, (4,), 3, 1)
    with pytest.raises(InputError, match="preprocessing"):
        build_theta0({"kind": "torchvision", "name": "resnet18", "weights": "x.pt"}, (3, 32, 32), 3, 1)


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is there")
def test_a_gpu_that_is_not_there_is_named():
    with pytest.raises(InputError, match="torch sees no GPU"):
        choose_device("cuda")


def test_residual_network_with_batch_statistics_runs(rng):
    data = Dataset(rng.integers(0, 255, (96, 3, 16, 16), dtype=np.uint8), np.arange(96) % 3, 3)
    spec = {"kind": "torchvision", "name": "resnet18", "weights": None}
    learner = {"kind": "restart", "epochs": 1, "min_steps": 2}
    arrays = coded(data, spec, [0], blocks=[(0, 32), (32, 64)], next_end=64, learner=learner)
    assert np.abs(arrays["bits/model"][:, :32] - np.log2(3)).max() < 1e-9
    assert np.isfinite(arrays["bits/model"]).all()


def test_restart_interface(digits):
    net, start = theta0(MODELS["linear"], digits.x.shape[1:], 10, [0, 1])
    examples = Examples(
        torch.from_numpy(digits.x), torch.arange(100).expand(2, -1), torch.from_numpy(digits.y[:100]).expand(2, -1)
    )
    arrays = restart(net, Task(examples, [0, 1]), start, Span([(32, 64)], 80), Training(epochs=2, min_steps=5))
    assert {name: value.shape for name, value in arrays.items()} == {
        "bits/start": (2, 32),
        "bits/model": (2, 32),
        "ahead/model": (2, 16),
    }
    assert np.allclose(arrays["bits/start"], np.log2(10))
    assert coding.EXPERTS == ("uniform", "start", "previous", "model")
