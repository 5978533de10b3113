"""Information Transfer from code lengths: paired differences by seed. No I/O, no torch.

L_IT^k(M) = L_theta0(y_1:k | x_1:k) - L_M(y_1:k | x_1:k)   (arXiv:2009.07624)
K(M_n)    = L_theta0(y_1:n | x_1:n) - sum_i -log2 p_M(y_i | x_i)   over the n training examples
"""

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int64

from lit.measures.intervals import Estimate, estimate
from lit.measures.samples import sample
from lit.study.codes import CODES, HEADLINE

THETA0 = "theta0"
# What two codes must have in common, by its key in CodeLengths.made; "network" is a digest that
# "model" puts into words.
COMMON = {"x": "x", "y": "y", "network": "model", "learner": "learner", "schedule": "schedule"}


@dataclass(frozen=True, repr=False)
class CodeLengths:
    """Code lengths of one stream for S seeds.

    Attributes:
        bits: Of each label, in coding order, under the code ``code``.
        seeds: The S seeds.
        classes: Number of classes C.
        index: Rows of the data set in coding order.
        experts: Bits of each label by expert's name, of trained networks.
        made: What made the code: ``start``, which is ``theta0`` or M's digest; ``one_draw``,
            whether all seeds' M's were trained on the same examples; digests of ``x`` (as
            the network sees it), ``y`` and the ``network``; ``model``, ``learner`` with all its
            options, and ``schedule``. None where it is not known.
        codes: Bits of each label by code: ``network``, ``architecture``, ``shortest``.
        blocks: (start, stop) of each block; one where nothing is known of them.
        labels: How many labels the examples carry, where it is not one each; bits are then of each
            example.
        code: ``architecture``; of next tokens ``shortest``.
        group: Number of each example's group, where they come in groups.
        repeated: Which inputs M was trained on too, in another row of one data set, exactly, and
            are not known to be others': of groups, or of inputs that look alike, none is. None
            where that is not known.
    """

    bits: Float64[np.ndarray, "S k"]
    seeds: list[int]
    classes: int
    index: Int64[np.ndarray, "S k"]
    experts: dict[str, Float64[np.ndarray, "S k"]]
    made: Mapping[str, Any] | None = None
    codes: dict[str, Float64[np.ndarray, "S k"]] = field(default_factory=dict)
    blocks: Sequence[tuple[int, int]] = ((0, sys.maxsize),)
    labels: Int64[np.ndarray, " S"] | None = None
    code: str = HEADLINE
    group: Int64[np.ndarray, "S k"] | None = None
    repeated: Bool[np.ndarray, "S k"] | None = None

    @property
    def total(self) -> Float64[np.ndarray, " S"]:
        """Bits of the whole stream."""
        return self.bits.sum(axis=1)

    @property
    def uniform(self) -> float:
        """k log2 C, bits of the uniform code; a mean over seeds, where they have more labels or
        fewer."""
        count = self.bits.shape[1] if self.labels is None else float(self.labels.mean())
        return count * math.log2(self.classes)

    def __sub__(self, other: "CodeLengths") -> Estimate:
        """By how many bits this code is longer than another of the same labels, paired by seed.

        The two may differ in what they start from, in the model, the learner and the scaling.

        Raises:
            ValueError: labels, their order, C, seeds or the code differ; it says how.
        """
        if not isinstance(other, CodeLengths):
            return NotImplemented
        if differ := _differences(self, other, {"y": COMMON["y"]}):
            found = "; ".join(differ)
            raise ValueError(f"two codes must be of the same labels; they differ in {found}")
        if self.code != other.code:
            raise ValueError(f"one is the code {self.code}, the other {other.code}; code alike")
        return _saved(self, other, self.code)

    def __repr__(self) -> str:
        made = self.made or {}
        start = f" from {made['start']} by {made['learner']['kind']}" if made else ""
        count = self.bits.shape[1]
        what = f"{count} labels" if self.labels is None else f"labels of {count} examples,"
        return (
            f"CodeLengths({self.total.mean():.1f} bits{start}: {what} of"
            f" {self.classes} classes, mean of seeds {self.seeds}; uniform {self.uniform:.1f} bits)"
        )


def information_transfer(cold: CodeLengths, warm: CodeLengths, code: str | None = None) -> Estimate:
    """L_IT in bits, the paired difference by seed of a stream's code from theta0 and from M.

    Never clipped.

    Args:
        cold: Code lengths from theta0.
        warm: Code lengths from M.
        code: ``architecture``; ``network``, of what training the network gave; or ``shortest``, of
            generic learners too. Left out: the one of their bits.

    Raises:
        ValueError: cold does not start from theta0, or the two differ in anything but what they
            start from: in examples, their order, scaling or labels, number of classes, model,
            learner, schedule or seeds. It says in which, and how.
    """
    if not (isinstance(cold, CodeLengths) and isinstance(warm, CodeLengths)):
        raise ValueError(
            f"write two code lengths, not {type(cold).__name__} and {type(warm).__name__}"
        )
    _check_starts(cold, warm)
    if differ := _differences(cold, warm):
        raise ValueError(
            "cold and warm must code the same examples in the same order, alike but for their"
            f" start; they differ in {'; '.join(differ)}"
        )
    return _saved(cold, warm, code or cold.code)


def _saved(long: CodeLengths, short: CodeLengths, code: str) -> Estimate:
    saved = _bits(long, code) - _bits(short, code)
    # Rows of two data sets are no common examples, whatever their numbers.
    data = str((long.made or {}).get("y", ""))
    of = {"seeds": list(long.seeds), "k": saved.shape[1], "code": code}
    for key in ("learner", "schedule"):  # two codes under two learners have no one learner
        one, other = ((lengths.made or {}).get(key) for lengths in (long, short))
        if one and one == other:
            of[key] = one
    one_draw = any((lengths.made or {}).get("one_draw") for lengths in (long, short))
    about = sample(saved, long.index, long.blocks, data, long.group)
    return replace(estimate(about), of=of, one_draw=one_draw)


def _bits(lengths: CodeLengths, code: str) -> Float64[np.ndarray, "S k"]:
    if code not in CODES:
        raise ValueError(f"code is {code!r}; write {', '.join(CODES[:-1])} or {CODES[-1]}")
    if code == lengths.code:
        return lengths.bits
    if code not in lengths.codes:
        raise ValueError(f"a code length holds no code {code}; code the stream again")
    return lengths.codes[code]


def _check_starts(cold: CodeLengths, warm: CodeLengths) -> None:
    """Refuse a code of M in the place of theta0's, and a comparison of which nothing is known."""
    if (cold.made is None) != (warm.made is None):
        name = "cold" if cold.made is None else "warm"
        raise ValueError(
            f"{name} does not say what it coded and how (its .made is None), so the two cannot be"
            " compared"
        )
    if cold.made is None or warm.made is None or cold.made["start"] == THETA0:
        return
    if warm.made["start"] == THETA0:
        raise ValueError("the code from theta0 comes first: information_transfer(cold, warm)")
    raise ValueError(
        f"cold starts from {cold.made['start']}, not from theta0: code the stream with start=None;"
        " of two M's, the difference of their codes is a - b"
    )


def _differences(
    cold: CodeLengths, warm: CodeLengths, common: Mapping[str, str] = COMMON
) -> list[str]:
    """In what two codes differ that should not, and how, in words."""
    a, b = cold.made or {}, warm.made or {}
    differ = [
        f"{word}: {_words(a, b, key)}" for key, word in common.items() if a.get(key) != b.get(key)
    ]
    if cold.classes != warm.classes:
        differ.append(f"classes: {cold.classes} and {warm.classes}; pass classes=... to both")
    if cold.seeds != warm.seeds:
        remedy = "pass the same seeds=... to both, M's where there is one"
        differ.append(f"seeds: {cold.seeds} and {warm.seeds}; {remedy}")
    elif cold.bits.shape != warm.bits.shape:
        differ.append(f"length: {cold.bits.shape[1]} and {warm.bits.shape[1]} labels")
    elif not differ and not np.array_equal(cold.index, warm.index):
        differ.append("the order of the examples")
    return differ


def _words(a: Mapping[str, Any], b: Mapping[str, Any], key: str) -> str:
    """How two codes differ in a setting: of options, those that do."""
    if key == "network":
        return f"{a['model']} (network {a[key]}) and {b['model']} (network {b[key]})"
    one, other = a.get(key), b.get(key)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        if one.get("kind") != other.get("kind"):
            return f"{one.get('kind')} and {other.get('kind')}"
        names = [name for name in {**one, **other} if one.get(name) != other.get(name)]
        return ", ".join(f"{name} {one.get(name)} and {other.get(name)}" for name in names)
    return f"{one} and {other}"


def train_set_information(
    cold_bits: Float64[np.ndarray, "S n"], trained_bits: Float64[np.ndarray, "S n"]
) -> Float64[np.ndarray, " S"]:
    """K(M_n) in bits, from those of the training labels under the theta0 coder and under M."""
    return cold_bits.sum(axis=1) - trained_bits.sum(axis=1)
