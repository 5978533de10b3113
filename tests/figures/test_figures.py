"""Each figure is a module of its own, and says in one place what it shows."""

import importlib
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest

from lit import figures
from lit.figures import get_figure
from lit.figures.panels import grid
from lit.files.provenance import code_digest
from lit.report.titles import captions, said_of
from lit.study.kinds import Analysis, kinds_of
from lit.study.outputs import FIGURES

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


def test_an_analysis_is_captioned_by_its_title():
    config = {"analyses": {"b": {"kind": "choice"}, "a": {"kind": "pairs", "title": "Mine"}}}
    found = captions(config)
    assert list(found) == [*FIGURES, "a", "b"]
    assert (found["a"], found["b"]) == ("Mine", "How many seeds and labels are enough (b)")


def test_figures_have_code_digests_of_their_own():
    digests = {code_digest("plot_figure", f"lit.figures.{name}") for name in [*FIGURES, *KINDS]}
    assert len(digests) == len(FIGURES) + len(KINDS)


def test_panels_that_are_left_over_are_blank():
    figure, axes = grid(3, 2, (3, 2), least=7)
    assert axes.shape == (2, 2)
    assert tuple(figure.get_size_inches()) == (7, 4)
    assert [axis.axison for axis in axes.flat] == [True, True, True, False]


def test_a_study_without_any_known_n_has_a_figure_that_says_so():
    columns = ["arm", "target", "learner", "k", "n", "labels", "l_it_bits", "model"]
    table = pd.DataFrame({name: [] for name in columns}).astype({"n": "Int64", "k": np.int64})
    figure = get_figure("information_transfer").draw(table)
    assert "No arm has an M of known n" in figure.texts[0].get_text()
