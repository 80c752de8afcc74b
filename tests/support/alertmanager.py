"""A real Alertmanager on loopback, and a receiver of its notifications."""

import contextlib
import json
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from service.broker.node import free_ports
from tests.support.programs import running
from tests.support.requirements import lacks

PROGRAMS = ("prometheus-alertmanager", "alertmanager")
"""Debian's name, and the project's own."""


@dataclass
class Alertmanager:
    """One that runs: its address, and every notification that it sent."""

    url: str
    notified: list[dict[str, Any]] = field(default_factory=list)

    async def alerts(self) -> list[dict[str, Any]]:
        """What it holds and has not ended, as ``GET /api/v2/alerts`` says it."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/api/v2/alerts") as response:
            found: list[dict[str, Any]] = await response.json()
            return found

    def heard(self) -> list[tuple[str, str]]:
        """Level and status of each alert in each notification, in order."""
        return [(each["labels"]["level"], each["status"]) for batch in self.notified for each in batch["alerts"]]


@contextlib.asynccontextmanager
async def alertmanager(folder: Path) -> AsyncIterator[Alertmanager]:
    """Start one in ``folder`` that notifies at once, and stop it. Skips the test where the program is missing."""
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        lacks("prometheus-alertmanager receives the alerts (make test-deps)")
    port, hook = free_ports(2)
    made = Alertmanager(f"http://127.0.0.1:{port}")
    (folder / "alertmanager.json").write_text(json.dumps(_config(hook)))  # JSON is YAML
    command = [
        program,
        f"--config.file={folder / 'alertmanager.json'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=error",
    ]
    async with serving("/hook", hook, _noting(made)), running(command, made.alerts):
        yield made


@contextlib.asynccontextmanager
async def serving(path: str, port: int, handler: Callable[[web.Request], Any]) -> AsyncIterator[None]:
    """An HTTP server on loopback that answers POST requests to ``path``."""
    app = web.Application()
    app.router.add_post(path, handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield
    finally:
        await runner.cleanup()


def _config(hook: int) -> dict[str, Any]:
    return {
        "route": {
            "receiver": "hook",
            "group_by": ["..."],  # each set of labels alone
            "group_wait": "0s",
            "group_interval": "1s",
            "repeat_interval": "1h",
        },
        "receivers": [{"name": "hook", "webhook_configs": [{"url": f"http://127.0.0.1:{hook}/hook"}]}],
    }


def _noting(made: Alertmanager) -> Callable[[web.Request], Any]:
    async def note(request: web.Request) -> web.Response:
        made.notified.append(await request.json())
        return web.Response()

    return note
