"""The small study's ImageNet backbones know what photographs show, which they do behind the right preprocessing alone.

$LIT_WEIGHTS names the folder with the files that config/studies/representations-small.yaml looks for in data/weights.
"""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from conftest import ROOT
from PIL import Image
from scipy.special import softmax

from lit.data.dataset import Dataset
from lit.networks.features import extract_features

# Photographs that scikit-image ships, and the classes of ImageNet-1k that may be said to be in them.
CLASSES = {
    "chelsea": {281: "tabby", 282: "tiger cat", 285: "Egyptian cat"},
    "coffee": {504: "coffee mug", 967: "espresso", 968: "cup"},
    "rocket": {657: "missile", 744: "projectile"},
    "motorcycle": {665: "moped", 670: "motor scooter"},
    "camera": {872: "tripod"},  # of a man's camera, and grey
}
COLOURED = [name for name in CLASSES if name != "camera"]


@pytest.fixture(scope="module")
def photographs():
    """Their squares in the middle as a data set, uint8 (5, 3, 224, 224), each labelled with its place."""
    from skimage import data

    found = {"motorcycle": data.stereo_motorcycle()[0]}
    pictures = [found[name] if name in found else getattr(data, name)() for name in CLASSES]
    return Dataset(
        np.stack([square(picture) for picture in pictures]), np.arange(len(CLASSES)), len(CLASSES)
    )


def square(picture):
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    image = Image.fromarray(picture[top : top + side, left : left + side]).convert("RGB")
    return np.asarray(image.resize((224, 224), Image.Resampling.BILINEAR)).transpose(2, 0, 1)


@pytest.fixture(scope="module")
def backbones():
    """The study's own entries, whose weights are taken from $LIT_WEIGHTS."""
    folder = os.environ.get("LIT_WEIGHTS")
    if not folder:
        pytest.skip("LIT_WEIGHTS does not name a folder with the weights of representations-small")
    models = yaml.safe_load((ROOT / "config/studies/representations-small.yaml").read_text())[
        "models"
    ]
    return {
        name: spec | {"weights": str(Path(folder) / Path(spec["weights"]).name)}
        for name, spec in models.items()
        if "weights" in spec
    }


def predict(spec, photographs):
    """Probabilities by photograph, (1000,) each, of the features and the head that a study's file holds."""
    found = extract_features(spec, photographs, 0, torch.device("cpu"))
    return dict(
        zip(
            CLASSES,
            softmax(found["x"] @ found["classifier/weight"].T + found["classifier/bias"], axis=1),
            strict=True,
        )
    )


def hits(probabilities):
    """Photographs with a right class among the five likeliest."""
    return [
        name
        for name, p in probabilities.items()
        if CLASSES[name].keys() & set(np.argsort(-p)[:5].tolist())
    ]


def bits(probabilities, names=COLOURED):
    """What naming a right class costs, by photograph."""
    return np.array([-np.log2(probabilities[name][list(CLASSES[name])].sum()) for name in names])


@pytest.mark.parametrize("name", ["lite0", "lite2", "squeeze"])
def test_pretrained_backbones_know_what_photographs_show(backbones, photographs, name):
    assert set(hits(predict(backbones[name], photographs))) >= {
        "chelsea",
        "coffee",
        "motorcycle",
        "camera",
    }


def test_efficientnet_lite0_puts_every_photograph_first(backbones, photographs):
    likeliest = {
        name: int(p.argmax()) for name, p in predict(backbones["lite0"], photographs).items()
    }
    assert all(likeliest[name] in CLASSES[name] for name in CLASSES), likeliest


@pytest.mark.parametrize("name", ["lite0", "squeeze"])
def test_the_wrong_order_of_channels_is_dearer(backbones, photographs, name):
    """A grey photograph is the same in any order where means are alike; the others cost more bits on the whole."""
    spec, turned = backbones[name], {"RGB": "BGR", "BGR": "RGB"}
    wrong = spec | {"input": spec["input"] | {"channels": turned[spec["input"]["channels"]]}}
    assert bits(predict(wrong, photographs)).mean() > bits(predict(spec, photographs)).mean() + 0.1


@pytest.mark.parametrize("name", ["lite0", "squeeze"])
def test_the_wrong_normalisation_is_dearer(backbones, photographs, name):
    spec = backbones[name]
    wrong = spec | {"input": spec["input"] | {"mean": [0, 0, 0], "std": [1, 1, 1]}}
    assert (
        bits(predict(wrong, photographs), CLASSES).mean()
        > bits(predict(spec, photographs), CLASSES).mean() + 0.05
    )
