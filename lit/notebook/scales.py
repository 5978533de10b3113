"""Whether M's inputs and the stream's were scaled alike, where each call scales by its own x."""

import warnings
from dataclasses import dataclass

import numpy as np

from lit.data.dataset import Dataset
from lit.data.scaling import Statistics, statistics

SHIFT = 0.25  # of M's standard deviation, between the means of a column
FACTOR = 2  # between the standard deviations of a column
SHARE = 0.25  # of M's range, between the smallest values, or the largest
CHANCE = 0.01  # about how often as much or more in some column is chance, and no warning is due


@dataclass(frozen=True)
class Scale:
    """What one call subtracted from x and divided it by, in float64.

    Attributes:
        subtracted, divided: Mean and standard deviation of each column, or channel of images, of
            one shape that broadcasts with x; of ``unit`` the smallest value and the range.
        mean_error, variance_error: Squared standard errors of mean and variance, likewise; empty
            for ``unit``.
    """

    subtracted: np.ndarray
    divided: np.ndarray
    mean_error: np.ndarray
    variance_error: np.ndarray


def scale_of(x: np.ndarray, data: Dataset, rule: str | None) -> Scale | None:
    """What x (N, ...), as it was given, was scaled by to ``data``; None where not by itself."""
    if rule not in ("standard", "unit"):
        return None
    if x.shape != data.x.shape:  # images, channels last
        x = np.moveaxis(x, -1, 1)
    if rule == "unit":
        low, high = float(x.min()), float(x.max())
        return Scale(np.array(low), np.array(high - low), np.empty(0), np.empty(0))
    found = statistics(x)
    return Scale(found.mean, found.std, *errors_of(x, found))


def errors_of(x: np.ndarray, found: Statistics) -> tuple[np.ndarray, np.ndarray]:
    """Squared standard errors of mean and variance of each column, or channel of images."""
    axes = (0, 2, 3) if x.ndim == 4 else (0,)
    variance = found.std**2
    fourth = np.mean((x - found.mean) ** 4, axis=axes, keepdims=True)
    return variance / len(x), np.maximum(fourth - variance**2, 0) / len(x)


def check_scales(
    theirs: Scale | None, ours: Scale | None, columns: tuple[str, ...] | None, where: str
) -> None:
    """Warn where M's x and the stream's were scaled by plainly different numbers.

    ``columns`` are their names, where M's x was a table.
    """
    if theirs is None or ours is None:
        return
    found = (
        differ_by_column(theirs, ours, columns) if theirs.mean_error.size else _ranges(theirs, ours)
    )
    if found:
        warnings.warn(
            f"{where}: x was scaled by other statistics than M's x: {found}. So equal inputs are"
            " not equal for M, and L_IT may even change its sign; scale both once beforehand, by"
            " the same numbers, and leave scale out",
            stacklevel=4,
        )


def _ranges(theirs: Scale, ours: Scale) -> str | None:
    ends = [np.array([s.subtracted, s.subtracted + s.divided]) for s in (theirs, ours)]
    if np.abs(ends[0] - ends[1]).max() <= SHARE * theirs.divided:
        return None
    had, has = (f"{low:.4g} to {high:.4g}" for low, high in ends)
    return f"it has values from {has}, and M's had {had}"


def differ_by_column(
    theirs: Scale, ours: Scale, columns: tuple[str, ...] | None, whose: str = "M's"
) -> str | None:
    """The column whose scale plainly differs most, in words; nothing where none does."""
    moved = np.abs(ours.subtracted - theirs.subtracted)
    small, large = np.sort([ours.divided, theirs.divided], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):  # by columns that do not vary
        by_mean = moved / np.sqrt(theirs.mean_error + ours.mean_error)
        errors = np.sqrt(theirs.variance_error + ours.variance_error)
        by_variance = (large**2 - small**2) / errors
        distance = np.maximum(moved / theirs.divided, large / small)
    beyond = np.sqrt(2 * np.log(moved.size / CHANCE))  # standard errors; all columns are looked at
    plain = (moved > SHIFT * theirs.divided) & (by_mean > beyond)
    plain |= (large > FACTOR * small) & (by_variance > beyond)
    if not plain.any():
        return None
    place = int(np.where(plain, distance, 0).argmax())
    kind = "channel" if plain.ndim == 4 else "column"
    name = repr(columns[place]) if columns and len(columns) == plain.size else str(place)
    had, has = (
        f"mean {s.subtracted.flat[place]:.4g} and standard deviation {s.divided.flat[place]:.4g}"
        for s in (theirs, ours)
    )
    return (
        f"its {kind} {name} has {has}, {whose} had {had} ({plain.sum():,} of {plain.size:,}"
        f" {kind}s differ so)"
    )
