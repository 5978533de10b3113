"""Every block of code of README.md and docs/ is run, or says beside it why not.

Blocks of Python run page by page in a folder of their own, those of YAML are studies or parts of
one, and those of the shell name commands, files, options and targets that exist.
"""

import functools
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, Workspace
from test_docs import PAGES

from lit.study.config import load_study
from lit.study.schema_text import schema

LANGUAGES = {"python", "yaml", "sh", "text", "json", "markdown", "mermaid"}
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.M | re.S)
NOT_RUN = re.compile(r"<!-- not run: (.+) -->\n\Z")
NAME = re.compile(r"# (\w+\.(?:py|yaml))\n")  # the first line of a block that is a file
LAST = {"results/README.md": "tests/check_quick_study.py"}  # after the quick study, in .ci/run
ELSEWHERE = {  # pages whose Python a test runs that looks at what comes of it
    "README.md": "tests/notebook/test_notebook.py",
    "docs/command-line.md": "tests/commands/test_command_line.py",
    "docs/data.md": "tests/data/test_own_data_page.py",
    "docs/extending.md": "tests/workflow/test_extensions.py",
    "docs/recorded.md": "tests/notebook/test_recorder.py",
    **LAST,
}


@dataclass(frozen=True)
class Block:
    """A block of code: its page and line, its language, its text, and why it is not run."""

    page: str
    line: int
    language: str
    text: str
    reason: str

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def blocks() -> Iterator[Block]:
    for path in PAGES:
        page = path.read_text()
        for found in FENCE.finditer(page):
            before = page[: found.start()]
            reason = NOT_RUN.search(before)
            line, name = before.count("\n") + 1, str(path.relative_to(ROOT))
            yield Block(name, line, found[2], found[3], reason[1] if reason else "")


BLOCKS = list(blocks())


def of(language: str, run: bool = True) -> list[Block]:
    return [block for block in BLOCKS if block.language == language and not (run and block.reason)]


def by_block(language: str):
    return pytest.mark.parametrize("block", of(language), ids=lambda block: block.place)


def test_every_block_says_its_language():
    assert not [block.place for block in BLOCKS if block.language not in LANGUAGES]


def test_few_blocks_are_not_run_and_each_says_why():
    assert len([block for block in BLOCKS if block.reason]) <= 5
    comments = sum(page.read_text().count("\n<!-- not run: ") for page in PAGES)
    assert comments == len([block for block in BLOCKS if block.reason]), "right above its block"


def test_no_page_of_docs_is_without_an_example():
    pages = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    assert not pages - {block.page for block in BLOCKS}


# YAML ---------------------------------------------------------------------------------------------

STUDY = {"study": "x", "seeds": [0, 1], "stream": {"k": 64}}
DIGITS, MLP = {"kind": "sklearn", "name": "digits"}, {"kind": "mlp", "hidden": [8]}
RESNET = {"kind": "torchvision", "name": "resnet18", "weights": "DEFAULT"}
KNOWN = {  # names that parts of a study use, and the page defines in words
    "photos": {"kind": "imagefolder", "path": "photos", "size": 32},
    **dict.fromkeys(["resnet", "lite"], RESNET),
    "encoder": {"kind": "transformers", "name": "models/minilm", "weights": "DEFAULT"},
    "linear": {"kind": "linear"},
    "tune": {"kind": "restart"},
}


def study_of(text: str) -> dict:
    """A whole study of a block: a part of one is merged into the least that it needs."""
    part = yaml.safe_load(text)
    if isinstance(part, list):
        part = {"arms": part}
    if not set(part) <= set(schema()["properties"]):
        part = {"datasets": part}
    if "study" in part:
        return part
    whole = STUDY | {"datasets": {}, "models": {}, "arms": []} | part
    for name in mentioned(whole, "of", "data", "target", "source"):
        whole["datasets"].setdefault(name, KNOWN.get(name, DIGITS))
    whole["datasets"] = whole["datasets"] or {"digits": DIGITS}
    first = next(iter(whole["datasets"]))
    named = mentioned(whole.get("analyses", {}), "arms", "reference") or ["a", "b"]
    least = [
        {"name": name, "target": first, "model": "mlp", "n": [0, 32]}
        for name in dict.fromkeys(named)
    ]
    whole["arms"] = whole["arms"] or least
    for name in mentioned(whole, "model", "backbones", "twins"):
        whole["models"].setdefault(name, KNOWN.get(name, MLP))
    if "tune" in mentioned(whole, "learner"):
        whole["learners"] = {"tune": KNOWN["tune"]}
    return whole


def mentioned(value, *keys: str) -> list[str]:
    """Names that a config gives under these keys, anywhere in it."""
    if isinstance(value, list):
        return [name for one in value for name in mentioned(one, *keys)]
    if not isinstance(value, dict):
        return []
    found = [
        name for key, one in value.items() if key not in keys for name in mentioned(one, *keys)
    ]
    for key in keys:
        named = value.get(key, [])
        found += [n for n in (named if isinstance(named, list) else [named]) if isinstance(n, str)]
    return found


@by_block("yaml")
def test_a_block_of_yaml_is_a_study_or_a_part_of_one(block):
    if block.page == "docs/recorded.md":  # tests/workflow/test_recorded.py writes its files first
        return
    load_study(study_of(block.text), block.place)


def test_a_misspelt_key_in_a_part_of_a_study_is_found():
    with pytest.raises(Exception, match="did you mean 'target'"):
        load_study(study_of("arms:\n  - {name: a, taget: digits, model: mlp, n: 4}"))


# the shell ----------------------------------------------------------------------------------------

OWN = {
    "mine.yaml",
    "study.yaml",
    "leaves.yaml",
    "STUDY.yaml",
    "backbones.yaml",
    "config/studies/NAME.yaml",
}
TARGETS = set(re.findall(r"^([\w./-]+):", (ROOT / "Makefile").read_text(), re.M))
RULES = {
    name
    for path in [ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk")]
    for name in re.findall(r"^rule (\w+):", path.read_text(), re.M)
}


def commands(text: str) -> Iterator[list[str]]:
    """The commands of a block, as words; settings of variables before one are left out."""
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        while words and re.match(r"\w+=", words[0]):
            words = words[1:]
        if words:
            yield words


def snakemake_wrong(words: list[str]) -> list[str]:
    """What a command of snakemake names that is not there: an option, a file, a target."""
    from snakemake.cli import get_argument_parser

    try:
        said = get_argument_parser().parse_args(words)
    except SystemExit:
        return ["an option that snakemake does not have"]
    files = [Path(str(file)) for file in said.configfile or []]
    missing = [str(f) for f in files if str(f) not in OWN and not (ROOT / f).exists()]
    profiles = [said.workflow_profile, *(said.profile or [])]
    missing += [name for name in profiles if name and not (ROOT / name).is_dir()]
    targets = [name for name in said.targets if name not in RULES and "/" not in name]
    return missing + targets


@functools.cache
def is_command_of_lit(name: str) -> bool:
    helped = [sys.executable, "-m", "lit", name, "--help"]
    return not subprocess.run(helped, cwd=ROOT, capture_output=True).returncode


def wrong_in(words: list[str]) -> list[str]:
    """What a command names that does not exist."""
    program, *rest = words
    if program == "make":
        return [word for word in rest if "=" not in word and word not in TARGETS]
    if program.endswith("snakemake"):
        return snakemake_wrong(rest)
    if program.endswith("python") and rest[:2] == ["-m", "lit"]:
        return [] if is_command_of_lit(rest[2]) else rest[2:3]
    if program.endswith("python"):
        return [word for word in rest if word.endswith(".py") and not (ROOT / word).exists()]
    return [] if words == ["source", ".venv/bin/activate"] else [program]


@by_block("sh")
def test_a_block_of_the_shell_names_what_exists(block):
    assert not [wrong for words in commands(block.text) for wrong in wrong_in(words)]


@pytest.mark.parametrize(
    "line",
    [
        "make tests",
        "snakemake --cores 2 --configfile config/none.yaml",
        "snakemake --core-s 2",
        "snakemake --cores 1 --configfile mine.yaml -- reports",
        "python -m lit chekc mine.yaml",
        "python docs/none.py",
        "snakemake --profile profiles/none",
        "curl example.org",
    ],
)
def test_a_command_that_is_wrong_is_found(line):
    (words,) = commands(line)
    assert wrong_in(words)


def test_studies_that_pages_check_are_right():
    checked = {
        words[-1] for block in of("sh") for words in commands(block.text) if "check" in words
    }
    for name in sorted(checked - OWN):
        load_study(yaml.safe_load((ROOT / name).read_text()), name)


# Python -------------------------------------------------------------------------------------------

ARRAYS = """
from sklearn.datasets import load_digits
x_all, y_all = load_digits(return_X_y=True)
x_all = (x_all / 16).astype("float32")
x, y, x_src, y_src = x_all[:96], y_all[:96], x_all[96:400], y_all[96:400]
"""
BEFORE = {  # what a page takes for granted
    "docs/faq.md": """
import lit
from lit.data.loaders import load_dataset
data = load_dataset({"kind": "sklearn", "name": "digits"})
warm = lit.code_stream(data, start=lit.train_source(data, n=512), k=256)
""",
    "docs/notebook.md": ARRAYS
    + """
import torch
def build(input_shape, classes):
    return torch.nn.Sequential(torch.nn.Linear(64, 16), torch.nn.ReLU(), torch.nn.Linear(16, classes))
net = build((64,), 10)
""",
}
AFTER = {  # uses what a page defines, as the page says
    "config/README.md": ARRAYS
    + """
import lit, my_module
images = x.reshape(-1, 1, 8, 8)
print(lit.code_stream(images, y, my_module.build, seeds=[0], learner="readout", classes=10).total)
"""
}
PYTHON = sorted({block.page for block in of("python")} - {*ELSEWHERE})
STUDIES = {"docs/models.md": "backbones.yaml", "docs/tutorial.md": "mine.yaml"}  # run, too
OWN_ALGORITHM = """
study: own
seeds: [[0, 1]]
stream: {k: 64, head: 64}
datasets: {digits: {kind: sklearn, name: digits}}
models: {linear: {kind: linear}}
sequences:
  two: {tasks: [{name: clean, data: digits, n: 64}, {name: noisy, data: digits, labels: {noise: 0.5}, n: 64}]}
algorithms: {gentle: {kind: python, factory: "my_module:gentle", options: {lr: 0.001, epochs: 3}}}
arms: [{name: own, sequence: two, algorithm: gentle, model: linear}]
"""


def test_pages_that_a_test_of_their_own_runs_are_read_there():
    for page, test in ELSEWHERE.items():
        assert page in (ROOT / test).read_text()


def write_files(page: str, folder: Path) -> None:
    """The blocks of a page that are files, which their first line names."""
    for block in BLOCKS:
        if block.page == page and (name := NAME.match(block.text)):
            (folder / name[1]).write_text(block.text)


def run(code: str, folder: Path) -> str:
    """What Python prints in a folder that has the published results, warnings being errors."""
    (folder / "results").mkdir(exist_ok=True)
    if not (folder / "results/published").exists():
        (folder / "results/published").symlink_to(ROOT / "results/published")
    (folder / "page.py").write_text(code)
    environment = Workspace(folder).environment() | {"PYTHONPATH": f"{folder}:{ROOT}"}
    command = [sys.executable, "page.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    assert not done.returncode, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=pytest.mark.slow if "tutorial" in page else pytest.mark.nightly)
        for page in PYTHON
    ],
)
def test_the_python_of_a_page_runs(page, tmp_path):
    write_files(page, tmp_path)
    code = [b.text for b in of("python") if b.page == page and not NAME.match(b.text)]
    if page in STUDIES:
        return run_study(page, tmp_path, code)
    if page == "docs/continual.md":
        return run_algorithm(tmp_path)
    run("\n".join([BEFORE.get(page, ""), *code, AFTER.get(page, "")]), tmp_path)


def run_study(page: str, folder: Path, code: list[str]) -> None:
    """A page that makes files, runs a study of them, and may read its tables."""
    (whole,) = [b.text for b in of("yaml") if b.page == page and b.text.count("study:")]
    (folder / "study.yaml").write_text(whole)
    run(code[0], folder)
    space = Workspace(folder)
    space.patience = 900
    space.snakemake()
    run("\n".join(code), folder)
    assert (folder / "results" / yaml.safe_load(whole)["study"] / "report/index.html").exists()


def run_algorithm(folder: Path) -> None:
    (folder / "study.yaml").write_text(OWN_ALGORITHM)
    Workspace(folder).snakemake("tables_all")
