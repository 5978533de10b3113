"""What a study's jobs took, by their records."""

import subprocess
import sys

from lit.workflow.run_times import run_times

HEADING = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def record(path, seconds, memory, computing):
    path.write_text(f"{HEADING}{seconds}\t0:00:01\t{memory}\t1\t1\t1\t0\t0\t50\t{computing}\n")
    return str(path)


def test_seconds_by_the_clock_and_of_computing_are_added_up(tmp_path):
    code = [record(tmp_path / "a", 20.0, 300, 10.5), record(tmp_path / "b", 0.4, "NA", "NA")]
    code.append(str(tmp_path / "moved here without its record"))
    found = run_times({"train": [record(tmp_path / "c", 3.0, 100, 5.0)], "code": code, "none": []})
    assert found.to_dict("list") == {
        "rule": ["code", "train"],
        "jobs": [2, 1],
        "seconds": [20.4, 3.0],
        "cpu_seconds": [10.9, 5.0],
        "max_memory_mb": [300, 100],
    }


WORKING = """
import sys, time
from pathlib import Path
from lit.workflow.job import write_times
memory = bytearray(200 * 2**20)
until = time.process_time() + 1
while time.process_time() < until:
    pass
time.sleep(1)
write_times(Path(sys.argv[1]))
"""


def test_a_record_has_all_that_a_process_took_to_its_end(tmp_path):
    subprocess.run([sys.executable, "-c", WORKING, str(tmp_path / "a.tsv")], check=True)
    (row,) = run_times({"code": [str(tmp_path / "a.tsv")]}).to_dict("records")
    assert row["seconds"] >= row["cpu_seconds"] + 0.9
    assert 1 <= row["cpu_seconds"] < row["seconds"]
    assert row["max_memory_mb"] > 200
