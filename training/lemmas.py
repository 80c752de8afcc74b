"""Lemma tables for spaCy's rule lemmatizer: WordNet's (through spacy-lookups-data), corrected by the treebanks.

Rules over a dictionary beat edit trees here: they know the irregular verbs that the news uses and a treebank hardly has
("strove", "besieged"), and they read headlines in capitals.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from spacy.lookups import Lookups, load_lookups
from spacy.tokens import Doc

TABLES = ["lemma_rules", "lemma_exc", "lemma_index"]
WORDNET_CLASSES = ("adj", "adv", "noun", "verb")
MIN_COUNT = 2  # a form seen once may be a slip
MIN_SHARE = 0.9  # "left" stays ambiguous
# "hoping" is of "hope", for "hop" doubles its p; the rules would find both, and take "hop". Without it in the index, they take
# "hope"; "hopping" is among the exceptions, and "hops" comes out right for want of another answer.
SHORT_STEM = re.compile(r"[^aeiou][aeiou][bdfgklmnprstvz]$")
CONTRACTIONS = {  # normal form when the treebank leaves it open
    ("AUX", "'s"): "be",
    ("AUX", "’s"): "be",
    ("AUX", "'d"): "would",
    ("AUX", "’d"): "would",
}


def build(docs: Iterable[Doc]) -> Lookups:
    """WordNet's tables with the treebank's lemma as exception wherever it has one clear lemma for form and class."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for doc in docs:
        for token in doc:
            if token.pos_ != "PROPN":
                counts[token.pos_, token.lower_][token.lemma_ if token.lemma_ == "I" else token.lemma_.lower()] += 1
    source = load_lookups("en", TABLES)
    rules, exceptions, index = (
        {pos: source.get_table(name).get(pos, {}) for pos in WORDNET_CLASSES}
        for name in ("lemma_rules", "lemma_exc", "lemma_index")
    )
    for (pos, form), lemmas in counts.items():
        lemma, count = lemmas.most_common(1)[0]
        if count >= MIN_COUNT and count / lemmas.total() >= MIN_SHARE:
            for variant in sorted({form, form.replace("'", "’")}):
                exceptions.setdefault(pos.lower(), {})[variant] = [lemma]
    for (pos, form), lemma in CONTRACTIONS.items():
        exceptions.setdefault(pos.lower(), {})[form] = [lemma]
    words = {pos: dict.fromkeys(forms, 1) for pos, forms in index.items()}  # a list would be searched from end to end
    for verb in [verb for verb in words["verb"] if SHORT_STEM.search(verb) and f"{verb}e" in words["verb"]]:
        del words["verb"][verb]
    lookups = Lookups()
    for name, table in (("lemma_rules", rules), ("lemma_exc", exceptions), ("lemma_index", words)):
        lookups.add_table(name, table)
    return lookups
