"""How strengths of continual-learning algorithms were chosen: on other data, permutations and seeds than any study reports.

Fashion-MNIST, three tasks with a single head (permutations 100 to 102) or a head each (pairs of classes), seeds 100 to 104,
10,000 training examples a task, 3 passes, mlp 100-100; AdamW's moments new with every task, or kept. Accuracy on the next
1,000 examples of each task's pool, mean over the three tasks after the last one.
"""

import itertools

import numpy as np
import torch
from common import arguments, hardware, publish
from continual import accuracy, learn_all

from lit.continual.chain import TaskData
from lit.data.dataset import Dataset
from lit.data.loaders import load_dataset
from lit.data.streams import ends
from lit.data.views import make_view
from lit.training.state import Examples

MODEL, SEEDS, HELD_OUT = {"kind": "mlp", "hidden": [100, 100]}, list(range(100, 105)), 1000
PERMUTATIONS, PAIRS = (100, 101, 102), ((0, 1), (2, 3), (4, 5))
GRID = {
    "plain": [{}],
    "joint": [{}],
    "ewc": [
        {"strength": 10.0**i, "online": online} for online in (False, True) for i in range(2, 10)
    ],
    "si": [{"strength": 10.0**i} for i in range(10)],
    "lwf": [{"strength": s} for s in (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)],
    "replay": [{}],
    "derpp": [{"alpha": a} for a in (0.03, 0.1, 0.3, 1.0)],
    "agem": [{}],
}


def tasks_of(heads: str, data: Dataset, n: int) -> list[TaskData]:
    if heads == "multi":
        return [TaskData(data, data.classes, {"classes": list(pair)}, n) for pair in PAIRS]
    views = [
        make_view(data.x, {"keep": "permuted", "draw": draw}, "permuted") for draw in PERMUTATIONS
    ]
    return [TaskData(Dataset(x, data.y, data.classes), data.classes, None, n) for x in views]


def held_out(task: TaskData, seeds: list[int] = SEEDS) -> Examples:
    """The examples that lie next to the training examples in the pool of each seed."""
    index, label, _ = ends(task.data.y, task.data.classes, task.labels, seeds, "back")
    place = slice(task.n, task.n + HELD_OUT)
    index, label = (
        torch.from_numpy(np.ascontiguousarray(values[:, place])) for values in (index, label)
    )
    return Examples(torch.from_numpy(task.data.x), index, label)


def main() -> None:
    options = arguments(
        n=10_000,
        epochs=3.0,
        heads="single,multi",
        moments="new,kept",
        algorithms=",".join(GRID),
        threads=1,
    )
    about = hardware(options.threads) | {
        "model": MODEL,
        "n": options.n,
        "epochs": options.epochs,
        "seeds": SEEDS,
    }
    data, rows = load_dataset({"kind": "torchvision", "name": "FashionMNIST"}), []
    entries = [
        {"kind": kind} | entry for kind in options.algorithms.split(",") for entry in GRID[kind]
    ]
    for heads, moments in itertools.product(options.heads.split(","), options.moments.split(",")):
        tasks, kept = tasks_of(heads, data, options.n), moments == "kept"
        for entry in (entry for entry in entries if not (kept and entry["kind"] == "joint")):
            how = entry | {"epochs": options.epochs, "keep_moments": kept}
            learned = learn_all(MODEL, tasks, heads == "multi", how, SEEDS)
            found = np.mean(
                [accuracy(MODEL, learned, i, held_out(task)) for i, task in enumerate(tasks)],
                axis=0,
            )
            told = {"accuracy": found.mean(), "sd": found.std(ddof=1), "worst": found.min()}
            rows.append({"heads": heads, "moments": moments} | entry | told)
            print(rows[-1], flush=True)
    publish("strengths", rows, about, options.output)


if __name__ == "__main__":
    main()
