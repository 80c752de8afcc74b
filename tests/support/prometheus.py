"""A real Prometheus on loopback that scrapes what a test runs, with our rules."""

import contextlib
import json
import shutil
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from service.broker.node import free_ports
from tests.support.programs import running
from tests.support.requirements import lacks


class QueryFailed(Exception):
    """Prometheus refuses; the text is its reason."""


@dataclass
class Prometheus:
    """One that runs."""

    url: str

    async def get(self, path: str, **parameters: str) -> Any:
        """What ``GET /api/v1/...`` says.

        Raises:
            QueryFailed: Prometheus refuses.
            aiohttp.ClientError: it does not answer.
        """
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.url}/api/v1/{path}", params=parameters) as response,
        ):
            answer = await response.json()
            if answer["status"] != "success":
                raise QueryFailed(answer["error"])
            return answer["data"]

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """The series that an expression gives now."""
        found: list[dict[str, Any]] = (await self.get("query", query=expression))["result"]
        return found

    async def names(self) -> set[str]:
        """Every metric that is stored."""
        return set(await self.get("label/__name__/values"))

    async def up(self) -> dict[str, bool]:
        """Whether the last scrape of a job succeeded."""
        targets = (await self.get("targets"))["activeTargets"]
        return {target["labels"]["job"]: target["health"] == "up" for target in targets}

    async def rules(self) -> list[dict[str, Any]]:
        """Every rule, with what became of its last evaluation."""
        return [rule for group in (await self.get("rules"))["groups"] for rule in group["rules"]]

    async def firing(self) -> set[str]:
        """The alerts that fire, by name."""
        alerts = (await self.get("alerts"))["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}


@contextlib.asynccontextmanager
async def prometheus(
    folder: Path, targets: Mapping[str, str], rule_files: Iterable[Path], alertmanager: str | None = None
) -> AsyncIterator[Prometheus]:
    """Start one that scrapes and evaluates each second, and stop it. Skips the test where the program is missing.

    Args:
        folder: for its data.
        targets: ``host:port`` by job.
        rule_files: that it loads.
        alertmanager: ``http://host:port`` of who gets its alerts.
    """
    program = shutil.which("prometheus")
    if program is None:
        lacks("prometheus scrapes worker and monitor (make test-deps)")
    [port] = free_ports(1)
    file = folder / "prometheus.json"
    file.write_text(json.dumps(_config(targets, rule_files, alertmanager)), "utf-8")  # JSON is YAML
    command = [
        program,
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'prometheus'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    made = Prometheus(f"http://127.0.0.1:{port}")
    async with running(command, made.up):
        yield made


def _config(targets: Mapping[str, str], rule_files: Iterable[Path], alertmanager: str | None) -> dict[str, Any]:
    host = [alertmanager.removeprefix("http://")] if alertmanager else []
    return {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [target]}]} for job, target in targets.items()
        ],
        "rule_files": [str(file) for file in rule_files],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": host}]}]},
    }
