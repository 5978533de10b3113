"""Training and scoring of many models of one architecture at once: every torch training loop is here.

J models (seeds x blocks) are one *stack*: their parameters carry a leading axis J. Small networks run
as batched matrix products, others one after the other. Each model's result is a function of its own
state, data and key alone, never of what it is stacked with; on a CPU even to the last bit.
"""

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn import functional as F

from lit.errors import InputError, nearest
from lit.logs import Progress
from lit.models import Cnn, Mlp
from lit.rng import generator, torch_seed

CHUNK = 2048  # examples scored at once, by model
MEMORISE_FIRST = 512  # examples that memorising begins with
MEMORISED, MEMORISED_ENOUGH_TO_GROW = 0.995, 0.9  # train accuracies at which it ends, and doubles its examples
TOLERANCE = 0.002  # share by which a validation loss must fall to count as better


@dataclass(frozen=True)
class Training:
    """How one model is trained. All of it is fixed before the stream is seen.

    Attributes:
        lr: AdamW's learning rate.
        weight_decay: AdamW's decoupled weight decay.
        batch: Examples in a minibatch.
        epochs: At most this many passes over the training examples.
        min_steps: At least this many steps before stopping.
        patience: Stop when this many times the steps of the best model so far brought nothing better.
        validation: Share of the examples held out for early stopping and temperature.
        max_validation: At most this many examples are held out.
    """

    lr: float = 2e-3
    weight_decay: float = 0.01
    batch: int = 32
    epochs: float = 100
    min_steps: int = 200
    patience: float = 2.0
    validation: float = 0.2
    max_validation: int = 2048


def training_options(options: dict[str, Any]) -> Training:
    """Training with some defaults replaced by a config's entry.

    Raises:
        InputError: an option that does not exist, with the nearest one.
    """
    names = [f.name for f in fields(Training)]
    for key in options:
        if key not in names:
            raise InputError(f"training: unknown option {key!r}; {nearest(key, names)}")
    return Training(**options)


@dataclass
class State:
    """States of J models: parameters and buffers (J, ...) by name, and ``scale`` (J,), the inverse temperature."""

    tensors: dict[str, Tensor]
    scale: Tensor

    def select(self, rows: Tensor) -> "State":
        """The models of these rows, in this order, repeats allowed."""
        return State({k: v[rows] for k, v in self.tensors.items()}, self.scale[rows])

    def to(self, device: torch.device) -> "State":
        return State({k: v.to(device) for k, v in self.tensors.items()}, self.scale.to(device))

    def arrays(self) -> dict[str, np.ndarray]:
        """As NumPy arrays, for the store."""
        return {f"state/{k}": v.cpu().numpy() for k, v in self.tensors.items()} | {"scale": self.scale.cpu().numpy()}

    @staticmethod
    def from_arrays(arrays: dict[str, np.ndarray]) -> "State":
        tensors = {k.removeprefix("state/"): torch.from_numpy(v) for k, v in arrays.items() if k.startswith("state/")}
        return State(tensors, torch.from_numpy(arrays["scale"]))

    @staticmethod
    def of(nets: list[nn.Module]) -> "State":
        """The states of networks of one architecture, temperature 1."""
        dicts = [net.state_dict() for net in nets]
        tensors = {k: torch.stack([d[k] for d in dicts]).detach().clone() for k in dicts[0]}
        return State(tensors, torch.ones(len(nets), dtype=torch.float64))


@dataclass(frozen=True)
class Examples:
    """Labelled examples of J models: rows of one shared input tensor.

    Attributes:
        x: (N, ...) inputs, uint8 (scaled to 0..1 here) or float32.
        index: (J, M) rows of x, in each model's own order.
        label: (J, M) labels.
    """

    x: Tensor
    index: Tensor
    label: Tensor

    def select(self, rows: Tensor) -> "Examples":
        return Examples(self.x, self.index[rows], self.label[rows])

    def inputs(self, positions: Tensor) -> Tensor:
        """(J, B, ...) float32 inputs at positions (J, B)."""
        x = self.x[self.index.gather(1, positions)]
        return x.float() / 255 if x.dtype == torch.uint8 else x

    def labels(self, positions: Tensor) -> Tensor:
        return self.label.gather(1, positions)


def choose_device(device: str) -> torch.device:
    """``cpu``, ``cuda``, or ``auto``: the GPU when there is one.

    Raises:
        InputError: ``cuda`` where none can be seen.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        raise InputError(
            "device: cuda, but torch sees no GPU: check CUDA_VISIBLE_DEVICES, the job's GPU request"
            " and that torch is a CUDA build, or write device: cpu"
        )
    return torch.device(device)


def stack_logits(net: nn.Module, state: State, x: Tensor, draws: list[int] | None = None) -> Tensor:
    """(J, B, C) logits of J stacked models on inputs (J, B, ...), before temperature.

    ``draws`` seeds what a network draws itself while it trains (dropout), model by model.
    """
    tensors = state.tensors
    if isinstance(net, Mlp):
        return net.forward_stack(tensors, x)
    if isinstance(net, Cnn) and x.is_cuda:
        return vmap(lambda t, xs: functional_call(net, t, (xs,)))(tensors, x)
    unbound = {k: v.unbind(0) if v.requires_grad else v for k, v in tensors.items()}
    logits = []
    for j in range(len(x)):
        if draws is not None:
            torch.manual_seed(draws[j])
        logits.append(functional_call(net, {k: v[j] for k, v in unbound.items()}, (x[j],)))
    return torch.stack(logits)


@torch.no_grad()
def score(net: nn.Module, state: State, examples: Examples, start: int, stop: int) -> Tensor:
    """(J, stop - start, C) float64 logits at coding positions start..stop, in evaluation mode, temperature applied."""
    net.eval()
    positions = torch.arange(start, stop, device=examples.index.device).expand(len(examples.index), -1)
    return _score_at(net, state, examples, positions) * state.scale[:, None, None]


def _score_at(net: nn.Module, state: State, examples: Examples, positions: Tensor) -> Tensor:
    parts = [stack_logits(net, state, examples.inputs(p)).double() for p in positions.split(CHUNK, dim=1)]
    return torch.cat(parts, dim=1) if parts else state.scale.new_zeros(len(positions), 0, 1)


def bits(logits: Tensor, labels: Tensor) -> np.ndarray:
    """(J, B) float64 code lengths in bits, -log2 softmax(logits)[label], of logits (J, B, C)."""
    nats = -F.log_softmax(logits, dim=-1).gather(-1, labels[..., None])[..., 0]
    return (nats / math.log(2)).cpu().numpy()


def fit_scale(logits: Tensor, labels: Tensor, prior: float = 1.0, iterations: int = 20) -> tuple[Tensor, Tensor]:
    """Inverse temperature that codes held-out labels best, and its mean loss.

    Minimises sum_i -ln softmax(b z_i)[y_i] + prior (b - 1 - ln b), convex in b, by damped Newton steps in ln b.

    Args:
        logits: (J, V, C) float64 z.
        labels: (J, V).
        prior: Weight of the pull towards b = 1, in examples; it decides where V is small.

    Returns:
        (J,) inverse temperatures, (J,) mean losses in nats an example.
    """
    log_b = torch.zeros(len(logits), dtype=torch.float64, device=logits.device)
    at_label = logits.gather(-1, labels[..., None])[..., 0]
    for _ in range(iterations):
        b = log_b.exp()
        p = (b[:, None, None] * logits).softmax(-1)
        mean = (p * logits).sum(-1)
        variance = (p * logits.square()).sum(-1) - mean.square()
        slope = (mean - at_label).sum(-1) * b + prior * (b - 1)
        curvature = variance.sum(-1) * b.square() + prior * b
        log_b = (log_b - (slope / curvature).clamp(-0.7, 0.7)).clamp(-5, 3)
    b = log_b.exp()
    loss = F.cross_entropy((b[:, None, None] * logits).flatten(0, 1), labels.flatten(), reduction="none")
    return b, loss.view(labels.shape).mean(-1)


class _Batches:
    """Minibatch positions of each model: passes over its training positions, each in a fresh random order."""

    def __init__(self, train: list[np.ndarray], keys: Sequence[tuple[int, ...]], size: int, ahead: int = 64):
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


def split_prefix(m: int, training: Training, key: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Positions 0..m-1 split at random into training and validation, from the key alone."""
    held_out = min(math.ceil(m * training.validation), training.max_validation) if m > 1 else 0
    order = generator("validation", *key).permutation(m)
    return np.sort(order[held_out:]), np.sort(order[:held_out])


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
    sizes: list[int],
    keys: Sequence[tuple[int, ...]],
    training: Training,
    what: str = "training",
) -> State:
    """Train J models, each on the first ``sizes[j]`` of its examples, with early stopping and temperature.

    A random split of these examples is held out; it chooses the number of steps and the temperature. Then each
    model is trained anew from its start state on all of its examples, for that number of steps. The start state
    itself is always a candidate. Weights are averaged over the last steps.

    Args:
        net: The architecture; its own weights are not used.
        start: J start states.
        examples: Their examples, positions 0..M-1.
        sizes: Examples that each model may see; all others stay untouched.
        keys: Integers that name each model's random draws.
        training: Options.
        what: What progress messages call it.
    """
    splits = [split_prefix(m, training, key) for m, key in zip(sizes, keys, strict=True)]
    train, valid = [t for t, _ in splits], [v for _, v in splits]

    def judge(state: State, examples: Examples, rows: list[int]) -> tuple[Tensor, Tensor]:
        loss, scale = torch.empty_like(state.scale), torch.empty_like(state.scale)
        for same in _equal_sizes([len(valid[j]) for j in rows]):
            at = torch.tensor(same, device=loss.device)
            positions = torch.from_numpy(np.stack([valid[rows[i]] for i in same])).to(loss.device)
            part = examples.select(at)
            logits = _score_at(net, state.select(at), part, positions)
            scale[at], loss[at] = fit_scale(logits, part.labels(positions))
        return loss, scale

    limits = [_most_steps(len(t), training) if len(v) else 0 for t, v in splits]
    chosen = _descend(net, start, examples, train, keys, training, limits, judge, what=what)
    steps = [round(s * m / len(t)) if len(t) else 0 for s, m, t in zip(chosen.steps, sizes, train, strict=True)]
    final = _descend(net, start, examples, [np.arange(m) for m in sizes], keys, training, steps, what=f"{what}, refit")
    return State(final.state.tensors, chosen.state.scale)


def memorise(
    net: nn.Module,
    start: State,
    examples: Examples,
    sizes: list[int],
    keys: Sequence[tuple[int, ...]],
    training: Training,
    what: str = "memorising",
) -> State:
    """Train J models on all of their first ``sizes[j]`` examples until they know them by heart.

    Random labels are hard to begin with: on 16,384 images a small network stays at chance for tens of epochs. So
    the training set grows: 512 examples until most are known, then twice as many, and so on; a network that has
    begun to memorise goes on quickly. A model is done at train accuracy 0.995 (on 2,048 of its examples), or when
    its epochs are spent. No example is held out, so the temperature stays 1. Arguments as for :func:`fit`.
    """
    state, grown = start, MEMORISE_FIRST
    while True:
        now = [min(grown, m) for m in sizes]
        final = grown >= max(sizes)
        goal = 1 - (MEMORISED if final else MEMORISED_ENOUGH_TO_GROW)
        judge = _share_wrong(net, now)
        limits = [_most_steps(m, training) for m in now]
        everything = [np.arange(m) for m in now]
        name = f"{what}, {max(now)} examples"
        state = _descend(net, state, examples, everything, keys, training, limits, judge, goal=goal, what=name).state
        if final:
            return state
        grown *= 2


def _most_steps(m: int, training: Training) -> int:
    return max(training.min_steps, math.ceil(training.epochs * m / training.batch)) if m else 0


def _share_wrong(net: nn.Module, sizes: list[int]) -> Callable[[State, Examples, list[int]], tuple[Tensor, Tensor]]:
    """Judge of memorising: the share of (at most 2,048 of) a model's examples that it gets wrong; temperature 1."""

    def judge(state: State, examples: Examples, rows: list[int]) -> tuple[Tensor, Tensor]:
        wrong = torch.empty_like(state.scale)
        for i, j in enumerate(rows):
            one = torch.tensor([i], device=wrong.device)
            some = np.unique(np.linspace(0, sizes[j] - 1, CHUNK).astype(np.int64))
            positions = torch.from_numpy(some)[None].to(wrong.device)
            part = examples.select(one)
            logits = _score_at(net, state.select(one), part, positions)
            wrong[i] = (logits.argmax(-1) != part.labels(positions)).double().mean()
        return wrong, torch.ones_like(wrong)

    return judge


def _equal_sizes(lengths: list[int]) -> list[list[int]]:
    """Rows grouped by equal length: scored together, a row's arithmetic does not depend on the others."""
    return [[i for i, n in enumerate(lengths) if n == length] for length in sorted(set(lengths)) if length > 0]


@dataclass
class _Found:
    """What a descent returns: the best states, and after how many steps each was found."""

    state: State
    steps: list[int]


class _Run:
    """The models still in training: a stack that shrinks as models are done, with AdamW's moments."""

    def __init__(self, net: nn.Module, start: State, examples: Examples, rows: list[int], training: Training):
        self.net, self.training = net, training
        self.rows, self.examples = rows, examples
        self.current, self.average = start, start.select(torch.arange(len(rows), device=start.scale.device))
        self._renew(None)

    def _renew(self, before: tuple[torch.optim.AdamW, dict[str, Tensor], Tensor] | None) -> None:
        self.weights = _require_grad(self.net, self.current)
        self.optimizer = _optimizer(self.weights, self.training, before)

    def step(self, number: int, positions: Tensor, draws: list[int] | None) -> Tensor:
        """One step of every model on minibatches (J, B); returns the summed loss in nats."""
        self.net.train()
        logits = stack_logits(self.net, self.current, self.examples.inputs(positions), draws)
        loss = F.cross_entropy(logits.flatten(0, 1), self.examples.labels(positions).flatten(), reduction="sum")
        self.optimizer.zero_grad()
        (loss / positions.shape[1]).backward()
        self.optimizer.step()
        _average(self.average, self.current, number)
        self.net.eval()
        return loss

    def keep(self, left: list[int]) -> None:
        """Go on with these of the stacked models only."""
        at = torch.tensor(left, device=self.average.scale.device)
        self.rows = [self.rows[i] for i in left]
        self.examples, self.average = self.examples.select(at), self.average.select(at)
        self.current, before = self.current.select(at), (self.optimizer, self.weights, at)
        self._renew(before)


def _descend(
    net: nn.Module,
    start: State,
    examples: Examples,
    train: list[np.ndarray],
    keys: Sequence[tuple[int, ...]],
    training: Training,
    limits: list[int],
    judge: Callable[[State, Examples, list[int]], tuple[Tensor, Tensor]] | None = None,
    goal: float | None = None,
    what: str = "training",
) -> _Found:
    """AdamW on all models at once; each keeps the best of its averaged weights and leaves when it is done.

    Args:
        train: Positions that each model trains on.
        limits: Most steps of each model; without ``judge`` exactly these, and the last weights are the best.
        judge: Loss and scale (J,) of candidate states.
        goal: A loss at which a model is done; without one it is done once ``patience`` times the best model's
            number of steps has passed.
    """
    best = start.select(torch.arange(len(train), device=start.scale.device))
    best_step = [0] * len(train)
    rows = [j for j in range(len(train)) if limits[j] > 0]
    if not rows:
        return _Found(best, best_step)
    at = torch.tensor(rows, device=best.scale.device)
    run = _Run(net, start.select(at), examples.select(at), rows, training)
    net.eval()
    best_loss = torch.full_like(best.scale, torch.inf)
    if judge is not None:
        best_loss[at], best.scale[at] = judge(run.average, run.examples, rows)
    batches = _Batches([train[j] for j in rows], [keys[j] for j in rows], training.batch)
    judged = set(evaluation_steps(max(limits)) if judge else []) | set(limits)
    drops_out = not isinstance(net, Mlp | Cnn)
    progress = Progress(what)
    for step in range(1, max(limits) + 1):
        positions = batches.next().to(best.scale.device)
        draws = [torch_seed("dropout", *keys[j]) + step for j in run.rows] if drops_out else None
        loss = run.step(step, positions, draws)
        progress.step(step, max(limits[j] for j in run.rows), functools.partial(_figures, loss, positions))
        if step not in judged:
            continue
        at = torch.tensor(run.rows, device=best.scale.device)
        if judge is None:
            better = torch.tensor([limits[j] == step for j in run.rows], device=at.device)
            scale = run.average.scale
        else:
            found, scale = judge(run.average, run.examples, run.rows)
            better = found < best_loss[at] * (1 - TOLERANCE)
            best_loss[at] = torch.where(better, found, best_loss[at])
        _keep_better(best, run.average, scale, at, better)
        for j, improved in zip(run.rows, better.tolist(), strict=True):
            best_step[j] = step if improved else best_step[j]
        left = [i for i, j in enumerate(run.rows) if not _is_done(step, limits[j], best_step[j], best_loss[j], goal, training)]
        if not left:
            break
        if len(left) < len(run.rows):
            run.keep(left)
            batches.keep(left)
    return _Found(best, best_step)


def _is_done(step: int, limit: int, best_step: int, best_loss: Tensor, goal: float | None, training: Training) -> bool:
    if step >= limit:
        return True
    if goal is not None:
        return bool(best_loss <= goal)
    return bool(best_loss < torch.inf) and step >= max(training.min_steps, training.patience * best_step)


def _figures(loss: Tensor, positions: Tensor) -> dict[str, float]:
    return {"loss_bits": loss.item() / positions.numel() / math.log(2), "models": len(positions)}


def _require_grad(net: nn.Module, state: State) -> dict[str, Tensor]:
    trainable = {name for name, p in net.named_parameters() if p.requires_grad}
    for name in trainable:
        state.tensors[name] = state.tensors[name].detach().clone().requires_grad_()
    return {name: state.tensors[name] for name in trainable & state.tensors.keys()}


def _optimizer(weights: dict[str, Tensor], training: Training, before) -> torch.optim.AdamW:
    """AdamW on stacked weights; where models have left, the others keep their moments."""
    names = sorted(weights)
    stacked = [weights[n] for n in names]
    # The fused kernel rounds the last elements of a tensor otherwise than the rest on a CPU, so that a model's
    # weights would depend on its place in the stack.
    how: dict[str, Any] = {"fused": True} if stacked[0].is_cuda else {"foreach": True}
    optimizer = torch.optim.AdamW(stacked, lr=training.lr, weight_decay=training.weight_decay, **how)
    if before is not None:
        old_optimizer, old, keep = before
        for name in names:
            moments = old_optimizer.state[old[name]]
            optimizer.state[weights[name]] = {k: v[keep] if k.startswith("exp_avg") else v.clone() for k, v in moments.items()}
    return optimizer


@torch.no_grad()
def _average(average: State, current: State, step: int) -> None:
    """Running average over about the last tenth of the steps (polynomial decay, Shamir and Zhang 2013)."""
    weight = min(1.0, 10 / (step + 9))
    for name, value in current.tensors.items():
        if value.is_floating_point():
            average.tensors[name].lerp_(value, weight)
        else:
            average.tensors[name].copy_(value)


def _keep_better(best: State, candidate: State, scale: Tensor, at: Tensor, better: Tensor) -> None:
    rows = at[better]
    for name, value in candidate.tensors.items():
        best.tensors[name][rows] = value[better]
    best.scale[rows] = scale[better]
