"""Names of learners, alone or several joined, and the entries behind names."""

from collections.abc import Mapping, Sequence
from typing import Any

JOINT = "+"  # no name of a config has it
RECORDED = "recorded"  # stands for the learner of a code that was recorded elsewhere


def joined(learner: str | Sequence[str]) -> str:
    """One name of a learner, or of several."""
    return learner if isinstance(learner, str) else JOINT.join(learner)


def names_of(learner: str) -> list[str]:
    """The names in a joined one."""
    return learner.split(JOINT)


def entry_of(config: Mapping[str, Any], part: str, name: str) -> dict[str, Any]:
    """Kind and options of a name among learners or algorithms, which a kind's own name is too."""
    return dict(config.get(part, {}).get(name, {"kind": name}))
