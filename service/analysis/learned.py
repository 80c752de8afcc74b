"""The model's part in events: it doubts or corrects what a rule has found, and finds what no rule knows.

A rule says which words it stands on, and its finer code; the model has read the whole sentence. Where the model is sure of another
modality, it decides; conflict that only a weak rule sees is left out; a side that is empty or unlikely is as the model has it; and where
no rule fires, its own proposal stands, as ``learned.<root>``. The root of a rule stands: on plain sentences the rules know better.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, cast

from spacy.tokens import Token

from service.analysis.event_layer import Proposal
from service.analysis.modality import Told
from service.analysis.participants import Participant, Participants
from service.knowledge.lexicon import LearnedWords, Rule
from service.messages.enriched import Modality, PloverRoot

NEAR: Final = 2
"""Tokens between two words of one deed: *launched* and *attack*."""

MARGIN: Final = 0.5
"""How much likelier the model must find an actor on a side than the one that a rule puts there."""

ROLES: Final = ("source", "target", "affected")
HOSTILE: Final = frozenset({"ASSAULT", "COERCE", "MOBILIZE", "SANCTION", "PROTEST"})
"""Roots of quad class 4: material conflict."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What becomes of a rule's deed: its rule, its modality, and how sure the model is of the rule's root (0..1; None: it said nothing)."""

    rule: Rule
    modality: Modality
    sure: float | None


@dataclass(frozen=True, slots=True)
class Found:
    """A deed that no rule knows."""

    trigger: Token
    rule: Rule
    modality: Modality
    sure: float
    sources: list[Participant]
    targets: list[Participant]
    affected: list[Participant]


def near(token: Token, proposed: dict[int, Proposal]) -> Proposal | None:
    """The proposal for the word, else the surest of those that hang on it or that it hangs on."""
    if token.i in proposed:
        return proposed[token.i]
    around = [token.head, *token.children]
    some = [proposed[word.i] for word in around if word.i in proposed and abs(word.i - token.i) <= NEAR]
    return max(some, key=lambda proposal: proposal.trigger, default=None)


def judge(
    rule: Rule, told: Told, proposal: Proposal | None, words: LearnedWords, *, sided: bool = False
) -> Judgement | None:
    """What the model makes of a rule's deed; None: there is no deed there.

    Args:
        told: what the words tell of the modality.
        sided: whether the text names both sides in so many words; such a deed stands without the model.
    """
    if proposal is None:
        doubtful = rule.root in HOSTILE and told == Told("actual") and rule.confidence < words.doubt
        return None if doubtful and not sided else Judgement(rule, told.modality, None)
    modality = told.modality if told.settled else weighed(told.modality, proposal.modalities, words)
    return Judgement(rule, modality, proposal.trigger * proposal.roots[rule.root])


def weighed(told: Modality, modalities: dict[str, float], words: LearnedWords) -> Modality:
    """The modality that the words tell, unless the model is sure enough of another: it knows no dates, and where both see the deed
    undone in different ways it must be surer than where the words see it done."""
    other, believed = _best(modalities)
    undone = words.undone if told != "actual" else words.modality
    least = {"actual": words.actual, "historical": words.historical}.get(other, undone)
    return cast(Modality, other) if believed >= least else told


def corrected(
    sides: dict[str, list[Participant]],
    unknown: frozenset[str],
    proposal: Proposal,
    participants: Participants,
    words: LearnedWords,
    *,
    mutual: bool = False,
) -> dict[str, list[Participant]]:
    """The sides of a rule's deed: one that it left empty, or filled with whom the model is sure not to see there, as the model has it.

    Of a mutual deed, who is seen as a source may as well be the second of two: ``talks between France and Spain``.
    """
    seen = _sides(proposal, participants, words.side)
    found = dict(sides)
    for role in ("source", "target"):
        other = "target" if role == "source" else "source"
        taken = {p.actor for p in found[other]}
        better = [p for p in seen[role] if p.actor not in taken]
        if not better or role in unknown:
            continue
        roles = ("source", "target") if mutual and role == "target" else (role,)
        seen_there = max(
            (_in_role(p.actor, one, proposal, participants) for p in found[role] for one in roles), default=0
        )
        if not found[role] or seen_there < max(words.unlikely, better[0].certainty - MARGIN):
            found[role] = better
    return found


def _in_role(actor: str, role: str, proposal: Proposal, participants: Participants) -> float:
    """The probability that one of the actor's mentions in the passage is in the role."""
    mentions = {id(m): m for m in participants.by_token.values() if m.actor == actor}
    return max((proposal.side(role, m.start, m.end) for m in mentions.values()), default=1.0)


def unruled(
    participants: Participants,
    proposed: dict[int, Proposal],
    taken: set[int],
    words: LearnedWords,
    tell: Callable[[Token, PloverRoot], Told],
) -> Iterator[Found]:
    """The deeds of a passage at words that are not ``taken`` by a rule, with an actor on a side at least, in the order of the text.

    ``tell`` says what the words around tell of a deed's modality.
    """
    doc = participants.passage.doc
    for index in sorted(proposed.keys() - taken):
        proposal, token = proposed[index], doc[index]
        root, likely = _best(proposal.roots)
        if proposal.trigger * likely < words.found or index < participants.passage.dateline:
            continue
        if not taken.isdisjoint(word.i for word in (token.head, *token.children) if abs(word.i - index) <= NEAR):
            continue
        sides = _sides(proposal, participants, words.side)
        if not sides["source"] and not sides["target"]:
            continue
        told = tell(token, cast(PloverRoot, root))
        modality = told.modality if told.settled else _careful(proposal.modalities, words)
        if root in HOSTILE and modality == "actual" and proposal.trigger * likely < words.hostile:
            continue
        yield Found(
            token,
            words.rule(cast(PloverRoot, root)),
            modality,
            proposal.trigger * likely,
            sides["source"],
            sides["target"],
            sides["affected"],
        )


def _sides(proposal: Proposal, participants: Participants, least: float) -> dict[str, list[Participant]]:
    """The actors in each role, each in the one where it is likeliest, surest first."""
    best: dict[str, tuple[float, str]] = {}
    mentions = {id(mention): mention for mention in participants.by_token.values()}.values()
    for role in ROLES:
        if proposal.sides[role].max() < least:
            continue
        for mention in mentions:
            probability = proposal.side(role, mention.start, mention.end)
            if probability >= least:
                best[mention.actor] = max(best.get(mention.actor, (0.0, "")), (probability, role))
    found: dict[str, list[Participant]] = {role: [] for role in ROLES}
    for actor, (probability, role) in sorted(best.items(), key=lambda item: (-item[1][0], item[0])):
        found[role].append(Participant(actor, probability))
    return found


def _careful(modalities: dict[str, float], words: LearnedWords) -> Modality:
    """The likeliest modality; a deed is done only where that is likely enough, and else the next likeliest."""
    told, believed = _best(modalities)
    if told == "actual" and believed < words.actual:
        told, _ = _best({name: figure for name, figure in modalities.items() if name != "actual"})
    return cast(Modality, told)


def _best(figures: dict[str, float]) -> tuple[str, float]:
    return max(figures.items(), key=lambda item: item[1])
