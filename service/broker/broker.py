"""``Broker``: an Apache Kafka that lives as long as the code that asked for it, and can be hurt on purpose."""

import contextlib
import shutil
import signal
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from service.broker.errors import BrokerError
from service.broker.node import HOST, Node, free_ports
from service.broker.ready import wait_ready
from service.broker.sums import DEFAULT_VERSION, full_version
from service.broker.supervised import Supervised

READY_WITHIN = 60.0
"""Seconds that a start may take. Three are usual; 25 were seen on two cores that ran test suites besides."""

_STOP_WITHIN = 15.0
"""Seconds that an orderly stop may take before it becomes a SIGKILL."""

_ATTEMPTS = 3
"""Ports are found free and only then taken: somebody else can be faster."""


class Broker:
    """One node of Apache Kafka on loopback, with settings for tests.

    A context manager::

        with Broker() as broker:
            connect(broker.bootstrap_servers)

    It ends with the process that started it, even by SIGKILL, and then leaves nothing behind: see ``supervisor``.
    The methods block (a start takes 3 s) and are not for several threads at once; from a running event loop call
    them through ``asyncio.to_thread``.
    """

    def __init__(
        self,
        version: str = DEFAULT_VERSION,
        *,
        port: int = 0,
        data_dir: Path | None = None,
        properties: Mapping[str, str] | None = None,
        format_options: Sequence[str] = (),
        ready_within: float = READY_WITHIN,
        quick_start: bool = True,
    ) -> None:
        """Nothing is started yet.

        Args:
            version: a release of Apache Kafka, ``4.4.0`` or shorter (``3.9``).
            port: where clients connect; 0 chooses a free one.
            data_dir: where its data lie, kept at the end. By default a scratch folder, removed at the end.
            properties: Kafka settings laid over those made for tests.
            format_options: options of Kafka's storage tool, such as ``--add-scram``.
            ready_within: seconds that a start may take.
            quick_start: compile lightly, for a short life; a benchmark says False.

        Raises:
            BrokerError: the version is not known here.
        """
        self.version = full_version(version)
        self._port = port
        self._keeps_data = data_dir is not None
        self._data_dir = data_dir
        self._properties = dict(properties or {})
        self._format_options = tuple(format_options)
        self._ready_within = ready_within
        self._quick_start = quick_start
        self._node: Node | None = None
        self._supervisor: Supervised | None = None
        self._pid: int | None = None

    @property
    def bootstrap_servers(self) -> str:
        """``host:port`` for clients; the same over restarts.

        Raises:
            BrokerError: it was never started, or is stopped.
        """
        return self._require_node().bootstrap_servers

    @property
    def pid(self) -> int | None:
        """Process id of the Java process; None while it is not running."""
        return self._pid

    @property
    def data_dir(self) -> Path:
        """The folder of its data, settings and log.

        Raises:
            BrokerError: it was never started, or is stopped.
        """
        return self._require_node().data_dir

    def start(self) -> Self:
        """Start it and wait until it is ready. The first time on a machine, its jars are fetched (20 s).

        Raises:
            RequirementMissingError: the machine lacks something, such as Java.
            JarError: a jar is not the one that was committed to.
            BrokerError: it is running already, or was not ready in time; the text shows the end of its log.
        """
        if self._pid is not None:
            raise BrokerError(f"the broker at {self.bootstrap_servers} is running already")
        if self._node is not None:  # killed: it comes back where it was
            self._run(self._node)
            return self
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._node = self._new_node()
                self._run(self._node)
            except BaseException as error:
                port_was_taken = self._node is not None and "Address already in use" in self._node.log_tail()
                self.stop()
                if isinstance(error, BrokerError) and port_was_taken and not self._port and attempt < _ATTEMPTS:
                    continue
                raise
            break
        return self

    def stop(self) -> None:
        """Stop it for good; data in a scratch folder are removed. Stopping twice is no error."""
        try:
            if self._pid is not None and self._keeps_data:
                self._signal(signal.SIGCONT)  # a paused process takes no SIGTERM
                self._signal(signal.SIGTERM)
                self._ask(f"wait {_STOP_WITHIN}")
        except BrokerError:
            pass  # the supervisor is gone, and the broker with it
        finally:
            self._dismiss_supervisor()
            if self._node is not None and not self._keeps_data:
                shutil.rmtree(self._node.data_dir, ignore_errors=True)
            self._node = None
            self._pid = None

    def kill(self) -> None:
        """SIGKILL, as by a crash; data stay, and ``start`` brings it back at the same port. Returns once it is dead.

        Raises:
            BrokerError: it is not running.
        """
        self._signal(signal.SIGKILL)
        self._ask("wait 10")
        self._pid = None

    def restart(self) -> None:
        """Bring it back at the same port with the same data: after ``kill``, or after an orderly stop made here.

        Raises:
            BrokerError: it was never started, or was not ready in time.
        """
        self._require_node()
        if self._pid is not None:
            self._signal(signal.SIGCONT)
            self._signal(signal.SIGTERM)
            if self._ask(f"wait {_STOP_WITHIN}") == "running":
                self.kill()
            self._pid = None
        self.start()

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing answers.

        Raises:
            BrokerError: it is not running.
        """
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT, after ``pause``.

        Raises:
            BrokerError: it is not running.
        """
        self._signal(signal.SIGCONT)

    def log_tail(self, lines: int = 30) -> str:
        """The last lines of its log."""
        return self._require_node().log_tail(lines)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _new_node(self) -> Node:
        folder = self._data_dir or Path(tempfile.mkdtemp(prefix="harbinger-kafka-"))
        port, controller_port = free_ports(2)
        return Node(
            self.version,
            folder.resolve(),
            self._port or port,
            controller_port,
            properties=self._properties,
            format_options=self._format_options,
            quick_start=self._quick_start,
        )

    def _run(self, node: Node) -> None:
        """Start the process and wait until it is ready; a supervisor is started with the first process."""
        deadline = time.monotonic() + self._ready_within
        if self._supervisor is None:
            # The supervisor comes before the storage is formatted: killed meanwhile, even that leaves nothing.
            scratch = None if self._keeps_data else node.data_dir
            self._supervisor = Supervised("the broker", node.command, node.log_file, scratch)
            node.prepare()
            deadline = time.monotonic() + self._ready_within
        answer = self._ask("start")
        if not answer.isdigit():
            raise BrokerError(f"cannot run Java: {answer}")
        self._pid = int(answer)
        if wait_ready(node.port, HOST, deadline, self._is_alive):
            return
        state = "was not ready in time" if self._is_alive() else "ended at once"
        with contextlib.suppress(BrokerError):
            self.kill()
        raise BrokerError(f"Apache Kafka {self.version} {state}; the end of its log:\n{node.log_tail()}")

    def _dismiss_supervisor(self) -> None:
        if self._supervisor is not None:
            supervisor, self._supervisor = self._supervisor, None
            supervisor.end()

    def _ask(self, line: str) -> str:
        if self._supervisor is None:
            raise BrokerError("the broker is not running")
        return self._supervisor.ask(line)

    def _is_alive(self) -> bool:
        return self._ask("wait 0") == "running"

    def _signal(self, number: signal.Signals) -> None:
        if self._pid is None:
            raise BrokerError("the broker is not running")
        self._ask(f"signal {int(number)}")

    def _require_node(self) -> Node:
        if self._node is None:
            raise BrokerError("the broker is not running")
        return self._node
