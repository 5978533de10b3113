"""Whether an input of a table tells the labels by itself, as one that was made from them does."""

from collections.abc import Mapping

from lit.data.dataset import Dataset
from lit.data.telling_inputs import telling_inputs
from lit.logs import log


def warn_of_leaks(data: Mapping[str, Dataset]) -> None:
    """Warn of tables of which one input tells every label."""
    for name, one in data.items():
        if telling := telling_inputs(one):
            column = telling[0].partition("=")[0]
            log.warning(
                f"Warning: data set {name!r}: input {telling[0]!r} alone tells the label of each"
                " example; if the label was made from it, or it is known only afterwards, write"
                f" drop: [{column}]; if it says whom or what a row is of, groups: {column}"
            )
