"""Charts of the report page: what is drawn, what is not, and that Vega-Lite takes it."""

import json

import pandas as pd
import pytest
import vl_convert
from fakes import tables_of

from lit.analyses.words import say_labels
from lit.report import study_charts as charts_of_studies
from lit.report.analysis_charts import KINDS, analysis_charts
from lit.report.charts import Chart, cells, dots, lines, scatter
from lit.report.names import say_in, say_names
from lit.report.scales import COLOURS, GREY, colours, symlog_ticks
from lit.report.scripts import as_data, chart_data
from lit.report.stream_charts import along_the_stream, saved_along_the_stream
from lit.study.kinds import Analysis, kinds_of

ROWS = pd.DataFrame(
    {"arm": ["a", "a", "b"], "series": ["a", "a", "b"], "subject": ["a, 1", "a, 2", "b"]}
    | {"x": [1, 2, 4], "y": ["p", "q", "q"], "value": [1.0, -2.0, 4.0]}
    | {"low": [0.5, -3.0, None], "high": [2.0, -1.0, None], "panel": ["s", "t", "s"]}
)
UNITS = ROWS.assign(value_label=0.1, low_label=0.0, high_label=0.2, seed="mean", code="network")


@pytest.mark.parametrize("rows", [ROWS, ROWS.drop(columns=["panel", "low", "high"]), UNITS])
@pytest.mark.parametrize("shape", [dots, lines, cells, scatter])
def test_vega_lite_takes_every_shape(shape, rows):
    drawn = chart_data(Chart("", "", shape(rows, "Bits"), rows))
    values = pd.DataFrame(drawn["columns"]).astype(object).to_dict("records")
    spec = drawn["spec"] | {"datasets": {"rows": values}}
    made = vl_convert.vegalite_to_vega(spec, vl_version="6.4")
    signals = {signal["name"] for signal in made["signals"]}
    assert "arms" in signals
    assert ({"unit", "seeds", "code"} <= signals) == (rows is UNITS)


def test_every_kind_of_analysis_has_a_chart():
    assert set(KINDS) == set(kinds_of(Analysis)) - {"python"}


def lost(arms):
    ends = {"lost_ci_low": 1.0, "lost_ci_high": 9.0}
    return pd.DataFrame({"arm": arms, "n": 64, "lost_bits": range(len(arms))}).assign(**ends)


def test_one_point_is_no_figure():
    assert analysis_charts("differences", lost(["a"])) == []
    (chart,) = analysis_charts("differences", lost(["a-1", "b"]))
    assert list(chart.rows["subject"]) == ["a 1", "b"]
    assert list(chart.rows["value"]) == [0, 1]
    assert analysis_charts("python", lost(["a", "b"])) == []


def test_a_code_so_far_is_the_sum_of_its_blocks():
    """Two blocks of 64 labels at half a bit each, of two seeds that agree."""
    tables = tables_of("x")
    rows = along_the_stream(tables["curves"]).rows
    mean = rows[rows["seed"] == "mean"]
    assert list(mean["value"]) == [32, 64]
    assert list(mean["value_label"]) == [0.5, 0.5]
    assert list(mean["low"]) == list(mean["high"]) == [32, 64]
    assert set(rows["seed"]) == {"mean", "0", "1"}


def test_of_several_labels_an_example_bits_are_of_all_of_them():
    """Ten labels an example: of next tokens a tenth of the bits was drawn."""
    cold = tables_of("x")["curves"].assign(n=0, block_labels=640)
    both = pd.concat([cold, cold.assign(n=64, bits_per_label=0.25)])
    chart = saved_along_the_stream(both)
    mean = chart.rows[chart.rows["seed"] == "mean"]
    assert list(mean["value"]) == [160, 320]
    assert list(mean["value_label"]) == [0.25, 0.25]
    tables = tables_of("x")
    main = tables["information_transfer"].assign(code="architecture", classes=4, l_it_bits=64.0)
    main = main.assign(k=64, uniform_bits=1280.0)
    found = charts_of_studies.transfers(main, tables["information_transfer_by_seed"])
    means = found[(found["seed"] == "mean") & (found["code"] == "architecture")]
    assert set(means["value_label"]) == {0.1}


def test_what_the_last_block_saved_is_said_where_it_is_sure():
    cold = pd.concat([tables_of("x")["curves"].assign(n=0, seed=s) for s in range(4)])
    cold = cold[cold["block_start"].notna()].drop_duplicates(["seed", "block_start"])
    warm = cold.assign(n=64, bits_per_label=0.25 + 0.01 * cold["seed"])
    older = pd.concat([cold, warm]).assign(labels="true")
    assert "alone saved" not in saved_along_the_stream(older).caption
    cold, warm = (one.assign(block_labels=64) for one in (cold, warm))
    said = saved_along_the_stream(pd.concat([cold, warm]).assign(labels="true")).caption
    assert "The last 64 labels alone saved “x” (n = 64) 15.0 bits (95 % interval" in said
    assert said.endswith("with a larger k its L_IT would be larger.")
    unsure = cold.assign(n=64, bits_per_label=0.5 + 0.1 * (cold["seed"] - 1.5))
    for other in (unsure, warm.assign(labels="random-1")):
        both = pd.concat([cold.assign(labels="true"), other])
        both["labels"] = both["labels"].fillna("true")
        assert "alone saved" not in saved_along_the_stream(both).caption


def test_what_m_has_saved_so_far_is_the_distance_of_both_codes():
    """From M a quarter of a bit a label, from theta0 half a bit: 16 and 32 bits after two blocks."""
    cold = tables_of("x")["curves"].assign(n=0)
    warm = cold.assign(n=64, bits_per_label=0.25)
    worse = warm[warm["seed"] == 1].assign(bits_per_label=0.75)
    both = pd.concat([cold, warm[warm["seed"] == 0], worse])
    chart = saved_along_the_stream(both)
    mean = chart.rows[chart.rows["seed"] == "mean"]
    assert list(mean["value"]) == [0, 0]
    assert (list(mean["low"]), list(mean["high"])) == ([-16, -32], [16, 32])
    of_seeds = chart.rows[chart.rows["seed"] != "mean"].set_index(["seed", "x"])
    assert of_seeds["value"].to_dict() == {
        ("0", 64): 16,
        ("0", 128): 32,
        ("1", 64): -16,
        ("1", 128): -32,
    }
    assert set(of_seeds["value_label"]) == {0.25, -0.25}
    assert set(chart.rows["series"]) == {"M, n = 64"}


def test_a_start_state_has_one_colour_in_both_charts_of_the_stream():
    one = tables_of("x")["curves"]
    both = pd.concat([one.assign(n=n) for n in (256, 0, 64)])
    seen = []
    for chart in (along_the_stream(both), saved_along_the_stream(both)):
        scale = colours(chart.rows)["scale"]
        seen.append(dict(zip(scale["domain"], scale["range"], strict=True)))
    assert list(seen[0]) == ["θ₀", "M, n = 64", "M, n = 256"]
    assert list(seen[1]) == ["M, n = 64", "M, n = 256"]
    assert seen[1].items() <= seen[0].items()


def test_where_no_arm_has_an_m_nothing_is_saved_along_the_stream():
    cold = tables_of("x")["curves"].assign(n=0)
    assert not len(saved_along_the_stream(cold).rows)
    assert len(along_the_stream(cold).rows)


def test_transfers_are_there_by_code_and_seed():
    one_label = {"uniform_bits": 128.0, "classes": 2}  # an example
    tables = tables_of("x")
    main = tables["information_transfer"].assign(code="architecture", l_it_network_bits=3.0)
    by_seed = tables["information_transfer_by_seed"].assign(**one_label)
    found = charts_of_studies.transfers(main.assign(**one_label), by_seed)
    mean = found[found["seed"] == "mean"].groupby("code")["value"].mean()
    assert mean.to_dict() == {"architecture": 1.5, "network": 3.0, "shortest": 1.5}
    assert (found["value_label"] == found["value"] / 128).all()


def main_table(rows):
    """Rows of a main table: arm, n, labels; L_IT is 1.5 bits."""
    one = tables_of("x")["information_transfer"].iloc[:1]
    made = pd.DataFrame(rows, columns=["arm", "n", "labels"]).astype({"n": "Int64"})
    return made.assign(**{name: one[name].iloc[0] for name in one if name not in made})


def against_n(rows):
    table = main_table(rows)
    seeds = tables_of("x")["information_transfer_by_seed"][:0]
    return charts_of_studies._against_n(charts_of_studies.transfers(table, seeds))


COURSE = [("a", 64, "true"), ("a", 256, "true")]
OTHERS = [(f"b{i}", 64, "true") for i in range(12)]


def test_an_arm_of_one_n_is_a_point_beside_lines_and_a_control_is_grey():
    chart = against_n([*COURSE, ("b", 256, "true"), ("c", 256, "random-1")])
    assert list(dict.fromkeys(chart.rows["arm"])) == ["a", "b", "c"]
    assert "Controls are grey" in chart.caption
    scale = chart.spec["layer"][-1]["encoding"]["color"]["scale"]
    assert scale["range"] == [COLOURS[0], COLOURS[1], GREY]
    (bars,) = [layer for layer in chart.spec["layer"] if "joinaggregate" in str(layer)]
    assert bars["mark"]["type"] == "rule"


def test_without_a_course_or_with_too_many_arms_the_others_are_left_out_and_counted():
    assert against_n(COURSE[:1] + OTHERS[:2]).rows.empty
    chart = against_n([*COURSE, *OTHERS, ("c", 64, "random-1")])
    assert set(chart.rows["arm"]) == {"a", "c"}
    assert "12 of 14 arms, with one n or none, are below." in chart.caption


def test_controls_do_not_squeeze_what_other_labels_cost():
    cost = charts_of_studies._code_lengths
    chart = cost(main_table([*COURSE, ("c", 64, "random-1")]))
    assert set(chart.rows["arm"]) == {"a"}
    assert "Controls, whose labels cost all that labels can, are left out." in chart.caption
    for rows in (COURSE, [("c", 64, "random-1"), ("c", 256, "random-1")]):
        chart = cost(main_table(rows))
        assert len(chart.rows) == 4
        assert "Controls" not in chart.caption


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([-0.7, 231], [0, 20, 50, 100, 200]),
        ([0, 25], [0, 5, 10, 20]),
        ([-5, 200_000], [0, 200, 1_000, 10_000, 100_000]),
        ([0, 0], [0]),
    ],
)
def test_a_scale_that_is_linear_around_zero_has_round_ticks_apart(values, ticks):
    assert symlog_ticks(pd.Series(values), 100) == ticks


def test_many_series_have_colours_and_no_grey_but_controls():
    many = pd.DataFrame({"series": [f"s{i}" for i in range(20)], "control": [False] * 19 + [True]})
    found = colours(many)["scale"]["range"]
    assert len(set(found[:18])) == 18
    assert found[19] == GREY


def test_what_is_not_finite_is_missing_and_no_data_end_a_script():
    rows = pd.DataFrame(
        {"value": [1.5, float("inf"), float("nan")], "arm": ["</script>", "&", "b"]}
    )
    text = as_data(chart_data(Chart("", "", {}, rows)))
    assert "<" not in text
    assert json.loads(text)["columns"] == {
        "value": [1.5, None, None],
        "arm": ["</script>", "&", "b"],
    }


def test_names_are_said_as_people_would_where_that_tells_them_apart():
    assert say_names(["mlp-random", "cifar.lite0", "noise-0.1", "pair.0+2", None]) == {
        "mlp-random": "mlp random",
        "pair.0+2": "pair, 0 and 2",
        "cifar.lite0": "cifar, lite0",
        "noise-0.1": "noise 0.1",
    }
    assert say_names(["a-b", "a_b"]) == {"a-b": "a-b", "a_b": "a_b"}
    assert say_labels("random-1") == "random labels"
    assert say_labels("random-0.1") == "10 % random labels"
    assert say_labels("shuffled-1") == "labels of other examples"
    assert say_labels("groups-0+2_1") == "classes grouped as 0, 2 | 1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cifar.lite0 leads noise-0.1.", "cifar lite0 leads noise 0.1."),
        ("cifar.lite0.5, not-cifar.lite0", "cifar.lite0.5, not-cifar.lite0"),  # other names
        ("At n = 256: mlp-random (12 bits)", "At n = 256: mlp random (12 bits)"),
    ],
)
def test_names_in_a_sentence(text, said):
    assert say_in(text, ["mlp-random", "cifar.lite0", "noise-0.1", "cifar"]) == said
