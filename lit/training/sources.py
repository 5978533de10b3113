"""Training of the source models M."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from lit.data.dataset import Dataset
from lit.data.unknowable import knowable_shares
from lit.errors import InputError
from lit.files.checkpoint import Checkpoint
from lit.networks.build import build_theta0
from lit.networks.pretrained import build_pretrained
from lit.study.label_transforms import Transform
from lit.training.fitting import fit, memorise
from lit.training.options import Training
from lit.training.scoring import trained_arrays
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

    Args:
        spec: The model's entry; its weights, if any, are where training starts.
        data: The source data set.
        labels: Transform of its labels.
        n: Training examples; None takes ready weights as they are.
        stop: ``early`` or ``memorise``, see :mod:`lit.training.fitting`.
        seeds: S seeds.
        training: Options.
        device: Where to train.
        checkpoint: Where progress is saved.
        before: M of the S seeds after its earlier training.
        head, outputs: What becomes of its head, see :func:`start_from`.

    Returns:
        The arrays of :data:`lit.files.result_files.SOURCE`.
    """
    examples, classes = examples_of(data, labels, seeds, "back", device)
    build = build_pretrained if spec.get("weights") and before is None else build_theta0
    nets = [build(spec, data.form(classes), seed) for seed in seeds]
    state = start_from(nets[0], State.of(nets), before, head, outputs).to(device)
    net = nets[0].to(device)
    count = n or 0
    if count > (there := examples.index.shape[1]):
        raise InputError(f"n = {count:,}, but M can be trained on {there:,} examples; write fewer")
    if count:
        by_heart = stop == "memorise"
        how = memorise_options(training) if by_heart else training
        fitted = (memorise if by_heart else fit)(
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
    found = trained_arrays(net, state, examples, count) | {
        "index": examples.index[:, :count].cpu().numpy(),
        "classes": np.array(classes),
    }
    if count and found["label"].ndim == 2:
        found["knowable"] = knowable_shares(data.x, found["index"], found["label"])
    return found


def memorise_options(training: Training) -> Training:
    """The same training, without what keeps a network from memorising."""
    return dataclasses.replace(
        training,
        weight_decay=0.0,
        smoothing=0.0,
        shift=0,
        mirror=False,
        steps=0,
        lr=min(training.lr, 1e-3) if training.optimizer == "adamw" else training.lr,
        batch=max(training.batch, 64),
        epochs=MEMORISE_EPOCHS,
        min_steps=MEMORISE_STEPS,
    )
