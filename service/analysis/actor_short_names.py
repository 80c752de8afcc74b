"""Organisations by the short names that an article gives them: "Zed Airlines" and "Zed", "Zed Holdings Inc. ("Zed")"."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from spacy.tokens import Doc

from service.analysis.actor_cast import Figure
from service.analysis.actor_names import folded_words
from service.analysis.actor_words import is_kind_word
from service.analysis.reading import ActorMention
from service.knowledge import Knowledge
from service.knowledge.names import fold

_DEFINED: Final = re.compile(
    r"[\s,]*(?:(?:Inc|Ltd|LLC|Corp|PLC|plc|SA|AG|Co|ASA|NV)\b\.?[\s,]*)*\(\s*(?:[^()\"“”]{0,30})[\"“]([^\"”]{2,30}),?[\"”]"
)
"""Straight after a name: the name in quotes that stands for it from there on."""

_REACH: Final = 16  # tokens after a name in which the short one is given
_SHORTENED: Final = frozenset({"BUS", "MED", "EDU", "NGO", "PTY", "LAB"})
"""Sectors whose organisations go by the first word of their name."""


class ShortNames:
    """What an article's organisations are called for short; filled in reading order, the first bearer of a short name keeps it."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._names: dict[tuple[str, ...], str] = {}

    def note(self, doc: Doc, mention: ActorMention, figure: Figure) -> None:
        """Learn the short names of an organisation from one mention of it."""
        if figure.kind == "person" or figure.id.startswith(("cty:", "pop:")):
            return
        defined = _DEFINED.match(doc[mention.end : mention.end + _REACH].text)
        if defined is not None:
            self._names.setdefault(fold(defined.group(1)), figure.id)
        words = folded_words(doc, mention.start, mention.end)
        if len(words) < 2 or not doc[mention.end - 1].text[:1].isupper():
            return
        self._names.setdefault(words, figure.id)
        if figure.kind == "organisation" and figure.sector in _SHORTENED and self._is_own(doc, mention.start):
            self._names.setdefault(words[:1], figure.id)
        if len(words) > 2 and is_kind_word(words[-1]) and doc[mention.end - 2].text[:1].isupper():
            self._names.setdefault(words[-2:], figure.id)
            self._names.setdefault(words[-3:], figure.id)

    def _is_own(self, doc: Doc, at: int) -> bool:
        """Whether the word is a name of its own: no country, no place, no word for a kind of organisation."""
        text, words = doc[at].text, fold(doc[at].text)
        return (
            len(text) > 2
            and text[:1].isupper()
            and len(words) == 1
            and not is_kind_word(words[0])
            and not self._knowledge.names.exact(words)
            and self._knowledge.gazetteer.find(text) is None
            and not doc.vocab[text.lower()].is_stop
        )

    def meant(self, doc: Doc, start: int, end: int) -> str | None:
        """The actor whose short name stands at these tokens."""
        return self._names.get(folded_words(doc, start, end))

    def unlabelled(self, doc: Doc, covered: set[int]) -> Iterator[tuple[int, str]]:
        """Single tokens, capitalised as names are, that are a short name and that nothing else covers."""
        single: Mapping[str, str] = {words[0]: actor for words, actor in self._names.items() if len(words) == 1}
        for token in doc:
            if token.i not in covered and token.text[:1].isupper() and token.pos_ == "PROPN":
                meant = single.get("".join(fold(token.text)))
                if meant is not None:
                    yield token.i, meant
