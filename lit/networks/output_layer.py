"""The output layer of a network: which it is, and that the network can learn from its zeros.

A head of zeros gives every class the same probability: a label costs log2 C bits exactly.
"""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from lit.data.dataset import Form
from lit.errors import InputError

# Under weight_norm a layer's weight is gain * direction / |direction|: a gain of zero makes it
# zero, a direction of zero NaN.
DIRECTIONS = ("weight_v", "parametrizations.weight.original1")


def find_head(net: nn.Module, where: str = "model") -> tuple[str, nn.Linear | nn.Conv2d]:
    """Name and module of the output layer: the last linear (or 1x1 convolution) layer."""
    heads = [(n, m) for n, m in net.named_modules() if isinstance(m, nn.Linear | nn.Conv2d)]
    if not heads:
        raise InputError(
            f"{where}: the network has no linear or 1x1 convolution layer as head; add nn.Linear"
        )
    return heads[-1]


def head_keys(net: nn.Module) -> list[str]:
    """Names of the head's parameters."""
    name, head = find_head(net)
    return [f"{name}.{key}" for key, _ in head.named_parameters()]


def zero_head(net: nn.Module, form: Form, where: str, hint: str = "") -> None:
    """Give every class the same probability, and see that the network can learn from there.

    Raises:
        InputError: a network that cannot be trained from a head of zeros, naming the part of it;
            ``hint`` is added where it does not accept the inputs.
    """
    _refuse(where, _wrong_module(net) or _wrong_tensors(net))
    name, head = find_head(net, where)
    _refuse(where, _shared_head(net, name, head))
    with torch.no_grad():
        for key, parameter in head.named_parameters():
            if key not in DIRECTIONS:
                parameter.zero_()
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(2, *form.shape, generator=generator)
    if form.vocabulary is not None:
        x = torch.randint(form.vocabulary, x.shape, generator=generator)
    before, training = x.clone(), net.training
    try:
        with torch.enable_grad():
            logits = net.eval()(x)
    except Exception as error:  # shape errors come as many types
        raise InputError(
            f"{where}: the network does not accept inputs of shape (2, *{form.shape}):"
            f" {error}{hint}"
        ) from error
    finally:
        net.train(training)
    check_output(logits, 2, form, where)
    check_unchanged(x, before, where)
    _refuse(where, _wrong_start(net, logits, name, head))


def _refuse(where: str, wrong: str | None) -> None:
    if wrong:
        raise InputError(f"{where}: {wrong}")


def _wrong_module(net: nn.Module) -> str | None:
    """Why a module cannot be trained beside others of its kind, or None."""
    parallel = (nn.DataParallel, nn.parallel.DistributedDataParallel)
    if any(isinstance(m, parallel) for m in net.modules()):
        return "the network is wrapped in DataParallel; return the network in it"
    if isinstance(net, torch.jit.ScriptModule):
        return "the network is a TorchScript module; return the Python module it was made from"
    lazy = (nn.UninitializedParameter, nn.UninitializedBuffer)
    if any(isinstance(v, lazy) for v in [*net.parameters(), *net.buffers()]):
        return "the network has lazy layers; write their sizes, such as nn.Linear(64, classes)"
    return None


def _wrong_tensors(net: nn.Module) -> str | None:
    """Why a network's state is no tensors that can be kept, stacked and trained, or None."""
    owners: dict[int, tuple[str, Tensor]] = {}  # by memory
    for name, v in net.state_dict(keep_vars=True).items():
        if not isinstance(v, Tensor):
            return f"the network keeps {name!r}, which is no tensor; use parameters and buffers"
        if str(v.device) != "cpu":
            return f"the network is built on {str(v.device)!r}; build it on the CPU, jobs move it"
        if v.dtype == torch.bfloat16 or v.is_complex():
            return (
                f"{name} is of type {type_name(v)}, which result files cannot hold; build with"
                " net.float(), and keep real and imaginary parts as two tensors"
            )
        # two that share memory, but are not one, would drift apart in a stack of models
        other, first = owners.setdefault(v.data_ptr(), (name, v)) if v.numel() else (name, v)
        if first is not v and (first.requires_grad or v.requires_grad):
            return (
                f"{other} and {name} share memory, but are not one parameter, so that they would"
                " be trained apart; assign the parameter itself: self.b.weight = self.a.weight"
            )
    trained = [p for p in net.parameters() if p.requires_grad]
    types = {p.dtype for p in trained}
    if len(types) > 1 or types - {torch.float32, torch.float64}:
        found = ", ".join(sorted({type_name(p) for p in trained}))
        return f"trained parameters are of type {found}; make all float32: build with net.float()"
    return None


def type_name(value: Tensor) -> str:
    """A tensor's type in words, such as float32."""
    return str(value.dtype).removeprefix("torch.")


def _shared_head(net: nn.Module, name: str, head: nn.Module) -> str | None:
    """Which other layer has the head's weights, and would be taken to zero as well; or None."""
    owned = {id(p): key for key, p in head.named_parameters()}
    within = set(head.modules())
    for at, module in net.named_modules():
        for key, parameter in module.named_parameters(recurse=False):
            if module not in within and id(parameter) in owned:
                return (
                    f"the last linear layer {name!r} is the head, but its {owned[id(parameter)]}"
                    f" is also {at}.{key}; give it weights of its own, and define it last"
                )
    return None


def check_output(output: Any, count: int, form: Form, where: str, when: str = "") -> None:
    """Raise InputError where a network returned anything but logits of ``count`` examples; those
    of several labels may lie one behind the other."""
    allowed = {(count, *form.outputs), (count, math.prod(form.outputs))}
    found = f"{where}: the network returns {described(output)}"
    wanted = " or ".join(map(str, sorted(allowed, key=len, reverse=True)))
    if not isinstance(output, Tensor):
        raise InputError(
            f"{found}{when}; it must return its logits alone, a tensor of shape {wanted}: take them"
            " out in its forward method, such as return output[0] or output.logits"
        )
    if tuple(output.shape) not in allowed:
        raise InputError(f"{found} for {count} examples{when}; it must be {wanted}")
    if not output.is_floating_point():
        raise InputError(
            f"{where}: the network returns numbers of type {type_name(output)}{when}; it must"
            " return logits, of type float32"
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
        return f"a {kind} of {len(output)} ({', '.join(map(described, output[:4]))})"
    fields = [name for name in getattr(output, "__dict__", ()) if not name.startswith("_")]
    return f"an object of type {kind}" + (f" with {', '.join(fields[:6])}" if fields else "")


def check_unchanged(x: Tensor, before: Tensor, where: str) -> None:
    """Raise InputError where a network changed its inputs in place, and so the data set itself."""
    if not torch.equal(x, before):
        raise InputError(
            f"{where}: the network changes its inputs in place, and so the data; write x = x - mean"
            " instead of x -= mean, and no inplace=True in its first layer"
        )


def _wrong_start(
    net: nn.Module, logits: Tensor, name: str, head: nn.Linear | nn.Conv2d
) -> str | None:
    """Why logits are not zero, or the head cannot move them; or None."""
    slopes = _slopes(logits, head)
    learns = any(slope.any() for key, slope in slopes.items() if key != "bias")
    if (wrappers := _wrappers(head)) and not (learns and (logits == 0).all()):
        return (
            f"the head {name!r} is under {', '.join(wrappers)}, so that its weights cannot be zero;"
            " let a plain nn.Linear make the outputs (weight_norm may stay)"
        )
    if logits.isnan().any():
        return f"the network returns NaN where its last linear layer {name!r} is zero"
    if logits.any():
        linear = [(n, m) for n, m in net.named_modules() if isinstance(m, nn.Linear)]
        alike = [n for n, m in linear if m.out_features == logits.shape[-1]]
        found = f" (layers as wide as the output are {', '.join(alike)})" if len(alike) > 1 else ""
        return (
            "the network does not start at equal probabilities: its logits are not 0 where its"
            f" last linear layer {name!r} is{found}; take a single head, and no softmax behind it"
        )
    if not all(slope.isfinite().all() for slope in slopes.values()):
        return f"the gradient of the head {name!r} is not finite where the head is zero"
    if not any(slope.any() for slope in slopes.values()):
        return (
            "the network cannot learn from equal probabilities: its last linear layer gets no"
            " gradient where it is zero, or is frozen; let its outputs be the logits, without ReLU"
        )
    return None


def _wrappers(head: nn.Module) -> list[str]:
    """Names of what makes a layer's weights from others: parametrizations, old ones included."""
    makers = [one for several in getattr(head, "parametrizations", {}).values() for one in several]
    makers += [hook for hook in head._forward_pre_hooks.values() if hasattr(hook, "name")]
    names = [type(maker).__name__.strip("_") for maker in makers]
    return [name for name in names if name not in ("WeightNorm", "function")]


def _slopes(logits: Tensor, head: nn.Module) -> dict[str, Tensor]:
    """How a logit depends on each of the head's parameters, by name."""
    weights = {key: p for key, p in head.named_parameters() if p.requires_grad}
    if not weights or not logits.requires_grad:
        return {}
    with torch.enable_grad():
        first = logits[..., 0].sum()
        slopes = torch.autograd.grad(first, list(weights.values()), allow_unused=True)
    return {key: slope for key, slope in zip(weights, slopes, strict=True) if slope is not None}
