"""What may be wrong with a data set by itself is kept with it, and so stands in the report."""

import numpy as np
import pandas as pd

from lit.data.loaders import load_dataset
from lit.workflow.check_data import data_warnings


def said_of(frame, folder, **options):
    frame.to_csv(folder / "a.csv", index=False)
    spec = {"kind": "table", "path": str(folder / "a.csv"), "label": "y"} | options
    return data_warnings(load_dataset(spec), spec)


def test_leaks_groups_and_copies_are_told(rng, tmp_path):
    person = np.repeat(np.arange(100), 4)
    label = rng.integers(0, 2, 100)[person] ^ (rng.random(400) < 0.1)
    frame = pd.DataFrame({"x": rng.normal(size=400), "person": person, "y": label})
    groups, *others = said_of(frame, tmp_path)
    assert groups.startswith("rows of one 'person' (100 values) have one label in")
    assert others == []
    assert said_of(frame, tmp_path, groups="person") == []
    telling = frame.assign(made=frame["y"] + 0.1 * rng.random(400))
    assert said_of(telling, tmp_path, groups="person")[0].startswith("input 'made' alone tells")
    twice = pd.concat([frame, frame]).drop(columns="person")
    runs, copied = said_of(twice, tmp_path)
    assert runs.startswith("labels lie in "), "persons are still behind each other"
    assert copied.startswith("400 of 800 examples repeat another, inputs and label")


def test_what_repeats_by_design_is_no_copy():
    spec = {"kind": "lookup", "symbols": 8, "classes": 2, "examples": 512, "seed": 0}
    assert data_warnings(load_dataset(spec), spec) == []
