"""Texts as tokens: with a label each, or to be coded themselves, token after token."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from lit.data.number_labels import AMOUNT
from lit.data.raw import RawData, errors_of, existing_path
from lit.data.texts import read_texts
from lit.data.tokenizers import BYTES, Tokenizer, Tokens, read_tokenizer
from lit.errors import InputError

KIND = {"reads": "any", "next_tokens": "label"}
PACKAGES = ("numpy", "pandas", "pyarrow", "tokenizers")
NEXT = "next"  # the label of a token is the one that follows


def load(spec: Mapping[str, Any], where: str) -> RawData:
    """Read texts, and cut their tokens into examples of at most ``length``.

    Raises:
        InputError: columns that are not there, missing labels, empty texts, files that are no
            text, no tokenizer.
    """
    path = existing_path(spec, where, "file or folder")
    with errors_of(where, f"{path} cannot be read as texts"):
        follows = spec["label"] == NEXT
        tokenizer = read_tokenizer(spec.get("tokenizer", BYTES), special=not follows)
        texts, labels, notes = read_texts(path, spec, None if follows else spec["label"])
        tokens = tokenizer.encode(texts)
        if follows:
            raw = _windows(tokens, tokenizer, spec)
        else:
            raw = _examples(tokens, labels, tokenizer, spec)
    return dataclasses.replace(raw, notes=(*notes, *raw.notes))


def _examples(
    tokens: list[Tokens], labels: list[str], tokenizer: Tokenizer, spec: Mapping[str, Any]
) -> RawData:
    """A text an example, its end left out where it is longer than ``length``."""
    if "stride" in spec:
        raise InputError("stride is for label: next; of texts with a label each, leave it out")
    length = spec["length"]
    longer = sum(len(one) > length for one in tokens)
    cut = (f"{longer:,} of {len(tokens):,} texts are longer than {length} tokens and were cut",)
    x = _padded([one[:length] for one in tokens], length)
    return RawData(
        x,
        _targets(labels) if "bins" in spec else np.array(labels),
        notes=cut if longer else (),
        vocabulary=tokenizer.vocabulary,
        tokenizer=tokenizer.digest,
    )


def _targets(labels: list[str]) -> np.ndarray:
    """(N,) numbers that are cut into bins."""
    try:
        return np.array(labels, dtype=np.float64)
    except ValueError:
        odd = (i for i, label in enumerate(labels) if not AMOUNT.fullmatch(label.strip()))
        at = next(odd, 0)
        raise InputError(
            f"the label of text {at} is {labels[at]!r}, and bins are of numbers; take bins out if"
            " these are classes"
        ) from None


def _windows(tokens: list[Tokens], tokenizer: Tokenizer, spec: Mapping[str, Any]) -> RawData:
    """Windows of one token more than ``length``: the first is known, each other is a label."""
    for key in ("classes", "bins"):
        if key in spec:
            raise InputError(f"{key}: with label: next the labels are tokens; leave it out")
    size = spec["length"] + 1
    stride = spec.get("stride") or size
    if stride < size:
        raise InputError(
            f"stride: {stride} makes windows of {size} tokens overlap, so that M would be trained"
            f" on what is coded; write at least {size}, or leave it out"
        )
    windows = [
        part
        for one in tokens
        for begin in range(0, len(one), stride)
        if len(part := one[begin : begin + size]) > 1
    ]
    if not windows:
        raise InputError("no text has two tokens, of which the second could be coded")
    whole = _padded(windows, size)
    return RawData(
        np.ascontiguousarray(whole[:, :-1]),
        whole[:, 1:].astype(np.int64),
        notes=(f"{len(tokens):,} text(s) of {sum(map(len, tokens)):,} tokens",),
        several=True,
        vocabulary=tokenizer.vocabulary,
        next_tokens=True,
        tokenizer=tokenizer.digest,
    )


def _padded(parts: list[Tokens], length: int) -> np.ndarray:
    """(N, length) int32, -1 behind the last token."""
    found = np.full((len(parts), length), -1, dtype=np.int32)
    for row, part in zip(found, parts, strict=True):
        row[: len(part)] = part
    return found
