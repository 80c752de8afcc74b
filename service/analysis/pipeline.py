"""From an article to an enriched article: the visible list of stages.

Pure: no Kafka, no clock, no network. The same article, service, model and knowledge give the same result, the time and the
position that the caller passes in aside.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Final, Literal, Self

from spacy.language import Language
from spacy.tokens import Doc

from service import __version__
from service.analysis.actors import resolve_actors
from service.analysis.boilerplate import BoilerplateRules
from service.analysis.entities import EntityRecogniser
from service.analysis.escalation import score
from service.analysis.events import extract_events
from service.analysis.language import load_language, model_name
from service.analysis.language_gate import LanguageGate
from service.analysis.legible import legible
from service.analysis.memory import give_back
from service.analysis.reading import Passage, Reading
from service.analysis.signals import detect_signals
from service.analysis.text import Stretch, dateline, split_article
from service.knowledge.knowledge import Knowledge
from service.knowledge.lexicon import Lexicon
from service.knowledge.overrides import NO_OVERRIDES, Overrides
from service.knowledge.scales import Scales
from service.knowledge.weights import Weights
from service.messages.article import Article
from service.messages.enriched import (
    EnrichedArticle,
    Entity,
    InputPosition,
    Provenance,
    ReceivedArticle,
    Unread,
)
from service.messages.errors import LanguageError

BATCH_SIZE: Final = 32
"""Passages that go through the model together: enough to fill its matrices, few enough to keep memory flat."""

OtherLanguages = Literal["pass", "dead_letter"]
"""What becomes of an article that is not in English: it passes with empty lists and says why, or it is refused."""

Stage = Callable[[Reading], None]
"""Reads what the stages before it left in the record, and adds its own."""

_DATA: Final = frozenset({".csv", ".yaml", ".json"})


@dataclass(frozen=True)
class Analysis:
    """All that is loaded once a process: the language model, facts, lexicons and scales, and the stages that use them."""

    nlp: Language
    boilerplate: BoilerplateRules
    stages: tuple[Stage, ...]
    model: str
    knowledge_digest: str
    lexicon: Lexicon
    gate: LanguageGate
    other_languages: OtherLanguages = "pass"

    @classmethod
    def load(
        cls, config_dir: Path, overrides: Overrides = NO_OVERRIDES, other_languages: OtherLanguages = "pass"
    ) -> Self:
        """Load model and knowledge; takes about two seconds.

        Args:
            config_dir: the folder that holds ``knowledge/``, ``lexicon/`` and ``scoring.yaml``.
            overrides: what is laid over them.
            other_languages: what becomes of articles that are not in English.

        Raises:
            OSError: a file of the package is missing.
            KnowledgeError, LexiconError: a file is not well formed; the message names it, the place in it and the reason.
        """
        nlp = load_language()
        rules, laid = config_dir / "lexicon", overrides.lexicon
        knowledge = Knowledge.load(config_dir / "knowledge", overrides.knowledge)
        lexicon = Lexicon.load(rules, laid)
        scales = Scales.load(rules / "scales.yaml", laid)
        weights = Weights.load(config_dir / "scoring.yaml", laid)
        boilerplate = BoilerplateRules.load(rules / "boilerplate.yaml", laid)
        give_back()  # what reading the files took
        return cls(
            nlp=nlp,
            boilerplate=boilerplate,
            stages=(
                EntityRecogniser(knowledge),
                partial(resolve_actors, knowledge=knowledge),
                partial(extract_events, lexicon=lexicon, scales=scales, knowledge=knowledge),
                partial(detect_signals, lexicon=lexicon),
                partial(score, weights=weights),
            ),
            model=model_name(nlp),
            knowledge_digest=overrides.version(digest(config_dir / "knowledge", rules, config_dir / "scoring.yaml")),
            lexicon=lexicon,
            gate=LanguageGate(),
            other_languages=other_languages,
        )

    def analyse(self, article: Article, *, enriched_at: str, position: InputPosition | None = None) -> EnrichedArticle:
        """Read one article.

        Args:
            article: what came in.
            enriched_at: RFC 3339 time to state in the provenance; the analysis itself knows no clock.
            position: where the article was read, to state in the provenance.

        Raises:
            LanguageError: the article is not in English, and such articles are to be refused.
        """
        language = self.gate.other_language(article)
        if language is not None and self.other_languages == "dead_letter":
            raise LanguageError(language)
        stretches, boilerplate = split_article(article, self.boilerplate) if language is None else ([], [])
        with self.nlp.memory_zone():
            reading = Reading(article, article.published, self._passages(article, stretches), boilerplate)
            reading.unread = Unread(reason="language", language=language) if language is not None else None
            for stage in self.stages:
                stage(reading)
            provenance = Provenance(
                service=__version__,
                model=self.model,
                knowledge=self.knowledge_digest,
                enriched_at=enriched_at,
                input=position,
            )
            return enriched_article(reading, provenance)

    def _passages(self, article: Article, stretches: list[Stretch]) -> list[Passage]:
        """Each stretch through the language model."""
        texts = [legible(article.field(stretch.field)[stretch.start : stretch.end]) for stretch in stretches]
        docs = self.nlp.pipe((text.text for text in texts), batch_size=BATCH_SIZE)
        return [
            Passage(index, stretch.field, stretch.start, doc, _tokens_before(doc, dateline(text.text)), text)
            for index, (stretch, text, doc) in enumerate(zip(stretches, texts, docs, strict=True))
        ]


def _tokens_before(doc: Doc, offset: int) -> int:
    """How many tokens begin before the code point."""
    return sum(1 for _ in takewhile(lambda token: token.idx < offset, doc)) if offset else 0


def enriched_article(reading: Reading, provenance: Provenance) -> EnrichedArticle:
    """What the stages found, as the contract wants it."""
    assert reading.escalation is not None, "the last stage sets it"
    return EnrichedArticle(
        article=ReceivedArticle(**reading.article.model_dump()),
        boilerplate=reading.boilerplate,
        entities=[_entity(reading, index) for index in range(len(reading.mentions))],
        actors=reading.actors,
        events=reading.events,
        signals=reading.signals,
        escalation=reading.escalation,
        provenance=provenance,
        unread=reading.unread,
    )


def _entity(reading: Reading, index: int) -> Entity:
    mention = reading.mentions[index]
    passage = reading.passages[mention.passage]
    span = reading.quote(passage, passage.doc[mention.start : mention.end])
    return Entity(id=mention.id, label=mention.label, actor=mention.actor, **span.model_dump())


def digest(*paths: Path) -> str:
    """``sha256:...`` over names and bytes of the files, and of all in the folders: what an article was read with.

    Read-mes and the like beside the data do not count.
    """
    hasher = hashlib.sha256()
    for root in paths:
        files = [root] if root.is_file() else sorted(path for path in root.rglob("*") if path.suffix in _DATA)
        for path in files:
            hasher.update(f"{path.relative_to(root.parent).as_posix()}\0".encode())
            hasher.update(hashlib.sha256(path.read_bytes()).digest())
    return f"sha256:{hasher.hexdigest()}"
