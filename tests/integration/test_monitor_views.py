"""The views of two monitors over a real Kafka: whoever is asked, the answer is the whole one, and the same."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from service.knowledge.weights import Weights
from service.messages.alert import EscalationAlert
from service.monitor.reading import Reader
from service.monitor.replay import Replay
from service.monitor.rules import Pair, load_rules
from service.monitor.state import Row
from service.monitor.times import date_of
from service.monitor.views.members import Peers, UnansweredError
from service.monitor.wire import pair_name
from service.paths import config_dir
from tests.chaos.monitor.fleet import MonitorProcess, environment
from tests.support.kafka import create_topics, produce
from tests.unit.monitor_cases import TEXTS, enriched, event

PARTITIONS = 4
SESSION_S = 6.0
PAIRS: list[Pair] = [("CUB", "FRA"), ("CUB", "USA"), ("FRA", "RUS"), ("RUS", "USA")]
"""One in each partition, so that however these are dealt out, each monitor has a pair."""
SIGNALS = [("v0", "war_begin"), ("v1", "military_buildup"), ("v2", "ultimatum")]

Answer = tuple[int, bytes]


def articles() -> list[bytes]:
    """Four days of the pairs, the third day of one alone; bad enough for alerts."""
    return [
        article(day, text, *pair) for day, text in enumerate(TEXTS[:4]) for pair in (PAIRS if day != 2 else PAIRS[1:2])
    ]


def article(day: int, text: str, first: str, second: str) -> bytes:
    """One country wars with the other."""
    message = enriched(
        *(event(id=each, sources=[f"gov:{first}"], targets=[f"gov:{second}"]) for each, _ in SIGNALS),
        signals=[
            {"category": category, "direction": "escalatory", "status": "act", "events": [each]}
            for each, category in SIGNALS
        ],
        id=f"{first}-{second}-{day}",
        body=f"{text}, said {first} of {second}",
        source=f"desk-{day}",
        published_at=f"2024-11-{19 + day}T10:00:00.250Z",
    )
    actors = [{"id": f"gov:{code}", "country": code} for code in (first, second)]
    return json.dumps(json.loads(message) | {"actors": actors}).encode()


def offline() -> dict[Pair, tuple[list[Row], list[EscalationAlert]]]:
    """What ``harbinger backfill`` says of the articles: figures by day, and alerts."""
    replay = Replay(load_rules(config_dir() / "alerts.yaml", config_dir() / "knowledge"))
    reader = Reader(Weights.load(config_dir() / "scoring.yaml"))
    for article in articles():
        replay.add(reader.read(article))
    found: dict[Pair, tuple[list[Row], list[EscalationAlert]]] = {}
    for pair, row, alerts in replay.lines():
        rows, told = found.setdefault(pair, ([], []))
        rows.append(row)
        told += alerts
    return found


class Asker:
    """Asks monitors over HTTP."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def __call__(self, monitor: MonitorProcess, path: str) -> Answer:
        async with self._session.get(address(monitor) + path) as answer:
            if answer.status == 503:
                assert int(answer.headers["Retry-After"]) > 0
            return answer.status, await answer.read()

    async def json(self, monitor: MonitorProcess, path: str) -> Any:
        """The answer, once the state is complete."""
        found: list[bytes] = []

        async def answered() -> bool:
            status, body = await self(monitor, path)
            assert status in (200, 503), body
            found.append(body)
            return status == 200

        await eventually(answered, f"{path} answers")
        return json.loads(found[-1])


def address(monitor: MonitorProcess) -> str:
    return f"http://127.0.0.1:{monitor.port()}"


async def eventually(condition: Callable[[], Awaitable[bool]], what: str, within_s: float = 45) -> None:
    deadline = time.monotonic() + within_s
    while not await condition():
        assert time.monotonic() < deadline, f"not within {within_s:g} s: {what}"
        await asyncio.sleep(0.2)


@asynccontextmanager
async def monitors(kafka: str, topics: str, folder: Path) -> AsyncIterator[tuple[Asker, list[MonitorProcess]]]:
    """Two of them, both ready, each with half of the partitions."""
    settings = environment(kafka, SESSION_S, settle_s=0.5) | {
        "HARBINGER_TOPICS__ARTICLES": f"{topics}.articles",
        "HARBINGER_TOPICS__ENRICHED": f"{topics}.enriched",
        "HARBINGER_TOPICS__ALERTS": f"{topics}.alerts",
        "HARBINGER_KAFKA__TRANSACTIONAL_ID_PREFIX": topics,
        "HARBINGER_MONITOR__GROUP_ID": f"{topics}-monitor",
    }
    pair = [MonitorProcess(f"monitor-{number}", settings, folder) for number in (1, 2)]
    try:
        async with aiohttp.ClientSession() as session:
            ask = Asker(session)

            async def settled() -> bool:
                held = []
                for monitor in pair:
                    assert monitor.alive, monitor.log_file.read_text()
                    if await monitor.probe(session, "/readyz"):
                        return False
                    status, body = await ask(monitor, "/pairs?local=true")
                    held.append(json.loads(body)["partitions"] if status == 200 else [])
                return all(held) and sorted(chain.from_iterable(held)) == list(range(PARTITIONS))

            for monitor in pair:
                monitor.start()
            await eventually(settled, "each monitor has partitions and is ready", within_s=60)
            yield ask, pair
    finally:
        for monitor in pair:
            monitor.kill()


@pytest.mark.timeout(180)
async def test_any_member_answers_for_all(kafka: str, topics: str, tmp_path: Path) -> None:
    roles = ("articles", "enriched", "alerts")
    await create_topics(kafka, [f"{topics}.{role}" for role in roles], PARTITIONS)
    expected = offline()
    firing = {
        alert.alert_id: json.loads(alert.model_dump_json(by_alias=True))
        for _, told in expected.values()
        for alert in told
    }
    assert firing, "the articles are bad enough for alerts"
    async with monitors(kafka, topics, tmp_path) as (ask, (one, two)):
        await produce(kafka, f"{topics}.enriched", [(None, article) for article in articles()])

        async def published() -> bool:
            told = await ask.json(one, "/alerts")
            return bool(not told["missing"] and len(told["alerts"]) == len(firing))

        await eventually(published, "all alerts fire")

        before = {}
        for pair in PAIRS:
            path = f"/pairs/{pair_name(pair)}"
            answers = [await ask(monitor, path) for monitor in (one, two)]
            assert answers[0] == answers[1], "whoever is asked"
            before[pair] = json.loads(answers[0][1])
            rows, alerts = expected[pair]
            assert before[pair]["series"] == [day(row) for row in rows], "the figures of a backfill"
            assert before[pair]["alerts"]["history"] == [firing[alert.alert_id] for alert in alerts]
            assert before[pair]["alerts"]["open"] == before[pair]["alerts"]["history"], "nothing has ended"
            assert before[pair]["horizon"] == "2024-11-22T10:00:00.250Z"
        owned = [await ask.json(monitor, "/pairs?local=true") for monitor in (one, two)]
        assert all(part["pairs"] for part in owned), "each of them had to be asked by the other"

        for monitor in (one, two):
            told = await ask.json(monitor, "/pairs?by=change")
            assert told["missing"] == []
            assert sorted(tuple(row["pair"]) for row in told["pairs"]) == PAIRS
            told = await ask.json(monitor, "/alerts")
            assert {alert["alert_id"]: alert for alert in told["alerts"]} == firing
        status, _ = await ask(two, "/pairs/FRA-PER")
        assert status == 404

        two.signal_group(signal.SIGSTOP)
        told = await ask.json(one, "/pairs")
        assert [each["member"] for each in told["missing"]] == [address(two)]
        assert [each["partitions"] for each in told["missing"]] == [owned[1]["partitions"]]
        assert {tuple(row["pair"]) for row in told["pairs"]} == {tuple(row["pair"]) for row in owned[0]["pairs"]}
        two.kill()
        for pair in PAIRS:  # the heir answers when the state is restored, and not before
            assert await ask.json(one, f"/pairs/{pair_name(pair)}") == before[pair]
        assert (await ask.json(one, "/pairs"))["missing"] == []


async def test_a_member_that_is_gone_is_told_from_one_that_answers(unused_tcp_port: int) -> None:
    async with Peers() as peers:
        with pytest.raises(UnansweredError, match="cannot be reached"):
            await peers.ask(f"http://127.0.0.1:{unused_tcp_port}/pairs")


def day(row: Row) -> dict[str, Any]:
    """The fields of a line of ``harbinger backfill`` without its pair."""
    figures = {name: getattr(row, name) for name in Row.__struct_fields__ if name != "day"}
    return {"date": date_of(row.day), **figures}
