"""Digests of what a notebook brings: networks, inputs and labels."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from torch import nn

from lit.data.dataset import Dataset
from lit.networks.small import Vision
from lit.notebook.traces import Traces
from lit.study.label_transforms import Transform, name


def network_digest(net: nn.Module) -> str:
    """Digest of an architecture: modules with their options, shapes of its state, preprocessing."""
    text = re.sub("0x[0-9a-f]+", "", str(net))  # addresses, where a module shows any
    taken = [net.size, net.reverse, net.mean, net.std] if isinstance(net, Vision) else []
    return digest(f"{text} {shapes(net.state_dict())} {taken}".encode())


def data_digests(data: Dataset, traces: Traces, relabel: Transform = None) -> dict[str, str]:
    """Shape and digest of inputs as the network sees them, and of labels, with what became of
    these."""
    x, y = digest(traces.seen), digest(data.y)
    became = f", {name(relabel)}" if relabel else ""
    return {"x": f"{data.x.shape} digest {x}", "y": f"{data.y.shape} digest {y}{became}"}


def digest(*parts: Any) -> str:
    """Digest of bytes, as text."""
    found = hashlib.blake2b(digest_size=8)
    for part in parts:
        found.update(part)
    return found.hexdigest()


def shapes(tensors: Mapping[str, Any], skip: int = 0) -> dict[str, tuple[int, ...]]:
    """Shapes of arrays by name, their first ``skip`` sizes left out."""
    return {key: tuple(value.shape[skip:]) for key, value in tensors.items()}
