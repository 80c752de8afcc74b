"""From a phrase to the actors that it names: ``Russian troops``, ``targets inside Russia``, ``he``, ``France and Germany``."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from spacy.tokens import Token

from service.analysis.pronouns import ONE_PERSON, PRONOUNS, antecedents
from service.analysis.reading import ActorMention, Passage, Reading
from service.analysis.syntax import children, coordinated, preposition

MODIFIERS = ("nmod:poss", "compound", "amod", "nmod:desc", "flat", "appos")
PLACING = frozenset({"in", "of", "from", "inside", "across", "near", "on", "within", "over", "at", "into", "by"})
NAMED = frozenset({"PERSON", "ORG", "NORP", "GPE"})  # names of those who act
SOMEBODY = frozenset({"he", "she", "they", "we", "who", "i", "him", "her", "them", "us"})
REMOTE = 0.85  # certainty kept by an actor that only stands in a phrase's modifier, per step
OURS = frozenset({"we", "us", "our"})
SPEAKING_FOR_IT = frozenset({"GOV", "MIL"})  # sectors of those whose "we" is their country
PRONOUN = 0.8  # and by one that a pronoun is taken to mean


@dataclass(frozen=True, slots=True)
class Participant:
    """An actor, and how sure it is (0..1) that the phrase means it."""

    actor: str
    certainty: float


def _nations(reading: Reading) -> dict[str, str]:
    countries = {actor.country: actor.id for actor in reading.actors if actor.kind == "country"}
    return {
        actor.id: countries[actor.country]
        for actor in reading.actors
        if actor.kind == "person" and actor.country in countries and actor.sector in SPEAKING_FOR_IT
    }


@dataclass(slots=True)
class Participants:
    """The actors of one passage, found by any word that names them; ``before`` are those of the passage before."""

    passage: Passage
    people: frozenset[str]
    nations: Mapping[str, str] = field(default_factory=dict)
    """The country for which an official speaks, where the article speaks of that country too; by the official's id."""
    by_token: dict[int, ActorMention] = field(default_factory=dict)
    before: "Participants | None" = None
    are_told_apart: bool = False
    """Whether it is known which of the actors are persons."""
    resolved: dict[int, list[str]] = field(default_factory=dict)  # actors of pronouns looked up so far

    @classmethod
    def of(cls, reading: Reading, passage: Passage, before: "Participants | None" = None) -> "Participants":
        """Index the actor mentions of one passage; ``before`` is what a pronoun at its beginning may look back to."""
        people = frozenset(actor.id for actor in reading.actors if actor.kind == "person")
        found = cls(passage, people, before.nations if before is not None else _nations(reading), before=before)
        found.are_told_apart = bool(reading.actors)
        for mention in reading.actor_mentions_in(passage.index):
            for position in range(mention.start, mention.end):
                found.by_token[position] = mention
            found.by_token.setdefault(mention.head, mention)
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
        if token.lower_ in PRONOUNS:
            meant = antecedents(token, self)
            if token.lower_ in OURS:
                meant = list(dict.fromkeys(self.nations.get(actor, actor) for actor in meant))
            return [Participant(actor, certainty * PRONOUN) for actor in meant]
        if depth >= 3:
            return []
        for child in children(token, *MODIFIERS):
            if child.lower_ in PRONOUNS or child.pos_ in {"PROPN", "NOUN", "ADJ", "PRON"}:
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

    def names_somebody(self, head: Token, people: frozenset[str]) -> bool:
        """Whether the phrase under ``head`` names one who acts, be it nobody that the knowledge knows: ``the gunmen``."""
        return any(
            token.ent_type_ in NAMED or token.lemma_.lower() in people or token.lower_ in SOMEBODY
            for token in coordinated(head)
        )

    def subject_before(self, pronoun: Token, steps: int) -> list[str]:
        """Whom a pronoun in the first sentence may mean: the subject of the last sentence of the passage before."""
        if self.before is None or not len(self.before.passage.doc):
            return []
        personal = pronoun.lower_ in ONE_PERSON
        last = self.before.passage.doc[-1].sent
        for token in (*children(last.root, "nsubj", "nsubj:pass"), *last):
            mention = self.before.by_token.get(token.i)
            if mention is not None and (mention.actor in self.people) == personal:
                return [mention.actor]
            if token.lower_ == pronoun.lower_ and token.dep_ == "nsubj":
                return antecedents(token, self.before, steps)
        return []
