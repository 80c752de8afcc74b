"""A program in the background that ends when the test run does, however that ends."""

from collections.abc import Sequence
from pathlib import Path

from service.broker.errors import BrokerError
from service.broker.supervised import Supervised


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
            BrokerError: its supervisor died at once.
        """
        self.name = Path(command[0]).name
        self._log = log
        self._supervisor = Supervised(self.name, command, log, remove)
        answer = self._supervisor.ask("start")
        if not answer.isdigit():
            self.stop()
            raise RuntimeError(f"cannot run {self.name}: {answer}")

    def alive(self) -> bool:
        """Whether it runs."""
        try:
            return self._supervisor.ask("wait 0") == "running"
        except BrokerError:  # its supervisor is gone, and it with it
            return False

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of its log."""
        text = self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def stop(self) -> None:
        """Kill it, and come back when it is gone. Stopping twice is no error."""
        self._supervisor.end()
