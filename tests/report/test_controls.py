"""Warnings of the report about a study's controls."""

import pytest
from conftest import ROOT
from fakes import tables_of

from lit.report.controls import SMALLEST, find_warnings

NAMED, HARMED = "price of naming the right expert: a (n = 64)", "Do not trust small differences"


@pytest.mark.parametrize(
    ("uniform", "bits", "said", "unsaid"),
    [
        (425.0, -5.0, NAMED, HARMED),
        (425.0, -50.0, HARMED, NAMED),
        (3402.0, -60.0, HARMED, NAMED),
        (3402.0, -5.0, "", NAMED),
    ],
)
def test_what_naming_an_expert_costs_is_no_failed_control(tiny, uniform, bits, said, unsaid):
    table = tables_of("a")["information_transfer"]
    found = " ".join(find_warnings(table.assign(uniform_bits=uniform, l_it_bits=bits), tiny))
    assert said in found
    assert unsaid not in found
    assert "1,400 bits" in found or said != NAMED
    assert HARMED not in found or said == HARMED


@pytest.mark.parametrize("page", ["README.md", "lit/report/templates/report.html"])
def test_pages_say_from_which_size_on_the_control_can_hold(page):
    text = (ROOT / page).read_text().replace("&nbsp;", " ")
    assert f"k log₂ C = {SMALLEST:,.0f} bits on" in text
