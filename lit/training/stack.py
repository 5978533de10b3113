"""J models in training as one stack: every optimiser step of the library is taken here.

The trainable weights of a model lie side by side in one row of a flat tensor (J, P), so that AdamW and the
averaging of weights are one operation each, whatever the number of layers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lit.errors import InputError, nearest
from lit.networks.small import Cnn, Mlp
from lit.rng import generator, torch_seed
from lit.training.state import Examples, State, move, stack_logits

# The fused kernel rounds the last elements of a tensor, or of a thread's share of it, otherwise than the rest:
# rows of whole multiples keep a model's weights independent of its place in the stack.
ALIGN = 256
MOMENTS = ("exp_avg", "exp_avg_sq")
BY_MODEL = ("lr", "weight_decay", "anchor")  # what may differ between the models of one stack


@dataclass(frozen=True)
class Descent:
    """How one model is trained on minibatches. All of it is fixed before the stream is seen.

    Attributes:
        lr: AdamW's learning rate.
        weight_decay: AdamW's decoupled weight decay.
        anchor: Pull towards the start state, decoupled like weight decay (L2-SP, arXiv:1802.01483).
        batch: Examples in a minibatch.
        smoothing: Label smoothing.
        shift: Training images are moved by up to this many pixels each way.
        mirror: Training images are mirrored half the time.
    """

    lr: float = 2e-3
    weight_decay: float = 0.01
    anchor: float = 0.0
    batch: int = 32
    smoothing: float = 0.0
    shift: int = 0
    mirror: bool = False


Options = TypeVar("Options", bound=Descent)


@dataclass(frozen=True)
class Hooks:
    """What a way of training adds to the steps of a stack; by default nothing.

    Attributes:
        outputs: Logits (J, B, C) as the loss takes them, from positions (J, B) and the network's own logits.
        loss: () nats, summed over the models, that are added to their mean losses, from inputs (J, B, ...), positions and the
            network's own logits.
        gradient: Changes the gradient in place, from flat weights and gradient (J, P).
        after: Sees the flat weights (J, P) after the step.
    """

    outputs: Callable[[Tensor, Tensor], Tensor] | None = None
    loss: Callable[[Tensor, Tensor, Tensor], Tensor] | None = None
    gradient: Callable[[Tensor, Tensor], None] | None = None
    after: Callable[[Tensor], None] | None = None


NOTHING = Hooks()


def read_options(kind: type[Options], options: Mapping[str, Any]) -> Options:
    """Options with some defaults replaced by a config's entry.

    Raises:
        InputError: an option that does not exist, with the nearest one.
    """
    names = [f.name for f in fields(kind)]
    for key in options:
        if key not in names:
            raise InputError(f"training: unknown option {key!r}; {nearest(key, names)}")
    return kind(**options)


class Stack:
    """Models in training, with AdamW's moments and a running average of their weights.

    Attributes:
        average: The averaged weights, as states that can be scored; ``average.scale`` is the caller's.
        steps: Steps taken.
    """

    def __init__(
        self,
        net: nn.Module,
        start: State,
        descents: Sequence[Descent],
        keys: Sequence[tuple[int, ...]],
        averaging: float = 10.0,
    ):
        """Begin at start states.

        Args:
            net: The architecture.
            start: J start states.
            descents: J options; they differ in learning rate, weight decay and anchor at most.
            keys: Integers that name each model's random draws.
            averaging: Averages reach over about the last ``1 / averaging`` of the steps.
        """
        self.net, self.averaging, self.steps, self.earlier = net, averaging, 0, 0
        trainable = {name for name, p in net.named_parameters() if p.requires_grad}
        self.shapes = {
            name: v.shape[1:] for name, v in sorted(start.tensors.items()) if name in trainable
        }
        rest = {name: v.clone() for name, v in start.tensors.items() if name not in trainable}
        weights = self.flatten(start.tensors)
        flat = {"weights": weights.clone(), "averaged": weights.clone()}
        flat |= {name: torch.zeros_like(weights) for name in MOMENTS}
        rest |= {f"averaged.{name}": v.clone() for name, v in rest.items()}
        self._take(flat, weights, rest, start.scale.clone(), list(descents), list(keys))

    def flatten(self, tensors: Mapping[str, Tensor]) -> Tensor:
        """(J, P) trainable weights side by side, or what is theirs, such as their gradient; the last columns are padding."""
        rows = [tensors[name].detach().flatten(1) for name in self.shapes]
        width = sum(row.shape[1] for row in rows)
        return torch.cat([*rows, rows[0].new_zeros(len(rows[0]), -width % ALIGN)], dim=1)

    def _views(self, flat: Tensor) -> dict[str, Tensor]:
        views, at = {}, 0
        for name, shape in self.shapes.items():
            views[name] = flat[:, at : at + shape.numel()].view(len(flat), *shape)
            at += shape.numel()
        return views

    def _take(
        self,
        flat,
        start: Tensor,
        rest,
        scale: Tensor,
        descents: list[Descent],
        keys: list[tuple[int, ...]],
    ) -> None:
        """Make these rows the models in training."""
        self.flat, self.start, self.rest, self.descents, self.keys = (
            flat,
            start,
            rest,
            descents,
            keys,
        )
        averaged = {
            name.removeprefix("averaged."): v
            for name, v in rest.items()
            if name.startswith("averaged.")
        }
        self.average = State(self._views(flat["averaged"]) | averaged, scale)
        self.weights = nn.Parameter(flat["weights"])
        self.weights.grad = self.slopes = torch.zeros_like(flat["weights"])
        views = {
            name: view.requires_grad_() for name, view in self._views(self.weights.detach()).items()
        }
        self.gradients = list(self._views(self.slopes).values())
        self.current = State(views | {name: rest[name] for name in averaged}, scale)
        lr, decay, anchor = (
            torch.tensor([getattr(d, n) for d in descents])[:, None] for n in BY_MODEL
        )
        self.top = max(d.lr for d in descents)
        same_decay, device = bool((decay == decay[0]).all()), start.device
        self.share = (
            None if bool((lr == lr[0]).all()) else (lr / self.top).expand_as(start).to(device)
        )
        self.decay = None if same_decay else decay.to(device)
        self.pull = anchor.to(device) if anchor.any() else None
        self.optimizer = torch.optim.AdamW(
            [self.weights],
            lr=self.top,
            weight_decay=decay[0].item() if same_decay else 0.0,
            fused=True,
        )
        count = torch.tensor(float(self.earlier + self.steps), device=device)
        self.optimizer.state[self.weights] = {name: flat[name] for name in MOMENTS} | {
            "step": count
        }

    def step(
        self, examples: Examples, positions: Tensor, pace: float = 1.0, hooks: Hooks = NOTHING
    ) -> Tensor:
        """One step of every model on its minibatch.

        Args:
            examples: Examples of the J models.
            positions: (J, B) minibatches.
            pace: Share of the learning rates at which this step is taken.
            hooks: What is added to it.

        Returns:
            () summed loss in nats.
        """
        loss, gradients = self._slope(examples, positions, hooks)
        torch._foreach_copy_(self.gradients, gradients)
        if hooks.gradient is not None:
            hooks.gradient(self.weights.detach(), self.slopes)
        self._descend(self.top * pace)
        if hooks.after is not None:
            hooks.after(self.weights.detach())
        return loss

    def slope(self, examples: Examples, positions: Tensor, hooks: Hooks = NOTHING) -> Tensor:
        """(J, P) flat gradient of the models' losses on minibatches, at the weights of now; nothing is changed."""
        return self.flatten(
            dict(zip(self.shapes, self._slope(examples, positions, hooks)[1], strict=True))
        )

    def _slope(
        self, examples: Examples, positions: Tensor, hooks: Hooks
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """() summed loss in nats, and the gradient of each model's mean loss, tensor by tensor."""
        x, labels = self._augmented(examples.inputs(positions)), examples.labels(positions)
        if isinstance(self.net, Mlp | Cnn):  # alike in training and evaluation
            logits = stack_logits(self.net, self.current, x)
        else:
            self.net.train()
            draws = [torch_seed("dropout", *key) + self.steps for key in self.keys]
            logits = stack_logits(self.net, self.current, x, draws)
            self.net.eval()
        taken = logits if hooks.outputs is None else hooks.outputs(positions, logits)
        smoothing = self.descents[0].smoothing
        loss = F.cross_entropy(
            taken.flatten(0, 1), labels.flatten(), reduction="sum", label_smoothing=smoothing
        )
        mean, trained = (
            loss / positions.shape[1],
            [self.current.tensors[name] for name in self.shapes],
        )
        mean = mean if hooks.loss is None else mean + hooks.loss(x, positions, logits)
        return loss.detach(), torch.autograd.grad(
            mean, trained, allow_unused=True, materialize_grads=True
        )

    def _augmented(self, x: Tensor) -> Tensor:
        shift, mirror = self.descents[0].shift, self.descents[0].mirror
        if not shift and not mirror:
            return x
        ends = np.array([[2 * shift + 1], [2 * shift + 1], [2 if mirror else 1]])
        drawn = [
            generator("augment", *key, self.steps).integers(0, ends, (3, x.shape[1]))
            for key in self.keys
        ]
        return move(x, shift, *torch.from_numpy(np.stack(drawn, axis=1)).to(x.device))

    @torch.no_grad()
    def _descend(self, lr: float) -> None:
        before = self.weights.detach().clone() if self.share is not None else None
        if self.decay is not None:
            self.weights.mul_(1 - lr * self.decay)
        if self.pull is not None:
            self.weights.lerp_(self.start, (lr * self.pull).expand_as(self.weights))
        self.optimizer.param_groups[0]["lr"] = lr
        self.optimizer.step()
        if before is not None and self.share is not None:
            self.weights.copy_(torch.lerp(before, self.weights, self.share))
        self.steps += 1
        weight = min(
            1.0, self.averaging / (self.steps + self.averaging - 1)
        )  # polynomial decay, Shamir and Zhang 2013
        self.flat["averaged"].lerp_(self.weights.detach(), weight)
        for name, value in self.current.tensors.items():
            if name not in self.shapes:
                average = self.rest[f"averaged.{name}"]
                average.lerp_(value, weight) if value.is_floating_point() else average.copy_(value)

    def moments(self) -> dict[str, Tensor]:
        """What AdamW has gathered: running means (J, P) of the gradient and its square, and over how many ``steps`` (J,)."""
        steps = torch.full((len(self.keys),), self.earlier + self.steps, device=self.start.device)
        return {name: self.flat[name].clone() for name in MOMENTS} | {"steps": steps}

    def resume(self, moments: Mapping[str, Tensor]) -> None:
        """Let AdamW go on with the :meth:`moments` of an earlier stack of the same models, before the first step."""
        self.earlier = int(moments["steps"][0])
        flat = self.flat | {name: moments[name].clone() for name in MOMENTS}
        self._take(flat, self.start, self.rest, self.average.scale, self.descents, self.keys)

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these of the models only."""
        at = torch.tensor(rows, device=self.start.device)
        flat = {name: value.detach()[at] for name, value in self.flat.items()}
        rest = {name: value[at] for name, value in self.rest.items()}
        descents, keys = [self.descents[i] for i in rows], [self.keys[i] for i in rows]
        self._take(flat, self.start[at], rest, self.average.scale[at], descents, keys)

    def arrays(self) -> dict[str, np.ndarray]:
        """All that is needed to go on later, for the store."""
        tensors = {f"flat/{k}": v for k, v in self.flat.items()} | {
            f"rest/{k}": v for k, v in self.rest.items()
        }
        tensors["scale"] = self.average.scale
        return {name: v.detach().cpu().numpy() for name, v in tensors.items()} | {
            "steps": np.array(self.steps)
        }

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go on where :meth:`arrays` was taken."""
        self.steps, device = int(arrays["steps"]), self.start.device
        parts = {
            part: {
                k.removeprefix(f"{part}/"): torch.from_numpy(v).to(device)
                for k, v in arrays.items()
                if k.startswith(f"{part}/")
            }
            for part in ("flat", "rest")
        }
        scale = torch.from_numpy(arrays["scale"]).to(device)
        self._take(parts["flat"], self.start, parts["rest"], scale, self.descents, self.keys)
