"""How fast and how small the monitor's reducer is, in one process and without Kafka.

    python -m benchmarks.reducer [--data DIR] [--articles 10000] [--pairs 200] [--days 90]

Reading enriched articles; reading a stream of them, keeping the reports and judging every 200 articles; and the memory of the state
after months of reports. The articles are real ones (``DIR``), enriched first, or else the samples. The stream has their texts and deeds,
dealt out among the pairs: as news comes, half of which speaks of no two countries, and of the other half alone. Rates are articles a second of processor time of this process, so
that what else the machine does matters less.
"""

import gzip
import json
import os
import random
import time
import tracemalloc
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is imported: one process, one thread
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from service.analysis.pipeline import Analysis
from service.knowledge.weights import Weights
from service.monitor.reading import Read, Reader
from service.monitor.report import Report, report_key
from service.monitor.report import encode as encode_report
from service.monitor.rules import Pair, Rules, load_rules
from service.monitor.times import DAY_MS, rfc3339, start_of
from service.monitor.watch import PairWatch
from service.paths import config_dir, samples_dir
from service.worker.process import Enriched, Task, enrich

REAL: Final = 100
"""Articles that are enriched and read."""
ARTICLES_A_DAY: Final = 10
"""Of each pair."""
JUDGE_EVERY: Final = 200
"""Articles between two judgements, as a monitor that takes what has come makes."""
FIRST_DAY: Final = 20_000
DESKS: Final = 25
"""Sources of the stream."""


def raw_articles(data: Path | None) -> Iterator[bytes]:
    """Articles to enrich: as many of each file of real news, else the samples."""
    if data is None:
        for path in [samples_dir() / "articles.jsonl", *sorted((samples_dir() / "history").glob("*.jsonl"))]:
            yield from path.read_bytes().splitlines()[: REAL // 2]
        return
    files = sorted((data / "news").glob("*.jsonl.gz"))
    for path in files:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for _, line in zip(range(REAL // len(files)), lines, strict=False):
                row = json.loads(line)
                wanted = ("id", "title", "body", "published_at", "source")
                yield json.dumps({name: row.get(name) or "" for name in wanted}).encode()


def enriched_articles(data: Path | None) -> list[bytes]:
    """Enriched articles; what cannot be enriched is left out."""
    analysis = Analysis.load(config_dir())
    tasks = [Task("articles", 0, offset, value) for offset, value in enumerate(raw_articles(data))]
    outcomes = [enrich(analysis, task) for task in tasks[:REAL]]
    return [outcome.value for outcome in outcomes if isinstance(outcome, Enriched)]


class Stream:
    """Enriched articles of many pairs, ``ARTICLES_A_DAY`` for each, in order of time; always the same ones."""

    def __init__(self, articles: list[bytes], pairs: int) -> None:
        codes = [f"{a}{b}{c}" for a in "ABC" for b in "ABCDEFGH" for c in "ABC"]
        self.pairs: list[Pair] = list(combinations(codes, 2))[:pairs]
        self._patterns: list[dict[str, Any]] = [msgspec.json.decode(value) for value in articles]
        self._chance = random.Random(1962)

    def day(self, number: int) -> Iterator[bytes]:
        """The articles of a day."""
        count = len(self.pairs) * ARTICLES_A_DAY
        for place in range(count):
            moment = start_of(FIRST_DAY + number) + place * DAY_MS // count
            yield self._article(f"{number}/{place}", moment, self._chance.choice(self.pairs))

    def _article(self, identity: str, moment: int, pair: Pair) -> bytes:
        """One of the patterns, told by some desk, with its countries exchanged for the pair."""
        pattern = self._chance.choice(self._patterns)
        acting = {name for event in pattern["events"] for name in event["sources"]}
        actors = [actor | {"country": pair[0] if actor["id"] in acting else pair[1]} for actor in pattern["actors"]]
        article = pattern["article"] | {
            "id": identity,
            "published_at": rfc3339(moment),
            "source": f"desk {self._chance.randrange(DESKS)}",
        }
        events = [event | {"date": None} for event in pattern["events"]]
        return msgspec.json.encode(pattern | {"article": article, "actors": actors, "events": events})


class Reducer:
    """The reports of all pairs, and their judgement."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.watches: dict[Pair, PairWatch] = {}
        self._changed: set[Pair] = set()

    def take(self, read: Read) -> None:
        """Keep an article's reports."""
        for pair, report in read.reports.items():
            watch = self.watches.get(pair)
            if watch is None:
                watch = self.watches[pair] = PairWatch(pair, self.rules)
            watch.add(report_key(report.article_id), encode_report(report), report.published)
            self._changed.add(pair)

    def judge(self, horizon: int) -> None:
        """Judge the pairs that have new reports."""
        for pair in self._changed:
            self.watches[pair].judge(horizon)
        self._changed.clear()

    def settle(self, horizon: int) -> None:
        """Judge all pairs and sum up what is old, as the monitor does with each new day."""
        for watch in self.watches.values():
            watch.judge(horizon)
            summed = watch.checkpoint()
            if summed is not None:
                watch.restore(summed[0])


def reading(reader: Reader, articles: list[bytes]) -> float:
    """Articles read a second."""
    rounds = max(1, 2000 // len(articles))
    started = time.process_time()
    for _ in range(rounds):
        for value in articles:
            reader.read(value)
    return rounds * len(articles) / (time.process_time() - started)


def streaming(reader: Reader, stream: Stream, reducer: Reducer, count: int) -> float:
    """Articles a second that are read, kept and judged."""
    spent, done, day = 0.0, 0, 0
    while done < count:
        values = list(stream.day(day))
        for first in range(0, len(values), JUDGE_EVERY):
            batch = values[first : first + JUDGE_EVERY]
            started = time.process_time()
            horizon = 0
            for value in batch:
                read = reader.read(value)
                reducer.take(read)
                horizon = max(horizon, read.published)
            reducer.judge(horizon)
            spent += time.process_time() - started
            done += len(batch)
        day += 1
    return done / spent


def memory(reader: Reader, stream: Stream, reducer: Reducer, days: int) -> tuple[float, int]:
    """Megabytes of the state after so many days, and the reports that it still holds one by one."""
    reads = [reader.read(value) for value in stream.day(0)]
    tracemalloc.start()
    for number in range(days):
        for read in reads:
            reducer.take(_moved(read, number))
        reducer.settle(start_of(FIRST_DAY + number + 1))
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / 1e6, sum(len(watch.reports) for watch in reducer.watches.values())


def _moved(read: Read, days: int) -> Read:
    """The same article, so many days later."""
    identity, published = f"{days} {read.article_id}", read.published + days * DAY_MS
    reports = {
        pair: Report(
            identity,
            report.source,
            published,
            report.signature,
            [msgspec.structs.replace(deed, day=deed.day + days) for deed in report.deeds],
        )
        for pair, report in read.reports.items()
    }
    return Read(identity, published, reports)


def main(
    data: Annotated[
        Path | None, typer.Option(envvar="HARBINGER_DATA", help="Folder with real news; absent: the samples")
    ] = None,
    articles: Annotated[int, typer.Option(min=1, help="Articles of the stream")] = 10_000,
    pairs: Annotated[int, typer.Option(min=1, max=2000)] = 200,
    days: Annotated[int, typer.Option(min=1, help="Days of the state whose memory is measured")] = 90,
) -> None:
    """Measure and print."""
    config = config_dir()
    rules = load_rules(config / "alerts.yaml", config / "knowledge")
    reader = Reader(Weights.load(config / "scoring.yaml"))
    real = enriched_articles(data)
    told = [value for value in real if reader.read(value).reports]
    table = Table(
        "measure", "figure", title=f"Reducer, {len(real)} articles of {sum(map(len, real)) // len(real):,} bytes"
    )
    table.add_row("reading", f"{reading(reader, real):,.0f} articles/s")
    for name, articles_of in (("", real), (f", only the {len(told)} that speak of two countries", told)):
        rate = streaming(reader, Stream(articles_of, pairs), Reducer(rules), articles)
        table.add_row(f"reading, keeping, judging every {JUDGE_EVERY}{name}", f"{rate:,.0f} articles/s")
    size, reports = memory(reader, Stream(told, pairs), Reducer(rules), days)
    table.add_row(f"state of {pairs} pairs after {days} days", f"{size:,.0f} MB, {reports:,} reports")
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
