"""Who and what is named: the model's names, the gazetteer's weapons and the calendar's dates, as one list of mentions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, cast, get_args

from spacy.tokens import Doc, Token

from service.analysis.dates import DateExpression, find_dates
from service.analysis.reading import Mention, Passage, Reading
from service.analysis.weapons import Named, WeaponNames, is_generic
from service.knowledge.knowledge import Knowledge
from service.knowledge.names import fold
from service.messages.enriched import EntityLabel, EventDate

LABELS: Final = frozenset(get_args(EntityLabel))
ARTICLES: Final = frozenset({"the", "a", "an"})
POSSESSIVES: Final = frozenset({"'s", "’s", "'", "’", "s'", "s’"})
_KIND_LABELS: Final[dict[str, EntityLabel]] = {
    "country": "GPE",
    "capital": "GPE",
    "adjective": "NORP",
    "people": "NORP",
    "body": "ORG",
}
_CONFUSABLE: Final = frozenset({"PERSON", "ORG", "GPE", "NORP", "LOC", "FAC"})


@dataclass(frozen=True, slots=True)
class _Found:
    """A candidate; of two that overlap the longer stays, of equals that of the lower ``rank``."""

    start: int
    end: int
    label: EntityLabel
    rank: int
    date: DateExpression | None = None


class EntityRecogniser:
    """A stage: fills :attr:`Reading.mentions` and :attr:`Reading.dates`."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._weapons = WeaponNames(knowledge.weapons)

    def __call__(self, reading: Reading) -> None:
        """Collect the mentions of all passages, in order of appearance."""
        published = date.fromisoformat(reading.article.published_at[:10])  # the newspaper's own day, not UTC's
        weapons = [self._weapons.find(passage.doc) for passage in reading.passages]
        shown = {weapon.key for found in weapons for weapon in found if weapon.sure}
        named = [
            _settled(self._candidates(passage.doc, published, found, shown))
            for passage, found in zip(reading.passages, weapons, strict=True)
        ]
        families = frozenset(_families(reading.passages, named))
        reading.mentions.clear()
        reading.dates.clear()
        for passage, settled in zip(reading.passages, named, strict=True):
            surnames = self._surnames(passage.doc, settled, families)
            for found in sorted([*settled, *surnames], key=lambda found: found.start):
                self._add(reading, passage, found, families)

    def _add(self, reading: Reading, passage: Passage, found: _Found, families: frozenset[str]) -> None:
        span = passage.doc[found.start : found.end]
        label = self._label(fold(span.text), found.label, families)
        mention = Mention(f"e{len(reading.mentions)}", label, passage.index, found.start, found.end)
        reading.mentions.append(mention)
        if found.date is not None and found.date.value is not None:
            text = reading.quote(passage, span).text
            reading.dates[mention.id] = EventDate(value=found.date.value, precision=found.date.precision, text=text)

    def _candidates(
        self, doc: Doc, published: date, named: list[Named], shown: set[tuple[str, ...]]
    ) -> Iterator[_Found]:
        weapons = {(name.start, name.end) for name in named if name.key in shown}
        doubtful = {(name.start, name.end) for name in named if name.key not in shown}
        for span in doc.ents:
            start, end = trimmed(doc, span.start, span.end)
            while span.label_ == "WEAPON" and end > start and doc[end - 1].is_lower:
                end -= 1  # "Storm Shadow long" of "Storm Shadow long-range missiles"
            refuted = span.label_ == "WEAPON" and (start, end) in doubtful
            refuted |= any(last == end and self._is_nation(doc, start, first) for first, last in weapons)
            refuted |= any(self._holds(doc, start, end, first, last) for first, last in weapons)
            if start < end and span.label_ in LABELS and not refuted and not _is_common(doc, start, end):
                yield _Found(start, end, cast(EntityLabel, span.label_), rank=1)
        for start, end in sorted(weapons):
            yield _Found(start, end, "WEAPON", rank=0)
        for expression in find_dates(doc, published):
            yield _Found(expression.start, expression.end, "DATE", rank=2, date=expression)

    @staticmethod
    def _holds(doc: Doc, start: int, end: int, first: int, last: int) -> bool:
        """Whether the tokens are a weapon and words in lower case around it: the model takes "Patriot air" for one name."""
        if not (start <= first and last <= end):
            return False
        around = (*doc[start:first], *doc[last:end])
        return bool(around) and all(token.is_lower or token.is_punct for token in around)

    def _is_nation(self, doc: Doc, start: int, end: int) -> bool:
        """Whether the tokens are a country or its adjective: the model takes "American U-2" for one name."""
        return start < end and any(
            sense.kind in {"adjective", "country"} for sense in self._knowledge.names.exact(fold(doc[start:end].text))
        )

    def _label(self, words: tuple[str, ...], label: EntityLabel, families: frozenset[str]) -> EntityLabel:
        """The label that a name must have which knowledge knows, or which was introduced in full; else the given one.

        The model reads a sentence at a time: it calls the Brian Nichols of one paragraph the organisation Nichols in the next.
        """
        if label not in _CONFUSABLE or words in self._knowledge.ambiguous:
            return label
        if len(words) == 1 and words[0] in families:
            return label if self._knowledge.names.exact(words) else "PERSON"
        return self._known_label(words) or label

    def _surnames(self, doc: Doc, settled: list[_Found], families: frozenset[str]) -> Iterator[_Found]:
        """Single proper nouns, not yet part of a name, that are the surname of somebody whom the article named in full."""
        taken = {index for found in settled for index in range(found.start, found.end)}
        for token in doc:
            if token.i in taken or token.tag_ != "NNP" or not token.is_title:
                continue
            words = fold(token.text)
            if len(words) == 1 and words[0] in families and not self._knowledge.names.exact(words):
                yield _Found(token.i, token.i + 1, "PERSON", rank=3)

    def _known_label(self, words: tuple[str, ...]) -> EntityLabel | None:
        """The label of a name that knowledge knows in one kind of meaning only."""
        labels = {_KIND_LABELS.get(sense.kind) for sense in self._knowledge.names.exact(words)}
        return labels.pop() if len(labels) == 1 else None


def trimmed(doc: Doc, start: int, end: int) -> tuple[int, int]:
    """The span without a leading article, a trailing possessive, quotation marks and other punctuation at its ends."""
    while start < end and ((doc[start].lower_ in ARTICLES and end - start > 1) or not _is_worded(doc[start])):
        if doc[start].text == "The" and doc[start + 1].is_title and doc[start].ent_iob_ == "B" and end - start == 2:
            break  # The Hague
        start += 1
    while end > start and (doc[end - 1].lower_ in POSSESSIVES or not _is_worded(doc[end - 1])):
        end -= 1
    return start, end


def _is_common(doc: Doc, start: int, end: int) -> bool:
    return doc[start:end].text.islower() or is_generic(doc, start, end)


def _is_worded(token: Token) -> bool:
    return any(char.isalnum() for char in token.text)


def _settled(candidates: Iterable[_Found]) -> list[_Found]:
    """The candidates of one passage without overlaps, in order of appearance."""
    taken: set[int] = set()
    settled = []
    for found in sorted(candidates, key=lambda found: (found.start - found.end, found.rank, found.start)):
        tokens = range(found.start, found.end)
        if taken.isdisjoint(tokens):
            taken.update(tokens)
            settled.append(found)
    return sorted(settled, key=lambda found: found.start)


def _families(passages: list[Passage], named: list[list[_Found]]) -> Iterator[str]:
    """The surnames of the people whom the article names in full, folded."""
    for passage, settled in zip(passages, named, strict=True):
        for found in settled:
            if found.label == "PERSON" and len(words := fold(passage.doc[found.start : found.end].text)) > 1:
                yield words[-1]
