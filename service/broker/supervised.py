"""A process under a supervisor, which ends it when we end, however that comes: see ``supervisor``."""

import contextlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from service.broker import supervisor
from service.broker.errors import BrokerError


class Supervised:
    """The supervisor of one command, and what it is asked. The command itself starts when it is asked to ``start``.

    Args:
        name: of the program, for errors.
        command: the program and its arguments.
        log: what it prints is appended to this file.
        scratch: a folder that goes when the program has ended.
    """

    def __init__(self, name: str, command: Sequence[str], log: Path, scratch: Path | None = None) -> None:
        self._name = name
        self._process = subprocess.Popen(
            [sys.executable, "-I", supervisor.__file__, str(log), str(scratch or ""), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,  # Ctrl-C at the test run must not reach it
            cwd="/",
        )

    @property
    def pid(self) -> int:
        """Of the supervisor."""
        return self._process.pid

    def ask(self, line: str) -> str:
        """Send it a command and give its answer.

        Raises:
            BrokerError: it is gone, and the program with it.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline().strip()
        except OSError as error:
            raise BrokerError(f"{self._name}'s supervisor is gone: {error}") from error
        if not answer:
            raise BrokerError(f"{self._name}'s supervisor is gone")
        return answer

    def end(self) -> None:
        """Let it end, and the program with it; come back when both are gone. Twice is no error."""
        with contextlib.suppress(OSError), self._process:  # closing its standard input tells it to end; leaving waits
            pass
