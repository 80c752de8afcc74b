"""Which category of signal an event raises: its rule's, else one by what its phrase names.

A deed that a rule tells without a category, or that the model alone has found, gets one from its root and the words of its phrase
(``kinds`` of ``config/lexicon/signals.yaml``): troops that leave are a withdrawal, weapons that are given up disarmament.
A war that a noun only recalls (*since the invasion*) raises none; one that goes on (*fighting broke out*) does. Who must act is in `signal_sides`.
"""

from bisect import bisect_left

from spacy.tokens import Token

from service.analysis.misparses import is_verb, verb_lemma
from service.analysis.reading import Reading
from service.analysis.signal_sides import MENACES, VIOLENT, Actors, between_armed, by_actors, by_fighters
from service.knowledge.lexicon import Rule, SignalCategory, SignalWords
from service.messages.enriched import Event

SILENT = frozenset({"negated", "historical"})
FINITE = frozenset({"VBD", "VBZ", "VBP"})
CARRIED = frozenset({"nsubj", "nsubj:pass", "obj", "obl", "nmod", "compound", "xcomp"})
CLAUSES = frozenset({"parataxis", "conj", "advcl", "ccomp", "acl:relcl"})
DEFINITE = frozenset({"the", "this", "that", "these", "those"})
AUXILIARIES = frozenset({"aux", "aux:pass"})
HAPPENING_IN = frozenset({"in", "by", "into"})


def category_of(
    event: Event, rule: Rule, reading: Reading, actors: Actors, words: SignalWords
) -> SignalCategory | None:
    """The category that the event raises; None when it is no signal."""
    if event.modality in SILENT:
        return None
    category = rule.signal or _by_words(event, reading, actors, words)
    if category in MENACES and event.type == "THREATEN":
        category = _menace(category, event, reading, words)
    elif category in VIOLENT and rule.signal is not None:
        category = _told(category, event, reading, words)
    if category is None or event.modality in words.silent_modalities.get(category, ()):
        return None
    category = by_actors(category, event, actors, words)
    if category is None or event.modality == "actual":
        return category
    return words.undone.get(category, category)


def _menace(category: SignalCategory, event: Event, reading: Reading, words: SignalWords) -> SignalCategory | None:
    """A threat of war names force, one with a condition to meet is an ultimatum, one of a nuclear kind a posture; any other is a warning.

    A noun for a threat that is to nobody is none: *without warning*, *the threat of floods*.
    """
    trigger = trigger_of(event, reading)
    if trigger is None:
        return category
    if not event.targets and not is_verb(trigger):
        return None
    named = {token.lemma_.lower() for token in trigger.sent}
    if not named.isdisjoint(words.conditions):
        return "ultimatum"
    if not lemmas_of(trigger).isdisjoint(words.kinds.get("THREATEN", {}).get("nuclear_posture", ())):
        return "nuclear_posture"
    return category if category != "war_threat" or not named.isdisjoint(words.force) else "escalation_warning"


def _told(category: SignalCategory, event: Event, reading: Reading, words: SignalWords) -> SignalCategory | None:
    """Whether violence of which one side only is known is told or but recalled; a war begins only by a word for beginning."""
    trigger = trigger_of(event, reading)
    if trigger is None:
        return category
    if category == "war_escalation" and not (event.sources and event.targets) and event.modality == "actual":
        return category if is_told(trigger, words.unfolding) else None
    return "war_escalation" if category == "war_begin" and verb_lemma(trigger) not in words.beginning else category


def _by_words(event: Event, reading: Reading, actors: Actors, words: SignalWords) -> SignalCategory | None:
    """The first category of the event's root of which the trigger's phrase has a word.

    Violence is war where a word for war tells of it between those that wage war, or a verb that soldiers or rebels did it.
    """
    kinds = words.kinds.get(event.type)
    trigger = trigger_of(event, reading) if kinds else None
    if kinds is None or trigger is None:
        return None
    named = lemmas_of(trigger)
    category = next((category for category, lemmas in kinds.items() if not named.isdisjoint(lemmas)), None)
    if event.type != "ASSAULT":
        return category
    if category is not None and trigger.lemma_.lower() in kinds[category]:
        if event.modality == "actual":
            live = is_told(trigger, words.unfolding) and _is_finite_or_noun(trigger)
        else:
            live = is_verb(trigger) or not _is_known(trigger)
        return category if live and between_armed(event, actors, words) else None
    attacked = event.modality == "actual" and is_verb(trigger) and _is_finite_or_noun(trigger)
    return "war_escalation" if attacked and by_fighters(event, actors, words) else None


def _is_known(noun: Token) -> bool:
    """Whether the noun is of a thing that the reader knows: *the war*, *its invasion*; what is feared is *a war*."""
    return any(child.dep_ == "nmod:poss" or child.lower_ in DEFINITE for child in noun.children)


def _is_finite_or_noun(trigger: Token) -> bool:
    return not is_verb(trigger) or trigger.tag_ in FINITE or _has_auxiliary(trigger)


def _has_auxiliary(verb: Token) -> bool:
    return any(child.dep_ in AUXILIARIES for child in verb.children)


def trigger_of(event: Event, reading: Reading) -> Token | None:
    """The token that the event's trigger begins with."""
    start = event.trigger.start
    for passage in reversed(reading.passages):
        if passage.field == event.trigger.field and passage.start <= start and len(passage.doc):
            index = bisect_left(passage.doc, start, key=lambda token: passage.offsets(token)[0])
            return passage.doc[index] if index < len(passage.doc) else None
    return None


def lemmas_of(trigger: Token) -> set[str]:
    """The lemmas of the trigger, of the word that it belongs to, and of all that hangs on it but clauses of their own."""
    found = {trigger.lemma_.lower()}
    if trigger.dep_ in CARRIED:
        found.add(trigger.head.lemma_.lower())
    open_ = [trigger]
    while open_:
        for child in open_.pop().children:
            if child.dep_ not in CLAUSES:
                found.add(child.lemma_.lower())
                open_.append(child)
    return found


def is_told(trigger: Token, unfolding: frozenset[str]) -> bool:
    """Whether the sentence tells of violence as going on: a finite verb does, a noun where it begins, goes on or kills.

    *Fighting broke out*, *Russia launched an invasion*, *ten died in clashes*; not *since the invasion*, *condemned the war*.
    """
    if is_verb(trigger):
        return trigger.tag_ != "VBN" or _has_auxiliary(trigger)
    if trigger.head.lemma_.lower() not in unfolding:
        return False
    if trigger.dep_ == "obl":
        return any(child.lower_ in HAPPENING_IN for child in trigger.children)
    return trigger.dep_ in CARRIED
