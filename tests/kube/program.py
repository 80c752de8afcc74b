"""A program in the background that ends when the test run does, however that ends."""

import contextlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from service.broker import supervisor


class Program:
    """One supervised process. Its output goes to a log."""

    def __init__(self, command: Sequence[str], log: Path, remove: Path | None = None) -> None:
        """Start it.

        Args:
            command: the program and its arguments.
            log: what it prints is appended to this file.
            remove: a folder that goes when the program has ended.

        Raises:
            RuntimeError: it cannot be run.
        """
        self.name = Path(command[0]).name
        self._log = log
        # A supervisor is what the development broker has, too: see there for what it does when this process is killed.
        self._supervisor = subprocess.Popen(
            [sys.executable, "-I", supervisor.__file__, str(log), str(remove or ""), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,  # Ctrl-C at the test run must not reach it
            cwd="/",
        )
        answer = self._ask("start")
        if not answer.isdigit():
            self.stop()
            raise RuntimeError(f"cannot run {self.name}: {answer}")

    def alive(self) -> bool:
        """Whether it runs."""
        return self._ask("wait 0") == "running"

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of its log."""
        text = self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def stop(self) -> None:
        """Kill it, and come back when it is gone. Stopping twice is no error."""
        with contextlib.suppress(OSError), self._supervisor:  # closing its standard input tells it to end
            pass

    def _ask(self, line: str) -> str:
        if self._supervisor.stdin is None or self._supervisor.stdout is None:
            raise RuntimeError(f"{self.name} has no supervisor")
        self._supervisor.stdin.write(f"{line}\n")
        self._supervisor.stdin.flush()
        return self._supervisor.stdout.readline().strip()
