"""The place of a deed is where it is done, not whoever acts, owns or is spoken of, nor the place of another clause."""

import pytest

from service.analysis.pipeline import Analysis
from service.messages.article import Article
from service.messages.enriched import Event
from service.paths import config_dir


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return Analysis.load(config_dir())


def event(analysis: Analysis, text: str, trigger: str) -> Event:
    """The event that the word tells of."""
    article = Article(id="a", title="", body=text, published_at="2024-11-19")
    enriched = analysis.analyse(article, enriched_at="2024-11-19T00:00:00Z")
    return next(event for event in enriched.events if event.trigger.text == trigger)


@pytest.mark.parametrize(
    ("text", "trigger", "place"),
    [
        ("Iran and Iraq held talks in Geneva on Monday.", "talks", "Geneva"),
        ("Russian troops shelled a school in the city of Kharkiv.", "shelled", "Kharkiv"),
        ("Russia invaded Ukraine.", "invaded", "Ukraine"),
        ("Israel's attack on Lebanon went on.", "attack", "Lebanon"),
        ("Macron visited Kyiv on Friday.", "visited", "Kyiv"),
        ("Macron travelled to Kyiv on Friday.", "travelled", "Kyiv"),
        ("Iran was condemned in Paris for its attack on Israel.", "condemned", "Paris"),
        ("Ukraine reported the shelling of the city of Kharkiv by Russia.", "shelling", "Kharkiv"),
        ("Ministers of France and Italy met on the island of Bali.", "met", "Bali"),
        # who acts or owns, what the words are about, and another clause's place
        ("Hundreds died in Russia's attack on Kyiv.", "attack", "Kyiv"),
        ("The United States imposed sanctions on Iran.", "imposed", None),
        ("The aggression of Russia against Moldova was condemned.", "aggression", "Moldova"),
        ("Trump threatened an escalation in the war in Iran.", "threatened", None),
        ("Russia denied allegations of war crimes in Ukraine.", "denied", None),
        ("The president of France condemned Iran.", "condemned", None),
        ("During a meeting in Melbourne, Blinken said that Russia attacked Ukraine.", "attacked", "Ukraine"),
        ("Ukrainians rallied in Kyiv after France accused Russia.", "accused", None),
    ],
)
def test_place_of(analysis: Analysis, text: str, trigger: str, place: str | None) -> None:
    found = event(analysis, text, trigger).place
    assert (found.name if found else None) == place
