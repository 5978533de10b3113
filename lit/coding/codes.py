"""The three codes of a stream: which experts each may use.

``network``: what training the network gave. ``architecture``, the headline: learning in closed form
of the same architecture besides. ``shortest``: learners of any kind besides. Experts of trained
networks have plain names; others' begin with ``architecture.`` or ``generic.``. No torch, no I/O.
"""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float64

from lit.coding.mixture import mixture

NETWORK, ARCHITECTURE, SHORTEST = "network", "architecture", "shortest"
CODES = (NETWORK, ARCHITECTURE, SHORTEST)  # each has the experts of those before it too
HEADLINE = ARCHITECTURE
PREFIXES = {"architecture.": ARCHITECTURE, "generic.": SHORTEST}


def level(expert: str) -> str:
    """The first code that has an expert, by the expert's name."""
    return next((code for prefix, code in PREFIXES.items() if prefix in expert), NETWORK)


def chosen(experts: Mapping[str, Float64[np.ndarray, "*S m"]], code: str) -> list[str]:
    """Names of a code's experts; of two that are equal on every label, the first."""
    allowed = CODES[: CODES.index(code) + 1]
    return [name for name in experts if level(name) in allowed]


def mixtures(
    uniform: Float64[np.ndarray, "S k"], experts: Mapping[str, Float64[np.ndarray, "S k"]]
) -> dict[str, Float64[np.ndarray, "S k"]]:
    """Bits of each label under each code: the mixture of its experts and the uniform code.

    Of experts that are equal on every label one is kept, so that a start state which is uniform
    itself, or a learner that brings nothing of its own, costs nothing.
    """
    return {code: _mixture(uniform, [experts[n] for n in chosen(experts, code)]) for code in CODES}


def _mixture(
    uniform: Float64[np.ndarray, "S k"], experts: list[Float64[np.ndarray, "S k"]]
) -> Float64[np.ndarray, "S k"]:
    """Seed by seed, since which experts are equal may differ between them."""
    rows = []
    for s, own in enumerate(uniform):
        distinct = {bits.tobytes(): bits for bits in (own, *(bits[s] for bits in experts))}
        rows.append(mixture(np.stack(list(distinct.values()))))
    return np.stack(rows)
