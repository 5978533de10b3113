"""How `replay` draws the past: uniformly (as built), by replay streams, or in passes. Bits, means over seeds.

Replay streams (Bornschein, Li, Hutter 2023) walk through what was coded and are reset to the front at random; passes take
every example once, in random order, before any comes again. Uniform draws need no state beside the seed.
"""

import numpy as np
import torch
from common import arguments, hardware, network_code, publish

from lit.coding import rounds
from lit.coding.coder import Coder, code_span
from lit.data.loaders import load_dataset
from lit.rng import generator
from lit.study.schedule import Schedule

BATCH = 32  # replay's default
CPU = torch.device("cpu")
MODEL = {"kind": "mlp", "hidden": [128]}
SETS = {
    "digits": ({"kind": "sklearn", "name": "digits"}, 1797),
    "mnist": ({"kind": "torchvision", "name": "MNIST"}, 8192),
    "fashion": ({"kind": "torchvision", "name": "FashionMNIST"}, 8192),
}


class Streams:
    """One replay stream a place in the minibatch."""

    def __init__(self):
        self.at: dict[int, np.ndarray] = {}

    def draw(self, seed: int, begin: int, end: int, steps: int, size: int) -> np.ndarray:
        rng, at = (
            generator("streams", seed, begin),
            self.at.setdefault(seed, np.zeros(BATCH, dtype=np.int64)),
        )
        drawn = []
        for _ in range(steps):
            reset = (rng.random(len(at)) < 1 / end) | (at + 1 >= end)
            at[:] = np.where(reset, 0, at + 1)
            drawn.append(at[:size].copy())
        return np.array(drawn).reshape(steps, size)


class Passes:
    """Random orders of all that is known, one after the other."""

    def __init__(self):
        self.left: dict[int, np.ndarray] = {}

    def draw(self, seed: int, begin: int, end: int, steps: int, size: int) -> np.ndarray:
        rng, order = (
            generator("passes", seed, begin),
            self.left.get(seed, np.zeros(0, dtype=np.int64)),
        )
        while len(order) < steps * size:
            order = np.concatenate([order, rng.permutation(end)])
        self.left[seed] = order[steps * size :]
        return order[: steps * size].reshape(steps, size)


def minibatches(past):
    """In place of the learner's own draws: the newest examples as there, the past as given."""

    def drawn(task, begin: int, end: int, steps: int, size: int) -> np.ndarray:
        newest = np.arange(begin, end)[: size // 2]
        rest = [past.draw(seed, begin, end, steps, size - len(newest)) for seed in task.seeds]
        return np.stack([np.hstack([np.tile(newest, (steps, 1)), r]) for r in rest], axis=1)

    return drawn


def main() -> None:
    options = arguments(seeds=5, data="digits,mnist,fashion", threads=1)
    about = hardware(options.threads) | {
        "model": MODEL,
        "learner": "replay",
        "seeds": options.seeds,
    }
    rows, uniform = [], rounds._minibatches
    for name in options.data.split(","):
        (spec, k), seeds = SETS[name], list(range(options.seeds))
        coder = Coder(
            MODEL, load_dataset(spec), None, "front", seeds, {"kind": "replay"}, None, "keep", CPU
        )
        for how, draws in (
            ("uniform", uniform),
            ("streams", minibatches(Streams())),
            ("passes", minibatches(Passes())),
        ):
            rounds._minibatches = draws
            bits = network_code(code_span(coder, Schedule().blocks_of(0, k), k))[
                "bits/network"
            ].sum(axis=1)
            if how == "uniform":
                reference = bits
            apart = bits / reference - 1
            rows.append(
                {"data": name, "k": k, "draws": how, "bits": bits.mean(), "sd": bits.std(ddof=1)}
                | {"apart": apart.mean(), "apart_se": apart.std(ddof=1) / np.sqrt(options.seeds)}
            )
    publish("draws", rows, about, options.output)


if __name__ == "__main__":
    main()
