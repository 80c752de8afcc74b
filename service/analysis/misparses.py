"""Repairs of what a parser trained on other texts gets wrong in news: verbs read as nouns, subjects and objects left hanging.

Each repair needs its own evidence in the words around, and none applies where the parse already gives an answer.
"""

from collections.abc import Iterator
from typing import Final

from spacy.tokens import Token

NOMINAL_PLACES: Final = frozenset({"xcomp", "obj", "nsubj", "nsubj:pass", "obl", "nmod"})
CLAUSES: Final = frozenset({"ROOT", "ccomp", "parataxis", "advcl", "conj", "acl:relcl"})
ARGUMENTS: Final = frozenset({"obj", "obl", "iobj", "nsubj", "nsubj:pass", "nmod"})
SUBJECTS: Final = frozenset({"nsubj", "nsubj:pass", "nsubj:outer", "csubj"})
OF_VERBS: Final = frozenset({"obj", "xcomp", "ccomp", "nsubj", "nsubj:pass", "aux", "aux:pass", "mark", "advmod"})
OWNER_REACH: Final = 4  # tokens before a noun within which its owner's 's may stand
OF_CLAUSES: Final = frozenset({"case", "cop", "mark", "aux", "nsubj", "nsubj:pass"})
OF_NOUNS: Final = frozenset({"det", "amod", "nmod:poss", "compound", "nmod", "case"})
INSIDE_NAMES: Final = frozenset(
    {"compound", "flat", "nmod:desc", "nummod", "amod", "nmod:poss", "appos", "conj", "nmod"}
)
PAST_FORMS: Final = {
    "shot": "shoot",
    "struck": "strike",
    "froze": "freeze",
    "frozen": "freeze",
    "overran": "overrun",
    "overrun": "overrun",
    "swore": "swear",
    "sworn": "swear",
    "fell": "fall",
    "fought": "fight",
    "sank": "sink",
    "sunk": "sink",
    "tore": "tear",
    "torn": "tear",
    "lent": "lend",
    "sent": "send",
    "fled": "flee",
    "forbade": "forbid",
    "forbidden": "forbid",
    "rang": "ring",
    "shook": "shake",
    "withdrew": "withdraw",
    "withdrawn": "withdraw",
    "overthrew": "overthrow",
    "overthrown": "overthrow",
    "laid": "lay",
    "burnt": "burn",
    "slain": "slay",
    "slew": "slay",
    "hung": "hang",
    "stole": "steal",
    "stolen": "steal",
    "forgave": "forgive",
    "beaten": "beat",
    "blew": "blow",
    "blown": "blow",
}
ENDINGS: Final = {"ies": ("y",), "ied": ("y",), "ed": ("", "e"), "ing": ("", "e"), "es": ("", "e"), "s": ("",)}
FINITE: Final = frozenset({"VBD", "VBZ", "VBP", "MD"})
NAMING: Final = frozenset({"NOUN", "PROPN", "PRON"})
CONJUNCTIVE: Final = frozenset({"after", "before", "since", "until", "as", "while", "when", "because", "that", "if"})
JOINING: Final = frozenset({"-", "\N{EN DASH}", "\N{HYPHEN}", "/"})
PARTICLES: Final = frozenset({"down", "off", "out", "up", "away", "back"})


def is_verb(token: Token) -> bool:
    """Whether the token acts as a verb, whatever the tagger says: ``Iran denies sending`` with *denies* as a plural noun."""
    if token.pos_ in {"VERB", "AUX"}:
        if token.dep_ in NOMINAL_PLACES and any(child.dep_ == "det" for child in token.children):
            return False  # "condemned the invasion" with *invasion* as a verb
        if token.dep_ not in ARGUMENTS or token.tag_ == "VBG":
            return True
        labels = {child.dep_ for child in token.children}
        return bool(labels & OF_VERBS) or not labels & OF_NOUNS  # "did not hold their yearly exercise"
    if token.tag_ in FINITE and token.dep_ in CLAUSES:
        return True
    if is_phrasal(token):
        return True
    if token.pos_ == "PROPN" or token.dep_ not in CLAUSES:
        return False
    labels = {child.dep_ for child in token.children}
    return "cop" not in labels and bool(labels & {"nsubj", "nsubj:pass"}) and "det" not in labels


def is_phrasal(token: Token) -> bool:
    """Whether a word read as a noun carries a particle and an object: ``A missile shot down an American plane``."""
    if token.pos_ not in {"NOUN", "ADJ"} or token.i + 2 >= len(token.doc) or token.nbor(1).tag_ != "RP":
        return False
    particle, after = token.nbor(1), token.nbor(2)
    return (
        particle.head.i != token.i and after.sent == token.sent and after.pos_ in {"DET", "PROPN", "NOUN", "ADJ", "NUM"}
    )


def verb_lemma(token: Token) -> str:
    """The lemma as a verb, also of what the lemmatizer took for a noun: ``denies``, ``shot``."""
    lower: str = token.lower_
    if token.pos_ not in {"VERB", "AUX"}:
        if lower in PAST_FORMS:
            return PAST_FORMS[lower]
        if lower.endswith("ies"):
            return lower[:-3] + "y"
    lemma: str = token.lemma_
    return lemma.lower()


def verb_stems(form: str) -> Iterator[str]:
    """What an inflected verb form may come from, likeliest first: ``kidnapped`` from *kidnap*, ``raging`` from *rage*."""
    if form in PAST_FORMS:
        yield PAST_FORMS[form]
    for ending, replacements in ENDINGS.items():
        if form.endswith(ending) and len(form) > len(ending) + 2:
            stem = form.removesuffix(ending)
            yield from (stem + replacement for replacement in replacements)
            if ending in {"ed", "ing"} and stem[-1] == stem[-2]:
                yield stem[:-1]


def is_finite(verb: Token) -> bool:
    """Whether the verb form needs a subject of its own in English."""
    helpers = {child.tag_ for child in verb.children if child.dep_ in {"aux", "aux:pass"}}
    misread = verb.pos_ not in {"VERB", "AUX"} and is_verb(verb)
    return verb.tag_ in FINITE or misread or bool(helpers & FINITE)


def stray_subjects(verb: Token) -> list[Token]:
    """What stands right before a finite verb that the parse gives no subject, ``on Tuesday Putin approved``; else nothing.

    Of a verb that was read as a noun also the other words before it, which the parse hung on it as on a noun.
    """
    found = _stray_subject(verb)
    if found is None:
        return []
    if verb.pos_ in {"VERB", "AUX"}:
        return [found]
    return [
        found,
        *(child for child in verb.lefts if child.dep_ in {"compound", "amod", "nmod:poss"} and child.i != found.i),
    ]


def _stray_subject(verb: Token) -> Token | None:
    if not is_finite(verb) or verb.dep_ in {"xcomp", "conj"} or any(child.dep_ in SUBJECTS for child in verb.children):
        return None
    position = verb.i - 1
    while position > verb.sent.start and (
        verb.doc[position].pos_ in {"AUX", "ADV", "PART"} and verb.doc[position].head.i == verb.i
    ):
        position -= 1
    if position < verb.sent.start:
        return None
    token = verb.doc[position]
    if token.pos_ not in NAMING or token.tag_ in {"WDT", "WP", "WP$"} or token.ent_type_ == "DATE":
        return None
    return _introduced(_head_of_name(token, verb))


def _head_of_name(token: Token, verb: Token) -> Token:
    """The head of the noun phrase that ends in ``token``, without leaving the phrase for one that a preposition begins."""
    while token.dep_ in INSIDE_NAMES and token.head.i < verb.i and token.head.pos_ in NAMING:
        apposed = token.dep_ in {"appos", "nmod:desc"}
        if token.head.ent_type_ == "DATE" or (apposed and any(child.dep_ == "case" for child in token.head.children)):
            break
        token = token.head
    return token


def _introduced(noun: Token) -> Token | None:
    """The noun unless a preposition begins its phrase; ``after the United States attacked`` begins a clause."""
    cases = {child.lower_ for child in noun.children if child.dep_ == "case"}
    return noun if cases <= CONJUNCTIVE else None


def stray_object(verb: Token) -> Token | None:
    """The noun after a particle that the parse takes for a preposition: ``shot down an American plane``; else None."""
    for child in verb.children:
        if child.dep_ in {"obl", "nmod"} and child.i > verb.i:
            for case in child.children:
                if case.dep_ == "case" and case.lower_ in PARTICLES and case.i == verb.i + 1:
                    follows = case.nbor(1).lower_ if case.i + 1 < len(case.doc) else ""
                    return None if follows in {"of", "from", "in", "on", "to", "into", "with"} else child
    return None


def is_mislabelled_object(noun: Token) -> bool:
    """Whether a bare noun behind a verb is its object, though the parse says complement or adjunct: ``called off talks``."""
    if noun.dep_ == "nsubj":  # "Ukraine accused North Korea" with two subjects
        left = any(child.dep_ == "nsubj" and child.i < noun.head.i for child in noun.head.children)
        return left and noun.i > noun.head.i and not any(child.dep_ == "case" for child in noun.children)
    if noun.dep_ not in {"xcomp", "ccomp", "obl", "obl:unmarked"} or noun.i < noun.head.i or noun.ent_type_ == "DATE":
        return False
    labels = {child.dep_ for child in noun.children}
    if noun.dep_ == "obl:unmarked":
        return any(child.dep_ == "iobj" for child in noun.head.children)  # "gave Syria 24 hours"
    return (noun.tag_.startswith("NN") or "nmod:poss" in labels) and not labels & OF_CLAUSES


def is_mislabelled_subject(noun: Token) -> bool:
    """Whether an "object" stands before the *to* of its active infinitive: ``allowing Russia to take``."""
    if noun.dep_ != "obj" or noun.i > noun.head.i or noun.head.tag_ != "VB":
        return False
    marks = [child.i for child in noun.head.children if child.dep_ == "mark" and child.tag_ == "TO"]
    return any(noun.i < mark for mark in marks) and not any(child.dep_ == "aux:pass" for child in noun.head.children)


def is_strayed_oblique(noun: Token) -> bool:
    """Whether a "subject" behind its verb has a preposition of its own: ``called on Israel to stop``."""
    return noun.dep_ == "nsubj" and noun.i > noun.head.i and any(child.dep_ == "case" for child in noun.children)


def before_mark(clause: Token) -> list[Token]:
    """What stands before the mark of a clause and belongs to the verb above: ``warned Taiwan that``, ``accused it of``."""
    mark = next((child.i for child in clause.children if child.dep_ == "mark" and child.lower_ in {"that", "of"}), None)
    if mark is None or clause.i < mark:
        return []
    return [child for child in clause.children if child.dep_ in {"nsubj", "obj"} and clause.head.i < child.i < mark]


def stray_owner(noun: Token) -> Token | None:
    """The owner before an ``'s`` that the parse hung elsewhere: ``Egypt's appeal to Sudan went unanswered``; else None."""
    for i in range(noun.i - 1, max(noun.sent.start, noun.i - OWNER_REACH), -1):
        token, before = noun.doc[i], noun.doc[i - 1]
        if token.tag_ == "POS":
            return before if before.pos_ in NAMING and before.dep_ != "nmod:poss" else None
        if token.pos_ not in {"ADJ", "NOUN", "NUM", "PROPN"}:
            return None
    return None


def gerund_after(noun: Token) -> Token | None:
    """The gerund that completes a noun, wherever the parse hung it: *fighting* in ``a pause in fighting``; else None."""
    if noun.i + 2 >= len(noun.doc) or noun.nbor(1).lower_ not in {"in", "of", "to"}:
        return None
    after = noun.nbor(2)
    return after if after.tag_ == "VBG" and after.head.i != noun.i else None


def hyphenated(noun: Token) -> list[Token]:
    """The two names that a hyphen joins before a noun, however the parse hangs them: ``the US-China trade talks``; else none."""
    position = noun.i - 1
    while (
        position > noun.sent.start and noun.doc[position].pos_ in {"ADJ", "NOUN"} and not noun.doc[position].ent_type_
    ):
        position -= 1
    if position < noun.sent.start + 2 or noun.doc[position - 1].text not in JOINING:
        return []
    names = [noun.doc[position - 2], noun.doc[position]]
    return names if all(name.pos_ in {"PROPN", "ADJ"} for name in names) else []
