"""Seconds against k, seeds and number of jobs, on digits, with the exponent fitted: seconds ~ size ** exponent.

k and seeds: CPU seconds of the library in this process, one thread. Jobs: a dry run of the whole workflow over arms that
share nothing. Head and groups: wall seconds of a whole small study on two cores, by the largest block that shares a job
(``head``), and with five seeds as one group or as a job each.
"""

import functools
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import yaml
from common import ROOT, arguments, hardware, interleaved, publish

from lit.coding.coder import Coder, code_span
from lit.data.dataset import Dataset
from lit.data.loaders import load_dataset
from lit.study.schedule import Schedule

LENGTHS, SEEDS, ARMS = [512, 1024, 2048, 4096, 8192], [1, 2, 4, 8, 16], [10, 40, 160]


def code(data: Dataset, learner: str, k: int, seeds: int) -> None:
    model = {"kind": "mlp", "hidden": [128]}
    coder = Coder(
        model,
        data,
        None,
        "front",
        list(range(seeds)),
        {"kind": learner},
        None,
        "keep",
        torch.device("cpu"),
    )
    code_span(coder, Schedule().blocks_of(0, k), k)


def workflow(arms: int, head: int, grouped: bool, *more: str) -> int:
    """A study of this many arms, each with its own model, so that nothing is shared; returns the number of jobs."""
    seeds = [0, 1, 2, 3, 4]
    with tempfile.TemporaryDirectory() as folder:
        config = {
            "study": "scaling",
            "seeds": [seeds] if grouped else seeds,
            "stream": {"k": 1024, "head": head},
            "datasets": {"digits": {"kind": "sklearn", "name": "digits"}},
            "models": {f"m{i}": {"kind": "mlp", "hidden": [128 + i]} for i in range(arms)},
            "arms": [
                {"name": f"a{i}", "target": "digits", "model": f"m{i}", "n": 256}
                for i in range(arms)
            ],
        }
        (Path(folder) / "study.yaml").write_text(yaml.safe_dump(config))
        command = [
            sys.executable,
            "-m",
            "snakemake",
            "-s",
            str(ROOT / "Snakefile"),
            "--cores",
            "2",
            "--quiet",
            "rules",
        ]
        command += [*more, "--configfile", "study.yaml", "--", "codelengths_all"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    words = (done.stdout + done.stderr).split()
    return int(words[words.index("total") + 1])


def exponent(sizes: list[int], seconds: list[float]) -> float:
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def main() -> None:
    options = arguments(repetitions=5)
    about = hardware(threads=1) | {
        "data": "digits, repeated with noise",
        "model": "mlp 128",
        "repetitions": options.repetitions,
    }
    digits = load_dataset({"kind": "sklearn", "name": "digits"})
    rows_of = np.random.default_rng(0).integers(0, len(digits.y), LENGTHS[-1])
    noise = np.random.default_rng(1).normal(0, 0.1, (LENGTHS[-1], *digits.x.shape[1:]))
    data = Dataset((digits.x[rows_of] + noise).astype(np.float32), digits.y[rows_of], 10)
    rows = []
    for learner in ("replay", "restart"):
        for what, sizes in (("k", LENGTHS), ("seeds", SEEDS)):
            grown = {
                str(n): functools.partial(
                    code, data, learner, *((n, 1) if what == "k" else (1024, n))
                )
                for n in sizes
            }
            taken = interleaved(grown, options.repetitions)
            seconds = [taken[str(size)]["cpu_median"] for size in sizes]
            rows += [
                {
                    "learner": learner,
                    "against": what,
                    "size": size,
                    "seconds": s,
                    "exponent": exponent(sizes, seconds),
                }
                for size, s in zip(sizes, seconds, strict=True)
            ]
    jobs, seconds = [], []
    for arms in ARMS:
        began = time.perf_counter()
        jobs.append(workflow(arms, 128, False, "--dry-run"))
        seconds.append(time.perf_counter() - began)
    rows += [
        {
            "learner": "dry run",
            "against": "jobs",
            "size": n,
            "seconds": s,
            "exponent": exponent(jobs, seconds),
        }
        for n, s in zip(jobs, seconds, strict=True)
    ]
    for head, grouped in ((64, True), (256, True), (1024, True), (1024, False)):
        began = time.perf_counter()
        count = workflow(1, head, grouped)
        about_jobs = f"{count} jobs, {'one group' if grouped else 'a job a seed'}"
        seconds_of_study = time.perf_counter() - began
        rows.append(
            {
                "learner": "restart",
                "against": f"head ({about_jobs})",
                "size": head,
                "seconds": seconds_of_study,
            }
        )
    publish("scaling", rows, about, options.output)


if __name__ == "__main__":
    main()
