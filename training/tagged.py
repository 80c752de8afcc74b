"""News with part-of-speech tags alone: sentences of the Voice of America with the tags of the Groningen Meaning Bank.

The treebanks hold little news. Tags are silver there, but in the right language ("imposed sanctions on", "was sworn in"),
and what they teach the shared tok2vec helps the parser, too.
"""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

from spacy.tokens import Doc
from spacy.vocab import Vocab

from training.names import detokenize

TAG_MAP = {"LRB": "-LRB-", "RRB": "-RRB-", "LQU": "``", "RQU": "''", ";": ":"}
LENGTHS = range(6, 61)  # tokens; shorter ones are captions, longer ones accidents of splitting


def read_tagged(path: Path) -> Iterator[list[tuple[str, str]]]:
    """Yield distinct sentences as (word, tag), from rows of `Sentence #,Word,POS,Tag` whose first cell opens a sentence."""
    seen: set[str] = set()
    sentence: list[tuple[str, str]] = []
    with gzip.open(path, "rt", encoding="latin-1", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        for row in rows:
            if row[0].strip() and sentence:
                if _is_new(sentence, seen):
                    yield sentence
                sentence = []
            sentence.append((row[1], TAG_MAP.get(row[2], row[2])))
    if _is_new(sentence, seen):
        yield sentence


def _is_new(sentence: list[tuple[str, str]], seen: set[str]) -> bool:
    text = " ".join(word for word, _ in sentence)
    if text in seen or len(sentence) not in LENGTHS:
        return False
    seen.add(text)
    return True


def documents(path: Path, vocab: Vocab, limit: int) -> Iterator[Doc]:
    """Yield up to `limit` sentences, spread evenly over the file, with tags and no other annotation."""
    sentences = list(read_tagged(path))
    for sentence in sentences[:: max(1, len(sentences) // limit)][:limit]:
        text, offsets = detokenize([word for word, _ in sentence])
        spaces = [text[end : end + 1] == " " for _, end in offsets]
        words = [text[start:end] for start, end in offsets]
        yield Doc(vocab, words=words, spaces=spaces, tags=[tag for _, tag in sentence])
