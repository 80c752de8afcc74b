"""Countries, capitals and bodies by their own names: does the word stand for the state here, or for a place, a language, a paper?"""

from typing import Final

from service.analysis.actor_bodies import is_common, needs_a_label, unknown_body
from service.analysis.actor_cast import Figure
from service.analysis.actor_grammar import acts
from service.analysis.actor_names import Name, folded_words, is_possessive
from service.analysis.actor_page import Page
from service.analysis.actor_scene import Scene
from service.analysis.actor_words import kind_sector
from service.analysis.reading import Mention
from service.knowledge import Knowledge
from service.knowledge.records import Force, Igo

_PLACE_LABELS: Final = frozenset({"LOC", "FAC", "EVENT", "LAW", "WEAPON"})
_NAMELESS_LABELS: Final = frozenset({"ORG", "PERSON", "FAC", "EVENT", "LAW", "WEAPON"})


def names(page: Page, scene: Scene) -> None:
    """Add the names of a page that no longer name and no other actor has the words of."""
    for name in page.names:
        if any(token in page.taken for token in range(name.start, name.end)):
            continue
        over = page.mention_over(name.start, name.end)
        if over is not None and over.label in _NAMELESS_LABELS and _hidden(page, name, over, scene):
            continue
        figure = _named(page, name, over, scene)
        if figure is not None:
            scene.add(page, name.start, name.end, figure, over)


def _hidden(page: Page, name: Name, over: Mention, scene: Scene) -> bool:
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
    if (
        name.senses[0].kind == "body"
        and over.start < name.start
        and _is_named_apart(page, over.start, name, scene.knowledge)
    ):
        return True
    return unknown_body(page.doc, over, page.names, scene.knowledge, scene.context) is not None


def _is_named_apart(page: Page, start: int, name: Name, knowledge: Knowledge) -> bool:
    """Whether the words before a body's name make it another's: "Social Democratic Party", not "US Federal Reserve"."""
    row = knowledge.bodies.get(name.senses[0].ref)
    own = {None} if row is None or isinstance(row, Igo) else {row.country}
    lead = [other for other in page.names if start <= other.start and other.end <= name.start]
    words = sum(other.end - other.start for other in lead) + sum(is_possessive(t) for t in page.doc[start : name.start])
    if words < name.start - start:
        return True
    return any(other.ref("country", "adjective") not in own for other in lead)


def _named(page: Page, name: Name, over: Mention | None, scene: Scene) -> Figure | None:
    words = folded_words(page.doc, name.start, name.end)
    kind, ref = name.senses[0]
    if kind == "person":
        return None
    if name.ref("country", "adjective", "people") is not None:
        country = scene.context.country(words, name)
        if country is None or "$" in page.doc[name.end - 1].text or _is_language(page, name):
            return None
        if _is_paper(page, name):
            return scene.cast.unknown_body(page.doc[name.start - 1 : name.end].text, country, "MED")
        last = page.doc[name.end - 1]
        crowd = name.ref("people") is not None and last.tag_ in {"NNS", "NNPS"} and name.ref("country") is None
        if crowd and name.ref("adjective") is None:
            return scene.cast.agent("CVL", country)
        return scene.cast.country(country)
    if kind == "capital":
        if name.start == 0 and name.end < len(page.doc) and page.doc[name.end].text == ":":
            return None  # "NEW DELHI: Prices rose"
        in_dateline = name.start < page.passage.dateline
        return scene.cast.agent("GOV", ref) if not in_dateline and acts(page.doc[name.start : name.end]) else None
    if kind == "body" and not (ref == "igo:west" and _describes_name(page, name)):
        return _body(page, name, ref, over, scene)
    return None


def _is_chance(page: Page, name: Name, ref: str, scene: Scene) -> bool:
    """Whether a single word means something else: a force's abbreviation far from its country, "the Amazon"."""
    row = scene.knowledge.bodies.get(ref)
    if row is None or isinstance(row, Igo) or name.end - name.start > 1:
        return False
    if isinstance(row, Force) and page.doc[name.start].is_upper:
        return scene.context.countries[row.country] == 0
    river = name.start > 0 and page.doc[name.start - 1].text == "the" and not _describes(page, name)
    return row.sector == "BUS" and river


def _body(page: Page, name: Name, ref: str, over: Mention | None, scene: Scene) -> Figure | None:
    if needs_a_label(page.doc, name, ref, scene.knowledge) and (over is None or over.label != "ORG"):
        return None
    words = folded_words(page.doc, name.start, name.end)
    country, another = scene.context.country_of(ref, words)
    if another and country is not None:
        sector = kind_sector(words) or scene.knowledge.bodies[ref].sector
        text = page.doc[name.start : name.end].text
        return scene.cast.unknown_body(text, country, "GOV" if sector == "IGO" else sector)
    if _is_chance(page, name, ref, scene):
        return None
    figure = scene.cast.body(ref) if over is not None or not is_common(page.doc, name) else None
    span = page.doc[name.start : name.end]
    place = (over is not None and over.label in _PLACE_LABELS) or span.text == "Europe"
    return None if place and not acts(span) else figure


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
