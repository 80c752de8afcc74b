"""Who is in the article: names and phrases become actors, resolved by name, date, title, grammar and context.

The order matters: names and titles are found first, then people (whose names hide the words within them), then offices that
stand alone, agents ("Russian troops"), and last countries, capitals and bodies.
"""

from collections import defaultdict
from dataclasses import replace
from functools import partial
from typing import Final

from spacy.tokens import Token

from service.analysis.actor_agents import AgentPhrase, find_agents, find_arms
from service.analysis.actor_bodies import NAMED_SECTORS, is_common, needs_a_label, unknown_body
from service.analysis.actor_cast import Cast, Figure
from service.analysis.actor_grammar import acts
from service.analysis.actor_introductions import Introductions
from service.analysis.actor_names import Context, Name, Words, find_names, folded_words, is_possessive
from service.analysis.actor_offices import OfficePhrase, find_offices
from service.analysis.actor_organisations import Organisations
from service.analysis.actor_page import Page
from service.analysis.actor_people import People
from service.analysis.actor_salience import cast_list
from service.analysis.actor_ships import Ship, find_ships, named_again
from service.analysis.actor_spans import is_surname, office_beside, person_spans, title_start
from service.analysis.actor_words import kind_sector
from service.analysis.reading import ActorMention, Mention, Reading
from service.knowledge import Knowledge
from service.knowledge.names import fold
from service.knowledge.people import LEADERS, Person, Tenure
from service.knowledge.records import Force, Igo

_PLACE_LABELS: Final = frozenset({"LOC", "FAC", "EVENT", "LAW", "WEAPON"})
_SINGLE: Final = frozenset({"head_of_state", "head_of_government", "foreign_minister", "defence_minister"})
"""Offices that one person holds: of several whom the knowledge set gives, the newest."""

_PARTY_STATES: Final = frozenset({"CHN", "CUB", "LAO", "PRK", "SUN", "VNM"})
"""Where the ruling party's leader, who is head of state as a rule, is the country's."""

_PASSAGE: Final = 1_000_000
"""More than the tokens of any passage: places in the article compare by passage first."""

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
        self.here: defaultdict[int, list[ActorMention]] = defaultdict(list)
        self.cast = Cast(knowledge, reading.published.date().isoformat())
        self.ships: dict[str, str] = {}
        self.pages: list[Page] = []
        for passage in reading.passages:
            words = Words.of(passage.doc)
            mentions = [mention for mention in reading.mentions_in(passage.index) if mention.start >= passage.dateline]
            all_names = find_names(words, knowledge, self.cast.day)
            names = [name for name in all_names if name.start >= passage.dateline]
            ships = find_ships(passage.doc, names, mentions)
            hidden = {i for ship in ships for i in range(ship.start, ship.end)}
            names = [name for name in names if name.start not in hidden]
            self.pages.append(Page(passage, words, names, mentions, ships, all_names))
        self.context = Context([(page.words, page.names) for page in self.pages], knowledge, self.cast.day)
        self.people = People(knowledge, self.cast, self.context)
        self.bodies = Organisations(knowledge, self.cast, self.context, self.here, self._add)
        self.unknown: list[tuple[Page, int, int, Mention | None]] = []

    def run(self) -> None:
        for page in self.pages:
            self._note_places(page)
        for page in self.pages:
            page.offices = find_offices(page.doc, page.words, page.names, self.knowledge, self.context)
            page.agents = find_agents(page.doc, page.words, page.names, page.ships, self.knowledge, self.context)
            page.agents += find_arms(page.doc, page.mentions, page.names, self.knowledge, self.context)
        for page in self.pages:
            self._ships(page)
        self.bodies.release(self.pages)
        for page in self.pages:
            page.said = Introductions(page, self.knowledge, self.context)
            self._ships_again(page)
            self._full_names(page)
        self._named_elsewhere()
        for page in self.pages:
            self._agencies(page)
            self._surnames(page)
            self._offices_alone(page)
            self._agents(page)
            self._names(page)
            self.bodies.unknown(page, partial(page.said.of, person=False))
            self.bodies.abbreviations(page)
        self.bodies.short_names(self.pages)
        for page in self.pages:
            self.bodies.descriptions(page)
            self._described(page)
        self.found.sort(key=lambda mention: (mention.passage, mention.start, mention.end, mention.actor))
        self._link()
        self.reading.actor_mentions.extend(self.found)
        self.reading.actors.extend(cast_list(self.reading, self.found, self.cast.figures))

    def _note_places(self, page: Page) -> None:
        """Count cities and regions, which tell where the news happens."""
        for mention in page.mentions:
            if mention.label in {"GPE", "LOC"}:
                name = next(
                    (name for name in page.names if name.start < mention.end and mention.start < name.end), None
                )
                if name is None or name.ref("country", "adjective", "people") is None:
                    country = self.context.place(page.doc[mention.start : mention.end].text)
                    if country is not None:
                        self.context.note_place(country)

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
        return self._agent(page, phrase) if phrase is not None else None

    def _ships_again(self, page: Page) -> None:
        for start, end, actor in list(named_again(page.doc, self.ships, page.taken)):
            page.taken.update(range(start, end))
            self._add(page, start, end, self.cast.figures[actor], page.mention_over(start, end), certainty=0.9)

    # People ---------------------------------------------------------------------------------------------------------

    def _full_names(self, page: Page) -> None:
        for start, end, entity in person_spans(page):
            words = folded_words(page.doc, start, end)
            if is_surname(words) or start in page.taken:
                continue
            phrase = office_beside(page, start, end)
            self.people.place = self._place(page, start)
            introduced = partial(page.said.of, start, end, person=True)
            figure = self.people.full_name(words, page.doc[start:end].text, phrase, introduced)
            page.taken.update(range(start, end))
            if figure is None:
                self.unknown.append((page, start, end, entity))
            self._add_person(page, start, end, entity, figure, phrase)

    def _named_elsewhere(self) -> None:
        """Full names that only a later sentence introduces: a headline's, most of all."""
        for page, start, end, entity in self.unknown:
            figure = self.people.named.get(folded_words(page.doc, start, end))
            if figure is not None:
                self._add(page, start, end, figure, entity)

    def _described(self, page: Page) -> None:
        """ "The poet": whoever was introduced as one."""
        covered = {i for found in self.here[page.passage.index] for i in range(found.start, found.end)}
        for token in page.doc:
            figure = self.people.described.get(token.lower_)
            if figure is not None and token.i not in covered and token.i > 0 and token.tag_ == "NN":
                before = page.doc[token.i - 1]
                if before.lower_ == "the" or (before.tag_ == "JJ" and token.i > 1 and before.nbor(-1).lower_ == "the"):
                    self._add(page, token.i, token.i + 1, figure, None, certainty=0.7)

    def _agencies(self, page: Page) -> None:
        """News agencies in the dateline: who reports is an actor, though the place is none."""
        for name in page.all_names:
            body = name.ref("body")
            row = self.knowledge.bodies.get(body or "")
            if name.end <= page.passage.dateline and row is not None and row.sector == "MED":
                near = self.reading.mentions_in(page.passage.index)
                over = next((m for m in near if m.start < name.end and name.start < m.end), None)
                self._add(page, name.start, name.end, self.cast.body(row.id), over)

    def _place(self, page: Page, token: int) -> int:
        return page.passage.index * _PASSAGE + token

    def _surnames(self, page: Page) -> None:
        for start, end, entity in person_spans(page):
            words = folded_words(page.doc, start, end)
            if not is_surname(words) or start in page.taken:
                continue
            phrase = office_beside(page, start, end)
            self.people.place = self._place(page, start)
            single = (
                self.people.full_name(words, page.doc[start:end].text, phrase)
                if len(words) == 1 and words[0] not in self.people.surnames
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
        self.people.place = self._place(page, token.i)
        figure = self.people.bearer(" ".join(words))
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
        elif figure.country is not None:
            self.context.note_person(figure.country)
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
            return self._of_body(kind, phrase.body) if phrase.body is not None else None
        if kind in {"official", "diplomat"}:
            return self.cast.agent("GOV", phrase.country)
        if not phrase.former and "deputy" not in phrase.words.lower():
            known = self.people.last_by_office.get(kind) or self.people.leader_of(kind, phrase.country)
            if known is not None and known.country == phrase.country:
                return known
            holders = self._holders(phrase.country, kind)
            if len(holders) == 1 or (holders and kind in _SINGLE):
                return self.cast.person(holders[0])
        if phrase.title.sector in {"CVL", "EDU", "MED", "BUS", "REL"}:
            return self.cast.agent(phrase.title.sector, phrase.country)
        sector = "ELI" if phrase.former else phrase.title.sector
        return self.cast.office(phrase.country, phrase.words, sector)

    def _holders(self, country: str, kind: str) -> list[Person]:
        """Who holds the office today, newest first; who leads a state does so by its own office, not as a society's president."""
        if kind not in LEADERS:
            return self.knowledge.holders(country, kind, self.cast.day)
        kinds = sorted(LEADERS) if kind == "leader" else [kind]
        held = [person for each in kinds for person in self.knowledge.holders(country, each, self.cast.day)]
        leading = {person.id: person for person in held if person.office_on(self.cast.day)[0].office in LEADERS}
        if kind == "leader":
            ruling = [
                p for p in leading.values() if p.office_on(self.cast.day)[0].office in {"leader", "head_of_state"}
            ]
            return ruling if country in _PARTY_STATES else list(leading.values())
        return list(leading.values())

    def _of_body(self, kind: str, body: str) -> Figure:
        """ "The NATO secretary general": whom the article has called so, else the body for which he speaks."""
        figure, called = self.cast.body(body), self.people.last_by_office.get(kind)
        return called if called is not None and figure.kind == "igo" and called.sector == "IGO" else figure

    def _agents(self, page: Page) -> None:
        taken = page.taken.union(ship.noun for ship in page.ships if ship.noun is not None)
        for phrase in page.agents:
            if phrase.head in taken or any(
                office.start <= phrase.head < office.end and office.start in page.used_offices
                for office in page.offices
            ):
                continue
            figure = self._agent(page, phrase)
            if figure is None:
                continue
            if phrase.owner is None:
                over = page.mention_over(phrase.head, phrase.head + 1)
                if over is not None and over.label == "ORG" and over.end - over.start > phrase.end - phrase.start:
                    continue
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

    def _agent(self, page: Page, phrase: AgentPhrase) -> Figure | None:
        if phrase.person is not None:
            person = self.knowledge.people[phrase.person]
            office, standing = person.office_on(self.cast.day)
            if office.country is None or standing is Tenure.FUTURE or phrase.sector not in {"GOV", "MIL"}:
                return None
            return self.cast.agent(phrase.sector, office.country)
        if phrase.body is not None and not phrase.body.startswith("gov:"):
            return self.cast.body(phrase.body)
        country = phrase.country if phrase.owner is not None else self._whose(page, phrase)
        return self.cast.agent(phrase.sector, country) if country is not None else None

    def _whose(self, page: Page, phrase: AgentPhrase) -> str | None:
        """Whose "the Navy", "the police", "the government" are: the article's, else those of the one country named just before."""
        word = page.doc[phrase.head]
        noun = word.lower_
        if phrase.start > 0 and page.doc[phrase.start - 1].lower_ in {"his", "her"}:
            return self._country_of_last_person(page, phrase.start)
        if phrase.sector == "MIL" and word.text[:1].isupper():
            return self.context.force(noun)
        country = self.context.local(noun) if phrase.sector in {"COP", "JUD"} else self.context.organ(noun)
        return country or self._only_country_before(page, phrase.start)

    def _country_of_last_person(self, page: Page, token: int) -> str | None:
        """Whose "his ministry" is: the person named last in the passage."""
        before = [
            found
            for found in self.here[page.passage.index]
            if found.end <= token and self.cast.figures[found.actor].kind == "person"
        ]
        return self.cast.figures[max(before, key=lambda found: found.end).actor].country if before else None

    def _only_country_before(self, page: Page, token: int) -> str | None:
        """The one country that the passage names before the token, or else the passage before it."""
        previous = self.pages[page.passage.index - 1] if page.passage.index > 0 else None
        for names in ([n for n in page.names if n.end <= token], previous.names if previous is not None else []):
            here = page if names and names[0] in page.names else previous
            countries = {
                country
                for name in names
                if here is not None
                and name.ref("country", "adjective") is not None
                and (country := self.context.country(folded_words(here.doc, name.start, name.end), name)) is not None
            }
            if countries:
                return countries.pop() if len(countries) == 1 else None
        return None

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
        if name.senses[0].kind == "body" and over.start < name.start and self._is_named_apart(page, over.start, name):
            return True
        return unknown_body(page.doc, over, page.names, self.knowledge, self.context) is not None

    def _is_named_apart(self, page: Page, start: int, name: Name) -> bool:
        """Whether the words before a body's name make it another's: "Social Democratic Party", not "US Federal Reserve"."""
        row = self.knowledge.bodies.get(name.senses[0].ref)
        own = {None} if row is None or isinstance(row, Igo) else {row.country}
        lead = [other for other in page.names if start <= other.start and other.end <= name.start]
        words = sum(other.end - other.start for other in lead) + sum(
            is_possessive(t) for t in page.doc[start : name.start]
        )
        if words < name.start - start:
            return True
        return any(other.ref("country", "adjective") not in own for other in lead)

    def _named(self, page: Page, name: Name, over: Mention | None) -> Figure | None:
        words = folded_words(page.doc, name.start, name.end)
        kind, ref = name.senses[0]
        if kind == "person":
            return None
        if name.ref("country", "adjective", "people") is not None:
            country = self.context.country(words, name)
            if country is None or "$" in page.doc[name.end - 1].text or _is_language(page, name):
                return None
            if _is_paper(page, name):
                return self.cast.unknown_body(page.doc[name.start - 1 : name.end].text, country, "MED")
            last = page.doc[name.end - 1]
            crowd = name.ref("people") is not None and last.tag_ in {"NNS", "NNPS"} and name.ref("country") is None
            if crowd and name.ref("adjective") is None:
                return self.cast.agent("CVL", country)
            return self.cast.country(country)
        if kind == "capital":
            if name.start == 0 and name.end < len(page.doc) and page.doc[name.end].text == ":":
                return None  # "NEW DELHI: Prices rose"
            in_dateline = name.start < page.passage.dateline
            return self.cast.agent("GOV", ref) if not in_dateline and acts(page.doc[name.start : name.end]) else None
        if kind == "body" and not (ref == "igo:west" and _describes_name(page, name)):
            return self._body(page, name, ref, over)
        return None

    def _is_chance(self, page: Page, name: Name, ref: str) -> bool:
        """Whether a single word means something else: a force's abbreviation far from its country, "the Amazon"."""
        row = self.knowledge.bodies.get(ref)
        if row is None or isinstance(row, Igo) or name.end - name.start > 1:
            return False
        if isinstance(row, Force) and page.doc[name.start].is_upper:
            return self.context.countries[row.country] == 0
        river = name.start > 0 and page.doc[name.start - 1].text == "the" and not _describes(page, name)
        return row.sector == "BUS" and river

    def _body(self, page: Page, name: Name, ref: str, over: Mention | None) -> Figure | None:
        if needs_a_label(page.doc, name, ref, self.knowledge) and (over is None or over.label != "ORG"):
            return None
        words = folded_words(page.doc, name.start, name.end)
        country, another = self.context.country_of(ref, words)
        if another and country is not None:
            sector = kind_sector(words) or self.knowledge.bodies[ref].sector
            text = page.doc[name.start : name.end].text
            return self.cast.unknown_body(text, country, "GOV" if sector == "IGO" else sector)
        if self._is_chance(page, name, ref):
            return None
        figure = self.cast.body(ref) if over is not None or not is_common(page.doc, name) else None
        span = page.doc[name.start : name.end]
        place = (over is not None and over.label in _PLACE_LABELS) or span.text == "Europe"
        return None if place and not acts(span) else figure

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
        entity_id = entity.id if entity is not None else None
        mention = ActorMention(page.passage.index, start, end, head, figure.id, entity_id, certainty)
        self.found.append(mention)
        self.here[page.passage.index].append(mention)

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


def _is_language(page: Page, name: Name) -> bool:
    """Whether an adjective alone is a language: "in English", "speaks Russian"."""
    if name.start == 0 or name.ref("country", "people") is not None or _describes(page, name):
        return False
    if page.doc[name.start].text == "English" and page.doc[name.start - 1].pos_ == "PROPN":
        return True  # a channel's edition
    return page.doc[name.start - 1].lemma_.lower() in {"in", "into", "to", "speak", "learn", "teach", "of"}


def _is_paper(page: Page, name: Name) -> bool:
    """Whether an adjective is a newspaper's name: "told The Namibian" within a sentence."""
    if name.start < 2 or page.doc[name.start - 1].text != "The" or name.ref("adjective") is None:
        return False
    before = page.doc[name.start - 2]
    return not before.is_punct and not page.doc[name.start - 1].is_sent_start and not _describes(page, name)


def _describes_name(page: Page, name: Name) -> bool:
    """Whether the word is the beginning of a place's name: "West Sumatra"."""
    after = page.doc[name.end] if name.end < len(page.doc) else None
    return after is not None and after.pos_ == "PROPN" and not is_possessive(after)


def _describes(page: Page, name: Name) -> bool:
    """Whether a noun or adjective follows for which the name stands."""
    return name.end < len(page.doc) and page.doc[name.end].tag_ in {
        "NN",
        "NNS",
        "NNP",
        "NNPS",
        "JJ",
        "HYPH",
        "CD",
        "VBN",
    }
