"""The alert sinks on a clock that the test turns, with a receiver that answers as it is told."""

import asyncio
import contextlib
import hashlib
import hmac
import itertools
import json
import re
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from service.messages.alert import EscalationAlert, TopEvent, Window
from service.messages.codec import encode
from service.messages.enriched import Level
from service.monitor.sinks import AlertSinks
from service.monitor.sinks.channel import SinkName
from service.monitor.sinks.posting import RETRY_AFTER_MAX_S, Answer, HttpPost, Request, UnavailableError, judge
from service.monitor.sinks.slack import HEADER_CHARACTERS, TEXT_CHARACTERS, escape, message
from service.settings import AlertmanagerSink, Sinks, SlackSink, WebhookSink

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ALERTMANAGER = "http://alertmanager:9093"
WEBHOOK = "https://desk.example/alerts"
SLACK_PATH = "T0AAAA/B0BBBB/q1W2e3R4t5Y6"
SLACK = f"https://hooks.slack.example/services/{SLACK_PATH}"
SECRET = "correct horse"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "alerts.md"
WINDOW = Window(start="2024-11-12T00:00:00Z", end="2024-11-19T00:00:00Z")


def alert(
    pair: tuple[str, str] = ("RUS", "USA"), state: str = "firing", level: Level = "high", **changes: Any
) -> EscalationAlert:
    values: dict[str, Any] = {
        "alert_id": "-".join(pair) + level,
        "pair": pair,
        "state": state,
        "level": level,
        "index": 63.14,
        "baseline": 22.4,
        "zscore": 3.2,
        "window": WINDOW,
        "started_at": "2024-11-19T08:00:00Z",
        "updated_at": "2024-11-19T09:00:00Z",
        "articles": 14,
        "sources": 1,
        "top_events": [
            TopEvent(article_id="a1", event_id="v0", type="THREATEN", evidence="Moscow warned <Washington>.")
        ],
    }
    return EscalationAlert.model_validate(values | changes)


async def settle() -> None:
    """Let every task go as far as it can without the clock."""
    for _ in range(60):
        await asyncio.sleep(0)


class ManualClock:
    """Time stands still until :meth:`advance`, which stops at every moment that somebody waits for."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def wait(self, event: asyncio.Event, seconds: float | None) -> None:
        if seconds == 0:
            return
        over = asyncio.Event()
        if seconds is not None:
            self._sleepers.append((self.seconds + seconds, over))
        waits = [asyncio.ensure_future(each.wait()) for each in (event, over)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
            self._sleepers = [sleeper for sleeper in self._sleepers if sleeper[1] is not over]

    async def advance(self, seconds: float) -> None:
        end = self.seconds + seconds
        await settle()
        while (due := min(self._sleepers, key=lambda each: each[0], default=None)) is not None and due[0] <= end:
            self.seconds = due[0]
            due[1].set()
            await settle()
        self.seconds = end
        await settle()


class Receiver:
    """Stands for the network: notes each request with its time, and answers by ``respond``."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.got: list[tuple[float, Request]] = []
        self.respond: Callable[[Request], Answer] = lambda request: Answer(200)

    async def __call__(self, request: Request) -> Answer:
        self.got.append((self.clock.seconds, request))
        return self.respond(request)

    def times(self) -> list[float]:
        return [time for time, _ in self.got]

    def documents(self, url: str = "") -> list[Any]:
        return [json.loads(request.body) for _, request in self.got if request.url.startswith(url)]


class Bench:
    """Sinks, clock, receiver and what was observed."""

    def __init__(self, settings: Sinks) -> None:
        self.clock = ManualClock()
        self.receiver = Receiver(self.clock)
        self.observed: list[tuple[SinkName, str]] = []
        self.sinks = AlertSinks(
            settings, lambda sink, outcome: self.observed.append((sink, outcome)), post=self.receiver, clock=self.clock
        )

    def outcomes(self) -> dict[str, int]:
        names = [outcome for _, outcome in self.observed]
        return {name: names.count(name) for name in dict.fromkeys(names)}


def configured(
    *names: SinkName, labels: dict[str, str] | None = None, secret: str | None = SECRET, **changes: Any
) -> Sinks:
    values: dict[str, Any] = {
        "timeout_s": 10,
        "retry_max_s": 60,
        "queue_max_alerts": 1000,
        "alertmanager": AlertmanagerSink.model_validate(
            {"url": ALERTMANAGER if "alertmanager" in names else None, "resend_s": 60, "labels": labels or {}}
        ),
        "webhook": WebhookSink.model_validate({"url": WEBHOOK if "webhook" in names else None, "secret": secret}),
        "slack": SlackSink.model_validate({"secret_url": SLACK if "slack" in names else None}),
    }
    return Sinks.model_validate(values | changes)


@contextlib.asynccontextmanager
async def running(*names: SinkName, **changes: Any) -> AsyncIterator[Bench]:
    bench = Bench(configured(*names, **changes))
    await bench.sinks.start()
    try:
        yield bench
    finally:
        bench.receiver.respond = lambda request: Answer(200)
        await bench.sinks.stop()


def unavailable(request: Request) -> Answer:
    raise UnavailableError("ClientConnectorError: Connection refused")


def refusing_until(count: int, answer: Answer) -> Callable[[Request], Answer]:
    """Gives ``answer`` so many times, then takes everything."""
    left = [answer] * count
    return lambda request: left.pop() if left else Answer(200)


# Webhook.


async def test_a_sink_without_an_address_gets_nothing() -> None:
    async with running() as bench:
        bench.sinks.offer(alert())
        await settle()
        assert (bench.receiver.got, bench.sinks.waiting, bench.observed) == ([], {}, [])


async def test_the_webhook_gets_the_alert_byte_for_byte_and_signed() -> None:
    async with running("webhook") as bench:
        bench.sinks.offer(alert())
        await settle()
    [(_, request)] = bench.receiver.got
    assert request.url == WEBHOOK
    assert request.body == encode(alert())
    stamp = str(int(START.timestamp()))
    signed = hmac.new(SECRET.encode(), stamp.encode() + b"." + request.body, hashlib.sha256).hexdigest()
    assert request.headers == {
        "Content-Type": "application/json",
        "X-Harbinger-Delivery": "RUS-USAhigh-firing",
        "X-Harbinger-Timestamp": stamp,
        "X-Harbinger-Signature": f"sha256={signed}",
    }
    assert bench.observed == [("webhook", "delivered")]


async def test_without_a_secret_the_webhook_is_not_signed() -> None:
    async with running("webhook", secret=None) as bench:
        bench.sinks.offer(alert())
        await settle()
    assert "X-Harbinger-Signature" not in bench.receiver.got[0][1].headers


async def test_each_try_is_signed_at_its_own_time() -> None:
    async with running("webhook") as bench:
        bench.receiver.respond = refusing_until(5, Answer(503))
        bench.sinks.offer(alert())
        await bench.clock.advance(60)
    stamps = [int(request.headers["X-Harbinger-Timestamp"]) for _, request in bench.receiver.got]
    assert stamps == [int(START.timestamp() + time) for time in bench.receiver.times()]
    assert len(stamps) == 6
    assert len({request.headers["X-Harbinger-Signature"] for _, request in bench.receiver.got}) == len(set(stamps)) > 1


# Alertmanager.


async def test_alertmanager_is_told_who_how_bad_and_why() -> None:
    async with running("alertmanager", labels={"team": "desk-east"}) as bench:
        bench.sinks.offer(alert())
        await settle()
    [(_, request)] = bench.receiver.got
    assert request.url == f"{ALERTMANAGER}/api/v2/alerts"
    assert json.loads(request.body) == [
        {
            "labels": {
                "alertname": "HarbingerEscalation",
                "pair": "RUS-USA",
                "country_a": "RUS",
                "country_b": "USA",
                "level": "high",
                "severity": "warning",
                "team": "desk-east",
            },
            "annotations": {
                "summary": "RUS-USA: tension is high (index 63.1, usual 22.4)",
                "description": "Index 63.1, baseline 22.4, z-score +3.2; 14 articles from 1 source between "
                "2024-11-12T00:00:00Z and 2024-11-19T00:00:00Z.\nTHREATEN: “Moscow warned <Washington>.” (a1)",
                "alert_id": "RUS-USAhigh",
            },
            "startsAt": "2024-11-19T08:00:00.000Z",
            "endsAt": "2026-03-01T12:03:00.000Z",
        }
    ]


@pytest.mark.parametrize(("level", "severity"), [("elevated", "info"), ("high", "warning"), ("severe", "critical")])
async def test_severity_follows_the_level(level: Level, severity: str) -> None:
    async with running("alertmanager") as bench:
        bench.sinks.offer(alert(level=level))
        await settle()
    assert bench.receiver.documents()[0][0]["labels"]["severity"] == severity


async def test_configured_labels_do_not_touch_the_identity() -> None:
    async with running("alertmanager", labels={"pair": "any", "level": "any"}) as bench:
        bench.sinks.offer(alert())
        await settle()
    sent = bench.receiver.documents()[0][0]["labels"]
    assert (sent["pair"], sent["level"]) == ("RUS-USA", "high")


async def test_an_end_has_the_labels_of_what_fired() -> None:
    async with running("alertmanager") as bench:
        bench.sinks.offer(alert())
        await bench.clock.advance(10)
        bench.sinks.offer(alert(state="resolved", index=20.0, updated_at="2024-12-01T00:00:00Z", articles=0))
        await settle()
    [[fired], [ended]] = bench.receiver.documents()
    assert ended["labels"] == fired["labels"]
    assert ended["startsAt"] == fired["startsAt"]
    assert ended["endsAt"] == "2026-03-01T12:00:10.000Z"
    assert ended["annotations"]["summary"] == "RUS-USA: high tension is over (index 20.0, usual 22.4)"


async def test_each_level_of_a_pair_fires_and_ends_for_itself() -> None:
    async with running("alertmanager") as bench:
        for level in ("high", "severe"):
            bench.sinks.offer(alert(level=level))
        await bench.clock.advance(60)
        bench.sinks.offer(alert(state="resolved", level="severe"))
        await bench.clock.advance(60)
    *_, renewed, [ended], again = bench.receiver.documents()
    assert [each["labels"]["level"] for each in renewed] == ["high", "severe"]
    assert (ended["labels"]["level"], ended["endsAt"]) == ("severe", "2026-03-01T12:01:00.000Z")
    assert {each["labels"]["level"]: each["endsAt"] for each in again} == {
        "high": "2026-03-01T12:05:00.000Z",
        "severe": "2026-03-01T12:01:00.000Z",
    }


async def test_article_time_ahead_of_the_clock_starts_now() -> None:
    async with running("alertmanager") as bench:
        bench.sinks.offer(alert(started_at="2026-03-02T00:00:00Z"))
        await bench.clock.advance(10)
        bench.sinks.offer(alert(state="resolved", started_at="2026-03-02T00:00:00Z"))
        await bench.clock.advance(60)
    times = [(sent["startsAt"][11:19], sent["endsAt"][11:19]) for [sent] in bench.receiver.documents()]
    assert times == [("12:00:00", "12:03:00"), ("12:00:10", "12:00:10"), ("12:00:10", "12:00:10")]


async def test_a_start_that_is_a_bare_date_becomes_a_moment() -> None:
    async with running("alertmanager") as bench:
        bench.sinks.offer(alert(started_at="1962-10-22"))
        await settle()
    assert bench.receiver.documents()[0][0]["startsAt"] == "1962-10-22T00:00:00.000Z"


async def test_what_fires_is_renewed_and_what_ended_is_repeated_for_three_renewals() -> None:
    async with running("alertmanager") as bench:
        bench.sinks.offer(alert())
        await bench.clock.advance(130)
        assert bench.receiver.times() == [0, 60, 120]
        assert [sent["endsAt"][11:19] for [sent] in bench.receiver.documents()] == ["12:03:00", "12:04:00", "12:05:00"]
        bench.sinks.offer(alert(state="resolved"))
        await bench.clock.advance(600)
    assert bench.receiver.times()[3:] == [130, 180, 240, 300]
    assert {sent["endsAt"] for [sent] in bench.receiver.documents()[3:]} == {"2026-03-01T12:02:10.000Z"}
    assert bench.outcomes() == {"delivered": 2}


async def test_an_alert_that_fires_again_is_no_longer_repeated_as_ended() -> None:
    async with running("alertmanager") as bench:
        for state in ("firing", "resolved", "firing"):
            bench.sinks.offer(alert(state=state))
        await bench.clock.advance(60)
    [renewed] = bench.receiver.documents()[3]
    assert renewed["endsAt"] == "2026-03-01T12:04:00.000Z"


async def test_restored_alerts_are_renewed_at_once_and_told_to_nobody_else() -> None:
    async with running("alertmanager", "webhook", "slack") as bench:
        await bench.clock.advance(5)
        bench.sinks.restore([alert(), alert(("CHN", "TWN"), level="severe"), alert(("IND", "PAK"), state="resolved")])
        await bench.clock.advance(60)
    assert bench.receiver.times() == [5, 65]
    assert [[sent["labels"]["pair"] for sent in batch] for batch in bench.receiver.documents(ALERTMANAGER)] == [
        ["RUS-USA", "CHN-TWN"]
    ] * 2
    assert bench.observed == []


async def test_every_level_of_a_pair_is_restored() -> None:
    async with running("alertmanager") as bench:
        bench.sinks.restore([alert(level="high"), alert(level="severe")])
        await settle()
        bench.sinks.offer(alert(state="resolved", level="severe"))
        await settle()
    [high, severe], [ended] = bench.receiver.documents()
    assert (high["labels"]["level"], ended["labels"]) == ("high", severe["labels"])


async def test_pairs_that_moved_are_delivered_but_not_renewed() -> None:
    async with running("alertmanager") as bench:
        bench.receiver.respond = unavailable
        bench.sinks.offer(alert())
        bench.sinks.offer(alert(("CHN", "TWN")))
        await settle()
        bench.sinks.forget([("RUS", "USA")])
        bench.receiver.respond = lambda request: Answer(200)
        await bench.clock.advance(130)
    sent = [[each["labels"]["pair"] for each in batch] for batch in bench.receiver.documents()]
    assert sent == [["RUS-USA"], ["RUS-USA"], ["CHN-TWN"], ["CHN-TWN"], ["CHN-TWN"]]


async def test_others_are_renewed_while_an_alert_is_tried_in_vain() -> None:
    def poison(request: Request) -> Answer:
        return Answer(500 if b"IND-PAK" in request.body else 200)

    async with running("alertmanager") as bench:
        bench.receiver.respond = poison
        bench.sinks.offer(alert())
        bench.sinks.offer(alert(("IND", "PAK")))
        await bench.clock.advance(400)
        renewed = [time for time, request in bench.receiver.got if b"RUS-USA" in request.body]
        assert bench.sinks.waiting == {"alertmanager": 1}
    assert max(later - earlier for earlier, later in itertools.pairwise(renewed)) < 180
    assert not [batch for batch in bench.receiver.documents() if len(batch) > 1], "what waits speaks for itself"


async def test_a_renewal_that_fails_is_made_again_at_the_next_time() -> None:
    async with running("alertmanager") as bench:
        bench.sinks.offer(alert())
        await settle()
        bench.receiver.respond = refusing_until(1, Answer(502))
        with capture_logs() as logs:
            await bench.clock.advance(120)
    assert bench.receiver.times() == [0, 60, 120]
    assert bench.outcomes() == {"delivered": 1, "retried": 1}
    assert [line["event"] for line in logs] == ["sink_unavailable", "sink_works_again"]


# Slack.


def test_slack_message_reads_well() -> None:
    sent = message(alert())
    assert sent["text"].startswith("▲ RUS-USA: tension is high (index 63.1, usual 22.4)\nIndex 63.1, baseline 22.4")
    kinds = [block["type"] for block in sent["blocks"]]
    assert kinds == ["header", "section", "section", "context"]
    assert sent["blocks"][0]["text"]["text"] == "▲ RUS-USA: high"
    assert sent["blocks"][2]["text"]["text"] == "> THREATEN: “Moscow warned &lt;Washington&gt;.” (a1)"


def test_slack_message_of_an_end() -> None:
    sent = message(alert(state="resolved", top_events=[]))
    assert sent["blocks"][0]["text"]["text"] == "▼ RUS-USA: high is over"
    assert [block["type"] for block in sent["blocks"]] == ["header", "section", "context"]


@given(st.lists(st.text(max_size=3000) | st.text("&<>@! ", min_size=200, max_size=3000), max_size=8))
def test_slack_limits_hold_and_nothing_of_the_news_is_markup(sentences: list[str]) -> None:
    events = [
        TopEvent(article_id=(text or "a")[:512], event_id="v0", type="ASSAULT", evidence=text) for text in sentences
    ]
    sent = message(alert(top_events=events))
    json.dumps(sent, ensure_ascii=False).encode("utf-8")
    header, *others = sent["blocks"]
    assert 0 < len(header["text"]["text"]) <= HEADER_CHARACTERS
    for block in others:
        text = (block.get("text") or block["elements"][0])["text"]
        assert 0 < len(text) <= TEXT_CHARACTERS
        assert "<" not in text
        assert ">" not in re.sub("^> ", "", text, flags=re.MULTILINE)
        assert re.sub("&(amp|lt|gt);", "", text).find("&") == -1, "a cut or missing escape"


def test_lone_surrogates_become_replacement_characters() -> None:
    events = [TopEvent(article_id="a1", event_id="v0", type="ASSAULT", evidence="half \ud83d")]
    assert "half \ufffd" in message(alert(top_events=events))["blocks"][2]["text"]["text"]


def test_escape_is_slacks() -> None:
    assert escape("<!channel> & co") == "&lt;!channel&gt; &amp; co"


# Order, retries, giving up.


@pytest.mark.parametrize("failures", [0, 1, 4])
async def test_order_is_kept_over_retries(failures: int) -> None:
    async with running("webhook") as bench:
        bench.receiver.respond = refusing_until(failures, Answer(500))
        for state, pair in [("firing", "RUS"), ("firing", "CHN"), ("resolved", "RUS"), ("resolved", "CHN")]:
            bench.sinks.offer(alert((pair, "USA"), state=state))
        await bench.clock.advance(120)
    taken = [(each["state"], each["pair"][0]) for each in bench.receiver.documents()[failures:]]
    assert taken == [("firing", "RUS"), ("firing", "CHN"), ("resolved", "RUS"), ("resolved", "CHN")]
    assert bench.outcomes().get("retried", 0) == failures


async def test_the_backoff_grows_to_its_limit_and_never_ends() -> None:
    async with running("webhook", retry_max_s=20) as bench:
        bench.receiver.respond = unavailable
        bench.sinks.offer(alert())
        await bench.clock.advance(600)
        assert bench.sinks.waiting == {"webhook": 1}
    times = bench.receiver.times()
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    for number, pause in enumerate(pauses[:5]):
        assert 0.5 * 2**number <= pause <= 0.5 * 2**number + 0.5
    assert all(pause == pytest.approx(20) for pause in pauses[6:-1])
    assert len(pauses) > 25


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("value", ["90", "Sun, 01 Mar 2026 12:01:30 GMT"])
async def test_retry_after_is_honoured_in_seconds_and_as_a_date(status: int, value: str) -> None:
    async with running("slack") as bench:
        bench.receiver.respond = refusing_until(1, Answer(status, retry_after=value))
        bench.sinks.offer(alert())
        await bench.clock.advance(100)
    assert bench.receiver.times() == [0, 90]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("soon", 0),
        ("-5", 0),
        ("Sun, 01 Mar 2020 12:00:00 GMT", 0),
        ("99999999", RETRY_AFTER_MAX_S),
        ("Sun, 01 Mar 2099 12:00:00 GMT", RETRY_AFTER_MAX_S),
    ],
)
def test_a_senseless_retry_after_is_bounded(value: str | None, seconds: float) -> None:
    with pytest.raises(UnavailableError) as raised:
        judge(Answer(429, retry_after=value), START, str)
    assert raised.value.retry_after_s == seconds


@pytest.mark.parametrize("status", [301, 400, 401, 404, 408, 410])
async def test_a_refusal_is_final_and_logged_once(status: int) -> None:
    async with running("webhook") as bench:
        bench.receiver.respond = refusing_until(1, Answer(status, excerpt="no\n such  desk"))
        with capture_logs() as logs:
            bench.sinks.offer(alert())
            bench.sinks.offer(alert(("CHN", "TWN")))
            await bench.clock.advance(300)
    assert [each["pair"] for each in bench.receiver.documents()] == [["RUS", "USA"], ["CHN", "TWN"]]
    assert bench.outcomes() == {"failed": 1, "delivered": 1}
    [line] = logs
    assert (line["event"], line["outcome"], line["sink"], line["pair"]) == (
        "alert_not_delivered",
        "failed",
        "webhook",
        "RUS-USA",
    )
    assert line["reason"].startswith(str(status))
    assert line["reason"].endswith(": no such desk")


async def test_a_slow_sink_delays_no_other() -> None:
    stuck = asyncio.Event()
    bench = Bench(configured("alertmanager", "webhook", "slack"))
    taken: list[str] = []

    async def post(request: Request) -> Answer:
        if request.url == WEBHOOK:
            await stuck.wait()
        taken.append(request.url)
        return Answer(200)

    sinks = AlertSinks(configured("alertmanager", "webhook", "slack"), lambda *_: None, post=post, clock=bench.clock)
    async with sinks:
        for pair in ("RUS", "CHN"):
            sinks.offer(alert((pair, "USA")))
        await settle()
        assert sorted(taken) == sorted([f"{ALERTMANAGER}/api/v2/alerts", SLACK] * 2)
        assert sinks.waiting == {"alertmanager": 0, "webhook": 2, "slack": 0}
        stuck.set()


async def test_a_full_queue_gives_up_the_oldest_after_a_last_try() -> None:
    async with running("webhook", queue_max_alerts=2) as bench:
        bench.receiver.respond = unavailable
        with capture_logs() as logs:
            for pair in ("AAA", "BBB", "CCC", "DDD"):
                bench.sinks.offer(alert((pair, "USA")))
                await settle()
        given_up = [line["pair"] for line in logs if line["event"] == "alert_not_delivered"]
        assert given_up == ["AAA-USA", "BBB-USA"]
        assert bench.outcomes()["given_up"] == 2
        bench.receiver.respond = lambda request: Answer(200)
        await bench.clock.advance(60)
        assert [each["pair"][0] for each in bench.receiver.documents()[-2:]] == ["CCC", "DDD"]
    assert bench.receiver.times()[:2] == [0, 0], "the last try does not wait for the backoff"


async def test_an_alert_given_up_too_late_counts_as_delivered() -> None:
    async with running("webhook", queue_max_alerts=1) as bench:
        bench.receiver.respond = unavailable
        bench.sinks.offer(alert(("AAA", "USA")))
        await settle()
        bench.receiver.respond = lambda request: Answer(200)
        bench.sinks.offer(alert(("BBB", "USA")))
        await settle()
    assert [each["pair"][0] for each in bench.receiver.documents()] == ["AAA", "AAA", "BBB"]
    assert bench.outcomes() == {"retried": 1, "delivered": 2}


async def test_alerts_offered_before_the_start_wait_for_it() -> None:
    bench = Bench(configured("webhook"))
    bench.sinks.offer(alert())
    assert bench.sinks.waiting == {"webhook": 1}
    async with bench.sinks:
        await settle()
    assert bench.outcomes() == {"delivered": 1}


async def test_an_alert_that_cannot_be_written_holds_up_nobody() -> None:
    async with running("webhook", "slack") as bench:
        bench.sinks.offer(alert(index=float("nan")))
        bench.sinks.offer(alert(("CHN", "TWN")))
        await settle()
        assert ("webhook", "failed") in bench.observed
        assert bench.receiver.documents(WEBHOOK)[0]["pair"] == ["CHN", "TWN"]


# The end.


async def test_stop_tries_once_more_what_waits() -> None:
    bench = Bench(configured("webhook"))
    await bench.sinks.start()
    bench.receiver.respond = unavailable
    bench.sinks.offer(alert(("AAA", "USA")))
    bench.sinks.offer(alert(("BBB", "USA")))
    await settle()
    bench.receiver.respond = lambda request: Answer(200)
    await bench.sinks.stop()
    assert [each["pair"][0] for each in bench.receiver.documents()] == ["AAA", "AAA", "BBB"]
    assert bench.outcomes() == {"retried": 1, "delivered": 2}


async def test_stop_names_what_it_leaves() -> None:
    bench = Bench(configured("webhook"))
    await bench.sinks.start()
    bench.receiver.respond = unavailable
    for pair in ("AAA", "BBB"):
        bench.sinks.offer(alert((pair, "USA")))
    await settle()
    with capture_logs() as logs:
        await bench.sinks.stop()
        bench.sinks.offer(alert(("CCC", "USA")))
    assert [line["pair"] for line in logs] == ["AAA-USA", "BBB-USA", "CCC-USA"]
    assert {line["outcome"] for line in logs} == {"given_up"}
    assert bench.outcomes() == {"retried": 1, "given_up": 3}
    assert len(bench.receiver.got) == 2, "the first failure of a last try is enough"


async def test_stop_does_not_wait_for_a_receiver_that_hangs() -> None:
    observed: list[str] = []

    async def hang(request: Request) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError("never")

    sinks = AlertSinks(
        configured("slack"), lambda sink, outcome: observed.append(outcome), post=hang, clock=ManualClock()
    )
    await sinks.start()
    sinks.offer(alert())
    await settle()
    async with asyncio.timeout(5):
        await sinks.stop(within_s=0.01)
    assert observed == ["given_up"]


# Secrets.


@pytest.mark.parametrize(
    "answer",
    [
        Answer(404, excerpt=f"The requested URL /services/{SLACK_PATH} was not found"),
        Answer(500, excerpt=SLACK),
        Answer(403, excerpt="invalid_token"),
    ],
)
async def test_neither_the_slack_address_nor_a_secret_is_logged(answer: Answer) -> None:
    async with running("slack", "webhook", queue_max_alerts=1) as bench:
        bench.receiver.respond = lambda request: answer
        with capture_logs() as logs:
            bench.sinks.offer(alert())
            await settle()
            bench.sinks.offer(alert(("CHN", "TWN")))
            await settle()
            request = next(each for _, each in bench.receiver.got if each.url == SLACK)
    slack_lines = [line for line in logs if line["sink"] == "slack"]
    assert slack_lines
    written = repr(slack_lines) + repr(request)
    assert not any(part in written for part in (*SLACK_PATH.split("/"), SLACK))
    assert SECRET not in repr(logs)
    if answer.status == 403:
        assert slack_lines[0]["reason"] == "403 Forbidden: invalid_token"


async def test_an_address_in_an_error_of_the_client_goes_no_further() -> None:
    class Session:
        def post(self, *args: object, **options: object) -> Any:
            raise aiohttp.ConnectionTimeoutError(f"Connection timeout to host {SLACK}")

    http = HttpPost(timeout_s=1)
    http._session = Session()  # type: ignore[assignment]
    with pytest.raises(UnavailableError) as raised:
        await http(Request(SLACK, b"{}"))
    assert str(raised.value) == "ConnectionTimeoutError"
    assert raised.value.__suppress_context__, "a traceback would print the address"


# The page.


@pytest.mark.parametrize(
    ("secret", "seconds_later", "change", "verdict"),
    [(SECRET, 0, b"", True), ("guess", 0, b"", False), (SECRET, 600, b"", False), (SECRET, 0, b" ", False)],
)
async def test_the_documented_check_tells_genuine_from_forged(
    monkeypatch: pytest.MonkeyPatch, secret: str, seconds_later: float, change: bytes, verdict: bool
) -> None:
    [code] = re.findall("```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    async with running("webhook", secret=secret) as bench:
        bench.sinks.offer(alert())
        await settle()
    [(_, request)] = bench.receiver.got
    monkeypatch.setattr(time, "time", lambda: START.timestamp() + seconds_later)
    assert names["genuine"](SECRET.encode(), request.headers, request.body + change) is verdict
