"""What users add by ``kind: python``: the examples of docs/extending.md, run literally."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import ROOT, Workspace

from lit.errors import InputError
from lit.study.config import load_study
from lit.workflow import preflight
from lit.workflow.check_study import check_study
from lit.workflow.plan import Plan

BLOCK = re.compile(r"```(?:python|yaml)\n# (\S+)\n(.*?)```", re.DOTALL)


def write_examples(folder):
    """The files of docs/extending.md, and a table of 200 rows for them."""
    for name, text in BLOCK.findall((ROOT / "docs/extending.md").read_text()):
        (folder / name).write_text(text)
    x = np.random.default_rng(0).normal(size=(200, 3)).round(3)
    table = np.column_stack([x, x.sum(axis=1) > 0])
    np.savetxt(folder / "table.csv", table, "%g", ",", header="a,b,c,class", comments="")


@pytest.fixture
def study(tmp_path, monkeypatch):
    """The study of docs/extending.md, in the folder that its files are in."""
    write_examples(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    for name in ("my_data", "my_learner", "my_analysis"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return yaml.safe_load((tmp_path / "study.yaml").read_text())


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.slow
def test_examples_run_and_an_edit_computes_what_it_made(tmp_path):
    write_examples(tmp_path)
    space = Workspace(tmp_path)
    space.snakemake()
    results = tmp_path / "results/extended"
    main = pd.read_csv(results / "tables/information_transfer.csv")
    assert set(main["learner"]) == {"counts", "replay"}
    saved = pd.read_csv(results / "tables/saved.csv")
    assert list(saved["arm"]) == ["counted", "trained"]
    assert saved["saved_bits"].notna().all()
    data = pd.read_csv(results / "tables/datasets.csv").iloc[0]
    assert (data["kind"], data["notes"]) == ("python", "made by hand")
    page = (results / "report/index.html").read_text()
    for text in ("Bits saved per label (saved)", "saves most", "my_learner:learn", "prior: 0.5"):
        assert text in page
    assert (results / "figures/saved.png").exists()
    assert '<img src="data:image/png;base64,' in page, "the figure that the analysis draws itself"
    assert space.planned() == {}

    edits = {
        "my_analysis.py": ("saves most", "saves the most"),
        "my_learner.py": ("scored += end - begin", "scored += 2 * (end - begin)"),
        "my_data.py": ("made by hand", "made by someone"),
    }
    planned = {}
    for name, (old, new) in edits.items():
        replace(tmp_path / name, old, new)
        planned[name] = space.planned()
        replace(tmp_path / name, new, old)
    assert planned["my_analysis.py"] == {"analyse": 1, "plot_figure": 1, "write_report": 1}
    learner, data = planned["my_learner.py"], planned["my_data.py"]
    assert learner["code_block"] == 3  # from theta0, from M, and M's own examples; none of replay
    assert not {"prepare_dataset", "train_source"} & set(learner)
    assert (data["prepare_dataset"], data["train_source"], data["code_block"]) == (1, 1, 6)


def test_comments_change_nothing_and_a_file_that_is_read_does(study, tmp_path):
    before = Plan(load_study(study)).check_settings()
    for name in ("my_learner.py", "my_data.py", "my_analysis.py"):
        (tmp_path / name).write_text("# a comment\n" + (tmp_path / name).read_text())
    assert Plan(load_study(study)).check_settings() == before
    (tmp_path / "table.csv").write_text((tmp_path / "table.csv").read_text() + "1,1,1,1\n")
    assert Plan(load_study(study)).check_settings() != before


def test_options_are_passed_on(study):
    plan = Plan(load_study(study))
    run = next(run for run in plan.study.runs if "--counts--" in run)
    assert json.loads(plan.block_settings(run, "0-1", 0, 64))["learner"]["options"] == {
        "prior": 0.5
    }
    study["learners"]["counts"]["chain"] = True
    assert Plan(load_study(study)).study.is_chain(run)


def test_the_check_names_all_code_and_runs_none(study, tmp_path):
    for name in ("my_learner.py", "my_data.py", "my_analysis.py"):
        (tmp_path / name).write_text("raise SystemExit('it ran')")
    *_, lines = check_study("study.yaml")
    said = "\n".join(lines)
    for part, factory in (
        ("datasets.mine", "my_data:load"),
        ("learners.counts", "my_learner:learn"),
        ("analyses.saved", "my_analysis"),
    ):
        assert f"{part} runs code: {factory}" in said


def test_the_check_of_the_file_alone_reads_no_data_and_the_whole_one_does(workspace, tiny):
    tiny["datasets"]["digits"] = {"kind": "npz", "path": "nowhere.npz"}
    workspace.write(tiny)
    done = {}
    for option in ([], ["--file-only"]):
        command = [sys.executable, "-m", "lit", "check", "study.yaml", *option]
        given = {
            "cwd": workspace.folder,
            "env": workspace.environment() | {"PYTHONPATH": str(ROOT)},
        }
        done[len(option)] = subprocess.run(command, capture_output=True, text=True, **given)
    assert done[1].returncode == 0
    assert done[1].stdout.splitlines()[-1].startswith("No data or weights were read;")
    assert done[0].returncode == 1
    assert "nowhere.npz does not exist" in done[0].stderr
    assert not workspace.results()


def test_the_commands_for_another_folder(workspace):
    """As written, but for the path, the environment's folder, and a dry run; a clone lies beside."""
    page = (ROOT / "docs/running.md").read_text()
    block = page.partition("From another folder")[2].partition("```sh\n")[2].partition("```")[0]
    (workspace.folder / "study.yaml").rename(workspace.folder / "mine.yaml")
    (workspace.folder / "lit").symlink_to(ROOT)
    found = subprocess.run(
        [sys.executable, "-c", "import lit; print(lit.__file__, lit.code_stream)"],
        cwd=workspace.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"{ROOT}/lit/__init__.py" in found.stdout
    for line in block.splitlines():
        line = line.partition("#")[0].replace("/path/to/clone", str(ROOT))
        done = subprocess.run(
            f"{Path(sys.executable).parent}/{line} --dry-run",
            shell=True,
            cwd=workspace.folder,
            capture_output=True,
            text=True,
            check=True,
        )
        assert "code_block" in done.stdout + done.stderr


WRONG = {
    "no function of this name": (
        ("learners", "counts", "factory", "my_learner:nothing"),
        "learners.counts: factory: cannot import 'my_learner:nothing'",
    ),
    "a misspelt function": (
        ("learners", "counts", "factory", "my_learner:laern"),
        "my_learner has no 'laern': did you mean 'learn'?",
    ),
    "no module": (
        ("datasets", "mine", "factory", "nowhere:load"),
        "datasets.mine: factory: cannot import 'nowhere:load'",
    ),
    "no function": (
        ("learners", "counts", "factory", "my_analysis:TITLE"),
        "learners.counts: factory: 'my_analysis:TITLE' is of type str; write the name of a"
        " function",
    ),
    "a function that fails": (
        ("datasets", "mine", "options", {}),
        r"datasets.mine: factory: load\(.*\) failed: KeyError\('separator'\)",
    ),
    "a function of something else": (
        ("datasets", "mine", "factory", "my_analysis:draw"),
        "datasets.mine: factory: draw.* failed",
    ),
    "no data": (
        ("datasets", "mine", "factory", "builtins:dict"),
        "datasets.mine: table.csv: factory: dict returned dict; return x, y",
    ),
    "no file": (
        ("datasets", "mine", "path", "none.csv"),
        "datasets.mine: path: none.csv does not exist",
    ),
    "no analysis": (
        ("analyses", "saved", "factory", "my_data"),
        "analyses.saved: factory: 'my_data' has no TITLE; an analysis has TITLE, TAKES, COLUMNS,",
    ),
    "an analysis that refuses": (
        ("analyses", "saved", "options", {"smallest_n": 65}),
        "analyses.saved: needs arms with an n of at least 65",
    ),
    "an analysis that fails": (
        ("analyses", "saved", "options", {}),
        r"analyses.saved: factory: select of 'my_analysis' failed: KeyError\('smallest_n'\)",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_before_the_first_job(study, tmp_path, capsys, what):
    (part, name, key, value), words = WRONG[what]
    study[part][name][key] = value
    settings = Plan(load_study(study)).check_settings()
    with pytest.raises(SystemExit):
        preflight.main(tmp_path / "checked.json", settings)
    assert re.search(words, capsys.readouterr().err)


@pytest.mark.parametrize(
    ("part", "entry", "words"),
    [
        ("learners", {"kind": "python"}, "key 'factory' is missing"),
        ("learners", {"kind": "python", "factory": "m:f", "lr": 1}, "unknown key 'lr'"),
        ("datasets", {"kind": "python", "factory": "m"}, "is not allowed here; module:function"),
        ("analyses", {"kind": "python", "factory": "a b"}, "is not allowed here; module, or"),
    ],
)
def test_entries_that_are_none(study, part, entry, words):
    study[part]["other"] = entry
    with pytest.raises(InputError, match=words):
        load_study(study)
