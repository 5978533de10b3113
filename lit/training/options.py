"""Options of training, and how they are read from a config's entry. No torch."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from lit.errors import check_known

Options = TypeVar("Options")


@dataclass(frozen=True)
class Descent:
    """How one model is trained on minibatches. All of it is fixed before the stream is seen.

    Attributes:
        optimizer: ``adamw``, or ``sgd``, which needs far larger learning rates.
        momentum: Of ``sgd``.
        lr: Learning rate.
        weight_decay: Decoupled weight decay.
        anchor: Pull towards the start state, decoupled like weight decay (L2-SP,
            arXiv:1802.01483).
        batch: Examples in a minibatch.
        smoothing: Label smoothing.
        shift: Training images are moved by up to this many pixels each way.
        mirror: Training images are mirrored half the time.
    """

    optimizer: str = "adamw"
    momentum: float = 0.0
    lr: float = 2e-3
    weight_decay: float = 0.01
    anchor: float = 0.0
    batch: int = 32
    smoothing: float = 0.0
    shift: int = 0
    mirror: bool = False


@dataclass(frozen=True)
class HeldOut:
    """What part of the known examples chooses between models, and trains none of them.

    Attributes:
        validation: Share of the examples.
        max_validation: At most this many.
    """

    validation: float = 0.2
    max_validation: int = 2048


@dataclass(frozen=True)
class Training(Descent, HeldOut):
    """How one model is trained to the end; a part held out decides when, and the temperature.

    Attributes:
        epochs: At most this many passes over the training examples.
        min_steps: At least this many steps before stopping.
        steps: Exactly this many steps, whatever the validation loss, which then chooses the
            temperature alone; 0 for early stopping.
        patience: Stop when this many times the steps of the best model so far brought nothing
            better.
    """

    epochs: float = 100
    min_steps: int = 200
    steps: int = 0
    patience: float = 2.0


def read_options(kind: type[Options], options: Mapping[str, Any]) -> Options:
    """Options with some defaults replaced by a config's entry.

    Raises:
        InputError: an option that does not exist, with the nearest one.
    """
    names = [f.name for f in fields(kind)]  # type: ignore[arg-type]
    for key in options:
        check_known("training", "option", key, names)
    return kind(**options)
