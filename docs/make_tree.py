"""Write the map and the annotated tree into CONTRIBUTING.md: ``python docs/make_tree.py``.

The map finds by name where a question is answered, so that it follows what moves. What a line of
the tree says of a module is the first sentence of its docstring, of a file of rules that of its
first comment, of a page its title. So a line is changed there; a test compares the page with this.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "CONTRIBUTING.md"
# Questions, and the name in a module that answers each; with the module's, where others have it.
QUESTIONS = {
    "the formula of L_IT": "information_transfer",
    "a step of an optimiser": "Stack",
    "the mixture of experts": "mixture.mixture",
    "what a block file holds": "result_files.BLOCK",
    "the path of a result": "Paths",
    "how an arm becomes runs": "arms.rows",
    "the proof that stream and source do not overlap": "check_disjoint",
    "SDL": "surplus_description_length",
    "EWC": "ewc.ewc",
    "the fitting of the temperature": "temperature.fit_scale",
    "the caption of a main figure": "information_transfer.CAPTION",
    "random labels": "transform_labels",
}

# In the order in which data flow: a module imports from its own room and from rooms before it.
ROOMS = (
    *("study", "data", "files", "networks", "training", "coding", "continual", "measures"),
    *("notebook", "analyses", "tables", "figures", "report", "workflow", "commands"),
)
SHARED = ("errors", "extras", "logs", "rng")  # at the top of lit, for every room
AROUND = {
    "examples": "Notebooks that run as they stand, without Snakemake.",
    "config": "config.yaml (the quick study), studies/, the schema, README.md on every option.",
    "containers": "A recipe for an image that holds all dependencies.",
    "envs": "The pinned dependencies for conda, for CPUs and for CUDA.",
    "profiles": "How Snakemake runs: default, a workstation, SLURM, SLURM with packed jobs.",
    "results": "What studies made; README.md explains every file. git tracks published/ alone.",
    "tests": "A folder for each room of lit, and benchmarks; tests of the whole house beside them.",
    ".ci": "run: all checks, in an environment of its own.",
    ".github": "Templates of issues and pull requests, and the workflow that calls .ci/run.",
}


def first_sentence(text: str) -> str:
    """The first sentence of a docstring or comment, as plain text on one line."""
    paragraph = " ".join(text.strip().split("\n\n")[0].split())
    sentence = re.split(r"(?<=\.)\s+(?=[A-Z`*])", paragraph)[0]
    return re.sub(r":\w+:|`+", "", sentence)


def of_module(path: Path) -> str:
    return first_sentence(ast.get_docstring(ast.parse(path.read_text())) or "")


def of_comment(path: Path) -> str:
    lines = path.read_text().splitlines()
    end = next(i for i, line in enumerate([*lines, ""]) if not line.startswith("#"))
    return first_sentence("\n".join(line.lstrip("# ") for line in lines[:end]))


def of_page(path: Path) -> str:
    return path.read_text().splitlines()[0].lstrip("# ")


def modules(folder: Path, depth: int) -> Iterator[tuple[str, str]]:
    """A line for a folder's modules, then one for each folder in it and that folder's."""
    for path in sorted(folder.glob("*.py")):
        if path.name != "__init__.py":
            yield "  " * depth + path.name, of_module(path)
    for inner in sorted(path.parent for path in folder.glob("*/__init__.py")):
        yield "  " * depth + f"{inner.name}/", of_module(inner / "__init__.py")
        yield from modules(inner, depth + 1)


def lines() -> Iterator[tuple[str, str]]:
    """Every line of the tree: a name, and what is said of it."""
    yield (
        "Snakefile",
        "Entry: opens the study, includes the rules, checks it before the first job.",
    )
    yield "rules/", "The rules, a file a stage; captions/ for Snakemake's own report."
    for path in sorted((ROOT / "rules").glob("*.smk")):
        yield f"  {path.name}", of_comment(path)
    yield "workflow_scripts/", "What a rule runs: a thin script of the rule's own name."
    yield "lit/", of_module(ROOT / "lit" / "__init__.py")
    for path in sorted((ROOT / "lit").glob("*.py")):
        if path.name != "__init__.py":
            yield f"  {path.name}", of_module(path)
    for room in ROOMS:
        yield f"  {room}/", of_module(ROOT / "lit" / room / "__init__.py")
        yield from modules(ROOT / "lit" / room, 2)
    yield ("docs/", "Pages, examples, texts of findings, and the scripts that make pages.")
    for path in sorted((ROOT / "docs").glob("*.md")):
        yield f"  {path.name}", of_page(path)
    for name, words in AROUND.items():
        yield f"{name}/", words


def tree() -> str:
    """Every line of the tree, as a block of text."""
    width = 30
    text = "\n".join(f"{name:{width}} {words}".rstrip() for name, words in lines())
    return f"```text\n{text}\n```"


def defined(path: Path) -> set[str]:
    """Names that a module defines at its top."""
    names: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def place_of(answer: str) -> tuple[Path, str]:
    """The module that defines ``name`` or ``module.name``, and the name.

    Raises:
        ValueError: none does, or several do.
    """
    module, _, name = answer.rpartition(".")
    paths = [path for path in (ROOT / "lit").rglob("*.py") if module in ("", path.stem)]
    found = [path for path in paths if name in defined(path)]
    if len(found) != 1:
        raise ValueError(f"{answer} is defined in {[str(path) for path in found]}; see QUESTIONS")
    return found[0], name


def questions() -> str:
    """The map, as a table."""
    rows = ["| where is ... | file | name |", "| --- | --- | --- |"]
    for question, answer in QUESTIONS.items():
        path, name = place_of(answer)
        file = path.relative_to(ROOT)
        rows.append(f"| {question} | [{file}]({file}) | `{name}` |")
    return "\n".join(rows)


def filled(page: str) -> str:
    """The page with the tree and the map of now in it.

    Raises:
        ValueError: a page without the marks of one of them, or an answer that is nowhere.
    """
    for name, text in (("tree", tree()), ("map", questions())):
        begin = f"<!-- {name}: made by docs/make_tree.py -->"
        end = f"<!-- end of the {name} -->"
        before, mark, rest = page.partition(begin)
        _, closing, after = rest.partition(end)
        if not (mark and closing):
            raise ValueError(f"{PAGE.name} lacks the lines {begin!r} and {end!r}")
        page = f"{before}{begin}\n\n{text}\n\n{end}{after}"
    return page


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text()))
