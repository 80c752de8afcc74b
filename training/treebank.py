"""Universal Dependencies treebanks (CoNLL-U) as spaCy documents: gold tags, morphology, heads and lemmas.

The gold tokens stay as they are in the reference document. spaCy's own tokenizer makes the other side of each training
example, and `spacy.training.Example` aligns the two, so the model is trained on the tokens that it will see at work.
"""

import gzip
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from spacy.tokens import Doc
from spacy.vocab import Vocab

PROPER_NOUN_TAGS = frozenset({"NNP", "NNPS"})
MAX_SENTENCES = 5  # a news paragraph seldom has more; the parser must learn where sentences end inside one


@dataclass(frozen=True)
class Word:
    """One syntactic word of a treebank sentence; `head` is 1-based, 0 for the root."""

    form: str
    lemma: str
    upos: str
    xpos: str
    feats: str
    head: int
    deprel: str
    space_after: bool


@dataclass
class Sentence:
    """A treebank sentence and the id of the document that it stands in."""

    document: str
    words: list[Word] = field(default_factory=list)


def read_sentences(path: Path) -> Iterator[Sentence]:
    """Yield the sentences of a (gzipped) CoNLL-U file, without those whose words do not spell their text."""
    document, text, rows = "", "", []
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in map(str.rstrip, lines):
            if line.startswith("# newdoc id = "):
                document = line.removeprefix("# newdoc id = ")
            elif line.startswith("# text = "):
                text = line.removeprefix("# text = ")
            elif line and not line.startswith("#"):
                columns = line.split("\t")
                if columns[0].isdigit():  # neither a multiword token's range nor an empty node
                    rows.append(columns)
            elif not line and rows:
                if words := _words(text, rows):
                    yield Sentence(document, words)
                rows = []


def _words(text: str, rows: list[list[str]]) -> list[Word] | None:
    """Place each word in the text, so that spaces inside multiword tokens ("do|n't") come out right."""
    words, at = [], 0
    for row in rows:
        start = text.find(row[1], at)
        if start < 0 or text[at:start].strip():
            return None
        at = start + len(row[1])
        words.append(_word(row, space_after=at < len(text) and text[at].isspace()))
    return words


def _word(row: list[str], space_after: bool) -> Word:
    """Proper nouns by tag are PROPN with their own form as lemma: UD calls the "United" of a state's name an adjective
    or a verb with the lemma "unite", which would only mislead the rules that look for deeds."""
    form, lemma, upos, xpos, feats, head, deprel = row[1], row[2], row[3], row[4], row[5], row[6], row[7]
    if xpos in PROPER_NOUN_TAGS:
        upos, lemma = "PROPN", form
        feats = "Number=Plur" if xpos == "NNPS" else "Number=Sing"
    return Word(form, lemma, upos, xpos, "" if feats == "_" else feats, int(head), deprel, space_after)


def documents(path: Path, vocab: Vocab, seed: int = 0) -> Iterator[Doc]:
    """Yield documents of one to `MAX_SENTENCES` neighbouring sentences: the paragraphs of a stream of news."""
    rng = random.Random(seed)
    group: list[Sentence] = []
    size = rng.randint(1, MAX_SENTENCES)
    for sentence in read_sentences(path):
        if group and (len(group) == size or group[-1].document != sentence.document):
            yield to_doc(group, vocab)
            group, size = [], rng.randint(1, MAX_SENTENCES)
        group.append(sentence)
    if group:
        yield to_doc(group, vocab)


def to_doc(sentences: list[Sentence], vocab: Vocab) -> Doc:
    """Join sentences with a space into one annotated document."""
    words = [word for sentence in sentences for word in sentence.words]
    heads: list[int] = []
    spaces: list[bool] = []
    for sentence in sentences:
        base = len(heads)
        for i, word in enumerate(sentence.words):
            heads.append(base + (word.head - 1 if word.head else i))
            spaces.append(word.space_after or i == len(sentence.words) - 1)
    return Doc(
        vocab,
        words=[word.form for word in words],
        spaces=spaces,
        tags=[word.xpos for word in words],
        pos=[word.upos for word in words],
        morphs=[word.feats for word in words],
        lemmas=[word.lemma for word in words],
        heads=heads,
        deps=["ROOT" if word.deprel == "root" else word.deprel for word in words],
    )
