"""Context counts on text, beside two compressors: bits a byte of 512 windows of 64 bytes, in three random orders.

Texts are manual pages in six languages (Debian's packages, which apt-get fetches; raw roff bytes of all pages, one after
the other by path), Python's own C headers, and its library. They are cut into pieces of 65 bytes: the first is public, 64
are coded. The compressors are given the same pieces, joined in the same order. PPMd's best order of 2 to 8 is taken.
"""

import lzma
import sys
import time
from pathlib import Path

import numpy as np
import pyppmd
from common import arguments, hardware, publish
from jaxtyping import Float64, UInt8

sys.path.insert(0, str(Path(__file__).parents[2] / "docs/examples"))
from languages import texts

from lit.coding.context_counts import ContextCounts
from lit.coding.mixture import mixture

TUNED = ("English", "German")  # on the first order, with C headers that are not among these
WINDOWS, LENGTH = 512, 64


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
