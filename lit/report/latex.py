"""The main table as LaTeX."""

import pandas as pd

from lit.report.controls import explain_intervals, warn_of_skew
from lit.tables.reading import outside_sequences

ESCAPED = str.maketrans(
    {c: f"\\{c}" for c in "&%$#_{}"}
    | {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": "$<$",
        ">": "$>$",
    }
)


def latex_table(table: pd.DataFrame) -> str:
    """The main table as LaTeX (booktabs): one row an arm and n, sequences left out."""
    k = ", ".join(map(str, sorted(set(table["k"]))))
    seeds, code = table["seeds"].iloc[0], table["code"].iloc[0].translate(ESCAPED)
    table = outside_sequences(table)
    transfers = zip(table["l_it_bits"], table["l_it_se"], strict=True)
    intervals = zip(table["l_it_ci_low"], table["l_it_ci_high"], strict=True)
    shown = pd.DataFrame(
        {
            "arm": table["arm"].str.translate(ESCAPED),
            "labels": table["labels"].str.translate(ESCAPED),
            "$n$": table["n"],
            r"$L_{\theta_0}$": table["l_theta0_bits"].map("{:.0f}".format),
            "$L_M$": table["l_m_bits"].map("{:.0f}".format),
            r"$L_{\mathrm{IT}}$": [f"${m:.1f} \\pm {s:.1f}$" for m, s in transfers],
            r"95\,\% interval": [f"$[{low:.1f}, {high:.1f}]$" for low, high in intervals],
            "network": _sums(table, "network"),
            "shortest": _sums(table, "shortest"),
            "$K(M_n)$": table["k_m_bits"].map("{:.0f}".format),
        }
    )
    caption = (
        f"Information Transfer in bits over $k$ = {k} labels, mean $\\pm$ standard error over"
        f" {seeds} seeds, under the code {code}; beside it under the other two."
    )
    said = [explain_intervals(table), *warn_of_skew(table)] if len(table) else []
    caption = " ".join([caption, *(text.translate(ESCAPED) for text in said)])
    return shown.to_latex(
        index=False, escape=False, column_format="llrrrrrrrr", caption=caption, label="tab:lit"
    )


def _sums(table: pd.DataFrame, code: str) -> list[str]:
    """L_IT and its standard error under another code, which recorded runs may not have."""
    pairs = zip(table[f"l_it_{code}_bits"], table[f"l_it_{code}_se"], strict=True)
    return ["--" if pd.isna(mean) else f"${mean:.1f} \\pm {se:.1f}$" for mean, se in pairs]
