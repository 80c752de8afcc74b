"""The working record of one article: what each stage reads and what it adds.

An article is read as *passages*: its title and the paragraphs of its body that are not boilerplate. Each is one ``Doc``
whose text is a stretch of the article's field, made legible (`legible.py`); `Passage.offsets` alone says where in the article
tokens stand.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from typing import TypeVar

from spacy.tokens import Doc, Token
from spacy.tokens import Span as DocSpan

from service.analysis.legible import Legible
from service.messages.article import Article
from service.messages.enriched import (
    Actor,
    Boilerplate,
    EntityLabel,
    Escalation,
    Event,
    EventDate,
    FieldName,
    Signal,
    Span,
    Unread,
)


@dataclass(slots=True)
class Passage:
    """A stretch of ``field`` from code point ``start`` on, as a parsed ``Doc``; ``index`` counts passages from 0 (the title, if any).

    The first ``dateline`` tokens say where and by whom the report was filed ("KYIV, Ukraine (Reuters) –"): names, but nobody
    in them does anything.
    """

    index: int
    field: FieldName
    start: int
    doc: Doc
    dateline: int = 0
    legible: Legible | None = None
    """What the doc was made from, where it is not the field's own text, code point for code point."""

    def offsets(self, span: DocSpan | Token) -> tuple[int, int]:
        """Half-open offsets of a span or token of this passage's ``doc`` into the article's field."""
        if isinstance(span, Token):
            start, end = span.idx, span.idx + len(span.text)
        else:
            start, end = span.start_char, span.end_char
        if self.legible is not None:
            start, end = self.legible.source(start, end)
        return self.start + start, self.start + end


@dataclass(slots=True)
class Mention:
    """A named entity: tokens ``start`` to ``end`` (half-open) of passage ``passage``; ``actor`` is set by the actor stage."""

    id: str
    label: EntityLabel
    passage: int
    start: int
    end: int
    actor: str | None = None


@dataclass(slots=True, frozen=True)
class ActorMention:
    """Tokens that denote an actor: an entity ("Biden"), or a phrase that is none ("Russian troops", "the prime minister").

    ``start`` and ``end`` (half-open, tokens of the passage's doc) cover the words that name the actor, ``head`` is the token
    index of the phrase's syntactic head: the event stage asks for the actor of a noun phrase by it. ``certainty`` is 0..1.
    """

    passage: int
    start: int
    end: int
    head: int
    actor: str
    entity: str | None = None
    certainty: float = 1.0


M = TypeVar("M", Mention, ActorMention)


@dataclass(slots=True)
class Reading:
    """One article on its way through the stages; each stage fills its own lists and changes nobody else's."""

    article: Article
    published: datetime
    passages: list[Passage]
    boilerplate: list[Boilerplate]
    mentions: list[Mention] = field(default_factory=list)
    dates: dict[str, EventDate] = field(default_factory=dict)
    """What each DATE mention means, by the mention's id; none for words that name no day, month or year ("the 1990s")."""
    actor_mentions: list[ActorMention] = field(default_factory=list)
    actors: list[Actor] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    escalation: Escalation | None = None
    unread: Unread | None = None

    def quote(self, passage: Passage, span: DocSpan | Token) -> Span:
        """The span as the contract wants it: offsets into the field, and the article's own text there."""
        start, end = passage.offsets(span)
        return Span(
            field=passage.field,
            start=start,
            end=end,
            text=self.article.field(passage.field)[start:end],
        )

    def mentions_in(self, passage: int) -> Iterator[Mention]:
        """The entities of one passage, in order."""
        return _of_passage(self.mentions, passage)

    def actor_mentions_in(self, passage: int) -> Iterator[ActorMention]:
        """The actor mentions of one passage, in order."""
        return _of_passage(self.actor_mentions, passage)

    @property
    def body_end(self) -> int:
        """Where the last passage of the body ends: what follows is boilerplate. 0 without a body."""
        last = self.passages[-1] if self.passages else None
        return last.offsets(last.doc[-1])[1] if last is not None and last.field == "body" and len(last.doc) else 0


def _of_passage(mentions: list[M], passage: int) -> Iterator[M]:
    """The mentions of one passage: they stand in the order of the passages, and an article may have very many."""
    first = bisect_left(mentions, passage, key=lambda mention: mention.passage)
    return takewhile(lambda mention: mention.passage == passage, (mentions[i] for i in range(first, len(mentions))))
