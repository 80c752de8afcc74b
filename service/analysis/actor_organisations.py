"""Organisations that no file names, and what stands for one later on: its abbreviation, its short name, "the airline"."""

from collections.abc import Callable, Iterable
from typing import Final

from spacy.tokens import Token

from service.analysis.actor_bodies import unknown_body
from service.analysis.actor_introductions import Introduction
from service.analysis.actor_page import Page
from service.analysis.actor_releases import released_by
from service.analysis.actor_scene import Scene
from service.analysis.actor_short_names import ShortNames
from service.analysis.reading import Mention

_DESCRIBED: Final = {
    "BUS": "company firm airline carrier bank retailer manufacturer automaker carmaker drugmaker chipmaker conglomerate",
    "MED": "broadcaster newspaper outlet channel tabloid",
    "EDU": "university college thinktank",
    "NGO": "charity organisation organization nonprofit",
    "LAB": "union",
    "PTY": "party",
    "IGO": "bloc alliance",
}  # fmt: skip
"""What "the company" and the like can mean: an organisation of the sector that was named shortly before."""

_SECTOR_BY_NOUN: Final = {noun: sector for sector, nouns in _DESCRIBED.items() for noun in nouns.split()}
_NEAR: Final = 2
"""Passages back in which a description looks for its organisation."""


class Organisations:
    """Resolves the organisations of one article beyond those that the knowledge set names."""

    def __init__(self, scene: Scene) -> None:
        """Add to the mentions of ``scene``."""
        self._scene = scene
        self._knowledge = scene.knowledge
        self._cast = scene.cast
        self._context = scene.context
        self._abbreviations: dict[str, str] = {}
        self._short = ShortNames(scene.knowledge)

    def agencies(self, page: Page) -> None:
        """News agencies in the dateline: who reports is an actor, though the place is none."""
        for name in page.all_names:
            body = name.ref("body")
            row = self._knowledge.bodies.get(body or "")
            if name.end <= page.passage.dateline and row is not None and row.sector == "MED":
                near = self._scene.reading.mentions_in(page.passage.index)
                over = next((m for m in near if m.start < name.end and name.start < m.end), None)
                self._scene.add(page, name.start, name.end, self._cast.body(row.id), over)

    def release(self, pages: Iterable[Page]) -> None:
        """The company of a press release: it speaks in the first passage of the body."""
        first = next((page for page in pages if page.passage.field == "body"), None)
        if first is None or (released := released_by(first, self._knowledge, self._context)) is None:
            return
        start, end, country = released
        if first.taken.isdisjoint(range(start, end)):
            first.taken.update(range(start, end))
            figure = self._cast.unknown_body(first.doc[start:end].text, country, "BUS")
            self._scene.add(first, start, end, figure, first.mention_over(start, end), 0.8)

    def unknown(self, page: Page, introduced: Callable[[int, int], Introduction | None]) -> None:
        """Organisations by the words of their name, or by what the sentence says of them."""
        for mention in page.mentions:
            if mention.label != "ORG" or self._covering(page, mention):
                continue
            known = unknown_body(page.doc, mention, page.names, self._knowledge, self._context)
            if known is None and (said := introduced(mention.start, mention.end)) is not None and said.country:
                known = said.country, said.sector or ""
            if known is not None:
                self._add_unknown(page, mention, known[0], known[1] or None)

    def _add_unknown(self, page: Page, mention: Mention, country: str, sector: str | None) -> None:
        text = page.doc[mention.start : mention.end].text
        self._scene.add(page, mention.start, mention.end, self._cast.unknown_body(text, country, sector), mention, 0.8)

    def _covering(self, page: Page, mention: Mention) -> bool:
        return any(
            found.start <= mention.start and mention.end <= found.end
            for found in self._scene.found_in(page.passage.index)
        )

    def abbreviations(self, page: Page) -> None:
        """An abbreviation in brackets after an actor stands for it from there on: "the Office for Budget (OFB)"."""
        here = self._scene.found_in(page.passage.index)
        ends = {mention.end: mention.actor for mention in here}
        covered = {i for mention in here for i in range(mention.start, mention.end)}
        for token in page.doc:
            if token.i in covered or not (token.is_upper and token.is_alpha and 2 <= len(token.text) <= 8):
                continue
            before, after = page.doc[max(token.i - 1, 0)], page.doc[min(token.i + 1, len(page.doc) - 1)]
            actor = ends.get(token.i - 1)
            if before.text == "(" and after.text == ")" and actor is not None and not actor.startswith("per:"):
                self._abbreviations.setdefault(token.text, actor)
            meant = self._abbreviations.get(token.text)
            if meant is not None:
                over = page.mention_over(token.i, token.i + 1)
                self._scene.add(page, token.i, token.i + 1, self._cast.figures[meant], over, 0.9)

    def short_names(self, pages: Iterable[Page]) -> None:
        """What the article calls its organisations for short, once all of them are known."""
        by_passage = {page.passage.index: page for page in pages}
        for index, page in by_passage.items():
            for known in sorted(self._scene.found_in(index), key=lambda found: found.start):
                self._short.note(page.doc, known, self._cast.figures[known.actor])
        for page in by_passage.values():
            covered = self._scene.covered(page)
            for mention in page.mentions:
                meant = self._short.meant(page.doc, mention.start, mention.end)
                tokens = range(mention.start, mention.end)
                if mention.label not in {"DATE", "GPE", "NORP"} and meant is not None and covered.isdisjoint(tokens):
                    covered.update(tokens)
                    self._scene.add(page, mention.start, mention.end, self._cast.figures[meant], mention, 0.9)
            for token, meant in list(self._short.unlabelled(page.doc, covered)):
                over = page.mention_over(token, token + 1)
                if over is None or over.end - over.start == 1:
                    self._scene.add(page, token, token + 1, self._cast.figures[meant], over, 0.8)

    def descriptions(self, page: Page) -> None:
        """ "The airline", "the bloc": the organisation of that kind that was named last."""
        near = [
            found
            for passage in range(page.passage.index - _NEAR, page.passage.index + 1)
            for found in self._scene.found_in(passage)
            if self._cast.figures[found.actor].kind in {"organisation", "igo"}
        ]
        covered = self._scene.covered(page)
        for token in page.doc:
            if token.text == "House" and token.i not in covered and self._is_congress(token):
                self._scene.add(
                    page,
                    token.i,
                    token.i + 1,
                    self._cast.agent("LEG", "USA"),
                    page.mention_over(token.i, token.i + 1),
                    0.7,
                )
            sector = _SECTOR_BY_NOUN.get(token.lower_)
            if sector is None or token.i in covered or not _is_definite(token):
                continue
            if token.i + 1 < len(page.doc) and page.doc[token.i + 1].tag_ in {"NN", "NNS", "NNP", "NNPS", "HYPH"}:
                continue
            before = [
                found
                for found in near
                if (found.passage, found.start) < (page.passage.index, token.i)
                and self._cast.figures[found.actor].sector == sector
            ]
            if before:
                last = max(before, key=lambda found: (found.passage, found.start))
                self._scene.add(page, token.i, token.i + 1, self._cast.figures[last.actor], None, 0.7)

    def _is_congress(self, house: Token) -> bool:
        """Whether "the House" is that of the United States: no other parliament's goes by so short a name."""
        doc = house.doc
        alone = house.i + 1 >= len(doc) or (doc[house.i + 1].pos_ != "PROPN" and doc[house.i + 1].lower_ != "of")
        return alone and house.i > 0 and doc[house.i - 1].lower_ == "the" and self._context.speaks_of("USA")


def _is_definite(noun: Token) -> bool:
    """Whether "the" stands before it, with two plain modifiers at most between: "the military alliance"."""
    at = noun.i - 1
    while at > noun.i - 3 and at > 0 and noun.doc[at].tag_ in {"JJ", "NN"} and noun.doc[at].is_lower:
        at -= 1
    return at >= 0 and noun.doc[at].lower_ == "the"
