"""The product of experts: their probabilities multiplied, each to a power that follows the labels.

A mixture is never better than its best expert on a label; where experts err in different ways, the
product is (Genest and Zidek 1986; Hinton 2002). The powers before a label come from the labels
before it alone, by Newton steps of their code length (Hazan, Agarwal, Kale 2007). No torch.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float, Float16, Float64, Int64

from lit.coding.blas import one_thread

PRIOR = 10.0  # curvature at first, in nats: powers move little while few labels are known
LARGEST = 20.0  # logits beyond count as this, so that no single one outweighs all others
SMALLEST = 1e-300  # probability: a label that is believed impossible costs 997 bits
MOST_CLASSES = 128  # with more, what each expert says of each class takes too much room


def kept(logits: Any) -> Float16[np.ndarray, "*sizes C"] | None:
    """Logits (..., C), centred and rounded, as they are stored for the product; None where
    there are too many classes for it.

    A class that an expert rules out may have the logit -inf.
    """
    logits = np.asarray(logits, dtype=np.float64)
    if logits.shape[-1] > MOST_CLASSES:
        return None
    below = np.maximum(logits - logits.max(axis=-1, keepdims=True), -2 * LARGEST)
    centred = below - below.mean(axis=-1, keepdims=True)
    return centred.clip(-LARGEST, LARGEST).astype(np.float16)


class Product:
    """Predictions of S streams, one label after the other.

    Attributes:
        powers: (S, 1, E) of each expert for the next label.
    """

    def __init__(self, experts: int, streams: int):
        self.powers = np.full((streams, 1, experts), 1 / experts)
        self.curvature = np.repeat(PRIOR * np.eye(experts)[None], streams, axis=0)
        self.latest: tuple[np.ndarray, np.ndarray] | None = None

    def predict(self, logits: Float[np.ndarray, "S E C"]) -> Float64[np.ndarray, "S C"]:
        """(S, C) probabilities of the next labels."""
        # Products of stacked matrices: a stream's numbers do not depend on those beside it.
        logits = np.ascontiguousarray(logits, dtype=np.float64)
        summed = self.powers @ logits
        p = np.exp(summed - summed.max(axis=-1, keepdims=True))
        p /= p.sum(axis=-1, keepdims=True)
        self.latest = logits, p
        return p[:, 0]

    def update(self, labels: Int64[np.ndarray, " S"]) -> None:
        """Follow what the labels (S,) of the latest predictions were."""
        assert self.latest is not None
        logits, p = self.latest
        mean = (logits * p).sum(axis=-1, keepdims=True)
        of_label = logits[np.arange(len(labels)), :, labels][..., None]
        spread = logits - mean
        self.curvature += (spread * p) @ spread.transpose(0, 2, 1)
        self.powers -= np.linalg.solve(self.curvature, mean - of_label).transpose(0, 2, 1)


def product(
    logits: Mapping[str, Float16[np.ndarray, "S k C"]], labels: Int64[np.ndarray, "S k"]
) -> Float64[np.ndarray, "S k"]:
    """Bits of each label under the product of the experts whose logits these are; 0 where there is
    none, -1, behind the last."""
    stacked = np.stack(list(logits.values()), axis=1)  # (S, E, k, C)
    streams, experts, k, _ = stacked.shape
    online, found = Product(experts, streams), np.empty((streams, k))
    rows = np.arange(streams)
    with one_thread():
        for t in range(k):
            p = online.predict(stacked[:, :, t])
            found[:, t] = -np.log2(np.maximum(p[rows, labels[:, t]], SMALLEST))
            online.update(labels[:, t])
    return np.where(labels >= 0, found, 0.0)
