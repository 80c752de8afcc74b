"""One run: topics, workers, articles and deeds at the same time, then the verdict."""

import asyncio
import random
import signal
from collections.abc import Callable
from pathlib import Path

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from service.broker import Broker
from tests.chaos.articles import articles
from tests.chaos.fleet import Fleet, WorkerProcess
from tests.chaos.ledger import Position, Verdict, judge
from tests.chaos.plan import Deed, Plan

BURST = 20
"""Articles that are produced in one go, between two pauses."""


async def run(plan: Plan, logs: Path, say: Callable[[str], None]) -> Verdict:
    """Run the plan on a broker of its own, and judge what came out."""
    await asyncio.to_thread(logs.mkdir, parents=True, exist_ok=True)
    broker = await asyncio.to_thread(Broker().start)
    fleet: Fleet | None = None
    try:
        await _make_topics(broker.bootstrap_servers, plan.partitions)
        fleet = Fleet(broker.bootstrap_servers, plan, logs, say)
        supervisor = asyncio.create_task(fleet.supervise())
        producing = asyncio.create_task(_produce(broker.bootstrap_servers, plan))
        await asyncio.sleep(plan.warm_up_s)
        await _do_all(plan, fleet, broker, say)
        inputs = await producing
        say(f"deeds are over, {len(inputs)} records are in; waiting for the rest to come out")
        verdict = await judge(broker.bootstrap_servers, plan.partitions, inputs, plan.settle_s)
        if not await fleet.all_ready(60):
            verdict.not_ready = [worker.name for worker in fleet.workers if not await worker.ready()]
        supervisor.cancel()
        await fleet.end()
        verdict.bad_ends = fleet.bad_ends
        return verdict
    finally:
        if fleet is not None:
            fleet.kill()
        await asyncio.to_thread(broker.stop)


async def _make_topics(bootstrap: str, partitions: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        names = ("articles", "articles.enriched", "articles.dlq")
        await admin.create_topics([NewTopic(name, partitions, 1) for name in names])
    finally:
        await admin.close()


async def _produce(bootstrap: str, plan: Plan) -> dict[Position, bool]:
    """Produce over the time that the deeds take; idempotent, so the broker's death doubles nothing on the way in."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, linger_ms=5)
    await producer.start()
    pause = plan.expected_seconds() / max(1, plan.articles // BURST)
    sent = []
    try:
        for number, each in enumerate(articles(plan)):
            sent.append((each.good, await producer.send("articles", each.value, key=each.key)))
            if number % BURST == 0:
                await asyncio.sleep(pause)
        return {((where := await future).partition, where.offset): good for good, future in sent}
    finally:
        await producer.stop()


async def _do_all(plan: Plan, fleet: Fleet, broker: Broker, say: Callable[[str], None]) -> None:
    rng = random.Random(plan.seed + 3)
    later: list[asyncio.Task[None]] = []
    for deed in plan.deeds():
        await asyncio.sleep(rng.uniform(*plan.pause_s))
        worker = rng.choice(fleet.workers)
        say(
            f"{deed}: {worker.name if deed not in ('broker', 'join') else 'one more'}" if deed != "broker" else "broker"
        )
        later.append(asyncio.create_task(_do(deed, worker, plan, fleet, broker, rng)))
    await asyncio.gather(*later)


async def _do(deed: Deed, worker: WorkerProcess, plan: Plan, fleet: Fleet, broker: Broker, rng: random.Random) -> None:
    match deed:
        case "kill":
            worker.signal(signal.SIGKILL)
        case "term":
            worker.signal(signal.SIGTERM)
        case "child":
            worker.kill_child()
        case "stop":
            worker.signal(signal.SIGSTOP)
            await asyncio.sleep(plan.session_timeout_s + rng.uniform(2, 5))
            worker.signal(signal.SIGCONT)
        case "broker":
            await asyncio.to_thread(broker.kill)
            await asyncio.sleep(2)
            await asyncio.to_thread(broker.restart)
        case "join":
            await fleet.visit(rng.uniform(10, 15))
