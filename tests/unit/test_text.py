"""Passages and boilerplate: exact stretches of the article that do not overlap and leave nothing but white space out."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.analysis.boilerplate import BoilerplateRules
from service.analysis.text import MAX_PASSAGE, Stretch, lines, pieces, split_article
from service.knowledge.errors import LexiconError
from service.messages.article import Article
from service.paths import config_dir

RULES = BoilerplateRules.load(config_dir() / "lexicon" / "boilerplate.yaml")

PARTS = st.one_of(
    st.text(st.characters(codec=None, categories=None), max_size=30),
    st.sampled_from(
        ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x85", "\v", " ", "\u00a0", "\ufeff", "\x00", "👩‍👩‍👧", "e\u0301", "שלום", "\u202e",
         "\ud83d", "Advertisement", "Read more: Troops leave the town", "Dear readers,", "Support us.", "We need you. ",
         "x" * 5000, "Troops left. " * 400]
    ),
)  # fmt: skip
TEXTS = st.lists(PARTS, max_size=12).map("".join)


def article(body: str, title: str = "Title") -> Article:
    return Article(id="a", title=title, body=body, published_at="2024-11-19")


@given(TEXTS, TEXTS)
def test_stretches_and_boilerplate_are_the_whole_text_but_for_white_space(title: str, body: str) -> None:
    text = article(body, f"T{title}")
    stretches, boilerplate = split_article(text, RULES)
    for field in ("title", "body"):
        whole = text.field(field)
        spans = sorted(
            [(s.start, s.end) for s in stretches if s.field == field]
            + [(b.start, b.end) for b in boilerplate if b.field == field]
        )
        position = 0
        for start, end in spans:
            assert position <= start < end
            assert not whole[position:start].strip()
            assert whole[start] == whole[start:end].lstrip()[0]
            assert end - start <= MAX_PASSAGE or any(b.field == field and b.start == start for b in boilerplate)
            position = end
        assert not whole[position:].strip()


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\n\n", "\u2028", "\u2029", "\x85", " \n \t\n ", "\v", "\f"])
def test_every_convention_ends_a_line(newline: str) -> None:
    text = f"One.{newline}Two."
    assert [text[line.start : line.end] for line in lines("body", text)] == ["One.", "Two."]


def test_the_title_comes_first() -> None:
    stretches, _ = split_article(article("Body."), RULES)
    assert stretches == [Stretch("title", 0, 5), Stretch("body", 0, 5)]


def test_a_long_line_is_cut_at_the_end_of_a_sentence() -> None:
    text = "The delegation left the capital on Tuesday. " * 300
    cut = list(pieces(text, Stretch("body", 0, len(text.rstrip()))))
    assert len(cut) > 3
    assert all(text[piece.start : piece.end].endswith("Tuesday.") for piece in cut)
    assert all(text[piece.start : piece.end].startswith("The") for piece in cut)


def test_without_sentences_a_word_is_not_cut_and_without_words_the_limit_falls() -> None:
    words = "troops " * 2000
    assert {words[p.start : p.end].split(" ")[-1] for p in pieces(words, Stretch("body", 0, len(words) - 1))} == {
        "troops"
    }
    run = "x" * 10_000
    assert [p.end - p.start for p in pieces(run, Stretch("body", 0, len(run)))] == [MAX_PASSAGE, MAX_PASSAGE, 2000]


APPEAL = """Delegates from nine countries meet in Nairobi on Monday.
An important message from The Harbour Ledger:
Dear readers,
Last spring a court froze our accounts, and two of our reporters now work from abroad.
The ministry claims that such work is "hostile to the state and to its armed forces." That is not how we see it.
Every gift helps us to go on.
Continue
Maybe later"""


def reasons(text: str) -> list[str | None]:
    return RULES.reasons(text.split("\n"))


def test_an_appeal_is_boilerplate_from_its_heading_to_its_last_button() -> None:
    assert reasons(APPEAL) == [None, *["donation"] * 7]


def test_an_article_that_goes_on_after_an_appeal_is_kept() -> None:
    after = (
        "The foreign minister of Kenya will open the conference.\nTroops guard the hotel.\nPolice closed three streets."
    )
    assert reasons(f"{APPEAL}\n{after}")[-3:] == [None, None, None]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Reporting by Ann Example in Oslo; editing by Ben Sample", "agency_credit"),
        ("The Associated Press contributed to this report.", "agency_credit"),
        ("ADVERTISEMENT", "advert"),
        ("Story continues below this ad", "advert"),
        ("Read more: Envoys return to Muscat", "read_more"),
        ("Follow us on Telegram", "share"),
        ("Share this article", "share"),
        ("Sign up for our daily newsletter", "newsletter"),
        ("We use cookies to improve this site.", "cookies"),
        ("Copyright 2024 Example Media. All rights reserved.", "copyright"),
        ("Correction: An earlier version gave the wrong rank.", "notice"),
        ("Be the first to comment", "comments"),
        ("A soldier stands guard in Goma. Photo: A. Example/Reuters", "caption"),
        ("Published 6:42 pm, 3 August 2019 | 4 min read", "byline"),
        ("Make a donation", "donation"),
        ("You have 2 free articles left this month.", "subscription"),
        ("The text comes from the website of Radio Meridian.", "agency_credit"),
        ("Reprinted with the author’s permission from his newsletter", "agency_credit"),
        ("4 March 2019, 10:15 GMT", "byline"),
        ("10:15, Mon 4 Mar 2019", "byline"),
        ("Image 2 of 3 next", "caption"),
        ("Photo, from left to right: the envoys of both sides", "caption"),
        ("The envoy greets the crew of the ferry (Ann Example/PA)", "caption"),
        ("The envoy greets the crew. Ann Example/Meridian Pictures via AP", "caption"),
        ("A ferry in the harbour.Credit: Meridian Pictures", "caption"),
        ("Tanks near the border tunnel Shutterstock", "caption"),
        ("Ben Sample Courtesy of Ben Sample", "caption"),
        ("The rest of the article is under the video:", "read_more"),
        ("The latest news of the strike can be followed here.", "read_more"),
        ("Expand", "read_more"),
        ("VIEW VIDEO What the minister said", "video"),
        ("0:48 Storm takes the roof off a school – video", "video"),
        ("View the latest Meridian deals", "advert"),
        ("Play now and win a boat", "advert"),
        ("What should the council do? Vote in our poll", "comments"),
        ("Were you there? Tell us what happened.", "comments"),
        ("Help the victims of the flood: donate at help.example", "donation"),
        ("The Ledger belongs to its 4,000 readers.", "donation"),
        ("Available for iPhone and Android", "app"),
        ("Saw the crash? Email us at desk@ledger.example", "share"),
        ('Try "The Tide", our newsletter on ports', "newsletter"),
        ("Every week our foreign desk explains a war.", "newsletter"),
        ("See page 14: the lost ferry", "navigation"),
        ("Published by Harbour Newspapers Ltd, Hull", "copyright"),
        ("The forecasts above are not investment advice.", "notice"),
        ("The names of the witnesses have been changed.", "notice"),
        ("Ann Example is a Ledger columnist", "author"),
        ("Follow this author Ann Example's opinions", "author"),
    ],
)
def test_lines_that_only_boilerplate_says(line: str, reason: str) -> None:
    assert RULES.reasons(["The talks failed.", line, "The envoys left."]) == [None, reason, None]


@pytest.mark.parametrize(
    "line",
    [
        "Reporting by the commission showed that the army had used cluster bombs in three provinces.",
        "Support for Ukraine will continue, the chancellor said.",
        "Read the treaty before you shout about it, the minister told the opposition.",
        "Follow the money, said the prosecutor, and you will find the general.",
        "“Donate now” read the posters of the party that the court had banned.",
        "Continue the offensive, the president told his generals.",
        "The newspaper asked its readers for donations after the raid.",
        "Share prices fell after the attack on the pipeline.",
        "Print shops were closed and their owners arrested.",
        "Subscribers of the state mobile network lost service during the attack.",
        "Advertising in state media was banned.",
        "Comments by the spokesman angered Beijing.",
        "By Tuesday the rebels had taken the airport.",
        "Watch towers were built along the border.",
        "Video of the strike was shown on state television.",
        "Not today, he said when asked whether he would resign.",
        "More from the front will be known on Monday, the general said.",
        "Dear friends of the president were among the accused.",
        "The text comes from a treaty of 1921, and nobody had read it.",
        "Reprinted with care, the map hung in every school of the province.",
        "On 4 March 2019, at 10:15, the first shell fell.",
        "Two of three images showed the same truck.",
        "The broadcaster was banned (RFE/RL)",
        "The two sides signed the text (Germany/France).",
        "Troops moved in, said AFP",
        "The envoy paid him credit: nobody else had come.",
        "Reuters journalists wounded at border crossing",
        "AP photographer freed after nine days in prison",
        "THE HARBOUR FELL QUIET, AND NOBODY KNEW WHO HAD GIVEN THE ORDER TO LEAVE.",
        "Watch the video, the judge told the jury, and count the shots.",
        "The winner of the vote in our polling station was nobody.",
        "Were you affected, they asked him, and he said that he was.",
        "Help the victims of the flood, the bishop said.",
        "The harbour belongs to its owners and not to the readers of treaties.",
        "Email us the names, the kidnappers wrote.",
        "See the page that he tore out.",
        "The talks are not advice but an order.",
        "The names of three streets have been read out.",
        "Ann Example is a teacher in Hull",
    ],
)
def test_lines_of_an_article_are_never_lost(line: str) -> None:
    for lines_ in (
        ["The talks failed.", line, "The envoys left."],
        [line, "The envoys left."],
        ["The talks failed.", line],
    ):
        assert RULES.reasons(lines_)[lines_.index(line)] is None


def test_headlines_after_a_heading_are_links_and_the_same_lines_in_an_article_are_not() -> None:
    links = ["Rebels return to the Kivu hills", "Envoy calls for a new truce in Darfur"]
    assert RULES.reasons(["Talks failed.", "Most read", *links]) == [None, "read_more", "read_more", "read_more"]
    assert RULES.reasons(["Talks failed.", *links]) == [None, None, None]


@pytest.mark.parametrize(
    "line",
    [
        "NEVER SAY GOODBYE",
        "The rest of the article deals with fishing rights below the dam.",
        "Every week our correspondents' names were struck off the list.",
    ],
)
def test_lines_in_the_midst_of_an_article_are_never_lost(line: str) -> None:
    assert RULES.reasons(["The talks failed.", line, "The envoys left."])[1] is None


def test_who_signed_a_statement_is_no_headline() -> None:
    signed = ["Ann Example, Honorary Consul in Hull", "Hull, March 24, 2022"]
    lines_ = ["The talks failed.", *signed, "Photo, from left to right: the consuls"]
    assert RULES.reasons(lines_) == [None, None, None, "caption"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Reporting from Ann Example, Ben Sample and Rosa Pinto in Hull", "agency_credit"),
        ("Authors: Ann Example, Ben Sample and Rosa Pinto", "agency_credit"),
        ("Ann Example and wire services", "agency_credit"),
        ("(afp, radio, tv)", "agency_credit"),
        ("Ann Example is the author of two books on ships", "author"),
        ("Senator Ann Example represents Ohio in the US Senate.", "author"),
    ],
)
def test_credits_and_authors_stand_at_the_end(line: str, reason: str) -> None:
    assert RULES.reasons(["The talks failed.", "The envoys left.", line]) == [None, None, reason]
    assert RULES.reasons(["The talks failed.", line, "The envoys left."])[1] != reason


def test_the_place_above_a_text_is_its_dateline() -> None:
    assert RULES.reasons(["Hong Kong CNN —", "The talks failed."]) == ["byline", None]
    assert RULES.reasons(["The talks failed.", "Hong Kong CNN —", "They met again."])[1] is None


def test_a_dateline_at_the_end_is_boilerplate_only_at_the_edge() -> None:
    assert RULES.reasons(["19 November 2024", "Talks failed.", "19 November 2024", "They met again.", "With AFP"]) == [
        "byline", None, None, None, "agency_credit",
    ]  # fmt: skip


def test_a_broken_rule_names_its_file(tmp_path: Path) -> None:
    path = tmp_path / "boilerplate.yaml"
    for content in ("lines: [{reason: x, patterns: ['(']}]\nsections: []", "lines: {}", "lines: [", "lines: []"):
        path.write_text(content)
        with pytest.raises(LexiconError, match=r"boilerplate\.yaml"):
            BoilerplateRules.load(path)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "body",
    ["a " * 500_000, "Photo: " * 140_000, "\n".join(["Dear readers,"] * 60_000), "(" * 1_000_000, "\n" * 1_000_000,
     "© " * 500_000, "We need you " * 80_000, "\n".join(["by " * 12] * 25_000), "A.B " * 250_000],
)  # fmt: skip
def test_a_million_code_points_take_linear_time(body: str) -> None:
    split_article(article(body[:1_000_000]), RULES)
