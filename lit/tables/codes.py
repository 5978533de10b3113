"""Tables of code lengths: of whole streams, and along them. Everything is in bits."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lit.coding.label_order import count_labels
from lit.files.result_files import Arrays
from lit.study import label_transforms
from lit.study.codes import HEADLINE, NETWORK

CURVES = ["arm", "target", "model", "learner", "n", "labels", "classes", "seed"]
CURVES += ["block_start", "block_stop", "block_labels", "bits_per_label", "plain_bits_per_label"]


def code_length_table(
    codes: Mapping[str, Arrays],
    runs: Mapping[str, Mapping[str, str]],
    seeds: list[int],
    code: str = HEADLINE,
) -> pd.DataFrame:
    """One row a run and seed: bits of its stream by ``code`` (or the one code of a recorded run),
    by the plain code, by all codes and experts of trained networks."""
    rows = []
    for run, arrays in codes.items():
        k = arrays[f"bits/{NETWORK}"].shape[1]
        uniform = count_labels(arrays, k) * np.log2(int(arrays["classes"]))
        experts = [name for name in arrays if name.startswith("bits/")]
        flops = arrays.get("flops", np.full(len(seeds), np.nan)).tolist()
        for i, seed in enumerate(seeds):
            bits = {name.removeprefix("bits/"): float(arrays[name][i].sum()) for name in experts}
            total, plain = bits.get(code, bits[NETWORK]), bits.pop("model", np.nan)
            rows.append(
                {"run": run}
                | {name: runs[run][name] for name in ("start", "model", "learner")}
                | {"seed": seed, "k": k, "bits": total, "uniform_bits": uniform[i]}
                | {"compression": uniform[i] / total}
                | {name: runs[run][name] for name in ("target", "labels")}
                | {"plain_bits": plain, "flops": flops[i]}
                | {f"{name}_bits": value for name, value in bits.items()}
            )
    return pd.DataFrame(rows)


def curve_table(
    rows: list[dict[str, Any]], codes: Mapping[str, Arrays], seeds: list[int]
) -> pd.DataFrame:
    """Bits per label, one row an arm, n, seed and block; sequences of tasks are left out.

    Blocks are counted in examples, of which each may carry several labels, ``block_labels``.

    Every arm has the code from theta0, n = 0, also where it has no such row in ``rows``.
    """
    rows = [row for row in rows if "sequence" not in row]
    with_theta0 = {row["arm"] for row in rows if row["n"] == 0}
    others = {row["arm"]: row for row in rows if row["arm"] not in with_theta0}
    cold = [row | {"n": 0, "warm": row["cold"]} for row in others.values()]
    found = []
    for row in [*rows, *cold]:
        arrays = codes[row["warm"]]
        same = {name: row[name] for name in ("arm", "target", "model", "learner", "n")}
        same["labels"] = label_transforms.name(row["labels"])
        same["classes"] = int(arrays["classes"])
        missing = np.full(arrays[f"bits/{NETWORK}"].shape, np.nan)
        labels = arrays.get("labels", np.ones(missing.shape))
        for start, end in arrays["blocks"].tolist():
            stop = min(end, row["k"])
            if start >= stop:
                continue
            count = labels[:, start:stop].sum(axis=1)
            rate = arrays[f"bits/{row['code']}"][:, start:stop].sum(axis=1) / count
            plain = arrays.get("bits/model", missing)[:, start:stop].sum(axis=1) / count
            found += [
                same
                | {"seed": seed, "block_start": start, "block_stop": stop}
                | {"block_labels": int(count[i])}
                | {"bits_per_label": rate[i], "plain_bits_per_label": plain[i]}
                for i, seed in enumerate(seeds)
            ]
    return pd.DataFrame(found, columns=CURVES).astype({"n": "Int64"})
