"""Temperatures that follow the labels already sent, one after the other, by expert."""

import numpy as np
from jaxtyping import Float64, Int64

START = np.log(4.0)  # of the log factor
FADE = 4.0  # the statistics follow about the last quarter of the labels
PRIOR = 5.0  # curvature at first, in nats: small steps while few labels are known
STEP, LOWEST, HIGHEST = 0.5, -4.0, 8.0


class Calibration:
    """Factors of E experts' means: logits are log prior + factor x mean.

    After each label the log factor takes one Newton step of the label's code length, with a
    curvature that fades.
    """

    def __init__(self, experts: int):
        self.factor = np.full((experts, 1), START)
        self.curvature = np.zeros((experts, 1))
        self.latest: tuple[np.ndarray, np.ndarray] | None = None

    def follow(
        self,
        means: Float64[np.ndarray, "E m C"],
        priors: Float64[np.ndarray, "E m C"],
        labels: Int64[np.ndarray, " end"],
        begin: int,
    ) -> Float64[np.ndarray, "E m C"]:
        """Logits of the examples from ``begin`` on, each under factors from the labels before it.

        Args:
            means, priors: Of each expert; of priors the logarithm.
            labels: Of the stream up to there. The last one is not looked at.
            begin: The first example's place.
        """
        logits = np.empty_like(means)
        for i in range(means.shape[1]):
            if self.latest is not None:
                self._learn(int(labels[begin + i - 1]), begin + i - 1)
            moved = np.exp(self.factor) * means[:, i]
            logits[:, i] = priors[:, i] + moved
            p = np.exp(logits[:, i] - logits[:, i].max(axis=1, keepdims=True))
            self.latest = p / p.sum(axis=1, keepdims=True), moved
        return logits

    def _learn(self, label: int, t: int) -> None:
        """One step after the label at place t."""
        p, moved = self.latest  # type: ignore[misc]
        mean = (p * moved).sum(axis=1, keepdims=True)
        slope = mean - moved[:, label : label + 1]
        self.curvature *= t / (t + FADE)
        self.curvature += (p * moved * moved).sum(axis=1, keepdims=True) - mean * mean
        step = np.clip(-slope / (self.curvature + PRIOR), -STEP, STEP)
        self.factor = np.clip(self.factor + step, LOWEST, HIGHEST)
