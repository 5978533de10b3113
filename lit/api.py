"""L_IT from arrays in a notebook: the same code that the workflow runs, without its files."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from lit.data.dataset import Dataset
from lit.data.streams import part_of, room
from lit.errors import InputError
from lit.measures.information_transfer import CodeLengths
from lit.networks.build import build_theta0
from lit.notebook.arguments import (
    Model,
    check_choice,
    check_schedule,
    check_training,
    read_count,
    read_device,
    read_learners,
    read_model,
    read_relabel,
    read_seeds,
    refuse_options,
)
from lit.notebook.checks import (
    check_fits,
    check_fresh,
    column_names,
    warn_of_telling,
    warn_of_weak_control,
)
from lit.notebook.coding import code_all
from lit.notebook.computing import computing
from lit.notebook.datasets import Classes, kind_of, read_examples, read_stream
from lit.notebook.digests import network_digest
from lit.notebook.scales import scale_of
from lit.notebook.source import Source
from lit.notebook.start import check_weights, model_of, read_start
from lit.notebook.traces import Traces
from lit.study.kinds import DEFAULT_LEARNER, NEXT_TOKENS_LEARNER
from lit.training import sources
from lit.training.options import Training, read_options
from lit.training.state import State
from lit.training.trial import try_network

Learner = str | Mapping[str, Any]
# Learners by what labels there are.
DEFAULT = {"one": DEFAULT_LEARNER, "several": ("replay",), "next": NEXT_TOKENS_LEARNER}
STOPS, HEADS, OVERLAPS = ("early", "memorise"), ("keep", "new", "only"), ("refuse", "allow")


def train_source(
    x: Any,
    y: Any = None,
    model: Model = "mlp",
    seeds: Iterable[int] = range(5),
    *,
    n: int | None = None,
    stop: str = "early",
    relabel: Mapping[str, float] | None = None,
    classes: Classes = None,
    scale: str | None = None,
    labels: str = "one",
    vocabulary: int | None = None,
    bins: Mapping[str, Any] | None = None,
    device: str = "auto",
    threads: int = 1,
    **training: Any,
) -> Source:
    """Train M on x and y: from theta0, or from the ``weights`` of the model's entry where it has
    any.

    Args:
        x: (N, ...) uint8 (scaled to 0..1) or other numbers (used as given, as float32): an array,
            torch tensor or pandas table, or a list of rows or of Pillow images. M keeps a copy. Or
            a data set, see ``read_data``, and y is left out.
        y: (N,) integers 0..C-1, likewise, or names of classes; with ``labels`` (N, T).
        model: A kind's name, a config's entry such as ``{"kind": "mlp", "hidden": [128]}``, or a
            factory ``build(input_shape, classes)`` that returns a new ``torch.nn.Module``.
        seeds: Different seeds of initial weights and batches.
        n: How many of the N examples M is trained on, each seed's M on its own draw, so that
            intervals are about other draws too. Left out: all of them, for every seed.
        stop: ``early`` or ``memorise``.
        relabel: What M learns in the place of its labels: ``{"random": 1.0}``, random ones, as of
            a control, ``{"shuffled": 1.0}``, each another example's, or ``{"noise": 0.2}``, that
            share a wrong one.
        classes: Number of classes C, or the names of all, where not every class occurs in y.
        scale: How x is scaled, as in a config's data set: ``standard`` and ``unit`` by statistics
            of this x alone. Where streams may have others, scale all once beforehand instead.
        labels: ``one`` of each example; ``several``, the columns of y, -1 where there is none; or
            ``next``: label t is token t + 1, as with x = windows[:, :-1] and y = windows[:, 1:].
        vocabulary: How many tokens there are, where x (N, T) holds their numbers, -1 behind an
            example's last.
        bins: Of a real-valued y (N,), ``{"width": 0.1, "low": 0, "high": 6}``, and ``knots`` and
            ``log`` if so, see docs/data.md.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:0``.
        threads: How many to compute with, as a study says it; those of torch are then as before.
            More are of use for large networks alone.
        training: Options of ``lit.training.options.Training``, such as ``lr=1e-3``.

    Raises:
        InputError: arrays, model or options that cannot be used.

    Warns:
        UserWarning: ``stop="memorise"``, and M does not know its labels by heart.
    """
    where = "train_source"
    check_choice("stop", stop, STOPS, where)
    numbers = read_seeds(seeds, where)
    on = read_device(device, where)
    spec = read_model(model, where)
    options = read_options(Training, check_training(training, where))
    became = read_relabel(relabel, where)
    kind: dict[str, Any] = {"labels": labels, "vocabulary": vocabulary, "bins": bins}
    given, data = read_examples(x, y, classes, scale, where, **kind)
    count = read_count("n", n, room(data, became, numbers)[1], where)
    # what the notebook does to its x later is not what M saw
    data = replace(data, x=np.array(data.x))
    if not isinstance(x, Dataset):  # of which reading it said so
        warn_of_telling(data, column_names(x), where)
    with computing(threads, where):
        ready = bool(spec.get("weights"))
        try_network(spec, data, data.classes, numbers[0], where, pretrained=ready)
        m = _trained(spec, data, count, stop, numbers, options, on, where, became)
    scaled = scale_of(given, data, scale)
    if stop == "memorise":
        warn_of_weak_control(m, where)
    traces = Traces.of(given, data)
    return replace(m, traces=traces, scale=scale, scaled=scaled, columns=column_names(x))


def code_stream(
    x: Any,
    y: Any = None,
    model: Model | None = None,
    start: Source | str | None = None,
    learner: Learner | Sequence[Learner] | None = None,
    seeds: Iterable[int] | None = None,
    *,
    k: int | None = None,
    relabel: Mapping[str, float] | None = None,
    first_block: int = 32,
    growth: float = 2.0,
    classes: Classes = None,
    scale: str | None = None,
    labels: str | None = None,
    vocabulary: int | None = None,
    bins: Mapping[str, Any] | None = None,
    head: str = "keep",
    overlap: str = "refuse",
    device: str = "auto",
    threads: int = 1,
    **unknown: Any,
) -> CodeLengths:
    """Prequential code length of the labels of a stream, from theta0 or from M.

    Each seed codes x and y in a random order of its own, the same for every start.

    Args:
        x: (N, ...) inputs as in ``train_source``, of M's shape and scale; none of the examples
            M was trained on. Or all that M has too, or a data set, of which each seed codes k
            others than the n of its M, as in a study.
        y: (N,) integers 0..C-1, or names of classes; with ``labels`` (N, T).
        model: As in ``train_source``. Left out: M's model, or ``mlp`` from theta0.
        start: None (or ``theta0``) for an untrained network, whatever ``weights`` the model's entry
            has; M; or ``weights``, for a ready network as M: the entry's ``weights`` as they are.
        learner: ``restart``, ``continue``, ``replay``, ``probe``, ``readout``, and beside one of
            these ``counts`` or ``committee``, or with options
            ``{"kind": "replay", "lr": 1e-3}``; or your own, ``{"kind": "python", "factory": learn,
            "options": {...}}``, see docs/extending.md. Of several the experts are mixed. Left out:
            ``replay`` and ``readout``, of several labels ``replay``, of next tokens ``counts`` too.
        seeds: Different seeds, those of M where there is one. Left out: M's, or ``range(5)``.
        k: How many of the N examples are coded, each seed its own draw, so that fewer are common to
            seeds and intervals are narrower. Left out: all of them, by every seed.
        relabel: As in ``train_source``: what is coded in the place of the labels.
        first_block: Examples in the first block.
        growth: Ratio of successive block boundaries.
        classes: Number of classes C, or the names of all. Left out: M's, else C is taken from the
            labels, with a warning, since who decodes them has to know it beforehand.
        scale: How x is scaled, as in ``train_source``; the same as for M.
        labels: As in ``train_source``. Left out: as M's head has them, or
            ``one`` of each example.
        vocabulary: As in ``train_source``. Left out: M's.
        bins: As in ``train_source``. Left out: M's.
        head: What becomes of M's output layer: ``keep``, ``new`` (zeros; needed where M has another
            C), or ``only``: keep it, and train nothing else.
        overlap: ``allow`` where inputs that equal M's are other examples, as with few symbols.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:0``.
        threads: As in ``train_source``.
        unknown: None are taken; the error says where an option of a learner belongs.

    Returns:
        Code lengths in bits, (S, k), with what made them: the code ``architecture``, of next tokens
        ``shortest``, and the other two, see docs/codes.md.

    Raises:
        InputError: arrays, model or options that cannot be used; a stream that does not fit M:
            examples that M was trained on, another network, shape, scale or C.
        ValueError: seeds that are not M's.

    Warns:
        UserWarning: C, or the range of bins, is taken from the labels; a few inputs are M's too;
            the stream is one block; ``weights`` are not used; ``scale`` went by other statistics
            than M's.
    """
    where = "code_stream"
    _check_choices(head, overlap, unknown, where)
    m = read_start(start, where)
    ready = isinstance(start, str) and start == "weights"
    numbers = _seeds_of(seeds, m, where)
    spec = model_of(model, m, where)
    became, on = read_relabel(relabel, where), read_device(device, where)
    check_weights(spec, start, where)
    _check_head(head, ready or m is not None, where)
    kind: dict[str, Any] = {"labels": labels, "vocabulary": vocabulary, "bins": bins}
    given, data = read_stream(x, y, m, classes, scale, head, where, **kind)
    options = read_learners(learner, DEFAULT[kind_of(data)], data.next_tokens, where)
    traces = Traces.of(given, data)
    count = check_schedule(k, room(data, became, numbers)[0], first_block, growth, where)
    repeated = None
    if ready:
        m = _trained(spec, data, None, "early", numbers, Training(), on, where)
    elif m:
        check_fits(m, x, data, scale_of(given, data, scale), spec, where)
        rows = functools.partial(_coded, data, became, numbers, count)
        read = isinstance(x, Dataset)
        repeated = check_fresh(m, traces, rows, overlap == "allow", data, read, where)
    with computing(threads, where):
        schedule = {"first_block": first_block, "growth": growth}
        try_network(spec, data, data.classes, numbers[0], where)
        made = (head, on, schedule, traces, became)
        return replace(code_all(spec, data, count, numbers, options, m, *made), repeated=repeated)


def _coded(
    data: Dataset, relabel: Mapping[str, float] | None, seeds: list[int], k: int
) -> np.ndarray:
    """(S, k) rows that each seed codes."""
    return part_of(data, relabel, seeds, "front")[0][:, :k]


def _check_choices(head: str, overlap: str, unknown: Mapping[str, Any], where: str) -> None:
    refuse_options(unknown, where)
    check_choice("head", head, HEADS, where)
    check_choice("overlap", overlap, OVERLAPS, where)


def _check_head(head: str, has_m: bool, where: str) -> None:
    if head != "keep" and not has_m:
        found = f"head is {head!r}, what becomes of M's head"
        raise InputError(f"{where}: {found}, but start is theta0; leave head out")


def _seeds_of(seeds: Iterable[int] | None, m: Source | None, where: str) -> list[int]:
    """The seeds as written, else M's, else five."""
    found = read_seeds(seeds if seeds is not None else m.seeds if m else range(5), where)
    if m and m.seeds != found:
        raise ValueError(
            f"start was trained with seeds {m.seeds}, not {found}; pass seeds=M.seeds, or train M"
            " with these"
        )
    return found


def _trained(
    spec: Mapping[str, Any],
    data: Dataset,
    n: int | None,
    stop: str,
    seeds: list[int],
    training: Training,
    device: torch.device,
    where: str,
    relabel: Mapping[str, float] | None = None,
) -> Source:
    """M after training on n examples, or ready weights as they are."""
    arrays = sources.train_source(spec, data, relabel, n, stop, seeds, training, device)
    net = build_theta0(spec, data.form(), seeds[0], where)
    return Source(
        State.from_arrays(arrays),
        seeds,
        arrays["accuracy"],
        arrays["bits"],
        arrays["index"],
        data,
        spec,
        network_digest(net),
        relabel=relabel,
    )
