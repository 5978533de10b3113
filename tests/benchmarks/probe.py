"""`probe` against scikit-learn refitted from scratch: 512-dimensional features, 10 classes, 20 prefixes up to 10,000.

Features are those of a random layer: of normally distributed inputs, labelled by a linear model with noise (planted), and
of the images of Fashion-MNIST where they are at hand. Both sides choose the penalty's strength on the held-out part of each
prefix, until two in a row are worse, and then solve for the whole prefix. scikit-learn (lbfgs, tolerance 1e-5) does it from
scratch: it begins at the strongest, and each solution at zero. Ours begins one stronger than the choice on the prefix before,
each solution where the last one ended, in variables in which the problem is nearly round. One thread.
"""

import itertools
import math
import os
from typing import Any

import numpy as np
import torch
from common import arguments, hardware, interleaved, publish
from sklearn.linear_model import LogisticRegression

from lit.blocks import Coder, code_span
from lit.datasets import Dataset, load_dataset
from lit.engine import bits, fit_scale
from lit.fitting import split_prefix
from lit.learners.probe import WORSE, Options, _Standard
from lit.merge import merge_spans

WIDTH, CLASSES, MOST, PREFIXES = 512, 10, 10_000, 20


def features(name: str) -> Dataset:
    """Fixed random features."""
    rng = np.random.default_rng(0)
    if name == "fashion":
        data = load_dataset({"kind": "torchvision", "name": "FashionMNIST"})
        x, y = data.x.reshape(len(data.x), -1)[:15_000] / np.float32(255), data.y[:15_000]
    else:
        x = rng.normal(size=(15_000, 64)).astype(np.float32)
        y = (x @ rng.normal(size=(64, CLASSES)) + rng.gumbel(size=(15_000, CLASSES))).argmax(axis=1)
    weights = rng.normal(size=(x.shape[1], WIDTH)).astype(np.float32) / math.sqrt(x.shape[1])
    return Dataset(np.maximum((x - x.mean()) / x.std() @ weights, 0), y.astype(np.int64), CLASSES)


def ours(data: Dataset, blocks: list[tuple[int, int]]) -> np.ndarray:
    """(k,) bits under each block's model."""
    coder = Coder({"kind": "linear"}, data, None, "front", [0], {"kind": "probe"}, None, "keep", torch.device("cpu"))
    return merge_spans([code_span(coder, blocks, blocks[-1][1])])["bits/model"][0]


def refitted(data: Dataset, blocks: list[tuple[int, int]]) -> np.ndarray:
    """The same with scikit-learn, every regression from scratch."""
    coder = Coder({"kind": "linear"}, data, None, "front", [0], {"kind": "probe"}, None, "keep", torch.device("cpu"))
    positions = torch.arange(MOST)[None]
    x = _Standard(coder.examples.x).apply(coder.examples.inputs(positions)[0])[:, :-1].numpy()
    y, options, found = coder.examples.label[0].numpy(), Options(), [np.full(blocks[0][1], math.log2(CLASSES))]
    for begin, end in blocks[1:]:
        train, valid = split_prefix(begin, options, (0, begin))
        best, scale, least, worse = None, 1.0, math.log(CLASSES), 0
        for strength in options.strengths:
            at, loss = fit_scale(_logits(_solved(x[train], y[train], strength), x[valid]), torch.from_numpy(y[valid])[None])
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
    ends = [MOST * (i + 1) // PREFIXES for i in range(PREFIXES)]
    blocks = list(itertools.pairwise([0, *ends]))
    data = features(name)
    sides = {"ours, probe": lambda: ours(data, blocks), "scikit-learn, refitted": lambda: refitted(data, blocks)}
    taken = interleaved(sides, repetitions)
    reference = taken["scikit-learn, refitted"]
    return [
        {
            "data": name,
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


def main() -> None:
    options = arguments(repetitions=5, data="planted,fashion" if "LIT_DATA" in os.environ else "planted")
    about = hardware(threads=1) | {"k": MOST, "prefixes": PREFIXES, "dimensions": WIDTH, "repetitions": options.repetitions}
    rows = [row for name in options.data.split(",") for row in rows_of(name, options.repetitions)]
    publish("probe", rows, about, options.output)


if __name__ == "__main__":
    main()
