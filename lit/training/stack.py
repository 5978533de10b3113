"""J models in training as one stack: every step of an optimiser is taken here.

The trainable weights of a model lie side by side in one row of a flat tensor (J, P), so that a step
and the averaging of weights are one operation each, whatever the number of layers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int64, Shaped
from torch import Tensor, nn
from torch.nn import functional as F

from lit.files.result_files import Arrays
from lit.networks.small import Cnn, Mlp
from lit.rng import torch_seed
from lit.training.augmentation import augment
from lit.training.optimizers import MOMENTS, STEPS, Flat
from lit.training.options import Descent
from lit.training.scoring import by_label, stack_logits
from lit.training.state import Examples, State, as_arrays, as_tensors, prefixed, under

# The fused kernel rounds the last elements of a tensor, or of a thread's share of it, otherwise
# than the rest: rows of whole multiples keep a model's weights independent of its place in the
# stack.
ALIGN = 256
AVERAGED = "averaged."  # begins the names of averaged buffers

Positions = Int64[Tensor, "J B"]
Logits = Float[Tensor, "J B ..."]
Scalar = Float[Tensor, ""]


@dataclass(frozen=True)
class Hooks:
    """What a way of training adds to the steps of a stack.

    Attributes:
        outputs: Logits as the loss takes them, from positions and the network's own logits.
        loss: Nats, summed over the models, that are added to their mean losses, from inputs
            (J, B, ...), positions and the network's own logits.
        gradient: Changes the gradient in place, from flat weights and gradient.
        after: Sees the flat weights after the step.
    """

    outputs: Callable[[Positions, Logits], Logits] | None = None
    loss: Callable[[Tensor, Positions, Logits], Scalar] | None = None
    gradient: Callable[[Flat, Flat], None] | None = None
    after: Callable[[Flat], None] | None = None


NOTHING = Hooks()


class Layout:
    """Where each trainable tensor of a model lies in its flat row, and which weights are frozen."""

    def __init__(self, net: nn.Module, state: State):
        trainable = {name: p.requires_grad for name, p in net.named_parameters()}
        self.shapes = {
            name: v.shape[1:] for name, v in sorted(state.tensors.items()) if trainable.get(name)
        }
        self.frozen = [name for name in state.tensors if trainable.get(name) is False]

    def flatten(self, tensors: Mapping[str, Shaped[Tensor, "J ..."]]) -> Flat:
        """Weights by name, or their gradients, side by side; the last columns are padding."""
        rows = [tensors[name].detach().flatten(1) for name in self.shapes]
        width = sum(row.shape[1] for row in rows)
        return torch.cat([*rows, rows[0].new_zeros(len(rows[0]), -width % ALIGN)], dim=1)

    def views(self, flat: Flat) -> dict[str, Float[Tensor, "J ..."]]:
        """The tensors by name, as parts of the flat one."""
        views = {}
        at = 0
        for name, shape in self.shapes.items():
            views[name] = flat[:, at : at + shape.numel()].view(len(flat), *shape)
            at += shape.numel()
        return views


class Stack:
    """Models in training, with the optimiser's moments and a running average of their weights.

    Attributes:
        average: The averaged weights, as states that can be scored; its ``scale`` is the caller's,
            and so are the statistics of batch norm, see :mod:`lit.training.batch_norm`.
        layout: Places of the trainable tensors.
        steps: Steps taken.
    """

    def __init__(
        self,
        net: nn.Module,
        start: State,
        descents: Sequence[Descent],
        keys: Sequence[tuple[int, ...]],
        averaging: float = 10.0,
        taken: int = 0,
    ):
        """Begin at J start states.

        Args:
            descents: J options; they differ in learning rate, weight decay and anchor at most.
            keys: Integers that name each model's random draws.
            averaging: Averages reach over about the last ``1 / averaging`` of the steps.
            taken: Steps that made the start states, which averages reach back to; the optimiser
                begins anew.
        """
        self.net = net
        self.averaging = averaging
        self.steps = taken
        self.earlier = -taken  # the optimiser's steps before this stack, less those of others
        self.layout = Layout(net, start)
        self.start = self.layout.flatten(start.tensors)
        self.flat = {name: self.start.clone() for name in ("weights", "averaged")}
        self.kept = MOMENTS[descents[0].optimizer]
        self.flat |= {name: torch.zeros_like(self.start) for name in self.kept}
        rest = {k: v.clone() for k, v in start.tensors.items() if k not in self.layout.shapes}
        self.frozen = {name: rest.pop(name) for name in self.layout.frozen}
        self.rest = rest | prefixed(AVERAGED, {name: v.clone() for name, v in rest.items()})
        self.descents = list(descents)
        self.keys = list(keys)
        self._take(start.scale.clone())

    def _take(self, scale: Tensor) -> None:
        """Make the present rows the models in training."""
        averaged = under(AVERAGED, self.rest)
        views = self.layout.views(self.flat["averaged"])
        self.average = State(views | averaged | self.frozen, scale)
        self.weights = nn.Parameter(self.flat["weights"])
        self.weights.grad = self.slopes = torch.zeros_like(self.weights)
        views = self.layout.views(self.weights.detach())
        trained = {name: view.requires_grad_() for name, view in views.items()}
        self.gradients = list(self.layout.views(self.slopes).values())
        rest = {name: self.rest[name] for name in averaged}
        self.current = State(trained | rest | self.frozen, scale)
        self._prepare_steps()

    def _prepare_steps(self) -> None:
        """Rates for all rows; what differs between them is applied around the optimiser's step."""
        options = [(d.lr, d.weight_decay, d.anchor) for d in self.descents]
        lr, decay, anchor = torch.tensor(options).T[..., None]  # (J, 1) each
        device = self.start.device
        self.top = max(d.lr for d in self.descents)
        same_decay = bool((decay == decay[0]).all())
        same_lr = bool((lr == lr[0]).all())
        self.share = None if same_lr else (lr / self.top).expand_as(self.start).to(device)
        self.decay = None if same_decay else decay.to(device)
        self.pull = anchor.to(device) if anchor.any() else None
        self.common_decay = decay[0].item() if same_decay else 0.0
        self.taken = torch.tensor(float(self.earlier + self.steps), device=device)

    def step(
        self, examples: Examples, positions: Positions, pace: float = 1.0, hooks: Hooks = NOTHING
    ) -> Scalar:
        """One step of every model on its minibatch, at a share ``pace`` of its learning rate.

        Returns:
            Loss in nats, summed over models and examples.
        """
        loss, gradients = self._slope(examples, positions, hooks)
        torch._foreach_copy_(self.gradients, gradients)
        if hooks.gradient is not None:
            hooks.gradient(self.weights.detach(), self.slopes)
        self._descend(self.top * pace)
        if hooks.after is not None:
            hooks.after(self.weights.detach())
        return loss

    def slope(self, examples: Examples, positions: Positions, hooks: Hooks = NOTHING) -> Flat:
        """Gradient of the models' losses at their present weights, which stay as they are."""
        gradients = self._slope(examples, positions, hooks)[1]
        return self.layout.flatten(dict(zip(self.layout.shapes, gradients, strict=True)))

    def _slope(
        self, examples: Examples, positions: Positions, hooks: Hooks
    ) -> tuple[Scalar, tuple[Tensor, ...]]:
        """Summed loss in nats, and the gradient of each model's mean loss, tensor by tensor."""
        options = self.descents[0]
        labels = examples.labels(positions)
        x = augment(
            examples.inputs(positions), options.shift, options.mirror, self.keys, self.steps
        )
        logits = by_label(self.logits(x), examples)
        taken = logits if hooks.outputs is None else hooks.outputs(positions, logits)
        loss = F.cross_entropy(
            taken.flatten(0, -2),
            labels.flatten(),
            ignore_index=-1,  # where there is no label
            reduction="sum",
            label_smoothing=options.smoothing,
        )
        mean = loss / labels[0].numel()
        if hooks.loss is not None:
            mean = mean + hooks.loss(x, positions, logits)
        trained = [self.current.tensors[name] for name in self.layout.shapes]
        gradients = torch.autograd.grad(mean, trained, allow_unused=True, materialize_grads=True)
        return loss.detach(), gradients

    def logits(self, x: Shaped[Tensor, "J B ..."]) -> Logits:
        """Of the models in training mode; what a network draws itself follows from keys and step.

        A gradient goes through them, so that a hook may put them into the loss.
        """
        if isinstance(self.net, Mlp | Cnn):  # alike in training and evaluation
            return stack_logits(self.net, self.current, x)
        self.net.train()
        draws = [torch_seed("dropout", *key) + self.steps for key in self.keys]
        logits = stack_logits(self.net, self.current, x, draws)
        self.net.eval()
        return logits

    @torch.no_grad()
    def _descend(self, lr: float) -> None:
        """One step of the optimiser down the gradient, and of the average after it."""
        before = None if self.share is None else self.weights.detach().clone()
        if self.decay is not None:
            self.weights.mul_(1 - lr * self.decay)
        if self.pull is not None:
            self.weights.lerp_(self.start, (lr * self.pull).expand_as(self.weights))
        how = self.descents[0]
        STEPS[how.optimizer](
            self.weights, self.slopes, self.flat, self.taken, lr, self.common_decay, how.momentum
        )
        if before is not None and self.share is not None:
            self.weights.copy_(torch.lerp(before, self.weights, self.share))
        self.steps += 1
        # polynomial decay, Shamir and Zhang 2013
        weight = min(1.0, self.averaging / (self.steps + self.averaging - 1))
        self.flat["averaged"].lerp_(self.weights.detach(), weight)
        for name, average in under(AVERAGED, self.rest).items():
            value = self.current.tensors[name]
            average.lerp_(value, weight) if value.is_floating_point() else average.copy_(value)

    def moments(self) -> dict[str, Shaped[Tensor, "J ..."]]:
        """What the optimiser has gathered (J, P) over how many ``steps`` (J,)."""
        steps = torch.full((len(self.keys),), self.earlier + self.steps, device=self.start.device)
        return {name: self.flat[name].clone() for name in self.kept} | {"steps": steps}

    def resume(self, moments: Mapping[str, Shaped[Tensor, "J ..."]]) -> None:
        """Go on with :meth:`moments` of an earlier stack, before the first step."""
        self.earlier = int(moments["steps"][0])
        self.flat |= {name: moments[name].clone() for name in self.kept}
        self._take(self.average.scale)

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these of the models only."""
        at = torch.tensor(rows, device=self.start.device)
        self.start = self.start[at]
        self.flat = {name: value[at] for name, value in self.flat.items()}
        self.rest = {name: value[at] for name, value in self.rest.items()}
        self.frozen = {name: value[at] for name, value in self.frozen.items()}
        self.descents = [self.descents[i] for i in rows]
        self.keys = [self.keys[i] for i in rows]
        self._take(self.average.scale[at])

    def arrays(self) -> dict[str, np.ndarray]:
        """All that is needed to go on later, for the store; frozen weights are the start's."""
        tensors = prefixed("flat/", self.flat) | prefixed("rest/", self.rest)
        steps = {"steps": np.array(self.steps)}
        return as_arrays(tensors | {"scale": self.average.scale}) | steps

    def restore(self, arrays: Arrays) -> None:
        """Go on where :meth:`arrays` was taken."""
        self.steps = int(arrays["steps"])
        parts = (under(part, arrays) for part in ("flat/", "rest/"))
        self.flat, self.rest = (as_tensors(part, self.start.device) for part in parts)
        self._take(torch.from_numpy(arrays["scale"]).to(self.start.device))
