"""Which time and place of a sentence are those of a deed: the way through the parse from one word to the other.

A date or a place is the deed's when it hangs under the deed, or under a word that the deed is part of: the verb of its clause, the noun it
tells more of. The way must not lead out of the clause, nor through a phrase that stands for another time or another matter
(``after the invasion``, ``over the attack``): what happens on Tuesday after an attack is not the attack.
"""

from typing import Final

from spacy.tokens import Token

from service.analysis.syntax import preposition

MAX_STEPS: Final = 40
"""Steps up the parse; deeper trees are lists, not sentences."""
CLAUSES: Final = frozenset({"ROOT", "ccomp", "advcl", "acl", "acl:relcl", "parataxis", "conj", "csubj"})
ELSEWHERE: Final = frozenset(
    {
        "after", "before", "since", "until", "till", "following", "despite", "ahead of", "prior to", "because of", "due to", "over", "about",
        "regarding", "concerning", "amid", "for", "than", "without", "unlike", "because", "ahead", "prior", "due", "given",
    }
)  # fmt: skip
"""What stands behind these is another matter than the verb before them, of another time."""
HOURS: Final = frozenset(
    {"dawn", "daybreak", "sunrise", "noon", "midday", "dusk", "sunset", "nightfall", "midnight", "daylight"}
)
"""Hours of the day itself: what happens ``before dawn on Monday`` happens on Monday."""
TOPICS: Final = frozenset({"against", "to"})
"""Behind these a deed is answered or spoken of: ``protested on Monday against the invasion``."""
LASTING: Final = frozenset({"in", "at", "during"})
"""What stands behind these goes on while the verb before them happens: ``said during the talks on Monday``."""
BEGUN: Final = frozenset(
    {"launch", "begin", "start", "carry", "take", "occur", "happen", "commit", "conduct", "hold", "mount", "stage"}
)
"""Verbs that say of a deed only that it took place: ``the invasion that began in February``."""
CONTINUED: Final = frozenset({"begin", "start", "continue", "keep", "stop", "help", "manage", "fail", "come", "go"})
"""Verbs whose infinitive happens when they do; what is agreed, vowed or asked on a day is not done on it."""
SPEAKING: Final = frozenset(
    {
        "say", "tell", "comment", "discuss", "speak", "talk", "describe", "condemn", "criticise", "criticize", "denounce",
        "deplore", "accuse", "blame", "warn", "report", "praise", "welcome", "mention", "call", "recall", "mark", "mourn",
        "remember", "commemorate", "refer", "cite", "threaten", "deny", "confirm", "announce", "address", "lift", "ease", "end",
    }
)  # fmt: skip
"""Verbs over a deed that is only spoken of, or over: ``condemned the attack on Monday``, ``lifted the sanctions in 2021``."""


def steps_between(word: Token, deed: Token) -> int | None:
    """Steps from ``word``, that names a time or a place, to ``deed`` in the parse; None when it is not the deed's."""
    above = _reach(deed, word)
    if word.i in above:
        return above[word.i]
    if word.dep_ in CLAUSES and not _carries(word):
        return None
    token, steps = _holder(word), 1
    while token.i not in above:
        carried = _carries(token) or (token.head.i == deed.i and _says_begun(token))
        if steps >= MAX_STEPS or token.head.i == token.i or not carried:
            return None
        token, steps = _uncrossed(token), steps + 1
    return steps + above[token.i]


def _reach(deed: Token, word: Token) -> dict[int, int]:
    """The words whose ``word`` is the deed's, with their steps up from it: itself, and what carries it within its clause."""
    found = {deed.i: 0}
    token = deed
    while len(found) < MAX_STEPS and token.head.i != token.i and (_is_part(token) or _shares(token, word)):
        token = token.head
        found[token.i] = len(found)
    return found


def _is_part(deed: Token) -> bool:
    """Whether a deed is part of what its head tells: ``a wave of strikes``, ``launched an attack``, but no ``escalation in the war``."""
    before = preposition(deed)
    return _carries(deed) and before not in TOPICS and (deed.dep_ != "nmod" or before in {None, "of"})


def _shares(token: Token, word: Token) -> bool:
    """Whether a verb has a time or place in common with the one before it: ``on Monday they shelled and stormed the town``."""
    between = token.head.i < word.i < token.i
    return (
        token.dep_ == "conj"
        and not between
        and not any(child.dep_ in {"nsubj", "nsubj:pass"} for child in token.children)
    )


def _holder(word: Token) -> Token:
    """The word that the time or place hangs on; a noun right before it that has a time of its own, where the parser chose the verb over both
    (``since the invasion in February``)."""
    holder = _uncrossed(word)
    left = word.left_edge
    noun = left.nbor(-1) if left.i > word.sent.start else word
    for _ in range(MAX_STEPS):
        if noun.i <= holder.i or noun.head.i in {holder.i, noun.i}:
            break
        noun = noun.head
    if holder.i < noun.i < word.i and noun.head.i == holder.i and _is_elsewhere(noun):
        return noun
    return holder


def _uncrossed(word: Token) -> Token:
    """The word's head, or the verb between them that tells of the head: ``"... struck," he said on Monday`` is not struck on Monday."""
    head = above = word.head
    for _ in range(MAX_STEPS):
        if above.head.i == above.i:
            break
        above = above.head
        if min(head.i, word.i) < above.i < max(head.i, word.i):
            head = above
    return head


def _carries(token: Token) -> bool:
    """Whether the word's head happens when and where it does."""
    label = token.dep_
    if label == "advcl":
        return token.tag_ == "VBG" and not any(child.dep_ in {"mark", "nsubj"} for child in token.children)
    if label == "conj":
        return not _is_clause(token)
    if label in CLAUSES:
        return False
    if token.pos_ in {"NOUN", "PROPN"} and token.head.lemma_.lower() in SPEAKING:
        return label == "obl" and preposition(token) in LASTING
    if label == "xcomp":
        return not _is_clause(token) or token.head.lemma_.lower() in CONTINUED
    return not _is_elsewhere(token)


def _is_elsewhere(token: Token) -> bool:
    """Whether the phrase is of another time or matter than the verb before it."""
    return preposition(token) in ELSEWHERE and token.lemma_.lower() not in HOURS


def _says_begun(token: Token) -> bool:
    """Whether the clause after a deed only says that it took place."""
    return token.dep_ in {"acl", "acl:relcl"} and token.lemma_.lower() in BEGUN


def _is_clause(token: Token) -> bool:
    return token.pos_ in {"VERB", "AUX"} or any(
        child.dep_ in {"cop", "nsubj", "nsubj:pass", "mark"} for child in token.children
    )
