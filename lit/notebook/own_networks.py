"""M from networks that were trained elsewhere, by any loop, with what they were trained on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from torch import Tensor, nn

from lit.data.dataset import Dataset
from lit.errors import InputError
from lit.networks.build import build_theta0
from lit.networks.small import inner
from lit.networks.weights import check_numbers
from lit.notebook.arguments import Model, read_device, read_model, read_seeds
from lit.notebook.checks import column_names, warn_of_guessing
from lit.notebook.computing import computing
from lit.notebook.datasets import Classes, read_examples
from lit.notebook.digests import network_digest
from lit.notebook.scales import scale_of
from lit.notebook.source import Source
from lit.notebook.traces import Traces
from lit.training.scoring import trained_arrays
from lit.training.start_states import examples_at
from lit.training.state import State
from lit.training.trial import try_network

Network = nn.Module | Mapping[str, Tensor]


def as_source(
    networks: Network | Sequence[Network],
    x: Any,
    y: Any,
    model: Model,
    seeds: Iterable[int] | None = None,
    *,
    rows: Any = None,
    classes: Classes = None,
    scale: str | None = None,
    labels: str = "one",
    vocabulary: int | None = None,
    bins: Mapping[str, Any] | None = None,
    device: str = "auto",
    threads: int = 1,
) -> Source:
    """M from networks that you trained yourself, with what they were trained on.

    Networks that differ in their initial weights and training examples say how much L_IT varies
    with these; of one network the interval is about that one.

    Args:
        networks: A network a seed, each as a module or as its ``state_dict``; weights are copied.
            One alone is M for every seed.
        x: (N, ...) inputs that they were trained on, as in ``train_source``, scaled as they were.
        y: (N,) their labels, in the order of the networks' outputs; with ``labels`` (N, T).
        model: What builds such a network with random weights, which codes start from as theta0: a
            factory ``build(input_shape, classes)``, a kind's name or an entry.
        seeds: Different seeds, one a network. Left out: 0, 1, ..., of one network ``range(5)``.
        rows: (S, n) which of the N examples each network was trained on, or (n,) of all. Left out:
            all N.
        classes: As in ``train_source``.
        scale: As in ``train_source``.
        labels: As in ``train_source``.
        vocabulary: As in ``train_source``.
        bins: As in ``train_source``.
        device: As in ``train_source``.
        threads: As in ``train_source``.

    Raises:
        InputError: arrays or model that cannot be used, weights that do not fit the model.

    Warns:
        UserWarning: M is no better at its own labels than always saying the commonest one, as where
            x is scaled in another way than in its training, or classes are in another order.
    """
    where = "as_source"
    states = _states(networks, where)
    numbers = read_seeds(range(len(states) or 5) if seeds is None else seeds, where)
    if not states:
        states = [_state(networks, where)] * len(numbers)
    if len(states) != len(numbers):
        raise InputError(
            f"{where}: {len(states)} networks, but {len(numbers)} seeds; write as many"
        )
    spec, on = read_model(model, where), read_device(device, where)
    kind = {"labels": labels, "vocabulary": vocabulary, "bins": bins}
    given, data = read_examples(x, y, classes, scale, where, **kind)
    data = replace(data, x=np.array(data.x))  # what becomes of x later is not what M saw
    index = _rows(rows, len(data.y), len(numbers), where)
    with computing(threads, where):
        net = try_network(spec, data, data.classes, numbers[0], where)
        state = _loaded(spec, data, states, numbers, where).to(on)
        examples = examples_at(data, index, data.y[index], on)
        found = trained_arrays(net.to(on), state, examples, index.shape[1])
    m = Source(
        State.from_arrays(found), numbers, found["accuracy"], found["bits"], index, data, spec,
        network_digest(net), Traces.of(given, data),
        scale, column_names(x), scale_of(given, data, scale),
    )  # fmt: skip
    warn_of_guessing(m, where)
    return m


def _states(networks: Any, where: str) -> list[Mapping[str, Tensor]]:
    """Weights of several networks; none where there is one."""
    if isinstance(networks, nn.Module | Mapping):
        return []
    if isinstance(networks, str) or not isinstance(networks, Iterable):
        return [_state(networks, where)]
    if found := [_state(one, where) for one in networks]:
        return found
    raise InputError(f"{where}: networks is empty; write a trained network a seed")


def _state(network: Any, where: str) -> Mapping[str, Tensor]:
    weights = network.state_dict() if isinstance(network, nn.Module) else network
    if isinstance(weights, Mapping) and all(isinstance(v, Tensor) for v in weights.values()):
        return {name: value.detach().cpu().clone() for name, value in weights.items()}
    found = repr(network) if isinstance(network, str) else f"of type {type(network).__name__}"
    raise InputError(
        f"{where}: networks has {found[:60]}; write a torch network, or its state_dict(), for each"
        " seed; of a file torch.load(path, weights_only=True)"
    )


def _rows(rows: Any, examples: int, seeds: int, where: str) -> np.ndarray:
    """(S, n) rows of x that each network was trained on."""
    if rows is None:
        return np.tile(np.arange(examples), (seeds, 1))
    remedy = f"write (n,) or ({seeds}, n) different integers 0..{examples - 1}, rows of x"
    try:
        found = np.asarray(rows)
    except ValueError as error:
        raise InputError(f"{where}: rows differ in length; {remedy}") from error
    if found.dtype.kind not in "iu" or found.ndim not in (1, 2) or not found.size:
        raise InputError(f"{where}: rows have shape {found.shape}, type {found.dtype}; {remedy}")
    found = np.broadcast_to(found, (seeds, found.shape[-1])) if found.ndim == 1 else found
    ordered = np.sort(found, axis=1)
    twice = (ordered[:, 1:] == ordered[:, :-1]).any()
    if len(found) != seeds or twice or ordered.min() < 0 or ordered.max() >= examples:
        what = "are twice the same" if twice else f"have shape {found.shape}, up to {found.max()}"
        raise InputError(f"{where}: rows {what}; {remedy}")
    return np.array(found, dtype=np.int64)


def _loaded(
    spec: Mapping[str, Any],
    data: Dataset,
    states: list[Mapping[str, Tensor]],
    seeds: list[int],
    where: str,
) -> State:
    """Networks of the model with these weights."""
    nets = [build_theta0(spec, data.form(), seed, where) for seed in seeds]
    for number, (net, weights) in enumerate(zip(nets, states, strict=True)):
        own = inner(net).state_dict()
        named = f"network {number}" if len(nets) > 1 else "the network"
        wrong = [
            f"{name} is {_shape(weights.get(name))}, and {_shape(own.get(name))} in the model's"
            for name in {**own, **weights}
            if _shape(weights.get(name)) != _shape(own.get(name))
        ]
        if wrong:
            raise InputError(
                f"{where}: {named} is not one that model builds for inputs of"
                f" {data.x.shape[1:]} and {data.classes} classes: {wrong[0]}"
            )
        check_numbers(weights, own, where, named)
        inner(net).load_state_dict(weights)
    return State.of(nets)


def _shape(tensor: Tensor | None) -> str:
    return "missing" if tensor is None else str(tuple(tensor.shape))
