"""A Python that has loaded torch once, and forks each job of this machine: two seconds less a job.

For every client (:mod:`lit.workflow.fork_job`) the server forks a keeper, and the keeper the job.
The keeper waits for whichever ends first, and passes the job's end to the client, or the client's
to the job. The server ends with the workflow, whose end closes its standard input.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any, NoReturn

from lit.workflow import fork_job

# What most jobs load. Nothing of lit, so that every job runs the code that lies there by then.
LOADED = ("torch", "scipy.linalg", "pandas", "h5py", "PIL.Image", "snakemake.script")
LONGEST = 100  # bytes of a socket's path; Linux allows 107
PATIENCE = 10  # seconds for a server to end once the workflow does


def start(threads: int) -> list[str]:
    """Start a server, and give the words to put before a command that it is to fork.

    There are none where it could not: it needs Linux 5.3, and a short path for its socket.

    Args:
        threads: For numerical libraries, as Snakemake sets them for the jobs.
    """
    if not _can_watch():
        return []
    folder = tempfile.TemporaryDirectory(prefix="lit-", ignore_cleanup_errors=True)
    address = str(Path(folder.name, "socket"))
    if len(os.fsencode(address)) > LONGEST:
        folder.cleanup()
        return []
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(1024)
    libraries = ("OMP", "GOTO", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")
    server = subprocess.Popen(
        [sys.executable, "-m", __name__, str(listener.fileno())],
        stdin=subprocess.PIPE,
        pass_fds=[listener.fileno()],
        env=os.environ | {f"{name}_NUM_THREADS": str(threads) for name in libraries},
    )
    listener.close()
    atexit.register(end, server, folder)
    return [sys.executable, "-I", "-S", fork_job.__file__, address, str(threads)]


def end(server: subprocess.Popen, folder: tempfile.TemporaryDirectory) -> None:
    """End a server and wait for it, so that who times the workflow has the time of its jobs too."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.communicate(timeout=PATIENCE)
    folder.cleanup()


def _can_watch() -> bool:
    """Whether this system tells of a process's end by a file."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True


def serve(listener: socket.socket) -> socket.socket | None:
    """Fork a keeper for every client: its client in the keeper, None in the server at its end."""
    keepers: set[int] = set()
    while True:
        ready, _, _ = select.select([listener.fileno(), sys.stdin.fileno()], [], [])
        keepers -= {keeper for keeper in keepers if os.waitpid(keeper, os.WNOHANG)[0]}
        if sys.stdin.fileno() in ready:
            break
        client, _ = listener.accept()
        keeper = os.fork()
        if not keeper:
            listener.close()
            return client
        keepers.add(keeper)
        client.close()
    # A workflow that was killed cannot take its folder away.
    shutil.rmtree(Path(listener.getsockname()).parent, ignore_errors=True)
    listener.close()
    for keeper in keepers:
        os.waitpid(keeper, 0)
    return None


def keep(client: socket.socket) -> list[str]:
    """Fork a client's job, and watch over both: returns in the job alone, with its command."""
    size, streams, _, _ = socket.recv_fds(client, fork_job.LENGTH.size, 3, socket.MSG_WAITALL)
    (length,) = fork_job.LENGTH.unpack(size)
    request = json.loads(client.recv(length, socket.MSG_WAITALL))
    client.sendall(fork_job.STARTED)  # fails where the client has gone
    job = os.fork()
    if not job:
        client.close()
        return _become(request, streams)
    ready, _, _ = select.select([client.fileno(), os.pidfd_open(job)], [], [])
    if client.fileno() in ready:
        os.kill(job, signal.SIGKILL)
    status = os.waitpid(job, 0)[1]
    if client.fileno() not in ready:
        client.sendall(fork_job.STATUS.pack(status))
    os._exit(0)


def _become(request: dict[str, Any], streams: list[int]) -> list[str]:
    """Take over the client's streams, folder and environment, and give its command."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    tempfile.tempdir = None  # which it has from the environment, once
    return request["command"]


def run(command: list[str]) -> NoReturn:
    """Run what follows a command's Python, a file, or -m and a module, and end as Python does.

    But without taking everything apart first, which takes a fork the half of a second.
    """
    status: Any = 0
    try:
        if command[1] == "-m":
            sys.argv, sys.path[0] = command[2:], os.getcwd()
            runpy.run_module(command[2], run_name="__main__", alter_sys=True)
        else:
            sys.argv, sys.path[0] = command[1:], str(Path(command[1]).parent)
            runpy.run_path(command[1], run_name="__main__")
    except SystemExit as end:
        status = end.code or 0
        if not isinstance(status, int):
            print(status, file=sys.stderr)
            status = 1
    except BaseException:  # as Python itself: whatever it is, it is said
        traceback.print_exc()
        status = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status & 0xFF)


def main() -> None:
    """Serve clients of the socket whose number is this process's argument."""
    interrupted = signal.signal(signal.SIGINT, signal.SIG_IGN)  # jobs are, and their clients
    listener = socket.socket(fileno=int(sys.argv[1]))
    for name in LOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # forks share these objects as long as none of them looks through them for garbage
    client = serve(listener)
    if client:
        command = keep(client)
        signal.signal(signal.SIGINT, interrupted)
        run(command)


if __name__ == "__main__":
    main()
