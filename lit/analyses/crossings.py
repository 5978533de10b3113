"""Code lengths of representations along the stream: which is ahead after how many labels."""

import math
from collections import defaultdict

import numpy as np
import pandas as pd

from lit.analyses.columns import headings, interval_headings, spread
from lit.analyses.common import about, on_one_stream, select_order, subject
from lit.analyses.results import Options, Results, Row
from lit.analyses.words import counted, number
from lit.coding.mixture import first_weights, sharing_rate
from lit.measures.sequential import ERROR, Lead, leads, overtakings

KIND = {"one_stream": True, "recorded": True}
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

select = select_order


def tabulate(results: Results, options: Options) -> pd.DataFrame:
    """One row a row of the study and end of a block: the code of the labels up to there.

    Args:
        results: Rows that code the same labels, cut at the smallest k.
        options: ``reference``, an arm; default the one with the longest code.

    Returns:
        ``labels_sent`` is the block's end, ``rank`` counts from the shortest code up to there,
        ``saved_*`` is the reference's code less this one. ``overtakes`` names the arms that were
        surely ahead at an earlier end of a block and here are surely behind for the first time
        since, with bits and bounds of both leads, see :func:`lit.measures.sequential.leads`.
    """
    select(results.rows, options, results.datasets)
    results = on_one_stream(results)
    named = [row for row in results.rows if row["arm"] == options.get("reference")]
    longest = max(results.rows, key=lambda row: results.own(row).mean())
    reference = named[0] if named else longest
    ends = np.array([end for _, end in results.blocks(results.rows[0])])
    bits = {subject(row): results.bits(row["warm"], row["k"]) for row in results.rows}
    sums = {name: of_labels.cumsum(axis=1)[:, ends - 1] for name, of_labels in bits.items()}
    overtaken = defaultdict(list)
    most = _most_an_example(results, results.rows[0])
    for lead, before in overtakings(leads(bits, ends, most)):
        overtaken[lead.arm, lead.labels].append(_told(lead, before))
    found = []
    for row in results.rows:
        name = subject(row)
        saved = bits[subject(reference)] - bits[name]
        blocks = np.diff(sums[name], axis=1, prepend=0.0)
        labels = np.diff(
            np.stack([results.labels(row, end) for end in ends.tolist()], axis=1), prepend=0
        )
        found += [
            about(row)
            | {"labels_sent": end, "reference": reference["arm"], "subject": name}
            | spread("code", results.sample(row, bits[name][:, :end]))
            | spread("saved", results.sample(row, saved[:, :end]))
            | {"bits_per_label": (blocks / labels)[:, i].mean()}
            | {"overtakes": "; ".join(overtaken[name, end])}
            for i, end in enumerate(ends)
        ]
    table = pd.DataFrame(found)
    table["rank"] = table.groupby("labels_sent")["code_bits"].rank(method="first").astype(int)
    return table.sort_values(["labels_sent", "rank"]).astype({"n": "Int64"})


def _most_an_example(results: Results, row: Row) -> float:
    """What no example of a row exceeds, in bits."""
    most = most_bits(int(results.labels(row).max()), results.classes(row))
    each = results.codes[row["cold"]].get("labels")
    return most if each is None else most * int(each.max())


def most_bits(k: int, classes: int) -> float:
    """What none of k labels exceeds, in bits, under any of our codes: the mixture never leaves the
    uniform code less than its part of the weight that is dealt out anew.

    As if there were one label more, against rounding.
    """
    least = first_weights(["start", "any other"], product=True)[0] * sharing_rate(k - 1)
    return float(np.log2(classes / least))


def _told(lead: Lead, before: Lead) -> str:
    """What was overtaken, and the leads on either side."""
    now, then = (f"{number(x.bits)} ({number(x.low)} to {number(x.high)})" for x in (lead, before))
    return f"{lead.over} by {now} bits, after {then} behind at {number(before.labels)} labels"


def describe(table: pd.DataFrame) -> list[str]:
    """Who leads at the end of each block, and where the order surely changes."""
    first = table[table["rank"] == 1].sort_values("labels_sent")
    last = first[first["subject"] != first["subject"].shift(-1)]  # before another leads
    leading = [f"{number(r['labels_sent'])} labels: {r['subject']}" for _, r in last.iterrows()]
    changes = table[table["overtakes"].notna() & (table["overtakes"] != "")]
    told = [
        f"by {number(r['labels_sent'])} labels {r['subject']} has overtaken {r['overtakes']}"
        for _, r in changes.iterrows()
    ]
    sure = "No two arms surely change places: curves that cross may do so by chance."
    if told:
        sure = f"The order surely changes: {'; '.join(told)}."
    pairs = math.comb(table["subject"].nunique(), 2)
    return [
        f"Shortest code so far, up to {'; up to '.join(leading)}. A ranking holds for its number of"
        " labels: read it at the k that you have.",
        f"{sure} An arm is surely ahead where the bounds of what it was expected to save exclude 0."
        f" All bounds, of {counted(pairs, 'pair')} at every number of labels, hold together with a"
        f" probability of {1 - ERROR}. They are of this data set and of what these seeds learned,"
        " by luck or not.",
        "The left panel adds up the right one's blocks. A representation that is poor at first"
        " never gets its bits back, so the left panel can rank it behind one that is worse by now.",
    ]
