"""All training texts as windows of word pieces with the targets that each of them has.

A treebank sentence has tags, morphology, a parse and the ends of sentences; a marked passage has names; a labelled text has
events. One encoder learns all of it, so every window says which targets it has; the others are left out of its loss.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from service.analysis.windows import Window, windows
from service.analysis.wordpieces import Wordpieces
from training import events, names, treebank

IGNORE = -100
Trigger = tuple[int, int, list[list[int]]]
"""Word, modality, and for each role the words that fill it."""

HERE = Path(__file__).parent
TREEBANKS = ("ewt", "gum-open")
NER_LABELS = ["O", *(f"{prefix}-{label}" for label in names.LABELS for prefix in "BI")]
MIN_MORPHS = 3  # a combination of part of speech and features that is rarer is a slip of the treebank


@dataclass
class Sample:
    """One window and its targets, a number a word, `IGNORE` where nobody knows; empty: of a kind that it does not have."""

    window: Window
    tags: list[int] = field(default_factory=list)
    morphs: list[int] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    deps: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ner: list[int] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)
    triggers: list[Trigger] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Pieces."""
        return len(self.window.ids)


@dataclass
class Labels:
    """What the numbers of the targets mean."""

    tags: list[str]
    morphs: list[str]
    deps: list[str]

    @classmethod
    def of(cls, docs: Iterable[Doc]) -> "Labels":
        """Those that occur in the treebanks' training parts."""
        tags, morphs, deps = Counter[str](), Counter[str](), Counter[str]()
        for doc in docs:
            for token in doc:
                tags[token.tag_] += 1
                morphs[morph(token.pos_, str(token.morph))] += 1
                deps[token.dep_] += 1
        common = [name for name, count in morphs.items() if count >= MIN_MORPHS]
        return cls(sorted(tags), sorted(common), sorted(deps))


def morph(pos: str, features: str) -> str:
    """Part of speech and features as one label; "_" is how a treebank writes that there are none."""
    return f"{pos}|{features}" if features not in {"", "_"} else pos


class Builder:
    """Makes samples of annotated texts."""

    def __init__(self, nlp: Language, wordpieces: Wordpieces, labels: Labels) -> None:
        self.nlp, self.wordpieces, self.labels = nlp, wordpieces, labels
        self._tags = {name: i for i, name in enumerate(labels.tags)}
        self._morphs = {name: i for i, name in enumerate(labels.morphs)}
        self._deps = {name: i for i, name in enumerate(labels.deps)}

    def syntax(self, reference: Doc) -> Iterator[Sample]:
        """A document of a treebank, on the tokens that the product will see."""
        example = Example(self.nlp.make_doc(reference.text), reference)
        doc = example.predicted
        tags = example.get_aligned("TAG", as_string=True)
        pos, features = example.get_aligned("POS", as_string=True), example.get_aligned("MORPH", as_string=True)
        heads, deps = example.get_aligned_parse(projectivize=False)  # type: ignore[no-untyped-call]
        starts = example.get_aligned_sent_starts()  # type: ignore[no-untyped-call]
        for window in windows(doc, self.wordpieces):
            place = {token: word for word, token in enumerate(window.tokens)}
            sample = Sample(window)
            for token in window.tokens:
                known = heads[token] is not None and heads[token] in place and deps[token] is not None
                sample.tags.append(self._tags.get(tags[token] or "", IGNORE))
                sample.morphs.append(self._morphs.get(morph(pos[token] or "", features[token] or ""), IGNORE))
                sample.heads.append(place[heads[token]] if known else IGNORE)
                sample.deps.append(self._deps.get(deps[token], IGNORE) if known else IGNORE)
                sample.starts.append(IGNORE if starts[token] is None else int(starts[token] == 1))
            yield sample

    def names(self, passage: names.Passage) -> Iterator[Sample]:
        """A passage with names."""
        doc = names.to_doc(passage, self.nlp)
        for window in windows(doc, self.wordpieces):
            yield Sample(window, ner=[_ner(doc, token) for token in window.tokens])

    def events(self, text: events.LabelledText) -> Iterator[Sample]:
        """A text with events; two of one trigger are one, with the sides of both."""
        doc = self.nlp.make_doc(text.text)
        for window in windows(doc, self.wordpieces):
            sample = Sample(window, roots=[0] * len(window.tokens))
            for event in text.events:
                words = _words(doc, window, [event.trigger])
                if not words:
                    continue
                sample.roots[words[0]] = events.ROOTS.index(event.root)
                modality = events.MODALITIES.index(event.modality)
                roles = [_words(doc, window, event.roles[role]) for role in events.ROLES]
                sample.triggers.append((words[0], modality, roles))
            sample.triggers = _merged(sample.triggers)
            yield sample


def _merged(triggers: list[Trigger]) -> list[Trigger]:
    merged: dict[int, Trigger] = {}
    for word, modality, roles in triggers:
        if word in merged:
            roles = [sorted({*a, *b}) for a, b in zip(merged[word][2], roles, strict=True)]
            modality = merged[word][1]
        merged[word] = (word, modality, roles)
    return list(merged.values())


def _words(doc: Doc, window: Window, spans: list[tuple[int, int]]) -> list[int]:
    """The words of the window that stand in one of the stretches of the text."""
    return [
        word
        for word, token in enumerate(window.tokens)
        if any(start < doc[token].idx + len(doc[token]) and doc[token].idx < end for start, end in spans)
    ]


def _ner(doc: Doc, index: int) -> int:
    token = doc[index]
    if token.ent_iob == 0:
        return IGNORE
    return NER_LABELS.index(f"{token.ent_iob_}-{token.ent_type_}" if token.ent_type_ else "O")


def own_passages() -> list[names.Passage]:
    """All passages of our own, in the order of their files' names."""
    return [passage for path in sorted((HERE / "ner-own").glob("*.tsv")) for passage in names.read_marked(path)]


def own_texts() -> list[events.LabelledText]:
    """All texts with events, in the order of their files' names."""
    return [text for path in sorted((HERE / "events").glob("*.jsonl")) for text in events.read(path)]


def treebank_docs(data: Path, split: str, nlp: Language) -> list[Doc]:
    """The documents of both treebanks."""
    return [
        doc
        for bank in TREEBANKS
        for doc in treebank.documents(data / "treebank" / f"{bank}-{split}.conllu.gz", nlp.vocab)
    ]


def foreign_passages(data: Path, own: list[names.Passage]) -> list[names.Passage]:
    """Re-DocRED and UNER in our labels."""
    relabeller = names.Relabeller(own)
    found = [
        passage
        for part in ("dev", "test")
        for passage in names.read_redocred(data / f"ner/re-docred-{part}_revised.json.gz", relabeller)
    ]
    return [*found, *names.read_uner(data / "ner/uner-ewt-dev.iob2.gz", relabeller)]
