"""Where the known names stand in a passage, and which countries an article is about."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from spacy.tokens import Doc, Token

from service.analysis.actor_words import is_generic
from service.knowledge import Knowledge
from service.knowledge.names import Hit, Sense, fold
from service.knowledge.records import Ambiguous, Igo

_POSSESSIVES: Final = frozenset({"'s", "’s", "'", "’"})
_BREAK: Final = ""
_NEAR: Final = 3
_BEFORE_CLITIC: Final = 4
_AFTER_CLITIC: Final = 7
_LARGE: Final = 200_000
"""Inhabitants from which a city is known by its name alone, whatever else the article is about."""

_PIECES: Final = re.compile(r"[^\w.'’]+|(?<=\w)\.(?=[A-Z][a-z])|^\W+")


@dataclass(frozen=True, slots=True)
class Name:
    """A known name: tokens ``start`` to ``end`` (half-open) and what it can mean, the likeliest first."""

    start: int
    end: int
    senses: tuple[Sense, ...]

    def ref(self, *kinds: str) -> str | None:
        """What the name refers to as one of these ``kinds``, tried in order."""
        return next((sense.ref for kind in kinds for sense in self.senses if sense.kind == kind), None)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a doc with the tokens that they come from; punctuation is a word that matches nothing, a hyphen no word.

    ``clitics`` are the places of "'s", which is a break between names and a letter within one ("People's Republic")."""

    folded: list[str]
    texts: list[str]
    tokens: list[int]
    clitics: set[int]

    @classmethod
    def of(cls, doc: Doc) -> "Words":
        """The words of ``doc``: "al-Qaida" has two, "," is a break."""
        words = cls([], [], [], set())
        for token in doc:
            text = token.text[:-2] if token.text.endswith(("'s", "’s")) else token.text
            parts = fold(text) if text else ()
            if parts:
                pieces = [piece for piece in _PIECES.split(text) if piece]
                texts = pieces if len(pieces) == len(parts) else [text] * len(parts)
                for part, text in zip(parts, texts, strict=True):
                    words._append(part, text, token.i)
            elif token.text not in {"-", "–", "‑"} and not token.is_space:
                if token.text in {"'s", "’s"}:
                    words.clitics.add(len(words.folded))
                words._append(_BREAK, token.text, token.i)
        return words

    def _append(self, folded: str, text: str, token: int) -> None:
        self.folded.append(folded)
        self.texts.append(text)
        self.tokens.append(token)

    def begins_token(self, at: int) -> bool:
        """Whether the word is the first of its token."""
        return at == 0 or self.tokens[at - 1] != self.tokens[at]

    def ends_token(self, at: int) -> bool:
        """Whether the word is the last of its token."""
        return at + 1 == len(self.tokens) or self.tokens[at + 1] != self.tokens[at]


def is_possessive(token: Token) -> bool:
    """Whether the token is the clitic of "Ukraine's" or "Houthis'"."""
    return token.text in _POSSESSIVES


def find_names(words: Words, knowledge: Knowledge, day: str) -> list[Name]:
    """All known names from left to right, the longest at each place; only those in one token overlap ("Nato-Ukraine").

    They mean what they meant on ``day`` (YYYY-MM-DD)."""
    found: list[Name] = []
    before = {at: clitic for clitic in sorted(words.clitics, reverse=True) for at in range(clitic)[-_BEFORE_CLITIC:]}
    at = 0
    while at < len(words.folded):
        hit = _over_clitic(words, knowledge, at, before[at]) if at in before else None
        hit = hit or knowledge.names.longest(words.folded, words.texts, at)
        if hit is not None:
            senses = knowledge.senses_on(hit.senses, day)
            if senses:
                found.append(Name(words.tokens[at], words.tokens[at + hit.length - 1] + 1, senses))
            at += hit.length
        else:
            at += 1
    return found


def _over_clitic(words: Words, knowledge: Knowledge, at: int, clitic: int) -> Hit | None:
    """The longest name with a possessive within it, that at ``clitic``: "People's Liberation Army"."""
    after = slice(clitic + 1, clitic + _AFTER_CLITIC)
    folded = [*words.folded[at : clitic - 1], f"{words.folded[clitic - 1]}s", *words.folded[after]]
    texts = [*words.texts[at:clitic], *words.texts[after]]
    hit = knowledge.names.longest(folded, texts, 0)
    if hit is None or hit.length < clitic - at:
        return None
    ends_there = hit.length == clitic - at  # "Moody's", but no possessive of a name
    if ends_there and knowledge.names.longest(words.folded, words.texts, at) is not None:
        return None
    return Hit(hit.length + 1, hit.senses)


COUNTRY_KINDS: Final = ("country", "adjective", "people", "capital")


class Context:
    """What the whole article says about countries: how often each is named, and by which words it is written."""

    def __init__(self, passages: list[tuple[Words, list[Name]]], knowledge: Knowledge, day: str) -> None:
        self._knowledge = knowledge
        self._day = day
        self.countries: Counter[str] = Counter()
        self._organs: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._seats: Counter[str] = Counter()
        self._places: Counter[str] = Counter()
        self._domestic: Counter[str] = Counter()
        self._signs = self.countries, self._places, self._domestic, self._seats
        self._abroad: set[str] = set()
        self._text = " ".join(" ".join(word or "|" for word in words.folded) for words, _ in passages)
        self._text = f" {self._text} "
        for words, names in passages:
            positions = {token: index for index, token in reversed(list(enumerate(words.tokens)))}
            for name in names:
                at = positions[name.start]
                folded = tuple(words.folded[at:][: name.end - name.start])
                country = self.country(folded, name)
                if country is not None:
                    self.countries[country] += 1
                    self._note_side(name, country, words.folded[at + len(folded) :][:_NEAR])
                self._note_organ(folded, name)

    def country(self, folded: tuple[str, ...], name: Name) -> str | None:
        """The country that a name stands for, ambiguous names settled by the words of the article."""
        rule = self._knowledge.ambiguous.get(folded)
        if rule is not None:
            return self._settle(rule)
        return name.ref(*COUNTRY_KINDS)

    def state(self, country: str | None) -> str | None:
        """The state that the names of ``country`` mean on the article's day."""
        return self._knowledge.state(country, self._day) if country is not None else None

    def _note_side(self, name: Name, country: str, after: list[str]) -> None:
        if name.ref("capital") is not None:
            self._seats[country] += 1
        elif name.ref("adjective") is not None and any(self._knowledge.agents.exact((word,)) for word in after):
            self._abroad.add(country)
            self._organs[after[0]][country] += 1

    def _note_organ(self, folded: tuple[str, ...], name: Name) -> None:
        body = name.ref("body")
        row = self._knowledge.bodies[body] if body is not None else None
        if row is None or isinstance(row, Igo) or (country := self.state(row.country)) is None:
            return
        if len(folded) > 1:
            self._organs[folded[-1]][country] += 1
        if is_generic(folded):
            return
        if row.sector in {"GOV", "MIL"}:
            self._seats[country] += 1
        elif row.sector not in {"MED", "BUS"}:
            self._domestic[country] += 1

    def place(self, text: str) -> str | None:
        """The country of a city or region by name: of a large one, or of one whose country the article names, too."""
        place = self._knowledge.gazetteer.find(text)
        if place is None or place.country is None:
            return None
        country = self.state(place.country)
        known = place.population >= _LARGE or place.latitude is None or self.countries[place.country] > 0
        return country if known else None

    def note_place(self, country: str) -> None:
        """Count a city or region of ``country`` that the article names as a place."""
        self._places[country] += 1

    def organ(self, word: str) -> str | None:
        """Whose ministry or parliament "the Ministry" is: that which the article names in full, else that of its country."""
        named = self._organs.get(word)
        return named.most_common(1)[0][0] if named else self.home()

    def local(self, word: str) -> str | None:
        """Whose police or court "the police" are: that which the article names in full, else that of the places where it happens."""
        if word in self._organs:
            return self.organ(word)
        places = self._places.most_common(1)
        if places and places[0][1] > 1 and 3 * places[0][1] >= 2 * self._places.total():
            return places[0][0]
        return self.home()

    def speaks_of(self, country: str | None) -> bool:
        """Whether the article names the country, its bodies or its people in office."""
        return country is not None and sum(counts[country] for counts in self._signs) > 0

    def scene(self) -> str | None:
        """The country where it happens, by countries and places alone."""
        return _leading(self.countries + self._places)

    def home(self) -> str | None:
        """The country that the article is about, its places, bodies and people in office counted, too."""
        return _leading(self.countries + self._places + self._seats + self._domestic) or self.dominant()

    def force(self, word: str) -> str | None:
        """Whose force "the Navy" is, with a capital and without a country: a paper's own country's.

        That which the article names in full, else that of the government which it names most, its capital, bodies and
        leaders counted; that of the country which it is about only if it names no other and does not speak of that one's
        "Soviet ships" as one does of strangers'. A territory has none."""
        if word in self._organs:
            return self.organ(word)
        seats = self._seats.most_common(2)
        if seats and (len(seats) == 1 or seats[0][1] > seats[1][1]):
            return seats[0][0]
        country = self.dominant() if len(self.countries) == 1 else None
        if country is None or country in self._abroad or self._knowledge.countries[country].status == "territory":
            return None
        return country

    def note_person(self, country: str) -> None:
        """Count a person of ``country`` whom the article names, beside its government and forces."""
        self._domestic[country] += 1

    def note_leader(self, country: str) -> None:
        """Count a person of the government or the forces of ``country`` whom the article names."""
        self._seats[country] += 1

    def dominant(self) -> str | None:
        """The country that the article is about: it has half of all mentions of countries, or four and twice as many as the next."""
        return _leading(self.countries)

    def _settle(self, rule: Ambiguous) -> str | None:
        """Against wins only when more words speak against than for: the default is the country."""
        speaks_for = sum(self._mentions(word) for word in rule.speaks_for)
        speaks_against = sum(self._mentions(word) for word in rule.speaks_against)
        return rule.otherwise if speaks_against > speaks_for else rule.country

    def country_of(self, ref: str, words: tuple[str, ...]) -> tuple[str | None, bool]:
        """The country of a body by its name's folded words, and whether it is another body than that of the knowledge set.

        A name that any country's could have ("House of Representatives") is that of the country that the article is about, if
        the article never speaks of the known one."""
        row = self._knowledge.bodies[ref]
        known = None if isinstance(row, Igo) else self.state(row.country)
        if not is_generic(words) or (known is not None and self.speaks_of(known)):
            return known, False
        if known is None and (not isinstance(row, Igo) or self.says("un", "united nations", "resolution", "veto")):
            return known, False
        scene = self.scene()
        return (scene, True) if scene is not None else (known, False)

    def says(self, *phrases: str) -> bool:
        """Whether the article has one of the folded phrases."""
        return any(f" {phrase} " in self._text for phrase in phrases)

    def _mentions(self, phrase: str) -> int:
        return self._text.count(f" {' '.join(fold(phrase))} ")


def _leading(counts: Counter[str]) -> str | None:
    """The country with half of the count, or with four and twice as much as the next."""
    if not counts:
        return None
    ranked = counts.most_common(2)
    country, count = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0
    return country if 2 * count >= counts.total() or count >= max(4, 2 * second) else None


def folded_words(doc: Doc, start: int, end: int) -> tuple[str, ...]:
    """The folded words of tokens ``start`` to ``end``, without possessives."""
    return tuple(word for token in doc[start:end] if not is_possessive(token) for word in fold(token.text))


def name_ending_at(names: list[Name], token: int) -> Name | None:
    """The name whose last token is the one before ``token``."""
    return next((name for name in names if name.end == token), None)


def names_within(names: list[Name], start: int, end: int) -> Iterator[Name]:
    """The names that lie wholly within the tokens ``start`` to ``end``."""
    return (name for name in names if start <= name.start and name.end <= end)
