"""What result files have to hold, and that the documentation says so."""

from pathlib import Path

import numpy as np
import pytest

from lit.files import result_files

README = Path(__file__).parents[2] / "results" / "README.md"


@pytest.mark.parametrize("kind", result_files.KINDS)
def test_the_documentation_has_the_table_of_each_kind(kind):
    assert result_files.describe(kind) in README.read_text(), (
        "put describe()'s text into the README"
    )


def test_a_row_is_needed_or_may_be_absent():
    data = {"x": np.zeros((3, 4)), "y": np.arange(3), "row_hash": np.arange(3)}
    assert result_files.complaint("dataset", data) == ""
    assert result_files.complaint("dataset", data | {"head/bias": np.zeros(2)}) == ""
    assert (
        result_files.complaint("dataset", {"x": data["x"], "y": data["y"]}) == "row_hash is missing"
    )
    assert "has shape (4,)" in result_files.complaint("dataset", data | {"y": np.arange(4)})
    assert result_files.complaint("dataset", data | {"y": np.zeros(3)}).endswith("integers belong")
    assert result_files.complaint("a kind without a table", {}) == ""


def test_sizes_of_one_letter_are_alike_in_all_arrays_of_a_name_with_a_star():
    source = {
        "index": np.zeros((2, 5), int),
        "label": np.zeros((2, 5), int),
        "bits": np.zeros((2, 5)),
        "accuracy": np.zeros(2),
        "scale": np.ones(2),
        "state/weight": np.zeros((2, 3, 4)),
        "classes": np.array(3),
    }
    assert result_files.complaint("source", source) == ""
    other = result_files.complaint("source", source | {"state/bias": np.zeros((3, 4))})
    assert other.startswith("state/bias has shape (3, 4), where (S, ...)")
