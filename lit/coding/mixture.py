"""Code-length arithmetic on stored bits: the on-line mixture of experts. No I/O, no torch.

Every block job stores, by expert, the bits that each label would cost. From these numbers alone the
code over experts is computed, so a change of the mixture retrains nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Float16, Float64, Int, Int64

from lit.coding.product import product
from lit.study.codes import BY_HEART, CODES, experts_of

WHAT = ("bits", "least")  # arrays of a code, see mixtures
# Part of the first weights of what knows by heart, where others have 1. From theta0 it often is the
# only one that fits, from M one of several: so finding what fits costs about the same from both.
HEART = 1.75


def sharing_rate(t: Any) -> Any:
    """Share of the weight dealt out anew after example t, a number or an array of them:
    0.5 / (t + 1), t = 0, 1, ...

    What Krichevsky and Trofimov (1981) estimate of a switch where none was seen in t examples. It
    falls like 1/t, so that never switching costs about half of log2 k bits, whatever the stream's
    length. Laplace's 1 / (t + 2) costs log2 k: what memorised random labels lost by it was more
    than 2 bits.
    """
    return 0.5 / (t + 1.0)


def mixture(
    experts: Float[np.ndarray, "E *S k"], prior: Float[np.ndarray, " E"] | None = None
) -> Float64[np.ndarray, "*S k"]:
    """Bits of the on-line fixed-share mixture (Herbster and Warmuth 1998; van Erven, Grunwald, de
    Rooij 2012).

    The weights before example t depend on the labels before t alone, so this is a code.

    Args:
        experts: (E, ..., k) bits of each label under each expert.
        prior: (E,) first weights, to which the shared weight returns; equal by default.

    Returns:
        (..., k) bits of each label, at most log2 E + the sharing's cost above the best single
        expert in sum.
    """
    experts = np.asarray(experts, dtype=np.float64)
    count = len(experts)
    prior = np.full(count, 1 / count) if prior is None else np.asarray(prior, dtype=np.float64)
    rows = experts.reshape(count, -1, experts.shape[-1])
    best = rows.min(axis=0)
    likelihood = np.exp2(best - rows)
    weight = np.repeat(prior[:, None], rows.shape[1], axis=1)
    share = sharing_rate(np.arange(rows.shape[-1]))
    total = np.empty_like(best)
    for t in range(rows.shape[-1]):
        weight = weight * likelihood[:, :, t]
        total[:, t] = weight.sum(axis=0)
        weight = (1 - share[t]) * (weight / total[:, t]) + share[t] * prior[:, None]
    return (best - np.log2(total)).reshape(experts.shape[1:])


def mixtures(
    experts: Mapping[str, Float64[np.ndarray, "S k"]],
    classes: int,
    logits: Mapping[str, Float16[np.ndarray, "S k C"]],
    labels: Int64[np.ndarray, "S k"],
) -> dict[str, Float64[np.ndarray, "S k"]]:
    """The three codes of a stream: mixtures of their experts, the experts' product and the uniform
    code.

    A start state that is uniform, as theta0 is, is that code already and no further expert.

    Args:
        experts: Bits of each label by expert; ``start`` is among them.
        classes: Number of classes.
        logits: As :func:`lit.coding.product.kept` has them, of those experts that the product may
            have; of none where there are too many classes.
        labels: What the labels are, in coding order; -1 behind the last of a stream that has fewer,
            where bits are 0.

    Returns:
        ``bits/<code>``, of each label; and ``least/<code>``, of all labels up to each under the one
        of what is mixed that was best so far: what a code costs beyond that is the price of not
        knowing which it would be.
    """
    uniform = np.where(labels >= 0, np.log2(classes), 0.0)
    known = np.array([is_uniform(*pair) for pair in zip(experts["start"], uniform, strict=True)])
    found = {f"{what}/{code}": np.empty_like(uniform) for what in WHAT for code in CODES}
    made: dict[tuple[str, ...], tuple[np.ndarray, np.ndarray]] = {}
    for seeds, left_out in ((known, ("start",)), (~known, ())):
        made.clear()
        for code in CODES if seeds.any() else ():
            names = tuple(n for n in experts_of(code, experts) if n not in left_out)
            if names not in made:
                own = [uniform[seeds], *(experts[name][seeds] for name in names)]
                factors = {name: logits[name][seeds] for name in names if name in logits}
                if factors:
                    own.append(product(factors, labels[seeds]))
                mixed = mixture(np.stack(own), first_weights(names, bool(factors)))
                made[names] = mixed, np.min([one.cumsum(axis=1) for one in own], axis=0)
            for what, array in zip(WHAT, made[names], strict=True):
                found[f"{what}/{code}"][seeds] = array
    return found


def first_weights(experts: Sequence[str], product: bool) -> Float64[np.ndarray, " E"]:
    """Weights of the uniform code, of the experts, and of their product where it is there.

    From theta0, whose own prediction is the uniform code, that code, all other experts together and
    the product have equal parts, and those that know by heart the labels of inputs that come again
    have three quarters as much again. From M the uniform code keeps its part, so that labels of
    which nothing is to be known cost the same, and M's own prediction shares the rest with the
    others: how many experts there are hardly changes what it costs to name what M knows already.
    """
    kinds = [_part_of(name) for name in experts]
    own = "start" in kinds
    size = {kind: HEART if kind == BY_HEART else 1.0 for kind in kinds}
    parts = sum(size.values()) + product
    uniform = 1 / (1 + max(parts - own, own))
    part = (1 - uniform) / max(parts, 1)
    each = [part * size[kind] / kinds.count(kind) for kind in kinds]
    return np.array([uniform, *each, *[part] * product])


def _part_of(expert: str) -> str:
    """Whose part of the first weights an expert shares."""
    if expert == "start":
        return expert
    return BY_HEART if BY_HEART in expert else "others"


def is_uniform(one: np.ndarray, uniform: np.ndarray | float) -> bool:
    """Whether predictions or bits are those of the uniform code, but for rounding."""
    return bool(np.allclose(one, uniform, rtol=1e-9, atol=0))


class OnlineMixture:
    """The code of :func:`mixture` as predictions, one example after the other, for sending labels
    for real.

    Attributes:
        weights: (E, S) weight of each expert for the next example of each of S streams.
    """

    def __init__(self, prior: Float64[np.ndarray, " E"], streams: int):
        """``prior``: first weights."""
        self.prior = np.repeat(prior[:, None], streams, axis=1)
        self.weights, self.sent = self.prior.copy(), 0

    def predict(self, experts: Float[np.ndarray, "E S C"]) -> Float64[np.ndarray, "S C"]:
        """(S, C) probabilities of the next labels, from those of each expert (E, S, C)."""
        return np.einsum("es,esc->sc", self.weights, experts)

    def update(self, experts: Float[np.ndarray, "E S C"], labels: Int64[np.ndarray, " S"]) -> None:
        """Follow what the labels (S,) were."""
        weights = self.weights * experts[:, np.arange(len(labels)), labels]
        share = sharing_rate(self.sent)
        self.weights = (1 - share) * weights / weights.sum(axis=0) + share * self.prior
        self.sent += 1


def label_entropy_bits(
    labels: Int[np.ndarray, "S k *T"], classes: int
) -> Float64[np.ndarray, " S"]:
    """(S,) bits of the labels of k examples under their own empirical frequencies, k H(Y): what
    knowing the class balance would give."""
    counts = np.stack([np.bincount(row[row >= 0], minlength=classes) for row in labels])
    share = counts / counts.sum(axis=1, keepdims=True)
    return -(counts * np.log2(np.where(share > 0, share, 1))).sum(axis=1)
