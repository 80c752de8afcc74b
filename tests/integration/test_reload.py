"""Knowledge is taken up without a restart: a ConfigMap is exchanged under a real worker while articles flow."""

import asyncio
import json
import time
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import psutil
import pytest

from service.knowledge.overrides import read_overrides
from tests.support.config_maps import mount_config_map
from tests.support.workers import RunningWorker, encoded, running

GROUPS = "id,name,aliases,country,sector,active_in\n"
BODY = "The New Dawn Brigade attacked Niger on Tuesday."


def groups(country: str) -> dict[str, str]:
    """An override that knows an armed group of this country."""
    return {"groups.csv": f"{GROUPS}grp:new-dawn,New Dawn Brigade,,{country},REB,\n"}


class ReloadingWorker:
    """What a test asks of a worker whose knowledge changes."""

    def __init__(self, worker: RunningWorker, overrides: Path) -> None:
        self.worker = worker
        self.overrides = overrides
        self.sent = 0

    async def send(self, count: int = 1) -> None:
        """Articles with consecutive numbers, all with one key: their order is that of a lane."""
        numbers = range(self.sent, self.sent + count)
        await self.worker.produce(*((b"one", encoded(id=str(number), body=BODY), []) for number in numbers))
        self.sent += count

    async def send_and_see(self, count: int = 1) -> None:
        """The same, and wait until they and all before them came out."""
        await self.send(count)
        await self.until(lambda: self.value('harbinger_articles_processed_total{outcome="enriched"}') == self.sent)

    def version(self) -> str:
        """Of the set that the metrics say is live."""
        (line,) = [line for line in self._metrics() if line.startswith("harbinger_knowledge_info{")]
        return line.split('version="')[1].split('"')[0]

    def value(self, sample: str) -> float:
        """Of one sample of the metrics."""
        (line,) = [line for line in self._metrics() if line.startswith(f"{sample} ")]
        return float(line.rpartition(" ")[2])

    def _metrics(self) -> list[str]:
        return self.worker.get("/metrics").splitlines()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until it holds, looking at the worker's metrics."""
        deadline = time.monotonic() + 100
        while not await asyncio.to_thread(holds):
            assert time.monotonic() < deadline, self.worker.log.read_text()
            await asyncio.sleep(0.1)

    def logged(self, event: str) -> list[dict[str, Any]]:
        """What the worker logged under this name."""
        lines = self.worker.log.read_text().splitlines()
        events = [json.loads(line) for line in lines if line.startswith("{")]
        return [each for each in events if each["event"] == event]

    def analysis_process(self) -> psutil.Process:
        """The one analysis process."""
        assert self.worker.process is not None
        children = psutil.Process(self.worker.process.pid).children()
        (found,) = [child for child in children if "spawn_main" in " ".join(child.cmdline())]
        return found


@pytest.mark.timeout(300)
async def test_a_changed_set_is_taken_up_and_a_bad_one_refused(kafka: str, tmp_path: Path) -> None:
    folder = tmp_path / "overrides"
    mount_config_map(folder, groups("MLI"))
    settings = {
        "HARBINGER_ANALYSIS__KNOWLEDGE_OVERRIDES": str(folder),
        "HARBINGER_ANALYSIS__RELOAD_INTERVAL_S": "0.2",
    }
    async with running(kafka, tmp_path, **settings) as worker:
        its = ReloadingWorker(worker, folder)
        first = its.version()
        await its.send_and_see()

        # a good set, while articles flow
        mount_config_map(folder, groups("NER"))
        while its.version() == first:
            await its.send(2)
            await asyncio.sleep(0.1)
        second = its.version()
        assert its.value('harbinger_knowledge_reloads_total{result="loaded"}') == 1
        await its.send_and_see(3)

        # a bad one: refused, the old one stays, also for a process that starts while the bad one lies there
        mount_config_map(folder, groups("QQQ"))
        await its.until(lambda: its.value("harbinger_knowledge_refused") == 1)
        assert its.value('harbinger_knowledge_reloads_total{result="refused"}') == 1
        assert its.version() == second
        (refusal,) = its.logged("knowledge_refused")
        assert (refusal["file"], refusal["place"]) == (str(folder / "groups.csv"), "2")
        assert refusal["reason"] == "country: QQQ is not in countries.csv"
        victim = its.analysis_process()
        victim.kill()
        await its.send_and_see(3)
        assert its.value('harbinger_pool_restarts_total{reason="died"}') == 1
        assert its.analysis_process().pid != victim.pid

        # what was in use lies there again: all is well without any change
        mount_config_map(folder, groups("NER"))
        await its.until(lambda: its.value("harbinger_knowledge_refused") == 0)
        assert its.version() == second

        # bad again, and mended by another set
        mount_config_map(folder, {"groups.csv": "id;name\n"})
        await its.until(lambda: its.value("harbinger_knowledge_refused") == 1)
        mount_config_map(folder, groups("BFA") | {"weapons.csv": "name,aliases,weapon_class,country,ambiguous\n"})
        await its.until(lambda: its.version() not in {first, second})
        assert its.value("harbinger_knowledge_refused") == 0
        third = its.version()
        await its.send_and_see(3)
        found = await worker.read("enriched", its.sent)
        assert await worker.end() == 0

    documents = [json.loads(record.value) for record in found]
    assert [document["article"]["id"] for document in documents] == [str(number) for number in range(its.sent)]
    versions = [document["provenance"]["knowledge"] for document in documents]
    assert [version for version, _ in groupby(versions)] == [first, second, third]
    assert versions[-6:] == [second] * 3 + [third] * 3
    countries = {
        document["provenance"]["knowledge"]: actor["country"]
        for document in documents
        for actor in document["actors"]
        if actor["name"] == "New Dawn Brigade"
    }
    assert countries == {first: "MLI", second: "NER", third: "BFA"}


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        (groups("QQQ"), "the analysis cannot start: {folder}/groups.csv, 2: country: QQQ is not in countries.csv"),
        ({"groups.txt": ""}, "{folder}/groups.txt: is no override: only .csv files belong here"),
        (None, "{folder}: cannot be read: No such file or directory"),
    ],
)
async def test_a_worker_does_not_start_with_a_set_that_nobody_asked_for(
    kafka: str, tmp_path: Path, files: dict[str, str] | None, complaint: str
) -> None:
    folder = tmp_path / "overrides"
    if files is not None:
        mount_config_map(folder, files)
    worker = RunningWorker(kafka, tmp_path, HARBINGER_ANALYSIS__KNOWLEDGE_OVERRIDES=str(folder))
    worker.start()
    assert worker.process is not None
    assert await asyncio.to_thread(worker.process.wait, 100) in (1, 2)
    assert worker.log.read_text().splitlines()[-1] == f"harbinger: {complaint.format(folder=folder)}"


def test_what_lies_there_is_what_was_mounted(tmp_path: Path) -> None:
    mount_config_map(tmp_path / "map", groups("MLI"))
    mount_config_map(tmp_path / "map", {"people.csv": "x"})
    assert list(read_overrides(tmp_path / "map", None).knowledge) == ["people.csv"]
