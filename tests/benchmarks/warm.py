"""What a warm coder costs against M left untouched, over data sets and n; L_IT by definition and by the joint coder.

A coder that starts from M must not forget it: its code may not be much longer than M's own predictions. The joint coder
(``memory: source``) replays M's own training examples too. Means over seeds; random labels are the control.
"""

from importlib import metadata

import numpy as np
import pandas as pd
import torch
from common import arguments, hardware, network_code, publish

from lit.coding.coder import Coder, StartState, code_span
from lit.data.dataset import Dataset
from lit.data.loaders import load_dataset
from lit.study.schedule import Schedule
from lit.training.options import Training
from lit.training.sources import train_source
from lit.training.state import State

MODEL = {"kind": "mlp", "hidden": [128]}
SIZES = [0, 256, 2048, 16384]
LEARNERS = {
    "replay": {"kind": "replay"},
    "joint": {"kind": "replay", "memory": "source"},
    "restart": {"kind": "restart"},
}
CPU = torch.device("cpu")


def diamonds() -> Dataset:
    """Clarity (8 grades) of 53,940 diamonds from nine standardised numbers; the table ships with plotnine."""
    file = next(f for f in metadata.files("plotnine") or [] if f.name == "diamonds.csv")
    table = pd.read_csv(file.locate())
    grades = {
        "clarity": ["I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"],
        "cut": ["Fair", "Good", "Very Good", "Premium", "Ideal"],
        "color": list("DEFGHIJ"),
    }
    for name, order in grades.items():
        table[name] = pd.Categorical(table[name], categories=order).codes
    table[["carat", "price"]] = np.log(table[["carat", "price"]])
    x = table.drop(columns="clarity").to_numpy(dtype=np.float64)
    x = np.clip((x - x.mean(axis=0)) / x.std(axis=0), -5, 5)
    return Dataset(x.astype(np.float32), table["clarity"].to_numpy(dtype=np.int64), 8)


def load(name: str) -> Dataset:
    if name == "diamonds":
        return diamonds()
    if name == "digits":
        return load_dataset({"kind": "sklearn", "name": "digits"})
    return load_dataset(
        {"kind": "torchvision", "name": {"mnist": "MNIST", "fashion": "FashionMNIST"}[name]}
    )


def code(
    data: Dataset, labels, learner: str, seeds: list[int], k: int, source: StartState | None
) -> dict[str, np.ndarray]:
    coder = Coder(MODEL, data, labels, "front", seeds, LEARNERS[learner], source, "keep", CPU)
    return network_code(code_span(coder, Schedule().blocks_of(0, k), k))


def rows_of(name: str, labels, learners: list[str], seeds: list[int], most: int) -> list[dict]:
    data, rows = load(name), []
    k = min(most, len(data.y) * 4 // 7)
    cold = {
        learner: code(data, labels, learner, seeds, k, None)
        for learner in learners
        if learner != "joint"
    }
    cold["joint"] = cold["replay"]
    largest = 2048 if labels else SIZES[-1]  # random labels are slow to memorise
    for n in [n for n in SIZES if k + n <= len(data.y) and n <= largest]:
        source = None
        if n:
            stop = "memorise" if labels else "early"
            made = train_source(MODEL, data, labels, n, stop, seeds, Training(), CPU)
            source = StartState(
                State.from_arrays(made), data.x, made["index"], made["label"], data.classes
            )
        for learner in learners:
            warm = (
                cold[learner] if source is None else code(data, labels, learner, seeds, k, source)
            )
            saved = (cold[learner]["bits/network"] - warm["bits/network"]).sum(axis=1)
            bits = {
                key.removeprefix("bits/"): warm[key].sum(axis=1).mean()
                for key in warm
                if key.startswith("bits/")
            }
            rows.append(
                {
                    "data": name,
                    "labels": "random" if labels else "true",
                    "k": k,
                    "n": n,
                    "learner": learner,
                }
                | {
                    "cold": cold[learner]["bits/network"].sum(axis=1).mean(),
                    "untouched": bits["start"],
                    "warm": bits["network"],
                }
                | {
                    "warm_over_untouched": bits["network"] / bits["start"],
                    "l_it": saved.mean(),
                    "l_it_sd": saved.std(ddof=1),
                }
                | {
                    "share_of_uniform": saved.mean() / (k * np.log2(data.classes)),
                    "model": bits["model"],
                }
                | {"gentle": bits.get("gentle", np.nan)}
            )
            print(rows[-1], flush=True)
    return rows


def main() -> None:
    options = arguments(
        k=2048,
        seeds=3,
        data="digits,mnist,fashion,diamonds",
        learners="replay,joint,restart",
        threads=1,
    )
    about = hardware(options.threads) | {"model": MODEL, "seeds": options.seeds, "repetitions": 1}
    learners, seeds, rows = options.learners.split(","), list(range(options.seeds)), []
    for name in options.data.split(","):
        rows += rows_of(name, None, learners, seeds, options.k)
        rows += rows_of(name, {"random": 1.0}, learners, seeds, options.k // 2)
    publish("warm", rows, about, options.output)


if __name__ == "__main__":
    main()
