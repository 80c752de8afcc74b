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


def pid_of(command: str, output: str) -> int:
    started = re.search(rf"harbinger {command} \(process (\d+)\)", output)
    assert started, output
    return int(started[1])


def gone(kafka: str, output: str) -> None:
    """The worker and the monitor that the output tells of have ended, and all topics of the run are deleted."""
    run = re.search(r"begin with (harbinger-demo-\w+)", output)[1]  # type: ignore[index]
    assert not alive(pid_of("worker", output))
    assert not alive(pid_of("monitor", output))
    deadline = time.monotonic() + 10
    while (left := asyncio.run(topics_of(kafka, run))) and time.monotonic() < deadline:
        time.sleep(0.1)  # a topic is deleted a moment after the broker has said so
    assert not left


def until(process: "subprocess.Popen[str]", moment: str) -> str:
    """What the demo says up to the line that holds these words."""
    assert process.stdout
    output = ""
    while moment not in output:
        line = process.stdout.readline()
        assert line, output
        output += line
    return output


@pytest.mark.timeout(300)
def test_every_article_comes_out_once_and_the_monitor_raises_the_alerts_in_time(kafka: str, tmp_path: Path) -> None:
    process = demo(kafka, tmp_path)
    output, _ = process.communicate(timeout=290)
    assert process.returncode == 0, output
    assert "Every article came out exactly once" in output
    assert "Who does what to whom" in output
    assert "dead letter " in output
    alerts = re.findall(r"Alert on \S+escalation\.alerts: (\S+): (\w+) (fires|is resolved)", output)
    assert ("CUB-USA", "high", "fires") in alerts
    assert ("CUB-USA", "high", "is resolved") in alerts
    assert f"The alerts on the topic are the reducer's {len(alerts)}, by identity and state, each once" in output
    assert output.index("The monitor ended with exit status 0") < output.index("articles of 2024 to")
    assert re.search(r"CUB-USA: first alert on 1962-10-2\d, (the day|\d days) before the peak", output), output
    assert "▲ alert: high" in output
    assert "▼ alert ends: high" in output
    assert "other pairs: none" in output
    plot = re.search(r"Plot: (.*\.png)", output)
    assert plot
    assert Path(plot[1]).read_bytes().startswith(b"\x89PNG")
    gone(kafka, output)


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("number", "moment"),
    [
        (signal.SIGINT, "Started harbinger monitor"),
        (signal.SIGTERM, "The worker loads the model"),
        (signal.SIGTERM, "Alert on"),
    ],
)
def test_an_interrupted_demo_leaves_nothing_behind(
    kafka: str, tmp_path: Path, number: signal.Signals, moment: str
) -> None:
    process = demo(kafka, tmp_path)
    output = until(process, moment)
    process.send_signal(number)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output + rest
    gone(kafka, output + rest)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("command", ["worker", "monitor"])
def test_a_process_that_dies_ends_the_demo_and_the_end_of_its_log_is_shown(
    kafka: str, tmp_path: Path, command: str
) -> None:
    process = demo(kafka, tmp_path)
    output = until(process, "Alert on")
    os.kill(pid_of(command, output), signal.SIGKILL)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 1, output + rest
    assert f"harbinger: the {command} ended with exit status -9; the end of its log:\n{{" in rest
    assert "Traceback" not in rest
    gone(kafka, output + rest)
