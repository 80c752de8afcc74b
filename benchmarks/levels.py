"""Where the thresholds of the levels lie among labelled texts and real news: what docs/scoring.md shows.

    HARBINGER_DATA=/path/to/data python -m benchmarks.levels [--news 160]

Three tables: the annotated real articles and the held-out fifth of our own texts by score, with the share that the gold calls escalatory, and how the
scores of a sample of unlabelled news are spread over the levels. The folder is that of `benchmarks.accuracy_events`.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import quantiles
from typing import Any, Final, get_args

from rich.console import Console
from rich.table import Table

from benchmarks.accuracy_events import WHEN_UNDATED, read, rows, share
from service.analysis.pipeline import Analysis
from service.analysis.reading import Reading
from service.knowledge.lexicon import DE_ESCALATORY, ESCALATORY
from service.knowledge.weights import Weights
from service.messages.article import Article
from service.messages.enriched import Level
from service.paths import config_dir
from training.events import is_held_out

EDGES: Final = (-101.0, -20.0, -8.0, -2.0, 2.0, 6.0, 10.0, 15.0, 25.0, 42.0, 57.0, 101.0)
"""Lowest scores of the bins, the thresholds among them."""
VIOLENCE: Final = frozenset({"war_begin", "war_escalation", "terror_act"})
PERCENTILES: Final = (5, 25, 50, 75, 90, 95, 99)


def score_of(analysis: Analysis, article: Article) -> float:
    """The escalation score of an article, -100 to 100."""
    found: list[float] = []

    def keep(reading: Reading) -> None:
        found.append(reading.escalation.score if reading.escalation else 0.0)

    read(analysis, article, keep)
    return found[0]


def annotated(folder: Path) -> Iterator[tuple[Article, dict[str, Any]]]:
    """The annotated beginnings of real articles."""
    texts = {row["id"]: row for path in sorted((folder / "news").glob("*.gz")) for row in rows(path)}
    for gold in rows(folder / "gold-dev" / "real-articles.jsonl"):
        body = texts[gold["id"]]["body"][: gold["end"]]
        yield Article(id=gold["id"], title=gold["title"] or "", body=body, published_at=gold["published_at"]), gold


def own(folder: Path) -> Iterator[tuple[Article, dict[str, Any]]]:
    """The held-out fifth of our own texts."""
    for path in sorted((folder / "events-own").glob("*.jsonl")):
        for row in filter(lambda row: is_held_out(row["id"]), rows(path)):
            published = row["date"] or WHEN_UNDATED
            yield Article(id=row["id"], title="", body=row["text"], published_at=published), row


def bin_of(score: float) -> int:
    """The index of the bin that holds the score."""
    return max(index for index, edge in enumerate(EDGES) if score >= edge)


def spread(analysis: Analysis, articles: Iterable[tuple[Article, dict[str, Any]]], title: str) -> Table:
    """What the gold says of the texts of each bin of scores. A text is escalatory or not by its direction, else by its signals."""
    bins: dict[int, Counter[str]] = {}
    for article, gold in articles:
        count = bins.setdefault(bin_of(score_of(analysis, article)), Counter())
        count["texts"] += 1
        count[direction(gold)] += 1
        count["violence"] += not VIOLENCE.isdisjoint(gold["signals"])
    table = Table(title=title)
    for column in ("score from", "texts", "escalatory", "mixed", "de-escalatory", "neither", "with violence"):
        table.add_column(column, justify="right")
    for index in sorted(bins):
        count = bins[index]
        kinds = [str(count[kind]) for kind in ("escalatory", "mixed", "de-escalatory", "none")]
        table.add_row(f"{max(EDGES[index], -100):g}", str(count["texts"]), *kinds, str(count["violence"]))
    return table


def direction(gold: dict[str, Any]) -> str:
    """``escalatory``, ``de-escalatory``, ``mixed`` or ``none``, as the annotator says, or by the gold signals."""
    if "direction" in gold:
        return str(gold["direction"])
    up, down = not ESCALATORY.isdisjoint(gold["signals"]), not DE_ESCALATORY.isdisjoint(gold["signals"])
    return "mixed" if up and down else "escalatory" if up else "de-escalatory" if down else "none"


def news(folder: Path, count: int) -> Iterator[Article]:
    """About so many whole articles of the unlabelled news, evenly from all files."""
    every = [row for path in sorted((folder / "news").glob("*.gz")) for row in rows(path)]
    for row in every[:: max(1, len(every) // count)]:
        yield Article(id=row["id"], title=row["title"] or "", body=row["body"], published_at=row["published_at"])


def levels(scores: list[float], weights: Weights) -> Table:
    """How many scores each level has, and percentiles of them."""
    table = Table(title="News, unlabelled")
    table.add_column("level or percentile")
    table.add_column("figure", justify="right")
    found = Counter(weights.levels.of(score) for score in scores)
    for level in get_args(Level):
        table.add_row(level, share(found[level], len(scores)))
    cuts = quantiles(scores, n=100, method="inclusive")
    for percentile in PERCENTILES:
        table.add_row(f"{percentile}th", f"{cuts[percentile - 1]:.1f}")
    return table


def main() -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(description="Levels among labelled texts and news")
    parser.add_argument("--news", type=int, default=160, help="unlabelled articles to read; 0: none")
    options = parser.parse_args()
    data = os.environ.get("HARBINGER_DATA")
    if not data:
        sys.exit("HARBINGER_DATA must name the folder of labelled texts")
    folder, analysis, console = Path(data), Analysis.load(config_dir()), Console()
    console.print(spread(analysis, annotated(folder), "Real articles, annotated"))
    console.print(spread(analysis, own(folder), "Our own texts, held-out fifth"))
    if options.news:
        weights = Weights.load(config_dir() / "scoring.yaml")
        console.print(levels([score_of(analysis, article) for article in news(folder, options.news)], weights))


if __name__ == "__main__":
    main()
