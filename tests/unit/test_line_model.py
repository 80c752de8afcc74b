"""The statistical model of lines: what it must find, what it must leave, and that its work is linear."""

import pytest

from service.analysis.boilerplate import MODEL, BoilerplateRules
from service.analysis.line_model import BODY, MAX_LINE, WORDS, LineModel, features, surroundings
from service.paths import config_dir

RULES = BoilerplateRules.load(config_dir() / "lexicon" / "boilerplate.yaml")
BODY_LINES = [
    "The two ministers are due to meet again in Muscat next week, a diplomat said.",
    "The army denied that its guns had fired on the village.",
]


def test_a_line_of_words_that_only_pages_say_is_found_without_a_rule() -> None:
    line = "Read our best stories first: join today for free alerts and newsletters"
    assert RULES.reasons([*BODY_LINES, line])[-1] is not None


@pytest.mark.parametrize(
    "line",
    [
        "A long road to peace",
        "Who are the rebels?",
        "- Withdrawal of the heavy guns",
        "Dead: 214",
        "“We will not leave.”",
        "Here is what readers of our newsletter should know:",
        "x" * (MAX_LINE + 1),
    ],
)
def test_subheads_items_quotations_and_paragraphs_are_kept(line: str) -> None:
    assert RULES.reasons([BODY_LINES[0], line, BODY_LINES[1]]) == [None, None, None]


def test_nothing_is_left_out_when_nothing_of_the_article_would_remain() -> None:
    lines = [
        "Join today for free alerts and newsletters from our team",
        "Best stories for our readers, free in our app today",
    ]
    assert MODEL not in RULES.reasons(lines) or None in RULES.reasons(lines)
    assert RULES.reasons(lines[:1]) in ([None], ["newsletter"])


def model(threshold: float = 0.4, **words: float) -> LineModel:
    """Judges each line by its words alone."""
    return LineModel(0.0, words, 0.0, (1.0, *[0.0] * 17), threshold)


def test_likely_lines_count_between_sure_ones_and_not_beside_them() -> None:
    judge = model(sure=3.0, maybe=0.5).judge
    lines = ["off", "maybe", "sure", "maybe", "sure", "maybe", "off"]
    assert judge(lines, [False] * 7) == [False, False, True, True, True, False, False]
    assert judge(lines[:-1], [False] * 6) == [False, False, True, True, True, True]
    assert judge(["off", "maybe", "maybe"], [False, False, True]) == [False, False, True]


def test_a_line_that_stands_alone_needs_twice_as_much() -> None:
    judge = model(once=WORDS, twice=2 * WORDS).judge
    assert judge(["off", "once", "off"], [False] * 3) == [False, False, False]
    assert judge(["off", "twice", "off"], [False] * 3) == [False, True, False]
    assert judge(["off", "once", "once", "off"], [False] * 4) == [False, True, True, False]
    assert judge(["off", "once"], [False] * 2) == [False, False]
    assert judge(["off", "once"], [True, False]) == [True, True]
    assert judge([], []) == []


@pytest.mark.parametrize("end", [".", "!", " in a line of a speech that goes on for more than twelve words"])
def test_a_sentence_needs_evidence_of_its_own_between_sure_lines(end: str) -> None:
    judge = model(sure=6.0, some=0.9, once=WORDS).judge
    assert judge(["sure", f"some{end}", "sure"], [False] * 3) == [True, False, True]
    assert judge(["sure", f"once{end}", "sure"], [False] * 3) == [True, True, True]
    assert judge(["off", f"once{end}"], [False] * 2) == [False, False]


def test_neighbours_alone_make_no_line_boilerplate() -> None:
    weights = (1.0, 0.5, 0.0, *[0.0] * 15)
    judge = LineModel(-2.0, {"sure": 6.0, "odd": WORDS}, 0.0, weights, 0.4).judge
    assert judge(["sure", "odd", "off"], [False] * 3) == [True, False, False]


def test_features_are_words_pairs_and_signs() -> None:
    found = features("Follow us: 2024")
    assert {
        "follow",
        "us",
        ":",
        "0000",
        "^ follow",
        "follow us",
        "0000 $",
        "^ follow us :",
        "^ follow #open",
        "#first upper",
    } <= found


def test_surroundings_hold_what_is_before_and_after() -> None:
    first, second, third = surroundings(["One.", "Two", "Three."], [1.0, 2.0, BODY])
    assert len(first) == len(second) == len(third) == 18
    assert first[:5] == (1.0, 0.0, 1.0, 2.0, 0.0)
    assert second[9:15] == (1.0, 1.0, 1.0, BODY, BODY, BODY)
    assert third[9:12] == (2.0, 1.0, 1.5)


def test_weights_add_up_to_the_same_in_any_order() -> None:
    """A set of words has another order in each process; naive sums lose the small weights in most of them."""
    grams = {"alpha": 1e16, "omega": -1e16, **dict.fromkeys(["one", "two", "three", "four"], 1.0)}
    model = LineModel(bias=0.0, grams=grams, context_bias=0.0, context_weights=(), threshold=0.0)
    assert model.content("alpha one two three four omega").words == 4.0
