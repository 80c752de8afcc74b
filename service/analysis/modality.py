"""Whether a deed that the text speaks of is done: actual, planned, requested, hypothetical, negated or historical.

From the trigger the words above it are followed upwards; each may change what is below it: an auxiliary, a negation, a
governing verb or noun ("vowed to", "fears of", "denied"), a condition, a question. A false act is the worst error of an
event coder, so of two readings the weaker one wins, and a construction that is not known makes a deed hypothetical.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from spacy.tokens import Span as DocSpan
from spacy.tokens import Token

from service.analysis.auxiliaries import is_conditional, is_term
from service.analysis.background import in_earlier_year, is_in_story, is_remembered
from service.analysis.governors import governed, is_presupposed, own_operators
from service.analysis.misparses import is_verb, verb_lemma
from service.analysis.syntax import MAX_CLIMB
from service.knowledge.lexicon import ModalityWords, Operator
from service.messages.enriched import Modality, PloverRoot

CLAUSAL = frozenset(
    {
        "xcomp",
        "ccomp",
        "advcl",
        "acl",
        "conj",
        "obj",
        "obl",
        "nsubj",
        "nsubj:pass",
        "nmod",
        "appos",
        "csubj",
        "compound",
        "amod",
    }
)

OUTCOME: dict[Operator, dict[Modality, Modality]] = {
    "plan": {"actual": "planned"},
    "request": {"actual": "requested", "planned": "requested", "negated": "hypothetical"},
    "doubt": dict.fromkeys(("actual", "planned", "requested", "negated", "historical"), "hypothetical"),
    "negate": {"actual": "negated", "planned": "negated", "requested": "negated", "negated": "hypothetical"},
}
"""Operator, and the modality that it meets: the one that comes out."""


def applied(modality: Modality, operator: Operator) -> Modality:
    """The modality of a deed under one more operator; where two disagree the weaker wins."""
    return OUTCOME[operator].get(modality, modality)


GIVEN: Final[frozenset[PloverRoot]] = frozenset({"AID", "COOPERATE", "RETREAT"})
"""Roots of deeds that are promised by announcing them."""
LASTING: Final[frozenset[PloverRoot]] = frozenset({"AID", "ASSAULT", "COERCE", "MOBILIZE", "PROTEST", "SANCTION"})
"""Roots of deeds that go on, so that they can be kept up or ended."""


@dataclass(frozen=True, slots=True)
class Told:
    """A modality, and whether the words leave no doubt of it: a year, a film, a condition, ``stop
    shelling``, ``announced $2 billion in aid``."""

    modality: Modality
    settled: bool = False


def modality_of(trigger: Token, root: PloverRoot, words: ModalityWords, published: datetime) -> Told:
    """The modality of the deed of ``root`` that ``trigger`` names."""
    if is_in_story(trigger, words):
        return Told("historical", settled=True)
    if root in LASTING and is_presupposed(trigger, words):
        return Told("actual", settled=True)
    modality = _governed_modality(trigger, words)
    if modality in {"actual", "planned"} and root in GIVEN and is_given(trigger, words):
        return Told("planned", settled=True)
    if modality == "actual":
        if in_earlier_year(trigger, published):
            return Told("historical", settled=True)
        if is_remembered(trigger, words):
            return Told("historical")
    on_terms = (modality == "hypothetical" and is_conditional(trigger)) or (
        modality == "requested" and is_term(trigger)
    )
    return Told(modality, settled=on_terms)


def is_given(trigger: Token, words: ModalityWords) -> bool:
    """Whether the trigger, or the verb over it, only promises what it names: ``pledged tanks``, ``announced a ceasefire``."""
    if is_verb(trigger):
        return verb_lemma(trigger) in words.giving
    return trigger.dep_ in {"obj", "nsubj:pass"} and verb_lemma(trigger.head) in words.giving


def _governed_modality(trigger: Token, words: ModalityWords) -> Modality:
    modality: Modality = "actual"
    token = trigger
    for operator in own_operators(trigger, words):
        modality = applied(modality, operator)
    for _ in range(MAX_CLIMB):
        if token.dep_ not in CLAUSAL or token.head.i == token.i:
            break
        operators, go_on = governed(token, words)
        for operator in operators:
            modality = applied(modality, operator)
        if not go_on:
            break
        token = token.head
    if modality == "actual" and token.dep_ in {"ROOT", "ccomp", "parataxis"} and _is_question(trigger.sent):
        return "hypothetical"
    return modality


def _is_question(sentence: DocSpan) -> bool:
    return any(token.text == "?" for token in sentence[-2:])
