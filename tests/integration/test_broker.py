"""The development broker itself: quick, hurt on purpose, and gone without a trace whatever happens to its owner."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaProducer

from service.broker import Broker, BrokerError
from tests.support.kafka import consume, create_topics, produce

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def broker(kafka: str) -> Iterator[Broker]:
    """One for this module to hurt. ``kafka`` goes first: it skips when the machine cannot have a broker."""
    with Broker() as broker:
        yield broker


def _until(condition: Callable[[], bool], within: float = 20.0) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


async def test_records_survive_a_kill(broker: Broker, topics: str) -> None:
    before = broker.bootstrap_servers
    await create_topics(before, [topics], partitions=2)
    await produce(before, topics, [(b"a", b"1", [("h", b"x")]), (b"a", b"2")])
    await asyncio.to_thread(broker.kill)
    assert broker.pid is None
    with pytest.raises(BrokerError, match="not running"):
        broker.pause()
    await asyncio.to_thread(broker.restart)
    assert broker.bootstrap_servers == before
    await produce(before, topics, [(b"a", b"3")])
    records = await consume(before, topics, 3)
    assert [record.value for record in records] == [b"1", b"2", b"3"]
    assert records[0].headers == (("h", b"x"),)


async def test_an_orderly_restart_keeps_address_and_data(broker: Broker, topics: str) -> None:
    before, process = broker.bootstrap_servers, broker.pid
    await create_topics(before, [topics])
    await produce(before, topics, [(None, b"kept")])
    await asyncio.to_thread(broker.restart)
    assert broker.bootstrap_servers == before
    assert broker.pid != process
    assert [record.value for record in await consume(before, topics, 1)] == [b"kept"]


async def test_aborted_records_are_not_read(kafka: str, topics: str) -> None:
    await create_topics(kafka, [topics])
    producer = AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=topics)
    await producer.start()
    try:
        for value, commit in ((b"aborted", False), (b"committed", True)):
            await producer.begin_transaction()
            await producer.send_and_wait(topics, value)
            await (producer.commit_transaction() if commit else producer.abort_transaction())
    finally:
        await producer.stop()
    assert [record.value for record in await consume(kafka, topics, None, within=3)] == [b"committed"]


async def test_paused_it_answers_nothing_and_resumed_it_does(broker: Broker, topics: str) -> None:
    broker.pause()
    try:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(create_topics(broker.bootstrap_servers, [f"{topics}.1"]), 1.5)
    finally:
        broker.resume()
    await create_topics(broker.bootstrap_servers, [f"{topics}.2"])


def test_two_side_by_side_and_the_stopped_one_leaves_nothing(broker: Broker) -> None:
    with Broker() as second:
        folder, process = second.data_dir, psutil.Process(second.pid)
        assert second.bootstrap_servers != broker.bootstrap_servers
        with pytest.raises(BrokerError, match="running already"):
            second.start()
    assert not folder.exists()
    assert not process.is_running()
    asyncio.run(create_topics(broker.bootstrap_servers, ["still-there"]))


def test_a_chosen_folder_is_kept_and_found_again(kafka: str, tmp_path: Path) -> None:
    with Broker(data_dir=tmp_path) as broker:
        asyncio.run(create_topics(broker.bootstrap_servers, ["kept"]))
        asyncio.run(produce(broker.bootstrap_servers, "kept", [(None, b"v")]))
    with Broker(data_dir=tmp_path) as broker:
        assert [record.value for record in asyncio.run(consume(broker.bootstrap_servers, "kept", 1))] == [b"v"]


def test_a_failed_start_shows_the_log_and_leaves_nothing(kafka: str) -> None:
    broker = Broker(properties={"broker.session.timeout.ms": "soon"})
    with pytest.raises(BrokerError, match=r"broker\.session\.timeout\.ms"):
        broker.start()
    assert broker.pid is None
    with pytest.raises(BrokerError, match="not running"):
        assert broker.data_dir


_OWNER = """
import os, sys, time
from service.broker import Broker
broker = Broker().start()
if os.fork() == 0:  # a child that holds the supervisor's pipe open for longer than its parent lives
    time.sleep(60)
    os._exit(0)
print(broker.pid, broker._supervisor.pid, broker.data_dir, flush=True)
time.sleep(60)
"""


def test_its_owner_killed_nothing_is_left(kafka: str) -> None:
    owner = subprocess.Popen([sys.executable, "-c", _OWNER], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    pid, supervisor, folder = owner.stdout.readline().split()
    java, watcher = psutil.Process(int(pid)), psutil.Process(int(supervisor))
    forked = [child for child in psutil.Process(owner.pid).children() if child.pid != watcher.pid]
    try:
        assert Path(folder).is_dir()
        assert len(forked) == 1
        owner.kill()
        assert _until(lambda: not java.is_running() and not watcher.is_running() and not Path(folder).exists())
        assert forked[0].is_running()
    finally:
        owner.kill()
        for child in forked:
            child.kill()
        owner.wait()
        owner.stdout.close()


def test_its_supervisor_killed_the_broker_ends_too(kafka: str) -> None:
    if sys.platform != "linux":
        pytest.skip("PR_SET_PDEATHSIG is Linux's")
    with Broker() as broker:
        java = psutil.Process(broker.pid)
        assert broker._supervisor is not None
        os.kill(broker._supervisor.pid, signal.SIGKILL)
        assert _until(lambda: not java.is_running() or java.status() == psutil.STATUS_ZOMBIE)
        with pytest.raises(BrokerError, match="supervisor is gone"):
            broker.resume()
        folder = broker.data_dir
    assert not folder.exists()


def test_the_command_starts_shows_and_stops_one(kafka: str, tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}

    def harbinger(*words: str) -> subprocess.CompletedProcess[str]:
        code = "from service.cli import main; main()"
        command = [sys.executable, "-c", code, "broker", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90, check=False)

    assert harbinger("status").returncode == 1
    started = harbinger("start", "--port", "0")
    try:
        assert started.returncode == 0, started.stderr
        servers = next(line.split()[-1] for line in started.stdout.splitlines() if "bootstrap servers" in line)
        asyncio.run(create_topics(servers, ["t"]))
        status = harbinger("status")
        assert status.returncode == 0
        assert servers in status.stdout
        again = harbinger("start", "--port", "0")
        assert again.returncode == 1
        assert "runs already" in again.stderr
    finally:
        stopped = harbinger("stop")
    assert stopped.stdout == "stopped, data removed\n"
    assert harbinger("status").returncode == 1
    assert not list(tmp_path.rglob("broker.json"))
