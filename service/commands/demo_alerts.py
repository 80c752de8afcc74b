"""The alerts of the demo's monitor: waited for, read from their topic, and compared with what the reducer says offline."""

import time
from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus

import aiohttp

from service.commands.demo_outputs import Outputs
from service.commands.demo_process import Child, DemoError
from service.commands.pairs import pair_code
from service.messages.alert import EscalationAlert
from service.messages.article import parse_rfc3339
from service.monitor.times import milliseconds, rfc3339

JUDGED_WITHIN_S = 120.0
"""Seconds for the monitor to judge the last dispatch, on a slow machine. Two are usual."""
QUIET_S = 2.0
"""Seconds without an alert after which no more are waited for: four judgements of the monitor's default settings."""
MISSING_WITHIN_S = 20.0
"""Seconds that alerts which are missing get, once the last dispatch is judged."""

_HTTP_TIMEOUT_S = 5.0


def told(alert: EscalationAlert) -> str:
    """An alert in one line."""
    what = "fires" if alert.state == "firing" else "is resolved"
    return f"{pair_code(alert.pair)}: {alert.level} {what}, index {alert.index:.1f}, {alert.updated_at}"


async def until_judged(monitor: Child, outputs: Outputs, horizon: int, expected: Sequence[EscalationAlert]) -> None:
    """Until the monitor says, over HTTP, that it has judged all pairs up to the horizon, and no more alerts come.

    Args:
        monitor: must run.
        outputs: reads the alerts.
        horizon: publication of the last article, milliseconds since 1970.
        expected: alerts that are waited for a while.

    Raises:
        DemoError: it ended, or did not get there in time.
    """
    deadline = time.monotonic() + JUDGED_WITHIN_S
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(_HTTP_TIMEOUT_S)) as session:
        while not await _has_judged(session, monitor, horizon):
            monitor.check()
            if time.monotonic() > deadline:
                raise DemoError(
                    f"the monitor has not judged the dispatches up to {rfc3339(horizon)} within {JUDGED_WITHIN_S:.0f} s; "
                    f"the end of its log:\n{monitor.tail()}"
                )
            await outputs.take()
    deadline = time.monotonic() + MISSING_WITHIN_S
    quiet_since, seen = time.monotonic(), len(outputs.alerts)
    while time.monotonic() - quiet_since < QUIET_S or (
        difference(outputs.alerts, expected) and time.monotonic() < deadline
    ):
        monitor.check()
        await outputs.take()
        if len(outputs.alerts) != seen:
            quiet_since, seen = time.monotonic(), len(outputs.alerts)


async def _has_judged(session: aiohttp.ClientSession, monitor: Child, horizon: int) -> bool:
    port = monitor.port()
    if port is None:
        return False
    try:
        async with session.get(f"http://127.0.0.1:{port}/pairs?limit=1") as response:
            if response.status != HTTPStatus.OK:  # its state is being restored, or partitions move
                return False
            view = await response.json()
    except (aiohttp.ClientError, TimeoutError):
        return False
    moment = view["horizon"]
    return not view["missing"] and moment is not None and milliseconds(parse_rfc3339(moment)) >= horizon


def difference(found: Sequence[EscalationAlert], expected: Sequence[EscalationAlert]) -> list[str]:
    """How the alerts on the topic differ from the reducer's, a line an alert; empty: these, and each once.

    Two are the same when identity and state are. Of one pair the order counts, too; between pairs there is none.
    """
    there, wanted = Counter(map(_key, found)), Counter(map(_key, expected))
    by_key = {_key(alert): alert for alert in (*expected, *found)}
    lines = [f"missing on the topic: {told(by_key[key])}" for key in (wanted - there).elements()]
    lines += [f"too many on the topic: {told(by_key[key])}" for key in (there - wanted).elements()]
    if not lines:
        pairs = sorted({alert.pair for alert in found})
        lines += [f"in another order: {pair_code(pair)}" for pair in pairs if _of(pair, found) != _of(pair, expected)]
    return lines


def _of(pair: tuple[str, str], alerts: Sequence[EscalationAlert]) -> list[tuple[str, str]]:
    return [_key(alert) for alert in alerts if alert.pair == pair]


def _key(alert: EscalationAlert) -> tuple[str, str]:
    return alert.alert_id, alert.state
