"""Merge a run's blocks and seed groups into code lengths. No torch."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lit.coding import mixture
from lit.errors import InputError
from lit.files.result_files import Arrays


def merge_spans(spans: Sequence[Arrays]) -> dict[str, np.ndarray]:
    """One seed group's spans, in order, as one stream with all experts and both codes.

    Args:
        spans: Arrays of consecutive block files, see :func:`lit.coding.coder.code_span`.

    Returns:
        ``index``, ``label`` (S, k); ``bits/<expert>`` (S, k) as the learner has them,
        ``bits/previous`` among them where it scores ahead; ``bits/mixture`` (S, k), the code;
        ``blocks`` (B, 2); ``flops`` (S,). ``bits/model`` alone is the plain code. ``right/start``
        (S, k) says where the untouched start state is right.

    Raises:
        InputError: spans that do not follow each other, or bits that are not finite.
    """
    blocks = np.concatenate([span["blocks"] for span in spans])
    if blocks[0, 0] != 0 or (blocks[1:, 0] != blocks[:-1, 1]).any():
        raise InputError(f"block files do not follow each other: {blocks.tolist()}")
    names = [
        n
        for n in spans[0]
        if n.startswith(("bits/", "ahead/", "right/")) or n in ("index", "label")
    ]
    joined = {n: _join(spans, n) for n in names}
    k, first = joined["index"].shape[1], blocks[0, 1]
    if "ahead/model" in joined:
        ahead = joined.pop("ahead/model")
        joined["bits/previous"] = np.concatenate([joined["bits/model"][:, :first], ahead], axis=1)[
            :, :k
        ]
    experts = [array for name, array in joined.items() if name.startswith("bits/")]
    uniform = np.full_like(joined["bits/model"], np.log2(int(spans[0]["classes"])))
    if any(expert.shape[1] != k or not np.isfinite(expert).all() for expert in experts):
        raise InputError(
            "block files hold bits that are missing or not finite; delete them and run again"
        )
    return joined | {
        "bits/mixture": mixture.mixture(np.stack([uniform, *experts])),
        "blocks": blocks,
        "classes": spans[0]["classes"],
        "flops": np.sum([span["flops"] for span in spans], axis=0),
    }


def _join(spans: Sequence[Arrays], name: str) -> np.ndarray:
    return np.concatenate([span[name] for span in spans], axis=1)


def merge_groups(groups: Sequence[Arrays]) -> dict[str, np.ndarray]:
    """Seed groups of one run, one under the other."""
    shared = ("blocks", "classes")
    if any(
        set(g) != set(groups[0]) or int(g["classes"]) != int(groups[0]["classes"]) for g in groups
    ):
        raise InputError(
            "seed groups of one run have other experts or classes; delete the run's folder under"
            " blocks/ and run again"
        )
    merged = {n: np.concatenate([g[n] for g in groups]) for n in groups[0] if n not in shared}
    return merged | {n: groups[0][n] for n in shared}


def distinct(attributes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What made the blocks, each combination of code, versions and device once: blocks of one
    run may differ in it."""
    names = ("code", "versions", "device", "threads")
    texts = [
        json.dumps({name: about[name] for name in names if name in about}, sort_keys=True)
        for about in attributes
    ]
    return [json.loads(text) for text in dict.fromkeys(texts)]
