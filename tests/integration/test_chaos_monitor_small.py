"""A small run of the monitor's chaos harness: two kills, one of them while the broker is slow."""

from pathlib import Path

import pytest

from service.broker import RequirementMissingError
from tests.chaos.monitor.run import Parameters, run
from tests.support.requirements import lacks

SMALL = Parameters(
    articles=1_000,
    seconds=15,
    monitors=2,
    partitions=2,
    session_timeout_s=4.0,
    settle_s=4.0,
    slow_for_s=(12.0, 15.0),
    mishaps={"kill": 1, "slow": 1, "replay": 1},
)


@pytest.mark.timeout(240)
async def test_monitors_say_what_the_offline_reducer_says(tmp_path: Path) -> None:
    try:
        report = await run(SMALL, seed=3, folder=tmp_path, say=print)
    except RequirementMissingError as error:
        lacks(str(error))
    assert report.violations == []
    assert report.mishaps == SMALL.mishaps
    assert report.fired >= report.resolved > 0
