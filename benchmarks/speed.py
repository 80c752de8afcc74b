"""How fast the whole analysis is beside a bare `tok2vec`, what each stage costs, and what memory it takes: one thread, one run.

    python -m benchmarks.speed [--data DIR] [--articles 100] [--rounds 3]

The yardstick is spaCy's small default `tok2vec` (hash embeddings and a CNN of width 96 and depth 4, untrained: its speed does not
depend on its weights). Machines differ and are noisy, the ratio of two measurements taken in turn in one process hardly does.
With a folder of articles (`news/*.jsonl.gz` in HARBINGER_DATA), those; else sentences of the samples in articles of usual length.
"""

import gzip
import json
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is imported
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import psutil
import spacy
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from spacy.language import Language

from benchmarks.throughput import articles as made_articles
from service.analysis.pipeline import Analysis, Stage
from service.analysis.text import split_article
from service.messages.article import Article
from service.paths import config_dir

TOK2VEC: Final = {
    "model": {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": {
            "@architectures": "spacy.MultiHashEmbed.v2",
            "width": 96,
            "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE"],
            "rows": [5000, 1000, 2500, 2500],
            "include_static_vectors": False,
        },
        "encode": {
            "@architectures": "spacy.MaxoutWindowEncoder.v2",
            "width": 96,
            "depth": 4,
            "window_size": 1,
            "maxout_pieces": 3,
        },
    }
}
"""What `spacy init config` writes for English, optimised for efficiency."""

EVERY: Final = 7
"""Every seventh article of the folder, so that a run over some hundred sees all of its files."""


def read_articles(data: Path | None, count: int) -> list[Article]:
    """So many articles that are valid."""
    if data is None:
        return [Article.model_validate_json(line) for line in made_articles(count, seed=3)]
    rows: list[dict[str, Any]] = []
    for path in sorted((data / "news").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows.extend(map(json.loads, lines))
    found: list[Article] = []
    for row in rows[::EVERY]:
        fields = {key: row[key] for key in ("title", "body", "published_at") if row.get(key)}
        try:
            found.append(Article.model_validate({"id": "x", "title": "", **fields}))
        except ValidationError:
            continue
    return found[:count]


class Stopwatch:
    """Processor time by name."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """``call``, its time added to ``name``."""

        def run(*args: Any) -> Any:
            started = time.process_time()
            try:
                return call(*args)
            finally:
                self.seconds[name] += time.process_time() - started

        return run


def stage_name(stage: Stage) -> str:
    """What the stage is called in the code."""
    return stage.func.__name__ if isinstance(stage, partial) else type(stage).__name__


def bare(nlp: Language, texts: list[str]) -> float:
    """Seconds of processor time for ``texts``."""
    started = time.process_time()
    with nlp.memory_zone():
        for _ in nlp.pipe(texts, batch_size=32):
            pass
    return time.process_time() - started


def main(
    data: Annotated[Path | None, typer.Option(envvar="HARBINGER_DATA", help="Folder with news/*.jsonl.gz.")] = None,
    count: Annotated[int, typer.Option("--articles", min=1, help="Articles a round.")] = 100,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; medians are shown.")] = 3,
) -> None:
    """Measure the analysis and the yardstick in turn."""
    started = time.perf_counter()
    analysis = Analysis.load(config_dir())
    loaded = time.perf_counter() - started
    yardstick = spacy.blank("en")
    yardstick.add_pipe("tok2vec", config=TOK2VEC)
    yardstick.initialize()
    read = read_articles(data, count)
    stretches = [
        [article.field(s.field)[s.start : s.end] for s in split_article(article, analysis.boilerplate)[0]]
        for article in read
    ]
    texts = [text for article in stretches for text in article]
    tokens = sum(len(yardstick.make_doc(text)) for text in texts)
    watch = Stopwatch()
    stages = tuple(watch.timed(stage_name(stage), stage) for stage in analysis.stages)
    timed = replace(analysis, stages=stages)
    split = watch.timed("split_article", split_article)
    whole, ours = [], []
    for article in read[:5]:
        analysis.analyse(article, enriched_at="2024-01-01T00:00:00Z")
    bare(yardstick, texts[:50])
    for _ in range(rounds):
        whole.append(bare(yardstick, texts))
        began = time.process_time()
        for article in read:
            timed.analyse(article, enriched_at="2024-01-01T00:00:00Z")
        ours.append(time.process_time() - began)
        for article in read:
            split(article, analysis.boilerplate)
    yard, rate = tokens / statistics.median(whole), tokens / statistics.median(ours)
    table = Table(
        "one thread, processor time", "figure", title=f"{len(read)} articles, {tokens:,} tokens, {rounds} rounds"
    )
    table.add_row("bare tok2vec, tokens/s", f"{yard:,.0f}")
    table.add_row("whole analysis, tokens/s", f"{rate:,.0f}")
    table.add_row("ratio", f"1 : {yard / rate:.2f}")
    table.add_row("loaded in", f"{loaded:.2f} s")
    table.add_row("resident memory", f"{psutil.Process().memory_info().rss / 2**20:.0f} MiB")
    total = sum(ours)
    rest = total - sum(watch.seconds.values())
    for name, seconds in [("tokens, model and output", rest), *watch.seconds.items()]:
        table.add_row(name, f"{100 * seconds / total:.1f} %")
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
