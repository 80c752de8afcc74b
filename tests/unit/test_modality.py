"""Whether a deed is done, by the words of its sentence: the rules alone, without the event layers."""

import pytest

from service.analysis.pipeline import Analysis
from service.analysis.proofs import rules_alone
from service.messages.article import Article
from service.messages.enriched import Event
from service.paths import config_dir


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return rules_alone(Analysis.load(config_dir()))


def events(analysis: Analysis, body: str) -> list[Event]:
    article = Article(id="a", title="", body=body, published_at="2024-11-19")
    return analysis.analyse(article, enriched_at="2024-11-19T00:00:00Z").events


def modality(analysis: Analysis, body: str, root: str) -> str:
    return next(event.modality for event in events(analysis, body) if event.type == root)


@pytest.mark.parametrize(
    ("text", "root", "expected"),
    [
        # what is to end or to go on is going on
        ("Ukraine demanded that Russia stop bombing Kharkiv.", "ASSAULT", "actual"),
        ("Israel may close the border if Hezbollah keeps shelling Haifa.", "ASSAULT", "actual"),
        ("Israel may close the border if Hezbollah continues shelling Haifa.", "ASSAULT", "actual"),
        ("Iran vowed to continue its attacks on Israel.", "ASSAULT", "actual"),
        ("Iran vowed to attack Israel.", "THREATEN", "actual"),
        # help and withdrawal that are only announced
        ("Norway announced military aid for Ukraine.", "AID", "planned"),
        ("Norway delivered military aid to Ukraine.", "AID", "actual"),
        # terms and conditions
        ("The exercise assumes that Russia invades Lithuania.", "ASSAULT", "hypothetical"),
        ("Russia will withdraw its troops from Kherson if Ukraine does.", "RETREAT", "hypothetical"),
        ("Russia will withdraw its troops from Kherson in May.", "RETREAT", "planned"),
        ("Egypt will hold no talks with Sudan until Sudan withdraws its troops.", "RETREAT", "requested"),
        ("Sudan fought Chad until Chad withdrew its troops.", "RETREAT", "actual"),
        ("Turkey will close the border unless Greece withdraws its troops.", "RETREAT", "requested"),
        ('"Withdraw your troops from Sudan," Egypt told Chad.', "RETREAT", "requested"),
        # predicates and attributes
        ("Egypt is open to talks with Sudan.", "CONSULT", "hypothetical"),
        ("Egypt opened talks with Sudan.", "CONSULT", "actual"),
        ("France and Italy are close to signing a treaty.", "AGREE", "planned"),
        # negation that hides
        ("Not one Russian soldier has withdrawn from Georgia.", "RETREAT", "negated"),
        ("Nothing suggests that Iran attacked Israel.", "ASSAULT", "negated"),
        ("Satellite pictures suggest that Iran attacked Israel.", "ASSAULT", "actual"),
        ("Iran told Iraq that it would attack Israel.", "ASSAULT", "planned"),
        # history
        ("Britain helped Nigeria by invading Togo between 1992 and 2004.", "ASSAULT", "historical"),
        ("Canada declined to attack Mali at the Lisbon summit in 2008.", "ASSAULT", "negated"),
        ("Hungary invaded Austria in the autumn of 1956.", "ASSAULT", "historical"),
        ("Hungary invaded Austria in the autumn.", "ASSAULT", "actual"),
        # stories
        ("The film shows how Germany invaded Poland.", "ASSAULT", "historical"),
        ("In the video game, China invades Taiwan.", "ASSAULT", "historical"),
        ("A report shows how Germany invaded Poland.", "ASSAULT", "actual"),
        ("Russia bombed a museum in Ukraine.", "ASSAULT", "actual"),
    ],
)
def test_what_the_words_tell(analysis: Analysis, text: str, root: str, expected: str) -> None:
    assert modality(analysis, text, root) == expected


@pytest.mark.parametrize(
    ("text", "roots"),
    [
        ("Israel halted its bombing of Gaza.", {"RETREAT"}),
        ("Russia stopped shelling Kharkiv.", {"RETREAT"}),
        ("Ukraine demanded that Russia stop shelling Kharkiv.", {"REQUEST", "RETREAT", "ASSAULT"}),
    ],
)
def test_a_deed_that_has_ended_is_only_its_end(analysis: Analysis, text: str, roots: set[str]) -> None:
    assert {event.type for event in events(analysis, text)} == roots


def test_what_somebody_is_accused_of_is_less_sure(analysis: Analysis) -> None:
    def confidence(body: str) -> float:
        return next(event.confidence for event in events(analysis, body) if event.type == "ASSAULT")

    assert confidence("Ukraine accused Russia of shelling Kharkiv.") < confidence("Russia is shelling Kharkiv.")
