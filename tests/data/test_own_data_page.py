"""docs/data.md: its files are written as it says, and its entries read them."""

import json
import re
import sys
import types
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import yaml
from conftest import ROOT
from test_array_formats import saved

from lit.data.loaders import load_dataset
from lit.study.config import load_study
from lit.workflow.check_groups import find_groups

PAGE = (ROOT / "docs/data.md").read_text()
MLP = {"kind": "mlp", "hidden": [8]}
BLOCKS = {kind: re.findall(rf"```{kind}\n(.*?)```", PAGE, re.S) for kind in ("python", "yaml")}


class Dataset:
    """What the page uses of the package ``datasets``, which is not installed."""

    def __init__(self, table):
        self.table = table

    @classmethod
    def from_dict(cls, columns):
        return cls(pa.table(columns))


class DatasetDict(dict):
    def save_to_disk(self, path):
        root = Path(path)
        for split, part in self.items():
            saved(root / split, [part.table])
        (root / "dataset_dict.json").write_text(json.dumps({"splits": list(self)}))


@pytest.fixture
def entries(tmp_path, monkeypatch, tiny):
    """The entries of the page, where its files are."""
    monkeypatch.chdir(tmp_path)
    stub = types.ModuleType("datasets")
    stub.Dataset, stub.DatasetDict = Dataset, DatasetDict
    monkeypatch.setitem(sys.modules, "datasets", stub)
    names = {}
    for block in BLOCKS["python"]:
        exec(compile(block, "docs/data.md", "exec"), names)
    parts = [yaml.safe_load(block) for block in BLOCKS["yaml"]]
    entries = {k: v for part in parts if isinstance(part, dict) for k, v in part.items()}
    arms = [arm for part in parts if isinstance(part, list) for arm in part]
    assert [(arm["target"], arm["source"]) for arm in arms] == [("old", "young")]
    arms += [tiny["arms"][0] | {"name": n, "target": n} for n in entries]
    tiny |= {"datasets": entries, "models": {"mlp": MLP, **tiny["models"]}, "arms": arms}
    load_study(tiny)  # every option is one that there is
    return entries, names


def test_what_the_page_writes_is_read(entries):
    entries, written = entries
    assert len(entries) == 15
    found = {name: load_dataset(spec, f"datasets.{name}") for name, spec in entries.items()}
    tables = {"patients": (4, 2 + 1 + 3), "flowers": (4, 1 + 2), "young": (2, 6), "old": (2, 6)}
    tables["visits"] = (1200, 2)
    assert len(set(found["visits"].groups)) == 400
    assert {name: found.pop(name).x.shape for name in tables} == tables
    reviews, books = found.pop("reviews"), found.pop("books")
    assert (reviews.x.shape, reviews.names) == ((4, 16), ("five", "four", "one"))
    assert books.x.shape == books.y.shape == (8, 32)
    windows = found.pop("windows")
    assert windows.next_tokens
    assert np.array_equal(windows.y, written["windows"][:, 1:])
    heights = found.pop("heights")
    assert heights.y.tolist() == np.floor(written["height"] / 0.05).astype(int).tolist()
    assert heights.classes == 120
    for name, data in found.items():
        assert np.array_equal(data.x, written["x"].astype(data.x.dtype)), name
        assert np.array_equal(data.y, written["y"]), name


def test_rows_that_belong_together_are_warned_of_as_the_page_says(entries):
    visits = entries[1]["visits"]
    ill = (visits["ill"] == "yes").to_numpy(int)
    assert find_groups(visits.drop(columns="ill"), ill)[0].column == "number"


def test_the_page_has_every_kind_that_reads_an_own_file():
    schema = yaml.safe_load((ROOT / "config/schemas/config.schema.yaml").read_text())["$defs"]
    of_a_path = {
        name.removeprefix("dataset_")
        for name, part in schema.items()
        if name.startswith("dataset_") and "path" in part.get("required", [])
    }
    assert of_a_path == set(re.findall(r"^\| .*\{kind: (\w+), path", PAGE, re.M))
