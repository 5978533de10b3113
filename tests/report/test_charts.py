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
from lit.report.scripts import as_data, chart_data
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
    rows = charts_of_studies._along_the_stream(tables["curves"]).rows
    mean = rows[rows["seed"] == "mean"]
    assert list(mean["value"]) == [32, 64]
    assert list(mean["value_label"]) == [0.5, 0.5]
    assert list(mean["low"]) == list(mean["high"]) == [32, 64]
    assert set(rows["seed"]) == {"mean", "0", "1"}


def test_transfers_are_there_by_code_and_seed():
    tables = tables_of("x")
    main = tables["information_transfer"].assign(code="architecture", l_it_network_bits=3.0)
    found = charts_of_studies.transfers(main, tables["information_transfer_by_seed"])
    mean = found[found["seed"] == "mean"].groupby("code")["value"].mean()
    assert mean.to_dict() == {"architecture": 1.5, "network": 3.0, "shortest": 1.5}
    assert (found["value_label"] == found["value"] / 128).all()


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
    assert say_names(["mlp-random", "cifar.lite0", "noise-0.1", None]) == {
        "mlp-random": "mlp random",
        "cifar.lite0": "cifar, lite0",
        "noise-0.1": "noise 0.1",
    }
    assert say_names(["a-b", "a_b"]) == {"a-b": "a-b", "a_b": "a_b"}
    assert say_labels("random-1") == "random labels"
    assert say_labels("random-0.1") == "10 % random labels"
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
