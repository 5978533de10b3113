"""A random forest on-line, for tables: where single columns tell labels apart at thresholds.

No network is like it (Breiman 2001). It is grown anew where there are GROWTH times as many labels
as when it was grown last, from all of them, wherever blocks begin. No torch.
"""

import math
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

FIRST, GROWTH = 16, 1.5  # labels that the first forest is grown from, and how far on the next is
TREES = 100
LEAVES = 2  # labels of the smallest leaf
# Labels that a tree is grown from at most, and classes, of each of which a leaf has a share: some
# 200 MB and ten seconds a forest at most.
ROWS, MOST_CLASSES = 4096, 100
MOST_INPUTS = 256  # as tables have, and features of networks seldom


def fits(width: int, classes: int) -> bool:
    """Whether so many inputs and classes are few enough."""
    return width <= MOST_INPUTS and classes <= MOST_CLASSES


class Forest:
    """Predictions of one stream.

    Attributes:
        known: Labels that it has followed.
    """

    def __init__(self, width: int, classes: int):
        """``width``: D, how many inputs there are; ``classes``: C."""
        self.x, self.label = np.empty((0, width)), np.empty(0, dtype=np.int64)
        self.classes, self.known, self.flops = classes, 0, 0.0
        self.grown = 0
        self.forest: Any = None  # scikit-learn's

    def follow(
        self,
        x: Float64[np.ndarray, "new D"],
        priors: Float64[np.ndarray, "P new C"],
        labels: Int64[np.ndarray, " new"],
        begin: int,
    ) -> Float64[np.ndarray, "1 m C"]:
        """Log-probabilities of the examples from ``begin`` on, each from labels before it.

        Args:
            x: Inputs of the stream's examples from ``known`` on.
            priors: Not looked at.
            labels: Of these examples; the last one is not looked at.
            begin: Place of the first example that is predicted, ``known`` or later.
        """
        self.x = np.concatenate([self.x[: self.known], x])
        self.label = np.concatenate([self.label[: self.known], labels])
        self.known = len(self.label) - 1
        parts, end = [], len(self.label)
        while begin < end:
            grown, until = _growing(begin)
            parts.append(self._predict(grown, begin, min(until, end)))
            begin = until
        return np.log(np.concatenate(parts))[None]

    def _predict(self, grown: int, begin: int, end: int) -> Float64[np.ndarray, "m C"]:
        """Probabilities by the forest of the first labels, beside one more label that is any."""
        p = np.full((end - begin, self.classes), 1 / self.classes)
        if not grown:
            return p
        if grown != self.grown:
            self.grown, few = grown, min(grown, ROWS)
            self.forest = _grow(self.x[:grown], self.label[:grown], few)
            self.flops += TREES * few * math.log2(few) * math.sqrt(self.x.shape[1])
        self.flops += TREES * len(p) * math.log2(min(grown, ROWS))
        p /= grown + 1
        # As predict_proba, whose checks take 15 times as long as the trees do for a single example.
        seen = self.x[begin:end].astype(np.float32)
        said = sum(tree.tree_.predict(seen) for tree in self.forest.estimators_) / TREES
        p[:, self.forest.classes_] += grown / (grown + 1) * said
        return p


def _grow(x: Float64[np.ndarray, "n D"], label: Int64[np.ndarray, " n"], few: int) -> Any:
    """One of these labels, each tree from so many of them."""
    # Importing it takes as long as importing torch, and only tables need it.
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(TREES, min_samples_leaf=LEAVES, max_samples=few, random_state=0)
    return forest.fit(x, label)


def _growing(place: int) -> tuple[int, int]:
    """How many labels the forest is grown from that predicts an example, 0 for none, and the first
    example after it that another one predicts."""
    grown, until = 0, FIRST
    while until <= place:
        grown, until = until, math.ceil(GROWTH * until)
    return grown, until
