"""What a sentence says of a name beside it: "Jane Doe, a spokeswoman for the Indian army", "Danish broadcaster TV2", "Acme (Romania)".

Nothing is inferred from elsewhere: without an owner in the same phrase there is no introduction.
"""

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from spacy.tokens import Doc

from service.analysis.actor_bodies import role_sector
from service.analysis.actor_names import Context, is_possessive
from service.analysis.actor_owners import Owner, find_owners
from service.analysis.actor_page import Page
from service.knowledge import Knowledge
from service.knowledge.names import fold

_COMMAS: Final = frozenset({",", "–", "—"})
_ENDS: Final = frozenset({",", ";", ".", ":", "(", ")", "–", "—", "!", "?", '"', "”", "“"})
_FINITE: Final = frozenset({"VBD", "VBZ", "VBP", "MD"})
_NOUN_PARTS: Final = frozenset({"NN", "NNS", "NNP", "NNPS", "JJ", "JJR", "JJS", "VBN", "VBG", "CD", "HYPH", "AFX"})
_LINKS: Final = frozenset({"of", "for", "at", "with", "from", "in"})
_HYPHENS: Final = frozenset({"-", "–", "‑"})
_FORMER: Final = frozenset({"former", "ex", "late", "retired", "ousted", "onetime"})
_SERVING: Final = frozenset(
    [
        "work",
        "serve",
        "lead",
        "head",
        "run",
        "manage",
        "direct",
        "represent",
        "command",
        "teach",
        "edit",
        "chair",
        "found",
    ]
)
_TOPICAL: Final = frozenset({"EDU", "MED"})
"""A "Ukraine analyst" and a "China correspondent" belong to their newsroom, not to what they write about."""

_OFFICIAL: Final = frozenset({None, "GOV", "BUS", "IGO", "MIL"})
"""Sectors of titles that an organisation's own is better than: a chief or a spokesman may be of anything."""

_AMERICAN_SEAT: Final = re.compile(r"\(?[RDI]\s?[-–]\s?[A-Z]")
_REACH: Final = 18


@dataclass(frozen=True, slots=True)
class Introduction:
    """Country and sector of who is introduced, the CAMEO code of an international body, and the words that say the role.

    ``noun`` is the common noun that "the poet" may take up later."""

    country: str | None
    sector: str | None
    code: str | None = None
    role: str | None = None
    noun: str | None = None


class Introductions:
    """Finds introductions in one passage."""

    def __init__(self, page: Page, knowledge: Knowledge, context: Context) -> None:
        self._page = page
        self._knowledge = knowledge
        self._context = context

    @cached_property
    def _owners(self) -> list[Owner]:
        return find_owners(self._page, self._knowledge, self._context)

    @property
    def _doc(self) -> Doc:
        return self._page.doc

    def of(self, start: int, end: int, *, person: bool) -> Introduction | None:
        """What is said of the name at these tokens, in the order of trust; a place that was taken for an organisation is none."""
        if not person and self._knowledge.gazetteer.find(self._doc[start:end].text) is not None:
            return None
        readers = (self._bracket, self._aside, self._before, self._belonging, self._serving)
        return next((found for reader in readers if (found := reader(start, end, person)) is not None), None)

    # Before the name ------------------------------------------------------------------------------------------------

    def _before(self, start: int, end: int, person: bool) -> Introduction | None:
        """ "Danish broadcaster TV2", "Chatham House analyst Jane Doe", "Texas-based carrier Zed", "Israel's Jane Doe"."""
        doc, at = self._doc, start
        while at > 0 and start - at < 7:
            if is_possessive(doc[at - 1]) and at - 1 > 0:
                owner = self._ending(at - 1)
                said = self._intro(owner, at, start, person) if owner is not None else None
                return said if person or (said is not None and said.sector is not None) else None
            owner = self._ending(at)
            if owner is not None:
                alone = at == start and owner.kind != "agent" and (owner.kind != "adjective" or not person)
                alone = alone or (owner.kind in {"country", "place"} and not any(t.is_lower for t in doc[at:start]))
                return None if alone or self._is_topic(owner, at, start) else self._intro(owner, at, start, person)
            if doc[at - 1].lower_ == "based" and at >= 3 and doc[at - 2].text in _HYPHENS:
                owner = self._ending(at - 2)
                return self._intro(owner, at, start, person) if owner is not None else None
            if doc[at - 1].tag_ not in _NOUN_PARTS or doc[at - 1].text in _HYPHENS:
                return None
            at -= 1
        return None

    def _is_topic(self, owner: Owner, at: int, start: int) -> bool:
        return owner.kind in {"country", "place"} and self._role(at, start, True)[0] in _TOPICAL

    def _ending(self, token: int) -> Owner | None:
        return next((owner for owner in self._owners if owner.end == token), None)

    def _starting(self, token: int) -> Owner | None:
        """The owner after a preposition: articles and adjectives before it do not count ("of the independent Zed Institute")."""
        doc = self._doc
        at = token
        while at < len(doc) and at < token + 3:
            owner = next((owner for owner in self._owners if owner.start == at), None)
            if owner is not None:
                return owner
            if doc[at].tag_ not in {"DT", "JJ", "PRP$"}:
                return None
            at += 1
        return None

    # After the name -------------------------------------------------------------------------------------------------

    def _bracket(self, start: int, end: int, person: bool) -> Introduction | None:
        """ "Acme (Romania)", "Senator Doe (R-Texas)", "Senator Doe, D-Texas"."""
        doc = self._doc
        if end + 1 >= len(doc) or doc[end].text not in {"(", ","}:
            return None
        if person and _AMERICAN_SEAT.match(doc[end + 1 : end + 5].text):
            return Introduction("USA", "LEG")
        owner = next((owner for owner in self._owners if owner.start == end + 1), None)
        if doc[end].text == "(" and owner is not None and owner.end < len(doc) and doc[owner.end].text == ")":
            return Introduction(owner.country, None) if owner.kind in {"country", "adjective"} else None
        return None

    def _aside(self, start: int, end: int, person: bool) -> Introduction | None:
        """ "Jane Doe, a 34-year-old teacher from Kharkiv," and "Jane Doe is a professor at the University of Oslo"."""
        doc, begin = self._doc, end + 1
        if begin >= len(doc):
            return None
        is_said = doc[end].lemma_ == "be" and doc[begin].lower_ in {"a", "an", "the", "one"}
        if not is_said and doc[end].text not in _COMMAS:
            return None
        until = self._until(begin)
        if until < len(doc) and doc[until].text == "," and all(_is_age(doc[i].text) for i in range(begin, until)):
            begin, until = until + 1, self._until(until + 1)  # "Jane Doe, 34, a teacher"
        if begin >= until or doc[begin].lower_ == "who":
            return None
        closed = until == len(doc) or doc[until].text in _ENDS or bool(doc[until].is_sent_start)
        if not closed and not is_said and doc[begin].lower_ not in {"a", "an"}:
            return None
        if any(m.label == "PERSON" and m.start < until and begin < m.end for m in self._page.mentions):
            return None
        return self._phrase(begin, until, person)

    def _until(self, begin: int) -> int:
        """Where a phrase that begins there ends: before a comma, a full stop, a finite verb or another sentence."""
        doc = self._doc
        for at in range(begin, min(len(doc), begin + _REACH)):
            token = doc[at]
            if token.text in _ENDS or token.tag_ in _FINITE or (at > begin and token.is_sent_start):
                return at
        return min(len(doc), begin + _REACH)

    def _phrase(self, begin: int, until: int, person: bool) -> Introduction | None:
        """The owner within a noun phrase that describes the name: an adjective, else what follows a preposition, else what leads."""
        inside = [owner for owner in self._owners if begin <= owner.start and owner.end <= until]
        if not inside:
            return None
        sector, known = self._role(begin, until, person)
        linked = [owner for owner in inside if self._is_linked(owner, begin)]
        leading = [owner for owner in inside if owner not in linked]
        bodies = [owner for owner in (*leading, *linked) if owner.is_body]
        adjectives = [owner for owner in leading if owner.kind == "adjective"]
        if sector in _TOPICAL:
            leading = [owner for owner in leading if owner.kind not in {"country", "place"}]
        owner = next((owner for owner in (*bodies, *adjectives, *leading, *linked)), None)
        if owner is None or (not known and not owner.is_body and not self._has_noun(begin, until)):
            return None
        return self._intro(self._edition(owner), begin, until, person)

    def _edition(self, owner: Owner) -> Owner:
        """ "Newsweek (Romania)" is Romanian."""
        local = self._bracket(owner.start, owner.end, False)
        return owner if local is None else replace(owner, country=local.country)

    def _is_linked(self, owner: Owner, begin: int) -> bool:
        at = owner.start - 1
        while at > begin and self._doc[at].tag_ in {"DT", "JJ", "PRP$"}:
            at -= 1
        return at >= begin and self._doc[at].lower_ in _LINKS

    def _has_noun(self, begin: int, until: int) -> bool:
        """Whether the phrase says what the name is, beyond whose: a common noun, with an article before it."""
        doc = self._doc
        return doc[begin].lower_ in {"a", "an", "the"} and any(doc[i].tag_ == "NN" for i in range(begin, until))

    def _belonging(self, start: int, end: int, person: bool) -> Introduction | None:
        """ "Jane Doe of Human Rights Watch", "Jane Doe from Kharkiv"."""
        if end >= len(self._doc) or self._doc[end].lower_ not in ({"of", "from", "at"} if person else {"of"}):
            return None
        owner = self._starting(end + 1)
        if owner is None or (not owner.is_body and (self._doc[end].lower_ == "at" or not person)):
            return None
        return self._intro(owner, end, end, person)

    def _serving(self, start: int, end: int, person: bool) -> Introduction | None:
        """ "Jane Doe, who worked for British intelligence"."""
        doc = self._doc
        begin = end + 1 if end < len(doc) and doc[end].text in _COMMAS else end
        if not person or begin >= len(doc) or doc[begin].lower_ != "who":
            return None
        at = begin + 1
        while (at < len(doc) and doc[at].tag_ in {"RB", "MD"}) or (at < len(doc) and doc[at].lemma_ in {"be", "have"}):
            at += 1
        if at >= len(doc) or doc[at].lemma_.lower() not in _SERVING:
            return None
        for i in range(at + 1, min(len(doc), at + _REACH)):
            owner = next((owner for owner in self._owners if owner.start == i), None)
            if owner is not None and owner.is_body:
                whole = self._starting(owner.end + 1) if doc[min(owner.end, len(doc) - 1)].lower_ == "of" else None
                owner = whole if whole is not None and whole.is_body else owner
                return self._intro(owner, i, i, person)
            if doc[i].text in _ENDS or doc[i].tag_ in _FINITE:
                return None
        return None

    # Roles ----------------------------------------------------------------------------------------------------------

    def _intro(self, owner: Owner, begin: int, until: int, person: bool) -> Introduction:
        """Country from the owner; the sector from the role's words, a body's own where the role may be of anything."""
        sector, known = self._role(begin, until, person)
        if not person:
            own = sector if sector not in {"GOV", "CVL", None} else owner.sector if owner.is_body else None
            return Introduction(owner.country, own)
        if owner.is_body and (not known or sector in _OFFICIAL):
            sector = owner.sector
        elif not known and owner.kind in {"adjective", "place"}:
            sector = "CVL"
        lead = self._doc[begin:until]
        if any(token.lower_ in _FORMER for token in lead) and sector in {"GOV", "MIL", "LEG", "SPY", "IGO", "JUD"}:
            sector = "ELI"
        noun = next((token.lower_ for token in lead if token.tag_ == "NN"), None)
        return Introduction(
            owner.country, sector, owner.code if sector == "IGO" else None, lead.text if known else None, noun
        )

    def _role(self, begin: int, until: int, person: bool) -> tuple[str | None, bool]:
        """The sector of the first title or agent noun, and whether there is one: a chief has a title and no sector."""
        for phrase in self._page.offices if person else ():
            if begin <= phrase.head < until:
                return phrase.title.sector, True
        for at in range(begin, until):
            if any(owner.is_body and owner.start <= at < owner.end for owner in self._owners):
                continue
            sector = role_sector(fold(self._doc[at].text), self._knowledge, person=person)
            if sector is not None:
                return sector, True
        return None, False


def _is_age(text: str) -> bool:
    return text.isdigit() or text.lower() == "aged"
