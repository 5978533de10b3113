"""Data sets of torchvision, from tiny files in their own formats: what torchvision gives for each i is what is read."""

import bz2
import csv
import hashlib
import inspect
import json
import os
import pathlib

import h5py
import numpy as np
import pytest
import torch
from PIL import Image
from scipy.io import savemat

from lit.data.loaders import torchvision as loader
from lit.data.loaders import torchvision_examples
from lit.data.safe_torchvision import import_torchvision
from lit.errors import InputError

WHERE = "datasets.mine"
DATASETS = import_torchvision().datasets
FOLDER = os.environ.get("LIT_DATA")
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    """No test may reach a network, whatever the machine has."""

    def refuse(*args, **kwargs):
        raise OSError("no network here")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    monkeypatch.delenv("LIT_DATA", raising=False)


PUBLISHED = {  # digests of x and y, as they have always been
    ("MNIST", "train"): ("741c988805d008ac", "e474323ac02fc156"),
    ("MNIST", "test"): ("6d87418db22cc802", "2fd8de6bdb8d1178"),
    ("FashionMNIST", "train"): ("2e487a6c89124f78", "e3245b63f7c40d1c"),
    ("FashionMNIST", "test"): ("c867c93ff9536059", "d51d859896c55775"),
}


@pytest.mark.skipif(
    not FOLDER, reason="LIT_DATA does not name a folder with torchvision's data sets"
)
@pytest.mark.parametrize(("name", "split"), PUBLISHED)
def test_published_data_are_read_to_the_same_bytes(name, split):
    loaded = read(name, FOLDER, split=split)
    arrays = loaded.x, loaded.y.astype(np.int64)
    assert (
        tuple(hashlib.sha256(a.tobytes()).hexdigest()[:16] for a in arrays)
        == PUBLISHED[name, split]
    )


@pytest.fixture
def any_checksum(monkeypatch):
    """The small files of these tests cannot have the published checksums."""

    def is_there(path, md5=None):
        return import_torchvision().datasets.utils.os.path.isfile(path)

    for module in vars(DATASETS).values():
        if inspect.ismodule(module) and hasattr(module, "check_integrity"):
            monkeypatch.setattr(module, "check_integrity", is_there)


def read(name, root=None, **spec):
    return loader.load(
        {"kind": "torchvision", "name": name} | ({"root": str(root)} if root else {}) | spec, WHERE
    )


def idx(path, array):
    """A file as MNIST's are."""
    kind = {"uint8": 8, "int32": 12}[array.dtype.name]
    path.parent.mkdir(parents=True, exist_ok=True)
    head = bytes([0, 0, kind, array.ndim]) + np.array(array.shape, ">i4").tobytes()
    path.write_bytes(head + array.astype(array.dtype.newbyteorder(">")).tobytes())


def images(count, *shape):
    return RNG.integers(0, 256, (count, *shape), dtype=np.uint8)


def picture(path, *shape):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(images(1, *(shape or (6, 6, 3)))[0]).save(path)


def text(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


# files in the formats of each class ----------------------------------------------------------------


def make_mnist(root, name="MNIST"):
    for split, count in (("train", 20), ("t10k", 10)):
        idx(root / name / f"raw/{split}-images-idx3-ubyte", images(count, 28, 28))
        idx(
            root / name / f"raw/{split}-labels-idx1-ubyte", (np.arange(count) % 10).astype(np.uint8)
        )


def make_emnist(root, collection="letters", labels=tuple(range(1, 27))):
    for split in ("train", "test"):
        idx(
            root / f"EMNIST/raw/emnist-{collection}-{split}-images-idx3-ubyte",
            images(len(labels), 28, 28),
        )
        idx(
            root / f"EMNIST/raw/emnist-{collection}-{split}-labels-idx1-ubyte",
            np.array(labels, np.uint8),
        )


def make_qmnist(root):
    for split in ("train", "test"):
        labels = np.arange(80, dtype=np.int32).reshape(10, 8)
        labels[:, 0] = RNG.permutation(10)
        idx(root / f"QMNIST/raw/qmnist-{split}-images-idx3-ubyte", images(10, 28, 28))
        idx(root / f"QMNIST/raw/qmnist-{split}-labels-idx2-int", labels)


def make_usps(root):
    for name in ("usps.bz2", "usps.t.bz2"):
        values = RNG.uniform(-1, 1, (10, 256))
        rows = (
            f"{i + 1} " + " ".join(f"{j + 1}:{v:.4f}" for j, v in enumerate(row))
            for i, row in enumerate(values)
        )
        (root / name).write_bytes(bz2.compress("\n".join(rows).encode()))


def make_svhn(root):
    savemat(root / "train_32x32.mat", {"X": images(32, 32, 3, 10), "y": np.arange(1, 11)[:, None]})


def make_stl10(root):
    (root / "stl10_binary").mkdir()
    for split, count in (("train", 10), ("test", 10), ("unlabeled", 3)):
        images(count, 3, 96, 96).tofile(root / f"stl10_binary/{split}_X.bin")
        (np.arange(count) % 10 + 1).astype(np.uint8).tofile(root / f"stl10_binary/{split}_y.bin")
    text(root / "stl10_binary/class_names.txt", "\n".join("abcdefghij"))


def make_semeion(root):
    rows = np.hstack([RNG.integers(0, 2, (10, 256)), np.eye(10, dtype=int)])
    text(root / "semeion.data", "\n".join(" ".join(map(str, row)) for row in rows))


def make_omniglot(root):
    for alphabet in ("b", "a"):
        for i in (2, 1):
            picture(root / f"omniglot-py/images_background/{alphabet}/character0{i}/0.png", 6, 6)
    text(root / "omniglot-py/images_background.zip", "")


def make_gtsrb(root):
    for i in range(3):
        picture(root / f"gtsrb/GTSRB/Training/0000{i}/a.ppm")


def make_eurosat(root):
    for name in ("Forest", "River"):
        picture(root / f"eurosat/2750/{name}/a.jpg")


def make_flowers(root):
    savemat(
        root.joinpath("flowers-102").mkdir() or root / "flowers-102/imagelabels.mat",
        {"labels": np.array([2, 1, 2, 102])},
    )
    savemat(
        root / "flowers-102/setid.mat",
        {"trnid": np.array([1, 2, 4]), "valid": np.array([3]), "tstid": np.array([3])},
    )
    for i in range(1, 5):
        picture(root / f"flowers-102/jpg/image_{i:05d}.jpg")


def make_dtd(root):
    text(root / "dtd/dtd/labels/train1.txt", "dotted/a.jpg\nwoven/b.jpg\n")
    picture(root / "dtd/dtd/images/dotted/a.jpg")
    picture(root / "dtd/dtd/images/woven/b.jpg")


def make_imagenet(root):
    names = {"n1": ("crane",), "n2": ("tench", "Tinca tinca"), "n3": ("crane",)}
    torch.save((names, ["n1"]), root / "meta.bin")
    for split in ("train", "val"):
        for name in names:
            picture(root / f"{split}/{name}/a.JPEG")


def make_imagenette(root):
    for name in ("n01440764", "n02102040"):
        picture(root / f"imagenette2/train/{name}/a.jpeg")


def make_fer(root):
    rows = [{"emotion": i, "pixels": " ".join(map(str, images(1, 48 * 48)[0]))} for i in range(7)]
    (root / "fer2013").mkdir()
    for name, keys in (("train.csv", ["emotion", "pixels"]), ("test.csv", ["pixels"])):
        with open(root / "fer2013" / name, "w", newline="") as file:
            writer = csv.DictWriter(file, keys, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)


def make_pcam(root):
    (root / "pcam").mkdir()
    stem = "pcam/camelyonpatch_level_2_split_train"
    with h5py.File(root / f"{stem}_x.h5", "w") as file:
        file["x"] = images(4, 96, 96, 3)
    with h5py.File(root / f"{stem}_y.h5", "w") as file:
        file["y"] = np.array([1, 0, 0, 1], np.uint8).reshape(4, 1, 1, 1)


def make_country(root):
    for name in ("AD", "AE"):
        picture(root / f"country211/train/{name}/a.jpg")


def make_food(root):
    text(
        root / "food-101/meta/train.json",
        json.dumps({"pie": ["pie/1"], "cake": ["cake/2", "cake/3"]}),
    )
    for name in ("pie/1", "cake/2", "cake/3"):
        picture(root / f"food-101/images/{name}.jpg")


def make_sst(root):
    for name in ("negative", "positive"):
        picture(root / f"rendered-sst2/train/{name}/a.png")


def make_aircraft(root):
    data = root / "fgvc-aircraft-2013b/data"
    text(data / "variants.txt", "707-320\nA300\nDC-3\n")
    text(data / "images_variant_train.txt", "001 DC-3\n002 707-320\n")
    for name in ("001", "002"):
        picture(data / f"images/{name}.jpg")


def make_places(root):
    text(root / "categories_places365.txt", "/a/airfield 0\n/b/bar 1\n")
    text(root / "places365_train_standard.txt", "/b/1.jpg 1\n/a/2.jpg 0\n")
    picture(root / "data_large_standard/b/1.jpg")
    picture(root / "data_large_standard/a/2.jpg")


def make_pets(root):
    base = root / "oxford-iiit-pet"
    text(base / "annotations/trainval.txt", "Abyssinian_1 1 1 1\nbeagle_2 2 2 1\nbeagle_3 2 2 2\n")
    for name in ("Abyssinian_1", "beagle_2", "beagle_3"):
        picture(base / f"images/{name}.jpg")
        picture(base / f"annotations/trimaps/{name}.png", 6, 6)


def make_caltech101(root):
    base = root / "caltech101/101_ObjectCategories"
    for name in ("BACKGROUND_Google", "ant", "bee"):
        picture(base / f"{name}/image_0001.jpg")


def make_caltech256(root):
    for i, name in enumerate(("ant", "bee"), 1):
        picture(root / f"caltech256/256_ObjectCategories/{i:03d}.{name}/{i:03d}_0001.jpg")


def make_sun(root):
    text(root / "SUN397/ClassName.txt", "/a/abbey\n/b/bar/indoor\n")
    for name in ("b/bar/indoor/sun_2", "a/abbey/sun_1", "a/abbey/sun_0"):
        picture(root / f"SUN397/{name}.jpg")


def make_clevr(root):
    base = root / "clevr/CLEVR_v1.0"
    scenes = [{"image_filename": f"{i}.png", "objects": [{}] * (3 + i)} for i in range(3)]
    text(base / "scenes/CLEVR_train_scenes.json", json.dumps({"scenes": scenes}))
    for i in range(3):
        picture(base / f"images/train/{i}.png")
        picture(base / f"images/test/{i}.png")


def make_celeba(root):
    base = root / "celeba"
    text(base / "list_eval_partition.txt", "1.jpg 0\n2.jpg 0\n3.jpg 1\n")
    text(base / "identity_CelebA.txt", "1.jpg 7\n2.jpg 3\n3.jpg 3\n")
    for name, width in (
        ("list_bbox_celeba", 4),
        ("list_landmarks_align_celeba", 10),
        ("list_attr_celeba", 40),
    ):
        rows = "".join(f"{i}.jpg {' '.join(['1'] * width)}\n" for i in (1, 2, 3))
        text(base / f"{name}.txt", f"3\n{' '.join('abcdefghij'[:width])}\n{rows}")
    for i in (1, 2, 3):
        picture(base / f"img_align_celeba/{i}.jpg")


def make_lfw(root):
    base = root / "lfw-py"
    text(base / "peopleDevTrain.txt", "2\nBob\t1\nAda\t2\n")
    text(base / "lfw-names.txt", "Ada 2\nBob 1\nCem 1\n")
    text(base / "lfw-funneled.tgz", "")
    for name in ("Bob_0001", "Ada_0001", "Ada_0002"):
        picture(base / f"lfw_funneled/{name[:3]}/{name}.jpg")


def make_inaturalist(root):
    for name in ("00001_b", "00000_a"):
        category = f"{name[:5]}_Plantae_Tracheophyta_Magnoliopsida_Rosales_Rosaceae_Rosa_{name[-1]}"
        for i in (2, 1):
            picture(root / f"2021_train/{category}/{i}.jpg")


ABC = tuple("abcdefghijklmnopqrstuvwxyz")
DIGITS = tuple(DATASETS.MNIST.classes)
# name: maker of files, entry, arguments of torchvision's own, names, and labels where they are renumbered
READ = {
    "MNIST": (make_mnist, {}, {}, DIGITS),
    "MNIST test": (make_mnist, {"split": "test"}, {"train": False}, DIGITS),
    "KMNIST": (
        lambda root: make_mnist(root, "KMNIST"),
        {"split": "train"},
        {},
        tuple(DATASETS.KMNIST.classes),
    ),
    "FashionMNIST": (
        lambda root: make_mnist(root, "FashionMNIST"),
        {},
        {},
        tuple(DATASETS.FashionMNIST.classes),
    ),
    "EMNIST letters": (make_emnist, {"options": {"split": "letters"}}, {"split": "letters"}, ABC),
    "EMNIST letters test": (
        make_emnist,
        {"options": {"split": "letters"}, "split": "test"},
        {"split": "letters", "train": False},
        ABC,
    ),
    "EMNIST balanced": (
        lambda root: make_emnist(root, "balanced", range(47)),
        {"options": {"split": "balanced"}},
        {"split": "balanced"},
        tuple(DATASETS.EMNIST.classes_split_dict["balanced"]),
    ),
    "QMNIST": (make_qmnist, {}, {}, DIGITS),
    "QMNIST test50k": (make_qmnist, {"options": {"what": "test"}}, {"what": "test"}, DIGITS),
    "USPS": (make_usps, {"split": "test"}, {"train": False}, None),
    "SVHN": (make_svhn, {}, {}, None),
    "STL10": (make_stl10, {"split": "test"}, {"split": "test"}, tuple("abcdefghij")),
    "SEMEION": (make_semeion, {}, {"download": False}, None),
    "Omniglot": (
        make_omniglot,
        {},
        {},
        ("a/character01", "a/character02", "b/character01", "b/character02"),
    ),
    "GTSRB": (make_gtsrb, {}, {}, None),
    "EuroSAT": (make_eurosat, {}, {}, ("Forest", "River")),
    "Flowers102": (make_flowers, {}, {}, tuple(DATASETS.Flowers102.classes)),
    "DTD": (make_dtd, {}, {}, ("dotted", "woven")),
    "ImageNet": (make_imagenet, {}, {}, ("crane (0)", "tench, Tinca tinca", "crane (2)")),
    "ImageNet val": (
        make_imagenet,
        {"split": "val"},
        {"split": "val"},
        ("crane (0)", "tench, Tinca tinca", "crane (2)"),
    ),
    "Imagenette": (
        make_imagenette,
        {},
        {},
        ("tench, Tinca tinca", "English springer, English springer spaniel"),
    ),
    "FER2013": (make_fer, {}, {}, None),
    "PCAM": (make_pcam, {}, {}, None),
    "Country211": (make_country, {}, {}, ("AD", "AE")),
    "Food101": (make_food, {}, {}, ("cake", "pie")),
    "RenderedSST2": (make_sst, {}, {}, ("negative", "positive")),
    "FGVCAircraft": (make_aircraft, {}, {"split": "train"}, ("707-320", "A300", "DC-3")),
    "Places365": (make_places, {}, {}, ("/a/airfield", "/b/bar")),
    "OxfordIIITPet": (make_pets, {}, {}, ("Abyssinian", "Beagle")),
    "OxfordIIITPet binary": (
        make_pets,
        {"options": {"target_types": "binary-category"}},
        {"target_types": "binary-category"},
        None,
    ),
    "Caltech101": (make_caltech101, {}, {}, ("ant", "bee")),
    "Caltech256": (make_caltech256, {}, {}, ("001.ant", "002.bee")),
    "CLEVRClassification": (make_clevr, {}, {}, ("3", "4", "5")),
    "CelebA": (
        make_celeba,
        {"options": {"target_type": "identity"}},
        {"target_type": "identity"},
        ("3", "7"),
    ),
    "LFWPeople": (make_lfw, {"split": "train"}, {"split": "train"}, ("Ada", "Bob", "Cem")),
    "FakeData": (
        None,
        {"options": {"size": 9, "image_size": [3, 5, 5], "num_classes": 4}},
        {"size": 9, "image_size": (3, 5, 5), "num_classes": 4},
        None,
    ),
}


@pytest.mark.parametrize("case", READ)
def test_what_torchvision_reads_is_read(tmp_path, any_checksum, case):
    maker, spec, arguments, names = READ[case]
    name = case.split()[0]
    if maker:
        maker(tmp_path)
    loaded = read(name, tmp_path if maker else None, **spec)
    theirs = getattr(DATASETS, name)(*([str(tmp_path)] if maker else []), **arguments)
    if name == "Omniglot":  # theirs is in the order of the file system
        assert loaded.y.tolist() == [0, 1, 2, 3]
    else:
        labels = [int(theirs[i][1]) for i in range(len(theirs))]
        renumbered = {value: i for i, value in enumerate(sorted(set(labels)))}
        shifted = case in ("EMNIST letters", "EMNIST letters test", "CLEVRClassification", "CelebA")
        assert loaded.y.tolist() == [renumbered[v] if shifted else v for v in labels]
        for i in range(len(theirs)):
            image = theirs[i][0]
            image = image if loaded.x.shape[1] == 1 else image.convert("RGB")
            wanted = np.atleast_3d(np.asarray(image)).transpose(2, 0, 1)
            assert np.array_equal(loaded.x[i], wanted)
    assert loaded.names == names
    assert loaded.x.dtype == np.uint8
    assert (np.diff(loaded.y) != 0).any()


@pytest.mark.parametrize(
    ("maker", "name"),
    [(make_sun, "SUN397"), (make_inaturalist, "INaturalist"), (make_omniglot, "Omniglot")],
)
def test_the_order_does_not_depend_on_the_file_system(
    tmp_path, any_checksum, monkeypatch, maker, name
):
    maker(tmp_path)
    first = read(name, tmp_path)
    listdir, rglob = os.listdir, pathlib.Path.rglob
    monkeypatch.setattr(os, "listdir", lambda *a: sorted(listdir(*a), reverse=True))
    monkeypatch.setattr(pathlib.Path, "rglob", lambda *a: iter(sorted(rglob(*a), reverse=True)))
    again = read(name, tmp_path)
    assert np.array_equal(first.x, again.x)
    assert first.y.tolist() == again.y.tolist() == sorted(first.y)
    assert first.names == again.names
    assert len(first.names) > 1


def test_an_image_folder_is_read_as_kind_imagefolder_is(tmp_path):
    x = np.zeros((4, 4, 4), np.uint8)
    for name in ("cat", "dog", ".ipynb_checkpoints"):
        (tmp_path / name).mkdir()
        Image.fromarray(x).save(tmp_path / name / "a.png")
    loaded = read("ImageFolder", tmp_path)
    assert loaded.names == ("cat", "dog")
    assert (loaded.x == 255).all(), "transparent"
    assert any("noticed under kind: imagefolder" in note for note in loaded.notes)
    with pytest.raises(InputError, match="split: ImageFolder has none; take split out"):
        read("ImageFolder", tmp_path, split="test")
    with pytest.raises(InputError, match=r"root: .*none is no folder"):
        read("ImageFolder", tmp_path / "none")


# classes ------------------------------------------------------------------------------------------


def test_a_class_that_is_absent_in_a_split_keeps_its_number(tmp_path, any_checksum):
    make_emnist(tmp_path, labels=(1, 2, 26, 4))
    letters = read("EMNIST", tmp_path, options={"split": "letters"})
    assert letters.y.tolist() == [0, 1, 25, 3]
    assert letters.names == ABC
    assert any("Labels 1..26 of EMNIST are classes 0..25" in note for note in letters.notes)
    make_flowers(tmp_path)
    assert read("Flowers102", tmp_path).y.tolist() == [1, 0, 101]


def test_labels_of_a_known_number_of_classes_are_left_alone(tmp_path):
    make_clevr(tmp_path)
    assert read("CLEVRClassification", tmp_path, classes=11).y.tolist() == [3, 4, 5]


def test_names_that_cannot_be_those_of_the_labels_are_left_out():
    class Found:
        classes = ("a", "b")

    y, names, _ = torchvision_examples.classes(Found(), [0, 1, 2], {"name": "X"})
    assert names is None
    assert y.tolist() == [0, 1, 2]


@pytest.mark.parametrize("other", ["images", "labels"])
def test_arrays_that_the_class_does_not_give_are_not_taken(tmp_path, monkeypatch, other):
    """As QMNIST's targets, whose first column alone are the classes."""
    make_mnist(tmp_path)

    class Turned(DATASETS.MNIST):
        resources = DATASETS.MNIST.resources

        @property
        def raw_folder(self):
            return str(tmp_path / "MNIST/raw")

        def __getitem__(self, i):
            image, label = super().__getitem__(i)
            return (image.rotate(180), label) if other == "images" else (image, 9 - label)

    theirs = DATASETS.MNIST(str(tmp_path))
    monkeypatch.setattr(DATASETS, "MNIST", Turned)
    loaded = read("MNIST", tmp_path)
    if other == "images":
        assert np.array_equal(loaded.x[3, 0], theirs.data[3].numpy()[::-1, ::-1])
    else:
        assert loaded.y.tolist() == (9 - theirs.targets).tolist()


@pytest.mark.parametrize(
    ("name", "maker", "spec", "message"),
    [
        (
            "CelebA",
            make_celeba,
            {},
            "gives Tensor where the number of a class belongs; take another target",
        ),
        (
            "CelebA",
            make_celeba,
            {"options": {"target_type": ["identity", "attr"]}},
            "gives tuple where",
        ),
        (
            "OxfordIIITPet",
            make_pets,
            {"options": {"target_types": "segmentation"}},
            "gives PngImageFile where",
        ),
        ("QMNIST", make_qmnist, {"options": {"compat": False}}, "gives Tensor where"),
        ("CLEVRClassification", make_clevr, {"split": "test"}, "has no labels in this split"),
        ("FER2013", make_fer, {"split": "test"}, "has no labels in this split"),
        ("STL10", make_stl10, {"split": "unlabeled"}, r"3 of 3 examples have no label"),
        ("STL10", make_stl10, {"split": "train+unlabeled"}, r"3 of 13 examples have no label"),
    ],
)
def test_targets_that_are_no_class_are_refused(tmp_path, any_checksum, name, maker, spec, message):
    maker(tmp_path)
    with pytest.raises(InputError, match=rf"{WHERE}: .*{message}"):
        read(name, tmp_path, **spec)


def test_every_class_of_torchvision_is_read_or_refused_with_a_reason(tmp_path):
    tested = {case.split()[0] for case in READ} | {"SUN397", "INaturalist", "ImageFolder"}
    refused = {name for those in loader.NO_CLASSES.values() for name in those.split()} | set(
        loader.UNPICKLED
    )
    others = {
        "CIFAR10",
        "CIFAR100",
        "StanfordCars",
    }  # pickles of known checksums, and a structure of MATLAB's
    known = {name for name in DATASETS.__all__ if inspect.isclass(getattr(DATASETS, name))}
    assert tested | refused | others == known
    for name in refused - set(loader.UNPICKLED):
        with pytest.raises(InputError, match=rf"{name} gives .*, not images of one class each"):
            read(name, tmp_path)
    for name in ("wrap_dataset_for_transforms_v2", "os", "__all__"):
        with pytest.raises(InputError, match="torchvision has no data set"):
            read(name, tmp_path)


# sizes --------------------------------------------------------------------------------------------


def test_size_is_asked_for_where_images_differ_alone(tmp_path):
    make_eurosat(tmp_path)
    assert read("EuroSAT", tmp_path).x.shape == (2, 3, 6, 6)
    picture(tmp_path / "eurosat/2750/River/b.jpg", 8, 6, 3)
    with pytest.raises(
        InputError, match=r"differ in size: image 0 is 6 by 6 and image 2 8 by 6; write size: 32"
    ):
        read("EuroSAT", tmp_path)
    assert read("EuroSAT", tmp_path, size=5).x.shape == (3, 3, 5, 5)


def test_size_is_heeded_where_the_class_has_one_array(tmp_path, any_checksum):
    make_mnist(tmp_path)
    plain, same, small = (read("MNIST", tmp_path, **s).x for s in ({}, {"size": 28}, {"size": 14}))
    assert np.array_equal(plain, same)
    wanted = Image.fromarray(plain[3, 0]).resize((14, 14), Image.Resampling.BILINEAR)
    assert np.array_equal(small[3, 0], np.asarray(wanted))
    make_svhn(tmp_path)
    whole, half = read("SVHN", tmp_path).x, read("SVHN", tmp_path, size=16).x
    wanted = Image.fromarray(whole[2].transpose(1, 2, 0)).resize(
        (16, 16), Image.Resampling.BILINEAR
    )
    assert np.array_equal(half[2].transpose(1, 2, 0), np.asarray(wanted))


# arguments ----------------------------------------------------------------------------------------

WRONG = {
    "a split of a class without": (
        "SEMEION",
        {"split": "test"},
        "split: SEMEION has no splits; take split: test out",
    ),
    "its options are named": (
        "Omniglot",
        {"split": "test"},
        "has no splits; take split: test out; its options are background",
    ),
    "FakeData has none": ("FakeData", {"split": "train"}, "FakeData has no splits"),
    "an unknown one": ("MNIST", {"split": "val"}, "split: MNIST has train and test, not 'val'"),
    "a collection": (
        "EMNIST",
        {"split": "letters"},
        r"EMNIST has train and test, not 'letters'; write options: \{split: letters\}",
    ),
    "a subset": (
        "QMNIST",
        {"split": "test50k"},
        r"not 'test50k'; write options: \{what: test50k\}",
    ),
    "an unknown one of many": (
        "SVHN",
        {"split": "val"},
        "Unknown value 'val' for argument split. Valid values are .*extra",
    ),
    "said twice": (
        "MNIST",
        {"split": "test", "options": {"train": True}},
        "split: test, but options have train: True",
    ),
    "said twice of many": (
        "SVHN",
        {"split": "test", "options": {"split": "extra"}},
        "but options have split: extra",
    ),
    "said twice otherwise": (
        "QMNIST",
        {"split": "test", "options": {"what": "nist"}},
        "but options have what: nist",
    ),
    "an unknown option": (
        "EMNIST",
        {"options": {"spilt": "letters"}},
        "options: EMNIST takes no 'spilt' .*did you mean 'split'",
    ),
    "root as option": ("MNIST", {"options": {"root": "x"}}, "options: MNIST takes no 'root'"),
    "download as option": (
        "MNIST",
        {"options": {"download": True}},
        "options: MNIST takes no 'download'",
    ),
    "a function": ("DTD", {"options": {"loader": "x"}}, "options: DTD takes no 'loader'"),
    "a missing one": (
        "EMNIST",
        {},
        r"EMNIST needs split, one of byclass, .*letters.*; write options: \{split: ...\}",
    ),
    "root of FakeData": ("FakeData", {"root": "x"}, "root: FakeData reads no files"),
    "a wrong value": (
        "EMNIST",
        {"options": {"split": "leters"}},
        "Unknown value 'leters' for argument split. Valid values",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_arguments_are_named_and_nothing_is_sought(tmp_path, case, monkeypatch):
    name, spec, message = WRONG[case]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message) as told:
        read(name, **spec)
    assert "Put its files there" not in str(told.value)
    assert not list(tmp_path.iterdir())


def test_options_are_not_overruled(tmp_path):
    make_mnist(tmp_path)
    assert len(read("MNIST", tmp_path, options={"train": False}).x) == 10
    assert len(read("MNIST", tmp_path).x) == 20


# files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["MNIST", "USPS", "SVHN", "EuroSAT", "Places365"])
def test_files_that_are_absent_and_cannot_be_downloaded(tmp_path, name):
    with pytest.raises(
        InputError,
        match=rf"could not provide {name} in root .*: .*not be downloaded either: .*no network here.*run where",
    ):
        read(name, tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ImageNet", "archive ILSVRC2012_devkit_t12.tar.gz is not present"),
        ("FER2013", "train.csv not found"),
    ],
)
def test_files_that_no_one_may_download(tmp_path, name, message):
    with pytest.raises(
        InputError, match=rf"could not provide {name} in root .*: .*{message}.*Put its files there"
    ) as told:
        read(name, tmp_path)
    assert "run where a network is" not in str(told.value)


def test_files_of_another_checksum(tmp_path):
    make_svhn(tmp_path)
    with pytest.raises(
        InputError, match=r"SVHN in root .*not found or corrupted.*could not be downloaded either"
    ):
        read("SVHN", tmp_path)


def test_damaged_files(tmp_path):
    make_mnist(tmp_path)
    path = tmp_path / "MNIST/raw/train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(
        InputError, match=r"MNIST in root .*its files are there, but: .*Get them anew"
    ):
        read("MNIST", tmp_path)
    make_eurosat(tmp_path)
    (tmp_path / "eurosat/2750/River/a.jpg").write_bytes(b"no image")
    with pytest.raises(
        InputError,
        match=r"files of EuroSAT in root .* cannot be read; get them anew \(cannot identify image file .*River/a\.jpg",
    ):
        read("EuroSAT", tmp_path)


def test_an_absent_class_of_images_is_named(tmp_path):
    make_eurosat(tmp_path)
    (tmp_path / "eurosat/2750/Empty").mkdir()
    with pytest.raises(InputError, match="Found no valid file for the classes Empty"):
        read("EuroSAT", tmp_path)


def test_no_more_of_torchvision_unpickles_unchecked():
    """CIFAR's pickles are opened by their checksums alone, and LSUN is refused."""
    sources = {
        path.stem: path.read_text() for path in pathlib.Path(DATASETS.__path__[0]).glob("*.py")
    }
    assert {name for name, source in sources.items() if "pickle.load(" in source} == {
        "cifar",
        "lsun",
    }
    loads = [
        line for source in sources.values() for line in source.splitlines() if "torch.load(" in line
    ]
    assert loads
    assert all("weights_only=True" in line for line in loads)
    assert not any("allow_pickle=True" in source for source in sources.values())
