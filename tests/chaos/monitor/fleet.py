"""Monitors as Kubernetes would run them: started again when they are gone, each life with an empty disk."""

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.chaos.fleet import Fleet, WorkerProcess


class MonitorProcess(WorkerProcess):
    """``harbinger monitor``, over several lives."""

    command = "monitor"

    def _surroundings(self) -> Mapping[str, str]:
        """An empty disk: a life finds nothing of the one before."""
        data_dir = self._folder / "data" / f"{self.name}.{self.lives}"
        data_dir.mkdir(parents=True)
        return {**self._environment, "HARBINGER_MONITOR__DATA_DIR": str(data_dir)}


class MonitorFleet(Fleet):
    """The monitors that are to run, and their supervisor."""

    def __init__(
        self, count: int, environment: Mapping[str, str], folder: Path, seed: int, on_end: Callable[[str], None]
    ) -> None:
        super().__init__(0, environment, folder, seed, on_end)
        self.workers = [self.new(f"monitor-{number}") for number in range(1, count + 1)]

    def new(self, name: str) -> MonitorProcess:
        """A monitor that nobody supervises yet."""
        return MonitorProcess(name, self._environment, self._folder)


def environment(servers: str, session_timeout_s: float, settle_s: float) -> dict[str, str]:
    """What every monitor of a run is told."""
    return {
        "HARBINGER_KAFKA__BOOTSTRAP_SERVERS": servers,
        "HARBINGER_KAFKA__SESSION_TIMEOUT_MS": str(round(session_timeout_s * 1000)),
        "HARBINGER_KAFKA__HEARTBEAT_INTERVAL_MS": str(round(session_timeout_s * 1000 / 4)),
        "HARBINGER_HTTP__PORT": "0",
        "HARBINGER_MONITOR__SETTLE_S": str(settle_s),
        "HARBINGER_MONITOR__ADVERTISED_HOST": "127.0.0.1",
        "PYTHONFAULTHANDLER": "1",
    }
