"""Whether two results of a study agree, row by row: to the bit, in rounding, or in intervals.

Another kind of processor gives other bits: sums in another order round otherwise, and training
makes more of it.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from lit.errors import InputError

# From best to worst. Bits of single seeds and blocks have no interval, which is about their mean.
BITS, ROUNDING, INTERVAL, NO_INTERVAL, DIFFERS = VERDICTS = (
    *("bits", "rounding", "interval"),
    *("no interval", "differs"),
)
ALLOWED = {  # what may be asked of all rows
    BITS: "equal to the bit",
    ROUNDING: "equal within rounding",
    INTERVAL: "within the interval that the second states, or have none",
}
ROUNDED = 1e-6  # relative difference that is rounding
NEAR_ZERO = 1e-6  # and absolute difference, in bits and shares alike
LOW, HIGH = "_ci_low", "_ci_high"
# What says which row it is; everything else is a value.
KEYS = (
    *("study", "arm", "target", "source", "model", "learner", "labels", "source_labels"),
    *("run", "start", "seed", "n", "k", "sequence", "algorithm", "order", "t", "j", "task"),
    *("head", "block_start", "block_stop", "dataset", "kind", "about", "of", "a", "b", "x"),
    *("code", "subject", "reference", "measure", "unit", "regime", "backbone", "layer", "twin"),
    *("heads", "orders", "parameters", "truth_is", "level", "labels_sent", "shape"),
)
MAIN = "tables/information_transfer.csv"  # that every folder of results has
NOT_RESULTS = ("provenance", "datasets")  # what results were made of, and not what came out


@dataclass
class Agreement:
    """How the rows of one table agree.

    Attributes:
        name: The table's.
        counts: Rows by verdict.
        differing: Rows that differ, in words.
        only: Rows that one side has alone, in words.
        columns: Columns that one side has alone, in words: it may be of another version.
        largest: The largest difference that is within an interval, as a share of the interval's
            half width.
    """

    name: str
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(VERDICTS, 0))
    differing: list[str] = field(default_factory=list)
    only: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    largest: float = 0.0

    def holds(self, worst: str) -> bool:
        """Whether both sides have the same rows, and none is worse than this verdict."""
        beyond = list(VERDICTS[VERDICTS.index(worst) + 1 :])
        # Values without an interval are no proof against one of their mean.
        beyond = [name for name in beyond if (worst, name) != (INTERVAL, NO_INTERVAL)]
        return not self.only and not any(self.counts[name] for name in beyond)


def compare_tables(ours: Path, theirs: Path) -> Iterator[Agreement]:
    """How each table of two folders of results agrees; the second has the intervals that count.

    Raises:
        InputError: results of two different studies.
    """
    _check_study(ours, theirs)
    names = [{path.stem for path in (side / "tables").glob("*.csv")} for side in (ours, theirs)]
    for name in sorted(set.union(*names) - {*NOT_RESULTS}):
        paths = [side / "tables" / f"{name}.csv" for side in (ours, theirs)]
        if alone := [path for path in paths if not path.is_file()]:
            yield Agreement(name, only=[f"{alone[0]} is not there"])
        else:
            yield compare_table(name, *map(_read, paths))


def _check_study(ours: Path, theirs: Path) -> None:
    said = [_read(side / MAIN).get("study", pd.Series(dtype=str)) for side in (ours, theirs)]
    a, b = (next(iter(column), "?") for column in said)
    if a != b:
        raise InputError(
            f"{ours} holds results of the study {a!r} and {theirs} those of {b!r}; compare two"
            " results of one study"
        )


def _read(path: Path) -> pd.DataFrame:
    """A table with every value as it is written: numbers are written with all their bits."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def compare_table(name: str, ours: pd.DataFrame, theirs: pd.DataFrame) -> Agreement:
    """How the rows of two tables agree, every value a text as CSV has it."""
    found = Agreement(name)
    shared = [str(column) for column in ours if column in theirs.columns]
    for side, table in (("first", ours), ("second", theirs)):
        if alone := [str(column) for column in table if column not in shared]:
            found.columns.append(f"columns of the {side} alone: {', '.join(alone)}")
    keys = [column for column in shared if column in KEYS]
    ones, others = (_by_key(table, keys) for table in (ours, theirs))
    for key, row in ones.items():
        if key in others:
            _compare_row(found, _words(keys, key), row, others[key], shared)
    for whose, one, other in (("first", ones, others), ("second", others, ones)):
        found.only += [
            f"row of the {whose} alone: {_words(keys, key)}" for key in one if key not in other
        ]
    return found


def _by_key(table: pd.DataFrame, keys: list[str]) -> dict[tuple[str, ...], dict[Any, str]]:
    """Rows by what tells them apart; of equal ones, by which of them it is."""
    counted = table.groupby(keys, sort=False, dropna=False).cumcount() if keys else table.index
    records: list[dict[Any, str]] = table.to_dict("records")
    rows = zip(records, counted, strict=True)
    return {(*(row[name] for name in keys), str(count)): row for row, count in rows}


def _words(keys: list[str], key: tuple[str, ...]) -> str:
    """A row by what it is of, less what is empty or of all rows."""
    named = zip(keys, key, strict=False)
    said = [f"{name} {value}" for name, value in named if value and name != "study"]
    return ", ".join(said) or f"row {key[-1]}"


def _compare_row(
    found: Agreement, where: str, ours: dict[Any, str], theirs: dict[Any, str], names: list[str]
) -> None:
    changed = [name for name in names if ours[name] != theirs[name]]
    if not changed:
        found.counts[BITS] += 1
        return
    moved = [name for name in changed if not _rounded(ours[name], theirs[name])]
    if not moved:
        found.counts[ROUNDING] += 1
        return
    stems = [name.removesuffix(LOW) for name in names if name.endswith(LOW)]
    values = {stem: stem if stem in names else f"{stem}_bits" for stem in stems}
    shares = {
        value: _beyond(ours[value], theirs[value], theirs[stem + LOW], theirs[stem + HIGH])
        for stem, value in values.items()
        if value in names
    }
    known = {name: share for name, share in shares.items() if not math.isnan(share)}
    if not known:
        found.counts[NO_INTERVAL] += 1
    elif wrong := [name for name, share in known.items() if share > 1]:
        found.counts[DIFFERS] += 1
        said = ", ".join(f"{name} {ours[name]} and {theirs[name]}" for name in wrong)
        found.differing.append(f"{where}: {said}")
    else:
        found.counts[INTERVAL] += 1
        found.largest = max(found.largest, *known.values())


def _rounded(a: str, b: str) -> bool:
    """Whether two texts are numbers that differ by rounding alone."""
    try:
        return math.isclose(float(a), float(b), rel_tol=ROUNDED, abs_tol=NEAR_ZERO)
    except ValueError:
        return False


def _beyond(ours: str, theirs: str, low: str, high: str) -> float:
    """How far a value is from another, as a share of the way to the end of that one's interval."""
    try:
        a, b, ends = float(ours), float(theirs), (float(low), float(high))
    except ValueError:  # empty: there is no interval
        return math.nan
    if _rounded(ours, theirs):
        return 0.0
    if not ends[0] <= b <= ends[1]:  # no table of ours has that: it was changed by hand
        return math.inf
    way = ends[a > b] - b
    return (a - b) / way if way * (a - b) > 0 else math.inf
