"""Labels by heart: an input has the labels that it had before.

What a network tells apart it can know by heart, and a coder that counts does so after one sight.
Of several hypotheses Bayes' rule says which hold, label by label: that each input has one true
label, and a label that is sent is another one, any, with a probability q that is alike for all; and
that each input has shares of its own, from a Dirichlet distribution. Either is around what is said
of an input that is new: by the prior, or by how many inputs had each label so far. No torch.
"""

from collections import defaultdict

import numpy as np
from jaxtyping import Float64, Int64

HALVINGS = 16  # q is C - 1 of C, divided by 2 up to so often; then there is as good as no noise
FEWER = 1 / 32  # in 2: how many times rarer noise is thought for each halving of q
WORTH = 4.0 ** np.arange(1.5, -4, -1)  # labels of an input that outweigh the prior
LEARNT = 1 / 16  # part of the hypotheses in which shares of labels, not the prior, say what is new
LEAST = 1e-9  # prior probability of a true label
RAREST = -500.0  # logarithm of a label's prior, so that none is impossible


class ByHeart:
    """Predictions of one stream under several priors.

    Attributes:
        weights: (P, 3 H) of the hypotheses under each prior, after the labels so far: each q, the
            last of them as good as none, and each worth of what is said of a new input; by what
            that is: the prior, and shares of labels from each of ``unseen``.
        known: Labels that they have followed.
    """

    def __init__(self, priors: int, classes: int):
        """``priors``: P, how many there are; ``classes``: C."""
        halvings = np.arange(HALVINGS + 1)
        # The last q stands for all smaller ones, each other one for those around it.
        middle = np.where(halvings < HALVINGS, 0.5**0.5, 1.0)
        q = (1 - 1 / classes) * 0.5**halvings * middle
        self.other = (q / (classes - 1))[:, None]  # probability of each wrong label
        self.gain = 1 - q[:, None] - self.other
        self.odds = np.log((1 - q[:, None]) / self.other)
        rarer = 0.5 ** (FEWER * halvings)
        noise, shares = (rarer[:-1] - rarer[1:]) / 2, (1 - rarer[-1]) / 2 / len(WORTH)
        weights = np.array([*noise, rarer[-1], *[shares] * len(WORTH)])
        parts = np.array([1 - LEARNT, LEARNT / 2, LEARNT / 2])
        self.weights = np.tile(np.outer(parts, weights).ravel(), (priors, 1))
        # How often each input had each label.
        self.seen: dict[int, np.ndarray] = defaultdict(lambda: np.zeros(classes))
        self.had = np.zeros(classes)  # how many inputs had each label
        # Counts of each label before the first: where most occur, and where few do (Perks 1947).
        self.unseen = np.array([[0.5], [1 / classes]])
        self.known = 0
        self.flops = 0.0

    def follow(
        self,
        inputs: Int64[np.ndarray, " new"],
        priors: Float64[np.ndarray, "P new C"],
        labels: Int64[np.ndarray, " new"],
        begin: int,
    ) -> Float64[np.ndarray, "P m C"]:
        """Log-probabilities of the examples from ``begin`` on, each from the labels before it.

        Args:
            inputs: Numbers of the stream's inputs from ``known`` on.
            priors: Log-probabilities of an input that is new.
            labels: Of these examples; the last one is not looked at.
            begin: Place of the first example that is predicted, ``known`` or later.
        """
        first, found = begin - self.known, []
        for t, (own, label) in enumerate(zip(inputs.tolist(), labels.tolist(), strict=True)):
            each = self._predict(self.seen[own], priors[:, t])
            if t >= first:
                found.append(np.log((self.weights[:, None] @ each)[:, 0]))
            if t < len(inputs) - 1:
                self.weights = self.weights * each[:, :, label]
                self.weights /= self.weights.sum(axis=1, keepdims=True)
                self.had[label] += self.seen[own][label] == 0
                self.seen[own][label] += 1
                self.known += 1
        self.flops += 10.0 * priors.size * self.weights.shape[1]
        return np.stack(found, axis=1)

    def _predict(
        self, counts: Float64[np.ndarray, " C"], prior: Float64[np.ndarray, "P C"]
    ) -> Float64[np.ndarray, "P R C"]:
        """Probabilities of an input's label under each prior and of its R = 3 H hypotheses, from
        how often it had each before."""
        told = np.exp(np.maximum(prior, RAREST))[:, None]
        learnt = self.had + self.unseen
        learnt = np.tile(learnt / learnt.sum(axis=1, keepdims=True), (len(prior), 1, 1))
        new = np.concatenate([told, learnt], axis=1)[:, :, None]  # (P, 3, 1, C)
        # Of an input's true label such that under each q a new input's label is as the prior says.
        true = np.maximum((new - self.other) / self.gain, LEAST)
        log = np.log(true) + self.odds * counts
        post = np.exp(log - log.max(axis=-1, keepdims=True))
        post /= post.sum(axis=-1, keepdims=True)
        worth = WORTH[:, None]
        shares = (counts + worth * new) / (counts.sum() + worth)
        each = np.concatenate([self.other + self.gain * post, shares], axis=2)
        return each.reshape(len(prior), -1, each.shape[-1])
