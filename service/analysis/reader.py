"""The component that reads: one pass of the encoder over each sentence gives tags, morphology, names and a parse.

A ``Doc`` comes in with tokens alone and leaves with ``tag_``, ``pos_``, ``morph``, ``head``, ``dep_``, sentences and ``ents``.
"""

import shutil
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Final, Self

import numpy as np
from spacy.attrs import DEP, ENT_IOB, ENT_TYPE, HEAD, MORPH, POS, TAG
from spacy.language import Language
from spacy.parts_of_speech import IDS
from spacy.tokens import Doc
from spacy.vocab import Vocab

from service.analysis.encoder import Encoder, Vectors
from service.analysis.event_layer import MAYBE, EventLayer, Sentence
from service.analysis.heads import Floats, Heads, Numbers, Words
from service.analysis.sentence_breaks import settled
from service.analysis.windows import windows
from service.analysis.wordpieces import Wordpieces

TOKENS: Final = 1_500
"""Tokens read at once, some 10 kB each while they are: more than most articles have. A single doc may have more."""

ATTRIBUTES: Final = [TAG, POS, MORPH, HEAD, DEP, ENT_IOB, ENT_TYPE]
INSIDE, OUTSIDE, BEGIN = 1, 2, 3
"""spaCy's codes of ENT_IOB."""


class Reader:
    """A spaCy component. It has no weights until :meth:`from_disk`."""

    def __init__(self, vocab: Vocab) -> None:
        """Annotate docs of ``vocab``."""
        self._vocab = vocab

    def from_disk(self, path: Path, exclude: Iterable[str] = ()) -> Self:
        """Load the weights from a folder that ``training.export`` wrote. Raises OSError when a file is missing."""
        self._path = Path(path)
        self._wordpieces = Wordpieces(self._path / "vocabulary.txt")
        self._encoder = Encoder(self._path / "encoder.onnx")
        self._heads = Heads(self._path)
        self._events = EventLayer(self._path)
        self._labels = _Labels(self._vocab, self._heads.labels)
        return self

    def to_disk(self, path: Path, exclude: Iterable[str] = ()) -> None:
        """Copy the weights to a folder."""
        shutil.copytree(self._path, path, dirs_exist_ok=True)

    def __call__(self, doc: Doc) -> Doc:
        """Read one doc."""
        return next(self.pipe([doc]))

    def pipe(self, docs: Iterable[Doc], batch_size: int = 32) -> Iterator[Doc]:
        """Read docs in batches of :data:`TOKENS` tokens, ``batch_size`` docs at most: what follows the encoder is computed together."""
        batch: list[Doc] = []
        tokens = 0
        for doc in docs:
            if batch and (len(batch) == batch_size or tokens + len(doc) > TOKENS):
                self._read(batch)
                yield from batch
                batch, tokens = [], 0
            batch.append(doc)
            tokens += len(doc)
        if batch:
            self._read(batch)
        yield from batch

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of names, sorted."""
        return tuple(sorted({label[2:] for label in self._heads.labels["names"] if label != "O"}))

    def _read(self, docs: list[Doc]) -> None:
        of_docs = [windows(doc, self._wordpieces) for doc in docs]
        place = [(doc, token) for doc, found in zip(docs, of_docs, strict=True) for w in found for token in w.tokens]
        vectors = [self._encoder.read(window) for found in of_docs for window in found]
        words, odds = self._heads.read(vectors, partial(settled, place))
        self._events.propose(docs, list(self._telling(place, vectors, words, odds)))
        start = 0
        for doc, found in zip(docs, of_docs, strict=True):
            tokens = np.array([token for window in found for token in window.tokens], np.intp)
            self._labels.annotate(doc, tokens, words, start)
            start += len(tokens)

    def _telling(
        self, place: list[tuple[Doc, int]], vectors: list[Vectors], words: Words, odds: Floats
    ) -> Iterator[Sentence]:
        """The sentences that may tell of an event: with a name or a pronoun, and a word that may be a trigger."""
        if not place:
            return
        every = np.concatenate(vectors)
        names_somebody = (words.names != self._labels.no_name) | np.isin(words.tags, self._labels.pronouns)
        for start, end in pairwise([*np.flatnonzero(words.starts), len(place)]):
            if names_somebody[start:end].any() and odds[start:end].max() > MAYBE:
                yield Sentence(place[start][0], [token for _, token in place[start:end]], every[start:end])


class _Labels:
    """The names of the labels as spaCy's numbers, and how they are written into a doc."""

    def __init__(self, vocab: Vocab, labels: dict[str, list[str]]) -> None:
        add = vocab.strings.add
        morphs = [label.partition("|") for label in labels["morphs"]]
        self._tags = np.array([add(tag) for tag in labels["tags"]], np.uint64)
        self._pos = np.array([IDS[pos] for pos, _, _ in morphs], np.uint64)
        self._morphs = np.array([vocab.morphology.add(features) for _, _, features in morphs], np.uint64)
        self._deps = np.array([add(dep) for dep in labels["deps"]], np.uint64)
        kinds = [label.partition("-") for label in labels["names"]]
        self._iob = np.array([{"B": BEGIN, "I": INSIDE, "O": OUTSIDE}[prefix] for prefix, _, _ in kinds], np.uint64)
        self._types = np.array([add(kind) if kind else 0 for _, _, kind in kinds], np.uint64)
        self.no_name = labels["names"].index("O")
        self.pronouns = [number for number, tag in enumerate(labels["tags"]) if tag.startswith("PRP")]
        self._space = (add("_SP"), IDS["SPACE"], vocab.morphology.add(""), add("dep"))

    def annotate(self, doc: Doc, tokens: Numbers, words: Words, start: int) -> None:
        """Write what was read of ``tokens``, which are the ``words`` from ``start`` on; white space hangs on the word before it."""
        stop = start + len(tokens)
        table = np.zeros((len(doc), len(ATTRIBUTES)), np.uint64)
        relative = np.full(len(doc), -1, np.int64)
        if len(tokens) < len(doc):
            tag, pos, morph, dep = self._space
            table[:] = [tag, pos, morph, 0, dep, OUTSIDE, 0]
            first = tokens[0] if len(tokens) else 0
            relative[:first] = np.arange(first, 0, -1)
            relative[0] = first
        relative[tokens] = tokens[words.heads[start:stop] - start] - tokens
        table[tokens, 0] = self._tags[words.tags[start:stop]]
        table[tokens, 1] = self._pos[words.morphs[start:stop]]
        table[tokens, 2] = self._morphs[words.morphs[start:stop]]
        table[tokens, 4] = self._deps[words.deps[start:stop]]
        table[tokens, 5] = self._iob[words.names[start:stop]]
        table[tokens, 6] = self._types[words.names[start:stop]]
        table[:, 3] = relative.astype(np.uint64)
        for space in np.setdiff1d(np.arange(len(doc) - 1), tokens)[::-1]:
            if table[space + 1, 5] == INSIDE:  # white space inside of a name
                table[space, 5:] = table[space + 1, 5:]
        doc.from_array(ATTRIBUTES, table)  # type: ignore[arg-type]  # its stub knows of no unsigned numbers


@Language.factory("harbinger_reader")
def create_reader(nlp: Language, name: str) -> Reader:
    """The component as a pipeline's configuration names it."""
    return Reader(nlp.vocab)
