"""Average accuracy on five tasks of permuted MNIST beside what others report for the same network, epochs, batch and optimiser.

All 60,000 training images a task, mlp 256-256, Adam at 0.001, batches of 256, 5 passes; accuracy on the 10,000 test images,
mean over tasks after the last. Theirs, mean and standard deviation over 5 seeds, are read off the README of a public
repository (github.com/AdemVessell/dife at f998559, "Permuted MNIST (5 tasks, 5 epochs/task, 5 seeds)"). One Adam goes through
all of its tasks; so it does here, but for rows called "new", which begin another one with every task. Its replay adds 25
examples to each batch, from a reservoir of 2,000, and so does ours.

Its EWC and SI hardly hold anything. Its F is the squared gradient of the mean over one batch of 256, divided by 256 once
more, hence about F / 256^2, at strength 5,000, the largest that it tried; its SI has a strength of 0.01, and sees the first
layer's weights alone. Rows called "weak" have these strengths. "ewc" and "si" have those that ``strengths.py`` found best on
two seeds, for a single head and moments kept. "torch" is a loop of plain PyTorch on the same tasks.
"""

from dataclasses import replace

import numpy as np
import torch
from common import arguments, hardware, publish
from torch import nn
from torch.nn import functional as F

from lit.continual.chain import TaskData, train_task
from lit.data.dataset import Dataset, Form
from lit.data.loaders import load_dataset
from lit.data.views import make_view
from lit.networks.build import build_theta0
from lit.training.scoring import score
from lit.training.state import Examples, State

MODEL, TASKS, BATCH, LR = {"kind": "mlp", "hidden": [256, 256]}, 5, 256, 1e-3
ALGORITHMS = {
    "plain": {"kind": "plain", "keep_moments": True},
    "ewc": {"kind": "ewc", "keep_moments": True, "strength": 10000.0},
    "si": {"kind": "si", "keep_moments": True, "strength": 1000.0},
    "ewc-weak": {"kind": "ewc", "keep_moments": True, "strength": 5000 / 256**2},
    "si-weak": {"kind": "si", "keep_moments": True, "strength": 0.01},
    "replay": {"kind": "replay", "keep_moments": True, "memory": 2000, "replayed": 25},
    "plain-new": {"kind": "plain"},
}
PEERS = {"torch": True, "torch-new": False}  # whether one Adam goes through all tasks
REPORTED = {
    "plain": (0.762, 0.022),
    "ewc-weak": (0.802, 0.030),
    "si-weak": (0.756, 0.026),
    "replay": (0.959, 0.002),
}  # mean, s.d.
CPU = torch.device("cpu")


def task_data(split: str) -> list[Dataset]:
    """Views of MNIST by the permutations 0 to 4."""
    data = load_dataset({"kind": "torchvision", "name": "MNIST", "split": split})
    return [
        Dataset(
            make_view(data.x, {"keep": "permuted", "draw": i}, "permuted"), data.y, data.classes
        )
        for i in range(TASKS)
    ]


def learn_all(
    model: dict, tasks: list[TaskData], several: bool, entry: dict, seeds: list[int]
) -> dict[str, np.ndarray]:
    """What the last of a chain of jobs leaves; each has the data that its own job would have."""
    before = None
    for position in range(len(tasks)):
        known = [
            t if i == position or entry["kind"] == "joint" else replace(t, data=None)
            for i, t in enumerate(tasks)
        ]
        before = train_task(model, known, position, several, entry, seeds, CPU, before)
    return before


def accuracy(
    model: dict, learned: dict[str, np.ndarray], task: int, examples: Examples
) -> np.ndarray:
    """(S,) share of labels that a task's head gets right; labels are counted within the head."""
    outputs, (first, last) = int(learned["heads"].max()), learned["heads"][task]
    net, state = (
        build_theta0(model, Form(tuple(examples.x.shape[1:]), outputs), 0),
        State.from_arrays(learned),
    )
    logits = score(net, state, examples, 0, examples.label.shape[1])[..., first:last]
    return (logits.argmax(-1) == examples.label).double().mean(-1).numpy()


def ours(
    entry: dict, epochs: float, seeds: list[int], train: list[Dataset], test: list[Dataset]
) -> np.ndarray:
    """(S, T) accuracy after the last task."""
    tasks = [TaskData(data, data.classes, None, len(data.y)) for data in train]
    learned = learn_all(
        MODEL, tasks, False, entry | {"lr": LR, "batch": BATCH, "epochs": epochs}, seeds
    )
    found = []
    for i, data in enumerate(test):
        rows = torch.arange(len(data.y)).expand(len(seeds), -1)
        label = torch.from_numpy(data.y).expand(len(seeds), -1)
        found.append(accuracy(MODEL, learned, i, Examples(torch.from_numpy(data.x), rows, label)))
    return np.stack(found, axis=1)


def peer(
    kept: bool, epochs: float, seed: int, train: list[Dataset], test: list[Dataset]
) -> list[float]:
    """(T,) accuracy after the last task of one seed, by PyTorch alone and its own initial weights."""
    torch.manual_seed(seed)
    net = nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 256),
        nn.ReLU(),
        nn.Linear(256, 256),
        nn.ReLU(),
        nn.Linear(256, 10),
    )
    optimizer = torch.optim.Adam(net.parameters(), lr=LR)
    for data in train:
        if not kept:
            optimizer = torch.optim.Adam(net.parameters(), lr=LR)
        x, y = torch.from_numpy(data.x).float() / 255, torch.from_numpy(data.y)
        for _ in range(int(epochs)):
            for batch in torch.randperm(len(y)).split(BATCH):
                optimizer.zero_grad()
                F.cross_entropy(net(x[batch]), y[batch]).backward()
                optimizer.step()
    with torch.no_grad():
        said = [net(torch.from_numpy(data.x).float() / 255).argmax(1).numpy() for data in test]
    return [float((guess == data.y).mean()) for guess, data in zip(said, test, strict=True)]


def main() -> None:
    options = arguments(epochs=5.0, seeds=5, algorithms=",".join([*ALGORITHMS, *PEERS]), threads=1)
    about = hardware(options.threads) | {
        "model": MODEL,
        "epochs": options.epochs,
        "seeds": options.seeds,
        "batch": BATCH,
    }
    seeds, train, test, rows = list(range(options.seeds)), task_data("train"), task_data("test"), []
    for name in options.algorithms.split(","):
        if name in PEERS:
            found = np.array(
                [peer(PEERS[name], options.epochs, seed, train, test) for seed in seeds]
            )
        else:
            found = ours(ALGORITHMS[name], options.epochs, seeds, train, test)
        row = {"algorithm": name, "accuracy": found.mean(), "sd": found.mean(1).std(ddof=1)}
        theirs = dict(
            zip(("reported", "reported_sd"), REPORTED.get(name, (None, None)), strict=True)
        )
        rows.append(row | theirs | {f"task {i}": value for i, value in enumerate(found.mean(0))})
        print(rows[-1], flush=True)
    publish("continual", rows, about | {"algorithms": ALGORITHMS}, options.output)


if __name__ == "__main__":
    main()
