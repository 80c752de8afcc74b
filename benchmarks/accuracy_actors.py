"""How right actors are: mentions in real articles against the gold, and countries named in the phrases of coded events.

    HARBINGER_DATA=/path/to/data python -m benchmarks.accuracy_actors [--misses]

prints the actors' part of the scoreboard, and with ``--misses`` each mention of the gold that was not linked, or wrongly, in
its sentence: what a rule is written from.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, Self

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.accuracy_events import Span, articles, read, rows, touch
from benchmarks.accuracy_names import percent
from service.analysis.pipeline import Analysis
from service.analysis.reading import Reading
from service.knowledge import Knowledge
from service.messages.article import Article
from service.messages.enriched import Actor
from service.paths import config_dir

CONTEXT: Final = 90
"""Characters to either side of a mention that a miss is shown with."""

PHRASE_SETS: Final = ("zsp_plv_train", "conflibert_cameo_train")
"""Files of sentences with the phrases that an annotator called source and target of an event."""

WHEN_UNDATED: Final = "2018-06-01"
"""The sentences have no dates; most are of the years before."""

SHARES: Final = {
    "linked to an actor": ("linked", "gold"),
    "right country": ("country", "gold"),
    "right country and sector": ("sector", "gold"),
    "right country, of the linked": ("country", "linked"),
    "right sector, of those of the right country": ("sector", "country"),
    "mentions found that the gold has as well": ("known", "found"),
}
"""What is printed: the name of a share, what is counted, and of what."""


class ActorMeasure:
    """A last stage of the analysis that changes nothing: it compares the actor mentions of each article with the gold.

    The gold has an actor's mentions, country and sector. A gold mention is linked when an actor mention of ours shares
    characters with it; that which fits it best is judged. "No country" is right where the gold has none (the United Nations).
    Mentions in what the annotator calls boilerplate are not looked for.
    """

    def __init__(self, gold: Mapping[str, dict[str, Any]]) -> None:
        """``gold``: the annotation of each article, by the article's id."""
        self.gold = gold
        self.count: Counter[str] = Counter()
        self.misses: list[str] = []

    def __call__(self, reading: Reading) -> None:
        """Compare one article."""
        gold = self.gold[reading.article.id]
        left_out = [(start, end) for start, end in gold["boilerplate"]]
        found = [(span, actor) for span, actor in mentions(reading) if not _in_any(span, left_out)]
        wanted = [
            ((start, end), row)
            for row in gold["actors"]
            for start, end in row["spans"]
            if not _in_any((start, end), left_out)
        ]
        for span, row in wanted:
            self._judge(row, actor := best(span, found))
            if actor is None or (actor.country, actor.sector) != (row["country"], row["sector"]):
                self.misses.append(_shown(reading.article, span, row, actor))
        self.count["found"] += len(found)
        self.count["known"] += sum(_in_any(span, [gold_span for gold_span, _ in wanted]) for span, _ in found)

    def _judge(self, row: dict[str, Any], actor: Actor | None) -> None:
        self.count["gold"] += 1
        if actor is not None:
            self.count["linked"] += 1
            self.count["country"] += actor.country == row["country"]
            self.count["sector"] += (actor.country, actor.sector) == (row["country"], row["sector"])

    def table(self) -> Table:
        """A row a share."""
        table = Table("actor mentions", "percent", "count", "of", title="Actors, real articles")
        for name, (part, whole) in SHARES.items():
            cells = percent(self.count[part], self.count[whole]), str(self.count[part]), str(self.count[whole])
            table.add_row(name, *cells)
        return table


def _shown(article: Article, span: Span, row: dict[str, Any], actor: Actor | None) -> str:
    start, end = span
    body = article.body
    got = f"{actor.id} {actor.country} {actor.sector}" if actor is not None else "nothing"
    before, after = body[max(0, start - CONTEXT) : start], body[end : end + CONTEXT]
    wanted = f"{row['country']} {row['sector']}"
    return f"{article.id[:24]} wanted {wanted}, got {got}\n    {before}[[{body[start:end]}]]{after}".replace(
        "\n\n", " "
    )


def mentions(reading: Reading) -> Iterator[tuple[Span, Actor]]:
    """Where the body has which actor, also in phrases that are no names ("Russian troops")."""
    actors = {actor.id: actor for actor in reading.actors}
    for mention in reading.actor_mentions:
        passage = reading.passages[mention.passage]
        if passage.field == "body":
            yield passage.offsets(passage.doc[mention.start : mention.end]), actors[mention.actor]


def best(span: Span, found: Iterable[tuple[Span, Actor]]) -> Actor | None:
    """The actor whose mention shares most with ``span``: the largest overlap over union; None when no mention touches it."""
    near = [(other, actor) for other, actor in found if touch(span, other)]
    return max(near, key=lambda item: _overlap(span, item[0]))[1] if near else None


def _overlap(a: Span, b: Span) -> float:
    return (min(a[1], b[1]) - max(a[0], b[0])) / (max(a[1], b[1]) - min(a[0], b[0]))


def _in_any(span: Span, others: Iterable[Span]) -> bool:
    return any(touch(span, other) for other in others)


@dataclass(frozen=True, slots=True)
class CountryWords:
    """Finds countries in a phrase by plain look-up of their names, adjectives and peoples, in this case and spelling only.

    It stands in for an annotator, so it must not guess: a phrase with the words of two countries, or of none, is not used.
    """

    pattern: re.Pattern[str]
    countries: Mapping[str, frozenset[str]] = field(repr=False)

    @classmethod
    def of(cls, knowledge: Knowledge) -> Self:
        """All countries of the knowledge set; the European Union stands there too, and is none."""
        countries: defaultdict[str, set[str]] = defaultdict(set)
        for country in knowledge.countries.values():
            if country.iso3 != "EUE":
                for word in (country.name, *country.aliases, *country.adjectives, *country.people):
                    countries[word].add(country.iso3)
        words = "|".join(map(re.escape, sorted(countries, key=len, reverse=True)))
        frozen = {word: frozenset(codes) for word, codes in countries.items()}
        return cls(re.compile(rf"(?<![\w-])(?:{words})(?!\w)"), frozen)

    def of_phrase(self, phrase: str) -> frozenset[str]:
        """The one country that the phrase names, with others of the same name ("Korea"), or nothing."""
        found = {self.countries[match.group()] for match in self.pattern.finditer(phrase)}
        return found.pop() if len(found) == 1 else frozenset()


def phrases_table(analysis: Analysis, words: CountryWords, folder: Path) -> Table:
    """How often the pipeline finds the country that a source or target phrase names; ``folder`` holds the sets."""
    table = Table("set", "percent", "count", "of", title="Actors, phrases that name a country")
    for name in PHRASE_SETS:
        count: Counter[str] = Counter()
        for row in rows(folder / f"{name}.jsonl"):
            wanted = list(country_phrases(row, words))
            if wanted:
                article = Article(id=row["id"], title="", body=row["text"], published_at=row["date"] or WHEN_UNDATED)
                read(analysis, article, partial(_compare, wanted, count))
        table.add_row(name, percent(count["right"], count["phrases"]), str(count["right"]), str(count["phrases"]))
    return table


def country_phrases(row: dict[str, Any], words: CountryWords) -> Iterator[tuple[Span, frozenset[str]]]:
    """Sources and targets that stand in the text as they are and name one country, with where they stand first."""
    for event in row["events"]:
        for side in ("source", "target"):
            value = event[side] or []
            for phrase in [value] if isinstance(value, str) else value:
                start, countries = row["text"].find(phrase), words.of_phrase(phrase)
                if start >= 0 and countries:
                    yield (start, start + len(phrase)), countries


def _compare(wanted: list[tuple[Span, frozenset[str]]], count: Counter[str], reading: Reading) -> None:
    found = list(mentions(reading))
    for span, countries in wanted:
        count["phrases"] += 1
        count["right"] += any(actor.country in countries for other, actor in found if touch(span, other))


def main(
    data: Annotated[Path, typer.Option(envvar="HARBINGER_DATA", help="Folder of the labelled texts.")],
    misses: Annotated[bool, typer.Option(help="Print each mention that is not linked, or wrongly.")] = False,
) -> None:
    """Print how right actors are."""
    gold = {row["id"]: row for row in rows(data / "gold-dev" / "real-articles.jsonl")}
    analysis, measure, console = Analysis.load(config_dir()), ActorMeasure(gold), Console()
    for _ in articles(replace(analysis, stages=(*analysis.stages, measure)), data):
        pass
    if misses:
        print(*measure.misses, sep="\n")
    console.print(measure.table())
    console.print(
        phrases_table(analysis, CountryWords.of(Knowledge.load(config_dir() / "knowledge")), data / "gold-dev")
    )


if __name__ == "__main__":
    typer.run(main)
