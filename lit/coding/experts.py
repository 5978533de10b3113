"""Variants of a learner's options: each is trained beside the others and is one more expert of the
mixture.

Which of them is right is thus paid for in bits, label by label, and never chosen by what is being
coded.
"""

import dataclasses
import itertools
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lit.training.options import Descent

# chosen on Fashion-MNIST and diamonds, n = 256 to 16,384: shorter codes than low rates alone
GENTLE_ANCHOR = 10.0


@dataclass(frozen=True)
class Variants(Descent):
    """Options of every learner that trains networks.

    Attributes:
        grid: Further values by option; every combination is an expert ``model-2``, ``model-3``, ...
        gentle: A start state that was trained also gets an expert ``gentle``, with ``lr`` times
            this and pulled towards the start instead of zero; 0 for none. At the full rate the
            first steps on few labels forget much of what M knows, and weight decay goes on to.
        memory: ``none``, or ``source``: M's own training examples are trained on too (the joint
            coder).
    """

    grid: dict[str, list[Any]] = field(default_factory=dict)
    gentle: float = 0.1
    memory: str = "none"


Options = TypeVar("Options", bound=Variants)


def expand(options: Options, warm: bool) -> dict[str, Options]:
    """Options of each expert by its name: the learner's own under ``model``, its grid's, and
    ``gentle``.

    Args:
        options: The learner's options.
        warm: Whether the start state was trained.
    """
    named = {"model": options}
    for values in itertools.product(*options.grid.values()):
        other = dataclasses.replace(options, **dict(zip(options.grid, values, strict=True)))
        if other not in named.values():
            named[f"model-{len(named) + 1}"] = other
    if warm and options.gentle:
        named["gentle"] = dataclasses.replace(
            options, lr=options.lr * options.gentle, weight_decay=0.0, anchor=GENTLE_ANCHOR
        )
    return named
