"""Shared fixtures: small data, and a place to run the workflow in."""

import copy
import functools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import filelock
import numpy as np
import pytest
import yaml
from jaxtyping import install_import_hook

# Before these are imported: each call is checked against the shapes and types beside its arguments.
# Jobs of the workflow, which are processes of their own, do without. Left out are lit.api and two
# modules behind it, which a notebook calls with anything, and which say themselves what is wrong.
CHECKED = (
    "training coding continual networks measures"
    " data.labels data.overlap data.streams data.views"
    " notebook.arrays notebook.checks notebook.digests notebook.source notebook.traces"
)
install_import_hook([f"lit.{name}" for name in CHECKED.split()], "shapes.check")

ROOT = Path(__file__).resolve().parent.parent
TINY = {
    "study": "tiny",
    "seeds": [[0, 1]],
    "stream": {"k": 128, "first_block": 32, "growth": 2.0, "head": 64},
    "device": "cpu",
    "datasets": {"digits": {"kind": "sklearn", "name": "digits"}},
    "models": {"linear": {"kind": "linear"}},
    "training": {"epochs": 5, "min_steps": 10},
    "learners": {"fast": {"kind": "restart", "epochs": 5, "min_steps": 10}},
    "arms": [{"name": "a", "target": "digits", "model": "linear", "n": [0, 64], "learner": "fast"}],
}


def untimed(files):
    """Files without what a report says of how long jobs took, which no two runs agree in."""
    cost = re.compile(rb'<section id="cost">.*?</section>', re.DOTALL)
    return {path: cost.sub(b"", content) for path, content in files.items()}


@pytest.hookimpl(trylast=True)  # after those that a marker leaves out are gone
def pytest_collection_modifyitems(items):
    """The study that many tests share is run first, by one worker, and they come last."""
    items.sort(key=lambda item: "finished" in item.fixturenames)
    if items and "finished" in items[-1].fixturenames:
        items.insert(0, items.pop())


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Two threads that fight for two busy cores can cost twentyfold; jobs use one as well.

    Processes that tests start, such as notebooks, have it from the environment.
    """
    import torch

    os.environ.setdefault("OMP_NUM_THREADS", "1")
    torch.set_num_threads(1)


@pytest.fixture
def tiny():
    """A study of seconds, to be changed by the test."""
    return copy.deepcopy(TINY)


@pytest.fixture(scope="session")
def digits():
    from lit.data.loaders import load_dataset

    return load_dataset({"kind": "sklearn", "name": "digits"})


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def analyse(tmp_path):
    """Table, figure and text of an analysis, by its kind, a study and options."""
    import matplotlib

    matplotlib.use("Agg")
    from fakes import analysed

    yield functools.partial(analysed, tmp_path / "table.csv")
    matplotlib.pyplot.close("all")


class Workspace:
    """A folder that the workflow runs in, with a config of its own."""

    patience = 300  # seconds for one command

    def __init__(self, folder: Path, root: Path = ROOT):
        self.folder, self.root = folder, root

    def write(self, config) -> None:
        (self.folder / "study.yaml").write_text(yaml.safe_dump(config))

    def snakemake(self, *arguments: str, cores: int = 2, check: bool = True, **kwargs):
        """Run the workflow here; return the finished process, its output as one text."""
        command = self.command(*arguments, cores=cores)
        done = subprocess.run(
            command,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=self.patience,
            env=self.environment(),
            **kwargs,
        )
        done.stdout += done.stderr
        assert not check or done.returncode == 0, done.stdout[-4000:]
        return done

    def command(self, *arguments: str, cores: int = 2) -> list[str]:
        """The command line; targets come last, after ``--``, which a single one may be without."""
        start = [
            sys.executable,
            "-m",
            "snakemake",
            "--snakefile",
            str(self.root / "Snakefile"),
            "--cores",
            str(cores),
        ]
        if arguments and not arguments[0].startswith("-"):
            arguments = ("--", *arguments)
        at = arguments.index("--") if "--" in arguments else len(arguments)
        return [*start, *arguments[:at], "--configfile", "study.yaml", *arguments[at:]]

    def environment(self) -> dict[str, str]:
        return os.environ | {"HOME": str(self.folder)}

    def planned(self, *targets: str) -> dict[str, int]:
        """Jobs by rule that a dry run would start, for the targets or for all."""
        out = self.snakemake(
            "--dry-run", "--quiet", "rules", *(["--", *targets] if targets else [])
        ).stdout
        counts = {}
        for line in out.split("Job stats:")[1].splitlines() if "Job stats:" in out else []:
            words = line.split()
            if len(words) == 2 and words[1].isdigit() and words[0] not in ("total", "all"):
                counts[words[0]] = int(words[1])
            if words[:1] == ["total"]:
                break
        return counts

    def results(self, pattern: str = "**/*.h5") -> dict[str, bytes]:
        """Content of result files by path."""
        base = self.folder / "results"
        return {
            str(p.relative_to(base)): p.read_bytes()
            for p in sorted(base.glob(pattern))
            if p.is_file()
        }


@pytest.fixture
def workspace(tmp_path, tiny):
    space = Workspace(tmp_path)
    space.write(tiny)
    return space


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A finished tiny study beside a copy of the code, which tests may edit and put back.

    A copy for each worker.
    """
    folder, base = tmp_path_factory.mktemp("finished"), tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "first"
    with filelock.FileLock(
        f"{shared}.lock"
    ):  # the first worker runs the study, the others wait and take it
        if not shared.exists():
            _run_tiny(folder)
            shutil.copytree(folder, f"{shared}.partial")
            os.replace(f"{shared}.partial", shared)
        else:
            shutil.copytree(shared, folder, dirs_exist_ok=True)
    return Workspace(folder, folder / "project")


def _beside_the_code(folder: str, names: list[str]) -> set[str]:
    """What no copy of the project needs; data of one's own can be large."""
    own = {"data", "results", "site", "tests"} if Path(folder) == ROOT else set()
    return {name for name in names if name in own or name[0] == "." or name == "__pycache__"}


def _run_tiny(folder: Path) -> None:
    shutil.copytree(ROOT, folder / "project", ignore=_beside_the_code)
    space = Workspace(folder, folder / "project")
    space.write(TINY)
    (folder / "said").write_text(space.snakemake("--verbose").stdout)


@pytest.fixture
def done(finished, tmp_path):
    """A finished tiny study of the test's own."""
    shutil.copytree(finished.folder, tmp_path / "copy", ignore=shutil.ignore_patterns("project"))
    return Workspace(tmp_path / "copy", finished.root)
