"""The three codes of a stream: which experts each may use.

``network``: what training the network gave. ``architecture``: learning in closed form of the same
architecture besides. ``shortest``: learners of any kind besides. Experts of trained networks have
plain names; others' begin with ``architecture.`` or ``generic.``.
"""

from collections.abc import Iterable

NETWORK, ARCHITECTURE, SHORTEST = "network", "architecture", "shortest"
CODES = (NETWORK, ARCHITECTURE, SHORTEST)  # each has the experts of those before it too
HEADLINE = ARCHITECTURE  # of all but next tokens
OTHERS = (NETWORK, SHORTEST)  # codes beside the headline
BY_HEART = "by-heart"  # in the names of experts that know labels of inputs that come again
PREFIXES = {"architecture.": ARCHITECTURE, "generic.": SHORTEST}


def headline(next_tokens: bool) -> str:
    """The code that is shown first where none is named.

    No architecture of networks for next tokens is learnt in closed form here, so that of these
    ``architecture`` is ``network``, and what training from theta0 wastes would stand in L_IT.
    """
    return SHORTEST if next_tokens else HEADLINE


def level(expert: str) -> str:
    """The first code that has an expert, by the expert's name."""
    return next((code for prefix, code in PREFIXES.items() if prefix in expert), NETWORK)


def experts_of(code: str, names: Iterable[str]) -> list[str]:
    """Those of these experts that a code has."""
    allowed = CODES[: CODES.index(code) + 1]
    return [name for name in names if level(name) in allowed]
