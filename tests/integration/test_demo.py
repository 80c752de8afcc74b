"""``harbinger demo``: everything comes out, and nothing stays behind, however it ends."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from service.settings import load_settings
from service.worker.topics import admin_client, describe_topics


def demo(kafka: str, folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "service", "demo"],
        cwd=folder,  # where it writes its plot
        env={**os.environ, "KAFKA_BOOTSTRAP_SERVERS": kafka},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def topics_of(kafka: str, run: str) -> list[str]:
    settings = load_settings()
    here = settings.kafka.model_copy(update={"bootstrap_servers": kafka})
    async with admin_client(settings.model_copy(update={"kafka": here})) as admin:
        return [name for name in await describe_topics(admin) if name.startswith(run)]


def gone(kafka: str, output: str) -> None:
    """The worker that the output tells of has ended, and its topics are deleted."""
    worker = int(re.search(r"harbinger worker \(process (\d+)\)", output)[1])  # type: ignore[index]
    run = re.search(r"begin with (harbinger-demo-\w+)", output)[1]  # type: ignore[index]
    assert not alive(worker)
    deadline = time.monotonic() + 10
    while (left := asyncio.run(topics_of(kafka, run))) and time.monotonic() < deadline:
        time.sleep(0.1)  # a topic is deleted a moment after the broker has said so
    assert not left


@pytest.mark.timeout(240)
def test_every_sample_comes_out_once_and_the_crisis_is_seen_in_time(kafka: str, tmp_path: Path) -> None:
    process = demo(kafka, tmp_path)
    output, _ = process.communicate(timeout=230)
    assert process.returncode == 0, output
    assert "Every article came out exactly once" in output
    assert "Who does what to whom" in output
    assert "dead letter " in output
    assert re.search(r"CUB-USA: first alert on 1962-10-2\d, (the day|\d days) before the peak", output), output
    assert "▲ alert: high" in output
    assert "▼ alert ends: high" in output
    assert "other pairs: none" in output
    plot = re.search(r"Plot: (.*\.png)", output)
    assert plot
    assert Path(plot[1]).read_bytes().startswith(b"\x89PNG")
    gone(kafka, output)


@pytest.mark.timeout(150)
@pytest.mark.parametrize(
    ("number", "moment"),
    [
        (signal.SIGINT, "waiting for the model"),
        (signal.SIGTERM, "waiting for the model"),
        (signal.SIGTERM, "dispatches of a crisis"),
    ],
)
def test_an_interrupted_demo_leaves_nothing_behind(
    kafka: str, tmp_path: Path, number: signal.Signals, moment: str
) -> None:
    process = demo(kafka, tmp_path)
    assert process.stdout
    output = ""
    while moment not in output:
        line = process.stdout.readline()
        assert line, output
        output += line
    process.send_signal(number)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output + rest
    gone(kafka, output + rest)
