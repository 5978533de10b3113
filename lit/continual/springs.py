"""Springs that hold weights where earlier tasks left them.

AdamW's steps have one length however strong the force, so that a stiff spring in its gradient makes
weights tremble. Here the springs follow each of its steps as an implicit step of their own, as
decoupled weight decay does.
"""

from lit.training.adamw import Flat


def pull_back(weights: Flat, stiffness: Flat, centre: Flat, rate: float) -> None:
    """An implicit step down the energy 1/2 sum_i F_i (theta - theta_i)^2 of springs, in place.

    It solves theta = weights - rate sum_i F_i (theta - theta_i), and is stable whatever the rate.

    Args:
        weights: Flat weights theta.
        stiffness: sum_i F_i.
        centre: sum_i F_i theta_i, with theta_i the place that spring i pulls to.
        rate: Learning rate times strength.
    """
    weights.copy_((weights + rate * centre) / (1 + rate * stiffness))
