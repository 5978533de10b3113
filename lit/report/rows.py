"""Which rows of the main table say what an M saves."""

import pandas as pd

from lit.tables.reading import has_m


def rows_to_show(table: pd.DataFrame) -> pd.DataFrame:
    """Rows without those of n = 0 of arms that have an M: their L_IT is 0 by definition.

    An arm without an M keeps its row, which is its code from θ₀.
    """
    trained = has_m(table)
    return table[trained | ~table["arm"].isin(table["arm"][trained])]


def unknown_without_m(table: pd.DataFrame) -> pd.DataFrame:
    """The table, in which rows without an M have no L_IT: nothing was measured there."""
    trained = has_m(table)
    of_m = [
        name
        for name in map(str, table)
        if name.startswith("l_it") or name in ("l_m_bits", "k_m_bits")
    ]
    return table.assign(**{name: table[name].where(trained) for name in of_m})
