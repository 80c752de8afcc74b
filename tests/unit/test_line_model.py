"""The statistical model of lines: what it must find, what it must leave, and that its work is linear."""

import pytest

from service.analysis.boilerplate import MODEL, BoilerplateRules
from service.analysis.line_model import BODY, MAX_LINE, LineModel, features, surroundings
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


def test_likely_lines_count_between_sure_ones_and_not_beside_them() -> None:
    words, weights = {"sure": 3.0, "maybe": 0.5}, (1.0, *[0.0] * 17)
    model = LineModel(0.0, words, 0.0, weights, 0.4)
    lines = ["off", "maybe", "sure", "maybe", "sure", "maybe", "off"]
    assert model.judge(lines, [False] * 7) == [False, False, True, True, True, False, False]
    assert model.judge(lines[:-1], [False] * 6) == [False, False, True, True, True, True]
    assert model.judge(["off", "maybe", "maybe"], [False, False, True]) == [False, False, True]


def test_features_are_words_pairs_and_signs() -> None:
    found = features("Follow us: 2024")
    assert {"follow", "us", ":", "0000", "^ follow", "follow us", "0000 $", "#first upper"} <= found


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
