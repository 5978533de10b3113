"""What shortens the cold code of a teacher of two hidden units, whose labels an ideal coder sends in 150.5 bits at most.

Options of `replay`, widths, and products of several models: of learning rates, and of draws of theta0.
"""

from typing import Any

from common import arguments, hardware, publish
from warm import CPU

from lit.coding.coder import Coder, code_span
from lit.coding.merge import merge_spans, unite
from lit.data.dataset import Dataset, Form
from lit.data.loaders import load_dataset
from lit.measures.planted_truth import teacher_bound
from lit.study.schedule import Schedule
from lit.training.start_states import theta0

INPUTS, WIDTH, K = 8, 2, 2048
OPTIONS: list[dict[str, Any]] = [
    {},
    {"effort": 80.0},
    {"effort": 160.0},
    {"effort": 160.0, "densest": 16.0},
    {"lr": 8e-3},
    {"weight_decay": 0.1},
    {"weight_decay": 1.0},
    {"round": 2},
]
HIDDEN = [[8], [16], [32], [256], [64, 64]]
RATES = [{"effort": 160.0, "lr": lr} for lr in (4e-3, 8e-3, 2e-3)]
DRAWS = [1, 2, 4, 8]


def model_of(hidden: list[int]) -> dict[str, Any]:
    return {"kind": "mlp", "hidden": hidden}


def code(
    data: Dataset, options: dict[str, Any], seeds: list[int], hidden: list[int], draw: int = 0
) -> dict[str, Any]:
    """Merged arrays of ``replay``; ``draw`` is another theta0 than the seeds' own."""
    learner = {"kind": "replay"} | options
    coder = Coder(model_of(hidden), data, None, "front", seeds, learner, None, "keep", CPU)
    if draw:
        others = [1000 * draw + seed for seed in seeds]
        coder.start = theta0(model_of(hidden), Form(data.x.shape[1:], 2), others)[1]
    return merge_spans([code_span(coder, Schedule().blocks_of(0, K), K)])


def main() -> None:
    options = arguments(seeds=5)
    seeds, rows = list(range(options.seeds)), []
    data = load_dataset({"kind": "teacher", "inputs": INPUTS, "width": WIDTH, "examples": 12288})
    about = hardware(1) | {
        "k": K,
        "seeds": options.seeds,
        "at_most": teacher_bound(INPUTS, WIDTH, K),
    }

    def add(what: str, parts: list[dict[str, Any]]) -> None:
        bits = unite(dict(zip("abcdefgh", parts, strict=False)))["bits/network"].sum(axis=1)
        rows.append({"what": what, "bits": bits.mean(), "sd": bits.std(ddof=1)})
        publish("teacher", rows, about, options.output)

    for one in OPTIONS:
        add(str(one), [code(data, one, seeds, [64])])
    for hidden in HIDDEN:
        add(f"hidden {hidden}", [code(data, {}, seeds, hidden)])
    add("product of three rates", [code(data, one, seeds, [64]) for one in RATES])
    drawn = [code(data, {"effort": 80.0}, seeds, [64], draw) for draw in range(max(DRAWS))]
    for count in DRAWS:
        add(f"product of {count} draws", drawn[:count])


if __name__ == "__main__":
    main()
