"""Label transforms as a config has them: random, shuffled, noise, constant, other classes.

A transform is a one-key mapping as in the config, or None for the true labels:
``{"random": share}``   that share of the examples gets a label drawn uniformly from all classes;
``{"shuffled": share}`` that share gets the label of another example;
``{"noise": share}``    that share gets one of the other classes, drawn uniformly;
``{"relabelled": [a]}`` examples of these classes get one of the other C - 1 classes, drawn
                        uniformly; all others keep theirs;
``{"constant": c}``     every example gets class ``c``;
``{"classes": [a, b]}`` only examples of these classes are kept, renumbered 0, 1, ... in this order;
``{"without": [a]}``    examples of these classes are left out, the others keep their numbers;
                        C stays;
``{"only": [a, b]}``    only examples of these classes are kept, with their numbers, and C stays;
``{"groups": [[a, b], [c]]}``  the classes of each list become one, 0, 1, ...; examples of other
                        classes are left out.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

Transform = Mapping[str, Any] | None
LONGEST = 60  # characters of a list of classes in a name


def name(transform: Transform) -> str:
    """Short name for files and tables: ``true``, ``noise-0.2``, ``classes-0+3``, ``groups-0+1_2``.

    A long list is named by its length and the first eight digits of its SHA-256, as in
    ``groups-20-5f1d7a84``.
    """
    if not transform:
        return "true"
    ((kind, value),) = transform.items()
    if not isinstance(value, list):
        value += 0  # makes -0.0 a zero
        short = f"{value:g}"  # where that is exact, so that no two numbers have one name
        return f"{kind}-{short if float(short) == value else repr(value)}"
    lists = value if kind == "groups" else [value]
    text = "_".join("+".join(map(str, part)) for part in lists)
    if len(text) > LONGEST:
        text = f"{len(value)}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    return f"{kind}-{text}"


def kept(transform: Transform) -> Transform:
    """What decides which classes there are: equal where one head can code two label sets."""
    return transform if transform and ("classes" in transform or "groups" in transform) else None


def are_random(transform: Transform) -> bool:
    """Whether the labels are wholly random, so that a source must memorise them to be a control."""
    return transform is not None and transform.get("random") == 1


RANDOM, SHUFFLED = (name({kind: 1}) for kind in ("random", "shuffled"))
