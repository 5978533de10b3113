"""From texts to numbers of tokens: bytes, or a tokenizer's file as Hugging Face writes it."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lit.data.raw import words
from lit.errors import InputError
from lit.extras import import_extra

BYTES = "bytes"
Tokens = NDArray[np.int32]
Encode = Callable[[Sequence[str] | Sequence[bytes]], list[Tokens]]


@dataclass(frozen=True)
class Tokenizer:
    """What turns texts into tokens.

    Attributes:
        encode: Tokens of texts.
        vocabulary: How many tokens there are.
        digest: What stands for them and their numbers, alike for alike ones.
    """

    encode: Encode
    vocabulary: int
    digest: str


def read_tokenizer(name: str, special: bool) -> Tokenizer:
    """A tokenizer by its name.

    Args:
        name: ``bytes`` for those of UTF-8, 256 in all; or the path of a ``tokenizer.json``, or of
            a folder that holds one.
        special: Whether tokens are added that mark a text's begin and end, as the tokenizer does.

    Raises:
        InputError: no such file, or no tokenizer in it; the package tokenizers is missing.
    """
    if name == BYTES:
        return Tokenizer(_bytes, 256, BYTES)
    path = Path(name)
    file = path / "tokenizer.json" if path.is_dir() else path
    if not file.is_file():
        raise InputError(
            f"tokenizer: {file} does not exist (looked in {Path.cwd()}); write bytes, or the path"
            " of a tokenizer.json or of its folder"
        )
    tokenizer = _from_file(file)
    tokenizer.no_padding()
    tokenizer.no_truncation()

    def encode(texts: Sequence[str] | Sequence[bytes]) -> list[Tokens]:
        plain = [_text(text) for text in texts]
        found = tokenizer.encode_batch(plain, add_special_tokens=special)
        return [np.array(one.ids, dtype=np.int32) for one in found]

    tokens = sorted(tokenizer.get_vocab(with_added_tokens=True).items())
    digest = hashlib.blake2b(json.dumps(tokens).encode(), digest_size=16).hexdigest()
    return Tokenizer(encode, max(number for _, number in tokens) + 1, digest)


def _from_file(file: Path) -> Any:
    said = "tokenizers' files are read by the package tokenizers"
    tokenizers = import_extra("tokenizers", "text", said)
    try:
        return tokenizers.Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises a plain one
        raise InputError(f"tokenizer: {file} holds none ({words(error)})") from error


def _bytes(texts: Sequence[str] | Sequence[bytes]) -> list[Tokens]:
    plain = [text.encode() if isinstance(text, str) else text for text in texts]
    return [np.frombuffer(text, dtype=np.uint8).astype(np.int32) for text in plain]


def _text(text: str | bytes) -> str:
    return text if isinstance(text, str) else text.decode("utf-8-sig")
