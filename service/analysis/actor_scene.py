"""What the steps of resolving one article share: what is known, what the article says of countries, and the actors found so far."""

from collections import defaultdict
from dataclasses import replace

from service.analysis.actor_cast import Cast, Figure
from service.analysis.actor_names import Context, Words, find_names
from service.analysis.actor_page import Page
from service.analysis.actor_ships import find_ships
from service.analysis.reading import ActorMention, Mention, Passage, Reading
from service.knowledge import Knowledge


class Scene:
    """One article on its way to its actors: its pages in order, its context, its cast and the mentions of them."""

    def __init__(self, reading: Reading, knowledge: Knowledge) -> None:
        """Find names and ships on the pages, and what the article says of countries."""
        self.reading = reading
        self.knowledge = knowledge
        self.cast = Cast(knowledge, reading.published.date().isoformat())
        self.pages = [self._page(passage) for passage in reading.passages]
        self.context = Context([(page.words, page.names) for page in self.pages], knowledge, self.cast.day)
        self._found: list[ActorMention] = []
        self._here: defaultdict[int, list[ActorMention]] = defaultdict(list)

    def _page(self, passage: Passage) -> Page:
        words = Words.of(passage.doc)
        mentions = [mention for mention in self.reading.mentions_in(passage.index) if mention.start >= passage.dateline]
        all_names = find_names(words, self.knowledge, self.cast.day)
        names = [name for name in all_names if name.start >= passage.dateline]
        ships = find_ships(passage.doc, names, mentions)
        hidden = {i for ship in ships for i in range(ship.start, ship.end)}
        names = [name for name in names if name.start not in hidden]
        return Page(passage, words, names, mentions, ships, all_names)

    def add(
        self,
        page: Page,
        start: int,
        end: int,
        figure: Figure,
        entity: Mention | None,
        certainty: float = 1.0,
        head: int | None = None,
    ) -> None:
        """Record that the tokens ``start`` to ``end`` (half-open) denote the actor; ``entity`` is the name that they are or lie in."""
        if head is None:
            head = page.doc[start:end].root.i
        entity_id = entity.id if entity is not None else None
        mention = ActorMention(page.passage.index, start, end, head, figure.id, entity_id, certainty)
        self._found.append(mention)
        self._here[page.passage.index].append(mention)

    def found_in(self, passage: int) -> list[ActorMention]:
        """The actor mentions so far of a passage, in the order in which they were found; none where there is no such passage."""
        return self._here.get(passage, [])

    def covered(self, page: Page) -> set[int]:
        """The tokens of a page that an actor mention covers so far."""
        return {i for found in self.found_in(page.passage.index) for i in range(found.start, found.end)}

    def link(self) -> list[ActorMention]:
        """Give each entity the actor that it denotes: that of the mention with the most in common, the surest first.

        Returns all mentions in order; one whose entity denotes another actor has none any more."""
        found = sorted(self._found, key=lambda mention: (mention.passage, mention.start, mention.end, mention.actor))
        by_entity: defaultdict[str, list[ActorMention]] = defaultdict(list)
        for mention in found:
            if mention.entity is not None:
                by_entity[mention.entity].append(mention)
        for entity in self.reading.mentions:
            chosen = max(
                by_entity.get(entity.id, ()),
                key=lambda mention: (
                    (mention.start, mention.end) == (entity.start, entity.end) and mention.certainty,
                    min(mention.end, entity.end) - max(mention.start, entity.start),
                    -mention.start,
                ),
                default=None,
            )
            if chosen is not None:
                entity.actor = chosen.actor
        linked = {entity.id: entity.actor for entity in self.reading.mentions}
        return [
            mention
            if mention.entity is None or linked[mention.entity] == mention.actor
            else replace(mention, entity=None)
            for mention in found
        ]
