"""Many models descend side by side; each leaves with the best state that it came by."""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int64, Shaped
from torch import Tensor, nn

from lit.errors import InputError
from lit.files.checkpoint import Checkpoint
from lit.files.result_files import Arrays
from lit.logs import Progress
from lit.training.batch_norm import renew_statistics
from lit.training.batches import Batches
from lit.training.held_out import Judge, Positions
from lit.training.options import Training
from lit.training.stack import Stack
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
        limits: Most steps of each model; without ``judge`` exactly these.
        what: What progress messages call it.
        judge: How states are compared; without one, the last is the best.
        goal: A loss at which a model is done; without one it is done once ``patience`` times the
            best model's number of steps has passed.
    """

    train: list[Positions]
    limits: list[int]
    what: str
    judge: Judge | None = None
    goal: float | None = None


def evaluation_steps(limit: int) -> list[int]:
    """Steps after which models are compared: spaced by a tenth, so that they grow few."""
    steps = []
    step = 5
    while step < limit:
        steps.append(step)
        step = max(step + 5, round(step * 1.1))
    return [*steps, limit]


def descend(cohort: Cohort, start: State, stage: Stage) -> Fitted:
    """Train all models at once; each keeps its best averaged weights, and leaves when done."""
    descent = _Descent(cohort, start, stage)
    saved = cohort.checkpoint.begin()
    if saved:
        descent.restore(saved)
    if descent.rows and "done" not in saved:
        descent.run(under(IN_STACK, saved))
        cohort.checkpoint.save(descent.arrays(), done=True)
    return descent.found


class _Descent:
    """The best states that J models came by so far, and those of ``rows``, which still step."""

    def __init__(self, cohort: Cohort, start: State, stage: Stage):
        everything = torch.arange(len(start.scale), device=start.scale.device)
        self.cohort, self.start, self.stage = cohort, start, stage
        self.found = Fitted.untrained(start.select(everything))
        self.loss = torch.full_like(start.scale, torch.inf)
        self.rows = [j for j, limit in enumerate(stage.limits) if limit > 0]

    def arrays(self) -> dict[str, Shaped[np.ndarray, "J ..."]]:
        """What was found, for a checkpoint."""
        found = self.found
        work = {"steps": found.steps, "trained": found.trained, "scored": found.scored}
        return work | found.state.arrays() | {"loss": self.loss.cpu().numpy()}

    def restore(self, saved: Arrays) -> None:
        """Go on where a checkpoint was saved."""
        device = self.loss.device
        state = State.from_arrays(saved).to(device)
        self.found = Fitted(state, saved["steps"], saved["trained"], saved["scored"])
        self.loss = torch.from_numpy(saved["loss"]).to(device)
        if "rows" in saved:
            self.rows = saved["rows"].tolist()

    def run(self, saved: Arrays) -> None:
        """Step by step, until every model is done; ``saved`` are the arrays of the stack."""
        self._begin(saved)
        checkpoint, batch = self.cohort.checkpoint, self.cohort.trainings[0].batch
        limits, limit = self.stage.limits, max(self.stage.limits)
        judged = {*limits, *(evaluation_steps(limit) if self.stage.judge else [])}
        progress = Progress(self.stage.what)
        for step in range(self.stack.steps + 1, limit + 1):
            positions = self.batches.next().to(self.loss.device)
            loss = self.stack.step(self.examples, positions)
            self.found.trained[self.rows] += batch
            most = max(limits[j] for j in self.rows)
            progress.step(step, most, functools.partial(_figures, loss, positions))
            if step in judged:
                self._consider(step)
                left = [i for i, j in enumerate(self.rows) if not self._is_done(j, step)]
                if not left:
                    return
                if len(left) < len(self.rows):
                    self._keep(left)
            elif checkpoint.due:
                stack = prefixed(IN_STACK, self.stack.arrays())
                checkpoint.save(self.arrays() | stack | {"rows": np.array(self.rows)})

    def _begin(self, saved: Arrays) -> None:
        """Make the models of ``rows`` ready to step."""
        cohort = self.cohort
        at = torch.tensor(self.rows, device=self.loss.device)
        trainings = [cohort.trainings[j] for j in self.rows]
        keys = [cohort.keys[j] for j in self.rows]
        self.examples = cohort.examples.select(at)
        self.stack = Stack(cohort.net, self.start.select(at), trainings, keys)
        train = [self.stage.train[j] for j in self.rows]
        self.batches = Batches(train, keys, cohort.trainings[0].batch)
        if saved:
            self.stack.restore(saved)
            self.batches.skip(self.stack.steps)
        elif self.stage.judge is not None:
            self._consider(0)

    def _consider(self, step: int) -> None:
        """Keep averaged weights that are better; without a judge, each model's last."""
        candidate, rows, judge = self.stack.average, self.rows, self.stage.judge
        at = torch.tensor(rows, device=self.loss.device)
        if step:
            train = [self.stage.train[j] for j in rows]
            cost = renew_statistics(self.cohort.net, candidate, self.examples, train)
            self.found.scored[rows] += cost
        if judge is None:
            last = [self.stage.limits[j] == step for j in rows]
            better, scale = torch.tensor(last, device=at.device), candidate.scale
        else:
            loss, scale = judge.loss(candidate, self.examples, rows)
            better = self._chosen(loss < self.loss[at] * (1 - TOLERANCE), loss, step)
            self.loss[at] = torch.where(better, loss, self.loss[at])
            self.found.scored[rows] += np.array(judge.cost)[rows]
        best = self.found.state
        where = at[better]
        for name, value in candidate.tensors.items():
            best.tensors[name][where] = value[better]
        best.scale[where] = scale[better]
        self.found.steps[np.array(rows)[better.cpu().numpy()]] = step

    def _chosen(self, better: Tensor, loss: Tensor, step: int) -> Tensor:
        """Which states are kept: of a number of steps that is given, those after the last."""
        if self.stage.goal is not None:
            return better
        given = [self.cohort.trainings[j].steps > 0 for j in self.rows]
        last = [self.stage.limits[j] == step for j in self.rows]
        exact, now = torch.tensor([given, last], device=better.device)
        if not loss[exact & now].isfinite().all():
            raise InputError(
                f"{self.stage.what}: after exactly {step} steps the loss is no finite number; take"
                " a smaller lr, or leave out steps: the best of all states is then kept"
            )
        return torch.where(exact, now, better)

    def _is_done(self, j: int, step: int) -> bool:
        """Whether model j needs no further step."""
        training, loss = self.cohort.trainings[j], self.loss[j]
        if step >= self.stage.limits[j]:
            return True
        if self.stage.goal is not None:
            return bool(loss <= self.stage.goal)
        if self.stage.judge is None or training.steps:
            return False
        enough = max(training.min_steps, training.patience * self.found.steps[j])
        return bool(loss < torch.inf and step >= enough)

    def _keep(self, left: list[int]) -> None:
        """Go on with these of the models only, by their places among the rows."""
        self.stack.keep(left)
        self.batches.keep(left)
        self.examples = self.examples.select(torch.tensor(left, device=self.loss.device))
        self.rows = [self.rows[i] for i in left]


def _figures(loss: Tensor, positions: Tensor) -> dict[str, float]:
    return {"loss_bits": loss.item() / positions.numel() / math.log(2), "models": len(positions)}
