"""Which rule a word fires: the narrowest whose words and constraints hold around it."""

from collections.abc import Iterable, Mapping

from spacy.tokens import Token

from service.analysis.misparses import is_verb
from service.analysis.syntax import Arguments
from service.knowledge.lexicon import Lexicon, Pattern, Rule

REACH = 4  # tokens after a verb within which its particle or object may stand when the parse hangs it elsewhere
PHRASE_DEPTH = 3
NOUN_PLACES = frozenset(
    {"obj", "nsubj", "nsubj:pass", "obl", "nmod", "ROOT"}
)  # where an "adjective" is a noun that the tagger missed


def matching_rules(token: Token, lexicon: Lexicon) -> tuple[Pattern, ...]:
    """Patterns whose further words stand with ``token``, narrowest first; their constraints are still to be checked."""
    verbs, nouns = _known(token, lexicon.verbs), _known(token, lexicon.nouns)
    if not verbs and not nouns:
        return ()
    if is_verb(token):
        return tuple(p for p in verbs if not p.words or _verb_words(token, p.words))
    if token.pos_ in {"NOUN", "PROPN", "VERB"} or (token.pos_ == "ADJ" and token.dep_ in NOUN_PLACES):
        return tuple(p for p in nouns if not p.words or _noun_words(token, p.words))
    return ()


def _known(token: Token, index: Mapping[str, tuple[Pattern, ...]]) -> tuple[Pattern, ...]:
    """The patterns of the token's lemma; where the lemmatizer left a regular past form as it is (``vetoed``), of its stem."""
    lemma = token.lemma_.lower()
    found = index.get(lemma, ())
    if not found and lemma.endswith("ed") and lemma == token.lower_:
        found = index.get(lemma[:-2], ()) or index.get(lemma[:-1], ())
    return found


def _verb_words(verb: Token, words: tuple[str, ...]) -> bool:
    """Each further word must depend on the verb (or on a dependent's preposition), or follow closely in the same clause."""
    near: set[str] = set()
    for child in verb.children:
        near.add(child.lemma_.lower())
        near.add(child.lower_)
        near.update(
            grand.lower_ for grand in child.children if grand.dep_ in {"case", "compound:prt", "compound", "amod"}
        )
    missing = [word for word in words if word not in near]
    if not missing:
        return True
    for token in verb.doc[verb.i + 1 : verb.i + 1 + REACH]:
        if token.is_punct or token.pos_ == "VERB":
            break
        for form in (token.lemma_.lower(), token.lower_):
            if form in missing:
                missing.remove(form)
    return not missing


def _noun_words(noun: Token, words: tuple[str, ...]) -> bool:
    """Further words stand right before the noun, or modify it: ``air strike``, ``cyber attack``."""
    near = {child.lemma_.lower() for child in noun.children} | {child.lower_ for child in noun.children}
    before = {token.lemma_.lower() for token in noun.doc[max(noun.sent.start, noun.i - len(words) - 1) : noun.i]}
    return all(word in near or word in before for word in words)


def holds(rule: Rule, trigger: Token, roles: Arguments) -> bool:
    """Whether the rule's constraints hold for the arguments of the trigger."""
    if rule.passive is not None and roles.passive != rule.passive:
        return False
    if rule.object and not _any_phrase(_objects(trigger, roles), rule.object):
        return False
    if rule.without_object and _any_phrase(_objects(trigger, roles), rule.without_object):
        return False
    if rule.subject and not _any_phrase(roles.subjects, rule.subject):
        return False
    if rule.complement and not any(_complement(word, rule.complement) for word in roles.complements):
        return False
    if rule.preposition and not rule.preposition & roles.prepositions.keys():
        return False
    if rule.with_ or rule.without:
        around = {token.lemma_.lower() for token in trigger.subtree} | {token.lower_ for token in trigger.subtree}
        around |= {trigger.head.lemma_.lower()} if trigger.pos_ == "NOUN" else set()
        around.discard(trigger.lemma_.lower())
        if rule.with_ and not rule.with_ & around:
            return False
        if trigger.pos_ == "NOUN" and trigger.head.pos_ == "VERB":
            around |= {child.lemma_.lower() for child in trigger.head.children} - {trigger.lemma_.lower()}
        if rule.without & around:
            return False
    return True


def _objects(trigger: Token, roles: Arguments) -> list[Token]:
    """What the deed is done to; of a noun, what stands behind *of* and before it."""
    if is_verb(trigger):
        return roles.objects
    return [
        *roles.prepositions.get("of", ()),
        *roles.modifiers,
        *roles.prepositions.get("on", ()),
        *roles.prepositions.get("for", ()),
    ]


def _any_phrase(heads: Iterable[Token], words: frozenset[str]) -> bool:
    return any(not words.isdisjoint(_phrase(head, 0)) for head in heads)


def _phrase(head: Token, depth: int) -> set[str]:
    """Lemmas of a noun phrase without its relative clauses."""
    found = {head.lemma_.lower(), head.lower_}
    if depth < PHRASE_DEPTH:
        for child in head.children:
            if child.dep_ in {"compound", "amod", "nmod", "nmod:poss", "conj", "flat", "nmod:desc", "nummod", "appos"}:
                found |= _phrase(child, depth + 1)
    return found


def _complement(word: Token, words: frozenset[str]) -> bool:
    found = {word.lemma_.lower()}
    for child in word.children:
        if child.dep_ in {
            "obj",
            "obl",
            "xcomp",
            "nsubj",
            "conj",
            "compound:prt",
            "ccomp",
            "advmod",
            "nsubj:pass",
            "amod",
        }:
            found.add(child.lemma_.lower())
            found.update(
                grand.lemma_.lower()
                for grand in child.children
                if grand.dep_ in {"amod", "obj", "compound", "nmod", "obl"}
            )
    return not words.isdisjoint(found)
