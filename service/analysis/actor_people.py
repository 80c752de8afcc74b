"""Who a person's name means: by name, date, title and the countries of the article; later by the surname alone.

A name that fits nobody well stays unknown, and so does a private person who bears an office holder's name; but an unknown
person with a title and a country ("Belgian Defence Minister Jane Doe") is an actor of that country and sector.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Final

from service.analysis.actor_cast import Cast, Figure
from service.analysis.actor_introductions import Introduction
from service.analysis.actor_names import Context
from service.analysis.actor_offices import OfficePhrase
from service.analysis.actor_spellings import given_names_agree, spellings
from service.analysis.actor_titles import Titles
from service.knowledge import Knowledge
from service.knowledge.knowledge import office_kinds
from service.knowledge.names import fold
from service.knowledge.people import LEADERS, Person, Tenure, rank
from service.knowledge.records import Igo

HONORIFICS: Final = frozenset({"mr", "mrs", "ms", "miss", "dr", "sir", "dame", "lord", "lady", "madam", "mx", "hon"})
_PRIVATE: Final = frozenset({"EDU", "MED", "CVL", "BUS", "REL", "COP"})
_DOMESTIC: Final = frozenset({"GOV", "MIL", "COP", "JUD", "LEG"})
"""A judge, a mayor or a police chief without a country is of the country where the news happens."""

_SUFFIXES: Final = frozenset({"jr", "sr", "ii", "iii", "iv"})
_FAMILY_FIRST: Final = frozenset({"CHN", "TWN", "HKG", "KOR", "PRK", "VNM", "KHM", "JPN"})

_ACCEPT: Final = 3.0
"""The score from which a candidate is taken: an office held today is enough, a past one needs a leader's fame or the country."""

_FULL_NAME: Final = 1.0
"""What given name and surname add: "James Mattis" is the former minister, though the article names no country."""

_SAME_SURNAME: Final = 0.75
"""Ratio of SequenceMatcher from which two surnames are spellings of one, when title and country agree."""

_FAMOUS: Final = 4
"""Rank of an office from which its holder is known for life: leaders of states and those next to them."""

_RECENT_YEARS: Final = 12
_FAME_YEARS: Final = 25


@dataclass(slots=True)
class _Bearers:
    """Those of one surname whom the article names in full: how often, and where in order of reading."""

    figures: dict[str, Figure] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)
    places: list[int] = field(default_factory=list)
    order: list[str] = field(default_factory=list)

    def note(self, place: int, figure: Figure) -> None:
        self.figures[figure.id] = figure
        self.times[figure.id] += 1
        self.places.append(place)
        self.order.append(figure.id)

    def likeliest(self, place: int) -> Figure:
        """Who is named most often; of equals the last before ``place``."""
        last = self.order[max(bisect_right(self.places, place) - 1, 0)]
        return self.figures[max(self.figures, key=lambda each: (self.times[each], each == last))]


@dataclass(slots=True)
class People:
    """Resolves the persons of one article, in order of reading; remembers whom each surname means."""

    knowledge: Knowledge
    cast: Cast
    context: Context
    surnames: dict[str, Figure | None] = field(default_factory=dict)
    named: dict[tuple[str, ...], Figure] = field(default_factory=dict)
    bearers: defaultdict[str, _Bearers] = field(default_factory=lambda: defaultdict(_Bearers))
    given_names: dict[str, Figure | None] = field(default_factory=dict)
    titles: Titles = field(default_factory=Titles)
    full_named: set[str] = field(default_factory=set)
    described: dict[str, Figure] = field(default_factory=dict)
    place: int = 0
    """Where in the article the reader is: `Page.place`."""

    def full_name(
        self,
        words: tuple[str, ...],
        name: str,
        phrase: OfficePhrase | None,
        introduced: Callable[[], Introduction | None] = lambda: None,
    ) -> Figure | None:
        """The figure of a name of two words or more, or of one that means one person ("Modi" with a title, "Lula").

        ``introduced`` tells what the sentence says of who is not known by name and title."""
        candidates = [
            self.knowledge.people[sense.ref] for sense in self.knowledge.names.exact(words) if sense.kind == "person"
        ]
        if not candidates and words and words[-1] in _SUFFIXES:
            return self.full_name(words[:-1], name, phrase)
        figure = self._best(candidates, phrase, in_full=len(words) > 1)
        if figure is None and len(words) > 1 and (not candidates or phrase is not None):
            figure = self._by_title(words, phrase) or self._by_spelling(words) or self._stranger(name, phrase)
        if figure is None and len(words) > 1:
            figure = self.named.get(words) or self._by_spelling(words)
        if figure is None and len(words) == 2 and len(words[0]) == 1:
            known = self.bearer(words[1])
            figure = known if known is not None and fold(known.name)[0].startswith(words[0]) else None
        if figure is None and len(words) > 1 and (said := introduced()) is not None:
            figure = self._introduced(name, candidates, said)
            if figure is not None and said.noun is not None:
                self.described[said.noun] = figure
        if len(words) > 1:
            self._remember(words, figure)
        self.note_office(figure, phrase)
        return figure

    def surname(self, words: tuple[str, ...], name: str, phrase: OfficePhrase | None) -> Figure | None:
        """The figure of a surname: whoever in the article has it, else the holder of the title, else the one leader so named."""
        key = " ".join(words)
        if key in self.surnames:
            known = self.bearer(key)
            if known is not None or phrase is None:
                return known
        if key in self.given_names and phrase is None:
            return self.given_names[key]
        candidates = self._of_family(words) or [
            person for spelling in spellings(key) for person in self._of_family((spelling,))
        ]
        figure = self._best(candidates, phrase) if phrase is not None else self._prominent(candidates)
        if figure is None and phrase is not None and phrase.title.sector not in _PRIVATE:
            figure = self._stranger(name, phrase)
        if figure is not None:
            self.surnames[key] = figure
        self.note_office(figure, phrase)
        return figure

    def bearer(self, surname: str) -> Figure | None:
        """Whom a bare surname means among those whom the article names in full.

        Of several the one who leads a state today; else whoever is named in full most often, of equals the last before this place."""
        named = self.bearers.get(surname)
        if named is None or len(named.figures) < 2:
            return self.surnames.get(surname)
        leaders = [figure for figure in named.figures.values() if self._leads(figure)]
        return leaders[0] if len(leaders) == 1 else named.likeliest(self.place)

    def _leads(self, figure: Figure) -> bool:
        person = self.knowledge.people.get(figure.id)
        if person is None:
            return False
        office, standing = person.office_on(self.cast.day)
        return office.office in LEADERS and standing is Tenure.CURRENT

    def note_office(self, figure: Figure | None, phrase: OfficePhrase | None) -> None:
        """Remember who is called by a kind of office here, for "the prime minister" elsewhere."""
        if figure is None:
            return
        if phrase is not None:
            self.titles.note(phrase.title.office, figure, self.place)
        person = self.knowledge.people.get(figure.id)
        if person is not None:
            office, standing = person.office_on(self.cast.day)
            if standing is Tenure.CURRENT:
                for kind in office_kinds(office, self.knowledge.titles, self.knowledge.title_rows):
                    self.titles.note(kind, figure, self.place)

    def _remember(self, words: tuple[str, ...], figure: Figure | None) -> None:
        person = self.knowledge.people.get(figure.id) if figure is not None else None
        keys = {words[-1]}
        if len(words) > 2:
            keys.add(" ".join(words[1:]))
            keys.add(" ".join(words[-2:]))
        if person is not None:
            family = fold(person.family_name)
            keys.add(" ".join(family))
            if family[:1] in {("al",), ("el",)}:
                keys.add(" ".join(family[1:]))
            if words[: len(family)] == family or (figure is not None and figure.country in _FAMILY_FIRST):
                keys.add(words[0])
        self.full_named.update(keys)
        if figure is not None:
            self.named[words] = figure
        for key in keys:
            if figure is not None:
                self.bearers[key].note(self.place, figure)
            if figure is not None or self.surnames.get(key) is None:
                self.surnames[key] = figure
        self.given_names.setdefault(words[0], figure)

    def _of_family(self, words: tuple[str, ...]) -> list[Person]:
        return [self.knowledge.people[ref] for ref in self.knowledge.families.get(words, ())]

    def _best(
        self, candidates: Iterable[Person], phrase: OfficePhrase | None, *, in_full: bool = False
    ) -> Figure | None:
        """Whoever fits best, of equals who is in office, if well enough; a name given in full speaks for its bearer."""
        scored = sorted(
            (
                (self._score(person, phrase), self._in_office(person), len(person.offices), person.id, person)
                for person in candidates
            ),
            key=lambda entry: (-entry[0], not entry[1], -entry[2], entry[3]),
        )
        if not scored or scored[0][0] + (_FULL_NAME if in_full else 0.0) < _ACCEPT:
            return None
        return self.cast.person(scored[0][4])

    def _in_office(self, person: Person) -> bool:
        return person.office_on(self.cast.day)[1] is Tenure.CURRENT

    def _score(self, person: Person, phrase: OfficePhrase | None) -> float:
        office, standing = person.office_on(self.cast.day)
        score = self._standing(person, standing)
        countries = {held.country for held in person.offices}
        if office.country is not None and self.context.countries[office.country]:
            score += 1.0
        if phrase is None:
            return score
        titles = self.knowledge.titles, self.knowledge.title_rows
        kinds = {kind for held in person.offices for kind in office_kinds(held, *titles)}
        if phrase.title.office in kinds or (phrase.title.office in {"leader", "president", "king"} and kinds & LEADERS):
            score += 2.0
        elif phrase.title.sector in _PRIVATE:
            score -= 3.0
        if phrase.country is not None:
            known = phrase.country in countries or phrase.country in {self.context.state(held) for held in countries}
            score += 2.0 if known else -3.0
        return score

    def _standing(self, person: Person, standing: Tenure) -> float:
        if standing is Tenure.CURRENT:
            return 3.0
        fame = 1.0 if any(rank(held) >= _FAMOUS for held in person.offices) else 0.0
        if standing is Tenure.FUTURE:
            return 1.0
        ended = max(
            int((held.until or self.cast.day)[:4]) for held in person.offices if (held.since or "") <= self.cast.day
        )
        return (2.0 if int(self.cast.day[:4]) - ended <= _RECENT_YEARS else 1.0) + fame

    def holder(self, words: tuple[str, ...], phrase: OfficePhrase) -> Figure | None:
        """Whom a surname after a title means that the model took for no person; a stranger stays one."""
        return self._best(self._of_family(words), phrase)

    def leader(self, words: tuple[str, ...]) -> Figure | None:
        """Today's leader of a country of the article, of whom a bare surname speaks that the model took for no person."""
        leaders = [
            person
            for person in self._of_family(words)
            if person.office_on(self.cast.day)[0].office in LEADERS
            and person.office_on(self.cast.day)[1] is Tenure.CURRENT
            and self._is_present(person.office_on(self.cast.day)[0].country or "")
        ]
        return self.cast.person(leaders[0]) if len(leaders) == 1 else None

    def _prominent(self, candidates: list[Person]) -> Figure | None:
        """The one leader of today whom the bare surname must mean, or the one current holder of a country in the article."""
        current = [person for person in candidates if person.office_on(self.cast.day)[1] is Tenure.CURRENT]
        leaders = [person for person in current if person.office_on(self.cast.day)[0].office in LEADERS]
        if len(leaders) == 1:
            return self.cast.person(leaders[0])
        named = [
            person
            for person in candidates
            if (country := person.office_on(self.cast.day)[0].country)
            and self._is_present(country)
            and (person.leads or person.office_on(self.cast.day)[0].sector in {"GOV", "MIL"})
            and person.office_on(self.cast.day)[1] is not Tenure.FUTURE
        ]
        famous = [person for person in named if person.leads and not self._is_past(person)]
        chosen = famous or [person for person in named if person in current]
        return self.cast.person(chosen[0]) if len(chosen) == 1 else None

    def _is_present(self, country: str) -> bool:
        """Whether the article names the country or anybody of it."""
        return self.context.countries[country] > 0 or any(
            figure.country == country for figure in self.cast.figures.values()
        )

    def _is_past(self, person: Person) -> bool:
        """Whether the person left office so long ago that a bare surname means somebody else ("Ford", "Kennedy" today)."""
        office, standing = person.office_on(self.cast.day)
        ended = int((office.until or self.cast.day)[:4])
        return standing is Tenure.FORMER and int(self.cast.day[:4]) - ended > _FAME_YEARS

    def _by_title(self, words: tuple[str, ...], phrase: OfficePhrase | None) -> Figure | None:
        """The holder of title and country whose surname is only spelt another way ("Pieskov", "Zelenski")."""
        if phrase is None or phrase.country is None or phrase.former:
            return None
        for person in self.knowledge.holders(phrase.country, phrase.title.office, self.cast.day):
            family = "".join(fold(person.family_name)[-1:])
            if family[:1] == words[-1][:1] and SequenceMatcher(None, family, words[-1]).ratio() >= _SAME_SURNAME:
                return self.cast.person(person)
        return None

    def _by_spelling(self, words: tuple[str, ...]) -> Figure | None:
        """Whose name it is in another country's spelling ("Aleksiej Nawalny"): who is or was in office then."""
        found = {
            person.id: person
            for spelling in spellings(words[-1])
            for person in self._of_family((spelling,))
            if given_names_agree(words[0], fold(person.name)[0])
        }
        return self._best(found.values(), None)

    def _introduced(self, name: str, namesakes: list[Person], said: Introduction) -> Figure | None:
        """Who is known by what the sentence says: an office holder of that country and name, else a stranger."""
        if said.country is None and said.sector is None:
            return None
        if said.sector not in _PRIVATE:
            same = [person for person in namesakes if said.country in {held.country for held in person.offices}]
            if same:
                return self.cast.person(max(same, key=lambda person: (self._score(person, None), person.id)))
        return self.cast.stranger(name, said.country, said.sector, said.role, said.code)

    def _stranger(self, name: str, phrase: OfficePhrase | None) -> Figure | None:
        if phrase is None:
            return None
        country, sector, code = phrase.country, phrase.title.sector, None
        if phrase.body is not None:
            row = self.knowledge.bodies[phrase.body]
            if isinstance(row, Igo):
                country, sector, code = None, row.sector, row.code
            else:
                country = row.country
                sector = row.sector if phrase.title.sector in {None, "GOV", "BUS"} else phrase.title.sector
        if country is None and sector in _DOMESTIC and phrase.title.office not in LEADERS:
            country = self.context.local(fold(phrase.words)[-1])
        if country is None and sector != "IGO":
            return None
        if phrase.former and sector is not None and sector not in _PRIVATE:
            sector = "ELI"
        return self.cast.stranger(name, country, sector, phrase.words, code)
