"""Models and their training: what theta0 costs, what stacking must not change, what a learner may not see."""

import itertools

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from lit.coding import merge
from lit.coding.channel import Recorder, Span, Stream
from lit.coding.coder import Coder, StartState, code_span
from lit.coding.experts import GENTLE_ANCHOR, expand
from lit.coding.learners import probe as probe_module
from lit.coding.learners import restart as restart_module
from lit.coding.learners.replay import Options as Replay
from lit.coding.learners.restart import Options as Restart
from lit.coding.rounds import rounds
from lit.data.dataset import Dataset, Form
from lit.errors import InputError
from lit.files.checkpoint import Checkpoint
from lit.networks.build import build_theta0
from lit.networks.pretrained import build_pretrained
from lit.study.codes import CODES
from lit.study.schedule import Schedule
from lit.training.augmentation import move
from lit.training.descent import evaluation_steps
from lit.training.device import choose_device
from lit.training.fitting import fit
from lit.training.held_out import split_prefix
from lit.training.options import Training
from lit.training.scoring import bits, score
from lit.training.sources import train_source
from lit.training.stack import Stack
from lit.training.start_states import examples_of, start_from, theta0
from lit.training.state import Examples, State
from lit.training.temperature import fit_scale

CPU = torch.device("cpu")


def own_network(shape, classes):
    """A user's network, with dropout."""
    wide = torch.nn.Linear(int(np.prod(shape)), 16)
    return torch.nn.Sequential(
        torch.nn.Flatten(),
        wide,
        torch.nn.ReLU(),
        torch.nn.Dropout(0.1),
        torch.nn.Linear(16, classes),
    )


FAST = {"kind": "restart", "epochs": 20, "min_steps": 40, "effort": 4, "densest": 1}
STILL = {"kind": "restart", "epochs": 20, "min_steps": 40, "within": False}
MODELS = {
    "linear": {"kind": "linear"},
    "no bias": {"kind": "linear", "bias": False},
    "mlp": {"kind": "mlp", "hidden": [32]},
    "cnn": {"kind": "cnn", "channels": [4, 8], "dense": 16},
    "own": {"kind": "python", "factory": lambda shape, classes: own_network(shape, classes)},
}


def coded(
    data,
    spec,
    seeds,
    *,
    labels=None,
    source=None,
    blocks=((0, 32), (32, 64), (64, 128)),
    next_end=256,
    learner=FAST,
):
    return code_span(coder(data, spec, seeds, labels, source, learner), list(blocks), next_end)


def network_bits(arrays):
    """Bits of each label under the mixture of all experts of one learner."""
    return merge.unite({"one": merge.merge_spans([arrays])})["bits/network"]


def coder(data, spec, seeds, labels=None, source=None, learner=FAST):
    if source is not None:
        arrays = source
        source = StartState(
            State.from_arrays(arrays),
            data.x,
            arrays["index"],
            arrays["label"],
            int(arrays["classes"]),
        )
    return Coder(spec, data, labels, "front", list(seeds), learner, source, "keep", CPU)


@pytest.mark.parametrize("model", MODELS)
def test_first_block_of_theta0_costs_log2_c(digits, model):
    arrays = coded(digits, MODELS[model], [0], blocks=[(0, 32)], next_end=64, learner=STILL)
    assert np.abs(network_bits(arrays) - np.log2(10)).max() < 1e-9
    arrays = coded(digits, MODELS[model], [0], blocks=[(0, 32)], next_end=64)
    first = next(rounds(0, 32, Restart(effort=4, densest=1)))[1]
    assert np.abs(arrays["bits/model"][:, :first] - np.log2(10)).max() < 1e-9


@pytest.mark.parametrize("model", MODELS)
def test_results_do_not_depend_on_the_grouping_of_seeds(digits, model):
    together = coded(digits, MODELS[model], [0, 1, 2])
    for i, seed in enumerate([0, 1, 2]):
        alone = coded(digits, MODELS[model], [seed])
        for name in ("bits/start", "bits/model", "bits/still", "ahead/model"):
            assert np.array_equal(together[name][i], alone[name][0]), name


def test_results_do_not_depend_on_which_blocks_share_a_job(digits):
    head = coded(digits, MODELS["mlp"], [0])
    last = coded(digits, MODELS["mlp"], [0], blocks=[(64, 128)])
    assert np.array_equal(head["bits/model"][:, 64:], last["bits/model"])
    assert np.array_equal(head["ahead/model"][:, 96:], last["ahead/model"])


@pytest.mark.slow
def test_a_model_that_learns_within_its_block_begins_as_the_one_that_stands_still(digits):
    """And spends fewer bits, mostly in late blocks, which are as long as all before."""
    source = train_source(
        MODELS["mlp"], digits, None, 64, "early", [0, 1], Training(min_steps=20), CPU
    )
    for start, share in ((None, 0.85), (source, 0.95)):
        blocks = Schedule().blocks_of(0, 512)
        within, still = (
            coded(
                digits,
                MODELS["mlp"],
                [0, 1],
                source=start,
                blocks=blocks,
                next_end=1024,
                learner=learner,
            )
            for learner in ({"kind": "restart"}, {"kind": "restart", "within": False})
        )
        assert np.array_equal(within["bits/still"], still["bits/model"])
        assert np.array_equal(within["bits/start"], still["bits/start"])
        assert np.array_equal(within["ahead/model"], still["ahead/model"])
        for begin, end in blocks:
            first = next(rounds(begin, end, Restart()))[1]
            unchanged = [part["bits/model"][:, begin:first] for part in (within, still)]
            assert np.allclose(*unchanged, rtol=0, atol=1e-4)
        codes = [network_bits(part).sum() for part in (within, still)]
        assert codes[0] < share * codes[1]


def test_what_learning_within_a_block_costs_is_counted(digits):
    """Minibatches of the rounds, and the labels that the models score."""
    blocks = [(0, 32), (32, 64)]
    work = []
    for learner in (FAST, FAST | {"within": False}):
        one = coder(digits, MODELS["mlp"], [0, 1], learner=learner)
        work.append(one.code(Recorder(one.examples), Span(blocks, 96)))
    steps = [s for block in blocks for *_, s in rounds(*block, Restart(effort=4, densest=1))]
    assert (work[0].trained - work[1].trained == 32 * sum(steps)).all()
    assert (work[0].scored - work[1].scored == 64).all()


@pytest.mark.parametrize("labels", [None, {"random": 1.0}])
def test_growing_the_stream_keeps_finished_blocks(digits, labels):
    short = coded(digits, MODELS["linear"], [0], labels=labels)
    first = coded(
        digits, MODELS["linear"], [0], labels=labels, blocks=[(0, 32), (32, 64)], next_end=128
    )
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
    net, start = theta0(MODELS["mlp"], Form(data.x.shape[1:], 10), [0])
    state = fit(net, start, examples, [64], [(0, 64)], [Training(epochs=20, min_steps=40)]).state
    return score(net, state, examples, 0, 128).numpy()


def test_no_code_exceeds_uniform_by_2_percent_even_on_random_labels(digits):
    for labels in ({"random": 1.0}, None):
        source = train_source(
            MODELS["mlp"], digits, labels, 64, "memorise", [0], Training(min_steps=50), CPU
        )
        for start in (None, source):
            arrays = coded(digits, MODELS["mlp"], [0], labels=labels, source=start)
            assert network_bits(arrays).sum() < 1.02 * 128 * np.log2(10)


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
    net, start = theta0(MODELS["linear"], Form((4,), 2), [0])
    examples = Examples(x, torch.arange(64)[None], label)
    train, held_out = split_prefix(64, Training(), (0, 64))
    one, other = (label[0, part].double().mean().item() - 0.5 for part in (train, held_out))
    assert one * other < 0, (
        "the two parts of the split must disagree for this test to mean something"
    )
    state = fit(net, start, examples, [64], [(0, 64)], [Training()]).state
    assert all(value.abs().max() == 0 for value in state.tensors.values())


def test_a_number_of_steps_is_taken_whatever_the_loss_is(rng):
    """Where labels are noise, early stopping keeps the start state."""
    x, label = torch.from_numpy(rng.normal(size=(80, 6))).float(), rng.integers(0, 2, (1, 80))
    net, start = theta0(MODELS["linear"], Form((6,), 2), [0])
    examples = Examples(x, torch.arange(80)[None], torch.from_numpy(label))
    fits = {
        steps: fit(net, start, examples, [80], [(0, 80)], [Training(steps=steps, batch=80)])
        for steps in (3, 60, 61)
    }
    assert {steps: one.steps.tolist() for steps, one in fits.items()} == {
        3: [3],
        60: [60],
        61: [61],
    }
    weights = [next(iter(one.state.tensors.values())) for one in fits.values()]
    assert not torch.equal(weights[1], weights[2])
    with pytest.raises(InputError, match="after exactly 60 steps the loss is no finite number"):
        fit(net, start, examples, [80], [(0, 80)], [Training(steps=60, batch=80, lr=1e30)])


def test_temperature_is_found(rng):
    """Logits that are three times too sure come back at a third."""
    true = torch.from_numpy(rng.normal(size=(1, 20_000, 4)) * 1.5)
    labels = torch.distributions.Categorical(logits=true).sample()
    scale, loss = fit_scale(3 * true, labels)
    assert scale.item() == pytest.approx(1 / 3, rel=0.05)
    best = min(
        torch.nn.functional.cross_entropy((s * 3 * true)[0], labels[0]).item()
        for s in np.linspace(0.2, 0.5, 61)
    )
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
    return Dataset(
        np.eye(m, dtype=np.float32)[symbols], rng.integers(0, classes, m)[symbols], classes
    ), symbols


LOOKUP = {
    "restart": {"lr": 0.03, "weight_decay": 0.0, "epochs": 30, "within": False},
    "continue": {"lr": 0.03, "weight_decay": 0.0, "epochs": 30},
    "replay": {"lr": 0.3, "weight_decay": 0.0},
    "probe": {},
}


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("kind", "share"),
    [("restart", 1.0), ("restart", 0.5), ("continue", 1.0), ("replay", 1.0), ("probe", 1.0)],
)
def test_lookup_task_holds_its_bits(kind, share):
    """A source that saw a symbol saves log2 C bits on each label that comes before a model could have learned its symbol."""
    m, classes, k = 128, 16, 1024
    data, symbols = lookup(m, classes, 40, 3)
    schedule = Schedule(first_block=32, growth=1.15, head=k)
    blocks = schedule.blocks_of(0, k)
    learner = {"kind": kind} | LOOKUP[kind]
    cuts = (
        blocks  # what is coded before the model learns again: the blocks, or the rounds inside them
    )
    if kind == "replay":
        cuts = [
            (begin, end)
            for block in blocks
            for begin, end, _ in rounds(*block, Replay(**LOOKUP[kind]))
        ]
    net, untrained = theta0(MODELS["linear"], Form((m,), classes), [0])
    examples, _ = examples_of(data, None, [0], "back", CPU)
    known = np.flatnonzero(symbols[examples.index[0].numpy()] < share * m)
    known = known[known < 4096]
    seen = Examples(examples.x, examples.index[:, known], examples.label[:, known])
    state = fit(
        net, untrained, seen, [len(known)], [(0, 1)], [Training(**LOOKUP["continue"])]
    ).state
    source = state.arrays() | {
        "index": seen.index.numpy(),
        "label": seen.label.numpy(),
        "classes": np.array(classes),
    }
    codes = []
    for start in (None, source):
        arrays = coded(
            data, MODELS["linear"], [0], source=start, blocks=blocks, next_end=k, learner=learner
        )
        codes.append(network_bits(arrays).sum())
    order = symbols[examples_of(data, None, [0], "front", CPU)[0].index[0].numpy()]
    new = np.concatenate(
        [order[begin:end][~np.isin(order[begin:end], order[:begin])] for begin, end in cuts]
    )
    assert codes[0] - codes[1] == pytest.approx(np.log2(classes) * (new < share * m).sum(), rel=0.1)


CONTROLS = {
    "restart": {},
    "continue": {},
    "replay": {},
    "replay, joint": {"memory": "source"},
    "restart, joint": {"memory": "source"},
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name == "replay" else pytest.mark.nightly)
        for name in [*CONTROLS, "probe"]
    ],
)
def test_random_labels_save_nothing_under_any_learner_and_code(digits, name):
    """From theta0, and from an M that knows others by heart: each seed within 0.2 % of k log2 C."""
    k, seeds, labels = 1024, [0, 1, 2], {"random": 1.0}
    model, n = (
        (MODELS["linear"], 32) if name == "probe" else ({"kind": "mlp", "hidden": [128]}, 256)
    )
    learners = {
        name: {"kind": name.split(",")[0]} | CONTROLS.get(name, {}),
        "readout": {"kind": "readout"},
    }
    source = train_source(model, digits, labels, n, "memorise", seeds, Training(), CPU)
    assert (source["accuracy"] >= 0.99).all()
    schedule = Schedule().blocks_of(0, k)
    for start in (None, source):
        options = {"labels": labels, "source": start, "blocks": schedule, "next_end": k}
        spans = {
            one: merge.merge_spans([coded(digits, model, seeds, learner=learner, **options)])
            for one, learner in learners.items()
        }
        for union in ([name], ["readout"], [name, "readout"]):
            spent = merge.unite({one: spans[one] for one in union})
            for code in CODES:
                bits_of = spent[f"bits/{code}"].sum(axis=1)
                assert bits_of == pytest.approx(k * np.log2(10), rel=0.002), (union, code)


def test_a_head_of_zeros_is_given_to_who_asks_for_it_alone(digits):
    source = State.from_arrays(
        train_source(MODELS["mlp"], digits, None, 64, "early", [0], Training(min_steps=20), CPU)
    )
    net, untrained = theta0(MODELS["mlp"], Form(digits.x.shape[1:], 4), [0])
    with pytest.raises(
        InputError, match=r"M's head has 10 outputs, but the target has 4 classes: .*head: new"
    ):
        start_from(net, untrained, source)
    start = start_from(net, untrained, source, "new")
    assert start.tensors["layers.1.weight"].abs().max() == 0
    assert torch.equal(start.tensors["layers.0.weight"], source.tensors["layers.0.weight"])
    net, untrained = theta0(MODELS["mlp"], Form(digits.x.shape[1:], 10), [0])
    assert torch.equal(
        start_from(net, untrained, source).tensors["layers.1.weight"],
        source.tensors["layers.1.weight"],
    )
    assert start_from(net, untrained, source, "new").tensors["layers.1.weight"].abs().max() == 0


def test_what_can_be_known_of_a_source_is_stored():
    """Each of four inputs comes again and again, with one label or another."""
    data = Dataset(np.arange(400.0, dtype=np.float32)[:, None] % 4, np.arange(400) // 4 % 2, 2)
    made = train_source(
        {"kind": "linear"}, data, None, 32, "early", [0, 1], Training(min_steps=20), CPU
    )
    expected = [
        sum(np.bincount(y[data.x[rows, 0] == one], minlength=2).max() for one in range(4)) / 32
        for rows, y in zip(made["index"], made["label"], strict=True)
    ]
    assert made["knowable"].tolist() == pytest.approx(expected)
    assert max(expected) < 0.9


def factory_of(build):
    return {"kind": "python", "factory": build}


@pytest.mark.parametrize(
    ("spec", "shape", "message"),
    [
        ({"kind": "torchvision", "name": "resnet8"}, (3, 32, 32), "did you mean"),
        ({"kind": "timm", "name": "nonsense_net"}, (3, 32, 32), "no timm model is named"),
        ({"kind": "cnn", "channels": [4]}, (7,), "needs images .* of kind mlp or linear"),
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
        build_theta0(spec, Form(shape, 3), 0)


def test_weights_from_a_file(tmp_path):
    spec = {"kind": "mlp", "hidden": [8]}
    net = build_theta0(spec, Form((4,), 3), 0)
    with torch.no_grad():
        net.layers[1].bias.fill_(1.0)
    torch.save(net.state_dict(), tmp_path / "w.pt")
    kept = build_pretrained(spec | {"weights": str(tmp_path / "w.pt")}, Form((4,), 3), 1)
    assert kept.layers[1].bias.min() == 1
    swapped = build_pretrained(
        spec | {"weights": str(tmp_path / "w.pt"), "head": "new"}, Form((4,), 5), 1
    )
    assert swapped.layers[1].bias.abs().max() == 0
    assert torch.equal(swapped.layers[0].weight, net.layers[0].weight)
    with pytest.raises(InputError, match="do not fit"):
        build_pretrained(
            {"kind": "mlp", "hidden": [9], "weights": str(tmp_path / "w.pt")}, Form((4,), 3), 1
        )
    (tmp_path / "bad.pt").write_bytes(b"\x80\x04evil")
    with pytest.raises(InputError, match="not a plain state dict"):
        build_pretrained(spec | {"weights": str(tmp_path / "bad.pt")}, Form((4,), 3), 1)
    with pytest.raises(InputError, match="preprocessing"):
        build_theta0(
            {"kind": "torchvision", "name": "resnet18", "weights": "x.pt"}, Form((3, 32, 32), 3), 1
        )


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is there")
def test_a_gpu_that_is_not_there_is_named():
    with pytest.raises(InputError, match="torch sees no GPU"):
        choose_device("cuda")


def test_residual_network_with_batch_statistics_runs(rng):
    data = Dataset(rng.integers(0, 255, (96, 3, 16, 16), dtype=np.uint8), np.arange(96) % 3, 3)
    spec = {"kind": "torchvision", "name": "resnet18", "weights": None}
    learner = {"kind": "restart", "epochs": 1, "min_steps": 2, "effort": 1, "densest": 0.25}
    arrays = coded(data, spec, [0], blocks=[(0, 32), (32, 64)], next_end=64, learner=learner)
    assert np.abs(arrays["bits/model"][:, :32] - np.log2(3)).max() < 1e-9
    assert np.isfinite(arrays["bits/model"]).all()


LEARNERS = {
    "restart": FAST,
    "continue": {"kind": "continue", "epochs": 20, "min_steps": 40},
    "replay": {"kind": "replay", "effort": 4, "densest": 1},
    "probe": {"kind": "probe", "strengths": [10.0, 1.0]},
}
EXPERTS = {
    "restart": {"previous", "still"},
    "continue": {"previous"},
    "replay": set(),
    "probe": {"previous", "raw", "standardised"},
}


def merged(data, kind, **options):
    arrays = coded(data, MODELS["linear"], [0, 1], learner=LEARNERS[kind], **options)
    return merge.merge_spans([arrays])


def united(data, kind, **options):
    return merge.unite({kind: merged(data, kind, **options)})


@pytest.mark.parametrize("kind", LEARNERS)
def test_experts_of_a_learner(digits, kind):
    source = train_source(
        MODELS["linear"], digits, None, 64, "early", [0, 1], Training(min_steps=20), CPU
    )
    for start in (None, source):
        arrays = merged(digits, kind, source=start)
        gentle = {"gentle"} if start is not None and kind != "probe" else set()
        assert {n for n in arrays if n.startswith("bits/")} == {
            f"bits/{e}" for e in {"start", "model"} | gentle | EXPERTS[kind]
        }
        assert all(arrays[n].shape == (2, 128) for n in arrays if n.startswith("bits/"))
        assert (arrays["flops"] > 0).all()


@pytest.mark.parametrize("kind", LEARNERS)
def test_every_learner_learns_and_never_sees_what_it_codes(digits, kind):
    """Labels changed from a block on leave every prediction up to there as it was."""
    before = merged(digits, kind)
    assert merge.unite({kind: before})["bits/network"].sum() < 0.9 * 2 * 128 * np.log2(10)
    changed = digits.y.copy()
    later = before["index"][:, 64:].ravel()
    changed[later] = (changed[later] + 1) % 10
    kept = [not np.isin(row[:64], later).any() for row in before["index"]]
    after = united(Dataset(digits.x, changed, 10), kind)
    for i, seed_is_clean in enumerate(kept):
        if seed_is_clean:
            assert np.array_equal(before["bits/model"][i, :64], after["bits/model"][i, :64])
    assert not np.array_equal(before["bits/model"][:, 64:], after["bits/model"][:, 64:])


GROUPED = [
    ("continue", "mlp"),
    ("replay", "linear"),
    ("replay", "mlp"),
    ("replay", "cnn"),
    ("replay", "own"),
    ("probe", "linear"),
]


@pytest.mark.parametrize(("kind", "model"), GROUPED)
def test_grouping_of_seeds_changes_no_learner_s_bits(digits, kind, model):
    together = coded(digits, MODELS[model], [0, 1, 2], learner=LEARNERS[kind])
    alone = coded(digits, MODELS[model], [1], learner=LEARNERS[kind])
    assert np.array_equal(together["bits/model"][1], alone["bits/model"][0])


@pytest.mark.parametrize("model", ["mlp", "own"])
def test_blocks_of_large_networks_are_trained_apart_to_the_same_bits(digits, model, monkeypatch):
    source = train_source(
        MODELS[model], digits, None, 64, "early", [0, 1], Training(min_steps=20), CPU
    )
    coder_ = coder(digits, MODELS[model], [0, 1], source=source, learner=FAST)
    blocks = [(0, 32), (32, 64), (64, 96), (96, 128)]
    together = code_span(coder_, blocks, 192)
    monkeypatch.setattr(restart_module, "MOST_WEIGHTS", 1)
    apart = code_span(coder_, blocks, 192)
    assert apart.keys() == together.keys()
    assert all(np.array_equal(apart[name], together[name]) for name in apart)


@pytest.mark.parametrize("kind", ["continue", "replay"])
def test_a_chain_goes_on_from_its_block_file(digits, kind):
    """Jobs of one block each give the bits of one job, for theta0 and for M with a gentle expert and a memory."""
    learner = LEARNERS[kind] | {"memory": "source", "grid": {"lr": [1e-3]}}
    source = train_source(
        MODELS["mlp"], digits, None, 64, "early", [0, 1], Training(min_steps=20), CPU
    )
    for start in (None, source):
        coder_ = coder(digits, MODELS["mlp"], [0, 1], source=start, learner=learner)
        whole = code_span(coder_, [(0, 32), (32, 64), (64, 128)], 256)
        before, parts = None, []
        for block, ahead in (((0, 32), 64), ((32, 64), 128), ((64, 128), 256)):
            before = code_span(
                coder(digits, MODELS["mlp"], [0, 1], source=start, learner=learner),
                [block],
                ahead,
                before,
            )
            parts.append(before)
        joined = merge.merge_spans(parts)
        for name in (n for n in whole if n.startswith("bits/")):
            assert np.abs(whole[name] - joined[name]).max() <= 1e-6, name


def test_grid_and_gentle_are_experts_by_name():
    options = Replay(lr=1e-3, grid={"lr": [1e-3, 3e-3], "weight_decay": [0.1]}, gentle=0.1)
    named = expand(options, warm=True)
    assert {name: (o.lr, o.weight_decay, o.anchor) for name, o in named.items()} == {
        "model": (1e-3, 0.3, 0.0),
        "model-2": (1e-3, 0.1, 0.0),
        "model-3": (3e-3, 0.1, 0.0),
        "gentle": (1e-4, 0.0, GENTLE_ANCHOR),
    }
    assert list(expand(Replay(lr=1e-3), warm=False)) == ["model"]


def test_parameters_that_the_output_does_not_use_are_left_alone(digits):
    class Idle(torch.nn.Module):
        def __init__(self, shape, classes):
            super().__init__()
            self.idle, self.out = (
                torch.nn.Linear(3, 3),
                torch.nn.Linear(int(np.prod(shape)), classes),
            )

        def forward(self, x):
            return self.out(x.flatten(1))

    arrays = coded(digits, {"kind": "python", "factory": Idle}, [0], learner=LEARNERS["replay"])
    assert arrays["bits/model"].sum() < 0.95 * 128 * np.log2(10)


@pytest.mark.parametrize("how", [{}, {"optimizer": "sgd", "momentum": 0.5}], ids=["adamw", "sgd"])
def test_anchor_and_rates_are_each_model_s_own(digits, how):
    """Models of other rates, decays and anchors in one stack are what they are alone."""
    examples, _ = examples_of(digits, None, [0], "front", CPU)
    net, start = theta0(MODELS["mlp"], Form(digits.x.shape[1:], 10), [0])
    lr = 0.01 if how else 2e-3
    each = [{}, {"lr": lr / 10}, {"weight_decay": 0.5}, {"anchor": 0.04 / lr}]
    options = [Training(**{"lr": lr} | how | own) for own in each]
    rows = torch.zeros(4, dtype=torch.int64)
    together = Stack(net, start.select(rows), options, [(0,)] * 4)
    alone = [Stack(net, start, [o], [(0,)]) for o in options]
    positions = torch.arange(32)[None]
    for _ in range(30):
        together.step(examples.select(rows), positions.expand(4, -1))
        for one in alone:
            one.step(examples, positions)
    apart = [(one.weights - one.start).norm().item() for one in alone]
    for j, one in enumerate(alone):
        assert (together.weights[j] - one.weights[0]).abs().max() < 1e-5
    assert max(apart[1], apart[3]) < apart[0], (
        "a low rate and an anchor keep a model near its start"
    )


def test_images_are_moved_and_mirrored():
    x = torch.arange(9.0).view(1, 1, 1, 3, 3)
    one = torch.tensor([[1]])
    assert torch.equal(move(x, 0, 0 * one, 0 * one, one)[0, 0, 0, 0], torch.tensor([2.0, 1.0, 0.0]))
    assert torch.equal(move(x, 1, one, one, 0 * one), x)
    assert torch.equal(
        move(x, 1, 0 * one, one, 0 * one)[0, 0, 0],
        torch.tensor([[0.0, 0, 0], [0, 1, 2], [3, 4, 5]]),
    )


def test_probe_finds_scikit_learn_s_optimum(digits):
    """One strength, no temperature to speak of: the same probabilities as scikit-learn's solver at a tight tolerance."""
    m, strength = 200, 3.0
    examples, _ = examples_of(digits, None, [0], "front", CPU)
    standard = probe_module._Standard(examples.x)
    _, start = theta0(MODELS["linear"], Form(digits.x.shape[1:], 10), [0])
    task = Stream(examples, [0], Recorder(examples))
    one = probe_module._Probe(
        task, 0, start, m, standard, probe_module.Options(strengths=(strength,), tolerance=1e-12)
    )
    known = probe_module._Known(one.x, one.y[:m])
    penalty = strength * one.pulls["standardised"]
    penalty[-1] = 1e-6
    inverse = probe_module._inverse((known.xt @ known.x).double() / m, penalty)
    weights = one._optimum(known, inverse, penalty, one.origin)
    x, y = one.x[:, :-1].double().numpy(), examples.label[0, :m].numpy()
    peer = LogisticRegression(C=1 / strength, tol=1e-8, max_iter=10_000).fit(x[:m], y)
    assert (
        np.abs((one.x.double() @ weights.T).softmax(-1).numpy() - peer.predict_proba(x)).max()
        < 1e-3
    )


def test_rounds_depend_on_the_block_alone():
    options = Replay()
    found = list(rounds(128, 256, options))
    assert found[0][0] == 128
    assert found[-1][1] == 256
    assert all(a[1] == b[0] for a, b in itertools.pairwise(found))
    steps = sum(steps for _, _, steps in found)
    assert steps == pytest.approx(2 * options.effort * (256**0.5 - 128**0.5), rel=0.05)


@pytest.mark.parametrize("stop", ["early", "memorise"])
def test_a_killed_training_goes_on_to_the_same_bits(digits, tmp_path, monkeypatch, stop):
    """Killed at every third saving, a source ends with the bytes of one that was left alone, and in about as many steps."""
    made_by, steps, step = {"settings": 1}, [], Stack.step
    monkeypatch.setattr(Stack, "step", lambda *args: steps.append(1) or step(*args))
    how = Training(epochs=4, min_steps=60)

    def train(checkpoint):
        return train_source(
            {"kind": "mlp", "hidden": [16]},
            digits,
            None,
            700,
            stop,
            [0, 1, 2],
            how,
            CPU,
            checkpoint,
        )

    monkeypatch.setattr("lit.training.sources.MEMORISE_STEPS", 40)
    monkeypatch.setattr("lit.training.sources.MEMORISE_EPOCHS", 4)
    whole, alone = train(None), len(steps)
    monkeypatch.setattr("lit.files.checkpoint.EVERY", 0.0)
    path, kills, save = tmp_path / "source.checkpoint", 0, Checkpoint.save
    while True:
        checkpoint, left = Checkpoint(path, **made_by), iter([False] * 3)

        def dying(self, *args, left=left, **kwargs):
            save(self, *args, **kwargs)
            if next(left, True):
                raise KeyboardInterrupt

        monkeypatch.setattr(Checkpoint, "save", dying)
        try:
            resumed = train(checkpoint)
            break
        except KeyboardInterrupt:
            kills += 1
    assert kills > 10
    assert len(steps) == 2 * alone
    for name, array in whole.items():
        np.testing.assert_array_equal(array, resumed[name], err_msg=name)
    assert Checkpoint(path, settings=2).arrays == {}  # another study's is not believed
    checkpoint.remove()
    assert not path.exists()
