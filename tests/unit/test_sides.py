"""Who is on which side of a deed: grammar, pronouns, what the article tells elsewhere, and what the model sees."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
import spacy

from service.analysis.completion import Completion
from service.analysis.participants import Participant
from service.analysis.pipeline import Analysis
from service.analysis.proofs import rules_alone
from service.knowledge.lexicon import Rule
from service.messages.article import Article
from service.messages.enriched import Event
from service.paths import config_dir

Find = Callable[[str, str], Event]


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return rules_alone(Analysis.load(config_dir()))


@pytest.fixture(scope="module")
def events(analysis: Analysis) -> Callable[[str], list[Event]]:
    def read(body: str) -> list[Event]:
        article = Article(id="a", title="", body=body, published_at="2024-11-19")
        return analysis.analyse(article, enriched_at="2024-11-19T00:00:00Z").events

    return read


@pytest.fixture(scope="module")
def find(events: Callable[[str], list[Event]]) -> Find:
    def first(body: str, root: str) -> Event:
        found = [item for item in events(body) if item.type == root]
        assert found, f"no {root} in {body!r}"
        return found[-1]

    return first


@pytest.mark.parametrize(
    ("text", "root", "sources", "targets"),
    [
        ("Criticism of Hungary from Sweden grew.", "ACCUSE", ["cty:SWE"], ["cty:HUN"]),
        ("Armenia and Azerbaijan shot at each other.", "ASSAULT", ["cty:ARM"], ["cty:AZE"]),
        ("The Nato-Ukraine summit began on Monday.", "CONSULT", ["igo:nato"], ["cty:UKR"]),
        ("The Egypt-Sudan trade talks collapsed.", "CONSULT", ["cty:EGY"], ["cty:SDN"]),
        ("Russia warned Poland.", "THREATEN", ["cty:RUS"], ["cty:POL"]),
        ("Sweden asked Norway to help.", "REQUEST", ["cty:SWE"], ["cty:NOR"]),
    ],
)
def test_grammar_finds_both_sides(find: Find, text: str, root: str, sources: list[str], targets: list[str]) -> None:
    found = find(text, root)
    assert (found.sources, found.targets) == (sources, targets)


@pytest.mark.parametrize(
    ("text", "root", "stranger"),
    [
        ("Rebels fired rockets at a camp, according to France.", "ASSAULT", "cty:FRA"),
        ("Hamas held captives in Egypt.", "COERCE", "cty:EGY"),
        ("Serbia condemned the murder in the wake of Turkey's visit.", "ACCUSE", "cty:TUR"),
        ("Kenya's reluctance to help grew after Iran attacked Iraq.", "REJECT", "cty:IRQ"),
        ("France said that the war in Sudan went on.", "ASSAULT", "cty:FRA"),
    ],
)
def test_who_takes_no_part_is_on_no_side(
    events: Callable[[str], list[Event]], text: str, root: str, stranger: str
) -> None:
    assert all(stranger not in (*item.sources, *item.targets) for item in events(text) if item.type == root)
