"""Training of many models to the end: with early stopping, or until labels are known by heart."""

import math
from collections.abc import Sequence

import numpy as np
from torch import nn

from lit.files.checkpoint import Checkpoint
from lit.training.descent import Cohort, Fitted, Stage, descend
from lit.training.held_out import (
    Positions,
    share_wrong,
    split_for_good,
    split_prefix,
    validation_loss,
)
from lit.training.options import Training
from lit.training.state import Examples, State

MEMORISE_FIRST = 512  # examples that memorising begins with
MEMORISED = 0.995  # train accuracy at which it ends
MEMORISED_ENOUGH_TO_GROW = 0.9  # train accuracy at which it doubles its examples


def fit(
    net: nn.Module,
    start: State,
    examples: Examples,
    sizes: Sequence[int],
    keys: Sequence[tuple[int, ...]],
    trainings: Sequence[Training],
    memory: Positions | None = None,
    searched: State | None = None,
    what: str = "training",
    checkpoint: Checkpoint | None = None,
) -> Fitted:
    """Train J models, each on the first ``sizes[j]`` of its examples, with early stopping.

    A random split of these examples is held out; it chooses the number of steps and the
    temperature. Then each model is trained anew from its start state on all of its examples, for
    that number of steps. The start state itself is always a candidate. Where ``steps`` are given
    they are taken, and the split chooses the temperature alone. Weights are averaged over the last
    steps.

    Args:
        net, examples, keys, trainings, checkpoint: See :class:`lit.training.descent.Cohort`.
        start: J start states.
        sizes: Examples that each model may see; all others stay untouched.
        memory: Positions of further examples that every model trains on and none is judged by.
        searched: Where the start states saw the first examples already: ``searched`` of the fit
            before, which did not see what was held out.
        what: What progress messages call it.
    """
    cohort = Cohort(net, examples, keys, trainings, checkpoint or Checkpoint())
    also = np.empty(0, dtype=np.int64) if memory is None else memory
    split = split_prefix if searched is None else split_for_good
    parts = [split(*each) for each in zip(sizes, trainings, keys, strict=True)]
    train = [np.concatenate([t, also]) for t, _ in parts]
    valid = [v for _, v in parts]
    limits = [
        _most_steps(len(t), how) if len(v) else 0
        for t, v, how in zip(train, valid, trainings, strict=True)
    ]
    search = Stage(train, limits, what, validation_loss(net, valid))
    chosen = descend(cohort, searched or start, search)
    whole = [np.concatenate([np.arange(m), also]) for m in sizes]
    steps = [
        int(s) if how.steps or not len(t) else round(s * len(w) / len(t))
        for s, w, t, how in zip(chosen.steps, whole, train, trainings, strict=True)
    ]
    final = descend(cohort, start, Stage(whole, steps, f"{what}, refit"))
    return Fitted(
        State(final.state.tensors, chosen.state.scale),
        final.steps,
        chosen.trained + final.trained,
        chosen.scored + final.scored,
        chosen.state,
    )


def memorise(
    net: nn.Module,
    start: State,
    examples: Examples,
    sizes: Sequence[int],
    keys: Sequence[tuple[int, ...]],
    trainings: Sequence[Training],
    what: str = "memorising",
    checkpoint: Checkpoint | None = None,
) -> Fitted:
    """Train J models on all of their first ``sizes[j]`` examples until they know them by heart.

    Random labels are hard to begin with: on 16,384 images a small network stays at chance for tens
    of epochs. So the training set grows: 512 examples until most are known, then twice as many, and
    so on. A model is done at train accuracy 0.995 (on 2,048 of its examples), or when its epochs
    are spent. None is held out, so the temperature stays 1. Arguments as for :func:`fit`.
    """
    cohort = Cohort(net, examples, keys, trainings, checkpoint or Checkpoint())
    found = Fitted.untrained(start)
    grown = MEMORISE_FIRST
    while True:
        known = [min(grown, m) for m in sizes]
        final = grown >= max(sizes)
        stage = Stage(
            [np.arange(m) for m in known],
            [_most_steps(m, how) for m, how in zip(known, trainings, strict=True)],
            f"{what}, {max(known)} examples",
            share_wrong(net, known),
            1 - (MEMORISED if final else MEMORISED_ENOUGH_TO_GROW),
        )
        now = descend(cohort, found.state, stage)
        trained = found.trained + now.trained
        found = Fitted(now.state, now.steps, trained, found.scored + now.scored)
        if final:
            return found
        grown *= 2


def _most_steps(m: int, training: Training) -> int:
    if training.steps:
        return training.steps
    return max(training.min_steps, math.ceil(training.epochs * m / training.batch)) if m else 0
