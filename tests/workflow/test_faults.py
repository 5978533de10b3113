"""What is lost when a job, a disk or a file fails: nothing that was finished, and the same command ends in equal bytes."""

import os
import re
import signal
import subprocess
import time

import h5py
import pytest
from conftest import ROOT, Workspace


def start(space, *arguments, checkpoint_seconds=120):
    environment = space.environment() | {"LIT_CHECKPOINT_SECONDS": str(checkpoint_seconds)}
    return subprocess.Popen(
        space.command(*arguments), cwd=space.folder, env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def wait_for(space, pattern, seconds=90):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if list((space.folder / "results").glob(pattern)):
            return
        time.sleep(0.05)
    raise AssertionError(f"no {pattern} after {seconds} s")


@pytest.mark.parametrize(
    "victim",
    [
        pytest.param("controller", marks=pytest.mark.nightly),
        pytest.param("everything", marks=pytest.mark.slow),
    ],
)
def test_kill_9_then_the_same_command_gives_equal_bytes(finished, tmp_path, tiny, victim):
    space = Workspace(tmp_path, finished.root)
    space.write(tiny)
    process = start(space)
    wait_for(space, "tiny/models/*/*.h5" if victim == "controller" else "tiny/data/*.h5")
    if victim == "controller":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    time.sleep(8 if victim == "controller" else 0)  # orphaned jobs finish what they were at
    space.snakemake("--unlock")
    space.snakemake()
    expected = finished.results()
    assert space.results() == expected


@pytest.mark.slow
def test_a_job_killed_in_mid_write_leaves_no_half_file(done, monkeypatch):
    """A writer that dies before the rename leaves the old file, or none, and the same command finishes."""
    expected = done.results()
    victim = next((done.folder / "results/tiny/blocks").rglob("64-128.h5"))
    code = (
        "import os, sys\nfrom lit.files import store\nimport numpy as np\n"
        "os.replace = lambda a, b: os.kill(os.getpid(), 9)\n"
        "store.write(sys.argv[1], 'block', {'a': np.zeros(1000)})\n"
    )
    victim.unlink()
    killed = subprocess.run(
        [done.command()[0], "-c", code, str(victim)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert killed.returncode == -9
    assert not victim.exists()
    assert list(victim.parent.glob(".*.partial")), (
        "the partial file is there, under a name that nothing reads"
    )
    done.snakemake("--rerun-incomplete")
    assert done.results() == expected


@pytest.mark.nightly
def test_a_source_killed_in_training_goes_on_at_its_checkpoint(tmp_path, tiny):
    tiny["training"] = {"epochs": 5, "min_steps": 20000}
    alone, killed = Workspace(tmp_path / "alone"), Workspace(tmp_path / "killed")
    for space in (alone, killed):
        space.folder.mkdir()
        space.write(tiny)
    alone.snakemake("codelengths_all")
    process = start(killed, checkpoint_seconds=0.2)
    wait_for(killed, "tiny/models/*/*.checkpoint")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not list((killed.folder / "results").glob("tiny/models/*/*.h5")), "killed too late"
    killed.snakemake("--unlock")
    assert "goes on from" in killed.snakemake("codelengths_all").stdout
    assert killed.results() == alone.results()
    assert not list((killed.folder / "results").glob("tiny/models/*/*.checkpoint"))


@pytest.fixture
def small_disk(tmp_path, tiny):
    """A place to run whose results folder is a disk of its own, of which ``mount`` sets size and mode."""
    space = Workspace(tmp_path)
    space.write(tiny)
    results = tmp_path / "results"
    results.mkdir()

    def mount(options):
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(results)],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            pytest.skip(f"a disk of its own cannot be mounted here: {done.stderr.strip()}")

    yield space, mount
    subprocess.run(["umount", "-l", str(results)], check=False, capture_output=True)


@pytest.mark.nightly
@pytest.mark.parametrize("fits", ["nothing", "data"])
def test_a_full_disk_is_named_and_leaves_no_half_file(finished, small_disk, fits):
    space, mount = small_disk
    size = {"nothing": 0, "data": (finished.folder / "results/tiny/data/digits.h5").stat().st_size}
    mount(f"size={64 + size[fits] // 1024}k")
    out = space.snakemake(check=False)
    assert out.returncode != 0
    # Snakemake's own records may be what no longer fits.
    named = (
        r"Error: results/tiny/.*: No space left on device; make room there|\[Errno 28\] No space"
    )
    assert re.search(named, out.stdout), out.stdout[-3000:]
    whole = finished.results()
    assert all(whole[name] == data for name, data in space.results().items()), (
        "a half file under a result's name"
    )
    mount("remount,size=100m")
    space.snakemake()
    assert space.results() == whole


@pytest.mark.nightly
def test_a_read_only_folder_is_named(finished, small_disk):
    space, mount = small_disk
    mount("ro")
    out = space.snakemake(check=False)
    assert out.returncode != 0
    assert re.search(r"results/tiny.*[Rr]ead-only file system", out.stdout), out.stdout[-3000:]
    mount("remount,rw")
    space.snakemake()
    assert space.results() == finished.results()


def flip(path, other):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def alter(path, other):
    with h5py.File(path, "r+") as file:
        file["bits/model"][0, 0] += 1e-9


DAMAGES = {
    "truncated": lambda path, other: path.write_bytes(path.read_bytes()[:-50]),
    "bit flipped": flip,
    "altered": alter,
    "another run's": lambda path, other: path.write_bytes(other.read_bytes()),
}


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(name, marks=pytest.mark.slow if name == "truncated" else pytest.mark.nightly)
        for name in DAMAGES
    ],
)
def test_a_bad_block_is_named_with_its_remedy_and_remade(done, damage):
    """Named by audit and by the job that reads it; the command that the message gives mends it."""
    expected = done.results()
    path, other = sorted((done.folder / "results/tiny/blocks").rglob("64-128.h5"))[:2]
    DAMAGES[damage](path, other)
    for target in ("audit", "codelengths_all"):
        out = done.snakemake(target, check=False)
        assert out.returncode != 0, target
        how = r"64-128\.h5.*?(?:delete it|remove exactly these files) and run the same snakemake command again.*?:\s+(rm '[^']*')"
        remedy = re.search(how, out.stdout, flags=re.DOTALL)
        assert remedy, out.stdout[-2000:]
    subprocess.run(remedy[1], shell=True, check=True, cwd=done.folder)
    done.snakemake()
    assert done.results() == expected
