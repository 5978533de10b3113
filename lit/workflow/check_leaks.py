"""Whether an input of a table tells the labels by itself, as one that was made from them does."""

from collections.abc import Mapping

from lit.data.dataset import Dataset
from lit.data.telling_inputs import telling_inputs
from lit.logs import log


def leak(data: Dataset) -> str:
    """Which input tells every label, and what to do about it; nothing where none does."""
    telling = telling_inputs(data)
    if not telling:
        return ""
    column = telling[0].partition("=")[0]
    return (
        f"input {telling[0]!r} alone tells the label of each example; if the label was made from"
        f" it, or it is known only afterwards, write drop: [{column}]; if it says whom or what a"
        f" row is of, groups: {column}"
    )


def warn_of_leaks(data: Mapping[str, Dataset]) -> None:
    """Warn of tables of which one input tells every label."""
    for name, one in data.items():
        if said := leak(one):
            log.warning(f"Warning: data set {name!r}: {said}")
