"""The power of t-tests by formula is that of simulated studies, which were published before it."""

import json
import math

import pytest
from conftest import ROOT

from lit.measures.power import power, smallest_told

SIMULATED = [
    row
    for row in json.loads((ROOT / "results/published/benchmarks/coverage.json").read_text())["rows"]
    if row["of"] == "comparisons" and row["draws"] == "normal" and row["arms"] == 2
]


@pytest.mark.parametrize("row", SIMULATED, ids=lambda row: f"{row['seeds']} seeds")
def test_power_of_one_comparison_is_that_of_simulated_studies(row):
    for size in (1, 2, 4):
        # 10,000 studies: a standard error of at most 0.005.
        assert power(size, row["seeds"]) == pytest.approx(row[f"power at {size} s.d."], abs=0.02)


@pytest.mark.parametrize("seeds", [3, 5, 20])
@pytest.mark.parametrize("tests", [1, 36, 1000])
def test_the_smallest_difference_is_told_in_four_of_five_studies(seeds, tests):
    size = smallest_told(seeds, tests)
    assert power(size, seeds, tests) == pytest.approx(0.8)
    assert power(0.9 * size, seeds, tests) < 0.8


def test_more_tests_and_fewer_seeds_tell_less():
    assert smallest_told(5, 36) > smallest_told(5) > smallest_told(10)


def test_two_seeds_tell_nothing():
    assert math.isnan(smallest_told(2))
    assert power(100, 2) == 0
