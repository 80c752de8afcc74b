"""Who in the article was called by which kind of office, and where: whom "the prime minister" means elsewhere in it."""

from bisect import bisect_right, insort
from collections import defaultdict
from typing import Final

from service.analysis.actor_cast import Figure

_WIDER: Final = {
    "leader": ("head_of_state", "head_of_government", "opposition_leader", "rebel_leader"),
    "general": ("military_chief", "commander"),
    "commander": ("general", "military_chief", "officer"),
    "diplomat": ("ambassador", "envoy", "foreign_minister"),
    "lawmaker": ("senator", "representative", "speaker"),
}
"""Kinds of office that a vaguer word can stand for."""


class Titles:
    """Notes of one article: a figure, the kind of office, the place. Places are numbers that grow as one reads."""

    def __init__(self) -> None:
        self._places: defaultdict[tuple[str, str | None], list[tuple[int, str]]] = defaultdict(list)
        self._figures: dict[str, Figure] = {}

    def note(self, office: str, figure: Figure, place: int) -> None:
        """The figure was called by this kind of office, or holds such a one, at this place."""
        self._figures[figure.id] = figure
        for country in dict.fromkeys((None, figure.country)):
            insort(self._places[office, country], (place, figure.id))

    def called(self, office: str, place: int, country: str | None = None) -> Figure | None:
        """Who was called so last before the place, else first after it; with ``country`` only who is of it."""
        noted = self._nearest(office, place, country)
        return self._figures[noted[1]] if noted is not None else None

    def meant(self, office: str, place: int) -> Figure | None:
        """The same for a word without a country; a vague one can stand for others ("the minister": the foreign minister)."""
        exact = self.called(office, place)
        if exact is not None:
            return exact
        wider = [
            noted
            for kind, country in list(self._places)
            if country is None
            and (kind in _WIDER.get(office, ()) or (office == "minister" and kind.endswith("_minister")))
            if (noted := self._nearest(kind, place, None)) is not None
        ]
        best = max(
            wider, key=lambda noted: (noted[0] <= place, noted[0] if noted[0] <= place else -noted[0]), default=None
        )
        return self._figures[best[1]] if best is not None else None

    def leader(self, place: int, country: str) -> Figure | None:
        """The head of state or government of ``country`` whom the article has named, for "the Belarusian leader"."""
        return self.called("head_of_state", place, country) or self.called("head_of_government", place, country)

    def _nearest(self, office: str, place: int, country: str | None) -> tuple[int, str] | None:
        notes = self._places.get((office, country))
        if not notes:
            return None
        return notes[max(bisect_right(notes, (place, "\uffff")) - 1, 0)]
