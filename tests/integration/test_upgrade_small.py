"""A small rolling upgrade: two pods of one version make way for two of another under load, and one of them is killed meanwhile.

And the end of a pod: it comes in time, whatever is under analysis.
"""

import time
from pathlib import Path

import pytest

from service.broker import RequirementMissingError
from tests.chaos.upgrade import Parameters, run
from tests.chaos.waiting import until
from tests.support.requirements import lacks
from tests.support.workers import encoded, running

SMALL = Parameters(between=50, ahead=100, session_timeout_s=6.0, rollback=False)


@pytest.mark.timeout(300)
async def test_two_versions_overlap_and_every_article_comes_out_exactly_once(tmp_path: Path) -> None:
    try:
        report = await run(SMALL, tmp_path, say=print)
    except RequirementMissingError as error:
        lacks(str(error))
    assert report.violations == []
    assert len(report.written) == 2, "both versions wrote"
    assert len(report.drain_s) == 3, "one old pod, and both new ones in the end; the other old one was killed"


LONG = "Russia warned Ukraine on Tuesday that it would answer any attack on its ships. " * 800
"""64,000 code points, which are read for seconds: longer than the drain."""

DRAIN_S, LEAVE_S, STOP_S = 0.5, 6.0, 10.0
"""`worker.drain_timeout_s`, `kafka.session_timeout_ms` of these workers, and what producers get to end: docs/upgrades.md."""


@pytest.mark.timeout(180)
async def test_a_pod_ends_in_time_when_an_article_does_not_and_the_next_one_reads_it_again(
    kafka: str, tmp_path: Path
) -> None:
    settings = {"HARBINGER_WORKER__DRAIN_TIMEOUT_S": f"{DRAIN_S:g}"}
    async with running(kafka, tmp_path, **settings) as worker:
        await worker.produce((b"a", encoded(id="short"), []))
        await worker.read("enriched", 1)
        await worker.produce((b"a", encoded(id="long", body=LONG), []), (b"a", encoded(id="last"), []))
        assert await until(lambda: "harbinger_in_flight_articles 2.0" in worker.get("/metrics"), within_s=30)
        began = time.monotonic()
        assert await worker.end() == 0
        took = time.monotonic() - began
        print(f"drained in {took:.1f} s")
        assert DRAIN_S <= took < DRAIN_S + LEAVE_S + STOP_S
        worker.start()
        found = await worker.read("enriched", 3, within_s=100)
    assert [record.key for record in found] == [b"a", b"a", b"a"]
    assert [dict(record.headers)["ce_id"] for record in found] == [b"short", b"long", b"last"]
