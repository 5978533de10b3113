"""The output layer of a network: which it is, how it is made zero, and whether the network can
learn from there.

A head of zeros gives every class the same probability, so an untrained network codes a label in
exactly log2 C bits.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from lit.errors import InputError

# Under weight_norm a layer's weight is gain * direction / |direction|: a gain of zero makes it
# zero, a direction of zero NaN.
DIRECTIONS = ("weight_v", "parametrizations.weight.original1")


def find_head(net: nn.Module, where: str = "model") -> tuple[str, nn.Linear | nn.Conv2d]:
    """Name and module of the output layer: the last linear (or 1x1 convolution) layer."""
    heads = [(n, m) for n, m in net.named_modules() if isinstance(m, nn.Linear | nn.Conv2d)]
    if not heads:
        raise InputError(
            f"{where}: the network has no linear or 1x1 convolution layer to serve as its head; let"
            " nn.Linear make its outputs"
        )
    return heads[-1]


def head_keys(net: nn.Module, where: str = "model") -> list[str]:
    """Names of the head's parameters."""
    name, head = find_head(net, where)
    return [f"{name}.{key}" for key, _ in head.named_parameters()]


def zero_head(
    net: nn.Module, input_shape: tuple[int, ...], classes: int, where: str, hint: str = ""
) -> None:
    """Give every class the same probability, and see that the network can learn from there.

    ``hint`` is added to the error of inputs that the network does not accept.

    Raises:
        InputError: a network that cannot be trained from a head of zeros; the message names the
            part of it.
    """
    check_tensors(net, where)
    name, head = find_head(net, where)
    _check_own(net, name, head, where)
    with torch.no_grad():
        for key, parameter in head.named_parameters():
            if key not in DIRECTIONS:
                parameter.zero_()
    x = torch.rand(2, *input_shape, generator=torch.Generator().manual_seed(0))
    before, training = x.clone(), net.training
    try:
        with torch.enable_grad():
            logits = net.eval()(x)
    except Exception as error:  # shape errors come as many types
        raise InputError(
            f"{where}: the network does not accept inputs of shape (2, *{tuple(input_shape)}):"
            f" {error}{hint}"
        ) from error
    finally:
        net.train(training)
    check_output(logits, 2, classes, where)
    check_unchanged(x, before, where)
    _check_start(net, logits, name, head, where)


def check_tensors(net: nn.Module, where: str) -> None:
    """See that a network's state is tensors that can be kept, stacked and trained.

    Raises:
        InputError: lazy layers, other states, tensors that share memory, or are of a type or a
            device that cannot be used.
    """
    if any(
        isinstance(m, nn.DataParallel | nn.parallel.DistributedDataParallel) for m in net.modules()
    ):
        raise InputError(
            f"{where}: the network is wrapped in DataParallel; return the network in it"
        )
    if isinstance(net, torch.jit.ScriptModule):
        raise InputError(
            f"{where}: the network is a TorchScript module; return the Python module that it was"
            " made from"
        )
    lazy = (nn.UninitializedParameter, nn.UninitializedBuffer)
    if any(isinstance(v, lazy) for v in [*net.parameters(), *net.buffers()]):
        raise InputError(
            f"{where}: the network has lazy layers; write their sizes, such as nn.Linear(64,"
            " classes)"
        )
    state = net.state_dict(keep_vars=True)
    if odd := [name for name, v in state.items() if not isinstance(v, Tensor)]:
        raise InputError(
            f"{where}: the network keeps {odd[0]!r}, which is no tensor; keep its state in"
            " parameters and buffers"
        )
    if away := {str(v.device) for v in state.values()} - {"cpu"}:
        raise InputError(
            f"{where}: the network is built on {away.pop()!r}; build it on the CPU, jobs move it to"
            " their device"
        )
    if odd := [name for name, v in state.items() if v.dtype == torch.bfloat16 or v.is_complex()]:
        kind = str(state[odd[0]].dtype).removeprefix("torch.")
        raise InputError(
            f"{where}: {odd[0]} is of type {kind}, which result files cannot hold; build with"
            " net.float(), and keep real and"
            " imaginary parts as two tensors, or constants in buffers with persistent=False"
        )
    types = {p.dtype for p in net.parameters() if p.requires_grad}
    if len(types) > 1 or types - {torch.float32, torch.float64}:
        found = ", ".join(sorted(str(kind).removeprefix("torch.") for kind in types))
        raise InputError(
            f"{where}: the network's parameters are of type {found}; all that are trained must be"
            " float32: build with"
            " net.float()"
        )
    _check_memory(state, where)


def _check_memory(state: Mapping[str, Tensor], where: str) -> None:
    """What is tied has to be one Parameter: two that share memory would drift apart in a stack
    of models."""
    owners: dict[int, tuple[str, Tensor]] = {}
    for name, value in state.items():
        if not value.numel():
            continue
        other, first = owners.setdefault(value.data_ptr(), (name, value))
        if first is not value and (first.requires_grad or value.requires_grad):
            raise InputError(
                f"{where}: {other} and {name} share memory, but are not one parameter, so that they"
                " would be trained apart;"
                " tie them by assigning the parameter itself, such as self.b.weight = self.a.weight"
            )


def _check_own(net: nn.Module, name: str, head: nn.Module, where: str) -> None:
    """A head that is another layer's too would take that one to zero as well."""
    owned = {id(p): key for key, p in head.named_parameters()}
    within = set(head.modules())
    for at, module in net.named_modules():
        for key, parameter in module.named_parameters(recurse=False):
            if module not in within and id(parameter) in owned:
                raise InputError(
                    f"{where}: the last linear layer {name!r} is the head, but its"
                    f" {owned[id(parameter)]} is also {at}.{key}: a"
                    " head of zeros would make that layer zero too; give the head weights of its"
                    " own, and define it last"
                )


def check_output(output: Any, count: int, classes: int, where: str, when: str = "") -> None:
    """See that a network returned logits (count, classes).

    Raises:
        InputError: it did not; the message describes what it returned.
    """
    found = described(output)
    if not isinstance(output, Tensor):
        raise InputError(
            f"{where}: the network returns {found}{when}; it must return its logits alone, a tensor"
            " of shape"
            f" ({count}, {classes}): take them out in its forward method, such as return output[0]"
            " or output.logits"
        )
    if tuple(output.shape) != (count, classes):
        raise InputError(
            f"{where}: the network returns {found} for {count} examples{when}; it must be ({count},"
            f" {classes})"
        )
    if not output.is_floating_point():
        kind = str(output.dtype).removeprefix("torch.")
        raise InputError(
            f"{where}: the network returns numbers of type {kind}{when}; it must return logits, of"
            " type float32"
        )


def described(output: Any) -> str:
    """What a network returned, in words."""
    kind = type(output).__name__
    if output is None:
        return "None"
    if isinstance(output, Tensor):
        return f"shape {tuple(output.shape)}"
    if isinstance(output, Mapping):
        return f"a {kind} with keys {', '.join(map(str, output))}"
    if isinstance(output, tuple | list):
        return f"a {kind} of {len(output)} ({', '.join(described(part) for part in output[:4])})"
    fields = (
        [name for name in vars(output) if not name.startswith("_")]
        if hasattr(output, "__dict__")
        else []
    )
    return f"an object of type {kind}" + (f" with {', '.join(fields[:6])}" if fields else "")


def check_unchanged(x: Tensor, before: Tensor, where: str) -> None:
    """See that the network left its inputs as they were.

    Raises:
        InputError: it changes them in place, and so the data set itself.
    """
    if not torch.equal(x, before):
        raise InputError(
            f"{where}: the network changes its inputs in place, and so the data; write x = x - mean"
            " instead of x -= mean,"
            " and no inplace=True in its first layer"
        )


def _check_start(
    net: nn.Module, logits: Tensor, name: str, head: nn.Linear | nn.Conv2d, where: str
) -> None:
    """See that logits are zero, and that the head can move them."""
    slopes = _slopes(logits, head)
    learns = any(slope.any() for key, slope in slopes.items() if key != "bias")
    if (wrappers := _wrappers(head)) and not (learns and (logits == 0).all()):
        raise InputError(
            f"{where}: the head {name!r} is under {', '.join(wrappers)}, so that its weights cannot"
            " be zero; leave it off the"
            " head (weight_norm may stay), or let a plain nn.Linear make the outputs"
        )
    if logits.isnan().any():
        raise InputError(
            f"{where}: the network returns NaN where its last linear layer {name!r} is zero"
        )
    if logits.abs().max() > 0:
        alike = [
            n
            for n, m in net.named_modules()
            if isinstance(m, nn.Linear) and m.out_features == logits.shape[1]
        ]
        several = (
            f" (layers as wide as the output are {', '.join(alike)})" if len(alike) > 1 else ""
        )
        raise InputError(
            f"{where}: the network does not start at equal probabilities:"
            " its last linear layer must be the output, so that zeroing it gives logits of 0;"
            f" {name!r} is not alone{several}."
            " Take a network with a single head, and no softmax behind it"
        )
    if not all(slope.isfinite().all() for slope in slopes.values()):
        raise InputError(
            f"{where}: the gradient of the head {name!r} is not finite where the head is zero"
        )
    if not any(slope.any() for slope in slopes.values()):
        raise InputError(
            f"{where}: the network cannot learn from equal probabilities: its last linear layer"
            " gets no gradient where it is"
            " zero, or is frozen; let its outputs be the logits, with no ReLU behind them"
        )


def _wrappers(head: nn.Module) -> list[str]:
    """Names of what makes a layer's weights from others: parametrizations, old ones included."""
    lists = getattr(head, "parametrizations", {}).values()
    found = [type(one).__name__ for several in lists for one in several]
    found += [
        type(hook).__name__ for hook in head._forward_pre_hooks.values() if hasattr(hook, "name")
    ]
    return [name.strip("_") for name in found if name.strip("_") not in ("WeightNorm", "function")]


def _slopes(logits: Tensor, head: nn.Module) -> dict[str, Tensor]:
    """How a logit depends on each of the head's parameters, by name."""
    weights = {
        key: parameter for key, parameter in head.named_parameters() if parameter.requires_grad
    }
    if not weights or not logits.requires_grad:
        return {}
    with torch.enable_grad():
        slopes = torch.autograd.grad(logits[:, 0].sum(), list(weights.values()), allow_unused=True)
    return {key: slope for key, slope in zip(weights, slopes, strict=True) if slope is not None}
