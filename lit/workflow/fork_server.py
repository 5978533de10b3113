"""A Python that has loaded torch once, and forks each job of this machine from there.

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
import struct
import subprocess
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

from lit.workflow import fork_job

# What most jobs load. Nothing of lit, so that every job runs the code that lies there by then.
LOADED = ("torch", "scipy.linalg", "pandas", "h5py", "PIL.Image", "snakemake.script")
PATIENCE = 10  # seconds for a server to end once the workflow does
IGNORED = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)  # which are for jobs and their clients


def start(threads: int) -> list[str]:
    """Start a server, and give the words to put before a command that it is to fork.

    There are none where it could not: it needs Linux 5.3, and a short path for its socket.

    Args:
        threads: For numerical libraries, as Snakemake sets them for the jobs.
    """
    if not (_can_watch() and fork_job.has_streams()):
        return []
    try:
        folder = tempfile.TemporaryDirectory(prefix="lit-", ignore_cleanup_errors=True)
    except OSError:
        return []
    address = str(Path(folder.name, "socket"))
    try:
        server = _started(address, threads)
    except OSError:  # too long a path among others
        folder.cleanup()
        return []
    atexit.register(end, server, folder)
    return [sys.executable, "-I", "-S", fork_job.__file__, address, str(threads)]


def _started(address: str, threads: int) -> subprocess.Popen:
    """A server behind the socket of a path; an OSError where there can be none."""
    libraries = ("OMP", "GOTO", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(1024)
        return subprocess.Popen(
            # -P: no file of the user's folder stands in for one of these libraries.
            [sys.executable, "-P", "-m", __name__, str(listener.fileno())],
            stdin=subprocess.PIPE,
            pass_fds=[listener.fileno()],
            env=os.environ | {f"{name}_NUM_THREADS": str(threads) for name in libraries},
        )


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


def keep(client: socket.socket, handlers: list[Any]) -> list[str]:
    """Fork a client's job, and watch over both: returns in the job alone, with its command.

    Args:
        client: Its connection.
        handlers: What a new process does at each of the signals IGNORED here.
    """
    try:
        request, streams = _read(client)
        job = os.fork()
    except (OSError, ValueError, struct.error):  # the client has gone, or starts the job itself
        os._exit(1)
    if not job:
        _become(request, streams)
        for number, handler in zip(IGNORED, handlers, strict=True):
            signal.signal(number, handler)
        client.sendall(fork_job.STARTED)
        client.close()
        return request["command"]
    ready, _, _ = select.select([client.fileno(), os.pidfd_open(job)], [], [])
    if client.fileno() in ready:
        os.kill(job, signal.SIGKILL)
    status = os.waitpid(job, 0)[1]
    with contextlib.suppress(OSError):
        client.sendall(fork_job.STATUS.pack(status))
    os._exit(0)


def _read(client: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """A client's request, and its streams."""
    size, streams, _, _ = socket.recv_fds(client, fork_job.LENGTH.size, 3, socket.MSG_WAITALL)
    (length,) = fork_job.LENGTH.unpack(size)
    return json.loads(client.recv(length, socket.MSG_WAITALL)), streams


def _become(request: dict[str, Any], streams: list[int]) -> None:
    """Take over the client's streams, folder and environment, and what a new process has."""
    import numpy as np  # not above, where each reading of the Snakefile would load it

    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    tempfile.tempdir = None  # which it has from the environment, once
    np.random.seed()  # else forks that use it would draw the same


def run(command: list[str]) -> None:
    """Run what follows a command's Python: a file, or -m and a module, and arguments."""
    module = command[1] == "-m"
    sys.argv = command[2 if module else 1 :]
    if "PYTHONSAFEPATH" not in os.environ:
        sys.path.insert(0, os.getcwd() if module else str(Path(command[1]).parent))
    if module:
        runpy.run_module(command[2], run_name="__main__", alter_sys=True)
    else:
        # Not by runpy, which leaves a script's names to the garbage: open files lost their ends.
        main = sys.modules["__main__"] = types.ModuleType("__main__")
        main.__file__ = command[1]
        exec(compile(Path(command[1]).read_bytes(), command[1], "exec"), vars(main))


def main() -> None:
    """Serve clients of the socket whose number is this process's argument."""
    handlers = [signal.signal(number, signal.SIG_IGN) for number in IGNORED]
    listener = socket.socket(fileno=int(sys.argv[1]))
    for name in LOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # forks share these objects as long as none of them looks through them for garbage
    client = serve(listener)
    if client:
        run(keep(client, handlers))


if __name__ == "__main__":
    main()
