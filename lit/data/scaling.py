"""Scaling of inputs: one rule where nothing is said, and three options beside it.

(nothing)   unsigned integers of 8 and 16 bits are intensities and are divided by the largest value
            of their type (255, 65,535); everything else is used as given
none        used as given, whatever the type
unit        (x - smallest) / (largest - smallest), of all values of the data set
standard    (x - mean) / standard deviation, of all examples of the data set: by channel for images
            (N, channels, H, W), by column for everything else; what does not vary becomes 0

The statistics are public: both codes know all inputs, and only labels cost bits.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lit.data.dataset import WARNING
from lit.errors import InputError

CHUNK = 2**22  # numbers at once
SAMPLE = 2048  # examples of intensities that are looked at for warnings
# Beyond these a network learns worse. An MLP of 32 units codes 128 labels of digits, of a spread of
# 2.2, in 227 bits; in 6 % more at a root mean square of 31, 20 % more at 124; in 24 % more at a
# spread of 0.54, 82 % more at 0.14, of 426 at most.
LARGEST_RMS = 20
SMALLEST_SPREAD = 0.3
LARGEST_RATIO = 1000


@dataclass(frozen=True)
class Statistics:
    """Of each channel of images, or column of anything else: float64, to broadcast with x."""

    mean: np.ndarray
    std: np.ndarray
    low: np.ndarray
    high: np.ndarray


def apply_rule(x: np.ndarray, rule: str | None) -> tuple[np.ndarray, str, tuple[str, ...]]:
    """Scale inputs (N, ...): finite numbers of any integer, floating or truth type.

    Returns:
        (N, ...) uint8, which is divided by 255 when it is used, or float32; the scaling in words;
        notes.

    Raises:
        InputError: integers that the rule would all but erase, inputs that are all equal, numbers
            beyond float32.
    """
    if rule not in (None, "none", "unit", "standard"):
        raise InputError(f"scale: found {rule!r}; write none, unit or standard, or leave it out")
    if rule is None:
        return _unasked(x)
    if rule == "none":
        return _float32(x), "used as given (scale: none)", ()
    low, high = x.min().astype(np.float64), x.max().astype(np.float64)
    if low == high:
        raise InputError(f"scale: {rule}: all values of x are {low:g}; look into the file")
    if rule == "unit":
        by = f"the smallest and the largest value, {low:g} and {high:g}"
        words = f"scaled to 0..1 by {by} (scale: unit)"
        if x.dtype == np.uint8 and (low, high) == (0, 255):
            return x, words, ()  # the same numbers, and a quarter of the room
        x = _moved(x, low, high - low)
        return x, words, _complaints(x, "scaled to 0..1 as a whole")
    found = statistics(x)
    by, _ = _shared(x)
    still = int((found.std == 0).sum())
    notes = (f"{still:,} of {found.std.size:,} {by}s do not vary and became 0",) if still else ()
    words = f"standardised by mean and standard deviation of each {by} (scale: standard)"
    return _moved(x, found.mean, found.std), words, notes


def _unasked(x: np.ndarray) -> tuple[np.ndarray, str, tuple[str, ...]]:
    """The rule where nothing is said."""
    if x.dtype.kind != "u" or x.dtype.itemsize > 2:
        x = _float32(x)
        return x, "used as given", _complaints(x, "used as given")
    top = int(np.iinfo(x.dtype).max)
    largest = int(x.max())
    taken = f"x has type {x.dtype}, which is taken for intensities and divided by {top:,}"
    if largest < top / 4:
        raise InputError(
            f"{taken}, but its largest value is {largest:,}, so that at most {largest / top:.2g}"
            " would be left; write scale: none for 0/1 features and small counts, scale: unit for"
            " intensities of fewer bits, or scale: standard"
        )
    # Columns, or channels, that are surely 0/1 features.
    by, axes = _shared(x)
    high = np.max(x, axis=axes)
    varies = np.min(x, axis=axes) < high
    binary = varies & (high <= 1)
    # Of flattened pictures a few pixels at the border may be that dark.
    if binary.sum() > (0 if x.ndim == 4 else 0.02 * varies.sum()):
        first = int(np.argmax(binary))
        raise InputError(
            f"{taken}, but {binary.sum():,} of {varies.size:,} {by}s, such as {by} {first}, hold 0"
            f" and 1 alone; write scale: standard, which goes by {by}, or scale: none"
        )
    words = f"divided by {top:,}"
    some = x[:: max(len(x) // SAMPLE, 1)][:SAMPLE]
    notes = _complaints(some.astype(np.float32) / np.float32(top), words)
    if x.dtype.itemsize == 1:
        return x.astype(np.uint8, copy=False), words, notes
    return x.astype(np.float32) / np.float32(top), words, notes


def _complaints(x: np.ndarray, how: str) -> tuple[str, ...]:
    """Warnings about float32 inputs too large, too small or too unequal to learn well from."""
    found = statistics(x)
    rms = float(np.sqrt(np.mean(found.mean**2 + found.std**2)))
    columns = x[0].size / found.std.size  # that share one statistic: the pixels of a channel
    spread = float(np.sqrt(columns * np.sum(found.std**2)))
    ranges = (found.high - found.low)[found.std > 0]
    if len(ranges) and ranges.max() > LARGEST_RATIO * ranges.min():
        by, _ = _shared(x)
        span = f"{ranges.min():.2g} to {ranges.max():,.4g}"
        wrong = f"its {by}s have ranges from {span}, and networks hardly see the small ones"
    elif rms > LARGEST_RMS:
        wrong = f"its root mean square is {rms:,.4g}, and networks learn best near 1"
    elif spread < SMALLEST_SPREAD:
        wrong = (
            f"examples lie only {spread:.2g} from their mean (root mean square), and networks learn"
            " best at 1 or more"
        )
    else:
        return ()
    rules = "standard or unit" if x.ndim > 2 else "standard"
    remedy = f"write scale: {rules}, or scale: none if it is meant so"
    return (f"{WARNING}x is {how}, but {wrong}; {remedy}",)


def statistics(x: np.ndarray) -> Statistics:
    """Of inputs (N, ...), in float64; a standard deviation that is no more than rounding is 0."""
    _, axes = _shared(x)
    count = np.prod([x.shape[axis] for axis in axes])
    low = np.min(x, axis=axes, keepdims=True).astype(np.float64)
    high = np.max(x, axis=axes, keepdims=True).astype(np.float64)
    mean = sum(part.sum(axis=axes, keepdims=True, dtype=np.float64) for part in _parts(x)) / count
    mean = mean + sum((part - mean).sum(axis=axes, keepdims=True) for part in _parts(x)) / count
    with np.errstate(over="ignore"):  # infinity says enough
        squares = sum(((part - mean) ** 2).sum(axis=axes, keepdims=True) for part in _parts(x))
        std = np.sqrt(squares / count)
    rounding = np.finfo(x.dtype if x.dtype.kind == "f" else np.float64).eps
    varies = (std > rounding * np.abs(mean)) & (low < high)
    return Statistics(mean, np.where(varies, std, 0), low, high)


def _shared(x: np.ndarray) -> tuple[str, tuple[int, ...]]:
    """What has statistics of its own, and the axes of x that share them."""
    return ("channel", (0, 2, 3)) if x.ndim == 4 else ("column", (0,))


def _parts(x: np.ndarray) -> Iterator[np.ndarray]:
    """Some examples after the others, so that a float64 copy of all of them is never needed."""
    rows = max(CHUNK * len(x) // x.size, 1)
    return (x[begin : begin + rows] for begin in range(0, len(x), rows))


def _moved(x: np.ndarray, origin: np.ndarray, size: np.ndarray) -> np.ndarray:
    """(x - origin) / size in float64, as float32; 0 where the size is 0."""
    if not np.isfinite(size).all():
        raise InputError(f"x goes up to {np.abs(x).max():.3g}, too large to be scaled; divide it")
    divisor = np.where(size == 0, np.inf, size)
    return np.concatenate([((part - origin) / divisor).astype(np.float32) for part in _parts(x)])


def _float32(x: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        made = x.astype(np.float32)
    if x.dtype.kind == "f" and not np.isfinite(made).all():
        raise InputError(
            f"x goes up to {np.abs(x).max():.3g}, beyond float32; write scale: standard or unit"
        )
    return made
