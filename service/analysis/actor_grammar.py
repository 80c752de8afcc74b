"""Grammar that tells actors from places: does "Washington" act here, or does something happen there?"""

from typing import Final

from spacy.tokens import Span, Token

from service.analysis.actor_names import is_possessive

_PLACING: Final = frozenset(
    """in at near outside inside around across into onto within throughout toward towards over above below beneath beyond along off
    through via to from""".split()  # noqa: SIM905
)
_PLACE_NOUNS: Final = frozenset(
    """street streets suburb suburbs resident residents airport square mayor outskirts region area city center centre downtown district
    district neighborhood neighbourhood north south east west metro subway station hospital hotel church cathedral museum stadium
    university skyline population bureau office time summit talks conference meeting residence apartment home school area zoo""".split()  # noqa: SIM905
)
_PLACE_VERBS: Final = frozenset(
    """visit reach leave strike hit bomb bombard shell attack enter flee capture seize occupy tour destroy storm besiege encircle
    surround rock shake lash batter raid target paralyze paralyse flood evacuate retake liberate approach pound""".split()  # noqa: SIM905
)
_GIVING_VERBS: Final = frozenset(
    """give send supply deliver provide offer sell transfer ship grant return hand lend present propose issue respond speak talk say
    turn appeal apologize apologise bow concede submit signal report owe pledge promise extend allow""".split()  # noqa: SIM905
)
_RELATION_NOUNS: Final = frozenset(
    """aid support assistance help weapon weapons arms message signal warning threat blow visit response letter pressure challenge
    loyalty allegiance ties tie link links sanctions sale sales supply supplies delivery deliveries ultimatum ambassador envoy
    statement request order permission criticism condemnation reaction call opposition guarantee guarantees money demand demands denial denials plea pleas""".split()  # noqa: SIM905
)
_UTTERANCES: Final = frozenset(
    {"plea", "pleas", "denial", "denials", "demand", "demands", "statement", "offer", "request", "requests", "threats"}
)
_OBJECTS: Final = frozenset({"obj", "iobj", "dobj"})


def acts(name: Span) -> bool:
    """Whether a capital stands for its government here, by its place in the sentence.

    A subject acts, and so does the owner of something that is no part of a city; an object does unless one visits or shells
    it; after a preposition only "with", "against", "between", "by" and the like, and "to" or "from" where something is
    given or said."""
    token = name.root
    head, relation = token.head, token.dep_
    if relation == "conj":
        return head.pos_ == "PROPN" and head.dep_ != "conj" and acts(head.doc[head.i : head.i + 1])
    if _is_owner(name):
        return head.lower_ not in _PLACE_NOUNS
    if relation == "appos" or _before_comma(name):
        return False
    if relation in {"compound", "amod", "flat", "nmod:desc"}:
        return head.lower_ in _UTTERANCES or _looks_like_argument(token)
    case = _preposition(token)
    if case is None:
        return _acts_bare(token)
    if case in {"like", "unlike"}:
        return head.pos_ in {"VERB", "ADJ", "AUX"}
    if case in {"with", "against", "between", "by", "for", "upon", "among"}:
        return True
    if case in {"to", "from", "on", "towards", "toward"}:
        return head.lemma_.lower() in _GIVING_VERBS or head.lower_ in _RELATION_NOUNS
    if relation == "ROOT":
        return _looks_like_argument(token)
    return case == "of" and head.lower_ in _RELATION_NOUNS | {"part", "behalf", "ally", "allies", "critic", "critics"}


def _acts_bare(token: Token) -> bool:
    relation, verb = token.dep_, token.head
    if relation in {"nsubj", "csubj", "nsubj:outer"}:
        return verb.pos_ in {"VERB", "AUX"} or any(
            child.dep_ == "cop" and verb.pos_ in {"ADJ", "VERB"} for child in verb.children
        )
    if relation in {"nsubj:pass", "nsubjpass"}:
        return verb.lemma_.lower() not in _PLACE_VERBS
    if relation in {"ROOT", "dep", "obl", "nmod"}:
        return _looks_like_argument(token)
    if relation in _OBJECTS:
        return verb.pos_ == "VERB" and verb.lemma_.lower() not in _PLACE_VERBS
    return False


def _looks_like_argument(token: Token) -> bool:
    """Subject or object by its neighbours alone, where the parse says nothing of use."""
    before = token.doc[token.i - 1] if token.i > 0 else None
    after = token.doc[token.i + 1] if token.i + 1 < len(token.doc) else None
    if before is not None and before.tag_ in {"VBD", "VBZ", "VBP", "VB", "VBG", "VBN"}:
        return before.lemma_.lower() not in _PLACE_VERBS
    begins = before is None or before.is_punct or bool(token.is_sent_start)
    return begins and after is not None and after.tag_ in {"VBD", "VBZ", "MD", "VBN"}


def _is_owner(name: Span) -> bool:
    return name.end < len(name.doc) and is_possessive(name.doc[name.end])


def _before_comma(name: Span) -> bool:
    """ "Paris, Texas" and the dateline "KYIV, Ukraine"."""
    doc, end = name.doc, name.end
    if any(child.dep_ == "conj" for child in name.root.children):
        return False  # "Kyiv, Paris and London"
    return end + 1 < len(doc) and doc[end].text == "," and doc[end + 1].ent_type_ == "GPE"


def _preposition(token: Token) -> str | None:
    for child in token.lefts:
        if child.dep_ == "case":
            return str(child.lower_)
    before = token.doc[token.i - 1] if token.i > 0 else None
    if before is not None and before.lower_ in _PLACING:
        return str(before.lower_)
    return None
