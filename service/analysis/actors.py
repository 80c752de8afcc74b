"""Who is in the article: names and phrases become actors, resolved by name, date, title, grammar and context.

The order matters: names and titles are found first, then people (whose names hide the words within them), then offices that
stand alone, agents ("Russian troops"), and last countries, capitals and bodies.
"""

from collections import defaultdict
from dataclasses import replace
from typing import Final

from spacy.tokens import Token

from service.analysis.actor_agents import AgentPhrase, find_agents, find_arms
from service.analysis.actor_bodies import NAMED_SECTORS, is_common, needs_a_label, unknown_body
from service.analysis.actor_cast import Cast, Figure
from service.analysis.actor_grammar import acts
from service.analysis.actor_names import Context, Name, Words, find_names, folded_words, is_possessive
from service.analysis.actor_offices import OfficePhrase, find_offices
from service.analysis.actor_page import Page
from service.analysis.actor_people import People
from service.analysis.actor_salience import cast_list
from service.analysis.actor_ships import Ship, find_ships, named_again
from service.analysis.actor_spans import office_beside, person_spans, title_start
from service.analysis.reading import ActorMention, Mention, Reading
from service.knowledge import Knowledge
from service.knowledge.names import fold
from service.knowledge.people import Tenure

_PLACE_LABELS: Final = frozenset({"LOC", "FAC", "EVENT", "LAW", "WEAPON"})
_NAMELESS_LABELS: Final = frozenset({"ORG", "PERSON", "FAC", "EVENT", "LAW", "WEAPON"})


def resolve_actors(reading: Reading, knowledge: Knowledge) -> None:
    """Fill ``reading.actor_mentions`` and ``reading.actors``, and set the actor of each of ``reading.mentions`` that denotes one."""
    _Resolution(reading, knowledge).run()


class _Resolution:
    """The resolution of one article: pages in, mentions and figures out."""

    def __init__(self, reading: Reading, knowledge: Knowledge) -> None:
        self.reading = reading
        self.knowledge = knowledge
        self.found: list[ActorMention] = []
        self.cast = Cast(knowledge, reading.published.date().isoformat())
        self.abbreviations: dict[str, str] = {}
        self.ships: dict[str, str] = {}
        self.pages: list[Page] = []
        for passage in reading.passages:
            words = Words.of(passage.doc)
            mentions = [mention for mention in reading.mentions_in(passage.index) if mention.start >= passage.dateline]
            names = [name for name in find_names(words, knowledge, self.cast.day) if name.start >= passage.dateline]
            ships = find_ships(passage.doc, names, mentions)
            hidden = {i for ship in ships for i in range(ship.start, ship.end)}
            names = [name for name in names if name.start not in hidden]
            self.pages.append(Page(passage, words, names, mentions, ships))
        self.context = Context([(page.words, page.names) for page in self.pages], knowledge, self.cast.day)
        self.people = People(knowledge, self.cast, self.context)

    def run(self) -> None:
        for page in self.pages:
            page.offices = find_offices(page.doc, page.words, page.names, self.knowledge, self.context)
            page.agents = find_agents(page.doc, page.words, page.names, page.ships, self.knowledge, self.context)
            page.agents += find_arms(page.doc, page.mentions, page.names, self.knowledge, self.context)
        for page in self.pages:
            self._ships(page)
        for page in self.pages:
            self._ships_again(page)
            self._full_names(page)
        for page in self.pages:
            self._surnames(page)
            self._offices_alone(page)
            self._agents(page)
            self._names(page)
            self._unknown_bodies(page)
            self._abbreviations(page)
        self.found.sort(key=lambda mention: (mention.passage, mention.start, mention.end, mention.actor))
        self._link()
        self.reading.actor_mentions.extend(self.found)
        self.reading.actors.extend(cast_list(self.reading, self.found, self.cast.figures))

    # Ships ----------------------------------------------------------------------------------------------------------

    def _ships(self, page: Page) -> None:
        for ship in page.ships:
            page.taken.update(range(ship.start, ship.end))
            phrase = next((phrase for phrase in page.agents if phrase.head == ship.noun), None)
            figure = self._ship(page, ship, phrase)
            if figure is not None:
                self.ships[ship.name(page.doc)] = figure.id
                start = phrase.start if phrase is not None else ship.start
                over = page.mention_over(ship.start, ship.end)
                entity = over if over is not None and over.start >= ship.start else None
                self._add(page, start, ship.end, figure, entity, certainty=0.95)

    def _ship(self, page: Page, ship: Ship, phrase: AgentPhrase | None) -> Figure | None:
        if ship.navy is not None:
            return self.cast.agent("MIL", ship.navy)
        return self._agent(phrase, page.doc[phrase.head].lower_) if phrase is not None else None

    def _ships_again(self, page: Page) -> None:
        for start, end, actor in list(named_again(page.doc, self.ships, page.taken)):
            page.taken.update(range(start, end))
            self._add(page, start, end, self.cast.figures[actor], page.mention_over(start, end), certainty=0.9)

    # People ---------------------------------------------------------------------------------------------------------

    def _full_names(self, page: Page) -> None:
        for start, end, entity in person_spans(page):
            words = folded_words(page.doc, start, end)
            if len(words) < 2 or start in page.taken:
                continue
            phrase = office_beside(page, start, end)
            figure = self.people.full_name(words, page.doc[start:end].text, phrase)
            page.taken.update(range(start, end))
            self._add_person(page, start, end, entity, figure, phrase)

    def _surnames(self, page: Page) -> None:
        for start, end, entity in person_spans(page):
            words = folded_words(page.doc, start, end)
            if len(words) != 1 or start in page.taken:
                continue
            phrase = office_beside(page, start, end)
            single = (
                self.people.full_name(words, page.doc[start:end].text, phrase)
                if words[0] not in self.people.surnames
                else None
            )
            figure = single or self.people.surname(words, page.doc[start:end].text, phrase)
            page.taken.update(range(start, end))
            self._add_person(page, start, end, entity, figure, phrase)
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
        if named is not None and (named.end - named.start > 1 or " ".join(words) not in self.people.full_named):
            return
        phrase = office_beside(page, token.i, token.i + 1)
        figure = self.people.surnames.get(" ".join(words))
        if figure is None and named is None and phrase is not None and phrase.end <= token.i:
            figure = self.people.holder(words, phrase)
        if figure is None and named is None and " ".join(words) not in self.people.surnames:
            figure = self.people.leader(words)
        if figure is not None:
            page.taken.add(token.i)
            self._add_person(page, token.i, token.i + 1, over, figure, phrase)

    def _add_person(
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
        self._add(page, start, end, figure, entity)
        if figure.country is not None and figure.sector in {"GOV", "MIL"}:
            self.context.note_leader(figure.country)
        if phrase is not None and phrase.start not in page.used_offices:
            page.used_offices.add(phrase.start)
            first = phrase.start if phrase.end > phrase.head + 1 or phrase.start >= end else title_start(page, phrase)
            self._add(page, first, phrase.head + 1, figure, None, certainty=0.95)

    # Offices and agents ---------------------------------------------------------------------------------------------

    def _offices_alone(self, page: Page) -> None:
        for phrase in page.offices:
            if phrase.start in page.used_offices or not phrase.definite or phrase.head in page.taken:
                continue
            token = page.doc[phrase.head]
            if token.tag_ in {"NNS", "NNPS"} or token.dep_ in {"compound", "amod"} or phrase.title.office == "private":
                continue
            figure = self._holder(page, phrase)
            if figure is not None:
                self._add(page, phrase.start, phrase.end, figure, None, certainty=0.8)

    def _holder(self, page: Page, phrase: OfficePhrase) -> Figure | None:
        kind = phrase.title.office
        if phrase.country is None and phrase.body is None:
            described = phrase.end < len(page.doc) and page.doc[phrase.end].lower_ == "of"
            return None if phrase.former or described else self.people.last_called(kind)
        if phrase.country is None or phrase.title.sector is None or (phrase.body or "gov:")[:4] != "gov:":
            return self.cast.body(phrase.body) if phrase.body is not None else None
        if kind in {"official", "diplomat"}:
            return self.cast.agent("GOV", phrase.country)
        if not phrase.former and "deputy" not in phrase.words.lower():
            known = self.people.last_by_office.get(kind) or self.people.leader_of(kind, phrase.country)
            if known is not None and known.country == phrase.country:
                return known
            holders = self.knowledge.holders(phrase.country, kind, self.cast.day)
            if len(holders) == 1 or (
                holders and kind in {"head_of_state", "head_of_government", "foreign_minister", "defence_minister"}
            ):
                return self.cast.person(holders[0])
        if phrase.title.sector in {"CVL", "EDU", "MED", "BUS", "REL"}:
            return self.cast.agent(phrase.title.sector, phrase.country)
        sector = "ELI" if phrase.former else phrase.title.sector
        return self.cast.office(phrase.country, phrase.words, sector)

    def _agents(self, page: Page) -> None:
        taken = page.taken.union(ship.noun for ship in page.ships if ship.noun is not None)
        for phrase in page.agents:
            if phrase.head in taken or any(
                office.start <= phrase.head < office.end and office.start in page.used_offices
                for office in page.offices
            ):
                continue
            figure = self._agent(phrase, page.doc[phrase.head].lower_)
            if figure is None:
                continue
            if phrase.owner is None:
                self._add(page, phrase.start, phrase.end, figure, None, certainty=phrase.certainty, head=phrase.head)
                continue
            owner = page.mention_over(phrase.owner.start, phrase.owner.end)
            over = page.mention_over(phrase.head, phrase.head + 1)
            if (
                over is not None
                and over.label == "ORG"
                and phrase.sector in NAMED_SECTORS
                and over.start <= phrase.start
            ):
                continue
            entity = over if over is not None and over.start <= phrase.owner.start else None
            if (
                entity is None
                and owner is not None
                and owner.label in {"NORP", "GPE"}
                and phrase.owner.ref("adjective", "capital")
            ):
                entity = owner
            self._add(page, phrase.start, phrase.end, figure, entity, certainty=phrase.certainty, head=phrase.head)

    def _agent(self, phrase: AgentPhrase, noun: str) -> Figure | None:
        if phrase.person is not None:
            person = self.knowledge.people[phrase.person]
            office, standing = person.office_on(self.cast.day)
            if office.country is None or standing is Tenure.FUTURE or phrase.sector not in {"GOV", "MIL"}:
                return None
            return self.cast.agent(phrase.sector, office.country)
        if phrase.body is not None and not phrase.body.startswith("gov:"):
            return self.cast.body(phrase.body)
        country = phrase.country if phrase.owner is not None or phrase.country is not None else self.context.force(noun)
        return self.cast.agent(phrase.sector, country) if country is not None else None

    # Countries, capitals, bodies ------------------------------------------------------------------------------------

    def _names(self, page: Page) -> None:
        for name in page.names:
            if any(token in page.taken for token in range(name.start, name.end)):
                continue
            over = page.mention_over(name.start, name.end)
            if over is not None and over.label in _NAMELESS_LABELS and self._hidden(page, name, over):
                continue
            figure = self._named(page, name, over)
            if figure is not None:
                self._add(page, name.start, name.end, figure, over)

    def _hidden(self, page: Page, name: Name, over: Mention) -> bool:
        """Whether a longer entity owns the word: "Bank of America" is no mention of the state, "Ukraine's Ministry" is one."""
        if over.start >= name.start and over.end <= name.end + 1:
            return False
        if over.label != "ORG":
            return True
        following = page.doc[name.end] if name.end < len(page.doc) else None
        if name.start == over.start and following is not None and is_possessive(following):
            return False
        if any(other.start <= over.start and over.end <= other.end for other in page.names if other is not name):
            return False
        return unknown_body(page.doc, over, page.names, self.knowledge, self.context) is not None

    def _named(self, page: Page, name: Name, over: Mention | None) -> Figure | None:
        words = folded_words(page.doc, name.start, name.end)
        kind, ref = name.senses[0]
        if kind == "person":
            return None
        if name.ref("country", "adjective", "people") is not None:
            country = self.context.country(words, name)
            if country is None:
                return None
            last = page.doc[name.end - 1]
            crowd = name.ref("people") is not None and last.tag_ in {"NNS", "NNPS"} and name.ref("country") is None
            if crowd and name.ref("adjective") is None:
                return self.cast.agent("CVL", country)
            return self.cast.country(country)
        if kind == "capital":
            in_dateline = name.start < page.passage.dateline
            return self.cast.agent("GOV", ref) if not in_dateline and acts(page.doc[name.start : name.end]) else None
        if kind == "body":
            return self._body(page, name, ref, over)
        return None

    def _body(self, page: Page, name: Name, ref: str, over: Mention | None) -> Figure | None:
        if needs_a_label(page.doc, name, ref, self.knowledge) and (over is None or over.label != "ORG"):
            return None
        figure = self.cast.body(ref) if over is not None or not is_common(page.doc, name) else None
        span = page.doc[name.start : name.end]
        place = (over is not None and over.label in _PLACE_LABELS) or span.text == "Europe"
        return None if place and not acts(span) else figure

    def _unknown_bodies(self, page: Page) -> None:
        for mention in page.mentions:
            if mention.label != "ORG" or any(
                found.passage == page.passage.index and found.start <= mention.start and mention.end <= found.end
                for found in self.found
            ):
                continue
            known = unknown_body(page.doc, mention, page.names, self.knowledge, self.context)
            if known is not None:
                country, sector = known
                text = page.doc[mention.start : mention.end].text
                self._add(
                    page,
                    mention.start,
                    mention.end,
                    self.cast.unknown_body(text, country, sector),
                    mention,
                    certainty=0.8,
                )

    def _abbreviations(self, page: Page) -> None:
        """An abbreviation in brackets after an actor stands for it from there on: "the Office for Budget (OFB)"."""
        here = [mention for mention in self.found if mention.passage == page.passage.index]
        ends = {mention.end: mention.actor for mention in here}
        covered = {i for mention in here for i in range(mention.start, mention.end)}
        for token in page.doc:
            if token.i in covered or not (token.is_upper and token.is_alpha and 2 <= len(token.text) <= 8):
                continue
            before, after = page.doc[max(token.i - 1, 0)], page.doc[min(token.i + 1, len(page.doc) - 1)]
            actor = ends.get(token.i - 1)
            if before.text == "(" and after.text == ")" and actor is not None and not actor.startswith("per:"):
                self.abbreviations.setdefault(token.text, actor)
            meant = self.abbreviations.get(token.text)
            if meant is not None:
                over = page.mention_over(token.i, token.i + 1)
                self._add(page, token.i, token.i + 1, self.cast.figures[meant], over, certainty=0.9)

    # Results --------------------------------------------------------------------------------------------------------

    def _add(
        self,
        page: Page,
        start: int,
        end: int,
        figure: Figure,
        entity: Mention | None,
        certainty: float = 1.0,
        head: int | None = None,
    ) -> None:
        if head is None:
            head = page.doc[start:end].root.i
        self.found.append(
            ActorMention(
                page.passage.index, start, end, head, figure.id, entity.id if entity is not None else None, certainty
            )
        )

    def _link(self) -> None:
        """Give each entity the actor that it denotes: that of the mention with the most in common, the surest first."""
        by_entity: defaultdict[str, list[ActorMention]] = defaultdict(list)
        for mention in self.found:
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
        self.found[:] = [
            mention
            if mention.entity is None or linked[mention.entity] == mention.actor
            else replace(mention, entity=None)
            for mention in self.found
        ]
