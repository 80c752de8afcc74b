"""A broker that outlives the command that started it, for a person: started, found again and stopped.

There is at most one for a user; its whereabouts are in a small file under ``$XDG_STATE_HOME/harbinger``.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from service.broker.broker import READY_WITHIN
from service.broker.errors import BrokerError
from service.broker.node import HOST, Node, free_ports
from service.broker.ready import wait_ready
from service.broker.sums import full_version

_STOP_WITHIN = 15.0
"""Seconds that an orderly stop may take before it becomes a SIGKILL."""


@dataclass(frozen=True, slots=True)
class Background:
    """The broker that runs in the background."""

    pid: int
    version: str
    bootstrap_servers: str
    data_dir: str
    keeps_data: bool
    """Whether a person chose the folder; else it is scratch and goes when the broker stops."""

    @classmethod
    def find(cls) -> Self | None:
        """The one that is on record, whether it still runs or not."""
        try:
            return cls(**json.loads(_state_file().read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            raise BrokerError(f"{_state_file()} is damaged ({error}): remove it") from error

    @property
    def log_file(self) -> Path:
        """What Kafka says."""
        return Path(self.data_dir) / "kafka.log"

    def runs(self) -> bool:
        """Whether it is alive: its process id may long belong to another program, so its command line is looked at."""
        try:
            command = Path(f"/proc/{self.pid}/cmdline").read_bytes()
        except OSError:
            return False
        return os.fsencode(Path(self.data_dir) / "server.properties") in command.split(b"\0")

    def stop(self) -> None:
        """End it, in order if its data are kept, and forget it; scratch data are removed."""
        if self.runs():
            self._signal(signal.SIGCONT)
            self._signal(signal.SIGTERM if self.keeps_data else signal.SIGKILL)
            deadline = time.monotonic() + _STOP_WITHIN
            while self.runs() and time.monotonic() < deadline:
                time.sleep(0.05)
            self._signal(signal.SIGKILL)
        if not self.keeps_data:
            shutil.rmtree(self.data_dir, ignore_errors=True)
        _state_file().unlink(missing_ok=True)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self.runs():
                os.kill(self.pid, number)


def start_background(version: str, port: int, data_dir: Path | None) -> Background:
    """Start one, wait until it is ready, and put it on record.

    Args:
        version: a release of Apache Kafka, ``4.4.0`` or shorter (``3.9``).
        port: where clients connect; 0 chooses a free one.
        data_dir: where its data lie, kept at the end; None is a scratch folder, removed at the end.

    Raises:
        RequirementMissingError: the machine lacks something, such as Java.
        JarError: a jar is not the one that was committed to.
        BrokerError: one runs already, or this one was not ready in time; the text shows the end of its log.
    """
    earlier = Background.find()
    if earlier is not None and earlier.runs():
        raise BrokerError(f"a broker runs already at {earlier.bootstrap_servers}; harbinger broker stop ends it")
    if earlier is not None:
        earlier.stop()  # it died or the machine was restarted: tidy up after it
    release = full_version(version)
    free_port, controller_port = free_ports(2)
    folder = (data_dir or Path(tempfile.mkdtemp(prefix="harbinger-kafka-"))).resolve()
    node = Node(release, folder, port or free_port, controller_port)
    try:
        node.prepare()
        process = _launch(node)
    except BaseException:
        if data_dir is None:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    started = Background(process.pid, release, node.bootstrap_servers, str(folder), data_dir is not None)
    try:
        _record(started)
        if wait_ready(node.port, HOST, time.monotonic() + READY_WITHIN, lambda: process.poll() is None):
            return started
        state = "was not ready in time" if process.poll() is None else "ended at once"
        raise BrokerError(f"Apache Kafka {release} {state}; the end of its log:\n{node.log_tail()}")
    except BaseException:
        process.kill()
        process.wait()
        started.stop()
        raise


def _launch(node: Node) -> subprocess.Popen[bytes]:
    with node.log_file.open("ab") as log:
        return subprocess.Popen(
            node.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/"
        )


def _record(broker: Background) -> None:
    file = _state_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asdict(broker), indent=2) + "\n", encoding="utf-8")


def _state_file() -> Path:
    root = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(root) / "harbinger" / "broker.json"
