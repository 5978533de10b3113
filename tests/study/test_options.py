"""Kinds, options and defaults are the same in the code, the schema and config/README.md."""

import ast
import importlib
import importlib.util
import re
from dataclasses import MISSING, fields

import jsonschema
import pytest
import yaml
from conftest import ROOT

from lit.coding.learners import module_name
from lit.errors import InputError
from lit.study import kinds
from lit.study.kinds import Algorithm, Analysis, DataKind, Learner, kind_of, kinds_of, own_file
from lit.training.fitting import Training

SCHEMA = yaml.safe_load((ROOT / "config/schemas/config.schema.yaml").read_text())
DEFS = SCHEMA["$defs"]
ELSEWHERE = {"features", "view"}  # data sets that rules of their own make of others
# What the code has beside the schema: 0 and {} stand there for what a config leaves out.
UNSAID = {"steps": 0, "grid": {}}
# Options of training that no algorithm offers, or not joint, which begins anew each time.
NOT_OFFERED = {"smoothing", "shift", "mirror", "keep_moments"}
PARTS = {"learner": Learner, "algorithm": Algorithm, "analysis": Analysis, "dataset": DataKind}


def cases(part):
    """Name of the schema's part for each kind."""
    return {
        case["if"]["properties"]["kind"]["const"]: case["then"]["$ref"].rpartition("/")[2]
        for case in DEFS[part]["allOf"]
    }


def test_tables_of_the_readme_are_those_of_the_schema():
    path = ROOT / "config/schemas/make_tables.py"
    spec = importlib.util.spec_from_file_location("make_tables", path)
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    text = (ROOT / "config/README.md").read_text()
    assert len(tables.TABLE.findall(text)) == text.count("<!-- ")
    assert tables.fill(text, SCHEMA) == text, "run make schema"


@pytest.mark.parametrize("part", [*PARTS, "model"])
def test_kinds_are_those_that_there_are_modules_of(part):
    named = DEFS[part]["properties"]["kind"]["enum"]
    assert sorted(named) == sorted(cases(part))
    if part in PARTS:
        others = ELSEWHERE if part == "dataset" else set()
        assert set(named) == {*kinds_of(PARTS[part]), "python", *others}


OPTIONS = {"training": (Training, SCHEMA["properties"]["training"], set())}
for kind in kinds_of(Learner):
    module = importlib.import_module(module_name(kind))
    OPTIONS[f"learner {kind}"] = (
        module.Options,
        DEFS.get(cases("learner").get(kind), {"properties": {}}),
        set(),
    )
for kind in kinds_of(Algorithm):
    module = importlib.import_module(f"lit.continual.algorithms.{kind}")
    part = DEFS.get(cases("algorithm").get(kind), {"properties": {}})
    OPTIONS[f"algorithm {kind}"] = (module.Options, part, NOT_OFFERED - set(part["properties"]))


@pytest.mark.parametrize("what", OPTIONS)
def test_options_and_defaults_of_the_code_are_those_of_the_schema(what):
    options, part, left_out = OPTIONS[what]
    known = {name: entry for name, entry in part["properties"].items() if name != "kind"}
    code = {field.name: field for field in fields(options) if field.name not in left_out}
    assert set(code) == set(known)
    for name, field in code.items():
        made = field.default if field.default is not MISSING else field.default_factory()
        if name in UNSAID:
            assert (made, "default" in known[name]) == (UNSAID[name], False)
            continue
        said = known[name]["default"]
        assert (list(made) if isinstance(made, tuple) else made) == said, name
        jsonschema.validate(said, known[name])


def read_with_default(folder):
    """(module, name, default) of each ``spec.get("name", default)`` in a folder's modules."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        module = None
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "get"):
                continue
            of = getattr(getattr(node.func, "value", None), "id", "")
            if of not in ("spec", "options") or len(node.args) != 2:
                continue
            name, value = node.args
            if not isinstance(name, ast.Constant):  # which of several keys, a loop decides
                continue
            if isinstance(value, ast.Constant):
                yield path.stem, name.value, value.value
            elif isinstance(value, ast.Name):
                where = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                module = module or importlib.import_module(where)
                yield path.stem, name.value, getattr(module, value.id)


@pytest.mark.parametrize(
    ("part", "folder", "least"),
    [("analysis", "lit/analyses", 2), ("dataset", "lit/data", 5), ("model", "lit/networks", 2)],
)
def test_defaults_that_modules_read_with_are_those_of_the_schema(part, folder, least):
    by_kind = {
        kind: {
            name: entry["default"]
            for name, entry in DEFS[one]["properties"].items()
            if isinstance(entry, dict) and "default" in entry
        }
        for kind, one in cases(part).items()
    }
    every = {name: value for said in by_kind.values() for name, value in said.items()}
    compared = 0
    for module, name, value in read_with_default(folder):
        if name in (said := by_kind.get(module, every)):
            assert (list(value) if isinstance(value, tuple) else value) == said[name], name
            compared += 1
    assert compared >= least


def test_what_is_true_of_a_kind():
    assert kind_of(Learner, {"kind": "continue"}) == Learner(chain=True, holds_out=True)
    assert kind_of(Learner, {"kind": "python", "factory": "m:f"}) == Learner()
    assert kind_of(Learner, {"kind": "python", "chain": True}).chain
    assert kind_of(Learner, {"kind": "replay", "chain": False}).chain
    assert kind_of(Analysis, {"kind": "scores"}) == Analysis(shows_examples=True, one_stream=True)


def test_an_own_file_is_one_that_is_there(tmp_path):
    (tmp_path / "a.npz").touch()
    assert own_file({"kind": "npz", "path": f"{tmp_path}/a.npz"}) == f"{tmp_path}/a.npz"
    assert own_file({"kind": "npz", "path": str(tmp_path)}) is None
    assert own_file({"kind": "imagefolder", "path": str(tmp_path)}) == str(tmp_path)
    assert own_file({"kind": "python", "path": str(tmp_path)}) == str(tmp_path)
    assert own_file({"kind": "python"}) is None
    assert own_file({"kind": "sklearn", "name": "digits"}) is None


@pytest.mark.parametrize("part", [*PARTS, "model"])
def test_the_readme_has_every_option_of_every_kind(part):
    text = (ROOT / "config/README.md").read_text()
    for kind, one in cases(part).items():
        for name in DEFS[one]["properties"]:
            assert re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", text), (
                f"{kind}: {name} stands nowhere in config/README.md"
            )


def test_a_kind_that_is_no_literal_is_refused(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text("KIND = dict(chain=True)\n")
    monkeypatch.setitem(kinds.FOLDERS, Learner, str(tmp_path))
    kinds._literals.cache_clear()
    with pytest.raises(InputError, match=r"mine\.py: KIND is no plain literal"):
        kinds_of(Learner)
