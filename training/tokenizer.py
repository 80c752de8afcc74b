"""spaCy's English tokenizer with one more rule and more abbreviations."""

from typing import Any

from spacy.language import Language
from spacy.util import compile_infix_regex

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
