"""Code lengths of representations along the stream: which is ahead after how many labels."""

from itertools import combinations

import numpy as np
import pandas as pd

from lit.analyses.columns import headings, interval_headings, spread
from lit.analyses.common import about, on_one_stream, select_order
from lit.analyses.results import Options, Results, Row
from lit.analyses.words import number
from lit.measures.intervals import probability_below_zero

KIND = {"one_stream": True}
TAKES = "rows that code the same labels"
TITLE = "Along the stream"
COLUMNS = headings(
    "labels_sent: labels sent",
    "rank arm",
    "code_bits: code length so far, bits",
    "code_se: ± s.e.",
    "saved_bits: saved against the reference, bits",
    interval_headings("saved"),
    "bits_per_label: bits a label in this block",
    "overtakes: has just overtaken",
    "model learner",
)
SURE = 0.975  # bootstrap probability, over seeds, from which an arm counts as ahead

select = select_order


def tabulate(results: Results, options: Options) -> pd.DataFrame:
    """One row a row of the study and end of a block: the code of the labels up to there.

    Args:
        results: Rows that code the same labels, cut at the smallest k.
        options: ``reference``, an arm; default the one with the longest code.

    Returns:
        ``labels_sent`` is the block's end, ``rank`` counts from the shortest code up to there,
        ``saved_*`` is the reference's code less this one. ``overtakes`` names the arms that were
        surely ahead (bootstrap probability over seeds 0.975) at an earlier end of a block, and here
        are surely behind for the first time since.
    """
    select(results.rows, options, results.datasets)
    results = on_one_stream(results)
    named = [row for row in results.rows if row["arm"] == options.get("reference")]
    longest = max(results.rows, key=lambda row: results.own(row).mean())
    reference = named[0] if named else longest
    ends = np.array([end for _, end in results.blocks(results.rows[0])])
    sums = {
        _name(row): results.bits(row["warm"], row["k"]).cumsum(axis=1)[:, ends - 1]
        for row in results.rows
    }
    overtaken = _overtaken(sums)
    found = []
    for row in results.rows:
        name = _name(row)
        code, against = sums[name], sums[_name(reference)]
        blocks, lengths = np.diff(code, axis=1, prepend=0.0), np.diff(ends, prepend=0)
        found += [
            about(row)
            | {"labels_sent": end, "reference": reference["arm"], "subject": name}
            | spread("code", code[:, i])
            | spread("saved", against[:, i] - code[:, i])
            | {"bits_per_label": blocks[:, i].mean() / lengths[i]}
            | {"overtakes": ", ".join(overtaken.get((name, i), []))}
            for i, end in enumerate(ends)
        ]
    table = pd.DataFrame(found)
    table["rank"] = table.groupby("labels_sent")["code_bits"].rank(method="first").astype(int)
    return table.sort_values(["labels_sent", "rank"]).astype({"n": "Int64"})


def _name(row: Row) -> str:
    """An arm, with its n where it has one."""
    return f"{row['arm']}, n = {row['n']:,}" if row["n"] else row["arm"]


def _overtaken(sums: dict[str, np.ndarray]) -> dict[tuple[str, int], list[str]]:
    """By arm and place of a block's end, the arms that it has overtaken there."""
    found: dict[tuple[str, int], list[str]] = {}
    for a, b in combinations(sums, 2):
        ahead = None
        for i in range(sums[a].shape[1]):
            p = probability_below_zero(sums[a][:, i] - sums[b][:, i])
            now = a if p >= SURE else b if p <= 1 - SURE else None
            if now is not None and ahead not in (None, now):
                found.setdefault((now, i), []).append(ahead)
            ahead = now or ahead
    return found


def describe(table: pd.DataFrame) -> list[str]:
    """Who leads at the end of each block, and where the order surely changes."""
    first = table[table["rank"] == 1].sort_values("labels_sent")
    last = first[first["subject"] != first["subject"].shift(-1)]  # before another leads
    leads = [f"{number(r['labels_sent'])} labels: {r['subject']}" for _, r in last.iterrows()]
    changes = table[table["overtakes"].notna() & (table["overtakes"] != "")]
    told = [
        f"by {number(r['labels_sent'])} labels {r['subject']} has overtaken {r['overtakes']}"
        for _, r in changes.iterrows()
    ]
    sure = "No two arms surely change places: curves that cross may do so by chance."
    if table["code_se"].isna().any():
        sure = "With one seed no change of the order can be told from chance."
    elif told:
        sure = (
            "The order surely changes, each side being ahead at some point with a bootstrap"
            f" probability of {SURE}: {'; '.join(told)}."
        )
    return [
        f"Shortest code so far, up to {'; up to '.join(leads)}. A ranking holds for its number of"
        " labels: read it at the k that you have.",
        sure,
        "The left panel adds up the right one's blocks. A representation that is poor at first"
        " never gets its bits back, so the left panel can rank it behind one that is worse by now.",
    ]
