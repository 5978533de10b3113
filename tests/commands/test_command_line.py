"""The commands as a user types them: what they say, and how they end."""

import io
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import ROOT
from rich.console import Console

from lit.__main__ import main
from lit.errors import InputError
from lit.report import terminal
from lit.report.formats import format_bits
from lit.study.config import load_study
from lit.study.config_files import record_files
from lit.study.paths import Paths
from lit.tables.agreement import MAIN
from lit.tables.reading import read_table
from lit.workflow import preflight
from lit.workflow.check_controls import warn_of_short
from lit.workflow.check_study import check_study
from lit.workflow.expectations import powers
from lit.workflow.not_computed import lacking
from lit.workflow.plan import Plan
from lit.workflow.results_folder import read_codes
from lit.workflow.run_study import show_lines, show_progress, snakemake_command

SHOWN = ("information_transfer", "datasets")
COMMANDS = ("init", "check", "run", "show", "compare", "export")
PUBLISHED = ROOT / "results/published"
PAGE = (ROOT / "docs/command-line.md").read_text()
MADE, TYPED, SAID = (
    re.findall(rf"```{kind}\n(.*?)```", PAGE, re.S) for kind in ("python", "sh", "text")
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ends(*arguments, capsys):
    """Exit code, what was said, and the reason."""
    try:
        main(arguments)
    except SystemExit as end:
        code, reason = (end.code, "") if isinstance(end.code, int) else (1, str(end.code))
    else:
        code, reason = 0, ""
    said = capsys.readouterr()
    return code, said.out, said.err + reason


# help ---------------------------------------------------------------------------------------------


def test_help_loads_nothing_that_takes_long():
    code = "import lit.__main__, sys; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    heavy = {"torch", "numpy", "scipy", "pandas", "h5py", "matplotlib", "snakemake", "sklearn"}
    assert not heavy & set(done.stdout.split())


def test_help_has_every_command(capsys):
    code, out, _ = ends("--help", capsys=capsys)
    assert code == 0
    assert all(re.search(rf"^\W*{name} +\w", out, re.M) for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, capsys):
    code, out, _ = ends(command, "--help", capsys=capsys)
    assert code == 0
    assert "Usage: " in out
    assert command in re.findall(r"^\| `(\w+)", PAGE, re.M)


# what is wrong ------------------------------------------------------------------------------------

WRONG = {
    "no such command": (["chekc"], 2, "No such command"),
    "no such option": (["check", "s.yaml", "--bla"], 2, "No such option"),
    "nothing to compare with": (["compare", "s.yaml"], 2, "name a second folder"),
    "no arms": (
        ["compare", str(ROOT / "config/config.yaml")],
        2,
        "arms by --arms X Y of mlp, linear",
    ),
    "both": (["compare", "s.yaml", "b", "--arms", "a", "b"], 2, "name a second folder"),
    "no data": (["init", "none.csv"], 1, "Error: none.csv does not exist"),
    "a file that is there": (["init", "a.csv", "--out", "s.yaml"], 1, "s.yaml is there already"),
    "no study to check": (["check", "none.yaml"], 1, "Error: none.yaml: No such file"),
    "no study to run": (["run", "none.yaml"], 1, "Error: none.yaml: No such file"),
    "a study without results": (["show", "s.yaml"], 1, "run the study first: python -m lit run"),
    "a folder without results": (["show", "."], 1, "Error: . holds no results"),
    "no results to compare": (["compare", ".", "."], 1, "Error: . holds no results"),
    "another study": (
        ["compare", str(PUBLISHED / "fashion"), str(PUBLISHED / "text")],
        1,
        "study 'fashion' and",
    ),
    "no such measure": (
        ["compare", *[str(PUBLISHED / "text")] * 2, "--within", "rouding"],
        1,
        "did you mean 'rounding'?",
    ),
    "no such arm": (["compare", "s.yaml", "--arms", "a", "c"], 1, "no arm is named 'c'"),
    "one arm twice": (["compare", "s.yaml", "--arms", "a", "a"], 1, "two different arms"),
    "arms of other labels": (
        ["compare", "s.yaml", "--arms", "a", "random"],
        1,
        "arms a and random code other labels",
    ),
    "arms without results": (
        ["compare", "s.yaml", "--arms", "a", "b"],
        1,
        "is not there); run the study first: python -m lit run s.yaml",
    ),
    "nothing to export": (
        ["export", "s.yaml", "out.h5"],
        1,
        "is not there); run the study first: python -m lit run s.yaml",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_in_a_line(case, folder, tiny, capsys):
    arguments, code, message = WRONG[case]
    (arm,) = tiny["arms"]
    tiny["arms"] += [arm | {"name": "b"}, arm | {"name": "random", "labels": {"random": 1.0}}]
    Path("s.yaml").write_text(yaml.safe_dump(tiny))
    found, _, error = ends(*arguments, capsys=capsys)
    assert (found, "Traceback" in error) == (code, False)
    assert message in " ".join(error.replace("│", " ").split())
    assert Path("s.yaml").read_text() == yaml.safe_dump(tiny)


# init and check -----------------------------------------------------------------------------------


def test_the_page_is_what_happens(folder, capsys):
    """Its first commands; test_from_a_file_to_an_answer types them all."""
    exec(compile(MADE[0], "docs/command-line.md", "exec"), {})
    (command,) = TYPED[0].splitlines()
    code, out, _ = ends(*command.split()[3:], capsys=capsys)
    assert (code, out) == (0, SAID[0])
    preflight.check(check_study("leaves.yaml")[0].check_settings())


@pytest.mark.parametrize("rows", [96, 300, 5000])
@pytest.mark.parametrize("column", ["class", "target"])
def test_a_proposed_study_fits_its_data(rows, column, folder, rng, capsys):
    frame = pd.DataFrame(rng.normal(size=(rows, 3)), columns=["a", "b", column])
    if column == "class":
        frame[column] = (frame[column] > 0).map({True: "yes", False: "no"})
    frame.to_csv("my data.csv", index=False)
    assert ends("init", "my data.csv", capsys=capsys)[0] == 0
    study = load_study(yaml.safe_load(Path("study.yaml").read_text()))
    (k,) = {row.k for row in study.rows}
    n = [row.n for row in study.rows if row.arm == "learned"]
    assert study.name == "my-data"
    assert k <= rows / 3
    assert k + max(n) <= rows
    assert n == sorted(set(n))
    # of two columns an MLP knows few random labels by heart
    assert [row.n for row in study.rows if row.cold.labels == {"random": 1.0}] == [min(n[1], 16)]


def test_unequal_classes_have_an_arm_of_shares(folder, rng, capsys):
    """Of 200 labels a share of 0.6 saves 5.8 bits, one of 0.57 no more than 2.8."""
    for share, arms in ((0.6, ["learned", "shares", "control"]), (0.57, ["learned", "control"])):
        frame = pd.DataFrame(rng.normal(size=(600, 3)), columns=["a", "b", "y"])
        frame["y"] = np.where(np.arange(600) < 600 * share, "well", "ill")
        frame.to_csv("a.csv", index=False)
        assert ends("init", "a.csv", capsys=capsys)[0] == 0
        study = load_study(yaml.safe_load(Path("study.yaml").read_text()))
        assert list(dict.fromkeys(row.arm for row in study.rows)) == arms
        shares = [row for row in study.rows if row.arm == "shares"]
        assert [(row.n, row.warm.labels) for row in shares] == [(256, None)] * len(shares)
        assert all(row.warm.source.labels == {"shuffled": 1.0} for row in shares)
        text = Path("study.yaml").read_text()
        none = "# No arm of classes' shares: to know them saves 2.8 bits at most."
        assert (none in text) == (not shares)
        preflight.check(check_study("study.yaml")[0].check_settings())
        Path("study.yaml").unlink()


def test_of_few_columns_the_proposed_control_is_small(folder, rng, capsys):
    """Of 17 inputs of which 15 say one category an MLP may not know 128 labels by heart."""
    frame = pd.DataFrame(rng.normal(size=(2000, 2)), columns=["a", "b"])
    frame["kind"] = rng.choice([*"abcdefghijklmno"], 2000)
    frame["y"] = rng.choice(["yes", "no"], 2000)
    frame.to_csv("a.csv", index=False)
    assert ends("init", "a.csv", capsys=capsys)[0] == 0
    study = load_study(yaml.safe_load(Path("study.yaml").read_text()))
    assert [row.n for row in study.rows if row.cold.labels == {"random": 1.0}] == [64]


def test_what_a_proposal_leaves_out_and_fills_in_has_reasons(folder, rng, capsys):
    frame = pd.DataFrame({"a": rng.normal(size=200), "gaps": rng.normal(size=200)})
    frame.loc[:6, "gaps"] = None
    frame["day"] = pd.date_range("2024-01-01", periods=200).strftime("%Y-%m-%d")
    frame["name"] = [f"n{i}" for i in range(200)]
    frame["number"], frame["y"] = range(200), ["yes", "no"] * 100
    frame.to_csv("a.csv", index=False)
    assert ends("init", "a.csv", capsys=capsys)[0] == 0
    text = Path("study.yaml").read_text()
    assert "# label: y is taken for the labels; another one: --label NAME." in text
    assert (
        "# Was a column made from the label, or measured after it? Add it here, unless you ask about that: drop:"
        in text
    )
    assert (
        "# drop: these are no inputs: day (dates), name (200 different texts), number (numbers"
        in text
    )
    assert "# missing: of 200 values these columns lack: gaps (7); an input says where" in text
    assert "193 rows lack nothing; missing: drop keeps only these." in text
    # a name that is wrong is said even where the file is there
    said = ends("init", "a.csv", "--label", "z", capsys=capsys)[2]
    assert "no column is named 'z'" in said
    assert "study.yaml is there already" in said


@pytest.mark.parametrize(
    ("name", "values", "taken"),
    [
        ("patient_id", np.repeat(np.arange(100), 6), True),
        ("person", np.repeat([f"p{i}" for i in range(100)], 6), True),
        ("wage", np.repeat(np.arange(100), 6), False),
        ("id", np.repeat(np.arange(12), 50), False),
        ("id", np.random.default_rng(0).permutation(600), False),
        ("id", np.maximum(np.arange(600) - 500, 0) // 2, False),
    ],
    ids=["numbers", "names", "a trait", "few", "a row each", "one of most rows"],
)
def test_a_column_that_says_whom_rows_are_of_is_proposed_as_groups(
    name, values, taken, folder, rng, capsys
):
    frame = pd.DataFrame(rng.normal(size=(600, 2)), columns=["a", "b"]).assign(**{name: values})
    frame["y"] = np.where(rng.random(600) < 0.8, "well", "ill")
    frame.to_csv("a.csv", index=False)
    code, out, _ = ends("init", "a.csv", capsys=capsys)
    study = load_study(yaml.safe_load(Path("study.yaml").read_text()))
    assert code == 0
    assert (study.datasets["a"].get("groups") == name) == taken
    assert (f"groups: {name} has 100 values in 600 rows and is taken for" in out) == taken
    # what is proposed fits into the parts that seeds deal
    preflight.check(check_study("study.yaml")[0].check_settings())
    assert study.config["analyses"]["beyond"]["arms"] == ["learned", "shares"]


def test_of_two_classes_a_proposal_codes_enough_labels_for_a_control(folder, rng, capsys):
    frame = pd.DataFrame(rng.normal(size=(7000, 2)), columns=["a", "b"])
    frame["sort"] = np.where(frame["a"] > 0, "x", "y")
    frame.loc[3, "sort"] = None
    frame.to_csv("a.csv", index=False)
    code, out, _ = ends("init", "a.csv", "--label", "sort", "--out", "of-sort.yaml", capsys=capsys)
    study = load_study(yaml.safe_load(Path("of-sort.yaml").read_text()))
    assert (code, study.name, list(study.datasets)) == (0, "of-sort", ["a"])
    assert {row.k for row in study.rows} == {1024}
    assert "weak" not in out
    assert "taken for the labels" not in out
    assert "these columns lack: sort (1); rows without a label are left out.\n" in out
    assert not study.config["train_set_information"]


def test_show_refuses_the_results_of_another_file_of_the_same_name(folder, tiny, capsys):
    for name, arm in (("one.yaml", "a"), ("other.yaml", "b")):
        arms = [tiny["arms"][0] | {"name": arm}]
        Path(name).write_text(yaml.safe_dump(tiny | {"arms": arms}))
    paths = Paths(tiny["study"])
    table = Path(paths.root) / MAIN
    table.parent.mkdir(parents=True)
    shutil.copy(PUBLISHED / "quick" / MAIN, table)
    record_files(["one.yaml"], paths.origin())
    assert ends("show", "one.yaml", capsys=capsys)[0] == 0
    code, out, error = ends("show", "other.yaml", capsys=capsys)
    assert (code, out) == (1, "")
    assert "is also the name of one.yaml" in " ".join(error.replace("│", " ").split())
    # what is wrong with the file otherwise is said first, with its data at hand too
    assert "is also the name of one.yaml" in ends("check", "other.yaml", capsys=capsys)[2]
    Path("other.yaml").write_text(yaml.safe_dump(tiny | {"arms": [arms[0] | {"n": 1700}]}))
    error = ends("check", "other.yaml", capsys=capsys)[2]
    assert "k + n = 128 + 1700 = 1828" in error
    assert "is also the name of" not in error
    # those that read stored codes do, too: export, and compare --arms
    with pytest.raises(InputError, match=r"is also the name of one\.yaml"):
        read_codes(tiny["study"], "any", "other.yaml")
    with pytest.raises(InputError, match="holds no results of any"):
        read_codes(tiny["study"], "any", "one.yaml")


@pytest.mark.parametrize(("k", "weak"), [(128, True), (256, False)])
def test_a_control_that_is_too_short_is_told_beforehand(k, weak, folder, tiny, capsys, caplog):
    """k log2 10 is 425 and 850 bits."""
    (arm,) = tiny["arms"]
    control = arm | {"name": "control", "labels": {"random": 1.0}}
    study = tiny | {"arms": [arm, control], "stream": {"k": k}}
    plan = Plan(load_study(study))
    with caplog.at_level("WARNING", logger="lit"):
        preflight.check(plan.check_settings())
    said = "control: k log2 C = 425 bits are too short for a control"
    assert (said in caplog.text) == weak
    assert ("raise k to 241 or more (800 bits)" in caplog.text) == weak
    assert "too short" not in caplog.text or weak
    few = preflight.load_dataset(study["datasets"]["digits"] | {"examples": 481})
    row = {"arm": "control", "labels": {"random": 1.0}, "n": 64, "k": 128, "target": "digits"}
    caplog.clear()
    with caplog.at_level("WARNING", logger="lit"):
        warn_of_short([row], {"digits": few})
    assert (
        "a longer stream takes 723 examples, of which there are 481: read up to 4 bits"
        in caplog.text
    )
    caplog.clear()
    with caplog.at_level("WARNING", logger="lit"):
        third = preflight.load_dataset(study["datasets"]["digits"] | {"examples": 722})
        warn_of_short([row], {"digits": third})
    assert (
        "k = 241 is enough, though over a third of the 722 examples, so that seeds share more and"
        " intervals are wider; or read up to 4 bits" in caplog.text
    )
    caplog.clear()
    with caplog.at_level("WARNING", logger="lit"):
        warn_of_short(
            [row],
            {"digits": preflight.load_dataset(study["datasets"]["digits"] | {"examples": 723})},
        )
    assert "raise k to 241 or more" in caplog.text, "a third of the examples may be coded"


def test_a_table_with_tabs_is_proposed_as_such(folder, rng, capsys):
    frame = pd.DataFrame(rng.normal(size=(200, 2)), columns=["a", "y"]).round(1)
    frame.to_csv("a.tsv", index=False, sep="\t")
    assert ends("init", "a.tsv", capsys=capsys)[0] == 0
    plan, *_ = check_study("study.yaml")
    assert plan.study.datasets["a"]["separator"] == "\t"


def test_a_class_with_almost_all_examples_is_not_said_to_have_all(folder, rng, capsys):
    frame = pd.DataFrame({"a": rng.normal(size=2000), "y": [1, 1, *[0] * 1998]})
    frame.to_csv("a.csv", index=False)
    out = ends("init", "a.csv", capsys=capsys)[1]
    assert "2 classes, the largest with all but 2 of them" in out


def test_classes_with_one_example_are_named_by_both(folder, rng, capsys, caplog):
    label = ["rare", *["yes", "no"] * 100]
    pd.DataFrame({"a": rng.normal(size=201), "y": label}).to_csv("a.csv", index=False)
    said = "1 of 3 classes has a single example (rare), which M is trained on or which is coded"
    assert f"labels: {said}" in ends("init", "a.csv", capsys=capsys)[1]
    assert f"# labels: {said}" in Path("study.yaml").read_text()
    with caplog.at_level("WARNING", logger="lit"):
        preflight.check(check_study("study.yaml")[0].check_settings())
    assert f"Warning: data set 'a': {said}" in caplog.text


def test_too_few_rows_are_refused(folder, capsys):
    pd.DataFrame({"a": range(0, 100, 2), "y": [0, 1] * 25}).to_csv("a.csv", index=False)
    code, _, error = ends("init", "a.csv", "--label", "y", capsys=capsys)
    assert (code, "there are 50 examples" in error) == (1, True)
    assert not Path("study.yaml").exists()


def test_check_says_what_is_wrong_with_data(folder, tiny, capsys):
    tiny["arms"][0]["n"] = 1700
    Path("s.yaml").write_text(yaml.safe_dump(tiny))
    code, _, error = ends("check", "s.yaml", capsys=capsys)
    assert code == 1
    assert "k + n = 128 + 1700 = 1828" in error
    assert ends("check", "--file-only", "s.yaml", capsys=capsys)[0] == 0
    assert not Path("results").exists()


STUDY = """\
study: mine
seeds: [0, 1]
stream: {k: 10}
datasets:
  ill:
    kind: table
    path: a.csv
    label: ill
models:
  linear: {kind: linear}
arms:
  - {name: a, target: ill, model: linear, n: 20}
  - {name: b, target: ill, model: linear,
     k: 10, n: 20}
"""
REFUSED = {
    "k of the stream": ("stream: {k: 10}", "stream: {k: 90}", "s.yaml, line 3: arm 'a': k = 90, but data set 'ill' has 60 examples; write k at most 40,"),
    "k of an arm": ("     k: 10", "     k: 90", "s.yaml, line 14: arm 'b': k = 90, but data set 'ill' has 60 examples; write k at most 40,"),
    "n": ("10, n: 20", "10, n: 200", "s.yaml, line 14: arm 'b': n = 200, but data set 'ill' has 60 examples; write n at most 50,"),
    "path": ("a.csv", "b.csv", "s.yaml, line 7: datasets.ill: path: b.csv does not exist"),
    "label": ("label: ill", "label: il", "s.yaml, line 8: datasets.ill: a.csv: label: no column is named 'il'; did you mean 'ill'?"),
    "columns": ("label: ill", "label: ill\n    columns: [agee]", "s.yaml, line 9: datasets.ill: a.csv: columns: no column is named 'agee'; did you mean 'age'?"),
    "rows": ("label: ill", "label: ill\n    rows: {town: x}", "s.yaml, line 9: datasets.ill: a.csv: rows: no column is named 'town'; known: age, ill"),
    "an analysis": ("arms:", "analyses:\n  d: {kind: differences, reference: a}\narms:", "s.yaml, line 12: analyses.d: no arm shares an n above 0 with the reference a"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_check_names_the_line_of_what_data_do_not_allow_and_says_nothing_of_success(
    folder, capsys, case
):
    old, new, message = REFUSED[case]
    rows = [f"{i},{'yes' if i % 3 else 'no'}\n" for i in range(60)]
    Path("a.csv").write_text("age,ill\n" + "".join(rows))
    text = STUDY.replace("\n  - {name: b, target: ill, model: linear,\n     k: 10, n: 20}", "")
    text = STUDY if "b" in message.split("'")[1:2] else text
    assert text.count(old) == 1
    Path("s.yaml").write_text(text.replace(old, new))
    code, out, error = ends("check", "s.yaml", capsys=capsys)
    assert code == 1
    assert f"Error: {message}" in error
    assert "rows of the main table" not in out + error


def test_check_says_what_it_takes_and_what_it_tells(folder, tiny, capsys):
    Path("s.yaml").write_text(yaml.safe_dump(tiny | {"seeds": [[0, 1, 2, 3, 4]]}))
    code, out, _ = ends("check", "s.yaml", capsys=capsys)
    assert code == 0
    assert re.search(
        r"^s\.yaml: \d+ rows of the main table, from \d+ code lengths, in results/tiny/$", out, re.M
    )
    assert re.search(r"^code_block +0 +5 ", out, re.M)
    assert "a cluster is asked for 5,000 MB a job" in out
    # of 5 seeds, by any table of power
    assert (
        "Power: in bits it is known after a first run. 5 seeds tell a difference of 1.7 times"
        in out
    )


def test_power_is_in_bits_once_there_are_results(tiny, tmp_path):
    """Of five seeds a standard error of 2 is a spread of 2 sqrt(5), of which 1.68 are told."""
    study = load_study(tiny | {"seeds": [0, 1, 2, 3, 4]})
    table = tmp_path / "information_transfer.csv"
    row = {"arm": "a", "n": 64, "seeds": 5, "l_it_bits": 9.0, "l_it_these_se": 2.0}
    pd.DataFrame([row]).to_csv(table, index=False)
    assert "an L_IT of 7.5 to 7.5 bits" in powers(study, table)
    assert "tell nothing apart" in powers(load_study(tiny), table)


# run ----------------------------------------------------------------------------------------------


def test_options_go_to_snakemake_and_cores_are_all_unless_said():
    plain = snakemake_command("s.yaml", [])
    assert plain[1:3] == ["-m", "snakemake"]
    assert plain[-2:] == ["--cores", "all"]
    for option in (
        ["--cores", "2"],
        ["-c2"],
        ["--jobs=4"],
        ["-n"],
        ["--profile", "profiles/slurm"],
    ):
        command = snakemake_command("s.yaml", [*option, "report"])
        assert "all" not in command
        assert command[-len(option) - 1 :] == [*option, "report"]
    assert "all" in snakemake_command("s.yaml", ["--keep-going"])


def test_there_is_one_bar_and_errors_stand_above_it():
    lines = [
        "Building DAG of jobs...",
        "job                 count",
        "----------------  -------",
        "code_block              5",
        "total                   4",
        "",
        "[Thu Nov 26 22:35:19 2026]",
        "rule prepare_dataset:",
        "    log: results/tiny/logs/prepare_dataset/digits.log",
        "    jobid: 3",
        "",
        "Finished jobid: 3 (Rule: prepare_dataset)",
        "1 of 4 steps (25%) done",
        "Error in rule code_block:",
        "    log: results/tiny/logs/code_block/a.log (check log file(s) for error details)",
        "3 of 4 steps (75%) done",
    ]
    out = io.StringIO()
    show_progress([f"{line}\n" for line in lines], Console(file=out, width=100))
    said = out.getvalue()
    assert said.splitlines()[:2] == lines[-3:-1]
    assert "3/4" in said
    assert "prepare_dataset" not in said


def test_a_log_has_how_many_jobs_are_done_and_what_they_say():
    files = ", ".join(f"results/tiny/blocks/{i}.h5" for i in range(60))
    message = "codes " + 30 * "what a job says is never cut, "
    silent = [
        "Building DAG of jobs...",
        "localrule all:",
        f"    input: {files}",
        "    jobid: 0",
        "",
    ]
    data = "datasets.a: 3 columns became 9 inputs"
    kept = [
        data,
        message.rstrip(),
        message.rstrip(),
        "1 of 4 steps (25%) done",
        "Error in rule code_block:",
        "    jobid: 2",
    ]
    out = io.StringIO()
    show_lines([f"{line}\n" for line in [*silent, *kept, data]], out)  # of a second job
    assert out.getvalue().splitlines() == kept


def test_a_log_has_a_line_each_tenth_of_the_jobs():
    done = [f"{i} of 60 steps ({100 * i // 60}%) done" for i in range(1, 61)]
    out = io.StringIO()
    show_lines([f"{line}\n" for line in done], out)
    assert out.getvalue().splitlines() == done[5::6]


# show and compare ---------------------------------------------------------------------------------


def test_show_has_the_numbers_of_the_tables(capsys):
    code, out, _ = ends("show", str(PUBLISHED / "fashion"), capsys=capsys)
    assert code == 0
    table = pd.read_csv(PUBLISHED / "fashion/tables/information_transfer.csv")
    for row in table[table["n"] > 0].to_dict("records"):
        line = next(
            line for line in out.splitlines() if line.split()[:2] == [row["arm"], f"{row['n']:,}"]
        )
        shown = [format_bits(row[name]) for name in ("l_theta0_bits", "l_m_bits", "l_it_bits")]
        assert line.split()[2:5] == shown
    said = next(line for line in out.splitlines() if "if all classes are equally likely" in line)
    row = table.iloc[0]
    assert said == (
        f"{row['k']:,} labels of {row['target']} take {format_bits(row['uniform_bits'])} bits if all"
        " classes are equally likely,"
        f" {format_bits(row['label_entropy_bits'])} if their shares are known."
    )
    assert out.rstrip().endswith("fashion/report/index.html")


def test_targets_whose_labels_take_the_same_share_a_line():
    same = {"labels": "true", "k": 64, "uniform_bits": 128.0, "label_entropy_bits": 120.0}
    rows = [same | {"target": name} for name in ("a", "a.net", "b", "a")]
    rows[2] |= {"uniform_bits": 64.0, "label_entropy_bits": float("nan")}
    said = terminal.without_inputs(pd.DataFrame(rows)).splitlines()
    assert len(said) == 2
    assert said[0].startswith("64 labels of a and 1 other take 128.0 bits if all classes are")
    assert said[1].startswith("64 labels of b take 64.0 bits if all")


def test_show_names_what_the_report_warns_of(capsys):
    out = ends("show", str(PUBLISHED / "quick"), capsys=capsys)[1]
    tables = {name: read_table(PUBLISHED / f"quick/tables/{name}.csv") for name in SHOWN}
    warned = terminal.warnings_of(*tables.values())
    assert [f"Warning: {said}" for said in warned] == [
        line for line in out.splitlines() if line.startswith("Warning")
    ]
    short = tables["information_transfer"].assign(labels="true", seeds=3)
    data = tables["datasets"].assign(warnings="2 rows were left out. Look at them")
    found = terminal.warnings_of(short, data)
    assert "Only 3 seeds: intervals from so few are rough or missing." in found
    assert found[-1] == "Data set digits: 2 rows were left out. Look at them."


def test_show_says_what_the_file_asks_for_beyond_its_tables(tiny):
    table = pd.DataFrame([{"arm": "a", "n": 64, "k": 128, "seed": seed} for seed in (0, 1)])
    (arm,) = tiny["arms"]
    arm |= {"name": "a", "n": 64}
    study = tiny | {"seeds": [0, 1], "stream": {"k": 128}, "arms": [arm]}
    assert lacking(load_study(study), table) == []
    study |= {"seeds": [0, 1, 5], "arms": [arm | {"n": [64, 32]}, arm | {"name": "b"}]}
    assert lacking(load_study(study), table) == ["seed 5", "arm b", "arm a with n = 32"]
    longer = tiny | {"seeds": [0, 1], "stream": {"k": 64}, "arms": [arm]}
    assert lacking(load_study(longer), table) == ["arm a with k = 64"]


@pytest.mark.parametrize(
    "path", sorted(PUBLISHED.glob("*/tables")), ids=lambda path: path.parent.name
)
def test_published_results_are_shown_and_agree_with_themselves(path, capsys):
    assert ends("show", str(path.parent), capsys=capsys)[0] == 0
    code, out, _ = ends("compare", *[str(path.parent)] * 2, "--within", "bits", capsys=capsys)
    assert (code, out.splitlines()[-1]) == (0, "All rows are equal to the bit.")


@pytest.mark.slow
def test_from_a_file_to_an_answer(folder, capfd):
    """Every command of the page, in a shell; and two arms that code the same labels."""
    exec(compile(MADE[0], "docs/command-line.md", "exec"), {})
    typed = "\n".join(TYPED).replace("python -m lit", f"{sys.executable} -m lit")
    again = f"{sys.executable} -m lit compare leaves.yaml --arms learned twin"
    twin = "  - {name: twin, target: leaves, model: linear, n: [16, 64], learner: readout}"
    models = "s/^models: {/models: {linear: {kind: linear}, /"
    first, rest = typed.split("\n", 1)
    script = (
        f"{first}\nsed -i '{models}' leaves.yaml\necho '{twin}' >> leaves.yaml\n{rest}\n{again}\n"
    )
    done = subprocess.run(
        ["bash", "-ec", script],
        capture_output=True,
        text=True,
        timeout=1500,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(folder)},
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    for said in SAID:
        assert said.strip() in done.stdout
    assert "Report: results/leaves/report/index.html" in done.stdout
    warned = [line for line in done.stdout.splitlines() if line.startswith("Warning: ")]
    assert warned, "show says what the report warns of"
    assert all(f"\n{line}\n" in done.stderr for line in warned), "and so does the end of a run"
    assert "L_IT is not compared, as the learners differ" in done.stdout
    bits = {}
    by_seed = pd.read_csv("results/leaves/tables/information_transfer_by_seed.csv")
    for (arm, n), rows in by_seed.groupby(["arm", "n"]):
        bits[arm, n] = rows["l_m_bits"].to_numpy()
    more = (bits["learned", 64] - bits["twin", 64]).mean()
    line = next(one for one in done.stdout.splitlines() if re.match(r"from M +n = 64 ", one))
    assert float(line.split("n = 64")[1].split()[0].replace("−", "-")) == pytest.approx(
        more, abs=0.06
    )
