"""Where outcomes come from: the offline reducer, and the monitor's HTTP view and alerts topic."""

import asyncio
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import aiohttp

from service.messages.alert import EscalationAlert
from tests.chaos.fleet import ROOT
from tests.chaos.kafka import read
from tests.chaos.monitor.kafka import ALERTS, DEAD_LETTERS
from tests.chaos.monitor.verdict import Outcome, Pair

MOST_PAIRS = 500
"""The most that the view gives; runs have fewer."""


async def offline(file: Path) -> Outcome:
    """What ``harbinger backfill`` says of a file of enriched articles.

    Raises:
        RuntimeError: it failed; the text is what it said.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service", "backfill", "--from", str(file),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, errors = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"harbinger backfill ended with {process.returncode}: {errors.decode()[-2000:]}")
    return reduced(output.decode().splitlines())


def reduced(lines: Iterable[str]) -> Outcome:
    """The reducer's lines as an outcome."""
    outcome = Outcome()
    for line in lines:
        document = json.loads(line)
        if "alert" in document:
            outcome.alerts.append(document["alert"])
        else:
            outcome.series.setdefault(_pair(document["pair"]), {})[document["date"]] = document
    return outcome


async def online(port: int, servers: str, partitions: int) -> Outcome:
    """What a monitor shows of all pairs, and what all monitors have written.

    Raises:
        AssertionError: an alert's key is not its pair, or it is no alert by the contract.
    """
    letters = await read(servers, DEAD_LETTERS, partitions, "read_committed")
    return Outcome(await _series(port), await _alerts(servers, partitions), {letter.key for letter in letters})


async def _series(port: int) -> dict[Pair, dict[str, Any]]:
    series = {}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        for row in (await _get(session, f"/pairs?limit={MOST_PAIRS}"))["pairs"]:
            pair = _pair(row["pair"])
            view = await _get(session, f"/pairs/{'-'.join(pair)}")
            series[pair] = {day["date"]: day for day in view["series"]}
    return series


async def _get(session: aiohttp.ClientSession, path: str) -> Any:
    async with session.get(path, raise_for_status=True) as answer:
        return await answer.json()


async def _alerts(servers: str, partitions: int) -> list[dict[str, Any]]:
    records = await read(servers, ALERTS, partitions, "read_committed")
    alerts = []
    for record in records:
        alert = EscalationAlert.model_validate_json(record.value)
        assert record.key == "-".join(alert.pair).encode(), f"{record.key!r} is not the pair of {alert.alert_id}"
        alerts.append(json.loads(record.value))
    return alerts


def _pair(codes: list[str]) -> Pair:
    first, second = codes
    return first, second
