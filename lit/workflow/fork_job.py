"""Run a Python command as a fork of the server (fork_server.py); where there is none, as it stands.

Started as a file, by ``python -I -S``, in a fiftieth of a second: it loads nothing of lit.
"""

import json
import os
import signal
import socket
import struct
import sys

LENGTH = struct.Struct("!Q")  # of the request that follows
STARTED = b"\1"
STATUS = struct.Struct("!i")  # as os.waitpid gives it


def fork_job(address: str, threads: str, command: list[str]) -> int | None:
    """Wait status of a command that the server ran, or None where it ran none.

    The fork has this process's environment, folder, and standard streams, and ends with it.

    Args:
        address: Path of the server's socket.
        threads: Those of the server's numerical libraries, which are set once, as they are loaded.
        command: Words of a command.
    """
    if command[0] != sys.executable or os.environ.get("OMP_NUM_THREADS", threads) != threads:
        return None
    request = json.dumps(
        {"command": command, "environment": dict(os.environ), "folder": os.getcwd()}
    ).encode()
    with socket.socket(socket.AF_UNIX) as server:
        try:
            server.connect(address)
            socket.send_fds(server, [LENGTH.pack(len(request))], [0, 1, 2])
            server.sendall(request)
            if server.recv(1) != STARTED:
                return None
        except OSError:
            return None
        # Who interrupts a workflow interrupts the fork as well, and that is what ends.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        status = server.recv(STATUS.size, socket.MSG_WAITALL)
    return STATUS.unpack(status)[0] if status else signal.SIGKILL


def main() -> None:
    """Run the command of this process's arguments, and end as it does."""
    address, threads, *command = sys.argv[1:]
    status = fork_job(address, threads, command)
    if status is None:
        os.execvp(command[0], command)
    if os.WIFSIGNALED(status):
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    sys.exit(os.WEXITSTATUS(status))


if __name__ == "__main__":
    main()
