"""A notebook's code of a stream: learner by learner, united, and with what made it."""

from collections.abc import Mapping
from typing import Any

import torch

from lit.coding import merge
from lit.coding.coder import Coder, StartState, code_span
from lit.data.dataset import Dataset
from lit.measures.information_transfer import THETA0, CodeLengths
from lit.notebook.digests import data_digests, network_digest
from lit.notebook.source import Source, describe, named
from lit.notebook.traces import Traces
from lit.study.codes import CODES, headline
from lit.study.label_transforms import Transform
from lit.study.learners import joined
from lit.study.schedule import Schedule
from lit.training.state import under


def code_all(
    spec: Mapping[str, Any],
    data: Dataset,
    k: int,
    seeds: list[int],
    learners: Mapping[str, Mapping[str, Any]],
    m: Source | None,
    head: str,
    device: torch.device,
    schedule: Mapping[str, Any],
    traces: Traces,
    relabel: Transform,
) -> CodeLengths:
    """The code of k examples, each seed's own, under the learners by name; ``traces`` of all are
    known, and what becomes of their labels."""
    state = None
    if m is not None:
        state = StartState(m.state, m.data.x, m.index, m.label, m.data.classes)
    coders = {
        name: Coder(spec, data, relabel, "front", seeds, learner, state, head, device)
        for name, learner in learners.items()
    }
    blocks = [(int(start), int(stop)) for start, stop in Schedule(**schedule).blocks_of(0, k)]
    merged = merge.unite(
        {n: merge.merge_spans([code_span(coder, blocks, k)]) for n, coder in coders.items()}
    )
    experts = under("bits/", merged)
    made = data_digests(data, traces, relabel) | {
        "start": f"M {m.digest}" if m else THETA0,
        "one_draw": m is not None and m.one_draw,
        "model": describe(spec),
        "network": network_digest(next(iter(coders.values())).net),
        "learner": _described(learners),
        "schedule": schedule,
    }
    codes = {code: experts.pop(code) for code in CODES}
    labels = merged["labels"].sum(axis=1) if "labels" in merged else None
    code, index = headline(data.next_tokens), merged["index"]
    group = merged.get("group")
    return CodeLengths(
        codes[code], seeds, data.classes, index, experts, made, codes, blocks, labels, code, group
    )


def _described(learners: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """All options of a learner; of several, under the name of each."""
    every = {name: named(learner) for name, learner in learners.items()}
    if len(every) == 1:
        return next(iter(every.values()))
    options = {
        f"{name}.{key}": value
        for name, learner in every.items()
        for key, value in learner.items()
        if key != "kind"
    }
    return {"kind": joined(list(every))} | options
