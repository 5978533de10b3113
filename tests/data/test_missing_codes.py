"""Numbers that stand for missing values are asked about, and others are not."""

import numpy as np
import pandas as pd
import pytest

from lit.data.loaders import load_dataset
from lit.data.missing_codes import missing_codes, say_codes


@pytest.mark.parametrize(
    ("column", "codes"),
    [
        ([0, 1, 2, 10, 98, 99], [98, 99]),
        ([0, 1, 2, 48, 99], [99]),
        ([0, 1, 2, 49, 97], []),  # no more than twice the largest of the others
        ([1.5, 2.0, 3.25, 9999], [9999]),
        ([0, 1, 2, -1], [-1]),
        ([0, 1, 2, -9, -1, 99], [-9, -1, 99]),
        ([-20, 0, 1, -9, -1], []),  # others are negative, too
        ([0, 1, -1], []),  # few others: -1 may be a class of its own
        ([40, 80, 97, 98, 99, 100, 101], []),
        ([], []),
    ],
)
def test_numbers_far_from_all_others_are_found(column, codes):
    assert missing_codes(np.array(column, float))[0] == codes


def test_the_line_says_what_to_write_and_that_is_read_as_gaps(tmp_path):
    frame = pd.DataFrame({"kids": [0, 1, 2, 10, 98, 99] * 10, "y": ["a", "b"] * 30})
    (said,) = say_codes([("kids", frame["kids"]), ("y", None)])
    assert said == (
        "gaps: kids has 98, 99 beside 0 to 10; if that stands for a missing value, write"
        " na_values: ['98', '99']."
    )
    frame.to_csv(tmp_path / "a.csv", index=False)
    spec = {"kind": "table", "path": str(tmp_path / "a.csv"), "label": "y"}
    found = load_dataset(spec | {"na_values": ["98", "99"], "missing": "indicator"})
    assert any("kids (20)" in note for note in found.notes)
