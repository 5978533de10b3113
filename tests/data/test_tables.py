"""Tables of named columns: what becomes of numbers, categories and gaps, and what is refused."""

import gzip

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pandas._libs.parsers import STR_NA_VALUES

from lit.data.delimited import MISSING
from lit.data.loaders import load_dataset
from lit.errors import InputError

AGE = [20.0, 30.0, 40.0, 50.0, 60.0, 70.0]
# Standardised by hand: the mean is 45, the variance (625 + 225 + 25) / 3.
SCORE = ((np.array(AGE) - 45) / np.sqrt(875 / 3)).astype(np.float32)
KIND = ["b", "a", "b", "c", "a", "b"]
HOT = np.array([[0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0]], dtype=np.float32)
FRAME = pd.DataFrame({"age": AGE, "kind": KIND, "ill": ["no", "yes"] * 3})


def csv(folder, text, **options):
    """An entry and its file, of text or of bytes."""
    path = folder / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return {"kind": "table", "path": str(path), "label": "ill"} | options


def parquet(folder, table, **options):
    path = folder / "t.parquet"
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), path)
    return {"kind": "table", "path": str(path), "label": "ill"} | options


def refused(spec, match):
    with pytest.raises(InputError, match=match) as error:
        load_dataset(spec, "datasets.mine")
    assert str(error.value).startswith("datasets.mine: ")
    assert "\n" not in str(error.value)


# what is read ------------------------------------------------------------------------------------


def test_numbers_are_standardised_and_categories_one_hot(tmp_path):
    found = load_dataset(csv(tmp_path, FRAME.to_csv(index=False)))
    assert np.allclose(found.x, np.column_stack([SCORE, HOT]), atol=1e-7)
    assert np.array_equal(found.x[:, 1:], HOT)
    assert (found.y.tolist(), found.names) == ([0, 1] * 3, ("no", "yes"))
    assert found.notes[0] == "2 columns became 4 inputs: age, kind (3)"
    as_given = load_dataset(csv(tmp_path, FRAME.to_csv(index=False), scale="none"))
    assert np.array_equal(as_given.x, np.column_stack([AGE, HOT]))


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ([1, 2, 3, 1, 2, 3], True),
        ([4, 3, 2, 1, 1, 2], True),
        ([1, 2, None, 3, 1, 2], True),
        ([0, 1, 2, 3, 1, 2], False),
        ([1, 2, 4, 1, 2, 4], False),
        ([1, 2, 1, 2, 1, 2], False),
        ([1, 2, 2.5, 3, 1, 2], False),
    ],
)
def test_columns_that_may_be_codes_are_named(tmp_path, values, codes):
    frame = FRAME.assign(region=values)
    found = load_dataset(csv(tmp_path, frame.to_csv(index=False), missing="mean"))
    (several,) = {len(set(values) - {None})}
    note = f"read as amounts: region (1 to {several}); write those that are codes into categories"
    assert (note in found.notes) == codes
    said = load_dataset(
        csv(tmp_path, frame.to_csv(index=False), missing="mean", categories=["region"])
    )
    assert not any("amounts" in one for one in said.notes)


FORMS = {
    "semicolons": ({"sep": ";"}, {"separator": ";"}),
    "tabs": ({"sep": "\t"}, {"separator": "\t"}),
    "decimal comma": ({"sep": ";", "decimal": ","}, {"separator": ";", "decimal": ","}),
    "all in quotes": ({"quoting": 1}, {}),
    "byte order mark": ({"encoding": "utf-8-sig"}, {}),
    "UTF-16": ({"encoding": "utf-16"}, {}),
    "lines of Windows": ({"lineterminator": "\r\n"}, {}),
}


@pytest.mark.parametrize("form", FORMS)
def test_one_table_in_many_forms(tmp_path, form):
    written, options = FORMS[form]
    frame = FRAME.assign(age=[age + 0.5 for age in AGE])
    plain = load_dataset(csv(tmp_path, frame.to_csv(index=False)))
    frame.to_csv(tmp_path / "t.csv", index=False, **written)
    spec = {"kind": "table", "path": str(tmp_path / "t.csv"), "label": "ill"} | options
    found = load_dataset(spec)
    assert np.array_equal(found.x, plain.x)
    assert (found.y.tolist(), found.names) == (plain.y.tolist(), plain.names)


def test_compressed_text_and_encodings(tmp_path):
    frame = FRAME.replace({"a": "Zürich, Bern", "b": "Genève"})
    plain = load_dataset(csv(tmp_path, frame.to_csv(index=False)))
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(frame.to_csv(index=False).encode()))
    packed = load_dataset({"kind": "table", "path": f"{tmp_path}/t.csv.gz", "label": "ill"})
    latin = csv(tmp_path, frame.to_csv(index=False).encode("latin-1"))
    for found in (packed, load_dataset(latin | {"encoding": "latin-1"})):
        assert np.array_equal(found.x, plain.x)
    refused(latin, r"t\.csv is not utf-8 text .*write encoding: .*cp1252")
    refused(latin | {"encoding": "latin-99"}, "unknown encoding: latin-99")


@pytest.mark.parametrize("index", [None, "number", "text"])
def test_parquet_is_what_csv_is(tmp_path, index):
    frame = FRAME.assign(flag=[True, False] * 3, count=[1, 2, 3, 5, 4, 6])
    frame["kind"] = frame["kind"].astype("category")
    spec = {"drop": ["__index_level_0__"]} if index else {}
    if index:
        frame.index = pd.Index([3, 1, 2, 9, 7, 5] if index == "number" else list("uvwxyz"))
    frame.to_parquet(tmp_path / "t.parquet")
    found = load_dataset({"kind": "table", "path": f"{tmp_path}/t.parquet", "label": "ill"} | spec)
    plain = load_dataset(csv(tmp_path, frame.to_csv(index=False)))
    assert np.array_equal(found.x, plain.x)
    assert (found.names, found.y.tolist()) == (plain.names, plain.y.tolist())
    assert np.array_equal(found.x[:, 4:6], [[0, 1], [1, 0]] * 3)  # False, True


def test_columns_that_are_chosen_come_in_the_order_of_the_file(tmp_path):
    text = "c,ill,b,a\n1,0,5,7\n2,1,5,8\n4,0,6,7\n"
    spec = csv(tmp_path, text, scale="none")
    assert load_dataset(spec | {"columns": ["a", "c"]}).x.tolist() == [[1, 7], [2, 8], [4, 7]]
    assert load_dataset(spec | {"drop": ["b"]}).x.tolist() == [[1, 7], [2, 8], [4, 7]]
    hot = load_dataset(spec | {"categories": ["a"], "columns": ["a", "b"]})
    assert hot.x.tolist() == [[5, 1, 0], [5, 0, 1], [6, 1, 0]]
    refused(spec | {"columns": ["a"], "drop": ["b"]}, "not both")
    refused(spec | {"drop": ["bb"]}, "drop: no column is named 'bb'; did you mean 'b'")
    refused(spec | {"columns": ["ill"]}, "columns: 'ill' is the label; take it out")
    refused(spec | {"label": "all"}, "label: no column is named 'all'; did you mean 'ill'")


def test_columns_that_do_not_vary_are_left_out(tmp_path):
    text = "one,a,same,ill\n3,1,x,0\n3,2,x,1\n3,5,x,0\n"
    found = load_dataset(csv(tmp_path, text, scale="none"))
    assert found.x.tolist() == [[1], [2], [5]]
    assert "2 columns do not vary and were left out: one, same" in found.notes
    refused(csv(tmp_path, text, columns=["one"]), "no column varies: one")
    rows = "".join(f"{team},{i}\n" for team in "abcdefgh" for i in (0, 1))
    alone = csv(tmp_path, f"team,ill\n{rows}", groups="team")
    refused(alone, "no column varies: there is none beside what is left out")


# gaps --------------------------------------------------------------------------------------------

GAPS = "age,kind,ill\n20,a,no\n,b,yes\n40,,no\n90,a,yes\n"


def test_missing_values_are_refused_unless_one_says_what_becomes_of_them(tmp_path):
    refused(
        csv(tmp_path, GAPS),
        r"column 'age' lacks 1 of 4 values, first in row 1 \(line 3\) \(others: kind 1\); write missing:",
    )
    mean = load_dataset(csv(tmp_path, GAPS, missing="mean", scale="none"))
    assert mean.x.tolist() == [
        [20, 1, 0],
        [50, 0, 1],
        [40, np.float32(2 / 3), np.float32(1 / 3)],
        [90, 1, 0],
    ]
    flagged = load_dataset(csv(tmp_path, GAPS, missing="indicator", scale="none"))
    assert flagged.x.tolist() == [
        [20, 0, 1, 0, 0],
        [50, 1, 0, 1, 0],
        [40, 0, 0, 0, 1],
        [90, 0, 1, 0, 0],
    ]
    fewer = load_dataset(csv(tmp_path, GAPS, missing="drop", scale="none", drop=["kind"]))
    assert (fewer.x.tolist(), fewer.y.tolist()) == ([[20], [40], [90]], [0, 0, 1])
    assert fewer.notes[0] == "1 rows with missing values were left out: age (1)"


def test_an_indicator_stays_0_and_1_where_numbers_are_standardised(tmp_path):
    found = load_dataset(csv(tmp_path, GAPS, missing="indicator"))
    assert np.array_equal(found.x[:, 1], [0, 1, 0, 0])
    assert np.allclose(found.x[:, 0].mean(), 0, atol=1e-6)
    assert np.allclose(found.x[:, 0].std(), 1, atol=1e-6)


def test_missing_labels_are_missing_examples(tmp_path):
    text = "a,ill\n1,no\n2,\n4,yes\n"
    refused(
        csv(tmp_path, text),
        r"'ill' lacks 1 of 3 values, first in row 1 .line 3.; write missing: drop",
    )
    for missing in ("mean", "indicator", "drop"):
        assert load_dataset(csv(tmp_path, text, missing=missing)).y.tolist() == [0, 1]
    gaps = "a,b,ill\n1,x,no\n2,y,\n,x,no\n4,y,yes\n"
    refused(csv(tmp_path, gaps), r"'a' lacks .*others: ill 1.*rows without a label are left out")
    found = load_dataset(csv(tmp_path, gaps, missing="indicator"))
    assert found.y.tolist() == [0, 0, 1], "the row that lacks an input is kept"
    assert any("1 rows without a label (ill) were left out" in note for note in found.notes)
    filled = "of 4 rows these lack values, filled as missing says: a (1)"
    assert [note for note in found.notes if "lack" in note] == [filled]
    refused(csv(tmp_path, "a,b,ill\n1,,no\n2,,yes\n", missing="drop"), "every row lacks .*'b'")


def test_marks_of_missing_values(tmp_path):
    text = "age,ill\n1,no\n2,yes\n?,no\n4,yes\n"
    refused(
        csv(tmp_path, text),
        r"column 'age': row 2 \(line 4\) has '\?', but 3 of its 4 values are numbers; .*na_values: \['\?'\] if it stands for a missing",
    )
    refused(csv(tmp_path, text, na_values=["?"]), "'age' lacks 1 of 4 values, first in row 2")
    spec = csv(tmp_path, text, na_values=["?"], missing="drop", scale="none")
    assert load_dataset(spec).x.tolist() == [[1], [2], [4]]
    # As pandas has them, and with blanks around.
    for mark in ("NA", "nan", "null", "None", "N/A", '""', " "):
        spec = csv(tmp_path, text.replace("?", mark), missing="drop", scale="none")
        assert load_dataset(spec).x.tolist() == [[1], [2], [4]], mark


def test_gaps_of_parquet(tmp_path):
    table = {
        "n": pa.array([1, None, 3, 5], pa.int32()),
        "flag": pa.array([True, None, False, True]),
        "kind": pa.array(["a", "b", None, "a"]).dictionary_encode(),
        "ill": ["no", "yes", "no", "yes"],
    }
    refused(
        parquet(tmp_path, table), "'n' lacks 1 of 4 values, first in row 1 .others: flag 1, kind 1"
    )
    found = load_dataset(parquet(tmp_path, table, missing="indicator", scale="none"))
    assert found.x.tolist() == [
        [1, 0, 0, 1, 0, 1, 0, 0],
        [3, 1, 0, 0, 1, 0, 1, 0],
        [3, 0, 1, 0, 0, 0, 0, 1],
        [5, 0, 0, 1, 0, 1, 0, 0],
    ]


def test_columns_that_hold_nothing_are_left_out_where_gaps_are_allowed(tmp_path):
    table = {
        "n": [1.0, 2.0],
        "e": pa.array([None, None], pa.float64()),
        "o": pa.nulls(2),
        "ill": ["a", "b"],
    }
    for missing in ("mean", "indicator"):
        found = load_dataset(parquet(tmp_path, table, missing=missing, scale="none"))
        assert found.x.tolist() == [[1], [2]]
        assert "2 columns do not vary and were left out: e, o" in found.notes
    refused(parquet(tmp_path, table), r"'e' lacks 2 of 2 values.* or drop: \[e\]")


# what is refused ---------------------------------------------------------------------------------

TEXTS = {
    "another separator": (
        "a;b;ill\n1;2;no\n",
        "has semicolons and no commas; write separator: ';'",
    ),
    "no names": ("1,2,3\n4,5,6\n", "first line holds numbers .1, .*write a line of names above"),
    "a name twice": ("a,a,ill\n1,2,no\n", "two columns are called 'a'"),
    "too many fields": ("a,ill\n1,no\n2,3,yes\n", "every row needs as many as"),
    "too many fields in all": ("a,ill\n1,no,3\n2,yes,4\n", "every row needs as many as"),
    "an open quote": ('a,ill\n1,no\n2,"yes\n', "cannot be read as rows of fields"),
    "nothing": ("", "cannot be read as rows of fields"),
    "decimal commas": ('a,ill\n"1,5",no\n"2,5",yes\n', "row 0 .line 2. has '1,5'; write decimal: "),
    "thousands": ('a,ill\n999,no\n"1,250",yes\n', "take out commas between thousands"),
    "dates": ("a,ill\n2024-01-31,no\n2024-02-01,yes\n", "'2024-01-31', a date; write drop: .a"),
    "dates of Europe": ("a,ill\n31.01.2024,no\n1.2.2024,yes\n", "a date; write drop"),
    "numbers and a text": (
        "a,ill\n1,no\n2,yes\nx,no\n",
        "row 2 .line 4. has 'x', but 2 of its 3 values are numbers",
    ),
    "one text among many numbers, which are not all": (
        "a,ill\n" + "".join(f"{i},{i % 2}\n" for i in range(1999)) + "x,0\n",
        "row 1999 .line 2001. has 'x', but 1,999 of its 2,000 values are numbers",
    ),
    "JSON": ('[{"a": 1, "ill": 0}]', "looks like JSON"),
    "amounts": (
        "a,ill\n" + "".join(f"{i % 3},{i}.5\n" for i in range(30)),
        r"label: 'ill': y holds 30 different numbers such as 0.5: this is regression; write bins: .width: 0.5., which makes about 58 bins, or cut",
    ),
    "many numbers": (
        "a,ill\n" + "".join(f"{i % 3},{3 * i}\n" for i in range(30)),
        r"column 'ill' holds 30 different numbers: this is regression; write bins: .width: 1., which makes about 87 bins, or cut",
    ),
    "one class": ("a,ill\n1,no\n2,no\n", "there is one class"),
}


@pytest.mark.parametrize("case", TEXTS)
def test_text_that_is_no_table(tmp_path, case):
    text, message = TEXTS[case]
    refused(csv(tmp_path, text), message)


def test_a_decimal_point_beside_a_comma_that_was_asked_for(tmp_path):
    text = "a;ill\n1.234;no\n5,5;yes\n6,5;no\n"
    refused(csv(tmp_path, text, separator=";", decimal=","), "row 0 .line 2. has '1.234'")


def test_columns_of_too_many_texts(tmp_path):
    text = "name,ill\n" + "".join(f"n{i:03},{i % 2}\n" for i in range(101))
    refused(csv(tmp_path, text), "'name' holds 101 different texts, such as n000, n001, n002")
    assert load_dataset(csv(tmp_path, text, categories=["name"])).x.sum() == 101
    fewer = text.replace("n100", "n000")
    assert load_dataset(csv(tmp_path, fewer)).x.shape == (101, 100)


TYPES = {
    "dates": (pa.array([0, 1], pa.timestamp("s")), "holds timestamp.ms.; replace it by numbers"),
    "lists": (pa.array([[1.0], [2.0]]), "take kind: parquet for a column of lists"),
    "decimals": (pa.array([1, 2]).cast(pa.decimal128(21, 1)), "cast it to float64"),
    "bytes": (pa.array([b"a", b"b"]), "holds binary"),
    "infinity": (pa.array([1.0, np.inf]), "'a' holds infinity in row 1"),
}


@pytest.mark.parametrize("case", TYPES)
def test_types_of_parquet_that_are_no_inputs(tmp_path, case):
    column, message = TYPES[case]
    table = {"a": column, "b": [1, 3], "ill": ["no", "yes"]}
    refused(parquet(tmp_path, table), message)
    assert load_dataset(parquet(tmp_path, table, drop=["a"], scale="none")).x.tolist() == [[1], [3]]


def test_two_columns_of_one_name_in_parquet(tmp_path):
    table = pa.table([pa.array([1, 2]), pa.array([1, 2]), pa.array([0, 1])], ["a", "a", "ill"])
    refused(parquet(tmp_path, table), "two columns are called 'a'")


def test_a_damaged_parquet_file_and_a_spreadsheet(tmp_path):
    (tmp_path / "t.parquet").write_bytes(b"PAR1 and nothing else")
    spec = {"kind": "table", "path": f"{tmp_path}/t.parquet", "label": "ill"}
    refused(spec, r"t\.parquet cannot be read as a table")
    (tmp_path / "t.xlsx").write_bytes(b"PK\x03\x04")
    refused(spec | {"path": f"{tmp_path}/t.xlsx"}, "is a spreadsheet; save it as CSV")


# labels ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "classes", "y", "names"),
    [
        ([0, 1, 2, 0], None, [0, 1, 2, 0], None),
        ([0, 1, 3, 0], 5, [0, 1, 3, 0], None),
        ([3, 10, 8, 3], None, [0, 2, 1, 0], ("3", "8", "10")),
        ([-1, 1, 1, -1], None, [0, 1, 1, 0], ("-1", "1")),
        (np.array([3, 10, 8, 3], "float32"), None, [0, 2, 1, 0], ("3", "8", "10")),
        ([True, False, True, True], None, [1, 0, 1, 1], ("False", "True")),
        (["no", "yes", "no", "no"], ["yes", "no"], [1, 0, 1, 1], ("yes", "no")),
    ],
)
def test_labels_are_alike_in_text_and_in_parquet(tmp_path, labels, classes, y, names):
    more = {"classes": classes} if classes else {}
    frame = pd.DataFrame({"a": [1, 4, 5, 9], "ill": labels})
    text = csv(tmp_path, frame.to_csv(index=False, float_format="%.0f"), **more)
    for spec in (text, parquet(tmp_path, pa.Table.from_pandas(frame), **more)):
        found = load_dataset(spec)
        assert (found.y.tolist(), found.names) == (y, names)


def test_a_label_that_classes_do_not_list(tmp_path):
    spec = csv(tmp_path, FRAME.to_csv(index=False), classes=["no", "maybe"])
    refused(spec, "the data have a class 'yes', which is not listed")


def test_a_column_that_counts_the_rows_is_warned_of(tmp_path):
    found = load_dataset(csv(tmp_path, FRAME.to_csv()))
    assert found.notes[0].startswith("Warning: column 'unnamed 0' numbers the rows")
    assert not any(
        "numbers the rows" in note
        for note in load_dataset(csv(tmp_path, FRAME.to_csv(), drop=["unnamed 0"])).notes
    )
    gone = load_dataset(
        csv(tmp_path, "id,a,ill\n7,1,no\n8,,yes\n9,2,no\n10,4,yes\n", missing="drop")
    )
    assert gone.notes[0].startswith("Warning: column 'id' numbers the rows")


@pytest.mark.parametrize(
    ("head", "numbers", "said"),
    [("", [1, 3, 4, 9], True), ("a", [1, 3, 4, 9], False), ("", [4, 3, 9, 1], False)],
)
def test_row_numbers_of_which_some_are_gone_have_no_name(tmp_path, head, numbers, said):
    """As of a table that was written after rows were dropped."""
    rows = "".join(f"{number},2,{'yn'[i % 2]}\n" for i, number in enumerate(numbers))
    found = load_dataset(csv(tmp_path, f"{head},b,ill\n{rows}"))
    assert any("numbers the rows" in note for note in found.notes) == said


def test_one_class_written_in_two_ways_is_refused(tmp_path):
    for labels in (["0", "01", "1", "1"], ["3", "01", "1", "3"], ["0.0", "1", "1.0", "0.0"]):
        spec = csv(
            tmp_path, "a,ill\n" + "".join(f"{i},{label}\n" for i, label in enumerate(labels))
        )
        refused(spec, "t.csv: label: 'ill': y.*, one class written in two ways; write one of them")
        found = load_dataset(spec | {"classes": sorted(set(labels))})
        assert [found.names[c] for c in found.y] == labels
    spec = csv(tmp_path, "a,ill\n1,caf\u00e9\n2,cafe\u0301\n4,tea\n")
    refused(
        spec, r"y.1. is 'cafe.u0301' and y.0. is|y.0. is 'caf.xe9' and y.1. is|written in two ways"
    )
    padded = load_dataset(csv(tmp_path, "a,ill\n1,00\n2,01\n4,02\n"))
    assert (padded.y.tolist(), padded.names) == ([0, 1, 2], None)


def test_texts_that_pandas_takes_for_gaps_are_kept_where_they_are_listed(tmp_path):
    text = "age,kind,ill\n1,NA,None\n2,b,mild\n4,NA,mild\n"
    refused(
        csv(tmp_path, text),
        "to keep texts such as NA as a category, list all under the key categories",
    )
    refused(
        csv(tmp_path, text, drop=["kind"]),
        r"write missing: drop .these rows.; to keep .* as a class, list all under the key classes",
    )
    listed = {"classes": ["None", "mild"], "categories": {"kind": ["NA", "b"]}, "scale": "none"}
    found = load_dataset(csv(tmp_path, text, **listed))
    assert found.x.tolist() == [[1, 1, 0], [2, 0, 1], [4, 1, 0]]
    assert (found.y.tolist(), found.names) == ([0, 1, 1], ("None", "mild"))
    assert STR_NA_VALUES == MISSING
    entry = {
        "kind": "text",
        "path": f"{tmp_path}/t.csv",
        "text": "kind",
        "label": "ill",
        "length": 4,
    }
    texts = load_dataset(entry | {"classes": ["None", "mild"]})
    assert bytes(texts.x[0, :2].astype(np.uint8)) == b"NA"


def test_categories_that_are_listed_are_inputs_whether_they_occur_or_not(tmp_path):
    text = "age,kind,ill\n1,b,no\n2,c,yes\n4,b,no\n"
    spec = csv(tmp_path, text, categories={"kind": ["c", "a", "b"]}, scale="none")
    found = load_dataset(spec)
    assert found.x.tolist() == [[1, 0, 0, 1], [2, 1, 0, 0], [4, 0, 0, 1]]
    assert found.columns == ("age", "kind=c", "kind=a", "kind=b")
    refused(spec | {"categories": {"kind": ["b", "cc"]}}, "no category is named 'c'; did you mean")


def test_a_category_called_missing_is_not_what_is_missing(tmp_path):
    text = "kind,ill\nmissing,no\n,yes\nb,no\nmissing,no\n"
    found = load_dataset(csv(tmp_path, text, missing="indicator"))
    assert found.columns == ("kind=b", "kind=missing", "kind is missing")
    assert found.x.tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0]]
    listed = load_dataset(
        csv(tmp_path, text, missing="indicator", categories={"kind": ["missing", "b"]})
    )
    assert listed.columns == ("kind=missing", "kind=b", "kind is missing")
    assert listed.x.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]]


def test_what_is_said_of_scaling_is_what_was_done(tmp_path):
    numbers = load_dataset(csv(tmp_path, "a,b,ill\n1,5,0\n2,9,1\n4,7,1\n"))
    assert numbers.scaling == "standardised by column"
    assert numbers.notes[-1].endswith("standard deviation of all rows")
    mixed = load_dataset(csv(tmp_path, FRAME.to_csv(index=False)))
    assert mixed.scaling == "standardised by column; those of categories are 0 to 1"
    assert load_dataset(csv(tmp_path, "a,ill\n1,0\n2,1\n", scale="none")).scaling.startswith("used")


def test_errors_name_the_file_the_column_and_the_line(tmp_path):
    refused(csv(tmp_path, "a,ill\n1,sun\n2,sun\n"), "t.csv: label: 'ill': there is one class, sun")
    gap = "a,ill\n1,no\n,yes\n"
    refused(csv(tmp_path, gap), r"mine: \S*t.csv: column 'a' lacks 1 .*, first in row 1 .line 3.;")
    # Where a blank line, or one within quotes, makes lines of the file others, none is said.
    for text in ("a,ill\n\n1,no\n,yes\n", 'a,b,ill\n1,"x\ny",no\n,z,yes\n'):
        refused(csv(tmp_path, text), "first in row 1( .others.*.)?; write")
    refused(parquet(tmp_path, {"a": [1, None], "ill": ["x", "y"]}), "first in row 1; write missing")


def test_a_table_without_rows_and_a_label_of_dates(tmp_path):
    refused(csv(tmp_path, "a,ill\n"), "t.csv has names of columns and no rows")
    refused(parquet(tmp_path, {"a": pa.array([], pa.int64()), "ill": []}), "and no rows")
    dates = {"a": [1, 2], "ill": pa.array([0, 1], pa.timestamp("s"))}
    refused(
        parquet(tmp_path, dates), "'ill' holds timestamp.*, or name another column under label:"
    )


def test_whole_numbers_that_rounding_would_make_alike_are_refused(tmp_path):
    big = [2**60 + i for i in (0, 1, 5)]
    text = "a,ill\n" + "".join(f"{one},{i % 2}\n" for i, one in enumerate(big))
    message = r"'a' holds whole numbers up to 1.15e\+18, which .*; write drop: .a., or categories"
    refused(csv(tmp_path, text), message)
    refused(parquet(tmp_path, {"a": big, "ill": [0, 1, 0]}), message)
    apart = {"a": [2**60, 0, 5], "ill": [0, 1, 0]}
    assert load_dataset(parquet(tmp_path, apart, scale="none")).x.shape == (3, 1)
