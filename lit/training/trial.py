"""A network on trial, before the first job: training steps and a scoring on two examples, taken as
the jobs take them.

What would fail in a job, or would give numbers that mean something else, is refused by name.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lit.data.dataset import Dataset, Form
from lit.errors import InputError
from lit.logs import log
from lit.networks.build import build_theta0
from lit.networks.output_layer import check_output, check_unchanged, head_keys
from lit.networks.pretrained import build_pretrained
from lit.training.options import Descent
from lit.training.scoring import score_at, stack_logits
from lit.training.stack import Stack
from lit.training.state import Examples, State

STEPS = 2  # the first moves the head from zero, the second all that lies behind it
DRAWS = 8  # a network that leaves out layers at random may leave out the same one a few times
TOLERANCE = 1e-4  # share of the largest logit by which rounding may move one
BOTH = torch.arange(2)[None]  # positions of the two examples


def try_network(
    spec: Mapping[str, Any],
    data: Dataset,
    classes: int,
    seed: int,
    where: str = "model",
    *,
    pretrained: bool = False,
    batch: int = 2,
) -> nn.Module:
    """Build a network, take two training steps on two examples, score them, and return it as built.

    Args:
        spec: The model's entry.
        data: Its first examples are taken; their labels are not.
        classes: Width of the output.
        seed: Any seed of the study.
        where: How errors name the model.
        pretrained: Whether training starts from the entry's weights, or from theta0.
        batch: Examples in a minibatch, 1 or 2; some networks cannot be trained on one.

    Raises:
        InputError: a network that cannot be built, trained and scored, and why.
    """
    form = data.form(classes)
    net = (build_pretrained if pretrained else build_theta0)(spec, form, seed, where)
    trial = _Trial(net, data, form, batch, where)
    with trial.watched(), torch.random.fork_rng(devices=[]):
        stack, logits = trial.train()
        trial.check_scores(stack.average, logits)
        # the libraries' networks are known not to do such things, and some are large
        if spec["kind"] == "python":
            trial.check_causal(stack.average)
            trial.check_gradients(stack, logits)
            trial.check_again(logits)
    if spec["kind"] == "python" and not pretrained:
        trial.check_factory(lambda s: build_theta0(spec, form, s, where), seed)
    return net


def _close(a: Tensor, b: Tensor) -> bool:
    return bool((a - b).abs().max() <= TOLERANCE * a.abs().max())


class _Trial:
    """A network and two examples, one of the first class, one of the last."""

    def __init__(self, net: nn.Module, data: Dataset, form: Form, batch: int, where: str):
        self.net, self.form, self.batch, self.where = net, form, batch, where
        x = torch.from_numpy(np.array(data.x[:2]))
        label = torch.tensor([[0, form.classes - 1]])
        if form.labels is not None:
            label = label[..., None].repeat(1, 1, form.labels)
        self.examples = Examples(x, BOTH % len(x), label)
        self.start = State.of([net])

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Meanwhile every call of the network is looked at from outside."""
        handles = [
            self.net.register_forward_pre_hook(self._before),
            self.net.register_forward_hook(self._after),
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _before(self, net: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        self.x, self.buffers = inputs[0].clone(), dict(net.named_buffers())

    def _after(self, net: nn.Module, inputs: tuple[Tensor, ...], output: Any) -> None:
        mode = " in training" if net.training else ""
        check_output(output, len(self.x), self.form, self.where, mode)
        check_unchanged(inputs[0], self.x, self.where)
        for name, buffer in net.named_buffers():
            if self.buffers.get(name) is not buffer:
                raise InputError(
                    f"{self.where}: the network puts a new tensor in the place of its buffer"
                    f" {name}, which is lost where many models are trained at once; change it in"
                    f" place, such as self.{name}.copy_(...)"
                )

    def train(self) -> tuple[Stack, Tensor]:
        """A stack of one model after a few steps, and its logits (1, 2, C) of the examples."""
        try:
            stack = Stack(self.net, self.start, [Descent()], [(0,)])
            for _ in range(STEPS):
                self._step(stack)
            logits = self._scores(stack.average)
        except InputError:
            raise
        except Exception as error:  # the network's own code: whatever it raises, say where
            more = "; write a larger batch" if self.batch == 1 else ""
            raise InputError(
                f"{self.where}: a training step on a minibatch of {self.batch} fails in the"
                f" network: {error}{more}"
            ) from error
        if not logits.isfinite().all():
            raise InputError(
                f"{self.where}: after {STEPS} training steps the network returns NaN or infinity"
            )
        return stack, logits

    def _step(self, stack: Stack) -> None:
        loss = stack.step(self.examples, BOTH[:, : self.batch])
        slopes = zip(stack.layout.shapes, stack.gradients, strict=True)
        numbers = {"the loss": loss} | {f"the gradient of {name}": v for name, v in slopes}
        for name, v in (numbers | stack.current.tensors).items():
            if v.is_floating_point() and not v.isfinite().all():
                raise InputError(
                    f"{self.where}: in training step {stack.steps} {name} is NaN or infinite; mind"
                    " roots and divisors that may be zero, and inputs that are not scaled"
                )
        for name, v in stack.frozen.items():
            if not torch.equal(v, self.start.tensors[name]):
                raise InputError(
                    f"{self.where}: the network changes its frozen parameter {name} itself, which"
                    " jobs would not hand on; make it a buffer: self.register_buffer(...)"
                )

    def _scores(self, state: State, positions: Tensor = BOTH) -> Tensor:
        return score_at(self.net, state, self.examples, positions)

    def check_scores(self, state: State, logits: Tensor) -> None:
        """In evaluation, an example's logits follow from the weights and from the example."""
        said = f"{self.where}: in evaluation mode"
        if not _close(logits, self._scores(state)):
            raise InputError(
                f"{said} the network returns other logits each time: it draws random numbers, or"
                " keeps something from call to call; let that depend on self.training, such as"
                " F.dropout(x, training=self.training)"
            )
        try:
            alone = torch.cat([self._scores(state, one) for one in BOTH.split(1, dim=1)], dim=1)
        except InputError:
            raise
        except Exception as error:
            raise InputError(
                f"{said} the network cannot score one example alone: {error}"
            ) from error
        if not _close(logits, alone):
            raise InputError(
                f"{said} an example's logits depend on the other examples of its batch, so that"
                " bits would depend on what is scored together; take batch statistics in training"
                " alone (track_running_stats=True)"
            )

    def check_causal(self, state: State) -> None:
        """Where labels are the tokens that follow, a label's logits follow from those before it."""
        if not self.form.next_tokens:
            return

        def logits_of(x: Tensor) -> Tensor:
            return score_at(self.net, state, replace(self.examples, x=x), BOTH)

        tokens = self.examples.x.clamp(min=0)
        logits, length = logits_of(tokens), tokens.shape[1]
        for t in sorted({1, length // 2, length - 1} - {0, length}):
            others = tokens.clone()
            others[:, t:] = (others[:, t:] + 1) % self.form.classes
            if not _close(logits[:, :, :t], logits_of(others)[:, :, :t]):
                raise InputError(
                    f"{self.where}: with labels: next the network sees the labels: logits of token"
                    f" {t} and before change with token {t + 1}, counted from 1; let each see the"
                    " tokens up to its own alone: a causal mask for attention, padding on the left"
                    " for convolutions, no LSTM in both directions, no statistics over time"
                )

    def check_again(self, logits: Tensor) -> None:
        """Trained twice alike, a network comes out the same."""
        if not _close(logits, self.train()[1]):
            raise InputError(
                f"{self.where}: trained twice alike, the network comes out different: it keeps"
                " something from call to call that is no buffer, or draws random numbers by other"
                " means than torch; keep state in buffers, and use torch.rand"
            )

    def check_gradients(self, stack: Stack, logits: Tensor) -> None:
        """What gets no gradient must not matter: weight decay would shrink it all the same."""
        x, tensors = self.examples.inputs(BOTH), stack.current.tensors
        idle = list(stack.layout.shapes)
        for draw in range(DRAWS):
            outputs = stack_logits(self.net.train(), stack.current, x, [draw]).sum()
            weights = [tensors[name] for name in idle]
            slopes = torch.autograd.grad(outputs, weights, allow_unused=True)
            idle = [name for name, slope in zip(idle, slopes, strict=True) if slope is None]
            if not idle:
                return
        moved = stack.average.tensors.copy()
        moved |= {name: moved[name] * 1.5 + 0.1 for name in idle}
        if not _close(logits, self._scores(State(moved, stack.average.scale))):
            raise InputError(
                f"{self.where}: the network uses {', '.join(idle[:3])}, but no gradient reaches"
                " them (no_grad or detach in forward), so that weight decay alone would change"
                " them; freeze them with requires_grad_(False)"
            )

    def check_factory(self, build: Callable[[int], nn.Module], seed: int) -> None:
        """A factory builds a network of its own each time, whose numbers follow from torch's
        seed."""
        net, said = self.net, f"{self.where}: factory:"
        again, other = build(seed), build(seed + 1)
        trained = {id(p) for p in net.parameters() if p.requires_grad}
        shared = [name for name, p in other.named_parameters() if id(p) in trained]
        if other is net or again is net or shared:
            what = f"the same {shared[0]}" if shared and other is not net else "the same network"
            raise InputError(
                f"{said} it returns {what} each time, so that all seeds would be one; build a new"
                " network in each call"
            )
        first, second, third = self.start.tensors, State.of([again]).tensors, State.of([other])
        if changed := [name for name, v in first.items() if not torch.equal(v, second[name])]:
            raise InputError(
                f"{said} called twice with torch's seed set alike, it draws other numbers for"
                f" {changed[0]}; draw initial weights by torch alone, not by numpy or random"
            )
        heads = head_keys(net)
        body = [name for name in first if name not in heads and first[name].is_floating_point()]
        if body and all(torch.equal(first[name], third.tensors[name]) for name in body):
            log.info(
                "%s: every seed starts from the same weights: what the factory builds does not"
                " depend on torch's seed",
                self.where,
            )
        generator = torch.Generator().manual_seed(0)
        for name in heads:  # a head of zeros would hide what lies before it
            value = third.tensors[name]
            third.tensors[name] = torch.rand(value.shape, generator=generator).to(value.dtype)
        if not _close(self._scores(third), score_at(other, third, self.examples, BOTH)):
            raise InputError(
                f"{said} networks of two seeds differ in more than their parameters and buffers,"
                " which is lost where seeds are trained together; keep tensors that are drawn at"
                " random with self.register_buffer(name, tensor)"
            )
