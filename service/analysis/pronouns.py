"""Which actors a pronoun means: ``it``, ``he``, ``they``, and in quotations ``we``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from spacy.tokens import Token

from service.analysis.reading import ActorMention
from service.analysis.syntax import children

if TYPE_CHECKING:
    from service.analysis.participants import Participants

ONE_PERSON: Final = frozenset({"he", "she", "him", "her", "his", "himself", "herself"})
ONE_THING: Final = frozenset({"it", "its", "itself"})
SEVERAL: Final = frozenset({"they", "them", "their", "themselves"})
SPEAKERS: Final = frozenset({"we", "us", "our", "i", "me", "my"})
PRONOUNS: Final = ONE_PERSON | ONE_THING | SEVERAL | SPEAKERS
LOOKS_BACK: Final = 3  # sentences or passages before, in each of which the subject is a pronoun again
CLAUSE_LINKS: Final = frozenset({"xcomp", "advcl", "conj", "acl"})
QUOTES: Final = frozenset({'"', "“", "”", "''", "``"})


def antecedents(pronoun: Token, named: "Participants", steps: int = 0) -> list[str]:
    """The actors that the pronoun most likely means, empty when nothing fits; what two pronouns only say of each other is nothing."""
    if pronoun.i not in named.resolved:
        named.resolved[pronoun.i] = []
        named.resolved[pronoun.i] = _antecedents(pronoun, named, steps)
    return named.resolved[pronoun.i]


def _antecedents(pronoun: Token, named: "Participants", steps: int) -> list[str]:
    """In order of trust.

    In a reported clause that is the speaker; elsewhere the nearest subject before it in its sentence, the subject that a
    fronted phrase waits for, the nearest other mention, and only then the subject of the sentence before.
    """
    if pronoun.lower_ in SPEAKERS:
        return _speaking(pronoun, named, steps)
    personal = pronoun.lower_ in ONE_PERSON
    speaker = _speaker_above(pronoun)
    if speaker is not None:
        said_by = [p.actor for p in named.named_by(speaker) if (p.actor in named.people) == personal]
        if said_by:
            return said_by if pronoun.lower_ in SEVERAL else said_by[:1]
    own = list(_fitting(pronoun, named, pronoun.sent.start, pronoun.i))
    subjects = [m for m in own if _is_subject(pronoun.doc[m.head])]
    if subjects:
        return _group(subjects[-1], pronoun, named)
    waiting = _subject_after(pronoun, named)
    if waiting:
        return waiting
    if own:
        return _group(own[-1], pronoun, named)
    return _of_sentence_before(pronoun, named, steps) if steps < LOOKS_BACK else []


def _of_sentence_before(pronoun: Token, named: "Participants", steps: int) -> list[str]:
    start = pronoun.sent.start
    if not start:
        return named.subject_before(pronoun, steps + 1)
    before = pronoun.doc[start - 1].sent
    fitting = list(_fitting(pronoun, named, before.start, before.end))
    subjects = [m for m in fitting if _is_subject(pronoun.doc[m.head])]
    if subjects:
        return _group(subjects[0], pronoun, named)
    same = [t for t in before if t.lower_ in PRONOUNS and _is_subject(t) and _kind(t) == _kind(pronoun)]
    if same:
        return antecedents(same[0], named, steps + 1)
    return _group(fitting[0], pronoun, named) if fitting else []


def _kind(pronoun: Token) -> int:
    return [pronoun.lower_ in words for words in (ONE_PERSON, ONE_THING, SEVERAL, SPEAKERS)].index(True)


def _is_subject(token: Token) -> bool:
    return token.dep_.startswith("nsubj")


def _fitting(pronoun: Token, named: "Participants", lower: int, upper: int) -> Iterator[ActorMention]:
    """Mentions between two tokens that the pronoun may mean, by person, number and binding."""
    personal = pronoun.lower_ in ONE_PERSON
    bound = _own_subjects(pronoun)
    several = pronoun.lower_ in SEVERAL
    seen = -1
    for i in range(lower, upper):
        mention = named.by_token.get(i)
        if mention is None or mention.head == seen or mention.head in bound or mention.head >= upper:
            continue
        seen = mention.head
        person = mention.actor in named.people
        if named.are_told_apart and person != personal and not (several and not person):
            continue
        joined = _is_joined(pronoun.doc[mention.head])
        if joined and not several:
            continue
        if several and not joined and (person or pronoun.doc[mention.head].tag_ not in {"NNS", "NNPS", "NNP", "NN"}):
            continue
        yield mention


def _is_joined(head: Token) -> bool:
    """Whether the mention is one of several coordinated ones: no ``it`` means one of them."""
    joined = head.dep_ == "conj" or any(child.dep_ == "conj" for child in head.children)
    return joined and head.pos_ in {"PROPN", "NOUN"}


def _own_subjects(pronoun: Token) -> set[int]:
    """The subjects that an object pronoun cannot mean: ``Russia attacked it``, ``Kyiv blamed Iran, accusing it``."""
    found: set[int] = set()
    if pronoun.tag_ == "PRP$" or _is_subject(pronoun):
        return found
    verb = pronoun.head
    for _ in range(LOOKS_BACK):
        own = [child.i for child in verb.children if _is_subject(child)]
        found.update(own)
        if own or verb.dep_ not in CLAUSE_LINKS:
            break
        verb = verb.head
    return found


def _group(mention: ActorMention, pronoun: Token, named: "Participants") -> list[str]:
    """The mention's actor; for ``they`` also those coordinated with it."""
    if pronoun.lower_ not in SEVERAL:
        return [mention.actor]
    head = pronoun.doc[mention.head]
    while head.dep_ == "conj" and head.head.pos_ in {"PROPN", "NOUN"}:
        head = head.head
    return [p.actor for p in named.named_by(head)] or [mention.actor]


def _subject_after(pronoun: Token, named: "Participants") -> list[str]:
    """The subject that a fronted phrase waits for: ``In its war against Ukraine, Russia``."""
    for word in pronoun.ancestors:
        for subject in children(word, "nsubj", "nsubj:pass"):
            if subject.left_edge.i > pronoun.i and subject.lower_ not in PRONOUNS:
                personal = pronoun.lower_ in ONE_PERSON
                found = [p.actor for p in named.named_by(subject) if (p.actor in named.people) == personal]
                return found if pronoun.lower_ in SEVERAL else found[:1]
    return []


def _speaker_above(pronoun: Token) -> Token | None:
    """The subject of the verb whose reported clause holds the pronoun: ``Iran said it had``; None outside such clauses."""
    for word in (pronoun, *pronoun.ancestors):
        if word.dep_ == "ccomp" and word.head.i < word.i:
            subject = next((child for child in children(word.head, "nsubj") if child.i < pronoun.i), None)
            if subject is not None and subject.tag_ not in {"WDT", "WP", "EX"}:
                return subject
    return None


def _speaking(pronoun: Token, named: "Participants", steps: int) -> list[str]:
    """Who says ``we``: the speaker beside the clause, or of the sentence before while the quotation goes on."""
    for word in (pronoun, *pronoun.ancestors):
        reported = word.dep_ == "ccomp" or (word.dep_ == "parataxis" and _is_quoted(word))
        clauses = [word.head] if reported else list(children(word, "parataxis"))
        for clause in clauses:
            subject = next(children(clause, "nsubj"), None)
            if subject is not None and subject.lower_ not in SPEAKERS:
                return [p.actor for p in named.named_by(subject)]
    start = pronoun.sent.start
    if not start or steps >= LOOKS_BACK or not any(t.text in QUOTES for t in pronoun.doc[:start]):
        return []
    root = pronoun.doc[start - 1].sent.root
    for clause in (*children(root, "parataxis"), root):
        subject = next(children(clause, "nsubj"), None)
        if subject is not None:
            if subject.lower_ in SPEAKERS:
                return _speaking(subject, named, steps + 1)
            return [p.actor for p in named.named_by(subject)] if _speaks(clause) else []
    return []


def _is_quoted(clause: Token) -> bool:
    """Whether a colon or quotation mark stands between a clause and what it hangs on: ``The king spoke out: "We are ready"``."""
    between = clause.doc[clause.head.i + 1 : clause.i] if clause.head.i < clause.i else ()
    return any(token.text in QUOTES or token.text == ":" for token in between)


def _speaks(clause: Token) -> bool:
    return clause.dep_ == "parataxis" or any(child.dep_ in {"ccomp", "parataxis"} for child in clause.children)
