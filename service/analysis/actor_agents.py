"""Phrases that denote a country's agents or a body's: "Russian troops", "the government of Ukraine", "UN peacekeepers"."""

from dataclasses import dataclass
from typing import Final

from spacy.tokens import Doc

from service.analysis.actor_names import Context, Name, Words, is_possessive, name_ending_at
from service.analysis.actor_offices import owner_of
from service.analysis.actor_ships import Ship
from service.analysis.reading import Mention
from service.knowledge import Knowledge
from service.knowledge.names import fold

_NOT_OURS: Final = frozenset(
    """backed made supplied occupied held based aligned supported funded armed trained annexed sponsored born linked allied friendly
    speaking besieged sanctioned designated claimed built provided manned language facing bound registered installed appointed imposed led run""".split()  # noqa: SIM905
)
_SIDES: Final = frozenset({"pro", "anti", "non", "post", "ex"})
_STATE_ORGANS: Final = frozenset(
    {
        "government",
        "authorities",
        "military",
        "army",
        "navy",
        "air force",
        "parliament",
        "police",
        "opposition",
        "cabinet",
        "ministry",
        "regime",
        "administration",
        "court",
        "prosecutors",
        "senate",
        "congress",
    }
)
"""What a state has one of, so that the article's country tells which is meant."""

_LOOSE_ADJECTIVES: Final = frozenset(
    {"local", "federal", "national", "central", "current", "old", "new", "previous", "supreme"}
)

_ANY_ONE: Final = frozenset({"a", "an", "another", "each", "every", "no", "one", "other"})

_REPORTING: Final = frozenset(
    """reporter reporters journalist journalists correspondent correspondents analyst analysts expert experts researcher researchers
    historian historians scholar scholars professor observers watcher watchers""".split()  # noqa: SIM905
)
"""Who writes about a country need not be of it: a "Ukraine war reporter", "Russia experts"."""

_AT_HOME: Final = frozenset({"GOV", "COP", "JUD", "LEG", "OPP"})
_ABROAD: Final = frozenset(
    [
        "diplomat",
        "diplomats",
        "embassy",
        "embassies",
        "mission",
        "envoys",
        "ambassadors",
        "delegation",
        "delegates",
        "consulate",
        "negotiators",
    ]
)
"""Agents of a government who are elsewhere: "diplomats in Ukraine" are not Ukraine's."""

_TAKING_AWAY: Final = frozenset(
    """bring drive evacuate evict expel fly move pull recall redeploy remove return ship take withdraw
    departure evacuation expulsion pullout redeployment removal return withdrawal""".split()  # noqa: SIM905
)
"""What is taken "from" a country is not the country's, the less so when it is its army."""

_FIELDS: Final = {
    "army": "MIL", "business": "BUS", "church": "REL", "corporate": "BUS", "industry": "BUS", "insurgent": "REB", "intelligence": "SPY",
    "judicial": "JUD", "militant": "REB", "military": "MIL", "naval": "MIL", "navy": "MIL", "opposition": "OPP", "police": "COP",
    "rebel": "REB", "religious": "REL", "separatist": "REB", "union": "LAB", "parliamentary": "LEG", "spiritual": "REL",
}  # fmt: skip
"""Whose officials and leaders are not the government's: "Russian business leaders"."""

_CRAFT: Final = frozenset("carrier carriers vessel vessels ship ships plane planes aircraft jet jets".split())  # noqa: SIM905
_CIVILIAN: Final = frozenset(
    "budget bulk cargo chemical civilian commercial container crude fishing gas grain lng merchant oil passenger".split()  # noqa: SIM905
)
"""What makes a carrier a tanker or an airline, and no part of the forces."""

_HYPHENS: Final = frozenset({"-", "–", "‑"})
_WALK: Final = 7
_MODIFIER_TAGS: Final = frozenset(
    {"JJ", "JJR", "JJS", "NN", "NNS", "NNP", "NNPS", "VBN", "VBG", "VBD", "CD", "HYPH", "RB", "ADD", "AFX"}
)


@dataclass(frozen=True, slots=True)
class AgentPhrase:
    """Tokens ``start`` to ``end`` whose ``head`` is an agent noun of ``sector``; of a country, a body (an id) or a person.

    With neither it is a force of the article's own country ("the Navy")."""

    start: int
    end: int
    head: int
    sector: str
    country: str | None
    body: str | None
    person: str | None
    owner: Name | None
    certainty: float = 0.95


def find_arms(
    doc: Doc, mentions: list[Mention], names: list[Name], knowledge: Knowledge, context: Context
) -> list[AgentPhrase]:
    """Weapons by name that stand for the military of the country before them: "an American U-2", "Russian Su-34s".

    A noun after the name says better who acts ("F-16 pilots", "F-16 deliveries")."""
    found: list[AgentPhrase] = []
    for mention in mentions:
        after = doc[mention.end] if mention.end < len(doc) else None
        if mention.label != "WEAPON" or (after is not None and after.tag_ in {"NN", "NNS", "NNP", "NNPS", "HYPH"}):
            continue
        owner = _owner_before(doc, mention.start, names)
        country, body = owner_of(doc, owner, knowledge, context)
        if owner is not None and owner.end == mention.start and country is not None and body is None:
            head = doc[mention.start : mention.end].root.i
            found.append(AgentPhrase(owner.start, mention.end, head, "MIL", country, None, None, owner, 0.9))
    return found


def find_agents(
    doc: Doc, words: Words, names: list[Name], ships: list[Ship], knowledge: Knowledge, context: Context
) -> list[AgentPhrase]:
    """All phrases of an agent noun with an owner before it ("Kyiv's troops") or after it ("troops from North Korea")."""
    ship_nouns = {ship.noun for ship in ships}
    found: list[AgentPhrase] = []
    at = 0
    while at < len(words.folded):
        hit = knowledge.agents.longest(words.folded, words.texts, at) if words.begins_token(at) else None
        if hit is None or not words.ends_token(at + hit.length - 1):
            at += 1
            continue
        start, end = words.tokens[at], words.tokens[at + hit.length - 1] + 1
        at += hit.length
        if any(name.start < end and start < name.end for name in names) or _is_side(doc, start):
            continue
        if end - 1 not in ship_nouns and _modifies_next(doc, end):
            if doc[start].lower_ == "government" and _owner_before(doc, start, names) is None:
                found += filter(None, (_lone(doc, start, end, "GOV"),))  # "government spending" is the government's
            continue
        phrase = _phrase(doc, start, end, hit.senses[0].ref, names, knowledge, context)
        if phrase is not None:
            found.append(phrase)
    return found


def _modifies_next(doc: Doc, end: int) -> bool:
    """Whether the noun is only a modifier ("police station"): the phrase is no agent then, or a later noun is."""
    last = doc[end - 1]
    if end >= len(doc):
        return False
    if last.tag_ not in {"NN", "NNS", "NNP", "NNPS"}:
        return last.pos_ in {"VERB", "ADV"} or (last.tag_ == "JJ" and doc[end].tag_ in {"NN", "NNS", "NNP"})
    if (
        last.text[:1].isupper()
        and last.i > 0
        and not last.is_sent_start
        and doc[end].tag_ == "NNP"
        and not last.is_upper
    ):
        return True  # "National Security Council"
    return doc[end].tag_ in {"NN", "NNS", "NNP"} and last.dep_ in {"compound", "nmod:desc"} and last.head.i >= end


def _phrase(
    doc: Doc, start: int, end: int, sector: str, names: list[Name], knowledge: Knowledge, context: Context
) -> AgentPhrase | None:
    owner = _owner_before(doc, start, names)
    first, last = (owner.start, end) if owner is not None else (start, end)
    if owner is None:
        owner = _owner_after(doc, end, names, sector)
        last = owner.end if owner is not None else end
    if owner is None:
        return _lone(doc, start, end, sector)
    topical = owner.end <= start and owner.ref("country") is not None and owner.ref("adjective") is None
    if topical and doc[end - 1].lower_ in _REPORTING and not is_possessive(doc[owner.end]):
        return None
    if doc[end - 1].lower_ == "state" and owner.ref("region") is not None:
        return None
    country, body = owner_of(doc, owner, knowledge, context)
    person = owner.ref("person") if country is None and body is None else None
    if country is None and body is None and person is None:
        return None
    if sector == "GOV" and owner.end <= start:
        sector = next((_FIELDS[t.lower_] for t in doc[owner.end : start] if t.lower_ in _FIELDS), sector)
    if (
        sector == "MIL"
        and doc[end - 1].lower_ in _CRAFT
        and any(t.lower_ in _CIVILIAN for t in doc[max(0, start - 3) : end])
    ):
        sector = "BUS"
    return AgentPhrase(first, last, end - 1, sector, country, body, person, owner)


def _lone(doc: Doc, start: int, end: int, sector: str) -> AgentPhrase | None:
    """ "The government", "parliament": whose it is shows when the places and people of the article are known."""
    noun = doc[start:end].text.lower()
    before = doc[start - 1] if start > 0 else None
    if before is not None and before.tag_ == "JJ" and before.lower_ in _LOOSE_ADJECTIVES and start > 1:
        before = doc[start - 2]
    definite = before is not None and before.lower_ in {"the", "his", "her", "their"}
    bare = before is None or before.tag_ not in _MODIFIER_TAGS | {"DT", "PRP$", "POS"}
    modifier = sector == "MIL" and end < len(doc) and doc[end].tag_ in {"NN", "NNS", "NNP"}
    spoken = noun == "government" and (before is None or before.lower_ not in _ANY_ONE)
    if modifier or noun not in _STATE_ORGANS or not (definite or spoken or (bare and noun in {"parliament", "police"})):
        return None
    return AgentPhrase(start, end, end - 1, sector, None, None, None, None, 0.5)


def _owner_before(doc: Doc, start: int, names: list[Name]) -> Name | None:
    """Walk left through the noun phrase to the name that owns it; "Iranian-backed" and "pro-Russian" own nothing."""
    at = start
    for _ in range(_WALK):
        if at == 0:
            return None
        previous = doc[at - 1]
        name = name_ending_at(names, at - 1 if is_possessive(previous) else at)
        if name is not None:
            inside = set(fold(doc[name.end - 1].text))
            return None if _is_side(doc, name.start) or inside & (_NOT_OURS | _SIDES) else name
        if previous.lower_ in _NOT_OURS and at >= 2 and doc[at - 2].text in _HYPHENS:
            return None
        verbal = previous.tag_ == "VBD" or (
            previous.tag_ in {"VBN", "VBG"} and previous.dep_ not in {"amod", "compound"}
        )
        if verbal and doc[max(at - 2, 0)].text not in _HYPHENS:
            return None
        if previous.tag_ not in _MODIFIER_TAGS and previous.text not in _HYPHENS:
            return None
        at -= 1
    return None


def _is_side(doc: Doc, start: int) -> bool:
    """Whether "pro-" or "anti-" stands before the name."""
    if start == 0:
        return False
    before = doc[start - 1]
    return before.lower_ in _SIDES or (before.text in _HYPHENS and start >= 2 and doc[start - 2].lower_ in _SIDES)


def _owner_after(doc: Doc, end: int, names: list[Name], sector: str) -> Name | None:
    """The name in "government of [the] Netherlands", "soldiers from North Korea", "the authorities in Kyiv".

    Troops in a country may be another's: "in" says nothing of an army."""
    at_home = sector in _AT_HOME and doc[end - 1].lower_ not in _ABROAD
    links = {"of", "from", "in"} if at_home else {"of", "from"}
    if end + 1 >= len(doc) or doc[end].lower_ not in links:
        return None
    if doc[end].lower_ == "from" and doc[end - 1].head.lemma_.lower() in _TAKING_AWAY:
        return None
    at = end + 1 + (doc[end + 1].lower_ == "the")
    name = next((name for name in names if name.start == at), None)
    return (
        name
        if name is not None and name.ref("country", "body", "capital") is not None and not _owns_more(doc, name)
        else None
    )


def _owns_more(doc: Doc, name: Name) -> bool:
    """ "people of Ukraine's east", "side of the Russia-Ukraine border": the name is not itself the owner."""
    if name.end >= len(doc):
        return False
    after = doc[name.end]
    return is_possessive(after) or (after.text in _HYPHENS and not after.whitespace_)
