"""What a study will cost: examples counted from names, seconds from records of earlier jobs."""

import json

import pandas as pd
import pytest

from lit.study.config import load_study
from lit.study.schedule import Schedule
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


def test_records_of_finished_jobs_foretell_the_rest(tmp_path, tiny, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = Plan(load_study(tiny | {"seeds": [0, 1, 2]}))

    def table():
        return forecast(json.loads(plan.forecast_settings()), tmp_path / "results").set_index(
            "rule"
        )

    assert table()["seconds"].isna().all()
    assert "without a record" in as_text(table().reset_index(), 2)
    sources = [
        plan.paths.source(source, group) for source in plan.study.sources for group in plan.groups
    ]
    record = tmp_path / plan.paths.benchmark(
        "train_source", f"{next(iter(plan.study.sources))}/seeds-0"
    )
    for path in (tmp_path / sources[0], record):
        path.parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / sources[0]).touch()
    pd.DataFrame({"s": [12.5]}).to_csv(record, sep="\t", index=False)
    found = table().loc["train_source"]
    assert (found["finished"], found["left"], found["examples"]) == (1, 2, 2 * 64)
    assert found["seconds"] == pytest.approx(25.0)
    assert found["by"] == "2 by data set, model and learner"
