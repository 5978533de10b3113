"""Regression of targets whose bins are the labels: a Gaussian process of a scale to be learnt.

A classifier has to learn that bins are neighbours, and how wide targets are spread; least squares
of the targets themselves begins there. A network of bins, whose outputs shape their density, can
say what this says. Targets have a covariance of a scale times a kernel and its ridge. Their mean
and the scale, unknown at first, are learnt as Bayes' rule has it with a conjugate prior, so that
predictions are Student's t (Gelman et al. 2013, section 3.3). No torch.
"""

import numpy as np
from jaxtyping import Float64

DEVIATION = 1 / 12  # root of the scale at first, as a share of the bins' range
KNOWN = 0.25  # labels, halved, that this counts as: few, as it may be small or large
WIDE = 300.0  # variance of the targets' mean around the range's middle, in units of the scale
FLOOR = 1e-3  # share of the uniform code, so that one that lies far off costs no more


class Normal:
    """Predictions of one stream by R regressions, whose kernels and ridges differ, and P priors.

    Attributes:
        mean: (R, P) what the targets are above the priors' means, in the bins' range.
        variance: (R, 1) of that, in units of the scale.
        known, spread: () and (R, P), parameters of the scale's inverse gamma distribution.
    """

    def __init__(self, regressions: int, priors: int, classes: int):
        """``classes``: C, the number of bins."""
        self.centres = (np.arange(classes) + 0.5) / classes - 0.5
        self.mean = np.zeros((regressions, priors))
        self.variance = np.full((regressions, 1), WIDE)
        self.known = KNOWN
        self.spread = np.full((regressions, priors), KNOWN * DEVIATION**2)
        self.latest: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None

    def follow(
        self,
        ahead: Float64[np.ndarray, "R m Q"],
        deviation: Float64[np.ndarray, "R m"],
        targets: Float64[np.ndarray, "end P"],
        priors: Float64[np.ndarray, "m P"],
        begin: int,
    ) -> Float64[np.ndarray, "R P m C"]:
        """Log-probabilities of the examples from ``begin`` on, each from the targets before it.

        Args:
            ahead: Of each prior, what the targets before say of each, were their mean known to be
                0; and last, what they would say if all were 1.
            deviation: Of a target around that, in units of the scale's root.
            targets: Of the stream up to there, less the priors' means. The last is not looked at.
            priors: The priors' means of these examples.
            begin: The first example's place.
        """
        found = np.empty((*self.mean.shape, ahead.shape[1], len(self.centres)))
        least = (self.centres[1] - self.centres[0]) ** 2 / 12  # of targets in a bin
        for i in range(ahead.shape[1]):
            if self.latest is not None:
                self._learn(targets[begin + i - 1])
            own, rest = ahead[:, i, :-1], 1 - ahead[:, i, -1:]
            spread = deviation[:, i, None] ** 2 + rest**2 * self.variance
            self.latest = own, rest, spread
            place = priors[i] + own + rest * self.mean
            square = spread * self.spread / self.known + least
            away = (self.centres - place[..., None]) ** 2 / square[..., None]
            freedom = 2 * self.known
            far = np.log1p(away / freedom)
            far -= far.min(axis=-1, keepdims=True)  # so that no sum over bins is 0
            p = np.exp(-(freedom + 1) / 2 * far)
            p *= (1 - FLOOR) / p.sum(axis=-1, keepdims=True)
            found[:, :, i] = np.log(p + FLOOR / len(self.centres))
        return found

    def _learn(self, target: Float64[np.ndarray, " P"]) -> None:
        """Take in the target of the latest prediction."""
        own, rest, spread = self.latest  # type: ignore[misc]
        off = target - own - rest * self.mean
        self.known += 0.5
        self.spread = self.spread + off**2 / spread / 2
        gain = self.variance * rest / spread
        self.mean = self.mean + gain * off
        self.variance = self.variance - gain * rest * self.variance
