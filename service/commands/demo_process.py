"""Worker and monitor of the demo: the commands that run in production, in processes of their own, told by their environment."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from service.errors import HarbingerError
from service.settings import Settings
from service.worker.topics import ALL_ROLES

STOP_WITHIN_S = 30.0
"""Seconds for a process to end on SIGTERM before it is killed."""

Say = Callable[[str], None]
"""Tells the reader of the demo what is done."""


class DemoError(HarbingerError):
    """The demo did not come to its end; the text says at which step."""


@dataclass(frozen=True, slots=True)
class Child:
    """``harbinger worker`` or ``harbinger monitor``; its log goes to a file."""

    command: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def check(self) -> None:
        """Nothing while it runs.

        Raises:
            DemoError: it has ended; the text shows the end of its log.
        """
        status = self.process.poll()
        if status is not None:
            raise DemoError(f"the {self.command} ended with exit status {status}; the end of its log:\n{self.tail()}")

    def tail(self, lines: int = 20) -> str:
        """The end of its log."""
        return "\n".join(self._lines()[-lines:])

    def port(self) -> int | None:
        """Where its HTTP server listens, by its log; None while it does not."""
        for line in self._lines():
            if '"http_listening"' in line:
                return int(json.loads(line)["port"])
        return None

    def _lines(self) -> list[str]:
        return self.log.read_text("utf-8", "replace").splitlines()


@contextlib.contextmanager
def running(command: str, settings: Settings, folder: Path, say: Say) -> Iterator[Child]:
    """Start a command with these settings; at the end it gets SIGTERM.

    Raises:
        DemoError: it did not end on SIGTERM with exit status 0.
    """
    log = folder / f"{command}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "service", command],
            env=_environment(settings),
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us; the others are told to end in their turn
        )
    child = Child(command, process, log)
    say(f"Started harbinger {command} (process {process.pid})")
    try:
        yield child
    except BaseException:
        _stop(child, say)
        raise
    if _stop(child, say) != 0:
        status = child.process.returncode
        raise DemoError(f"the {command} ended with exit status {status}; the end of its log:\n{child.tail()}")


def _stop(child: Child, say: Say) -> int:
    if child.process.poll() is not None:
        return child.process.returncode
    say(f"Stopping the {child.command} (SIGTERM)")
    child.process.terminate()
    try:
        status = child.process.wait(STOP_WITHIN_S)
    except BaseException:  # out of patience: ours, or that of who presses Ctrl-C again
        say(f"Killing the {child.command}")
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()
        raise
    say(f"The {child.command} ended with exit status {status}")
    return status


def _environment(settings: Settings) -> dict[str, str]:
    kafka, topics, monitor = settings.kafka, settings.topics, settings.monitor
    rules = {"HARBINGER_MONITOR__RULES_FILE": str(monitor.rules_file.absolute())} if monitor.rules_file else {}
    return {
        **os.environ,
        "HARBINGER_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "HARBINGER_KAFKA__GROUP_ID": kafka.group_id,
        **{f"HARBINGER_TOPICS__{role.upper()}": topics.name(role) for role in ALL_ROLES},
        "HARBINGER_TOPICS__CREATE": "true",
        "HARBINGER_TOPICS__PARTITIONS": str(topics.partitions),
        "HARBINGER_MONITOR__GROUP_ID": monitor.group_id,
        "HARBINGER_MONITOR__DATA_DIR": str(monitor.data_dir),
        "HARBINGER_MONITOR__ADVERTISED_HOST": "127.0.0.1",
        **rules,
        "HARBINGER_HTTP__HOST": "127.0.0.1",
        "HARBINGER_HTTP__PORT": "0",
        "HARBINGER_LOG__FORMAT": "json",  # we read it, too
        "HARBINGER_LOG__LEVEL": "info",
    }
