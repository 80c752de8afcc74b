"""Who does what in a clause: the arguments of a verb or of a noun that names a deed, read from Universal Dependencies.

Everything that a sentence leaves unsaid and grammar supplies is supplied here: the subject of an infinitive (that of
the governing verb, or its object where the verb is of the *ask somebody to* kind), of a participle, of the second of two
coordinated verbs, of a relative clause; the agent of a passive; the owner of a deed named by a noun.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from spacy.tokens import Token

from service.analysis.misparses import (
    CONJUNCTIVE,
    before_mark,
    gerund_after,
    hyphenated,
    is_mislabelled_object,
    is_mislabelled_subject,
    is_strayed_oblique,
    is_verb,
    stray_object,
    stray_owner,
    stray_subjects,
)
from service.knowledge.lexicon import ModalityWords

SUBJECTS = frozenset({"nsubj", "nsubj:pass", "nsubj:outer", "csubj"})
LINKS = frozenset({"xcomp", "ccomp", "advcl", "acl", "acl:relcl", "parataxis", "conj", "advcl:relcl"})
NOMINAL = frozenset({"NOUN", "PROPN", "PRON", "NUM", "DET", "SYM", "X", "ADJ"})
MAX_CLIMB = 8  # governing words followed upwards; deeper nesting is a parse gone wrong
DURATIONS = frozenset({"hour", "day", "night", "week", "month", "year", "decade", "spate", "time"})
TAKING_PART = frozenset(
    {
        "engage",
        "participate",
        "take",
        "join",
        "be",
        "involve",
        "respond",
        "begin",
        "end",
        "come",
        "lock",
        "remain",
        "react",
        "retaliate",
        "reply",
        "answer",
        "counter",
        "agree",
    }
)  # verbs whose subject does what stands behind *in*
NOT_DOERS = frozenset(
    {"reject", "dismiss", "oppose", "block", "prevent", "avert", "demand", "urge", "fear", "condemn", "suspect", "warn"}
)  # verbs whose subject does not do what their object names
PARTIES = frozenset({"by", "against", "between", "with", "to", "from", "on"})  # what follows them takes part in a deed
PLACE_LABELS = frozenset({"GPE", "LOC", "FAC", "DATE"})
SETTINGS = frozenset(
    {
        "background",
        "backdrop",
        "wake",
        "face",
        "light",
        "case",
        "context",
        "aftermath",
        "view",
        "event",
        "absence",
        "midst",
    }
)
"""Nouns that with a preposition are one: what stands behind ``in the wake of`` takes no part in the deed."""
NO_PART = frozenset(
    {
        "according to",
        "due to",
        "thanks to",
        "prior to",
        "as to",
        "owing to",
        "in addition to",
        "because of",
        "instead of",
        "as of",
    }
)
"""Prepositions of several words behind which nobody takes part in a deed, whatever the last word by itself means."""


@dataclass(slots=True)
class Arguments:
    """Heads of the phrases around a trigger, by role; ``prepositions`` are lower-case lemmas."""

    subjects: list[Token] = field(default_factory=list)
    objects: list[Token] = field(default_factory=list)
    recipients: list[Token] = field(default_factory=list)
    owners: list[Token] = field(default_factory=list)
    modifiers: list[Token] = field(default_factory=list)
    prepositions: dict[str, list[Token]] = field(default_factory=dict)
    complements: list[Token] = field(default_factory=list)
    passive: bool = False

    def add(self, preposition: str, token: Token) -> None:
        """Record a prepositional phrase by the head of its noun."""
        self.prepositions.setdefault(preposition, []).append(token)


def children(token: Token, *labels: str) -> Iterator[Token]:
    """Dependents with one of ``labels``."""
    return (child for child in token.children if child.dep_ in labels)


def preposition(token: Token) -> str | None:
    """The preposition before a noun phrase, its words joined (``because of``); None when it has none."""
    for child in token.children:
        if child.dep_ == "case":
            rest = [word.lower_ for word in child.children if word.dep_ == "fixed"]
            return " ".join([child.lower_, *rest])
    return None


def coordinated(token: Token) -> list[Token]:
    """The phrase head and those coordinated with it: ``Russia and China``."""
    found = [token]
    for head in found:
        found.extend(child for child in head.children if child.dep_ == "conj" and child.pos_ in NOMINAL)
    return found


def is_passive(verb: Token) -> bool:
    """Whether the verb is a passive, or a participle after the noun that it is done to."""
    if any(child.dep_ in {"aux:pass", "nsubj:pass"} for child in verb.children):
        return True
    if verb.tag_ != "VBN" or any(child.dep_ == "aux" for child in verb.children):
        return False
    if verb.dep_ == "conj" and verb.head.tag_ == "VBN" and not any(child.dep_ in SUBJECTS for child in verb.children):
        return is_passive(verb.head)
    return verb.dep_ in {"acl", "advcl", "amod"}


def arguments(trigger: Token, words: ModalityWords) -> Arguments:
    """The arguments of a verb or of a noun that names a deed."""
    if is_verb(trigger):
        return _verb_arguments(trigger, words)
    return _noun_arguments(trigger, words)


def _verb_arguments(verb: Token, words: ModalityWords) -> Arguments:
    actor = _headline_subject(verb)
    if actor is not None:
        found = Arguments(subjects=[actor], objects=[verb.head])
        _add_phrases(found, verb.head)
        return found
    found = Arguments(passive=is_passive(verb))
    of_governor = before_mark(verb)
    for child in verb.children:
        label = child.dep_
        if child in of_governor:
            continue
        if is_strayed_oblique(child):
            _add_oblique(found, child)
        elif is_mislabelled_subject(child):
            found.subjects.append(child)
        elif label in {"obj", "nsubj:pass"} or (found.passive and label in SUBJECTS) or is_mislabelled_object(child):
            found.objects.append(child)
        elif label == "iobj":
            found.recipients.append(child)
        elif label in SUBJECTS:
            found.subjects.append(child)
        elif label.startswith("obl") or label == "nmod":
            _add_oblique(found, child)
        elif label in {"xcomp", "ccomp"} or (label == "advcl" and child.tag_ in {"VB", "VBG"}):
            found.complements.append(child)
            found.objects.extend(before_mark(child))
    if not found.objects:
        found.objects.extend(found.recipients)  # "warned Ukraine": to the parse a recipient without a thing given
    stray = stray_subjects(verb)
    if not found.objects and not found.passive and (particled := stray_object(verb)) is not None:
        found.objects.append(particled)
    for noun in list(found.objects):
        _add_phrases(found, noun)
    if found.passive:
        if not found.objects:
            found.objects.extend(stray or implied_subject(verb, words))
        found.subjects.extend(found.prepositions.pop("by", []) or _agents_further_down(verb))
    elif not found.subjects:
        found.subjects.extend(stray or _unsaid_subject(verb, words))
    if not found.objects and verb.dep_ in {"acl:relcl", "advcl:relcl"} and not _is_antecedent_subject(verb):
        found.objects.append(verb.head)  # "the base that Russia attacked"
    elif not found.objects and verb.dep_ == "conj" and verb.i > verb.head.i:
        pass  # "attacked and seized the town": the object hangs on the first verb or the last, and the parse tells which
    elif not found.objects:
        found.objects.extend(child for other in children(verb, "conj") for child in children(other, "obj"))
    return found


def _unsaid_subject(verb: Token, words: ModalityWords) -> list[Token]:
    return _subject_before_gerund(verb) or implied_subject(verb, words)


def _agents_further_down(verb: Token) -> list[Token]:
    """The agent that the parse hung on a place or time between: ``was attacked in Aden by the Houthis``."""
    return [
        agent
        for child in children(verb, "obl", "nmod", "obl:unmarked")
        if child.ent_type_ in PLACE_LABELS
        for agent in children(child, "nmod", "obl", "obl:agent")
        if preposition(agent) == "by"
    ]


def _subject_before_gerund(verb: Token) -> list[Token]:
    """The name right before a gerund: ``in response to Belarus sending troops``, ``with Belarus having sent troops``."""
    having = verb.i > verb.sent.start and verb.tag_ == "VBN" and verb.nbor(-1).lower_ == "having"
    first = verb.nbor(-1) if having else verb
    if first.tag_ != "VBG" or first.i == verb.sent.start or verb.dep_ in {"xcomp", "amod"}:
        return []
    before = first.nbor(-1)
    return [before] if before.pos_ == "PROPN" else []


def _headline_subject(verb: Token) -> Token | None:
    """The actor of ``Britain lifted restrictions``, where the parser took the verb for a participle before the noun."""
    if verb.dep_ != "amod" or verb.tag_ not in {"VBN", "VBD"} or verb.i > verb.head.i:
        return None
    before = [
        child for child in verb.head.children if child.i < verb.i and child.dep_ in {"compound", "nmod:poss", "nsubj"}
    ]
    named = [
        child for child in before if child.pos_ == "PROPN" and not any(word.dep_ == "case" for word in child.children)
    ]
    return named[-1] if named else None


def _add_phrases(found: Arguments, noun: Token) -> None:
    """The prepositional phrases that the parser hung on the object: ``supplies gas to Ukraine``."""
    for child in children(noun, "nmod", "obl"):
        if preposition(child) not in {None, "of"}:
            _add_oblique(found, child)


def _add_oblique(found: Arguments, token: Token) -> None:
    case = preposition(token)
    if case is not None and not _is_setting(token):
        found.add(case, token)
        if case not in NO_PART:
            for word in case.split():
                if word != case:
                    found.add(word, token)


def _is_setting(noun: Token) -> bool:
    """Whether the noun is but part of a preposition: ``in the face of Iran``, not ``a slap in the face``."""
    return noun.lemma_.lower() in SETTINGS and any(preposition(child) == "of" for child in children(noun, "nmod"))


def _is_antecedent_subject(verb: Token) -> bool:
    """Whether the noun before a relative clause is its subject: ``troops that attacked``."""
    subject = next((child for child in verb.children if child.dep_ in SUBJECTS), None)
    return subject is None or subject.tag_ in {"WDT", "WP"}


def implied_subject(verb: Token, words: ModalityWords, depth: int = 0) -> list[Token]:
    """The subject that grammar supplies to a verb without one; empty where it supplies none."""
    if depth > MAX_CLIMB:
        return []
    head, label = verb.head, verb.dep_
    if label in {"acl", "acl:relcl"} and head.pos_ in {"NOUN", "PROPN", "PRON"}:
        if is_verb(head):
            return subjects(head, words, depth + 1)  # a verb that was taken for a noun
        if head.lemma_ in DURATIONS:
            return []  # "after weeks of fighting"
        if verb.tag_ == "VB" or any(child.lower_ in {"to", "of", "for"} for child in children(verb, "mark")):
            return _deciders(head, words, depth)  # "Russia's decision to strike"
        return [head]
    if label == "conj" and is_verb(head):
        return subjects(head, words, depth + 1)
    if label in {"xcomp", "advcl", "ccomp", "parataxis"} and head.pos_ in {"VERB", "AUX", "ADJ", "NOUN"}:
        return _controllers(verb, head, words, depth)
    return []


def _controllers(verb: Token, head: Token, words: ModalityWords, depth: int) -> list[Token]:
    if head.lemma_ in words.object_control and verb.dep_ != "parataxis" and not _is_aside(verb):
        controlled = before_mark(verb) or [
            child
            for child in head.children
            if child.dep_ in {"obj", "iobj", "nsubj:pass"} or (child.dep_ == "nsubj" and is_mislabelled_object(child))
        ]
        if not controlled and head.lemma_ in {"call", "appeal", "press", "lean"}:
            controlled = [child for child in children(head, "obl") if preposition(child) in {"on", "upon", "to"}]
        if controlled and not any(child.dep_ == "nsubj" and child.lemma_ == "they" for child in controlled):
            return controlled[:1]
        if is_passive(head):
            return implied_subject(head, words, depth + 1)
        if verb.dep_ == "xcomp" and head.lemma_ in {"tell", "order"}:
            return []
    return subjects(head, words, depth + 1)


def _is_aside(verb: Token) -> bool:
    """Whether a participle only accompanies the main clause: ``accused Iran, saying``; it shares that clause's subject."""
    return (
        verb.dep_ == "advcl"
        and verb.tag_ in {"VBG", "VBN"}
        and not any(child.dep_ in {"mark", "case"} for child in verb.children)
    )


def _deciders(noun: Token, words: ModalityWords, depth: int) -> list[Token]:
    """Whose plan, decision, threat the noun is: its owner, or the subject of the verb that it hangs on."""
    owners = list(children(noun, "nmod:poss", "compound", "amod"))
    owners = [owner for owner in owners if owner.pos_ in {"PROPN", "PRON", "NOUN"} or owner.ent_type_ or owner.is_title]
    if owners:
        return owners[:1]
    if noun.dep_ in {"obj", "obl", "xcomp", "ccomp"} and noun.head.pos_ in {"VERB", "AUX"}:
        return subjects(noun.head, words, depth + 1)
    return []


def subjects(verb: Token, words: ModalityWords, depth: int = 0) -> list[Token]:
    """Said or implied subject (of a passive: who it is done to)."""
    if depth > MAX_CLIMB:
        return []
    own = [child for child in verb.children if child.dep_ in SUBJECTS and child.dep_ != "csubj"]
    if own and verb.dep_ == "acl:relcl" and own[0].tag_ in {"WDT", "WP"}:
        return [verb.head]
    if own:
        return own[:1]
    return stray_subjects(verb) or implied_subject(verb, words, depth + 1)


def _noun_arguments(noun: Token, words: ModalityWords) -> Arguments:
    found = Arguments()
    for child in noun.children:
        label = child.dep_
        if label == "nmod:poss":
            found.owners.append(child)
        elif label in {"compound", "amod", "nmod:desc"}:
            found.modifiers.append(child)
        elif label.startswith(("nmod", "obl")):
            _add_oblique(found, child)
            _add_nested(found, child)
        elif label == "acl" and not any(mark.lower_ in CONJUNCTIVE for mark in children(child, "mark")):
            found.complements.append(child)
            if child.tag_ == "VBN":
                _add_obliques(found, child)  # "atrocities committed by Russia"
            for mark in children(child, "mark"):
                if child.tag_ == "VBG" and mark.lower_ in {"in", "of", "to"}:
                    found.add(mark.lower_, child)  # "a pause in fighting between"
                    _add_obliques(found, child)
        elif label == "acl:relcl" and _is_light(child, words):
            _add_governor(found, child, words)  # "the exercise that Russia held with China"
    if not found.owners and (owner := stray_owner(noun)) is not None:
        found.owners.append(owner)
    _add_shared(found, noun)
    for party in hyphenated(noun):
        found.add("between", party)
    gerund = gerund_after(noun)
    if gerund is not None:
        found.add(gerund.nbor(-1).lower_, gerund)
        _add_obliques(found, gerund)  # "a pause in fighting between"
    if noun.dep_ == "compound" and noun.head.pos_ == "NOUN":
        _add_obliques(found, noun.head)  # "a mediation effort between"
        found.owners.extend(children(noun.head, "nmod:poss"))
    found.subjects.extend(found.prepositions.pop("by", []))
    found.subjects.extend(found.prepositions.get("between", []))
    if (
        noun.dep_ == "obl"
        and preposition(noun) in {"into", "to", "for"}
        and noun.head.lemma_ in words.object_control
        and not found.subjects
    ):
        found.subjects.extend(children(noun.head, "obj", "nsubj:pass"))  # "pressed Moscow into talks"
    carried = noun.head if noun.dep_ == "compound" and noun.head.pos_ == "NOUN" else noun
    governor = light_verb(carried, words)
    if governor is not None:
        _add_governor(found, governor, words, is_subject=carried.dep_ == "nsubj")
    return found


def _add_shared(found: Arguments, noun: Token) -> None:
    """What coordinated nouns say only once: ``Russia's invasion and occupation``, ``shelling and bombing of Ukraine``."""
    if noun.dep_ == "conj" and not found.owners and not found.modifiers and noun.head.pos_ == "NOUN":
        found.owners.extend(children(noun.head, "nmod:poss"))
    if not found.prepositions:
        for other in children(noun, "conj"):
            if other.pos_ == "NOUN":
                _add_obliques(found, other)


def _add_nested(found: Arguments, noun: Token) -> None:
    """Who else takes part, where the parser hung it on what the deed is done with: ``the use of force by Sudan``."""
    if preposition(noun) in {"of", "in"}:
        for child in children(noun, "nmod"):
            if preposition(child) in PARTIES:
                _add_oblique(found, child)


def _add_obliques(found: Arguments, word: Token) -> None:
    for child in word.children:
        if child.dep_.startswith(("obl", "nmod")):
            _add_oblique(found, child)


def light_verb(noun: Token, words: ModalityWords) -> Token | None:
    """The verb that only carries the noun (``launch an attack``, ``hold talks``), or None."""
    head = noun.head
    while noun.dep_ == "conj" and head.pos_ == "NOUN":
        noun, head = head, head.head
    carried = (
        noun.dep_ in {"obj", "nsubj:pass", "nsubj"}
        or is_mislabelled_object(noun)
        or (noun.dep_ == "obl" and preposition(noun) in {"in", "with", "under"} and head.lemma_ in TAKING_PART)
    )
    return head if carried and _is_light(head, words) else None


def _is_light(verb: Token, words: ModalityWords) -> bool:
    known = verb.lemma_ in words.transparent or words.operator(verb.lemma_) is not None
    return known and is_verb(verb)


def _add_governor(found: Arguments, verb: Token, words: ModalityWords, *, is_subject: bool = False) -> None:
    """Give the noun the subject and the prepositional phrases of its verb, after its own; none when it is that subject itself."""
    passive = is_passive(verb)
    for child in verb.children:
        if child.dep_.startswith("obl"):
            case = preposition(child)
            if passive and case == "by":
                found.subjects.append(child)
            elif case is not None:
                _add_oblique(found, child)
        elif child.dep_ == "iobj":
            found.recipients.append(child)
    own = list(children(verb, "nsubj"))
    if not is_subject and not passive and not found.subjects and not found.owners and verb.lemma_ not in NOT_DOERS:
        found.subjects.extend(own or _unsaid_subject(verb, words))
