"""spaCy's English tokenizer with one more rule, and the corpus reader: what the config files of both models name."""

import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.training import Corpus, Example
from spacy.util import compile_infix_regex, registry

# "U.S.-led": spaCy splits a hyphen after a letter or digit only, and "U.S." ends with a full stop.
ABBREVIATION_HYPHEN = r"(?<=[A-Za-z]\.)[-–—/](?=[A-Za-z])"

# Ranks and titles that spaCy's list of abbreviations lacks; a full stop of its own would look like the end of a sentence.
ABBREVIATIONS = (
    "Amb.",
    "Brig.",
    "Capt.",
    "Cmdr.",
    "Col.",
    "Cpl.",
    "Ft.",
    "Hon.",
    "Lt.",
    "Maj.",
    "Mt.",
    "Pres.",
    "Pvt.",
    "Sgt.",
    "Sr.",
)


def customize(nlp: Language) -> None:
    """Let the tokenizer split the hyphen after an abbreviation and know military ranks; the model saves both."""
    infixes = compile_infix_regex([*(nlp.Defaults.infixes or ()), ABBREVIATION_HYPHEN])
    spacy_tokenizer: Any = nlp.tokenizer
    spacy_tokenizer.infix_finditer = infixes.finditer
    for abbreviation in ABBREVIATIONS:
        spacy_tokenizer.add_special_case(abbreviation, [{"ORTH": abbreviation}])


@registry.callbacks("harbinger.tokenizer.v1")  # type: ignore[untyped-decorator]
def create_tokenizer_callback() -> Callable[[Language], None]:
    """For `[initialize] before_init`."""
    return customize


@registry.readers("harbinger.shuffled_corpus.v1")  # type: ignore[untyped-decorator]
def create_shuffled_reader(
    path: Path, augmenter: Callable[[Language, Example], Iterable[Example]] | None
) -> Callable[[Language], Iterable[Example]]:
    """A corpus read anew, shuffled and augmented, in every epoch (with `max_epochs = -1`).

    spaCy's own reader augments once and keeps the result, or streams without shuffling."""
    corpus = Corpus(path, gold_preproc=False, augmenter=augmenter, shuffle=True)

    def read(nlp: Language) -> Iterable[Example]:
        examples = list(corpus(nlp))
        random.shuffle(examples)
        return iter(examples)

    return read
