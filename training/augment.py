"""Augmentation: headlines in capitals, curly quotes, and other names in the same sentences.

Both augmenters are registered with spaCy, and the config files name them. They draw from Python's global random state,
which spaCy seeds from `[training] seed`, so a run repeats itself.
"""

import gzip
import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.training.augment import make_whitespace_variant
from spacy.util import registry

from training.names import Passage, to_doc, to_passage

Augmenter = Callable[[Language, Example], Iterator[Example]]

SMALL_WORDS = frozenset(
    re.findall(r"\w+", "a an and as at but by for from in into is its of off on or over s the to up via vs with")
)
CASE_WEIGHTS = {"upper": 0.35, "title": 0.45, "lower": 0.2}  # headlines come in title case more than in capitals
WHITE_SPACE = (" ", "\n", "\n", "\n\n", "\t")
WRAP_AT = 15  # tokens
SPACED_SENTENCES = 0.3
QUOTES = str.maketrans({"'": "’", "`": "‘"})


def _title(word: str) -> str:
    return word if word.lower() in SMALL_WORDS or not word.islower() else word[0].upper() + word[1:]


CASES: dict[str, Callable[[str], str]] = {"upper": str.upper, "title": _title, "lower": str.lower}


def _draw_case() -> Callable[[str], str]:
    return CASES[random.choices(list(CASE_WEIGHTS), list(CASE_WEIGHTS.values()))[0]]


@registry.augmenters("harbinger.letters.v1")  # type: ignore[untyped-decorator]
def create_letters_augmenter(case_level: float, quotes_level: float, spaces_level: float) -> Augmenter:
    """Add to each document, with probability `case_level`, a copy in another case, with `spaces_level` one with stray line
    breaks and double spaces, and set curly quotes in the share `quotes_level` of all. For corpora whose reference is
    tokenized by hand: words change, annotation stays."""

    def augment(nlp: Language, example: Example) -> Iterator[Example]:
        yield _curled(nlp, example) if random.random() < quotes_level else example
        if random.random() < case_level:
            change = _draw_case()
            yield _rewritten(nlp, example, [change(token.text) for token in example.reference])
        if random.random() < spaces_level:
            yield _spaced(nlp, example)

    return augment


def _spaced(nlp: Language, example: Example) -> Example:
    """Some white space inside sentences and some between them, where hard-wrapped and old-fashioned text has it."""
    starts = [sentence.start for sentence in example.reference.sents]
    positions = {start for start in starts if random.random() < SPACED_SENTENCES}
    positions |= {random.randrange(len(example.reference)) for _ in range(1 + len(example.reference) // WRAP_AT)}
    for position in sorted(positions, reverse=True):  # from the end, so that the positions before stay true
        example = make_whitespace_variant(nlp, example, random.choice(WHITE_SPACE), position)
    return example


def _curled(nlp: Language, example: Example) -> Example:
    words, is_open = [], False
    for token in example.reference:
        if token.text == '"':
            is_open = not is_open
            words.append("“" if is_open else "”")
        else:
            words.append(token.text.translate(QUOTES))
    return _rewritten(nlp, example, words)


def _rewritten(nlp: Language, example: Example, words: list[str]) -> Example:
    old = example.reference
    new = Doc(
        nlp.vocab,
        words=words,
        spaces=[bool(token.whitespace_) for token in old],
        tags=[token.tag_ for token in old],
        pos=[token.pos_ for token in old],
        morphs=[str(token.morph) for token in old],
        heads=[token.head.i for token in old],
        deps=[token.dep_ for token in old],
    )
    return Example(nlp.make_doc(new.text), new)


@registry.augmenters("harbinger.names.v1")  # type: ignore[untyped-decorator]
def create_names_augmenter(pool_path: Path, case_level: float, swap_level: float) -> Augmenter:
    """Replace documents, with probability `case_level` by a copy in another case, else with `swap_level` by one with
    other names. `pool_path` is the `.json.gz` of surfaces by kind that `training.build_data` writes.

    A CNN of hashed words learns names by heart; other names in the same sentences teach it the sentences."""
    with gzip.open(pool_path, "rt", encoding="utf-8") as file:
        pool: dict[str, list[str]] = json.load(file)

    def augment(nlp: Language, example: Example) -> Iterator[Example]:
        draw = random.random()
        passage = to_passage(example.reference)
        if draw < case_level:
            changed = _recased(passage)
        elif draw < case_level + swap_level:
            changed = Swapper(pool).swap(passage)
        else:
            yield example
            return
        reference = to_doc(changed, nlp)
        yield Example(nlp.make_doc(changed.text), reference)

    return augment


def _recased(passage: Passage) -> Passage:
    change = _draw_case()
    text = re.sub(r"\w+", lambda match: change(match[0]), passage.text)
    return passage if len(text) != len(passage.text) else Passage(passage.id, text, passage.spans, passage.unknown)


class Swapper:
    """Swaps the names of one passage, the same name always for the same other one."""

    def __init__(self, pool: dict[str, list[str]]) -> None:
        self.pool = pool
        self.memory: dict[str, str] = {}
        self.rates = {
            "PERSON": random.choice([0.3, 0.6, 1.0]),
            "GPE": random.choice([0.0, 0.3, 0.5]),
            "ORG": random.choice([0.0, 0.0, 0.3]),
            "NORP": 0.15,
        }

    def swap(self, passage: Passage) -> Passage:
        """Return the passage with a part of its names exchanged; spans follow."""
        marks = sorted([*passage.spans, *((start, end, "") for start, end in passage.unknown)])
        text, at, spans, unknown = "", 0, [], []
        for start, end, label in marks:
            text += passage.text[at:start]
            surface = passage.text[start:end]
            begin = len(text)
            text += self._other(surface, label) if random.random() < self.rates.get(label, 0.0) else surface
            at = end
            if label:
                spans.append((begin, len(text), label))
            else:
                unknown.append((begin, len(text)))
        return Passage(passage.id, text + passage.text[at:], spans, unknown)

    def _other(self, surface: str, label: str) -> str:
        if surface not in self.memory:
            self.memory[surface] = self._draw(surface, label)
        return self.memory[surface]

    def _draw(self, surface: str, label: str) -> str:
        if label == "PERSON":
            return self._person(surface)
        if label == "GPE":
            if "." in surface or surface.isupper():  # "U.S." behaves like no other name
                return surface
            return random.choice(self.pool["country" if surface in self.pool["country"] else "city"])
        if label == "NORP" and " " in surface:
            return surface
        kind = "NORP_plural" if label == "NORP" and surface.endswith("s") else label
        return random.choice(self.pool[kind])

    def _person(self, surface: str) -> str:
        if " " in surface:
            return random.choice(self.pool["PERSON"])
        for full, other in self.memory.items():
            if full.split()[-1] == surface:
                return other.split()[-1]
        return random.choice(self.pool["PERSON"]).split()[-1]
