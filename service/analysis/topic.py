"""Whether a text is about sport, business or culture, where attacks, shots and wars are figures of speech."""

from spacy.tokens import Span as DocSpan

from service.analysis.reading import Reading
from service.knowledge.lexicon import SignalWords

IN_ONE_SENTENCE = 2  # different words of sport or business that make a single sentence a figure of speech
DENSITY = 0.012  # share of such words among an article's words that makes all of it one


def is_off_topic(reading: Reading, words: SignalWords) -> bool:
    """Whether the whole article is: enough different words, and enough of them for its length."""
    lemmas = [token.lemma_.lower() for passage in reading.passages for token in passage.doc if token.is_alpha]
    found = [lemma for lemma in lemmas if lemma in words.off_topic]
    return len(set(found)) >= words.off_topic_limit and len(found) >= DENSITY * len(lemmas)


def is_figure_of_speech(sentence: DocSpan, words: SignalWords) -> bool:
    """Whether one sentence is."""
    return len({token.lemma_.lower() for token in sentence} & words.off_topic) >= IN_ONE_SENTENCE
