"""One passage on its way to its actors: what was found in it, and which words are spoken for."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from spacy.tokens import Doc

from service.analysis.actor_agents import AgentPhrase
from service.analysis.actor_names import Name, Words
from service.analysis.actor_offices import OfficePhrase
from service.analysis.actor_ships import Ship
from service.analysis.reading import Mention, Passage

if TYPE_CHECKING:
    from service.analysis.actor_introductions import Introductions

_PASSAGE: Final = 1_000_000
"""More than the tokens of any passage: places in the article compare by passage first."""


@dataclass(slots=True)
class Page:
    """One passage with what was found in it; ``taken`` are tokens that belong to a longer name already.

    ``all_names`` are those of the dateline, too."""

    passage: Passage
    words: Words
    names: list[Name]
    mentions: list[Mention]
    ships: list[Ship]
    all_names: list[Name] = field(default_factory=list)
    offices: list[OfficePhrase] = field(default_factory=list)
    agents: list[AgentPhrase] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)
    used_offices: set[int] = field(default_factory=set)
    said: "Introductions" = field(init=False)

    @property
    def doc(self) -> Doc:
        return self.passage.doc

    def place(self, token: int) -> int:
        """Where in the article a token is: a number that grows as one reads."""
        return self.passage.index * _PASSAGE + token

    def mention_over(self, start: int, end: int) -> Mention | None:
        """The entity that overlaps the tokens, the longest first."""
        over = [mention for mention in self.mentions if mention.start < end and start < mention.end]
        return max(over, key=lambda mention: mention.end - mention.start, default=None)
