"""Start states: theta0, and the source models M that a stream is coded from."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from lit.data.classes import check_width
from lit.data.dataset import Dataset
from lit.data.streams import ends
from lit.errors import InputError
from lit.files.checkpoint import Checkpoint
from lit.networks.build import build_pretrained, build_theta0
from lit.networks.output_layer import head_keys
from lit.study.label_transforms import Transform
from lit.training.fitting import Training, fit, memorise
from lit.training.state import Examples, State, bits, score

MEMORISE_EPOCHS, MEMORISE_STEPS = 400, 6000  # at most the larger of the two, by stage of memorising


def theta0(
    spec: Mapping[str, Any], shape: Sequence[int], classes: int, seeds: Sequence[int]
) -> tuple[nn.Module, State]:
    """The architecture and the untrained states of S seeds."""
    nets = [build_theta0(spec, tuple(shape), classes, seed) for seed in seeds]
    return nets[0], State.of(nets)


def start_from(
    net: nn.Module,
    untrained: State,
    source: State | None,
    head: str = "keep",
    outputs: slice | list[int] | None = None,
) -> State:
    """The state that a coder starts from: theta0, or M with its own head or with one of zeros.

    Args:
        net: The architecture, with the target's number of classes.
        untrained: theta0 of S seeds.
        source: M of S seeds, or None.
        head: ``keep`` (or ``only``) M's head, or ``new``.
        outputs: Which of M's outputs are the target's classes, in the target's order; None for all of them.

    Raises:
        InputError: M is another network, or has no head for the target's classes.
    """
    if source is None:
        return untrained
    heads = head_keys(net)
    for name, tensor in untrained.tensors.items():
        found, free = (
            source.tensors.get(name),
            2 if name in heads else 0,
        )  # a head may have other outputs
        if found is None or found.shape[free:] != tensor.shape[free:]:
            raise InputError(
                f"M does not fit the network: {name} is {'missing' if found is None else tuple(found.shape)}"
            )
    if head == "new":
        return State(
            source.tensors | {k: untrained.tensors[k] for k in heads},
            torch.ones_like(untrained.scale),
        )
    kept = {
        k: source.tensors[k] if outputs is None else source.tensors[k][:, outputs] for k in heads
    }
    for k, tensor in kept.items():
        check_width(tensor.shape[1], untrained.tensors[k].shape[1])
    return State(source.tensors | kept, source.scale)


def examples_of(
    data: Dataset, labels: Transform, seeds: list[int], side: str, device: torch.device
) -> tuple[Examples, int]:
    """Every seed's examples in order, from the pool's ``front`` or ``back``, on the device; and the number of classes."""
    index, label, classes = ends(data.y, data.classes, labels, seeds, side)
    tensors = (torch.from_numpy(np.ascontiguousarray(a)).to(device) for a in (data.x, index, label))
    return Examples(*tensors), classes


def train_source(
    spec: Mapping[str, Any],
    data: Dataset,
    labels: Transform,
    n: int | None,
    stop: str,
    seeds: list[int],
    training: Training,
    device: torch.device,
    checkpoint: Checkpoint | None = None,
    before: State | None = None,
    head: str = "keep",
    outputs: list[int] | None = None,
) -> dict[str, np.ndarray]:
    """Train M on n examples from the back of the pool, from theta0, from ready weights, or from what was trained before.

    With n None, ready weights are taken as they are.

    Args:
        spec: The model's entry; its weights, if any, are where training starts.
        data: The source data set.
        labels: Transform of its labels.
        n: Number of training examples.
        stop: ``early`` (a validation split of the n decides) or ``memorise`` (train accuracy at least 0.99).
        seeds: S seeds.
        training: Options.
        device: Where to train.
        checkpoint: Where progress is saved.
        before: M of the S seeds after its earlier training.
        head, outputs: What becomes of its head, see :func:`start_from`.

    Returns:
        ``state/*``, ``scale``: the S models; ``index``, ``label`` (S, n): training examples;
        ``bits`` (S, n): their labels' bits under M; ``accuracy`` (S,): share of them that M gets right;
        ``classes`` (): how many there are.
    """
    examples, classes = examples_of(data, labels, seeds, "back", device)
    build = build_pretrained if spec.get("weights") and before is None else build_theta0
    nets = [build(spec, data.x.shape[1:], classes, seed) for seed in seeds]
    net, state = nets[0], start_from(nets[0], State.of(nets), before, head, outputs).to(device)
    net = net.to(device)
    count = n or 0
    if count:
        how = memorise_options(training) if stop == "memorise" else training
        train = memorise if stop == "memorise" else fit
        keys = [(seed, count, 1) for seed in seeds]
        every = [how] * len(seeds)
        what = f"source on {count} examples"
        state = train(
            net,
            state,
            examples,
            [count] * len(seeds),
            keys,
            every,
            what=what,
            checkpoint=checkpoint,
        ).state
    logits = score(net, state, examples, 0, count)
    label = examples.label[:, :count]
    right = (
        (logits.argmax(-1) == label).double().mean(-1)
        if count
        else torch.full((len(seeds),), torch.nan)
    )
    return state.arrays() | {
        "index": examples.index[:, :count].cpu().numpy(),
        "label": label.cpu().numpy(),
        "bits": bits(logits, label) if count else np.empty((len(seeds), 0)),
        "accuracy": right.cpu().numpy(),
        "classes": np.array(classes),
    }


def memorise_options(training: Training) -> Training:
    """The same training, without what keeps a network from memorising: decay, variation, large steps, small batches."""
    return dataclasses.replace(
        training,
        weight_decay=0.0,
        smoothing=0.0,
        shift=0,
        mirror=False,
        steps=0,
        lr=min(training.lr, 1e-3),
        batch=max(training.batch, 64),
        epochs=MEMORISE_EPOCHS,
        min_steps=MEMORISE_STEPS,
    )
