"""Rules of the house, read from the syntax trees alone: sizes, imports, docstrings, names of rules.

Every test names all offenders at once, with file and line.
"""

import ast
import functools
import io
import json
import re
import runpy
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted((ROOT / "lit").rglob("*.py"))
RULES = sorted((ROOT / "rules").glob("*.smk"))

HOUSE = runpy.run_path(str(ROOT / "docs" / "make_tree.py"))
ROOMS = HOUSE["ROOMS"]  # in the order in which data flow
SHARED = HOUSE["SHARED"]  # at the top of lit, for every room
DOORS = {"": "workflow", "api": "notebook", "__main__": "commands"}  # the last room each may use

LINES_OF_A_MODULE = 300  # of the file, whatever is in them
LINES_OF_A_CLASS = 200  # from its first line to its last
LINES_OF_A_FUNCTION = 50  # of code: without docstring, comments and blank lines
WIDTH = 100  # characters of a line: code, comments, docstrings

Function = ast.FunctionDef | ast.AsyncFunctionDef


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def name_of(path: Path) -> str:
    """Name of a module inside of lit: ``coding.mixture``, ``coding`` for its ``__init__``."""
    parts = path.relative_to(ROOT / "lit").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path): path for path in MODULES}


def place(path: Path, node: ast.AST | None = None) -> str:
    line = f":{node.lineno}" if node is not None and hasattr(node, "lineno") else ""
    return f"{path.relative_to(ROOT)}{line}"


def imports(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """Modules that a file imports, anywhere in it; those of lit by their name inside of it."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{place(path, node)}: write the whole name of the module"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole.removeprefix("lit.") in NAMES else str(node.module), node


def imports_of_lit(path: Path) -> Iterator[tuple[str, ast.AST]]:
    for module, node in imports(path):
        if module == "lit" or module.startswith("lit."):
            yield module.removeprefix("lit").removeprefix("."), node


def lines_of_code(path: Path, node: Function) -> int:
    """Lines with code on them: what is no docstring, no comment and no blank line."""
    source = path.read_text().splitlines(keepends=True)[node.lineno - 1 : node.end_lineno]
    first = node.body[0]
    docstring = range(0)
    if ast.get_docstring(node):
        docstring = range(first.lineno, (first.end_lineno or first.lineno) + 1)
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    lines: set[int] = set()
    indented = "if True:\n" if source[0][:1].isspace() else ""
    reader = io.StringIO(indented + "".join(source)).readline
    shift = node.lineno - (2 if indented else 1)
    for token in tokenize.generate_tokens(reader):
        if token.type not in silent and token.type != tokenize.ENDMARKER:
            lines.update(range(token.start[0] + shift, token.end[0] + shift + 1))
    lines.discard(shift + 1 if indented else 0)
    return len(lines - set(docstring))


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def agree(offenders: list[str], rule: str) -> None:
    assert not offenders, f"{rule}:\n" + "\n".join(offenders)


# sizes -------------------------------------------------------------------------------------------


def test_no_module_is_longer_than_300_lines():
    sizes = {path: len(path.read_text().splitlines()) for path in MODULES}
    long = [f"{place(path)}: {n}" for path, n in sizes.items() if n > LINES_OF_A_MODULE]
    agree(long, "Split by what each part answers")


def test_no_class_is_longer_than_200_lines():
    classes = [
        (path, node, (node.end_lineno or 0) - node.lineno + 1)
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
    ]
    long = [f"{place(p, c)} {c.name}: {n}" for p, c, n in classes if n > LINES_OF_A_CLASS]
    agree(long, "Split by what each part answers")


def test_no_function_is_longer_than_a_page_of_50_lines_of_code():
    sizes = [(path, f, lines_of_code(path, f)) for path in MODULES for f in functions(path)]
    long = [f"{place(p, f)} {f.name}: {n}" for p, f, n in sizes if n > LINES_OF_A_FUNCTION]
    agree(long, "A function fits on a page")


def test_a_line_of_code_is_one_with_code_on_it(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(
        "class A:\n"
        "    def f(self):\n"
        '        """Does\n\n        nothing."""\n'
        "        # why\n\n"
        '        return """two\nlines"""  # of text\n'
    )
    assert [lines_of_code(path, f) for f in functions(path)] == [3]


def test_no_line_is_longer_than_100_characters():
    files = [*MODULES, *RULES, ROOT / "Snakefile", *sorted((ROOT / "docs").rglob("*.py"))]
    files += sorted((ROOT / "workflow_scripts").glob("*.py"))
    long = [
        f"{place(path)}:{i}: {len(line)}"
        for path in files
        for i, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > WIDTH
    ]
    agree(long, "At most 100 characters a line")


# imports -----------------------------------------------------------------------------------------


def test_every_room_has_its_place_in_the_order():
    rooms = {path.parent.name for path in (ROOT / "lit").glob("*/__init__.py")}
    assert rooms == set(ROOMS)
    assert {n for n in NAMES if "." not in n} - rooms == {*SHARED, *DOORS}


def rank(module: str) -> int:
    """Where a module stands in the order in which data flow."""
    first = module.split(".")[0]
    if module in DOORS:
        return len(ROOMS)
    return -1 if first in SHARED else ROOMS.index(first)


def last(module: str) -> int:
    """The last place that a module may import from."""
    return ROOMS.index(DOORS[module]) if module in DOORS else rank(module)


def test_imports_go_from_later_rooms_to_earlier_ones():
    up = [
        f"{place(path, node)}: {name or 'lit'} imports {module or 'lit'}"
        for name, path in NAMES.items()
        for module, node in imports_of_lit(path)
        if (rank(module) > last(name) and not (name in DOORS and module in DOORS))
    ]
    agree(up, "Rooms in their order: " + ", ".join(ROOMS))


def test_no_import_goes_in_a_circle():
    graph = {name: {m for m, _ in imports_of_lit(path)} for name, path in NAMES.items()}
    circles: list[str] = []
    done: set[str] = set()

    def visit(module: str, way: list[str]) -> None:
        if module in way:
            circles.append(" -> ".join([*way[way.index(module) :], module]))
        elif module not in done:
            for further in sorted(graph.get(module, ())):
                visit(further, [*way, module])
            done.add(module)

    for name in sorted(graph):
        visit(name, [])
    agree(circles, "What two modules need of each other belongs into a third")


ARITHMETIC = ("numpy", "scipy", "sklearn", "lit", "jaxtyping")
READERS = ("open", "read", "read_text", "read_bytes", "load", "loadtxt", "read_csv", "File")


def test_measures_compute_and_read_no_files():
    allowed = {*ARITHMETIC, *sys.stdlib_module_names} - {"os", "io", "pathlib", "shutil"}
    wrong = []
    for path in sorted((ROOT / "lit" / "measures").glob("*.py")):
        wrong += [
            f"{place(path, n)}: {m}" for m, n in imports(path) if m.split(".")[0] not in allowed
        ]
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func).rpartition(".")[2]
                wrong += [f"{place(path, node)}: {called}()"] if called in READERS else []
    agree(wrong, "lit/measures is arithmetic on arrays")


def loaded_by(code: str) -> set[str]:
    """Packages that Python has loaded after running this, in a process of its own."""
    code += "; import json, sys; print(json.dumps([*sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stderr
    return {module.split(".")[0] for module in json.loads(done.stdout)}


def test_importing_lit_loads_no_torch():
    assert not loaded_by("import lit") & {"torch", "numpy", "scipy", "pandas", "h5py"}


def test_parsing_the_snakefile_loads_neither_torch_nor_pandas_nor_jaxtyping():
    texts = [(ROOT / "Snakefile").read_text(), *(path.read_text() for path in RULES)]
    lines = re.findall(r"^(?:from lit\S* import .+|import lit\S*.*)$", "\n".join(texts), re.M)
    assert lines
    heavy = {"torch", "torchvision", "pandas", "jaxtyping", "beartype", "matplotlib", "sklearn"}
    assert not loaded_by("; ".join(lines)) & (heavy | {"scipy"})


# words -------------------------------------------------------------------------------------------


def test_every_module_public_class_and_public_function_has_a_docstring():
    bare = [place(path) for path in MODULES if not ast.get_docstring(tree(path))]
    for path in MODULES:
        for node in tree(path).body:
            if (
                isinstance(node, Function | ast.ClassDef)
                and not node.name.startswith("_")
                and not ast.get_docstring(node)
            ):
                bare.append(f"{place(path, node)} {node.name}")
    agree(bare, "Say what it is")


# rules -------------------------------------------------------------------------------------------

WRITTEN = runpy.run_path(str(ROOT / "docs" / "make_rules.py"))


def rules() -> Iterator[Any]:
    """Every rule, as :mod:`docs.make_rules` reads it."""
    for path in [ROOT / "Snakefile", *RULES]:
        yield from WRITTEN["rules"](path)


def test_every_rule_has_a_docstring():
    bare = [f"{place(rule.file)}: {rule.name}" for rule in rules() if not rule.docstring]
    agree(bare, "A rule says first what it does")


def test_every_rule_with_a_job_has_a_script_of_its_own_name():
    wrong = []
    scripts = {path.stem for path in (ROOT / "workflow_scripts").glob("*.py")}
    for rule in rules():
        script = rule.sections.get("script", "").strip('",')
        scripts -= {rule.name} if script else set()
        if not rule.is_target and script != f"../workflow_scripts/{rule.name}.py":
            wrong.append(f"{place(rule.file)}: {rule.name} runs {script}")
    wrong += [f"workflow_scripts/{name}.py: of no rule" for name in sorted(scripts)]
    agree(wrong, "A rule and its script have one name")


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_a_file_of_rules_says_what_it_takes_and_makes(path):
    assert path.read_text().startswith("# ")


QUIET = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.AnnAssign, ast.Assign)


def test_packages_do_nothing_when_they_are_imported():
    """Of a package above a module, no digest knows: it may define things, and do none."""
    loud = []
    for path in sorted((ROOT / "lit").rglob("__init__.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            named = isinstance(node, ast.Assign) and not all(
                isinstance(target, ast.Name) for target in node.targets
            )
            for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            if not (docstring or for_types) and (named or not isinstance(node, QUIET)):
                loud.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not loud
