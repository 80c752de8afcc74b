"""How right the service is about what of a page is not the article: lines of our own, and the beginnings of real articles.

What it leaves out of real articles can be read, as a person must to count what was lost:

    HARBINGER_DATA=... python -m benchmarks.accuracy_boilerplate --flagged 500
"""

import argparse
import gzip
import json
import os
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from benchmarks.accuracy_events import rows, touch
from benchmarks.accuracy_names import Tally, percent, percentages
from service.analysis.boilerplate import BoilerplateRules
from service.analysis.reading import Reading
from service.analysis.text import split_article
from service.messages.article import Article
from service.paths import config_dir
from training.events import is_held_out

_COLUMNS: Final = ("boilerplate in the gold", "body in the gold", "precision", "recall", "F1", "body lost")


def kept_aside(record_id: str) -> bool:
    """True for the quarter that the rules' author counted on but did not read: ``bp-0004``, ``bp-0008``, ..."""
    return int(record_id.removeprefix("bp-")) % 4 == 0


SETS: Final[Mapping[str, Callable[[str], bool]]] = {
    "a quarter, kept aside": kept_aside,
    "a fifth, by hash": is_held_out,
}


def lines_table(rules: BoilerplateRules, path: Path) -> Table:
    """Labelled lines, a row a held-out set. ``path`` is the file of records."""
    table = Table("lines of our own", *_COLUMNS, title="Boilerplate, lines of our own, percent of lines")
    records = list(rows(path))
    for name, chosen in SETS.items():
        tally: Tally = Counter()
        for record in records:
            if chosen(record["id"]):
                count_lines(tally, rules, record)
        table.add_row(name, *_cells(tally))
    return table


def count_lines(tally: Tally, rules: BoilerplateRules, record: dict[str, Any]) -> None:
    """Split the record's lines as an article's body, and add the verdict on each."""
    texts = [line["text"] for line in record["lines"]]
    body = "\n".join(texts)
    _, found = split_article(Article(id=record["id"], title="", body=body, published_at="2024-01-01"), rules)
    start = 0
    for line in record["lines"]:
        end = start + len(line["text"])
        _count(tally, line["label"] == "boilerplate", any(touch((start, end), (b.start, b.end)) for b in found))
        start = end + 1


class BoilerplateMeasure:
    """A last stage of the analysis that changes nothing: it compares what was left out of each article with the gold.

    It counts code points that are not white space: the gold marks stretches, not lines, and a long notice matters more
    than a short link.
    """

    def __init__(self, gold: Mapping[str, dict[str, Any]]) -> None:
        """``gold``: the annotation of each article, by the article's id."""
        self.gold = gold
        self.tally: Tally = Counter()

    def __call__(self, reading: Reading) -> None:
        """Compare one article."""
        want = _places(self.gold[reading.article.id]["boilerplate"])
        got = _places((item.start, item.end) for item in reading.boilerplate if item.field == "body")
        for place, character in enumerate(reading.article.body):
            if not character.isspace():
                _count(self.tally, place in want, place in got)

    def table(self) -> Table:
        """One row."""
        table = Table("real articles", *_COLUMNS, title="Boilerplate, real articles, percent of characters")
        table.add_row("beginnings", *_cells(self.tally))
        return table


def flagged(rules: BoilerplateRules, folder: Path) -> Iterator[str]:
    """A line for each stretch that is left out of the articles in ``folder``: the reason, the stretch, and what stands around it."""
    for path in sorted(folder.glob("*.jsonl.gz")):
        for row in map(json.loads, gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()):
            body = row["body"]
            _, found = split_article(Article(id=row["id"], title="", body=body, published_at="2024-01-01"), rules)
            for item in found:
                before, after = body[max(0, item.start - 60) : item.start], body[item.end : item.end + 60]
                yield f"{row['id']} {item.reason}: {before!r} >>> {body[item.start : item.end]!r} <<< {after!r}"


def main() -> None:
    """Print a sample of what is left out, the same every time for the same seed."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--flagged", type=int, required=True, metavar="N", help="how many stretches")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another sample")
    options = parser.parse_args()
    wanted = options.flagged
    rules = BoilerplateRules.load(config_dir() / "lexicon" / "boilerplate.yaml")
    found = list(flagged(rules, Path(os.environ["HARBINGER_DATA"]) / "news"))
    print(f"{min(wanted, len(found))} of {len(found)} stretches")
    print("\n".join(random.Random(options.seed).sample(found, min(wanted, len(found)))))


def _places(spans: Iterable[Iterable[int]]) -> set[int]:
    return {place for start, end in spans for place in range(start, end)}


def _count(tally: Tally, want: bool, got: bool) -> None:
    tally["gold"] += want
    tally["found"] += got
    tally["correct"] += want and got
    tally["body"] += not want
    tally["lost"] += got and not want


def _cells(tally: Tally) -> tuple[str, ...]:
    return str(tally["gold"]), str(tally["body"]), *percentages(tally), percent(tally["lost"], tally["body"])


if __name__ == "__main__":
    main()
