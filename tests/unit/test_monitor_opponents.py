"""Whose deed it was and against whom, where a text leaves a side unsaid."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from service.monitor.opponents import Opponents, pairs_of

COUNTRIES = {"gov:USA": "USA", "mil:USA": "USA", "gov:CUB": "CUB", "gov:RUS": "RUS"}
EVEN = {"CUB": 0.3, "RUS": 0.3, "USA": 0.3}


@dataclass
class Words:
    start: int
    end: int
    actor: str | None = None
    field: str = "body"


@dataclass
class Told:
    sources: list[str]
    targets: list[str]
    affected: list[str] = field(default_factory=list)
    evidence: Words = field(default_factory=lambda: Words(0, 50))


def opponents(salience: dict[str, float], names: Sequence[Words] = ()) -> Opponents:
    return Opponents(COUNTRIES, salience, names)


def test_each_source_deals_with_each_target_of_another_country() -> None:
    assert pairs_of(Told(["gov:USA"], ["gov:CUB"]), COUNTRIES) == (("CUB", "USA"),)
    assert set(pairs_of(Told(["gov:USA", "gov:CUB"], ["gov:RUS", "mil:USA"]), COUNTRIES)) == {
        ("RUS", "USA"),
        ("CUB", "RUS"),
        ("CUB", "USA"),
    }
    assert pairs_of(Told(["gov:USA"], ["mil:USA"]), COUNTRIES) == ()


@pytest.mark.parametrize("told", [Told(["gov:USA"], []), Told([], ["gov:USA"]), Told([], [], ["mil:USA"])])
def test_a_deed_may_have_been_told_of_each_other_country_that_its_sentence_names(told: Told) -> None:
    names = [
        Words(2, 8, "gov:USA"),
        Words(20, 24, "gov:CUB"),
        Words(48, 60, "gov:RUS"),
        Words(5, 9, "gov:RUS", "title"),
    ]
    assert opponents(EVEN, names).of(told) == [("CUB", "USA")]


def test_a_deed_without_any_known_side_is_nobodys() -> None:
    assert opponents(EVEN, [Words(2, 8, "gov:USA")]).of(Told([], [])) == []


def test_the_only_one_at_odds_with_a_country_in_the_article_is_its_opponent() -> None:
    article = opponents(EVEN)
    article.face([("CUB", "USA")])
    assert article.of(Told(["gov:USA"], [])) == [("CUB", "USA")]
    assert article.of(Told([], ["gov:CUB"])) == [("CUB", "USA")]
    assert article.of(Told(["gov:RUS"], [])) == []


def test_of_several_at_odds_none_is_taken_unless_the_article_is_about_one() -> None:
    article = opponents(EVEN)
    article.face([("CUB", "USA"), ("RUS", "USA")])
    assert article.of(Told(["gov:USA"], [])) == []
    about_two = opponents({"CUB": 0.4, "RUS": 0.05, "USA": 0.4})
    about_two.face([("CUB", "USA"), ("RUS", "USA")])
    assert about_two.of(Told(["gov:USA"], [])) == [("CUB", "USA")]


def test_an_article_about_two_countries_sets_them_against_each_other() -> None:
    article = opponents({"CUB": 0.3, "USA": 0.5, "RUS": 0.05})
    assert article.of(Told([], ["gov:CUB"])) == [("CUB", "USA")]
    assert article.of(Told([], ["gov:RUS"])) == []
    assert opponents({"USA": 0.5}).of(Told(["gov:USA"], [])) == []


def test_an_article_about_many_countries_sets_nobody_against_anybody() -> None:
    assert opponents({"CUB": 0.2, "USA": 0.2, "RUS": 0.2, "BRA": 0.2}).of(Told(["gov:USA"], [])) == []
