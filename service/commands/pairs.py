"""Country pairs as people write them on the command line."""

from collections.abc import Mapping
from functools import cache

from service.errors import HarbingerError
from service.knowledge.records import Country
from service.knowledge.tables import read_table
from service.monitor.rules import Pair
from service.paths import config_dir


class PairError(HarbingerError):
    """What should be a pair of countries is none."""

    exit_status = 2


@cache
def country_names() -> Mapping[str, str]:
    """The English names of all countries and territories by ISO 3166-1 alpha-3 code, dissolved ones among them."""
    return {row.iso3: row.name for _, row in read_table(config_dir() / "knowledge" / "countries.csv", Country)}


def parse_pair(text: str) -> Pair:
    """``USA-CUB`` as the sorted pair of codes; small letters will do.

    Raises:
        PairError: not two different countries that the knowledge has.
    """
    codes = sorted(text.strip().upper().split("-"))
    unknown = [code for code in codes if code not in country_names()]
    if len(codes) != 2 or codes[0] == codes[1]:
        raise PairError(f"{text!r} is no pair: two different countries are wanted, as in CUB-USA")
    if unknown:
        raise PairError(
            f"{text!r} is no pair of countries: {', '.join(unknown)}: no ISO 3166-1 alpha-3 code that is known"
        )
    return codes[0], codes[1]


def pair_code(pair: Pair) -> str:
    """``CUB-USA``, as the topics have it for their key."""
    return "-".join(pair)


def pair_title(pair: Pair) -> str:
    """``Cuba – United States``."""
    names = country_names()
    return " – ".join(names.get(code, code) for code in pair)
