"""The stretches of text that the encoder reads at once: a paragraph, or the sentences of it that fit."""

from dataclasses import dataclass
from typing import Final

from spacy.tokens import Doc

from service.analysis.wordpieces import CLS, SEP, Wordpieces

MAX_PIECES: Final = 160
"""Pieces of a window, its two ends included. Four paragraphs of news in five have fewer, and the cost of a piece grows with the window."""

_ENDS: Final = frozenset({".", "!", "?", "...", "…", ":", ";", '"', "”", ")"})


@dataclass(frozen=True, slots=True)
class Window:
    """What the encoder reads: piece numbers and shapes, the tokens of the doc, and where in the pieces each begins."""

    tokens: list[int]
    ids: list[int]
    shapes: list[int]
    firsts: list[int]


def windows(doc: Doc, wordpieces: Wordpieces) -> list[Window]:
    """The windows of a doc; together they hold each of its tokens that is not white space once, in order."""
    words = [token.text for token in doc]
    tokens = [index for index, word in enumerate(words) if not word.isspace()]
    pieces = wordpieces(words[index] for index in tokens)
    room = MAX_PIECES - 2
    found, start = [], 0
    while start < len(tokens):
        end, size = start, 0
        while end < len(tokens) and size + len(pieces[end].ids) <= room:
            size += len(pieces[end].ids)
            end += 1
        if end < len(tokens):
            end = _break([words[index] for index in tokens[start:end]]) + start
        window = Window(tokens[start:end], [CLS], [0], [])
        for piece in pieces[start:end]:
            window.firsts.append(len(window.ids))
            window.ids.extend(piece.ids)
            window.shapes.extend([piece.shape] * len(piece.ids))
        window.ids.append(SEP)
        window.shapes.append(0)
        found.append(window)
        start = end
    return found


def _break(words: list[str]) -> int:
    """How many of the words the window takes when more follow: up to the end of the last sentence that fits, else all."""
    for index in range(len(words) - 1, len(words) // 3, -1):
        if words[index - 1] in _ENDS and words[index][:1].isupper():
            return index
    return len(words)
