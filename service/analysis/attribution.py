"""Who says that a deed was done: the subject of the reporting verb above it, or ``according to``.

Grammar decides first. Where it names nobody the event layers may, and whom they are sure not to hear is no speaker. Words that are
themselves the deed have no speaker beside whoever utters them: ``China condemns the visit, a spokesman said``.
"""

from collections.abc import Iterator
from typing import Final

from spacy.tokens import Span as DocSpan
from spacy.tokens import Token

from service.analysis.auxiliaries import MAYBE, OUGHT, is_negated
from service.analysis.event_layer import Proposal
from service.analysis.syntax import MAX_CLIMB, SUBJECTS, children, is_passive, preposition, subjects
from service.knowledge.lexicon import LearnedWords, ModalityWords

ACCUSING: Final = frozenset(
    {"accuse", "blame", "charge", "criticize", "criticise", "condemn", "denounce", "deny", "admit", "confess"}
)
CHARGES: Final = frozenset({"of", "for", "over", "with", "to"})
"""What may stand between an accusing verb and the deed."""
OWNING_UP: Final = frozenset({"claim", "take", "admit", "accept", "acknowledge"})
"""Verbs over ``responsibility for``."""
ASIDES: Final = frozenset({"after", "before", "as", "while", "when", "since", "following", "despite", "until", "amid"})
"""What begins a clause or phrase that tells of the circumstances, in the article's own voice."""
BEFORE: Final = frozenset({"case", "mark", "punct", "cc"})
"""What stands before a speaker and is no part of the name."""
FIRST_PERSON: Final = frozenset({"i", "we"})


def speaker_phrase(
    trigger: Token, proposal: Proposal | None, words: ModalityWords, learned: LearnedWords
) -> DocSpan | None:
    """The phrase that names the speaker, without what follows its head; None when it is the article's own voice."""
    head = speaker_of(trigger, words)
    if head is not None:
        phrase = _phrase(head)
        if proposal is None or proposal.side("speaker", phrase.start, phrase.end) >= learned.silent:
            return phrase
    return _heard(trigger, proposal, learned) if proposal is not None else None


def _phrase(head: Token) -> DocSpan:
    """The head with what describes it before, and all of a name."""
    first = min((child.left_edge.i for child in head.lefts if child.dep_ not in BEFORE), default=head.i)
    return head.doc[first : max((head.i, *(name.i for name in children(head, "flat")))) + 1]


def _heard(trigger: Token, proposal: Proposal, learned: LearnedWords) -> DocSpan | None:
    """The words around the one that the model is surest to be the speaker, where it is sure enough."""
    heard = proposal.sides["speaker"]
    best = int(heard.argmax())
    if heard[best] < learned.speaker:
        return None
    first = last = best
    tokens = proposal.tokens
    while first and heard[first - 1] >= learned.side and tokens[first - 1] == tokens[first] - 1:
        first -= 1
    while last + 1 < len(tokens) and heard[last + 1] >= learned.side and tokens[last + 1] == tokens[last] + 1:
        last += 1
    return trigger.doc[int(tokens[first]) : int(tokens[last]) + 1]


def speaker_of(trigger: Token, words: ModalityWords) -> Token | None:
    """The head of the phrase that grammar makes the speaker; None when there is none."""
    token, below = trigger, trigger
    for _ in range(MAX_CLIMB):
        for aside, speaker in _asides(token):
            if below is token or not _stands_apart(below) or aside.i > below.i:
                return speaker
        head = token.head
        if head.i == token.i or _begins_anew(token):
            return None
        said_by = _utterer(token, trigger, words)
        if said_by is not None and said_by.lower_ not in FIRST_PERSON:
            return said_by
        token, below = head, token
    return None


def is_alleged(trigger: Token) -> bool:
    """Whether the deed is what somebody is accused of: ``accused Chad of shelling``."""
    head = trigger.head
    accusing = head.i != trigger.i and head.lemma_ in ACCUSING - OWNING_UP - {"confess", "deny"}
    return accusing and trigger.dep_ in {"advcl", "ccomp", "xcomp", "obl"} and _is_charge(trigger)


def _utterer(token: Token, trigger: Token, words: ModalityWords) -> Token | None:
    """The subject of the word above, if that word tells, accuses or owns up to what is below."""
    head = token.head
    told = token.dep_ in {"ccomp", "parataxis"} and (head.lemma_ in words.reporting or token.i < head.i)
    accused = (
        token.dep_ in {"advcl", "ccomp", "xcomp", "obl"}
        and head.lemma_ in ACCUSING
        and head.i != trigger.i
        and _is_charge(token)
    )
    if token.dep_ in {"nmod", "obl", "acl", "advcl"} and (owner := _owning_up(head)) is not None:
        return next(iter(subjects(owner, words)), None)
    if not (told or accused) or _is_unsaid(head, words):
        return None
    if is_passive(head):
        return next((agent for agent in children(head, "obl", "obl:agent") if preposition(agent) == "by"), None)
    own = [child for child in children(head, *SUBJECTS) if child.pos_ not in {"VERB", "AUX"}]
    if own:
        return min(own, key=lambda child: abs(head.i - child.i))
    return next((noun for noun in subjects(head, words) if noun.pos_ != "VERB"), None)


def _owning_up(word: Token) -> Token | None:
    """The verb of ``claimed responsibility for``, from either word of it; None when there is none."""
    if word.lemma_ == "responsibility" and word.head.lemma_ in OWNING_UP:
        return word.head
    named = word.lemma_ in OWNING_UP and any(child.lemma_ == "responsibility" for child in children(word, "obj"))
    return word if named else None


def _is_unsaid(verb: Token, words: ModalityWords) -> bool:
    """Whether nobody has spoken yet, or not so: ``should explain that``, ``did not say that``."""
    helpers = {child.lower_ for child in children(verb, "aux")}
    return bool(helpers & (MAYBE | OUGHT | {"would"})) or (is_negated(verb, words) and verb.lemma_ in words.reporting)


def _is_charge(token: Token) -> bool:
    """Whether the phrase is what somebody is accused of, and not when or why: ``condemned the raid after troops crossed``."""
    marks = {child.lower_ for child in children(token, "mark", "case")}
    return token.dep_ in {"ccomp", "xcomp"} or bool(marks & CHARGES) or (not marks and token.tag_ == "VBG")


def _begins_anew(token: Token) -> bool:
    """Whether a semicolon parts the clause from the one above, so that nothing there is its frame."""
    if token.dep_ not in {"parataxis", "conj", "ccomp"}:
        return False
    first, last = sorted((token.i, token.head.i))
    return any(between.text == ";" for between in token.doc[first:last])


def _stands_apart(token: Token) -> bool:
    """Whether a clause or phrase under the reported one is not part of what is reported when it comes after the aside."""
    if token.dep_ in {"parataxis", "conj"}:
        return any(child.dep_ in SUBJECTS for child in token.children)
    return token.dep_ in {"advcl", "obl"} and any(c.lower_ in ASIDES for c in children(token, "mark", "case"))


def _asides(clause: Token) -> Iterator[tuple[Token, Token]]:
    """``..., a spokesman said``, ``according to officials``: the verb or preposition, and who speaks."""
    for child in clause.children:
        if child.dep_ == "parataxis" and not _begins_anew(child) and not any(children(child, "ccomp", "obj")):
            said_by = list(children(child, "nsubj"))
            if said_by and said_by[-1].lower_ not in FIRST_PERSON:
                yield child, said_by[-1]
        if child.dep_ in {"obl", "nmod", "advcl"} and (preposition(child) or "").startswith("according"):
            yield child, child
        if child.lower_ == "according":
            named = next((grand for grand in child.children if grand.dep_ in {"obl", "nmod", "obj"}), None)
            if named is not None:
                yield child, named
