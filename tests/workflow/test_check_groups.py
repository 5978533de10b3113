"""Rows that belong together, such as several of one person, are found by their labels."""

import numpy as np
import pandas as pd
import pytest

from lit.data.loaders import load_dataset
from lit.workflow.check_groups import find_groups
from lit.workflow.check_order import warn_of_rows_together

PEOPLE, WAVES = 200, 5


@pytest.fixture
def panel(rng):
    """A trade of four that a person seldom changes; wage and person are those of the row."""
    person = np.repeat(rng.permutation(1000)[:PEOPLE], WAVES)
    trade = np.repeat(rng.integers(0, 4, PEOPLE), WAVES)
    moved = rng.random(len(trade)) < 0.2
    trade[moved] = rng.integers(0, 4, moved.sum())
    wage = rng.integers(100, 300, len(trade)) + 40 * trade  # tells the trade, as a trait does
    return pd.DataFrame({"person": person, "wage": wage, "trade": trade})


@pytest.mark.parametrize("texts", [False, True])
def test_rows_of_one_person_are_found_by_number_and_by_name(panel, texts):
    frame = panel.drop(columns="trade")
    if texts:
        frame["person"] = "p" + frame["person"].astype(str)
    (found,) = find_groups(frame, panel["trade"].to_numpy())
    assert (found.column, found.values) == ("person", PEOPLE)
    assert found.within > 0.6 > 0.35 > found.between
    assert found.numbers != texts


def test_what_people_have_in_common_is_no_group(rng, panel):
    """Traits, as numbers, fractions and few texts; labels of no person; a row a person."""
    trade = panel["trade"].to_numpy()
    traits = pd.DataFrame(
        {
            "wage": panel["wage"],
            "share": trade + rng.integers(0, 9, len(trade)) / 64,
            "town": trade // 2,
            "told": rng.random(len(trade)) < 0.5,
            "row": rng.permutation(len(trade)),
            "gap": np.nan,
        }
    )
    assert find_groups(traits, trade) == []
    assert find_groups(panel[["person"]], rng.permutation(trade)) == []


def test_persons_are_found_by_a_rare_label_that_stays(rng):
    """One in 16 is ill, mostly in all years: pairs of two labels are rare, within and between."""
    person = np.repeat(np.arange(500), 8)
    ill = np.repeat(rng.random(500) < 1 / 16, 8) ^ (rng.random(4000) < 0.02)
    (found,) = find_groups(pd.DataFrame({"person": person}), 1 * ill)
    assert found.within - found.between < 0.1
    assert find_groups(pd.DataFrame({"person": person}), rng.permutation(1 * ill)) == []


def test_a_number_whose_labels_jump_is_a_code(rng, tmp_path, caplog):
    """Of 3,000 rows each of 40 schools has its own share; age is a quantity of as many values."""
    school, age = rng.integers(1, 41, 3000), rng.integers(20, 60, 3000)
    share = rng.permutation(np.linspace(0.05, 0.95, 40))[school - 1]
    frame = pd.DataFrame({"school": school, "age": age, "trade": 1 * (rng.random(3000) < share)})
    said = warned(frame, tmp_path, caplog)
    assert "rows of one 'school' (40 values) have one label in" in said
    assert "write categories: [school] or, where new examples come from other places, " in said
    assert warned(frame, tmp_path, caplog, spec={"categories": ["school"]}) == ""
    assert warned(frame, tmp_path, caplog, spec={"drop": ["school"]}) == ""
    older = frame.assign(trade=1 * (rng.random(3000) < (age - 20) / 40))
    assert warned(older, tmp_path, caplog) == "", "neighbours in age are alike"
    texts = frame.assign(school="s" + frame["school"].astype(str))
    assert warned(texts, tmp_path, caplog) == "", "these are categories already"


def test_a_number_that_rows_are_listed_by_is_found_by_small_differences(rng):
    """Few are insured, and in one commune somewhat more than in the next; a number that goes up
    along the rows, such as a year, is found by nothing."""
    commune = np.repeat(rng.permutation(1000), 60)
    insured = 1 * (rng.random(60000) < rng.uniform(0.05, 0.4, 1000)[commune])
    frame = pd.DataFrame({"commune": commune})
    (found,) = find_groups(frame, insured)
    assert found.code
    assert found.within - found.between < 0.1 * (1 - found.between)
    mixed = rng.permutation(60000)
    assert find_groups(frame.iloc[mixed], insured[mixed]) == []
    assert find_groups(frame, rng.permutation(insured)) == []
    year = np.repeat(np.arange(1000), 60)
    rising = 1 * (rng.random(60000) < np.linspace(0.05, 0.4, 1000)[year])
    assert find_groups(pd.DataFrame({"year": year}), rising) == []


def test_columns_that_the_entry_drops_need_not_be_readable(panel, tmp_path, caplog):
    days = pd.date_range("2024-01-01", periods=len(panel)).strftime("%Y-%m-%d")
    odd = ["1"] * (len(panel) - 1) + ["one"]
    frame = panel.assign(day=days, odd=odd, comma="1,5")
    said = warned(frame, tmp_path, caplog, spec={"drop": ["day", "odd", "comma"]})
    assert "rows of one 'person'" in said


def test_more_counts_than_there_is_room_for_are_not_made(panel, monkeypatch):
    monkeypatch.setattr("lit.workflow.check_groups.CELLS", 4 * PEOPLE - 1)
    assert find_groups(panel[["person"]], panel["trade"].to_numpy()) == []


def warned(frame, folder, caplog, **changes):
    frame.to_csv(folder / "panel.csv", index=False)
    spec = {"kind": "table", "path": str(folder / "panel.csv"), "label": "trade"}
    spec |= changes.pop("spec", {})
    data = {"panel": load_dataset(spec)}
    row = {"target": "panel", "source_dataset": "panel", "n": 64} | changes
    data["other"] = data["panel"]
    caplog.clear()
    with caplog.at_level("WARNING", logger="lit"):
        warn_of_rows_together([row], data, {"panel": spec, "other": spec}, {n: n for n in data})
    return caplog.text.strip()


def test_groups_are_warned_of_with_the_remedy(panel, tmp_path, caplog):
    said = warned(panel, tmp_path, caplog)
    assert "data set 'panel': rows of one 'person' (200 values) have one label in" in said
    assert "with rows of the next one in" in said
    assert said.endswith(
        "whom M recognises in the stream. If they are, write groups: person, which is then no"
        " input; if it is a trait, leave it (docs/data.md, Rows that belong together)"
    )
    assert warned(panel, tmp_path, caplog, spec={"groups": "person"}) == "", "it is done"
    assert "rows of one 'person'" in warned(panel, tmp_path, caplog, spec={"drop": ["person"]})
    named = panel.assign(person="p" + panel["person"].astype(str))
    said = warned(named, tmp_path, caplog, spec={"drop": ["person"]})
    assert "of their pairs, with all rows in" in said
    part = {"drop": ["person"], "rows": {"trade": [0, 1, 2, 3]}, "examples": 600}
    assert "rows of one 'person'" in warned(panel, tmp_path, caplog, spec=part)


def test_groups_that_are_not_both_coded_and_trained_on_are_not_warned_of(panel, tmp_path, caplog):
    assert warned(panel, tmp_path, caplog, n=0) == ""
    assert warned(panel, tmp_path, caplog, source_dataset="other") == ""


def test_real_valued_targets_have_groups_too(rng, panel, tmp_path, caplog):
    size = np.repeat(rng.normal(170, 10, PEOPLE), WAVES) + rng.normal(0, 1, len(panel))
    frame = panel.assign(trade=size.round(2))
    spec = {"drop": ["person"], "bins": {"width": 1}}
    assert "rows of one 'person'" in warned(frame, tmp_path, caplog, spec=spec)


def test_a_parquet_file_is_read_too(panel, tmp_path, caplog):
    panel.index = np.arange(len(panel))[::-1] + 7  # pandas' own, which the file keeps
    panel.to_parquet(tmp_path / "panel.parquet")
    spec = {"path": str(tmp_path / "panel.parquet"), "drop": ["person"]}
    assert "rows of one 'person'" in warned(panel, tmp_path, caplog, spec=spec)
