"""Jobs of this machine are forks of a Python that has loaded torch, and behave as if started."""

import contextlib
import os
import resource
import shlex
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import h5py
import psutil
import pytest
from conftest import ROOT

from lit.workflow import fork_job, fork_server

HERE = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module", autouse=True)
def interrupts():
    """Processes that tests start can be interrupted, which those of a shell's background cannot."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def served():
    """Words before a command, and the server behind them."""
    with pytest.MonkeyPatch.context() as patch:
        ends = []
        patch.setattr(fork_server.atexit, "register", lambda *call: ends.append(call))
        words = fork_server.start(1)
    if not words:
        pytest.skip("this system cannot watch a process by a file")
    ((end, server, folder),) = ends
    yield words, server
    end(server, folder)


@pytest.fixture(scope="module")
def launcher():
    with served() as (words, server):
        yield words
    assert server.returncode == 0


@pytest.fixture
def run(launcher, tmp_path):
    """Runs a script with arguments as a job, by the launcher or by other words before it."""

    def run(text, *arguments, words=launcher, environment=(), **options):
        script = tmp_path / "script.py"
        script.write_text(textwrap.dedent(text))
        command = [*words, sys.executable, str(script), *arguments]
        environment = os.environ | HERE | dict(environment)
        options = {"capture_output": True, "text": True, "cwd": tmp_path} | options
        return subprocess.run(command, env=environment, timeout=60, check=False, **options)

    return run


ABOUT = """
import os, sys, tempfile
print(sorted({"torch", "pandas", "matplotlib"} & {*sys.modules}), __name__, __file__, sys.path[0])
print(sys.argv[1:], os.getcwd(), os.environ["OF_MINE"], tempfile.gettempdir(), sys.stdin.read())
print(sorted(name for name in sys.modules if name.split(".")[0] == "lit"))
"""


def test_a_fork_has_what_its_client_has_and_torch_is_there(run, tmp_path):
    mine = {"OF_MINE": "x", "TMPDIR": str(tmp_path)}
    lines = run(ABOUT, "--one", "two words", input="typed", environment=mine).stdout.splitlines()
    script = f"__main__ {tmp_path / 'script.py'} {tmp_path}"
    assert lines[0] == f"['pandas', 'torch'] {script}"
    assert lines[1] == f"['--one', 'two words'] {tmp_path} x {tmp_path} typed"
    # Else a job would run code that has been edited since.
    assert lines[2] == "['lit', 'lit.workflow', 'lit.workflow.fork_job']"
    alone = run(ABOUT, "--one", "two words", input="typed", environment=mine, words=[])
    assert alone.stdout.splitlines()[0] == f"[] {script}"
    assert alone.stdout.splitlines()[1] == lines[1]


DIES_OF_A_PIPE = """
import os, signal
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
os.kill(os.getpid(), signal.SIGPIPE)
"""
WORKS_ON = """
import threading, time
threading.Thread(target=lambda: (time.sleep(0.5), print("done"))).start()
"""


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("import sys; sys.exit(3)", 3, ""),
        ("raise SystemExit('what was wrong')", 1, "what was wrong\n"),
        ("raise ValueError('of no use')", 1, "ValueError: of no use\n"),
        ("import atexit; atexit.register(print, 'at the end')", 0, "at the end\n"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM, ""),
        ("import os, signal; os.kill(os.getpid(), signal.SIGINT)", -signal.SIGINT, "Interrupt\n"),
        (DIES_OF_A_PIPE, -signal.SIGPIPE, ""),
        (WORKS_ON, 0, "done\n"),
    ],
)
def test_it_ends_as_a_process_of_its_own_does(run, text, status, said):
    forked, alone = run(text), run(text, words=[])
    assert (forked.stdout + forked.stderr).endswith(said)
    assert (alone.stdout + alone.stderr).endswith(said)
    assert forked.returncode == alone.returncode == status


def test_what_is_open_at_its_end_is_written(run, tmp_path):
    done = run("file = open('kept', 'w'); file.write('x')\ndef f(): return file")
    assert (done.returncode, (tmp_path / "kept").read_text()) == (0, "x")
    run("import h5py; file = h5py.File('kept.h5', 'w'); file['x'] = 1\ndef f(): return file")
    with h5py.File(tmp_path / "kept.h5") as file:
        assert file["x"][()] == 1


def test_forks_draw_other_numbers(run):
    first, second = (run("import numpy as np; print(np.random.rand())").stdout for _ in range(2))
    assert first != second


def test_no_file_of_the_folder_stands_in_for_a_library(run, tmp_path, monkeypatch):
    (tmp_path / "pandas.py").write_text("raise SystemExit('of the folder')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with served() as (words, _):
        done = run("import sys; print(sys.modules['pandas'].__file__)", words=words)
    assert done.stdout.endswith("pandas/__init__.py\n"), done.stderr


@pytest.mark.parametrize("stream", [0, 1, 2])
def test_with_a_closed_stream_it_runs_as_it_stands(launcher, tmp_path, stream):
    script = tmp_path / "script.py"
    script.write_text("import sys; open('told', 'w').write(str('torch' in sys.modules))")
    command = shlex.join([*launcher, sys.executable, str(script)])
    close = f"{command} {stream}{'<' if stream == 0 else '>'}&-"
    subprocess.run(["bash", "-c", close], cwd=tmp_path, env=os.environ | HERE, check=True)
    assert (tmp_path / "told").read_text() == "False"


def test_modules_are_run_too(launcher, tmp_path):
    (tmp_path / "mine.py").write_text("import sys; print(__name__, sys.argv[1:])")
    command = [*launcher, sys.executable, "-m", "mine", "a"]
    done = subprocess.run(
        command, cwd=tmp_path, env=os.environ | HERE, capture_output=True, text=True, check=True
    )
    assert done.stdout == "__main__ ['a']\n"


LOADED = "import sys; print('torch' in sys.modules)"


@pytest.mark.parametrize("other", ["threads", "server", "python"])
def test_what_no_server_can_fork_runs_as_it_stands(run, launcher, tmp_path, other):
    assert run(LOADED).stdout == "True\n"
    if other == "threads":  # which numerical libraries take once, as they are loaded
        done = run(LOADED, environment={"OMP_NUM_THREADS": "2"})
    elif other == "server":
        done = run(LOADED, words=[*launcher[:-2], str(tmp_path / "none"), "1"])
    else:
        (tmp_path / "python").symlink_to(sys.executable)
        command = [*launcher, str(tmp_path / "python"), "-c", LOADED]
        done = subprocess.run(command, env=os.environ | HERE, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("False\n", 0), done.stderr


SLEEPS = """
import os, sys, time
from pathlib import Path
Path(sys.argv[1]).write_text(str(os.getpid()))
time.sleep(60)
"""


def started(launcher, tmp_path):
    """A client, and the process that its job is once it runs."""
    script, where = tmp_path / "sleeps.py", tmp_path / "pid"
    script.write_text(SLEEPS)
    client = subprocess.Popen(
        [*launcher, sys.executable, str(script), str(where)], env=os.environ | HERE
    )
    until = time.monotonic() + 30
    while not (where.exists() and where.read_text()):
        assert time.monotonic() < until
        time.sleep(0.02)
    job = psutil.Process(int(where.read_text()))
    assert job.pid != client.pid
    return client, job


def test_who_kills_a_client_kills_its_job_and_the_other_way_round(launcher, tmp_path):
    client, job = started(launcher, tmp_path)
    client.kill()
    client.wait(10)
    job.wait(10)
    (tmp_path / "pid").unlink()
    client, job = started(launcher, tmp_path)
    job.kill()
    assert client.wait(10) == -signal.SIGKILL


def test_an_interrupt_reaches_the_job_and_its_end_the_client(launcher, tmp_path):
    client, job = started(launcher, tmp_path)
    for process in (client, job):  # as a terminal does
        process.send_signal(signal.SIGINT)
    assert client.wait(10) == -signal.SIGINT


WORKFLOW = """
import os, subprocess, sys
from pathlib import Path
from lit.workflow import fork_server
words = fork_server.start(1)
print(words[4], flush=True)
"""
WORKS = """
Path("work.py").write_text("import time\\nwhile time.process_time() < 3: pass")
subprocess.run([*words, sys.executable, "work.py"], check=True)
"""
IS_KILLED = "os.kill(os.getpid(), 9)"


def computing_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def test_the_server_ends_with_the_workflow_and_leaves_nothing(tmp_path):
    before = computing_of_children()
    command = [sys.executable, "-c", WORKFLOW + WORKS]
    done = subprocess.run(
        command, cwd=tmp_path, env=os.environ | HERE, capture_output=True, text=True, check=True
    )
    assert not Path(done.stdout.strip()).parent.exists()
    # Who times a workflow times what its jobs compute.
    assert computing_of_children() - before >= 3


def test_it_ends_when_the_workflow_is_killed(tmp_path):
    command = [sys.executable, "-c", WORKFLOW + IS_KILLED]
    done = subprocess.run(command, env=os.environ | HERE, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    # All of its output was read, to where the server, which has the other end too, had ended.
    assert not Path(done.stdout.strip()).parent.exists()


def test_a_server_that_is_killed_leaves_its_jobs_and_later_ones_start_by_themselves(run, tmp_path):
    with served() as (words, server):
        client, job = started(words, tmp_path)
        server.kill()
        server.wait(10)
        assert run(LOADED, words=words).stdout == "False\n"
        assert job.is_running()
        assert client.poll() is None
        job.terminate()
        assert client.wait(10) == -signal.SIGTERM


def test_there_is_none_where_the_path_would_be_too_long(monkeypatch, tmp_path):
    (tmp_path / ("x" * 100)).mkdir()
    monkeypatch.setattr(fork_server.tempfile, "tempdir", str(tmp_path / ("x" * 100)))
    assert fork_server.start(1) == []
    assert not list((tmp_path / ("x" * 100)).iterdir())


def test_nor_where_no_folder_can_be_made(monkeypatch, tmp_path):
    monkeypatch.setattr(fork_server.tempfile, "tempdir", str(tmp_path / "none"))
    assert fork_server.start(1) == []


def test_nor_where_no_process_can_be_watched(monkeypatch):
    monkeypatch.delattr(os, "pidfd_open")
    assert fork_server.start(1) == []


def test_the_client_loads_nothing_but_the_standard_library():
    run_it = f"exec(open({fork_job.__file__!r}).read())"
    code = f"import sys; sys.argv = ['x', '/nowhere', '1', '/bin/true']; {run_it}"
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)


NOTES = """
import os, sys
with open(os.environ["STARTED"], "a") as file:
    print(*sys.orig_argv, file=file)
"""


@pytest.mark.slow
def test_jobs_of_a_study_are_forks(workspace, tmp_path, monkeypatch):
    """Python notes each of its starts, and is started for none of them."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/sitecustomize.py").write_text(NOTES)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "notes"))
    monkeypatch.setenv("STARTED", str(tmp_path / "started"))
    monkeypatch.delenv("OMP_NUM_THREADS")
    workspace.snakemake("codelengths_all")
    started = (tmp_path / "started").read_text()
    assert "lit.workflow.fork_server" in started
    assert ".snakemake/scripts" not in started
    assert "lit.workflow.preflight" not in started
