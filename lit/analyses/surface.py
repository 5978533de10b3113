"""L_IT over n and k: by definition, and as a coder would have it that keeps M's examples."""

import numpy as np
import pandas as pd

from lit.analyses.best import adjust
from lit.analyses.columns import headings, spread, spread_headings
from lit.analyses.common import trained
from lit.analyses.results import Datasets, Options, Results, Row
from lit.analyses.words import number, one_of
from lit.errors import InputError
from lit.measures.comparisons import LEVEL
from lit.measures.intervals import estimate
from lit.measures.samples import Sample

KIND: dict[str, bool] = {}
TAKES = "rows of one task from one code from theta0, each n once"
TITLE = "The surface of L_IT over n and k"
COLUMNS = headings(
    "n k",
    spread_headings("l_it", "L_IT", "s.e."),
    "joint_bits: Λ(n) + Λ(k) − Λ(n+k)",
    "joint_se: s.e.",
    "difference_bits: L_IT minus joint",
    "difference_se: s.e.",
    "asymmetry_bits: |L_IT(n,k) − L_IT(k,n)|",
    "falls_in_n: falls in n",
    "falls_in_k: falls in k",
)
FIRST_K = 32


def select(rows: list[Row], options: Options, datasets: Datasets) -> list[Row]:
    """Rows of trained M by n, of one task and one cold stream; and those with n = 0 of that."""
    found = sorted((row for row in rows if row["n"]), key=lambda row: row["n"])
    if not found:
        raise InputError("no row has n > 0; name arms with several n, such as n: [0, 256, 1024]")
    if len({row["cold"] for row in found}) > 1 or len({row["n"] for row in found}) < len(found):
        raise InputError(
            "its arms must be of one target, model, learner and labels, each n once; name fewer"
            " arms"
        )
    for row in found:
        if row["source_dataset"] != row["target"] or row["source_labels"] != row["labels"]:
            raise InputError(
                f"M of arm {row['arm']} was trained on another task than the stream's; leave this"
                " arm out"
            )
    if (k := min(row["k"] for row in found)) < FIRST_K:
        raise InputError(f"the stream has k = {k} labels; write k at least {FIRST_K}")
    return [*found, *(row for row in rows if row["n"] == 0 and row["cold"] == found[0]["cold"])]


def tabulate(results: Results, options: Options) -> pd.DataFrame:
    """One row an n and k, k in powers of two.

    ``l_it_bits`` by definition; ``joint_bits``, Lambda(n) + Lambda(k) - Lambda(n + k) with
    Lambda(m) the bits of the cold code's first m labels, missing where the stream is shorter than
    n + k; ``asymmetry_bits``, missing where (k, n) is not in the table or n = k; ``falls_in_n`` and
    ``falls_in_k``, whether L_IT is surely below its value at the next smaller n or k, 0 at the
    least. P-values are adjusted for the number of points, or of pairs (Holm).
    """
    rows = trained(select(results.rows, options, results.datasets))
    ks = [2**i for i in range(FIRST_K.bit_length() - 1, min(row["k"] for row in rows).bit_length())]
    first, ns = rows[0], [row["n"] for row in rows]
    saved = {(row["n"], k): results.saved(row | {"k": k}) for row in rows for k in ks}
    nothing = 0 * saved[ns[0], ks[0]]
    saved |= {(n, 0): nothing for n in ns} | {(0, k): nothing for k in ks}
    unknown = Sample(np.full(len(results.seeds), np.nan))
    same = {name: first[name] for name in ("target", "model", "learner")}
    cells = []
    for n, n_before in zip(ns, [0, *ns], strict=False):
        for k, k_before in zip(ks, [0, *ks], strict=False):
            here, joint = saved[n, k], _joint(results, first, n, k) or unknown
            there = unknown if n == k else saved.get((k, n), unknown)
            cells.append(
                same
                | {"n": n, "k": k}
                | spread("l_it", here)
                | _tested("joint", joint)
                | _tested("difference", here - joint)
                | _tested("asymmetry", here - there)
                | _tested("step_n", here - saved[n_before, k])
                | _tested("step_k", here - saved[n, k_before])
            )
    table = pd.DataFrame(cells).drop(columns="joint_p")
    pairs = table["n"] < table["k"]  # each is in the table twice
    table["asymmetry_p"] = table["asymmetry_p"].where(pairs)
    for name in ("difference", "asymmetry", "step_n", "step_k"):
        table = adjust(table, f"{name}_p")
    table["asymmetry_bits"] = table["asymmetry_bits"].abs()
    for axis in ("n", "k"):
        p, step = table.pop(f"step_{axis}_p"), table.pop(f"step_{axis}_bits")
        table[f"falls_in_{axis}"] = (step < 0) & (p <= LEVEL)
        del table[f"step_{axis}_se"]
    return table


def _joint(results: Results, row: Row, n: int, k: int) -> Sample | None:
    """Lambda(n) + Lambda(k) - Lambda(n + k); None where the cold stream is shorter than n + k."""
    cold = results.bits(row["cold"])[:, : n + k]
    if cold.shape[1] < n + k:
        return None
    place = np.arange(n + k)
    return results.sample(row, cold * (1.0 * (place < n) + (place < k) - 1))


def _tested(name: str, values: Sample) -> dict[str, float]:
    found = estimate(values)
    return {f"{name}_bits": found.mean, f"{name}_se": found.se, f"{name}_p": found.p}


def describe(table: pd.DataFrame) -> list[str]:
    """How far definition and joint value agree, and which identities the definition keeps."""
    model, target, learner = (one_of(table, name) for name in ("model", "target", "learner"))
    largest = table.iloc[int(table["l_it_bits"].argmax())]
    falls_in_n, falls_in_k = (int(table[name].sum()) for name in ("falls_in_n", "falls_in_k"))
    return [
        f"{model} on {target}, learner {learner}: L_IT on {len(table)} points of n and k, at most"
        f" {_bits(largest['l_it_bits'])} (n = {largest['n']:,}, k = {largest['k']:,}). Colours of"
        " the maps go by the square root of L_IT; below 0 they are those of 0.",
        _agreement(table),
        f"{_symmetry(table)} It should not fall in n or k either: it surely falls at"
        f" {falls_in_n} of {len(table)} steps in n and {falls_in_k} in k (the first step of each is"
        " from 0, where L_IT is 0). Sure is what t-tests say, adjusted for their number (Holm).",
        "A coder that kept M's own examples and went on learning would save Λ(n) + Λ(k) − Λ(n+k)"
        " bits, Λ(m) being the cold code of the first m labels. Where the definition is smaller,"
        " the warm coder makes less of M's weights than the cold one made of the same examples."
        " Points of the grid share seeds and streams: they are not independent.",
    ]


def _agreement(table: pd.DataFrame) -> str:
    both = table[table["joint_bits"].notna()]
    if both.empty:
        return "No n + k fits into the cold stream for a joint value: give n = 0 a longer k."
    apart = both.iloc[int(both["difference_bits"].abs().argmax())]
    clear = int((both["difference_p"] <= LEVEL).sum())
    return (
        f"At {len(both)} of {len(table)} points n + k fits into the cold stream. There the"
        f" definition minus the joint value is {_bits(both['difference_bits'].mean(), sign=True)}"
        " on average, and where they are farthest apart"
        f" {_bits(apart['difference_bits'], sign=True)} (n = {apart['n']:,}, k = {apart['k']:,});"
        f" {clear} of {len(both)} differences are surely not 0."
    )


def _symmetry(table: pd.DataFrame) -> str:
    # Each pair is in the table twice.
    pairs = table[table["asymmetry_bits"].notna() & (table["n"] < table["k"])]
    if pairs.empty:
        return "Symmetry needs pairs (n, k) and (k, n) in the grid: choose powers of two for n."
    worst = pairs.iloc[int(pairs["asymmetry_bits"].argmax())]
    clear = int((pairs["asymmetry_p"] <= LEVEL).sum())
    return (
        f"An ideal coder's L_IT is symmetric in n and k. In {len(pairs)} pairs the definition's"
        f" differs by {_bits(pairs['asymmetry_bits'].mean())} on average and"
        f" {_bits(worst['asymmetry_bits'])} at most ({worst['n']:,} and {worst['k']:,}); {clear}"
        " are surely not symmetric."
    )


def _bits(value: float, sign: bool = False) -> str:
    return f"{'+' if sign and value > 0 else ''}{number(value)} bits"
