"""The component that reads: one pass of the encoder over each sentence gives tags, morphology, names and a parse.

A ``Doc`` comes in with tokens alone and leaves with ``tag_``, ``pos_``, ``morph``, ``head``, ``dep_``, sentences and ``ents``.
"""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt
from spacy.attrs import DEP, ENT_IOB, ENT_TYPE, HEAD, MORPH, POS, TAG
from spacy.language import Language
from spacy.parts_of_speech import IDS
from spacy.tokens import Doc
from spacy.util import minibatch
from spacy.vocab import Vocab

from service.analysis.encoder import Encoder
from service.analysis.event_layer import EventLayer
from service.analysis.heads import Floats, Heads, Numbers, Words
from service.analysis.sentence_breaks import Break, sentence_break_hints
from service.analysis.windows import Window, windows
from service.analysis.wordpieces import Wordpieces

ATTRIBUTES: Final = [TAG, POS, MORPH, HEAD, DEP, ENT_IOB, ENT_TYPE]
SURE: Final = {Break.MUST: 1e3, Break.MUST_NOT: -1e3, Break.UNKNOWN: 0.0}
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
        """Read docs in batches: windows of like length are computed together."""
        for batch in minibatch(docs, batch_size):  # type: ignore[no-untyped-call]
            self._read(batch)
            yield from batch

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of names, sorted."""
        return tuple(sorted({label[2:] for label in self._heads.labels["names"] if label != "O"}))

    def _read(self, docs: list[Doc]) -> None:
        of_docs = [windows(doc, self._wordpieces) for doc in docs]
        found = [window for of_doc in of_docs for window in of_doc]
        vectors = self._encoder.read(found)
        words, odds = self._heads.read(vectors, _hints(docs, of_docs))
        self._events.propose(
            [doc for doc, of_doc in zip(docs, of_docs, strict=True) for _ in of_doc],
            [window.tokens for window in found],
            vectors,
            odds,
        )
        start = 0
        for doc, of_doc in zip(docs, of_docs, strict=True):
            tokens = np.array([token for window in of_doc for token in window.tokens], np.intp)
            self._labels.annotate(doc, tokens, words, start)
            start += len(tokens)


def _hints(docs: list[Doc], of_docs: list[list[Window]]) -> Floats:
    """For each word what is added to the odds that a sentence begins with it: all, nothing, or none."""
    found: list[float] = []
    for doc, of_doc in zip(docs, of_docs, strict=True):
        hints = sentence_break_hints(doc)
        found.extend(SURE[hints[token]] for window in of_doc for token in window.tokens)
    return np.array(found, np.float32)


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
        names = consistent(self._iob[words.names[start:stop]], self._types[words.names[start:stop]])
        relative[tokens] = tokens[words.heads[start:stop] - start] - tokens
        table[tokens, 0] = self._tags[words.tags[start:stop]]
        table[tokens, 1] = self._pos[words.morphs[start:stop]]
        table[tokens, 2] = self._morphs[words.morphs[start:stop]]
        table[tokens, 4] = self._deps[words.deps[start:stop]]
        table[tokens, 5], table[tokens, 6] = names, self._types[words.names[start:stop]]
        table[:, 3] = relative.astype(np.uint64)
        for space in np.setdiff1d(np.arange(len(doc) - 1), tokens)[::-1]:
            if table[space + 1, 5] == INSIDE:  # white space inside of a name
                table[space, 5:] = table[space + 1, 5:]
        doc.from_array(ATTRIBUTES, table)  # type: ignore[arg-type]  # its stub knows of no unsigned numbers


def consistent(iob: npt.NDArray[np.uint64], types: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The codes with every inside of a name that does not continue one of its kind made a beginning."""
    before = np.concatenate([[0], types[:-1]])
    return np.where((iob == INSIDE) & (types != before), BEGIN, iob)


@Language.factory("harbinger_reader")
def create_reader(nlp: Language, name: str) -> Reader:
    """The component as a pipeline's configuration names it."""
    return Reader(nlp.vocab)
