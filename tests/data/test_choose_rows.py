"""Rows of one table as data sets of their own, scaled and numbered as the whole."""

import re

import numpy as np
import pandas as pd
import pytest

from lit.data.choose_rows import never_both
from lit.data.loaders import load_dataset
from lit.errors import InputError

COUNT = 40
FRAME = pd.DataFrame(
    {
        "age": np.arange(COUNT) % 20 + 20.0,
        "city": ["Bern", "Basel", "Genf", "Bern"] * 10,
        "own": [True, False] * 20,
        "ill": ["no", "yes", "unsure", "no", "no"] * 8,
    }
)


@pytest.fixture(params=["csv", "parquet"])
def entry(request, tmp_path):
    """A function that makes an entry of the table, and loads it."""
    path = tmp_path / f"t.{request.param}"
    getattr(FRAME, f"to_{request.param}")(path, index=False)
    made = {"kind": "table", "path": str(path), "label": "ill", "columns": ["age", "city"]}
    return lambda rows, **more: load_dataset(made | {"rows": rows} | more, "datasets.d")


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        ({"city": "Bern"}, FRAME.city == "Bern"),
        ({"city": ["Bern", "Genf"]}, FRAME.city != "Basel"),
        ({"age": 23}, FRAME.age == 23),
        ({"age": {"from": 30}}, FRAME.age >= 30),
        ({"age": {"from": 25, "to": 30}, "city": "Bern"}, FRAME.age.between(25, 30) & (FRAME.city == "Bern")),
        ({"own": True}, FRAME.own),
        ({"ill": ["no", "unsure"]}, FRAME.ill != "yes"),
    ],
)  # fmt: skip
def test_rows_are_chosen_and_scaled_as_the_whole(entry, rows, chosen):
    found, whole = entry(rows), entry({"age": {"from": 0}})
    assert np.array_equal(found.x, whole.x[chosen])
    assert np.array_equal(found.y, whole.y[chosen])
    assert (found.columns, found.names, found.classes) == (whole.columns, whole.names, 3)
    assert len(whole.y) == COUNT
    assert abs(whole.x[:, 0].mean()) < 1e-6


def test_notes_say_which_rows_these_are(entry):
    notes = entry({"age": {"to": 30}, "city": ["Bern", "Basel"]}).notes
    assert notes[-1].endswith("rows are those of rows: {age: {to: 30}, city: [Bern, Basel]}")


def test_rows_without_a_value_are_left_out_and_no_input(tmp_path):
    path = tmp_path / "t.csv"
    FRAME.assign(age=FRAME.age.where(FRAME.age != 21)).to_csv(path, index=False)
    made = {"kind": "table", "path": str(path), "label": "ill", "missing": "mean"}
    found = load_dataset(made | {"rows": {"age": {"to": 25}}, "drop": ["age"]})
    assert len(found.y) == (FRAME.age.le(25) & FRAME.age.ne(21)).sum()
    assert not [name for name in found.columns if "age" in name]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"cty": "Bern"}, "rows: no column is named 'cty'; did you mean 'city'"),
        ({"city": "bern"}, "rows: city: no row has 'bern'; did you mean 'Bern'"),
        ({"city": "<= 3"}, r"rows: city: no row has '<= 3'; known: Basel, Bern, Genf$"),
        ({"city": {"from": 3}}, "rows: city holds texts such as 'Bern', which have no from"),
        (
            {"age": {"from": 99}},
            r"rows: no row has age: \{from: 99\}; it goes from 20 to 39, choose others",
        ),
        (
            {"age": 30, "city": "Basel"},
            "rows: no row has age: 30, city: Basel together; choose others",
        ),
    ],
)
def test_rows_that_are_not_there_are_named(entry, rows, message):
    with pytest.raises(InputError, match=message):
        entry(rows)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("<= 30", "to: 30"),
        ("<=30.5", "to: 30.5"),
        ("< 30", "to: 29"),
        ("≥ 30", "from: 30"),
        ("> 30", "from: 31"),
        ("25-30", "from: 25, to: 30"),
        ("30 to 25.5", "from: 25.5, to: 30"),
        ("-3..25", "from: -3, to: 25"),
    ],
)
def test_a_comparison_in_words_is_told_as_ends(entry, text, ends):
    said = re.escape(f"rows: age: no row has '{text}'; write age: {{{ends}}} (both included)")
    with pytest.raises(InputError, match=said):
        entry({"age": text})


def test_a_comparison_that_no_row_meets_has_no_ends(entry):
    with pytest.raises(InputError, match=r"no row has '< 20'; did you mean '20'"):
        entry({"age": "< 20"})


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ({"a": 0}, {"a": 1}, True),
        ({"a": 0}, {"a": [0, 1]}, False),
        ({"a": 0}, {"b": 1}, False),
        ({"a": 0}, None, False),
        ({"a": 0}, {"a": {"from": 0.5}}, True),
        ({"a": {"to": 3}}, {"a": [2, 9]}, False),
        ({"a": {"to": 3}}, {"a": "x"}, False),
        ({"a": {"to": 3}}, {"a": {"from": 3}}, False),
        ({"a": {"to": 3}}, {"a": {"from": 3.5, "to": 9}}, True),
        ({"a": 1, "b": "x"}, {"a": 1, "b": "y"}, True),
    ],
)
def test_parts_that_share_no_row_are_known(one, other, apart):
    assert never_both(one, other) == never_both(other, one) == apart
