"""Who was called by an office nearest to the place where the office stands alone."""

from service.analysis.actor_cast import Figure
from service.analysis.actor_titles import Titles


def person(name: str, country: str) -> Figure:
    return Figure(f"per:{name}", name, "person", country, f"{country}GOV", "GOV")


PERU, CHILE = person("peru", "PER"), person("chile", "CHL")


def noted() -> Titles:
    """Chile's prime minister is named at 10 and again, in full, at the end, when names were read; Peru's at 50."""
    titles = Titles()
    titles.note("head_of_government", CHILE, 10)
    titles.note("head_of_government", CHILE, 90)
    titles.note("head_of_government", PERU, 50)
    return titles


def test_the_last_before_the_place_is_meant() -> None:
    assert noted().meant("head_of_government", 60) == PERU
    assert noted().meant("head_of_government", 95) == CHILE


def test_before_anybody_was_called_so_the_first_to_come_is_meant() -> None:
    assert noted().meant("head_of_government", 5) == CHILE


def test_a_country_tells_them_apart() -> None:
    assert noted().called("head_of_government", 60, "CHL") == CHILE
    assert noted().called("head_of_government", 5, "PER") == PERU
    assert noted().called("head_of_government", 60, "BOL") is None
    assert noted().leader(5, "PER") == PERU


def test_a_vague_word_means_the_nearest_of_those_that_it_can_stand_for() -> None:
    titles = Titles()
    titles.note("foreign_minister", PERU, 10)
    titles.note("defence_minister", CHILE, 20)
    assert titles.meant("minister", 15) == PERU
    assert titles.meant("minister", 30) == CHILE
    assert titles.meant("lawmaker", 30) is None
