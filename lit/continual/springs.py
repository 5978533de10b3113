"""Springs that hold weights where earlier tasks left them: 1/2 sum_i F_i (theta - theta_i)^2.

Under SGD their gradient is added to that of the task, as publications have it. AdamW's steps have
one length however strong the force, so that a stiff spring in its gradient makes weights tremble:
there the springs follow each of its steps as an implicit step of their own, as decoupled weight
decay does.
"""

from dataclasses import dataclass

from lit.continual.lesson import Options
from lit.training.stack import Flat


@dataclass(frozen=True)
class Springs:
    """Springs, and when in a step they pull; see :class:`lit.training.stack.Hooks`.

    Attributes:
        stiffness: sum_i F_i.
        centre: sum_i F_i theta_i, with theta_i the place that spring i pulls to.
        strength: Weight of their energy in the loss.
        options: How the network is trained.
    """

    stiffness: Flat
    centre: Flat
    strength: float
    options: Options

    def before(self, weights: Flat, gradient: Flat) -> None:
        """Under SGD, add the gradient of the springs' energy."""
        if self.options.optimizer == "sgd":
            gradient += self.strength * (self.stiffness * weights - self.centre)

    def after(self, weights: Flat) -> None:
        """Under AdamW, pull the weights back after the step."""
        if self.options.optimizer == "adamw":
            pull_back(weights, self.stiffness, self.centre, self.options.lr * self.strength)


def pull_back(weights: Flat, stiffness: Flat, centre: Flat, rate: float) -> None:
    """An implicit step down the energy of springs, in place.

    It solves theta = weights - rate sum_i F_i (theta - theta_i), and is stable whatever the rate.

    Args:
        weights: Flat weights theta.
        stiffness, centre: See :class:`Springs`.
        rate: Learning rate times strength.
    """
    weights.copy_((weights + rate * centre) / (1 + rate * stiffness))
