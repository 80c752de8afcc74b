"""The date of a deed is the one in its own clause, not the one of the words that tell of it."""

from datetime import date

import pytest
from spacy.language import Language

from service.analysis.dates import find_dates
from service.analysis.language import load_language
from service.analysis.reading import Mention, Passage, Reading
from service.analysis.when import date_of
from service.messages.article import Article
from service.messages.enriched import EventDate


@pytest.fixture(scope="module")
def nlp() -> Language:
    return load_language()


@pytest.mark.parametrize(
    ("text", "trigger", "value"),
    [
        ("Russia launched missiles at Ukraine before dawn on Monday.", "launched", "2024-11-18"),
        ("Russia struck Kyiv on Tuesday.", "struck", "2024-11-19"),
        ("Officials said that Russia struck Kyiv last week.", "struck", "2024-11"),
        ("The ministry said on Tuesday that Russia had struck Kyiv.", "struck", None),
        ("Putin approved changes on Tuesday, and Ukraine fired missiles on Sunday.", "fired", "2024-11-17"),
        ("Monday's attack killed ten people.", "attack", "2024-11-18"),
        ("The 2014 annexation of Crimea angered Kyiv.", "annexation", "2014"),
        ("On Nov. 12, 2020, Israel signed an agreement with Bahrain.", "signed", "2020-11-12"),
        ("Russia struck Kyiv. Talks resume on Thursday.", "struck", None),
        ("Russia struck Kyiv.", "struck", None),
        # what goes before or comes after has a time of its own
        ("After the attack on Kyiv, Paris promised on Monday to send help.", "attack", None),
        ("Paris said on Monday that Russia's attack of Sept. 3 was a crime.", "attack", "2024-09-03"),
        ("Paris has sent help since Russia's invasion in February.", "invasion", "2024-02"),
        ("Paris has sent help since Russia's invasion in February.", "sent", None),
        ("Their first talks since October were candid.", "talks", None),
        ("Poland agreed on Monday to send tanks.", "send", None),
        ("The invasion launched on 24 February 2022 was condemned.", "invasion", "2022-02-24"),
        ("The invasion launched on 24 February 2022 was condemned.", "condemned", None),
        ("Paris condemned the attack on Kyiv on Monday.", "attack", None),
        ("Sanctions were lifted in 2021.", "Sanctions", None),
        ('"There would be attacks on Kyiv," an official told reporters in a call on Monday.', "attacks", None),
        ("Thousands protested on Monday against the invasion of Ukraine.", "invasion", None),
        ("Trump threatened on Monday an escalation in the war.", "war", None),
        ("Russia launched a wave of strikes on Monday.", "strikes", "2024-11-18"),
        ("This month, on Nov. 7, Russia struck Kyiv.", "struck", "2024-11-07"),
        # what is done with it, or shares it
        ("Russia fired missiles on Monday, striking a school.", "striking", "2024-11-18"),
        ("On Monday troops shelled and stormed the town.", "stormed", "2024-11-18"),
        ("Troops took the bridge on Monday and stormed the town.", "stormed", None),
    ],
)
def test_date_of(nlp: Language, text: str, trigger: str, value: str | None) -> None:
    article = Article(id="a", title="", body=text, published_at="2024-11-19")
    passage = Passage(0, "body", 0, nlp(text))
    reading = Reading(article, article.published, [passage], [])
    for index, found in enumerate(find_dates(passage.doc, date(2024, 11, 19))):
        assert found.value is not None
        reading.mentions.append(Mention(f"e{index}", "DATE", 0, found.start, found.end))
        reading.dates[f"e{index}"] = EventDate(value=found.value, precision=found.precision, text=None)
    token = next(token for token in passage.doc if token.text == trigger)
    dated = date_of(token, passage, reading)
    assert (dated.value if dated else None) == value
