"""Arms that have several n, and which arms stand beside them where not all have room."""

import pandas as pd

from lit.study.label_transforms import RANDOM, SHUFFLED
from lit.tables.reading import has_m

MOST = 12  # arms that a figure against n shows, whatever they are


def is_control(labels: str) -> bool:
    """Whether labels teach nothing of inputs, by the name of their transform."""
    return labels in (RANDOM, SHUFFLED) or labels.startswith("constant")


def teach_nothing(labels: "pd.Series[str]") -> "pd.Series[bool]":
    """Which of the names are those of controls; none where there is no name."""
    return labels.fillna("").map(is_control).astype(bool)


def several_n(table: pd.DataFrame) -> "pd.Series[bool]":
    """Rows of the arms that have several n above 0."""
    several = table[table["n"] > 0].groupby("arm")["n"].nunique().gt(1)
    return table["arm"].isin(several.index[several])


def beside_a_course(table: pd.DataFrame) -> "pd.Series[bool]":
    """Rows of the arms that a figure shows: those that have an M; if none has, all.

    Of more than ``MOST``, those with one n are left out where others have several, but no control.
    """
    with_m = table["arm"][has_m(table)]
    shown = table["arm"].isin(with_m if len(with_m) else table["arm"])
    several = several_n(table)
    if several.any() and with_m.nunique() > MOST:
        return shown & (several | teach_nothing(table["labels"]))
    return shown
