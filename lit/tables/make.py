"""Tables of results from stored arrays: one row an arm and n, a seed, a run, a block, or a file. No torch."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lit.coding import mixture
from lit.data.dataset import WARNING
from lit.errors import shortened
from lit.files import store
from lit.files.provenance import config_digest
from lit.measures.information_transfer import train_set_information
from lit.measures.intervals import estimate
from lit.study import label_transforms

Arrays = Mapping[str, np.ndarray]


def read_table(path: str | Path) -> pd.DataFrame:
    """A table of ours from CSV. Names stay text: a column of labels that are all ``true`` is no column of truth values."""
    names = (
        "study",
        "arm",
        "target",
        "source",
        "model",
        "learner",
        "labels",
        "source_labels",
        "run",
        "start",
        "settings",
        "code",
        "inputs",
        "versions",
        "digest",
        "reference",
        "sequence",
        "algorithm",
        "task",
        "head",
        "orders",
        "dataset",
        "kind",
        "shape",
        "class_names",
        "type",
        "scaling",
        "warnings",
        "notes",
    )
    # An arm may be called NA or null: only what is empty is missing.
    counts = dict.fromkeys(("n", "order", "t", "j"), "Int64")
    return pd.read_csv(
        path, dtype=dict.fromkeys(names, str) | counts, keep_default_na=False, na_values=[""]
    )


def make_tables(
    settings: Mapping[str, Any], codes: Sequence[str], sources: Sequence[str], data: Sequence[str]
) -> dict[str, pd.DataFrame]:
    """All tables of a study by name, from its files.

    Args:
        settings: See :meth:`lit.workflow.plan.Plan.table_settings`.
        codes: Files of code lengths, one a run, in the order of ``settings["codes"]``.
        sources: Files of sources, one a seed group, in the order of ``settings["sources"]``.
        data: Files of data sets and features.

    Raises:
        InputError: a file that is missing or damaged.
    """
    coded = {
        run: store.read(path, "codelengths", run=run)
        for run, path in zip(settings["codes"], codes, strict=True)
    }
    joined, trained = store.read_sources(settings["sources"], sources)
    seeds = next(iter(coded.values()))[1]["seeds"]
    duplicates = {run: about["duplicates"] for run, (_, about) in coded.items()}
    arrays = {run: coded[run][0] for run in sorted(coded)}
    by_seed = transfer_by_seed(
        settings["study"], settings["rows"], arrays, joined, seeds, duplicates
    )
    made = [(path, "dataset", store.attributes(path)) for path in data]
    made += [(path, "source", about) for path, about in zip(sources, trained, strict=True)]
    made += [
        (path, "codelengths", about) for path, (_, about) in zip(codes, coded.values(), strict=True)
    ]
    return {
        "information_transfer": transfer_table(by_seed),
        "information_transfer_by_seed": by_seed,
        "code_lengths": code_length_table(arrays, settings["runs"], seeds),
        "curves": curve_table(settings["rows"], arrays, seeds),
        "datasets": dataset_table(data),
        "provenance": provenance_table(made),
    }


def provenance_table(files: Sequence[tuple[str, str, Mapping[str, Any]]]) -> pd.DataFrame:
    """One row a file and whatever made it: digests of its content, settings, code and inputs; versions; device.

    Args:
        files: Path, kind and attributes of each.

    A file of code lengths has a row for each combination of code, versions and device that made its blocks.
    """
    rows = []
    for path, kind, about in files:
        same = {
            "file": "/".join(Path(path).parts[-3:] if kind == "source" else Path(path).parts[-2:]),
            "kind": kind,
        }
        same |= {"digest": store.digest(path), "settings": config_digest(about["settings"])}
        for by in about.get("made_by", [about]):
            rows.append(
                same
                | {
                    "code": by["code"],
                    "inputs": _pairs(about["inputs"]),
                    "versions": _pairs(by["versions"]),
                }
                | {"device": by.get("device", "cpu"), "threads": by.get("threads", 1)}
            )
    return pd.DataFrame(rows)


def dataset_table(paths: Sequence[str]) -> pd.DataFrame:
    """One row a data set: what was read, how it was scaled, and what was converted or left out. Inputs are not read."""
    rows = []
    for path in paths:
        about, (shape, form) = store.attributes(path), store.shape(path, "x")
        settings, notes = about["settings"], about.get("notes", ())
        warnings = [note.removeprefix(WARNING) for note in notes if note.startswith(WARNING)]
        rows.append(
            {
                "dataset": settings["dataset"],
                "kind": settings.get("spec", {"kind": "features"})["kind"],
            }
            | {
                "examples": shape[0],
                "shape": " x ".join(map(str, shape[1:])),
                "classes": about["classes"],
            }
            | {"class_names": _printable(shortened(about.get("names") or ())), "type": form}
            | {"scaling": about.get("scaling", ""), "warnings": _printable("; ".join(warnings))}
            | {
                "notes": _printable(
                    "; ".join(note for note in notes if not note.startswith(WARNING))
                )
            }
        )
    return pd.DataFrame(rows)


def _printable(text: str) -> str:
    """Text without what no file of text can hold, such as parts of characters in names of files."""
    return text.encode("utf-8", "replace").decode()


def _pairs(values: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in sorted(values.items()))


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
        sources: Arrays of each source, all seeds in the order of ``seeds``, by its id.
        seeds: Seeds of the arrays' rows.
        duplicates: By run and seed, coded inputs that also occur, exactly, among M's training inputs.

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
    bits = {
        name: float(arrays["bits/mixture"][i, :k].sum())
        for name, arrays in (("theta0", cold), ("m", warm))
    }
    plain = {
        name: float(arrays["bits/model"][i, :k].sum())
        for name, arrays in (("theta0", cold), ("m", warm))
    }
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
        "label_entropy_bits": float(
            mixture.label_entropy_bits(cold["label"][i : i + 1, :k], classes)[0]
        ),
        "l_theta0_bits": bits["theta0"],
        "l_m_bits": bits["m"],
        "l_it_bits": bits["theta0"] - bits["m"],
        "l_theta0_plain_bits": plain["theta0"],
        "l_m_plain_bits": plain["m"],
        "l_it_plain_bits": plain["theta0"] - plain["m"],
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
    """One row an arm and n: means over seeds, and L_IT's paired standard error and bootstrap interval."""
    keys = ["study", "arm", "target", "source", "model", "learner", "labels", "n", "k", "classes"]
    keys += [name for name in CELL if name in by_seed]
    rows = []
    for values, group in by_seed.groupby(keys, sort=False, dropna=False):
        means = {name: group[name].mean() for name in MEANS}
        transfer, plain = (
            estimate(group["l_it_bits"].to_numpy()),
            estimate(group["l_it_plain_bits"].to_numpy()),
        )
        rows.append(
            dict(zip(keys, values, strict=True))
            | {"seeds": len(group)}
            | {name: means[name] for name in ("uniform_bits", "l_theta0_bits", "l_m_bits")}
            | {"l_it_bits": transfer.mean, "l_it_se": transfer.se}
            | {"l_it_ci_low": transfer.ci[0], "l_it_ci_high": transfer.ci[1]}
            | {name: means[name] for name in ("m_train_accuracy", "k_m_bits", "label_entropy_bits")}
            | {
                "l_it_plain_bits": plain.mean,
                "l_it_plain_se": plain.se,
                "source_uniform_bits": means["source_uniform_bits"],
            }
            | {
                "source_labels": group["source_labels"].iloc[0],
                "duplicates": int(group["duplicates"].sum()),
            }
        )
    table = pd.DataFrame(rows)
    return table.astype(
        {"n": "Int64"} | {name: "Int64" for name in ("order", "t", "j") if name in table}
    )


def outside_sequences(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of arms with a target; the cells of sequences, of which there are many, are left to their analyses."""
    return table[table["sequence"].isna()] if "sequence" in table else table


# What rows of sequences have besides, in a study that has any.
CELL = ("sequence", "algorithm", "order", "t", "j", "task", "head")
MEANS = [
    "uniform_bits",
    "l_theta0_bits",
    "l_m_bits",
    "m_train_accuracy",
    "k_m_bits",
    "label_entropy_bits",
    "source_uniform_bits",
]


def code_length_table(
    codes: Mapping[str, Arrays], runs: Mapping[str, Mapping[str, str]], seeds: list[int]
) -> pd.DataFrame:
    """One row a run and seed: bits of the whole stream under the mixture, the plain code and each expert alone."""
    rows = []
    for run, arrays in codes.items():
        k = arrays["bits/mixture"].shape[1]
        uniform = k * np.log2(int(arrays["classes"]))
        for i, seed in enumerate(seeds):
            bits = {
                name.removeprefix("bits/"): float(arrays[name][i].sum())
                for name in arrays
                if name.startswith("bits/")
            }
            rows.append(
                {"run": run}
                | {name: runs[run][name] for name in ("start", "model", "learner")}
                | {"seed": seed, "k": k, "bits": bits["mixture"], "uniform_bits": uniform}
                | {
                    "compression": uniform / bits["mixture"],
                    "target": runs[run]["target"],
                    "labels": runs[run]["labels"],
                }
                | {"plain_bits": bits.pop("model"), "flops": float(arrays["flops"][i])}
                | {f"{name}_bits": value for name, value in bits.items() if name != "mixture"}
            )
    return pd.DataFrame(rows)


CURVES = ["arm", "target", "model", "learner", "n", "labels", "classes", "seed"]
CURVES += ["block_start", "block_stop", "bits_per_label", "plain_bits_per_label"]


def curve_table(
    rows: list[dict[str, Any]], codes: Mapping[str, Arrays], seeds: list[int]
) -> pd.DataFrame:
    """Bits per label block by block, one row an arm, n, seed and block: what the curves are drawn from.

    The code from theta0, n = 0, is there for every arm, also where the arm has no such row. Sequences are left out.
    """
    rows = [row for row in rows if "sequence" not in row]
    with_theta0 = {row["arm"] for row in rows if row["n"] == 0}
    cold = {
        row["arm"]: row | {"n": 0, "warm": row["cold"]}
        for row in rows
        if row["arm"] not in with_theta0
    }
    out = []
    for row in [*rows, *cold.values()]:
        arrays = codes[row["warm"]]
        for begin, end in arrays["blocks"].tolist():
            if begin >= row["k"]:
                continue
            stop = min(end, row["k"])
            rate = arrays["bits/mixture"][:, begin:stop].mean(axis=1)
            plain = arrays["bits/model"][:, begin:stop].mean(axis=1)
            for i, seed in enumerate(seeds):
                out.append(
                    {key: row[key] for key in ("arm", "target", "model", "learner", "n")}
                    | {
                        "labels": label_transforms.name(row["labels"]),
                        "classes": int(arrays["classes"]),
                        "seed": seed,
                    }
                    | {
                        "block_start": begin,
                        "block_stop": stop,
                        "bits_per_label": rate[i],
                        "plain_bits_per_label": plain[i],
                    }
                )
    return pd.DataFrame(out, columns=None if out else CURVES).astype({"n": "Int64"})
