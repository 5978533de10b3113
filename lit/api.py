"""L_IT from arrays in a notebook: the same code that the workflow runs, without its files."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import nn

from lit import blocks as block_jobs
from lit import merge, sources
from lit.arrays import check_dataset
from lit.datasets import Dataset
from lit.engine import State, choose_device
from lit.fitting import Training
from lit.models import as_spec
from lit.schedule import Schedule
from lit.stack import read_options
from lit.transfer import CodeLengths

Model = str | Mapping[str, Any] | Callable[..., nn.Module]


@dataclass(frozen=True)
class Source:
    """Trained start states M, one a seed.

    Attributes:
        state: Weights and temperature.
        seeds: The S seeds.
        accuracy: (S,) share of the training labels that M gets right.
        bits: (S, n) bits of the training labels under M, in the order of ``index``.
        index: (S, n) rows of x that M was trained on.
        data: The training examples, for a learner with ``memory: source``.
    """

    state: State
    seeds: list[int]
    accuracy: np.ndarray
    bits: np.ndarray
    index: np.ndarray
    data: Dataset


def train_source(
    x: np.ndarray,
    y: np.ndarray,
    model: Model = "mlp",
    seeds: Iterable[int] = range(5),
    *,
    stop: str = "early",
    device: str = "auto",
    **training: Any,
) -> Source:
    """Train M from theta0 on all of x and y.

    Args:
        x: (n, ...) uint8 (scaled to 0..1) or float32 (used as given).
        y: (n,) integers 0..C-1.
        model: A kind's name, a config's entry such as ``{"kind": "mlp", "hidden": [128]}``, or a factory
            ``build(input_shape, classes)``.
        seeds: Seeds of initial weights and batches.
        stop: ``early`` or ``memorise``.
        device: ``auto``, ``cpu`` or ``cuda``.
        training: Options of :class:`lit.engine.Training`, such as ``lr=1e-3``.

    Raises:
        InputError: arrays or model that cannot be used.
    """
    data, seeds = check_dataset(x, y, "train_source"), [int(s) for s in seeds]
    arrays = sources.train_source(
        as_spec(model), data, None, len(data.y), stop, seeds, read_options(Training, training), choose_device(device)
    )
    return Source(State.from_arrays(arrays), seeds, arrays["accuracy"], arrays["bits"], arrays["index"], data)


def code_stream(
    x: np.ndarray,
    y: np.ndarray,
    model: Model = "mlp",
    start: Source | None = None,
    learner: str | Mapping[str, Any] = "restart",
    seeds: Iterable[int] = range(5),
    *,
    first_block: int = 32,
    growth: float = 2.0,
    classes: int | None = None,
    device: str = "auto",
) -> CodeLengths:
    """Prequential code length of the labels of a stream, from theta0 or from M.

    Each seed codes all of x and y in a random order of its own, the same for every start.

    Args:
        x: (k, ...) uint8 (scaled to 0..1) or float32 (used as given); none of the examples M was trained on.
        y: (k,) integers 0..C-1.
        model: As in :func:`train_source`; the same model that M is.
        start: M, or None for theta0.
        learner: ``restart``, ``continue``, ``replay`` or ``probe``, or with options ``{"kind": "replay", "lr": 1e-3}``.
        seeds: Seeds; those of M where there is one.
        first_block: Examples in the first block.
        growth: Ratio of successive block boundaries.
        classes: Number of classes C, where not every class occurs in y.
        device: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        InputError: arrays or model that cannot be used.
        ValueError: seeds that are not M's.
    """
    data, seeds = check_dataset(x, y, "code_stream", classes), [int(s) for s in seeds]
    if start is not None and start.seeds != seeds:
        raise ValueError(f"start was trained with seeds {start.seeds}, not {seeds}")
    k = len(data.y)
    options = {"kind": learner} if isinstance(learner, str) else learner
    source = None
    if start is not None:
        label = start.data.y[start.index]
        source = block_jobs.Source(start.state, start.data.x, start.index, label, start.data.classes)
    coder = block_jobs.Coder(as_spec(model), data, None, "front", seeds, options, source, "keep", choose_device(device))
    arrays = block_jobs.code_span(coder, Schedule(first_block, growth).blocks_of(0, k), k)
    merged = merge.merge_spans([arrays])
    experts = {name.removeprefix("bits/"): merged[name] for name in merged if name.startswith("bits/")}
    return CodeLengths(experts.pop("mixture"), seeds, data.classes, merged["index"], experts)
