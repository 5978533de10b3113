"""What the workflow itself costs: parsing, planning studies of 500 to 20,000 block jobs, a job's start, and large files.

Nothing is trained but for the cost of a job. The finished study of 5,000 blocks is fabricated: tiny files in its place,
taken as done by `snakemake --touch`, so that the run that finds nothing to do can be timed without days of computing.
Everything happens in a temporary folder; each figure is the median of its repetitions.
"""

import itertools
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np
import psutil
import yaml
from common import ROOT, arguments, hardware, publish

from lit.files import store
from lit.study.codes import CODES
from lit.study.config import load_study
from lit.workflow.plan import Plan

BLOCKS_AN_ARM = (
    200  # of `study` below: 6 runs, 5 seeds, 7 jobs a stream of 65,536 and fewer for the source set
)


def study(arms: int) -> dict:
    """A config with this many arms that share nothing, a job a seed."""
    sizes = [0, 256, 1024, 4096, 16384]
    return {
        "study": "scale",
        "seeds": [0, 1, 2, 3, 4],
        "stream": {"k": 65536},
        "device": "cpu",
        "datasets": {"data": {"kind": "npz", "path": "data.npz"}},
        "models": {f"m{i}": {"kind": "mlp", "hidden": [8 + i]} for i in range(arms)},
        "arms": [
            {"name": f"a{i}", "target": "data", "model": f"m{i}", "n": sizes} for i in range(arms)
        ],
    }


def place(folder: Path, config: dict) -> Plan:
    """A folder to run a study in."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    np.savez(
        folder / "data.npz",
        x=rng.normal(size=(100_000, 4)).astype(np.float32),
        y=np.arange(100_000) % 2,
    )
    (folder / "study.yaml").write_text(yaml.safe_dump(config))
    return Plan(load_study(config))


def snakemake(*more: str) -> list[str]:
    start = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    return [*start, *more, "--configfile", "study.yaml"]


def measured(command: list[str], folder: Path, repetitions: int = 1) -> dict[str, float]:
    """Medians of wall and CPU seconds, and the largest resident memory of the process and its children in MiB.

    Memory is read 20 times a second: the peak that the system keeps of a child begins with that of the process it came from.
    """
    wall, cpu, mib = [], [], []
    for _ in range(repetitions):
        began, most = time.perf_counter(), 0
        with open(folder / "out.txt", "w") as out:
            process = subprocess.Popen(
                command, cwd=folder, stdout=out, stderr=subprocess.STDOUT, env=environment()
            )
            tree = psutil.Process(process.pid)
            while (ended := os.wait4(process.pid, os.WNOHANG))[0] == 0:
                most = max(most, _resident(tree))
                time.sleep(0.05)
        assert ended[1] == 0, (folder / "out.txt").read_text()[-3000:]
        wall.append(time.perf_counter() - began)
        cpu.append(ended[2].ru_utime + ended[2].ru_stime)
        mib.append(most / 2**20)
    return {
        "seconds": statistics.median(wall),
        "cpu_s": statistics.median(cpu),
        "mib": statistics.median(mib),
    }


def _resident(tree: psutil.Process) -> int:
    try:
        return sum(process.memory_info().rss for process in [tree, *tree.children(recursive=True)])
    except psutil.Error:
        return 0  # one of them ended meanwhile


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def parsing(base: Path, arms: int, repetitions: int) -> list[dict]:
    """Snakemake with an empty Snakefile, and with ours for a small and a large study."""
    rows = []
    for size in (1, arms):
        folder = base / f"parse-{size}"
        place(folder, study(size))
        rows.append(
            {"what": f"parse, {size * BLOCKS_AN_ARM} blocks"}
            | measured(snakemake("--list-rules"), folder, repetitions)
        )
    (folder / "empty.smk").write_text("rule nothing:\n")
    empty = [sys.executable, "-m", "snakemake", "--snakefile", "empty.smk", "--list-rules"]
    rows.insert(0, {"what": "parse, an empty Snakefile"} | measured(empty, folder, repetitions))
    traced = snakemake("--list-rules")
    traced[1:1] = ["-X", "importtime"]
    measured(traced, folder)
    imported = {
        line.rpartition("|")[2].strip() for line in (folder / "out.txt").read_text().splitlines()
    }
    assert "lit.workflow.plan" in imported
    assert "torch" not in imported, "parsing imports torch"
    return rows


def dry_runs(base: Path, sizes: list[int], repetitions: int) -> list[dict]:
    """Seconds and memory of dry runs, with the exponents of their growth between the first and the last."""
    rows = []
    for blocks in sizes:
        folder = base / f"dry-{blocks}"
        place(folder, study(blocks // BLOCKS_AN_ARM))
        row = measured(snakemake("--dry-run"), folder, repetitions if blocks <= 5000 else 1)
        assert f"code_block {blocks}" in " ".join((folder / "out.txt").read_text().split())
        rows.append({"what": "dry run", "blocks": blocks} | row)
    return rows


def exponents(rows: list[dict]) -> dict[str, float]:
    """Least-squares slopes of log seconds and log MiB over log blocks."""
    x = [math.log(row["blocks"]) for row in rows]
    return {
        key: float(np.polyfit(x, [math.log(row[key]) for row in rows], 1)[0])
        for key in ("seconds", "cpu_s", "mib")
    }


def fabricate(folder: Path, plan: Plan) -> None:
    """Files in the place of all code lengths and of what they are made from; `--touch` takes them as done."""
    os.chdir(folder)
    for file in json.loads(plan.expected())["files"]:
        about = {
            "settings": file["settings"],
            "code": file["code"],
            "inputs": store.digests(file["inputs"]),
        }
        store.write(
            file["path"], file["kind"], {"none": np.zeros(1)}, fabricated="for timing", **about
        )


def no_op(base: Path, blocks: int, repetitions: int) -> list[dict]:
    """The run of finished code lengths."""
    folder = base / "done"
    fabricate(folder, place(folder, study(blocks // BLOCKS_AN_ARM)))
    touched = measured(snakemake("--cores", "2", "--touch", "codelengths_all"), folder)
    done = measured(snakemake("--cores", "2", "codelengths_all"), folder, repetitions)
    assert "Nothing to be done" in (folder / "out.txt").read_text()
    return [
        {"what": "touch", "blocks": blocks} | touched,
        {"what": "no-op run", "blocks": blocks} | done,
    ]


def a_job(base: Path, jobs: int, repetitions: int) -> list[dict]:
    """Seconds that a job adds: the same trivial blocks as jobs of their own and as one; and alone or as a group on a node."""
    ends = [16 * (i + 1) for i in range(jobs - 1)]
    learner = {"kind": "restart", "steps": 1, "gentle": 0}
    config = study(1) | {
        "seeds": [0],
        "learners": {"one": learner},
        "models": {"m": {"kind": "linear"}},
    }
    config["arms"] = [{"name": "a", "target": "data", "model": "m", "n": 0, "learner": "one"}]
    apart = {"stream": {"k": 16 * jobs, "blocks": ends, "head": 0}}
    together = {"stream": {"k": 16 * jobs, "blocks": ends, "head": 16 * jobs}}
    rows = []
    for name, changes, count in (
        ("blocks apart", apart, jobs),
        ("blocks in one head", together, 1),
    ):
        folder = base / name.replace(" ", "-")
        place(folder, config | changes)
        measured(snakemake("--cores", "1", "results/scale/data/data.h5"), folder)
        rows.append(
            {"what": name, "jobs": count}
            | measured(snakemake("--cores", "1", "codelengths_all"), folder)
        )
    names = [
        f"code_block:run=data--true--m--one--theta0,group=0,start={a},stop={b}"
        for a, b in itertools.pairwise(ends)
    ]
    for count in (1, jobs // 2):  # what a cluster's job does, for one block and for a group of them
        command = snakemake(
            "--target-jobs",
            *names[:count],
            "--mode",
            "remote",
            "--force",
            "--nolock",
            "--cores",
            "1",
        )
        rows.append(
            {"what": "one submission", "jobs": count}
            | measured(command, base / "blocks-apart", repetitions)
        )
    return rows


def large_files(base: Path, labels: int, repetitions: int) -> list[dict]:
    """Writing, reading and size of merged code lengths, as they are and as float32 or compressed."""
    rng, seeds = np.random.default_rng(0), 5
    shape = (seeds, labels // seeds)
    experts = ("start", "model", "previous", "gentle", *CODES)
    # Bits of a coder that errs now and then: their digits are as random as real ones.
    arrays = {f"bits/{name}": rng.gamma(0.3, 1.0, shape) for name in experts}
    arrays |= {
        "index": np.stack([rng.permutation(shape[1]) for _ in range(seeds)]),
        "label": rng.integers(0, 1000, shape),
        "blocks": np.array([[0, shape[1]]]),
        "classes": np.array(1000),
        "flops": np.zeros(seeds),
    }
    ways = {
        "as stored": lambda path: store.write(path, "codelengths", arrays),
        "float32": lambda path: store.write(
            path, "codelengths", {n: _narrow(n, a) for n, a in arrays.items()}
        ),
        "gzip and shuffle": lambda path: _compressed(path, arrays),
    }
    rows = []
    for name, write in ways.items():
        path, writing, reading = base / f"{name}.h5", [], []
        for _ in range(repetitions if name == "as stored" else 1):
            began = time.perf_counter()
            write(path)
            writing.append(time.perf_counter() - began)
            began = time.perf_counter()
            _read(path) if name == "gzip and shuffle" else store.read(path, "codelengths")
            reading.append(time.perf_counter() - began)
        size = path.stat().st_size
        row = {
            "write_s": statistics.median(writing),
            "read_s": statistics.median(reading),
            "bytes_a_label": size / labels,
        }
        rows.append({"what": f"file of {labels:,} labels, {name}", "size_mib": size / 2**20} | row)
    return rows


def _narrow(name: str, array: np.ndarray) -> np.ndarray:
    return array.astype(np.float32) if name.startswith("bits/") else array


def _compressed(path: Path, arrays: dict[str, np.ndarray]) -> None:
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file.create_dataset(
                name, data=array, compression="gzip", compression_opts=1, shuffle=True
            )


def _read(path: Path) -> dict[str, np.ndarray]:
    with h5py.File(path, "r") as file:
        return {
            name: file[name][()]
            for name in ("index", "label", *(f"bits/{key}" for key in file["bits"]))
        }


def main() -> None:
    options = arguments(sizes="600,1000,5000,20000", repetitions=3, jobs=12, labels=10_000_000)
    sizes = [int(size) for size in options.sizes.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        rows = parsing(base, 5000 // BLOCKS_AN_ARM, 5)
        planned = dry_runs(base, sizes, options.repetitions)
        rows += (
            planned
            + no_op(base, 5000, options.repetitions)
            + a_job(base, options.jobs, options.repetitions)
        )
        rows += large_files(base, options.labels, options.repetitions)
    version = subprocess.run(
        [sys.executable, "-m", "snakemake", "--version"], capture_output=True, text=True, check=True
    )
    about = hardware(threads=1) | {
        "snakemake": version.stdout.strip(),
        "repetitions": options.repetitions,
    }
    publish("workflow", rows, about | {"dry_run_exponents": exponents(planned)}, options.output)


if __name__ == "__main__":
    main()
