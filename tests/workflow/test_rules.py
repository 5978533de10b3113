"""A test a rule: what its jobs read and write, and that rules and results/README.md say so."""

import re

import pytest
from conftest import ROOT, Workspace
from test_edits import STUDY

import lit

# What a rule's jobs read and write, by folder of the study's results.
RULES = {
    "prepare_dataset": (set(), {"data"}),
    "view_dataset": ({"data"}, {"views"}),
    "extract_features": ({"data"}, {"features"}),
    "train_source": ({"data"}, {"models"}),
    "train_task": ({"views", "models"}, {"models"}),
    "code_block": ({"data", "views", "features", "models", "blocks"}, {"blocks"}),
    "merge_blocks": ({"data", "views", "features", "models", "blocks"}, {"codelengths"}),
    "read_recording": (set(), {"codelengths"}),
    "decode_run": ({"data", "views", "features", "models", "blocks"}, {"audit"}),
    "measure_transfer": ({"data", "views", "features", "models", "codelengths"}, {"tables"}),
    "write_tex": ({"tables"}, {"tex"}),
    "write_report": ({"tables"}, {"report"}),
    "publish": ({"tables", "tex", "figures", "report"}, {"published"}),
    "plan": (set(), set()),
    "audit": ({"audit"}, set()),
}
SPLIT = (ROOT / "workflow_scripts/plot_figure.py").exists()  # one rule draws all figures
if SPLIT:
    RULES["analyse"] = ({"data", "models", "codelengths"}, {"tables"})
    RULES["plot_figure"] = ({"tables"}, {"figures"})
else:
    RULES["analyse"] = ({"data", "models", "codelengths"}, {"tables", "figures"})
    RULES["plot_bits_per_label"] = RULES["plot_information_transfer"] = ({"tables"}, {"figures"})
TARGETS = ("codelengths_all", "tables_all", "figures_all", "features_all", "report", "publish")
TARGETS += ("plan", "audit")
RECORDS = ("logs", "benchmarks")
CHECKED = {"data/checked.json", "data/origin.json"}  # written by the check before the first job
DOCSTRING = re.compile(r'^rule (\w+):\n    """\n(.*?)    """\n', re.MULTILINE | re.DOTALL)


def planned_jobs(space, *arguments):
    """Jobs of a dry run of everything, as (rule, paths that it reads, paths that it writes)."""
    out = space.snakemake("--dry-run", "--forceall", *arguments).stdout
    jobs = []
    for rule, about in re.findall(r"^(?:local)?rule (\w+):\n((?:    .*\n)+)", out, re.MULTILINE):
        said = dict(re.findall(r"^    (input|output): (.*)$", about, re.MULTILINE))
        paths = [
            [path for path in said.get(role, "").split(", ") if path]
            for role in ("input", "output")
        ]
        jobs.append((rule, *paths))
    return jobs


@pytest.fixture(scope="module")
def jobs(tmp_path_factory):
    """Jobs of two studies that have every rule, one of recorded runs; nothing is run."""
    space = Workspace(tmp_path_factory.mktemp("rules"))
    space.write(STUDY | {"stream": {"k": 64, "first_block": 16, "head": 16}})
    recorded = Workspace(tmp_path_factory.mktemp("recorded"))
    with lit.record(recorded.folder / "m.h5", run="r", start="m", seed=0, classes=2) as recorder:
        recorder.add([1.0])
    arm = {"name": "a", "recorded": "m.h5"}
    recorded.write({"study": "tiny", "seeds": [0], "arms": [arm]})
    found = planned_jobs(space, "--config", "decode=true", "--", *TARGETS)
    return found + planned_jobs(recorded, "--", "codelengths_all")


def within(path):
    """A path within the results of its study; of a published folder, as it is."""
    return re.sub(r"^results/(all|tiny)/|^results/(?=published/)", "", path)


def folders(paths):
    return {within(path).split("/")[0] for path in paths}


def pattern(written):
    """The paths that a pattern such as ``models/<source>/seeds-<group>.h5`` stands for."""
    escaped = re.escape(written.removeprefix("results/").rstrip("/")).replace(r"\*", "[^/]+")
    return re.compile(re.sub(r"<\w+>", "[^/]+", escaped) + r"/?$")


def patterns(texts):
    """Patterns of paths; one that is a suffix goes with the one before."""
    found = []
    for text in texts:
        suffix = text.removeprefix("*")
        if suffix.startswith(".") and found:
            found.append(found[-1].rpartition(".")[0] + suffix)
        elif "/" in text:
            found.append(text)
    return [pattern(text) for text in found]


@pytest.mark.parametrize("rule", RULES)
def test_a_rules_jobs_read_and_write_what_they_should(jobs, rule):
    mine = [job for job in jobs if job[0] == rule]
    assert mine
    reads, writes = RULES[rule]
    assert folders(path for _, paths, _ in mine for path in paths) == reads
    assert folders(path for _, _, paths in mine for path in paths) == writes


def test_no_rule_is_left_out(jobs):
    bodies = "\n".join(path.read_text() for path in (ROOT / "rules").glob("*.smk"))
    scripts = re.findall(r'script:\n        "../workflow_scripts/(\w+)\.py"', bodies)
    unmeasured = {"plot_memorised_information"}  # the study does not measure it
    assert set(scripts) - unmeasured == set(RULES)
    assert {rule for rule, _, _ in jobs} - set(TARGETS) <= set(RULES) | {"all"}


def test_the_readme_of_results_names_every_file_and_the_rule_that_makes_it(jobs):
    rows = re.findall(
        r"^\| (`.*?) \| (.*?) \|", (ROOT / "results/README.md").read_text(), re.MULTILINE
    )
    made = [(patterns(re.findall(r"`(.*?)`", files)), by) for files, by in rows]
    for rule, _, outputs in jobs:
        rules = {rule, "plot_*"} if rule.startswith("plot_") else {rule}
        for path in outputs:
            if rule == "publish":
                continue
            names = [by for found, by in made if any(p.match(within(path)) for p in found)]
            assert any(name in by for name in rules for by in names), (rule, path)


def docstrings():
    texts = [path.read_text() for path in (ROOT / "rules").glob("*.smk")]
    return dict(DOCSTRING.findall("\n".join([*texts, (ROOT / "Snakefile").read_text()])))


def test_docstrings_of_rules_name_what_they_make(jobs):
    said = docstrings()
    assert set(said) >= {"all", "prepare_dataset", "train_task", "code_block", "decode_run", "plan"}
    for rule, _, outputs in jobs:
        if rule in said:
            named = patterns(re.findall(r"``(.*?)``", said[rule]))
            for path in outputs:
                assert any(p.match(within(path)) for p in named), (rule, path)


def test_docstrings_of_rules_say_when_they_rerun():
    for rule, text in docstrings().items():
        assert re.search(r"\b[Rr]e?runs\s+when\b|\bRuns\s+when\b|\bTarget:", text), rule


def test_a_finished_study_holds_what_its_rules_write_and_nothing_else(done):
    written = {within(path) for _, _, paths in planned_jobs(done) for path in paths}
    root = done.folder / "results/tiny"
    there = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    kept = {path for path in there if path.split("/")[0] not in RECORDS}
    assert {path for path in kept if ".snakemake_timestamp" not in path} - CHECKED == written
    for rule in {rule for rule, _, _ in planned_jobs(done)} - {"all"}:
        assert any((root / "logs" / rule).rglob("*.log")), rule
