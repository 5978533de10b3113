"""Whether a stream may be coded from M.

Each check raises InputError where the two do not belong together, naming what M has and x or y has.
"""

import itertools
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lit.data.classes import tell_numbers
from lit.data.dataset import Dataset
from lit.data.inputs import scale
from lit.data.overlap import look_alike
from lit.data.telling_inputs import say_told, telling_inputs
from lit.errors import InputError
from lit.measures.controls import KNOWABLE, MEMORISED, say_short
from lit.networks.build import build_theta0
from lit.notebook.digests import network_digest, shapes
from lit.notebook.scales import Scale, check_scales
from lit.notebook.source import Source, describe
from lit.notebook.traces import Traces

WARN_SHARE = 0.01  # of a stream: so many of its inputs may be M's too, as real data hold duplicates
WARN_RATIO = 50  # between the largest inputs of M and of the stream


def check_fits(
    m: Source, x: Any, data: Dataset, scaled: Scale | None, spec: Mapping[str, Any], where: str
) -> None:
    """Refuse inputs and a network that are not as M's are."""
    check_columns(m, x, where)
    check_inputs(m, data, where)
    check_scales(m.scaled, scaled, m.columns, where)
    check_model(m, spec, where)


def check_model(source: Source, entry: Mapping[str, Any], where: str) -> None:
    """Refuse to code from M with another network than M is."""
    if entry == source.model:
        return
    net = build_theta0(entry, source.data.form(), source.seeds[0], where)
    if source.network:
        same = network_digest(net) == source.network
    else:
        same = shapes(net.state_dict()) == shapes(source.state.tensors, skip=1)
    if not same:
        raise InputError(
            f"{where}: start is {describe(source.model)}, but model is {describe(entry)}, another"
            " network; leave model out, or train M with this one"
        )


def check_inputs(source: Source, data: Dataset, where: str) -> None:
    """Refuse inputs that M was not made for: of another shape, or plainly of another scale."""
    theirs, ours = source.data.x, data.x
    if theirs.shape[1:] != ours.shape[1:]:
        raise InputError(
            f"{where}: M was trained on examples of shape {theirs.shape[1:]}, but those of x have"
            f" {ours.shape[1:]}; give both one shape"
        )
    given, other = (theirs, ours) if theirs.dtype == np.uint8 else (ours, theirs)
    ranges = f"{where}: M was trained on inputs {_range(theirs)} and x has inputs {_range(ours)}"
    if given.dtype == np.uint8 != other.dtype and not (other.min() >= 0 and other.max() <= 1):
        raise InputError(f"{ranges}; give both one type and one scale")
    ends = [scale(np.array([x.min(), x.max()], x.dtype)) for x in (theirs, ours)]
    small, large = sorted(float(np.abs(both).max()) for both in ends)
    if large > WARN_RATIO * small:
        asked = "if both are meant to have one scale, scale both once beforehand, alike"
        warnings.warn(f"{ranges}; {asked}", stacklevel=4)


def column_names(x: Any) -> tuple[str, ...] | None:
    """Names of a table's columns; None of anything else."""
    columns = getattr(x, "columns", None)
    return None if columns is None or callable(columns) else tuple(map(str, columns)) or None


def warn_of_telling(data: Dataset, columns: tuple[str, ...] | None, where: str) -> None:
    """Say that one column of x tells every label, as what was made from them does."""
    if data.x.ndim != 2 or data.vocabulary:
        return
    names = columns or tuple(f"column {i}" for i in range(data.x.shape[1]))
    if telling := telling_inputs(replace(data, columns=names)):
        some = " or ".join([*telling][:3])
        warnings.warn(
            f"{where}: of x, {some} alone tells the label of {say_told(max(telling.values()))};"
            " leave it out if it was made from the label, is known only when the label is, or says"
            " whom or what a row is of",
            stacklevel=3,
        )


def check_columns(source: Source, x: Any, where: str) -> None:
    """Refuse a table whose columns are not M's, or come in another order."""
    theirs, ours = source.columns, column_names(x)
    if theirs is None or ours is None or theirs == ours:
        return
    if set(theirs) == set(ours):
        raise InputError(f"{where}: x has M's columns in another order; write x[list(M.columns)]")
    unnamed = tuple(map(str, range(len(ours))))
    if unnamed not in (theirs, ours):
        pairs = itertools.zip_longest(theirs, ours)
        at = next(i for i, (a, b) in enumerate(pairs) if a != b)
        raise InputError(
            f"{where}: x has other columns than M was trained on, first at place {at}:"
            f" {ours[at : at + 1]} where M has {theirs[at : at + 1]}; give both the same"
        )


def _range(x: np.ndarray) -> str:
    scaled = " of type uint8, which are scaled to 0..1" if x.dtype == np.uint8 else ""
    return f"{x.min():.4g} to {x.max():.4g}{scaled}"


def check_classes(
    source: Source, y: np.ndarray, classes: int | tuple[str, ...] | None, where: str
) -> int | tuple[str, ...]:
    """M's classes, by number or by name, for a stream that keeps M's head and has no others."""
    count, names = source.data.classes, source.data.names
    new = "write head='new' to replace M's head by zeros, or train M with"
    if classes is not None and classes not in (count, names):
        raise InputError(
            f"{where}: M has {count} classes, but classes is {classes!r}; {new} classes={classes!r}"
        )
    if y.dtype.kind in "iu" and y.size and y.max() >= count:
        raise InputError(
            f"{where}: y[{int(y.argmax())}] is {y.max()}, but M has {count} classes,"
            f" 0..{count - 1}; {new} classes={y.max() + 1}"
        )
    if y.dtype.kind in "iub" and classes != names and not tell_numbers(names):
        raise InputError(
            f"{where}: M's classes have names ({', '.join(names or ())[:60]}), but y holds numbers,"
            " which do not tell them; write y as names, or classes=[...], the names in the order of"
            " y's numbers"
        )
    if names and y.dtype.kind in "SUT" and (other := sorted(set(y.ravel().tolist()) - set(names))):
        raise InputError(
            f"{where}: y has the class {other[0]!r}, which M has not; {new} classes=[...], the"
            " names of all"
        )
    return names or count


def check_fresh(
    source: Source,
    traces: Traces,
    rows: Callable[[], np.ndarray],
    allowed: bool,
    data: Dataset,
    read: bool,
    where: str,
) -> np.ndarray | None:
    """Refuse a stream of examples that M was trained on.

    Of one data set each seed codes other rows than those its M was trained on, see
    :mod:`lit.data.streams`, and equal inputs of other rows are others', or copies. Of two, a
    stream may have inputs of M's, as the few that real data hold twice, one in a hundred, or as
    many as ``allowed``.

    Args:
        source: M.
        traces: Of the stream's data set.
        rows: Gives those (S, k) that each seed codes.
        allowed: Whether equal inputs are other examples.
        data: The stream's data set.
        read: Whether it was read from a file, which warns of copies.
        where: How errors name the call.

    Returns:
        (S, k) which coded inputs M was trained on in another row; None of two data sets.
    """
    known = source.traces or Traces.of(source.data.x, source.data)
    if np.array_equal(traces.seen, known.seen):
        coded = rows()
        if _are_apart(source, coded, allowed, where):
            return _repeated(source, traces.seen, coded, data, allowed or read, where)
    shared = np.flatnonzero(traces.among(known, np.unique(source.index)))
    if not len(shared):
        return None
    found = (
        f"{where}: {len(shared)} of {len(traces)} examples of x have inputs that M was trained on"
        f" (first: row {shared[0]})"
    )
    many = len(shared) > max(1, WARN_SHARE * len(traces))
    if many and not allowed:
        raise InputError(
            f"{found}; L_IT needs fresh examples: code others, or train M without these. Where"
            " equal inputs are different examples, as with few symbols, write overlap='allow'"
        )
    if many:
        remedy = "overlap='allow' takes them for other examples, which they have to be"
    elif not allowed:
        remedy = "take them out if they are the same examples, not duplicates"
    else:
        return None
    warnings.warn(f"{found}; {remedy}", stacklevel=3)
    return None


def _are_apart(source: Source, rows: np.ndarray, allowed: bool, where: str) -> bool:
    """Whether each seed codes other rows than its M was trained on; refused where they are not,
    but for equal inputs that are other examples by chance."""
    pairs = list(zip(source.seeds, rows, source.index, strict=True))
    shared = [(s, len(np.intersect1d(coded, own))) for s, coded, own in pairs]
    seed, most = max(shared, key=lambda one: one[1])
    if most and not allowed:
        raise InputError(
            f"{where}: {most} of {rows.shape[1]} examples of x have inputs that M was trained on"
            f" (seed {seed}, n = {source.index.shape[1]}); L_IT needs fresh examples: code others,"
            " or of one data set write k= and n= that are no more than all its examples together"
        )
    return not most


def _repeated(
    source: Source, inputs: np.ndarray, rows: np.ndarray, data: Dataset, silent: bool, where: str
) -> np.ndarray:
    """Of one data set: which coded inputs M was trained on in another row, and are not known to be
    others': no group is on both sides, and inputs of few values look alike."""
    if data.groups is not None or look_alike(data.x, inputs, data.y):
        return np.zeros(rows.shape, bool)
    pairs = zip(rows, source.index, strict=True)
    repeated = np.stack([np.isin(inputs[coded], inputs[own]) for coded, own in pairs])
    if repeated.mean() > WARN_SHARE and not silent:
        warnings.warn(
            f"{where}: {repeated.mean():.0%} of the coded inputs M was trained on too, in another"
            " row: drop copies; others that look alike stay, and overlap='allow' says that they"
            " are. .repeated of the code says which",
            stacklevel=4,
        )
    return repeated


def warn_of_weak_control(source: Source, where: str) -> None:
    """Say that an M which was to memorise its labels does not know them, and what would help."""
    if source.memorised:
        return
    known, most = float(source.accuracy.mean()), float(source.knowable.mean())
    count = source.index.shape[1]
    said = f"{where}: M knows {say_short(known)} of its {count} labels by heart"
    fewer = f"take fewer examples, such as {max(count // 4, 1)}, or"
    if most < KNOWABLE:
        said += (
            f" of at most {say_short(most)}, as equal inputs have different ones, and a control"
            f" needs {KNOWABLE}: {fewer} such whose inputs differ, as rows of more columns do"
        )
    else:
        can = f" of the {say_short(most)} that can be known" if most < 1 else ""
        said += f", and as a control has to know {MEMORISED}{can}: {fewer} a wider network"
    warnings.warn(said, stacklevel=3)


def warn_of_guessing(source: Source, where: str) -> None:
    """Say that M knows its own labels no better than whoever says the commonest one always."""
    label = source.label
    there = label >= 0
    counts = np.bincount(label[there], minlength=2)
    known, guessed = float(source.accuracy.mean()), float(counts.max() / counts.sum())
    if known <= guessed:
        warnings.warn(
            f"{where}: M has {say_short(known)} of its own labels right, and the commonest one"
            f" alone is {say_short(guessed)} of them: see that x is scaled as it was in its"
            " training, and that y has its outputs' order",
            stacklevel=3,
        )
