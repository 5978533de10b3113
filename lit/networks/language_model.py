"""Language models of Hugging Face transformers, on tokens, behind one interface.

Where label t is token t + 1, a causal model says it by its own output layer. Else the hidden
numbers that it ends with, of each token or pooled, go through a linear layer of ours.
"""

from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lit.data.dataset import Form
from lit.errors import InputError
from lit.extras import import_extra
from lit.networks.hub_files import folder_of, import_transformers, quiet, read_config
from lit.networks.output_layer import find_head, head_keys
from lit.networks.pooling import pool
from lit.networks.small import Wrapper

ADAPTER = "lora_"  # in the names of the matrices that LoRA adds
MOVED = 1e-5  # share of the largest output by which rounding may move one


class LanguageModel(Wrapper):
    """A network of transformers with an output layer; what is behind the last token is not seen.

    Attributes:
        net: The library's network.
        causal: Whether a token sees those before it alone.
        pooling: How an example's hidden numbers become one row: ``mean``, ``last``, ``cls``.
    """

    def __init__(self, net: nn.Module, form: Form, pooling: str | None, where: str):
        """Without ``pooling``, causal ones take the last token, others the mean."""
        super().__init__(net)
        width, self.causal = try_out(net)
        self.pooling = pooling or ("last" if self.causal else "mean")
        self.each = form.labels == form.shape[0]  # a label a token
        self.next = form.next_tokens
        if self.next and not self.causal:
            raise seen_labels(where)
        if self.causal and self.pooling == "cls":
            raise InputError(
                f"{where}: pooling: cls takes the first token, which in a causal network sees no"
                " other; write last or mean"
            )
        if self.next:
            give_own_head(net, form.classes)
        else:
            outputs = 1 if self.each else form.labels or 1
            self.head = nn.Linear(width, outputs * form.classes)

    def forward(self, x: Int[Tensor, "B T"]) -> Float[Tensor, "B ..."]:
        """Logits (B, T, C) of tokens, or (B, C) of examples; tokens are -1 behind the last."""
        there = x >= 0
        found = self.net(input_ids=x.clamp(min=0).long(), attention_mask=there.long())[0]
        if self.next:
            return found
        return self.head(found if self.each else pool(found, there, self.pooling))


def build_language_model(spec: Mapping[str, Any], form: Form, where: str) -> LanguageModel:
    """The network of an entry's config with random weights, drawn by torch.

    Raises:
        InputError: no such network, or one that does not fit the tokens or the labels.
    """
    transformers = import_transformers(where)
    folder = folder_of(spec, where)
    config = read_config(transformers, folder, where)
    _check_sizes(config, form, where)
    kind = transformers.AutoModelForCausalLM if form.next_tokens else transformers.AutoModel
    if form.next_tokens and type(config) not in transformers.MODEL_FOR_CAUSAL_LM_MAPPING:
        raise InputError(
            f"{where}: labels are the next tokens, which a network of type {config.model_type}"
            " does not predict; take a causal model, or a data set of other labels"
        )
    with quiet(transformers):
        net = kind.from_config(config, dtype=torch.float32)
    _check_positions(net, config, form, where)
    if getattr(net, "pooler", None) is not None:
        net.pooler = None  # it makes numbers that are not used here
    model = LanguageModel(net, form, spec.get("pooling"), where)
    _freeze(model, spec, where)
    return model


def try_out(net: Any) -> tuple[int, bool]:
    """How many numbers a network ends with, and whether a token sees those before it alone, under
    the weights it has.

    It is tried out, on two tokens, since the configs of different networks say it differently. By
    the slope: that of what is not seen is exactly zero, and that of what is seen does not vanish
    beside other numbers, as a difference does where weights are small.
    """
    outputs, slopes = _slopes(net.eval())
    with torch.no_grad():
        other = net(**_two_tokens(net, 0))[0]
    moved = (outputs - other)[:, 0].abs().max() > MOVED * outputs.abs().max()
    seen = moved if slopes is None else moved or slopes[:, 1].any()
    return outputs.shape[-1], not seen


def _two_tokens(net: Any, second: int) -> dict[str, Tensor]:
    """Token 0 and a second one, none of them masked."""
    tokens = torch.tensor([[0, second]], device=net.get_input_embeddings().weight.device)
    return {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}


@torch.enable_grad()
def _slopes(net: Any) -> tuple[Tensor, Tensor | None]:
    """Outputs (1, 2, D) of tokens 0 and 1, and slopes (1, 2, E) of those of the first by the
    embedding of each; None where there is not one embedding."""
    taken: list[Tensor] = []

    def note(module: nn.Module, inputs: Any, output: Tensor) -> Tensor:
        taken.append(output.detach().requires_grad_())
        return taken[-1].clone()

    handle = net.get_input_embeddings().register_forward_hook(note)
    try:
        outputs = net(**_two_tokens(net, 1))[0]
    finally:
        handle.remove()
    if len(taken) != 1:
        return outputs.detach(), None
    first = outputs[0, 0]
    # not all alike: a plain sum of what is normalised is 0
    weights = torch.linspace(-1, 2, len(first)).square().to(first)
    (slopes,) = torch.autograd.grad((first * weights).sum(), taken)
    return outputs.detach(), slopes


def seen_labels(where: str) -> InputError:
    """The error where labels are the next tokens, and a network sees these."""
    return InputError(
        f"{where}: labels are the next tokens, which this network sees (it is no causal one); take"
        " a causal model, or a data set of other labels"
    )


def give_own_head(net: Any, classes: int) -> None:
    """Untie the output layer from the embedding, whose weights zeros would take away as well, and
    keep the outputs of the first tokens, those that the data have."""
    head = net.get_output_embeddings()
    net.config.tie_word_embeddings = False
    for key, value in list(head.named_parameters()):
        setattr(head, key, nn.Parameter(value.detach()[:classes].clone()))
    head.out_features = classes


def _check_sizes(config: Any, form: Form, where: str) -> None:
    needed = max(form.vocabulary or 0, form.classes if form.next_tokens else 0)
    if needed > config.vocab_size:
        raise InputError(
            f"{where}: the data have a vocabulary of {needed} tokens, the model one of"
            f" {config.vocab_size}; make the data with the model's own tokenizer"
        )


def _check_positions(net: nn.Module, config: Any, form: Form, where: str) -> None:
    """See that examples are no longer than the network has positions for tokens: those that are
    like RoBERTa keep the first ones for padding."""
    said = positions = getattr(config, "max_position_embeddings", None) or 0
    for name, module in net.named_modules():
        kept = getattr(module, "padding_idx", None)
        if name.endswith("position_embeddings") and kept is not None:
            positions = module.num_embeddings - kept - 1
    if 0 < positions < form.shape[0]:
        padding = f" ({said - positions} of its {said} are for padding)" * (positions < said)
        raise InputError(
            f"{where}: examples have {form.shape[0]} tokens, the model {positions}"
            f" positions{padding}; write length: {positions} for the data set, or take another"
            " model"
        )


def _freeze(model: LanguageModel, spec: Mapping[str, Any], where: str) -> None:
    """Leave what the entry has trained: ``all``, the ``head``, or that and ``lora``."""
    train = spec.get("train", "all")
    if "lora" in spec and train != "lora":
        raise InputError(f"{where}: lora belongs to train: lora; write that too, or take it out")
    if train == "all":
        return
    if train == "lora":
        _add_lora(model, spec.get("lora", {}), where)
    heads = head_keys(model)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name in heads or ADAPTER in name)


def _add_lora(model: LanguageModel, options: Mapping[str, Any], where: str) -> None:
    """Put matrices of low rank beside linear layers (Hu et al. 2022, arXiv:2106.09685).

    They add nothing at first: one of each two is zero, the other is drawn by torch.
    """
    peft = import_extra("peft", "text", f"{where}: train: lora needs the package peft")
    from transformers.pytorch_utils import Conv1D

    _, head = find_head(model)
    layers = {name: m for name, m in model.net.named_modules() if m is not head}
    layers = {name: m for name, m in layers.items() if isinstance(m, nn.Linear | Conv1D)}
    kinds = sorted({name.rpartition(".")[2] for name in layers})
    chosen = []
    for target in options.get("targets") or kinds:
        found = [name for name in layers if f".{name}".endswith(f".{target}")]
        if not found:
            raise InputError(
                f"{where}: lora.targets: no linear layer is named {target!r}; there are"
                f" {', '.join(kinds)}"
            )
        chosen += found
    config = peft.LoraConfig(
        r=options.get("rank", 8),
        lora_alpha=options.get("alpha", 16),
        target_modules=sorted(set(chosen)),
        fan_in_fan_out=any(isinstance(layers[name], Conv1D) for name in chosen),
    )
    peft.inject_adapter_in_model(config, model.net)
