"""How small a difference some seeds can tell, by Student's t."""

import math

import numpy as np
from scipy import optimize, stats

from lit.measures.comparisons import LEVEL
from lit.measures.intervals import FEWEST

POWER = 0.8  # share of studies that tell the difference


def power(difference: float, seeds: int, tests: int = 1) -> float:
    """Share of studies whose paired t-test tells a difference, of normal values.

    Args:
        difference: In standard deviations of the difference over seeds.
        seeds: How many there are; below three nothing is told.
        tests: How many differences are tested at once: the level of each is 5 % over that, as is
            that of the smallest p-value under Holm's rule. So it is the least power.

    Returns:
        Of a two-sided test, with the right sign; by the noncentral t distribution.
    """
    if seeds < FEWEST:
        return 0.0
    limit = stats.t.isf(LEVEL / tests / 2, seeds - 1)
    shift = difference * math.sqrt(seeds)
    return float(stats.nct.sf(limit, seeds - 1, shift))


def smallest_told(seeds: int, tests: int = 1) -> float:
    """The difference that is told in four of five studies, in its standard deviations over seeds.

    NaN below three seeds. See :func:`power` for the arguments.
    """
    if seeds < FEWEST:
        return math.nan
    # At twice the limit of the test a difference is told nearly always.
    most = 4 * stats.t.isf(LEVEL / tests / 2, seeds - 1) / np.sqrt(seeds)
    return float(optimize.brentq(lambda size: power(size, seeds, tests) - POWER, 0, most))
