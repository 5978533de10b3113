"""`probe` and `readout` against scikit-learn refitted from scratch at each prefix: 512 features, 10 classes, 20 prefixes up to 10,000.

Features are those of a random layer: of normally distributed inputs, labelled by a linear model with noise (planted), and
of the images of Fashion-MNIST where they are at hand; where weights of EfficientNet-Lite0 are too, also its 1,280 features of
these images at 64 pixels, at the same prefixes (lite0) and in blocks that double up to 10,000 as in a study (lite0-doubling), and
there five seeds by two processes.
scikit-learn chooses the penalty's strength for standardised features on the held-out part of each prefix, from the strongest on
until one is worse, and then solves for the whole prefix, each solution from zero (lbfgs, tolerance 1e-5). Ours does so for raw
features too, with a small penalty on biases, each solution from the one of the penalty before, in variables in which the problem is
nearly round. `readout` is set
beside them with linear kernels alone (generic: false) and with RBF kernels too; by its defaults, and as one pass from the first
label on (exact: 1), with RBF kernels alone, fewer landmarks and one ridge. One thread, of SciPy's own too.
"""

import itertools
import math
import os
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from common import arguments, hardware, interleaved, publish
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from lit.coding.coder import Coder, code_span
from lit.coding.learners.probe import WORSE, Options, _Standard
from lit.coding.merge import merge_spans, unite
from lit.data.dataset import Dataset
from lit.data.loaders import load_dataset
from lit.networks.features import extract_features
from lit.study.schedule import Schedule
from lit.training.held_out import split_prefix
from lit.training.scoring import bits
from lit.training.temperature import fit_scale

WIDTH, CLASSES, MOST, PREFIXES = 512, 10, 10_000, 20
SEEDS = ([0, 1, 2], [3, 4])  # a process each
DOUBLING = "-doubling"
ONE_PASS = {"exact": 1, "chunk": 250}  # which divides blocks of 500
KERNELS_ALONE = {"generic": False, "precisions": []}
FEW = {"kernels": ["rbf"], "landmarks": 512, "ridges": [0.1]}


def features(name: str) -> Dataset:
    """Fixed features, the same for both sides."""
    rng = np.random.default_rng(0)
    if name == "planted":
        x = rng.normal(size=(15_000, 64)).astype(np.float32)
        y = (x @ rng.normal(size=(64, CLASSES)) + rng.gumbel(size=(15_000, CLASSES))).argmax(axis=1)
    else:
        data = load_dataset({"kind": "torchvision", "name": "FashionMNIST"})
        x, y = data.x[:15_000], data.y[:15_000]
    if name.startswith("lite0"):
        weights = Path(os.environ["LIT_WEIGHTS"], "tf_efficientnet_lite0.safetensors")
        grey = {"mean": [127 / 255] * 3, "std": [128 / 255] * 3}
        backbone = {"kind": "timm", "name": "tf_efficientnet_lite0", "weights": str(weights)}
        backbone["input"] = {"size": 64, "channels": "RGB"} | grey
        return Dataset(
            extract_features(backbone, Dataset(x, y, CLASSES), 0, torch.device("cpu"))["x"],
            y,
            CLASSES,
        )
    x = x.reshape(len(x), -1) / np.float32(255) if x.dtype == np.uint8 else x
    layer = rng.normal(size=(x.shape[1], WIDTH)).astype(np.float32) / math.sqrt(x.shape[1])
    return Dataset(np.maximum((x - x.mean()) / x.std() @ layer, 0), y.astype(np.int64), CLASSES)


def blocks_of(name: str) -> list[tuple[int, int]]:
    """(start, stop) of the blocks up to 10,000."""
    if name.endswith(DOUBLING):
        return Schedule().blocks_of(0, MOST)
    return list(itertools.pairwise([0, *(MOST * (i + 1) // PREFIXES for i in range(PREFIXES))]))


def coder_of(data: Dataset, seeds: list[int], learner: dict[str, Any] | None = None) -> Coder:
    cpu, learner = torch.device("cpu"), learner or {"kind": "probe"}
    return Coder({"kind": "linear"}, data, None, "front", seeds, learner, None, "keep", cpu)


def ours(data: Dataset, blocks: list[tuple[int, int]], seeds: list[int]) -> np.ndarray:
    """(S, k) bits under each block's model."""
    torch.set_num_threads(1)
    return merge_spans([code_span(coder_of(data, seeds), blocks, blocks[-1][1])])["bits/model"]


def closed_form(data: Dataset, blocks: list[tuple[int, int]], **options: Any) -> np.ndarray:
    """(k,) bits of `readout`, seed 0."""
    coder = coder_of(data, [0], {"kind": "readout", **options})
    spans = code_span(coder, blocks, blocks[-1][1])
    return unite({"readout": merge_spans([spans])})["bits/shortest"][0]


def refitted(data: Dataset, blocks: list[tuple[int, int]]) -> np.ndarray:
    """The same with scikit-learn, every regression from scratch."""
    coder = coder_of(data, [0])
    positions = torch.arange(MOST)[None]
    x = _Standard(coder.examples.x).apply(coder.examples.inputs(positions)[0])[:, :-1].numpy()
    y, options, found = (
        coder.examples.label[0].numpy(),
        Options(),
        [np.full(blocks[0][1], math.log2(CLASSES))],
    )
    for begin, end in blocks[1:]:
        train, valid = split_prefix(begin, options, (0, begin))
        best, scale, least, worse = None, 1.0, math.log(CLASSES), 0
        for strength in options.strengths:
            at, loss = fit_scale(
                _logits(_solved(x[train], y[train], strength), x[valid]),
                torch.from_numpy(y[valid])[None],
            )
            worse = 0 if loss < least else worse + 1
            if loss < least:
                best, scale, least = strength, at.item(), loss
            if worse >= WORSE and best is not None:
                break
        logits = scale * _logits(_solved(x[:begin], y[:begin], best), x[begin:end])
        found.append(bits(logits, torch.from_numpy(y[begin:end])[None])[0])
    return np.concatenate(found)


def _solved(x, y, strength):
    return LogisticRegression(C=1 / strength, tol=1e-5, max_iter=10_000).fit(x, y)


def _logits(model, x):
    """(1, m, C) logits; classes that were not among the training labels get none."""
    logits = np.full((1, len(x), CLASSES), -50.0)
    logits[0, :, model.classes_] = model.decision_function(x).T
    return torch.from_numpy(logits)


def rows_of(name: str, repetitions: int) -> list[dict[str, Any]]:
    blocks, data = blocks_of(name), features(name)
    sides = {
        "ours, probe": lambda: ours(data, blocks, [0])[0],
        "ours, readout, linear": lambda: closed_form(data, blocks, generic=False),
        "ours, readout, linear and RBF": lambda: closed_form(data, blocks),
        "ours, readout, linear, one pass": lambda: closed_form(
            data, blocks, **KERNELS_ALONE, **ONE_PASS
        ),
        "ours, readout, RBF, one pass, 512 landmarks, one ridge": lambda: closed_form(
            data, blocks, **ONE_PASS, **FEW
        ),
        "scikit-learn, refitted": lambda: refitted(data, blocks),
    }
    with threadpool_limits(1):
        taken = interleaved(sides, repetitions)
    reference = taken["scikit-learn, refitted"]
    rows = [
        {
            "data": name,
            "dimensions": data.x.shape[1],
            "coder": coder,
            "bits": side["result"].sum(),
            "apart": side["result"].sum() / reference["result"].sum() - 1,
            "cpu_s": side["cpu_median"],
            "cpu_s_min": min(side["cpu"]),
            "cpu_s_max": max(side["cpu"]),
            "times_faster": reference["cpu_median"] / side["cpu_median"],
        }
        for coder, side in taken.items()
    ]
    doubling = name.endswith(DOUBLING)
    return [*rows, five_seeds(name, data, blocks, repetitions)] if doubling else rows


def five_seeds(
    name: str, data: Dataset, blocks: list[tuple[int, int]], repetitions: int
) -> dict[str, Any]:
    """Wall seconds of five seeds by two processes of one thread, with their start."""
    walls = []
    for _ in range(repetitions):
        began = time.perf_counter()
        with ProcessPoolExecutor(len(SEEDS)) as pool:
            coded = list(pool.map(ours, [data] * len(SEEDS), [blocks] * len(SEEDS), SEEDS))
        walls.append(time.perf_counter() - began)
    about = {
        "data": name,
        "dimensions": data.x.shape[1],
        "coder": "ours, probe, 5 seeds, 2 processes",
    }
    wall = {"wall_s": float(np.median(walls)), "wall_s_min": min(walls), "wall_s_max": max(walls)}
    return about | {"bits": np.concatenate(coded).sum(axis=1).mean()} | wall


def main() -> None:
    at_hand = ["planted", *(["fashion"] if "LIT_DATA" in os.environ else [])]
    at_hand += (
        ["lite0", f"lite0{DOUBLING}"] if {"LIT_DATA", "LIT_WEIGHTS"} <= set(os.environ) else []
    )
    options = arguments(repetitions=5, data=",".join(at_hand))
    about = hardware(threads=1) | {
        "k": MOST,
        "prefixes": PREFIXES,
        "repetitions": options.repetitions,
    }
    rows: list[dict[str, Any]] = []
    for name in options.data.split(","):
        rows += rows_of(name, options.repetitions)
        publish("probe", rows, about, options.output)


if __name__ == "__main__":
    main()
