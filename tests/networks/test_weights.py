"""Weights from files: what is read, under which names, and what is said of everything else."""

import argparse
import collections
import gzip
import json
import pickle
import tarfile
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from lit.data.dataset import Dataset, Form
from lit.errors import InputError
from lit.networks.build import build_theta0
from lit.networks.features import extract_features
from lit.networks.output_layer import find_head
from lit.networks.pretrained import build_classifier, build_pretrained
from lit.study.config import load_study
from lit.training.options import Training
from lit.training.sources import train_source
from lit.training.state import State
from lit.training.trial import try_network

PUBLIC = {"size": 32, "channels": "RGB", "mean": [0.5] * 3, "std": [0.5] * 3}


class Net(nn.Module):
    """A head, and before it a layer whose name ends like the head's."""

    def __init__(self, shape=(4,), classes=3):
        super().__init__()
        self.part = nn.ModuleDict({"head": nn.Linear(4, 8)})
        self.norm, self.head = nn.BatchNorm1d(8), nn.Linear(8, classes)

    def forward(self, x):
        return self.head(self.norm(self.part["head"](x)).relu())


OWN = {"kind": "python", "factory": Net}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def theirs():
    """Somebody's trained network of three classes."""
    torch.manual_seed(5)
    return Net()


def load(name="w.pt", classes=3, **spec):
    return build_pretrained(OWN | {"weights": name} | spec, Form((4,), classes), 0)


def alike(net, theirs, left_out=()):
    """Whether all tensors but some are the same."""
    found, wanted = net.state_dict(), theirs.state_dict()
    return all(
        torch.equal(found[name], wanted[name])
        for name in wanted
        if not name.startswith(tuple(left_out) or "-")
    )


# what may be absent -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["part.head.weight"], r"1 tensor missing \(part\.head\.weight\); give the model"),
        (["part.head.weight", "part.head.bias"], "2 tensors missing"),
        (["norm.running_var"], r"1 tensor missing \(norm\.running_var\)"),
        (["head.bias"], r"1 tensor missing \(head\.bias\)"),
        (["head.weight"], r"1 tensor missing \(head\.weight\)"),
    ],
)
def test_what_is_missing_is_named_though_its_name_ends_like_the_heads(theirs, names, message):
    torch.save({k: v for k, v in theirs.state_dict().items() if k not in names}, "w.pt")
    for build in (build_pretrained, build_classifier):
        with pytest.raises(InputError, match=f"'w.pt' do not fit the network: {message}"):
            build(OWN | {"weights": "w.pt"}, Form((4,), 3), 0)


def test_the_head_as_a_whole_and_counters_may_be_absent(theirs, caplog):
    absent = ("head.", "norm.num_batches_tracked")
    torch.save(
        {k: v for k, v in theirs.state_dict().items() if not k.startswith(absent)}, "headless.pt"
    )
    caplog.set_level("INFO", "lit")
    net = load("headless.pt")
    assert alike(net, theirs, absent)
    assert net.head.weight.abs().max() == net.head.bias.abs().max() == 0
    assert "headless.pt hold no head (head.weight, head.bias); it starts at zeros" in caplog.text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"more.weight": torch.ones(3)},
            r"network: 1 tensor unknown \(more\.weight\); give the model",
        ),
        (
            {"part.head.weight": torch.ones(8, 5)},
            r"network: 1 of another shape: part\.head\.weight has \(8, 5\), not \(8, 4\)",
        ),
        ({"head.weight": torch.ones(3, 9)}, r"1 of another shape: head\.weight has \(3, 9\)"),
        ({"head.bias": torch.ones(4)}, r"2 of another shape: head\.weight has \(3, 8\)"),
        ({"head.weight": torch.tensor(1.0)}, r"1 of another shape: head\.weight has \(\)"),
        ({"my_num_batches_tracked": torch.tensor(1)}, "1 tensor unknown"),
        ({"head.scale": torch.ones(3)}, "1 tensor unknown"),
    ],
)
def test_what_does_not_fit_is_named(theirs, change, message):
    torch.save(theirs.state_dict() | change, "w.pt")
    with pytest.raises(InputError, match=message):
        load()
    with pytest.raises(InputError, match=message):
        load(head="new")


# heads --------------------------------------------------------------------------------------------


def test_a_head_for_other_classes_is_an_error_unless_it_is_left_out(theirs):
    torch.save(theirs.state_dict(), "w.pt")
    message = r"'w\.pt' hold a head \(head\.weight\) of 3 classes, but here are 5; write head: new"
    with pytest.raises(InputError, match=message):
        load(classes=5)
    net = load(classes=5, head="new")
    assert net.head.weight.abs().max() == 0
    assert alike(net, theirs, ["head."])
    assert alike(load(), theirs), "of as many classes it is kept"
    assert load(head="new").head.weight.abs().max() == 0, "and left out where that is asked for"


def test_the_librarys_own_head_is_left_out_and_the_log_says_so(caplog):
    caplog.set_level("INFO", "lit")
    for kind, name, width in (
        ("torchvision", "shufflenet_v2_x0_5", 1000),
        ("timm", "test_resnet", 1000),
    ):
        spec = {"kind": kind, "name": name, "weights": f"{name}.pt", "input": PUBLIC}
        theirs = build_theta0(spec, Form((3, 32, 32), width), 1).net
        torch.save(theirs.state_dict(), f"{name}.pt")
        net = build_pretrained(spec, Form((3, 32, 32), 10), 0).net
        head, _ = find_head(net)
        assert alike(net, theirs, [head])
        assert f"{name}.pt is left out (the library's 1000 classes, not 10)" in caplog.text
        torch.save(build_theta0(spec, Form((3, 32, 32), 7), 1).net.state_dict(), f"{name}.pt")
        with pytest.raises(InputError, match=r"of 7 classes, but here are 10"):
            build_pretrained(spec, Form((3, 32, 32), 10), 0)


def test_what_was_trained_before_replaces_ready_weights(theirs, rng):
    """M that was trained on five classes from weights of three goes on to three without a head that nobody trained."""
    torch.save(theirs.state_dict(), "w.pt")
    data = Dataset(rng.normal(size=(40, 4)).astype(np.float32), np.arange(40) % 3, 3)
    before, how = State.of([Net((4,), 5)]), Training(steps=1, lr=1e-9, weight_decay=0.0)
    spec, device = OWN | {"weights": "w.pt"}, torch.device("cpu")
    after = train_source(spec, data, None, 8, "early", [0], how, device, before=before, head="new")
    first = train_source(spec, data, None, 8, "early", [0], how, device)
    assert np.abs(after["state/head.weight"]).max() < 1e-6
    np.testing.assert_allclose(
        after["state/part.head.weight"], before.tensors["part.head.weight"], atol=1e-6
    )
    np.testing.assert_allclose(
        first["state/head.weight"][0], theirs.head.weight.detach(), atol=1e-6
    )


def test_features_take_the_weights_own_head(theirs, rng):
    torch.save(theirs.eval().state_dict(), "w.pt")
    data = Dataset(rng.normal(size=(6, 4)).astype(np.float32), np.arange(6) % 2, 2)
    found = extract_features(OWN | {"weights": "w.pt"}, data, 0, torch.device("cpu"))
    logits = found["x"] @ found["classifier/weight"].T + found["classifier/bias"]
    np.testing.assert_allclose(logits, theirs(torch.from_numpy(data.x)).detach(), atol=1e-5)


def test_a_new_head_without_weights_is_an_error_and_an_unknown_word_too(tiny):
    with pytest.raises(
        InputError, match="head: new leaves out the head of weights, but there are none"
    ):
        build_theta0(OWN | {"head": "new"}, Form((4,), 3), 0)
    build_theta0(OWN | {"head": "new", "weights": "w.pt"}, Form((4,), 3), 0)  # the random twin
    for head in ("keep", "new"):
        tiny["models"]["own"] = {
            "kind": "python",
            "factory": "m:f",
            "weights": "w.pt",
            "head": head,
        }
        load_study(tiny)
    tiny["models"]["own"]["head"] = "zero"
    with pytest.raises(InputError, match=r"models\.own\.head"):
        load_study(tiny)


# wrappings ----------------------------------------------------------------------------------------


def under(prefix):
    return lambda state: {prefix + name: v for name, v in state.items()}


WRAPPED = {
    "module": under("module."),
    "compiled": under("_orig_mod."),
    "nested": under("module._orig_mod."),
    "lightning": lambda s: {
        "state_dict": under("model.")(s),
        "epoch": 3,
        "hyper_parameters": {"lr": 0.1},
        "callbacks": {},
    },
    "net": under("net."),
    "deep": under("model.backbone.net."),
    "compiled inside": lambda s: {k.replace("part.", "part._orig_mod."): v for k, v in s.items()},
    "fsdp": lambda s: {
        f"_fsdp_wrapped_module.{k}".replace("part.", "part._checkpoint_wrapped_module."): v
        for k, v in s.items()
    },
    "averaged": lambda s: under("module.")(s) | {"n_averaged": torch.tensor(7)},
    "state_dict": lambda s: {
        "epoch": 3,
        "state_dict": s,
        "optimizer": {"state": {0: {"exp_avg": torch.ones(3)}}},
    },
    "model": lambda s: {
        "model": s,
        "loss": torch.tensor(0.3),
        "scaler": {"scale": torch.tensor(2.0)},
    },
    "model_state_dict": lambda s: {
        "model_state_dict": s,
        "rng_state": torch.ones(5, dtype=torch.uint8),
    },
    "twice": lambda s: {"checkpoint": {"model": {"state_dict": under("module.")(s)}}},
    "ordered": lambda s: collections.OrderedDict(s),
    "half": lambda s: {k: v.half() if v.is_floating_point() else v for k, v in s.items()},
}


@pytest.mark.parametrize("name", WRAPPED)
def test_usual_wrappings_are_taken_off(theirs, name):
    if name == "half":
        theirs = theirs.half().float()  # numbers that float16 holds
    torch.save(WRAPPED[name](theirs.state_dict()), "w.pt")
    assert alike(load(), theirs)


def test_a_network_whose_own_names_begin_alike_keeps_them(theirs):
    class Around(nn.Module):
        def __init__(self, shape, classes):
            super().__init__()
            self.module = Net(shape, classes)

        def forward(self, x):
            return self.module(x)

    torch.save(under("module.")(theirs.state_dict()), "w.pt")
    assert alike(
        build_pretrained(
            {"kind": "python", "factory": Around, "weights": "w.pt"}, Form((4,), 3), 0
        ).module,
        theirs,
    )


@pytest.mark.parametrize(
    "names",
    [("state_dict", "state_dict_ema"), ("model", "model_ema"), ("student", "teacher"), ("", "ema")],
)
def test_of_several_networks_none_is_picked(theirs, names):
    one, other = theirs.state_dict(), under("module.")(Net().state_dict())
    torch.save((one if names[0] == "" else {names[0]: one}) | {names[1]: other}, "w.pt")
    first = names[0] or "the outermost names"
    with pytest.raises(
        InputError, match=rf"w\.pt holds several sets of weights .*'{first}' and '{names[1]}'"
    ):
        load()


def test_names_that_begin_differently_are_refused_by_name(theirs):
    torch.save(
        under("model.")(theirs.state_dict()) | under("model_ema.")(theirs.state_dict()), "w.pt"
    )
    with pytest.raises(
        InputError, match=r"6 tensors missing .* 18 tensors unknown .*model\.part\.head\.weight"
    ):
        load()


def test_tied_parameters_are_loaded_once_and_must_agree():
    class Tied(nn.Module):
        def __init__(self, shape, classes):
            super().__init__()
            self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)
            self.b.weight = self.a.weight
            self.head = nn.Linear(4, classes)

        def forward(self, x):
            return self.head(self.b(self.a(x).relu()).relu())

    spec, theirs = {"kind": "python", "factory": Tied, "weights": "w.pt"}, Tied((4,), 3)
    state = theirs.state_dict()
    for left_out in ((), ("a.weight",), ("b.weight",)):
        torch.save({k: v for k, v in state.items() if k not in left_out}, "w.pt")
        assert alike(build_pretrained(spec, Form((4,), 3), 0), theirs)
    torch.save(state | {"b.weight": state["b.weight"] + 1}, "w.pt")
    with pytest.raises(
        InputError, match=r"a\.weight and b\.weight are one parameter in it, and differ in the file"
    ):
        build_pretrained(spec, Form((4,), 3), 0)


# what is no weights -------------------------------------------------------------------------------

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4cac19622fc3ada9c0fdeadb33f88f367b541f38b89102a3f1261ac81fd5bcb5\n"


def zipped(path, names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "x")


def written(path, save, *arrays, **named):
    """By NumPy, into a file of whatever name."""
    with path.open("wb") as file:
        save(file, *arrays, **named)


def tarred(path):
    (path.parent / "in.pt").write_bytes(b"x" * 100)
    with tarfile.open(path, "w") as archive:
        archive.add(path.parent / "in.pt", "in.pt")


def scripted(path):
    torch.jit.script(nn.Linear(2, 2)).save(str(path))


FOREIGN = {
    "pointer": (
        lambda p: p.write_text(POINTER + "size 12345\n"),
        "a Git LFS pointer, not the weights.*git lfs pull",
    ),
    "page": (
        lambda p: p.write_text("\n<!DOCTYPE html><html><body>Sign in" + " " * 99),
        "a web page, which came instead.*download",
    ),
    "page without doctype": (lambda p: p.write_text("<HTML>" + "404 " * 50), "a web page"),
    "empty": (lambda p: p.write_bytes(b""), "empty; copy or download it again"),
    "zeros": (lambda p: p.write_bytes(bytes(5000)), "no weights; copy or download"),
    "few bytes": (lambda p: p.write_bytes(b"\x80\x02}q\x00."), "6 bytes that are no weights"),
    "json": (
        lambda p: p.write_text(json.dumps({"weight_map": {f"a{i}": "b" for i in range(9)}})),
        "an index of several files",
    ),
    "text": (
        lambda p: p.write_text("No such object: s3://bucket/w.pt " * 3),
        "text that begins 'No such object",
    ),
    "gguf": (lambda p: p.write_bytes(b"GGUF" + bytes(range(200))), "a GGUF file"),
    "hdf5": (
        lambda p: p.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(200)),
        "an HDF5 file, as Keras writes",
    ),
    "keras": (lambda p: zipped(p, ["config.json", "model.weights.h5"]), "a Keras model"),
    "npy": (lambda p: written(p, np.save, np.ones(99)), "a NumPy array"),
    "npz": (
        lambda p: written(p, np.savez, a=np.ones(9), b=np.ones(9)),
        r"an npz file of NumPy arrays \(a\.npy, b\.npy\)",
    ),
    "zip": (
        lambda p: zipped(p, ["w.pt", "readme.md"]),
        r"a zip archive of w\.pt, readme\.md; unpack it",
    ),
    "tar": (tarred, "a tar archive; unpack it"),
    "gzip": (
        lambda p: p.write_bytes(gzip.compress(bytes(range(256)) * 9)),
        "packed by gzip; unpack it",
    ),
    "tflite": (
        lambda p: p.write_bytes(b"\x1c\0\0\0TFL3" + bytes(range(100))),
        "a TensorFlow Lite file",
    ),
    "torchscript": (scripted, r"a TorchScript archive; .*torch\.jit\.load\(path\)\.state_dict\(\)"),
    "noise": (lambda p: p.write_bytes(bytes(range(7, 250))), "of an unknown kind"),
}


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")
@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_that_holds_no_weights_is_called_by_what_it_is(folder, name):
    write, message = FOREIGN[name]
    for path in (folder / "w.pt", folder / "w.safetensors"):
        write(path)
        with pytest.raises(
            InputError,
            match=rf"{path.name} is not a plain state dict or safetensors file but .*{message}",
        ):
            load(path.name)


@pytest.mark.parametrize(
    ("suffix", "what"), [("onnx", "ONNX"), ("pb", "TensorFlow graph"), ("msgpack", "Flax")]
)
def test_formats_without_a_mark_go_by_their_name(folder, suffix, what):
    (folder / f"w.{suffix}").write_bytes(b"\x08\x07\x12\x07" + bytes(range(200)))
    with pytest.raises(InputError, match=what):
        load(f"w.{suffix}")


def test_a_folder_and_an_absent_file_are_named(folder):
    (folder / "snapshot").mkdir()
    (folder / "snapshot" / "model.safetensors").touch()
    with pytest.raises(
        InputError, match=r"snapshot is a folder; name a file in it \(model\.safetensors\)"
    ):
        load("snapshot")
    with pytest.raises(InputError, match=r"no\.pt does not exist \(looked in"):
        load("no.pt")


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("part", [0.5, 0.9, 0.999])
def test_a_file_that_was_cut_short_says_so(folder, theirs, legacy, part):
    torch.save(theirs.state_dict(), "w.pt", _use_new_zipfile_serialization=not legacy)
    content = (folder / "w.pt").read_bytes()
    (folder / "w.pt").write_bytes(content[: int(part * len(content))])
    with pytest.raises(InputError, match=r"cut short, [0-9]+ bytes"):
        load()


def test_safetensors_cut_short_say_so(folder, theirs):
    save_file(theirs.state_dict(), "w.safetensors")
    content = (folder / "w.safetensors").read_bytes()
    for size in (len(content) - 1, len(content) // 2, 100):
        (folder / "w.safetensors").write_bytes(content[:size])
        with pytest.raises(InputError, match="cut short"):
            load("w.safetensors")


def test_a_file_is_read_by_its_content_whatever_it_is_called(theirs):
    save_file(theirs.state_dict(), "w.pt")
    torch.save(theirs.state_dict(), "w.safetensors")
    torch.save(theirs.state_dict(), "w.ckpt", _use_new_zipfile_serialization=False)
    for name in ("w.pt", "w.safetensors", "w.ckpt"):
        assert alike(load(name), theirs)


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize(
    ("wrap", "message"),
    [
        (lambda net: {"args": argparse.Namespace(lr=1), "m": net.state_dict()}, r"beside tensors: argparse\.Namespace"),
        (lambda net: {"best": np.float64(0.9), "m": net.state_dict()}, r"beside tensors: numpy\._core\.multiarray\.scalar"),
        (lambda net: {"x": np.ones(3), "m": net.state_dict()}, r"beside tensors: numpy"),
        (lambda net: nn.Sequential(nn.Linear(2, 2)), r"a whole network: torch\.nn\.modules"),
        (lambda net: {"model": nn.Sequential(nn.Linear(2, 2))}, r"a whole network: torch\.nn\.modules"),
        (lambda net: [torch.ones(3)], "it holds no tensors, but a list without names"),
        (lambda net: torch.ones(300), "it holds no tensors, but a Tensor without names"),
        (lambda net: {"epoch": 3, "optimizer": {"lr": 0.1}}, "it holds no tensors, but epoch, optimizer"),
    ],
)  # fmt: skip
def test_what_else_a_file_of_torch_holds_is_named(theirs, wrap, message, legacy):
    torch.save(wrap(theirs), "w.pt", _use_new_zipfile_serialization=not legacy)
    with pytest.raises(
        InputError, match=rf"{message}.*; write one with torch\.save\(net\.state_dict\(\), path\)"
    ) as caught:
        load()
    assert "weights_only" not in str(caught.value), "PyTorch's advice is to drop the protection"


@pytest.mark.filterwarnings("ignore:Detected pickle protocol 4:UserWarning")
def test_a_plain_pickle_is_not_read(folder):
    (folder / "w.pt").write_bytes(pickle.dumps({"head.weight": np.ones((3, 8))}))
    with pytest.raises(InputError, match="not a plain state dict"):
        load()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.to(torch.float8_e4m3fn), "is float8_e4m3fn, where the network has float32"),
        (lambda v: v.to(torch.float8_e5m2), "is float8_e5m2"),
        (lambda v: torch.quantize_per_tensor(v, 0.1, 0, torch.qint8), "is quantised, where"),
        (lambda v: v.to(torch.complex64), "is complex64"),
        (lambda v: (10 * v).to(torch.int8), "is int8, where the network has float32"),
        (lambda v: v > 0, "is bool"),
        (lambda v: v.to_sparse(), "is sparse"),
        (lambda v: v.to("meta"), "is without numbers"),
        (lambda v: v * torch.inf, r"has NaN or infinity in part\.head\.weight"),
        (lambda v: v.double() * 1e300, r"has NaN or infinity in part\.head\.weight"),
    ],
)
@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor:UserWarning")
@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated:UserWarning")  # by torch.load
def test_numbers_that_the_network_cannot_take_are_named(theirs, change, message):
    state = theirs.state_dict()
    torch.save(state | {"part.head.weight": change(state["part.head.weight"])}, "w.pt")
    with pytest.raises(InputError, match=message):
        load()


@pytest.mark.parametrize("kind", [torch.float64, torch.bfloat16, torch.float16])
def test_plain_numbers_of_other_precision_are_taken(theirs, kind):
    state = {
        k: v.to(kind) for k, v in theirs.state_dict().items()
    }  # the counter of batches as well
    torch.save(state, "w.pt")
    net = load()
    assert torch.equal(net.part["head"].weight, state["part.head.weight"].float())
    assert net.head.weight.dtype == torch.float32


# what needs more than names -----------------------------------------------------------------------


def test_auxiliary_classifiers_in_files_are_left_out(caplog):
    from lit.data.safe_torchvision import import_torchvision

    caplog.set_level("INFO", "lit")
    theirs = import_torchvision().models.googlenet(weights=None, init_weights=False)
    torch.save(theirs.state_dict(), "w.pt")
    spec = {"kind": "torchvision", "name": "googlenet", "weights": "w.pt", "input": PUBLIC}
    net = build_pretrained(spec, Form((3, 32, 32), 10), 0).net
    assert alike(net, theirs, ["fc.", "aux1.", "aux2."])
    assert "auxiliary classifiers in weights w.pt are left out: aux1." in caplog.text
    assert not net.transform_input, "a file's preprocessing is what input: says"


def test_the_librarys_weights_get_the_preprocessing_that_the_library_gives_them():
    """torchvision's GoogLeNet and Inception shift their inputs inside of the network where they have its weights."""
    net = build_theta0(
        {"kind": "torchvision", "name": "googlenet", "weights": "DEFAULT"}, Form((3, 32, 32), 10), 0
    )
    assert net.net.transform_input
    assert not build_theta0(
        {"kind": "torchvision", "name": "googlenet", "input": PUBLIC}, Form((3, 32, 32), 10), 0
    ).net.transform_input


def test_ready_weights_are_tried_with_the_classes_that_their_job_has(theirs, rng, monkeypatch):
    """M of the source's classes, theta0 of the target's; and several heads beside each other."""
    from lit.workflow import check_rows as checks
    from lit.workflow.check_rows import check_rows

    torch.save(theirs.state_dict(), "w.pt")
    tried = []
    monkeypatch.setattr(checks, "try_network", lambda *a, pretrained, **k: tried.append((*a[2:3], pretrained)) or try_network(
        *a, pretrained=pretrained, **k))  # fmt: skip
    x = rng.normal(size=(60, 4)).astype(np.float32)
    data = {name: Dataset(x, np.arange(60) % c, c) for name, c in (("a", 3), ("b", 5))}
    row = {
        "arm": "one", "target": "b", "k": 8, "labels": None, "source_dataset": "a", "source_labels": None, "n": 8, "before": [],
        "memory": "none", "learner": "restart", "model": "own", "source": "source", "head": "new", "heads_between": [],
    }  # fmt: skip
    models, origins = {"own": OWN | {"weights": "w.pt"}}, {"a": "a", "b": "b"}
    check_rows([row], data, models, 0, origins)
    assert sorted(tried) == [(3, True), (5, False)]
    with pytest.raises(InputError, match=r"models\.own on b: .*of 3 classes, but here are 5"):
        check_rows([row | {"source_dataset": "b", "n": None}], data, models, 0, origins)
    check_rows([row | {"source_dataset": "b", "n": 0, "source": None}], data, models, 0, origins)
    torch.save(Net((4,), 6).state_dict(), "w.pt")
    before = [{"dataset": "a", "labels": None, "n": 8}]
    several = row | {"before": before, "target": "a", "heads": "multi", "tasks": 2, "sequence": "s"}
    check_rows([several], dict.fromkeys(data, data["a"]), models, 0, {"a": "a", "b": "b"})
