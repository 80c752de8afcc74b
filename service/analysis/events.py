"""Who does what to whom: events from the rules of the lexicon over the parse of each sentence.

Only sentences that hold an actor are read, and in them only the words that some rule names. The narrowest rule that
holds decides what the deed is; grammar decides who is its source and its target; `modality` whether it is done.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from spacy.tokens import Token

from service.analysis.adversaries import pair_halves
from service.analysis.attribution import is_alleged, speaker_phrase
from service.analysis.completion import Completion, may_be_completed
from service.analysis.deeds import Deed, told_once
from service.analysis.event_layer import proposals
from service.analysis.learned import HOSTILE, Found, corrected, judge, near, unruled
from service.analysis.matching import holds, matching_rules
from service.analysis.modality import Told, modality_of
from service.analysis.participants import Participant, Participants
from service.analysis.reading import ActorMention, Reading
from service.analysis.sides import MEETINGS, all_in, are_enough, sides_of, unknown_sides, with_speaker
from service.analysis.syntax import arguments
from service.analysis.topic import is_figure_of_speech, is_off_topic
from service.analysis.when import date_of
from service.analysis.where import place_of
from service.knowledge.knowledge import Knowledge
from service.knowledge.lexicon import Lexicon
from service.knowledge.scales import Scales
from service.messages.enriched import Attribution, Event

ONE_SIDED: Final = 0.8  # confidence kept when only one of source and target is known
NAMED_BY_NOUN: Final = 0.85
ALLEGED: Final = 0.85  # and when the deed is only what somebody is accused of
SPEECH: Final = frozenset({"ACCUSE", "REJECT", "REQUEST", "SUPPORT", "THREATEN"})
"""Roots of deeds that are done by saying so."""
CONFLICT: Final = HOSTILE | {"ACCUSE", "REJECT", "THREATEN"}
"""Roots of quad classes 3 and 4 that tell of strife; a request may be friendly."""
PEACEFUL: Final = frozenset({"BUS", "MED", "EDU"})
"""Sectors (CAMEO codes) whose attacks are words or competition."""


def extract_events(reading: Reading, lexicon: Lexicon, scales: Scales, knowledge: Knowledge | None = None) -> None:
    """Fill ``reading.events``, in the order of the text. Needs passages, dates, actor mentions and actors.

    Without ``knowledge`` events have no place.
    """
    reading.events.clear()
    if is_off_topic(reading, lexicon.signals):
        return
    deeds: list[Deed] = []
    participants: Participants | None = None
    for passage in reading.passages:
        participants = Participants.of(reading, passage, participants)
        if participants.by_token:
            deeds.extend(_deeds(reading, participants, lexicon))
    _complete(deeds, reading)
    certain = [deed for deed in deeds if deed.rule.root in CONFLICT and (deed.sure or 0.0) >= lexicon.learned.certain]
    peaceful = {actor.id for actor in reading.actors if actor.sector in PEACEFUL}
    for deed in deeds:
        if _is_doubtful(deed, lexicon) or _is_rivalry(deed, peaceful) or is_isolated(deed, certain, lexicon):
            continue
        if are_enough(deed.rule, deed.sources, deed.targets, deed.unknown):
            reading.events.append(_event(f"v{len(reading.events)}", deed, reading, lexicon, scales, knowledge))


def _is_doubtful(deed: Deed, lexicon: Lexicon) -> bool:
    """Whether too little speaks for the deed.

    The model alone found it, and is not sure enough of deed and sides together; or a rule alone did, is not sure, and nobody is known to do it.
    """
    if deed.rule.id.startswith("learned."):
        return _confidence(deed) < lexicon.learned.least
    nobody = not deed.sources and "source" not in deed.unknown
    return deed.unseen and nobody and _confidence(deed) < lexicon.learned.unseen


def is_isolated(deed: Deed, certain: list[Deed], lexicon: Lexicon) -> bool:
    """Whether a rule alone sees a hostile act, of which one side only is known, in a text that tells of no other conflict.

    Such are most figures of speech: ``the rookie bombarded the goal``. What stands among threats and fighting is no figure of speech.
    """
    asked = deed.unseen or deed.sure is not None
    if deed.rule.root not in HOSTILE or deed.modality != "actual" or (deed.sources and deed.targets) or not asked:
        return False
    return (deed.sure or 0.0) < lexicon.learned.isolated and all(other is deed for other in certain)


def _is_rivalry(deed: Deed, peaceful: set[str]) -> bool:
    """Whether the violence is a figure of speech, since only companies or media do it: ``Apple declared war on Samsung``."""
    return deed.rule.root == "ASSAULT" and bool(deed.sources) and all(p.actor in peaceful for p in deed.sources)


def _complete(deeds: list[Deed], reading: Reading) -> None:
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


def _deeds(reading: Reading, participants: Participants, lexicon: Lexicon) -> list[Deed]:
    found: list[Deed] = []
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
            found = told_once(deed, found)
    return _weighed(found, participants, lexicon, reading.published)


def _weighed(found: list[Deed], participants: Participants, lexicon: Lexicon, published: datetime) -> list[Deed]:
    """The deeds of the rules as the model sees them, and those that it alone sees, in the order of the text."""
    proposed = proposals(participants.passage.doc)
    if proposed is None:
        return found
    weighed: list[Deed] = []
    for deed in found:
        proposal = near(deed.trigger, proposed)
        told = Told(deed.modality, deed.settled)
        judgement = judge(deed.rule, told, proposal, lexicon.learned, sided=_are_outright(deed))
        if judgement is None:
            continue
        deed = replace(
            deed, rule=judgement.rule, modality=judgement.modality, sure=judgement.sure, unseen=proposal is None
        )
        if proposal is not None:
            sides = {"source": deed.sources, "target": deed.targets}
            sides = corrected(
                sides,
                deed.unknown,
                proposal,
                participants,
                lexicon.learned,
                mutual=deed.rule.mutual or deed.rule.root in MEETINGS,
            )
            deed = replace(deed, sources=sides["source"], targets=sides["target"])
        weighed.append(deed)
    passage = participants.passage
    tell = partial(modality_of, words=lexicon.modality, published=published)
    for new in unruled(participants, proposed, {deed.trigger.i for deed in found}, lexicon.learned, tell):
        sources, targets = _sides_alone(new, participants, lexicon)
        found_alone = Deed(
            new.trigger,
            new.rule,
            sources,
            targets,
            new.affected,
            new.modality,
            passage,
            participants,
            sure=new.sure,
        )
        weighed.append(found_alone)
    return sorted(weighed, key=lambda deed: deed.trigger.i)


def _are_outright(deed: Deed) -> bool:
    """Whether the text names both sides in so many words, by no pronoun and no word in a phrase of somebody else."""
    return all(any(p.certainty == 1 for p in side) for side in (deed.sources, deed.targets))


def _sides_alone(
    new: Found, participants: Participants, lexicon: Lexicon
) -> tuple[list[Participant], list[Participant]]:
    """The sides of a deed that the model found; one that it leaves empty is as grammar has it."""
    if new.sources and new.targets:
        return new.sources, new.targets
    sources, targets = sides_of(new.rule, new.trigger, arguments(new.trigger, lexicon.modality), participants)
    known = {p.actor for p in (*new.sources, *new.targets)}
    return (
        new.sources or [p for p in sources if p.actor not in known],
        new.targets or [p for p in targets if p.actor not in known],
    )


def _is_inside(token: Token, mention: ActorMention) -> bool:
    """Whether the word only belongs to a name: *Support* of the Rapid Support Forces."""
    if mention.head == token.i:
        return False
    return token.pos_ == "PROPN" or (mention.entity is not None and token.is_title and mention.end - mention.start > 1)


def _deed(token: Token, reading: Reading, participants: Participants, lexicon: Lexicon) -> Deed | None:
    """The deed that ``token`` names, by the narrowest rule that holds; None when it names none between actors."""
    patterns = matching_rules(token, lexicon)
    if not patterns:
        return None
    roles = arguments(token, lexicon.modality)
    for pattern in patterns:
        rule = pattern.rule
        if not holds(rule, token, roles):
            continue
        sources, targets = sides_of(rule, token, roles, participants)
        if rule.mutual and not (sources and targets):
            sources, targets = with_speaker(rule, token, sources, targets, participants, lexicon)
        affected = all_in(rule.affected, token, roles, participants, {p.actor for p in (*sources, *targets)})
        unknown = unknown_sides(rule, token, roles, participants, lexicon.people, sources, targets)
        if not are_enough(rule, sources, targets, unknown) and not may_be_completed(token, roles, rule):
            continue
        told = modality_of(token, rule.root, lexicon.modality, reading.published)
        modality = rule.modality if rule.modality is not None and told.modality == "actual" else told.modality
        passage = participants.passage
        return Deed(token, rule, sources, targets, affected, modality, passage, participants, unknown, told.settled)
    return None


def _event(
    name: str,
    deed: Deed,
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
        place=place_of(trigger, passage, reading, knowledge, rule.root, {p.actor for p in deed.sources})
        if knowledge is not None
        else None,
        trigger=reading.quote(passage, trigger),
        evidence=reading.quote(passage, trigger.sent),
        rule=rule.id,
        confidence=_confidence(deed),
    )


def _attribution(deed: Deed, reading: Reading, lexicon: Lexicon) -> Attribution | None:
    passage, participants = deed.passage, deed.participants
    proposal = near(deed.trigger, proposals(passage.doc) or {})
    phrase = speaker_phrase(deed.trigger, proposal, lexicon.modality, lexicon.learned)
    if phrase is None:
        return None
    named = [p.actor for p in participants.named_by(phrase.root)]
    if deed.rule.root in SPEECH and deed.modality == "actual" and _speak_for(named, deed.sources, reading):
        return None
    quoted = reading.quote(passage, phrase)
    return Attribution(actor=named[0] if named else None, field=quoted.field, start=quoted.start, end=quoted.end)


def _speak_for(speakers: list[str], sources: list[Participant], reading: Reading) -> bool:
    """Whether who speaks is the doer or one of the doer's country: saying it is the deed."""
    countries = {actor.id: actor.country for actor in reading.actors if actor.country is not None}
    doers = {countries.get(p.actor, p.actor) for p in sources}
    return any(countries.get(speaker, speaker) in doers for speaker in speakers)


def _confidence(deed: Deed) -> float:
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
    if is_alleged(deed.trigger):
        sure *= ALLEGED
    return round(sure, 2)
