"""Where persons are named, and which title stands beside a name."""

from typing import Final

from service.analysis.actor_names import is_possessive
from service.analysis.actor_offices import OfficePhrase
from service.analysis.actor_page import Page
from service.analysis.actor_people import HONORIFICS
from service.analysis.actor_words import is_kind_word
from service.analysis.reading import Mention
from service.knowledge.names import fold

_PLURAL_TITLES: Final = frozenset(
    (title,)
    for title in [
        "president",
        "minister",
        "premier",
        "chancellor",
        "king",
        "senator",
        "general",
        "oligarch",
        "billionaire",
        "businessman",
        "lawmaker",
        "representative",
        "governor",
        "mayor",
        "judge",
        "justice",
        "congressman",
        "journalist",
        "professor",
        "actor",
        "activist",
        "ambassador",
    ]
)
"""Titles that stand in the plural before several names."""

PersonSpan = tuple[int, int, Mention | None]
"""Tokens from, to (half-open), and the entity that they are or lie in."""


_PARTICLES: Final = frozenset({"al", "el", "von", "van", "der", "de", "di", "da", "du", "bin", "ben", "abu"})


def is_surname(words: tuple[str, ...]) -> bool:
    """Whether folded words are a surname without a given name: "Lavrov", "al-Burhan", "von der Leyen"."""
    return len(words) == 1 or (1 < len(words) < 4 and words[0] in _PARTICLES)


def person_spans(page: Page) -> list[PersonSpan]:
    """The persons of a page in order: the model's, without the titles that it took in, and names of the knowledge set."""
    spans: list[PersonSpan] = []
    known = [name for name in page.names if name.senses[0].kind == "person" and name.end - name.start > 1]
    for mention in page.mentions:
        if mention.label == "PERSON":
            start, end = _trim(page, mention.start, mention.end)
            for name in known:  # "Seri Anwar" was taken for the name, and "Anwar Ibrahim" is known
                if name.start <= start and end <= name.end:
                    start, end = name.start, name.end
            if start < end:
                spans.append((start, end, mention))
    taken = {token for start, end, _ in spans for token in range(start, end)}
    for name in known:
        over = page.mention_over(name.start, name.end)
        beside = over is None or over.end == name.end or over.start == name.start
        if beside and taken.isdisjoint(range(name.start, name.end)):
            spans.append((name.start, name.end, over))
    return sorted(spans, key=lambda span: span[:2])


def _trim(page: Page, start: int, end: int) -> tuple[int, int]:
    """Without titles, honorifics and countries at its beginning, and without a possessive at its end."""
    doc = page.doc
    while end > start and (is_possessive(doc[end - 1]) or doc[end - 1].is_punct):
        end -= 1
    moved = True
    while moved and start < end:
        moved = False
        for phrase in page.offices:
            if phrase.start <= start <= phrase.head < end - 1:
                start, moved = phrase.end if phrase.end < end else phrase.head + 1, True
        for name in page.names:
            inner = name.ref("adjective", "body") or (end - name.end > 1 and name.ref("country", "capital", "region"))
            if name.start == start and name.end < end and inner and not name.ref("person"):
                start, moved = name.end, True
        while start < end - 1 and (titles := doc[start].text)[-1:] == "s" and fold(titles[:-1]) in _PLURAL_TITLES:
            start, moved = start + 1, True  # "Oligarchs Jane Doe and John Roe"
        while start < end - 2 and is_kind_word("".join(fold(doc[start].text))):
            start, moved = start + 1, True  # "President Administration Jane Doe"
        while start < end - 1 and (
            " ".join(fold(doc[start].text)) in HONORIFICS or doc[start].text in {"'s", "’s", "."}
        ):
            start, moved = start + 1, True
    return start, end


def office_beside(page: Page, start: int, end: int) -> OfficePhrase | None:
    """The title before the name ("President X", "the president, X") or after it ("X, the president of Y")."""
    doc = page.doc
    best: OfficePhrase | None = None
    for phrase in page.offices:
        gap = start - phrase.end
        if (
            0 <= gap <= 2
            and all(
                " ".join(fold(doc[i].text)) in HONORIFICS or doc[i].text in {".", ","} for i in range(phrase.end, start)
            )
            and not _is_full_stop(page, phrase.end, start)
            and (not any(doc[i].text == "," for i in range(phrase.end, start)) or phrase.definite)
        ):
            return phrase
        if end < phrase.start + 1 and end < len(doc) and doc[end].text == "," and best is None:
            between = range(end + 1, phrase.start)
            if len(between) <= 4 and all(
                doc[i].lower_ in {"a", "an", "the", "who", "is", "was", "one", "now", "then"} for i in between
            ):
                best = phrase
    return best


def _is_full_stop(page: Page, end: int, start: int) -> bool:
    """Whether the full stop between a title and a name ends a sentence: titles are shortened to four letters at most."""
    doc = page.doc
    return end < start and doc[end].text == "." and len(doc[end - 1].text) > 4


def title_start(page: Page, phrase: OfficePhrase) -> int:
    """Where the title begins without the country before it, which is an actor of its own."""
    start = phrase.start
    for name in page.names:
        if name.start == start and name.end <= phrase.head:
            start = name.end
    while start < phrase.head and is_possessive(page.doc[start]):
        start += 1
    return start
