"""Write docs/rules.md from the rules: ``python docs/make_rules.py``.

A rule's text is its docstring, its stage the comment at the head of its file. Outputs are written
with the paths that they have; inputs, threads and resources as the rule writes them. A test
compares page and rules.
"""

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "rules.md"
RULE = re.compile(r"^rule (\w+):\n((?:(?:[ \t].*)?(?:\n|\Z))+)", re.M)
DOCSTRING = re.compile(r'(\s*"""(.*?)""")?(.*)', re.S)
SECTION = re.compile(r"^    (\w+):(.*\n(?:(?: {8}.*)?\n)*)", re.M)
INCLUDED = re.compile(r'^include: "(.+)"$', re.M)
COLLECTING = {"input", "localrule", "default_target"}  # all that a target has
HEAD = """# The rules

Made by `docs/make_rules.py` from the docstrings of the rules in `rules/`: change them, not this
page. `<study>` is the study's name, `{braces}` are wildcards. Every rule has a script of its own
name in `workflow_scripts/`, a log in `results/<study>/logs/<rule>/`, and among its `params` the
digests of its settings and its code, which decide whether it runs again
([architecture.md](architecture.md#what-is-computed-again-and-why)).
[results/README.md](../results/README.md) says what each file holds. `w` stands for a job's
wildcards, `plan` for what the study asks of it (`lit/workflow/`). A rule without a script is a
target, and can be asked for by name:

```sh
snakemake --cores 2 --configfile config/config.yaml -- tables_all
```
"""


@dataclass(frozen=True)
class Rule:
    """A rule as it is written: the text of each section, and the file that it is in."""

    name: str
    docstring: str
    sections: dict[str, str]
    file: Path

    @property
    def is_target(self) -> bool:
        return set(self.sections) <= COLLECTING


def files() -> list[Path]:
    """The Snakefile's included files, in its order, and the Snakefile itself."""
    snakefile = ROOT / "Snakefile"
    return [*(ROOT / name for name in INCLUDED.findall(snakefile.read_text())), snakefile]


def rules(path: Path) -> Iterator[Rule]:
    for name, body in RULE.findall(path.read_text()):
        _, docstring, body = DOCSTRING.match(body).groups()
        sections = {key: text.strip() for key, text in SECTION.findall(body)}
        yield Rule(name, inspect.cleandoc(docstring or ""), sections, path)


def head(path: Path) -> str:
    """The comment that a file opens with, as one paragraph."""
    lines = path.read_text().splitlines()
    end = next(i for i, line in enumerate([*lines, ""]) if not line.startswith("#"))
    return " ".join(line.lstrip("# ") for line in lines[:end])


def plain(text: str) -> str:
    """Text as Markdown that shows it as it is; what is in backquotes is left."""
    text = re.sub(r":\w+:(?=`)", "", text)
    pieces = re.split(r"(`+[^`]+`+)", text)
    pieces[::2] = [re.sub(r"([<*_])", r"\\\1", piece) for piece in pieces[::2]]
    return "".join(pieces)


def parts(text: str) -> Iterator[tuple[str, ast.expr]]:
    """What a section lists, each entry with its name or none; no checks, which name no file."""
    call = ast.parse(f"f({text}\n)", mode="eval").body
    assert isinstance(call, ast.Call)
    named = [("", value) for value in call.args]
    named += [(keyword.arg or "", keyword.value) for keyword in call.keywords]
    yield from (entry for entry in named if not ast.unparse(entry[1]).startswith("known_"))


def source(node: ast.expr) -> str:
    """Python of an entry on one line, without the lambda and the unpacking around it."""
    if isinstance(node, ast.Lambda):
        return source(node.body)
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "unpack":
        return source(node.args[0])
    return " ".join(ast.unparse(node).split())


def made_paths(text: str) -> Iterator[str]:
    """Paths that an output's text asks ``paths`` for; loops over names are shown as written."""
    sys.path.insert(0, str(ROOT))
    from lit.study.paths import Paths

    paths = Paths("<study>")
    for _, value in parts(text):
        if isinstance(value, ast.Call) and ast.unparse(value.func) == "figure":
            name = ast.literal_eval(value.args[0])
            yield from (paths.figure(name, suffix) for suffix in ("pdf", "png"))
            continue
        calls = [
            node
            for node in ast.walk(value)
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("paths.")
        ]
        for call in calls:
            arguments = [
                argument.value if isinstance(argument, ast.Constant) else f"<{source(argument)}>"
                for argument in call.args
            ]
            yield getattr(paths, ast.unparse(call.func).removeprefix("paths."))(*arguments)
        if not calls:
            yield source(value)


def listed(entries: Iterator[tuple[str, ast.expr]]) -> str:
    return "; ".join(f"{name}: `{source(v)}`" if name else f"`{source(v)}`" for name, v in entries)


def about(rule: Rule) -> str:
    """The section of the page on one rule."""
    get = rule.sections.get
    script = f"workflow_scripts/{rule.name}.py"
    lines = [f"### {rule.name}", "", plain(rule.docstring), ""]
    if "script" in rule.sections:
        lines.append(f"- **script**: [{script}](../{script})")
    if "input" in rule.sections:
        lines.append(f"- **input**: {listed(parts(rule.sections['input']))}")
    if "output" in rule.sections:
        made = ", ".join(f"`{path}`" for path in made_paths(rule.sections["output"]))
        lines.append(f"- **output**: {made}")
    if "script" in rule.sections:
        asked = [f"threads: `{get('threads', '1')}`"]
        asked += [listed(parts(get("resources", "")))] if "resources" in rule.sections else []
        lines.append(f"- **resources**: {'; '.join(asked)}")
        if "localrule" in rule.sections:
            lines.append("- runs where snakemake runs, and not as a job of a cluster")
    return "\n".join(lines).rstrip() + "\n"


def page() -> str:
    """The whole page."""
    stages = []
    for path in files():
        jobs = [about(rule) for rule in rules(path)]
        where = path.relative_to(ROOT)
        title = f"## [{where}](../{where})"
        stages += ["\n".join([title, "", plain(head(path)), "", *jobs])] if jobs else []
    return HEAD + "\n" + "\n".join(stages)


if __name__ == "__main__":
    PAGE.write_text(page())
