"""``harbinger demo``: a real Kafka, a real worker, a real monitor, and what comes out of them.

Neither is a shortcut: they are the commands that run in production, in processes of their own, and the results are read back
from the topics as a downstream consumer would, committed records only.

A crisis of the past goes first and the samples, which are of 2024, when the monitor has ended. For a monitor's time is that of the
articles and only runs forward: after 2024 everything of 1962 would be too late.
"""

import asyncio
import logging
import signal
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.text import Text

from service.commands.backfill import rules_in_force
from service.commands.demo_alerts import told, until_judged
from service.commands.demo_crisis import Judged, crisis_dispatches, judge, lines_of, show_crisis
from service.commands.demo_kafka import demo_kafka
from service.commands.demo_outputs import Outputs, outputs, send
from service.commands.demo_process import Child, DemoError, Say, running
from service.commands.demo_render import rendered, summary
from service.commands.kafka_errors import kafka_errors
from service.commands.overrides import overrides_of
from service.commands.render import console_for_any_text
from service.messages.alert import EscalationAlert
from service.monitor.rules import Rules
from service.paths import samples_dir
from service.settings import Settings
from service.worker.topics import ALL_ROLES, ensure_topics

SAMPLES_WITHIN_S = 120.0
"""Seconds for all samples to come out. Less than one is usual."""
DISPATCHES_WITHIN_S = 300.0
"""Seconds for the model to load and all dispatches of the crisis to come out, on a slow machine."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came through Kafka."""

    status: int
    judged: Judged
    """The reducer, in this process, on the enriched dispatches."""
    alerts: Sequence[EscalationAlert]
    """Those on the topic."""


def run(settings: Settings) -> int:
    """Show it; 0 when every article came out exactly once and the monitor's alerts are those of the reducer, each once.

    Raises:
        DemoError: worker or monitor ended, or results did not come in time.
        BrokerError: the broker did not start.
        KafkaFailed: Kafka failed on the way.
        RulesError: the alert rules cannot be used.
    """
    rules = rules_in_force(settings)  # what is wrong with them is said before the work, not after it
    _refuse_sinks(settings)
    console = console_for_any_text()
    say = partial(_say, console)
    # topics that were made a moment ago have no leader yet, which aiokafka reports as an error and then mends
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    # SIGTERM leads to the same clean end as Ctrl-C, even where our parent ignores Ctrl-C (a shell's background job)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    with (
        tempfile.TemporaryDirectory(prefix="harbinger-demo-") as name,
        demo_kafka(settings, Path(name), say) as connected,
        kafka_errors(connected.kafka.bootstrap_servers),
    ):
        outcome = asyncio.run(_demo(connected, rules, Path(name), console))
    same = show_crisis(rules, outcome.judged, outcome.alerts, console, say)
    return outcome.status or int(not same)


def _refuse_sinks(settings: Settings) -> None:
    """Nobody is to be paged because of 1962."""
    sinks = settings.monitor.sinks
    addresses = {
        "alertmanager.url": sinks.alertmanager.url,
        "webhook.url": sinks.webhook.url,
        "slack.secret_url": sinks.slack.secret_url,
    }
    for name in (name for name, address in addresses.items() if address is not None):
        raise DemoError(f"monitor.sinks.{name} is set, and alerts of 1962 would be sent there: unset it for the demo")


async def _demo(settings: Settings, rules: Rules, folder: Path, console: Console) -> Outcome:
    """Dispatches, then samples, through Kafka."""
    say = partial(_say, console)
    samples, dispatches = lines_of(samples_dir() / "articles.jsonl"), crisis_dispatches()
    report = await ensure_topics(settings, roles=ALL_ROLES, create=True)
    say("Topics: " + ", ".join(f"{topic.name} (partitions: {topic.partitions})" for topic in report.topics))
    async with outputs(settings, lambda alert: say(f"Alert on {settings.topics.alerts}: {told(alert)}")) as seen:
        with running("worker", settings, folder, say) as worker:
            judged = await _crisis(settings, rules, folder, worker, seen, dispatches, say)
            positions = await send(settings, samples)
            say(f"Sent {len(samples)} articles of 2024 to {settings.topics.articles}")
            async for position in seen.each(positions, SAMPLES_WITHIN_S, [worker]):
                console.print(rendered(seen.results, position))
        await seen.rest()
    expected = len(samples) + len(dispatches)
    console.print(summary(expected, seen.results, len(seen.alerts)))
    once = seen.results.repeated == 0 and len(seen.results) == expected
    say("Every article came out exactly once" if once else f"{seen.results.repeated} came out more than once")
    return Outcome(0 if once else 1, judged, seen.alerts)


async def _crisis(
    settings: Settings, rules: Rules, folder: Path, worker: Child, seen: Outputs, dispatches: list[bytes], say: Say
) -> Judged:
    """The dispatches through worker and monitor. When this returns the monitor has ended."""
    with running("monitor", settings, folder, say) as monitor:
        positions = await send(settings, dispatches)
        say(f"Sent {len(dispatches)} dispatches of a crisis of the past to {settings.topics.articles}")
        say(f"The worker loads the model and enriches them; the monitor reads {settings.topics.enriched}")
        sent = time.monotonic()
        async for _ in seen.each(positions, DISPATCHES_WITHIN_S, [worker, monitor]):
            pass
        say(f"They came out of the worker {time.monotonic() - sent:.1f} s later")
        enriched = [seen.results.enriched[each] for each in positions if each in seen.results.enriched]
        judged = judge(rules, enriched, overrides_of(settings).lexicon)
        await until_judged(monitor, seen, judged.horizon, judged.alerts)
        say("The monitor has judged them all; it ends before articles of 2024 come")
    return judged


def _say(console: Console, step: str) -> None:
    console.print(Text.assemble(("» ", "bold blue"), step), soft_wrap=True)
