"""What M saves of tables, and what a language model brings frozen, by coders that are not ours: forests and logistic regression.

Of the studies tables-small and finetune-small, whose results must be there: the very rows that M was trained on and those that
are coded, seed by seed. scikit-learn's classifiers are fitted anew where a block of the stream ends, to all that was sent and, from
M, to M's rows too: they keep all that they read, so that they may save more than M does. What is asked is whether data sets come in
the same order, and how far the codes without M are apart: ours is to be the shorter.
"""

import warnings
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from common import ROOT, arguments, hardware, publish
from scipy.special import logsumexp
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from lit.analyses.correlations import spearman
from lit.measures.intervals import estimate
from lit.measures.samples import Sample

FIRST = 16  # labels of the first block; each block is as long as all before it
READERS = {
    "forest": lambda: RandomForestClassifier(100, min_samples_leaf=2, random_state=0),
    "strong": lambda: LogisticRegression(C=0.03, max_iter=500),
    "weak": lambda: LogisticRegression(C=1.0, max_iter=500),
}


def probabilities(make: Callable, seen: tuple[np.ndarray, np.ndarray], x: np.ndarray, classes: int):
    """(len(x), classes) of a reader of the seen, with one label's weight spread over all classes."""
    m, labels = len(seen[1]), np.unique(seen[1])
    found = np.full((len(x), classes), 1 / classes / (m + 1))
    if m:
        read = make().fit(*seen).predict_proba(x) if len(labels) > 1 else 1.0
        found[:, labels] += m / (m + 1) * read
    return found


def sent(x: np.ndarray, y: np.ndarray, classes: int, m: tuple[np.ndarray, np.ndarray]) -> float:
    """Bits of the labels y (k,) by the Bayesian mixture of the readers, who know m's rows before."""
    bits, begin = np.empty((len(READERS), len(y))), 0
    while begin < len(y):
        end = min(max(FIRST, 2 * begin), len(y))
        seen = (np.concatenate([m[0], x[:begin]]), np.concatenate([m[1], y[:begin]]))
        for i, make in enumerate(READERS.values()):
            p = probabilities(make, seen, x[begin:end], classes)
            bits[i, begin:end] = -np.log2(p[np.arange(end - begin), y[begin:end]])
        begin = end
    return float(-logsumexp(-bits.sum(1) * np.log(2)) / np.log(2) + np.log2(len(READERS)))


def coded(folder: Path, inputs: str, run: str, source: str | None = None) -> np.ndarray:
    """(S,) bits of a run's stream, seed by seed; the readers know the rows of the source before."""
    with h5py.File(folder / inputs) as file:
        x = np.asarray(file["x"], np.float32).reshape(len(file["y"]), -1)
        y = np.asarray(file["y"])
    x = StandardScaler().fit_transform(x)
    with h5py.File(folder / f"codelengths/{run}.h5") as file:
        streams, classes = np.asarray(file["index"]), int(file["classes"][()])
    known = np.zeros((len(streams), 0), int)
    if source:
        paths = sorted((folder / "models" / source).glob("seeds-*.h5"))
        known = np.concatenate([h5py.File(path)["index"][:] for path in paths])
    return np.array(
        [
            sent(x[stream], y[stream], classes, (x[index], y[index]))
            for stream, index in zip(streams, known, strict=True)
        ]
    )


def tables(folder: Path) -> list[dict]:
    """A row for each row of the study's table but those of random labels."""
    found, cold = [], {}
    for row in pd.read_csv(folder / "tables/information_transfer.csv").to_dict("records"):
        data, n = row["target"], row["n"]
        if row["labels"] != "true" or not n:
            continue
        inputs, run = f"data/{data}.h5", f"{data}--true--mlp--replay+readout"
        if data not in cold:
            cold[data] = coded(folder, inputs, f"{run}--theta0")
        source = f"{data}--true--mlp--n{n}--early"
        warm = coded(folder, inputs, f"{run}--from.n{n}.early", source)
        about = {"about": "tables", "data": data, "n": n, "k": row["k"]}
        found.append(about | ours(row) | theirs(cold[data], cold[data] - warm))
    return found


def frozen(folder: Path) -> list[dict]:
    """A row for each data set of texts: what frozen features save against those of the twin."""
    table, found = pd.read_csv(folder / "tables/information_transfer_by_seed.csv"), []
    for data in ("r8", "newsgroups"):
        arms = [table[table["arm"] == f"{data}-{name}.minilm"] for name in ("twin", "frozen")]
        cold, warm = (arm.sort_values("seed") for arm in arms)
        saved = {
            code: ends_of(cold[f"l_theta0{code}_bits"].values - warm[f"l_theta0{code}_bits"].values)
            for code in ("", "_network")
        }
        twin, mine = (
            coded(folder, f"features/{name}.h5", f"{name}--true--linear--quick+readout--theta0")
            for name in (f"{data}.minilm.random", f"{data}.minilm")
        )
        about = {"about": "frozen", "data": data, "n": 0, "k": int(warm["k"].iloc[0])}
        about |= {"theta0": cold["l_theta0_bits"].mean(), "l_it": saved[""]["other"]}
        about |= {f"l_it_{end}": saved[""][f"other_{end}"] for end in ("low", "high")}
        about |= {"l_it_network": saved["_network"]["other"]}
        found.append(about | theirs(twin, twin - mine))
    return found


def ours(row: dict) -> dict:
    """What the study's table says, of the network alone and of the default code."""
    network = {"l_it_network": row["l_it_network_bits"]}
    ends = {"l_it_low": row["l_it_ci_low"], "l_it_high": row["l_it_ci_high"]}
    return {"theta0": row["l_theta0_bits"], "l_it": row["l_it_bits"]} | ends | network


def theirs(cold: np.ndarray, saved: np.ndarray) -> dict:
    """The readers' bits without M and those that they save, a value a seed."""
    return {"theta0_other": cold.mean()} | ends_of(saved)


def ends_of(values: np.ndarray) -> dict:
    """Mean and 95 % interval of values a seed."""
    found = estimate(Sample(values))
    return {"other": found.mean, "other_low": found.these.ci[0], "other_high": found.these.ci[1]}


def main() -> None:
    warnings.filterwarnings("ignore", message="The number of unique classes")  # of short prefixes
    options = arguments(results=str(ROOT / "results"))
    rows = tables(Path(options.results) / "tables-small")
    table = pd.DataFrame(rows)
    rows += frozen(Path(options.results) / "finetune-small")
    rho, ends, p = spearman(table["l_it"].to_numpy(), table["other"].to_numpy())
    about = hardware(1) | {"readers": list(READERS), "rho": rho, "rho_ci": ends, "p": p}
    publish("another_coder", rows, about, options.output)


if __name__ == "__main__":
    main()
