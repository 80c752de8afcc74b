"""Rules prove themselves: each holds a sentence that it must match and one that it must not, and the real analysis reads both.

The rules alone: whether the model would see the deed in that sentence otherwise says nothing of the rule.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from service.analysis.event_layer import forget_proposals
from service.analysis.pipeline import Analysis, OtherLanguages
from service.analysis.reading import Reading
from service.knowledge.errors import LexiconError
from service.knowledge.lexicon import Rule
from service.knowledge.overrides import Files, Overrides
from service.messages.article import Article

DAY: Final = "2024-11-19"
"""The day that the sentences are of."""


def load_proved(config_dir: Path, overrides: Overrides, other_languages: OtherLanguages = "pass") -> Analysis:
    """The analysis, once the rules of the overrides have proved themselves.

    Raises:
        OSError, KnowledgeError, LexiconError: as `Analysis.load`, and when a rule does not do what its sentences say.
    """
    analysis = Analysis.load(config_dir, overrides, other_languages)
    prove(analysis, own_rules(analysis, overrides.lexicon))
    return analysis


def own_rules(analysis: Analysis, overrides: Files) -> list[Rule]:
    """The rules that stand in overrides. Few, so that they can be proved whenever they are loaded."""
    own = {file.path for file in overrides.values()}
    return [rule for rule in analysis.lexicon.rules if analysis.lexicon.files[rule.id] in own]


def prove(analysis: Analysis, rules: Iterable[Rule]) -> None:
    """Read the sentences of the rules, the model silent; some 20 ms each.

    Raises:
        LexiconError: an example does not fire its rule, or a counter-example does; names file and rule.
    """
    analysis = rules_alone(analysis)
    for rule in rules:
        file: Path = analysis.lexicon.files[rule.id]
        fired = fired_by(analysis, rule.example)
        if rule.id not in fired:
            others = f"only {', '.join(fired)}" if fired else "nothing"
            raise LexiconError(file, rule.id, "example", f"{rule.example!r} must fire the rule; it fires {others}")
        if rule.id in fired_by(analysis, rule.counter_example):
            raise LexiconError(
                file, rule.id, "counter_example", f"{rule.counter_example!r} must not fire the rule, and does"
            )


def rules_alone(analysis: Analysis) -> Analysis:
    """The analysis without what the model proposes of events."""
    return replace(analysis, stages=(silence, *analysis.stages))


def silence(reading: Reading) -> None:
    """A first stage: what the model proposes of events is forgotten."""
    for passage in reading.passages:
        forget_proposals(passage.doc)


def fired_by(analysis: Analysis, text: str) -> list[str]:
    """The rules that a text fires, each once."""
    article = Article(id="proof", title="", body=text, published_at=DAY)
    events = analysis.analyse(article, enriched_at=f"{DAY}T00:00:00Z").events
    return list(dict.fromkeys(event.rule for event in events))
