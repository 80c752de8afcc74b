"""HTML bodies to plain text, by a library made for it (trafilatura), with lxml's own text as the fallback."""

import re
from typing import Any

import trafilatura
from lxml import etree
from lxml import html as lxml_html

from service.messages.errors import ValidateError
from service.messages.text import MAX_BODY_LENGTH

MAX_HTML_LENGTH = 4 * MAX_BODY_LENGTH
"""Code points of markup that are parsed: a body of text at its limit, with three times as much markup around it."""

_BLOCKS = frozenset(
    """address article aside blockquote br dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6
    header hr li main nav ol p pre section table td th tr ul""".split()  # noqa: SIM905 - a list of words reads better so
)
_UNSEEN = ("script", "style", "template", "noscript", "iframe", "object", "svg", "title")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
"""XHTML may open with one; lxml takes no encoding declaration in a string."""
_FORMATTING = ("b", "strong", "i", "em", "u", "s", "span", "font", "small", "big", "mark", "abbr", "cite", "sub", "sup")


def has_html_body(document: dict[str, Any]) -> bool:
    """Whether an article in the contract's own form brings its text as ``body_html`` only."""
    return document.get("body_html") is not None and not document.get("body")


def with_text_body(document: dict[str, Any]) -> dict[str, Any]:
    """The article with ``body`` set to the text of its ``body_html``.

    Raises:
        ValidateError: ``body_html`` is no string, or longer than :data:`MAX_HTML_LENGTH`.
    """
    return {**document, "body": html_to_text(document["body_html"], "body_html")}


def html_to_text(markup: Any, field: str = "body_html") -> str:
    """The readable text of an HTML page or fragment, a line a paragraph; empty when there is none.

    Args:
        markup: the HTML, as it came out of the message.
        field: the message's field, for the reason of a refusal.

    Raises:
        ValidateError: not a string, or too long to be parsed.
    """
    if not isinstance(markup, str):
        raise ValidateError(f"{field}: Input should be a string")
    if len(markup) > MAX_HTML_LENGTH:
        raise ValidateError(f"{field}: HTML should have at most {MAX_HTML_LENGTH} characters, it has {len(markup)}")
    markup = "".join(char for char in markup if _parsable(char))
    if not markup.strip():
        return ""
    page = markup if "<body" in markup.lower() else f"<html><body><article>{markup}</article></body></html>"
    return _main_text(page) or _all_text(page)


def _parse(page: str) -> lxml_html.HtmlElement | None:
    """The page without what is never read aloud; bold and its like dissolved, since they break no sentence."""
    try:
        tree = lxml_html.document_fromstring(_XML_DECLARATION.sub("", page, count=1))
    except (etree.ParserError, ValueError):
        return None
    for element in list(tree.iter(*_UNSEEN, etree.Comment, etree.ProcessingInstruction)):
        if element.getparent() is not None:
            element.drop_tree()
    etree.strip_tags(tree, *_FORMATTING)
    for paragraph in tree.iter("p"):
        etree.strip_tags(paragraph, "a")  # a list of links says "navigation"; a link in a sentence says nothing
    return tree


def _main_text(page: str) -> str:
    """Trafilatura's idea of the article. It is made for whole pages and may find none in a short fragment."""
    tree = _parse(page)
    if tree is None:
        return ""
    text = trafilatura.extract(
        tree, output_format="txt", include_comments=False, include_tables=True, favor_recall=True, deduplicate=False
    )
    return text.strip() if text else ""


def _all_text(page: str) -> str:
    """Every visible word, a line for each block element."""
    tree = _parse(page)
    if tree is None:
        return ""
    pieces: list[str] = []
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if element.tag in _BLOCKS:
            pieces.append("\n")
        words = element.text if event == "start" else element.tail
        if words:
            pieces.append(words.replace("\n", " ").replace("\r", " "))
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)


def _parsable(char: str) -> bool:
    """XML 1.0's characters: libxml2 takes no other control characters and no surrogates."""
    return (char >= " " and not "\ud800" <= char <= "\udfff" and char not in "\ufffe\uffff") or char in "\t\n\r"
