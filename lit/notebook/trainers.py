"""Recorders in the trainers of other libraries, none of which is imported here.

A trainer's own forward pass is of a network in training mode, with dropout. So each minibatch is
scored in a pass of its own before the training step: about a third more computing. It draws no
random numbers: what is trained is the same to the bit as without a recorder.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from lit.errors import InputError
from lit.logs import log
from lit.networks.language_model import try_out

ONE_PASS = "a recording is of one pass, each example scored once before it is trained on"
# Ends of names of Hugging Face's classes: logits at a place are of the label at the next one, of
# the label at the place itself, or of the one or the other by the options.
NEXT = ("ForCausalLM", "LMHeadModel")
SAME = ("ForMaskedLM", "Classification")
EITHER = ("WithLMHeadModel", "XLNetLMHeadModel")


@contextmanager
def evaluation(network: torch.nn.Module) -> Iterator[None]:
    """The network in evaluation mode without gradients; every part gets its mode back."""
    modes = {part: part.training for part in network.modules()}
    network.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for part, mode in modes.items():
            part.training = mode


def follow(recorder: Any, trainer: Any, causal: bool | None = None) -> None:
    """Score every minibatch of a Hugging Face ``Trainer`` before it is trained on.

    The trainer's callbacks are not given minibatches, so its ``training_step`` is wrapped. With
    gradient accumulation the minibatches of one step are all scored before it.

    Args:
        recorder: See :func:`lit.record`. The caller closes it after ``trainer.train()``.
        trainer: A ``transformers.Trainer`` of one process, for one epoch or some steps of it.
        causal: Whether logits at a place are of the label at the next one. Left out, the class of
            the network or one that it is derived from says it: ``...ForCausalLM`` or
            ``...LMHeadModel``.

    Raises:
        InputError: more than one epoch or process; a training that goes on from a checkpoint, or
            begins again; a network of which nothing says whether it is causal, or that sees the
            labels which it is to code.
    """
    if trainer.args.max_steps <= 0 and trainer.args.num_train_epochs > 1:
        epochs = trainer.args.num_train_epochs
        raise InputError(f"follow: num_train_epochs is {epochs:g}, but {ONE_PASS}; write 1")
    _check_processes(trainer.args.world_size)
    train = trainer.training_step

    def score_and_train(model: Any, inputs: Any, *more: Any, **named: Any) -> Any:
        prepared = dict(trainer._prepare_inputs(inputs))
        if "labels" not in prepared:
            found = ", ".join(prepared)
            raise InputError(f"follow: a minibatch has {found}, and no labels; name them so")
        labels = prepared.pop("labels")
        several = labels.ndim > 1  # where an example has one label, there is no next one
        shifted = several and _is_causal(model) if causal is None else causal
        with evaluation(model), trainer.compute_loss_context_manager():
            logits = model(**prepared).logits
            if several and not recorder.begun:
                _check_labels_unseen(model, prepared.get("input_ids"), labels, shifted)
        if shifted:
            logits, labels = logits[:, :-1], labels[:, 1:]
        recorder.score(logits, labels)
        return train(model, inputs, *more, **named)

    trainer.training_step = score_and_train
    trainer.add_callback(_HuggingFaceCallback(recorder))


def _check_labels_unseen(model: Any, tokens: Tensor | None, labels: Tensor, causal: bool) -> None:
    """Refuse a network that is given its labels (B, T): with later tokens, or as its own inputs."""
    inner = list(_layers(model))[-1]
    name = type(inner).__name__
    if not causal:
        if tokens is None or "MaskedLM" not in name or tokens.shape != labels.shape:
            return
        if torch.equal(tokens[labels >= 0], labels[labels >= 0]):
            raise InputError(
                f"follow: labels are the inputs of {name}, place by place, none of them masked; it"
                " is to be given labels that it does not see"
            )
        return
    if not hasattr(inner, "get_input_embeddings"):
        return
    try:
        blind = try_out(inner)[1]
    except Exception as error:  # a network that takes more than tokens, or is spread over devices
        log.warning("follow: whether %s sees later tokens could not be tried out: %s", name, error)
        return
    if not blind:
        raise InputError(
            f"follow: {name} sees the tokens that it is to code: its outputs depend on later ones;"
            " make it causal (is_decoder=True in its config)"
        )


def _is_causal(model: Any) -> bool:
    """By the names of the network's class and of those that it is derived from, also of one that is
    compiled, on several devices or within adapters."""
    layers = list(_layers(model))
    for layer in layers:
        for name in (known.__name__ for known in type(layer).__mro__):
            if name.endswith((*NEXT, *SAME)) and not name.endswith(EITHER):
                return name.endswith(NEXT)
    if getattr(getattr(layers[-1], "config", None), "is_encoder_decoder", False):
        return False  # the decoder is given the labels one place later
    name = type(layers[-1]).__name__
    raise InputError(
        f"follow: whether logits of {name} are of the next token cannot be told by its name; write"
        " causal=True where its loss shifts them against the labels, else causal=False"
    )


def _layers(model: Any) -> Iterator[Any]:
    """A network as it is given, and each that it wraps, down to the one that was built."""
    yield model
    inner = getattr(model, "_orig_mod", None)
    inner = getattr(model, "module", None) if inner is None else inner
    if inner is None and hasattr(model, "get_base_model"):
        inner = model.get_base_model()
    if inner is not None:
        yield from _layers(inner)


def _check_processes(processes: int) -> None:
    if processes > 1:
        raise InputError(f"{processes} processes train, and each sees a part; record with one")


def _check_training(recorder: Any, step: int, more_epochs: bool) -> None:
    """Refuse what is no single pass from the start, before the first step."""
    if recorder.begun:
        raise InputError(
            f"the training begins again, but {ONE_PASS}; make network, trainer and recorder anew,"
            " with smaller minibatches if memory ran out"
        )
    if step:
        raise InputError(f"the training goes on from step {step}, but {ONE_PASS}; begin it anew")
    if more_epochs:
        raise InputError(
            f"the training would be of more than one epoch, but {ONE_PASS}; write one epoch, or"
            " fewer steps"
        )


def _check_epoch(recorder: Any) -> None:
    """End the training before a second epoch that could not be foreseen; the first is written."""
    if recorder.begun:
        recorder.close()
        raise InputError(
            f"a second epoch begins, but {ONE_PASS}; {recorder.path} has the first, end the"
            " training there"
        )


class _Callback:
    """What trainers ask of a callback; nothing of theirs is imported for it."""

    state_key = "lit.record"  # of Lightning's checkpoints, in which nothing is kept

    def __init__(self, recorder: Any):
        self._recorder = recorder

    def __getattr__(self, name: str) -> Callable[..., None]:
        """Nothing is done at whatever else a trainer tells its callbacks."""
        if name.startswith("on_") or name in ("setup", "teardown", "state_dict", "load_state_dict"):
            return lambda *about, **more: None
        raise AttributeError(name)


class _HuggingFaceCallback(_Callback):
    """Refuses what is no single pass, as Hugging Face's ``Trainer`` calls it."""

    def on_train_begin(self, arguments: Any, state: Any, *about: Any, **more: Any) -> None:
        # Of data without a length the trainer says sys.maxsize.
        more_epochs = 1 < state.num_train_epochs < sys.maxsize
        _check_training(self._recorder, state.global_step, more_epochs)

    def on_epoch_begin(self, *about: Any, **more: Any) -> None:
        _check_epoch(self._recorder)


class LightningCallback(_Callback):
    """Scores every minibatch before Lightning's ``Trainer`` trains on it; closes at the end.

    Args:
        recorder: See :func:`lit.record`.
        predict: ``predict(module, batch)`` returns logits and labels; left out, a minibatch is a
            pair x, y, and the logits are ``module(x)``.
    """

    def __init__(self, recorder: Any, predict: Callable[[Any, Any], Any] | None = None):
        super().__init__(recorder)
        self._predict = predict or (lambda module, batch: (module(batch[0]), batch[1]))

    def on_train_start(self, trainer: Any, module: Any) -> None:
        """Refuse what is no single pass; called by the trainer."""
        _check_processes(trainer.world_size)
        steps, batches = trainer.estimated_stepping_batches, trainer.num_training_batches
        more_epochs = (steps - 1) * trainer.accumulate_grad_batches >= batches
        _check_training(self._recorder, trainer.global_step, more_epochs)

    def on_train_epoch_start(self, trainer: Any, module: Any) -> None:
        """Refuse a second epoch; called by the trainer."""
        _check_epoch(self._recorder)

    def on_train_batch_start(self, trainer: Any, module: Any, batch: Any, number: int) -> None:
        """Score the minibatch; called by the trainer."""
        with evaluation(module):
            logits, labels = self._predict(module, batch)
        self._recorder.score(logits, labels)

    def on_train_end(self, trainer: Any, module: Any) -> None:
        """Write the file; called by the trainer."""
        self._recorder.close()


def lightning_callback(recorder: Any, predict: Callable[[Any, Any], Any] | None) -> Any:
    """A :class:`LightningCallback` that is a ``Callback`` of the Lightning that is imported, by
    whichever of its two names: its trainer takes no other."""
    named = (sys.modules.get(name) for name in ("lightning.pytorch", "pytorch_lightning"))
    theirs = [module.Callback for module in named if module is not None]
    return type("LightningCallback", (LightningCallback, *theirs), {})(recorder, predict)
