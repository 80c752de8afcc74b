"""Names from the model, weapons from the gazetteer, dates from the calendar: one list of mentions without overlaps."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from service.analysis.pipeline import Analysis
from service.messages.article import Article
from service.messages.enriched import EnrichedArticle
from service.paths import config_dir

Read = Callable[..., EnrichedArticle]


@pytest.fixture(scope="module")
def read() -> Read:
    analysis = Analysis.load(config_dir())

    def analyse(body: str, published_at: str = "2024-11-19") -> EnrichedArticle:
        article = Article(id="a", title="", body=body, published_at=published_at)
        return analysis.analyse(article, enriched_at="2024-11-19T00:00:00Z")

    return analyse


def labels(enriched: EnrichedArticle) -> dict[str, str]:
    return {entity.text: entity.label for entity in enriched.entities}


def test_names_stand_without_article_and_possessive(read: Read) -> None:
    found = labels(read("The Kremlin's spokesman met the United Nations' envoy in the Netherlands."))
    assert found["Kremlin"] == "ORG"
    assert not any(text.lower().startswith("the ") or text.endswith(("'s", "'")) for text in found)


def test_weapons_are_found_in_all_spellings(read: Read) -> None:
    found = labels(read("Kyiv fired ATACMS missiles, flew F-16s and F16 jets, and shot down an Iskander."))
    assert {text: label for text, label in found.items() if label == "WEAPON"} == dict.fromkeys(
        ["ATACMS", "F-16s", "F16", "Iskander"], "WEAPON"
    )


def test_a_common_word_is_a_weapon_only_among_arms(read: Read) -> None:
    assert labels(read("Germany sent two Patriot batteries to Poland.")).get("Patriot") == "WEAPON"
    assert labels(read("He called himself a Patriot and went home to his wife.")).get("Patriot") != "WEAPON"


def test_a_weapon_stands_without_its_country(read: Read) -> None:
    assert labels(read("An American U-2 was shot down over Cuba.", "1962-10-27")).get("U-2") == "WEAPON"


def test_dates_are_entities(read: Read) -> None:
    found = labels(read("On Tuesday the troops left Goma, which they had taken in January 2023."))
    assert found["Tuesday"] == "DATE"
    assert found["January 2023"] == "DATE"


def test_a_surname_is_a_person_once_the_article_has_named_that_person_in_full(read: Read) -> None:
    found = labels(
        read(
            "President Tomas Varenko met reporters in Riga.\nVarenko said that talks would go on.\nCritics of Varenko left."
        )
    )
    assert found["Tomas Varenko"] == "PERSON"
    assert found["Varenko"] == "PERSON"


def test_ids_follow_the_text_and_nothing_overlaps(read: Read) -> None:
    entities = read("Russia struck Kyiv on Monday.\nOn Tuesday, Ukraine fired ATACMS at Bryansk.").entities
    assert [entity.id for entity in entities] == [f"e{index}" for index in range(len(entities))]
    assert all(first.end <= second.start for first, second in pairwise(entities))


@pytest.mark.parametrize(
    "written",
    [
        "Vladi\u00admir Pu\u200btin",
        "\u202aVladimir Putin\u202c",
        "Vladimir\u00a0Putin",
        "Vladimir Putin\ufeff",
        "\uff36ladimir Putin",
    ],
)
def test_characters_that_nobody_sees_break_no_name(read: Read, written: str) -> None:
    body = f"President {written} warned the West over missiles on Tuesday."
    people = [entity for entity in read(body).entities if entity.label == "PERSON"]
    assert len(people) == 1
    assert people[0].actor == "per:vladimir-putin"
    assert body[people[0].start : people[0].end] == people[0].text
    assert people[0].text.endswith("tin")


@pytest.mark.parametrize(
    ("headline", "names"),
    [
        ("Putin Warns West Over Missiles", {"Putin"}),
        ("PUTIN WARNS WEST OVER MISSILES", {"PUTIN"}),
        ("Israel Strikes Damascus As Iran Vows Revenge", {"Israel", "Damascus", "Iran"}),
        ("ISRAEL STRIKES DAMASCUS AS IRAN VOWS REVENGE", {"ISRAEL", "DAMASCUS", "IRAN"}),
    ],
)
def test_names_come_out_of_headlines_and_generic_words_do_not(read: Read, headline: str, names: set[str]) -> None:
    found = {entity.text for entity in read(headline).entities}
    assert names <= found
    assert not {text.lower() for text in found} & {"missiles", "warns", "revenge", "strikes", "over", "vows"}
