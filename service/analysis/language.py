"""The language model: one spaCy pipeline whose weights come with the package.

Tags (Penn Treebank), parts of speech and morphology (Universal Dependencies), lemmas, a dependency parse that also sets
the ends of sentences, and names with nine labels. `training/` says how it was made and how good it is.

Read texts inside `nlp.memory_zone()` and let no `Doc` leave it: outside a zone, spaCy keeps every new word for ever.
"""

import os
import re
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

# The pool of processes gives the parallelism; threads inside one would only fight over the same cores. OpenBLAS reads
# this when numpy is first imported, so whoever imports numpy before this module sets it, too.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import spacy
from spacy.attrs import (
    IS_ALPHA,
    IS_DIGIT,
    IS_LOWER,
    IS_PUNCT,
    IS_SPACE,
    IS_STOP,
    IS_TITLE,
    IS_UPPER,
    LOWER,
    NORM,
    SHAPE,
)
from spacy.language import Language
from spacy.pipeline import Lemmatizer

import service.analysis.reader  # noqa: F401  (registers the component that the pipeline's configuration names)
from service.analysis.caches import BoundedCache

WEIGHTS: Final = Path(__file__).parent / "weights"
LEMMA_CACHE_SIZE: Final = 20_000  # entries, about 4 MB: the vocabulary of some hundred articles

READ: Final = frozenset(
    {IS_ALPHA, IS_DIGIT, IS_LOWER, IS_PUNCT, IS_SPACE, IS_STOP, IS_TITLE, IS_UPPER, LOWER, NORM, SHAPE}
)
"""What is worked out of a word's spelling; all else that spaCy would work out (is it like an address of the web?) is false or empty.

Each article has some 270 words that its memory zone has not met, and the whole list costs three times as much.
"""

LONGEST_SUFFIX: Final = 64  # code points, and what a rule looks back on

FIRST_WORD: Final = 1996
"""Line of the encoder's vocabulary from which on its words stand in the order of how common they are."""
COMMON: Final = 2_000
"""Words that are met before the first memory zone opens, and so are never met anew."""


def load_language(weights: Path = WEIGHTS) -> Language:
    """Load the pipeline: half a second, once a process. It is deterministic and keeps no state between texts.

    `weights` is another pipeline's directory, for a trial. Raises OSError when there is none.
    """
    nlp = spacy.load(weights)
    lemmatizer = nlp.get_pipe("lemmatizer")
    if isinstance(lemmatizer, Lemmatizer):
        lemmatizer.cache = BoundedCache(LEMMA_CACHE_SIZE)
    tokenizer: Any = nlp.tokenizer
    tokenizer.suffix_search = partial(_at_the_end, tokenizer.suffix_search)
    vocab: Any = nlp.vocab  # its stub has no getters
    vocab.lex_attr_getters = {name: get for name, get in vocab.lex_attr_getters.items() if name in READ}
    vocabulary = (weights / "reader" / "vocabulary.txt").read_text(encoding="utf-8").splitlines()
    nlp.make_doc(" ".join(islice(filter(str.isalpha, vocabulary[FIRST_WORD:]), COMMON)))
    return nlp


def _at_the_end(search: Callable[[str], re.Match[str] | None], text: str) -> re.Match[str] | None:
    """A suffix sought in the end of a text alone: a hundred thousand brackets would else be read through for each of them."""
    return search(text[-LONGEST_SUFFIX:])


def model_name(nlp: Language) -> str:
    """Name, language and version, as articles' provenance states them: `harbinger-en-0.2.1`."""
    return "{name}-{lang}-{version}".format_map(nlp.meta)
