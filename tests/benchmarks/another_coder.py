"""What M saves of tables, and what a language model brings frozen, by coders that are not ours: forests and logistic regression.

Of the studies tables-small and finetune-small, whose results must be there: the very rows that M was trained on and those that
are coded, seed by seed. scikit-learn's classifiers are fitted anew where a block of the stream ends, to all that was sent and, from
M, to M's rows too: they keep all that they read, so that they may save more than M does. What is asked is whether it is alike.
"""

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


def probabilities(reader: str, seen: tuple[np.ndarray, np.ndarray], x: np.ndarray, classes: int):
    """(len(x), classes) of a reader of the seen, with one label's weight spread over all classes."""
    m, found = len(seen[1]), np.full((len(x), classes), 1 / classes)
    labels = np.unique(seen[1])
    if len(labels) > 1:
        read = READERS[reader]().fit(*seen).predict_proba(x)
        found /= m + 1
        found[:, labels] += m / (m + 1) * read
    return found


def sent(x: np.ndarray, y: np.ndarray, classes: int, m: tuple[np.ndarray, np.ndarray]) -> float:
    """Bits of the labels y (k,) by the Bayesian mixture of the readers, who know m's rows before."""
    bits, begin = np.empty((len(READERS), len(y))), 0
    while begin < len(y):
        end = min(max(FIRST, 2 * begin), len(y))
        seen = (np.concatenate([m[0], x[:begin]]), np.concatenate([m[1], y[:begin]]))
        for i, reader in enumerate(READERS):
            p = probabilities(reader, seen, x[begin:end], classes)
            bits[i, begin:end] = -np.log2(p[np.arange(end - begin), y[begin:end]])
        begin = end
    return float(-logsumexp(-bits.sum(1) * np.log(2)) / np.log(2) + np.log2(len(READERS)))


def rows_of(folder: Path, inputs: str, run: str, model: str | None):
    """Seed by seed: the stream's inputs and labels, and those of M's rows, none where there is no M."""
    with h5py.File(folder / inputs) as file:
        x = np.asarray(file["x"], np.float32).reshape(len(file["y"]), -1)
        y, classes = np.asarray(file["y"]), int(np.max(file["y"])) + 1
    x = StandardScaler().fit_transform(x)
    with h5py.File(folder / "codelengths" / f"{run}.h5") as file:
        streams = np.asarray(file["index"])
    known = np.zeros((len(streams), 0), int)
    if model:
        (path,) = folder.glob(model)
        with h5py.File(path) as file:
            known = np.asarray(file["index"])
    for stream, index in zip(streams, known, strict=True):
        yield x[stream], y[stream], classes, (x[index], y[index])


def tables(folder: Path) -> list[dict]:
    """A row for each row of the study's table but those of random labels."""
    found, cold = [], {}
    for row in pd.read_csv(folder / "tables/information_transfer.csv").to_dict("records"):
        data, n = row["target"], row["n"]
        if row["labels"] != "true" or not n:
            continue
        run = f"{data}--true--mlp--replay+readout--from"
        model = f"models/{data}--true--mlp--n{n}--early/seeds-*.h5"
        if data not in cold:
            none = rows_of(folder, f"data/{data}.h5", f"{run}.theta0", None)
            cold[data] = np.array([sent(*one) for one in none])
        known = rows_of(folder, f"data/{data}.h5", f"{run}.n{n}.early", model)
        saved = cold[data] - np.array([sent(*one) for one in known])
        found.append(
            {"about": "tables", "data": data, "n": n, "k": row["k"], "theta0": row["l_theta0_bits"]}
            | {"theta0_other": cold[data].mean(), "l_it": row["l_it_bits"], **ends_of(saved)}
        )
    return found


def ends_of(values: np.ndarray) -> dict:
    """Mean and 95 % interval of values a seed."""
    found = estimate(Sample(values))
    return {"other": found.mean, "other_low": found.these.ci[0], "other_high": found.these.ci[1]}


def main() -> None:
    options = arguments(results=str(ROOT / "results"))
    rows = tables(Path(options.results) / "tables-small")
    table = pd.DataFrame(rows)
    rho, ends, p = spearman(table["l_it"].to_numpy(), table["other"].to_numpy())
    about = hardware(1) | {"readers": list(READERS), "rho": rho, "rho_ci": ends, "p": p}
    publish("another_coder", rows, about, options.output)


if __name__ == "__main__":
    main()
