"""Large studies: what parsing loads, how planning grows with the number of jobs, and what a dry run of 5,000 blocks takes."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import yaml
from conftest import ROOT, Workspace

from lit.study import schedule
from lit.study.config import load_study
from lit.workflow.forecast import forecast
from lit.workflow.plan import Plan
from lit.workflow.resources import memory_mb


def large(arms: int, seeds: int = 5, k: int = 65536) -> dict:
    """A study with this many arms that share nothing, a job a seed: with five seeds, 200 blocks an arm."""
    return {
        "study": "large",
        "seeds": list(range(seeds)),
        "stream": {"k": k},
        "datasets": {"data": {"kind": "npz", "path": "data.npz"}},
        "models": {f"m{i}": {"kind": "mlp", "hidden": [8 + i]} for i in range(arms)},
        "arms": [
            {"name": f"a{i}", "target": "data", "model": f"m{i}", "learner": "restart"}
            | {"n": [0, 256, 1024, 4096, 16384]}
            for i in range(arms)
        ],
    }


def test_what_every_job_imports_holds_no_torch_scipy_or_pandas():
    """The Snakefile is read again by every job of a cluster, twice."""
    code = (
        "import sys, lit, lit.study.config, lit.workflow.plan, lit.files.provenance, lit.workflow.resources\n"
        "assert not {'torch', 'scipy', 'pandas', 'sklearn', 'h5py'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=True,
    )


# Jobs by hand: data sets; features of 3 models and their twins on 2 data sets; M by seed; spans by run, learner and seed.
PAPER = {
    "language": {"prepare_dataset": 6, "train_source": 15 * 5, "code_block": 24 * 2 * 5 * 3},
    "finetune": {
        "prepare_dataset": 6,
        "extract_features": 3 * 2 * 2,
        "train_source": (3 * 3 * 2 + 1) * 10,
        "code_block": (12 * 2 + 19 * 2) * 10 * 4,
    },
}


@pytest.mark.parametrize("name", PAPER)
def test_studies_of_a_papers_size_are_planned_without_their_models(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = yaml.safe_load((ROOT / f"config/studies/{name}.yaml").read_text())
    settings = json.loads(Plan(load_study(config)).forecast_settings())
    table = forecast(settings, tmp_path).set_index("rule")
    assert table["left"].to_dict() == PAPER[name]
    said = (ROOT / "docs/scale.md").read_text().split("on paper\n")[-1]
    rows = [
        line for line in said.splitlines() if line.startswith(("| source jobs", "| block jobs"))
    ]
    column = [*PAPER].index(name) + 2
    jobs = [int(row.split("|")[column].replace(",", "").split()[0]) for row in rows]
    assert jobs == [PAPER[name][rule] for rule in ("train_source", "code_block")]


def steps_of(work) -> int:
    """Steps of Python's interpreter inside lit that some work takes."""
    steps = 0

    def count(frame, event, _):
        nonlocal steps
        if not frame.f_code.co_filename.startswith(str(ROOT / "lit")):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        steps += event == "opcode"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(before)
    return steps


def planning_steps(config: dict) -> tuple[int, int]:
    """Blocks of a study, and the steps that planning all of them takes."""
    plan = Plan(load_study(config))
    blocks = [
        (run, group, span)
        for run in plan.study.parts
        for group in plan.groups
        for span in plan.study.spans(run)
    ]
    plan.expected()  # code digests and models are found once, whatever the number of jobs

    def plan_all():
        for run, group, (start, stop) in blocks:
            plan.codes.block_inputs(run, group, start)
            plan.block_settings(run, group, start, stop)
            plan.codes.block_code(run)
            memory_mb(plan.study, 1)

    return len(blocks), steps_of(plan_all)


CHAINED = {"learner": "replay", "n": 0}
GROWTHS = {
    "arms": (lambda size: large(arms=size, seeds=1, k=4096), 1, 8),
    "seeds": (lambda size: large(arms=1, seeds=size, k=4096), 1, 8),
    "blocks of a chain": (
        lambda size: (
            large(arms=1, seeds=1)
            | {"stream": {"k": 100 * size, "head": 0, "blocks": [100 * i for i in range(1, size)]}}
            | {"arms": [{"name": "a", "target": "data", "model": "m0"} | CHAINED]}
        ),
        25,
        200,
    ),
}


@pytest.mark.parametrize("grown", GROWTHS)
def test_planning_a_block_costs_the_same_in_a_large_study(grown):
    """Steps a job do not grow with arms, seeds or blocks, so the whole is linear."""
    make, small, big = GROWTHS[grown]
    few, steps = planning_steps(make(small))
    many, more = planning_steps(make(big))
    assert many >= 7 * few
    assert more / many <= 1.05 * steps / few


def test_a_row_costs_the_same_in_a_large_study():
    """Tables, analyses, preflight and the forecast ask for every row; so their whole is linear."""
    steps = {}
    for arms in (2, 16):
        beside = {"beside": {"kind": "compare"}}
        plan = Plan(load_study(large(arms=arms, seeds=1, k=4096) | {"analyses": beside}))
        plan.expected()
        ask = (plan.table_settings, plan.check_settings, plan.forecast_settings)
        steps[arms] = steps_of(
            lambda a=ask, p=plan: [f() for f in a] + [p.analysis_settings("beside")]
        )
    assert steps[16] <= 1.05 * 8 * steps[2]


def test_a_schedules_ends_are_found_once_whatever_the_number_of_jobs(monkeypatch):
    found = 0
    ends = schedule.Schedule._ends

    def counted(self):
        nonlocal found
        for end in ends(self):
            found += 1
            yield end

    monkeypatch.setattr(schedule.Schedule, "_ends", counted)
    cuts = schedule.Schedule(first_block=1, growth=1.0001, head=0)
    for start, stop in cuts.jobs(2000):
        assert cuts.blocks_of(start, stop) == [(start, stop)]
        assert cuts.next_end(stop) == stop + 1
    assert found <= 2001


# A process counts the memory of the one that started it as its own, so a small one stands between the tests and the command.
MEASURED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stderr=subprocess.STDOUT).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


@pytest.mark.nightly
def test_a_dry_run_of_5000_blocks_stays_under_a_gibibyte(tmp_path):
    space = Workspace(tmp_path)
    config = large(arms=25)
    np.savez(tmp_path / "data.npz", x=np.zeros((2, 1)), y=np.arange(2))
    space.write(config)
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *space.command("--dry-run")],
        cwd=tmp_path, env=space.environment(), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
    assert "code_block 5000" in " ".join(done.stdout.split())
    assert int(done.stdout.split()[-1]) < 2**20  # KiB: the whole is one process
