"""Who does what to whom: events from the rules of the lexicon over the parse of each sentence.

Only sentences that hold an actor are read, and in them only the words that some rule names. The narrowest rule that
holds decides what the deed is; grammar decides who is its source and its target; `modality` whether it is done.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from spacy.tokens import Token

from service.analysis.adversaries import pair_halves
from service.analysis.attribution import speaker_of
from service.analysis.completion import Completion, may_be_completed
from service.analysis.event_layer import proposals
from service.analysis.learned import HOSTILE, corrected, judge, near, unruled
from service.analysis.matching import holds, matching_rules
from service.analysis.misparses import is_verb
from service.analysis.modality import modality_of
from service.analysis.participants import Participant, Participants
from service.analysis.reading import ActorMention, Passage, Reading
from service.analysis.syntax import Arguments, arguments
from service.analysis.topic import is_figure_of_speech, is_off_topic
from service.analysis.when import date_of
from service.analysis.where import place_of
from service.knowledge.knowledge import Knowledge
from service.knowledge.lexicon import Lexicon, Rule
from service.knowledge.scales import Scales
from service.messages.enriched import Attribution, Event, Modality

IN_PHRASE: Final = frozenset({"obj", "nsubj:pass", "nmod", "compound", "acl", "obl", "xcomp"})
PHRASE: Final = 3  # steps between two words of one phrase
UNDOING: Final = frozenset({"SANCTION", "CONCEDE", "REJECT"})
ONE_SIDED: Final = 0.8  # confidence kept when only one of source and target is known
NAMED_BY_NOUN: Final = 0.85
BY_SPEAKER: Final = 0.8  # certainty kept by a side that is only who speaks of the deed
ASIDE: Final = frozenset({"by", "for", "ahead of", "after", "before", "during", "since", "until", "despite", "as"})
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
VERB_TARGETS: Final = ("against", "on", "at", "with", "to", "into", "toward", "towards", "in", "from", "over", "of")


Side = Literal["source", "target"]


@dataclass(slots=True)
class _Deed:
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
    sure: float | None = None
    """The model's probability of the root; None where it was not asked."""


def extract_events(reading: Reading, lexicon: Lexicon, scales: Scales, knowledge: Knowledge | None = None) -> None:
    """Fill ``reading.events``, in the order of the text. Needs passages, dates, actor mentions and actors.

    Without ``knowledge`` events have no place.
    """
    reading.events.clear()
    if is_off_topic(reading, lexicon.signals):
        return
    deeds: list[_Deed] = []
    participants: Participants | None = None
    for passage in reading.passages:
        participants = Participants.of(reading, passage, participants)
        if participants.by_token:
            deeds.extend(_deeds(reading, participants, lexicon))
    _complete(deeds, reading)
    for deed in deeds:
        if _enough(deed.rule, deed.sources, deed.targets, deed.unknown) and not _is_doubtful(deed, lexicon):
            reading.events.append(_event(f"v{len(reading.events)}", deed, reading, lexicon, scales, knowledge))


def _is_doubtful(deed: _Deed, lexicon: Lexicon) -> bool:
    """Whether the model alone found the deed, and is not sure enough of deed and sides together."""
    return deed.rule.id.startswith("learned.") and _confidence(deed) < lexicon.learned.least


def _complete(deeds: list[_Deed], reading: Reading) -> None:
    """Fill sides that other sentences tell, but none that the deed's own sentence gives to somebody unknown.

    Whom another sentence names by a person acts for a country here, where the article speaks of that country.
    """
    countries = {actor.id: actor.country for actor in reading.actors if actor.country is not None}
    nations = {actor.country: actor.id for actor in reading.actors if actor.kind == "country"}
    for_country = {a.id: nations[a.country] for a in reading.actors if a.kind == "person" and a.country in nations}
    gaps = [(not deed.sources, not deed.targets) for deed in deeds]
    Completion(countries).complete(deeds)
    pair_halves(deeds, countries)
    for deed, (no_source, no_target) in zip(deeds, gaps, strict=True):
        if no_source:
            deed.sources = [] if "source" in deed.unknown else _nationals(deed.sources, for_country)
        if no_target:
            deed.targets = [] if "target" in deed.unknown else _nationals(deed.targets, for_country)


def _nationals(participants: list[Participant], for_country: Mapping[str, str]) -> list[Participant]:
    found = {for_country.get(p.actor, p.actor): p for p in participants}
    return [Participant(actor, p.certainty) for actor, p in found.items()]


def _deeds(reading: Reading, participants: Participants, lexicon: Lexicon) -> list[_Deed]:
    found: list[_Deed] = []
    named = participants.by_token
    for sentence in participants.passage.doc.sents:
        has_actor = any(i in named for i in range(sentence.start, sentence.end))
        if not has_actor and not any(token.tag_ in {"PRP", "PRP$"} for token in sentence):
            continue
        figurative = is_figure_of_speech(sentence, lexicon.signals)
        for token in sentence:
            if token.pos_ == "PROPN" and token.ent_type_ == "DATE":
                continue  # March
            if token.i in named and _is_inside(token, named[token.i]):
                continue
            deed = _deed(token, reading, participants, lexicon)
            if deed is None or (figurative and deed.rule.root in HOSTILE):
                continue
            found = _kept(deed, found)
    return _weighed(found, participants, lexicon)


def _weighed(found: list[_Deed], participants: Participants, lexicon: Lexicon) -> list[_Deed]:
    """The deeds of the rules as the model sees them, and those that it alone sees, in the order of the text."""
    proposed = proposals(participants.passage.doc)
    if proposed is None:
        return found
    weighed: list[_Deed] = []
    for deed in found:
        proposal = near(deed.trigger, proposed)
        judgement = judge(deed.rule, deed.modality, proposal, lexicon.learned)
        if judgement is None:
            continue
        deed = replace(deed, rule=judgement.rule, modality=judgement.modality, sure=judgement.sure)
        if proposal is not None:
            sides = {"source": deed.sources, "target": deed.targets}
            sides = corrected(sides, deed.unknown, proposal, participants, lexicon.learned)
            deed = replace(deed, sources=sides["source"], targets=sides["target"])
        weighed.append(deed)
    passage = participants.passage
    for new in unruled(participants, proposed, {deed.trigger.i for deed in found}, lexicon.learned):
        found_alone = _Deed(
            new.trigger,
            new.rule,
            new.sources,
            new.targets,
            new.affected,
            new.modality,
            passage,
            participants,
            sure=new.sure,
        )
        weighed.append(found_alone)
    return sorted(weighed, key=lambda deed: deed.trigger.i)


def _is_inside(token: Token, mention: ActorMention) -> bool:
    """Whether the word only belongs to a name: *Support* of the Rapid Support Forces."""
    if mention.head == token.i:
        return False
    return token.pos_ == "PROPN" or (mention.entity is not None and token.is_title and mention.end - mention.start > 1)


def _kept(deed: _Deed, found: list[_Deed]) -> list[_Deed]:
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


def _are_halves(deed: _Deed, other: _Deed) -> bool:
    """Whether each names the side that the other lacks."""
    by = (deed.sources and not deed.targets and other.targets and not other.sources) or (
        other.sources and not other.targets and deed.targets and not deed.sources
    )
    return bool(by) and {p.actor for p in (*deed.sources, *deed.targets)}.isdisjoint(
        p.actor for p in (*other.sources, *other.targets)
    )


def _merged(deed: _Deed, other: _Deed) -> _Deed:
    """One deed of two halves, told by the word that names who does it."""
    told = deed if deed.sources else other
    return replace(told, sources=deed.sources or other.sources, targets=deed.targets or other.targets)


def _undone_by(deed: _Deed, other: _Deed) -> bool:
    """Whether the deed is but the object of one that ends it: the aid of ``suspended aid``, the sanctions of ``lifted sanctions``."""
    trigger = deed.trigger
    if other.rule.mode == "ceasefire" and not is_verb(other.trigger) and deed.rule.root == "ASSAULT":
        return trigger.i - other.trigger.i in {2, 3}  # "a pause in fighting", "an end to the war"
    carried = trigger.dep_ in {"obj", "nsubj:pass"} and trigger.head.i == other.trigger.i
    return carried and other.rule.root in UNDOING and trigger.lemma_.lower() in other.rule.object


def _sides_named(deed: _Deed) -> int:
    return bool(deed.sources) + bool(deed.targets)


def _deed(token: Token, reading: Reading, participants: Participants, lexicon: Lexicon) -> _Deed | None:
    """The deed that ``token`` names, by the narrowest rule that holds; None when it names none between actors."""
    patterns = matching_rules(token, lexicon)
    if not patterns:
        return None
    roles = arguments(token, lexicon.modality)
    for pattern in patterns:
        rule = pattern.rule
        if not holds(rule, token, roles):
            continue
        sources, targets = _sides(rule, token, roles, participants)
        if rule.mutual and not (sources and targets):
            sources, targets = _with_speaker(token, sources, targets, participants, lexicon)
        affected = _all(rule.affected, token, roles, participants, {p.actor for p in (*sources, *targets)})
        unknown = _unknown(rule, token, roles, participants, lexicon.people, sources, targets)
        if not _enough(rule, sources, targets, unknown) and not may_be_completed(token, roles, rule):
            continue
        modality = modality_of(token, lexicon.modality, reading.published)
        if rule.modality is not None and modality == "actual":
            modality = rule.modality
        return _Deed(token, rule, sources, targets, affected, modality, participants.passage, participants, unknown)
    return None


def _unknown(
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


def _with_speaker(
    token: Token, sources: list[Participant], targets: list[Participant], participants: Participants, lexicon: Lexicon
) -> tuple[list[Participant], list[Participant]]:
    """Who speaks of talks or agreements with somebody is the other side: ``the White House said talks with Iran went on``."""
    speaker = speaker_of(token, lexicon.modality)
    known = {p.actor for p in (*sources, *targets)}
    said_by = [p for p in participants.named_by(speaker) if p.actor not in known] if speaker is not None else []
    if not said_by:
        return sources, targets
    weaker = [Participant(p.actor, p.certainty * BY_SPEAKER) for p in said_by[:1]]
    return (sources, weaker) if sources else (weaker, targets)


def _enough(rule: Rule, sources: list[Participant], targets: list[Participant], unknown: frozenset[Side]) -> bool:
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


def _sides(
    rule: Rule, token: Token, roles: Arguments, participants: Participants
) -> tuple[list[Participant], list[Participant]]:
    nominal = not is_verb(token)
    between = [p for head in roles.prepositions.get("between", ()) for p in participants.named_by(head)]
    if len(between) > 1:
        return between[:1], between[1:]
    sources = _first(rule.source if not nominal else NOUN_SOURCES, token, roles, participants, set())
    taken = {p.actor for p in sources}
    slots = rule.target
    if nominal:
        venues = VENUES if rule.root in MEETINGS else frozenset()
        slots = (*(slot for slot in slots if slot != "object"), *(slot for slot in NOUN_TARGETS if slot not in venues))
    elif rule.target == ("object",):
        slots = ("object", "recipient", *VERB_TARGETS)
    targets = _first(slots, token, roles, participants, taken)
    if nominal and not targets and sources and roles.modifiers and rule.mutual:
        targets = _all(("modifier",), token, roles, participants, taken)
    if rule.mutual and not targets and len(sources) > 1:
        sources, targets = sources[:1], sources[1:]
    return sources, targets


def _source_slots(rule: Rule, nominal: bool) -> tuple[str, ...]:
    """Of a noun first the rule's own prepositions (``fire from``), then its owner and the like."""
    if not nominal:
        return rule.source
    return (*(slot for slot in rule.source if slot not in NOT_OF_NOUNS), *NOUN_SOURCES)


def _first(
    slots: tuple[str, ...], token: Token, roles: Arguments, participants: Participants, taken: set[str]
) -> list[Participant]:
    """The actors of the first slot that holds any who are not ``taken``."""
    for slot in slots:
        found = _all((slot,), token, roles, participants, taken)
        if found:
            return found
    return []


def _all(
    slots: tuple[str, ...], token: Token, roles: Arguments, participants: Participants, taken: set[str]
) -> list[Participant]:
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
            return [
                word
                for complement in roles.complements
                for word in complement.subtree
                if word.dep_ in {"obj", "obl", "nsubj:pass"} and word.i > complement.i
            ]
        case _:
            return roles.prepositions.get(slot, [])


def _event(
    name: str,
    deed: _Deed,
    reading: Reading,
    lexicon: Lexicon,
    scales: Scales,
    knowledge: Knowledge | None,
) -> Event:
    rule, trigger, passage = deed.rule, deed.trigger, deed.passage
    coding = scales.code(rule.root, rule.cameo, deed.modality)
    return Event(
        id=name,
        type=rule.root,
        plover=coding.plover,
        mode=rule.mode,
        cameo=coding.cameo,
        quad_class=coding.quad_class,
        goldstein=coding.goldstein,
        sources=[p.actor for p in deed.sources],
        targets=[p.actor for p in deed.targets],
        affected=[p.actor for p in deed.affected],
        modality=deed.modality,
        attribution=_attribution(deed, reading, lexicon),
        date=date_of(trigger, passage, reading),
        place=place_of(trigger, passage, reading, knowledge, rule.root) if knowledge is not None else None,
        trigger=reading.quote(passage, trigger),
        evidence=reading.quote(passage, trigger.sent),
        rule=rule.id,
        confidence=_confidence(deed),
    )


def _attribution(deed: _Deed, reading: Reading, lexicon: Lexicon) -> Attribution | None:
    passage, participants = deed.passage, deed.participants
    speaker = speaker_of(deed.trigger, lexicon.modality)
    if speaker is None:
        return None
    named = participants.named_by(speaker)
    left = min((t.i for t in speaker.subtree if t.dep_ != "acl:relcl" and t.i <= speaker.i), default=speaker.i)
    quoted = reading.quote(passage, passage.doc[left : speaker.i + 1])
    return Attribution(actor=named[0].actor if named else None, field=quoted.field, start=quoted.start, end=quoted.end)


def _confidence(deed: _Deed) -> float:
    """How sure root and sides are: the rule's own reliability and the model's probability in equal parts, lessened by each doubtful
    step: an actor in a modifier, a pronoun, a missing side."""
    sure = deed.rule.confidence
    if deed.trigger.pos_ in {"NOUN", "PROPN"}:
        sure *= NAMED_BY_NOUN
    if deed.sure is not None:
        sure = deed.sure if deed.rule.id.startswith("learned.") else (sure + deed.sure) / 2
    for side in (deed.sources, deed.targets):
        if side:
            sure *= max(p.certainty for p in side)
    if not (deed.sources and deed.targets):
        sure *= ONE_SIDED
    return round(sure, 2)
