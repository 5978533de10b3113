"""How much L_IT depends on the learning rate that M was trained with: linear models, and MLPs.

The code from theta0 is that of the learner readout, which has no rate. A linear model's loss has one minimum, which training at a
small rate, or for few epochs, does not reach.
"""

import pandas as pd
from common import arguments, hardware, publish
from unions import SIZES, data_of

import lit
from lit.study.codes import CODES

SETS = {
    "digits": (64, 256),
    "breast_cancer": (64, 128),
    "diamonds": (64, 1024),
    "mnist": (256, 2048),
}
MODELS = {"linear": {"kind": "linear"}, "mlp": {"kind": "mlp", "hidden": [128]}}
RATES = (0.0005, 0.002, 0.01)  # the second is the default
HEADLINE = CODES[1]


def rows_of(name: str, seeds: int) -> list[dict]:
    data, (k, _) = data_of(name), SIZES[name]
    half = len(data.y) // 2
    stream = data.x[:half], data.y[:half]
    source = data.x[half:], data.y[half:]
    some = {"classes": data.classes, "seeds": range(seeds)}
    rows = []
    for kind, model in MODELS.items():
        few = min(k, half)
        cold = lit.code_stream(*stream, model, k=few, learner="readout", **some)
        for n in SETS[name]:
            for rate in RATES:
                m = lit.train_source(*source, model, n=n, lr=rate, **some)
                warm = lit.code_stream(*stream, start=m, k=few, learner="readout", overlap="allow")
                found = lit.information_transfer(cold, warm, code=HEADLINE)
                saved = cold.codes[HEADLINE].sum(axis=1) - warm.codes[HEADLINE].sum(axis=1)
                rows.append(
                    {"data": name, "model": kind, "k": few, "n": n, "lr": rate}
                    | {"cold_bits": cold.total.mean(), "l_it_bits": found.mean, "l_it_se": found.se}
                    | {"l_it_by_seed": saved.tolist(), "m_train_accuracy": m.accuracy.mean()}
                )
    return rows


def main() -> None:
    options = arguments(seeds=5, only="")
    about = hardware(1) | {"seeds": options.seeds, "models": MODELS, "learner": "readout"}
    rows: list[dict] = []
    for name in options.only.split(",") if options.only else SETS:
        rows += rows_of(name, options.seeds)
        publish("rates", rows, about, options.output)


if __name__ == "__main__":
    pd.set_option("display.width", 200)
    main()
