"""Whether two results of a study agree: each verdict, of rows that are changed on purpose."""

import itertools
import shutil

import pandas as pd
import pytest

from lit.__main__ import main
from lit.errors import InputError
from lit.tables.agreement import ALLOWED, compare_table, compare_tables

ROW = {"arm": "a", "n": "64", "l_it_bits": "100.0", "l_it_ci_low": "90.0", "l_it_ci_high": "120.0"}
SEED = {"arm": "a", "seed": "0", "l_it_bits": "100.0"}


def changed(row, **values):
    """What a table of one row says of a rerun with these values."""
    return compare_table("t", pd.DataFrame([row | values]), pd.DataFrame([row]))


def verdict(found):
    return [name for name, count in found.counts.items() if count]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("100.0", "bits"),
        ("100.00009", "rounding"),
        ("100.0002", "interval"),
        ("90.0", "interval"),
        ("120.0", "interval"),
        ("89.99", "differs"),
        ("120.01", "differs"),
        ("", "differs"),
    ],
)
def test_a_value_is_judged_by_its_interval(value, expected):
    found = changed(ROW, l_it_bits=value)
    if value == "":  # gone altogether: no number to judge
        expected = "no interval"
    assert verdict(found) == [expected]


def test_how_far_it_is_to_the_end_of_the_interval():
    assert changed(ROW, l_it_bits="105.0").largest == pytest.approx(5 / 20)
    assert changed(ROW, l_it_bits="95.0").largest == pytest.approx(5 / 10)


def test_an_interval_counts_that_the_second_states():
    wide = ROW | {"l_it_bits": "130.0", "l_it_ci_high": "1000.0"}
    assert verdict(changed(ROW, **wide)) == ["differs"]


def test_a_mean_outside_its_own_interval_is_noticed():
    """Whatever the interval's ends say of the other one: a table of ours never has that."""
    assert verdict(changed(ROW | {"l_it_bits": "130.0"}, l_it_bits="100.0")) == ["differs"]


def test_bits_of_a_seed_have_no_interval():
    assert verdict(changed(SEED, l_it_bits="101.0")) == ["no interval"]
    assert verdict(changed(ROW | {"l_it_ci_low": "", "l_it_ci_high": ""}, l_it_bits="101.0")) == [
        "no interval"
    ]


def test_an_interval_of_no_width_allows_nothing():
    still = ROW | {"l_it_bits": "0.0", "l_it_ci_low": "0.0", "l_it_ci_high": "0.0"}
    assert verdict(changed(still, l_it_bits="0.1")) == ["differs"]


def test_rows_are_found_by_what_they_are_of():
    ours = pd.DataFrame([SEED | {"seed": "1", "l_it_bits": "7.0"}, SEED])
    theirs = pd.DataFrame([SEED, SEED | {"seed": "2"}])
    found = compare_table("t", ours, theirs)
    assert verdict(found) == ["bits"]
    assert found.only == [
        "row of the first alone: arm a, seed 1",
        "row of the second alone: arm a, seed 2",
    ]
    assert not any(map(found.holds, ALLOWED))


def test_rows_of_an_analysis_are_found_in_another_order():
    rows = [
        {"subject": name, "measure": measure, "labels_sent": sent, "value": f"{value}.0"}
        for value, (name, measure, sent) in enumerate(
            itertools.product(("a", "b"), ("MDL", "EDL"), ("32", "64"))
        )
    ]
    found = compare_table("t", pd.DataFrame(rows), pd.DataFrame(rows[::-1]))
    assert found.counts["bits"] == 8
    assert found.holds("bits")


def test_rows_of_another_code_are_not_the_same_rows():
    found = compare_table(
        "t", pd.DataFrame([ROW | {"code": "network"}]), pd.DataFrame([ROW | {"code": "shortest"}])
    )
    assert [line.rpartition(" ")[2] for line in found.only] == ["network", "shortest"]
    assert not any(map(found.holds, ALLOWED))


def test_a_column_of_another_version_is_said_and_allowed():
    found = compare_table("t", pd.DataFrame([ROW | {"new": "1"}]), pd.DataFrame([ROW]))
    assert found.columns == ["columns of the first alone: new"]
    assert found.holds("bits")


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        ("100.0", {"bits", "rounding", "interval"}),
        ("100.00009", {"rounding", "interval"}),
        ("101.0", {"interval"}),
        ("300.0", set()),
    ],
)
def test_what_is_asked_for_decides_the_exit_code(value, allowed, tmp_path, capsys):
    for name, bits in (("ours", value), ("theirs", "100.0")):
        tables = tmp_path / name / "tables"
        tables.mkdir(parents=True)
        frame = pd.DataFrame([{"study": "s"} | ROW | {"l_it_bits": bits}])
        frame.to_csv(tables / "information_transfer.csv", index=False)
    for within in ALLOWED:
        command = ["compare", *(str(tmp_path / n) for n in ("ours", "theirs")), "--within", within]
        if within in allowed:
            main(command)
        else:
            with pytest.raises(SystemExit) as end:
                main(command)
            assert end.value.code == 1
    if not allowed:
        assert "arm a, n 64: l_it_bits 300.0 and 100.0" in capsys.readouterr().out


def test_results_of_another_study_are_refused(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name / "tables").mkdir(parents=True)
        frame = pd.DataFrame([{"study": name} | ROW])
        frame.to_csv(tmp_path / name / "tables/information_transfer.csv", index=False)
    with pytest.raises(InputError, match=r"study 'a' and .* those of 'b'"):
        list(compare_tables(tmp_path / "a", tmp_path / "b"))


def test_a_table_that_is_missing_is_said(tmp_path):
    (tmp_path / "a/tables").mkdir(parents=True)
    pd.DataFrame([{"study": "s"} | ROW]).to_csv(
        tmp_path / "a/tables/information_transfer.csv", index=False
    )
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    pd.DataFrame([SEED]).to_csv(tmp_path / "a/tables/mine.csv", index=False)
    found = {table.name: table for table in compare_tables(tmp_path / "a", tmp_path / "b")}
    assert "is not there" in found["mine"].only[0]
    assert found["information_transfer"].holds("bits")
