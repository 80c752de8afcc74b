"""Towns that are attacked stand for their country; where something merely happens, they do not."""

import pytest

from service.analysis.pipeline import Analysis
from service.messages.article import Article
from service.paths import config_dir


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return Analysis.load(config_dir())


def actors(analysis: Analysis, text: str) -> tuple[set[str], set[str]]:
    """The ids of the actors of a text, and of those among them that something is done to."""
    article = Article(id="a", title="", body=text, published_at="2024-11-24")
    enriched = analysis.analyse(article, enriched_at="2024-11-24T00:00:00Z")
    return {actor.id for actor in enriched.actors}, {target for event in enriched.events for target in event.targets}


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("Russia fired 40 missiles at Kyiv on Monday.", "cty:UKR"),
        ("Russian missiles struck Kharkiv and Odesa.", "cty:UKR"),
        ("Ukraine struck Belgorod.", "cty:RUS"),
        ("Hezbollah fired rockets at Haifa.", "cty:ISR"),
        ("A Russian missile attack on Kharkiv killed five people.", "cty:UKR"),
        ("Russia launched drones at the city of Dnipro.", "cty:UKR"),
    ],
)
def test_what_is_done_to_a_town_is_done_to_its_country(analysis: Analysis, text: str, target: str) -> None:
    assert target in actors(analysis, text)[1]


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("Iran and Russia held talks in Geneva.", "cty:CHE"),
        ("France criticised an opera that was staged in Kharkiv.", "cty:UKR"),
        ("Russia opened a consulate at Haifa.", "cty:ISR"),
    ],
)
def test_elsewhere_a_town_is_a_place(analysis: Analysis, text: str, country: str) -> None:
    assert country not in actors(analysis, text)[0]
