"""HTML in a plain body: tags are no words, what ends a paragraph ends a line, and offsets point into the body as it came."""

import time

import pytest

from service.analysis.boilerplate import BoilerplateRules
from service.analysis.legible import legible
from service.analysis.text import lines, split_article
from service.messages.article import Article
from service.paths import config_dir

RULES = BoilerplateRules.load(config_dir() / "lexicon" / "boilerplate.yaml")


def read(body: str) -> list[str]:
    return [legible(body[line.start : line.end]).text for line in lines("body", body)]


def test_tags_that_end_a_paragraph_end_a_line() -> None:
    body = '<h2>Talks in Oslo</h2><p class="lead">Peru met Chile.</p><p>&nbsp;</p><ul><li>Mali left<br/>early</ul>'
    assert read(body) == ["Talks in Oslo", "Peru met Chile.", "Mali left", "early"]


def test_tags_within_a_line_and_entities_are_no_words() -> None:
    body = "Peru&#8217;s <strong>army</strong> and <A HREF='x'\n title='y'>R&amp;D</A>&nbsp;staff left."
    assert read(body) == ["Peru’s army and R&D staff left."]


def test_scripts_styles_and_comments_are_not_read() -> None:
    body = "One.<script>if (a < b) alert('<p>no</p>')</script>Two.<!-- <p>no</p> --><STYLE>p {}</STYLE>Three.<script>"
    assert read(body) == ["One.", "Two.", "Three."]


@pytest.mark.parametrize(
    "line",
    ["He wrote <redacted> & left; a < b > c", "The <3 of fans, AT&T; and R&D", "<name withheld> said"],
)
def test_what_is_no_html_is_text(line: str) -> None:
    assert read(line) == [line]


def test_offsets_point_into_the_body_as_it_came() -> None:
    body = "<p>The <b>Peru</b>vian navy, R&amp;D <i>included</i>, sailed.</p>"
    (line,) = lines("body", body)
    text = legible(body[line.start : line.end])
    assert text.text == "The Peruvian navy, R&D included, sailed."
    for word, written in {"Peruvian": "Peru</b>vian", "R&D": "R&amp;D", "included": "included"}.items():
        at = text.text.index(word)
        start, end = text.source(at, at + len(word))
        assert body[line.start + start : line.start + end] == written


def test_boilerplate_is_known_in_its_tags() -> None:
    body = '<p>Peru met Chile in Oslo on Monday.</p>\n<p><strong>Read more:</strong> <a href="x">Mali leaves</a></p>'
    article = Article(id="a", title="", body=body, published_at="2024-11-19")
    stretches, boilerplate = split_article(article, RULES)
    assert [body[s.start : s.end] for s in stretches] == ["Peru met Chile in Oslo on Monday."]
    assert [body[b.start : b.end] for b in boilerplate] == ['<strong>Read more:</strong> <a href="x">Mali leaves</a>']


@pytest.mark.parametrize("part", ["<script>", "<!--", "<a ", "<", "<p>", "<b>x</b>", "&amp;"])
def test_a_body_of_broken_markup_takes_linear_time(part: str) -> None:
    body = part * (1_000_000 // len(part)) + ">"
    started = time.process_time()
    sum(1 for _ in lines("body", body))
    legible(body[:100_000])
    assert time.process_time() - started < 5
