"""Each figure is a module of its own, and says in one place what it shows."""

import importlib
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest

from lit import figures
from lit.figures import get_figure
from lit.figures.panels import apart, grid, short_names
from lit.figures.style import COLOURS, CONTROL, looks
from lit.files.provenance import code_digest
from lit.report.titles import captions, said_of
from lit.study.kinds import Analysis, kinds_of
from lit.study.outputs import FIGURES
from lit.tables.courses import MOST

matplotlib.use("Agg")
KINDS = set(kinds_of(Analysis))


@pytest.mark.parametrize("name", [*FIGURES, *sorted(KINDS)])
def test_a_figure_is_drawn_by_the_module_of_its_name(name):
    assert get_figure({"kind": name}) is importlib.import_module(f"lit.figures.{name}")
    assert callable(get_figure(name).draw)


def test_every_module_of_a_figure_is_one_of_the_study_or_an_analysis():
    modules = {path.stem for path in Path(figures.__path__[0]).glob("*.py")}
    drawn = modules - {"__init__", "style", "panels"}
    assert set(FIGURES) <= drawn <= KINDS | set(FIGURES)
    assert all(callable(get_figure({"kind": kind}).draw) for kind in KINDS)


@pytest.mark.parametrize("name", FIGURES)
def test_captions_are_read_from_the_figure_without_importing_it(name):
    module = importlib.import_module(f"lit.figures.{name}")
    assert said_of(name) == module.CAPTION
    assert said_of(name, "TITLE") == module.TITLE


def test_an_analysis_is_captioned_by_its_title_and_what_its_figure_shows():
    config = {"analyses": {"b": {"kind": "choice"}, "a": {"kind": "pairs", "title": "Mine"}}}
    found = captions(config)
    assert list(found) == [*FIGURES, "a", "b"]
    assert found["a"].startswith("Mine. Bits of the labels of two classes")
    assert found["b"].startswith(
        "How many seeds and labels are enough (b). Left: the standard error"
    )


def test_figures_have_code_digests_of_their_own():
    digests = {code_digest("plot_figure", f"lit.figures.{name}") for name in [*FIGURES, *KINDS]}
    assert len(digests) == len(FIGURES) + len(KINDS)


def test_panels_that_are_left_over_are_blank():
    figure, axes = grid(3, 2, (3, 2), least=7)
    assert axes.shape == (2, 2)
    assert tuple(figure.get_size_inches()) == (7, 4)
    assert [axis.axison for axis in axes.flat] == [True, True, True, False]


def test_four_panels_stand_two_by_two():
    assert grid(4, 3, (2, 2))[1].shape == (2, 2)


@pytest.mark.parametrize("name", [*FIGURES, *sorted(KINDS - {"python"})])
def test_every_figure_says_what_its_bars_and_points_are(name):
    assert any(
        word in said_of(name)
        for word in ("over seeds", "95 % intervals", "standard error", "lowest to the highest seed")
    )


def test_a_study_without_any_known_n_has_a_figure_that_says_so():
    columns = ["arm", "target", "learner", "k", "n", "labels", "l_it_bits", "model"]
    table = pd.DataFrame({name: [] for name in columns}).astype({"n": "Int64", "k": np.int64})
    figure = get_figure("information_transfer").draw(table)
    assert "No arm has an M" in figure.texts[0].get_text()


def transfers(**columns):
    """The main table of two arms at two n, where nothing else is said."""
    rows = {
        "arm": ["a", "a", "b", "b"],
        "n": [16, 64, 16, 64],
        "labels": ["true", "true", "random-1", "random-1"],
        "l_it_bits": [10.0, 30.0, -2.0, -2.5],
    } | columns
    table = pd.DataFrame(rows).assign(target="digits", model="mlp", learner="replay", k=128)
    for name, by in (("l_it_ci_low", -1), ("l_it_ci_high", 1)):
        table[name] = table["l_it_bits"] + by
    return table.astype({"n": "Int64"}).assign(k_m_bits=500.0, source_uniform_bits=600.0)


def words(figure):
    return " ".join(" ".join(text.get_text() for text in figure.texts).split())


@pytest.mark.parametrize("name", ["information_transfer", "memorised_information"])
def test_one_value_is_said_in_words_and_never_drawn_as_a_point(name):
    figure = get_figure(name).draw(transfers().iloc[3:])
    assert figure.axes == []
    said = "b (random labels, n = 64, k = 128): L_IT = −2 bits (95 % interval −4 to −2)"
    assert said in words(figure)


def test_arms_of_one_n_are_places_and_their_n_stands_beside_them():
    """Of a sequence, n is what its last task had: after 4,096 others it is no place on a scale."""
    table = transfers(arm=["all", "less", "more", "random"]).assign(n_before=[0, 4096, 0, 0])
    (axis,) = get_figure("information_transfer").draw(table).axes
    assert [tick.get_text() for tick in axis.get_yticklabels()] == ["all", "less", "more", "random"]
    assert [text.get_text() for text in axis.texts][:2] == ["n = 16", "n = 4,096 + 64"]
    assert axis.get_xlabel() == "L_IT (bits), k = 128"


def test_lines_against_n_are_named_at_their_ends_without_overlap():
    figure = get_figure("information_transfer").draw(transfers())
    (axis,) = figure.axes
    assert [text.get_text() for text in axis.texts] == ["a", "b"]
    assert [line.get_xydata()[-1].tolist() for line in axis.lines[:1]] == [[64, 30]]
    np.testing.assert_allclose(apart(np.array([5.0, 0.0, 5.0]), 2), [4, 0, 6])
    np.testing.assert_allclose(apart(np.array([3.0, 3.0, 3.0]), 1), [2, 3, 4])


@pytest.mark.parametrize("arms", [3, 20])
def test_arms_of_one_n_are_points_unless_they_are_many_and_no_control_is_left_out(arms):
    rows = [("a", 16, "true"), ("a", 64, "true"), ("z", 16, "random-1")]
    rows += [(f"b{i}", 16, "true") for i in range(arms - 2)]
    columns = dict(zip(("arm", "n", "labels"), zip(*rows, strict=True), strict=True))
    table = transfers().iloc[[0] * len(rows)].assign(**columns).astype({"n": "Int64"})
    shown = ["a", "z", "b0"] if arms <= MOST else ["a", "z"]
    figure = get_figure("information_transfer").draw(table)
    assert [text.get_text() for text in figure.axes[0].texts] == shown
    panels = get_figure("memorised_information").draw(table).axes
    assert [axis.get_title() for axis in panels if axis.axison] == shown
    assert panels[1].lines[-2].get_marker() == "_", "a dotted line of one point is unseen"


@pytest.mark.parametrize("name", FIGURES)
def test_captions_say_which_arms_are_left_out(name):
    assert f"of more than {MOST} arms" in said_of(name).lower()


def test_colours_mean_a_model_or_a_role_and_the_order_of_the_study_decides():
    table = transfers(arm=["a", "b", "c", "d"]).assign(model=["mlp", "cnn", "mlp", "mlp"])
    lines = looks(table.iloc[:3].assign(labels="true"))
    assert lines["a"]["color"] == lines["c"]["color"] == COLOURS[0]
    assert lines["a"]["marker"] != lines["c"]["marker"]
    assert lines["b"]["color"] == COLOURS[1]
    assert looks(table)["d"]["color"] == CONTROL
    table.attrs["subjects"] = [["digits", "cnn"], ["digits", "mlp"]]
    assert looks(table[table["arm"] == "a"])["a"]["color"] == COLOURS[1]


def test_names_are_shown_without_what_all_begin_with():
    assert short_names(["split.ewc", "split.joint"]) == {"split.ewc": "ewc", "split.joint": "joint"}
    assert short_names(["order-0", "order-1"]) == {"order-0": "order-0", "order-1": "order-1"}
    assert short_names(["r8", "r8-masked"]) == {"r8": "r8", "r8-masked": "r8-masked"}
    assert short_names([]) == {}
