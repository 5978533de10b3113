"""A study of Markov chains from its config to the table of what is planted."""

import math
from collections import Counter, defaultdict

import pandas as pd
import pytest
import yaml

from lit.files import store

STUDY = """
study: chains
seeds: [[0, 1, 2]]
stream: {k: 48, head: 64}
device: cpu
datasets:
  chain: {kind: markov, order: 2, symbols: 3, length: 6, examples: 400}
  bytes: {kind: markov, order: 0, symbols: 256, length: 6, examples: 400, concentration: inf}
models: {small: {kind: transformer, width: 8, layers: 1, heads: 2}}
learners: {learn: {kind: replay, lr: 0.01, effort: 4, batch: 8}}
training: {epochs: 5}
arms:
  - {name: chain, target: chain, model: small, learner: learn, n: [16, 128]}
  - {name: bytes, target: bytes, model: small, learner: learn, n: 16}
analyses: {planted: {kind: planted}}
"""


def bits_by_seed(x, y, index, after):
    """Bits of a seed's windows after others, half a count for each of three symbols."""
    counts, bits = defaultdict(Counter), 0.0
    for i, row in enumerate([*after, *index]):
        for t in range(6):
            seen = counts[tuple(x[row, max(t - 1, 0) : t + 1])]
            if i >= len(after):
                bits -= math.log2((seen[y[row, t]] + 0.5) / (seen.total() + 1.5))
            seen[y[row, t]] += 1
    return bits


@pytest.mark.nightly
def test_the_truth_is_that_of_the_windows_that_were_coded(workspace):
    workspace.write(yaml.safe_load(STUDY))
    workspace.patience = 1200
    workspace.snakemake("results/chains/tables/planted.csv", cores=1)
    folder = workspace.folder / "results/chains"
    table = pd.read_csv(folder / "tables/planted.csv").set_index(["target", "n"])
    data, _ = store.read(folder / "data/chain.h5", "dataset")
    cold, _ = store.read(folder / "codelengths/chain--true--small--learn--theta0.h5", "codelengths")
    for n in (16, 128):
        source, _ = store.read_sources(
            [f"chain--true--small--n{n}--early"],
            [folder / f"models/chain--true--small--n{n}--early/seeds-0-2.h5"],
        )
        (known,) = [arrays["index"] for arrays in source.values()]
        assert known.shape == (3, n)
        cost = [
            [bits_by_seed(data["x"], data["y"], own, after) for after in ([], m)]
            for own, m in zip(cold["index"], known, strict=True)
        ]
        found = table.loc["chain", n]
        assert found["ideal_bits"] == pytest.approx(sum(nothing for nothing, _ in cost) / 3)
        saved = sum(nothing - warm for nothing, warm in cost) / 3
        assert found["truth_bits"] == pytest.approx(saved)
        assert found["ratio"] == pytest.approx(found["l_it_bits"] / saved)
    equal = table.loc["bytes", 16]
    assert (equal["truth_bits"], equal["uniform_bits"]) == (0, 48 * 6 * 8)
    for bits in (equal["l_theta0_bits"], equal["l_theta0_bits"] - equal["l_it_bits"]):
        assert bits == pytest.approx(48 * 6 * 8, rel=0.002)
