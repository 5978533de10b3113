"""Digits, MLP 64-128-10, 9 blocks, 5 seeds: our learners against preqtorch 0.2.0 and a plain PyTorch loop.

All sides code the same 1,797 labels of a seed in the same order; the peers are trained with Adam at 1e-3, on pixels in
0..4, where their codes are shortest (tried: 0..1, 0..4, 0..16). Ours run with the library's defaults, on pixels in 0..1.
One thread.
"""

import contextlib
import io
import math

import numpy as np
import torch
from common import arguments, hardware, interleaved, publish
from preqtorch import BlockEncoder, MIREncoder, ModelClass
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from lit.coding.coder import Coder, code_span
from lit.coding.merge import merge_spans, unite
from lit.data.loaders import load_dataset
from lit.data.streams import pool

ENDS = [7, 14, 28, 56, 112, 225, 449, 898, 1797]
BLOCKS = list(zip([0, *ENDS[:-1]], ENDS, strict=True))
DEFAULT = ("replay", "readout")
STEPS, BATCH, LR = 500, 32, 1e-3
STREAM_BATCH, STREAMS = (
    4,
    10,
)  # of the peer's replay streams: about as many steps as its blocks take


class Net(nn.Module):
    """The peers' network; preqtorch hands it a whole batch (x, y)."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))

    def forward(self, batch):
        return self.layers(batch[0])


def bits_of(batch, logits):
    """(B,) bits of each label; the first block's of an untrained network are uniform by our count."""
    return F.cross_entropy(logits, batch[1], reduction="none") / math.log(2)


def streams(data, seeds):
    """Seed, inputs for the peers, and labels, in the order that our stream has."""
    for seed in seeds:
        index, label, _ = pool(data.y, data.classes, None, seed)
        yield seed, torch.from_numpy(4 * data.x[index]).flatten(1), torch.from_numpy(label)


def plain_loop(data, seeds):
    """Every block's net from scratch, 500 steps of Adam; the first block uniform."""
    totals = []
    for seed, x, y in streams(data, seeds):
        total = ENDS[0] * math.log2(10)
        for begin, end in BLOCKS[1:]:
            torch.manual_seed(seed)
            net = Net()
            optimizer = torch.optim.Adam(net.parameters(), lr=LR)
            for _ in range(STEPS):
                rows = torch.randint(begin, (BATCH,))
                optimizer.zero_grad()
                F.cross_entropy(net((x[rows],)), y[rows]).backward()
                optimizer.step()
            with torch.no_grad():
                total += bits_of((x[begin:end], y[begin:end]), net((x[begin:end],))).sum().item()
        totals.append(total)
    return np.array(totals)


def preqtorch_blocks(data, seeds):
    """BlockEncoder, 500 steps a block, no early stopping; its first block is counted as uniform."""
    totals = []
    for seed, x, y in streams(data, seeds):
        sets = [TensorDataset(x[a:b], y[a:b]) for a, b in BLOCKS]
        known = [TensorDataset(x[:b], y[:b]) for _, b in BLOCKS]
        train = [DataLoader(k, BATCH, shuffle=True, drop_last=len(k) > BATCH) for k in known]
        epochs = [math.ceil(STEPS / len(loader)) for loader in train]
        encoder = BlockEncoder(ModelClass(Net, "cpu"), device="cpu")
        loaders = [_Repeated(loader, e) for loader, e in zip(train, epochs, strict=True)]
        evaluate = [DataLoader(s, len(s)) for s in sets]
        with contextlib.redirect_stdout(io.StringIO()):
            result = encoder.encode(
                loaders, evaluate, "digits", seed, bits_of, LR, epochs=1, patience=10**9
            )
        totals.append(ENDS[0] * math.log2(10) + sum(result.history[1:]))
    return np.array(totals)


class _Repeated:
    """Several passes over a loader as one, cut at 500 steps."""

    def __init__(self, loader, passes):
        self.loader, self.passes = loader, passes

    def __iter__(self):
        batches = (batch for _ in range(self.passes) for batch in self.loader)
        return (batch for _, batch in zip(range(STEPS), batches, strict=False))


def preqtorch_streams(data, seeds):
    """MIREncoder: one pass with replay streams, weights averaged, no temperature."""
    totals = []
    for seed, x, y in streams(data, seeds):
        loader = DataLoader(TensorDataset(x, y), STREAM_BATCH, shuffle=False)
        encoder = MIREncoder(ModelClass(Net, "cpu"), device="cpu")
        result = encoder.encode(
            loader,
            "digits",
            STREAMS,
            bits_of,
            LR,
            seed,
            shuffle=False,
            use_beta=False,
            replay_type="streams",
        )
        totals.append(result.code_length)
    return np.array(totals)


def ours(data, seeds, code, *learners):
    """Learners with their defaults; the first block is coded by theta0, at log2 10 a label."""
    spec, spans = {"kind": "mlp", "hidden": [128]}, {}
    for kind in learners:
        coder = Coder(
            spec, data, None, "front", seeds, {"kind": kind}, None, "keep", torch.device("cpu")
        )
        spans[kind] = merge_spans([code_span(coder, BLOCKS, ENDS[-1])])
    return unite(spans)[f"bits/{code}"].sum(axis=1)


def main() -> None:
    options = arguments(repetitions=5, seeds=5)
    about = hardware(threads=1) | {
        "k": ENDS[-1],
        "uniform_bits": ENDS[-1] * math.log2(10),
        "seeds": options.seeds,
    }
    data, seeds = load_dataset({"kind": "sklearn", "name": "digits"}), list(range(options.seeds))
    sides = {
        "ours, replay": lambda: ours(data, seeds, "network", "replay"),
        "ours, restart": lambda: ours(data, seeds, "network", "restart"),
        "ours, default, architecture": lambda: ours(data, seeds, "architecture", *DEFAULT),
        "ours, default, shortest": lambda: ours(data, seeds, "shortest", *DEFAULT),
        "preqtorch MIREncoder": lambda: preqtorch_streams(data, seeds),
        "preqtorch BlockEncoder": lambda: preqtorch_blocks(data, seeds),
        "plain PyTorch": lambda: plain_loop(data, seeds),
    }
    taken = interleaved(sides, options.repetitions)
    reference = taken["preqtorch MIREncoder"]["cpu_median"]
    rows = [
        {
            "coder": name,
            "bits": side["result"].mean(),
            "sd": side["result"].std(ddof=1),
            "cpu_s": side["cpu_median"],
            "cpu_s_min": min(side["cpu"]),
            "cpu_s_max": max(side["cpu"]),
            "of_MIREncoder": side["cpu_median"] / reference,
        }
        for name, side in taken.items()
    ]
    publish("digits", rows, about | {"repetitions": options.repetitions}, options.output)


if __name__ == "__main__":
    main()
