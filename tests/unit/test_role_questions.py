"""The role questions are what they are said to be: enough of them, well formed, a third after 2020, a third on people out of office."""

from collections import Counter
from datetime import date

import pytest

from benchmarks.accuracy_roles import Answer, Question, looked_up, questions, roles_table
from service.knowledge import Knowledge
from service.knowledge.tables import SECTORS
from service.paths import config_dir

QUESTIONS = questions()
ROUNDS = sorted({question.round for question in QUESTIONS})


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.load(config_dir() / "knowledge")


@pytest.mark.parametrize(("number", "least"), [(1, 300), (2, 100), (3, 100), (4, 100)])
def test_a_round_has_enough_questions_a_third_of_them_late_and_a_third_on_people_out_of_office(
    number: int, least: int
) -> None:
    asked = [question for question in QUESTIONS if question.round == number]
    kinds = Counter(kind for question in asked for kind in question.kinds)
    assert kinds["all"] >= least
    assert kinds["after 2020"] >= kinds["all"] / 3
    assert kinds["out of office"] >= kinds["all"] / 3


def test_every_question_is_well_formed(knowledge: Knowledge) -> None:
    for question in QUESTIONS:
        date.fromisoformat(question.on)
        assert question.name in question.sentence, question
        assert question.about, question
        assert set(question.sectors) <= SECTORS, question
        assert {code for code in question.countries if code is not None} <= set(knowledge.countries), question


def test_no_question_is_asked_twice_and_no_name_in_two_rounds() -> None:
    assert len({(question.name, question.on) for question in QUESTIONS}) == len(QUESTIONS)
    names = [{question.name for question in QUESTIONS if question.round == number} for number in ROUNDS]
    assert not names[0].intersection(*names[1:])


def test_either_answer_of_two_is_right_and_nothing_else() -> None:
    question = Question(1, "Jane Doe", "2024-05-01", ("FRA", None), ("GOV", "MIL"), "an example", "Jane Doe said so.")
    right: list[Answer] = [("FRA", "GOV"), (None, "MIL")]
    wrong: list[Answer] = [("DEU", "GOV"), ("FRA", "ELI"), ("FRA", None), (None, None)]
    assert all(question.is_right(answer) for answer in right)
    assert not any(question.is_right(answer) for answer in wrong)


def test_the_look_up_answers_with_the_person_of_the_day(knowledge: Knowledge) -> None:
    def ask(name: str, day: str) -> Answer:
        return looked_up(knowledge, Question(1, name, day, (None,), ("GOV",), "", name))

    assert ask("Dmitry Medvedev", "2010-05-20") == ("RUS", "GOV")
    assert ask("Ban Ki-moon", "2012-05-20") == (None, "IGO")
    assert ask("Angela Merkel", "2023-05-20") == ("DEU", "ELI")
    assert ask("Qwerty Uiopas", "2023-05-20") == (None, None)


def test_the_table_counts_by_round_way_and_kind() -> None:
    late = Question(1, "Jane Doe", "2024-05-01", ("FRA",), ("ELI",), "", "")
    early = Question(1, "Jane Doe", "2004-05-01", ("FRA",), ("GOV",), "", "")
    table = roles_table(
        [("look-up", late, ("FRA", "ELI")), ("look-up", early, ("FRA", "ELI")), ("sentence", late, (None, None))]
    )
    assert [list(column.cells) for column in table.columns][1:] == [
        ["look-up"] * 3 + ["sentence"] * 3,
        ["all", "after 2020", "out of office"] * 2,
        ["50.0", "100.0", "100.0", "0.0", "0.0", "0.0"],
        ["1", "1", "1", "0", "0", "0"],
        ["2", "1", "1", "1", "1", "1"],
    ]
