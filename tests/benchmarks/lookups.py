"""L_IT of lookups of many sizes beside the labels that they hold, by the default learner and code.

Every size has several tables of labels, drawn anew, each with a stream and an M of its own: what a table costs depends on the
labels that it happens to have. The part that labels known by heart have in the first weights was chosen on other tables, the
first 23 of a size.
"""

import numpy as np
from by_heart import LINEAR, LOOKUP
from common import arguments, hardware, publish
from unions import LEARNERS, spans_of, start_from
from warm import MODEL

from lit.coding.merge import unite
from lit.data.loaders import load_dataset
from lit.measures.planted_truth import lookup_truth

DEFAULT = {name: LEARNERS[name] for name in ("replay", "readout")}
FIRST = 30  # table; those before were looked at
# Symbols and classes; k is 10 times the symbols or more, so that as good as all of them come.
SIZES = [(16, 2), (32, 2), (16, 4), (64, 2), (32, 4), (100, 2), (50, 4), (64, 8), (200, 8)]


def transfer(symbols: int, classes: int, model: dict, draw: int) -> dict:
    """Bits of one table from theta0 and from M, L_IT, and what it should be."""
    data = load_dataset(LOOKUP | {"symbols": symbols, "classes": classes, "seed": draw})
    k, n = (1024 if symbols <= 100 else 2048), 4096
    source = start_from(data, None, n, "early", [draw], model)
    sides = [spans_of(data, None, [draw], k, s, DEFAULT, model)[0] for s in (None, source)]
    cold, warm = (unite(side)["bits/architecture"].sum() for side in sides)
    truth = lookup_truth(symbols, classes, [(t, t + 1) for t in range(k)], n)
    return {"truth": truth, "cold": cold, "warm": warm, "l_it": cold - warm}


def main() -> None:
    options = arguments(seeds=8)
    about = hardware(1) | {"tables": options.seeds, "learners": DEFAULT}
    rows: list[dict] = []
    for symbols, classes in SIZES:
        for model in (LINEAR, MODEL):
            draws = range(FIRST, FIRST + options.seeds)
            each = [transfer(symbols, classes, model, draw) for draw in draws]
            found = {name: [one[name] for one in each] for name in each[0]}
            rows.append(
                {"symbols": symbols, "classes": classes, "model": model["kind"]}
                | {f"{name}_bits": np.mean(values) for name, values in found.items()}
                | {f"{name}_by_seed": values for name, values in found.items()}
            )
            publish("lookups", rows, about, options.output)


if __name__ == "__main__":
    main()
