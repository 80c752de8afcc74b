"""The pool with real processes: it survives any article, and names the one that was at fault."""

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection

import pytest

from service.worker.errors import FatalError, NotRenewedError
from service.worker.pool import Pool
from service.worker.process import CannotStart, Enriched, Ready, Rejected, Task


def echo(connection: Connection) -> None:
    """A child that does what the article says."""
    connection.send(Ready("model-1", "sha256:0"))
    while True:
        try:
            task: Task = connection.recv()
        except EOFError:
            return
        match task.value:
            case b"segfault":
                os.kill(os.getpid(), signal.SIGSEGV)
            case b"out of memory":
                os.kill(os.getpid(), signal.SIGKILL)
            case b"exit":
                os._exit(3)
            case b"hang":
                time.sleep(3600)
            case b"slow":
                time.sleep(0.3)
        connection.send(Enriched(f"{os.getpid()}", task.value or b""))


def lettered(connection: Connection, letter: str) -> None:
    """A child that puts its letter before every article; ``?`` cannot start."""
    if letter == "?":
        connection.send(CannotStart("iso3 is missing", "countries.csv", "7"))
        return
    connection.send(Ready("model-1", letter))
    while True:
        try:
            task: Task = connection.recv()
        except EOFError:
            return
        time.sleep(0.05)
        connection.send(Enriched(f"{os.getpid()}", letter.encode() + (task.value or b"")))


def broken(connection: Connection) -> None:
    connection.send(CannotStart("service.knowledge.KnowledgeError: countries.csv, line 7: no iso3"))


def task(number: int, value: bytes) -> Task:
    return Task("articles", 0, number, value)


@asynccontextmanager
async def running(processes: int = 2, limit_s: float = 1.0) -> AsyncIterator[tuple[Pool, list[str]]]:
    restarts: list[str] = []
    pool = Pool(processes, target=echo, arguments=(), time_limit_s=limit_s, on_restart=restarts.append)
    await pool.start()
    try:
        yield pool, restarts
    finally:
        await pool.stop()


async def test_outcomes_come_back() -> None:
    async with running() as (pool, restarts):
        jobs = [pool.submit(task(number, b"%d" % number)) for number in range(50)]
        outcomes = await asyncio.gather(*(job.future for job in jobs))
        assert [outcome.value for outcome in outcomes if isinstance(outcome, Enriched)] == [
            b"%d" % number for number in range(50)
        ]
        assert restarts == []
        assert pool.warm


async def test_both_processes_work() -> None:
    async with running() as (pool, _):
        jobs = [pool.submit(task(number, b"slow")) for number in range(4)]
        outcomes = await asyncio.gather(*(job.future for job in jobs))
        assert len({outcome.article_id for outcome in outcomes if isinstance(outcome, Enriched)}) == 2


@pytest.mark.parametrize(
    ("deed", "words"), [(b"segfault", "signal 11"), (b"out of memory", "out of memory"), (b"exit", "exit status 3")]
)
async def test_a_poison_article_is_found_and_no_other_is_touched(deed: bytes, words: str) -> None:
    async with running() as (pool, restarts):
        values = [b"a", b"b", deed, b"c", b"d"]
        jobs = [pool.submit(task(number, value)) for number, value in enumerate(values)]
        outcomes = await asyncio.gather(*(job.future for job in jobs))
        poison = outcomes.pop(2)
        assert all(isinstance(outcome, Enriched) for outcome in outcomes)
        assert isinstance(poison, Rejected)
        assert poison.stage == "analyse"
        assert poison.exception == "service.worker.pool.ProcessDied"
        assert words in poison.message
        assert restarts == ["died", "died"], "once, and once more to be sure"
        assert isinstance(await pool.submit(task(9, b"e")).future, Enriched)


async def test_an_article_that_hangs_is_given_up() -> None:
    async with running(limit_s=1.0) as (pool, restarts):
        outcome = await pool.submit(task(0, b"hang")).future
        assert isinstance(outcome, Rejected)
        assert outcome.exception == "service.worker.pool.TimeLimitExceeded"
        assert restarts == ["hung", "hung"]


async def test_a_process_killed_from_outside_costs_no_article() -> None:
    async with running() as (pool, restarts):
        jobs = [pool.submit(task(number, b"slow")) for number in range(6)]
        await asyncio.sleep(0.1)
        os.kill(pool.pids[0], signal.SIGKILL)
        outcomes = await asyncio.gather(*(job.future for job in jobs))
        assert all(isinstance(outcome, Enriched) for outcome in outcomes)
        assert restarts == ["died"]


async def test_an_article_that_was_taken_back_is_not_analysed() -> None:
    async with running(processes=1) as (pool, _):
        first, second, third = (pool.submit(task(number, b"slow")) for number in range(3))
        second.future.cancel()
        started = time.monotonic()
        await first.future
        await third.future
        assert time.monotonic() - started < 0.85, "two slow articles, not three"


async def test_an_analysis_that_does_not_load_is_fatal_and_says_why() -> None:
    pool = Pool(2, target=broken, arguments=(), time_limit_s=1)
    with pytest.raises(FatalError, match=r"countries\.csv, line 7"):
        await pool.start()
    await pool.stop()


async def test_nothing_is_left_behind() -> None:
    async with running() as (pool, _):
        pids = pool.pids
        pool.submit(task(0, b"hang"))
        await asyncio.sleep(0.1)
    assert not [pid for pid in pids if _alive(pid)]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_who_stops_watching_does_not_stop_the_pool() -> None:
    async with running() as (pool, restarts):
        watching = asyncio.create_task(pool.watch())
        under_way = [pool.submit(task(number, b"slow")) for number in range(4)]
        await asyncio.sleep(0.1)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        later = pool.submit(task(9, b"after"))
        outcomes = await asyncio.wait_for(asyncio.gather(*(job.future for job in [*under_way, later])), 10)
        assert all(isinstance(outcome, Enriched) for outcome in outcomes)
        assert pool.warm
        assert restarts == []


@asynccontextmanager
async def running_lettered(processes: int = 2) -> AsyncIterator[tuple[Pool, list[str]]]:
    restarts: list[str] = []
    pool = Pool(processes, target=lettered, arguments=("a",), time_limit_s=5, on_restart=restarts.append)
    await pool.start()
    try:
        yield pool, restarts
    finally:
        await pool.stop()


async def outcome(pool: Pool, number: int) -> bytes:
    found = await pool.submit(task(number, b"%d" % number)).future
    assert isinstance(found, Enriched)
    return found.value


async def test_processes_are_renewed_between_two_articles_and_none_is_lost() -> None:
    async with running_lettered() as (pool, restarts):
        old = pool.pids
        jobs = [pool.submit(task(number, b"%d" % number)) for number in range(60)]
        renewal = asyncio.create_task(pool.renew(("b",)))
        warm = []
        while not renewal.done():
            warm.append(pool.warm)
            await asyncio.sleep(0.01)
        assert (await renewal).knowledge == "b"
        under_way = sum(not job.future.done() for job in jobs)
        found = await asyncio.gather(*(job.future for job in jobs))
        values = [each.value for each in found if isinstance(each, Enriched)]
        assert [value[1:] for value in values] == [b"%d" % number for number in range(60)]
        assert under_way, "it was renewed under load"
        assert {values[0][:1], values[-1][:1]} == {b"a", b"b"}
        assert all(warm), "it stayed ready"
        assert not set(old) & set(pool.pids)
        assert not [pid for pid in old if _alive(pid)]
        assert restarts == []


async def test_idle_processes_are_renewed_at_once() -> None:
    async with running_lettered() as (pool, _):
        assert await outcome(pool, 1) == b"a1"
        await asyncio.wait_for(pool.renew(("b",)), 20)
        assert [await outcome(pool, number) for number in range(2)] == [b"b0", b"b1"]
        assert len(pool.pids) == 2


async def test_what_does_not_start_changes_nothing_and_a_lost_process_comes_back_with_what_is_in_use() -> None:
    async with running_lettered(processes=1) as (pool, restarts):
        await pool.renew(("b",))
        with pytest.raises(NotRenewedError) as caught:
            await pool.renew(("?",))
        assert (caught.value.file, caught.value.place, caught.value.reason) == ("countries.csv", "7", "iso3 is missing")
        os.kill(pool.pids[0], signal.SIGKILL)
        assert await outcome(pool, 1) == b"b1"
        assert restarts == ["died"]


async def test_a_renewal_that_is_given_up_leaves_no_process_behind() -> None:
    async with running_lettered(processes=1) as (pool, _):
        jobs = [pool.submit(task(number, b"")) for number in range(40)]
        before = set(multiprocessing.active_children())
        renewal = asyncio.create_task(pool.renew(("b",)))
        while not (started := set(multiprocessing.active_children()) - before):  # noqa: ASYNC110  another process, not an event
            await asyncio.sleep(0.01)
        renewal.cancel()
        await asyncio.gather(renewal, return_exceptions=True)
        async with asyncio.timeout(10):
            while any(process.is_alive() for process in started):  # noqa: ASYNC110  another process, not an event
                await asyncio.sleep(0.05)
        assert isinstance(await jobs[-1].future, Enriched)
