"""Which rule a word fires: the narrowest whose words and constraints hold around it."""

from collections.abc import Iterable, Mapping

from spacy.tokens import Token

from service.analysis.date_words import MONTH, PARTS_OF_DAY, WEEKDAY
from service.analysis.misparses import is_verb, verb_lemma, verb_stems
from service.analysis.syntax import Arguments
from service.knowledge.lexicon import Lexicon, Pattern, Rule

REACH = 4  # tokens after a verb within which its particle or object may stand when the parse hangs it elsewhere
PHRASE_DEPTH = 3
PHRASE_WORDS = frozenset(
    {"compound", "amod", "nmod", "nmod:poss", "conj", "flat", "nmod:desc", "nummod", "appos"}
)  # what may name the object
OWN_WORDS = frozenset(
    {"compound", "amod", "conj", "flat"}
)  # what may forbid it: "dismissed the minister's plan" is no sacking
ANY = "*"  # in a rule's ``object`` or ``complement``: whichever, but there must be one
INFINITIVE = "<inf>"  # in a rule's ``complement``: an infinitive with *to*
ACCOMPANYING = frozenset({"advcl", "parataxis", "acl:relcl", "advcl:relcl"})  # clauses that say something of their own
NOT_OF_NOUN = ACCOMPANYING | {"compound:prt"}  # the *out* of "carried out air strikes" says nothing of the strikes
DAYS = frozenset({*WEEKDAY, *MONTH, *PARTS_OF_DAY})  # what stands behind the preposition of a date
NOUN_PLACES = frozenset(
    {"obj", "nsubj", "nsubj:pass", "obl", "nmod", "ROOT", "xcomp"}
)  # where an "adjective" is a noun that the tagger missed


def matching_rules(token: Token, lexicon: Lexicon) -> tuple[Pattern, ...]:
    """Patterns whose further words stand with ``token``, narrowest first; their constraints are still to be checked."""
    if not token.is_alpha and "-" not in token.text:
        return ()
    verbs = _known(token, lexicon.verbs, verb_lemma(token))
    nouns = _known(token, lexicon.nouns, token.lemma_.lower())
    if not verbs and not nouns:
        return ()
    if is_verb(token):
        return tuple(p for p in verbs if not p.words or _verb_words(token, p.words))
    if token.pos_ in {"NOUN", "PROPN", "VERB"} or _is_missed_noun(token):
        return tuple(p for p in nouns if not p.words or _noun_words(token, p.words))
    return ()


def _is_missed_noun(token: Token) -> bool:
    """Whether an "adjective" is a noun that the tagger missed: ``a counteroffensive``, not ``described it as offensive``."""
    return (
        token.pos_ == "ADJ"
        and token.dep_ in NOUN_PLACES
        and any(child.dep_ in {"det", "nmod:poss", "amod", "compound"} for child in token.children)
    )


def _known(token: Token, index: Mapping[str, tuple[Pattern, ...]], lemma: str) -> tuple[Pattern, ...]:
    """The patterns of the token's lemma; where the lemmatizer left an inflected form (``vetoed``, ``overran``), of its stem."""
    found = index.get(lemma, ())
    if not found and token.pos_ in {"VERB", "AUX", "NOUN", "ADJ"}:
        found = next((index[stem] for stem in verb_stems(token.lower_) if stem in index), ())
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
    if rule.object and not _has_object(rule, trigger, roles):
        return False
    if rule.without_object and _any_phrase(_objects(trigger, roles), rule.without_object, OWN_WORDS):
        return False
    if rule.subject and not _any_phrase(roles.subjects, rule.subject):
        return False
    if rule.complement and not any(_complement(word, rule.complement) for word in roles.complements):
        return False
    if rule.preposition and not any(_is_no_date(roles.prepositions.get(word, ())) for word in rule.preposition):
        return False
    if rule.with_ and rule.with_.isdisjoint(_around(trigger, near=False)):
        return False
    return rule.without.isdisjoint(_around(trigger, near=True)) if rule.without else True


def _is_no_date(heads: Iterable[Token]) -> bool:
    """Whether anything but a date stands behind a preposition: ``fired on Friday`` is no fire on anybody."""
    return any(head.lower_ not in DAYS for head in heads)


def _has_object(rule: Rule, trigger: Token, roles: Arguments) -> bool:
    if ANY in rule.object:
        return bool(_objects(trigger, roles))
    return _any_phrase(_objects(trigger, roles), rule.object) or _names_itself(rule, trigger, roles)


def _names_itself(rule: Rule, trigger: Token, roles: Arguments) -> bool:
    """Whether a noun names the deed without an object: ``sanctions against``, ``the withdrawal``, not ``release of a film``."""
    return not is_verb(trigger) and "of" not in roles.prepositions and not rule.preposition


def _around(trigger: Token, near: bool) -> set[str]:
    """Lemmas and forms in the trigger's phrase, without the trigger; ``near``: none of clauses that only accompany it."""
    words = _in_phrase(trigger) if near else list(trigger.subtree)
    found = {token.lemma_.lower() for token in words} | {token.lower_ for token in words}
    if trigger.pos_ == "NOUN":
        found.add(trigger.head.lemma_.lower())
        if near and is_verb(trigger.head):
            found |= {child.lemma_.lower() for child in trigger.head.children if child.dep_ not in NOT_OF_NOUN}
    found.discard(trigger.lemma_.lower())
    return found


def _in_phrase(head: Token) -> list[Token]:
    found = [head]
    for token in found:
        found.extend(child for child in token.children if child.dep_ not in ACCOMPANYING and child.i != head.i)
    return found


def _objects(trigger: Token, roles: Arguments) -> list[Token]:
    """What the deed is done to; of a noun, what stands behind *of* and before it."""
    if is_verb(trigger):
        return [*roles.objects, *roles.recipients]
    return [
        *roles.prepositions.get("of", ()),
        *roles.modifiers,
        *roles.prepositions.get("on", ()),
        *roles.prepositions.get("for", ()),
        *roles.prepositions.get("in", ()),
    ]


def _any_phrase(heads: Iterable[Token], words: frozenset[str], labels: frozenset[str] = PHRASE_WORDS) -> bool:
    return any(not words.isdisjoint(_phrase(head, 0, labels)) for head in heads)


def _phrase(head: Token, depth: int, labels: frozenset[str]) -> set[str]:
    """Lemmas of a noun phrase without its relative clauses, and of a name at its head the label: ``<GPE>``."""
    found = {head.lemma_.lower(), head.lower_}
    if not depth and head.ent_type_:
        found.add(f"<{head.ent_type_}>")
    if depth < PHRASE_DEPTH:
        for child in head.children:
            if child.dep_ in labels:
                found |= _phrase(child, depth + 1, labels)
    return found


def _complement(word: Token, words: frozenset[str]) -> bool:
    if ANY in words:
        return True
    found = {word.lemma_.lower()}
    if any(child.tag_ == "TO" for child in word.children):
        found.add(INFINITIVE)
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
