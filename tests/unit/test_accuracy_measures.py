"""The measures count what they say: a figure that is wrong in our favour is worse than none."""

from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import typer

from benchmarks import evaluate, levels
from benchmarks.accuracy_actors import CountryWords, best, country_phrases
from benchmarks.accuracy_boilerplate import count_lines
from benchmarks.accuracy_events import class_of, speaker_right, spoken
from benchmarks.accuracy_names import ALL, WITH_BOILERPLATE, Tally, compare, percentages, trimmed
from service.analysis.boilerplate import BoilerplateRules
from service.analysis.reading import Reading
from service.knowledge import Knowledge
from service.messages.article import Article
from service.messages.enriched import Actor, Attribution, Event
from service.paths import config_dir


def actor(identity: str, country: str | None = None) -> Actor:
    return Actor(
        id=identity, name=identity, kind="country", country=country, code=None, sector=None, mentions=[], salience=0.5
    )


def test_a_name_is_right_with_offsets_and_label_only() -> None:
    tallies: dict[str, Tally] = defaultdict(Counter)
    compare(tallies, {(0, 4, "GPE"), (10, 14, "ORG")}, {(0, 4, "GPE"), (10, 13, "ORG"), (20, 25, "ORG")}, [])
    assert tallies[ALL] == Counter(correct=1, found=3, gold=2)
    assert tallies["ORG"] == Counter(correct=0, found=2, gold=1)
    assert percentages(tallies[ALL]) == ("33.3", "50.0", "40.0")


def test_names_in_boilerplate_count_apart() -> None:
    tallies: dict[str, Tally] = defaultdict(Counter)
    compare(tallies, {(0, 4, "GPE"), (50, 54, "GPE")}, {(52, 60, "ORG")}, [(45, 70)])
    assert tallies[ALL] == Counter(gold=1)
    assert tallies[WITH_BOILERPLATE] == Counter(found=1, gold=2)


def test_articles_and_possessives_make_no_difference() -> None:
    text = "the United Nations' envoy"
    assert trimmed(text, [(0, 19, "ORG")]) == trimmed(text, [(4, 18, "ORG")])


def test_nothing_to_divide_by_is_a_dash() -> None:
    assert percentages(Counter()) == ("-", "-", "-")


def test_lines_of_a_page_are_judged_one_by_one() -> None:
    rules = BoilerplateRules.load(config_dir() / "lexicon" / "boilerplate.yaml")
    lines = [
        {"text": "The minister left for Vienna on Monday.", "label": "body"},
        {"text": "Advertisement", "label": "boilerplate"},
        {"text": "Talks are to go on next week, he said.", "label": "boilerplate"},
    ]
    tally: Tally = Counter()
    count_lines(tally, rules, {"id": "bp-0001", "lines": lines})
    assert tally == Counter(gold=2, found=1, correct=1, body=1, lost=0)


def test_the_mention_that_fits_best_is_judged() -> None:
    found = [((0, 30), actor("a")), ((5, 12), actor("b")), ((40, 50), actor("c"))]
    chosen = best((5, 11), found)
    assert chosen is not None
    assert chosen.id == "b"
    assert best((31, 35), found) is None


def test_a_speaker_is_right_by_words_or_actor_and_nobody_where_the_gold_has_nobody() -> None:
    text = "Chad attacked Sudan, the envoy said; the envoy left."
    gold = spoken("the envoy", text)
    assert gold == [(21, 30), (37, 46)]
    assert (spoken(None, text), spoken([21, 30], text)) == ([], [(21, 30)])

    def told(start: int, end: int, who: str | None = None) -> Attribution:
        return Attribution(actor=who, field="body", start=start, end=end)

    reading = Reading(Article(id="a", title="", body=text, published_at="2024-11-19"), datetime(2024, 11, 19), [], [])
    assert speaker_right(reading, told(25, 30), gold)
    assert not speaker_right(reading, told(0, 4, "cty:TCD"), gold)
    assert not speaker_right(reading, told(25, 30), [])
    assert speaker_right(reading, None, [])
    assert not speaker_right(reading, None, gold)


@pytest.fixture(scope="module")
def words() -> CountryWords:
    return CountryWords.of(Knowledge.load(config_dir() / "knowledge"))


@pytest.mark.parametrize(
    ("phrase", "countries"),
    [
        ("the French foreign minister", {"FRA"}),
        ("South Korea", {"KOR"}),
        ("Russian and Ukrainian troops", set()),
        ("the protesters", set()),
        ("Chadwick", set()),
    ],
)
def test_only_plain_words_for_one_country_count(words: CountryWords, phrase: str, countries: set[str]) -> None:
    assert words.of_phrase(phrase) == countries


def test_phrases_that_are_not_in_the_text_are_not_used(words: CountryWords) -> None:
    row = {"text": "Poland thanked France.", "events": [{"source": ["Poland", "Spain"], "target": "France"}]}
    assert list(country_phrases(row, words)) == [((0, 6), frozenset({"POL"})), ((15, 21), frozenset({"FRA"}))]


def event(cameo: str, confidence: float) -> Event:
    fields: dict[str, Any] = {"cameo": cameo, "confidence": confidence}
    return Event.model_construct(**fields)


@pytest.mark.parametrize(
    ("events", "wanted"),
    [
        ([], 0),
        ([event("023", 0.9)], 0),
        ([event("0331", 0.9)], 1),
        ([event("072", 0.9)], 2),
        ([event("163", 0.9)], 3),
        ([event("112", 0.5), event("195", 0.6)], 4),
    ],
)
def test_the_surest_event_says_the_class(events: list[Event], wanted: int) -> None:
    assert class_of(events) == wanted


def test_a_score_belongs_to_the_bin_of_the_highest_edge_below_it() -> None:
    assert [levels.EDGES[levels.bin_of(score)] for score in (-100.0, -8.0, 0.0, 9.75, 10.0, 100.0)] == [
        -101.0,
        -8.0,
        -2.0,
        6.0,
        10.0,
        57.0,
    ]


@pytest.mark.parametrize(
    ("gold", "expected"),
    [
        ({"direction": "mixed", "signals": ["blockade"]}, "mixed"),
        ({"signals": ["blockade"]}, "escalatory"),
        ({"signals": ["blockade", "ceasefire"]}, "mixed"),
        ({"signals": ["ceasefire"]}, "de-escalatory"),
        ({"signals": []}, "none"),
    ],
)
def test_a_text_is_what_the_annotator_says_or_what_its_signals_are(gold: dict[str, object], expected: str) -> None:
    assert levels.direction(gold) == expected


def test_without_data_the_error_names_the_variable_and_what_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as stopped:
        evaluate.main(None)
    assert stopped.value.exit_code == 2
    message = capsys.readouterr().err
    assert "HARBINGER_DATA" in message
    assert all(path in message for path in evaluate.NEEDED)


def test_a_folder_that_lacks_files_is_told_which() -> None:
    assert evaluate.missing(Path("/nonexistent")) == list(evaluate.NEEDED)
