"""Recorders in the trainers of other libraries, none of which is imported here.

A trainer's own forward pass is of a network in training mode, with dropout. So each minibatch is
scored in a pass of its own before the training step: about a third more computing. It draws no
random numbers: what is trained is the same to the bit as without a recorder.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from lit.errors import InputError

ONE_PASS = "a recording is of one pass, each example scored once before it is trained on"


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
            the network says it: ``...ForCausalLM`` or ``...LMHeadModel``.

    Raises:
        InputError: more than one epoch or process; a training that goes on from a checkpoint.
    """
    if trainer.args.max_steps <= 0 and trainer.args.num_train_epochs > 1:
        epochs = trainer.args.num_train_epochs
        raise InputError(f"follow: num_train_epochs is {epochs:g}, but {ONE_PASS}; write 1")
    train, begun = trainer.training_step, False

    def score_and_train(model: Any, inputs: Any, *more: Any, **named: Any) -> Any:
        nonlocal begun
        state = trainer.state
        _check_pass(state.epoch or 0, state.global_step, begun, trainer.args.world_size)
        begun = True
        prepared = dict(trainer._prepare_inputs(inputs))
        labels = prepared.pop("labels")
        with evaluation(model), trainer.compute_loss_context_manager():
            logits = model(**prepared).logits
        if _is_causal(model) if causal is None else causal:
            logits, labels = logits[:, :-1], labels[:, 1:]
        recorder.score(logits, labels)
        return train(model, inputs, *more, **named)

    trainer.training_step = score_and_train


def _is_causal(model: Any) -> bool:
    """By the name of the class, that of the network within adapters."""
    inner = getattr(model, "module", model)
    inner = inner.get_base_model() if hasattr(inner, "get_base_model") else inner
    return type(inner).__name__.endswith(("ForCausalLM", "LMHeadModel"))


def _check_pass(epoch: float, step: int, begun: bool, processes: int) -> None:
    if processes > 1:
        raise InputError(f"{processes} processes train, and each sees a part; record with one")
    if epoch >= 1:
        raise InputError(f"a second epoch begins, but {ONE_PASS}; end the training after the first")
    if step and not begun:
        raise InputError(f"the training goes on from step {step}, but {ONE_PASS}; begin it anew")


class LightningCallback:
    """Scores every minibatch before Lightning's ``Trainer`` trains on it; closes at the end.

    It has what the trainer asks of a callback without being a subclass of Lightning's, so that
    nothing of it is imported.

    Args:
        recorder: See :func:`lit.record`.
        predict: ``predict(module, batch)`` returns logits and labels; left out, a minibatch is a
            pair x, y, and the logits are ``module(x)``.
    """

    state_key = "lit.record"  # of checkpoints, in which nothing is kept

    def __init__(self, recorder: Any, predict: Callable[[Any, Any], Any] | None = None):
        self._recorder = recorder
        self._predict = predict or (lambda module, batch: (module(batch[0]), batch[1]))
        self._begun = False

    def on_train_batch_start(self, trainer: Any, module: Any, batch: Any, number: int) -> None:
        """Score the minibatch; called by the trainer."""
        step, processes = trainer.global_step, trainer.world_size
        _check_pass(trainer.current_epoch, step, self._begun, processes)
        self._begun = True
        with evaluation(module):
            logits, labels = self._predict(module, batch)
        self._recorder.score(logits, labels)

    def on_train_end(self, trainer: Any, module: Any) -> None:
        """Write the file; called by the trainer."""
        self._recorder.close()

    def __getattr__(self, name: str) -> Callable[..., None]:
        """Nothing is done at whatever else a trainer tells its callbacks."""
        if name.startswith("on_") or name in ("setup", "teardown", "state_dict", "load_state_dict"):
            return lambda *about, **more: None
        raise AttributeError(name)
