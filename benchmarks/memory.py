"""How much memory the analysis takes, whether that grows with the words it has seen, and how its time grows with an article's length.

    python -m benchmarks.memory [--articles 200] [--longest 1000000] [--words 1000000]

* The largest resident set of ``harbinger enrich``, which analyses in one process. What the chart gives a worker (``worker.memory`` in
  helm/harbinger/values.yaml) stands on these figures.
* The resident set of one process after so many words that it has never seen: spaCy keeps every word for ever outside of a memory zone.
* The time of one process for articles of a sixteenth of the longest up to all of it: each is twice the one before, and so should its time be.

The longest article takes minutes, the million words more.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.throughput import articles
from service.analysis.pipeline import Analysis
from service.messages.codec import read_article
from service.paths import config_dir

LONGEST = 1_000_000
"""Code points: the most that a body may have."""


def peak_mib(lines: Iterable[bytes]) -> float:
    """The largest resident set, in MiB, of a process that reads and enriches these articles."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "articles.jsonl"
        file.write_bytes(b"\n".join(lines))
        command = [sys.executable, "-m", "service", "enrich", str(file)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"harbinger enrich ended with {process.returncode}")
    return usage.ru_maxrss / 1024


def long_article(length: int) -> bytes:
    """One article whose body has so many characters, of ordinary sentences."""
    body = ""
    for line in articles(length, seed=2):
        body += json.loads(line)["body"] + "\n"
        if len(body) >= length:
            break
    return json.dumps(
        {"id": "long", "title": "Long", "body": body[:length], "published_at": "2024-11-19T08:00:00Z"}
    ).encode()


WORDS_AN_ARTICLE: Final = 2_000
"""Words that nobody has seen, in an article of the stream that is made of them."""


def resident_mib() -> float:
    """The resident set of this process, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def unseen_words(first: int, count: int) -> bytes:
    """An article with so many words that no other has: sentences round pseudo-words that are made from their number."""
    names = (_pseudo_word(number) for number in range(first, first + count))
    body = "\n".join(f"Troops from {name} attacked rebels near the river on Monday." for name in names)
    return json.dumps({"id": f"{first}", "title": "", "body": body, "published_at": "2024-11-19"}).encode()


def _pseudo_word(number: int) -> str:
    letters = ""
    while number or not letters:
        number, rest = divmod(number, 70)
        letters += "bdfgklmnprstvz"[rest // 5] + "aeiou"[rest % 5]
    return letters.capitalize()


def seconds(analysis: Analysis, value: bytes) -> float:
    """Processor time of one article."""
    article = read_article(value)
    started = time.process_time()
    analysis.analyse(article, enriched_at="2024-11-19T00:00:00Z")
    return time.process_time() - started


def growth_with_words(analysis: Analysis, words: int) -> Table:
    """The resident set after the first tenth of the words, when all caches are full, and on to the last."""
    table = Table("words never seen before", "resident set, MiB")
    for first in range(0, words, WORDS_AN_ARTICLE):
        if first in {words // 10, words // 2}:
            table.add_row(f"{first:,}", f"{resident_mib():.0f}")
        seconds(analysis, unseen_words(first, WORDS_AN_ARTICLE))
    table.add_row(f"{words:,}", f"{resident_mib():.0f}")
    return table


def growth_with_length(analysis: Analysis, longest: int) -> Table:
    """Processor time by length; the last column is 2 where time is linear."""
    table = Table("characters", "seconds", "times the one before")
    before = 0.0
    for length in (longest // 16, longest // 8, longest // 4, longest // 2, longest):
        taken = seconds(analysis, long_article(length))
        table.add_row(f"{length:,}", f"{taken:.1f}", f"{taken / before:.2f}" if before else "")
        before = taken
    return table


def main(
    count: Annotated[int, typer.Option("--articles", min=1, help="Articles of 300 to 600 words.")] = 200,
    longest: Annotated[int, typer.Option(min=16, max=LONGEST, help="Characters of the long article.")] = LONGEST,
    words: Annotated[int, typer.Option(min=20_000, help="Words never seen before; a multiple of 20,000.")] = 1_000_000,
) -> None:
    """Measure memory and time of one analysis process."""
    table = Table("articles", "largest resident set, MiB")
    table.add_row(f"{count} of 300 to 600 words", f"{peak_mib(articles(count, seed=1)):.0f}")
    table.add_row(f"1 of {longest:,} characters", f"{peak_mib([long_article(longest)]):.0f}")
    Console().print(table)
    analysis = Analysis.load(config_dir())
    Console().print(growth_with_length(analysis, longest))
    Console().print(growth_with_words(analysis, words))


if __name__ == "__main__":
    typer.run(main)
