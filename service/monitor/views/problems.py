"""Errors as RFC 9457 has them, so that a program can tell what went wrong as well as a person."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Final

import structlog
from aiohttp import web

from service.monitor.views.models import ProblemDetails

log = structlog.get_logger(__name__)

RETRY_AFTER_S: Final = 2
"""Seconds after which to ask again: a rebalance takes a few."""
HEADERS: Final[Mapping[str, str]] = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""Of every answer: figures age in seconds."""

Handler = Callable[[web.Request], Awaitable[web.Response]]


class Problem(Exception):
    """A request that cannot be answered as it was meant; ``detail`` says why, in words for whoever asks."""

    def __init__(self, status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}

    def response(self) -> web.Response:
        """As it is sent."""
        details = ProblemDetails(title=self.status.phrase, status=self.status, detail=self.detail)
        return web.Response(
            body=details.model_dump_json().encode(),
            status=self.status,
            content_type="application/problem+json",
            headers={**HEADERS, **self.headers},
        )


def unavailable(detail: str) -> Problem:
    """What passes by itself."""
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, {"Retry-After": str(RETRY_AFTER_S)})


def guarded(handler: Handler) -> Handler:
    """A handler of ``GET`` and ``HEAD`` whose every error is a problem; one that nobody foresaw is logged and not shown."""

    async def guard(request: web.Request) -> web.Response:
        try:
            if request.method not in ("GET", "HEAD"):
                raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, "views can only be read", {"Allow": "GET, HEAD"})
            return await handler(request)
        except Problem as problem:
            return problem.response()
        except Exception:
            log.exception("view_failed", path=request.path)
            return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "the reason is in the log").response()

    return guard
