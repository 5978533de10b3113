"""Run a Python command as a fork of the server (fork_server.py); where there is none, as it stands.

Started as a file, by ``python -I -S``, in a fiftieth of a second: it loads nothing of lit.
"""

import contextlib
import json
import os
import signal
import socket
import struct
import sys

LENGTH = struct.Struct("!Q")  # of the request that follows
STARTED = b"\1"
STATUS = struct.Struct("!i")  # as os.waitpid gives it
STREAMS = [0, 1, 2]


def has_streams() -> bool:
    """Whether standard input, output and error are open: else a socket would be one of them."""
    try:
        return bool([os.fstat(stream) for stream in STREAMS])
    except OSError:
        return False


def fork_job(address: str, threads: str, command: list[str]) -> int | None:
    """Wait status of a command that the server ran, or None where it ran none.

    The fork has this process's environment, folder, and standard streams, and ends with it.

    Args:
        address: Path of the server's socket.
        threads: Those of the server's numerical libraries, which are set once, as they are loaded.
        command: Words of a command.
    """
    loaded = os.environ.get("OMP_NUM_THREADS", threads) == threads
    if command[0] != sys.executable or not loaded or not has_streams():
        return None
    request = json.dumps(
        {"command": command, "environment": dict(os.environ), "folder": os.getcwd()}
    ).encode()
    with socket.socket(socket.AF_UNIX) as server:
        try:
            server.connect(address)
            socket.send_fds(server, [LENGTH.pack(len(request))], STREAMS)
            server.sendall(request)
            if server.recv(1) != STARTED:
                return None
        except OSError:
            return None
        # Who interrupts a workflow interrupts the fork as well, and that is what ends.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        status = b""
        with contextlib.suppress(OSError):
            status = server.recv(STATUS.size, socket.MSG_WAITALL)
    return STATUS.unpack(status)[0] if len(status) == STATUS.size else signal.SIGKILL


def main() -> None:
    """Run the command of this process's arguments, and end as it does."""
    address, threads, *command = sys.argv[1:]
    status = fork_job(address, threads, command)
    if status is None:
        os.execvp(command[0], command)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        with contextlib.suppress(OSError):  # some cannot be ignored, nor not
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
