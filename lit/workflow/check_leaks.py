"""Whether an input of a table tells the labels by itself, as one that was made from them does."""

from collections.abc import Mapping

from lit.data.dataset import Dataset
from lit.data.telling_inputs import say_told, telling_inputs
from lit.logs import log


def leak(data: Dataset) -> str:
    """Which input tells every label, and what to do about it; nothing where none does."""
    telling = telling_inputs(data)
    if not telling:
        return ""
    name = max(telling, key=lambda one: telling[one])
    column = name.partition("=")[0]
    return (
        f"input {name!r} alone tells the label of {say_told(telling[name])}; if the label was made"
        f" from it, or it is known only when the label is, write drop: [{column}]; if it says whom"
        f" or what a row is of, groups: {column}"
    )


def warn_of_leaks(data: Mapping[str, Dataset]) -> None:
    """Warn of tables of which one input tells every label."""
    for name, one in data.items():
        if said := leak(one):
            log.warning(f"Warning: data set {name!r}: {said}")
