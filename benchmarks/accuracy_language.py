"""How right the language gate is: English that is refused, and other languages that are not.

python -m benchmarks.accuracy_language --data DIR
"""

import gzip
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.accuracy_events import rows
from service.analysis.language_gate import LanguageGate
from service.messages.article import Article
from tests.unit.foreign_texts import FOREIGN

_MARK = re.compile(r"\[[A-Z]+ ([^]]*)\]")


def article(title: str, body: str) -> Article:
    """An article that does not say which language it is in."""
    return Article(id="a", title=title, body=body, published_at="2024-11-19")


def english(data: Path) -> Iterator[tuple[str, list[Article]]]:
    """What is in English, by kind."""
    files = sorted((data / "news").glob("*.jsonl.gz"))
    news = [json.loads(line) for file in files for line in gzip.decompress(file.read_bytes()).splitlines()]
    yield "real articles", [article(row.get("title") or "", row["body"]) for row in news]
    yield "their headlines alone", [article(row["title"], "") for row in news if row.get("title")]
    yield "their lines, each alone", [article("", line) for row in news for line in row["body"].splitlines() if line]
    passages = [line.split("\t")[1] for file in sorted((data / "ner-own").glob("*.tsv")) for line in file.open()]
    yield "passages of our own, names", [article("", _MARK.sub(r"\1", text)) for text in passages]
    texts = [row["text"] for file in sorted((data / "events-own").glob("*.jsonl")) for row in rows(file)]
    yield "texts of our own, events", [article("", text) for text in texts]


def main(data: Annotated[Path, typer.Option(envvar="HARBINGER_DATA", help="Folder of evaluation data.")]) -> None:
    """Count what the gate does not let through."""
    gate = LanguageGate()
    table = Table("kind", "texts", "not read", "µs each", title="Language gate")
    for kind, articles in english(data):
        started = time.perf_counter()
        refused = sum(gate.other_language(each) is not None for each in articles)
        each_us = (time.perf_counter() - started) / len(articles) * 1e6
        table.add_row(f"English: {kind}", f"{len(articles)}", f"{refused}", f"{each_us:.0f}")
    other = [article(*texts) for texts in FOREIGN.values()]
    table.add_row(
        f"{len(other)} other languages", f"{len(other)}", f"{sum(map(bool, map(gate.other_language, other)))}", ""
    )
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
