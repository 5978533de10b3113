"""``lit.record``: code lengths of a training loop of anybody's, each example scored before it is
trained on; see docs/recorded.md."""

from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from lit.errors import InputError
from lit.files.recorded_columns import (
    COLUMNS,
    Columns,
    add,
    check_same_columns,
    check_writable,
    read_columns,
    with_runs,
)
from lit.notebook.recorded_bits import LogitsCheck, bits_of, columns_of, to_tensor, whole_numbers
from lit.notebook.trainers import LightningCallback, follow, lightning_callback
from lit.study.recordings import THETA0, check_about, read_about

ALWAYS = ("run", "start", "seed", "position", "labels")  # columns of every recorder
LARGEST = 2**63 - 1  # of a seed, as files hold it


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
        InputError: a name, number or file that cannot be used; a file that says otherwise of this
            run or start, or has this stream already.
    """
    path, where = Path(path), "record"
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST:
        raise InputError(f"{where}: seed is {seed!r}; write a whole number, 0 or more, below 2**63")
    said = {"model": model, "dataset": dataset}
    more = {"n": n} | ({"source": source} if source else {})
    about = {"classes": classes, "k": 1, "starts": {} if start == THETA0 else {start: more}}
    about |= {key: text for key, text in said.items() if text}
    check_about(about, run, where)
    check_writable(path)
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
        self._logits = LogitsCheck()
        self._scored = 0  # examples
        self._following = self._closed = False
        self._columns: list[str] | None = None  # of the file that is there
        self._k: int | None = None  # of the run, if that file has it
        if path.exists():
            self._read_file()

    def _read_file(self) -> None:
        """Refuse a file that this stream does not fit into, before anything is trained."""
        columns, runs = read_columns(self.path), read_about(self.path)
        run, same = self._names["run"], columns["seed"] == self._seed
        for name, value in self._names.items():
            same &= columns[name] == value
        if same.any():
            raise InputError(
                f"{self.path}: run {run!r}, start {self._names['start']!r}, seed {self._seed} is"
                " recorded already; write another name or file, or remove this one"
            )
        if run in runs:
            self._k = runs[run]["k"]
            with_runs(self.path, {run: self._about | {"k": self._k}})
        self._columns = list(columns)

    @property
    def begun(self) -> bool:
        """Whether a minibatch was scored."""
        return bool(self._parts)

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
            InputError: shapes, labels or bits that cannot be used; probabilities in place of
                logits; an example that was scored before; a network in training mode; what does
                not fit the file.
        """
        self.check_mode(self._network)
        given, target = to_tensor(logits), to_tensor(labels)
        if target.is_floating_point():
            whole_numbers(target.double().cpu(), "label")  # which 0.9 is none of
        target = target.long()
        classes = self._about["classes"]
        if given.ndim < 2 or given.shape[-1] != classes or given.shape[:-1] != target.shape:
            raise InputError(
                f"score: logits have shape {tuple(given.shape)} and labels {tuple(target.shape)};"
                f" (B, {classes}) and (B,) belong together, or (B, ..., {classes}) and (B, ...)"
            )
        self._logits.check(given)
        bits, counts, right = bits_of(given, target, classes)
        kept = counts > 0
        rows = None if index is None else to_tensor(index).cpu().numpy()
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
        part = columns_of(bits, labels, index, right)
        if self._parts and set(part) != set(self._parts[0]):
            raise InputError("score: index belongs to every minibatch, or to none")
        self._check_fits(part)
        self._check_fresh(part.get("index", np.array([], dtype=np.int64)).tolist())
        self._scored += len(part["bits"])
        self._parts.append(part)
        return part["bits"]

    def _check_fits(self, part: Columns) -> None:
        """Refuse columns that the file does not have, and more examples than its run has."""
        if self._columns is not None:
            new = [name for name in COLUMNS if name in ALWAYS or name in part]
            check_same_columns(self.path, self._columns, new)
        if self._k is not None and self._scored + len(part["bits"]) > self._k:
            raise InputError(
                f"{self.path}: run {self._names['run']!r} has k = {self._k} examples, and this is"
                f" one more; end the stream after {self._k}, or give the run another name"
            )

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
            InputError: no label was scored; the file's run has another length k: move the file
                away, and close again.
        """
        if self._closed:
            return
        k = self._scored
        if not k:
            raise InputError(f"{self.path}: no label was scored, so nothing is written")
        joined = {name: np.concatenate([p[name] for p in self._parts]) for name in self._parts[0]}
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
        self._check_alone()
        follow(self, trainer, causal)
        self._following = True

    def lightning_callback(self, predict: Any = None) -> LightningCallback:
        """A callback for Lightning's ``Trainer``, once Lightning is imported; see
        :class:`lit.notebook.trainers.LightningCallback`."""
        self._check_alone()
        self._following = True
        callback: LightningCallback = lightning_callback(self, predict)
        return callback

    def _check_alone(self) -> None:
        """Refuse a second trainer, or one twice: each would score every minibatch."""
        if self._following:
            raise InputError(
                f"{self.path}: the recorder follows a trainer already; begin another by lit.record"
            )

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
