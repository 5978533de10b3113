"""Features of frozen backbones: the numbers that a network run by hand gives, whatever interrupts or cuts up the work."""

import copy
import sys
import weakref

import h5py
import numpy as np
import pytest
import torch
from torch import nn

from lit.data.dataset import Dataset, Form
from lit.data.overlap import row_hashes
from lit.data.safe_torchvision import import_torchvision
from lit.errors import InputError
from lit.files import store
from lit.files.checkpoint import Checkpoint
from lit.networks import features
from lit.networks.build import build_theta0
from lit.networks.features import extract_features, extract_layers
from lit.study.config import load_study

CPU = torch.device("cpu")
MEAN, STD = [0.4, 0.5, 0.6], [0.2, 0.25, 0.3]
INPUT = {"size": 48, "channels": "BGR", "mean": MEAN, "std": STD}


@pytest.fixture(scope="module")
def images():
    """Seven images that are smooth, so that what resizing does is more than noise."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (7, 3, 8, 8)).repeat(4, axis=2).repeat(4, axis=3)
    return Dataset(x.astype(np.uint8), np.arange(7) % 2, 2)


@pytest.fixture(scope="module")
def theirs(images):
    """torchvision's own ShuffleNet of 12 classes: random, but with the images' statistics, so that they are told apart."""
    torch.manual_seed(0)
    net = import_torchvision().models.shufflenet_v2_x0_5(weights=None, num_classes=12)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # the mean over all that passes
    with torch.no_grad():
        net.train()(prepared(images))
    return net.eval()


@pytest.fixture(scope="module")
def spec(theirs, tmp_path_factory):
    """The entry of a backbone whose weights lie in a file."""
    path = tmp_path_factory.mktemp("weights") / "shuffle.pt"
    torch.save(theirs.state_dict(), path)
    return {
        "kind": "torchvision",
        "name": "shufflenet_v2_x0_5",
        "weights": str(path),
        "input": INPUT,
    }


def prepared(images):
    """What the network has to be given, by torchvision's own resizing and by plain arithmetic."""
    from torchvision.transforms.functional import resize

    x = resize(torch.from_numpy(images.x / np.float32(255)), [48, 48], antialias=True)
    blue_first = x[:, [2, 1, 0]]
    return (blue_first - torch.tensor(MEAN).reshape(3, 1, 1)) / torch.tensor(STD).reshape(3, 1, 1)


def close(found, wanted):
    wanted = wanted.numpy() if isinstance(wanted, torch.Tensor) else wanted
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() <= 1e-4 * np.abs(wanted).max()


# the numbers -------------------------------------------------------------------------------------


@torch.no_grad()
def test_features_are_what_the_network_gives_by_hand(images, theirs, spec):
    """In the order blue, green, red, at its size, normalised; and the head makes the network's own logits of them."""
    found = extract_features(spec, images, 0, CPU)
    x = prepared(images)
    stages = nn.Sequential(
        theirs.conv1, theirs.maxpool, theirs.stage2, theirs.stage3, theirs.stage4, theirs.conv5
    )
    assert found["x"].dtype == np.float32
    close(found["x"], stages(x).mean(dim=(2, 3)))
    close(found["x"] @ found["classifier/weight"].T + found["classifier/bias"], theirs(x))
    wrong = extract_features(spec | {"input": INPUT | {"channels": "RGB"}}, images, 0, CPU)
    assert np.abs(wrong["x"] - found["x"]).max() > 0.01 * np.abs(found["x"]).max()


@torch.no_grad()
def test_features_of_a_layer_are_its_means_over_positions(images, theirs, spec):
    found = extract_features(spec, images, 0, CPU, layer="stage2.1.branch2.4")
    seen = []
    handle = (
        theirs.stage2[1]
        .branch2[4]
        .register_forward_hook(lambda module, inputs, output: seen.append(output))
    )
    theirs(prepared(images))
    handle.remove()
    close(found["x"], seen[0].flatten(2).mean(dim=2))
    assert list(found) == ["x"]
    before = extract_features(spec, images, 0, CPU, layer="conv5.0")
    assert list(before) == ["x"], "as wide as the head's inputs, but not these"


def test_layers_of_one_pass_are_those_of_passes_of_their_own(images, spec, sizes):
    """To the bit, while the network sees each example once."""
    names = (None, "stage2.1.branch2.4", "conv5.0")
    alone = {name: extract_features(spec, images, 0, CPU, layer=name) for name in names}
    sizes.clear()
    layers = {str(name): {"layer": name, "pooling": None} for name in names}
    together = extract_layers(spec, images, 0, CPU, layers)
    assert sum(sizes) == len(images.x) + 1, "and one to find the size of a batch"
    for name in names:
        assert together[str(name)].keys() == alone[name].keys()
        for part, wanted in alone[name].items():
            np.testing.assert_array_equal(together[str(name)][part], wanted)
    layers["None"] = {"layer": "conv6", "pooling": None}
    with pytest.raises(InputError, match=r"None: layer: .*conv6"):
        extract_layers(spec, images, 0, CPU, layers)


@torch.no_grad()
def test_the_head_of_a_convolution_makes_logits_of_means(images, tmp_path):
    """SqueezeNet's head is a convolution in front of the mean; they are linear, so their order does not matter."""
    torch.manual_seed(1)
    net = import_torchvision().models.squeezenet1_1(weights=None, num_classes=5).eval()
    torch.save(net.state_dict(), tmp_path / "squeeze.pt")
    spec = {
        "kind": "torchvision",
        "name": "squeezenet1_1",
        "weights": str(tmp_path / "squeeze.pt"),
        "input": INPUT,
    }
    found = extract_features(spec, images, 0, CPU)
    wanted = net.classifier[1](net.features(prepared(images))).mean(dim=(2, 3))
    close(found["x"] @ found["classifier/weight"].T + found["classifier/bias"], wanted)


def test_weights_without_a_head_do_for_a_backbone(images, theirs, spec, tmp_path):
    """As self-supervised ones come: the features are the same, and there are no classes of its own for LEEP and NCE."""
    headless = {
        name: value for name, value in theirs.state_dict().items() if not name.startswith("fc.")
    }
    torch.save(headless, tmp_path / "headless.pt")
    found = extract_features(spec | {"weights": str(tmp_path / "headless.pt")}, images, 0, CPU)
    assert list(found) == ["x"]
    assert np.array_equal(found["x"], extract_features(spec, images, 0, CPU)["x"])


def test_the_random_twin_is_another_network_and_always_the_same(images, spec):
    trained = extract_features(spec, images, 3, CPU)
    twin, again, other = (
        extract_features(spec, images, seed, CPU, trained=False) for seed in (3, 3, 4)
    )
    assert np.array_equal(twin["x"], again["x"])
    assert twin["x"].shape == trained["x"].shape
    for another in (trained, other):
        assert np.abs(twin["x"] - another["x"]).max() > 0.1 * np.abs(twin["x"]).max()
    assert "classifier/weight" not in twin, "its head is zero"
    untrained = {key: value for key, value in spec.items() if key != "weights"}
    assert np.array_equal(twin["x"], extract_features(untrained, images, 3, CPU)["x"]), (
        "the same preprocessing"
    )


def test_grey_images_are_taken_as_colours_alike(spec, images):
    grey = Dataset(images.x[:, :1], images.y, 2)
    colour = Dataset(images.x[:, :1].repeat(3, axis=1), images.y, 2)
    assert np.array_equal(
        extract_features(spec, grey, 0, CPU)["x"], extract_features(spec, colour, 0, CPU)["x"]
    )


class Layers(nn.Module):
    """Outputs of every shape: (B, D), (B, T, D), of five dimensions, a pair, and a layer that is used twice, or never."""

    alive: list = []  # noqa: RUF012

    def __init__(self, input_shape=(3, 32, 32), classes=4):
        super().__init__()
        self.first, self.pair, self.deep = (
            nn.Linear(32, 6),
            nn.GRU(6, 6, batch_first=True),
            nn.Unflatten(1, (1, 1, 2, -1)),
        )
        self.relu, self.unused, self.head = nn.ReLU(), nn.Identity(), nn.Linear(6, classes)

    def forward(self, x):
        x = self.relu(self.first(x.mean(dim=1) - 0.5))  # (B, T, D)
        self.alive.append(weakref.ref(x))
        x = self.relu(1 - self.pair(x)[0])
        self.alive.append(weakref.ref(x))
        self.deep(x.mean(dim=2))
        return self.head(x.mean(dim=1))


OWN = {"kind": "python", "factory": Layers}


@torch.no_grad()
def test_positions_of_sequences_are_averaged(images):
    found = extract_features(OWN, images, 5, CPU, layer="first")["x"]
    net = build_theta0(OWN, Form((3, 32, 32), 2), 5)
    close(
        found, net.first(torch.from_numpy(images.x / np.float32(255)).mean(dim=1) - 0.5).mean(dim=1)
    )


def test_of_a_layer_that_is_used_twice_the_last_output_is_taken_and_none_is_kept(
    images, monkeypatch
):
    monkeypatch.setattr(features, "MOST", 1)
    Layers.alive.clear()
    kept = []
    inputs = features._inputs

    def count(*arguments):
        kept.append(sum(output() is not None for output in Layers.alive))
        return inputs(*arguments)

    monkeypatch.setattr(features, "_inputs", count)
    found = extract_features(OWN, images, 5, CPU, layer="relu")["x"]
    assert kept == [0] * 8, "outputs of earlier batches are still there"
    close(found, extract_features(OWN, images, 5, CPU)["x"])


def test_half_precision_is_a_matter_of_the_file(images, spec, tmp_path):
    full, half = (
        extract_features(spec, images, 0, CPU, precision=precision)["x"]
        for precision in ("float32", "float16")
    )
    assert half.dtype == np.float16
    assert np.array_equal(half, full.astype(np.float16))
    store.write(
        tmp_path / "f.h5",
        "dataset",
        {"x": half, "y": images.y, "row_hash": row_hashes(half)},
        classes=2,
        settings={"dataset": "f"},
    )
    read = store.read_dataset(tmp_path / "f.h5", "f").x
    assert read.dtype == np.float32
    assert np.abs(read - full).max() <= 2**-11 * np.abs(full).max()


@pytest.mark.parametrize(
    ("kind", "name", "size", "mean", "std"),
    [
        ("torchvision", "mobilenet_v3_small", 224, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ("torchvision", "efficientnet_b1", 240, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ("timm", "tf_efficientnet_lite0", 224, [0.5] * 3, [0.5] * 3),
    ],
)
def test_the_librarys_own_weights_bring_their_preprocessing(kind, name, size, mean, std):
    """As torchvision and timm publish it; nothing is downloaded for that."""
    net = build_theta0({"kind": kind, "name": name, "weights": "DEFAULT"}, Form((3, 32, 32), 10), 0)
    assert (net.size, net.mean, net.std, net.reverse) == (size, mean, std, False)


# the work ----------------------------------------------------------------------------------------


@pytest.fixture
def sizes(monkeypatch):
    """Examples of each batch, that of the very first example left out."""
    found, inputs = [], features._inputs

    def record(data, begin, end, device):
        found.append(min(end, len(data.x)) - begin)
        return inputs(data, begin, end, device)

    monkeypatch.setattr(features, "_inputs", record)
    return found


def test_batches_go_by_memory_and_do_not_matter(images, spec, sizes, monkeypatch):
    whole = extract_features(spec, images, 0, CPU)["x"]
    assert sizes == [1, 7]
    largest = (
        24 * 24 * 24
    )  # numbers: what the first convolution gives of one image; each takes 4 bytes
    for room, batches in (
        (0, [1] * 7),
        (3 * 4 * largest * 3, [3, 3, 1]),
        (3 * 4 * largest * 3 - 1, [2, 2, 2, 1]),
    ):
        sizes.clear()
        monkeypatch.setattr(features, "CPU_BYTES", room)
        close(extract_features(spec, images, 0, CPU)["x"], whole)
        assert sizes == [1, *batches]


def write(path, arrays, images):
    store.write(
        path,
        "dataset",
        arrays | {"y": images.y, "row_hash": row_hashes(arrays["x"])},
        classes=2,
        settings={"dataset": "f"},
    )


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_an_interrupted_job_goes_on_to_the_same_bytes(
    images, spec, sizes, precision, tmp_path, monkeypatch
):
    monkeypatch.setattr(features, "MOST", 2)
    monkeypatch.setattr("lit.files.checkpoint.EVERY", 0)
    write(
        tmp_path / "whole.h5", extract_features(spec, images, 0, CPU, precision=precision), images
    )
    made_by, path, take = {"settings": "of this job"}, tmp_path / "f.checkpoint", features.Tap.take
    sizes.clear()

    def killed(*arguments):
        if len(sizes) == 4:
            raise KeyboardInterrupt
        return take(*arguments)

    monkeypatch.setattr(features.Tap, "take", killed)
    with pytest.raises(KeyboardInterrupt):
        extract_features(
            spec, images, 0, CPU, precision=precision, checkpoint=Checkpoint(path, **made_by)
        )
    monkeypatch.setattr(features.Tap, "take", take)
    assert sizes == [1, 2, 2, 2]
    sizes.clear()
    found = extract_features(
        spec, images, 0, CPU, precision=precision, checkpoint=Checkpoint(path, **made_by)
    )
    assert sizes == [1, 2, 1], "the first four examples are not computed again"
    write(tmp_path / "resumed.h5", found, images)
    assert (tmp_path / "resumed.h5").read_bytes() == (tmp_path / "whole.h5").read_bytes()
    sizes.clear()
    extract_features(
        spec,
        images,
        0,
        CPU,
        precision=precision,
        checkpoint=Checkpoint(path, settings="of another job"),
    )
    assert sizes == [1, 2, 2, 2, 1]


def test_features_lie_in_chunks_whose_damage_is_found(tmp_path):
    """Damage is found by HDF5's checksum of the chunk, and the file is named with what remakes it."""
    x = np.random.default_rng(0).normal(size=(3000, 256)).astype(np.float32)
    path, data = tmp_path / "features.h5", Dataset(x, np.arange(3000) % 2, 2)
    write(
        path, {"x": x, "classifier/weight": np.ones((5, 256)), "classifier/bias": np.zeros(5)}, data
    )
    with h5py.File(path) as file:
        assert file["x"].fletcher32
        assert file["x"].chunks == (1024, 256)  # 2**20 bytes
        at = file["x"].id.get_chunk_info(1).byte_offset + 1000
    assert np.array_equal(store.read_dataset(path, "f").x, x)
    whole = path.read_bytes()
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    with h5py.File(path) as file:
        assert np.array_equal(file["x"][:1024], x[:1024]), "the other chunks can be read"
        with pytest.raises(OSError, match=r"."):
            file["x"][1024:1025]
    with pytest.raises(InputError, match=rf"{path} is not a readable result file .*rm '{path}'"):
        store.read_dataset(path, "f")


@pytest.mark.parametrize(
    ("name", "shape"),
    [("classifier/weight", (5, 255)), ("classifier/bias", (4,)), ("classifier/weight", (5,))],
)
def test_a_head_that_does_not_fit_is_refused(tmp_path, name, shape):
    x = np.ones((4, 256), dtype=np.float32)
    arrays = {
        "x": x,
        "y": np.arange(4) % 2,
        "row_hash": np.arange(4),
        "classifier/weight": np.ones((5, 256)),
        "classifier/bias": np.zeros(5),
    }
    store.write(
        tmp_path / "f.h5",
        "dataset",
        arrays | {name: np.ones(shape)},
        classes=2,
        settings={"dataset": "f"},
    )
    with pytest.raises(InputError, match=r"f\.h5: classifier/.* shape"):
        store.read_dataset(tmp_path / "f.h5", "f")


# a user's own ------------------------------------------------------------------------------------

BACKBONE = """
from torch import nn

def build(input_shape, classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(48, 10), nn.Tanh(), nn.Linear(10, classes))
"""


@torch.no_grad()
@pytest.mark.parametrize("suffix", ["pt", "safetensors"])
def test_an_own_backbone_with_weights_from_a_file(tmp_path, monkeypatch, rng, suffix):
    from safetensors.torch import save_file

    (tmp_path / "my_backbone.py").write_text(BACKBONE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    torch.manual_seed(2)
    net = nn.Sequential(nn.Flatten(), nn.Linear(48, 10), nn.Tanh(), nn.Linear(10, 7))
    save = torch.save if suffix == "pt" else save_file
    save(net.state_dict(), tmp_path / f"mine.{suffix}")
    data = Dataset(rng.normal(size=(5, 3, 4, 4)).astype(np.float32), np.arange(5) % 2, 2)
    spec = {"kind": "python", "factory": "my_backbone:build", "weights": f"mine.{suffix}"}
    found = extract_features(spec, data, 0, CPU)
    close(found["x"], net[:3](torch.from_numpy(data.x)))
    close(
        found["x"] @ found["classifier/weight"].T + found["classifier/bias"],
        net(torch.from_numpy(data.x)),
    )
    close(extract_features(spec, data, 0, CPU, layer="1")["x"], net[:2](torch.from_numpy(data.x)))
    sys.modules.pop("my_backbone")


# what is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (
            "firs",
            r"datasets\.f: layer: no module of the backbone is named 'firs'; did you mean 'first'",
        ),
        ("pair", r"datasets\.f: the layer's output is tuple; it must be \(B, D\)"),
        ("deep", r"datasets\.f: the layer's output is \(\d+, 1, 1, 2, 16\); it must be"),
        ("unused", r"datasets\.f: layer: no input passes 'unused'; name another"),
    ],
)
def test_layers_that_give_no_features_are_refused(images, layer, message):
    with pytest.raises(InputError, match=message):
        extract_features(OWN, images, 0, CPU, layer=layer, where="datasets.f")


@pytest.mark.filterwarnings("ignore:overflow")
def test_numbers_beyond_half_precision_are_refused():
    x = np.full((2, 3), 1e5, dtype=np.float32)
    spec = {
        "kind": "python",
        "factory": lambda shape, classes: nn.Sequential(nn.Identity(), nn.Linear(3, classes)),
    }
    data = Dataset(x, np.arange(2), 2)
    assert extract_features(spec, data, 0, CPU)["x"].max() == 1e5
    with pytest.raises(InputError, match=r"features big: .*not finite.*precision: float32"):
        extract_features(spec, data, 0, CPU, precision="float16", where="features big")


def test_weights_whose_preprocessing_is_not_said_are_refused(images, spec):
    """Nobody can tell from a file of weights what its network was given, so nothing is guessed."""
    silent = {key: value for key, value in spec.items() if key != "input"}
    with pytest.raises(
        InputError,
        match=r"datasets\.f: weights from a file need their preprocessing: write input: \{size",
    ):
        extract_features(silent, images, 0, CPU, where="datasets.f")


def study(**changes):
    datasets = {
        "digits": {"kind": "sklearn", "name": "digits"},
        "f": {"kind": "features", "of": "digits", "model": "net"},
    }
    net = {"kind": "torchvision", "name": "resnet18", "weights": "w.pt", "input": INPUT}
    whole = {
        "study": "s",
        "seeds": [0],
        "stream": {"k": 64},
        "datasets": datasets,
        "models": {"net": net, "linear": {"kind": "linear"}},
        "arms": [{"name": "a", "target": "f", "model": "linear", "learner": "probe", "n": 0}],
    }
    whole = copy.deepcopy(whole)
    for path, value in changes.items():
        *parents, last = path.split("__")
        at = whole
        for key in parents:
            at = at[key]
        if value is None:
            del at[last]
        else:
            at[last] = value
    return whole


TWICE = {"kind": "features", "of": "f", "model": "net"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"models__net__input__channels": None}, r"models\.net\.input: .*channels"),
        ({"models__net__input__size": None}, r"models\.net\.input: .*size"),
        ({"models__net__input__mean": [0.5]}, r"models\.net\.input\.mean"),
        ({"models__net__input__std": [0.5, 0.5, 0]}, r"models\.net\.input\.std"),
        ({"models__net__input__channels": "GBR"}, r"models\.net\.input\.channels: .*RGB"),
        ({"datasets__f__precision": "float8"}, r"datasets\.f\.precision"),
        ({"datasets__f__layer": "a b"}, r"datasets\.f\.layer"),
        (
            {"models__net__weights": None, "datasets__f__trained": False},
            r"datasets\.f\.trained: model 'net' has no weights",
        ),
        (
            {"datasets__f__model": "nett"},
            r"datasets\.f\.model: no model is named 'nett'; did you mean 'net'",
        ),
        ({"datasets__g": TWICE}, r"datasets\.g\.of: 'f' is made from another data set itself"),
        (
            {
                "arms": [
                    {
                        "name": "a",
                        "target": "f",
                        "model": "linear",
                        "n": 0,
                        "each": {"backbones": ["net"]},
                    }
                ]
            },
            r"datasets\.f\.net\.of: 'f' is made from another data set itself",
        ),
        (
            {
                "arms": [
                    {
                        "name": "a",
                        "target": "digits",
                        "model": "linear",
                        "n": 0,
                        "each": {"backbones": ["nett"]},
                    }
                ]
            },
            r"'nett'; did you mean 'net'",
        ),
        (
            {
                "arms": [
                    {
                        "name": "a",
                        "target": "digits",
                        "model": "linear",
                        "n": 0,
                        "each": {"twins": ["linear"]},
                    }
                ]
            },
            r" model 'linear' has no weights, so it is random itself",
        ),
        (
            {
                "datasets__digits.net": {
                    "kind": "features",
                    "of": "digits",
                    "model": "net",
                    "precision": "float16",
                },
                "arms": [
                    {
                        "name": "a",
                        "target": "digits",
                        "model": "linear",
                        "n": 0,
                        "each": {"backbones": ["net"]},
                    }
                ],
            },
            r"arm 'a' makes features called 'digits\.net', but datasets has another",
        ),
    ],
)
def test_studies_that_say_too_little_or_too_much_are_refused(changes, message):
    load_study(study())
    with pytest.raises(InputError, match=message):
        load_study(study(**changes))
