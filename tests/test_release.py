"""A release: one version wherever it is named, and an archive that holds all of it."""

import re
import shutil
import subprocess
import zipfile

import pytest
import yaml
from conftest import ROOT

import lit


def test_the_version_is_one():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    (front,) = re.findall(r"Version (\S+)\.$", (ROOT / "README.md").read_text(), re.M)
    newest = re.search(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert cited["version"] == front == newest[1] == lit.__version__


def test_the_citation_has_what_archives_ask_for():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert cited["cff-version"] == "1.2.0"
    assert cited["type"] == "software"
    assert cited["license"] == "Apache-2.0"
    assert all(cited[name] for name in ("title", "authors", "abstract", "message"))


@pytest.fixture
def clone(tmp_path):
    """A clone of what is committed, with no environment."""
    if not (ROOT / ".git").exists():
        pytest.skip("needs the project's git repository")
    place = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, place], check=True)
    shutil.copy(ROOT / "Makefile", place)  # as it is now
    subprocess.run(
        ["git", "-C", place, "update-index", "--assume-unchanged", "Makefile"], check=True
    )
    return place


def make(place, target):
    return subprocess.run(["make", target], cwd=place, capture_output=True, text=True, check=False)


def test_an_archive_holds_what_is_committed(clone):
    done = make(clone, "archive")
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = clone.glob("build/lit-*.zip")
    names = zipfile.ZipFile(path).namelist()
    for name in ("README.md", "CITATION.cff", "LICENSE", "Snakefile", "lit/api.py"):
        assert f"{path.stem}/{name}" in names
    assert f"{path.stem}/results/published/quick/tables/information_transfer.csv" in names
    assert not [name for name in names if "/.venv/" in name or "/.git/" in name]


def test_an_archive_is_not_made_of_what_is_not_committed(clone):
    (clone / "new.txt").write_text("not committed")
    done = make(clone, "archive")
    assert done.returncode != 0
    assert "make archive: commit your changes first" in done.stdout
