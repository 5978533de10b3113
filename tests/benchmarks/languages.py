"""What one language teaches of another, by a coder that is not ours: PPMd, before and after it has read M's windows.

Of the study language-small, whose results must be there: the windows that M was trained on and those that are coded, seed by
seed. PPMd keeps all that it reads, so that it saves more than M does; what is asked is whether the order of pairs is alike.
"""

from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pyppmd
from common import ROOT, arguments, hardware, publish

from lit.analyses.correlations import spearman

ORDER, MEMORY = 6, 1 << 24


def sent(text: bytes) -> int:
    """Bits that PPMd takes for a text."""
    return 8 * len(pyppmd.compress(text, max_order=ORDER, mem_size=MEMORY))


def windows(data: Path, index: np.ndarray) -> bytes:
    """The texts of these windows (m,), one after the other."""
    with h5py.File(data) as file:
        x, y = (np.asarray(file[name])[index].astype(np.uint8) for name in ("x", "y"))
    return np.concatenate([x[:, :1], y], axis=1).tobytes()


def saved(folder: Path, run: str, source: str, target: str) -> list[int]:
    """Bits of the stream that reading M's windows saves, by seed."""
    (model,) = (folder / "models").glob(f"{source}--true--*--n2048--early/seeds-*.h5")
    with h5py.File(model) as m, h5py.File(folder / "codelengths" / f"{run}.h5") as stream:
        pairs = list(zip(np.asarray(m["index"]), np.asarray(stream["index"]), strict=True))
    found = []
    for read, coded in pairs:
        one = windows(folder / "data" / f"{source}.h5", read)
        other = windows(folder / "data" / f"{target}.h5", coded)
        found.append(sent(other) - (sent(one + other) - sent(one)))
    return found


def main() -> None:
    options = arguments(results=str(ROOT / "results/language-small"))
    folder, rows = Path(options.results), []
    table = pd.read_csv(folder / "tables/matrix.csv").query("about == 'shared'")
    for row in table[table["n"] == 2048].to_dict("records"):
        source, target = row["source"], row["target"]
        of = "" if source == target else f"{source}.true."
        run = f"{target}--true--bytes--learn+counts--from.{of}n2048.early"
        found = saved(folder, run, source, target)
        rows.append(
            {"source": source, "target": target, "l_it": row["value_bits"]}
            | {"ppmd": float(np.mean(found)), "share_ppmd": row["value_bits"] / np.mean(found)}
        )
    across = pd.DataFrame([row for row in rows if row["source"] != row["target"]])
    rho, ends, p = spearman(across["l_it"].to_numpy(), across["ppmd"].to_numpy())
    about = hardware(1) | {"order": ORDER, "rho": rho, "rho_ci": ends, "p": p}
    publish("languages", rows, about, options.output)


if __name__ == "__main__":
    main()
