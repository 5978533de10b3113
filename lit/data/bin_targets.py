"""Real-valued targets as users have them, to numbers of bins."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from lit.data.bins import EXACT, Bins
from lit.data.dataset import WARNING
from lit.errors import InputError

MOST_BINS = 1024  # each label has a logit for every one of them
FEW = 20  # different whole numbers, up to which targets may be classes


def bin_targets(
    y: np.ndarray, rows: int, spec: Mapping[str, Any]
) -> tuple[np.ndarray, Bins, tuple[str, ...]]:
    """Check targets, and number their bins.

    Args:
        y: (N,), (N, 1) or (1, N) numbers.
        rows: N, as x has it.
        spec: ``width``, and ``low``, ``high``, ``knots`` and ``log`` if so, see
            :class:`lit.data.bins.Bins`. The range is that of y where it is not said.

    Returns:
        (N,) int64 numbers of bins, the bins, and notes.

    Raises:
        InputError: naming the row, or the key, and the remedy.
    """
    targets = _targets(y, rows, spec.get("log", False))
    precision = float(np.finfo(y.dtype).eps) if y.dtype.kind == "f" else EXACT
    low, high = float(targets.min()), float(targets.max())
    if low == high:
        raise InputError(f"all {rows} targets are {low:g}, which leaves nothing to code")
    bins = Bins(**({"low": low, "high": high} | dict(spec)))
    of = "log y" if bins.log else "y"
    if not bins.low < bins.high:
        raise InputError(f"bins: low: {bins.low:g} is not below high: {bins.high:g}; it has to be")
    slack = bins.slack(precision) * bins.width
    for key, beyond in (("low", bins.low - low), ("high", high - bins.high)):
        if beyond > slack:
            at, end = (targets.argmin(), low) if key == "low" else (targets.argmax(), high)
            raise InputError(
                f"{of}[{at}] is {end:g}, beyond bins: {key}: {getattr(bins, key):g}; write {key}:"
                f" {end:g}, or drop such rows"
            )
    _check_count(bins, of)
    notes = (*_doubts(y, bins), *_shared_top(targets, bins, bins.slack(precision), of))
    said = _said(bins, of, "low" in spec and "high" in spec)
    return bins.numbers(targets, precision), bins, (*notes, said)


def _targets(y: np.ndarray, rows: int, log: bool) -> np.ndarray:
    """(N,) float64, all finite."""
    if y.dtype.kind not in "iuf":
        raise InputError(
            f"y has type {y.dtype}, and bins are of numbers; take bins out if these are classes"
        )
    if not y.size == rows == max(y.shape, default=0):
        raise InputError(f"y has shape {y.shape}; bins are of one number an example, ({rows},)")
    targets = y.reshape(-1).astype(np.float64)
    if not np.isfinite(targets).all():
        row = int(np.argmin(np.isfinite(targets)))
        raise InputError(f"y[{row}] is {targets[row]}; drop rows without a target")
    if log and targets.min() <= 0:
        row = int(targets.argmin())
        raise InputError(f"y[{row}] is {targets[row]:g}, which has no logarithm; take log: out")
    return np.log(targets) if log else targets


def _check_count(bins: Bins, of: str) -> None:
    """Refuse a width that leaves nothing to code, or more bins than there is room for."""
    size, found = bins.high - bins.low, f"bins: width: {bins.width:g}"
    if bins.count < 2:
        raise InputError(
            f"{found} is no less than the range of {of}, {bins.low:g} to {bins.high:g}; write a"
            f" smaller one, such as {size / 100:.2g}"
        )
    if bins.count > MOST_BINS:
        raise InputError(
            f"{found} makes {bins.count:,} bins of {of} from {bins.low:g} to {bins.high:g}, and at"
            f" most {MOST_BINS:,} are allowed; write a larger one, such as {size / 100:.2g}: L_IT"
            " does not depend on it once it is small"
        )


def _doubts(y: np.ndarray, bins: Bins) -> tuple[str, ...]:
    """A warning where targets are whole numbers and may be meant otherwise."""
    if bins.log or (y != np.round(y)).any():
        return ()
    if len(present := np.unique(y)) <= FEW:
        return (
            f"{WARNING}y holds {len(present)} whole numbers; take bins out if these are classes",
        )
    if bins.width < 1:
        return (
            f"{WARNING}y holds whole numbers, between which bins of width {bins.width:g} are empty;"
            " write width: 1, or more",
        )
    return ()


def high_apart(targets: np.ndarray, bins: Bins, slack: float) -> float | None:
    """Where all targets lie on edges, and two values share the last bin: a high that parts them."""
    places = (targets - bins.low) / bins.width
    edges = np.round(places)
    last = np.isin([bins.count - 1, bins.count], edges)
    if (abs(places - edges) > slack).any() or not last.all():
        return None
    return bins.low + (bins.count + 1) * bins.width


def _shared_top(targets: np.ndarray, bins: Bins, slack: float, of: str) -> tuple[str, ...]:
    """A warning where all targets lie on edges, and two values share the last bin."""
    high = high_apart(targets, bins, slack)
    if high is None:
        return ()
    top = high - bins.width
    return (
        f"{WARNING}{of} = {top - bins.width:g} and {top:g} share the last bin, all others have one"
        f" each; write high: {high:g}",
    )


def _said(bins: Bins, of: str, given: bool) -> str:
    """What was done, in words."""
    whose = "as given" if given else "its own range"
    return (
        f"{of} from {bins.low:g} to {bins.high:g} ({whose}) was cut into {bins.count} bins of width"
        f" {bins.width:g}; a code length and {math.log2(bins.width):.3f} bits a label, log2 of the"
        " width, is that of the density"
    )
