"""MNIST and Fashion-MNIST, all 60,000 training labels, cifar10-jpeg, all 50,000, a small CNN: code lengths, seconds, FLOPs.

With --unions, learners as one code too (--learners replay,readout --unions replay+readout --name images-union).

One seed and one run a side (a run takes minutes, and the bits do not vary between runs). FLOPs are those that torch's
FlopCounterMode counts for one example, times the examples trained on and scored; the peak is that of float32 matrix
products on the same threads, measured before and after.
"""

import time
from typing import Any

import numpy as np
import torch
from common import arguments, hardware, matmul_peak, publish

from lit.coding.coder import Coder, code_span
from lit.coding.merge import merge_spans, unite
from lit.data.dataset import Dataset
from lit.data.loaders import load_dataset
from lit.study.schedule import Schedule

MODEL = {"kind": "cnn", "channels": [16, 32, 64], "dense": 128}
SETS = {  # entry of a data set, and how replay may vary its images
    "mnist": ({"kind": "torchvision", "name": "MNIST"}, {"shift": 2}),
    "fashion": ({"kind": "torchvision", "name": "FashionMNIST"}, {"shift": 1, "mirror": True}),
    "cifar10-jpeg": (
        {"kind": "imagefolder", "path": "data/cifar10-jpeg/train", "size": 32},
        {"shift": 2, "mirror": True},
    ),
}
LEARNERS = {
    "replay": {"kind": "replay", "batch": 128, "effort": 18.0},
    "replay-longer": {"kind": "replay", "batch": 128, "effort": 32.0},  # a third of restart's FLOPs
    "replay-shorter": {"kind": "replay", "batch": 128, "effort": 13.0},
    "restart": {"kind": "restart", "batch": 128},
    "readout": {"kind": "readout"},
    "readout-patches": {"kind": "readout", "kernels": ["patches"], "ridges": [0.01, 0.1]},
}


def code(learner: dict[str, Any], data: Dataset, k: int) -> tuple[dict[str, np.ndarray], float]:
    """Merged arrays of a learner, and wall seconds."""
    began = time.perf_counter()
    coder = Coder(MODEL, data, None, "front", [0], learner, None, "keep", torch.device("cpu"))
    spans = [code_span(coder, Schedule().blocks_of(0, k), k)]
    return merge_spans(spans), time.perf_counter() - began


def row_of(learners: dict[str, dict], seconds: float, peak: float, about: dict) -> dict:
    united = unite(learners)
    flops = float(united["flops"][0])
    return about | {
        "learner": "+".join(learners),
        "kbits": united["bits/network"].sum() / 1000,
        "architecture_kbits": united["bits/architecture"].sum() / 1000,
        "shortest_kbits": united["bits/shortest"].sum() / 1000,
        "plain_kbits": united["bits/model"].sum() / 1000 if "bits/model" in united else np.nan,
        "flops": flops,
        "seconds": seconds,
        "gflops_per_s": flops / seconds / 1e9,
        "peak_gflops_per_s": peak / 1e9,
        "share_of_peak": flops / seconds / peak,
    }


def main() -> None:
    options = arguments(
        k=60000,
        data="mnist,fashion",
        learners="replay,restart",
        unions="",
        threads=2,
        name="images",
    )
    about = hardware(options.threads) | {
        "k": options.k,
        "model": MODEL,
        "seed": 0,
        "repetitions": 1,
    }
    rows = []
    for name in options.data.split(","):
        entry, variation = SETS[name]
        data = load_dataset(entry)
        coded, taken, peak = {}, {}, 0.0
        for learner in options.learners.split(","):
            options_of = LEARNERS[learner] | ({} if "readout" in learner else variation)
            peak = max(peak, matmul_peak())
            coded[learner], seconds = code(options_of, data, min(options.k, len(data.y)))
            peak, taken[learner] = max(peak, matmul_peak()), seconds
            of = {"data": name, "threads": options.threads, "options": str(options_of)}
            rows.append(row_of({learner: coded[learner]}, seconds, peak, of))
            publish(options.name, rows, about, options.output)
        for union in filter(None, options.unions.split(",")):
            parts = union.split("+")
            of = {"data": name, "threads": options.threads, "options": "as above"}
            seconds = sum(taken[part] for part in parts)
            rows.append(row_of({part: coded[part] for part in parts}, seconds, peak, of))
            publish(options.name, rows, about, options.output)


if __name__ == "__main__":
    main()
