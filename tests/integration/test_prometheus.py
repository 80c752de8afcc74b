"""A real Prometheus scrapes a worker and a monitor: what our rules and dashboards ask for is really there, and an alert arrives."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitoring.dashboards import DASHBOARDS, text
from service.broker.node import free_ports
from tests.support.alertmanager import Alertmanager, alertmanager
from tests.support.monitors import MonitorProcess
from tests.support.programs import eventually
from tests.support.prometheus import Prometheus, prometheus
from tests.support.promql import RULES, exported, plain, recorded, rule_files, rules, sources
from tests.support.runbooks import expressions_of_runbooks
from tests.support.workers import RunningWorker, encoded, running

WITHIN_S = 60.0
"""For whatever must come to pass: with a busy machine in mind."""
ARTICLES = 10
"""Of one day: where days differ, the monitor waits for the slower partition, and an alert on that would be right."""
NEWS = {"HarbingerPairsHigh", "HarbingerPairsSevere"}
"""Alerts that say nothing of the service."""


@dataclass
class Watched:
    """Everything that runs."""

    worker: RunningWorker
    prometheus: Prometheus
    alertmanager: Alertmanager

    async def stored(self, *names: str) -> bool:
        return set(names) <= await self.prometheus.names()


def hasty(folder: Path) -> list[Path]:
    """Our rules, but each alert need hold for a second only."""
    files = [folder / file.name for file in rule_files()]
    for file in files:
        written = (RULES / file.name).read_text("utf-8")
        file.write_text(re.sub(r"(?m)^( +for:) \w+$", r"\1 1s", written), "utf-8")
    return files


def dashboard_expressions() -> list[str]:
    """What the panels of all dashboards ask for when everything is chosen."""
    asked = []
    for make in DASHBOARDS.values():
        dashboard = json.loads(text(make()))
        targets = [target for panel in dashboard["panels"] for target in panel.get("targets", ())]
        for expression in (plain(target["expr"]) for target in targets):
            for variable in dashboard["templating"]["list"]:
                expression = expression.replace(f"${variable['name']}", variable.get("allValue", ""))
            asked.append(expression)
    return asked


@pytest.fixture
async def watched(kafka: str, tmp_path: Path) -> AsyncIterator[Watched]:
    """Worker and monitor that have done something since the first scrape."""
    ports = free_ports(2)
    async with contextlib.AsyncExitStack() as stack:
        receiver = await stack.enter_async_context(alertmanager(tmp_path))
        worker = await stack.enter_async_context(running(kafka, tmp_path, HARBINGER_HTTP__PORT=str(ports[0])))
        settings = {"HARBINGER_HTTP__PORT": str(ports[1]), "HARBINGER_MONITOR__GROUP_ID": f"{worker.prefix}-monitor"}
        monitor = await stack.enter_async_context(MonitorProcess(kafka, tmp_path, worker.prefix, **settings))
        monitor.start()
        await monitor.until_ready()
        targets = {
            job: f"127.0.0.1:{port}" for job, port in zip(("harbinger-worker", "harbinger-monitor"), ports, strict=True)
        }
        scraper = await stack.enter_async_context(prometheus(tmp_path, targets, hasty(tmp_path), receiver.url))
        seen = Watched(worker, scraper, receiver)
        await eventually(
            lambda: seen.stored("harbinger_articles_processed_total", "harbinger_monitor_articles_total"), WITHIN_S
        )
        await worker.produce(*((None, encoded(id=f"p-{number}"), []) for number in range(ARTICLES)))
        await eventually(lambda: scraper.query("harbinger_monitor_index"), WITHIN_S)
        yield seen


@pytest.mark.timeout(240)
async def test_what_is_asked_for_is_there_and_an_alert_arrives(watched: Watched) -> None:
    await everything_is_stored(watched)
    await every_rule_can_be_evaluated(watched)
    await every_panel_shows_something(watched)
    await eventually(lambda: nothing_is_wrong(watched), WITHIN_S)
    await whoever_is_on_call_hears_that_the_worker_is_gone(watched)


async def everything_is_stored(watched: Watched) -> None:
    """The whole catalogue, what is recorded of it, and so all that rules and dashboards name."""
    wanted = exported() | recorded().keys()
    asked = set().union(*(sources(rule["expr"]) for _, rule in rules()), *map(sources, dashboard_expressions()))
    assert asked <= wanted | {"up"}
    with contextlib.suppress(TimeoutError):
        await eventually(lambda: watched.stored(*wanted), WITHIN_S)
    assert wanted - await watched.prometheus.names() == set()
    assert await watched.prometheus.up() == {"harbinger-worker": True, "harbinger-monitor": True}


async def every_rule_can_be_evaluated(watched: Watched) -> None:
    found = await watched.prometheus.rules()
    assert len(found) == len(rules())
    assert [(rule["name"], rule.get("lastError")) for rule in found if rule["health"] != "ok"] == []


async def every_panel_shows_something(watched: Watched) -> None:
    asked = dashboard_expressions()
    with contextlib.suppress(TimeoutError):
        await eventually(lambda: all_answered(watched, asked), WITHIN_S)
    assert [each for each in asked if not await watched.prometheus.query(each)] == []
    for expression in expressions_of_runbooks():
        await watched.prometheus.query(expression)  # fails when it cannot be evaluated


async def all_answered(watched: Watched, asked: list[str]) -> bool:
    return all([await watched.prometheus.query(each) for each in asked])


async def nothing_is_wrong(watched: Watched) -> bool:
    """No alert fires on a service that does its work."""
    return await watched.prometheus.firing() <= NEWS


async def whoever_is_on_call_hears_that_the_worker_is_gone(watched: Watched) -> None:
    process = watched.worker.process
    assert process is not None
    process.kill()
    await asyncio.to_thread(process.wait)
    expected = {"HarbingerTargetDown", "HarbingerWorkerAbsent"}
    await eventually(lambda: expected <= set(notified(watched)), WITHIN_S)
    assert await watched.prometheus.up() == {"harbinger-worker": False, "harbinger-monitor": True}
    down = notified(watched)["HarbingerTargetDown"]
    assert down["labels"]["job"] == "harbinger-worker"
    written = {rule["alert"]: rule for _, rule in rules() if "alert" in rule}
    for name in expected:
        told = notified(watched)[name]
        assert told["annotations"]["runbook_url"] == written[name]["annotations"]["runbook_url"]
        assert told["labels"]["severity"] == written[name]["labels"]["severity"]


def notified(watched: Watched) -> dict[str, dict[str, Any]]:
    """What the Alertmanager has sent on, by name of the alert."""
    return {
        each["labels"]["alertname"]: each
        for batch in watched.alertmanager.notified
        for each in batch["alerts"]
        if each["status"] == "firing"
    }


def test_only_the_waiting_is_left_out(tmp_path: Path) -> None:
    """Else another set of rules than ours would be tried here."""
    for file, written in zip(hasty(tmp_path), rule_files(), strict=True):
        ours, theirs = (yaml.safe_load(each.read_text("utf-8")) for each in (written, file))
        for group in ours["groups"]:
            for rule in group["rules"]:
                if "alert" in rule:
                    rule["for"] = "1s"
        assert ours == theirs
