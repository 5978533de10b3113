"""What a study will cost: examples counted from names, seconds from records of earlier jobs."""

import json

import numpy as np
import pandas as pd
import pytest
from fakes import npz

from lit.files import store
from lit.study.config import load_study
from lit.study.schedule import Schedule
from lit.workflow.expected_files import expected_files
from lit.workflow.forecast import as_text, expected_seconds, forecast, job_of
from lit.workflow.plan import Plan


def test_examples_of_jobs_by_their_names():
    schedule, learners = (
        Schedule(first_block=32, head=128),
        {"restart": "restart", "mine": "replay"},
    )

    def examples(rule, name):
        return job_of(rule, name, schedule, learners).examples

    assert examples("train_source", "digits--true--mlp--n256--early/seeds-0-4") == 5 * 256
    assert examples("train_source", "digits--true--mlp--pretrained--early/seeds-3") == 0
    assert examples("code_block", "digits--true--mlp--restart--theta0/seeds-0+2/0-128") == 2 * (
        0 + 32 + 64
    )
    assert examples("code_block", "digits--true--mlp--restart--theta0/seeds-7/128-256") == 128
    assert examples("code_block", "digits--true--mlp--mine--theta0/seeds-7/128-256") == 128
    assert (
        job_of("code_block", "digits--true--mlp--other--theta0/seeds-7/128-256", schedule, learners)
        is None
    )


def test_seconds_are_a_start_and_a_rate():
    assert expected_seconds(400, [(100, 5.0), (200, 7.0), (300, 9.0)]) == pytest.approx(11.0)
    assert expected_seconds(400, [(100, 5.0)]) >= 5.0
    assert expected_seconds(50, [(100, 6.0), (300, 2.0)]) == pytest.approx(4.0), (
        "no job gets quicker by being larger"
    )


def fabricate(plan, paths):
    """Files that say that they were made as the study asks for; data come first."""
    for file in expected_files(plan, paths):
        about = {"settings": file.settings, "code": file.code}
        store.write(file.path, file.kind, {}, **about, inputs=store.digests(file.inputs))


def test_records_of_finished_jobs_foretell_the_rest(tmp_path, tiny, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = Plan(load_study(tiny | {"seeds": [0, 1, 2]}))

    def table():
        return forecast(json.loads(plan.forecast_settings()), tmp_path / "results").set_index(
            "rule"
        )

    assert table()["seconds"].isna().all()
    first = as_text(table().reset_index(), 2)
    assert "core time" not in first
    assert "unknown" not in first
    assert first.endswith(
        "How long they take is not known before such jobs have run here: run a job of each kind, or"
        " a smaller study, and ask again."
    )
    sources = [
        plan.paths.source(source, group) for source in plan.study.sources for group in plan.groups
    ]
    record = tmp_path / plan.paths.times(
        "train_source", f"{next(iter(plan.study.sources))}/seeds-0"
    )
    record.parent.mkdir(parents=True)
    fabricate(plan, [*plan.data.files(), sources[0]])
    pd.DataFrame({"s": [12.5]}).to_csv(record, sep="\t", index=False)
    found = table().loc["train_source"]
    assert (found["finished"], found["left"], found["examples"]) == (1, 2, 2 * 64)
    assert found["seconds"] == pytest.approx(25.0)
    assert found["by"] == "data set, model and learner (2)"
    assert "nothing known (" in as_text(table().reset_index(), 2)
    done = table().reset_index().assign(left=0, seconds=0.0)
    assert as_text(done, 2).endswith("Nothing is left to run.")


def test_nothing_is_foretold_by_jobs_of_another_model(tmp_path, tiny, monkeypatch):
    """A transformer's job can take a hundred times an MLP's; of data there is one kind of job."""
    monkeypatch.chdir(tmp_path)
    plan = Plan(load_study(tiny))
    (name,) = tiny["models"]
    for rule, job, _, *_ in json.loads(plan.forecast_settings())["jobs"]:
        record = tmp_path / plan.paths.times(rule, job)
        record.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame({"s": [2.0]}).to_csv(record, sep="\t", index=False)
    arms = [arm | {"model": "large"} for arm in tiny["arms"]]
    other = tiny | {"models": {"large": tiny["models"][name]}, "arms": arms, "study": "other"}
    other["datasets"] = {"more": tiny["datasets"]["digits"]}
    for arm in arms:
        arm["target"] = "more"
    settings = json.loads(Plan(load_study(other)).forecast_settings())
    table = forecast(settings, tmp_path / "results").set_index("rule")
    assert table.loc["prepare_dataset", ["seconds", "by"]].tolist() == [2.0, "rule (1)"]
    assert table.loc[["train_source", "code_block"], "seconds"].isna().all()


def left(plan, folder):
    """Jobs to run by rule."""
    table = forecast(json.loads(plan.forecast_settings()), folder / "results")
    return dict(zip(table["rule"], table["left"], strict=True))


def test_stale_files_are_to_be_made_and_what_follows_from_them(tmp_path, tiny, monkeypatch, rng):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".snakemake").mkdir()
    x, y = rng.normal(0, 1, (400, 4)), np.arange(400) % 10
    tiny["datasets"]["digits"] = npz(tmp_path, x, y)
    plan = Plan(load_study(tiny))
    paths = [path for _, _, path in plan.computing()]
    fabricate(plan, paths)
    jobs = {"prepare_dataset": 1, "train_source": 1, "code_block": len(paths) - 2}
    assert left(plan, tmp_path) == dict.fromkeys(jobs, 0)
    tiny["training"]["epochs"] = 6
    warm = len([path for path in paths if "/blocks/" in path and "from.n64" in path])
    changed = Plan(load_study(tiny))
    assert left(changed, tmp_path) == {"prepare_dataset": 0, "train_source": 1, "code_block": warm}
    npz(tmp_path, x + 1, y)
    assert left(Plan(load_study(tiny)), tmp_path) == jobs
    fabricate(Plan(load_study(tiny)), paths[:1])
    assert left(Plan(load_study(tiny)), tmp_path) == jobs | {"prepare_dataset": 0}
    (tmp_path / paths[0]).write_bytes(b"damaged")
    assert left(Plan(load_study(tiny)), tmp_path) == jobs


@pytest.mark.parametrize(
    "epochs", [pytest.param(5, marks=pytest.mark.nightly), pytest.param(6, marks=pytest.mark.slow)]
)
def test_the_plan_says_what_a_run_does(done, tiny, epochs):
    """After a change of settings; and no report is called current by a target that makes none."""
    tiny["learners"]["fast"]["epochs"] = epochs
    done.write(tiny)
    said = done.snakemake("plan").stdout
    planned = done.planned()
    for rule in ("prepare_dataset", "train_source", "code_block"):
        counts = next(line for line in said.splitlines() if line.startswith(rule)).split()
        assert int(counts[2]) == planned.get(rule, 0)
    assert "Report: " not in said
    if epochs == 5:
        (done.folder / "results/tiny/report/index.html").unlink()
        assert "Report: results/tiny/report/index.html" in done.snakemake("report").stdout
