"""Average accuracy on five tasks of permuted MNIST beside what others report for the same network, epochs, batch and optimiser.

All 60,000 training images a task, mlp 256-256, Adam at 0.001, batches of 256, 5 passes; accuracy on the 10,000 test images,
mean over tasks after the last. Theirs, mean and standard deviation over 5 seeds, are read off the README of a public
repository (github.com/AdemVessell/dife, "Permuted MNIST (5 tasks, 5 epochs/task, 5 seeds)"), which chose the strengths of EWC
and SI on a grid of its own. Its replay adds 25 examples to each batch, from a reservoir of 2,000, and so does ours; the
strengths of ours are those of config/studies/continual-small.yaml.
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

MODEL, TASKS, BATCH = {"kind": "mlp", "hidden": [256, 256]}, 5, 256
ALGORITHMS = {
    "plain": {"kind": "plain"},
    "ewc": {"kind": "ewc", "strength": 1000.0},
    "si": {"kind": "si", "strength": 1000.0},
    "replay": {"kind": "replay", "memory": 2000, "replayed": 25},
    "joint": {"kind": "joint"},
}
REPORTED = {"plain": (0.762, 0.022), "ewc": (0.802, 0.030), "si": (0.756, 0.026), "replay": (0.959, 0.002)}  # mean, s.d.
CPU = torch.device("cpu")


def task_data(split: str) -> list[Dataset]:
    """Views of MNIST by the permutations 0 to 4."""
    data = load_dataset({"kind": "torchvision", "name": "MNIST", "split": split})
    return [Dataset(make_view(data.x, {"keep": "permuted", "draw": i}, "permuted"), data.y, data.classes) for i in range(TASKS)]


def learn_all(model: dict, tasks: list[Task], several: bool, entry: dict, seeds: list[int]) -> dict[str, np.ndarray]:
    """What the last of a chain of jobs leaves; each has the data that its own job would have."""
    before = None
    for position in range(len(tasks)):
        known = [t if i == position or entry["kind"] == "joint" else replace(t, data=None) for i, t in enumerate(tasks)]
        before = train_task(model, known, position, several, entry, seeds, CPU, before)
    return before


def accuracy(model: dict, learned: dict[str, np.ndarray], task: int, examples: Examples) -> np.ndarray:
    """(S,) share of labels that a task's head gets right; labels are counted within the head."""
    outputs, (first, last) = int(learned["heads"].max()), learned["heads"][task]
    net, state = build_theta0(model, tuple(examples.x.shape[1:]), outputs, 0), State.from_arrays(learned)
    logits = score(net, state, examples, 0, examples.label.shape[1])[..., first:last]
    return (logits.argmax(-1) == examples.label).double().mean(-1).numpy()


def whole(data: Dataset, seeds: list[int]) -> Examples:
    """All of a data set, for each seed."""
    rows = torch.arange(len(data.y)).expand(len(seeds), -1)
    return Examples(torch.from_numpy(data.x), rows, torch.from_numpy(data.y).expand(len(seeds), -1))


def main() -> None:
    options = arguments(n=60_000, epochs=5.0, seeds=3, algorithms="plain,ewc,si,replay,joint", threads=1)
    about, sizes = hardware(options.threads), {"n": options.n, "epochs": options.epochs, "seeds": options.seeds, "batch": BATCH}
    seeds, train, test, rows = list(range(options.seeds)), task_data("train"), task_data("test"), []
    for name in options.algorithms.split(","):
        entry = ALGORITHMS[name] | {"lr": 1e-3, "batch": BATCH, "epochs": options.epochs}
        learned = learn_all(MODEL, [Task(data, data.classes, None, options.n) for data in train], False, entry, seeds)
        found = np.stack([accuracy(MODEL, learned, i, whole(data, seeds)) for i, data in enumerate(test)], axis=1)
        ours = {"algorithm": name, "accuracy": found.mean(), "sd": found.mean(1).std(ddof=1)}
        theirs = dict(zip(("reported", "reported_sd"), REPORTED.get(name, (None, None)), strict=True))
        rows.append(ours | theirs | {f"task {i}": value for i, value in enumerate(found.mean(0))})
        print(rows[-1], flush=True)
    publish("continual", rows, about | {"model": MODEL} | sizes, options.output)


if __name__ == "__main__":
    main()
