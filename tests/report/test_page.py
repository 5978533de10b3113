"""The report page, from tables alone."""

import pandas as pd
from fakes import tables_of

from lit.report.code_lengths import summarise_codes
from lit.report.rows import rows_to_show
from lit.report.tables import analysis_table, arms_table

STREAM, SOURCE_SET = (
    "digits--true--mlp--replay--theta0",
    "digits--true--mlp--replay--theta0--source-set",
)
WARM = "digits--true--mlp--replay--from.n64.early"


def test_codes_of_streams_and_of_training_labels_have_rows_of_their_own():
    one = tables_of("x")["code_lengths"].iloc[0]
    runs = {STREAM: [100, 110], SOURCE_SET: [40, 50], WARM: [60, 70], f"{WARM}.new-head": [90, 95]}
    starts = {run: "theta0" if run.startswith(STREAM) else "M" for run in runs}
    codes = one.to_frame().T
    codes = codes.loc[codes.index.repeat(8)].assign(
        run=[run for run in runs for _ in range(2)],
        start=[starts[run] for run in runs for _ in range(2)],
        architecture_bits=[bits for both in runs.values() for bits in both],
    )
    lengths = [n for n in codes if n.endswith("bits") or n in ("compression", "flops")]
    found = summarise_codes(codes.astype(dict.fromkeys(lengths, float)))
    assert list(zip(found["what"], found["architecture_bits"], strict=True)) == [
        ("stream", 105),
        ("M's training labels", 45),
        ("stream", 65),
        ("stream, new head", 92.5),
    ]


def headings(found):
    return [column["heading"] for column in found]


def test_what_all_rows_have_in_common_is_said_once_beside_the_table():
    table = tables_of("x")["information_transfer"].assign(source_labels="true")
    found, alike = arms_table(table)
    assert headings(found)[:5] == ["arm", "n", "L_IT, bits", "95 % interval", "labels"]
    assert alike == (
        "M's labels: true labels; model: x; coded: x; trained on: the same data; k: 128; learner: replay; uniform, bits: 1.5"
    )
    found, alike = arms_table(table.assign(k=[128, 256]))
    assert headings(found)[4:6] == ["labels", "k"]
    assert "k: " not in alike
    assert arms_table(table[:1])[1] == ""
    found, alike = arms_table(table.assign(source=["x", "y"]))
    assert headings(found)[5] == "trained on"
    assert [cell["text"] for cell in found[5]["cells"]] == ["x", "y"]


def test_what_m_was_taught_has_a_column_where_that_is_not_what_is_coded():
    table = tables_of("x")["information_transfer"].assign(labels="true", source_labels="true")
    assert "M's labels" not in headings(arms_table(table)[0])
    found, alike = arms_table(table.assign(source_labels=["noise-0.3", "true"]))
    assert "labels: true labels" in alike
    (taught,) = [one for one in found if one["heading"] == "M's labels"]
    assert [cell["text"] for cell in taught["cells"]] == ["noise-0.3", "true labels"]


def test_columns_that_hold_nothing_are_left_out():
    table = tables_of("x")["information_transfer"]
    assert "K(Mₙ), bits" in headings(arms_table(table)[0])
    found, _ = arms_table(
        table.assign(k_m_bits=float("nan"), l_it_network_bits=[float("nan"), 1.0])
    )
    assert "K(Mₙ), bits" not in headings(found)
    cells = next(column for column in found if column["heading"] == "L_IT, code network")["cells"]
    assert [cell["text"] for cell in cells] == ["–", "1.0"]


def test_standard_errors_have_one_decimal_as_bits_have():
    (found,) = analysis_table(pd.DataFrame({"l_it_se": [8.861, 12.0]}), {"l_it_se": "± s.e."})
    assert [cell["text"] for cell in found["cells"]] == ["8.9", "12.0"]


def test_the_interval_of_a_share_has_the_decimals_of_the_share():
    ends = {"share_ci_low": [-0.245, 0.755], "share_ci_high": [-0.031, 0.969]}
    table = pd.DataFrame(
        {"share": [-0.138, 0.862]} | ends | {"l_it_ci_low": 1.26, "l_it_ci_high": 2.0}
    )
    headings = dict.fromkeys(["share_ci_low", "l_it_ci_low"], "")
    shares, bits = analysis_table(table, headings)
    assert [c["text"] for c in shares["cells"]] == ["−0.245 to −0.031", "0.755 to 0.969"]
    assert bits["cells"][0]["text"] == "1.3 to 2.0"


def test_an_arm_without_an_m_has_a_code_and_no_transfer():
    table = tables_of("x")["information_transfer"]
    alone = table.assign(arm=["trained", "untrained"], n=[64, 0]).astype({"n": "Int64"})
    shown = {c["heading"]: [cell["text"] for cell in c["cells"]] for c in arms_table(alone)[0]}
    assert shown["from θ₀, bits"] == ["1.5", "1.5"]
    of_m = ("L_IT, bits", "95 % interval", "from M, bits", "K(Mₙ), bits", "L_IT, ± s.e.")
    assert [shown[name][1] for name in of_m] == ["–"] * 5
    assert "–" not in [shown[name][0] for name in of_m]
    assert "L_IT, bits" not in headings(arms_table(alone[1:])[0])


def test_rows_of_n_0_are_shown_of_arms_without_an_m_alone():
    table = pd.DataFrame({"arm": ["a", "a", "b", "c"], "n": [0, 64, 0, None]}).astype(
        {"n": "Int64"}
    )
    assert rows_to_show(table).index.tolist() == [1, 2, 3]
