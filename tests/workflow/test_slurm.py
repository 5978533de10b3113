"""The workflow on a real SLURM of one node: profiles/slurm and profiles/slurm-packed, and what goes wrong on clusters.

Every test ends with result files that equal those of a local run byte for byte. Nothing of SLURM is imitated; faults are
injected from outside, into the processes of jobs, by SLURM's own commands, or by asking for too little.
"""

import copy
import re
import shutil
import signal
import subprocess
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest
import yaml
from conftest import ROOT, TINY, Workspace, untimed

pytestmark = pytest.mark.slurm
START = ROOT / "tests" / "slurm" / "start-slurm.sh"
PATIENCE = 600  # seconds for anything: a cluster that answers nothing must not stop the tests
# The plugin looks at jobs after this many seconds, and whenever it finds none ended, ten seconds later than the time before.
SETTINGS = ["--slurm-init-seconds-before-status-checks", "5", "--latency-wait", "10"]
# What a user without GPUs types: it replaces the profile's set-resources, and so the partition is the default one.
NO_GPU = ["extract_features:gpu=0", "train_source:gpu=0", "code_block:gpu=0", "decode_run:gpu=0"]
# The learner takes seconds a block, so that there is something to interrupt.
SLOW = {"kind": "restart", "epochs": 8000, "min_steps": 8000, "patience": 1000.0}
ONCE = {"kind": "replay", "effort": 400, "densest": 1}
ONE_BLOCK = {"k": 64, "first_block": 32, "growth": 2.0, "head": 64}


@pytest.fixture(scope="session", autouse=True)
def slurm():
    """The cluster; one that ran before the tests is left running."""
    done = subprocess.run(
        [START, "start"], capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode == 77:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    yield
    if done.stdout.strip() == "started":
        subprocess.run([START, "stop"], check=True, timeout=120)


@pytest.fixture(autouse=True)
def queue():
    """No test leaves a job, or a node that takes none, to the next one."""
    yield
    sh("scancel --user=root")
    if "drain" in sh("sinfo -h -o %T") or "down" in sh("sinfo -h -o %T"):
        sh(f"scontrol update nodename={sh('hostname -s')} state=resume")
    until(lambda: not sh("squeue -h"), "empty queue")
    for process in psutil.process_iter(
        ["environ"]
    ):  # a node that is down leaves the outer process of a job behind
        if {"SLURM_JOB_ID", "PYTEST_CURRENT_TEST"} <= set(process.info["environ"] or {}):
            process.kill()


class Cluster(Workspace):
    """A folder whose jobs go to SLURM."""

    profile = "slurm"
    resources = NO_GPU
    patience = PATIENCE

    def command(self, *arguments, cores=2):
        words = super().command(*arguments)
        at = words.index("--cores")
        given = ["--profile", str(ROOT / "profiles" / self.profile), *SETTINGS]
        if self.resources:
            given += ["--set-resources", *self.resources]
        return words[:at] + given + words[at + 2 :]

    @contextmanager
    def running(self, *arguments):
        """The controller at work; its output goes to controller.log. It is ended in any case."""
        with (self.folder / "controller.log").open("w") as log:
            process = subprocess.Popen(
                self.command(*arguments),
                cwd=self.folder,
                env=self.environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def finish(self, process, succeeds=True):
        """Wait for a controller, which must succeed, or fail; its output."""
        process.wait(PATIENCE)
        said = (self.folder / "controller.log").read_text()
        assert (process.returncode == 0) == succeeds, said[-4000:]
        return said

    def slurm_log(self, said, job):
        """SLURM's log of a failed job, which the controller names."""
        return Path(
            re.search(rf"(\S+/slurm_logs/\S+/{job}\.log) \(check log file", said)[1]
        ).read_text()

    def training(self, job):
        """The process that trains in a block's job, once it does: its log is open. ``job`` is part of its log's path."""

        def find():
            logs = [
                p
                for p in (self.folder / "results").glob("*/logs/code_block/**/*.log")
                if job in str(p)
            ]
            for process in psutil.process_iter(["cmdline"]):
                if any(word.endswith(".code_block.py") for word in process.info["cmdline"] or []):
                    try:
                        if {str(p) for p in logs} & {f.path for f in process.open_files()}:
                            return process
                    except psutil.Error:
                        pass
            return None

        return until(find, f"training process of {job}")

    def files(self):
        """Every result file, but for logs and run times."""
        kept = {
            name: data
            for name, data in self.results("**/*").items()
            if not {"logs", "benchmarks"} & set(name.split("/"))
        }
        return untimed(kept)


def sh(command):
    return subprocess.run(
        command, shell=True, capture_output=True, text=True, timeout=60, check=False
    ).stdout.strip()


def until(condition, what, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"no {what} after {seconds} s"
        time.sleep(0.1)
    return found


def slurm_id(process):
    return process.environ()["SLURM_JOB_ID"]


def study(**changes):
    return copy.deepcopy(TINY) | changes


def local(folder, config, *targets):
    """A study that was run locally, to compare with."""
    space = Workspace(folder)
    space.patience = 3 * PATIENCE
    space.write(config)
    space.snakemake(*targets)
    return Cluster(folder)


@pytest.fixture(scope="module")
def blocks(tmp_path_factory):
    """Four block jobs of some seconds, restart and replay with two seeds each, run locally."""
    arms = [TINY["arms"][0] | {"name": name, "n": 0, "learner": name} for name in ("slow", "once")]
    config = study(seeds=[0, 1], stream=ONE_BLOCK, arms=arms, learners={"slow": SLOW, "once": ONCE})
    return local(tmp_path_factory.mktemp("blocks"), config, "codelengths_all")


@pytest.fixture
def unfinished(blocks, tmp_path):
    """The four blocks yet to be computed; data are there."""
    shutil.copytree(blocks.folder, tmp_path / "here")
    for name in ("blocks", "codelengths", "logs"):
        shutil.rmtree(tmp_path / "here" / "results" / "tiny" / name)
    return Cluster(tmp_path / "here")


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory):
    """A study with the learner restart and the chain of replay, run locally, by either profile, and a block of it as
    the profile stands: folder and output of each. All at once, since most of it is waiting."""
    arms = [
        TINY["arms"][0] | {"n": [0, 32]},
        TINY["arms"][0] | {"name": "b", "n": 0, "learner": "once"},
    ]
    config = study(
        stream=ONE_BLOCK | {"head": 32},
        arms=arms,
        learners=TINY["learners"] | {"once": {"kind": "replay", "effort": 2}},
        train_set_information=False,
    )
    block = "results/tiny/blocks/digits--true--linear--fast--theta0/seeds-0-1/0-32.h5"
    ways = {
        "slurm": ("slurm", NO_GPU, ["codelengths_all"]),
        "slurm-packed": ("slurm-packed", NO_GPU, ["all"]),
        "with a GPU": ("slurm", [], ["--retries", "0", "--", block]),
    }
    found, processes = {}, {}
    with ExitStack() as stack:
        for name, (profile, resources, arguments) in ways.items():
            space = Cluster(tmp_path_factory.mktemp("slurm"))
            space.profile, space.resources = profile, resources
            space.write(config)
            processes[name] = space, stack.enter_context(space.running(*arguments))
        found["local"] = local(tmp_path_factory.mktemp("whole"), config), ""
        for name, (space, process) in processes.items():
            found[name] = space, space.finish(process, succeeds=name != "with a GPU")
    return found


@pytest.fixture(scope="module")
def whole(everywhere):
    """The study as it was run locally."""
    return everywhere["local"][0]


def test_one_submission_a_job_gives_the_bytes_of_a_local_run(whole, everywhere):
    space, said = everywhere["slurm"]
    assert space.results() == whole.results()
    jobs = list(space.folder.glob("results/tiny/logs/*/**/*.log"))
    assert said.count("has been submitted with SLURM jobid") == len(jobs) == 11


def test_packed_submissions_give_the_bytes_of_a_local_run(whole, everywhere):
    space, said = everywhere["slurm-packed"]
    assert space.files() == whole.files()
    # data, sources, blocks 0-32 and 32-64, merges, and everything that is made from tables
    assert said.count("has been submitted with SLURM jobid") == 6


def test_a_packed_submission_asks_for_one_gpu_and_one_members_memory(whole, tmp_path):
    """Of three blocks that could run side by side: their times together, but one GPU, one CPU, one block's memory."""
    space = Cluster(tmp_path)
    space.profile, space.resources = "slurm-packed", []  # as it stands, with the partition gpu
    shutil.copytree(whole.folder / "results", tmp_path / "results")
    for name in ("blocks", "codelengths"):
        shutil.rmtree(tmp_path / "results/tiny" / name)
    shutil.copy(whole.folder / "study.yaml", tmp_path)
    sh(f"scontrol update nodename={sh('hostname -s')} state=drain reason=test")
    with space.running("codelengths_all"):
        until(lambda: sh("squeue -h"), "submission")
    wanted = dict(word.split("=", 1) for word in sh("scontrol show job").split() if "=" in word)
    assert wanted["Partition"] == "gpu"
    assert wanted["TRES"].startswith("cpu=1,mem=4400M,node=1")
    assert wanted["TresPerJob"] == "gres:gpu:1"
    assert wanted["TimeLimit"] == "00:45:00", "three times a quarter of an hour"


@pytest.mark.nightly
def test_three_jobs_that_die_are_run_again(unfinished, blocks):
    """SIGKILL, scancel and memory that is too little, all at once, each with a job of its own."""
    unfinished.resources = [
        *NO_GPU,
        "code_block:mem_mb=250 if wildcards.run.count('once') and attempt == 1 else 2000",
    ]
    with unfinished.running("codelengths_all") as process:
        killed = unfinished.training("slow--theta0/seeds-0")
        ids = {"killed": slurm_id(killed)}
        killed.send_signal(signal.SIGKILL)
        ids["cancelled"] = slurm_id(unfinished.training("slow--theta0/seeds-1"))
        sh(f"scancel {ids['cancelled']}")
        said = unfinished.finish(process)
    assert f"SLURM-job '{ids['killed']}' failed, SLURM status is: 'FAILED'" in said
    assert "died with <Signals.SIGKILL: 9>" in unfinished.slurm_log(said, ids["killed"])
    assert f"SLURM-job '{ids['cancelled']}' failed, SLURM status is: 'CANCELLED'" in said
    memory = [
        unfinished.slurm_log(said, n)
        for n in re.findall(r"SLURM-job '(\d+)' failed", said)
        if n not in ids.values()
    ]
    assert ["memory limit" in log for log in memory] == [True, True]
    assert said.count("Trying to restart job") == 4
    assert unfinished.files() == blocks.files()


@pytest.mark.nightly
def test_a_packed_submission_with_a_member_that_dies_is_run_again(unfinished, blocks):
    unfinished.profile = "slurm-packed"
    with unfinished.running("codelengths_all") as process:
        unfinished.training("theta0/seeds").send_signal(signal.SIGKILL)
        said = unfinished.finish(process)
    assert "Trying to restart job" in said
    assert unfinished.files() == blocks.files()


def test_a_job_that_sees_no_gpu_says_so_at_once(everywhere):
    """The profile as it stands, on a cluster whose GPU torch cannot use."""
    space, said = everywhere["with a GPU"]
    assert "Error: this job asked for a GPU" in said
    assert "torch sees no GPU" in said
    assert not list(space.folder.glob("results/tiny/blocks/**/*.h5"))


@pytest.mark.nightly
def test_a_second_controller_is_told_and_with_nolock_does_no_harm(unfinished, blocks):
    with unfinished.running("codelengths_all") as process:
        unfinished.training("slow--theta0/seeds-0")
        told = unfinished.snakemake("codelengths_all", check=False)
        assert told.returncode != 0
        assert "Directory cannot be locked" in told.stdout
        unfinished.snakemake("--nolock", "--", "codelengths_all")
        process.wait(PATIENCE)
    until(lambda: not sh("squeue -h"), "end of all jobs")
    assert unfinished.files() == blocks.files()


@pytest.mark.nightly
def test_a_controller_that_is_killed_may_be_started_again_at_once(unfinished, blocks):
    with unfinished.running("codelengths_all") as process:
        training = unfinished.training("slow--theta0/seeds-0")
        first = slurm_id(training)
        training.suspend()  # so that it outlives the next commands on any machine
        process.kill()
        process.wait()
        again = unfinished.snakemake("codelengths_all", check=False)
        assert "Directory cannot be locked" in again.stdout
        assert "--unlock" in again.stdout
        unfinished.snakemake("--unlock")
        assert sh(f"squeue -h -j {first} -o %T") == "RUNNING", (
            "the first job goes on, beside the second of the same block"
        )
        training.resume()
        unfinished.snakemake("codelengths_all")
    until(lambda: not sh("squeue -h"), "end of all jobs")
    assert unfinished.files() == blocks.files()
    unfinished.snakemake("codelengths_all")
    assert unfinished.files() == blocks.files()


@pytest.mark.nightly
def test_a_job_that_meets_its_time_limit_gets_more(unfinished, blocks):
    """A job that hangs, as on a file system that does not answer: the shortest limit is a minute."""
    unfinished.resources = [*NO_GPU, "code_block:runtime=1 if attempt == 1 else 10"]
    with unfinished.running("codelengths_all") as process:
        hanging = unfinished.training("slow--theta0/seeds-0")
        job = slurm_id(hanging)
        hanging.suspend()
        said = unfinished.finish(process)
    assert f"SLURM-job '{job}' failed, SLURM status is: 'TIMEOUT'" in said
    assert "DUE TO TIME LIMIT" in unfinished.slurm_log(said, job)
    assert "Trying to restart job" in said
    assert unfinished.files() == blocks.files()


@pytest.mark.nightly
@pytest.mark.parametrize("state", ["drain", "down"])
def test_a_node_that_is_taken_away_and_given_back(unfinished, blocks, state):
    """Drained: running jobs end, later ones wait. Down: running jobs are lost, and SLURM itself queues them again."""
    node = sh("hostname -s")
    with unfinished.running("codelengths_all") as process:
        job = slurm_id(unfinished.training("slow--theta0/seeds-0"))
        sh(f"scontrol update nodename={node} state={state} reason=test")
        until(
            lambda: "PENDING" in sh("squeue -h -o %T") and "RUNNING" not in sh("squeue -h -o %T"),
            "job that waits",
        )
        assert process.poll() is None
        assert not list(unfinished.folder.glob("results/tiny/codelengths/*.h5"))
        sh(f"scontrol update nodename={node} state=resume")
        unfinished.finish(process)
    assert f"Restarts={int(state == 'down')} " in sh(f"scontrol show job {job}")
    assert unfinished.files() == blocks.files()


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """The quick study, run locally."""
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text()) | {"device": "cpu"}
    return local(tmp_path_factory.mktemp("quick"), config)


@pytest.mark.nightly
@pytest.mark.parametrize("profile", ["slurm", "slurm-packed"])
def test_the_quick_study_gives_the_bytes_of_a_local_run(quick, tmp_path, profile):
    space = Cluster(tmp_path)
    space.profile, space.patience = profile, 3 * PATIENCE
    space.resources = [
        *NO_GPU,
        "code_block:mem_mb=2000",
        "train_source:mem_mb=2000",
        "merge_blocks:mem_mb=1000",
    ]
    shutil.copy(quick.folder / "study.yaml", tmp_path)
    space.snakemake()
    assert space.files() == quick.files()
