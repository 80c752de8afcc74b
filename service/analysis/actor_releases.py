"""Companies that speak in press releases: "OSLO, Norway, March 3 (GLOBE NEWSWIRE) -- Zed Holdings ASA" is at home where it files."""

import re
from typing import Final

from spacy.tokens import Doc

from service.analysis.actor_names import Context, folded_words
from service.analysis.actor_page import Page
from service.knowledge import Knowledge

_WIRES: Final = re.compile(
    r"\b(?:GLOBE ?NEWSWIRE|PR ?Newswire|BUSINESS ?WIRE|ACCESS ?(?:NEWS)?WIRE|EQS|Newsfile|CNW)\b", re.IGNORECASE
)
_WIRE_WITHIN: Final = 120  # characters from the beginning of a release
_NEAR: Final = 8  # tokens after the wire's name
_STATES: Final = frozenset(
    """Ala Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan Ky La Md Mass Mich Minn Miss Mo Mont Neb Nev Okla Ore Pa Tenn Tex Va Vt
    Wash Wis Wyo""".split()  # noqa: SIM905
)
"""States of the USA as datelines shorten them (Associated Press style)."""


def released_by(page: Page, knowledge: Knowledge, context: Context) -> tuple[int, int, str] | None:
    """The tokens of the name that a press release begins with, and the country of the place where it was filed."""
    doc = page.doc
    wire = _WIRES.search(doc.text, 0, _WIRE_WITHIN)
    if wire is None:
        return None
    dates = {i for m in page.mentions if m.label == "DATE" for i in range(m.start, m.end)}
    begin = next((t.i for t in doc if t.idx >= wire.end() and t.text[:1].isalnum()), len(doc))
    near = doc[begin : begin + _NEAR]
    start = next((t.i for t in near if t.pos_ == "PROPN" and t.i not in dates), len(doc))
    end = start
    while end < len(doc) and (doc[end].pos_ == "PROPN" or (end > start and doc[end].text in {"&", "of", "and"})):
        end += 1
    country = _filed_in(doc, start, page, knowledge, context)
    return (start, end, country) if end > start and country is not None else None


def _filed_in(doc: Doc, until: int, page: Page, knowledge: Knowledge, context: Context) -> str | None:
    """The last country, state or region of the dateline, else its city."""
    found: str | None = None
    for token in doc[:until]:
        if token.text.rstrip(".") in _STATES:
            found = "USA"
    for name in page.all_names:
        if name.end <= until:
            region = name.ref("region")
            country = context.country(folded_words(doc, name.start, name.end), name)
            if country is None and region is not None:
                country = knowledge.regions[region].country
            found = found or country
    if found is not None:
        return context.state(found)
    city = knowledge.gazetteer.find(doc.text.split(",")[0])
    return context.state(city.country) if city is not None else None
