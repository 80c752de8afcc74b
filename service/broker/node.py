"""One Kafka node on disk: its settings, its storage, and the command that runs it."""

import base64
import os
import random
import socket
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from service.broker.errors import BrokerError
from service.broker.jars import class_path
from service.broker.java import find_java

HOST = "127.0.0.1"

_PORTS = range(20_000, 32_000)
"""Below the ports that Linux gives to outgoing connections (32768 and up): there, a client that tries to reconnect
to a dead broker can be handed the broker's own port, connect to itself, and keep the broker from coming back."""

_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",  # a misspelt topic is an error
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",  # tests let members die without waiting for long
    # A broker that was killed comes back while its former life still counts as alive: let that pass soon.
    "broker.heartbeat.interval.ms": "500",
    "broker.session.timeout.ms": "2000",
    # One node, and every partition costs time at start and restart.
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    # Transactions whose producer died are aborted when their time is over, looked at this often.
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "500",
    "log.index.size.max.bytes": "1048576",
}

_SETTINGS_OF_4 = {
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
}

_JVM = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:-UsePerfData",  # its file in /tmp would survive a SIGKILL
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
)


@dataclass(frozen=True, slots=True)
class Node:
    """A node of one broker and controller. Everything that it writes lies in ``data_dir``."""

    version: str
    """A full release number, one of ``VERSIONS``."""
    data_dir: Path
    port: int
    controller_port: int
    properties: Mapping[str, str] = field(default_factory=dict)
    """Kafka settings laid over those made for tests."""
    format_options: Sequence[str] = ()
    """Options of Kafka's storage tool when it formats, such as ``--add-scram``."""
    quick_start: bool = False
    """Compile lightly: a start takes 3 s of processor time instead of 5, and a long life a bit more."""

    @property
    def bootstrap_servers(self) -> str:
        """Where clients connect."""
        return f"{HOST}:{self.port}"

    @property
    def log_file(self) -> Path:
        """What Kafka says, of all its lives."""
        return self.data_dir / "kafka.log"

    @property
    def settings_file(self) -> Path:
        """Kafka's ``server.properties``. Its path also tells the process apart from others."""
        return self.data_dir / "server.properties"

    @property
    def command(self) -> list[str]:
        """The command that runs the node in the foreground, logging to standard error."""
        return [*self._java(light=self.quick_start), "kafka.Kafka", str(self.settings_file)]

    def prepare(self) -> None:
        """Write the settings and, in a new folder, format the storage (a second).

        Raises:
            RequirementMissingError: Java or the jars are missing and cannot be had.
            JarError: a jar is not the one that was committed to.
            BrokerError: the storage cannot be formatted.
        """
        temporary = self.data_dir / "tmp"  # compression libraries unpack themselves there
        temporary.mkdir(parents=True, exist_ok=True)
        settings = "".join(f"{key}={value}\n" for key, value in self._settings().items())
        self.settings_file.write_text(settings, encoding="utf-8")
        if (self.data_dir / "log" / "meta.properties").exists():
            return
        command = [
            *self._java(light=True),
            "kafka.tools.StorageTool",
            "format",
            "-t",
            _cluster_id(),
            "-c",
            str(self.settings_file),
            *self.format_options,
        ]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=60
        )
        if done.returncode != 0:
            raise BrokerError(f"cannot format the storage of Apache Kafka in {self.data_dir}:\n{done.stdout[-4000:]}")

    def log_tail(self, lines: int = 30) -> str:
        """The end of the log, for an error message."""
        try:
            text = self.log_file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return "(no log)"
        return "\n".join(text.splitlines()[-lines:])

    def _java(self, *, light: bool) -> list[str]:
        compiler = ["-XX:TieredStopAtLevel=1"] if light else []
        temporary = f"-Djava.io.tmpdir={self.data_dir / 'tmp'}"
        return [str(find_java()), *_JVM, *compiler, temporary, "-cp", class_path(self.version)]

    def _settings(self) -> dict[str, str]:
        return {
            **_SETTINGS,
            **(_SETTINGS_OF_4 if int(self.version.partition(".")[0]) >= 4 else {}),
            "listeners": f"PLAINTEXT://{HOST}:{self.port},CONTROLLER://{HOST}:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{self.port}",
            "controller.quorum.voters": f"1@{HOST}:{self.controller_port}",
            "log.dirs": str(self.data_dir / "log"),
            **self.properties,
        }


def free_ports(count: int) -> list[int]:
    """Different TCP ports that nothing listens on just now.

    Raises:
        BrokerError: there are hardly any left.
    """
    chooser = random.Random(os.urandom(8))  # whatever seed a test run sets, brokers side by side choose differently
    found: list[int] = []
    for port in chooser.sample(_PORTS, 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise BrokerError(f"no free ports between {_PORTS.start} and {_PORTS.stop}")


def _cluster_id() -> str:
    """A random UUID as Kafka writes it: 22 characters of base64, not starting with a dash (it would be an option)."""
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes)[:22].decode()).startswith("-"):
        pass
    return text
