"""Whether a deed is told as history: by a year, ``years ago``, an anniversary, ``since the war``."""

import re
from datetime import datetime

from spacy.tokens import Token

from service.analysis.syntax import MAX_CLIMB, preposition
from service.knowledge.lexicon import ModalityWords

YEAR = re.compile(r"(1[89]\d\d|20\d\d)(s)?")
PERIODS = frozenset({"month", "year", "decade"})
SEASONS = frozenset(
    {
        "spring",
        "summer",
        "autumn",
        "fall",
        "winter",
        "month",
        "week",
        "day",
        "night",
        "start",
        "end",
        "eve",
        "beginning",
    }
)
"""What a year may stand behind: ``in the autumn of 1956``."""
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


def in_earlier_year(trigger: Token, published: datetime) -> bool:
    """Whether a year before that of publication dates the deed."""
    clause = _clause_head(trigger)
    for token in clause.subtree:
        year = YEAR.fullmatch(token.text)
        if year is not None and _dates(token, clause, trigger) and int(year[1]) < published.year:
            return not year[2] or int(year[1]) + 1 < published.year
    return False


def is_in_story(trigger: Token, words: ModalityWords) -> bool:
    """Whether a film, a novel or a museum tells of the deed: ``the film shows how``, ``in the novel``."""
    token = trigger
    for _ in range(MAX_CLIMB):
        for child in token.children:
            told = child.dep_ == "nsubj" and token.i != trigger.i
            if (told or (child.dep_ == "obl" and preposition(child) == "in")) and _is_story(child, words):
                return True
        if token.head.i == token.i or token.dep_ in {"nsubj", "nsubj:pass"}:
            return False
        token = token.head
    return False


def _is_story(noun: Token, words: ModalityWords) -> bool:
    """Whether the noun, or the noun with the word before it, is of ``words.stories``."""
    lemma = noun.lemma_.lower()
    before = noun.nbor(-1).lower_ if noun.i else ""
    return lemma in words.stories or f"{before} {lemma}" in words.stories


def is_remembered(trigger: Token, words: ModalityWords) -> bool:
    """Whether the deed is told as history without a year: years ago, an anniversary in its own clause, ``since the war``."""
    if _is_starting_point(trigger):
        return True
    clause = _clause_head(trigger)
    for token in clause.subtree:
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
        if _is_venue(token.head) or _is_venue(token) or _is_means(token.head):
            token = token.head
            continue
        if token.head.i == token.i or not (
            token.head.ent_type_ == "DATE"
            or token.head.lemma_.lower() in SEASONS
            or token.head.pos_ in {"NUM", "VERB", "AUX"}
        ):
            return False
        if token.head.pos_ in {"VERB", "AUX"} and _clause_head(token.head).i != clause.i:
            return False
        token = token.head
    return False


def _is_venue(noun: Token) -> bool:
    """Whether the noun is where and when something was done: ``at the Lisbon summit in 2008``."""
    return noun.pos_ in {"NOUN", "PROPN"} and preposition(noun) in {"at", "during"}


def _is_means(verb: Token) -> bool:
    """Whether the verb has the time of the one above it: ``helped by intervening``, ``declined to invite``."""
    marks = {child.lower_ for child in verb.children if child.dep_ == "mark"}
    return verb.pos_ == "VERB" and (
        (verb.dep_ == "advcl" and "by" in marks) or (verb.dep_ == "xcomp" and "to" in marks)
    )


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
