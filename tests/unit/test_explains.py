"""Every enriched article explains itself, and the check that says so sees what is wrong."""

from collections.abc import Callable
from functools import cache
from itertools import islice
from typing import Any

import pytest

from benchmarks.explains import unexplained
from service.analysis.pipeline import Analysis
from service.knowledge.weights import Levels, Weights
from service.messages.article import Article
from service.messages.codec import read_article
from service.messages.enriched import EnrichedArticle
from service.messages.errors import ArticleError
from service.paths import config_dir, samples_dir

HISTORY_STEP = 24
"""Of the dispatches in samples/history, one in so many: all take a minute."""


@cache
def analysis() -> Analysis:
    return Analysis.load(config_dir())


@cache
def levels() -> Levels:
    return Weights.load(config_dir() / "scoring.yaml").levels


def enrich(article: Article) -> EnrichedArticle:
    return analysis().analyse(article, enriched_at="2024-11-19T00:00:00Z")


def faults(enriched: EnrichedArticle) -> list[str]:
    return list(unexplained(enriched, analysis().lexicon, levels()))


def readable(line: bytes) -> Article | None:
    """The article, or None: some samples are broken on purpose."""
    try:
        return read_article(line)
    except ArticleError:
        return None


def samples() -> list[Article]:
    lines = (samples_dir() / "articles.jsonl").read_bytes().splitlines()
    for path in sorted((samples_dir() / "history").glob("*.jsonl")):
        lines += islice(path.read_bytes().splitlines(), 0, None, HISTORY_STEP)
    return [article for line in lines if (article := readable(line)) is not None]


def test_every_sample_explains_itself() -> None:
    articles = samples()
    assert len(articles) > 80
    enriched = [enrich(article) for article in articles]
    assert sum(len(one.signals) for one in enriched) > 50
    assert {one.article.id: found for one in enriched if (found := faults(one))} == {}


Tamper = Callable[[dict[str, Any]], None]


def _moved(message: dict[str, Any]) -> None:
    message["events"][0]["trigger"]["start"] += 1


def _elsewhere(message: dict[str, Any]) -> None:
    message["events"][0]["evidence"] = message["events"][-1]["evidence"]


def _date(message: dict[str, Any]) -> None:
    message["events"][0]["date"] = {"value": "2024-11-20", "precision": "day", "text": "tomorrow"}


def _place(message: dict[str, Any]) -> None:
    message["events"][0]["place"] = {"name": "Minsk", "country": "BLR", "latitude": None, "longitude": None}


def _stranger(message: dict[str, Any]) -> None:
    message["events"][0]["targets"] = ["cty:ZZZ"]


def _nobody(message: dict[str, Any]) -> None:
    message["events"][0].update(sources=[], targets=[])


def _undone(message: dict[str, Any]) -> None:
    message["events"][0]["plover"] = "AGREE"


def _rule(message: dict[str, Any]) -> None:
    message["signals"][0]["rule"] = "made.up"


def _words(message: dict[str, Any]) -> None:
    message["signals"][0]["evidence"] = message["events"][-1]["evidence"]


def _past(message: dict[str, Any]) -> None:
    message["events"][0]["modality"] = "historical"


def _sum(message: dict[str, Any]) -> None:
    message["escalation"]["drivers"][0]["contribution"] += 0.25


def _twice(message: dict[str, Any]) -> None:
    drivers = message["escalation"]["drivers"]
    drivers += [{"ref": drivers[0]["ref"], "contribution": 0.25}, {"ref": drivers[0]["ref"], "contribution": -0.25}]


def _level(message: dict[str, Any]) -> None:
    message["escalation"]["level"] = "severe"


def _against(message: dict[str, Any]) -> None:
    message["signals"][0]["category"] = "ceasefire"


def _boilerplate(message: dict[str, Any]) -> None:
    trigger = message["events"][0]["trigger"]
    message["boilerplate"] = [{key: trigger[key] for key in ("field", "start", "end")} | {"reason": "caption"}]


@pytest.mark.parametrize(
    "tamper",
    [
        _moved, _elsewhere, _date, _place, _stranger, _nobody, _undone, _rule, _words, _past, _sum, _twice, _level, _against, _boilerplate,
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_seen(tamper: Tamper) -> None:
    body = "Russia attacked Ukraine with missiles on Tuesday.\n\nFrance sent tanks to Poland."
    enriched = enrich(Article(id="a", title="", body=body, published_at="2024-11-19"))
    assert len(enriched.events) > 1
    assert enriched.signals
    assert faults(enriched) == []
    message = enriched.model_dump(by_alias=True)
    tamper(message)
    assert faults(EnrichedArticle.model_validate(message))
