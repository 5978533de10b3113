"""What an edit of the code computes again: one row an edit, and the jobs whose digests of code change.

A copy of the code is edited, and the digests that the rules would be given are worked out from it.
"""

import ast
import functools
import json
import shutil
import timeit
from pathlib import Path

import pytest
from conftest import ROOT, Workspace

from lit.errors import InputError
from lit.files import provenance
from lit.files.provenance import code_digest
from lit.study.config import load_study
from lit.study.outputs import FIGURES
from lit.workflow import job_code
from lit.workflow.study_jobs import StudyJobs

STREAM = {"target": "sklearn", "model": "mlp", "n": [0, 64]}
LEARNERS = ("restart", "continue", "replay", "readout")
STUDY = {  # its sequences are coded by the default, replay and readout together
    "study": "all",
    "seeds": [0],
    "stream": {"k": 64, "first_block": 32},
    "train_set_information": False,
    "datasets": {
        "sklearn": {"kind": "sklearn", "name": "digits"},
        "npz": {"kind": "npz", "path": "none.npz"},
        "torchvision": {"kind": "torchvision", "name": "MNIST"},
        "lookup": {"kind": "lookup", "symbols": 64, "classes": 2, "examples": 512},
        "view": {"kind": "view", "of": "sklearn", "keep": "centre"},
        "features": {"kind": "features", "of": "sklearn", "model": "mlp"},
    },
    "models": {"mlp": {"kind": "mlp", "hidden": [8]}, "linear": {"kind": "linear"}},
    "learners": {"probe": {"kind": "probe"}},
    "sequences": {"seq": {"tasks": {"of": "sklearn", "how": "permuted", "count": 2, "n": 64}}},
    "arms": [
        *({"name": name, **STREAM, "learner": name} for name in LEARNERS),
        {"name": "probe", "target": "features", "model": "linear", "n": 0, "learner": "probe"},
        *(
            {"name": name, "target": name, "model": "linear", "n": 0, "learner": "restart"}
            for name in ("npz", "torchvision", "lookup", "view")
        ),
        *(
            {"name": f"seq-{name}", "sequence": "seq", "model": "mlp", "algorithm": name}
            for name in ("plain", "ewc", "replay")
        ),
    ],
    "analyses": {
        "extremes": {"kind": "extremes", "arms": ["restart"]},
        "compare": {"kind": "compare", "arms": ["restart", "replay"]},
    },
}

DATA = {"prepare_dataset sklearn", "prepare_dataset npz", "prepare_dataset torchvision"}
DATA |= {"prepare_dataset lookup"}
MADE = {"view_dataset view", "extract_features features"}
VIEWS = {f"view_dataset sklearn.permuted-{i}" for i in range(2)}
TASKS = {f"train_task {name}" for name in ("plain", "ewc", "replay")}
BLOCKS = {f"code_block {name}" for name in (*LEARNERS, "probe")}
UNION = "decode_run replay+readout"
DECODED = {name.replace("code_block", "decode_run") for name in BLOCKS} | {UNION}
TRAINED = {"train_source", *TASKS, *BLOCKS, *DECODED}
ANALYSED = {"analyse compare", "analyse extremes"}
TABLES = {"measure_transfer"}
DRAWN = {f"figure {name}" for name in (*FIGURES, "compare", "extremes")}
TOLD = {"write_report", "write_tex"}
ALL = DATA | MADE | VIEWS | TRAINED | {"merge_blocks"} | TABLES | ANALYSED | DRAWN | TOLD


def digests(project: Path) -> dict[str, str]:
    """Digest of the code of every job of the study, by rule and what it makes; alike ones once."""
    provenance._meaning.cache_clear()
    code_digest.cache_clear()
    jobs = StudyJobs(load_study(STUDY))
    study = jobs.study
    found = {f"{jobs.data.rule(name)} {name}": jobs.data.code(name) for name in jobs.data.used()}
    for name, source in study.sources.items():
        (rule, _, _) = next(jobs.sources.jobs(name))
        algorithm = getattr(source, "algorithm", "")
        found[f"{rule} {algorithm}".strip()] = jobs.sources.code(name)
    for name, part in study.parts.items():
        found[f"code_block {part.learner}"] = jobs.codes.block_code(name)
    for name, run in study.runs.items():
        found[f"decode_run {run.learner}"] = jobs.codes.decode_code(name, "0")
    for name in jobs.results.analyses:
        found[f"analyse {name}"] = jobs.results.analysis_code(name)
    for name in (*FIGURES, *jobs.results.analyses):
        found[f"figure {name}"] = jobs.results.figure_code(name)
    found["write_report"] = jobs.results.report_code()
    return found | {
        rule: code_digest(rule) for rule in ("merge_blocks", "measure_transfer", "write_tex")
    }


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    folder = tmp_path_factory.mktemp("copied")
    for name in ("lit", "workflow_scripts"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".*")
        )
    return folder


@pytest.fixture
def project(copied, monkeypatch):
    """A copy of the code, the one whose digests are taken; it is put back after the test."""
    monkeypatch.setattr(provenance, "ROOT", copied)
    before = {path: path.read_bytes() for path in copied.rglob("*") if path.is_file()}
    yield copied
    for path in [path for path in copied.rglob("*") if path.is_file()]:
        if path not in before:
            path.unlink()
    for path, content in before.items():
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
    monkeypatch.undo()
    provenance._meaning.cache_clear()
    code_digest.cache_clear()


def replace(where: str, old: str, new: str):
    """Replace a text in the one module, of those of a folder, that has it."""

    def edit(project: Path) -> None:
        place = project / where
        paths = [place] if place.is_file() else sorted(place.rglob("*.py"))
        (path,) = [path for path in paths if old in path.read_text()]
        path.write_text(path.read_text().replace(old, new, 1))

    return edit


def add_to(module: str):
    """Give a module another meaning."""

    def edit(project: Path) -> None:
        path = project / module
        path.write_text(path.read_text() + "\nNEW = 1\n")

    return edit


def everywhere(change):
    """Change every module of the project."""

    def edit(project: Path) -> None:
        for path in project.rglob("*.py"):
            path.write_text(change(path.read_text()))

    return edit


def reverse_imports(text: str) -> str:
    """The block of imports of lit, which Python's style keeps in the order of the alphabet, turned over."""
    lines = text.splitlines(keepends=True)
    at = [i for i, line in enumerate(lines) if line.startswith("from lit") and "(" not in line]
    turned = [lines[i] for i in reversed(at)]
    for i, line in zip(at, turned, strict=True):
        lines[i] = line
    return "".join(lines)


def swap_branches(text: str) -> str:
    """What two branches import, exchanged."""
    first, second = (f"    from lit.measures.{one} import {two} as f\n" for one, two in PAIR)
    assert first in text
    assert second in text
    return text.replace(first, "@").replace(second, first).replace("@", second)


def rename(old: str, new: str):
    """Rename a folder or a module, and where it is imported."""

    def edit(project: Path) -> None:
        places = [project / name.replace(".", "/") for name in (old, new)]
        if not places[0].is_dir():
            places = [place.with_suffix(".py") for place in places]
        places[0].rename(places[1])
        parent, _, name = old.rpartition(".")
        bound, target = new.rpartition(".")[0], new.rpartition(".")[2]
        for path in project.rglob("*.py"):
            text = path.read_text().replace(f"{old} import", f"{new} import")
            text = text.replace(f"from {old}.", f"from {new}.")
            text = text.replace(
                f"from {parent} import {name}\n", f"from {bound} import {target} as {name}\n"
            )
            path.write_text(text)

    return edit


def add_loader(project: Path) -> None:
    text = (project / "lit/data/loaders/npz.py").read_text()
    (project / "lit/data/loaders/zarr.py").write_text(text)


def all_of(*edits):
    """Make several edits, one after the other."""

    def edit(project: Path) -> None:
        for one in edits:
            one(project)

    return edit


UNSEEN = (
    add_loader,
    add_to("lit/study/kinds.py"),
    replace("lit/errors.py", "did you mean", "perhaps"),
    replace("lit/logs.py", "at most %.0f s left", "%.0f s left at most"),
    replace("lit/workflow/refuse_stale.py", "NAMED = 3", "NAMED = 4"),
    replace("lit/workflow/check_inputs.py", "SAMPLE = 1000", "SAMPLE = 999"),
    replace("lit/workflow/audit.py", "again", "once more"),
    everywhere(lambda text: text + "\n# A comment.\n"),
    everywhere(lambda text: text.replace('"""', '"""Rewritten: ', 1)),
    everywhere(reverse_imports),
)
EDITS = {
    # data
    "one loader": (
        add_to("lit/data/loaders/sklearn.py"), {"prepare_dataset sklearn"},
    ),
    "planted structure": (
        add_to("lit/data/loaders/lookup.py"), {"prepare_dataset lookup"},
    ),
    "views": (add_to("lit/data/views.py"), VIEWS | {"view_dataset view"}),
    "checks of data": (add_to("lit/data/check_dataset.py"), DATA),
    # training
    "feature extraction": (
        add_to("lit/networks/features.py"), {"extract_features features"},
    ),
    "start states": (
        add_to("lit/training/start_states.py"), {"train_source", *BLOCKS, *DECODED},
    ),
    "one continual algorithm": (add_to("lit/continual/algorithms/ewc.py"), {"train_task ewc"}),
    "a continual algorithm of a learner's name": (
        add_to("lit/continual/algorithms/replay.py"), {"train_task replay"},
    ),
    "the chain of tasks": (add_to("lit/continual/chain.py"), TASKS),
    # coding
    "the coder": (add_to("lit/coding/coder.py"), BLOCKS | DECODED),
    "the reading of a coder": (
        add_to("lit/workflow/read_coder.py"), BLOCKS | DECODED,
    ),
    "the learner continue": (
        add_to("lit/coding/learners/continue_.py"),
        {"code_block continue", "decode_run continue"},
    ),
    "the learner replay": (
        add_to("lit/coding/learners/replay.py"), {"code_block replay", "decode_run replay", UNION},
    ),
    "the learner probe": (
        add_to("lit/coding/learners/probe.py"), {"code_block probe", "decode_run probe"},
    ),
    "the kernels of the learner readout": (
        add_to("lit/coding/kernels.py"), {"code_block readout", "decode_run readout", UNION},
    ),
    "decoding": (add_to("lit/coding/decode.py"), DECODED),
    "merging": (add_to("lit/coding/merge.py"), {"merge_blocks"} | DECODED),
    "which experts a code has": (
        add_to("lit/study/codes.py"),
        {"merge_blocks", "figure compare", "figure extremes", "write_report"}
        | DECODED | TABLES | ANALYSED,
    ),
    "the learner restart": (
        add_to("lit/coding/learners/restart.py"), {"code_block restart", "decode_run restart"},
    ),
    "what all training has in common": (add_to("lit/training/state.py"), TRAINED),
    "the training of sources": (add_to("lit/training/sources.py"), {"train_source"}),
    # results
    "one figure": (add_to("lit/figures/bits_per_label.py"), {"figure bits_per_label"}),
    "an analysis' figure": (add_to("lit/figures/extremes.py"), {"figure extremes"}),
    "the look of figures": (add_to("lit/figures/style.py"), DRAWN),
    "a heading of a table": (
        replace("lit/tables", '"uniform_bits": uniform', '"uniform": uniform'), TABLES,
    ),
    "LaTeX": (add_to("lit/report/latex.py"), {"write_tex"}),
    "the report": (
        replace("lit/report/templates/report.html", "<header>", "<header >"), {"write_report"},
    ),
    "the report's charts": (add_to("lit/report/charts.py"), {"write_report"}),
    "the report's script": (
        replace("lit/report/templates/page.js", "PANEL = 380", "PANEL = 400"), {"write_report"},
    ),
    "an analysis": (
        add_to("lit/analyses/extremes.py"),
        {"analyse extremes", "figure extremes", "write_report"},
    ),
    "a main figure more": (
        replace("lit/study/outputs.py", '"bits_per_label": "curves",', '"bits_per_label": "curves", "a": "curves",'),
        {"write_report"},
    ),
    # what changes no number; all at once, as what changes nothing together does so alone
    "what is said, planned and refused": (all_of(*UNSEEN), set()),
    "a renamed folder": (rename("lit.measures", "lit.arithmetic"), set()),
    "a moved module": (rename("lit.coding.mixture", "lit.measures.mixture"), set()),
}  # fmt: skip


@pytest.fixture(scope="module")
def before(copied):
    """Digests of the code as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provenance, "ROOT", copied)
        return digests(copied)


def test_the_study_has_jobs_of_every_rule(before):
    assert set(before) == ALL


def test_modules_outside_of_digests_are_where_they_are_said_to_be():
    for module in provenance.OUTSIDE_DIGESTS:
        assert ROOT.joinpath(*module.split(".")).with_suffix(".py").is_file(), module


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_changes_the_code_of_the_jobs_whose_numbers_it_can_change(project, before, name):
    edit, changed = EDITS[name]
    edit(project)
    after = digests(project)
    assert {name for name in before if after[name] != before[name]} == changed


def test_what_a_function_imports_first_is_part_of_it(tmp_path, monkeypatch):
    """It was taken for the function's docstring."""
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    (tmp_path / "lit").mkdir()
    user = tmp_path / "lit/user.py"
    user.write_text("def f():\n    from lit.used import g\n    return g()\n")
    found = set()
    for value in (1, 2):
        (tmp_path / "lit/used.py").write_text(f"def g():\n    return {value}\n")
        found.add(provenance._meaning.__wrapped__(user))
        provenance._meaning.cache_clear()
    assert len(found) == 2


# A real plan, of a finished study: which rules it runs again, and which it must not.
COMPUTING = {"prepare_dataset", "train_source", "code_block"}
PLANNED = {
    "nothing": (lambda project: [path.touch() for path in project.rglob("*.py")], set(), COMPUTING),
    "the learner restart": (
        EDITS["the learner restart"][0],
        {"code_block", "merge_blocks", "measure_transfer"},
        {"prepare_dataset", "train_source"},
    ),
    "a loader": (EDITS["one loader"][0], COMPUTING, set()),
    "another learner": (EDITS["the learner replay"][0], set(), COMPUTING | {"merge_blocks"}),
    "merging": (EDITS["merging"][0], {"merge_blocks"}, COMPUTING),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANNED)
def test_the_plan_of_a_finished_study_follows_an_edit(finished, name):
    edit, again, kept = PLANNED[name]
    paths = [path for path in finished.root.rglob("*.py") if path.is_file()]
    before = {path: path.read_bytes() for path in paths}
    try:
        edit(finished.root)
        planned = set(finished.planned())
    finally:
        for path, content in before.items():
            if path.read_bytes() != content:
                path.write_bytes(content)
    assert planned >= again
    assert planned.isdisjoint(kept)


PAIR = (("intervals", "estimate"), ("information_transfer", "information_transfer"))


def test_an_import_in_a_branch_or_a_function_counts_where_it_is(project):
    """Which of two modules a branch takes is meaning; the order of imports at the head is not."""
    path = project / "lit/rng.py"
    path.write_text(
        path.read_text()
        + "".join(
            f"{head}\n    from lit.measures.{one} import {two} as f\n"
            for head, (one, two) in zip(("if generator:", "else:"), PAIR, strict=True)
        )
    )
    provenance._meaning.cache_clear()
    before = provenance.modules_digest("lit.rng")
    path.write_text(swap_branches(path.read_text()))
    provenance._meaning.cache_clear()
    assert provenance.modules_digest("lit.rng") != before


def test_what_versions_of_python_add_to_a_syntax_tree_is_no_meaning():
    tree = ast.parse("def f(x):\n    return None\n")
    before = provenance.tree_digest(tree)
    tree.body[0].type_params = []
    tree.body[0].type_comment = None
    assert provenance.tree_digest(tree) == before
    assert provenance.tree_digest(ast.parse("def f(x):\n    return x\n")) != before


def test_an_edit_that_is_taken_back_leaves_nothing_to_do(finished):
    assert finished.planned() == {}


# While jobs run ----------------------------------------------------------------------------------

REPLAY = {"learner": {"kind": "replay"}}


@pytest.fixture
def planned(project, monkeypatch):
    """A copy of the code, in which jobs of the learner replay were planned; their digest."""
    monkeypatch.setenv(job_code.PLANNED, json.dumps(job_code.our_files()))
    return job_code.job_code("code_block", REPLAY)


def check(planned: str) -> None:
    """As a job does, which is a process of its own."""
    provenance._meaning.cache_clear()
    code_digest.cache_clear()
    job_code.check_code("code_block", REPLAY, planned)


@pytest.mark.parametrize(
    "edit", ["lit/coding/learners/restart.py", "lit/figures/style.py", "workflow_scripts/audit.py"]
)
def test_a_job_takes_no_notice_of_edits_that_are_not_of_its_code(project, planned, edit):
    check(planned)
    add_to(edit)(project)
    path = project / "lit/rng.py"
    path.write_text(f"# a comment\n{path.read_text()}")
    check(planned)


@pytest.mark.parametrize(
    "edit",
    ["lit/coding/learners/replay.py", "lit/training/stack.py", "workflow_scripts/code_block.py"],
)
def test_a_job_whose_code_was_edited_after_planning_is_refused(project, planned, edit):
    add_to(edit)(project)
    with pytest.raises(InputError, match=rf"changed after the jobs were planned: {edit}\. .*again"):
        check(planned)


def test_a_job_whose_code_is_half_edited_or_of_unknown_files_is_refused(
    project, planned, monkeypatch
):
    monkeypatch.delenv(job_code.PLANNED)
    check(planned)
    with pytest.raises(InputError, match=r"changed after the jobs were planned\. Nothing"):
        check("0")
    (project / "lit/training/stack.py").write_text("def")
    with pytest.raises(InputError, match="changed after the jobs were planned"):
        check(planned)


def test_comparing_unchanged_code_takes_no_time_and_works_out_no_digest(planned, monkeypatch):
    monkeypatch.setattr(provenance, "code_digest", None)
    check_once = functools.partial(job_code.check_code, "code_block", REPLAY, planned)
    assert min(timeit.repeat(check_once, number=1, repeat=5)) < 0.1


EDITING = """
import pathlib, numpy as np

def load(options):
    path = pathlib.Path("project/lit/coding/learners/restart.py")
    path.write_text(path.read_text() + "EDITED = 1\\n")
    return np.eye(64, dtype=np.float32).repeat(4, 0), np.arange(256) % 4
"""


@pytest.mark.slow
def test_code_that_is_edited_while_jobs_run_makes_no_file(finished, tmp_path, tiny):
    """A data set's own code edits the learner: blocks, which are coded after it, are refused."""
    shutil.copytree(finished.root, tmp_path / "project")
    (tmp_path / "editing.py").write_text(EDITING)
    space = Workspace(tmp_path, tmp_path / "project")
    tiny["datasets"] = {"digits": {"kind": "python", "factory": "editing:load"}}
    tiny["stream"]["k"] = 64
    space.write(tiny)
    learner = tmp_path / "project/lit/coding/learners/restart.py"
    before = learner.read_bytes()
    failed = space.snakemake(check=False, cores=1)
    assert failed.returncode
    said = "code_block: the project's own code was changed after the jobs were planned: "
    assert said + "lit/coding/learners/restart.py. Nothing was written." in failed.stdout
    assert {path.split("/")[1] for path in space.results()} <= {"data", "models"}
    learner.write_bytes(before)
    assert space.planned()["code_block"]
