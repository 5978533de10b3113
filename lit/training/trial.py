"""A network on trial, before the first job: training steps and a scoring on two examples, taken as
the jobs take them.

What passes here is trained and scored by the jobs in the same way. What would fail there, or would
give numbers that mean something else, is refused by name.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lit.data.dataset import Dataset
from lit.errors import InputError
from lit.logs import log
from lit.networks.build import build_theta0
from lit.networks.output_layer import check_output, check_unchanged, head_keys
from lit.networks.pretrained import build_pretrained
from lit.training.adamw import Stack
from lit.training.options import Descent
from lit.training.scoring import score_at, stack_logits
from lit.training.state import Examples, State

STEPS = 2  # the first moves the head from zero, the second all that lies behind it
DRAWS = 8  # a network that leaves out layers at random may leave out the same one a few times
TOLERANCE = 1e-4  # share of the largest logit by which rounding may move one


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
    """Build a network, take two training steps on two examples, and score them.

    Args:
        spec: The model's entry.
        data: Its first examples are taken; their labels are not.
        classes: Width of the output.
        seed: Any seed of the study.
        where: How errors name the model.
        pretrained: Whether training starts from the entry's weights, or from theta0.
        batch: Examples in a minibatch, 1 or 2; some networks cannot be trained on one.

    Returns:
        The network, as it was built.

    Raises:
        InputError: a network that cannot be built, trained and scored; the message says what it
            does.
    """
    shape = data.x.shape[1:]
    net = (build_pretrained if pretrained else build_theta0)(spec, shape, classes, seed, where)
    examples, start = _examples(data, classes), State.of([net])
    with _Watch(net, classes, where), torch.random.fork_rng(devices=[]):
        stack, logits = _train(net, start, examples, batch, where)
        _check_scores(net, stack.average, examples, logits, where)
        if (
            spec["kind"] == "python"
        ):  # the libraries' networks are known not to do such things, and some are large
            _check_gradients(net, stack, examples, logits, where)
            _check_again(logits, _train(net, start, examples, batch, where)[1], where)
    if spec["kind"] == "python" and not pretrained:
        _check_factory(
            net, lambda s: build_theta0(spec, shape, classes, s, where), seed, examples, where
        )
    return net


def _examples(data: Dataset, classes: int) -> Examples:
    """Two examples, one of the first class, one of the last."""
    x = torch.from_numpy(np.array(data.x[:2]))
    rows = torch.arange(2)[None] % len(x)
    return Examples(x, rows, torch.tensor([[0, classes - 1]]))


class _Watch:
    """While it is open, every call of the network is looked at from outside."""

    def __init__(self, net: nn.Module, classes: int, where: str):
        self.net, self.classes, self.where = net, classes, where

    def __enter__(self) -> None:
        self.handles = [
            self.net.register_forward_pre_hook(self._before),
            self.net.register_forward_hook(self._after),
        ]

    def __exit__(self, *error: object) -> None:
        for handle in self.handles:
            handle.remove()

    def _before(self, net: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        self.x, self.buffers = inputs[0].clone(), dict(net.named_buffers())

    def _after(self, net: nn.Module, inputs: tuple[Tensor, ...], output: Any) -> None:
        check_output(
            output, len(self.x), self.classes, self.where, " in training" if net.training else ""
        )
        check_unchanged(inputs[0], self.x, self.where)
        if new := [
            name for name, buffer in net.named_buffers() if self.buffers.get(name) is not buffer
        ]:
            raise InputError(
                f"{self.where}: the network puts a new tensor in the place of its buffer {new[0]},"
                " which is lost where many"
                f" models are trained at once; change it in place, such as self.{new[0]}.copy_(...)"
            )


def _train(
    net: nn.Module, start: State, examples: Examples, batch: int, where: str
) -> tuple[Stack, Tensor]:
    """A stack of one model after a few steps, and its logits (1, 2, C) of the examples."""
    try:
        stack = Stack(net, start, [Descent()], [(0,)])
        for _ in range(STEPS):
            loss = stack.step(examples, torch.arange(batch)[None])
            slopes = {
                f"the gradient of {k}": v
                for k, v in zip(stack.layout.shapes, stack.gradients, strict=True)
            }
            numbers = {"the loss": loss} | slopes | stack.current.tensors
            broken = [
                k for k, v in numbers.items() if v.is_floating_point() and not v.isfinite().all()
            ]
            if broken:
                raise InputError(
                    f"{where}: in training step {stack.steps} {broken[0]} is NaN or infinite; mind"
                    " roots and divisors that may"
                    " be zero, and inputs that are not scaled"
                )
        logits = score_at(net, stack.average, examples, torch.arange(2)[None])
    except InputError:
        raise
    except Exception as error:  # the network's own code: whatever it raises, say where
        more = "; write a larger batch" if batch == 1 else ""
        raise InputError(
            f"{where}: a training step on a minibatch of {batch} fails in the network:"
            f" {error}{more}"
        ) from error
    if not logits.isfinite().all():
        raise InputError(
            f"{where}: after {STEPS} training steps the network returns NaN or infinity"
        )
    return stack, logits


def _close(a: Tensor, b: Tensor) -> bool:
    return bool((a - b).abs().max() <= TOLERANCE * a.abs().max())


def _check_scores(
    net: nn.Module, state: State, examples: Examples, logits: Tensor, where: str
) -> None:
    """In evaluation, an example's logits follow from the weights and from the example."""
    both = torch.arange(2)[None]
    if not _close(logits, score_at(net, state, examples, both)):
        raise InputError(
            f"{where}: in evaluation mode the network returns other logits each time: it draws"
            " random numbers, or keeps"
            " something from call to call; let that depend on self.training, such as F.dropout(x,"
            " training=self.training)"
        )
    try:
        alone = torch.cat(
            [score_at(net, state, examples, one) for one in both.split(1, dim=1)], dim=1
        )
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"{where}: in evaluation mode the network cannot score one example alone: {error}"
        ) from error
    if not _close(logits, alone):
        raise InputError(
            f"{where}: in evaluation mode an example's logits depend on the other examples of its"
            " batch, so that the bits"
            " would depend on what is scored together; take batch statistics in training alone"
            " (track_running_stats=True)"
        )


def _check_again(logits: Tensor, again: Tensor, where: str) -> None:
    """Trained twice alike, a network comes out the same."""
    if not _close(logits, again):
        raise InputError(
            f"{where}: trained twice alike, the network comes out different: it keeps something"
            " from call to call that is"
            " no buffer, or draws random numbers by other means than torch; keep state in buffers,"
            " and use torch.rand"
        )


def _check_gradients(
    net: nn.Module, stack: Stack, examples: Examples, logits: Tensor, where: str
) -> None:
    """What gets no gradient must not matter: weight decay would shrink it all the same."""
    both = torch.arange(2)[None]
    idle = list(stack.layout.shapes)
    for draw in range(DRAWS):
        outputs = stack_logits(net.train(), stack.current, examples.inputs(both), [draw])
        slopes = torch.autograd.grad(
            outputs.sum(), [stack.current.tensors[name] for name in idle], allow_unused=True
        )
        idle = [name for name, slope in zip(idle, slopes, strict=True) if slope is None]
        if not idle:
            return
    net.eval()
    moved = {
        name: v * 1.5 + 0.1 if name in idle else v for name, v in stack.average.tensors.items()
    }
    if not _close(logits, score_at(net, State(moved, stack.average.scale), examples, both)):
        raise InputError(
            f"{where}: the network uses {', '.join(idle[:3])}, but no gradient reaches them"
            " (no_grad or detach in forward), so"
            " that weight decay alone would change them; freeze them with requires_grad_(False)"
        )


def _check_factory(
    net: nn.Module, build: Callable[[int], nn.Module], seed: int, examples: Examples, where: str
) -> None:
    """A factory builds a network of its own each time, whose numbers follow from torch's seed."""
    before = State.of([net])
    again, other = build(seed), build(seed + 1)
    trained = {id(p) for p in net.parameters() if p.requires_grad}
    shared = [name for name, p in other.named_parameters() if id(p) in trained]
    if other is net or again is net or shared:
        what = f"the same {shared[0]}" if shared and other is not net else "the same network"
        raise InputError(
            f"{where}: factory: it returns {what} each time, so that all seeds would be one; build"
            " a new network in each call"
        )
    first, second, third = before.tensors, State.of([again]).tensors, State.of([other])
    if changed := [name for name, v in first.items() if not torch.equal(v, second[name])]:
        raise InputError(
            f"{where}: factory: called twice with torch's seed set alike, it draws other numbers"
            f" for {changed[0]}; draw"
            " initial weights by torch alone, not by numpy or random, so that they follow from the"
            " seed"
        )
    body = [
        name for name in first if name not in head_keys(net) and first[name].is_floating_point()
    ]
    if body and all(torch.equal(first[name], third.tensors[name]) for name in body):
        log.info(
            "%s: every seed starts from the same weights: what the factory builds does not depend"
            " on torch's seed",
            where,
        )
    generator = torch.Generator().manual_seed(0)
    for name in head_keys(net):  # a head of zeros would hide what lies before it
        value = third.tensors[name]
        third.tensors[name] = torch.rand(value.shape, generator=generator).to(value.dtype)
    both = torch.arange(2)[None]
    if not _close(score_at(net, third, examples, both), score_at(other, third, examples, both)):
        raise InputError(
            f"{where}: factory: networks of two seeds differ in more than their parameters and"
            " buffers, which is lost where"
            " seeds are trained together; keep tensors that are drawn at random with"
            " self.register_buffer(name, tensor)"
        )
