"""An enriched article as a person likes to read it, by rich: in colour on a terminal, in plain words on a pipe.

What an article says comes from strangers. So every string from it passes :func:`safe`: no escape sequence, no bidirectional
override and no half of a surrogate pair reaches the terminal.
"""

import io
import json
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from service.messages.enriched import (
    Actor,
    Boilerplate,
    EnrichedArticle,
    Entity,
    Escalation,
    Event,
    FieldName,
    Level,
    Modality,
    PloverRoot,
    Signal,
    Span,
)

_ENTITY_COLOURS = {
    "PERSON": "cyan", "ORG": "magenta", "GPE": "green", "LOC": "green", "NORP": "yellow", "FAC": "blue",
    "WEAPON": "red", "EVENT": "bright_magenta", "LAW": "bright_blue", "DATE": "bright_black",
}  # fmt: skip

LEVEL_STYLES: dict[Level, str] = {
    "de-escalating": "green", "calm": "cyan", "elevated": "yellow", "high": "red", "severe": "bold red",
}  # fmt: skip
"""How a level looks, wherever it is shown."""

_DEEDS: dict[PloverRoot, tuple[str, str, str]] = {
    "AGREE": ("agrees", "agree", "with"),
    "CONSULT": ("consults", "consult", "with"),
    "SUPPORT": ("supports", "support", ""),
    "COOPERATE": ("cooperates", "cooperate", "with"),
    "AID": ("aids", "aid", ""),
    "CONCEDE": ("concedes", "concede", "to"),
    "RETREAT": ("retreats", "retreat", "before"),
    "REQUEST": ("demands", "demand", "of"),
    "ACCUSE": ("accuses", "accuse", ""),
    "REJECT": ("rejects", "reject", ""),
    "THREATEN": ("threatens", "threaten", ""),
    "PROTEST": ("protests", "protest", "against"),
    "SANCTION": ("sanctions", "sanction", ""),
    "MOBILIZE": ("mobilizes", "mobilize", "against"),
    "COERCE": ("coerces", "coerce", ""),
    "ASSAULT": ("attacks", "attack", ""),
}
"""The sixteen roots as a sentence says them: in the present, after "might", and what leads to the target."""

_MODALITIES: dict[Modality, str] = {
    "planned": "plans to", "requested": "is asked to", "hypothetical": "might", "negated": "does not",
}  # fmt: skip
"""What comes before the infinitive; an actual or historical deed stands in the present."""

_BIDI_CONTROLS = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
_LINE_ENDS = {0x0B, 0x0C, 0x85, 0x2028, 0x2029}
_SAFE = (
    {code: 0x2400 + code for code in range(0x20)}  # the symbols that Unicode has for control characters
    | dict.fromkeys((*range(127, 160), *_BIDI_CONTROLS, *range(55296, 57344)), 65533)
    | dict.fromkeys(_LINE_ENDS, 10)
    | {0x09: 0x20, 0x0A: 0x0A}
)

_BAR_HALF = 20
"""Cells from the middle of the score bar to an end; 100 points."""


def read_enriched(value: bytes) -> EnrichedArticle:
    """Read an enriched article from its bytes. By the standard library: it keeps lone surrogates, pydantic's reader does not.

    Raises:
        ValueError: not JSON, or not an enriched article.
    """
    return EnrichedArticle.model_validate(json.loads(value))


def console_for_any_text() -> Console:
    """Standard output for people; what its encoding lacks becomes a question mark, instead of ending the command."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return Console()


def safe(text: str) -> str:
    """The same text, code point for code point, with everything replaced that could take control of a terminal.

    All kinds of line ends become ``\\n`` (of CR LF the CR becomes a space), a tab a space, other control characters their
    symbols, and lone surrogates and bidirectional controls U+FFFD.
    """
    return text.replace("\r\n", " \n").replace("\r", "\n").translate(_SAFE)


def render_article(article: EnrichedArticle) -> RenderableType:
    """Everything about one article: text, actors, events, signals, score."""
    names = {actor.id: safe(actor.name) for actor in article.actors}
    parts: list[RenderableType] = [
        Rule(Text(safe(article.article.id), "bold"), align="left", style="bright_black"),
        _source_line(article),
        Padding(marked_text(article, "title", "bold"), (1, 0, 0, 0), expand=False),
        Padding(marked_text(article, "body"), (1, 0), expand=False),
    ]
    if article.actors:
        parts.append(_section("Actors", actors_table(article.actors)))
    if article.events:
        parts.append(_section("Who does what to whom", *(event_lines(event, names) for event in article.events)))
    if article.signals:
        parts.append(_section("Signals", *(signal_lines(signal, names) for signal in article.signals)))
    parts.append(_section("Escalation", *_escalation(article, names)))
    return Group(*parts)


def marked_text(article: EnrichedArticle, field: FieldName, style: str = "") -> Text:
    """A field's text: entities in colour, underlined and labelled with the code of their actor; boilerplate dimmed."""
    text = Text(safe(article.article.title if field == "title" else article.article.body), style)
    codes = {actor.id: actor.code for actor in article.actors}
    labels: list[tuple[int, Text]] = []
    last: Boilerplate | None = None
    for stretch in article.boilerplate:
        if stretch.field == field:
            text.stylize("dim italic", stretch.start, stretch.end)
            goes_on = last and last.reason == stretch.reason and not text.plain[last.end : stretch.start].strip()
            if not goes_on:
                labels.append((stretch.start, Text(f"‹left out: {safe(stretch.reason)}› ", "dim yellow")))
            last = stretch
    for entity in article.entities:
        if entity.field == field:
            text.stylize(f"underline {_ENTITY_COLOURS[entity.label]}", entity.start, entity.end)
            labels.append((entity.end, _entity_label(entity, codes)))
    return _with_insertions(text, labels)


def actors_table(actors: Sequence[Actor]) -> Table:
    """The actors, most salient first."""
    table = Table("actor", "code", "kind", "role", "mentions", box=None, header_style="dim")
    for actor in actors:
        code = actor.code or actor.country or "–"
        table.add_row(
            Text(safe(actor.name), "bold"),
            Text(safe(code)),
            Text(safe(actor.kind)),
            Text(_office(actor)),
            str(len(actor.mentions)),
        )
    table.columns[-1].justify = "right"
    return table


def _office(actor: Actor) -> str:
    role = actor.role
    if role is None:
        return ""
    if role.until:
        return safe(f"{role.title} ({role.since or ''} – {role.until})")
    return safe(f"{role.title} (since {role.since})" if role.since else role.title)


def event_sentence(event: Event, names: dict[str, str]) -> Text:
    """Who — does what → to whom."""
    present, infinitive, preposition = _DEEDS[event.type]
    before = _MODALITIES.get(event.modality)
    deed = f"{before} {infinitive}" if before else present
    whom = _listed(event.targets, names)
    if whom and preposition:
        deed += f" {preposition}"
    sentence = Text.assemble((_listed(event.sources, names) or "somebody", "bold"), " — ", (deed, "italic"))
    if whom:
        sentence.append(" → ").append(whom, "bold")
    affected = _listed(event.affected, names)
    if affected:
        sentence.append(" (concerns ").append(affected, "bold").append(")")
    return sentence


def event_lines(event: Event, names: dict[str, str]) -> RenderableType:
    """The event as a sentence, how certain it is, and the words of the article that say so."""
    facts: list[str] = [event.modality]
    if event.date:
        facts.append(event.date.value)
    if event.place:
        facts.append(safe(event.place.name))
    facts.append(f"{event.confidence:.0%}")
    code = f"  {event.plover}{'/' + event.mode if event.mode else ''} {event.cameo} {event.goldstein:+.1f}"
    line = Text.assemble(event_sentence(event, names), f" [{', '.join(facts)}]", (code, "dim"))
    if event.attribution:
        line.append(f"  says {names.get(event.attribution.actor or '', 'somebody')}", "dim")
    return _item(event.id, line, _evidence(event.evidence, event.rule, event.trigger))


def signal_lines(signal: Signal, names: dict[str, str]) -> RenderableType:
    """The signal and the words of the article that show it."""
    return _item(signal.id, signal_sentence(signal, names), _evidence(signal.evidence, signal.rule))


def signal_sentence(signal: Signal, names: dict[str, str]) -> Text:
    """The signal in one line."""
    style, arrow = ("red", "▲") if signal.direction == "escalatory" else ("green", "▼")
    category = signal.category.replace("_", " ")
    line = Text.assemble((f"{arrow} {category}", style), f" [{signal.status}]")
    actors = _listed(signal.actors, names)
    if actors:
        line.append(": ").append(actors, "bold")
    return line


class ScoreBar:
    """The score on a scale from -100 to +100, the middle marked."""

    def __init__(self, escalation: Escalation) -> None:
        self.escalation = escalation

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """One line; in ASCII where the terminal has no more."""
        full, empty, middle = "#.|" if options.ascii_only else "█·│"
        score = self.escalation.score
        filled = min(_BAR_HALF, max(round(abs(score) / 100 * _BAR_HALF), 1 if score else 0))
        left = full * filled if score < 0 else ""
        right = full * filled if score > 0 else ""
        style = LEVEL_STYLES[self.escalation.level]
        yield Text.assemble(
            ("-100 ", "dim"),
            (empty * (_BAR_HALF - len(left)), "dim"), (left, style), middle, (right, style), (empty * (_BAR_HALF - len(right)), "dim"),
            (" +100  ", "dim"), (f"{score:+.1f} {self.escalation.level}", f"bold {style}"),
        )  # fmt: skip


def _escalation(article: EnrichedArticle, names: dict[str, str]) -> Iterable[RenderableType]:
    yield ScoreBar(article.escalation)
    explained = {signal.id: signal_sentence(signal, names) for signal in article.signals}
    explained |= {event.id: event_sentence(event, names) for event in article.events}
    if article.escalation.drivers:
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(justify="right")
        for driver in article.escalation.drivers:
            reference = Text(safe(driver.ref), "dim")
            table.add_row(f"{driver.contribution:+.1f}", reference, explained.get(driver.ref, Text()))
        yield table
    if article.escalation.dyads:
        dyads = (f"{'–'.join(dyad.pair)} {dyad.score:+.1f}" for dyad in article.escalation.dyads)
        yield Text.assemble(("pairs: ", "dim"), safe(", ".join(dyads)))


def _source_line(article: EnrichedArticle) -> Text:
    received = article.article
    facts = (received.published_at, received.source, received.language, received.url)
    return Text(safe(" · ".join(fact for fact in facts if fact)), "dim")


def _section(title: str, *parts: RenderableType) -> RenderableType:
    contents = Padding(Group(*parts), (0, 0, 0, 2), expand=False)
    return Padding(Group(Text(title, "bold blue"), contents), (0, 0, 1, 0), expand=False)


def _item(name: str, *parts: RenderableType) -> RenderableType:
    """Something with an id, which stands before it; longer lines go on below their beginning."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_row(Text(safe(name), "dim"), Group(*parts))
    return table


def _evidence(span: Span, rule: str, trigger: Span | None = None) -> RenderableType:
    """The quotation, its line ends as spaces, with the trigger in bold."""
    quote = Text(safe(span.text).replace("\n", " "), "italic")
    if trigger and trigger.field == span.field and span.start <= trigger.start:
        quote.stylize("bold", trigger.start - span.start, trigger.end - span.start)
    return Padding(Text.assemble("“", quote, "” ", (safe(rule), "dim")), (0, 0, 0, 2), expand=False)


def _entity_label(entity: Entity, codes: dict[str, str | None]) -> Text:
    code = codes.get(entity.actor) if entity.actor else None
    return Text(f"‹{entity.label}{' ' + safe(code) if code else ''}›", f"dim {_ENTITY_COLOURS[entity.label]}")


def _listed(ids: Sequence[str], names: dict[str, str]) -> str:
    return ", ".join(names.get(actor, safe(actor)) for actor in ids)


def _with_insertions(text: Text, labels: list[tuple[int, Text]]) -> Text:
    """The text with each label put in at its offset."""
    labels = sorted(labels, key=lambda label: label[0])
    whole = Text(style=text.style)
    pieces = text.divide([offset for offset, _ in labels])
    for index, piece in enumerate(pieces):
        whole.append_text(piece)
        if index < len(labels):
            whole.append_text(labels[index][1])
    return whole
