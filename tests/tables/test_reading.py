"""Tables of ours, and of users' own analyses, as they come back from their CSV files."""

import pandas as pd
import pytest

from lit.tables.reading import COUNTS, read_table

OTHERS = {
    "fractions": [0.5, 1.0, None],
    "infinite": [1.0, float("inf"), 2.0],
    "huge": [1.0, 1e300, 2.0],
    "names": ["1", "b", None],
    "truth": [True, False, True],
}


def written_and_read(path, **columns):
    pd.DataFrame(columns).to_csv(path, index=False)
    return read_table(path)


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("kind", OTHERS)
def test_a_users_column_that_is_called_like_a_count_is_read_as_it_is(tmp_path, name, kind):
    table = written_and_read(tmp_path / "own.csv", **{name: OTHERS[kind], "value": [1, 2, 3]})
    pd.testing.assert_series_equal(table[name], pd.Series(OTHERS[kind]), check_names=False)


@pytest.mark.parametrize("values", [[0, 64, None], [3.0, 2.0, 1.0], [None, None, None], []])
@pytest.mark.parametrize("name", COUNTS)
def test_counts_are_whole_numbers_where_there_are_any(tmp_path, name, values):
    table = written_and_read(tmp_path / "t.csv", **{name: values, "arm": ["a"] * len(values)})
    pd.testing.assert_series_equal(table[name], pd.Series(values, dtype="Int64"), check_names=False)
