"""Fuzzed configs and result files: each is read as it was meant, or refused with a message; nothing else is raised.

LIT_FUZZ=10000 runs that many examples in all; otherwise a few hundred.
"""

import copy
import itertools
import json
import os
import shutil

import h5py
import numpy as np
import pytest
import yaml
from conftest import ROOT, TINY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lit.coding import merge
from lit.errors import InputError
from lit.files import store
from lit.study.codes import CODES
from lit.study.config import load_study
from lit.study.schema_text import SCHEMA
from lit.workflow.plan import Plan

IN_ALL = int(os.environ.get("LIT_FUZZ", "600"))
# Of a study in two sizes the small one, unless many examples are asked for: planning the other
# takes seconds.
STUDIES = [TINY] + [
    yaml.safe_load(path.read_text())
    for path in sorted((ROOT / "config").glob("**/*.yaml"))
    if path != SCHEMA and (IN_ALL > 600 or not path.with_stem(f"{path.stem}-small").exists())
]


def fuzz(share):
    return settings(
        max_examples=int(IN_ALL * share),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )


# configs ------------------------------------------------------------------------------------------

FLOATS = [
    0.0,
    -0.0,
    0.1234567,
    0.12345678,
    1.0000001,
    1e-320,
    1e308,
    -1e308,
    float("nan"),
    float("inf"),
    float("-inf"),
]
NUMBERS = st.sampled_from(
    [0, -1, 1, 2, 10**9, 2**31, 2**53, 2**53 + 1, 10**30, 10**400, -(10**30), *FLOATS]
)
UGLY = [
    "digits\n",
    "\x00",
    "\ud800",
    "é" * 300,
    "x" * 101,
    "x" * 5000,
    "<script>",
    "'\"",
    "digits",
    "Digits",
    "os:system",
]
TEXTS = st.one_of(
    st.sampled_from(
        [
            "",
            "a",
            "NA",
            "1e-3",
            "nan",
            "published",
            "..",
            "../x",
            "a/b",
            "/etc/passwd",
            "/dev/zero",
            "{run}",
            "a--b",
            "a-",
            *UGLY,
        ]
    ),
    st.text(max_size=20),
)
SCALARS = st.one_of(NUMBERS, TEXTS, st.none(), st.booleans(), st.integers(), st.floats())
ANYTHING = st.recursive(
    st.one_of(SCALARS, st.binary(max_size=3), st.dates()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(TEXTS, st.integers()), inner, max_size=4),
    ),
    max_leaves=8,
)


def places(value, path=()):
    """Paths of all values in a config."""
    yield path
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*path, key))


def at(config, path):
    for key in path:
        config = config[key]
    return config


def keys_of(schema):
    """Every name that the schema knows."""
    for key, value in schema.items() if isinstance(schema, dict) else enumerate(schema):
        if key == "properties":
            yield from value
        if isinstance(value, dict | list):
            yield from keys_of(value)


WHOLE = yaml.safe_load(SCHEMA.read_text())
KEYS = sorted(set(keys_of(WHOLE)))


@st.composite
def mutated(draw):
    """A valid study after one to three changes."""
    config = copy.deepcopy(draw(st.sampled_from(STUDIES)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([p for p in places(config) if p] or [("study",)]))
        parent, key = at(config, path[:-1]), path[-1]
        change = draw(
            st.sampled_from(["drop", "add", "scalar", "anything", "wrap", "copy", "repeat"])
        )
        if change == "drop":
            del parent[key]
        elif change == "add" and isinstance(parent, dict):
            parent[draw(st.one_of(st.sampled_from(KEYS), TEXTS, st.integers()))] = draw(
                st.one_of(SCALARS, ANYTHING)
            )
        elif change == "wrap":
            parent[key] = [parent[key]]
        elif change == "copy":  # what belongs elsewhere
            parent[key] = copy.deepcopy(at(config, draw(st.sampled_from(list(places(config))))))
        elif change == "repeat" and isinstance(parent, list):
            parent.append(copy.deepcopy(parent[key]))
        else:
            parent[key] = draw(SCALARS if change == "scalar" else ANYTHING)
        if not config:
            break
    return config


def generated(schema):
    """Values that mostly fit a part of the schema, with extreme numbers and texts."""
    if schema is True:
        return ANYTHING
    if "$ref" in schema:
        schema = WHOLE["$defs"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        return st.one_of([generated(part) for part in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind, low = schema.get("type"), schema.get("minimum", 0)
    if kind == "integer":
        return st.one_of(
            st.integers(low, schema.get("maximum", 10**12)), st.integers(max(low, 1), 64)
        )
    if kind == "number":
        return st.one_of(st.floats(low, schema.get("maximum", 1e308)), NUMBERS)
    if kind == "boolean":
        return st.booleans()
    if kind == "array":
        return st.lists(generated(schema["items"]), min_size=schema.get("minItems", 1), max_size=3)
    if kind == "object" and schema.get("maxProperties") == 1:
        return st.one_of(
            [
                generated(part).map(lambda v, key=key: {key: v})
                for key, part in schema["properties"].items()
            ]
        )
    if kind == "object":
        return (
            entry(schema)
            if "properties" in schema
            else st.dictionaries(st.sampled_from(KEYS), SCALARS, max_size=2)
        )
    return TEXTS


def entry(schema):
    """A mapping with the required keys of a schema, and some others."""
    parts = {
        key: generated(value) for key, value in schema["properties"].items() if value is not True
    }
    needed = {key: parts.pop(key) for key in schema.get("required", []) if key in parts}
    return st.fixed_dictionaries(needed, optional=parts)


def kinds(what):
    """An entry of each kind of data set, model or learner that the schema has."""
    found = [
        (part["if"]["properties"]["kind"], part["then"]["$ref"].rpartition("/")[2])
        for part in WHOLE["$defs"][what]["allOf"]
    ]
    pairs = [(kind, name) for test, name in found for kind in test.get("enum", [test.get("const")])]
    return st.one_of(
        [
            entry(WHOLE["$defs"][name]).map(lambda e, kind=kind: e | {"kind": kind})
            for kind, name in pairs
        ]
    )


NAMES = st.sampled_from(["a", "b", "A", "a-", "a.b", "NA", "0", "x" * 90])
PARTS = {"datasets": "dataset", "models": "model", "learners": "learner", "algorithms": "algorithm"}


@st.composite
def invented(draw):
    """A study made up from the schema, whose arms name what there is."""
    config = {
        part: draw(st.dictionaries(NAMES, kinds(what), min_size=1, max_size=3))
        for part, what in PARTS.items()
    }
    config["sequences"] = draw(
        st.dictionaries(NAMES, entry(WHOLE["$defs"]["sequence"]), min_size=1, max_size=2)
    )
    for sequence in config["sequences"].values():
        tasks = sequence["tasks"]
        for task, key in (
            [(tasks, "of")] if isinstance(tasks, dict) else [(task, "data") for task in tasks]
        ):
            task[key] = draw(st.sampled_from(list(config["datasets"])))
    kinds_of_arms = st.one_of(
        entry(WHOLE["$defs"]["arm_target"]), entry(WHOLE["$defs"]["arm_sequence"])
    )
    config["arms"] = draw(st.lists(kinds_of_arms, min_size=1, max_size=3))
    sizes = st.one_of(
        st.integers(0, 1000), st.lists(st.integers(0, 10**12), min_size=1, max_size=3, unique=True)
    )
    for i, arm in enumerate(config["arms"]):
        arm |= {"name": f"{draw(NAMES)}{i}"} | ({} if "sequence" in arm else {"n": draw(sizes)})
        used = {
            "target": "datasets",
            "model": "models",
            "source": "datasets",
            "learner": "learners",
        }
        for key, part in (used | {"sequence": "sequences", "algorithm": "algorithms"}).items():
            if key in arm:
                arm[key] = draw(st.sampled_from(list(config[part])))
        if "learner" in arm:  # or several of them
            some = st.lists(st.sampled_from(list(config["learners"])), min_size=1, unique=True)
            arm["learner"] = draw(st.one_of(st.just(arm["learner"]), some))
    for key in ("stream", "training"):
        config[key] = draw(entry(WHOLE["properties"][key]))
    seeds = draw(
        st.one_of(
            st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=4, unique=True),
            st.just([[0, 2**31 - 1]]),
        )
    )
    return config | {"study": draw(NAMES), "seeds": seeds}


def plan_all(config):
    """What the Snakefile and its jobs ask of a study: all of it can be told."""
    study = load_study(config, "study.yaml")
    plan = Plan(study)
    files = [plan.data.file(name) for name in config["datasets"]]
    for name in config["datasets"]:
        json.loads(plan.data_settings(name))
    assert plan.codes.decoded_runs(True) == list(study.runs)
    for text in (
        plan.check_settings(),
        plan.table_settings(),
        plan.report_settings(),
        plan.forecast_settings(),
    ):
        json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no number of JSON"))
    for group in plan.groups:
        for source in study.sources:
            files.append(plan.paths.source(source, group))
            json.loads(plan.source_settings(source, group))
            plan.sources.inputs(source, group), plan.sources.code(source)
        blocks = []
        for part in study.parts:
            spans = study.spans(part)
            assert [spans[0][0], spans[-1][1]] == [0, study.lengths[part]]
            assert all(a[1] == b[0] and b[0] < b[1] for a, b in itertools.pairwise(spans))
            blocks += [plan.paths.block(part, group, *span) for span in spans]
            for start, stop in (spans[0], spans[-1]):
                asked = json.loads(plan.block_settings(part, group, start, stop))
                assert asked["blocks"][0][0] == start
                assert asked["blocks"][-1][1] == stop < asked["next_end"]
                plan.codes.block_inputs(part, group, start)
        files += blocks
        whole = set(blocks)
        for run in study.runs:
            assert whole.issuperset(plan.codes.blocks(run, group))
            json.loads(plan.decode_settings(run, group))
    for name in config.get("analyses", {}):
        files += [plan.paths.table(name), plan.paths.figure(name, "png")]
        (
            json.loads(plan.analysis_settings(name)),
            plan.results.analysis_inputs(name),
            plan.results.analysis_code(name),
        )
    for run in study.runs:
        files.append(plan.paths.codelengths(run))
        json.loads(plan.merge_settings(run))
        plan.codes.merge_inputs(run)
    for part in study.parts:
        plan.codes.block_code(part)
    assert len({path.lower() for path in files}) == len(files), (
        "no two files of one name, where case does not count either"
    )
    inside = f"results/{config['study']}/"
    assert all(path == os.path.normpath(path) and path.startswith(inside) for path in files)
    assert not set("".join(files)) & set("{}*?\n\0 '\"\\$")
    assert max(len(part.encode()) for path in files for part in path.split("/")) <= 220


def planned_or_refused(config):
    message = "planned"
    try:
        plan_all(config)
    except InputError as error:
        message = str(error)
    assert message.strip()
    assert len(message) < 2000


@pytest.fixture(scope="module", autouse=True)
def _elsewhere(tmp_path_factory):
    """An empty folder, where no path of a config leads anywhere."""
    before = os.getcwd()
    os.chdir(tmp_path_factory.mktemp("fuzz"))
    yield
    os.chdir(before)


@fuzz(0.3)
@given(mutated())
def test_a_changed_config_is_planned_or_refused(config):
    planned_or_refused(config)


@fuzz(0.15)
@given(invented())
def test_a_config_made_from_the_schema_is_planned_or_refused(config):
    planned_or_refused(config)


@fuzz(0.05)
@given(ANYTHING)
def test_what_is_no_config_is_refused(config):
    with pytest.raises(InputError, match=r"."):
        load_study(config, "study.yaml")


# result files -------------------------------------------------------------------------------------

SEEDS, RUN = [0, 1], "digits--true--linear--restart--theta0"


def block(start, stop, rng):
    m = stop - start
    arrays = {
        "index": np.arange(2 * m).reshape(2, m),
        "label": rng.integers(0, 10, (2, m)),
        "flops": rng.random(2),
    }
    arrays |= {f"bits/{name}": rng.random((2, m)) * 5 for name in ("model", "start")} | {
        "ahead/model": rng.random((2, 64))
    }
    return arrays | {
        "blocks": np.array([[start, stop]]),
        "classes": np.array(10),
        "after/step": np.array(3),
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The block files of one run, of another, and what they hold."""
    folder, rng = tmp_path_factory.mktemp("blocks"), np.random.default_rng(0)
    spans = [(0, 64), (64, 128)]
    for run in (RUN, "other"):
        for start, stop in spans:
            about = {
                "settings": {"run": run, "seeds": SEEDS},
                "code": "c",
                "versions": {"numpy": "2"},
            }
            store.write(
                folder / run / f"{start}-{stop}.h5", "block", block(start, stop, rng), **about
            )
    paths = [folder / RUN / f"{start}-{stop}.h5" for start, stop in spans]
    return folder, paths, store.read_blocks(paths, RUN, SEEDS, 128)


def merged(whole, damage):
    """Damage the second block file and merge; what was read, or None where an error names the file and the remedy."""
    folder, paths, _ = whole
    damaged = folder / "damaged" / paths[1].name
    damaged.parent.mkdir(exist_ok=True)
    shutil.copyfile(paths[1], damaged)
    damage(damaged)
    found, message = None, "64-128.h5 rm '"
    try:
        found = store.read_blocks([paths[0], damaged], RUN, SEEDS, 128)
    except InputError as error:
        message = str(error)
    assert "64-128.h5" in message
    assert "rm '" in message
    if found is None:
        return None
    spans = merge.merge_spans([arrays for arrays, _ in found])
    out = merge.merge_groups([merge.unite({"restart": spans})])
    assert all(out[f"bits/{code}"].shape == (2, 128) for code in CODES)
    assert all(np.isfinite(out[f"bits/{code}"]).all() for code in CODES)
    return found


@fuzz(0.3)
@given(st.data())
def test_a_damaged_block_file_is_read_as_it_was_or_refused(whole, data):
    folder, paths, good = whole
    size = paths[1].stat().st_size
    spots = st.one_of(
        st.integers(0, size - 1), st.integers(0, 4000)
    )  # HDF5's own structure lies in few of its bytes
    flips = data.draw(st.lists(st.tuples(spots, st.integers(1, 255)), max_size=8))
    cut = data.draw(st.one_of(st.none(), spots))
    more = data.draw(st.binary(max_size=20))
    swap = data.draw(
        st.sampled_from([None] * 6 + [f"{RUN}/0-64.h5", "other/64-128.h5", "other/0-64.h5"])
    )

    def damage(path):
        content = bytearray((folder / swap).read_bytes() if swap else path.read_bytes())
        for place, bits in flips:
            if place < len(content):
                content[place] ^= bits
        path.write_bytes(bytes(content[:cut]) + more)

    found = merged(whole, damage)
    if found is not None:
        assert swap is None
        for (arrays, about), (expected, about_expected) in zip(found, good, strict=True):
            assert about == about_expected
            assert arrays.keys() == expected.keys()
            for name in arrays:
                assert arrays[name].dtype == expected[name].dtype
                assert np.array_equal(arrays[name], expected[name])


VALUES = st.one_of(
    st.floats(), st.integers(-(2**60), 2**60), st.sampled_from(["", "block", "{}", "[]", "nan"])
)


def nonsense(arrays, data):
    """The arrays after a change that makes no sense, as a job with a fault would write them."""
    name = data.draw(st.sampled_from(sorted(set(arrays) - {"after/step"})))
    change = data.draw(st.sampled_from(["missing", "value", "shape", "type", "longer", "scalar"]))
    array = np.array(arrays[name])
    if change == "missing" and name != "ahead/model":
        return {other: a for other, a in arrays.items() if other != name}
    if change == "value":
        floats = [np.nan, np.inf, -np.inf, -1.0, -1e300]
        wrong = data.draw(
            st.sampled_from(floats if array.dtype.kind == "f" else [-1, -7, -(2**62)])
        )
        array.reshape(-1)[data.draw(st.integers(0, array.size - 1))] = wrong
    elif change == "shape":
        array = data.draw(st.sampled_from([array[..., None], array[None]]))
    elif change == "type":
        array = array.astype(data.draw(st.sampled_from(["S8", "bool", "c16"])))
    elif change == "longer":
        array = np.concatenate([array.reshape(-1), array.reshape(-1)])
    else:
        array = np.array(data.draw(st.one_of(st.floats(), st.integers(-(2**60), 1))))
    return arrays | {name: array}


@fuzz(0.1)
@given(st.data())
def test_nonsense_in_a_block_file_is_refused_though_its_digest_is_right(whole, data):
    arrays, about = whole[2][1]
    changed = nonsense(arrays, data)
    assert merged(whole, lambda path: store.write(path, "block", changed, **about)) is None


@fuzz(0.1)
@given(st.data())
def test_a_block_file_of_other_attributes_is_refused(whole, data):
    arrays, about = whole[2][1]
    kind = data.draw(st.sampled_from(["block", "block", "source", "codelengths", ""]))
    name = data.draw(st.sampled_from(["kind", "format", "attributes", "digest"]))
    value = data.draw(st.one_of(VALUES, st.lists(st.integers(2, 9), min_size=1, max_size=3)))
    if name == "kind" and value == "block":
        value = "dataset"
    if name == "format":
        value = data.draw(st.one_of(st.integers(2, 2**60), st.text(alphabet="abc", max_size=3)))

    def damage(path):
        store.write(path, kind, arrays, **about)
        with h5py.File(path, "r+") as file:
            file.attrs[name] = value

    assert merged(whole, damage) is None
