"""What a word does to the deed that it governs: ``vowed to strike``, ``fears of war``, ``denied that``, ``before they withdraw``."""

from spacy.tokens import Token

from service.analysis.auxiliaries import FUTURE, MAYBE, OUGHT, is_negated, is_uncertain, verb_operators
from service.analysis.misparses import is_mislabelled_object, is_verb, verb_lemma
from service.analysis.syntax import children, preposition
from service.knowledge.lexicon import ModalityWords, Operator

STEPS = 3  # words between a deed and the verb that ends or keeps it up
ABILITY = frozenset({"able", "allow", "manage", "afford"})
ENDING = frozenset({"end", "stop", "halt", "cease", "suspend", "finish"})  # what a verb ends was going on
NOBODY = frozenset({"nothing", "nobody", "none"})
SPURNING = frozenset({"reject", "dismiss", "turn", "spurn", "deride", "ridicule"})
CONTAINING = frozenset({"include", "involve", "entail"})  # what a proposal includes is proposed
TIMING = frozenset(
    {"as", "under", "by", "after", "before", "following", "since", "amid", "during", "despite", "until", "because of"}
)


def own_operators(token: Token, words: ModalityWords) -> list[Operator]:
    """What the words around the trigger itself do to it."""
    if is_verb(token):
        return verb_operators(token, words, headline=True)
    found: list[Operator] = []
    for child in children(token, "amod", "compound", "det", "advmod", "nmod:poss", "acl"):
        if child.lower_ in words.negators:
            found.append("negate")
        elif (
            child.dep_ in {"amod", "compound"}
            and child.tag_ != "VBG"
            and child.lemma_.lower() not in words.predicative
            and (operator := words.operator(child.lemma_.lower()))
        ):
            found.append(operator)
    case = preposition(token)
    if case in {"ahead of", "before", "pending", "toward", "towards"} and token.dep_ in {"obl", "nmod"}:
        found.append("plan")
    elif case in {"without", "despite no", "instead of", "rather than"}:
        found.append("negate")
    return found


def governed(token: Token, words: ModalityWords) -> tuple[list[Operator], bool]:
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
    if label == "acl" and {child.lower_ for child in children(token, "mark")} & TIMING:
        return [], False  # "the first summit since Britain left"
    if label == "acl" and is_verb(head):
        label = "xcomp"  # "denies sending", with the verb taken for a noun
    if label == "acl" and _is_ranked(head):
        return [], True  # "the first country to sign"
    if label == "acl" and token.tag_ in {"VBN", "VBG"} and not any(child.dep_ == "mark" for child in token.children):
        return [], False  # "weapons supplied by": asserted
    operator = _operator(head, lemma, words)
    if operator is None and label == "xcomp" and lemma in CONTAINING:
        operator = next((words.operator(child.lemma_.lower()) for child in children(head, "nsubj")), None)
    if label == "acl" and token.tag_ == "VBD" and operator is None:
        return [], False
    if lemma in ABILITY and is_negated(head, words):
        return ["negate"], True
    if label == "acl" and operator is None:
        operator = "plan" if token.tag_ == "VB" else None
    if label in {"xcomp", "ccomp", "csubj", "acl"}:
        above = verb_operators(head, words) if head.pos_ in {"VERB", "AUX", "ADJ"} else own_operators(head, words)
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
            if any(child.lower_ in NOBODY for child in children(head, "nsubj")):
                return ["negate"], True  # "nothing suggests that"
            told: list[Operator] = ["doubt"] if operator == "doubt" and lemma == "warn" else []
            return told, True
        return ([operator] if operator else []) + above, True
    return [], True


def _operator(head: Token, lemma: str, words: ModalityWords) -> Operator | None:
    return None if is_verb(head) and lemma in words.predicative else words.operator(lemma)


def is_presupposed(trigger: Token, words: ModalityWords) -> bool:
    """Whether the deed is going on because the word above ends, keeps up or changes it: ``stop shelling``, ``continue to use force``."""
    if any(child.lemma_ in words.presupposing for child in children(trigger, "aux")):
        return True  # "keeps shelling"
    token = trigger
    for _ in range(STEPS):
        head = token.head
        gerund = token.dep_ == "advcl" and token.tag_ == "VBG" and not any(children(token, "mark", "case"))
        governed_by = (
            gerund or token.dep_ in {"xcomp", "obj", "nsubj", "nsubj:pass", "ccomp"} or is_mislabelled_object(token)
        )
        if head.i == token.i or not governed_by or not is_verb(head):
            return False
        if verb_lemma(head) in words.presupposing:
            return is_verb(token) or is_particular(token) or token.lower_.endswith("ing")
        if is_verb(token) or verb_lemma(head) not in words.transparent:
            return False
        token = head
    return False


def _is_ranked(noun: Token) -> bool:
    """Whether the noun is one of a series, so that an infinitive after it is done: ``the second state to sign``."""
    return any(
        child.lower_ in {"only", "last"} or "Ord" in child.morph.get("NumType", []) for child in children(noun, "amod")
    )


def _subjunctive(token: Token, lemma: str, words: ModalityWords) -> bool:
    """``insisted that Russia withdraw``: a bare verb form under a word that can ask."""
    bare = token.tag_ in {"VB", "VBP"} and not any(children(token, "aux"))
    return lemma in words.request and bare


def _shared_negation(token: Token, head: Token, words: ModalityWords) -> list[Operator]:
    joined = next((child.lower_ for child in children(token, "cc")), "")
    return ["negate"] if joined in {"nor", "or"} and is_negated(head, words) else []


def _governed_adverbial(token: Token, head: Token, words: ModalityWords) -> tuple[list[Operator], bool]:
    marks = {child.lower_ for child in children(token, "mark", "case")}
    lemma = head.lemma_.lower()
    if token.tag_ == "VB" and "to" in {child.lower_ for child in token.children}:
        operator = words.operator(lemma)
        return [operator or "plan", *(verb_operators(head, words))], True
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
    if marks & {"unless", "until", "till"}:
        return (["request"] if _is_demand(head, marks) else []), False
    if marks & {"before", "once", "when"}:
        future = {child.lower_ for child in children(head, "aux")} & (FUTURE | {"would"})
        return (["doubt"] if future else []), False
    if marks:
        return [], False
    return verb_operators(head, words), True


def _is_demand(head: Token, marks: set[str]) -> bool:
    """Whether something is withheld or threatened until the deed is done: ``will hit back unless``, ``no talks until they withdraw``."""
    helpers = {child.lower_ for child in children(head, "aux")}
    return "unless" in marks or bool(helpers & (FUTURE | MAYBE | OUGHT | {"would"})) or head.tag_ == "VB"


def _governed_noun(
    token: Token, head: Token, label: str, lemma: str, words: ModalityWords
) -> tuple[list[Operator], bool]:
    """A deed named by a noun: ``plans an attack``, ``calls for talks``, ``the threat of war``."""
    operator = _operator(head, lemma, words)
    case = preposition(token)
    if _is_any(token) and is_uncertain(head):
        return ["doubt"], False  # "an attack on Taiwan would be a threat"
    if head.pos_ == "ADJ" and label == "obl" and operator is not None and case in {"to", "for", "of", "on", "about"}:
        return [operator, *verb_operators(head, words)], True  # "open to talks"
    if head.pos_ in {"VERB", "AUX"}:
        above = verb_operators(head, words, headline=True)
        if lemma in SPURNING and label in {"obj", "nsubj:pass"} and is_particular(token):
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
        if label == "obl" and case in {"on", "for"} and _is_agreed(head, words):
            return ["plan", *above], True  # "agreements were signed on trade"
        if lemma in words.transparent and lemma not in ENDING and not (label == "obl" and case in TIMING):
            return above, True
        return [], False
    if label == "nmod" and operator is not None and case in {"of", "for", "to", "on", "against", "about"}:
        return [operator], True
    if label == "compound" and operator is not None:
        return [operator], True
    return [], label in {"nmod", "appos", "compound"}


def _is_agreed(verb: Token, words: ModalityWords) -> bool:
    """Whether what the verb is done to is an agreement, a plan or the like."""
    return any(words.operator(child.lemma_.lower()) == "plan" for child in children(verb, "obj", "nsubj:pass"))


def _is_any(noun: Token) -> bool:
    """Whether no particular deed is meant: ``an attack``, ``any attack``."""
    return any(child.lower_ in {"a", "an", "any", "such"} for child in children(noun, "det"))


def is_particular(noun: Token) -> bool:
    """Whether a known deed is meant: ``the war``, ``its blockade``."""
    return any(child.lower_ in {"the", "this", "these"} or child.dep_ == "nmod:poss" for child in noun.children)
