"""A process between a test run and its broker, which outlives the run by just so much as to clean up after it.

A test run that dies by SIGKILL can tidy nothing. So the broker is the child of this supervisor, which ends it and
removes its folder once the run is gone: when its own standard input closes or it has another parent. If the
supervisor itself dies by SIGKILL, Linux kills the broker with it (``PR_SET_PDEATHSIG``).

It runs as a file (``python -I supervisor.py LOG FOLDER COMMAND...``), with the standard library alone, and serves
lines on standard input, each answered by one on standard output:

    start           run the command; the answer is its process id
    signal NUMBER   send a signal to it; ``ok``, also if it has ended
    wait SECONDS    wait for its end at most so long; its exit status, or ``running``

FOLDER is removed at the end; an empty string keeps everything.
"""

import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

_LOOK_FOR_PARENT = 0.5
"""Seconds. A child that the run forked may hold the other end of the pipe open: so look at the parent, too."""

_PR_SET_PDEATHSIG = 1


class _Child:
    """The broker's process, over several lives."""

    def __init__(self, command: list[str], log: str) -> None:
        self._command = command
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> int:
        supervisor = os.getpid()
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: _die_with(supervisor),
            )
        return self._process.pid

    def signal(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def wait(self, seconds: float) -> int | None:
        if self._process is None:
            return 0
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(seconds)
        return None

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def _die_with(parent: int) -> None:
    """In the child, before it runs its program: be killed when the supervisor ends, however it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before this could take hold
            os._exit(1)


def _lines(parent: int) -> Iterator[str]:
    """Lines from standard input until it closes or the parent is gone."""
    waiting = b""
    while os.getppid() == parent:
        if not select.select([0], [], [], _LOOK_FOR_PARENT)[0]:
            continue
        received = os.read(0, 4096)
        if not received:
            return
        waiting += received
        while b"\n" in waiting:
            line, _, waiting = waiting.partition(b"\n")
            yield line.decode()


def _serve(child: _Child, line: str) -> str:
    verb, _, argument = line.partition(" ")
    if verb == "start":
        try:
            return str(child.start())
        except OSError as error:
            return f"error {error}"
    if verb == "signal":
        child.signal(int(argument))
        return "ok"
    status = child.wait(float(argument))
    return "running" if status is None else str(status)


def _remove(folder: str) -> None:
    """Remove the folder, for a while again and again: a dead process's last writes may race with it."""
    for _ in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            return
        time.sleep(0.1)


def main(log: str, folder: str, *command: str) -> None:
    """Serve until the parent is gone, then end the broker and remove the folder."""
    parent = os.getppid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    child = _Child(list(command), log)
    try:
        for line in _lines(parent):
            os.write(1, f"{_serve(child, line)}\n".encode())
    except BrokenPipeError:
        pass
    finally:
        child.end()
        if folder:
            _remove(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
