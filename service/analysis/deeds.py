"""A deed before it is written down, and which of the words that tell of one deed stands for it."""

from dataclasses import dataclass, replace
from typing import Final

from spacy.tokens import Token

from service.analysis.misparses import is_mislabelled_object, is_verb
from service.analysis.participants import Participant, Participants
from service.analysis.reading import Passage
from service.analysis.sides import Side
from service.knowledge.lexicon import Rule
from service.messages.enriched import Modality

IN_PHRASE: Final = frozenset({"obj", "nsubj:pass", "nmod", "compound", "acl", "obl", "xcomp"})
PHRASE: Final = 3  # steps between two words of one phrase
UNDOING: Final = frozenset({"SANCTION", "CONCEDE", "REJECT"})


@dataclass(slots=True)
class Deed:
    """An event before it is written down."""

    trigger: Token
    rule: Rule
    sources: list[Participant]
    targets: list[Participant]
    affected: list[Participant]
    modality: Modality
    passage: Passage
    participants: Participants
    unknown: frozenset[Side] = frozenset()
    """Sides that the text names and nobody knows: ``gunmen``. They stay empty, and nobody else is put in their place."""
    settled: bool = False
    """Whether the words leave no doubt of the modality."""
    sure: float | None = None
    """The model's probability of the root; None where it was not asked, or sees no deed."""
    unseen: bool = False
    """Whether the model was asked and sees no deed there."""


def told_once(deed: Deed, found: list[Deed]) -> list[Deed]:
    """``found`` with the deed; of two neighbouring words for one deed (``launched an attack``) the one that names more sides."""
    for position in range(len(found) - 1, -1, -1):
        other = found[position]
        if other.trigger.sent.start != deed.trigger.sent.start:
            break
        if _undone_by(deed, other):
            return found
        if other.rule.root != deed.rule.root or not _hang_together(deed.trigger, other.trigger):
            continue
        sources = {p.actor for p in deed.sources}, {p.actor for p in other.sources}
        if _are_halves(deed, other):
            return [*found[:position], _merged(deed, other), *found[position + 1 :]]
        if _adjoin(deed.trigger, other.trigger) and (sources[0] <= sources[1] or sources[1] <= sources[0]):
            if _sides_named(deed) > _sides_named(other):
                return [*found[:position], deed, *found[position + 1 :]]
            return found
    return [*found, deed]


def _adjoin(a: Token, b: Token) -> bool:
    return a.head.i == b.i or b.head.i == a.i


def _hang_together(a: Token, b: Token) -> bool:
    """Whether one word stands in the other's phrase: ``delivered a note of protest``, ``a resolution condemning``."""
    for lower, upper in ((a, b), (b, a)):
        token = lower
        for _ in range(PHRASE):
            if token.head.i == upper.i and token.dep_ in IN_PHRASE:
                return True
            if token.dep_ not in IN_PHRASE:
                break
            token = token.head
    return _adjoin(a, b)


def _are_halves(deed: Deed, other: Deed) -> bool:
    """Whether each names the side that the other lacks."""
    by = (deed.sources and not deed.targets and other.targets and not other.sources) or (
        other.sources and not other.targets and deed.targets and not deed.sources
    )
    return bool(by) and {p.actor for p in (*deed.sources, *deed.targets)}.isdisjoint(
        p.actor for p in (*other.sources, *other.targets)
    )


def _merged(deed: Deed, other: Deed) -> Deed:
    """One deed of two halves, told by the word that names who does it."""
    told = deed if deed.sources else other
    return replace(told, sources=deed.sources or other.sources, targets=deed.targets or other.targets)


def _undone_by(deed: Deed, other: Deed) -> bool:
    """Whether the deed is but the object of one that ends it: the aid of ``suspended aid`` and of ``a suspension of aid``, the
    bombing of ``halted its bombing``."""
    trigger = deed.trigger
    if other.rule.mode == "ceasefire" and not is_verb(other.trigger) and deed.rule.root == "ASSAULT":
        return trigger.i - other.trigger.i in {2, 3}  # "a pause in fighting", "an end to the war"
    ended = other.rule.root == "RETREAT" and other.modality == "actual"
    if trigger.head.i != other.trigger.i or not (ended or other.rule.root in UNDOING):
        return False
    lemma = trigger.lemma_.lower()
    if trigger.dep_ == "xcomp":
        return ended and lemma in other.rule.complement
    objects = {"obj", "nsubj:pass"} if is_verb(other.trigger) else {"nmod", "compound"}
    return (trigger.dep_ in objects or is_mislabelled_object(trigger)) and lemma in other.rule.object


def _sides_named(deed: Deed) -> int:
    return bool(deed.sources) + bool(deed.targets)
