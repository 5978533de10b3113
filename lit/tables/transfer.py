"""Tables of Information Transfer: one row an arm and n, and one a seed besides."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lit.coding import mixture
from lit.files.result_files import Arrays
from lit.measures.information_transfer import train_set_information
from lit.measures.intervals import estimate
from lit.study import label_transforms

# What rows of sequences have besides, in a study that has any.
CELL = ("sequence", "algorithm", "order", "t", "j", "task", "head")
KEYS = ("study", "arm", "target", "source", "model", "learner", "labels", "n", "k", "classes")


def transfer_by_seed(
    study: str,
    rows: list[dict[str, Any]],
    codes: Mapping[str, Arrays],
    sources: Mapping[str, Arrays],
    seeds: list[int],
    duplicates: Mapping[str, list[int]],
) -> pd.DataFrame:
    """One row an arm, n and seed.

    Args:
        study: Its name.
        rows: Rows of the main table, see :meth:`lit.workflow.plan.Plan.table_settings`.
        codes: Merged arrays of each run, by its id.
        sources: Arrays of each source, by its id.
        seeds: Seeds of the arrays' rows, in their order.
        duplicates: By run and seed, coded inputs that are, exactly, among M's training inputs too.

    Returns:
        ``l_*_bits`` are code lengths of the k labels, ``l_it_bits`` their difference,
        ``k_m_bits`` the train-set information K(M_n), empty where the training data are unknown.
    """
    return pd.DataFrame(
        [
            _seed_row(study, row, codes, sources, i, seed)
            | {"duplicates": duplicates[row["warm"]][i]}
            for row in rows
            for i, seed in enumerate(seeds)
        ]
    )


def _seed_row(study, row, codes, sources, i, seed):
    k, cold, warm = row["k"], codes[row["cold"]], codes[row["warm"]]
    classes = int(cold["classes"])
    source = sources.get(row["source"])
    theta0, m = (float(arrays["bits/mixture"][i, :k].sum()) for arrays in (cold, warm))
    theta0_plain, m_plain = (float(arrays["bits/model"][i, :k].sum()) for arrays in (cold, warm))
    entropy = mixture.label_entropy_bits(cold["label"][i : i + 1, :k], classes)[0]
    return {
        "study": study,
        "arm": row["arm"],
        "target": row["target"],
        "source": row["source_dataset"],
        "model": row["model"],
        "learner": row["learner"],
        "labels": label_transforms.name(row["labels"]),
        "n": row["n"],
        "k": k,
        "classes": classes,
        "seed": seed,
        "uniform_bits": k * np.log2(classes),
        "label_entropy_bits": float(entropy),
        "l_theta0_bits": theta0,
        "l_m_bits": m,
        "l_it_bits": theta0 - m,
        "l_theta0_plain_bits": theta0_plain,
        "l_m_plain_bits": m_plain,
        "l_it_plain_bits": theta0_plain - m_plain,
        "m_train_accuracy": np.nan if source is None else float(source["accuracy"][i]),
        "k_m_bits": _memorised(row, codes, source, i),
        "source_uniform_bits": np.nan if not row["n"] else row["n"] * np.log2(classes),
        "source_labels": label_transforms.name(row["source_labels"]),
    } | {name: row[name] for name in CELL if name in row}


def _memorised(row, codes, source, i):
    """K(M_n) of one seed: 0 for theta0, unknown without the code of the training examples."""
    if row["n"] == 0:
        return 0.0
    if row["source_cold"] is None:
        return np.nan
    cold = codes[row["source_cold"]]["bits/mixture"][i : i + 1, : row["n"]]
    return float(train_set_information(cold, source["bits"][i : i + 1])[0])


def transfer_table(by_seed: pd.DataFrame) -> pd.DataFrame:
    """One row an arm and n: means over seeds; standard error and interval of the paired L_IT."""
    keys = [*KEYS, *(name for name in CELL if name in by_seed)]
    rows = []
    for values, group in by_seed.groupby(keys, sort=False, dropna=False):
        transfer = estimate(group["l_it_bits"].to_numpy())
        plain = estimate(group["l_it_plain_bits"].to_numpy())
        rows.append(
            dict(zip(keys, values, strict=True))
            | {"seeds": len(group)}
            | _means(group, "uniform_bits", "l_theta0_bits", "l_m_bits")
            | {"l_it_bits": transfer.mean, "l_it_se": transfer.se}
            | {"l_it_ci_low": transfer.ci[0], "l_it_ci_high": transfer.ci[1]}
            | _means(group, "m_train_accuracy", "k_m_bits", "label_entropy_bits")
            | {"l_it_plain_bits": plain.mean, "l_it_plain_se": plain.se}
            | _means(group, "source_uniform_bits")
            | {"source_labels": group["source_labels"].iloc[0]}
            | {"duplicates": int(group["duplicates"].sum())}
        )
    table = pd.DataFrame(rows)
    counts = ("n", "order", "t", "j")
    return table.astype({name: "Int64" for name in counts if name in table})


def _means(group: pd.DataFrame, *names: str) -> dict[str, float]:
    return {name: group[name].mean() for name in names}
