"""Documents are as the code is: pages that are made, names and paths that are mentioned, links."""

import ast
import re
import runpy
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
TREE = runpy.run_path(str(ROOT / "docs" / "make_tree.py"))
RULES = runpy.run_path(str(ROOT / "docs" / "make_rules.py"))
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *(ROOT / name for name in ("config/README.md", "results/README.md")),
    *(ROOT / name for name in ("results/published/benchmarks/README.md", "examples/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / ".github").rglob("*.md")),
]
CODE = re.compile(r"^( *)```.*?^\1```", re.M | re.S)
OF_NOW = [
    path for path in PAGES if path.name != "CHANGELOG.md"
]  # that page names what has gone, too
by_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))

by_page_of_now = pytest.mark.parametrize(
    "path", OF_NOW, ids=lambda path: str(path.relative_to(ROOT))
)


def prose(path: Path) -> str:
    """A page without its blocks of code."""
    return CODE.sub("", path.read_text())


# pages that are made ------------------------------------------------------------------------------


def test_the_tree_and_the_map_are_those_of_the_code():
    page = (ROOT / "CONTRIBUTING.md").read_text()
    assert page == TREE["filled"](page), "python docs/make_tree.py"


def test_the_tree_has_every_module_and_says_something_of_each():
    lines = list(TREE["lines"]())
    assert not [name for name, words in lines if not words]
    modules = [path for path in (ROOT / "lit").rglob("*.py") if path.name != "__init__.py"]
    assert sum(name.strip().endswith(".py") for name, _ in lines) == len(modules)


@pytest.mark.skipif(not shutil.which("git") or not (ROOT / ".git").exists(), reason="no git")
def test_the_tree_has_every_folder():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    folders = {path.split("/")[0] + "/" for path in tracked if "/" in path}
    assert folders == {name for name, _ in TREE["lines"]() if re.match(r"[^ ]+/$", name)}


def test_the_page_of_rules_is_that_of_the_rules():
    assert RULES["PAGE"].read_text() == RULES["page"](), "python docs/make_rules.py"


def test_the_page_of_rules_has_every_rule_with_its_text():
    page = RULES["PAGE"].read_text()
    files = [*(ROOT / "rules").glob("*.smk"), ROOT / "Snakefile"]
    names = [n for path in files for n in re.findall(r"^rule (\w+):", path.read_text(), re.M)]
    assert sorted(names) == sorted(re.findall(r"^### (\w+)$", page, re.M))
    assert not re.findall(r"^### (\w+)\n\n(?:- |#|\Z|\n)", page, re.M), "without a docstring"


def test_the_page_on_architecture_has_the_rooms_in_their_order():
    page = (ROOT / "docs" / "architecture.md").read_text()
    assert " → ".join(TREE["ROOMS"]) in page


# what pages mention -------------------------------------------------------------------------------

PATH = re.compile(
    r"`((?:lit|tests|rules|workflow_scripts|docs|config|profiles|envs|containers)/[\w./-]+)`"
)
DOTTED = re.compile(r"`(lit(?:\.\w+)+)`")


@by_page_of_now
def test_paths_in_backquotes_exist(path):
    found = {name for name in PATH.findall(prose(path)) if Path(name).stem != "mine"}  # a reader's
    assert not [name for name in found if not (ROOT / name).exists()]


def defined(module: Path) -> set[str]:
    """What a module defines or imports at its top."""
    names = set()
    for node in ast.parse(module.read_text()).body:
        if isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        names |= {target.id for target in ast.walk(node) if is_assigned(target)}
    return names


def is_assigned(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def exists(name: str) -> bool:
    """Whether a dotted name is a module of lit, or something that one defines."""
    parts = name.split(".")
    base = ROOT.joinpath(*parts)
    if base.with_suffix(".py").is_file() or (base / "__init__.py").is_file():
        return True
    above = ROOT.joinpath(*parts[:-1])
    files = [above.with_suffix(".py"), above / "__init__.py"]
    if parts[:-1] == ["lit"]:
        return parts[-1] in runpy.run_path(str(above / "__init__.py"))["__all__"]
    return any(file.is_file() and parts[-1] in defined(file) for file in files)


@by_page_of_now
def test_names_of_lit_in_backquotes_exist(path):
    assert not [name for name in DOTTED.findall(prose(path)) if not exists(name)]


@by_page
def test_imports_in_examples_exist(path):
    for block in re.findall(r"```python\n(.*?)```", path.read_text(), re.S):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "lit":
                assert [a.name for a in node.names if exists(f"{node.module}.{a.name}")]


def anchors(path: Path) -> set[str]:
    """Names that GitHub gives the headings of a page."""
    titles = re.findall(r"^#+ (.+)$", prose(path), re.M)
    plain = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title).lower() for title in titles)
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in plain}


@by_page
def test_links_lead_somewhere(path):
    wrong = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(path)):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            wrong.append(link)
    assert not wrong


# checks before a commit, and on GitHub ------------------------------------------------------------


def test_checks_before_a_commit_use_the_pinned_versions():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = set(project["optional-dependencies"]["test"])
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]
    used = {package for hook in hooks for package in hook.get("additional_dependencies", [])}
    assert used
    assert used <= pinned


def test_github_runs_all_checks_on_the_python_that_is_tested():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    steps = workflow["jobs"]["ci"]["steps"]
    assert any(step.get("run") == ".ci/run" for step in steps)
    versions = [
        step["with"]["python-version"] for step in steps if "python-version" in step.get("with", {})
    ]
    requires = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert [requires.startswith(f">={version}") for version in versions] == [True]


def test_python_of_blocks_of_code_parses():
    for path in PAGES:
        for block in re.findall(r"^```python\n(.*?)^```", path.read_text(), re.M | re.S):
            compile(block, str(path), "exec")


def test_targets_of_make_that_pages_name_exist():
    targets = set(re.findall(r"^([\w./-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = {n for path in PAGES for n in re.findall(r"`make ([a-z.][\w./-]*)", path.read_text())}
    assert named <= targets
