"""Liveness and readiness, asked without a socket."""

import json
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from service.observability import Health, Metrics
from service.observability.health import application


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> Health:
    return Health(live_within_s=30, clock=clock)


async def ask(health: Health, path: str, headers: dict[str, str] | None = None) -> web.Response:
    request = make_mocked_request("GET", path, headers=headers)
    resolved = await application(health, Metrics().registry).router.resolve(request)
    response = await resolved.handler(request)
    assert isinstance(response, web.Response)
    return response


def body(response: web.Response) -> Any:
    assert response.text is not None
    return json.loads(response.text)


async def test_alive_while_it_starts(health: Health, clock: Clock) -> None:
    clock.now += 1_000
    assert (await ask(health, "/livez")).status == 200


async def test_alive_as_long_as_the_consumer_is_polled(health: Health, clock: Clock) -> None:
    health.polled()
    clock.now += 30
    assert (await ask(health, "/livez")).status == 200
    clock.now += 0.5
    response = await ask(health, "/livez")
    assert response.status == 503
    assert body(response) == {
        "status": "unavailable",
        "failed": {"consumer": "the consumer was not polled for 30.5 s"},
    }
    health.polled()
    assert (await ask(health, "/livez")).status == 200


async def test_liveness_does_not_ask_the_readiness_checks(health: Health) -> None:
    asked: list[str] = []
    health.add("broker", lambda: asked.append("broker"))
    await ask(health, "/livez")
    assert asked == []


async def test_ready_when_every_check_is_content(health: Health) -> None:
    state: dict[str, str | None] = {"pool": "0 of 2 processes are warm", "lanes": "articles-3 is opening"}
    health.add("pool", lambda: state["pool"])
    health.add("lanes", lambda: state["lanes"])
    health.add("assignment", lambda: None)
    response = await ask(health, "/readyz")
    assert response.status == 503
    assert body(response)["failed"] == state
    state.update(pool=None, lanes=None)
    response = await ask(health, "/readyz")
    assert (response.status, body(response)) == (200, {"status": "ok"})


async def test_a_check_that_raises_is_not_ready(health: Health) -> None:
    lanes: dict[str, str] = {}
    health.add("lanes", lambda: lanes["articles-0"])
    response = await ask(health, "/readyz")
    assert response.status == 503
    assert "KeyError" in body(response)["failed"]["lanes"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("*/*", "text/plain"), ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text")],
)
async def test_metrics_in_the_form_that_is_asked_for(health: Health, accept: str, kind: str) -> None:
    response = await ask(health, "/metrics", {"Accept": accept})
    assert response.headers["Content-Type"].startswith(kind)
    assert isinstance(response.body, bytes)
    assert b"harbinger_rebalances_total 0.0" in response.body
