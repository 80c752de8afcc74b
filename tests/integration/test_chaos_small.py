"""A small chaos run: what ``make chaos`` does for many minutes, in one."""

from pathlib import Path

import pytest

from tests.chaos.plan import SMALL
from tests.chaos.run import run


@pytest.mark.timeout(240)
async def test_every_article_comes_out_exactly_once(tmp_path: Path) -> None:
    verdict = await run(SMALL, tmp_path, print)
    assert verdict.violations() == {}
    assert verdict.inputs == SMALL.articles
    assert verdict.enriched + verdict.dead_lettered == SMALL.articles
    assert verdict.dead_lettered > 0
