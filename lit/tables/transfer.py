"""Tables of Information Transfer: one row an arm and n, and one a seed besides."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from lit.coding import mixture
from lit.coding.label_order import count_labels
from lit.files.result_files import Arrays
from lit.measures.information_transfer import train_set_information
from lit.measures.intervals import Estimate, Spread, estimate
from lit.measures.samples import Sample, sample
from lit.study import label_transforms
from lit.study.codes import NETWORK, OTHERS, SHORTEST

# What rows of sequences have besides, in a study that has any.
CELL = ("sequence", "algorithm", "order", "t", "j", "task", "head")
KEYS = (
    *("study", "arm", "target", "source", "model", "learner", "labels", "n"),
    *("n_before", "k", "classes", "code"),
)


def transfer_by_seed(
    study: str,
    rows: list[dict[str, Any]],
    codes: Mapping[str, Arrays],
    sources: Mapping[str, Arrays],
    seeds: list[int],
) -> pd.DataFrame:
    """One row an arm, n and seed.

    Args:
        study: Its name.
        rows: Rows of the main table, see :meth:`lit.workflow.plan.Plan.table_settings`.
        codes: Merged arrays of each run, by its id.
        sources: Arrays of each source, by its id.
        seeds: Seeds of the arrays' rows, in their order.

    Returns:
        ``l_*_bits`` are code lengths of the k labels, ``l_it_bits`` their difference, under the
        row's ``code``; ``l_*_network_bits`` and ``l_*_shortest_bits`` those under the other two;
        ``l_*_price_bits`` what a code costs beyond its one best expert, which nobody knew;
        ``m_knowable`` the share of M's labels that a network can know by heart; ``k_m_bits`` the
        train-set information K(M_n), empty where the training data are unknown; ``duplicates`` how
        many coded inputs are, exactly, among M's training inputs, and ``l_it_duplicates_bits`` how
        much of L_IT their labels are, empty of recorded runs.
    """
    found = [
        _seed_row(study, row, codes, sources, i, seed)
        | _duplicates(codes[row["cold"]], codes[row["warm"]], i, row["k"], row["code"])
        for row in rows
        for i, seed in enumerate(seeds)
    ]
    return pd.DataFrame(found).astype({"duplicates": "Int64"})


def _seed_row(study, row, codes, sources, i, seed):
    k, cold, warm = row["k"], codes[row["cold"]], codes[row["warm"]]
    classes, count = int(cold["classes"]), count_labels(cold, k)[i]
    source = sources.get(row["source"])
    headline = _totals(cold, warm, i, k, row["code"], "")
    others = [_totals(cold, warm, i, k, code, f"{code}_") for code in OTHERS]
    plain = _totals(cold, warm, i, k, "model", "plain_")
    price = {
        f"l_{name}_price_bits": _price(run, i, k, row["code"])
        for name, run in (("theta0", cold), ("m", warm))
    }
    entropy = np.nan  # of recorded runs labels are not known
    if "label" in cold:
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
        "n_before": sum(stage["n"] or 0 for stage in row["before"]),
        "k": k,
        "classes": classes,
        "seed": seed,
        "uniform_bits": count * np.log2(classes),
        "label_entropy_bits": float(entropy),
        "code": row["code"],
        **headline,
        **others[0],
        **others[1],
        **plain,
        **price,
        "m_train_accuracy": np.nan if source is None else float(source["accuracy"][i]),
        "m_knowable": float(source["knowable"][i]) if source and "knowable" in source else np.nan,
        "k_m_bits": _memorised(row, codes, source, i),
        "source_uniform_bits": _source_uniform(row, source, i, classes),
        "source_labels": label_transforms.name(row["source_labels"]),
    } | {name: row[name] for name in CELL if name in row}


def _source_uniform(row, source, i, classes):
    """Bits of M's training labels under the uniform code; NaN where M is theta0, as it came, or
    another's."""
    if source is None or not row["n"]:
        return np.nan
    own = int(source.get("classes", classes))  # M's may be others than the target's
    return np.log2(own) * (source["label"][i] >= 0).sum()


def _totals(cold, warm, i, k, name, infix):
    """Bits of the first k labels under a code or an expert, which a run may not have."""
    missing = np.full((i + 1, k), np.nan)
    theta0, m = (float(run.get(f"bits/{name}", missing)[i, :k].sum()) for run in (cold, warm))
    values = {"l_theta0": theta0, "l_m": m, "l_it": theta0 - m}
    return {f"{what}_{infix}bits": value for what, value in values.items()}


def _duplicates(cold, warm, i, k, code):
    """How many coded inputs are M's too, and what their labels save; not known of recorded runs."""
    if "repeated" not in warm:
        return {"duplicates": pd.NA, "l_it_duplicates_bits": np.nan}
    repeated = warm["repeated"][i, :k].astype(bool)
    theta0, m = (run[f"bits/{code}"][i, :k] for run in (cold, warm))
    saved = float((theta0 - m)[repeated].sum())
    return {"duplicates": int(repeated.sum()), "l_it_duplicates_bits": saved}


def _price(run, i, k, code):
    """Bits of the first k labels beyond those under the one best expert; below 0 where switching,
    or the product, does better."""
    if f"least/{code}" not in run:
        return np.nan
    return float(run[f"bits/{code}"][i, :k].sum() - run[f"least/{code}"][i, k - 1])


def _memorised(row, codes, source, i):
    """K(M_n) of one seed: 0 for theta0, unknown without the code of the training examples."""
    if row["n"] == 0:
        return 0.0
    if row["source_cold"] is None:
        return np.nan
    cold = codes[row["source_cold"]][f"bits/{row['code']}"][i : i + 1, : row["n"]]
    return float(train_set_information(cold, source["bits"][i : i + 1])[0])


def transfer_table(
    by_seed: pd.DataFrame, rows: list[dict[str, Any]], codes: Mapping[str, Arrays]
) -> pd.DataFrame:
    """One row an arm and n: means over seeds; standard errors and intervals of the paired L_IT.

    Args:
        by_seed: See :func:`transfer_by_seed`.
        rows, codes: What it was made of.

    Returns:
        Of each of the three codes the estimate, see :class:`lit.measures.intervals.Estimate`:
        ``_se``, ``_ci_low``, ``_ci_high`` as shown, of the row's ``code`` also ``_these_*`` and
        ``_like_*``. ``shared`` is the share of a seed's stream that another has too, f = k / N;
        ``times_coded``, k S / N, how often an example is coded by all seeds together.
    """
    keys = [*KEYS, *(name for name in CELL if name in by_seed)]
    seeds = len(by_seed) // len(rows)
    found = []
    for i, row in enumerate(rows):
        group = by_seed.iloc[i * seeds : (i + 1) * seeds]
        saved = {code: estimate(_saved(row, codes, code)) for code in (row["code"], *OTHERS)}
        own = saved[row["code"]]
        found.append(
            group.iloc[0][keys].to_dict()
            | {"seeds": seeds}
            | _means(group, "uniform_bits", "l_theta0_bits", "l_m_bits")
            | _columns("l_it", own)
            | {"shared": own.shared, "times_coded": own.shared * seeds, "about": own.about}
            | _spread("l_it_these", own.these)
            | _spread("l_it_like", own.like)
            | {"l_it_skewed": own.skewed}
            | _means(group, "l_theta0_price_bits", "l_m_price_bits")
            | _means(group, "m_train_accuracy", "m_knowable", "k_m_bits", "label_entropy_bits")
            | _columns("l_it_network", saved[NETWORK])
            | _columns("l_it_shortest", saved[SHORTEST])
            | _means(group, *(f"{of}_{code}_bits" for code in OTHERS for of in ("l_theta0", "l_m")))
            | {"l_it_plain_bits": (plain := estimate(group["l_it_plain_bits"].to_numpy())).mean}
            | {"l_it_plain_se": plain.se}
            | _means(group, "source_uniform_bits")
            | {"source_labels": group["source_labels"].iloc[0]}
            | {"duplicates": group["duplicates"].sum(min_count=1)}
            | _means(group, "l_it_duplicates_bits")
        )
    table = pd.DataFrame(found)
    counts = ("n", "order", "t", "j", "duplicates")
    return table.astype({name: "Int64" for name in counts if name in table})


def said_of(table: pd.DataFrame) -> Iterator[str]:
    """Each arm's L_IT with its interval, a line each, for the log; without those of n = 0."""
    for row in table[~(table["n"] == 0).fillna(False)].to_dict("records"):
        size = "ready weights" if pd.isna(row["n"]) else f"n = {row['n']}"
        low, high = row["l_it_ci_low"], row["l_it_ci_high"]
        interval = "no interval" if pd.isna(low) else f"95 % interval {low:.1f} to {high:.1f}"
        yield f"{row['arm']}, {size}: L_IT = {row['l_it_bits']:.1f} bits, {interval}"


def _saved(row: Mapping[str, Any], codes: Mapping[str, Arrays], code: str) -> Sample:
    """L_IT of a row by seed, under a code, which a run may not have."""
    k, cold, warm = row["k"], codes[row["cold"]], codes[row["warm"]]
    name = f"bits/{code}"
    if name not in cold or name not in warm:
        return Sample(np.full(len(cold[f"bits/{NETWORK}"]), np.nan))
    saved = cold[name][:, :k] - warm[name][:, :k]
    return sample(saved, cold.get("index"), cold["blocks"], group=cold.get("group"))


def _columns(name: str, found: Estimate) -> dict[str, float]:
    """The mean over seeds, and how sure it is as it is shown."""
    return {f"{name}_bits": found.mean} | _spread(name, found)


def _spread(name: str, found: Estimate | Spread) -> dict[str, float]:
    """Standard error and interval."""
    return {f"{name}_se": found.se, f"{name}_ci_low": found.ci[0], f"{name}_ci_high": found.ci[1]}


def _means(group: pd.DataFrame, *names: str) -> dict[str, float]:
    return {name: group[name].mean() for name in names}
