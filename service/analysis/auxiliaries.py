"""What the words around a verb itself do to its deed: auxiliaries, negations, conditions, adverbs, the infinitive of headlines."""

from spacy.tokens import Token

from service.analysis.syntax import children
from service.knowledge.lexicon import ModalityWords, Operator

FUTURE = frozenset({"will", "shall", "'ll", "’ll", "wo", "gonna"})
MAYBE = frozenset({"may", "might", "could", "can", "ca"})
OUGHT = frozenset({"should", "must", "ought", "need"})


def verb_operators(verb: Token, words: ModalityWords, headline: bool = False) -> list[Operator]:
    """Auxiliaries, negation, conditions and infinitive markers of a verb."""
    found: list[Operator] = []
    helpers = {child.lower_ for child in verb.children if child.dep_ in {"aux", "aux:pass", "cop"}}
    if not helpers & (FUTURE | MAYBE | OUGHT | {"would"}) and verb.dep_ == "conj" and verb.head.pos_ == "VERB":
        shared = not any(child.dep_.startswith("nsubj") for child in verb.children)
        helpers |= {child.lower_ for child in verb.head.children if child.dep_ == "aux"} if shared else set()
    conditional = _has_condition(verb)
    refused = is_negated(verb, words) and not conditional and helpers & {"could", "can", "ca", "would"}
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
    if "unless" in marks:
        found.append("request")
    elif marks & words.conditional_marks - {"in", "case"}:
        found.append("doubt")
    if "without" in marks or {"instead", "rather"} & {child.lower_ for child in children(verb, "advmod", "mark", "cc")}:
        found.append("negate")
    if is_negated(verb, words):
        found.append("negate")
    if _is_imperative(verb):
        found.append("request")
    to_be = any(child.lower_ == "to" and child.tag_ == "TO" for child in verb.children)
    if to_be and (headline and verb.dep_ in {"ROOT", "ccomp", "parataxis", "acl:relcl"}):
        found.append("plan")
    for child in children(verb, "advmod"):
        if child.lower_ in {"allegedly", "possibly", "perhaps", "maybe", "potentially", "probably"}:
            found.append("doubt")
        elif child.lower_ in {"nearly", "almost", "reportedly-not"}:
            found.append("negate")
    return found


def _is_imperative(verb: Token) -> bool:
    """``Withdraw your troops, Egypt told Sudan``: a bare form that begins its clause."""
    begins = all(child.dep_ in {"advmod", "discourse", "intj", "punct", "aux"} for child in verb.lefts)
    return (
        verb.tag_ == "VB"
        and verb.dep_ in {"ROOT", "ccomp", "parataxis"}
        and begins
        and all(child.lower_ in {"do", "not", "n't"} for child in verb.children if child.dep_ == "aux")
    )


def is_negated(verb: Token, words: ModalityWords) -> bool:
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
            (grand.lower_ in {"no", "neither"} and grand.dep_ in {"det", "cc:preconj", "advmod"})
            or (grand.lower_ == "not" and grand.nbor(1).lower_ in {"one", "a", "all", "every"})
            for grand in child.children
        ):
            return True
    return bool(verb.dep_ == "xcomp" and any(c.lower_ in {"not", "n't", "never"} for c in children(verb, "advmod")))


def is_conditional(verb: Token) -> bool:
    """Whether the deed is promised or threatened on a condition: ``will withdraw if they do``."""
    helpers = {child.lower_ for child in children(verb, "aux")}
    return bool(helpers & (FUTURE | {"would"})) and _has_condition(verb)


def is_term(verb: Token) -> bool:
    """Whether the deed is what somebody waits for: ``no talks until they withdraw``, ``unless they withdraw``."""
    return any(child.lower_ in {"unless", "until"} for child in children(verb, "mark"))


def _has_condition(verb: Token) -> bool:
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
    if verb.dep_ == "ccomp" and verb.i < verb.head.i:
        return True  # "would send it, its envoy made plain"
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
    return any(True for clause in children(verb, "parataxis") for _ in children(clause, "nsubj"))


def _going_to(verb: Token) -> bool:
    return verb.dep_ == "xcomp" and verb.head.lower_ == "going" and verb.tag_ == "VB"


def is_uncertain(verb: Token) -> bool:
    return any(child.lower_ in MAYBE | {"would"} for child in children(verb, "aux"))
