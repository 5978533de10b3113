"""Training of many models to the end: with early stopping, or until the training labels are known by heart."""

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from lit.files.checkpoint import Checkpoint
from lit.logs import Progress
from lit.rng import generator
from lit.training.stack import Descent, Stack
from lit.training.state import CHUNK, Examples, State, fit_scale, score_at

MEMORISE_FIRST = 512  # examples that memorising begins with
MEMORISED, MEMORISED_ENOUGH_TO_GROW = (
    0.995,
    0.9,
)  # train accuracies at which it ends, and doubles its examples
TOLERANCE = 0.002  # share by which a validation loss must fall to count as better


@dataclass(frozen=True)
class HeldOut:
    """What part of the known examples chooses between models, and never trains those it chooses from.

    Attributes:
        validation: Share of the examples.
        max_validation: At most this many.
    """

    validation: float = 0.2
    max_validation: int = 2048


@dataclass(frozen=True)
class Training(Descent, HeldOut):
    """How one model is trained to the end; a part held out decides when that is, and the temperature.

    Attributes:
        epochs: At most this many passes over the training examples.
        min_steps: At least this many steps before stopping.
        steps: Exactly this many steps, whatever the validation loss; 0 for early stopping.
        patience: Stop when this many times the steps of the best model so far brought nothing better.
    """

    epochs: float = 100
    min_steps: int = 200
    steps: int = 0
    patience: float = 2.0


@dataclass
class Fitted:
    """What training returns.

    Attributes:
        state: J trained models.
        steps: (J,) after how many steps each was found.
        trained, scored: (J,) examples that were trained on, and scored, on the way.
        searched: J models that chose the steps, which never saw what is held out.
    """

    state: State
    steps: np.ndarray
    trained: np.ndarray
    scored: np.ndarray
    searched: State | None = None


class Batches:
    """Minibatch positions of each model: passes over its training positions, each in a fresh random order."""

    def __init__(
        self, train: list[np.ndarray], keys: Sequence[tuple[int, ...]], size: int, ahead: int = 64
    ):
        self.train, self.size, self.ahead = train, size, ahead
        self.rngs = [generator("batches", *key) for key in keys]
        self.left = [np.empty(0, dtype=np.int64) for _ in keys]
        self.used = ahead

    def next(self) -> Tensor:
        """(J, size) positions of the next step."""
        if self.used == self.ahead:
            self._draw()
        self.used += 1
        return self.drawn[:, self.used - 1]

    def skip(self, steps: int) -> None:
        """Go on after this many steps; what was drawn for them follows from the keys and is drawn again."""
        for _ in range(steps):
            self.next()

    def _draw(self) -> None:
        """Draw for several steps at once."""
        need = self.ahead * self.size
        rows = []
        for j, train in enumerate(self.train):
            parts, have = [self.left[j]], len(self.left[j])
            while have < need:
                parts.append(self.rngs[j].permutation(train))
                have += len(train)
            drawn = np.concatenate(parts)
            rows.append(drawn[:need])
            self.left[j] = drawn[need:]
        self.drawn = torch.from_numpy(np.stack(rows)).view(len(rows), self.ahead, self.size)
        self.used = 0

    def keep(self, rows: list[int]) -> None:
        """Go on with these models only."""
        self.train, self.rngs = [self.train[j] for j in rows], [self.rngs[j] for j in rows]
        self.left = [self.left[j] for j in rows]
        self.drawn = self.drawn[rows]


def split_prefix(m: int, held: HeldOut, key: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Positions 0..m-1 split at random into training and validation, from the key alone."""
    held_out = min(math.ceil(m * held.validation), held.max_validation) if m > 1 else 0
    order = generator("validation", *key).permutation(m)
    return np.sort(order[held_out:]), np.sort(order[:held_out])


def split_for_good(m: int, held: HeldOut, key: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The same for a learner that goes on: a position that is held out stays so, however long the prefix grows."""
    out = np.flatnonzero(generator("validation", *key).random(m) < held.validation)[
        : held.max_validation
    ]
    return np.setdiff1d(np.arange(m), out), out


def evaluation_steps(limit: int) -> list[int]:
    """Steps after which models are compared: spaced by a tenth, so that their number grows like a logarithm."""
    steps, step = [], 5
    while step < limit:
        steps.append(step)
        step = max(step + 5, round(step * 1.1))
    return [*steps, limit]


def fit(
    net: nn.Module,
    start: State,
    examples: Examples,
    sizes: Sequence[int],
    keys: Sequence[tuple[int, ...]],
    trainings: Sequence[Training],
    memory: np.ndarray | None = None,
    searched: State | None = None,
    what: str = "training",
    checkpoint: Checkpoint | None = None,
) -> Fitted:
    """Train J models, each on the first ``sizes[j]`` of its examples, with early stopping and temperature.

    A random split of these examples is held out; it chooses the number of steps and the temperature. Then each
    model is trained anew from its start state on all of its examples, for that number of steps. The start state
    itself is always a candidate. Weights are averaged over the last steps.

    Args:
        net: The architecture; its own weights are not used.
        start: J start states.
        examples: Their examples.
        sizes: Examples that each model may see; all others stay untouched.
        keys: Integers that name each model's random draws.
        trainings: J options.
        memory: Positions of further examples that every model trains on and none is judged by.
        searched: Where the start states saw the first examples already: those of ``searched`` of the fit before, which did
            not see what was held out; what is held out is then a function of ``key[0]`` alone.
        what: What progress messages call it.
        checkpoint: Where progress is saved.
    """
    also = np.empty(0, dtype=np.int64) if memory is None else memory
    if searched is None:
        splits = [
            split_prefix(m, training, key)
            for m, training, key in zip(sizes, trainings, keys, strict=True)
        ]
    else:
        splits = [
            split_for_good(m, training, key[:1])
            for m, training, key in zip(sizes, trainings, keys, strict=True)
        ]
    train, valid = [np.concatenate([t, also]) for t, _ in splits], [v for _, v in splits]
    limits = [
        _most_steps(len(t), how) if len(v) else 0
        for t, v, how in zip(train, valid, trainings, strict=True)
    ]
    judge = _validation_loss(net, valid)
    save = checkpoint or Checkpoint()
    chosen = _descend(
        net, searched or start, examples, train, keys, trainings, limits, save, judge, what=what
    )
    whole = [np.concatenate([np.arange(m), also]) for m in sizes]
    steps = [
        round(s * len(w) / len(t)) if len(t) else 0
        for s, w, t in zip(chosen.steps, whole, train, strict=True)
    ]
    final = _descend(
        net, start, examples, whole, keys, trainings, steps, save, what=f"{what}, refit"
    )
    state = State(final.state.tensors, chosen.state.scale)
    return Fitted(
        state,
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

    Random labels are hard to begin with: on 16,384 images a small network stays at chance for tens of epochs. So
    the training set grows: 512 examples until most are known, then twice as many, and so on; a network that has
    begun to memorise goes on quickly. A model is done at train accuracy 0.995 (on 2,048 of its examples), or when
    its epochs are spent. No example is held out, so the temperature stays 1. Arguments as for :func:`fit`.
    """
    found, grown = Fitted(start, *np.zeros((3, len(sizes)), dtype=np.int64)), MEMORISE_FIRST
    save = checkpoint or Checkpoint()
    while True:
        now = [min(grown, m) for m in sizes]
        final = grown >= max(sizes)
        goal = 1 - (MEMORISED if final else MEMORISED_ENOUGH_TO_GROW)
        limits = [_most_steps(m, training) for m, training in zip(now, trainings, strict=True)]
        everything = [np.arange(m) for m in now]
        name = f"{what}, {max(now)} examples"
        judge = _share_wrong(net, now)
        stage = _descend(
            net, found.state, examples, everything, keys, trainings, limits, save, judge, goal, name
        )
        found = Fitted(
            stage.state, stage.steps, found.trained + stage.trained, found.scored + stage.scored
        )
        if final:
            return found
        grown *= 2


def _most_steps(m: int, training: Training) -> int:
    if training.steps:
        return training.steps
    return max(training.min_steps, math.ceil(training.epochs * m / training.batch)) if m else 0


@dataclass(frozen=True)
class _Judge:
    """How candidate states are compared.

    Attributes:
        loss: (states, examples, rows) -> (J,) losses and (J,) scales.
        cost: (J,) examples that one judgement of a model scores.
    """

    loss: Callable[[State, Examples, list[int]], tuple[Tensor, Tensor]]
    cost: list[int]


def _validation_loss(net: nn.Module, valid: list[np.ndarray]) -> _Judge:
    """Loss on held-out positions at the temperature that fits them best, and that temperature."""

    def judge(state: State, examples: Examples, rows: list[int]) -> tuple[Tensor, Tensor]:
        loss, scale = torch.empty_like(state.scale), torch.empty_like(state.scale)
        for same in _equal_sizes([len(valid[j]) for j in rows]):
            at = torch.tensor(same, device=loss.device)
            positions = torch.from_numpy(np.stack([valid[rows[i]] for i in same])).to(loss.device)
            part = examples.select(at)
            logits = score_at(net, state.select(at), part, positions)
            scale[at], loss[at] = fit_scale(logits, part.labels(positions))
        return loss, scale

    return _Judge(judge, [len(v) for v in valid])


def _share_wrong(net: nn.Module, sizes: list[int]) -> _Judge:
    """The share of (at most 2,048 of) a model's examples that it gets wrong; temperature 1."""

    def judge(state: State, examples: Examples, rows: list[int]) -> tuple[Tensor, Tensor]:
        wrong = torch.empty_like(state.scale)
        for i, j in enumerate(rows):
            one = torch.tensor([i], device=wrong.device)
            some = np.unique(np.linspace(0, sizes[j] - 1, CHUNK).astype(np.int64))
            positions = torch.from_numpy(some)[None].to(wrong.device)
            part = examples.select(one)
            logits = score_at(net, state.select(one), part, positions)
            wrong[i] = (logits.argmax(-1) != part.labels(positions)).double().mean()
        return wrong, torch.ones_like(wrong)

    return _Judge(judge, [min(m, CHUNK) for m in sizes])


def _equal_sizes(lengths: list[int]) -> list[list[int]]:
    """Rows grouped by equal length: scored together, a row's arithmetic does not depend on the others."""
    return [
        [i for i, n in enumerate(lengths) if n == length]
        for length in sorted(set(lengths))
        if length > 0
    ]


class _Search:
    """The best states found so far of J models, and what the search cost."""

    def __init__(self, start: State, judge: _Judge | None):
        count = len(start.scale)
        self.judge = judge
        self.found = Fitted(
            start.select(torch.arange(count, device=start.scale.device)),
            *np.zeros((3, count), dtype=np.int64),
        )
        self.loss = torch.full_like(start.scale, torch.inf)

    def arrays(self) -> dict[str, np.ndarray]:
        """For a checkpoint."""
        found = self.found
        work = {"steps": found.steps, "trained": found.trained, "scored": found.scored}
        return work | found.state.arrays() | {"loss": self.loss.cpu().numpy()}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Go on where :meth:`arrays` was taken."""
        device = self.loss.device
        state = State.from_arrays(arrays).to(device)
        self.found = Fitted(state, arrays["steps"], arrays["trained"], arrays["scored"])
        self.loss = torch.from_numpy(arrays["loss"]).to(device)

    def consider(
        self, candidate: State, examples: Examples, rows: list[int], step: int, last: list[bool]
    ) -> None:
        """Keep candidates of these rows that are better than what was found; without a judge, each model's last."""
        at = torch.tensor(rows, device=self.loss.device)
        if self.judge is None:
            better, scale = torch.tensor(last, device=at.device), candidate.scale
        else:
            loss, scale = self.judge.loss(candidate, examples, rows)
            better = loss < self.loss[at] * (1 - TOLERANCE)
            self.loss[at] = torch.where(better, loss, self.loss[at])
            self.found.scored[rows] += np.array(self.judge.cost)[rows]
        best, where = self.found.state, at[better]
        for name, value in candidate.tensors.items():
            best.tensors[name][where] = value[better]
        best.scale[where] = scale[better]
        self.found.steps[np.array(rows)[better.cpu().numpy()]] = step

    def is_done(
        self, j: int, step: int, limit: int, goal: float | None, training: Training
    ) -> bool:
        """Whether model j needs no further step."""
        if step >= limit:
            return True
        if goal is not None:
            return bool(self.loss[j] <= goal)
        if self.judge is None or training.steps:
            return False
        return bool(self.loss[j] < torch.inf) and step >= max(
            training.min_steps, training.patience * self.found.steps[j]
        )


def _descend(
    net: nn.Module,
    start: State,
    examples: Examples,
    train: list[np.ndarray],
    keys: Sequence[tuple[int, ...]],
    trainings: Sequence[Training],
    limits: list[int],
    checkpoint: Checkpoint,
    judge: _Judge | None = None,
    goal: float | None = None,
    what: str = "training",
) -> Fitted:
    """Train all models at once; each keeps the best of its averaged weights and leaves when it is done.

    Args:
        train: Positions that each model trains on.
        checkpoint: Where progress is saved; this is one stage of it.
        limits: Most steps of each model; without ``judge`` exactly these, and the last weights are the best.
        goal: A loss at which a model is done; without one it is done once ``patience`` times the best model's
            number of steps has passed.
    """
    search, saved = _Search(start, judge), checkpoint.begin()
    if saved:
        search.restore(saved)
    rows = (
        saved["rows"].tolist()
        if "rows" in saved
        else [j for j in range(len(train)) if limits[j] > 0]
    )
    if not rows or "done" in saved:
        return search.found
    at = torch.tensor(rows, device=start.scale.device)
    examples = examples.select(at)
    stack = Stack(net, start.select(at), [trainings[j] for j in rows], [keys[j] for j in rows])
    if saved:
        stack.restore(
            {
                name.removeprefix("stack/"): v
                for name, v in saved.items()
                if name.startswith("stack/")
            }
        )
    elif judge is not None:
        search.consider(stack.average, examples, rows, 0, [False] * len(rows))
    batch = trainings[0].batch
    batches = Batches([train[j] for j in rows], stack.keys, batch)
    batches.skip(stack.steps)
    judged = set(evaluation_steps(max(limits)) if judge else []) | set(limits)
    progress = Progress(what)
    for step in range(stack.steps + 1, max(limits) + 1):
        positions = batches.next().to(start.scale.device)
        loss = stack.step(examples, positions)
        search.found.trained[rows] += batch
        progress.step(
            step, max(limits[j] for j in rows), functools.partial(_figures, loss, positions)
        )
        if checkpoint.due and step not in judged:
            checkpoint.save(
                search.arrays()
                | {f"stack/{k}": v for k, v in stack.arrays().items()}
                | {"rows": np.array(rows)}
            )
        if step not in judged:
            continue
        search.consider(stack.average, examples, rows, step, [limits[j] == step for j in rows])
        left = [
            i
            for i, j in enumerate(rows)
            if not search.is_done(j, step, limits[j], goal, trainings[j])
        ]
        if not left:
            break
        if len(left) < len(rows):
            stack.keep(left)
            batches.keep(left)
            examples, rows = (
                examples.select(torch.tensor(left, device=at.device)),
                [rows[i] for i in left],
            )
    checkpoint.save(search.arrays(), done=True)
    return search.found


def _figures(loss: Tensor, positions: Tensor) -> dict[str, float]:
    return {"loss_bits": loss.item() / positions.numel() / math.log(2), "models": len(positions)}
