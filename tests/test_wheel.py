"""The library alone: a wheel from a source archive, in an environment of its own, without the repository."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

PARTS = ("lit", "config", "pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE")
BUILD = "from setuptools import build_meta; print(build_meta.build_{}('dist'))"


def build(what: str, folder: Path) -> Path:
    """An archive that setuptools builds of a folder, without a network."""
    command = [sys.executable, "-c", BUILD.format(what)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return folder / "dist" / done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel, built of what a source archive of this project holds."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in PARTS:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    with tarfile.open(build("sdist", folder)) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (source,) = (folder / "unpacked").iterdir()
    return build("wheel", source)


@pytest.fixture(scope="module")
def installed(wheel):
    """A folder with an environment that has the wheel, and packages of this one behind it."""
    folder = wheel.parent / "somewhere"
    folder.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    (packages,) = (folder / "venv").glob("lib/*/site-packages")
    (packages / "behind.pth").write_text(sysconfig.get_paths()["purelib"])
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    return folder


def run(folder: Path, *arguments: str) -> str:
    """What Python prints in the environment, with nothing of the repository on its path."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [str(folder / "venv/bin/python"), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    assert not done.returncode, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_wheel_has_every_module_and_what_modules_read(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "lit").rglob("*.py")}
    parts = [*(ROOT / "lit/report/templates").glob("*"), *(ROOT / "lit/report/vendor").glob("*")]
    read = {str(path.relative_to(ROOT)) for path in parts}
    assert not (modules | read | {"lit/study/config.schema.yaml"}) - held


@pytest.mark.slow
def test_the_five_lines_run_where_the_wheel_is_installed(installed):
    page = (ROOT / "README.md").read_text()
    lines = re.search(r"```python\n(import lit\n.*?)```", page, re.S)[1]
    (installed / "notebook.py").write_text(
        "from sklearn.datasets import load_digits\n"
        "table = load_digits(as_frame=True).frame.rename(columns={'target': 'COLUMN'})\n"
        "table.to_csv('table.csv', index=False)\n"
        + lines.replace("lit.information_transfer", "found = lit.information_transfer")
        .replace("k=1024", "k=128")
        .replace("n=4096", "n=512")
        + "print(lit.__file__)\nprint(found.mean)\n"
    )
    where, mean = run(installed, "notebook.py").splitlines()[-2:]
    assert Path(where).is_relative_to(installed)
    assert float(mean) > 0


@pytest.mark.slow
def test_the_readmes_study_is_checked_where_the_wheel_is_installed(installed):
    page = (ROOT / "README.md").read_text()
    (installed / "mine.yaml").write_text(re.search(r"```yaml\n(.*?)```", page, re.S)[1])
    assert "mine.yaml: " in run(installed, "-m", "lit", "check", "--file-only", "mine.yaml")
