"""The text of a config: what YAML would misread, what is written twice, files that are no text, and whom errors blame."""

import json
import re
import shutil
import subprocess

import pytest
import yaml
from conftest import TINY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lit import __main__ as command
from lit.errors import InputError
from lit.study.config import load_study
from lit.study.config_files import Origin, check_name, record_files
from lit.study.config_text import read_config
from lit.study.installation import check_installation
from lit.study.misread import misread
from lit.study.numbers_meant import number_meant
from lit.workflow.open_study import open_study
from lit.workflow.plan import Plan

TEXT = """\
study: tiny
seeds: [0, 1]
stream: {k: 128, head: 64}
datasets:
  digits: {kind: sklearn, name: digits}
models:
  linear: {kind: linear}
training: {epochs: 5, min_steps: 10}
arms:
  - {name: a, target: digits, model: linear, n: [0, 64]}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def study_of(text):
    """A study from a text, as ``python -m lit check`` reads it."""
    content = text if isinstance(text, bytes) else text.encode()
    with open("study.yaml", "wb") as file:
        file.write(content)
    values, lines = read_config("study.yaml")
    return load_study(values, Origin([lines]))


def changed(old, new):
    assert TEXT.count(old) == 1, old
    return TEXT.replace(old, new)


def named(name):
    return changed("{name: a,", f"{{name: {name},")


def option(value):
    return changed(
        "{kind: sklearn, name: digits}",
        f"{{kind: torchvision, name: MNIST, options: {{a: {value}}}}}",
    )


def own_options(value):
    return (
        TEXT
        + f"algorithms: {{own: {{kind: python, factory: 'm:f', options: {{deep: [{{a: {value}}}]}}}}}}\n"
    )


# what YAML takes otherwise than it looks ----------------------------------------------------------


REFUSED = {
    # a key written twice
    "a second arms": (TEXT + "arms: []\n", "key 'arms' is written twice, in line 9 and in line 11"),
    "twice in a mapping within": (
        changed("models:", "  digits: {kind: sklearn, name: wine}\nmodels:"),
        "key 'digits' is written twice, in line 5 and in line 6",
    ),
    "twice on one line": (changed("n: [0, 64]", "n: 0, k: 64, n: 64"), "key 'n' is written twice, in line 10 and in line 10"),
    "once in quotes": (TEXT + '"seeds": [3]\n', "key 'seeds' is written twice, in line 2 and in line 11"),
    "twice beside a merge": (
        TEXT + "analyses:\n  a: &a {kind: choice}\n  b: {<<: *a, title: x, title: y}\n",
        "key 'title' is written twice, in line 13 and in line 13",
    ),
    # numbers
    "octal": (changed("k: 128", "k: 010"), "line 3: YAML reads 010 as 8, in base 8; write 10,"),
    "octal with a sign": (changed("epochs: 5", "epochs: +07"), "line 8: YAML reads +07 as 7, in base 8; write 7,"),
    "octal seed": (changed("seeds: [0, 1]", "seeds: [000, 011]"), "line 2: YAML reads 000 as 0"),
    "octal name": (named("007"), "line 10: YAML reads 007 as 7, in base 8; write 7, or '007' in quotes"),
    "octal with lines": (changed("k: 128", "k: 0_10"), "YAML reads 0_10 as 8, in base 8; write 10"),
    "base 60": (changed("epochs: 5", "epochs: 1:30"), "line 8: YAML reads 1:30 as 90, in base 60; write 90,"),
    "base 60 with a point": (changed("epochs: 5", "epochs: 1:30.5"), "YAML reads 1:30.5 as 90.5, in base 60; write 90.5"),
    "base 60 in a name": (named("10:20:30"), "YAML reads 10:20:30 as 37230, in base 60"),
    "octal as YAML 1.2 has it": (changed("k: 128", "k: 0o17"), "line 3: stream.k: found the text '0o17' where a number"),
    "infinity": (changed("epochs: 5", "epochs: .inf"), "line 8: training.epochs: found inf, which is no number"),
    # text
    "an arm called no": (named("no"), "line 10: arms[0].name: no is false to YAML, and text belongs here; write 'no' in"),
    "an arm called null": (named("null"), "arms[0].name: null is nothing to YAML, and text belongs here; write 'null' in"),
    "an arm called ~": (named("~"), "arms[0].name: ~ is nothing to YAML, and text belongs here; write '~' in quotes"),
    "an arm called 1.10": (named("1.10"), "1.10 is the number 1.1 to YAML, and text belongs here; write '1.10' in quotes"),
    "an arm called 1_000": (named("1_000"), "1_000 is the number 1000 to YAML, and text belongs here; write '1_000' in"),
    "a name with only a colon": (named("{age: }"), "found a mapping (age) where text belongs; if 'age' is meant, write it without the colon"),
    "a name with a colon and a number": (named("{Q1: 1.50}"), "if it is one text, write 'Q1: 1.50' in quotes"),
    "a name with a colon": (named("{Unnamed: 0}"), "found a mapping (Unnamed) where text belongs; if it is one text, write 'Unnamed: 0' in quotes"),
    "a date": (named("2020-01-01"), "line 10: YAML reads 2020-01-01 as a date; write '2020-01-01' in quotes"),
    "a data set called off": (changed("  digits: {", "  off: {"), "line 5: key 'off' is no plain text to YAML; write it"),
    "a key that is yes": (TEXT + "yes: 1\n", "line 11: key 'yes' is no plain text"),
    "a key that is a number": (changed("  digits: {", "  3: {"), "line 5: key '3' is no plain text"),
    "a key that is a list": (TEXT + "? [a, b]\n: 1\n", "line 11: key that is a list or a mapping is no plain text"),
    "a device that is off": (TEXT + "device: off\n", "line 11: device: found False"),
    "yes or no as text": (changed("epochs: 5", 'mirror: "yes"'), "training.mirror: found 'yes'; write true or false, without"),
    # what nothing else checks the type of
    "no among options": (option("no"), "line 5: YAML reads no as false; write false, or 'no' in quotes"),
    "deep among options": (own_options("off"), "line 11: YAML reads off as false; write false, or 'off' in quotes"),
    "a number that is text among options": (option("1e-3"), "line 5: YAML reads 1e-3 as text; write 0.001, or '1e-3'"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_yaml_misreads_is_refused_with_its_line(folder, case):
    text, message = REFUSED[case]
    with pytest.raises(InputError) as error:
        study_of(text)
    assert str(error.value).startswith("study.yaml")
    assert message in str(error.value)


TAKEN = {
    "quotes": (named("'010'"), lambda s: s.rows[0].arm, "010"),
    "NA": (named("NA"), lambda s: s.rows[0].arm, "NA"),
    "a name that no number is": (named("08"), lambda s: s.rows[0].arm, "08"),
    "thousands by Python's sign": (changed("k: 128", "k: 1_000"), lambda s: s.rows[0].k, 1000),
    "hexadecimal": (changed("k: 128", "k: 0x40"), lambda s: s.rows[0].k, 64),
    "binary": (changed("k: 128", "k: 0b1000000"), lambda s: s.rows[0].k, 64),
    "zero": (changed("n: [0, 64]", "n: 0"), lambda s: s.rows[0].n, 0),
    "a decimal with a zero in front": (changed("epochs: 5", "epochs: 05.5"), lambda s: s.config["training"]["epochs"], 5.5),
    "yes where a truth value belongs": (changed("epochs: 5", "mirror: yes"), lambda s: s.config["training"]["mirror"], True),
    "null among options": (own_options("~"), lambda s: s.config["algorithms"]["own"]["options"], {"deep": [{"a": None}]}),
    "numbers in quotes among options": (option("'1e-3'"), lambda s: s.datasets["digits"]["options"], {"a": "1e-3"}),
    "merge keys": (
        TEXT + "analyses:\n  a: &a {kind: choice, title: x}\n  b: {<<: *a, title: y}\n",
        lambda s: [entry["title"] for entry in s.config["analyses"].values()],
        ["x", "y"],
    ),
    "an anchor used twice": (
        changed("seeds: [0, 1]", "seeds: &s [0, 1]") + "analyses: {a: {kind: relatives, eps: *s}}\n",
        lambda s: s.config["analyses"]["a"]["eps"],
        [0, 1],
    ),
    "a mark in front of UTF-8": ("\ufeff" + TEXT, lambda s: s.name, "tiny"),
    "words of any language": (TEXT + "analyses: {a: {kind: choice, title: Größe 大小}}\n", lambda s: s.name, "tiny"),
    "lines that end as on Windows": (TEXT.replace("\n", "\r\n"), lambda s: s.name, "tiny"),
}  # fmt: skip


@pytest.mark.parametrize("case", TAKEN)
def test_what_is_clear_is_taken(folder, case):
    text, value, wanted = TAKEN[case]
    assert value(study_of(text)) == wanted


NUMBERS = {
    "0,5": 0.5, "1,000": 1000, "1.000.000": 1_000_000, "50%": 0.5, "12.5 %": 0.125, "1k": 1000, "1.5M": 1_500_000,
    "1 000": 1000, "1'000": 1000, "12,345.5": 12345.5, "12.345,5": 12345.5, "0,500": 0.5, "1e-3": 0.001, "1e3": 1000,
    "1.0e3": 1000, "2e-20": 2e-20, "1e300": 1e300, "08": 8, "0o17": 15, "\u22123": -3, "+5": 5, "3.": 3,
}  # fmt: skip


@pytest.mark.parametrize("text", NUMBERS)
def test_the_number_that_a_message_gives_is_one_to_yaml_too(text):
    found = yaml.safe_load(number_meant(text))
    assert isinstance(found, int | float)
    assert found == pytest.approx(NUMBERS[text], rel=1e-15)


@pytest.mark.parametrize(
    "text", ["", "ten", "0-4", "1;2", "1,00,0", "nan", "inf", "1e999", "k", "%", "v1.2", None, 3]
)
def test_no_number_is_made_of_what_is_none(text):
    assert number_meant(text) == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            changed("epochs: 5", "epochs: 0,5").replace(
                "{epochs: 0,5, min_steps: 10}", "{epochs: '0,5'}"
            ),
            "write 0.5 without",
        ),
        (
            changed("k: 128", "k: '1,000'"),
            "line 3: stream.k: found the text '1,000' where a number belongs; write 1000 without",
        ),
        (changed("n: [0, 64]", "n: [0, '1,000']"), "line 10: arms[0].n[1]: found the text '1,000'"),
        (
            changed("n: [0, 64]", "n: 1k"),
            "line 10: arms[0].n: found the text '1k' where a number belongs; write 1000",
        ),
        (
            changed("epochs: 5", "epochs: 1e-3"),
            "write 0.001 without quotes (YAML reads 1e-3 as text, 1.0e-3 as a number)",
        ),
        (
            changed("k: 128", "k: 1.000"),
            "stream.k: found 1.000 where a whole number belongs; write 1000 or 1",
        ),
        (
            changed("k: 128", "k: 128.0"),
            "stream.k: found 128.0 where a whole number belongs; write 128",
        ),
        (
            changed("seeds: [0, 1]", "seeds: 3"),
            "line 2: seeds: found 3 where a list belongs; write [3] for",
        ),
        (
            changed("n: [0, 64]", "n: [0, 64], labels: random"),
            "arms[0].labels: found 'random' where a mapping belongs; write {random: 1.0} (Share of",
        ),
        (changed("k: 128", "kk: 128"), "line 3: stream: unknown key 'kk'; did you mean 'k'?"),
        (
            changed("target: digits", "target: digit"),
            "study.yaml, line 10: arms[0] (a): target: no data set is named 'digit' under datasets; did you mean 'digits'?",
        ),
    ],
)
def test_messages_name_the_line_and_what_to_write(folder, text, message):
    with pytest.raises(InputError) as error:
        study_of(text)
    assert message in str(error.value)


NO_LISTS = {
    "n": ("n: [0, 64]", "n: 64, 128", "line 10: n: 64, 128 is no list to YAML, which wants brackets around one; write n: [64, 128]"),
    "three": ("n: [0, 64]", "n: 0, 64, 128", "write n: [0, 64, 128]"),
    "at the end of others": ("{kind: linear}", "{kind: mlp, hidden: 64, 32}", "line 7: hidden: 64, 32 is no list to YAML"),
    "a decimal": ("epochs: 5", "epochs: 0, 5", "line 8: epochs: 0, 5 is no list .* write epochs: [0, 5], or epochs: 0.5 for a number"),
    "without blanks": ("n: [0, 64]", "n: 64,128", "YAML reads 64,128 as two entries; write 64128, or [64, 128] if a list is meant"),
    "texts": ("n: [0, 64]", "n: 64, learner: replay, readout", "write learner: [replay, readout], or a value behind readout:"),
    "on a line of its own": (
        "  - {name: a, target: digits, model: linear, n: [0, 64]}",
        "  - name: a\n    target: digits\n    model: linear\n    n: 64, 128",
        "line 13: arms[0].n: found the text '64, 128' where a list belongs; write [64, 128]",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NO_LISTS)
def test_a_list_without_brackets_is_told_to_have_some(folder, case):
    """``{n: 64, 128}`` has a key 128 of its own, without a value."""
    old, new, message = NO_LISTS[case]
    with pytest.raises(InputError, match=re.escape(message).replace(r"\.\*", ".*")):
        study_of(changed(old, new))


def linear(hidden):
    return changed("{kind: linear}", f"{{kind: mlp, hidden: {hidden}}}")


COMMAS = {
    "a decimal": (changed("epochs: 5", "lr: 0,5"), "line 8: YAML reads 0,5 as two entries; write 0.5"),
    "a decimal of 1": (changed("head: 64", "growth: 1,5"), "line 3: YAML reads 1,5 as two entries; write 1.5"),
    "at the end": (changed("min_steps: 10", "lr: 0,05"), "YAML reads 0,05 as two entries; write 0.05"),
    "with an exponent": (changed("epochs: 5", "lr: 1,5e-3"), "YAML reads 1,5e-3 as two entries; write 0.0015"),
    "thousands": (changed("k: 128", "k: 1,000"), "line 3: YAML reads 1,000 as two entries; write 1000"),
    "thousands that are no octal": (changed("k: 128", "k: 2,048"), "YAML reads 2,048 as two entries; write 2048"),
    "a million": (changed("k: 128", "k: 1,000,000"), "YAML reads 1,000,000 as three entries; write 1000000"),
    "a number with both": (changed("k: 128", "k: 1,000.5"), "YAML reads 1,000.5 as two entries; write 1000.5"),
    "n among others": (changed("[0, 64]", "[0, 1,024]"), "line 10: 1,024 are two numbers to YAML; write 1024, or a blank"),
    "n that is no octal": (changed("[0, 64]", "[0, 2,048]"), "2,048 are two numbers to YAML; write 2048, or a blank"),
    "n without blanks": (changed("[0, 64]", "[0,2,048]"), "2,048 are two numbers to YAML; write 2048, or a blank"),
    "n in mixed style": (changed("[0, 64]", "[0, 16,384]"), "16,384 are two numbers to YAML; write 16384"),
    "a million of n": (changed("[0, 64]", "[0, 1,000,000]"), "1,000,000 are three numbers to YAML; write 1000000, or"),
    "a width": (linear("[1,024]"), "line 7: 1,024 are two numbers to YAML; write 1024, or a blank after the comma"),
    "a width that may be two": (linear("[1,200]"), "1,200 are two numbers to YAML; write 1200, or a blank after the comma"),
    "blocks": (changed("head: 64", "blocks: [1,200]"), "line 3: 1,200 are two numbers to YAML; write 1200, or"),
}  # fmt: skip


@pytest.mark.parametrize("case", COMMAS)
def test_a_comma_within_a_number_between_braces_or_brackets_is_refused(folder, case):
    text, message = COMMAS[case]
    with pytest.raises(InputError) as error:
        study_of(text)
    assert message in str(error.value)


LISTS = [
    "[0,1,2]",
    "[64,128,256]",
    "[16,128]",
    "[0,128,512]",
    "[128]",
    "[1, 200]",
    "[64,\n      128,256]",
    "['1',200]",
]


@pytest.mark.parametrize("text", LISTS)
def test_lists_without_blanks_are_taken(folder, text):
    with open("list.yaml", "w") as file:
        file.write(f"hidden: {text}\n")
    assert read_config("list.yaml")[0] == {"hidden": yaml.safe_load(text)}


SEEDS = {
    "0-4": "write [0, 1, 2, 3, 4];", "0..4": "write [0, 1, 2, 3, 4];", "0 to 4": "write [0, 1, 2, 3, 4];",
    "range(5)": "write [0, 1, 2, 3, 4];", "range(2, 4)": "write [2, 3];", "0:5": "write [0, 1, 2, 3, 4];",
    "1:5": "found 1:5 where a list belongs; write [1, 2, 3, 4];",
    "3-4": "write [3, 4];", "5": "write [5] for seed 5 alone, or [0, 1, 2, 3, 4] for 5 seeds;",
    "1": "write [1] for seed 1 alone;", "0,1": "write [0, 1];", "4-0": "write each seed, such as [0, 1, 2, 3, 4];",
    "0-99999": "write each seed, such as [0, 1, 2, 3, 4];", "all": "write each seed, such as [0, 1, 2, 3, 4];",
    "1.5": "write each seed, such as", "-1": "write each seed, such as",
    "[0-4]": "write seeds: [0, 1, 2, 3, 4]", "[range(5)]": "write seeds: [0, 1, 2, 3, 4]",
}  # fmt: skip


@pytest.mark.parametrize("text", SEEDS)
def test_for_seeds_that_are_no_list_one_that_works_is_named(folder, text):
    with pytest.raises(InputError) as error:
        study_of(changed("seeds: [0, 1]", f"seeds: {text}"))
    assert SEEDS[text] in str(error.value)


ALIKE = {
    "two arms": (
        "  - {name: A, target: digits, model: linear, n: 0}\n",
        r"two are named 'a' \(arms\[0\] in study\.yaml, line 10, and arms\[1\] in study\.yaml, line 11\); each must",
    ),
    "an arm of each": (
        "  - {name: P, target: digits, model: linear, n: 0, each: {pairs: [0, 1]}}\n"
        "  - {name: p, target: digits, model: linear, n: 0, each: {pairs: [0, 1]}}\n",
        r"two are named 'p\.0\+1'",
    ),
}


@pytest.mark.parametrize("case", ALIKE)
def test_arms_whose_names_differ_in_upper_case_alone_are_refused(folder, case):
    more, message = ALIKE[case]
    with pytest.raises(InputError, match=f"arms: but for upper case, {message}"):
        study_of(TEXT + more)


# files that are no text, or no study --------------------------------------------------------------


UNREADABLE = {
    "UTF-16": (TEXT.encode("utf-16"), "study.yaml is written in UTF-16; save it as UTF-8"),
    "UTF-16, the other way": (b"\xfe\xff" + TEXT.encode("utf-16-be"), "written in UTF-16"),
    "UTF-32": (TEXT.encode("utf-32"), "written in UTF-32"),
    "UTF-16 without its mark": (TEXT.encode("utf-16-le"), "no text in UTF-8 (it holds NUL bytes)"),
    "Latin-1": (f"# caf\xe9\n{TEXT}".encode("latin-1"), "line 1: byte 0xe9 is not UTF-8"),
    "Latin-1, further down": (f"{TEXT}# caf\xe9\n".encode("latin-1"), "line 11: byte 0xe9 is not UTF-8"),
    "no text at all": (bytes(range(256)), "no text in UTF-8"),
    "control characters": (b"study: \x1b[2J\n", "study.yaml"),
    "nothing": (b"", "study.yaml is empty"),
    "comments alone": (b"# later\n", "study.yaml is empty"),
    "a list": (b"- a\n- b\n", "holds a list where a study belongs"),
    "a word": (b"tiny\n", "holds the value 'tiny' where a study belongs"),
    "two studies": (f"{TEXT}---\n{TEXT}".encode(), "line 11, column 1: a second document begins here"),
    "a tab": (changed("  - {name", "\t- {name").encode(), "line 10, column 1: the line is indented with a tab"),
    "an open bracket": (changed("[0, 1]", "[0, 1").encode(), "the bracket that closes what is open, is missing"),
    "a comma too few": (changed("[0, 1]", "[{a: 1} 1]").encode(), "line 2, column 16: a comma, or the bracket"),
    "a key indented too little": (b"a:\n    b: 1\n  c: 2\n", "line 3, column 3: this does not belong to the lines before it; indent"),
    "an item without its dash": (b"a:\n  - b\n  c\n  - d: 1\n", "line 4, column 3: the line before is neither 'key: value' nor an item"),
    "a list that goes on as a mapping": (b"a:\n  - b: 1\n  c: 2\n", "line 3, column 3: an item of a list begins with '- '"),
    "no blank behind a colon": (b"study:tiny\nseeds: [0]\n", "study.yaml, line 1: study:tiny has no blank behind its colon, and is no key with a value to YAML; write study: tiny"),
    "a colon too many": (changed("study: tiny", "study: my: tiny").encode(), "line 1, column 10: a colon where none belongs"),
    "an unknown anchor": (changed("[0, 1]", "*seeds").encode(), "line 2, column 8: found undefined alias"),
    "brackets without end": (b"a: " + b"[" * 200_000, "more than 20 levels"),
    "a mapping that holds itself": (b"a: &a {b: *a}\n", "20 levels"),
    "a mapping merged into itself": (b"a: &a {<<: *a, b: 1}\n", "unknown key 'a'"),
    "objects": (b"study: !!python/object/apply:os.mkdir ['exploded']\n", "line 1, column 8: could not determine"),
    "a tag that does not fit": (b"study: !!int x\n", "a tag (!!) does not fit what it stands before"),
    "a tag that fits nothing": (b"study: !!bool maybe\n", "a tag (!!) does not fit"),
    "a tag of nothing": (b"study: !!int\n", "a tag (!!) does not fit"),
    "a time that is none": (b"study: !!timestamp x\n", "line 1: YAML reads x as a date"),
    "base 60 of no numbers": (b"study: !!float 1:x\n", "a tag (!!) does not fit"),
    "another's tag": (b"study: !mine x\n", "line 1, column 8: could not determine a constructor"),
    "an expression language": (b"__use_yte__: true\nstudy: ?open('exploded', 'w')\n", "line 1: unknown key '__use_yte__'"),
    "more than any study": (b"#" * 10**7 + b"\n\n", "larger than 10 MB"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_file_that_is_no_study_is_told_in_one_line(folder, case):
    content, message = UNREADABLE[case]
    with pytest.raises(InputError) as error:
        study_of(content)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert not (folder / "exploded").exists()


def test_a_file_that_is_not_there_and_a_folder(folder):
    with pytest.raises(InputError, match=r"none.yaml: No such file or directory; correct the path"):
        read_config("none.yaml")
    with pytest.raises(InputError, match="is no file"):
        read_config(folder)


def test_the_command_says_it_without_a_traceback(folder):
    (folder / "study.yaml").write_bytes(TEXT.encode("utf-16"))
    with pytest.raises(SystemExit, match=r"Error: study.yaml is written in UTF-16"):
        command.main(["check", "study.yaml"])


def test_json_is_read_as_json(folder):
    """Snakemake tries it first. Its numbers may have exponents, and it may be indented with tabs."""
    values = yaml.safe_load(TEXT) | {"training": {"lr": 0.001}}
    text = json.dumps(values, indent="\t").replace("0.001", "1e-3")
    assert study_of(text).config["training"]["lr"] == 0.001
    with pytest.raises(
        InputError, match=r"key 'lr' is written twice in one mapping \(it is in lines"
    ):
        study_of(text.replace('"lr": 1e-3', '"lr": 1, "lr": 2'))


def test_a_reader_in_python_says_the_same(folder, monkeypatch):
    """Where PyYAML was built without its C library."""
    for module in ("config_text", "misread"):
        monkeypatch.setattr(f"lit.study.{module}.LOADER", yaml.SafeLoader)
    for case in ("a second arms", "octal", "a data set called off", "no among options"):
        text, message = REFUSED[case]
        with pytest.raises(InputError) as error:
            study_of(text)
        assert message in str(error.value)
    with pytest.raises(InputError, match="line 10, column 1: the line is indented with a tab"):
        study_of(UNREADABLE["a tab"][0])


def test_values_that_are_no_plain_scalars_are_left_alone():
    for text in ("'010'", '"1:30"', "!!str 010", "|\n  010"):
        assert misread(yaml.compose(text, yaml.SafeLoader)) == ""


@pytest.mark.nightly
@given(st.data())
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_text_with_anything_in_it_is_read_or_refused_in_one_line(folder, data):
    text = TEXT
    for _ in range(data.draw(st.integers(1, 4))):
        at, length = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 20))
        text = (
            text[:at]
            + data.draw(st.text("{}[]:,&*!|>'\"%@`#-?~\t\n 01:.eyno<=_é\x85", max_size=6))
            + text[at + length :]
        )
    message = ""
    try:
        study_of(text)
    except InputError as error:
        message = str(error)
    assert "\n" not in message
    assert len(message) < 1200


@pytest.mark.nightly
def test_with_a_cache_elsewhere_no_home_is_needed(workspace):
    """What docs/clusters.md advises where the home folder cannot be written to."""
    environment = workspace.environment() | {
        "HOME": "/dev/null/home",
        "XDG_CACHE_HOME": str(workspace.folder / "cache"),
    }
    command = [*workspace.command(), "-n"]
    done = subprocess.run(
        command, cwd=workspace.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


# --config -----------------------------------------------------------------------------------------


def opened(overrides, text=TEXT):
    """The plan of a study as the Snakefile makes it, from what Snakemake makes of the file and of --config."""
    from snakemake.cli import parse_config
    from snakemake.utils import update_config

    with open("study.yaml", "w") as file:
        file.write(text)
    config, overrides = yaml.safe_load(text), parse_config(overrides)
    update_config(config, overrides)
    return open_study(config, ["study.yaml"], overrides, first=False)


def test_numbers_in_lists_and_mappings_of_the_command_line_are_numbers(folder):
    study = opened(["seeds=[[0, 2]]", "stream={k: 64, growth: 1.5}", "training={mirror: true}"])[
        0
    ].study
    assert study.groups == [[0, 2]]
    assert study.config["stream"] == {"k": 64, "growth": 1.5, "head": 64}
    assert study.config["training"] == {"epochs": 5, "min_steps": 10, "mirror": True}


def test_jobs_are_given_the_same_study(folder):
    """Snakemake hands overrides on to its jobs as Python writes them."""
    from snakemake.cli import parse_config
    from snakemake.common import dict_to_key_value_args

    given = [
        "seeds=[0, 1]",
        "stream={k: 64}",
        "threads=2",
        "decode=true",
        "device=cpu",
        "analyses={a: {kind: choice, title: 'x'}}",
    ]
    handed_on = dict_to_key_value_args(parse_config(given), repr_obj=True)
    assert opened(handed_on)[0].study.config == opened(given)[0].study.config
    assert opened(dict_to_key_value_args(parse_config(["decode="]), repr_obj=True))[1] == []


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("seeds=[0, zero]", "--config: seeds[1]: found 'zero'"),
        ("seeds=[010]", "--config: seeds[0]: YAML reads 010 as 8, in base 8; write 10"),
        ("seeds=3", "--config: seeds: found 3 where a list belongs; write [3]"),
        ("sed=3", "--config: top level: unknown key 'sed'; did you mean 'seeds'?"),
        ("stream={kk: 3}", "--config: stream: unknown key 'kk'; did you mean 'k'?"),
        ("stream={k: '1,000'}", "--config: stream.k: found the text '1,000' where a number belongs; write 1000"),
        ("device=cud", "--config: device: found 'cud'; did you mean 'cuda'?"),
        ("study=2024", "--config: study: 2024 is the number 2024 to YAML, and text belongs here; write --config 'study=\"2024"),
        ("arms=[{name: a, target: digit, model: linear, n: 64}]", "--config: arms[0] (a): target: no data set is named 'digit' under datasets; did you mean 'digits'?"),
        ("analyses={a: {kind: noise, arms: [b]}}", "--config: analyses.a.arms: no arm is named 'b'"),
    ],
)  # fmt: skip
def test_what_the_command_line_sets_is_blamed_on_it(folder, override, message):
    with pytest.raises(InputError) as error:
        opened([override])
    assert str(error.value).startswith(message)


def test_what_the_file_says_is_blamed_on_the_file_beside_overrides(folder):
    with pytest.raises(
        InputError,
        match=r"^study.yaml, line 3: stream.k: found '8x' where a whole number belongs; write such as",
    ):
        opened(["seeds=[0]", "stream={head: 8}"], changed("k: 128", "k: 8x"))
    with pytest.raises(InputError, match=r"^--config: seeds: given twice: 0; write it once$"):
        opened(["seeds=[0, 0]"])


def test_of_several_files_the_one_that_says_it_is_named(folder):
    (folder / "more.yaml").write_text("device: gpu\n")
    (folder / "study.yaml").write_text(TEXT)
    files = ["study.yaml", "more.yaml"]
    config = yaml.safe_load(TEXT) | {"device": "gpu"}
    with pytest.raises(InputError, match=r"^more.yaml, line 1: device: found 'gpu'"):
        open_study(config, files, {}, first=False)
    with pytest.raises(InputError, match=r"^study.yaml, line 1: study: 'a b' is not allowed"):
        open_study(config | {"study": "a b", "device": "cpu"}, files, {}, first=False)


def test_snakemake_refuses_a_key_twice_and_takes_numbers_from_the_command_line(workspace, tiny):
    tiny["seeds"] = [0]
    workspace.write(tiny)
    out = workspace.snakemake("-n", "--quiet", "rules", "--config", "seeds=[0, 1, 2]")
    assert {"train_source  3"} <= {"  ".join(line.split()) for line in out.stdout.splitlines()}
    text = (workspace.folder / "study.yaml").read_text()
    (workspace.folder / "study.yaml").write_text(text + "arms: []\n")
    out = workspace.snakemake("-n", check=False)
    assert out.returncode != 0
    assert "key 'arms' is written twice, in line 1 and in line" in out.stdout
    assert "Traceback" not in out.stdout


# paths --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("character", [" ", "\t", "'", '"', "$", "&", ";", "(", "*", "\\", "`"])
def test_a_python_that_no_shell_would_find_is_refused(character):
    own = f"/home/me/my{character}project"
    with pytest.raises(
        InputError,
        match=r"Python, which starts every job, lies at .*; move the project, and make its",
    ):
        check_installation(f"{own}/.venv/bin/python", own)
    with pytest.raises(InputError, match=r"move an environment \(.venv\) to a path"):
        check_installation(f"/opt/a{character}b/bin/python", "/home/me/lit")


@pytest.mark.parametrize("character", ["{", "}", ":"])
def test_a_project_whose_scripts_no_job_would_find_is_refused(character):
    with pytest.raises(
        InputError, match=f"this project lies at .*the character {character} in this path"
    ):
        check_installation("/opt/bin/python", f"/home/me/my{character}project")


def test_what_works_is_not_refused():
    check_installation("/home/me/[a]{b}é#~%:/bin/python", "/home/me/my project's [é] $1 (new)")


# one name, one study ------------------------------------------------------------------------------


@pytest.fixture
def first(folder):
    """A study's file, and what its results remember of it."""
    (folder / "study.yaml").write_text(TEXT)
    (folder / "other.yaml").write_text(changed("n: [0, 64]", "n: [0, 32]"))
    record_files([folder / "study.yaml"], "results/tiny/data/origin.json")
    return lambda *files, name="tiny": check_name(
        name, [folder / f for f in files], "results/tiny/data/origin.json"
    )


def test_two_studies_of_one_name_are_told_apart(first):
    with pytest.raises(
        InputError,
        match=r"^other.yaml: study: tiny is also the name of study.yaml, which results/tiny/ was",
    ):
        first("other.yaml")
    with pytest.raises(InputError, match=r"is also the name of study.yaml"):
        first("other.yaml", name="TINY")  # one folder where a file system does not tell case apart
    first("study.yaml")


def test_a_study_that_was_edited_moved_renamed_or_copied_is_the_same(folder, first):
    (folder / "study.yaml").write_text(changed("k: 128", "k: 256"))
    first("study.yaml")
    first("study.yaml", "other.yaml")
    shutil.copy("study.yaml", "copy.yaml")
    first("copy.yaml")
    (folder / "study.yaml").write_text(changed("study: tiny", "study: renamed"))
    first("other.yaml")
    (folder / "study.yaml").write_text("no: [study")
    first("other.yaml")
    (folder / "study.yaml").unlink()
    first("other.yaml")


def test_a_copy_of_the_project_elsewhere_is_the_same(folder, first, monkeypatch):
    shutil.copytree(folder, folder / "copy")
    monkeypatch.chdir(folder / "copy")
    check_name("tiny", [folder / "copy/study.yaml"], "results/tiny/data/origin.json")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": 3}', '{"files": [3]}', "\0"])
def test_results_that_do_not_say_where_they_are_from_are_taken(folder, first, text):
    (folder / "results/tiny/data/origin.json").write_text(text)
    first("other.yaml")


def test_audit_knows_the_record(tiny):
    plan = Plan(load_study(tiny))
    assert (
        json.loads(plan.expected())["origin"]
        == plan.paths.origin()
        == "results/tiny/data/origin.json"
    )


@pytest.mark.nightly
def test_snakemake_refuses_another_study_of_the_name(done, tiny):
    assert json.loads((done.folder / "results/tiny/data/origin.json").read_text()) == {
        "files": ["study.yaml"]
    }
    before = done.results("**/*.[ch]*")
    (done.folder / "study.yaml").rename(done.folder / "first.yaml")
    record_files([done.folder / "first.yaml"], done.folder / "results/tiny/data/origin.json")
    done.write(tiny | {"seeds": [[0, 1, 2]]})
    out = done.snakemake(check=False)
    assert out.returncode != 0
    assert "is also the name of" in out.stdout
    assert done.results("**/*.[ch]*") == before
    (done.folder / "first.yaml").unlink()
    assert done.planned()["train_source"] == 1


def test_kinds_are_listed_once_and_what_a_file_is_called_leads_to_its_kind():
    for kind, hint in (("csv", "write table, which reads that"), ("npzz", "did you mean 'npz'?")):
        config = TINY | {"datasets": {"d": {"kind": kind, "path": "a"}}}
        with pytest.raises(InputError) as error:
            load_study(config)
        said = str(error.value)
        assert f"datasets.d.kind: found '{kind}'; {hint} (known: sklearn, " in said
        assert said.count("sklearn") == 1
    with pytest.raises(InputError, match=r"found 'qqq'; known: sklearn, .*, python$"):
        load_study(TINY | {"datasets": {"d": {"kind": "qqq", "path": "a"}}})


def test_data_in_a_study_s_place_is_told_from_it(folder):
    (folder / "a.csv").write_text("x,y\n1,2\n")
    with pytest.raises(InputError, match=r"a\.csv is data .*; python -m lit init a\.csv writes"):
        read_config("a.csv")
    (folder / "study.txt").write_text(TEXT)
    assert read_config("study.txt")[0]["study"] == "tiny", "a study may have any other name"
