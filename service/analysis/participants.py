"""From a phrase to the actors that it names: ``Russian troops``, ``targets inside Russia``, ``he``, ``France and Germany``."""

from dataclasses import dataclass, field

from spacy.tokens import Token

from service.analysis.reading import ActorMention, Passage, Reading
from service.analysis.syntax import children, coordinated, preposition

PERSONAL = frozenset({"he", "she", "him", "her", "his", "it", "its", "they", "them", "their"})
ONE_PERSON = frozenset({"he", "she", "him", "her", "his"})
MODIFIERS = ("nmod:poss", "compound", "amod", "nmod:desc", "flat", "appos")
PLACING = frozenset({"in", "of", "from", "inside", "across", "near", "on", "within", "over", "at", "into"})
REMOTE = 0.85  # certainty kept by an actor that only stands in a phrase's modifier, per step
OPENING = 6  # tokens: a pronoun this near to a passage's beginning may mean somebody of the passage before
PRONOUN = 0.8  # and by one that a pronoun is taken to mean


@dataclass(frozen=True, slots=True)
class Participant:
    """An actor, and how sure it is (0..1) that the phrase means it."""

    actor: str
    certainty: float


@dataclass(slots=True)
class Participants:
    """The actors of one passage, found by any word that names them; ``before`` are those of the passage before, in order."""

    passage: Passage
    people: frozenset[str]
    by_token: dict[int, ActorMention] = field(default_factory=dict)
    before: tuple[str, ...] = ()

    @classmethod
    def of(cls, reading: Reading, passage: Passage) -> "Participants":
        """Index the actor mentions of one passage."""
        people = frozenset(actor.id for actor in reading.actors if actor.kind == "person")
        found = cls(passage, people)
        for mention in reading.actor_mentions_in(passage.index):
            for position in range(mention.start, mention.end):
                found.by_token[position] = mention
            found.by_token.setdefault(mention.head, mention)
        if passage.index:
            previous = sorted(reading.actor_mentions_in(passage.index - 1), key=lambda mention: mention.head)
            found.before = tuple(mention.actor for mention in previous)
        return found

    def named_by(self, head: Token) -> list[Participant]:
        """The actors that the phrase under ``head`` names, coordinated ones included, each once."""
        found: dict[str, Participant] = {}
        for token in coordinated(head):
            for participant in self._of_phrase(token, 1.0, 0):
                found.setdefault(participant.actor, participant)
        return list(found.values())

    def _of_phrase(self, token: Token, certainty: float, depth: int) -> list[Participant]:
        mention = self.by_token.get(token.i)
        if mention is not None:
            return [Participant(mention.actor, certainty * mention.certainty)]
        if token.tag_ in {"WDT", "WP"}:
            relative = next((word for word in token.ancestors if word.dep_ == "acl:relcl"), None)
            return self._of_phrase(relative.head, certainty, depth + 1) if relative is not None and depth < 3 else []
        if token.lower_ in PERSONAL:
            actor = self.antecedent(token)
            return [Participant(actor, certainty * PRONOUN)] if actor else []
        if depth >= 3:
            return []
        for child in children(token, *MODIFIERS):
            if child.lower_ in PERSONAL or child.pos_ in {"PROPN", "NOUN", "ADJ", "PRON"}:
                found = self._of_phrase(child, certainty * REMOTE, depth + 1)
                if found:
                    found += [
                        p
                        for other in children(child, "conj")
                        for p in self._of_phrase(other, certainty * REMOTE, depth + 1)
                    ]
                    return found
        for child in children(token, "nmod"):
            if preposition(child) in PLACING:
                found = self._of_phrase(child, certainty * REMOTE, depth + 1)
                if found:
                    return found
        return []

    def antecedent(self, pronoun: Token) -> str | None:
        """The actor that a pronoun most likely means.

        In a reported clause that is the speaker; elsewhere the nearest subject before it in its sentence that fits, and
        only then one of the sentence before.
        """
        personal = pronoun.lower_ in ONE_PERSON
        speaker = self._speaker_above(pronoun)
        if speaker is not None:
            said_by = [p.actor for p in self.named_by(speaker) if (p.actor in self.people) == personal]
            if said_by:
                return said_by[0]
        start = pronoun.sent.start
        own = self._fitting(pronoun, start, pronoun.i)
        subjects = [m for m in own if pronoun.doc[m.head].dep_.startswith("nsubj")]
        if subjects:
            return subjects[-1].actor
        if start:
            fitting = self._fitting(pronoun, pronoun.doc[start - 1].sent.start, start)
            subjects = [m for m in fitting if pronoun.doc[m.head].dep_.startswith("nsubj")]
            return next((m.actor for m in (*subjects, *fitting)), None)
        if pronoun.i < OPENING:
            return next((actor for actor in reversed(self.before) if (actor in self.people) == personal), None)
        return None

    def _fitting(self, pronoun: Token, lower: int, upper: int) -> list[ActorMention]:
        """Mentions between two tokens that the pronoun may mean: persons for ``he``, others for ``it``, never its own subject."""
        personal = pronoun.lower_ in ONE_PERSON
        possessive = pronoun.tag_ == "PRP$"
        candidates = [self.by_token[i] for i in range(lower, upper) if i in self.by_token]
        return [
            mention
            for mention in candidates
            if ((mention.actor in self.people) == personal or not self.people)
            and (possessive or pronoun.doc[mention.head].head.i != pronoun.head.i)  # "Russia attacked it": another
        ]

    def _speaker_above(self, pronoun: Token) -> Token | None:
        """The subject of the verb whose reported clause holds the pronoun: ``Iran said it had``; None outside such clauses."""
        for word in (pronoun, *pronoun.ancestors):
            if word.dep_ == "ccomp" and word.head.i < word.i:
                subject = next((child for child in children(word.head, "nsubj") if child.i < pronoun.i), None)
                if subject is not None and subject.tag_ not in {"WDT", "WP", "EX"}:
                    return subject
        return None
