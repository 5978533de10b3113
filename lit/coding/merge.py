"""Merge a run's blocks and seed groups into code lengths. No torch."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lit.coding.label_order import LabelOrder
from lit.coding.mixture import mixtures
from lit.errors import InputError
from lit.files.result_files import Arrays
from lit.study.codes import NETWORK, level


def merge_spans(spans: Sequence[Arrays]) -> dict[str, np.ndarray]:
    """One learner's spans of one seed group, in order, as one stream.

    Args:
        spans: Arrays of consecutive block files, see :func:`lit.coding.coder.code_span`.

    Returns:
        ``index``, ``label`` (S, k), and ``group`` where examples come in groups;
        ``bits/<expert>`` (S, k) as the learner has them, each with T behind k where examples carry
        several labels; ``bits/previous`` among them where it scores ahead; ``logits/<expert>``
        (S, k, C) for the product of experts, where there are not too many classes; ``blocks``
        (B, 2); ``classes``; ``flops`` (S,). ``right/start`` (S, k) says where the untouched start
        state is right.

    Raises:
        InputError: spans that do not follow each other, or bits that are not finite.
    """
    blocks = np.concatenate([span["blocks"] for span in spans])
    if blocks[0, 0] != 0 or (blocks[1:, 0] != blocks[:-1, 1]).any():
        raise InputError(f"block files do not follow each other: {blocks.tolist()}")
    kept = ("bits/", "logits/", "ahead/", "right/", "index", "group", "label")
    joined = {n: _join(spans, n) for n in spans[0] if n.startswith(kept)}
    k, first = joined["index"].shape[1], blocks[0, 1]
    if "ahead/model" in joined:
        ahead = joined.pop("ahead/model")
        previous = np.concatenate([joined["bits/model"][:, :first], ahead], axis=1)
        joined["bits/previous"] = previous[:, :k]
    experts = [array for name, array in joined.items() if name.startswith("bits/")]
    if any(expert.shape[1] != k or not np.isfinite(expert).all() for expert in experts):
        raise InputError(
            "block files hold bits that are missing or not finite; delete them and run again"
        )
    flops = np.sum([span["flops"] for span in spans], axis=0)
    return joined | {"blocks": blocks, "classes": spans[0]["classes"], "flops": flops}


def unite(learners: Mapping[str, Arrays]) -> dict[str, np.ndarray]:
    """The codes of a stream, mixtures over the experts of all its learners.

    Args:
        learners: Arrays of each learner's merged spans, by its name; they code the same labels,
            as far as the shortest goes.

    Returns:
        As :func:`merge_spans`, but of the experts only those of trained networks: the first
        learner's by their names, others' as ``bits/<learner>.<expert>``. And the three codes,
        ``bits/network``, ``bits/architecture`` and ``bits/shortest`` (S, k), see
        :mod:`lit.study.codes`, with ``least/<code>`` as
        :func:`lit.coding.mixture.mixtures` has it. Where examples carry several labels, their bits
        are summed, and ``labels`` (S, k) says how many there are.

    Raises:
        InputError: learners that code other labels.
    """
    shortest = min(learners.values(), key=lambda arrays: arrays["index"].shape[1])
    k = shortest["index"].shape[1]
    for learner, arrays in learners.items():
        if any(not np.array_equal(arrays[n][:, :k], shortest[n]) for n in ("index", "label")):
            raise InputError(
                f"learner {learner} coded other labels than {next(iter(learners))}; delete the"
                " blocks of both and run again"
            )
    experts, logits = _by_expert(learners, "bits/", k), _by_expert(learners, "logits/", k)
    right = {name: array[:, :k] for name, array in shortest.items() if name.startswith("right/")}
    order = LabelOrder(shortest["label"])
    mixed = mixtures(
        {name: order.labels(bits) for name, bits in experts.items()},
        int(shortest["classes"]),
        {name: order.labels(factor) for name, factor in logits.items()},
        order.labels(shortest["label"], fill=-1),
    )
    found = {
        name: order.last(array) if name.startswith("least/") else order.sums(array)
        for name, array in mixed.items()
    }
    trained = {f"bits/{name}": bits for name, bits in experts.items() if level(name) == NETWORK}
    if order.several:
        trained, right = ({n: a.sum(axis=2) for n, a in d.items()} for d in (trained, right))
        found["labels"] = order.count
    return {
        **{
            n: shortest[n]
            for n in ("index", "group", "label", "blocks", "classes")
            if n in shortest
        },
        **right,
        **trained,
        **found,
        "flops": np.sum([arrays["flops"] for arrays in learners.values()], axis=0),
    }


def _by_expert(learners: Mapping[str, Arrays], prefix: str, k: int) -> dict[str, np.ndarray]:
    """Arrays of all learners that begin with a prefix, by the names of experts, k labels long."""
    found: dict[str, np.ndarray] = {}
    for learner, arrays in learners.items():
        for full in (n for n in arrays if n.startswith(prefix)):
            name = full.removeprefix(prefix)
            taken = name in found and name != "start"
            found.setdefault(f"{learner}.{name}" if taken else name, arrays[full][:, :k])
    return found


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
