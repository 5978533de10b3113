"""Dark Experience Replay++: remembered examples keep their labels, and what was said of them then.

Buzzega et al. 2020 (arXiv:2004.07211), with h the logits of the network:

    loss + alpha mean ||z - h(x')||^2 + beta mean loss of (x'', y'')

for two minibatches (x', z) and (x'', y'') of the memory. As in the paper (algorithm 2) that is a
reservoir of all minibatches that were trained on, in the order of the steps, and z are the logits
of the step in which an example came in; examples of the task that is being learned are in it too.
The norm is over the outputs of an example's own head. (The authors' code takes the mean over
outputs, so that their alpha is as many times this one.)
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional as F

from lit.continual import memory as common
from lit.continual.lesson import Carried, Lesson, begin, train
from lit.continual.memory import remember, reservoir, stored
from lit.rng import generator
from lit.training.stack import Hooks, Logits, Positions, Scalar, Stack
from lit.training.state import State

KIND: dict[str, bool] = {}


@dataclass(frozen=True)
class Options(common.Options):
    """Options of ``derpp``.

    Attributes:
        alpha: Weight of the distance to the logits that are kept.
        beta: Weight of the loss on remembered labels.
    """

    alpha: float = 0.1
    beta: float = 0.5


class Reservoir:
    """The memory while a task is learned: places in a lesson, and logits.

    Attributes:
        held: Positions in the lesson of the m examples that are kept.
        logits: What was said of them when they came in.
        seen: Examples that came by so far, of earlier tasks too.
    """

    def __init__(self, whole: Lesson, carried: Carried, capacity: int):
        """Begin with what is carried, which comes after the lesson's own examples."""
        count, outputs = len(whole.seeds), int(whole.heads.max())
        places = torch.arange(whole.n, whole.examples.label.shape[1], device=whole.task.device)
        self.held: Int64[Tensor, "S m"] = places.expand(count, -1)
        nothing = torch.zeros(count, 0, outputs, device=whole.task.device)
        self.logits: Float[Tensor, "S m C"] = carried.get("logits", nothing)
        self.seen = int(carried["seen"][0]) if carried else 0
        self.capacity = capacity
        self.filling = [generator("reservoir", seed, whole.position) for seed in whole.seeds]
        self.drawing = [generator("remembered", seed, whole.position) for seed in whole.seeds]

    def draw(self, size: int) -> tuple[Positions, Logits]:
        """``size`` examples of each model, drawn uniformly: their positions, and their logits."""
        known = self.held.shape[1]
        drawn = np.stack([rng.integers(0, known, size) for rng in self.drawing])
        at = torch.from_numpy(drawn).to(self.held.device)
        return self.held.gather(1, at), _rows(self.logits, at)

    def feed(self, positions: Positions, logits: Logits) -> None:
        """A minibatch comes by, example by example."""
        new = positions.shape[1]
        chosen = [reservoir(self.seen, new, self.capacity, rng) for rng in self.filling]
        at = torch.from_numpy(np.stack(chosen)).to(self.held.device)
        self.held = torch.cat([self.held, positions], dim=1).gather(1, at)
        self.logits = _rows(torch.cat([self.logits, logits], dim=1), at)
        self.seen += new


def derpp(
    net: nn.Module, start: State, lesson: Lesson, carried: Carried, options: Options
) -> tuple[State, Carried]:
    """Train on a task and the memory, which is carried with its ``logits`` (S, m, C)."""
    whole = remember(lesson, carried)
    memory = Reservoir(whole, carried, options.memory)
    stack = begin(net, start, lesson, options)

    def recall(x: Tensor, positions: Positions, logits: Logits) -> Scalar:
        known = memory.seen > 0
        added = recalled(stack, whole, memory, options) if known else logits.new_zeros(())
        memory.feed(positions, logits.detach())
        return added

    state = train(stack, whole, options, Hooks(loss=recall))
    return state, stored(whole, memory.held, memory.seen) | {"logits": memory.logits}


def recalled(stack: Stack, whole: Lesson, memory: Reservoir, options: Options) -> Scalar:
    """What two minibatches of the memory add to the loss, summed over the models."""
    size, shown = options.replayed or options.batch, whole.shown()
    at, said = memory.draw(size)
    apart = stack.logits(whole.examples.inputs(at)) - said
    if shown is not None:
        apart = shown(at, apart)
        apart = apart.masked_fill(apart.isneginf(), 0)
    at, _ = memory.draw(size)
    logits = stack.logits(whole.examples.inputs(at))
    logits = logits if shown is None else shown(at, logits)
    labels = whole.examples.labels(at).flatten()
    wrong = F.cross_entropy(logits.flatten(0, 1), labels, reduction="sum")
    return (options.alpha * apart.square().sum() + options.beta * wrong) / size


def _rows(logits: Float[Tensor, "S m C"], at: Int64[Tensor, "S R"]) -> Float[Tensor, "S R C"]:
    return logits.gather(1, at[..., None].expand(-1, -1, logits.shape[2]))
