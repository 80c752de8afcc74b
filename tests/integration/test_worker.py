"""The worker as it is run: a process of its own, a real Kafka, and what a consumer downstream sees."""

import asyncio
import json
import signal
import socket
import time
from pathlib import Path

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from service.messages.dead_letter import DeadLetter
from service.worker.worker import REPORT_INTERVAL_S
from tests.support.workers import ARTICLE, RunningWorker, encoded, running


async def test_an_article_comes_out_enriched_and_a_broken_one_as_a_dead_letter(kafka: str, tmp_path: Path) -> None:
    parent = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with running(kafka, tmp_path) as worker:
        await worker.produce(
            (b"w-1", encoded(), [("traceparent", parent), ("mine", b"\x00\xff")]),
            (None, encoded(id="w-2"), []),
            (b"bad", b"\xff{", [("mine", b"\x00\xff")]),
            (b"nothing", None, []),
        )
        enriched = await worker.read("enriched", 2)
        dead = await worker.read("dlq", 2)
        metrics = worker.get("/metrics")
        assert worker.get("/livez")
        assert await worker.end() == 0

    assert sorted(record.key for record in enriched) == [b"w-1", b"w-2"], "the key, or the id where there is none"
    first = next(record for record in enriched if record.key == b"w-1")
    document = json.loads(first.value)
    assert document["schema"] == "harbinger.enriched-article.v1"
    assert document["article"]["body"] == ARTICLE["body"]
    assert {actor["country"] for actor in document["actors"]} >= {"RUS", "UKR"}
    for entity in document["entities"]:
        assert document["article"][entity["field"]][entity["start"] : entity["end"]] == entity["text"]
    headers = dict(first.headers)
    assert headers["ce_id"] == b"w-1"
    assert headers["ce_type"] == b"harbinger.enriched-article.v1"
    assert headers["traceparent"] == parent
    position = document["provenance"]["input"]
    assert position["topic"] == worker.topic("articles")
    assert position["partition"] == first.partition

    letter = next(record for record in dead if record.key == b"bad")
    assert letter.value == b"\xff{"
    assert letter.headers[0] == ("mine", b"\x00\xff")
    reason = DeadLetter.from_headers(letter.headers)
    assert reason is not None
    assert (reason.topic, reason.stage, reason.consumer_group) == (worker.topic("articles"), "decode", worker.prefix)
    assert len(dead) == 2
    assert 'harbinger_articles_processed_total{outcome="enriched"} 2.0' in metrics
    assert 'harbinger_dead_letters_total{stage="decode"} 2.0' in metrics
    assert 'harbinger_lanes{state="open"} 2.0' in metrics


async def test_the_next_owner_goes_on_where_the_last_commit_was(kafka: str, tmp_path: Path) -> None:
    async with running(kafka, tmp_path) as worker:
        await worker.produce(*((b"%d" % number, encoded(id=str(number)), []) for number in range(20)))
        await worker.read("enriched", 20)
        assert await worker.end(signal.SIGKILL) == -signal.SIGKILL
        await worker.produce(*((b"%d" % number, encoded(id=str(number)), []) for number in range(20, 40)))
        worker.start()
        found = await worker.read("enriched", 40)
    assert sorted(int(record.key) for record in found) == list(range(40))


async def test_what_is_too_large_when_enriched_is_dead_lettered_and_its_neighbours_are_not(
    kafka: str, tmp_path: Path
) -> None:
    worker = RunningWorker(kafka, tmp_path)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    small = {"max.message.bytes": "20000", "compression.type": "uncompressed"}
    await admin.create_topics(
        [
            NewTopic(worker.topic("articles"), 2, 1),
            NewTopic(worker.topic("enriched"), 2, 1, topic_configs=small),
            NewTopic(worker.topic("dlq"), 1, 1),
        ]
    )
    await admin.close()
    worker.environment["HARBINGER_KAFKA__COMPRESSION"] = "none"
    worker.start()
    try:
        await worker.until_ready()
        large = encoded(id="large", body="Russia warned Ukraine. " + "z" * 30_000)
        await worker.produce((b"a", encoded(id="a"), []), (b"a", large, []), (b"a", encoded(id="a"), []))
        enriched = await worker.read("enriched", 2)
        dead = await worker.read("dlq", 1)
    finally:
        assert worker.process is not None
        worker.process.kill()
        worker.process.wait()
    assert [json.loads(record.value)["article"]["id"] for record in enriched] == ["a", "a"]
    reason = DeadLetter.from_headers(dead[0].headers)
    assert reason is not None
    assert reason.stage == "encode"
    assert [record.value for record in dead] == [large], "one partition of dead letters takes those of all"


async def test_missing_topics_are_named_when_they_may_not_be_made(kafka: str, tmp_path: Path) -> None:
    worker = RunningWorker(kafka, tmp_path, HARBINGER_TOPICS__CREATE="false")
    worker.start()
    assert worker.process is not None
    assert await asyncio.to_thread(worker.process.wait, 40) == 1
    last = worker.log.read_text().splitlines()[-1]
    assert last.startswith("harbinger: missing topics: ")
    assert all(worker.topic(role) in last for role in ("articles", "enriched", "dlq"))


async def test_it_waits_for_a_broker_that_is_away_and_ends_on_sigterm_meanwhile(tmp_path: Path) -> None:
    worker = RunningWorker("127.0.0.1:1", tmp_path)
    worker.start()
    deadline = time.monotonic() + 40
    while '"retrying"' not in worker.log.read_text():
        assert time.monotonic() < deadline, worker.log.read_text()
        await asyncio.sleep(0.2)
    assert await worker.end() == 0


async def test_a_port_that_is_taken_ends_it_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        worker = RunningWorker("127.0.0.1:1", tmp_path, HARBINGER_HTTP__HOST="127.0.0.1", HARBINGER_HTTP__PORT=port)
        worker.start()
        assert worker.process is not None
        assert await asyncio.to_thread(worker.process.wait, 40) == 1
    last = worker.log.read_text().splitlines()[-1]
    assert last.startswith(f"harbinger: http.host, http.port: cannot listen on 127.0.0.1:{port}: "), last
    assert "Traceback" not in worker.log.read_text()


async def test_the_mark_of_a_transaction_is_no_lag(kafka: str, tmp_path: Path) -> None:
    async with running(kafka, tmp_path) as worker:
        producer = AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=worker.prefix)
        await producer.start()
        try:
            async with producer.transaction():
                await producer.send_and_wait(worker.topic("articles"), encoded(), partition=0)
        finally:
            await producer.stop()
        assert len(await worker.read("enriched", 1)) == 1
        await asyncio.sleep(2 * REPORT_INTERVAL_S)  # what is shown is of after that
        shown = f'harbinger_consumer_lag_records{{partition="0",topic="{worker.topic("articles")}"}} 0.0'
        deadline = time.monotonic() + 20
        while shown not in (metrics := await asyncio.to_thread(worker.get, "/metrics")):
            assert time.monotonic() < deadline, [line for line in metrics.splitlines() if "_lag_" in line]
            await asyncio.sleep(0.2)
