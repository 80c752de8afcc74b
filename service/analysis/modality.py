"""Whether a deed that the text speaks of is done: actual, planned, requested, hypothetical, negated or historical.

From the trigger the words above it are followed upwards; each may change what is below it: an auxiliary, a negation, a
governing verb or noun ("vowed to", "fears of", "denied"), a condition, a question. A false act is the worst error of an
event coder, so of two readings the weaker one wins, and a construction that is not known makes a deed hypothetical.
"""

import re
from datetime import datetime

from spacy.tokens import Span as DocSpan
from spacy.tokens import Token

from service.analysis.misparses import is_verb, verb_lemma
from service.analysis.syntax import MAX_CLIMB, children, preposition
from service.knowledge.lexicon import ModalityWords, Operator
from service.messages.enriched import Modality

YEAR = re.compile(r"(1[89]\d\d|20\d\d)(s)?")
PERIODS = frozenset({"month", "year", "decade"})
BACKGROUND = frozenset(
    {
        "war",
        "invasion",
        "invade",
        "annexation",
        "annex",
        "conflict",
        "occupation",
        "start",
        "beginning",
        "outbreak",
        "onset",
    }
)
"""What ``since`` before it makes a date of history: deeds that last for years, and their beginnings."""
FUTURE = frozenset({"will", "shall", "'ll", "’ll", "wo", "gonna"})
MAYBE = frozenset({"may", "might", "could", "can", "ca"})
OUGHT = frozenset({"should", "must", "ought", "need"})
ABILITY = frozenset({"able", "allow", "manage", "afford"})
ENDING = frozenset({"end", "stop", "halt", "cease", "suspend", "finish"})  # what a verb ends was going on
TIMING = frozenset({"after", "before", "following", "since", "amid", "during", "despite", "until", "because of"})
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
FACTIVE_MARKS = frozenset(
    {"after", "because", "since", "as", "while", "when", "for", "of", "that", "although", "though", "by", "in", "from"}
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


def modality_of(trigger: Token, words: ModalityWords, published: datetime) -> Modality:
    """The modality of the deed that ``trigger`` names."""
    modality: Modality = "actual"
    token = trigger
    for operator in _own_operators(trigger, words):
        modality = applied(modality, operator)
    for _ in range(MAX_CLIMB):
        if token.dep_ not in CLAUSAL or token.head.i == token.i:
            break
        governed, go_on = _governed(token, words)
        for operator in governed:
            modality = applied(modality, operator)
        if not go_on:
            break
        token = token.head
    if modality == "actual" and token.dep_ in {"ROOT", "ccomp", "parataxis"} and _is_question(trigger.sent):
        return "hypothetical"
    return "historical" if modality == "actual" and is_past(trigger, words, published) else modality


def _own_operators(token: Token, words: ModalityWords) -> list[Operator]:
    """What the words around the trigger itself do to it."""
    if is_verb(token):
        return _verb_operators(token, words, headline=True)
    found: list[Operator] = []
    for child in children(token, "amod", "compound", "det", "advmod", "nmod:poss", "acl"):
        if child.lower_ in words.negators:
            found.append("negate")
        elif (
            child.dep_ in {"amod", "compound"}
            and child.tag_ != "VBG"
            and (operator := words.operator(child.lemma_.lower()))
        ):
            found.append(operator)
    case = preposition(token)
    if case in {"ahead of", "before", "pending", "toward", "towards"} and token.dep_ in {"obl", "nmod"}:
        found.append("plan")
    elif case in {"without", "despite no", "instead of", "rather than"}:
        found.append("negate")
    return found


def _verb_operators(verb: Token, words: ModalityWords, headline: bool = False) -> list[Operator]:
    """Auxiliaries, negation, conditions and infinitive markers of a verb."""
    found: list[Operator] = []
    helpers = {child.lower_ for child in verb.children if child.dep_ in {"aux", "aux:pass", "cop"}}
    if not helpers & (FUTURE | MAYBE | OUGHT | {"would"}) and verb.dep_ == "conj" and verb.head.pos_ == "VERB":
        shared = not any(child.dep_.startswith("nsubj") for child in verb.children)
        helpers |= {child.lower_ for child in verb.head.children if child.dep_ == "aux"} if shared else set()
    conditional = _has_condition(verb, words)
    refused = _is_negated(verb, words) and not conditional and helpers & {"could", "can", "ca", "would"}
    if refused:
        pass  # "could not land", "would not say": it was not done
    elif helpers & MAYBE or (conditional and helpers & (FUTURE | {"would"})):
        found.append("doubt")
    elif helpers & OUGHT:
        found.append("request")
    elif "would" in helpers or ("'d" in helpers and verb.tag_ == "VB"):
        found.append("plan" if _is_reported(verb, words) else "doubt")
    elif helpers & FUTURE or _going_to(verb):
        found.append("plan")
    marks = {child.lower_ for child in children(verb, "mark")}
    if marks & words.conditional_marks - {"in", "case"}:
        found.append("doubt")
    if "without" in marks or {"instead", "rather"} & {child.lower_ for child in children(verb, "advmod", "mark", "cc")}:
        found.append("negate")
    if _is_negated(verb, words):
        found.append("negate")
    to_be = any(child.lower_ == "to" and child.tag_ == "TO" for child in verb.children)
    if to_be and (headline and verb.dep_ in {"ROOT", "ccomp", "parataxis", "acl:relcl"}):
        found.append("plan")
    for child in children(verb, "advmod"):
        if child.lower_ in {"allegedly", "possibly", "perhaps", "maybe", "potentially", "probably"}:
            found.append("doubt")
        elif child.lower_ in {"nearly", "almost", "reportedly-not"}:
            found.append("negate")
    return found


def _is_negated(verb: Token, words: ModalityWords) -> bool:
    for child in verb.children:
        if child.lower_ in words.negators and child.dep_ in {
            "advmod",
            "det",
            "aux",
            "neg",
            "cc:preconj",
            "cc",
            "nsubj",
            "obj",
            "nsubj:pass",
        }:
            if (
                child.lower_ == "not" and child.nbor(1).lower_ in {"only", "just"}
                if child.i + 1 < len(child.doc)
                else False
            ):
                continue
            return True
        if child.dep_ in {"nsubj", "nsubj:pass", "obj"} and any(
            grand.lower_ in {"no", "neither"} and grand.dep_ in {"det", "cc:preconj", "advmod"}
            for grand in child.children
        ):
            return True
    return bool(verb.dep_ == "xcomp" and any(c.lower_ in {"not", "n't", "never"} for c in children(verb, "advmod")))


def _has_condition(verb: Token, words: ModalityWords) -> bool:
    return any(
        child.lower_ in {"if", "unless"}
        or (
            child.lower_ in {"should", "had"}
            and child.dep_ == "aux"
            and child.i < clause.i
            and child.i == clause.left_edge.i
        )
        for clause in children(verb, "advcl")
        for child in clause.children
        if child.dep_ in {"mark", "aux"}
    )


def _is_reported(verb: Token, words: ModalityWords) -> bool:
    """``said it would send``: the future of a past."""
    if verb.dep_ in {"ccomp", "conj", "acl", "acl:relcl"} and verb.head.tag_ in {
        "VBD",
        "VBN",
        "NN",
        "NNS",
        "VBZ",
        "VBG",
        "VB",
        "VBP",
    }:
        if verb.head.lemma_ in words.reporting or verb.head.lemma_ in words.plan or verb.head.pos_ == "NOUN":
            return True
        return verb.dep_ == "conj" and _is_reported(verb.head, words)
    return any(child.lemma_ in words.reporting for child in children(verb, "parataxis"))


def _going_to(verb: Token) -> bool:
    return verb.dep_ == "xcomp" and verb.head.lower_ == "going" and verb.tag_ == "VB"


def _governed(token: Token, words: ModalityWords) -> tuple[list[Operator], bool]:
    """What the governing word does to ``token``, and whether the words above that one still matter."""
    head, label = token.head, token.dep_
    lemma = verb_lemma(head) if is_verb(head) else head.lemma_.lower()
    if label == "conj":
        own_subject = any(child.dep_ in {"nsubj", "nsubj:pass"} for child in token.children)
        return (
            [] if own_subject or head.pos_ not in {"VERB", "AUX"} else _shared_negation(token, head, words)
        ), not own_subject or head.dep_ == "ccomp"
    if not is_verb(token) and label in {
        "obj",
        "obl",
        "nsubj",
        "nsubj:pass",
        "nmod",
        "compound",
        "amod",
        "appos",
    }:
        return _governed_noun(token, head, label, lemma, words)
    if label == "advcl":
        return _governed_adverbial(token, head, words)
    if label == "acl" and is_verb(head):
        label = "xcomp"  # "denies sending", with the verb taken for a noun
    if label == "acl" and _is_ranked(head):
        return [], True  # "the first country to sign"
    if label == "acl" and token.tag_ in {"VBN", "VBG"} and not any(child.dep_ == "mark" for child in token.children):
        return [], False  # "weapons supplied by": asserted
    operator = words.operator(lemma)
    if lemma in ABILITY and _is_negated(head, words):
        return ["negate"], True
    if label == "acl" and operator is None:
        operator = "plan" if token.tag_ == "VB" else None
    if label in {"xcomp", "ccomp", "csubj", "acl"}:
        above = _verb_operators(head, words) if head.pos_ in {"VERB", "AUX", "ADJ"} else _own_operators(head, words)
        if (
            operator is None
            and label == "xcomp"
            and lemma not in words.transparent
            and head.pos_ == "VERB"
            and token.tag_ == "VB"
        ):
            operator = "doubt"
        if (
            lemma in words.reporting
            and operator in {None, "doubt", "request"}
            and label == "ccomp"
            and not _subjunctive(token, lemma, words)
        ):
            told: list[Operator] = ["doubt"] if operator == "doubt" and lemma in {"warn", "allege-not"} else []
            return told, True
        return ([operator] if operator else []) + above, True
    return [], True


def _is_ranked(noun: Token) -> bool:
    """Whether the noun is one of a series, so that an infinitive after it is done: ``the second state to sign``."""
    return any(
        child.lower_ in {"only", "last"} or "Ord" in child.morph.get("NumType", []) for child in children(noun, "amod")
    )


def _subjunctive(token: Token, lemma: str, words: ModalityWords) -> bool:
    """``insisted that Russia withdraw``: a bare verb form under a word that can ask."""
    return lemma in words.request and token.tag_ in {"VB", "VBP"}


def _shared_negation(token: Token, head: Token, words: ModalityWords) -> list[Operator]:
    joined = next((child.lower_ for child in children(token, "cc")), "")
    return ["negate"] if joined in {"nor", "or"} and _is_negated(head, words) else []


def _governed_adverbial(token: Token, head: Token, words: ModalityWords) -> tuple[list[Operator], bool]:
    marks = {child.lower_ for child in children(token, "mark", "case")}
    lemma = head.lemma_.lower()
    if token.tag_ == "VB" and "to" in {child.lower_ for child in token.children}:
        operator = words.operator(lemma)
        return [operator or "plan", *(_verb_operators(head, words))], True
    if "from" in marks and (operator := words.operator(lemma)):
        return [operator], True
    if marks & {"of", "for", "against", "about", "on", "to", "into", "from"}:
        operator = words.operator(lemma)
        if lemma in {
            "accuse",
            "blame",
            "condemn",
            "criticize",
            "criticise",
            "convict",
            "denounce",
            "charge",
            "suspect",
            "praise",
            "thank",
        }:
            return (["doubt"] if lemma == "suspect" else []), False
        return ([operator] if operator else []), True
    if marks & {"before", "until", "once", "when", "till"}:
        future = {child.lower_ for child in children(head, "aux")} & (FUTURE | {"would"})
        return (["doubt"] if future else []), False
    if marks:
        return [], False
    return _verb_operators(head, words), True


def _governed_noun(
    token: Token, head: Token, label: str, lemma: str, words: ModalityWords
) -> tuple[list[Operator], bool]:
    """A deed named by a noun: ``plans an attack``, ``calls for talks``, ``the threat of war``."""
    operator = words.operator(lemma)
    case = preposition(token)
    if _is_any(token) and _is_uncertain(head):
        return ["doubt"], False  # "an attack on Taiwan would be a threat"
    if head.pos_ in {"VERB", "AUX"}:
        above = _verb_operators(head, words, headline=True)
        if lemma in {"reject", "dismiss", "turn", "spurn"} and label in {"obj", "nsubj:pass"} and _is_particular(token):
            return above, True  # "rejected the blockade": there is one
        if (
            label in {"obj", "nsubj:pass"}
            and operator is not None
            and lemma
            not in {
                "block",
                "dismiss",
                "discuss",
                "explore",
                "protect",
                "justify",
                "send",
                "accept",
                "announce",
                "sign",
                "fail",
            }
        ):
            return [operator, *above], True
        if label in {"obj", "nsubj:pass"} and lemma in {"announce", "accept"}:
            return ["plan", *above], True
        if (
            label == "obl"
            and case in {"for", "to", "into", "out", "against", "of", "off", "on", "from"}
            and operator in {"request", "doubt", "negate", "plan"}
        ):
            if (lemma, case) in {
                ("press", "on"),
                ("tell", "of"),
                ("send", "to"),
                ("send", "for"),
                ("send", "into"),
                ("protect", "from"),
                ("need", "from"),
                ("look", "to"),
                ("order", "to"),
            }:
                return [], False
            return [operator, *above], True
        if lemma == "call" and (case == "for" or any(child.lower_ == "off" for child in head.children)):
            return ["request" if case == "for" else "negate", *above], True
        if lemma in words.transparent and lemma not in ENDING and not (label == "obl" and case in TIMING):
            return above, True
        return [], False
    if label == "nmod" and operator is not None and case in {"of", "for", "to", "on", "against", "about"}:
        return [operator], True
    if label == "compound" and operator is not None:
        return [operator], True
    return [], label in {"nmod", "appos", "compound"}


def _is_any(noun: Token) -> bool:
    """Whether no particular deed is meant: ``an attack``, ``any attack``."""
    return any(child.lower_ in {"a", "an", "any", "such"} for child in children(noun, "det"))


def _is_particular(noun: Token) -> bool:
    return any(child.lower_ in {"the", "this", "these"} or child.dep_ == "nmod:poss" for child in noun.children)


def _is_uncertain(verb: Token) -> bool:
    return any(child.lower_ in MAYBE | {"would"} for child in children(verb, "aux"))


def _is_question(sentence: DocSpan) -> bool:
    return any(token.text == "?" for token in sentence[-2:])


def is_past(trigger: Token, words: ModalityWords, published: datetime) -> bool:
    """Whether the deed is told as history: an earlier year, years ago, an anniversary in its own clause, ``since the war``."""
    if _is_starting_point(trigger):
        return True
    clause = _clause_head(trigger)
    for token in clause.subtree:
        year = YEAR.fullmatch(token.text)
        if year is not None and _dates(token, clause, trigger) and int(year[1]) < published.year:
            return not year[2] or int(year[1]) + 1 < published.year
        if _clause_head(token).i != clause.i and token.dep_ not in {"nummod", "obl:unmarked", "obl"}:
            continue
        if token.lower_ == "ago" and any(
            other.lemma_ in {"year", "decade", "century", "generation"}
            for other in token.doc[max(0, token.i - 3) : token.i]
        ):
            return True
        if token.lemma_.lower() in words.past and token.i != trigger.i:
            return True
    return False


def _dates(year: Token, clause: Token, trigger: Token) -> bool:
    """Whether the year says when the deed was done, and does not belong to something else (``a 2016 pact``, ``since 2014``)."""
    token = year
    for _ in range(MAX_CLIMB):
        if preposition(token) == "since":
            return False
        if token.head.i in {clause.i, trigger.i}:
            return True
        if token.head.i == token.i or not (token.head.ent_type_ == "DATE" or token.head.pos_ in {"NUM", "VERB", "AUX"}):
            return False
        if token.head.pos_ in {"VERB", "AUX"} and _clause_head(token.head).i != clause.i:
            return False
        token = token.head
    return False


def _is_starting_point(trigger: Token) -> bool:
    """Whether time is only counted from the deed: ``two years since``, ``since Russia's invasion``, ``since the start of``.

    ``Since the attack`` alone may well speak of yesterday, so that a long war or a count of months must be named.
    """
    chain = [trigger, *trigger.ancestors][:3]
    for token in chain:
        since = next(
            (child for child in token.children if child.lower_ == "since" and child.dep_ in {"case", "mark"}), None
        )
        if since is None:
            continue
        before = token.doc[max(token.sent.start, since.i - 1) : since.i]
        counted = any(word.lemma_ in PERIODS for word in before)
        return counted or any(word.lemma_.lower() in BACKGROUND for word in chain[: chain.index(token) + 1])
    return False


def _clause_head(token: Token) -> Token:
    for _ in range(40):
        if token.dep_ in {"ROOT", "ccomp", "advcl", "acl", "acl:relcl", "parataxis", "conj"} and token.pos_ in {
            "VERB",
            "AUX",
        }:
            break
        if token.head.i == token.i:
            break
        token = token.head
    return token
