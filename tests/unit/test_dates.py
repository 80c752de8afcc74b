"""Date expressions are found and resolved against the day of publication, Tuesday 19 November 2024."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language

from service.analysis.dates import find_dates
from service.analysis.language import load_language

PUBLISHED = date(2024, 11, 19)


@pytest.fixture(scope="module")
def nlp() -> Language:
    return load_language()


def read(nlp: Language, text: str, published: date = PUBLISHED) -> dict[str, str | None]:
    """The expressions of ``text`` with their values."""
    doc = nlp(text)
    return {doc[found.start : found.end].text: found.value for found in find_dates(doc, published)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # absolute
        ("It was signed on 19 March 2014.", {"19 March 2014": "2014-03-19"}),
        ("It was signed on March 19, 2014, in Kyiv.", {"March 19, 2014": "2014-03-19"}),
        ("Since Feb. 24, 2022, troops have held the town.", {"Feb. 24, 2022": "2022-02-24"}),
        ("On Wednesday, November 20, they left.", {"Wednesday, November 20": "2024-11-20"}),
        ("On the 3rd of May 2019 he resigned.", {"3rd of May 2019": "2019-05-03"}),
        ("The report is dated 2024-11-02.", {"2024-11-02": "2024-11-02"}),
        ("Troops left in August 2021.", {"August 2021": "2021-08"}),
        ("Russia annexed Crimea in 2014.", {"2014": "2014"}),
        ("From 2014 to 2016 they fought.", {"2014": "2014", "2016": "2016"}),
        ("The 2014 annexation was condemned.", {"2014": "2014"}),
        ("In early 2022 the troops gathered.", {"early 2022": "2022"}),
        ("The war of the 1990s ended.", {"1990s": None}),
        # relative
        ("Officials confirmed it on Tuesday.", {"Tuesday": "2024-11-19"}),
        ("Officials confirmed it on Sunday.", {"Sunday": "2024-11-17"}),
        ("They met last Friday.", {"last Friday": "2024-11-15"}),
        ("They met last Tuesday.", {"last Tuesday": "2024-11-12"}),
        ("They will meet next Friday.", {"next Friday": "2024-11-22"}),
        ("They will meet on Thursday.", {"Thursday": "2024-11-21"}),
        ("The talks are scheduled for Thursday.", {"Thursday": "2024-11-21"}),
        ("Trains are free for a month, starting on Thursday.", {"Thursday": "2024-11-21"}),
        ("He arrived yesterday.", {"yesterday": "2024-11-18"}),
        ("Talks go on today.", {"today": "2024-11-19"}),
        ("Tomorrow they leave.", {"Tomorrow": "2024-11-20"}),
        ("Rockets fell last night.", {"last night": "2024-11-18"}),
        ("Earlier this week the envoy left.", {"Earlier this week": "2024-11"}),
        ("The truce broke last month.", {"last month": "2024-10"}),
        ("The law was passed last year.", {"last year": "2023"}),
        ("It began two weeks ago.", {"two weeks ago": "2024-11"}),
        ("It began three months ago.", {"three months ago": "2024-08"}),
        ("A decade ago they were allies.", {"A decade ago": "2014"}),
        ("He said so five days ago.", {"five days ago": "2024-11-14"}),
        ("The ceasefire of last November failed.", {"last November": "2023-11"}),
        ("They were arrested in December.", {"December": "2023-12"}),
        ("They were arrested in October.", {"October": "2024-10"}),
        ("They were arrested on December 28.", {"December 28": "2024-12-28"}),
        ("They were arrested on March 3.", {"March 3": "2024-03-03"}),
        ("The attack of Sept. 11 was remembered.", {"Sept. 11": "2024-09-11"}),
        ("Last summer they withdrew.", {"Last summer": "2024"}),
    ],
)  # fmt: skip
def test_expressions_and_their_values(nlp: Language, text: str, found: dict[str, str | None]) -> None:
    assert read(nlp, text) == found


@pytest.mark.parametrize(
    "text",
    [
        "The column of 2000 soldiers crossed the river.",
        "Theresa May resigned.",
        "They may march to the capital.",
        "The 1,000 days of war changed the country.",
        "He fired 19 missiles.",
        "Flight 2019 was late.",
        "Resolution 1701 calls for a withdrawal.",
    ],
)
def test_what_is_no_date(nlp: Language, text: str) -> None:
    assert read(nlp, text) == {}


def test_an_impossible_day_is_no_day(nlp: Language) -> None:
    assert "2023-02-29" not in read(nlp, "It was signed on 29 February 2023.").values()
    assert read(nlp, "It happened on February 29.") == {"February 29": "2024-02-29"}


@pytest.mark.parametrize("published", [date.min, date.max])
def test_at_the_ends_of_the_calendar(nlp: Language, published: date) -> None:
    text = "Yesterday, tomorrow, last week, next week, last year, next year, ten years ago, on May 5, last month, next month."
    for value in read(nlp, text, published).values():
        assert value is None or "0001" <= value[:4] <= "9999"


WORDS = st.sampled_from(
    ["last", "next", "this", "early", "late", "the", "in", "on", "of", "ago", "two", "will", "meet", "earlier", ",", "-",
     "Tuesday", "monday", "May", "November", "Nov.", "19", "31st", "2014", "1990s", "2024-11-19", "weeks", "year", "week",
     "night", "today", "summer"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=14).map(" ".join), st.dates())
def test_expressions_are_in_order_and_apart(nlp: Language, text: str, published: date) -> None:
    doc = nlp.make_doc(text)
    position = 0
    for found in find_dates(doc, published):
        assert position <= found.start < found.end <= len(doc)
        assert found.value is None or len(found.value) == {"day": 10, "month": 7, "year": 4}[found.precision]
        position = found.end
