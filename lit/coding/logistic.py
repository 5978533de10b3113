"""Logistic regression on-line: a Gaussian of the weights, which follows the labels one by one.

Least squares wastes bits on rare classes where inputs say little of the label, as those of many
tables do; a likelihood of labels does not. Each label moves the weights to where they are most
likely, given the Gaussian before it, and the curvature there adds to their precision, for each
class by itself (Laplace's approximation, label by label). Predictions allow for how unsure the
weights are (MacKay 1992). No torch.
"""

from collections.abc import Sequence
from math import isqrt

import numpy as np
from jaxtyping import Float64, Int64
from scipy.special import wrightomega

BIAS = 0.1  # precision of the biases
LEAST = 1e-12  # curvature and variance, of what is sure
FAR = 1e3  # inputs longer than that are seen as so long, else rounding takes all their variance
DELAY = 32  # labels whose curvature is taken from the covariance at once, which is faster
STEPS, ENOUGH = 100, 1e-12  # of Newton, and how far off the probabilities' sum may be
LARGEST = 100_000  # curvatures of all classes: more take longer than all kernels
MOST_CLASSES = 1000  # and so do more of them


def widest(classes: int) -> int:
    """How many inputs there may be with so many classes."""
    return isqrt(LARGEST // classes) - 1 if classes <= MOST_CLASSES else 0


class Logistic:
    """Predictions of one stream under several precisions and priors.

    Args:
        precisions: Of the weights, of inputs (m, D) that have a mean square of 1.
        width: D.
        classes: C.
        priors: How many there are; each precision is tried with each.
    """

    def __init__(self, precisions: Sequence[float], width: int, classes: int, priors: int):
        own = np.array(
            [[1 / one] * width + [1 / BIAS] for one in precisions for _ in range(priors)]
        )
        self.covariance = np.repeat((own[..., None] * np.eye(width + 1))[:, None], classes, axis=1)
        self.weights = np.zeros(self.covariance.shape[:3])
        # What the latest labels take from the covariance: their products with themselves, summed.
        self.taken = np.zeros((*self.weights.shape[:2], DELAY, width + 1))
        self.known = 0  # labels that the weights have followed
        self.flops = 0.0

    def follow(
        self,
        x: Float64[np.ndarray, "new D"],
        priors: Float64[np.ndarray, "P new C"],
        labels: Int64[np.ndarray, " new"],
        begin: int,
    ) -> Float64[np.ndarray, "E m C"]:
        """Logits of the examples from ``begin`` on, each from the labels before it.

        Args:
            x: Inputs of the stream's examples from ``known`` on.
            priors: Logarithms, to which the regression adds.
            labels: Of these examples; the last one is not looked at.
            begin: Place of the first example that is predicted, ``known`` or later.
        """
        x = x * (FAR / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), FAR))
        x = np.pad(x, ((0, 0), (0, 1)), constant_values=1.0)
        prior = np.tile(priors, (len(self.weights) // len(priors), 1, 1))
        first, found = begin - self.known, []
        for t, label in enumerate(labels.tolist()):
            along = self._along(x[t])
            spread, logits = along @ x[t], self.weights @ x[t]
            if t >= first:
                centred = logits - logits.mean(axis=1, keepdims=True)
                found.append(prior[:, t] + centred / np.sqrt(1 + np.pi / 8 * spread))
            if t < len(x) - 1:
                self._learn(label, prior[:, t] + logits, along, spread)
        return np.stack(found, axis=1)

    def _along(self, x: Float64[np.ndarray, " W"]) -> Float64[np.ndarray, "E C W"]:
        """The covariance times an input."""
        taken = self.taken[:, :, : self.known % DELAY]
        along = (self.covariance.reshape(-1, len(x)) @ x).reshape(self.weights.shape)
        return along - ((taken @ x)[:, :, None] @ taken)[:, :, 0]

    def _learn(
        self,
        label: int,
        logits: Float64[np.ndarray, "E C"],
        along: Float64[np.ndarray, "E C W"],
        spread: Float64[np.ndarray, "E C"],
    ) -> None:
        """One step after a label; ``along`` is the covariance times its input, ``spread`` the
        variance of its logits."""
        p = after(logits, spread, label)
        # Classes move together: alone, each would be C / (C - 1) times as steep if all were equal.
        curvature = p * (1 - p) * p.shape[1] / (p.shape[1] - 1)
        less = 1 / (1 / np.maximum(curvature, LEAST) + spread)
        self.taken[:, :, self.known % DELAY] = np.sqrt(less)[..., None] * along
        p[:, label] -= 1
        self.weights -= p[..., None] * along
        self.known += 1
        if self.known % DELAY == 0:
            self.covariance -= self.taken.swapaxes(2, 3) @ self.taken
        self.flops += 5.0 * self.covariance.size


def after(
    logits: Float64[np.ndarray, "E C"], spread: Float64[np.ndarray, "E C"], label: int
) -> Float64[np.ndarray, "E C"]:
    """Probabilities of the classes of an input, once a label of it is known.

    Of Gaussian logits with a variance of ``spread`` the most likely ones after the label are
    z = logits + spread (hot - p), where p are their probabilities: p = exp(z - total). So spread p
    is Wright's omega of log(spread) + logits + spread hot - total, and p sums to 1 for one total
    alone. Newton's steps go there from below, as the sum falls and is convex.
    """
    spread = np.maximum(spread, LEAST)
    told = logits.copy()
    told[:, label] += spread[:, label]
    total, place = (told - spread).max(axis=1, keepdims=True), np.log(spread) + told
    for _ in range(STEPS):
        p = wrightomega(place - total) / spread
        over = p.sum(axis=1, keepdims=True) - 1
        if (over < ENOUGH).all():
            break
        slope = (p / (1 + spread * p)).sum(axis=1, keepdims=True)
        total = total + np.where(over < ENOUGH, 0, over / slope)
    return p / p.sum(axis=1, keepdims=True)
