"""Every continual algorithm under AdamW and under SGD: bits held and accuracy on the tasks of the small study.

MNIST as in ``config/studies/continual-small.yaml``: five permutations with one head, n = 10,000, or five pairs of digits
with a head each, n = 5,000; mlp 100-100, 3 passes, batches of 64. The labels of 512 fresh examples of each task are coded
after the last task by ``replay`` at effort 20, code ``network``; bits held are L_IT, summed over the five tasks.

Chosen on other data, those of ``strengths.py`` (three tasks of Fashion-MNIST, other permutations and seeds), by the mean
accuracy after the last task: SGD's learning rate, by that of ``plain`` and ``joint``, the bounds, together; then what the
algorithms weigh under SGD, and alpha of ``derpp``; the smallest value within 0.002 of the best. SGD has no momentum. AdamW has its learning rate and
strengths from the study, which were chosen on the same data. What was tried is in optimizers-search.json.
"""

import time
from typing import Any

import numpy as np
from common import arguments, hardware, network_code, publish
from continual import CPU, accuracy, learn_all
from scipy import stats
from strengths import held_out, tasks_of

from lit.coding.coder import Coder, StartState, code_span
from lit.continual.chain import TaskData
from lit.data.dataset import Dataset
from lit.data.loaders import load_dataset
from lit.data.views import make_view
from lit.errors import InputError
from lit.study.schedule import Schedule
from lit.training.state import State

MODEL = {"kind": "mlp", "hidden": [100, 100]}
LEARNER, K, TASKS = {"kind": "replay", "effort": 20}, 512, 5
SIZES = {"single": 10_000, "multi": 5_000}
ADAMW = {
    "single": {
        "plain": {},
        "joint": {},
        "ewc": {"strength": 1e3},
        "online-ewc": {"online": True, "strength": 1e4},
        "si": {"strength": 1e3},
        "lwf": {"strength": 0.03},
        "replay": {},
        "derpp": {},
        "agem": {},
    }
}
ADAMW["multi"] = ADAMW["single"] | {
    "ewc": {"strength": 1e8},
    "online-ewc": {"online": True, "strength": 1e8},
    "si": {"strength": 1e7},
    "lwf": {"strength": 1.0},
}
ALPHAS, STRENGTHS = ("alpha", [0.03, 0.1, 0.3]), ("strength", [0.03, 0.1, 0.3, 1.0])
SINGLE = {
    "ewc": ("strength", [3.0, 10.0, 30.0, 100.0]),
    "online-ewc": ("strength", [3.0, 10.0, 30.0, 100.0]),
    "si": ("strength", [0.03, 0.1, 0.3, 1.0]),
    "lwf": STRENGTHS,
    "derpp": ALPHAS,
}
MULTI = SINGLE | {
    "ewc": ("strength", [30.0, 100.0, 300.0, 1000.0]),
    "online-ewc": ("strength", [30.0, 100.0, 300.0, 1000.0]),
    "si": ("strength", [3.0, 10.0, 30.0, 100.0]),
}
GRIDS = {
    "single": {"sgd": SINGLE, "adamw": {"derpp": ALPHAS}},
    "multi": {"sgd": MULTI, "adamw": {"derpp": ALPHAS}},
}
RATES, NEAR = [0.03, 0.1, 0.3], 0.002
SEARCHED = [100, 101, 102]


def entry_of(name: str, how: dict[str, Any]) -> dict[str, Any]:
    return {"kind": name.removeprefix("online-")} | how


class Search:
    """Accuracy on the data of ``strengths.py``, and the rows of all that was tried."""

    def __init__(self, heads: str, epochs: float, rows: list[dict[str, Any]]):
        self.heads, self.epochs, self.rows = heads, epochs, rows
        data = load_dataset({"kind": "torchvision", "name": "FashionMNIST"})
        self.tasks = tasks_of(heads, data, 10_000)
        self.fresh = [held_out(task, SEARCHED) for task in self.tasks]

    def best(
        self, names: list[str], how: dict[str, Any], option: str, values: list[float]
    ) -> float:
        """The smallest value whose accuracy, mean over the names, is within 0.002 of the best."""
        found = {}
        for value in values:
            each = [self._accuracy(name, how | {option: value}) for name in names]
            found[value] = float(np.mean(each))
            for name, accurate in zip(names, each, strict=True):
                row = {"heads": self.heads, "algorithm": name} | how | {option: value}
                self.rows.append(row | {"accuracy": None if np.isnan(accurate) else accurate})
                print(self.rows[-1], flush=True)
        top = np.nanmax(list(found.values()))
        return min(value for value, accurate in found.items() if accurate >= top - NEAR)

    def _accuracy(self, name: str, how: dict[str, Any]) -> float:
        entry = entry_of(name, how) | {"epochs": self.epochs}
        try:
            learned = learn_all(MODEL, self.tasks, self.heads == "multi", entry, SEARCHED)
        except InputError:  # training diverged
            return float("nan")
        return float(np.mean([accuracy(MODEL, learned, i, x) for i, x in enumerate(self.fresh)]))


def choose(heads: str, epochs: float, rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Options of each algorithm under each optimiser."""
    search, every = Search(heads, epochs, rows), {}
    sgd = {"optimizer": "sgd"}
    sgd["lr"] = search.best(["plain", "joint"], sgd, "lr", RATES)
    for optimizer, how in (("adamw", {"optimizer": "adamw"}), ("sgd", sgd)):
        for name, known in ADAMW[heads].items():
            own = how | ({"online": True} if name == "online-ewc" else {})
            if name in GRIDS[heads][optimizer]:
                option, values = GRIDS[heads][optimizer][name]
                own |= {option: search.best([name], own, option, values)}
            every[optimizer, name] = known | own
    return every


def mnist_tasks(heads: str) -> list[TaskData]:
    data, n = load_dataset({"kind": "torchvision", "name": "MNIST"}), SIZES[heads]
    if heads == "multi":
        pairs = [[2 * i, 2 * i + 1] for i in range(TASKS)]
        return [TaskData(data, data.classes, {"classes": pair}, n) for pair in pairs]
    views = [make_view(data.x, {"keep": "permuted", "draw": i}, "permuted") for i in range(TASKS)]
    return [TaskData(Dataset(x, data.y, data.classes), data.classes, None, n) for x in views]


def code(
    task: TaskData, seeds: list[int], learned: dict[str, np.ndarray] | None, position: int
) -> tuple[np.ndarray, np.ndarray]:
    """(S,) bits of a task's stream, from theta0 or from what was learned, and accuracy before it."""
    source = None
    if learned is not None:
        outputs = tuple(learned["heads"][position].tolist())
        index, label = learned["index"], learned["label"]
        state, classes = State.from_arrays(learned), int(learned["classes"])
        source = StartState(state, task.data.x, index, label, classes, outputs)
    coder = Coder(MODEL, task.data, task.labels, "front", seeds, LEARNER, source, "keep", CPU)
    found = network_code(code_span(coder, Schedule().blocks_of(0, K), K))
    return found["bits/network"].sum(1), found["right/start"].mean(1)


def measure(
    tasks: list[TaskData], several: bool, entry: dict[str, Any], cold: np.ndarray, seeds: list[int]
) -> tuple[np.ndarray, np.ndarray]:
    """(S,) bits held after the last task, and mean accuracy over the tasks."""
    learned = learn_all(MODEL, tasks, several, entry, seeds)
    found = [code(task, seeds, learned, j) for j, task in enumerate(tasks)]
    bits, right = (np.stack(each) for each in zip(*found, strict=True))  # (T, S)
    return (cold - bits).sum(0), right.mean(0)


def interval(values: np.ndarray) -> tuple[float, float]:
    """Student's t, 95 %."""
    half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    return float(values.mean() - half), float(values.mean() + half)


def told(values: np.ndarray, name: str) -> dict[str, float]:
    low, high = interval(values)
    return {name: float(values.mean()), f"{name}_low": low, f"{name}_high": high}


def main() -> None:
    options = arguments(epochs=3.0, seeds=3, heads="single,multi", threads=1)
    about = hardware(options.threads) | {
        "model": MODEL,
        "epochs": options.epochs,
        "learner": LEARNER,
        "code": "network",
        "k": K,
    }
    seeds, tried, rows, began = list(range(options.seeds)), [], [], time.process_time()
    every = {heads: choose(heads, options.epochs, tried) for heads in options.heads.split(",")}
    publish("optimizers-search", tried, about | {"seeds": SEARCHED}, options.output)
    for heads, chosen in every.items():
        tasks = mnist_tasks(heads)
        cold = np.stack([code(task, seeds, None, j)[0] for j, task in enumerate(tasks)])
        for name in ADAMW[heads]:
            found = {}
            for optimizer in ("adamw", "sgd"):
                entry = entry_of(name, chosen[optimizer, name]) | {"epochs": options.epochs}
                found[optimizer] = measure(tasks, heads == "multi", entry, cold, seeds)
            row: dict[str, Any] = {"heads": heads, "algorithm": name}
            for i, what in enumerate(("bits", "accuracy")):
                for optimizer, values in found.items():
                    row |= told(values[i], f"{optimizer}_{what}")
                row |= told(found["sgd"][i] - found["adamw"][i], f"difference_{what}")
            rows.append(row | {o: chosen[o, name] for o in ("adamw", "sgd")})
            print(rows[-1], flush=True)
    about |= {"seeds": seeds, "cpu_seconds": time.process_time() - began}
    publish("optimizers", rows, about, options.output)


if __name__ == "__main__":
    main()
