"""Who says that a deed was done: the subject of the reporting verb above it, or ``according to``."""

from spacy.tokens import Token

from service.analysis.syntax import MAX_CLIMB, children, preposition, subjects
from service.knowledge.lexicon import ModalityWords

ACCUSING = frozenset({"accuse", "blame", "charge", "criticize", "criticise", "condemn", "denounce", "deny"})
WORDLESS = frozenset({"show", "suggest", "indicate"})


def speaker_of(trigger: Token, words: ModalityWords) -> Token | None:
    """The head of the phrase that names the speaker; None when it is the article's own voice."""
    token = trigger
    for _ in range(MAX_CLIMB):
        aside = _aside(token, words)
        if aside is not None:
            return aside
        head = token.head
        if head.i == token.i:
            return None
        if token.i != trigger.i or token.dep_ in {"ccomp", "advcl", "xcomp", "obj", "obl"}:
            reported = token.dep_ in {"ccomp", "parataxis"} and head.lemma_ in words.reporting
            accused = (
                token.dep_ in {"advcl", "ccomp", "xcomp", "obl"} and head.lemma_ in ACCUSING and head.i != trigger.i
            )
            if reported or accused:
                said_by = [noun for noun in subjects(head, words) if noun.pos_ != "VERB"]
                if said_by:
                    return said_by[0]
        token = head
    return None


def _aside(clause: Token, words: ModalityWords) -> Token | None:
    """``..., a spokesman said``, ``according to officials``."""
    for child in clause.children:
        if child.dep_ == "parataxis" and child.lemma_ in words.reporting:
            said_by = list(children(child, "nsubj"))
            if said_by:
                return said_by[0]
        if child.dep_ in {"obl", "nmod", "advcl"} and (preposition(child) or "").startswith("according"):
            return child
        if child.lower_ == "according":
            return next((grand for grand in child.children if grand.dep_ in {"obl", "nmod", "obj"}), None)
    return None
