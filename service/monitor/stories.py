"""The events of a pair at hand by what they are and when, so that a report is compared with those only that it may speak of.

A pair at war has thousands of them. What a report costs still grows with those of its root and kind in the days around.
"""

from collections.abc import Sequence

from service.monitor.report import Deed
from service.monitor.similarity import words
from service.monitor.state import Story


class Stories:
    """An index of a state's stories, good for as long as only :meth:`add` adds to them.

    Args:
        stories: the state's own list.
    """

    def __init__(self, stories: list[Story]) -> None:
        self._stories = stories
        self._alike: dict[tuple[str, str, int], list[tuple[int, Story]]] = {}
        self._words: dict[bytes, frozenset[int]] = {}
        for order, story in enumerate(stories):
            self._alike.setdefault((story.root, story.kind, story.day), []).append((order, story))

    def add(self, story: Story) -> None:
        """Put a new story into the state."""
        place = self._alike.setdefault((story.root, story.kind, story.day), [])
        place.append((len(self._stories), story))
        self._stories.append(story)

    def like(self, deed: Deed, day: int) -> Sequence[tuple[int, Story]]:
        """The stories of the deed's root and kind on a day, each with its place in the order of telling."""
        return self._alike.get((deed.root, deed.kind, day), ())

    def words(self, signature: bytes) -> frozenset[int]:
        """The words of a signature, unpacked once."""
        known = self._words.get(signature)
        if known is None:
            known = self._words[signature] = words(signature)
        return known
