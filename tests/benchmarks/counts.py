"""Context counts on text, beside two compressors: bits a byte of 512 windows of 64 bytes, in three random orders.

Texts are manual pages in six languages (Debian's packages, which apt-get fetches; raw roff bytes of all pages, one after
the other by path), Python's own C headers, and its library. They are cut into pieces of 65 bytes: the first is public, 64
are coded. The compressors are given the same pieces, joined in the same order. PPMd's best order of 2 to 8 is taken.
"""

import gzip
import lzma
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyppmd
from common import arguments, hardware, publish
from jaxtyping import Float64, UInt8

from lit.coding.context_counts import ContextCounts
from lit.coding.mixture import mixture

PAGES = {
    "English": "",
    "German": "de",
    "French": "fr",
    "Spanish": "es",
    "Italian": "it",
    "Polish": "pl",
}
TUNED = ("English", "German")  # on the first order, with C headers that are not among these
WINDOWS, LENGTH = 512, 64


def manual_pages(language: str) -> tuple[str, bytes]:
    """The package with its version, and all its pages as raw roff."""
    package = f"manpages-{language}".rstrip("-")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["apt-get", "download", "-q", package], cwd=folder, check=True)
        (archive,) = Path(folder).glob("*.deb")
        subprocess.run(["dpkg", "-x", archive, folder], check=True)
        root = Path(folder, "usr/share/man", language)
        files = sorted(p for p in root.glob("man*/*.gz") if not p.is_symlink())
        return archive.stem, b"".join(gzip.decompress(p.read_bytes()) for p in files)


def python_files(place: str, kind: str) -> bytes:
    """Python's own files of a kind; packages that are installed, and tests, are left out."""
    root = Path(sysconfig.get_path(place))
    left_out = {"site-packages", "dist-packages", "test", "tests"}
    files = (p for p in sorted(root.rglob(f"*.{kind}")) if p.is_file())
    return b"".join(p.read_bytes() for p in files if not left_out & set(p.relative_to(root).parts))


def texts() -> Iterator[tuple[str, str, bytes]]:
    """The name of each, where it is from, and its bytes."""
    for name, language in PAGES.items():
        yield name, *manual_pages(language)
    version = f"Python {sysconfig.get_python_version()}"
    yield "C headers", version, python_files("include", "h")
    yield "Python", version, python_files("stdlib", "py")


def code(
    pieces: UInt8[np.ndarray, "N length"],
) -> tuple[Float64[np.ndarray, "E labels"], list[str]]:
    """Bits of each byte under each expert."""
    counts, rows = ContextCounts(256), np.arange(LENGTH)
    found = [counts.window(p[:-1], p[1:])[:, rows, p[1:]] for p in pieces]
    return -np.concatenate(found, axis=1) / np.log(2), counts.names


def main() -> None:
    options = arguments(orders=3)
    about, rows = hardware(1) | {"windows": WINDOWS, "bytes": LENGTH}, []
    for name, source, text in texts():
        whole = np.frombuffer(text, np.uint8)
        whole = whole[: len(whole) // (LENGTH + 1) * (LENGTH + 1)].reshape(-1, LENGTH + 1)
        for order in range(options.orders):
            pieces = whole[np.random.default_rng(order).permutation(len(whole))[:WINDOWS]]
            began = time.process_time()
            bits, names = code(pieces)
            seconds = time.process_time() - began
            uniform = np.full((1, bits.shape[1]), 8.0)
            joined = pieces.tobytes()
            ppmd = min(
                len(pyppmd.compress(joined, max_order=o, mem_size=1 << 24)) for o in range(2, 9)
            )
            rows.append(
                {
                    "text": name,
                    "from": source,
                    "bytes": len(text),
                    "order": order,
                    "tuned_on": name in TUNED,
                }
                | {f"counts-{n}": b.mean() for n, b in zip(names, bits, strict=True)}
                | {"mixture": mixture(np.vstack([uniform, bits])).mean(), "cpu_s": seconds}
                | {"xz": 8 * len(lzma.compress(joined, preset=9)) / len(joined)}
                | {"ppmd": 8 * ppmd / len(joined)}
            )
        publish("counts", rows, about, options.output)


if __name__ == "__main__":
    main()
