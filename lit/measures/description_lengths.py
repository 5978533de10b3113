"""Description lengths beside L_IT (MDL, SDL, eSC, EDL, epiplexity, PVI), from stored bits. No I/O,
no torch.

Everything is in bits. Bits of a stream (S, k) are those of a coder that starts from theta0; its
blocks' means are its learning curve: L(A, i), the bits of a fresh label after i examples.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int64

Bits = Float[np.ndarray, "S k"]
Blocks = Sequence[Sequence[int]] | Int64[np.ndarray, "B 2"]
BySeed = Float[np.ndarray, " S"]


def compression(bits: Bits, classes: int) -> BySeed:
    """Uniform code over code, k log2 C / L (Voita and Titov 2020, arXiv:2003.12298)."""
    return bits.shape[1] * np.log2(classes) / bits.sum(axis=1)


def learning_curve(bits: Bits, blocks: Blocks) -> Float[np.ndarray, "S B"]:
    """Mean bits of a label, block by block: L(A, i) at the block's start i."""
    return np.stack([bits[:, start:stop].mean(axis=1) for start, stop in blocks], axis=1)


def surplus_description_length(bits: Bits, blocks: Blocks, eps: float) -> BySeed:
    """SDL: sum_i [L(A, i) - eps]_+ (Whitney et al. 2020, arXiv:2009.07368); eps >= H(Y | X)."""
    lengths = np.array([stop - start for start, stop in blocks])
    return (np.maximum(learning_curve(bits, blocks) - eps, 0) * lengths).sum(axis=1)


def sample_complexity(bits: Bits, blocks: Blocks, eps: float) -> BySeed:
    """eSC: min {i: L(A, i) <= eps} over the blocks' starts i; infinity where there is none."""
    starts = np.array([start for start, _ in blocks], dtype=np.float64)
    return np.where(learning_curve(bits, blocks) <= eps, starts, np.inf).min(axis=1)


def excess_description_length(bits: Bits, blocks: Blocks) -> BySeed:
    """EDL: Lambda(k) - k lambda(k), lambda(k) being the last block's mean.

    Donoway et al. 2026, arXiv:2601.04728.
    """
    return bits.sum(axis=1) - bits.shape[1] * learning_curve(bits, blocks)[:, -1]


def prequential_epiplexity(bits: Bits, held_out: Float[np.ndarray, "S m"]) -> BySeed:
    """sum_i [-log2 p_i(z_i) + log2 p_M(z_i)] (Finzi et al. 2026, arXiv:2601.03220).

    Its floor is taken on held-out data.

    Args:
        bits: Of n labels while they are learned.
        held_out: Of fresh labels under M, which was trained on n.
    """
    return bits.sum(axis=1) - bits.shape[1] * held_out.mean(axis=1)


def null_bits(
    labels: Int64[np.ndarray, "S k"], seen: Int64[np.ndarray, "S n"], classes: int
) -> Bits:
    """Bits of labels under g_null, which sees no input.

    It has the class frequencies of M's labels, those ``seen``, half a count added.
    """
    counts = np.stack([np.bincount(row, minlength=classes) for row in seen]) + 0.5
    return -np.log2(np.take_along_axis(counts / counts.sum(axis=1, keepdims=True), labels, axis=1))


def pointwise_information(null: Bits, model: Bits) -> Bits:
    """PVI: -log2 g_null(y) + log2 g(y | x) (Ethayarajh et al. 2022, arXiv:2110.08420)."""
    return null - model


def v_information(null: Bits, model: Bits) -> BySeed:
    """V-information of a label, in bits: the mean PVI (Xu et al. 2020, arXiv:2002.10689)."""
    return pointwise_information(null, model).mean(axis=1)
