"""What a control of random labels may save, and from which size on that says anything. No I/O."""

import math
from typing import Any

Shares = Any  # a number, or an array or a column of them

# A random-label source is a full control if it knows MEMORISED of the labels that can be known by
# heart (of equal inputs with different labels one can), and if these are KNOWABLE of all.
MEMORISED, KNOWABLE = 0.99, 0.8
CONTROL = 0.005  # share of k log2 C within which a random-label arm must stay
# Bits that naming the right expert may cost, of short streams too: 10 random-label arms of seven
# data sets and 64 to 2,048 labels paid 0 to 2 on average over seeds, and single seeds up to 4.
NAMING = 4
SMALLEST = NAMING / CONTROL  # of k log2 C: where it is less, naming alone may exceed that share
FEW = 64  # random labels below which a control that knows them says little


def knows_by_heart(accuracy: Shares, knowable: Shares) -> Shares:
    """Whether a source of that train accuracy is a full control, of labels that can be known."""
    return (accuracy >= MEMORISED * knowable) & (knowable >= KNOWABLE)


def say_short(share: float) -> str:
    """A share of labels that is not enough: three decimals, which are not rounded up to enough."""
    return f"{math.floor(1000 * share + 1e-9) / 1000:.3f}"
