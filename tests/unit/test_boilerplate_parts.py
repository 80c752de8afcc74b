"""Boilerplate within a paragraph, where an extractor has run lines together."""

import re
from itertools import pairwise

import pytest

from service.analysis.boilerplate import BoilerplateRules
from service.analysis.boilerplate_parts import PartRule, PartRules, headline_end
from service.paths import config_dir

RULES = BoilerplateRules.load(config_dir() / "lexicon" / "boilerplate.yaml")
LONG = "The envoys met in Muscat for a third day and said that little had changed since the spring. " * 10


@pytest.mark.parametrize(
    ("part", "after", "reason"),
    [
        ("Also read: Navy to buy six frigates after long delay", "The ministry said talks would go on.", "read_more"),
        ("Read the original article on Harbour Business", "", "read_more"),
        ("Recommended Stories - Ferry sinks off Luzon - Rail strike ends in Lyon after nine days",
         "The army denied it.", "read_more"),
        ("- Ferry sinks off Luzon with forty aboard - Rail strike ends in Lyon after nine days - Mayor of Gdynia resigns over flats",
         "The army denied it.", "read_more"),
        ("—With assistance from Ann Marsh and Paul Ito.", "", "agency_credit"),
        ("This story was originally featured on Ledger.com", "", "agency_credit"),
        ("The post Ministers meet in Lomé appeared first on Coast Daily .", "", "agency_credit"),
        ("© 2025 Harbour Media. All rights reserved.", "", "copyright"),
        ("[Photo: Meridian Images]", "The guard was doubled.", "caption"),
        ("ADVERTISEMENT", "The guard was doubled.", "advert"),
        ("We may earn a commission when you buy through links in this article.", "He agreed.", "notice"),
        ("Sign up for our morning newsletter.", "The guard was doubled.", "newsletter"),
        ("Get daily National news", "The guard was doubled.", "newsletter"),
        ("Sign up for our weekly newsletter to get more news from Harbour Press", "", "newsletter"),
        ("Read more ›", "", "read_more"),
        ("View original content to download multimedia: https://wire.example/c7465.html", "", "read_more"),
        ("(With inputs from agencies)", "", "agency_credit"),
        ("(Except for the headline, this story has not been edited by our staff.)", "", "agency_credit"),
        ("Featured image: Ann Example, Shutterstock", "", "caption"),
        ("All republished articles must include our logo.", "", "copyright"),
        ("Follow Meridian English:", "", "share"),
        ("CLICK HERE TO DOWNLOAD THE LEDGER APP", "The guard was doubled.", "share"),
        ("About Harbour Bank Harbour Bank is a lender to small shipping firms in eleven countries.", "", "about_company"),
        ("Media Contact: Ann Marsh press@harbour.example", "", "about_company"),
    ],
)  # fmt: skip
def test_a_stretch_is_cut_out_of_its_paragraph(part: str, after: str, reason: str) -> None:
    found = RULES.parts(f"{LONG}{part} {after}".rstrip())
    assert [(one.start, one.end, one.reason) for one in found] == [(len(LONG), len(LONG) + len(part), reason)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Also read into the record was a letter from the general.",
        "Read more books, the minister told the pupils.",
        "With assistance from Iran the militia took three towns.",
        "This article was originally part of the treaty of 1921.",
        "Advertisement of tobacco is banned in the republic.",
        "We may earn their trust one day, the envoy said.",
        "Sign up or be drafted, the posters told the men of the city.",
        "Get daily rations to the camps, the agency asked the army.",
        "Follow the convoy on foot, he told them.",
        "About Harbour Bank little is known in the capital.",
        "Contact was lost at 214 kilometres, the agency said.",
        "Three steps were agreed: - Withdrawal of the heavy guns - Exchange of the prisoners - Return of the refugees",
        "(The army said it had lost two men.)",
        "- Oak Harbour Insurance Company (Hull) - Redwood Fire Insurance Company (Lyon) - Special Risks Company of Malta (Valletta)",
        "Read more and write less, he said.",
        "All republished maps must be recalled, the court ruled.",
        "(Except for the president, nobody had seen the text.)",
        "“Subscribe to our view,” said the envoy.",
    ],
)
def test_sentences_of_an_article_are_never_cut_out(sentence: str) -> None:
    assert RULES.parts(f"{LONG}{sentence} The envoys left.") == []
    assert RULES.parts(sentence) == []


def test_where_a_headline_ends_is_told_by_the_sentence_after_it_or_not_at_all() -> None:
    text = "Navy to buy six frigates after delay Officials said on Monday that it was late."
    assert text[: headline_end(text, 0)] == "Navy to buy six frigates after delay"
    assert headline_end("Navy to buy six frigates from yards " + "in far away towns " * 20, 0) is None
    assert headline_end("Navy", 0) is None


def test_parts_do_not_overlap_and_each_word_is_tried_once() -> None:
    tried: list[int] = []

    class Counting:
        def match(self, line: str, start: int) -> re.Match[str] | None:
            tried.append(start)
            return re.compile("Alpha .{20}").match(line, start)

    rules = PartRules.compile((PartRule(reason="x", begins=("alpha",), patterns=("Alpha",)),))
    object.__setattr__(rules.by_word["alpha"][0], "pattern", Counting())
    line = "Alpha one. " * 90_000
    parts = list(rules.find(line))
    assert all(left.end <= right.start for left, right in pairwise(parts))
    assert len(tried) == len(set(tried)) <= 90_000
