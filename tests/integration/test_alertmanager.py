"""Alerts on their way: a real Alertmanager, and a webhook that fails before it accepts."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from service.broker.node import free_ports
from service.messages.alert import EscalationAlert, TopEvent, Window, alert_id
from service.messages.codec import encode
from service.messages.enriched import Level
from service.monitor.sinks import AlertSinks
from service.monitor.sinks.clock import SystemClock
from service.settings import AlertmanagerSink, Sinks, SlackSink, WebhookSink
from tests.support.alertmanager import Alertmanager, alertmanager, serving
from tests.support.programs import eventually

RESEND_S = 1.0
EXPIRY_S = 3 * RESEND_S
LEVELS: tuple[Level, ...] = ("high", "severe")
WINDOW = Window(start="1962-10-15T00:00:00Z", end="1962-10-22T00:00:00Z")


def alert(level: Level = "high", state: str = "firing") -> EscalationAlert:
    pair = ("CUB", "USA")
    return EscalationAlert(
        alert_id=alert_id(pair, WINDOW, level),
        pair=pair,
        state="firing" if state == "firing" else "resolved",
        level=level,
        index=63.1,
        baseline=22.4,
        zscore=3.2,
        window=WINDOW,
        started_at="1962-10-22",
        updated_at="1962-10-22T23:00:00Z",
        articles=14,
        sources=9,
        top_events=[
            TopEvent(article_id="a1", event_id="v0", type="COERCE", evidence="Washington quarantined the island.")
        ],
    )


def configured(resend_s: float = RESEND_S, **urls: str) -> Sinks:
    return Sinks(
        timeout_s=5,
        retry_max_s=2,
        queue_max_alerts=100,
        alertmanager=AlertmanagerSink(url=urls.get("alertmanager"), resend_s=resend_s, labels={"team": "desk"}),
        webhook=WebhookSink.model_validate({"url": urls.get("webhook"), "secret": "correct horse"}),
        slack=SlackSink(),
    )


@pytest.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[Alertmanager]:
    async with alertmanager(tmp_path) as running:
        yield running


async def test_fires_as_long_as_it_is_renewed_and_then_ends(receiver: Alertmanager) -> None:
    outcomes: list[str] = []
    async with AlertSinks(
        configured(alertmanager=receiver.url), lambda sink, outcome: outcomes.append(outcome)
    ) as sinks:
        sinks.offer(alert())
        await eventually(receiver.alerts)
        [fired] = await receiver.alerts()
        assert fired["labels"] == {
            "alertname": "HarbingerEscalation",
            "pair": "CUB-USA",
            "country_a": "CUB",
            "country_b": "USA",
            "level": "high",
            "severity": "warning",
            "team": "desk",
        }
        assert fired["startsAt"] == "1962-10-22T00:00:00.000Z"
        assert "Washington quarantined the island." in fired["annotations"]["description"]

        await asyncio.sleep(EXPIRY_S + RESEND_S)  # longer than Alertmanager keeps what it is not told again
        [kept] = await receiver.alerts()
        assert kept["fingerprint"] == fired["fingerprint"]
        assert kept["endsAt"] > fired["endsAt"]
        assert receiver.heard() == [("high", "firing")]

        sinks.offer(alert(state="resolved"))
        await eventually(lambda: ("high", "resolved") in receiver.heard(), within=EXPIRY_S - RESEND_S)
        assert await receiver.alerts() == []
        await asyncio.sleep(EXPIRY_S + RESEND_S)  # the end is repeated meanwhile, and nobody is told twice
    assert receiver.heard() == [("high", "firing"), ("high", "resolved")]
    assert outcomes == ["delivered", "delivered"]
    assert {each["fingerprint"] for batch in receiver.notified for each in batch["alerts"]} == {fired["fingerprint"]}


async def test_each_level_ends_for_itself(receiver: Alertmanager) -> None:
    async with AlertSinks(configured(alertmanager=receiver.url), lambda *_: None) as sinks:
        for level in LEVELS:
            sinks.offer(alert(level))
        await eventually(lambda: set(receiver.heard()) == {("high", "firing"), ("severe", "firing")})
        sinks.offer(alert("severe", "resolved"))
        await eventually(lambda: ("severe", "resolved") in receiver.heard())
        assert [each["labels"]["level"] for each in await receiver.alerts()] == ["high"]


async def test_what_nobody_renews_ends_by_itself_until_it_is_restored(receiver: Alertmanager) -> None:
    async with AlertSinks(configured(alertmanager=receiver.url), lambda *_: None) as sinks:
        sinks.offer(alert())
        await eventually(receiver.alerts)
    await eventually(lambda: ("high", "resolved") in receiver.heard())
    async with AlertSinks(configured(alertmanager=receiver.url), lambda *_: None) as sinks:
        sinks.restore([alert()])
        await eventually(lambda: receiver.heard()[-1] == ("high", "firing"))


async def test_an_end_arrives_though_our_clock_is_ahead(receiver: Alertmanager) -> None:
    class Ahead(SystemClock):
        def now(self) -> datetime:
            return super().now() + timedelta(seconds=0.5)

    settings = configured(3.0, alertmanager=receiver.url)  # unrenewed, it would end by itself after nine seconds
    async with AlertSinks(settings, lambda *_: None, clock=Ahead()) as sinks:
        sinks.offer(alert())
        await eventually(receiver.alerts)
        sinks.offer(alert(state="resolved"))
        await eventually(lambda: ("high", "resolved") in receiver.heard(), within=6)


async def test_a_webhook_that_fails_twice_gets_the_alert_signed() -> None:
    got: list[tuple[bytes, dict[str, str]]] = []

    async def handle(request: web.Request) -> web.Response:
        got.append((await request.read(), dict(request.headers)))
        return web.Response(status=503 if len(got) < 3 else 204)

    outcomes: list[Any] = []
    [port] = free_ports(1)
    async with (
        serving("/alerts", port, handle),
        AlertSinks(
            configured(webhook=f"http://127.0.0.1:{port}/alerts"),
            lambda sink, outcome: outcomes.append((sink, outcome)),
        ) as sinks,
    ):
        sinks.offer(alert())
        await eventually(lambda: ("webhook", "delivered") in outcomes)
    assert outcomes == [("webhook", "retried"), ("webhook", "retried"), ("webhook", "delivered")]
    for body, headers in got:
        stamp = headers["X-Harbinger-Timestamp"]
        signed = hmac.new(b"correct horse", stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        assert headers["X-Harbinger-Signature"] == f"sha256={signed}"
        assert abs(time.time() - int(stamp)) < 60
        assert body == encode(alert())


async def test_a_webhook_that_comes_up_late_is_waited_for() -> None:
    got: list[bytes] = []

    async def handle(request: web.Request) -> web.Response:
        got.append(await request.read())
        return web.Response()

    outcomes: list[str] = []
    [port] = free_ports(1)
    async with AlertSinks(
        configured(webhook=f"http://127.0.0.1:{port}/alerts"), lambda sink, outcome: outcomes.append(outcome)
    ) as sinks:
        sinks.offer(alert())
        await eventually(lambda: "retried" in outcomes)
        async with serving("/alerts", port, handle):
            await eventually(lambda: "delivered" in outcomes)
    assert got == [encode(alert())]
