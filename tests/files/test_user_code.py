"""A user's own code: its digest follows what it imports, by meaning; and what a job imports is what was planned."""

import os
import subprocess
import sys
import textwrap
import zipfile

import pytest
from conftest import ROOT

from lit.errors import InputError
from lit.files import user_code, user_imports
from lit.study.config import load_study
from lit.workflow.plan import Plan


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The folder that snakemake runs in, with a way to write files into it."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return folder


def package(folder, **changes):
    """A package whose factory reaches a helper in every way that code is imported."""
    files = {
        "mypkg/__init__.py": "from .models import build\n",
        "mypkg/models.py": "from . import blocks\nfrom mypkg.deep.more import width\ndef build(s, c): return blocks\n",
        "mypkg/blocks.py": "SIZE = 3\n",
        "mypkg/deep/more.py": "import importlib\nwidth = importlib.import_module('aside').W\n",  # deep has no __init__.py
        "aside.py": "def late():\n    import inside.a\nW = 1\n",
        "inside/__init__.py": "",
        "inside/a.py": "A = 1\n",
        "unused.py": "U = 1\n",
    }
    for name, text in (files | changes).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return user_code.digest("mypkg:build")


EDITS = {
    "the package's own file": ("mypkg/__init__.py", "from .models import build\nX = 1\n"),
    "a module beside it": (
        "mypkg/models.py",
        "from . import blocks\ndef build(shape, classes): return 1\n",
    ),
    "from . import": ("mypkg/blocks.py", "SIZE = 4\n"),
    "in a folder without __init__": ("mypkg/deep/more.py", "width = 2\n"),
    "import_module of a name": ("aside.py", "W = 2\n"),
    "inside a function": ("inside/a.py", "A = 2\n"),
    "a package above": ("inside/__init__.py", "import os\n"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_of_what_is_imported_is_another_code(here, edit):
    name, text = EDITS[edit]
    first = package(here)
    assert package(here) == first
    assert package(here, **{name: text}) != first
    assert package(here) == first


def test_comments_docstrings_and_what_is_not_imported_change_nothing(here):
    first = package(here)
    assert (
        package(here, **{"mypkg/blocks.py": '"""Sizes."""\n# in pixels\nSIZE = 3  # small\n'})
        == first
    )
    assert package(here, **{"unused.py": "U = 2\n"}) == first


def test_all_of_a_package_is_what_a_star_imports(here):
    star = {
        "mypkg/models.py": "from inside import *\ndef build(s, c): return a\n",
        "inside/__init__.py": "__all__ = ['a']\n",
    }
    assert package(here, **star) != package(here, **star, **{"inside/a.py": "A = 3\n"})


def test_the_folder_it_lies_in_does_not_matter(here, tmp_path, monkeypatch):
    first = package(here)
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "there")
    assert package(tmp_path / "there") == first


@pytest.mark.parametrize("what", ["folder", "zip"])
def test_a_module_on_pythonpath_is_followed(here, tmp_path, monkeypatch, what):
    other = tmp_path / "other"
    other.mkdir()

    def made(number):
        if what == "zip":
            with zipfile.ZipFile(other / "code.zip", "w") as archive:
                archive.writestr("far.py", "import near\ndef build(s, c): pass\n")
                archive.writestr("near.py", f"N = {number}\n")
        else:
            (other / "far.py").write_text("import near\ndef build(s, c): pass\n")
            (other / "near.py").write_text(f"N = {number}\n")
        return user_code.digest("far:build")

    monkeypatch.setenv("PYTHONPATH", str(other / "code.zip" if what == "zip" else other))
    assert made(1)
    assert made(1) != made(2)


def test_an_installed_package_is_known_by_its_files(here, tmp_path, monkeypatch):
    site = tmp_path / "lib/site-packages"
    (site / "nets").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])
    (site / "nets/__init__.py").write_text("import torch\n")
    (site / "nets/table.json").write_text("[1]")
    (here / "mine.py").write_text("import nets\ndef build(s, c): return nets\n")
    first = user_code.digest("mine:build")
    assert user_code.digest("nets:build") not in (None, first)
    (site / "nets/__pycache__").mkdir()
    (site / "nets/__pycache__/x.pyc").write_bytes(b"1")
    assert user_code.digest("mine:build") == first, "what Python leaves there changes nothing"
    (site / "nets/table.json").write_text("[2]")
    second = user_code.digest("mine:build")
    assert second != first
    monkeypatch.setattr(user_imports, "version", lambda name, absent: "2.0")
    assert user_code.digest("mine:build") != second


def test_a_package_that_is_absent_and_then_installed_is_another_code(here, tmp_path, monkeypatch):
    (here / "mine.py").write_text(
        "try:\n    import perhaps\nexcept ImportError:\n    perhaps = None\ndef build(s, c): pass\n"
    )
    first = user_code.digest("mine:build")
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages/perhaps.py").write_text("")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "site-packages")])
    assert user_code.digest("mine:build") != first


def test_a_compiled_module_and_broken_code_are_known_by_content(here):
    suffix = __import__("importlib.machinery").machinery.EXTENSION_SUFFIXES[0]
    (here / f"fast{suffix}").write_bytes(b"1")
    first = user_code.digest("fast:build")
    (here / f"fast{suffix}").write_bytes(b"2")
    assert user_code.digest("fast:build") not in (None, first)
    (here / "broken.py").write_text("def build(:\n")
    first = user_code.digest("broken:build")
    (here / "broken.py").write_text("def build(;\n")
    assert user_code.digest("broken:build") not in (None, first)


def test_our_own_modules_are_followed_by_meaning(here):
    (here / "mine.py").write_text(
        "from lit.continual.algorithms import ewc\ndef forget(*a): pass\n"
    )
    first = user_code.digest("mine:forget")
    (here / "mine.py").write_text("from lit.continual.algorithms import si\ndef forget(*a): pass\n")
    assert user_code.digest("mine:forget") not in (None, first)


def test_what_is_python_s_own_or_this_project_s_is_nothing_to_follow(here):
    (here / "mine.py").write_text(
        "import json, torch.nn, numpy as np\nfrom torchvision import models\ndef build(s, c): pass\n"
    )
    assert list(user_imports.read_code("mine").parts) == ["mine"]


def test_nothing_runs(here):
    package(here, **{"mypkg/__init__.py": "from .models import build\nopen('ran', 'w')\n"})
    user_code.digest("mypkg:build")
    assert not (here / "ran").exists()
    assert "mypkg" not in sys.modules


@pytest.mark.parametrize(
    ("name", "elsewhere"),
    [("random", None), ("helper", "PYTHONPATH"), ("helper", "site-packages"), ("yaml", None)],
)
def test_a_name_that_means_another_module_is_refused(here, tmp_path, monkeypatch, name, elsewhere):
    """Python takes another module by that name than the one beside the study."""
    (here / f"{name}.py").write_text("def build(s, c): pass\n")
    if elsewhere:
        folder = tmp_path / elsewhere
        folder.mkdir()
        (folder / f"{name}.py").write_text("")
        monkeypatch.setenv("PYTHONPATH", str(folder) if elsewhere == "PYTHONPATH" else "")
        monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    with pytest.raises(
        InputError, match=rf"models\.m: factory: '{name}' would be .*, and not .*{name}\.py; rename"
    ):
        user_code.digest(f"{name}:build", "models.m")


def test_a_helper_of_a_package_s_name_is_refused_too(here, tmp_path, monkeypatch):
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages/helper.py").write_text("")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "site-packages")])
    (here / "helper.py").write_text("")
    (here / "mine.py").write_text("import helper\ndef build(s, c): pass\n")
    with pytest.raises(InputError, match=r"'helper' would be .*site-packages"):
        user_code.digest("mine:build")


def job(folder, factory, planned, then="", **environment):
    """What a job does with a factory, in a process whose path Python and Snakemake have put together otherwise."""
    code = f"""
        import sys
        sys.path[:0] = [{str(folder / ".snakemake/scripts")!r}]
        sys.path += [{str(ROOT / "workflow_scripts")!r}]
        from lit.errors import InputError
        from lit.files.user_code import import_factory
        try:
            print(import_factory({factory!r}, "models.m", {planned!r})(1, 2))
            {then}
        except InputError as error:
            print("refused:", error)
    """
    # of nested quotes there are none: what a test adds is one line
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=folder, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_module_with_the_name_of_one_of_our_scripts_is_the_user_s(here):
    (here / "analyse.py").write_text("def build(s, c): return 'mine'\n")
    assert job(here, "analyse:build", user_code.digest("analyse:build")) == "mine\n"


def test_code_that_changes_between_planning_and_its_job_is_refused(here):
    (here / "helper.py").write_text("N = 1\n")
    (here / "mine.py").write_text("import helper\ndef build(s, c): return helper.N\n")
    planned = user_code.digest("mine:build")
    assert job(here, "mine:build", planned) == "1\n"
    (here / "helper.py").write_text("N = 1  # one\n")
    assert job(here, "mine:build", planned) == "1\n"
    (here / "helper.py").write_text("N = 2\n")
    said = job(here, "mine:build", planned)
    assert (
        "the code of 'mine' is not what it was when the jobs were planned: mine.py, helper.py"
        in said
    )


def test_code_that_writes_its_helper_anew_is_refused(here):
    """The import itself changes what was digested: what was imported and what would be are not one."""
    (here / "helper.py").write_text("N = 1\n")
    (here / "mine.py").write_text(
        "open('helper.py', 'w').write('N = 2')\nimport helper\ndef build(s, c): return helper.N\n"
    )
    assert "is not what it was" in job(here, "mine:build", user_code.digest("mine:build"))


def test_a_module_that_was_imported_under_the_name_before_is_refused(here):
    (here / "aside").mkdir()
    (here / "aside/helper.py").write_text("N = 2\n")
    (here / "helper.py").write_text("N = 1\n")
    (here / "mine.py").write_text(
        "import sys\nsys.path.insert(0, 'aside')\nimport helper\ndef build(s, c): return helper.N\n"
    )
    said = job(here, "mine:build", user_code.digest("mine:build"))
    assert "module 'helper' was imported from" in said
    assert "rename yours" in said


ADDS = "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'src'))\n"
USES = "import helper\ndef build(s, c): return helper.N\n"
GROWS = {
    "at once": ADDS + USES,
    "inside the function": ADDS + "def build(s, c):\n    import helper\n    return helper.N\n",
    "a relative folder": "import sys\nsys.path.append('src')\n" + USES,
    "relative, inside": "import sys\nsys.path.append('src')\ndef build(s, c):\n    import helper\n    return helper.N\n",
    "taken away again": ADDS + "import helper\nsys.path.pop(0)\ndef build(s, c): return helper.N\n",
    "by site": "import os, site\nsite.addsitedir(os.path.abspath('src'))\n" + USES,
    "by a helper": "import grows\n" + USES,
}


@pytest.mark.parametrize("how", GROWS)
def test_a_module_in_a_folder_that_the_code_itself_adds_is_refused(here, how):
    (here / "src").mkdir()
    (here / "src/helper.py").write_text("N = 1\n")
    (here / "grows.py").write_text(ADDS)
    (here / "net.py").write_text(GROWS[how])
    said = job(here, "net:build", user_code.digest("net:build"))
    assert (
        "refused: models.m: factory: 'net' adds folders to sys.path, where 'helper' was found, so that"
        in said
    )
    assert "put the folder on PYTHONPATH, or move 'helper' beside 'net'" in said


@pytest.mark.parametrize("remedy", ["PYTHONPATH", "beside"])
def test_both_remedies_of_that_message_help(here, monkeypatch, remedy):
    folder = here if remedy == "beside" else here / "src"
    (here / "src").mkdir()
    (folder / "helper.py").write_text("N = 1\n")
    (here / "net.py").write_text(GROWS["at once"])
    paths = os.pathsep.join([str(ROOT), str(folder)])
    monkeypatch.setenv("PYTHONPATH", paths)
    assert job(here, "net:build", user_code.digest("net:build"), PYTHONPATH=paths) == "1\n"


def test_a_folder_that_is_added_and_holds_nothing_of_the_code_is_fine(here):
    (here / "src").mkdir()
    (here / "helper.py").write_text("N = 1\n")
    optional = "import __main__\ntry:\n    import absent\nexcept ImportError:\n    pass\n"
    (here / "net.py").write_text(ADDS + optional + USES)
    assert job(here, "net:build", user_code.digest("net:build")) == "1\n"


BY_PATH = {
    "spec_from_file_location": "import importlib.util\nspec = importlib.util.spec_from_file_location('helper', 'helper.py')\n",
    "SourceFileLoader": "import importlib.machinery as im\nhelper = im.SourceFileLoader('helper', 'helper.py').load_module()\n",
    "run_path": "import runpy\nrun = runpy.run_path('helper.py')\n",
    "run_module": "import os\nfrom runpy import run_module as run\n",
}


@pytest.mark.parametrize("name", BY_PATH)
@pytest.mark.parametrize("file", ["mine.py", "aside.py"])
def test_code_that_runs_files_by_their_path_is_refused(here, name, file):
    (here / "mine.py").write_text("import aside\ndef build(s, c): pass\n")
    (here / "aside.py").write_text("A = 1\n")
    (here / file).write_text(BY_PATH[name])
    with pytest.raises(
        InputError, match=rf"models\.m: factory: {file}, line 2: {name}, .*import it by its name"
    ):
        user_code.digest("mine:build", "models.m")


def test_functions_of_these_names_and_installed_packages_that_use_them_are_fine(
    here, tmp_path, monkeypatch
):
    site = tmp_path / "site-packages"
    site.mkdir()
    (site / "nets.py").write_text(BY_PATH["run_path"])
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])
    (here / "mine.py").write_text("import nets\ndef build(s, c): return nets.Net().run_module(1)\n")
    assert user_code.digest("mine:build")


@pytest.mark.parametrize("role", ["model", "algorithm"])
def test_both_kinds_of_factories_have_the_digest_in_their_settings(here, tiny, role):
    (here / "helper.py").write_text("N = 1\n")
    (here / "mine.py").write_text("import helper\ndef build(s, c): pass\ndef forget(*a): pass\n")
    if role == "model":
        tiny["models"]["linear"] = {"kind": "python", "factory": "mine:build"}
    else:
        tiny["algorithms"] = {"own": {"kind": "python", "factory": "mine:forget"}}
        tasks = {"of": "digits", "how": "split", "classes": [[0, 1], [2, 3]], "n": 64}
        tiny["sequences"] = {"s": {"tasks": tasks, "heads": "multi"}}
        tiny["arms"] = [
            {"name": "s", "sequence": "s", "algorithm": "own", "model": "linear", "learner": "fast"}
        ]

    def settings():
        plan = Plan(load_study(tiny))
        return [
            plan.source_settings(source, group)
            for source in plan.study.sources
            for group in plan.groups
        ]

    first = settings()
    assert first
    assert settings() == first
    (here / "helper.py").write_text("N = 2\n")
    assert all(a != b for a, b in zip(first, settings(), strict=True))
