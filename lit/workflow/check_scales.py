"""Whether a source and a target that were each scaled by their own rows were scaled alike.

Found before the first job, see :mod:`lit.workflow.preflight`.
"""

import contextlib
import dataclasses
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lit.data.dataset import Dataset
from lit.data.loaders import load_dataset
from lit.data.scaling import statistics
from lit.files.user_code import with_function
from lit.logs import log
from lit.notebook.scales import Scale, differ_by_column, errors_of
from lit.workflow.check_rows import stages_of

OWN = "standardised"  # what the scaling of a data set says where it goes by its own examples


def warn_of_own_scales(
    rows: list[Mapping[str, Any]],
    data: Mapping[str, Dataset],
    specs: Mapping[str, Mapping[str, Any]],
) -> None:
    """Warn, once a pair, where equal inputs of source and target are plainly unequal for M."""
    pairs: dict[tuple[str, str], str] = {}
    for row in rows:
        for stage in stages_of(row):
            pair = (stage["dataset"], row["target"])
            own = all("of" not in specs[one] and OWN in data[one].scaling for one in pair)
            if own and pair[0] != pair[1]:
                pairs.setdefault(pair, row["arm"])
    found = {name: _Scaled.of(name, specs[name], data[name]) for name in {*sum(pairs, ())}}
    for (source, target), arm in pairs.items():
        theirs, ours = found[source].beside(found[target]), found[target].beside(found[source])
        columns = data[target].columns or None
        if differ := differ_by_column(theirs, ours, columns, f"that of {source!r}"):
            log.warning(
                f"Warning: arm {arm!r}: source {source!r} and target {target!r} were standardised"
                f" each by its own rows: of {target!r}, {differ}. So equal inputs are not equal for"
                " M, and L_IT comes out wrong; write both as rows: of one table, which is scaled as"
                " a whole, or scale the files beforehand, alike, with scale: none"
            )


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)


@dataclass(frozen=True)
class _Scaled:
    """How a data set was scaled, as far as its columns vary.

    Attributes:
        scale: What was subtracted and divided by, found from values before and after.
        moves: Which columns vary, so that this is known.
        before, after: Their means.
    """

    scale: Scale
    moves: np.ndarray
    before: np.ndarray
    after: np.ndarray

    @classmethod
    def of(cls, name: str, spec: Mapping[str, Any], data: Dataset) -> "_Scaled":
        where = f"datasets.{name}"
        with _silence():  # what there is to say of it was said
            raw = load_dataset(with_function({**spec, "scale": "none"}, where), where).x
        before, after = statistics(raw), statistics(data.x)
        moves = after.std > 0
        divided = np.where(moves, before.std / np.where(moves, after.std, 1), 1)
        subtracted = np.where(moves, before.mean - divided * after.mean, 0)
        scale = Scale(subtracted, divided, *errors_of(raw, before))
        return cls(scale, moves, before.mean, after.mean)

    def beside(self, other: "_Scaled") -> Scale:
        """The scale; of a column that does not vary the other's, where that fits as well."""
        would = (self.before - other.scale.subtracted) / other.scale.divided
        fits = ~self.moves & np.isclose(would, self.after, rtol=1e-3, atol=1e-3)
        return dataclasses.replace(
            self.scale,
            subtracted=np.where(fits, other.scale.subtracted, self.scale.subtracted),
            divided=np.where(fits, other.scale.divided, self.scale.divided),
        )
