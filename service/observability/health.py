"""Is the process alive, and is it ready? Answered over HTTP from memory alone.

Liveness never asks the broker: when Kafka is away, restarting every worker at once helps nobody.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from service.errors import HarbingerError

Check = Callable[[], str | None]
"""None when all is well, otherwise what is not, in words."""

log = structlog.get_logger(__name__)


@dataclass
class Health:
    """What the probes answer. The poll loop calls :meth:`polled`; parts of the worker add readiness checks by name.

    That the loop turns needs no check of its own: a loop that stands still answers no probe at all.

    Args:
        live_within_s: the process counts as alive when the consumer was polled within so many seconds.
        clock: monotonic time in seconds.
    """

    live_within_s: float
    clock: Callable[[], float] = time.monotonic
    checks: dict[str, Check] = field(default_factory=dict)
    _last_poll: float | None = None

    def polled(self) -> None:
        """The consumer was polled just now. Before the first call, while the worker starts, the process counts as alive."""
        self._last_poll = self.clock()

    def add(self, name: str, check: Check) -> None:
        """Make readiness depend on a check, which must be quick and must not block; an old one of that name is replaced."""
        self.checks[name] = check

    def stalled(self) -> str | None:
        """Why the process is not alive, or None."""
        if self._last_poll is None:
            return None
        silent = self.clock() - self._last_poll
        return f"the consumer was not polled for {silent:.1f} s" if silent > self.live_within_s else None

    def unready(self) -> dict[str, str]:
        """What is not ready, by check; empty when everything is. A check that raises is not ready, for we cannot know."""
        failed = {}
        for name, check in self.checks.items():
            try:
                reason = check()
            except Exception as error:
                reason = f"the check failed: {error!r}"
            if reason is not None:
                failed[name] = reason
        return failed


class NotListening(HarbingerError):
    """The HTTP server cannot start, so nobody could tell whether the process is alive."""


class HealthServer:
    """The HTTP server of ``/livez``, ``/readyz``, ``/metrics`` and whatever further routes the process has."""

    def __init__(
        self, health: Health, registry: CollectorRegistry, routes: Iterable[web.AbstractRouteDef] = ()
    ) -> None:
        app = application(health, registry)
        app.add_routes(routes)
        self._runner = web.AppRunner(app, access_log=None)

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port taken, which is another one than asked for when ``port`` is 0.

        Raises:
            NotListening: the port is taken, or the address is not ours.
        """
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise NotListening(f"http.host, http.port: cannot listen on {host}:{port}: {error.strerror}") from None
        taken = int(self._runner.addresses[0][1])
        log.info("http_listening", host=host, port=taken)
        return taken

    async def stop(self) -> None:
        """Close the port and all connections."""
        await self._runner.cleanup()


def application(health: Health, registry: CollectorRegistry) -> web.Application:
    """The three routes."""

    async def livez(_: web.Request) -> web.Response:
        reason = health.stalled()
        return _answer({"consumer": reason} if reason else {})

    async def readyz(_: web.Request) -> web.Response:
        return _answer(health.unready())

    async def metrics(request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(registry), headers={"Content-Type": content_type})

    app = web.Application()
    app.add_routes([web.get("/livez", livez), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    return app


def _answer(failed: dict[str, str]) -> web.Response:
    """200 when nothing failed, else 503 and the reasons."""
    if not failed:
        return web.json_response({"status": "ok"})
    return web.json_response({"status": "unavailable", "failed": failed}, status=HTTPStatus.SERVICE_UNAVAILABLE)
