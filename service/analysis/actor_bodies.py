"""Organisations that no file names, known by the words of their own name: "Munich Regional Court", "Kenya Red Cross Society"."""

from typing import Final

from spacy.tokens import Doc

from service.analysis.actor_names import Context, Name, folded_words, is_possessive, name_ending_at, names_within
from service.analysis.actor_words import SECTOR_BY_WORD, kind_sector
from service.analysis.reading import Mention
from service.knowledge import Knowledge

_TRADES: Final = frozenset(
    """carrier maker retailer lender insurer operator developer startup supplier brewer chain drugmaker automaker carmaker chipmaker
    shipbuilder contractor refiner miner utility giant multinational brand exporter importer subsidiary firm company airline bank""".split()  # noqa: SIM905
)
"""What a company is called beside its name; "carrier" is a ship elsewhere."""

_STATE_SECTORS: Final = frozenset({"GOV", "MIL", "LEG", "JUD", "COP"})
_STATE_WORDS: Final = frozenset(
    {
        "mfa",
        "ministry",
        "parliament",
        "government",
        "police",
        "army",
        "navy",
        "cabinet",
        "department",
        "treasury",
        "senate",
    }
)
NAMED_SECTORS: Final = frozenset({"EDU", "MED", "BUS", "NGO", "PTY"})
"""Where a country has many, a name in capitals is that of one of them ("Kenyan Zebra University")."""

_HIGH_COURTS: Final = frozenset({"the", "supreme", "constitutional", "high", "federal", "court"})


def unknown_body(
    doc: Doc, mention: Mention, names: list[Name], knowledge: Knowledge, context: Context
) -> tuple[str, str] | None:
    """Country and sector of an organisation by its name's words; null when no word tells the one or the other.

    A ministry, a parliament or the police without a country are those of the country that the article is about."""
    words = folded_words(doc, mention.start, mention.end)
    sector = kind_sector(words)
    if sector is None:
        return None
    country = _country_within(doc, mention, names, knowledge, context)
    if country is None and sector in _STATE_SECTORS:
        country = _country_beside(doc, mention, names, context)
    high_court = words[-1:] == ("court",) and set(words) <= _HIGH_COURTS
    if country is None and (high_court or set(words) & _STATE_WORDS):
        country = context.force(words[-1]) if sector == "MIL" else context.organ(words[-1])
    if country is None and words[-1:] == ("party",):
        country = context.scene()
    return (country, sector) if country is not None else None


def _country_within(
    doc: Doc, mention: Mention, names: list[Name], knowledge: Knowledge, context: Context
) -> str | None:
    for name in names_within(names, mention.start, mention.end):
        country = context.country(folded_words(doc, name.start, name.end), name)
        if country is not None:
            return country
        region = name.ref("region")
        if region is not None and knowledge.regions[region].country is not None:
            return knowledge.regions[region].country
    for token in doc[mention.start : mention.end]:
        if token.text[:1].isupper() and len(token.text) > 3 and token.lower_ not in SECTOR_BY_WORD:
            place = knowledge.gazetteer.find(token.text)
            if place is not None and place.population >= 500_000:
                return place.country
    return None


def _country_beside(doc: Doc, mention: Mention, names: list[Name], context: Context) -> str | None:
    """The country whose name owns an organ of a state: "Peru's Ministry of Mines", "the Peruvian Ministry", "Ministry of Mines of Peru"."""
    start, end = mention.start, mention.end
    owner = name_ending_at(names, start - 1 if start > 0 and is_possessive(doc[start - 1]) else start)
    if owner is None and end + 1 < len(doc) and doc[end].lower_ == "of":
        at = end + 1 + (doc[end + 1].lower_ == "the")
        owner = next((name for name in names if name.start == at and name.ref("country") is not None), None)
        if owner is not None and owner.end < len(doc) and is_possessive(doc[owner.end]):
            return None
    return context.country(folded_words(doc, owner.start, owner.end), owner) if owner is not None else None


def role_sector(words: tuple[str, ...], knowledge: Knowledge, *, person: bool) -> str | None:
    """The sector of who is called so ("broadcaster"; "poet" has none): by the nouns of trades and agents, a person's titles first."""
    if not person and words and words[-1] in _TRADES:
        return "BUS"
    for sense in knowledge.titles.exact(words) if person else ():
        return knowledge.title_rows[sense.ref].sector
    return next((sense.ref for sense in knowledge.agents.exact(words)), None)


def needs_a_label(doc: Doc, name: Name, ref: str, knowledge: Knowledge) -> bool:
    """Whether the name of a company or paper ("Apple", "The Times") counts only where the model sees an organisation."""
    text = doc[name.start : name.end].text
    short = name.end - name.start == 1 or (text.startswith("The ") and name.end - name.start == 2)
    return short and not text.isupper() and knowledge.bodies[ref].sector in NAMED_SECTORS


def is_common(doc: Doc, name: Name) -> bool:
    """Whether a single word like "Apple" or "Labour" needs the model's word for it that it is a name."""
    text = doc[name.start : name.end].text
    return name.end - name.start == 1 and not text.isupper() and text.isalpha() and doc[name.start].pos_ != "PROPN"
