"""Batch-norm statistics of averaged weights.

A layer's inputs under averaged weights are none that it met in training, so that the averages of
its running statistics are not their mean and variance. These are computed anew with the averaged
weights, on examples that were trained on (Izmailov et al. 2018, arXiv:1803.05407, section 3.2).
"""

import contextlib
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from jaxtyping import Int64
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from lit.training.scoring import stack_logits
from lit.training.state import Examples, State

# Of so many examples means are off by 4 % of a standard deviation, about as running ones are, which
# reach over some twenty minibatches.
MOST = 512


@torch.no_grad()
def renew_statistics(
    net: nn.Module, average: State, examples: Examples, trained: Sequence[Int64[np.ndarray, " _"]]
) -> Int64[np.ndarray, " J"]:
    """Put mean and variance of the inputs of each batch-norm layer in place of their averages.

    Only layers that gather statistics in training are looked at; the rest of the network computes
    as in evaluation.

    Args:
        net: The architecture.
        average: J states with averaged weights; their statistics are changed in place.
        examples: The models' examples.
        trained: Positions that each model was trained on; at most 512 of them are used.

    Returns:
        (J,) examples that the networks were computed on; 0 without such layers.
    """
    count = np.zeros(len(trained), dtype=np.int64)
    with _gathering(net) as layers:
        for j, positions in enumerate(trained if layers else []):
            places = np.linspace(0, len(positions) - 1, MOST).astype(np.int64)
            # a single example twice, since layers refuse to normalise one
            some = positions[np.unique(places) if len(positions) > 1 else places[:2]]
            row = slice(j, j + 1)
            state = State({k: v[row] for k, v in average.tensors.items()}, average.scale[row])
            part = Examples(examples.x, examples.index[row], examples.label[row])
            stack_logits(net, state, part.inputs(torch.from_numpy(some)[None].to(part.x.device)))
            count[j] = len(some)
    return count


@contextlib.contextmanager
def _gathering(net: nn.Module) -> Iterator[list[_BatchNorm]]:
    """Meanwhile batch-norm layers alone are in training, and keep the statistics of one batch."""
    net.train()
    every = [layer for layer in net.modules() if isinstance(layer, _BatchNorm)]
    layers = [layer for layer in every if layer.training and layer.running_mean is not None]
    net.eval()
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.training, layer.momentum = True, 1.0
    try:
        yield layers
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
        net.eval()
