"""What is said of a config that the schema does not allow: what was found, what belongs there, and how it is written."""

import json

import pytest
import yaml
from jsonschema import Draft202012Validator

from lit.errors import InputError
from lit.study.config import load_study
from lit.study.config_files import Origin
from lit.study.config_text import read_config
from lit.study.misread import blank_behind_colon
from lit.study.schema_text import schema
from lit.study.schema_words import flow

TEXT = """\
study: mine
seeds: [0, 1]
stream: {k: 100}
datasets:
  sites: {kind: table, path: a.csv, label: y}
models:
  m: {kind: linear}
arms:
  - {name: a, target: sites, model: m, n: [0, 64]}
"""
TABLE = "{kind: table, path: a.csv, label: y}"
SITES, ARM = f"  sites: {TABLE}", "  - {name: a, target: sites, model: m, n: [0, 64]}"
N_IS = (
    "examples that M is trained on, one or several; 0 means M = theta0. Leave out where M is a"
    " model with weights."
)
NAME_IS = (
    "letters, digits, '.', '_' and '-', starting with a letter or digit, without '--'; at most 100."
)


@pytest.fixture
def said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def message(text):
        (tmp_path / "study.yaml").write_text(text)
        values, lines = read_config("study.yaml")
        with pytest.raises(InputError) as error:
            load_study(values, Origin([lines]))
        return str(error.value)

    return message


def refusal(tmp_path, text):
    """What is said of the text alone, before the schema is asked."""
    (tmp_path / "study.yaml").write_text(text)
    with pytest.raises(InputError) as error:
        read_config(tmp_path / "study.yaml")
    return str(error.value).removeprefix(str(tmp_path) + "/")


def changed(*pairs):
    text = TEXT
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


# a colon without a blank behind it ----------------------------------------------------------------

KEY = "has no blank behind its colon, and is a key without a value to YAML; write"
NO_KEY = "has no blank behind its colon, and is no key with a value to YAML; write"
COLONS = {
    "the first of a mapping": ((TABLE, "{kind:table, path: a.csv}"), f"line 5: kind:table {KEY} kind: table"),
    "a later one": ((TABLE, "{kind: table, path:a.csv}"), f"line 5: path:a.csv {KEY} path: a.csv"),
    "a path from the root": ((TABLE, "{kind: table, path:/d/a.csv}"), f"line 5: path:/d/a.csv {KEY} path: /d/a.csv"),
    "a number": (("{k: 100}", "{k:100}"), f"line 3: k:100 {KEY} k: 100"),
    "among options": ((TABLE, "{kind: torchvision, name: EMNIST, options: {split:balanced}}"), f"line 5: split:balanced {KEY} split: balanced"),
    "an arm": (("{name: a,", "{name:a,"), f"line 9: name:a {KEY} name: a"),
    "before a list": (("n: [0, 64]", "n:[0, 64]"), "line 9, column 41: a colon without a blank behind it; write one, as in n: [0, 64]"),
    "at the left": (("study: mine", "study:mine"), f"line 1: study:mine {NO_KEY} study: mine"),
    "on lines": ((SITES, "  sites:\n    kind:table\n    path: a.csv"), f"line 6: kind:table {NO_KEY} kind: table"),
    "of an item": ((ARM, "  - name:a\n    target: sites"), f"line 9: name:a {NO_KEY} name: a"),
}  # fmt: skip


@pytest.mark.parametrize("case", COLONS)
def test_a_colon_without_a_blank_behind_it_is_told(tmp_path, case):
    pair, message = COLONS[case]
    assert refusal(tmp_path, changed(pair)) == f"study.yaml, {message}"


def test_a_value_that_holds_a_colon_alone_is_told_as_well(said):
    message = said(changed(("  m: {kind: linear}", "  m:\n    kind:linear")))
    assert message == (
        "study.yaml, line 7: models.m: found 'kind:linear' where a mapping belongs; write a blank"
        " behind the colon: kind: linear; networks by a name of your own."
    )


@pytest.mark.parametrize(
    "text", ["http://a", "C:\\data", "12:30", "a", ":a", "a:", "a: b", "a:b:c", "a b:c"]
)
def test_no_key_is_seen_in_addresses_and_times(text):
    assert blank_behind_colon(text) == ""


def test_a_key_in_quotes_may_hold_a_colon(tmp_path):
    text = changed((TABLE, "{kind: python, factory: 'm:f', options: {'a:1'}}"))
    (tmp_path / "study.yaml").write_text(text)
    options = read_config(tmp_path / "study.yaml")[0]["datasets"]["sites"]["options"]
    assert options == {"a:1": None}


# values of another type ---------------------------------------------------------------------------

ARMS_ARE = "what is measured; one row of the table an arm and n."
TYPES = {
    "arms that are a mapping": (
        (ARM, "  a: {name: a, target: sites, model: m, n: [0, 64]}"),
        "line 8: arms: found a mapping (a) where a list belongs; begin each item with '- ', such as"
        f" - {{name: mlp, target: digits, model: mlp, n: [0, 64]}}; {ARMS_ARE}",
    ),
    "no arms": (
        (ARM, "  []"),
        "line 8: arms: found an empty list; write at least 1 item, such as arms:"
        f" [{{name: mlp, target: digits, model: mlp, n: [0, 64]}}]; {ARMS_ARE}",
    ),
    "an arm that is text": (
        (ARM, "  - a"),
        "line 9: arms[0]: found 'a' where a mapping belongs; write such as"
        f" {{name: mlp, target: digits, model: mlp, n: [0, 64]}}; {ARMS_ARE}",
    ),
    "weights, which are text or null, as a list": (
        ("  m: {kind: linear}", "  m: {kind: timm, name: resnet18, weights: []}"),
        "line 7: models.m.weights: found an empty list where text or null belongs; null for random,"
        " DEFAULT for the library's own (downloaded, checked), or a path to a state dict or"
        " safetensors file.",
    ),
    "models that are a list": (
        ("  m: {kind: linear}", "  - m"),
        "line 6: models: found a list of 1 where a mapping belongs; write a name and a colon in"
        " place of each '- ', and indent what is of that name, as in models: {mlp: {kind: mlp,"
        " hidden: [128]}}; networks by a name of your own.",
    ),
    "a stream that is a list": (
        ("{k: 100}", "\n  - k: 100"),
        "line 3: stream: found a list where a mapping belongs; leave the '- ' or the brackets out,"
        " write {k: 100}; the coded examples and how they are cut into blocks.",
    ),
    "a data set that is text": (
        (TABLE, "a.csv"),
        "line 5: datasets.sites: found 'a.csv' where a mapping belongs; write such as sites:"
        " {kind: table, path: patients.csv, label: ill}; data sets by a name of your own.",
    ),
    "a data set with nothing below it": (
        (TABLE, ""),
        "line 5: datasets.sites: found nothing where a mapping belongs; what belongs to it is"
        " indented below it; write such as sites: {kind: table, path: patients.csv, label: ill};"
        " data sets by a name of your own.",
    ),
    "rows that are text": (
        ("label: y}", "label: y, rows: young}"),
        "line 5: datasets.sites.rows: found 'young' where a mapping belongs; write such as rows:"
        " {age: {from: 30, to: 39}}; which rows, by the values of columns: one, a list, or {from,"
        " to}, both ends included. Inputs are scaled, and classes found, by all rows of the file,"
        " so that parts of one file fit together.",
    ),
    "an end of rows that is text": (
        ("label: y}", "label: y, rows: {age: {from: young}}}"),
        "line 5: datasets.sites.rows.age.from: found 'young' where a number belongs; the smallest"
        " value.",
    ),
    "bins that are a number": (
        ("label: y}", "label: y, bins: 10}"),
        "line 5: datasets.sites.bins: found 10 where a mapping belongs; write such as bins:"
        " {width: 0.1}; where labels are real numbers: they are cut into bins of this width, and a"
        " network's outputs make their log-density (docs/data.md).",
    ),
    "k that is a fraction": (
        ("{k: 100}", "{k: 400.5}"),
        "line 3: stream.k: found 400.5 where a whole number belongs; write 400 or 401; examples"
        " that are coded.",
    ),
    "k that is a list": (
        ("{k: 100}", "{k: [1, 2]}"),
        "line 3: stream.k: found a list of 2 where a whole number belongs; write such as k: 1024;"
        " examples that are coded.",
    ),
    "n below 0": (
        ("n: [0, 64]", "n: -8"),
        f"line 9: arms[0].n: found -8 where a whole number of at least 0 belongs; {N_IS}",
    ),
    "one n below 0": (
        ("n: [0, 64]", "n: [0, -8]"),
        f"line 9: arms[0].n[1]: found -8 where a whole number of at least 0 belongs; {N_IS}",
    ),
    "n in words": (
        ("n: [0, 64]", "n: eight"),
        "line 9: arms[0].n: found 'eight' where a whole number, or a list of whole numbers belongs;"
        f" write such as n: [0, 64, 256]; {N_IS}",
    ),
    "one n in words": (
        ("n: [0, 64]", "n: [0, eight]"),
        f"line 9: arms[0].n[1]: found 'eight' where a whole number belongs; {N_IS}",
    ),
    "n twice": (
        ("n: [0, 64]", "n: [64, 64]"),
        f"line 9: arms[0].n: 64 is in the list twice; write it once; {N_IS}",
    ),
    "a seed below 0": (
        ("[0, 1]", "[-1]"),
        "line 2: seeds[0]: found -1 where a whole number from 0 to 2,147,483,647 belongs; seeds of"
        " order, labels, initial weights and batches. A flat list makes a job a seed; a list of"
        " lists trains each group together in one job.",
    ),
    "names of classes that are numbers": (
        ("label: y}", "label: y, classes: [1, 2]}"),
        "line 5: datasets.sites.classes[0]: 1 is the number 1 to YAML, and text belongs here; write"
        " '1' in quotes; how many classes there are, or their names in the order of their numbers"
        " (in quotes where YAML reads a number or a truth value); then not every class has to have"
        " an example.",
    ),
    "two label transforms": (
        ("n: [0, 64]", "n: [0, 64], labels: {random: 0.5, noise: 0.1}"),
        "line 9: arms[0].labels: found a mapping (random, noise); write at most 1 key; a transform"
        " of the labels, with a seed.",
    ),
    "a device that is a mapping": (
        ("study: mine", "study: mine\ndevice: {a: 1}"),
        "line 2: device: found a mapping (a); known: auto, cpu, cuda",
    ),
    "a question without words": (
        ("study: mine", "study: mine\nquestion: ''"),
        "line 2: question: found an empty text; write one, or leave the key out; what the study"
        " asks, in a sentence, for its report.",
    ),
}


@pytest.mark.parametrize("case", TYPES)
def test_a_value_of_another_type_is_told_what_belongs_there(said, case):
    pair, message = TYPES[case]
    assert said(changed(pair)) == f"study.yaml, {message}"


def test_a_large_value_is_not_shown_whole(said):
    many = "".join(f"  arm-{i}: {{name: arm-{i}, target: sites, model: m}}\n" for i in range(90))
    message = said(changed((f"{ARM}\n", many)))
    assert "found a mapping (arm-0, arm-1, " in message
    assert len(message) < 350


# names --------------------------------------------------------------------------------------------

NAMES = {
    "my phishing": "; write for instance my-phishing",
    "a/b": "; write for instance a-b",
    "../x": "; write for instance x",
    "Größe--2.": "; write for instance Grosse-2",
    "x" * 99 + " y": "; write for instance " + "x" * 99,
    "???": "",
}


@pytest.mark.parametrize("name", NAMES)
def test_for_a_name_that_is_not_allowed_another_is_suggested(said, name):
    message = said(changed(("study: mine", f"study: {json.dumps(name)}")))
    shown = repr(name)
    assert (
        message == f"study.yaml, line 1: study: {shown} is not allowed here{NAMES[name]}; {NAME_IS}"
    )
    suggested = NAMES[name].rpartition(" ")[2]
    assert not suggested or Draft202012Validator(schema()["$defs"]["name"]).is_valid(suggested)


def test_the_name_of_an_entry_is_found_in_its_line(said):
    assert said(changed(("  sites:", "  my sites:"))).startswith(
        "study.yaml, line 5: datasets: 'my sites' is not allowed here; write for instance my-sites;"
    )


# keys ---------------------------------------------------------------------------------------------

KEYS = {
    "k at the left": (
        ("stream: {k: 100}", "k: 400"),
        "line 3: top level: unknown key 'k'; it belongs elsewhere: stream: {k: 400}, or arms:"
        " [{..., k: 400}]",
    ),
    "a rate at the left": (
        ("study: mine", "lr: 0.1"),
        "line 1: top level: unknown key 'lr'; it belongs elsewhere: training: {lr: 0.1}, or"
        " learners: {NAME: {..., lr: 0.1}}, or algorithms: {NAME: {..., lr: 0.1}}",
    ),
    "seeds in the stream": (
        ("{k: 100}", "{k: 100, seeds: [0]}"),
        "line 3: stream: unknown key 'seeds'; it belongs elsewhere: seeds: [0], at the left of the"
        " file",
    ),
    "a path in an arm": (
        ("n: [0, 64]", "path: a.csv"),
        "line 9: arms[0]: unknown key 'path'; it belongs elsewhere: datasets: {NAME: {..., path:"
        " a.csv}}",
    ),
    "a key that is like one, and known elsewhere too": (
        ("n: [0, 64]", "label: y"),
        "line 9: arms[0]: unknown key 'label'; did you mean 'labels'?",
    ),
    "one seed": (
        ("seeds: [0, 1]", "seed: [0, 1]"),
        "line 2: top level: unknown key 'seed'; did you mean 'seeds'?",
    ),
    "a data set under a key of another name": (
        ("n: [0, 64]", "train: sites"),
        "line 9: arms[0]: unknown key 'train'; 'sites' is a name under datasets; did you mean"
        " source: sites?",
    ),
    "a data set, where two keys may be meant": (
        ("target: sites", "data: sites"),
        "line 9: arms[0]: unknown key 'data'; 'sites' is a name under datasets; did you mean target:"
        " sites, or source: sites?",
    ),
    "a model under a key of another name": (
        ("model: m", "net: m"),
        "line 9: arms[0]: unknown key 'net'; 'm' is a name under models; did you mean model: m?",
    ),
    "a data set, where none is missing": (
        ("n: [0, 64]", "source: sites, train: sites"),
        "line 9: arms[0]: unknown key 'train'; it belongs elsewhere: models: {NAME: {..., train:"
        " sites}}",
    ),
    "of another kind": (
        ("kind: linear", "kind: linear, hidden: [3]"),
        "line 7: models.m: unknown key 'hidden'; it belongs to kind: mlp; of linear are known:"
        " bias, kind",
    ),
    "known far from here alone": (
        ("label: y}", "label: y, bins: {count: 10}}"),
        "line 5: datasets.sites.bins: unknown key 'count'; known: high, knots, log, low, width",
    ),
    "misspelt, and so missing": (
        ("hidden: [3]", "hiden: [3]"),
        "line 7: models.m: unknown key 'hiden'; did you mean 'hidden'?",
    ),
}


@pytest.mark.parametrize("case", KEYS)
def test_an_unknown_key_is_told_where_it_belongs(said, case):
    (old, new), message = KEYS[case]
    pairs = [("kind: linear", f"kind: mlp, {new}")] if old == "hidden: [3]" else [(old, new)]
    assert said(changed(*pairs)) == f"study.yaml, {message}"


MISSING = {
    "study": ("study: mine\n", "study: my-study (name of the study; results go to results/<study>/)"),
    "seeds": ("seeds: [0, 1]\n", "such as seeds: [0, 1, 2, 3, 4] (seeds of order, labels, initial weights and batches)"),
    "stream": ("stream: {k: 100}\n", "such as stream: {k: 1024} (the coded examples and how they are cut into blocks)"),
    "datasets": (
        f"datasets:\n{SITES}\n",
        "such as datasets: {patients: {kind: table, path: patients.csv, label: ill}} (data sets by a name of your own)",
    ),
    "models": ("models:\n  m: {kind: linear}\n", "such as models: {mlp: {kind: mlp, hidden: [128]}} (networks by a name of your own)"),
    "arms": (
        f"arms:\n{ARM}\n",
        "such as arms: [{name: mlp, target: digits, model: mlp, n: [0, 64]}] (what is measured; one row of the table an arm and n)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("key", MISSING)
def test_a_key_that_is_missing_has_an_example(said, key):
    old, message = MISSING[key]
    assert (
        said(changed((old, "")))
        == f"study.yaml: top level: key {key!r} is missing; write {message}"
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (", label: y", "", "line 5: datasets.sites: key 'label' is missing; write label: ... (name of the column of labels)"),
        ("{k: 100}", "{}", "line 3: stream: key 'k' is missing; write such as k: 1024 (examples that are coded)"),
        ("kind: linear", "kind: mlp", "line 7: models.m: key 'hidden' is missing; write such as hidden: [128] (widths of the hidden layers)"),
        ("kind: linear", "bias: true", "line 7: models.m: key 'kind' is missing; write kind: and one of linear, mlp, cnn, transformer,"),
        ("target: sites, ", "", "line 9: arms[0]: key 'target' is missing; write target: ... (data set whose labels are coded)"),
        ("name: a, ", "", "line 9: arms[0]: key 'name' is missing; write name: ... (name of the arm in tables and figures)"),
    ],
)  # fmt: skip
def test_a_key_that_is_missing_within_an_entry_is_explained(said, old, new, message):
    assert said(changed((old, new))).startswith(f"study.yaml, {message}")


# what no schema says ------------------------------------------------------------------------------

OTHERS = {
    "a target that is not there": (
        ("target: sites", "target: site"),
        ", line 9: arms[0] (a): target: no data set is named 'site' under datasets; did you mean"
        " 'sites'?",
    ),
    "a source that is not there": (
        ("n: [0, 64]", "n: 64, source: patients"),
        ", line 9: arms[0] (a): source: no data set is named 'patients' under datasets; known:"
        " sites",
    ),
    "two arms of one name": (
        (ARM, f"{ARM}\n{ARM}"),
        ": arms: two arms are named 'a' (arms[0] in study.yaml, line 9, and arms[1] in study.yaml,"
        " line 10); each must have a name of its own",
    ),
    "two names that differ in upper case alone": (
        (SITES, f"{SITES}\n{SITES.replace('sites', 'Sites')}"),
        ": datasets: but for upper case, two are named 'sites' (sites in study.yaml, line 5, and"
        " Sites in study.yaml, line 6); each must have a name of its own",
    ),
    "a range of rows that ends before it begins": (
        ("label: y}", "label: y, rows: {age: {from: 10, to: 1}}}"),
        ", line 5: datasets.sites.rows.age: from: 10 is larger than to: 1, so that no row is"
        " between them; write {from: 1, to: 10}",
    ),
    "boundaries out of order": (
        ("{k: 100}", "{k: 100, blocks: [50, 30]}"),
        ", line 3: stream.blocks: boundaries must increase; write [30, 50]",
    ),
    "a seed twice": (("[0, 1]", "[0, 0]"), ", line 2: seeds: given twice: 0; write it once"),
    "an n of 1": (
        ("n: [0, 64]", "n: 1"),
        ", line 9: arm 'a': n: 1 leaves nothing to hold out; write n at least 2, or stop: memorise",
    ),
    "a study of a name that is taken": (
        ("study: mine", "study: published"),
        ", line 1: study: results/published/ is taken; choose another name",
    ),
}


@pytest.mark.parametrize("case", OTHERS)
def test_what_the_schema_allows_is_told_with_its_line_too(said, case):
    pair, message = OTHERS[case]
    assert said(changed(pair)) == f"study.yaml{message}"


def test_a_range_of_one_value_is_one(tmp_path):
    text = changed(("label: y}", "label: y, rows: {age: {from: 10, to: 10}, b: {to: 1}, c: 3}}"))
    (tmp_path / "study.yaml").write_text(text)
    assert load_study(read_config(tmp_path / "study.yaml")[0]).rows


# the examples of the schema -----------------------------------------------------------------------


def examples(part):
    """Each part of the schema that has examples, wherever it is."""
    if isinstance(part, dict):
        if isinstance(part.get("examples"), list):
            yield part
        for inner in part.values():
            yield from examples(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from examples(inner)


def test_every_example_of_the_schema_is_allowed_and_is_yaml_on_one_line():
    found = list(examples(schema()))
    assert len(found) > 20
    for part in found:
        validator = Draft202012Validator({**part, "$defs": schema()["$defs"]})
        for example in part["examples"]:
            assert list(validator.iter_errors(example)) == []
            assert yaml.safe_load(flow(example)) == example
