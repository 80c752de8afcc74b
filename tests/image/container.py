"""A container as the chart runs it: no right, no writable file but under /tmp, an ordinary user."""

import contextlib
import json
import signal
import subprocess
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from service.broker.node import free_ports
from tests.image.engine import Engine

USER = "10001:10001"
LONGEST_S = 900
"""Seconds that a container may run."""


def restricted(engine: Engine) -> list[str]:
    """Options of ``run`` and ``create`` that take away what can be taken.

    The limits of files and processes are low ones, because a machine that is a container itself may not raise them.
    """
    options = "--read-only --cap-drop=all --security-opt=no-new-privileges --tmpfs=/tmp --no-healthcheck"
    limits = "--ulimit=nofile=1024:1024 --ulimit=nproc=1000:1000"
    # podman would add more writable places by itself; and a container does not outlive a test run that was killed, for long
    own = ["--read-only-tmpfs=false", f"--timeout={LONGEST_S}"] if engine.is_podman else []
    return [*options.split(), *limits.split(), *own]


class Container:
    """``harbinger COMMAND`` in a container, from ``create`` to ``rm``. A context manager.

    Args:
        engine: that runs it.
        image: that it is made from.
        command: of harbinger.
        settings: environment variables, besides those for the log and the port.
    """

    def __init__(self, engine: Engine, image: str, command: str, **settings: str) -> None:
        self._engine = engine
        [self.port] = free_ports(1)
        variables = {"HARBINGER_HTTP__HOST": "127.0.0.1", "HARBINGER_HTTP__PORT": str(self.port), **settings}
        given = [f"--env={name}={value}" for name, value in variables.items()]
        options = ["--network=host", f"--user={USER}", *restricted(engine), *given]
        self.id = engine.run("create", *options, image, command).strip().splitlines()[-1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._engine.attempt("rm", "--force", self.id)

    def start(self) -> None:
        """Run it."""
        self._engine.run("start", self.id)

    @property
    def log(self) -> str:
        """All that it wrote."""
        done = self._engine.attempt("logs", self.id)
        return (done.stdout + done.stderr).decode(errors="replace")

    @property
    def state(self) -> dict[str, Any]:
        """As the engine tells it: ``Pid`` on this machine, ``Running``, ``ExitCode``."""
        found: dict[str, Any] = json.loads(self._engine.run("inspect", self.id))[0]["State"]
        return found

    def run_inside(self, *command: str) -> subprocess.CompletedProcess[bytes]:
        """Run another command in it."""
        return self._engine.attempt("exec", self.id, *command)

    def python(self, code: str) -> subprocess.CompletedProcess[bytes]:
        """Run some Python in it."""
        return self.run_inside("python3", "-c", code)

    def get(self, path: str) -> str:
        """Ask its HTTP server.

        Raises:
            OSError: it does not listen yet, or refuses.
        """
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as response:
            return str(response.read().decode())

    def until_ready(self, within_s: float = 90.0) -> None:
        """Wait until ``/readyz`` says so.

        Raises:
            AssertionError: it ended, or the time was up; the text is its log.
        """
        deadline = time.monotonic() + within_s
        while True:
            with contextlib.suppress(OSError):
                self.get("/readyz")
                return
            assert time.monotonic() < deadline, f"not ready within {within_s:g} s\n{self.log}"
            assert self.state["Running"], self.log
            time.sleep(0.2)

    def until_it_handles(self, number: signal.Signals, within_s: float = 30.0) -> None:
        """Wait until its process 1 has a handler for a signal, as the kernel sees it (``SigCgt``, proc(5)).

        Raises:
            AssertionError: the time was up.
        """
        status = Path("/proc", str(self.state["Pid"]), "status")
        deadline = time.monotonic() + within_s
        while not self._caught(status) >> (number - 1) & 1:
            assert time.monotonic() < deadline, f"no handler for {number.name} within {within_s:g} s\n{self.log}"
            time.sleep(0.005)

    @staticmethod
    def _caught(status: Path) -> int:
        return next(int(line.split()[1], 16) for line in status.read_text().splitlines() if line.startswith("SigCgt"))

    def end(self, within_s: float = 30.0) -> tuple[int, float]:
        """Send SIGTERM; the exit status, and the seconds that it took.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        start = time.monotonic()
        self._engine.run("kill", "--signal=TERM", self.id)
        self._engine.attempt("wait", self.id, timeout_s=within_s)
        return int(self.state["ExitCode"]), time.monotonic() - start
