"""Who is on which side of a deed that a rule has found, by grammar: the slots that the rule names, read from the parse."""

from typing import Final, Literal

from spacy.tokens import Token

from service.analysis.attribution import speaker_of
from service.analysis.matching import ACCOMPANYING
from service.analysis.misparses import is_verb
from service.analysis.participants import Participant, Participants
from service.analysis.syntax import Arguments
from service.knowledge.lexicon import Lexicon, Rule

BY_SPEAKER: Final = 0.8  # certainty kept by a side that is only who speaks of the deed
NOUN_SOURCES: Final = ("owner", "subject", "modifier")
NOT_OF_NOUNS: Final = frozenset({*NOUN_SOURCES, "object", "recipient", "complement", "complement-object"})
NOUN_TARGETS: Final = (
    "against",
    "on",
    "of",
    "in",
    "into",
    "with",
    "to",
    "from",
    "at",
    "for",
    "toward",
    "towards",
    "over",
)
VENUES: Final = frozenset({"in", "at", "on", "over", "into", "for"})  # behind these stands where and of what one talks
MEETINGS: Final = frozenset({"CONSULT", "AGREE", "COOPERATE"})
COMING_FROM: Final = frozenset({"ACCUSE", "REJECT", "REQUEST", "THREATEN", "SUPPORT", "PROTEST", "AID", "ASSAULT"})
"""Roots of what comes from somebody, where a noun names it: ``criticism from``, ``aid from``; not ``withdrawal from``."""
VERB_TARGETS: Final = ("against", "on", "at", "with", "to", "into", "toward", "towards", "from")
WHERE: Final = ("in", "over", "of")
"""Behind these stands whom a deed hits only where nothing else is hit: ``struck in Lebanon``, not ``held captives in Gaza``."""

Side = Literal["source", "target"]


def sides_of(
    rule: Rule, token: Token, roles: Arguments, participants: Participants
) -> tuple[list[Participant], list[Participant]]:
    """The actors of both sides; an actor is on one of them only."""
    nominal = not is_verb(token)
    between = [p for head in roles.prepositions.get("between", ()) for p in participants.named_by(head)]
    if len(between) > 1:
        return between[:1], between[1:]
    origins = _source_slots(rule, nominal)
    sources = _first(origins, token, roles, participants, set())
    taken = {p.actor for p in sources}
    targets = _first(_target_slots(rule, nominal, roles), token, roles, participants, taken)
    if nominal and not targets and sources and roles.modifiers and rule.mutual:
        targets = all_in(("modifier",), token, roles, participants, taken)
    if len(sources) > 1 and ((rule.mutual and not targets) or _is_reciprocal(roles)):
        sources, targets = sources[:1], sources[1:]
    return sources, targets


def _is_reciprocal(roles: Arguments) -> bool:
    """Whether those on one side are on the other as well: ``shot at each other``."""
    phrases = (*roles.objects, *(head for heads in roles.prepositions.values() for head in heads))
    words = (head if head.lower_ in {"each", "one"} else head.nbor(-1) for head in phrases if head.i)
    return any(word.nbor().lower_ in {"other", "another"} and word.lower_ in {"each", "one"} for word in words)


def _source_slots(rule: Rule, nominal: bool) -> tuple[str, ...]:
    """Of a noun first the rule's own prepositions (``fire from``), then its owner and the like, then whom it comes from."""
    if not nominal:
        return rule.source
    own = (slot for slot in rule.source if slot not in NOT_OF_NOUNS)
    return (*own, *NOUN_SOURCES, *(("from",) if rule.root in COMING_FROM else ()))


def _target_slots(rule: Rule, nominal: bool, roles: Arguments) -> tuple[str, ...]:
    if nominal:
        not_of = {"object", *(VENUES if rule.root in MEETINGS else ()), *_source_slots(rule, nominal)}
        return (*(slot for slot in rule.target if slot != "object"), *(s for s in NOUN_TARGETS if s not in not_of))
    if rule.target != ("object",):
        return rule.target
    return ("object", "recipient", *VERB_TARGETS, *(() if roles.objects else WHERE))


def _first(
    slots: tuple[str, ...], token: Token, roles: Arguments, participants: Participants, taken: set[str]
) -> list[Participant]:
    """The actors of the first slot that holds any who are not ``taken``."""
    for slot in slots:
        found = all_in((slot,), token, roles, participants, taken)
        if found:
            return found
    return []


def all_in(
    slots: tuple[str, ...], token: Token, roles: Arguments, participants: Participants, taken: set[str]
) -> list[Participant]:
    """The actors of all the slots who are not ``taken``, each once."""
    found: dict[str, Participant] = {}
    for slot in slots:
        for head in _heads(slot, token, roles):
            for participant in participants.named_by(head):
                if participant.actor not in taken:
                    found.setdefault(participant.actor, participant)
    return list(found.values())


def _heads(slot: str, token: Token, roles: Arguments) -> list[Token]:
    match slot:
        case "subject":
            return roles.subjects
        case "object":
            return roles.objects
        case "recipient":
            return roles.recipients
        case "owner":
            return roles.owners
        case "modifier":
            return roles.modifiers
        case "complement":
            return [c for word in roles.complements for c in word.children if c.dep_.startswith("nsubj")]
        case "complement-object":
            return [word for complement in roles.complements for word in _objects_within(complement)]
        case _:
            return roles.prepositions.get(slot, [])


def _objects_within(clause: Token) -> list[Token]:
    """What a clause is about, in the order of the text, without the clauses that only accompany it."""
    found = [clause]
    for word in found:
        found.extend(child for child in word.children if child.dep_ not in ACCOMPANYING)
    objects = (word for word in found if word.dep_ in {"obj", "obl", "nsubj:pass"} and word.i > clause.i)
    return sorted(objects, key=lambda word: word.i)


def unknown_sides(
    rule: Rule,
    token: Token,
    roles: Arguments,
    participants: Participants,
    people: frozenset[str],
    sources: list[Participant],
    targets: list[Participant],
) -> frozenset[Side]:
    """The sides whose place in the sentence is taken by somebody who is no known actor."""
    found: set[Side] = set()
    nominal = not is_verb(token)
    slots: dict[Side, tuple[str, ...]] = {
        "source": _source_slots(rule, nominal),
        "target": ("against", "of") if nominal else ("object", "recipient"),
    }
    known: dict[Side, bool] = {"source": bool(sources), "target": bool(targets)}
    for side in slots:
        heads = (head for slot in slots[side] for head in _heads(slot, token, roles))
        if not known[side] and any(participants.names_somebody(head, people) for head in heads):
            found.add(side)
    return frozenset(found)


def with_speaker(
    rule: Rule,
    token: Token,
    sources: list[Participant],
    targets: list[Participant],
    participants: Participants,
    lexicon: Lexicon,
) -> tuple[list[Participant], list[Participant]]:
    """Who speaks of talks or agreements with somebody is the other side: ``the White House said talks with Iran went on``."""
    speaker = speaker_of(token, lexicon.modality) if rule.root in MEETINGS else None
    known = {p.actor for p in (*sources, *targets)}
    said_by = [p for p in participants.named_by(speaker) if p.actor not in known] if speaker is not None else []
    if not said_by:
        return sources, targets
    weaker = [Participant(p.actor, p.certainty * BY_SPEAKER) for p in said_by[:1]]
    return (sources, weaker) if sources else (weaker, targets)


def are_enough(rule: Rule, sources: list[Participant], targets: list[Participant], unknown: frozenset[Side]) -> bool:
    """Whether the rule's sides are there; one of them at least must be a known actor."""
    if not sources and not targets:
        return False
    there = {"source": bool(sources) or "source" in unknown, "target": bool(targets) or "target" in unknown}
    match rule.needs:
        case "both":
            return all(there.values())
        case "any":
            return True
        case side:
            return there[side]
