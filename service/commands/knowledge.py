"""``harbinger knowledge check`` and ``lookup``: is a set of knowledge and lexicon sound, and what does a name mean in it, and why."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from service.analysis.actor_cast import Cast
from service.commands.overrides import overrides_of
from service.errors import HarbingerError
from service.knowledge import Knowledge
from service.knowledge.errors import LexiconError
from service.knowledge.loading import KEYS
from service.knowledge.names import Sense, fold
from service.knowledge.overrides import Overrides, read_overrides
from service.knowledge.people import Person, Tenure, tenure
from service.knowledge.records import Force, Group, Igo, Office, Organisation
from service.knowledge.tables import Place, read_laid_table
from service.paths import config_dir
from service.settings import Settings

if TYPE_CHECKING:
    from service.analysis.pipeline import Analysis

_TENURES: Final = {Tenure.CURRENT: "held", Tenure.FORMER: "held before", Tenure.FUTURE: "held later"}
_BODIES: Final = {
    Organisation: ("organisation", "organisations.csv"),
    Igo: ("international body", "igos.csv"),
    Group: ("armed group", "groups.csv"),
    Force: ("force", "forces.csv"),
}


def check(settings: Settings, folder: Path | None = None) -> int:
    """Check the packaged set with the overrides of ``folder``, else with those of the settings: every row, every rule, and
    every rule's own sentences.

    Prints what it comes to and returns 0; 1 when sentences of rules are not read as they should be, each of which is a line.

    Raises:
        SetError: the set cannot be loaded; names file, place and reason.
    """
    from service.analysis.pipeline import Analysis

    overrides = read_overrides(folder, folder) if folder is not None else overrides_of(settings)
    analysis = Analysis.load(config_dir(), overrides)
    faults = list(_faults(analysis))
    for fault in faults:
        print(fault)
    if faults:
        return 1
    for file in [*overrides.knowledge.values(), *overrides.lexicon.values()]:
        print(f"{file.path}: laid over the packaged set")
    print(f"{len(analysis.lexicon.rules)} rules fire on their example and not on their counter-example.")
    print(f"The set can be used. Its version is {analysis.knowledge_digest}")
    return 0


def _faults(analysis: "Analysis") -> Iterator[LexiconError]:
    """Every rule that does not do what its sentences say."""
    from service.analysis.proofs import prove

    for rule in analysis.lexicon.rules:
        try:
            prove(analysis, [rule])
        except LexiconError as error:
            yield error


def lookup(settings: Settings, name: str, day: str) -> int:
    """Print what a name means on a day (YYYY-MM-DD), the likeliest first, and what says so; 1 when it is not known.

    Raises:
        SetError: the set cannot be loaded; names file, place and reason.
        HarbingerError: the name has neither a letter nor a digit.
    """
    if not fold(name):
        raise HarbingerError(f"lookup: {name!r} is no name: it has neither a letter nor a digit")
    overrides = overrides_of(settings)
    knowledge = Knowledge.load(config_dir() / "knowledge", overrides.knowledge)
    lines = list(Lookup(knowledge, overrides, day).lines(name))
    print(f"{name} on {day}" if lines else f"{name}: not known")
    for line in lines:
        print(line)
    return 0 if lines else 1


class Lookup:
    """What names mean on one day."""

    def __init__(self, knowledge: Knowledge, overrides: Overrides, day: str) -> None:
        self._knowledge = knowledge
        self._overrides = overrides
        self._day = day

    def lines(self, name: str) -> Iterator[str]:
        """One line a meaning, and below a person one for each office."""
        words = fold(name)
        senses = self._knowledge.senses_on(self._knowledge.names.exact(words), self._day)
        for sense in senses:
            if sense.kind != "person":
                yield from self._sense(sense)
        if (other := self._knowledge.ambiguous.get(words)) is not None:
            against = f"{', '.join(other.speaks_against)} speak against it"
            yield f"  but the name has other meanings: {', '.join(other.speaks_for)} speak for {other.country}, {against} [ambiguous.csv]"
        named = {sense.ref for sense in senses if sense.kind == "person"}
        for person in self._knowledge.people_called(words, self._day):
            yield from self._person(person, "by name" if person.id in named else "by family name")
        for at in range(1, len(words)):
            yield from self._office(words[:at], words[at:])
        for sense in self._knowledge.titles.exact(words):
            title = self._knowledge.title_rows[sense.ref]
            yield f"  title {title.title}: sector {title.sector or 'by its holder'}, office {title.office} [titles.csv]"
        place = self._knowledge.gazetteer.find(name)
        if place is not None:
            yield f"  place {place.name}: {place.country or 'no country'}, population {place.population:,} [GeoNames or regions.csv]"

    def _sense(self, sense: Sense) -> Iterator[str]:
        knowledge = self._knowledge
        if sense.kind == "body":
            body = knowledge.bodies[sense.ref]
            kind, file = _BODIES[type(body)]
            code = body.code if isinstance(body, Igo) else body.country or "no country"
            yield f"  {kind} {body.name} ({body.id}): {code}, sector {body.sector} [{file}]"
        elif sense.kind == "region":
            region = knowledge.regions[sense.ref]
            claimed = f", claimed by {' and '.join(region.claimants)}" if region.claimants else ""
            yield f"  region {region.name}: {region.country or 'no country'}{claimed} [regions.csv]"
        else:
            country = knowledge.countries[sense.ref]
            yield f"  {sense.kind} of {country.name}: {country.iso3} [countries.csv]"

    def _person(self, person: Person, found: str) -> Iterator[str]:
        figure = Cast(self._knowledge, self._day).person(person)
        yield f"  person {person.name} ({person.id}), {found}: {figure.country or 'no country'}, sector {figure.sector or 'none yet'}"
        best, _ = person.office_on(self._day)
        rows = self._office_rows(person.id)
        for place, office in sorted(rows, key=lambda row: (row[1] != best, row[1].since or "")):
            yield f"    {self._described(office)} [{_cited(place, office)}]"

    def _described(self, office: Office) -> str:
        term = f"{office.since or '...'} to {office.until or 'now'}"
        kind = f" ({office.office})" if office.office else ""
        where = office.country or office.organisation or "no country"
        return f"{_TENURES[tenure(office, self._day)]}: {office.title}{kind}, {where}, sector {office.sector}, {term}"

    def _office_rows(self, person_id: str) -> list[tuple[Place, Office]]:
        path = config_dir() / "knowledge" / "offices.csv"
        override = self._overrides.knowledge.get(path.name)
        rows = read_laid_table(path, override, Office, KEYS[path.name])
        return [(place, office) for place, office in rows if office.person == person_id]

    def _office(self, who: tuple[str, ...], what: tuple[str, ...]) -> Iterator[str]:
        """ "German foreign minister": a country's name or adjective, and a title."""
        for sense in self._knowledge.senses_on(self._knowledge.names.exact(who), self._day):
            for title in self._knowledge.titles.exact(what) if sense.kind in {"country", "adjective"} else ():
                office = self._knowledge.title_rows[title.ref].office
                for person in self._knowledge.holders(sense.ref, office, self._day):
                    yield from self._person(person, f"as {office} of {sense.ref}")


def _cited(place: Place, office: Office) -> str:
    return f"{place.file.name}:{place.line}, {office.source}" if office.source else f"{place.file.name}:{place.line}"
