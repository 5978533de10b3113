"""Real images from torchvision's own files, where $LIT_DATA holds them (MNIST and FashionMNIST, as torchvision lays them)."""

import os
from pathlib import Path

import pytest

import lit
from lit.data.loaders import load_dataset

FOLDER = os.environ.get("LIT_DATA")
pytestmark = pytest.mark.skipif(
    not FOLDER, reason="LIT_DATA does not name a folder with torchvision's data sets"
)


@pytest.mark.parametrize("name", ["MNIST", "FashionMNIST"])
def test_torchvision_reads_its_own_files(name):
    data = load_dataset({"kind": "torchvision", "name": name})
    assert data.x.shape == (60_000, 1, 28, 28)
    assert data.classes == 10
    held_out = load_dataset(
        {"kind": "torchvision", "name": name, "split": "test", "root": str(Path(FOLDER).resolve())}
    )
    assert len(held_out.x) == 10_000


@pytest.mark.slow
def test_fashion_teaches_a_linear_model_some_bits():
    data = load_dataset({"kind": "torchvision", "name": "FashionMNIST"})
    stream, source = slice(0, 256), slice(-512, None)
    m = lit.train_source(data.x[source], data.y[source], model="linear", seeds=[0, 1])
    cold = lit.code_stream(data.x[stream], data.y[stream], model="linear", seeds=[0, 1], classes=10)
    warm = lit.code_stream(data.x[stream], data.y[stream], model="linear", start=m, seeds=[0, 1])
    assert 50 < lit.information_transfer(cold, warm).mean < cold.uniform
