"""The optimisers: one step of flat weights (J, P) of many models down their gradients."""

from collections.abc import Callable, Mapping

from jaxtyping import Float
from torch import Tensor
from torch.optim.adamw import adamw as torch_adamw

Flat = Float[Tensor, "J P"]
Step = Callable[[Tensor, Tensor, Mapping[str, Tensor], Tensor, float, float, float], None]

BETAS, EPSILON = (0.9, 0.999), 1e-8  # of Adam, as torch has them
# What each optimiser gathers on its way, beside the number of its steps.
MOMENTS = {"adamw": ("exp_avg", "exp_avg_sq"), "sgd": ("momentum_buffer",)}


def adamw(
    weights: Flat,
    gradient: Flat,
    moments: Mapping[str, Flat],
    taken: Float[Tensor, ""],
    lr: float,
    weight_decay: float,
    momentum: float,
) -> None:
    """AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101), in place; ``taken`` counts its steps.

    It has moments of its own, and no use for ``momentum``.
    """
    # The function, not the class, whose making imports the compiler: a second of each job.
    torch_adamw(
        [weights],
        [gradient],
        exp_avgs=[moments["exp_avg"]],
        exp_avg_sqs=[moments["exp_avg_sq"]],
        max_exp_avg_sqs=[],
        state_steps=[taken],
        fused=True,
        amsgrad=False,
        beta1=BETAS[0],
        beta2=BETAS[1],
        lr=lr,
        weight_decay=weight_decay,
        eps=EPSILON,
        maximize=False,
    )


def sgd(
    weights: Flat,
    gradient: Flat,
    moments: Mapping[str, Flat],
    taken: Float[Tensor, ""],
    lr: float,
    weight_decay: float,
    momentum: float,
) -> None:
    """Stochastic gradient descent, b <- momentum b + gradient, weights <- weights - lr b, in place.

    Weight decay is decoupled, as in SGDW of the same paper; without momentum that is the usual one.
    """
    buffer = moments["momentum_buffer"]
    buffer.mul_(momentum).add_(gradient)
    weights.mul_(1 - lr * weight_decay).sub_(buffer, alpha=lr)


STEPS: dict[str, Step] = {"adamw": adamw, "sgd": sgd}
