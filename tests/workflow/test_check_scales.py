"""Before the first job: sources and targets that were each standardised by their own rows."""

import numpy as np
import pandas as pd
import pytest
from fakes import check_study, npz

ARM = {"name": "a", "model": "linear", "learner": "fast", "n": 64}


@pytest.fixture
def people(tmp_path, rng):
    """A table of old and young, as one file and as two."""
    old = np.arange(600) % 2
    frame = pd.DataFrame(
        {"age": rng.normal(30 + 20 * old, 5).round(), "height": rng.normal(170, 9, 600).round()}
    ).assign(old=old, ill=rng.choice(["no", "yes"], 600))
    frame.to_csv(tmp_path / "all.csv", index=False)
    for name, rows in frame.groupby("old"):
        rows.to_csv(tmp_path / f"{name}.csv", index=False)
    return tmp_path


def said(tiny, people, capsys, **entries):
    whole = {"kind": "table", "label": "ill", "drop": ["old"]}
    tiny["datasets"] = {
        name: whole | {"path": str(people / entry.pop("file"))} | entry
        for name, entry in entries.items()
    }
    tiny["arms"] = [ARM | {"source": "young", "target": "old"}]
    return check_study(tiny, people, capsys)


def test_two_files_scaled_each_by_itself_are_warned_of(tiny, people, capsys):
    found = said(tiny, people, capsys, young={"file": "0.csv"}, old={"file": "1.csv"})
    assert found.count("were standardised each by its own rows: of 'old', its column 'age'") == 1
    assert "(1 of 2 columns differ so)" in found
    assert "write both as rows: of one table" in found


def test_rows_of_one_table_or_files_scaled_beforehand_are_not(tiny, people, capsys):
    rows = [{"file": "all.csv", "rows": {"old": value}} for value in (0, 1)]
    found = said(tiny, people, capsys, young=rows[0], old=rows[1])
    assert "standardised each" not in found
    assert "read the same file" not in found
    bare = [{"file": f"{value}.csv", "scale": "none"} for value in (0, 1)]
    assert "standardised each" not in said(tiny, people, capsys, young=bare[0], old=bare[1])


def test_a_column_that_is_constant_in_one_part_is_no_other_scale(tiny, people, capsys):
    parts = [{"file": "all.csv", "rows": {"old": value}, "drop": ["height"]} for value in (0, 1)]
    found = said(tiny, people, capsys, young=parts[0], old=parts[1])
    assert "standardised each" not in found


def test_images_of_other_light_are_warned_of(tiny, tmp_path, capsys, rng):
    x = rng.integers(0, 100, (300, 3, 4, 4)).astype(np.uint8)
    y = np.arange(300) % 2
    tiny["datasets"] = {
        "old": npz(tmp_path, x, y, "a.npz", scale="standard"),
        "young": npz(tmp_path, x + 80, y, "b.npz", scale="standard"),
        "same": npz(tmp_path, x[::-1].copy(), y, "c.npz", scale="standard"),
    }
    for source, warned in (("young", True), ("same", False)):
        tiny["arms"] = [ARM | {"source": source, "target": "old"}]
        found = check_study(tiny, tmp_path / source, capsys)
        assert ("3 of 3 channels differ so" in found) == warned
