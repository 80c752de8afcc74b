"""Worker and monitor from the image, under the restrictions of the chart, against a real Kafka."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from service.paths import samples_dir
from tests.image.container import USER, Container, restricted
from tests.image.engine import Engine
from tests.support.kafka import consume, produce

NOWHERE = "127.0.0.1:1"
"""Bootstrap servers that nobody listens at."""
DRAIN_S = 20.0
"""The default of worker.drain_timeout_s."""
SHORTLY_S = 5.0
"""For an end with nothing to finish; most of it is a busy machine's."""
LATEST_PAIR = "IND-PAK"
"""Of the sample that was published last. Those of years before may count no more when they arrive: the samples lie in no order."""
STEP_S = 0.7
"""Between two of the moments at which a start is ended: they lie before, among and after the imports."""


def settings_of(kafka: str, prefix: str) -> dict[str, str]:
    """Topics and groups that no other test uses."""
    return {
        "HARBINGER_KAFKA__BOOTSTRAP_SERVERS": kafka,
        "HARBINGER_KAFKA__GROUP_ID": prefix,
        "HARBINGER_KAFKA__TRANSACTIONAL_ID_PREFIX": prefix,
        "HARBINGER_MONITOR__GROUP_ID": f"{prefix}-monitor",
        "HARBINGER_TOPICS__ARTICLES": f"{prefix}.articles",
        "HARBINGER_TOPICS__ENRICHED": f"{prefix}.enriched",
        "HARBINGER_TOPICS__DEAD_LETTERS": f"{prefix}.dlq",
        "HARBINGER_TOPICS__ALERTS": f"{prefix}.alerts",
        "HARBINGER_TOPICS__PARTITIONS": "2",
        "HARBINGER_WORKER__PROCESSES": "1",
        "HARBINGER_MONITOR__ADVERTISED_HOST": "127.0.0.1",
        "HARBINGER_MONITOR__SETTLE_S": "1",
    }


def broken_rules(container: Container) -> list[str]:
    """What of the restrictions does not hold inside, as the container itself sees it."""
    code = """
import os
for path in ("/new", "/opt/venv/new", "/run/new", "/var/tmp/new", "/home/new"):
    try:
        open(path, "w")
        print("can write", path)
    except OSError:
        pass
open("/tmp/new", "w")
status = dict(line.split(":\\t", 1) for line in open("/proc/1/status").read().splitlines() if ":\\t" in line)
wanted = {"NoNewPrivs": "1", "CapEff": "0" * 16, "CapBnd": "0" * 16}
for key in wanted:
    if status[key] != wanted[key]:
        print(key, "is", status[key])
if set(status["Uid"].split() + status["Gid"].split()) != {"10001"}:
    print("is user", status["Uid"], "of group", status["Gid"])
"""
    done = container.python(code)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().splitlines()


@pytest.fixture(scope="module")
def expected() -> dict[str, dict[str, Any]]:
    """What a full installation makes of the samples, by the article's id. Its Python and numpy may be other ones."""
    harbinger = Path(sys.executable).with_name("harbinger")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("HARBINGER_")}
    command = [str(harbinger), "enrich", str(samples_dir() / "articles.jsonl")]
    done = subprocess.run(command, capture_output=True, env=plain, timeout=120)
    return by_id(done.stdout.splitlines())


def by_id(documents: Iterable[bytes]) -> dict[str, dict[str, Any]]:
    """Enriched articles without what says when and from where."""
    found = {}
    for document in map(json.loads, documents):
        provenance = document["provenance"]
        document["provenance"] = {key: provenance[key] for key in provenance.keys() - {"enriched_at", "input"}}
        found[document["article"]["id"]] = document
    return found


async def test_the_samples_come_out_enriched_and_are_heard_by_the_monitor(
    engine: Engine, image: str, kafka: str, expected: dict[str, dict[str, Any]]
) -> None:
    """As a full installation enriches them, HTML and all: nothing that was left out of the image is missed."""
    prefix = f"image-{uuid.uuid4().hex[:8]}"
    settings = settings_of(kafka, prefix)
    articles = (samples_dir() / "articles.jsonl").read_bytes().splitlines()
    assert len(expected) == len(articles) - 2, "two samples are broken on purpose"
    with (
        Container(engine, image, "worker", **settings) as worker,
        Container(engine, image, "monitor", **settings) as monitor,
    ):
        worker.start()
        monitor.start()
        await asyncio.gather(asyncio.to_thread(worker.until_ready), asyncio.to_thread(monitor.until_ready))
        await produce(kafka, f"{prefix}.articles", [(None, article) for article in articles])
        enriched = await consume(kafka, f"{prefix}.enriched", len(expected), within=60)
        assert by_id(record.value for record in enriched) == expected
        assert len(await consume(kafka, f"{prefix}.dlq", 2)) == 2
        await heard(monitor, LATEST_PAIR)
        for container in (worker, monitor):
            assert broken_rules(container) == []
            health = container.run_inside("harbinger", "health", "--ready")
            assert (health.returncode, health.stdout) == (0, b"ok\n")
            status, took = await asyncio.to_thread(container.end)
            assert status == 0, container.log
            assert took < DRAIN_S
            assert "Traceback" not in container.log


async def heard(monitor: Container, pair: str) -> None:
    """Wait until the monitor has an index for a pair."""
    deadline = time.monotonic() + 60
    answer: Any = None
    while not (answer and answer["current"] and answer["current"]["index"] > 0):
        assert time.monotonic() < deadline, f"{answer}\n{monitor.log}"
        await asyncio.sleep(0.2)
        with contextlib.suppress(OSError):
            answer = json.loads(await asyncio.to_thread(monitor.get, f"/pairs/{pair}"))


@pytest.mark.parametrize("command", ["worker", "monitor"])
def test_sigterm_ends_it_whenever_it_comes(engine: Engine, image: str, command: str) -> None:
    """Process 1 hears nothing until it has a handler, so that stands before the imports; from then on no moment is deaf."""
    with contextlib.ExitStack() as stack:
        containers = [
            stack.enter_context(Container(engine, image, command, HARBINGER_KAFKA__BOOTSTRAP_SERVERS=NOWHERE))
            for _ in range(4)
        ]
        for number, container in enumerate(containers):
            container.start()
            container.until_it_handles(signal.SIGTERM)
            if number == 0:
                with pytest.raises(OSError, match="refused"):
                    container.get("/livez")  # it is heard long before anything else works
            time.sleep(number * STEP_S)
            status, took = container.end()
            assert status == 0, f"{number * STEP_S:.1f} s after the handler stood\n{container.log}"
            assert took < SHORTLY_S


def test_traces_can_be_switched_on(engine: Engine, image: str) -> None:
    code = "from service.observability.tracing import make_tracer; make_tracer(True, 'http://127.0.0.1:1', 1.0, '').close()"
    options = ["--rm", "--network=none", f"--user={USER}", *restricted(engine), "--entrypoint=python3"]
    engine.run("run", *options, image, "-c", code)
