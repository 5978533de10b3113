"""Many models descend side by side; each leaves with the best state that it came by."""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int64, Shaped
from torch import Tensor, nn

from lit.files.checkpoint import Checkpoint
from lit.files.result_files import Arrays
from lit.logs import Progress
from lit.training.adamw import Stack
from lit.training.batches import Batches
from lit.training.held_out import Judge, Positions
from lit.training.options import Training
from lit.training.state import Examples, State, prefixed, under

TOLERANCE = 0.002  # share by which a validation loss must fall to count as better
IN_STACK = "stack/"  # begins the names of a stack's arrays in a checkpoint


@dataclass
class Fitted:
    """What training returns.

    Attributes:
        state: J trained models.
        steps: After how many steps each was found.
        trained, scored: Examples that were trained on, and scored, on the way.
        searched: J models that chose the steps, which never saw what is held out.
    """

    state: State
    steps: Int64[np.ndarray, " J"]
    trained: Int64[np.ndarray, " J"]
    scored: Int64[np.ndarray, " J"]
    searched: State | None = None

    @classmethod
    def untrained(cls, state: State) -> "Fitted":
        """J models as they are, before any step."""
        steps, trained, scored = np.zeros((3, len(state.scale)), dtype=np.int64)
        return cls(state, steps, trained, scored)


@dataclass(frozen=True)
class Cohort:
    """J models that are trained side by side, through all stages of their training.

    Attributes:
        net: The architecture; its own weights are not used.
        examples: Their examples.
        keys: Integers that name each model's random draws.
        trainings: J options.
        checkpoint: Where progress is saved.
    """

    net: nn.Module
    examples: Examples
    keys: Sequence[tuple[int, ...]]
    trainings: Sequence[Training]
    checkpoint: Checkpoint


@dataclass(frozen=True)
class Stage:
    """One descent of a cohort.

    Attributes:
        train: Positions that each model trains on.
        limits: Most steps of each model; without ``judge`` exactly these, and the last weights are
            the best.
        what: What progress messages call it.
        judge: How states are compared.
        goal: A loss at which a model is done; without one it is done once ``patience`` times the
            best model's number of steps has passed.
    """

    train: list[Positions]
    limits: list[int]
    what: str
    judge: Judge | None = None
    goal: float | None = None

    def judged(self) -> set[int]:
        """Steps after which states are compared."""
        every = evaluation_steps(max(self.limits)) if self.judge else []
        return {*every, *self.limits}


def evaluation_steps(limit: int) -> list[int]:
    """Steps after which models are compared: spaced by a tenth, so that they grow few."""
    steps = []
    step = 5
    while step < limit:
        steps.append(step)
        step = max(step + 5, round(step * 1.1))
    return [*steps, limit]


class _Search:
    """The best states found so far of J models, and what the search cost."""

    def __init__(self, start: State, stage: Stage):
        everything = torch.arange(len(start.scale), device=start.scale.device)
        self.stage = stage
        self.found = Fitted.untrained(start.select(everything))
        self.loss = torch.full_like(start.scale, torch.inf)

    def arrays(self) -> dict[str, Shaped[np.ndarray, "J ..."]]:
        """For a checkpoint."""
        found = self.found
        work = {"steps": found.steps, "trained": found.trained, "scored": found.scored}
        return work | found.state.arrays() | {"loss": self.loss.cpu().numpy()}

    def restore(self, arrays: Arrays) -> None:
        """Go on where :meth:`arrays` was taken."""
        device = self.loss.device
        state = State.from_arrays(arrays).to(device)
        self.found = Fitted(state, arrays["steps"], arrays["trained"], arrays["scored"])
        self.loss = torch.from_numpy(arrays["loss"]).to(device)

    def consider(self, candidate: State, examples: Examples, rows: list[int], step: int) -> None:
        """Keep candidates of these rows that are better; without a judge, each model's last."""
        at = torch.tensor(rows, device=self.loss.device)
        judge = self.stage.judge
        if judge is None:
            last = [self.stage.limits[j] == step for j in rows]
            better, scale = torch.tensor(last, device=at.device), candidate.scale
        else:
            loss, scale = judge.loss(candidate, examples, rows)
            better = loss < self.loss[at] * (1 - TOLERANCE)
            self.loss[at] = torch.where(better, loss, self.loss[at])
            self.found.scored[rows] += np.array(judge.cost)[rows]
        best = self.found.state
        where = at[better]
        for name, value in candidate.tensors.items():
            best.tensors[name][where] = value[better]
        best.scale[where] = scale[better]
        self.found.steps[np.array(rows)[better.cpu().numpy()]] = step

    def is_done(self, j: int, step: int, training: Training) -> bool:
        """Whether model j needs no further step."""
        if step >= self.stage.limits[j]:
            return True
        if self.stage.goal is not None:
            return bool(self.loss[j] <= self.stage.goal)
        if self.stage.judge is None or training.steps:
            return False
        enough = max(training.min_steps, training.patience * self.found.steps[j])
        return bool(self.loss[j] < torch.inf and step >= enough)


class _Running:
    """The models that still take steps: ``rows`` of the cohort."""

    def __init__(self, cohort: Cohort, stage: Stage, start: State, rows: list[int]):
        at = torch.tensor(rows, device=start.scale.device)
        trainings = [cohort.trainings[j] for j in rows]
        keys = [cohort.keys[j] for j in rows]
        self.rows = rows
        self.examples = cohort.examples.select(at)
        self.stack = Stack(cohort.net, start.select(at), trainings, keys)
        self.batches = Batches([stage.train[j] for j in rows], keys, cohort.trainings[0].batch)

    def arrays(self) -> dict[str, np.ndarray]:
        """For a checkpoint."""
        return prefixed(IN_STACK, self.stack.arrays()) | {"rows": np.array(self.rows)}

    def restore(self, arrays: Arrays) -> None:
        """Go on where :meth:`arrays` was taken."""
        self.stack.restore(under(IN_STACK, arrays))
        self.batches.skip(self.stack.steps)

    def keep(self, left: list[int]) -> None:
        """Go on with these of the models only, by their places among the rows."""
        self.stack.keep(left)
        self.batches.keep(left)
        self.examples = self.examples.select(torch.tensor(left, device=self.examples.x.device))
        self.rows = [self.rows[i] for i in left]


def descend(cohort: Cohort, start: State, stage: Stage) -> Fitted:
    """Train all models at once; each keeps the best of its averaged weights and leaves when
    done."""
    search = _Search(start, stage)
    saved = cohort.checkpoint.begin()
    if saved:
        search.restore(saved)
    rows = [j for j, limit in enumerate(stage.limits) if limit > 0]
    if "rows" in saved:
        rows = saved["rows"].tolist()
    if not rows or "done" in saved:
        return search.found
    running = _Running(cohort, stage, start, rows)
    if saved:
        running.restore(saved)
    elif stage.judge is not None:
        search.consider(running.stack.average, running.examples, rows, 0)
    _take_steps(cohort, stage, search, running)
    cohort.checkpoint.save(search.arrays(), done=True)
    return search.found


def _take_steps(cohort: Cohort, stage: Stage, search: _Search, running: _Running) -> None:
    """Step by step, until every model is done."""
    checkpoint, trainings = cohort.checkpoint, cohort.trainings
    judged = stage.judged()
    progress = Progress(stage.what)
    for step in range(running.stack.steps + 1, max(stage.limits) + 1):
        positions = running.batches.next().to(search.loss.device)
        loss = running.stack.step(running.examples, positions)
        search.found.trained[running.rows] += trainings[0].batch
        most = max(stage.limits[j] for j in running.rows)
        progress.step(step, most, functools.partial(_figures, loss, positions))
        if step not in judged:
            if checkpoint.due:
                checkpoint.save(search.arrays() | running.arrays())
            continue
        search.consider(running.stack.average, running.examples, running.rows, step)
        left = [i for i, j in enumerate(running.rows) if not search.is_done(j, step, trainings[j])]
        if not left:
            return
        if len(left) < len(running.rows):
            running.keep(left)


def _figures(loss: Tensor, positions: Tensor) -> dict[str, float]:
    return {"loss_bits": loss.item() / positions.numel() / math.log(2), "models": len(positions)}
