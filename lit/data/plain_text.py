"""Plain text of a file, as bytes of UTF-8: in the encoding that one says, and nothing but text."""

from pathlib import Path

from lit.data.delimited import UTF_16
from lit.data.raw import words
from lit.errors import InputError

NO_TEXT = {  # first bytes of what may be called text, and what to do about it
    b"\x1f\x8b": "packed by gzip; unpack it",
    b"PK\x03\x04": "a ZIP file, as those of offices are; unpack it, or save it as plain text",
    b"BZh91AY": "packed by bzip2; unpack it",
    b"\xfd7zXZ": "packed by xz; unpack it",
    b"\x28\xb5\x2f\xfd": "packed by Zstandard; unpack it",
    b"%PDF": "a PDF file; save it as plain text",
    b"{\\rtf": "Rich Text; save it as plain text",
    b"\xd0\xcf\x11\xe0": "an Office document; save it as plain text",
    b"PAR1": "a Parquet file; name it .parquet",
    b"version https://git-lfs": "a Git LFS pointer; run git lfs pull",
}
ZEROS = 10  # one byte in so many, from which on zeros are halves of other letters


def read_plain(path: Path, encoding: str | None) -> bytes:
    """The text of a file, as UTF-8; its own bytes where that is what it is in.

    Args:
        path: A file.
        encoding: As the user says; None for UTF-8, or UTF-16 where the file begins as such.

    Raises:
        InputError: it is no text, or in another encoding.
    """
    held = path.read_bytes()
    for first, found in NO_TEXT.items():
        if held.startswith(first):
            raise InputError(f"{path} is no text but {found}")
    if encoding is None and held[:2] in UTF_16:
        encoding = "utf-16"
    said = encoding or "utf-8"
    try:
        text = held.decode(said)
    except (UnicodeError, LookupError) as error:
        raise InputError(
            f"{path} is not {said} text ({words(error)}); write encoding: and what it is, such as"
            " cp1252 or latin-1"
        ) from error
    if text.count("\0") * ZEROS > len(text):
        raise InputError(
            f"{path} holds many zero bytes; write encoding: utf-16-le or utf-16-be if it is in one"
            " of these, else it is no text"
        )
    return text.encode() if encoding else held
