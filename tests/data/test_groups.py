"""Rows that belong together: a table's column of groups, in its file and in a seed's two parts."""

import numpy as np
import pandas as pd
import pytest
import torch

from lit.coding.coder import Coder, code_span
from lit.coding.merge import merge_spans, unite
from lit.data.loaders import load_dataset
from lit.data.overlap import row_hashes
from lit.errors import InputError
from lit.files import store
from lit.measures.samples import sample
from lit.training.start_states import examples_of
from lit.workflow.check_sides import check_sides


@pytest.fixture
def visits(rng, tmp_path):
    """Three visits of each of 60 patients; a row without a label, two without a pulse."""
    frame = pd.DataFrame({"patient": [f"p{i}" for i in range(60) for _ in range(3)]})
    frame["pulse"] = rng.normal(size=180)
    frame["ill"] = rng.choice(["yes", "no"], 180)
    frame.loc[7, "ill"] = None
    frame.loc[[3, 9], "pulse"] = np.nan
    frame.sample(frac=1, random_state=0).to_csv(tmp_path / "visits.csv", index=False)
    path = str(tmp_path / "visits.csv")
    spec = {"kind": "table", "path": path, "label": "ill", "groups": "patient"}
    return spec | {"missing": "mean"}, pd.read_csv(path)


def test_groups_are_those_of_the_rows_that_are_read(visits, tmp_path):
    spec, frame = visits
    for more in ({}, {"missing": "drop"}, {"examples": 100}, {"rows": {"ill": "yes"}}):
        data = load_dataset(spec | more)
        assert data.columns == ("pulse",), "a group is no input"
        patients = frame["patient"][data.rows].to_numpy()
        same = patients[:, None] == patients
        assert np.array_equal(data.groups[:, None] == data.groups, same)
    store.write(
        tmp_path / "a.h5",
        "dataset",
        {"x": data.x, "row_hash": row_hashes(data.x)} | data.labels_and_groups(),
        **data.about(),
        settings={"dataset": "a"},
        code="",
        inputs={},
        versions={},
    )
    read = store.read_dataset(tmp_path / "a.h5", "a")
    assert np.array_equal(read.groups, data.groups)
    stream, _ = examples_of(read, None, [0, 1], "front", torch.device("cpu"))
    source, _ = examples_of(read, None, [0, 1], "back", torch.device("cpu"))
    for coded, trained in zip(stream.index, source.index, strict=True):
        assert not {*read.groups[coded]} & {*read.groups[trained]}
    assert load_dataset({k: v for k, v in spec.items() if k != "groups"}).groups is None


def test_a_code_says_whose_rows_it_is_of(visits):
    """So that two seeds which code other visits of one patient are known to share the patient."""
    spec, _ = visits
    data = load_dataset(spec | {"missing": "mean"})
    said = "groups: 60 values of patient, none of which is both coded and trained on"
    assert said in data.notes
    kind, cpu = {"kind": "replay"}, torch.device("cpu")
    coder = Coder({"kind": "linear"}, data, None, "front", [0, 1], kind, None, "keep", cpu)
    blocks = [(0, 16), (16, 40)]
    codes = unite({"replay": merge_spans([code_span(coder, [one], one[1]) for one in blocks])})
    assert np.array_equal(codes["group"], data.groups[codes["index"]])
    found = sample(codes["bits/network"], codes["index"], blocks, group=codes["group"])
    each = [set(row) for row in codes["group"].tolist()]
    assert found.shared == pytest.approx(2 * len(each[0] & each[1]) / sum(map(len, each)))
    assert found.shared > sample(codes["bits/network"], codes["index"], blocks).shared


WRONG = {
    "no such column": ({"groups": "patients"}, r"groups: .*'patients'.*patient"),
    "the label": ({"groups": "ill"}, "groups: 'ill' is the label; name another column"),
    "a row each": (
        {"groups": "row"},
        "groups: column 'row' has 179 values in 179 rows, and groups",
    ),
    "an input too": (
        {"groups": "patient", "categories": ["patient"]},
        "categories: 'patient' is the column of groups, no input; take it out",
    ),
    "few": ({"groups": "half"}, "groups: column 'half' has 2 values in 179 rows"),
    "gaps": ({"groups": "pulse"}, "groups: column 'pulse' lacks 2 of 179 values, first in row"),
}


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG.keys())
def test_columns_that_make_no_groups_are_refused(change, message, visits):
    spec, frame = visits
    frame.assign(row=range(180), half=np.arange(180) % 2).to_csv(spec["path"], index=False)
    with pytest.raises(InputError, match=message):
        load_dataset(spec | {"drop": ["row", "half"]} | change)


def test_a_k_or_n_of_more_than_a_seed_deals_to_it_is_refused(visits):
    data = {"a": load_dataset(visits[0])}
    row = {"arm": "m", "target": "a", "labels": None, "source_dataset": "a", "source_labels": None}
    row |= {"before": [], "k": 60, "n": 110}
    seeds = [0, 1, 2]
    check_sides([row], data, seeds)
    check_sides([row | {"n": None}], data, seeds)
    with pytest.raises(InputError, match=r"arm 'm': k = 70, but data set 'a' comes in groups"):
        check_sides([row | {"k": 70}], data, seeds)
    with pytest.raises(InputError, match=r"deals to a source have 11\d examples .* write n at mo"):
        check_sides([row | {"n": 130}], data, seeds)
    earlier = {"dataset": "a", "labels": None, "n": 130}
    with pytest.raises(InputError, match="n = 130"):
        check_sides([row | {"before": [earlier]}], data, seeds)
