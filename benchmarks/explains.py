"""Whether every enriched article explains itself: what it says stands in the text, what it points at is there, what it adds up adds up.

    python -m benchmarks.explains --data DIR [--misses 20]

reads all articles of ``news/`` and ends with status 1 when one of them holds something that a reader could not follow (:func:`unexplained`).
"""

import gzip
import json
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from service.analysis.legible import legible
from service.analysis.pipeline import Analysis
from service.knowledge.lexicon import ESCALATORY, Lexicon
from service.knowledge.weights import Levels, Weights
from service.messages.article import Article
from service.messages.enriched import EnrichedArticle, Event, FieldName, Signal, Span
from service.paths import config_dir


def unexplained(enriched: EnrichedArticle, lexicon: Lexicon, levels: Levels) -> Iterator[str]:
    """What a reader of the enriched article cannot follow, one line each; nothing when all is well.

    A stretch must be the article's own text; evidence must hold the trigger, the words of the date and the name of the place; an id must
    be that of something in the article, a rule one of the lexicon; drivers must add up to the score, to the last bit, and the level be the score's.
    """
    yield from _stretches(enriched)
    yield from _references(enriched)
    for event in enriched.events:
        yield from _event(event, enriched, lexicon)
    events = {event.id: event for event in enriched.events}
    for signal in enriched.signals:
        yield from _signal(signal, events, lexicon)
    yield from _score(enriched, levels)


def _stretches(enriched: EnrichedArticle) -> Iterator[str]:
    texts: dict[FieldName, str] = {"title": enriched.article.title, "body": enriched.article.body}
    spans: list[tuple[str, Span]] = [(entity.id, entity) for entity in enriched.entities]
    spans += [(event.id, span) for event in enriched.events for span in (event.trigger, event.evidence)]
    spans += [(signal.id, signal.evidence) for signal in enriched.signals]
    for name, span in spans:
        if span.start >= span.end or texts[span.field][span.start : span.end] != span.text:
            yield f"{name}: {span.text!r} is not what stands at {span.start}..{span.end} of the {span.field}"
    left_out = [(part.field, part.start, part.end) for part in enriched.boilerplate]
    for event in enriched.events:
        said = event.attribution
        if said is not None and not 0 <= said.start < said.end <= len(texts[said.field]):
            yield f"{event.id}: who says so stands outside of the {said.field}"
        trigger = event.trigger
        if any(
            field == trigger.field and start < trigger.end and trigger.start < end for field, start, end in left_out
        ):
            yield f"{event.id}: {trigger.text!r} stands in boilerplate"


def _references(enriched: EnrichedArticle) -> Iterator[str]:
    actors, entities = ({row.id for row in rows} for rows in (enriched.actors, enriched.entities))
    events = {event.id for event in enriched.events}
    for actor in enriched.actors:
        yield from _missing(actor.id, "mention", actor.mentions, entities)
    for entity in enriched.entities:
        yield from _missing(entity.id, "actor", [entity.actor] if entity.actor else [], actors)
    for event in enriched.events:
        named = [*event.sources, *event.targets, *event.affected]
        speaker = event.attribution.actor if event.attribution else None
        yield from _missing(event.id, "actor", [*named, speaker] if speaker else named, actors)
    for signal in enriched.signals:
        yield from _missing(signal.id, "event", signal.events, events)
        yield from _missing(signal.id, "actor", signal.actors, actors)
    for dyad in enriched.escalation.dyads:
        yield from _missing("-".join(dyad.pair), "event", dyad.events, events)


def _missing(name: str, kind: str, wanted: Collection[str], there: Collection[str]) -> Iterator[str]:
    yield from (f"{name}: no {kind} {one} in the article" for one in wanted if one not in there)


def _event(event: Event, enriched: EnrichedArticle, lexicon: Lexicon) -> Iterator[str]:
    trigger, evidence = event.trigger, event.evidence
    if not _holds(evidence, trigger):
        yield f"{event.id}: the evidence does not hold {trigger.text!r}"
    sentence = legible(evidence.text).text
    if event.date is not None and event.date.text is not None and event.date.text not in evidence.text:
        yield f"{event.id}: the evidence does not hold the date {event.date.text!r}"
    if event.place is not None and event.place.name not in sentence:
        yield f"{event.id}: the evidence does not hold the place {event.place.name!r}"
    if not (event.sources or event.targets):
        yield f"{event.id}: nobody does it, and it is done to nobody"
    if event.modality == "actual" and event.type != event.plover:
        yield f"{event.id}: {event.type}, done, is coded {event.plover}"
    yield from _rule(event.id, event.rule, lexicon)


def _holds(outer: Span, inner: Span) -> bool:
    return outer.field == inner.field and outer.start <= inner.start and inner.end <= outer.end


def _rule(name: str, rule: str, lexicon: Lexicon) -> Iterator[str]:
    try:
        lexicon.rule(rule)
    except KeyError:
        yield f"{name}: no rule {rule} in the lexicon"


def _signal(signal: Signal, events: dict[str, Event], lexicon: Lexicon) -> Iterator[str]:
    own = [events[name] for name in signal.events if name in events]
    if not any(_holds(signal.evidence, event.trigger) and event.rule == signal.rule for event in own):
        yield f"{signal.id}: the evidence holds none of its events' words, by rule {signal.rule}"
    if not {actor for event in own for actor in (*event.sources, *event.targets, *event.affected)} >= set(
        signal.actors
    ):
        yield f"{signal.id}: an actor is none of its events'"
    if any(event.modality in {"negated", "historical"} for event in own):
        yield f"{signal.id}: raised by what was not done, or long ago"
    yield from _rule(signal.id, signal.rule, lexicon)


def _score(enriched: EnrichedArticle, levels: Levels) -> Iterator[str]:
    escalation = enriched.escalation
    counted = [driver.ref for driver in escalation.drivers]
    total = sum(driver.contribution for driver in escalation.drivers)
    if total != escalation.score:
        yield f"the drivers add up to {total}, and the score is {escalation.score}"
    if escalation.level != levels.of(escalation.score):
        yield f"a score of {escalation.score} is not {escalation.level}"
    yield from (f"{ref} counts {times} times" for ref, times in Counter(counted).items() if times > 1)
    inside = {name for signal in enriched.signals for name in signal.events}
    free = {event.id for event in enriched.events} - inside
    yield from _missing(
        "score", "signal or event outside of signals", counted, {*free, *(s.id for s in enriched.signals)}
    )
    escalatory = {signal.id: signal.category in ESCALATORY for signal in enriched.signals}
    for driver in escalation.drivers:
        if driver.ref in escalatory and (driver.contribution > 0) != escalatory[driver.ref]:
            yield f"{driver.ref}: contributes {driver.contribution}, against its direction"


def news(data: Path) -> Iterator[Article]:
    """All real articles; of the time of publication only the day, since some state no time zone."""
    for path in sorted((data / "news").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                day = row["published_at"][:10]
                yield Article(id=row["id"], title=row["title"] or "", body=row["body"], published_at=day)


def explanations(analysis: Analysis, data: Path, misses: list[str]) -> Table:
    """How much all real articles say, and how much of that nobody could follow; ``misses`` gets a line for each of the latter."""
    levels = Weights.load(config_dir() / "scoring.yaml").levels
    count: Counter[str] = Counter()
    for article in news(data):
        enriched = analysis.analyse(article, enriched_at="2026-01-01T00:00:00Z")
        found = list(unexplained(enriched, analysis.lexicon, levels))
        misses.extend(f"{article.id}: {line}" for line in found)
        count.update(articles=1, explained=not found, events=len(enriched.events), signals=len(enriched.signals))
    table = Table(
        "articles",
        "that explain themselves",
        "events",
        "signals",
        "unexplained",
        title="Explanations, all real articles",
    )
    table.add_row(*(str(count[key]) for key in ("articles", "explained", "events", "signals")), str(len(misses)))
    return table


def main(
    data: Annotated[Path, typer.Option(envvar="HARBINGER_DATA", help="Folder of the labelled texts.")],
    misses: Annotated[int, typer.Option(help="Print at most this many of what cannot be followed.")] = 20,
) -> None:
    """Read all real articles, and ask of each whether it explains itself."""
    found: list[str] = []
    Console().print(explanations(Analysis.load(config_dir()), data, found))
    for line in found[:misses]:
        print(line)
    raise typer.Exit(1 if found else 0)


if __name__ == "__main__":
    typer.run(main)
