"""Bins of a real-valued target, so that it has a code length in bits.

The label of an example is the number of the bin that its target is in. A network has an output for
each of K knots, whatever the bins' width: how high a Gaussian bell around the knot stands in the
log-density, which is their sum. Free values at the knots would each have to be learned from targets
nearby; overlapping bells share what is learned.
"""

import math
from dataclasses import dataclass

import numpy as np

# Standard deviation of a bell, in distances of knots. 512 targets with Gaussian noise of a 20th of
# their range cost an mlp under replay 904 bits (of their density, 32 knots) at 1, 723 at 3, 681 at
# 5, 659 at 8; under readout 1,013, 708, 655, 938.
SPREAD = 5.0
EXACT = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Bins:
    """Equally wide bins, the first of which begins at ``low``; the last may end behind ``high``.

    Attributes:
        low, high: Range of the targets, in their units.
        width: Of a bin, in the same units.
        knots: Outputs of a network, K, equally spaced from low to high: more see finer detail.
        log: Whether targets are natural logarithms of what the data hold.
    """

    low: float
    high: float
    width: float
    knots: int = 32
    log: bool = False

    @property
    def count(self) -> int:
        """Number of bins C."""
        return math.ceil(round((self.high - self.low) / self.width, 9))

    def slack(self, precision: float = EXACT) -> float:
        """How far beyond an edge, in widths, rounding may put a target that lies on it.

        ``precision`` is the distance from 1 to the next number of the type that targets have.
        """
        return 2 * precision * max(abs(self.low), abs(self.high), self.high - self.low) / self.width

    def numbers(self, targets: np.ndarray, precision: float = EXACT) -> np.ndarray:
        """(N,) int64, the bin of each target (N,) from low to high; on an edge, the upper one."""
        places = (targets - self.low) / self.width  # of 0.3 in bins of 0.1, 2.9999999999999996
        number = np.floor(places + self.slack(precision)).astype(np.int64)
        return np.clip(number, 0, self.count - 1)

    def basis(self) -> np.ndarray:
        """(K, C) float64, what outputs are multiplied by to give the logits of the bins.

        A bin's logit is the log-density at its centre, or at high where that is behind it.
        """
        centres = np.minimum((np.arange(self.count) + 0.5) * self.width, self.high - self.low)
        places = centres / (self.high - self.low) * (self.knots - 1)
        away = (places - np.arange(self.knots)[:, None]) / SPREAD
        return np.exp(-0.5 * away**2)
