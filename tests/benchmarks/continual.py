"""Average accuracy on five tasks of permuted MNIST beside what others report for the same network, epochs and optimiser.

All 60,000 training images a task, mlp 256-256, Adam at 0.001, 5 passes; accuracy on the 10,000 test images, mean over
tasks after the last. Theirs are read off the README of a public repository, DIFE ("Benchmark Results: Permuted MNIST
(5 tasks)": fine-tuning, EWC with lambda 5000, SI with c = 0.1, one seed); it has no replay. Strengths here are those of
config/studies/continual-small.yaml.
"""

from dataclasses import replace

import numpy as np
import torch
from common import arguments, hardware, publish

from lit.continual.chain import Task, train_task
from lit.datasets import Dataset, load_dataset
from lit.engine import Examples, State, score
from lit.models import build_theta0
from lit.views import make_view

MODEL, TASKS = {"kind": "mlp", "hidden": [256, 256]}, 5
ALGORITHMS = {
    "plain": {"kind": "plain"},
    "ewc": {"kind": "ewc", "strength": 1000.0},
    "si": {"kind": "si", "strength": 1000.0},
    "replay": {"kind": "replay", "memory": 500},
    "joint": {"kind": "joint"},
}
REPORTED = {"plain": 0.754, "ewc": 0.757, "si": 0.723}
CPU = torch.device("cpu")


def task_data(split: str) -> list[Dataset]:
    """Views of MNIST by the permutations 0 to 4."""
    data = load_dataset({"kind": "torchvision", "name": "MNIST", "split": split})
    return [Dataset(make_view(data.x, {"keep": "permuted", "draw": i}, "permuted"), data.y, data.classes) for i in range(TASKS)]


def accuracies(name: str, train: list[Dataset], test: list[Dataset], n: int, epochs: float, seeds: list[int]) -> np.ndarray:
    """(S, tasks) accuracy on test images after the last task."""
    tasks, before = [Task(data, data.classes, None, n) for data in train], None
    entry = ALGORITHMS[name] | {"lr": 1e-3, "batch": 64, "epochs": epochs}
    for position in range(TASKS):
        known = [task if i == position or name == "joint" else replace(task, data=None) for i, task in enumerate(tasks)]
        before = train_task(MODEL, known[: position + 1], position, False, entry, seeds, CPU, before)
    net, state = build_theta0(MODEL, train[0].x.shape[1:], train[0].classes, seeds[0]), State.from_arrays(before)
    found = []
    for data in test:
        rows = torch.arange(len(data.y)).expand(len(seeds), -1)
        examples = Examples(torch.from_numpy(data.x), rows, torch.from_numpy(data.y).expand(len(seeds), -1))
        logits = score(net, state, examples, 0, len(data.y))
        found.append((logits.argmax(-1) == examples.label).double().mean(-1).numpy())
    return np.stack(found, axis=1)


def main() -> None:
    options = arguments(n=60_000, epochs=5.0, seeds=1, algorithms="plain,ewc,si,replay,joint", threads=1)
    about = hardware(options.threads) | {"model": MODEL, "n": options.n, "epochs": options.epochs, "seeds": options.seeds}
    train, test, rows = task_data("train"), task_data("test"), []
    for name in options.algorithms.split(","):
        found = accuracies(name, train, test, options.n, options.epochs, list(range(options.seeds)))
        last = {f"task {i}": value for i, value in enumerate(found.mean(0))}
        rows.append({"algorithm": name, "accuracy": found.mean(), "reported": REPORTED.get(name, np.nan)} | last)
        print(rows[-1], flush=True)
    publish("continual", rows, about, options.output)


if __name__ == "__main__":
    main()
