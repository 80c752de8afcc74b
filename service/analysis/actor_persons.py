"""People on the page: full names first, then surnames, then what stands for a person who was introduced as one."""

from functools import partial

from spacy.tokens import Token

from service.analysis.actor_cast import Figure
from service.analysis.actor_names import folded_words
from service.analysis.actor_offices import OfficePhrase
from service.analysis.actor_page import Page
from service.analysis.actor_people import People
from service.analysis.actor_scene import Scene
from service.analysis.actor_spans import is_surname, office_beside, person_spans, title_start
from service.analysis.reading import Mention
from service.knowledge.names import fold


class Persons:
    """Finds where the persons of one article are named; ``people`` says who they are."""

    def __init__(self, scene: Scene, people: People) -> None:
        """Add to the mentions of ``scene``."""
        self._scene = scene
        self._people = people
        self._unknown: list[tuple[Page, int, int, Mention | None]] = []

    def full_names(self, page: Page) -> None:
        """Names of two words or more."""
        for start, end, entity in person_spans(page):
            words = folded_words(page.doc, start, end)
            if is_surname(words) or start in page.taken:
                continue
            phrase = office_beside(page, start, end)
            self._people.place = page.place(start)
            introduced = partial(page.said.of, start, end, person=True)
            figure = self._people.full_name(words, page.doc[start:end].text, phrase, introduced)
            page.taken.update(range(start, end))
            if figure is None:
                self._unknown.append((page, start, end, entity))
            self._add(page, start, end, entity, figure, phrase)

    def named_elsewhere(self) -> None:
        """Full names that only a later sentence introduces: a headline's, most of all."""
        for page, start, end, entity in self._unknown:
            figure = self._people.named.get(folded_words(page.doc, start, end))
            if figure is not None:
                self._scene.add(page, start, end, figure, entity)

    def surnames(self, page: Page) -> None:
        """Surnames alone, once all full names are known."""
        for start, end, entity in person_spans(page):
            words = folded_words(page.doc, start, end)
            if not is_surname(words) or start in page.taken:
                continue
            phrase = office_beside(page, start, end)
            self._people.place = page.place(start)
            single = (
                self._people.full_name(words, page.doc[start:end].text, phrase)
                if len(words) == 1 and words[0] not in self._people.surnames
                else None
            )
            figure = single or self._people.surname(words, page.doc[start:end].text, phrase)
            page.taken.update(range(start, end))
            self._add(page, start, end, entity, figure, phrase)
        for token in page.doc:
            if token.i not in page.taken and token.text[:1].isupper() and token.pos_ == "PROPN":
                self._missed_surname(page, token)

    def _missed_surname(self, page: Page, token: Token) -> None:
        """A surname that the model took for something else, or for nothing; also "Montenegro" after "Luis Montenegro"."""
        over = page.mention_over(token.i, token.i + 1)
        if over is not None and over.end - over.start > 1:
            return
        words = fold(token.text)
        named = next((name for name in page.names if name.start <= token.i < name.end), None)
        if named is not None and (named.end - named.start > 1 or " ".join(words) not in self._people.full_named):
            return
        phrase = office_beside(page, token.i, token.i + 1)
        self._people.place = page.place(token.i)
        figure = self._people.bearer(" ".join(words))
        if figure is None and named is None and phrase is not None and phrase.end <= token.i:
            figure = self._people.holder(words, phrase)
        if figure is None and named is None and " ".join(words) not in self._people.surnames:
            figure = self._people.leader(words)
        if figure is not None:
            page.taken.add(token.i)
            self._add(page, token.i, token.i + 1, over, figure, phrase)

    def described(self, page: Page) -> None:
        """ "The poet": whoever was introduced as one."""
        covered = self._scene.covered(page)
        for token in page.doc:
            figure = self._people.described.get(token.lower_)
            if figure is not None and token.i not in covered and token.i > 0 and token.tag_ == "NN":
                before = page.doc[token.i - 1]
                if before.lower_ == "the" or (before.tag_ == "JJ" and token.i > 1 and before.nbor(-1).lower_ == "the"):
                    self._scene.add(page, token.i, token.i + 1, figure, None, certainty=0.7)

    def _add(
        self,
        page: Page,
        start: int,
        end: int,
        entity: Mention | None,
        figure: Figure | None,
        phrase: OfficePhrase | None,
    ) -> None:
        if figure is None:
            if phrase is not None:
                page.used_offices.add(phrase.start)
            return
        self._scene.add(page, start, end, figure, entity)
        if figure.country is not None and figure.sector in {"GOV", "MIL"}:
            self._scene.context.note_leader(figure.country)
        elif figure.country is not None:
            self._scene.context.note_person(figure.country)
        if phrase is not None and phrase.start not in page.used_offices:
            page.used_offices.add(phrase.start)
            first = phrase.start if phrase.end > phrase.head + 1 or phrase.start >= end else title_start(page, phrase)
            self._scene.add(page, first, phrase.head + 1, figure, None, certainty=0.95)
