"""How much L_IT depends on the learner, under each of the three codes; and the lengths of the cold codes.

Replay and restart, alone and with readout beside them, on the same streams and from the same M's. Where a code wastes no
bits, the learner does not matter. Random labels are the control. The experts and their options were chosen on digits, MNIST,
Fashion-MNIST and diamonds; mnist1d, breast_cancer and cifar10-jpeg were used for nothing before.

The news stories of Reuters R8 come from docs/examples/text_embeddings.py, cifar10-jpeg is a folder of images; both lie in
data. Name sets with --only, as "digits;mnist, linear", where some are not there.
"""

import time

import numpy as np
from common import arguments, hardware, publish
from warm import CPU, MODEL, load

from lit.coding.coder import Coder, StartState, code_span
from lit.coding.merge import merge_spans, unite
from lit.data.dataset import Dataset
from lit.data.loaders import load_dataset
from lit.study.codes import CODES
from lit.study.schedule import Schedule
from lit.training.options import Training
from lit.training.sources import train_source
from lit.training.state import State

LEARNERS = {
    "restart": {"kind": "restart"},
    "still": {"kind": "restart", "within": False},  # the default of version 0.1 before unions
    "replay": {"kind": "replay"},
    "readout": {"kind": "readout"},
}
UNIONS = [
    ["still"],
    ["restart"],
    ["replay"],
    ["still", "readout"],
    ["restart", "readout"],
    ["replay", "readout"],
]
SIZES = {  # k and n
    "digits": (1024, 256),
    "mnist": (2048, 2048),
    "fashion": (2048, 2048),
    "diamonds": (2048, 2048),
    "r8-words": (2048, 2048),
    "r8-minilm": (2048, 2048),
    "mnist1d": (2048, 1024),
    "breast_cancer": (256, 128),
    "cifar10-jpeg": (2048, 2048),
}
LINEAR = {"digits, linear": (1024, 256), "mnist, linear": (2048, 2048)}  # models of pixels
PATHS = {"r8-words": "reuters-r8-tfidf.npz", "r8-minilm": "reuters-r8-minilm.npz"}


def data_of(name: str) -> Dataset:
    if name == "breast_cancer":
        return load_dataset({"kind": "sklearn", "name": name, "scale": "standard"})
    if name == "cifar10-jpeg":
        return load_dataset({"kind": "imagefolder", "path": "data/cifar10-jpeg/test", "size": 32})
    if name in PATHS:
        return load_dataset({"kind": "npz", "path": f"data/{PATHS[name]}"})
    if name == "mnist1d":
        from mnist1d.data import get_dataset_args, make_dataset  # one of the peers, else not needed

        made = make_dataset(get_dataset_args())
        return Dataset(made["x"].astype(np.float32), made["y"].astype(np.int64), 10)
    return load(name)


def start_from(
    data: Dataset, labels, n: int, stop: str, seeds: list[int], model=MODEL
) -> StartState:
    """M of n examples of the data set, where a stream of others begins."""
    made = train_source(model, data, labels, n, stop, seeds, Training(), CPU)
    return StartState(State.from_arrays(made), data.x, made["index"], made["label"], data.classes)


def spans_of(
    data, labels, seeds: list[int], k: int, source, learners: dict[str, dict], model=MODEL
) -> tuple[dict, dict[str, float]]:
    """Merged arrays by learner, and CPU seconds a seed."""
    merged, taken = {}, {}
    for name, learner in learners.items():
        began = time.process_time()
        coder = Coder(model, data, labels, "front", seeds, learner, source, "keep", CPU)
        merged[name] = merge_spans([code_span(coder, Schedule().blocks_of(0, k), k)])
        taken[name] = (time.process_time() - began) / len(seeds)
    return merged, taken


def without(sides: list[dict], what: str) -> list[dict]:
    """The same arrays by learner, of which none has this in its name."""
    return [
        {
            learner: {name: array for name, array in arrays.items() if what not in name}
            for learner, arrays in side.items()
        }
        for side in sides
    ]


def lengths(united: list[dict], code: str) -> dict:
    """What a code takes from theta0 and from M, and L_IT; means and values by seed."""
    cold, warm = (side[f"bits/{code}"].sum(axis=1) for side in united)
    saved = cold - warm
    by_seed = {"cold": cold, "warm": warm, "l_it": saved}
    return (
        {"cold_bits": cold.mean(), "cold_sd": cold.std(ddof=1), "warm_bits": warm.mean()}
        | {"l_it_bits": saved.mean(), "l_it_se": saved.std(ddof=1) / len(saved) ** 0.5}
        | {f"{name}_by_seed": values.tolist() for name, values in by_seed.items()}
    )


def compared(about: dict, united: dict[str, list[dict]]) -> list[dict]:
    """A row a coder and code: what it takes from theta0 and from M."""
    return [
        about | {"coder": coder, "code": code} | lengths(both, code)
        for coder, both in united.items()
        for code in CODES
    ]


def rows_of(name: str, labels, seeds: list[int]) -> list[dict]:
    (k, n), data = (SIZES | LINEAR)[name], data_of(name.partition(",")[0])
    model = {"kind": "linear"} if name in LINEAR else MODEL
    stop = "memorise" if labels else "early"
    source = start_from(data, labels, n, stop, seeds, model)
    cold, seconds = spans_of(data, labels, seeds, k, None, LEARNERS, model)
    warm, _ = spans_of(data, labels, seeds, k, source, LEARNERS, model)
    rows = []
    for union in UNIONS:
        sides = [{learner: side[learner] for learner in union} for side in (cold, warm)]
        united = [unite(side) for side in sides]
        fewer = {
            name: [unite(side) for side in without(sides, what)]
            for name, what in {"product": "logits/", "logistic": "logistic"}.items()
        }
        for code in CODES if "readout" in union else CODES[:1]:
            less = {name: lengths(plain, code) for name, plain in fewer.items()}
            all_of_them = lengths(united, code)
            rows.append(
                {"data": name, "labels": "random" if labels else "true", "k": k, "n": n}
                | {"learner": "+".join(union), "code": code}
                | all_of_them
                | {"share_of_uniform": all_of_them["l_it_bits"] / (k * np.log2(data.classes))}
                | {f"cold_without_{name}": one["cold_bits"] for name, one in less.items()}
                | {f"l_it_without_{name}": one["l_it_bits"] for name, one in less.items()}
                | {"cold_without_logistic_by_seed": less["logistic"]["cold_by_seed"]}
                | {"cpu_s_a_seed": sum(seconds[n] for n in union)}
            )
    return rows


def main() -> None:
    options = arguments(seeds=5, only="")
    about = hardware(1) | {"seeds": options.seeds, "model": MODEL, "learners": LEARNERS}
    seeds, rows = list(range(options.seeds)), []
    for name in options.only.split(";") if options.only else SIZES | LINEAR:
        for labels in (None, {"random": 1.0}) if name in ("digits", "diamonds") else (None,):
            rows += rows_of(name, labels, seeds)
            publish("unions", rows, about, options.output)


if __name__ == "__main__":
    main()
