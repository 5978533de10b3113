"""What benchmarks share: interleaved timing, the machine's own matmul peak, tables, and JSON beside the hardware."""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from lit.coding.merge import merge_spans, unite

ROOT = Path(__file__).resolve().parents[2]


def arguments(**defaults: Any) -> argparse.Namespace:
    """Options of a benchmark's command line, with these defaults."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=Path, default=ROOT / "results/published/benchmarks")
    for name, value in defaults.items():
        parser.add_argument(f"--{name}", type=type(value), default=value)
    return parser.parse_args()


def network_code(spans: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """A learner's span of a stream, merged; its code of trained networks is ``bits/network``."""
    return unite({"learner": merge_spans([spans])})


def hardware(threads: int) -> dict[str, Any]:
    """What the figures were measured on."""
    torch.set_num_threads(threads)
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        cpu = next(
            (
                line.split(":")[1].strip()
                for line in info.read_text().splitlines()
                if line.startswith("model name")
            ),
            cpu,
        )
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "gpu": gpu,
        "threads": threads,
        "torch": torch.__version__,
    }


def matmul_peak(size: int = 1024, repetitions: int = 20) -> float:
    """Floating-point operations a second of float32 matrix products, the best of several."""
    a, b = torch.randn(2, size, size)
    best = 0.0
    for _ in range(repetitions):
        began = time.perf_counter()
        a @ b
        best = max(best, 2 * size**3 / (time.perf_counter() - began))
    return best


def interleaved(sides: dict[str, Callable[[], Any]], repetitions: int) -> dict[str, dict[str, Any]]:
    """Each side's last result, and the median and all of its wall and CPU seconds; the sides take turns."""
    taken: dict[str, dict[str, Any]] = {name: {"wall": [], "cpu": []} for name in sides}
    for _ in range(repetitions):
        for name, side in sides.items():
            wall, cpu = time.perf_counter(), time.process_time()
            taken[name]["result"] = side()
            taken[name]["wall"].append(time.perf_counter() - wall)
            taken[name]["cpu"].append(time.process_time() - cpu)
    for side in taken.values():
        side |= {f"{kind}_median": statistics.median(side[kind]) for kind in ("wall", "cpu")}
    return taken


def publish(name: str, rows: list[dict[str, Any]], about: dict[str, Any], folder: Path) -> None:
    """Print the table; write it with the hardware as JSON."""
    print(f"\n{name}: {about}")
    print(
        pd.DataFrame(rows).to_string(
            index=False, float_format=lambda v: f"{v:,.4g}" if abs(v) < 1e6 else f"{v:.3g}"
        ),
        flush=True,
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(
        json.dumps({"about": about, "rows": rows}, indent=1) + "\n"
    )
