"""Networks on trial before the first job: what trains as in PyTorch itself, and what is refused by name."""

import random
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, prune

from lit.data.dataset import Dataset, Form
from lit.errors import InputError
from lit.networks.build import build_theta0
from lit.networks.output_layer import head_keys
from lit.study.config import load_study
from lit.training import trial
from lit.training.options import Descent
from lit.training.scoring import score
from lit.training.stack import Stack
from lit.training.state import Examples, State
from lit.training.trial import try_network
from lit.workflow import check_rows, preflight
from lit.workflow.plan import Plan

STEPS = 6


class Net(nn.Module):
    """Two layers and a head, for variations of one thing each."""

    def __init__(self, shape=(5,), classes=3):
        super().__init__()
        self.a, self.b = nn.Linear(5, 8), nn.Linear(8, 8)
        self.extend()
        self.head = nn.Linear(8, classes)
        self.finish()

    def extend(self):
        pass

    def finish(self):
        pass

    def body(self, x):
        return self.b(self.a(x).relu()).relu()

    def forward(self, x):
        return self.head(self.body(x))


def variant(**methods):
    return {"kind": "python", "factory": type("Variant", (Net,), methods)}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    return Dataset(rng.normal(size=(24, 5)).astype(np.float32), np.arange(24) % 3, 3)


def batch_norm(self):
    self.norm = nn.BatchNorm1d(8)


def tied(self):
    self.c = nn.Linear(8, 8)
    self.c.weight = self.b.weight


def counted(self):
    self.register_buffer("calls", torch.tensor(0))


def count(self, x):
    self.calls += 1
    return self.head(self.body(x))


def count_in_place(self, x):
    self.calls.add_(1)
    return self.b(self.a(x).relu()).relu()


def attention(self):
    self.attend = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)


# what works ---------------------------------------------------------------------------------------

WORKS = {
    "plain": {},
    "tied layers": {"extend": tied, "body": lambda s, x: s.c(s.b(s.a(x).relu()).relu()).relu()},
    "a head under two names": {"finish": lambda s: setattr(s, "again", s.head)},
    "a layer under two names": {
        "extend": lambda s: setattr(s, "layers", nn.ModuleList([s.a, s.b]))
    },
    "weight_norm on the head": {"finish": lambda s: parametrizations.weight_norm(s.head)},
    "old weight_norm on the head": {"finish": lambda s: nn.utils.weight_norm(s.head)},
    "weight_norm inside": {"extend": lambda s: parametrizations.weight_norm(s.b)},
    "old weight_norm inside": {"extend": lambda s: nn.utils.weight_norm(s.b)},
    "spectral_norm inside": {"extend": lambda s: parametrizations.spectral_norm(s.b)},
    "old spectral_norm inside": {"extend": lambda s: nn.utils.spectral_norm(s.b)},
    "orthogonal inside": {"extend": lambda s: parametrizations.orthogonal(s.b)},
    "pruned": {"extend": lambda s: prune.random_unstructured(s.b, "weight", 0.5)},
    "batch norm": {"extend": batch_norm, "body": lambda s, x: s.norm(s.a(x)).relu()},
    "frozen": {"extend": lambda s: s.a.requires_grad_(False)},
    "frozen but for the head": {
        "extend": lambda s: (s.a.requires_grad_(False), s.b.requires_grad_(False))
    },
    "recurrent": {
        "extend": lambda s: setattr(s, "r", nn.LSTM(5, 8)),
        "body": lambda s, x: s.r(x[None])[0][0],
    },
    "attention": {"extend": attention, "body": lambda s, x: s.attend(s.a(x)[:, None])[:, 0]},
    "a counter": {"extend": counted, "forward": count},
    "integers": {
        "extend": lambda s: s.register_buffer("i", torch.arange(8)),
        "body": lambda s, x: s.a(x)[:, s.i],
    },
    "complex numbers": {
        "extend": lambda s: s.register_buffer("z", torch.full((8,), 1j), persistent=False),
        "body": lambda s, x: (s.a(x) * s.z).imag,
    },
    "double precision": {
        "finish": lambda s: s.double(),
        "forward": lambda s, x: s.head(s.body(x.double())),
    },
    "unused layers": {"extend": lambda s: setattr(s, "idle", nn.Linear(3, 4))},
}


def by_hand(net, data, steps):
    """PyTorch's own loop: AdamW on what is trained."""
    options = Descent()
    trained = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=options.lr, weight_decay=options.weight_decay)
    x, y = torch.from_numpy(data.x), torch.from_numpy(data.y)
    net.train()
    for _ in range(steps):
        torch.manual_seed(0)
        optimizer.zero_grad()
        F.cross_entropy(net(x), y).backward()
        for p in trained:  # what gets no gradient decays as well
            p.grad = torch.zeros_like(p) if p.grad is None else p.grad
        optimizer.step()
    return net.eval()(x).detach()


@pytest.mark.filterwarnings("ignore:`torch.nn.utils.weight_norm` is deprecated:FutureWarning")
@pytest.mark.parametrize("name", WORKS)
def test_what_passes_trains_as_in_pytorch_itself(name, data):
    """After some steps of the stack, two models of one state have the logits that PyTorch's own loop gives."""
    spec = variant(**WORKS[name])
    try_network(spec, data, 3, 0)
    net, again = (build_theta0(spec, Form((5,), 3), 7) for _ in range(2))
    everything = torch.arange(24).expand(2, -1)
    examples = Examples(
        torch.from_numpy(data.x), everything, torch.from_numpy(data.y).expand(2, -1)
    )
    stack = Stack(net, State.of([net, again]), [Descent(), Descent()], [(0,), (1,)])
    assert score(net, State.of([net, again]), examples, 0, 24).abs().max() == 0
    losses = [stack.step(examples, everything).item() for _ in range(STEPS)]
    assert losses[-1] < losses[0]
    current = State({k: v.detach() for k, v in stack.current.tensors.items()}, stack.average.scale)
    assert all(current.tensors[k].any() for k in head_keys(net)), "the head has learned"
    found = score(net, current, examples, 0, 24)
    if name != "attention":  # which drops out, and each model draws its own
        assert torch.equal(found[0], found[1])
        wanted = by_hand(again, data, STEPS)
        assert (found[0] - wanted).abs().max() < 1e-4 * wanted.abs().max()


def test_tied_layers_stay_one(data):
    """Of two names there is one tensor, in states, in their files, and for both layers."""
    spec = variant(**WORKS["tied layers"])
    nets = [build_theta0(spec, Form((5,), 3), seed) for seed in (0, 1)]
    state = State.of(nets)
    assert "b.weight" in state.tensors
    assert "c.weight" not in state.tensors
    assert {"c.bias", "head.weight"} <= state.tensors.keys()
    assert torch.equal(state.tensors["b.weight"][1], nets[1].c.weight)
    assert State.from_arrays(state.arrays()).tensors.keys() == state.tensors.keys()


def test_dropout_and_layers_left_out_at_random_are_no_reason_to_refuse(data):
    def leave_out(self, x):
        x = self.a(F.dropout(x, 0.5, self.training)).relu()
        return x if self.training and torch.rand(()) < 0.5 else self.b(x).relu()

    for seed in range(5):
        try_network(variant(body=leave_out), data, 3, seed)


@pytest.mark.parametrize(
    ("kind", "name", "size"),
    [
        ("torchvision", "googlenet", 32),
        pytest.param("torchvision", "inception_v3", 75, marks=pytest.mark.nightly),
        ("torchvision", "shufflenet_v2_x0_5", 32),
        ("timm", "test_vit", 160),
        ("timm", "test_efficientnet", 32),
    ],
)
def test_networks_of_the_libraries_can_be_trained(kind, name, size, rng):
    images = Dataset(rng.integers(0, 256, (4, 3, 8, 8), dtype=np.uint8), np.arange(4) % 2, 2)
    public = {"size": size, "channels": "RGB", "mean": [0.5] * 3, "std": [0.25] * 3}
    try_network({"kind": kind, "name": name, "input": public}, images, 2, 0)


def test_leaving_out_auxiliary_classifiers_changes_no_random_weights():
    """The rest of the network is drawn as before, so that features of random twins stay."""
    from lit.data.safe_torchvision import import_torchvision
    from lit.rng import torch_seed

    torch.manual_seed(torch_seed("theta0", 3))
    models, spec = import_torchvision().models, {"kind": "torchvision", "name": "googlenet"}
    theirs = models.googlenet(weights=None, num_classes=4, init_weights=True).state_dict()
    ours = build_theta0(spec, Form((3, 32, 32), 4), 3).net.state_dict()
    assert not any(name.startswith("aux") for name in ours)
    assert all(
        torch.equal(v, theirs[name]) for name, v in ours.items() if not name.startswith("fc.")
    )


# what is refused ----------------------------------------------------------------------------------


@dataclass
class Output:
    logits: torch.Tensor
    loss: torch.Tensor | None = None


def tied_head(self):
    self.words = nn.Embedding(3, 8)
    self.head.weight = self.words.weight


def share_memory(self):
    self.c = nn.Linear(8, 8)
    self.c.weight.data = self.b.weight.data


def share_transposed(self):
    self.c = nn.Linear(8, 8)
    self.c.weight = nn.Parameter(self.b.weight.t())


def replace_counter(self, x):
    self.calls = self.calls + 1
    return self.head(self.body(x))


def use_counter(self, x):
    self.calls += 1
    return self.head(self.body(x) * self.calls)


def own_batch_norm(self, x):
    x = self.a(x)
    if self.training:
        self.mean = 0.9 * self.mean + 0.1 * x.detach().mean(0)
    return (x - self.mean).relu()


def recurrent(self):
    self.r = nn.GRU(5, 8)


def keep_hidden(self, x):
    out, self.hidden = self.r(x[None], getattr(self, "hidden", None))
    return out[0]


def keep_hidden_apart(self, x):
    old = getattr(self, "hidden", None)
    out, new = self.r(x[None], old if old is not None and old.shape[1] == len(x) else None)
    self.hidden = new.detach()
    return out[0]


def anneal(self, x):
    self.count = getattr(self, "count", 0) + 1
    return self.a(x) * (1 + 1 / self.count if self.training else 1)


def change_inputs(self, x):
    x -= 0.5
    return self.head(self.body(x))


def no_gradient(self, x):
    with torch.no_grad():
        x = self.a(x)
    return self.b(x).relu()


def numpy_weights(self):
    self.a.weight.data = torch.from_numpy(
        np.random.default_rng().normal(size=(8, 5)).astype(np.float32)
    )


def python_weights(self):
    nn.init.constant_(self.a.weight, random.random())


def waves(self):
    self.register_buffer("waves", torch.randn(5, 5), persistent=False)


class Extra(Net):
    def get_extra_state(self):
        return {"version": 1}

    def set_extra_state(self, state):
        pass


def twice(self):
    self.second = nn.Linear(8, 3)


CACHED, BACKBONE = Net(), nn.Linear(5, 8)


def with_shared_backbone(shape, classes):
    net = Net(shape, classes)
    net.a = BACKBONE
    return net


REFUSED = {
    "tuple": ({"forward": lambda s, x: (s.head(s.body(x)), x)}, r"a tuple of 2 \(shape \(2, 3\), shape \(2, 5\)\); .*alone"),
    "tuple in training": (
        {"forward": lambda s, x: [s.head(s.body(x))] * 2 if s.training else s.head(s.body(x))},
        r"returns a list of 2 .* in training; it must return its logits alone, a tensor of shape \(2, 3\)",
    ),
    "dictionary": ({"forward": lambda s, x: {"logits": s.head(s.body(x))}}, "returns a dict with keys logits; .*alone"),
    "object": ({"forward": lambda s, x: Output(s.head(s.body(x)))}, "an object of type Output with logits, loss"),
    "none": ({"forward": lambda s, x: None}, "returns None; it must return its logits"),
    "classes": ({"forward": lambda s, x: F.one_hot(s.head(s.body(x)).argmax(1), 3)}, "numbers of type int64"),
    "too many axes": ({"forward": lambda s, x: s.head(s.body(x))[..., None]}, r"shape \(2, 3, 1\) for 2 .*must be \(2, 3\)"),
    "tied head": ({"finish": tied_head}, r"'head' is the head, but its weight is also words\.weight"),
    "shared memory": ({"extend": share_memory}, r"b\.weight and c\.weight share memory"),
    "transposed": ({"extend": share_transposed}, r"b\.weight and c\.weight share memory"),
    "spectral_norm on the head": ({"finish": lambda s: parametrizations.spectral_norm(s.head)}, "'head' is under SpectralNorm"),
    "old spectral_norm": ({"finish": lambda s: nn.utils.spectral_norm(s.head)}, "'head' is under SpectralNorm"),
    "orthogonal head": ({"finish": lambda s: parametrizations.orthogonal(s.head)}, "'head' is under Orthogonal"),
    "two heads": (
        {"extend": twice, "forward": lambda s, x: (s.head(s.body(x)) + s.second(s.body(x))) / 2},
        r"equal probabilities.*layers as wide as the output are second, head\)",
    ),
    "statistics of the batch": (
        {"extend": lambda s: setattr(s, "n", nn.BatchNorm1d(8, track_running_stats=False)), "body": lambda s, x: s.n(s.a(x))},
        "cannot score one example alone",
    ),
    "other examples": ({"body": lambda s, x: s.a(x - x.mean(0))}, "depend on the other examples of its batch"),
    "softmax over the batch": ({"body": lambda s, x: s.a(x).softmax(0)}, "depend on the other examples of its batch"),
    "noise": ({"body": lambda s, x: s.a(x) + torch.randn(8)}, "returns other logits each time"),
    "dropout": ({"body": lambda s, x: F.dropout(s.a(x), 0.5)}, r"other logits each time.*training=self\.training"),
    "a counter that matters": ({"extend": counted, "forward": use_counter}, "returns other logits each time"),
    "a counter replaced": ({"extend": counted, "forward": replace_counter}, r"of its buffer calls.*self\.calls\.copy_"),
    "a counter that is no buffer": (
        {"extend": lambda s: setattr(s, "calls", nn.Parameter(torch.tensor(0), requires_grad=False)), "body": count_in_place},
        r"changes its frozen parameter calls itself.*register_buffer",
    ),
    "own batch norm": (
        {"extend": lambda s: s.register_buffer("mean", torch.zeros(8)), "body": own_batch_norm},
        "in the place of its buffer mean",
    ),
    "hidden state": ({"extend": recurrent, "body": keep_hidden}, "training step on a minibatch of 2 fails"),
    "hidden state apart": ({"extend": recurrent, "body": keep_hidden_apart}, "other logits each time"),
    "annealing": ({"body": anneal}, "trained twice alike, the network comes out different"),
    "numpy's dropout": (
        {"body": lambda s, x: s.a(x) * (torch.from_numpy(np.random.rand(8)).float() if s.training else 1)},
        "draws random numbers by other means than torch",
    ),
    "changed inputs": ({"forward": change_inputs}, r"changes its inputs in place.*x = x - mean"),
    "inplace ReLU": ({"body": lambda s, x: s.a(F.relu(x, inplace=True))}, "changes its inputs in place.*inplace=True"),
    "fixed batch": ({"forward": lambda s, x: s.head(s.body(x.view(32, -1)))}, r"does not accept inputs of shape \(2, "),
    "fixed batch of 2": ({"forward": lambda s, x: s.head(s.body(x.view(2, -1)))}, "cannot score one example alone"),
    "cut off": ({"body": no_gradient}, r"uses a\.bias, a\.weight, but no gradient reaches them.*requires_grad_\(False\)"),
    "detached": ({"body": lambda s, x: s.b(s.a(x).detach())}, "but no gradient reaches them"),
    "frozen head": ({"finish": lambda s: s.head.requires_grad_(False)}, "or is frozen"),
    "half precision": ({"finish": lambda s: s.half()}, r"of type float16; .*net\.float\(\)"),
    "bfloat16": ({"finish": lambda s: s.bfloat16()}, r"a\.weight is of type bfloat16"),
    "several types": ({"extend": lambda s: s.a.double()}, "of type float32, float64"),
    "complex weights": ({"extend": lambda s: s.a.to(torch.complex64)}, r"a\.weight is of type complex64, which .*two tensors"),
    "a complex buffer": ({"extend": lambda s: s.register_buffer("z", torch.full((8,), 1j))}, "z is of type complex64"),
    "another device": ({"finish": lambda s: s.to("meta")}, "is built on 'meta'; build it on the CPU"),
    "lazy buffers": ({"extend": lambda s: setattr(s, "n", nn.LazyBatchNorm1d(affine=False))}, "lazy layers"),
    "a root of zero": ({"body": lambda s, x: (s.a(x) * 0).square().sum(1)[:, None].sqrt() + s.a(x)}, "training step .* is NaN"),
    "weights by numpy": ({"extend": numpy_weights}, r"draws other numbers for a\.weight; draw initial weights by torch"),
    "weights by random": ({"extend": python_weights}, r"draws other numbers for a\.weight"),
    "a random attribute": (
        {"extend": lambda s: setattr(s, "waves", torch.randn(5, 5)), "body": lambda s, x: s.a((x @ s.waves).sin())},
        "differ in more than their parameters and buffers.*register_buffer",
    ),
    "a random buffer that is not kept": (
        {"extend": waves, "body": lambda s, x: s.a((x @ s.waves).sin())},
        "differ in more than their parameters and buffers",
    ),
    "extra state": (Extra, "keeps '_extra_state', which is no tensor"),
    "the same network": (lambda shape, classes: CACHED, "returns the same network each time, so that all seeds would be one"),
    "the same backbone": (with_shared_backbone, r"returns the same a\.weight each time"),
    "several devices": (lambda shape, classes: nn.DataParallel(Net(shape, classes)), "wrapped in DataParallel"),
    "TorchScript": (lambda shape, classes: torch.jit.script(nn.Linear(5, classes)), "is a TorchScript module"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Complex modules are a new feature:UserWarning")
@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")
@pytest.mark.parametrize("name", REFUSED)
def test_what_would_fail_or_mislead_in_the_jobs_is_named(name, data):
    how, message = REFUSED[name]
    spec = variant(**how) if isinstance(how, dict) else {"kind": "python", "factory": how}
    x = data.x.copy()
    with pytest.raises(InputError, match=f"models.own on d: .*{message}"):
        try_network(spec, data, 3, 0, "models.own on d")
    assert np.array_equal(x, data.x), "the user's array is as it was"


def test_a_frozen_backbone_may_be_the_same_each_time_and_equal_weights_are_said(data, caplog):
    backbone = nn.Linear(5, 8).requires_grad_(False)

    def build(shape, classes):
        net = Net(shape, classes)
        net.a = backbone
        return net

    try_network({"kind": "python", "factory": build}, data, 3, 0)
    caplog.set_level("INFO", "lit")
    start = Net().state_dict()

    def pretrained(shape, classes):
        net = Net(shape, classes)
        net.load_state_dict(
            {k: v for k, v in start.items() if not k.startswith("head.")}, strict=False
        )
        return net

    try_network({"kind": "python", "factory": pretrained}, data, 3, 0, "models.own")
    assert "models.own: every seed starts from the same weights" in caplog.text


def test_batch_statistics_need_more_than_one_example(data):
    spec = variant(**WORKS["batch norm"])
    with pytest.raises(
        InputError, match=r"minibatch of 1 fails.*more than 1 value.*write a larger batch"
    ):
        try_network(spec, data, 3, 0, batch=1)
    try_network(variant(), data, 3, 0, batch=1)


@pytest.mark.parametrize(
    ("kind", "name", "size", "message"),
    [
        (
            "torchvision",
            "inception_v3",
            64,
            r"does not accept inputs of shape \(2, \*\(3, 8, 8\)\).*write input: \{size",
        ),
        (
            "timm",
            "deit_tiny_distilled_patch16_224",
            224,
            r"layers as wide as the output are net\.head, net\.head_dist\)",
        ),
    ],
)
def test_networks_of_the_libraries_that_cannot_be_used(kind, name, size, message, rng):
    images = Dataset(rng.integers(0, 256, (4, 3, 8, 8), dtype=np.uint8), np.arange(4) % 2, 2)
    public = {"size": size, "channels": "RGB", "mean": [0.5] * 3, "std": [0.25] * 3}
    with pytest.raises(InputError, match=message):
        try_network({"kind": kind, "name": name, "input": public}, images, 2, 0)


# the check of a study -----------------------------------------------------------------------------

FACTORY = """
import torch
from torch import nn


class Pair(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.norm, self.head = nn.BatchNorm1d(64), nn.Linear(64, classes)

    def forward(self, x):
        logits = self.head(self.norm(x.flatten(1)))
        return (logits, x) if self.training and {pair} else logits


def build(input_shape, classes):
    return Pair(classes)
"""


@pytest.mark.parametrize(
    ("pair", "options", "message"),
    [
        (True, {}, "models.own on digits: the network returns a tuple of 2"),
        (False, {"training": {"batch": 1}}, "minibatch of 1 fails"),
        (False, {"learners": {"fast": {"kind": "replay", "batch": 1}}}, "minibatch of 1 fails"),
        (False, {}, None),
    ],
)
def test_the_check_of_a_study_trains_every_network(
    tiny, tmp_path, monkeypatch, capsys, pair, options, message
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    module = f"own_{abs(hash((pair, str(options))))}"
    (tmp_path / f"{module}.py").write_text(FACTORY.replace("{pair}", str(pair)))
    tiny["models"] = {"own": {"kind": "python", "factory": f"{module}:build"}}
    tiny["arms"][0]["model"] = "own"
    settings = Plan(load_study(tiny | options)).check_settings()
    if message is None:
        preflight.main(tmp_path / "checked.json", settings)
        return
    with pytest.raises(SystemExit):
        preflight.main(tmp_path / "checked.json", settings)
    assert message in capsys.readouterr().err


def test_a_network_is_tried_once_for_data_of_one_shape(tiny, tmp_path, monkeypatch):
    tiny["datasets"]["again"] = {"kind": "sklearn", "name": "digits"}
    tiny["arms"].append(
        {"name": "b", "target": "again", "model": "linear", "n": [0, 64], "learner": "fast"}
    )
    calls = []
    monkeypatch.setattr(
        check_rows, "try_network", lambda *a, **k: calls.append(a) or trial.try_network(*a, **k)
    )
    preflight.main(tmp_path / "checked.json", Plan(load_study(tiny)).check_settings())
    assert len(calls) == 1
