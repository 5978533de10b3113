"""The main table as LaTeX, and a macro for each of its numbers."""

import re
import textwrap
from typing import Any

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

DIGITS = ["Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"]
HEAD = """\
% Numbers of a paper, by name: \\input{numbers.tex}, then \\litDigitsNFiveOneTwo{} bits.
% A name is that of the arm, then N and the n of M, digits in words; Ready: weights as they came.
% It stands for L_IT in bits with its 95 % interval; with Theta after it for the code length from
% theta_0, with M for that from M, with K for how many labels were coded.
"""


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
            "$n$": _sizes(table),
            r"$L_{\theta_0}$": table["l_theta0_bits"].map("{:.0f}".format),
            "$L_M$": table["l_m_bits"].map("{:.0f}".format),
            r"$L_{\mathrm{IT}}$": [f"${m:.1f} \\pm {s:.1f}$" for m, s in transfers],
            r"95\,\% interval": [f"$[{low:.1f}, {high:.1f}]$" for low, high in intervals],
            "network": _sums(table, "network"),
            "shortest": _sums(table, "shortest"),
            "$K(M_n)$": _whole(table["k_m_bits"]),
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


def _sizes(table: pd.DataFrame) -> list[str]:
    """What each M was trained on, of several trainings those before the last too: 4096 + 416."""
    last = _whole(table["n"])
    if "n_before" not in table:
        return last
    return [f"{b} + {n}" if b else n for b, n in zip(table["n_before"], last, strict=True)]


def _whole(values: pd.Series) -> list[str]:
    return ["--" if pd.isna(value) else f"{value:.0f}" for value in values]


def _sums(table: pd.DataFrame, code: str) -> list[str]:
    """L_IT and its standard error under another code, which recorded runs may not have."""
    pairs = zip(table[f"l_it_{code}_bits"], table[f"l_it_{code}_se"], strict=True)
    return ["--" if pd.isna(mean) else f"${mean:.1f} \\pm {se:.1f}$" for mean, se in pairs]


def latex_numbers(table: pd.DataFrame) -> str:
    """A macro for each number of the main table, sequences left out.

    Of two arms that TeX's letters cannot tell apart, the later one's names end in ``Again``.
    """
    table = outside_sequences(table)
    about = textwrap.wrap(explain_intervals(table), 94) if len(table) else []
    lines, taken = [HEAD, *(f"% {line}\n" for line in about)], set()
    for row in table.to_dict("records"):
        name = macro_name(row["arm"], row["n"])
        while name in taken:
            name += "Again"
        taken.add(name)
        value, low, high = (f"{row[f'l_it_{of}']:.1f}" for of in ("bits", "ci_low", "ci_high"))
        interval = "" if low == "nan" else f"\\ [${low}$, ${high}$]"
        texts = {
            "": f"${value}${interval}",
            "Theta": f"{row['l_theta0_bits']:.1f}",
            "M": f"{row['l_m_bits']:.1f}",
            "K": f"{row['k']}",
        }
        lines += [f"\\newcommand{{{name}{of}}}{{{text}}}\n" for of, text in texts.items()]
    return "".join(lines)


def macro_name(arm: str, n: Any) -> str:
    """A name that TeX takes, which has letters alone: digits in words, a capital for each part."""
    parts = re.findall(r"[A-Za-z]+|\d", f"{arm} N {n}" if pd.notna(n) else f"{arm} Ready")
    words = [DIGITS[int(part)] if part.isdigit() else part[0].upper() + part[1:] for part in parts]
    return "\\lit" + "".join(words)
