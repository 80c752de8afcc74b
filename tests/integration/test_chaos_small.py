"""A small run of the chaos harness: enough to hit a batch, a rebalance and a transaction with each kind of mishap."""

from pathlib import Path

import pytest

from service.broker import RequirementMissingError
from tests.chaos.run import Parameters, run
from tests.support.requirements import lacks

SMALL = Parameters(
    articles=900,
    workers=2,
    partitions=4,
    session_timeout_s=4.0,
    ahead=250,
    mishaps={"kill": 3, "stop": 1, "broker": 1, "rebalance": 1, "term": 1, "child": 1},
)


@pytest.mark.timeout(240)
async def test_every_article_comes_out_exactly_once(tmp_path: Path) -> None:
    try:
        report = await run(SMALL, seed=4, folder=tmp_path, say=print)
    except RequirementMissingError as error:
        lacks(str(error))
    assert report.violations == []
    assert report.enriched + report.dead_letters == SMALL.articles
    assert report.dead_letters > 0
    assert report.mishaps == SMALL.mishaps
