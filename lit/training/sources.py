"""Training of the source models M."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from lit.data.dataset import Dataset
from lit.files.checkpoint import Checkpoint
from lit.networks.build import build_theta0
from lit.networks.pretrained import build_pretrained
from lit.study.label_transforms import Transform
from lit.training.fitting import fit, memorise
from lit.training.options import Training
from lit.training.scoring import bits, score
from lit.training.start_states import examples_of, start_from
from lit.training.state import State

MEMORISE_EPOCHS = 400  # memorising takes at most so many epochs
MEMORISE_STEPS = 6000  # or so many steps, if they are more, by stage


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
    """Train M on n examples from the back of the pool, from theta0, from ready weights, or from
    what was trained before.

    With n None, ready weights are taken as they are.

    Args:
        spec: The model's entry; its weights, if any, are where training starts.
        data: The source data set.
        labels: Transform of its labels.
        n: Number of training examples.
        stop: ``early`` (a validation split of the n decides) or ``memorise`` (train accuracy at
            least 0.99).
        seeds: S seeds.
        training: Options.
        device: Where to train.
        checkpoint: Where progress is saved.
        before: M of the S seeds after its earlier training.
        head, outputs: What becomes of its head, see :func:`start_from`.

    Returns:
        ``state/*``, ``scale``: the S models; ``index``, ``label`` (S, n): training examples;
        ``bits`` (S, n): their labels' bits under M; ``accuracy`` (S,): share of them that M gets
        right; ``classes`` (): how many there are.
    """
    examples, classes = examples_of(data, labels, seeds, "back", device)
    build = build_pretrained if spec.get("weights") and before is None else build_theta0
    nets = [build(spec, data.x.shape[1:], classes, seed) for seed in seeds]
    state = start_from(nets[0], State.of(nets), before, head, outputs).to(device)
    net = nets[0].to(device)
    count = n or 0
    if count:
        train = memorise if stop == "memorise" else fit
        how = memorise_options(training) if stop == "memorise" else training
        fitted = train(
            net,
            state,
            examples,
            sizes=[count] * len(seeds),
            keys=[(seed, count, 1) for seed in seeds],
            trainings=[how] * len(seeds),
            what=f"source on {count} examples",
            checkpoint=checkpoint,
        )
        state = fitted.state
    logits = score(net, state, examples, 0, count)
    label = examples.label[:, :count]
    right = torch.full((len(seeds),), torch.nan)
    if count:
        right = (logits.argmax(-1) == label).double().mean(-1)
    return state.arrays() | {
        "index": examples.index[:, :count].cpu().numpy(),
        "label": label.cpu().numpy(),
        "bits": bits(logits, label) if count else np.empty((len(seeds), 0)),
        "accuracy": right.cpu().numpy(),
        "classes": np.array(classes),
    }


def memorise_options(training: Training) -> Training:
    """The same training, without what keeps a network from memorising: decay, variation, large
    steps, small batches."""
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
