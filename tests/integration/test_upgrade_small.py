"""A small rolling upgrade: two pods of one version make way for two of another under load, and one of them is killed meanwhile."""

from pathlib import Path

import pytest

from service.broker import RequirementMissingError
from tests.chaos.upgrade import Parameters, run
from tests.support.requirements import lacks

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
