"""Pairs of real arms that differ in nothing: how often are they told apart? At most 5 % should be.

- `halves`: 128 of 256 random features of the images, and the other 128, drawn anew for each seed, linear `readout`.
- `halves, fixed`: one draw for all seeds, so that one half may truly be a little better than the other: no null, but close.
- `initial weights`: an mlp from two draws of its initial weights, `replay`.

Five seeds; N images of which a seed codes k, so that seeds share f = k / N of them. "These" is the test over seeds alone, "like" the one
about examples like these, "shown" the one that the tool shows.
"""

import numpy as np
import torch
from common import arguments, hardware, publish
from warm import CPU, load

from lit.coding.coder import Coder, code_span
from lit.coding.merge import merge_groups, merge_spans, unite
from lit.data.dataset import Dataset
from lit.data.inputs import scale
from lit.measures.comparisons import LEVEL
from lit.measures.intervals import estimate
from lit.measures.samples import sample
from lit.networks.small import Mlp
from lit.study.schedule import Schedule

SEEDS, WIDTH = [0, 1, 2, 3, 4], 256
SETS = {"digits": [(1797, 256), (1797, 1024)], "mnist": [(4000, 512), (1024, 768)]}  # N and k
READOUT = {"kind": "readout", "generic": False}


def coded(data: Dataset, model: dict, learner: dict, seeds: list[int], k: int) -> dict:
    blocks = Schedule().blocks_of(0, k)
    coder = Coder(model, data, None, "front", seeds, learner, None, "keep", CPU)
    return unite({"one": merge_spans([code_span(coder, blocks, k)])})


def features(data: Dataset) -> np.ndarray:
    """(N, WIDTH) random ReLU features."""
    x = scale(data.x).reshape(len(data.x), -1)
    layer = np.random.default_rng(0).normal(size=(x.shape[1], WIDTH)) / np.sqrt(x.shape[1])
    return np.maximum((x - x.mean(0)) @ layer, 0).astype(np.float32)


def halves(data: Dataset, k: int, rng: np.random.Generator, fixed: bool):
    """Two codes, all seeds under one draw of the halves, or each under its own."""
    x, codes = features(data), ([], [])
    draw = rng.permutation(WIDTH)
    for seed in SEEDS:
        draw = draw if fixed else rng.permutation(WIDTH)
        for half, codes_of in zip((draw[::2], draw[1::2]), codes, strict=True):
            part = Dataset(x[:, np.sort(half)], data.y, data.classes)
            codes_of.append(coded(part, {"kind": "linear"}, READOUT, [seed], k))
    return [merge_groups(one) for one in codes]


def networks(data: Dataset, k: int, rng: np.random.Generator):
    """Two codes of one network, whose initial weights are drawn after some random numbers."""

    def build(after: int):
        def factory(shape: tuple[int, ...], classes: int) -> Mlp:
            torch.rand(after)
            return Mlp(shape, classes, [32], True)

        return factory

    models = [
        {"kind": "python", "factory": build(after)} for after in rng.integers(1e6, size=2).tolist()
    ]
    return [coded(data, model, {"kind": "replay"}, SEEDS, k) for model in models]


def row_of(kind: str, codes: list[list[dict]]) -> dict:
    """How many of several pairs of codes are told apart."""
    found = [
        estimate(sample(a["bits/architecture"] - b["bits/architecture"], a["index"], a["blocks"]))
        for a, b in codes
    ]
    told = {
        "these": np.mean([one.these.p <= LEVEL for one in found]),
        "like": np.mean([one.like.p <= LEVEL for one in found]),
        "shown": np.mean([one.p <= LEVEL for one in found]),
    }
    bits = np.mean([a["bits/architecture"].sum(axis=1) for a, _ in codes])
    same = {"kind": kind, "pairs": len(codes), "f": found[0].shared, "bits": bits}
    return same | {"sd": np.std([one.mean for one in found])} | told


def main() -> None:
    options = arguments(pairs=50, fixed=25, networks=50, data="digits,mnist")
    rows, about = [], hardware(1) | {"seeds": len(SEEDS)}
    for name in options.data.split(","):
        for examples, k in SETS[name]:
            whole, rng = load(name), np.random.default_rng(0)
            data = Dataset(whole.x[:examples], whole.y[:examples], whole.classes)
            same = {"data": name, "examples": examples, "k": k}
            drawn = [halves(data, k, rng, fixed=False) for _ in range(options.pairs)]
            fixed = [halves(data, k, rng, fixed=True) for _ in range(options.fixed)]
            trained = [networks(data, k, rng) for _ in range(options.networks)]
            rows += [
                same | row_of("halves", drawn),
                same | row_of("halves, fixed", fixed),
                same | row_of("initial weights", trained),
            ]
            publish("nulls", rows, about, options.output)


if __name__ == "__main__":
    main()
