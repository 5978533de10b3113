"""MNIST and Fashion-MNIST, all 60,000 training labels, a small CNN: `replay` against `restart`. Bits, seconds, FLOPs.

One seed and one run a side (a run takes minutes, and the bits do not vary between runs). FLOPs are those that torch's
FlopCounterMode counts for one example, times the examples trained on and scored; the peak is that of float32 matrix
products on the same threads, measured before and after.
"""

import time

import torch
from common import arguments, hardware, matmul_peak, network_code, publish

from lit.coding.coder import Coder, code_span
from lit.data.loaders import load_dataset
from lit.study.schedule import Schedule

MODEL = {"kind": "cnn", "channels": [16, 32, 64], "dense": 128}
SETS = {"mnist": ("MNIST", {"shift": 2}), "fashion": ("FashionMNIST", {"shift": 1, "mirror": True})}
LEARNERS = {
    "replay": {"kind": "replay", "batch": 128, "effort": 18.0},
    "replay-longer": {"kind": "replay", "batch": 128, "effort": 32.0},  # a third of restart's FLOPs
    "restart": {"kind": "restart", "batch": 128},
}


def main() -> None:
    options = arguments(
        k=60000, data="mnist,fashion", learners="replay,restart", threads=2, name="images"
    )
    about = hardware(options.threads) | {
        "k": options.k,
        "model": MODEL,
        "seed": 0,
        "repetitions": 1,
    }
    rows = []
    for name in options.data.split(","):
        kind, variation = SETS[name]
        data = load_dataset({"kind": "torchvision", "name": kind})
        for learner in options.learners.split(","):
            entry = LEARNERS[learner] | variation
            peak, began = matmul_peak(), time.perf_counter()
            coder = Coder(MODEL, data, None, "front", [0], entry, None, "keep", torch.device("cpu"))
            arrays = network_code(code_span(coder, Schedule().blocks_of(0, options.k), options.k))
            seconds = time.perf_counter() - began
            peak, flops = max(peak, matmul_peak()), float(arrays["flops"][0])
            rows.append(
                {
                    "data": name,
                    "learner": learner,
                    "kbits": arrays["bits/network"].sum() / 1000,
                    "plain_kbits": arrays["bits/model"].sum() / 1000,
                    "flops": flops,
                    "threads": options.threads,
                    "seconds": seconds,
                    "gflops_per_s": flops / seconds / 1e9,
                    "peak_gflops_per_s": peak / 1e9,
                    "share_of_peak": flops / seconds / peak,
                    "options": str(entry),
                }
            )
            publish(options.name, rows, about, options.output)


if __name__ == "__main__":
    main()
