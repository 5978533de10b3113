"""``lit.record``: code lengths of a training loop of anybody's, each example scored before it is
trained on; see docs/recorded.md."""

import math
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import torch

from lit.errors import InputError
from lit.files.recorded_columns import COLUMNS, Columns, add, read_columns
from lit.notebook.trainers import LightningCallback, follow
from lit.study.recordings import SUFFIXES, THETA0, check_about

IGNORED = -100  # of a label that is none, as in torch.nn.functional.cross_entropy
AT_ONCE = 2**24  # logits that are turned into float64 at once


def record(
    path: str | Path,
    *,
    run: str,
    start: str,
    seed: int,
    classes: int,
    n: int | None = None,
    model: str = "",
    dataset: str = "",
    source: str = "",
    network: Any = None,
    allow_training_mode: bool = False,
) -> "Recorder":
    """Begin the recorded code of one stream: of one run, from one start, with one seed.

    Args:
        path: A file that ends in .parquet, .h5 or .hdf5; streams are added to one that is there.
            One process at a time writes it: trainings side by side write files of their own.
        run: Name of the question: theta0 and every M of one run code the same streams.
        start: ``theta0``, or the name of the M that the training starts from.
        seed: Of the stream's order; L_IT is paired by it.
        classes: Number of classes C. A label costs log2 C bits if nothing is known of it.
        n: Examples that M was trained on; None where that is not known.
        model: Its name for the tables.
        dataset: Likewise.
        source: Name of the data set that M was trained on; left out, it is ``dataset``.
        network: The module that is trained. In training mode, where dropout and the like may be at
            work, scoring is then refused; without it nobody looks.
        allow_training_mode: Write True where the network does the same in both modes.

    Raises:
        InputError: a name, number or file that cannot be used; a stream that is recorded already.
    """
    path, where = Path(path), "record"
    if path.suffix not in SUFFIXES:
        raise InputError(f"{where}: {path}: write a name that ends in {', '.join(SUFFIXES)}")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise InputError(f"{where}: seed is {seed!r}; write a whole number, 0 or more")
    said = {"model": model, "dataset": dataset}
    more = {"n": n} | ({"source": source} if source else {})
    about = {"classes": classes, "k": 1, "starts": {} if start == THETA0 else {start: more}}
    about |= {key: text for key, text in said.items() if text}
    check_about(about, run, where)
    if path.exists():
        columns = read_columns(path)
        same = (columns["run"] == run) & (columns["start"] == start) & (columns["seed"] == seed)
        if same.any():
            raise InputError(
                f"{path}: run {run!r}, start {start!r}, seed {seed} is recorded already; write"
                " another name or file, or remove this one"
            )
    return Recorder(path, run, start, seed, about, network, allow_training_mode)


class Recorder:
    """What ``record`` returns. As a context manager it is closed at the end of the block, and
    writes nothing where that ends in an error."""

    def __init__(
        self,
        path: Path,
        run: str,
        start: str,
        seed: int,
        about: dict[str, Any],
        network: Any,
        in_training: bool,
    ):
        self.path = path
        self._names = {"run": run, "start": start}
        self._seed = seed
        self._about = about
        self._network = network
        self._in_training = in_training
        self._parts: list[Columns] = []
        self._seen: set[int] = set()
        self._closed = False

    def score(self, logits: Any, labels: Any, index: Any = None) -> np.ndarray:
        """Score the next minibatch, before the network is trained on it.

        Args:
            logits: (B, C), or (B, ..., C) where an example carries several labels: a tensor, or an
                array of any library.
            labels: (B,) or (B, ...) integers 0..C-1; -100 is no label, and an example without any
                is left out.
            index: (B,) rows of the examples in their data set. With them a second pass is noticed,
                and intervals are about examples like these.

        Returns:
            (examples,) bits, each the sum over an example's labels.

        Raises:
            InputError: shapes, labels or bits that cannot be used; an example that was scored
                before; a network in training mode.
        """
        self.check_mode(self._network)
        given, target = _tensor(logits), _tensor(labels).long()
        classes = self._about["classes"]
        if given.ndim < 2 or given.shape[-1] != classes or given.shape[:-1] != target.shape:
            raise InputError(
                f"score: logits have shape {tuple(given.shape)} and labels {tuple(target.shape)};"
                f" (B, {classes}) and (B,) belong together, or (B, ..., {classes}) and (B, ...)"
            )
        bits, counts, right = _bits(given, target, classes)
        kept = counts > 0
        rows = None if index is None else _tensor(index).cpu().numpy()
        if rows is not None and rows.shape != kept.shape:
            raise InputError(f"score: index has shape {rows.shape}, where {kept.shape} belongs")
        rows = None if rows is None else rows[kept]
        return self.add(bits[kept], counts[kept], rows, right[kept])

    def add(self, bits: Any, labels: Any = None, index: Any = None, right: Any = None) -> Any:
        """Add the next examples by their bits, as :meth:`score` works them out.

        Args:
            bits: (B,) of each example, the sum over its labels.
            labels: (B,) how many these are; left out, one each.
            index: (B,) rows in the data set.
            right: (B,) 1 where all of an example's labels are the likeliest class, else 0.
        """
        if self._closed:
            raise InputError(f"{self.path}: the recorder is closed; begin another by lit.record")
        bits = np.asarray(bits, dtype=np.float64)
        wrong = ~(np.isfinite(bits) & (bits >= 0))
        if bits.ndim != 1 or wrong.any():
            found = f"shape {bits.shape}" if bits.ndim != 1 else f"{bits[wrong][0]}"
            raise InputError(f"score: bits are {found}, where (B,) finite numbers from 0 on belong")
        part = {"bits": bits}
        for name, values in (("labels", labels), ("index", index), ("right", right)):
            if values is not None:
                part[name] = np.asarray(values, dtype=np.int64)
                if part[name].shape != bits.shape:
                    raise InputError(
                        f"score: {name} has shape {part[name].shape}, not {bits.shape}"
                    )
        if self._parts and set(part) != set(self._parts[0]):
            raise InputError("score: index belongs to every minibatch, or to none")
        self._check_fresh(part.get("index", np.array([], dtype=np.int64)).tolist())
        self._parts.append(part)
        return bits

    def _check_fresh(self, rows: list[int]) -> None:
        twice = [row for row, times in Counter(rows).items() if times > 1 or row in self._seen]
        if twice:
            raise InputError(
                f"score: example {twice[0]} was scored before: a second pass codes labels that the"
                " network has seen; end the stream after the first"
            )
        self._seen.update(rows)

    def check_mode(self, network: Any) -> None:
        """Refuse a network in training mode, unless told that it does not matter."""
        if not self._in_training and getattr(network, "training", False):
            raise InputError(
                "score: the network is in training mode, in which dropout and batch norm make other"
                " predictions; call network.eval() before it is scored and network.train() after,"
                " or write allow_training_mode=True where there is nothing of the kind"
            )

    def close(self) -> None:
        """Write what was scored, after what the file has; a second time this does nothing.

        Raises:
            InputError: nothing was scored; the file's run has another length k or other classes:
                move the file away, and close again.
        """
        if self._closed:
            return
        if not self._parts:
            raise InputError(f"{self.path}: nothing was scored, so nothing is written")
        joined = {name: np.concatenate([p[name] for p in self._parts]) for name in self._parts[0]}
        k = len(joined["bits"])
        same = {name: np.full(k, text, dtype=object) for name, text in self._names.items()}
        same |= {"seed": np.full(k, self._seed), "position": np.arange(k)}
        same |= {"labels": np.ones(k, dtype=np.int64)}
        columns = same | joined
        about = {self._names["run"]: self._about | {"k": k}}
        add(self.path, about, {name: columns[name] for name in COLUMNS if name in columns})
        self._closed = True

    def follow(self, trainer: Any, causal: bool | None = None) -> None:
        """Score every minibatch of a Hugging Face ``Trainer`` before it is trained on; see
        :func:`lit.notebook.trainers.follow`."""
        follow(self, trainer, causal)

    def lightning_callback(self, predict: Any = None) -> LightningCallback:
        """A callback for Lightning's ``Trainer``; see
        :class:`lit.notebook.trainers.LightningCallback`."""
        return LightningCallback(self, predict)

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()


def _tensor(values: Any) -> torch.Tensor:
    """On the CPU where the device has no float64 (Apple's), else where it is."""
    tensor = values if isinstance(values, torch.Tensor) else torch.as_tensor(np.asarray(values))
    return tensor.detach().cpu() if tensor.device.type == "mps" else tensor.detach()


def _bits(
    logits: torch.Tensor, labels: torch.Tensor, classes: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each example (B,): bits of its labels, how many these are, and whether all are right."""
    rows, target = logits.reshape(-1, classes), labels.reshape(-1)
    known = target != IGNORED
    if (wrong := known & ((target < 0) | (target >= classes))).any():
        found = int(target[wrong][0])
        raise InputError(f"score: label {found} is none of {classes} classes; none is {IGNORED}")
    nats, right = [], []
    size = max(AT_ONCE // classes, 1)  # in float64 all logits of a language model may not fit
    for some, own in zip(rows.split(size), target.clamp(min=0).split(size), strict=True):
        wide = some.double()
        nats.append(wide.logsumexp(1) - wide.gather(1, own[:, None])[:, 0])
        right.append(wide.argmax(1) == own)
    zero = torch.zeros((), dtype=torch.float64, device=rows.device)
    each = torch.where(known, torch.cat(nats), zero).clamp(min=0)  # rounding may go below 0
    missed = known & ~torch.cat(right)
    per_example = (len(labels), -1)
    bits = each.reshape(per_example).sum(1) / math.log(2)
    counts, all_right = known.reshape(per_example).sum(1), ~missed.reshape(per_example).any(1)
    return bits.cpu().numpy(), counts.cpu().numpy(), all_right.long().cpu().numpy()
