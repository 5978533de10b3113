"""Which of the three codes a study shows first."""

import pytest

from lit.study.config import load_study
from lit.workflow.plan import Plan

CHAIN = {"kind": "markov", "order": 1, "symbols": 4, "length": 8, "examples": 100}
WINDOWS = {"kind": "npz", "path": "none.npz", "labels": "next", "vocabulary": 4}
SMALL = {"kind": "transformer", "width": 8, "layers": 1, "heads": 2}
LOOKUP = {"kind": "lookup", "symbols": 8, "classes": 2, "examples": 100}


def study(*targets, **options):
    return load_study(
        {
            "study": "headline",
            "seeds": [[0, 1, 2]],
            "stream": {"k": 16},
            "datasets": {"chain": CHAIN, "lookup": LOOKUP, "windows": WINDOWS},
            "models": {"chain": SMALL, "windows": SMALL, "lookup": {"kind": "linear"}},
            "arms": [{"name": name, "target": name, "model": name, "n": 8} for name in targets],
        }
        | options
    )


@pytest.mark.parametrize(
    ("targets", "options", "code"),
    [
        (["lookup"], {}, "architecture"),
        (["chain"], {}, "shortest"),
        (["windows"], {}, "shortest"),
        (["lookup", "chain"], {}, "shortest"),
        (["chain"], {"code": "network"}, "network"),
        (["lookup"], {"code": "shortest"}, "shortest"),
    ],
)
def test_next_tokens_are_shown_by_the_code_that_has_counts(targets, options, code):
    found = study(*targets, **options)
    assert {row.learner for row in found.rows} == {
        "replay+readout" if name == "lookup" else "replay+counts" for name in targets
    }
    jobs = Plan(found)
    assert jobs.results.table_settings()["code"] == code
    assert jobs.codes.decode_settings(next(iter(found.coded)), "0-2")["code"] == code
