"""HTML in what should be plain text: which tags end a line, and which only dress the words.

Some feeds put markup into a plain body. Only the names of HTML's own elements make a tag, so that ``<redacted>`` and ``a < b`` stay
text. Nothing is parsed: what stands between two tags that end a line is a line, whatever they were meant to hold.
"""

import re
from collections.abc import Iterator
from typing import Final

_BLOCKS: Final = """address article aside blockquote body br center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3
    h4 h5 h6 head header hr html iframe legend li main nav object ol option p picture pre section select source summary svg table tbody td
    tfoot th thead title tr ul video""".split()  # noqa: SIM905
_INLINE: Final = """a abbr b bdi bdo big button cite code data del dfn em font i img input ins kbd label link mark meta o:p q s samp small
    span strike strong sub sup time tt u var wbr""".split()  # noqa: SIM905
_UNSEEN: Final = ("script", "style", "noscript")
_ENDS: Final = {"<!--": re.compile("-->")} | {name: re.compile(f"</{name}\\s*>", re.IGNORECASE) for name in _UNSEEN}

_ATTRIBUTES: Final = r"(?:\s[^<>]{0,4000})?/?>"
INLINE_TAG: Final = rf"</?(?i:{'|'.join(_INLINE)}){_ATTRIBUTES}"
"""A pattern, for tags within a line: ``<b>``, ``</a>``."""

ENTITY: Final = r"&(?:[A-Za-z]{2,8}[0-9]{0,2}|\#[0-9]{1,7}|\#[xX][0-9A-Fa-f]{1,6});"
"""A pattern, for characters by name or number: ``&amp;``, ``&#8217;``."""

_NOTHING: Final = re.compile(rf"(?:\s|{INLINE_TAG}|&(?:nbsp|\#160|\#[xX][aA]0);)*")

_MARK: Final = re.compile(
    rf"""(?P<newline>[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+)
      | (?P<comment><!--) | <(?P<unseen>{"|".join(_UNSEEN)}){_ATTRIBUTES}
      | (?P<block></?(?:{"|".join([*_BLOCKS, *_UNSEEN])}){_ATTRIBUTES} | <!doctype[^<>]*>)
      | {INLINE_TAG}""",
    re.VERBOSE | re.IGNORECASE,
)


def has_markup(text: str) -> bool:
    """Whether the text may have tags: a glance, to spare nearly all texts more."""
    return "<" in text and ">" in text


def is_blank(line: str) -> bool:
    """Whether a line has nothing but tags and spaces: ``<b></b>&nbsp;``."""
    return _NOTHING.fullmatch(line) is not None


def breaks(text: str) -> Iterator[tuple[int, int]]:
    """Half-open offsets of what no line has: ends of lines, tags that end one, comments, scripts and styles with all that they hold."""
    position = 0
    unclosed: set[str] = set()
    while (mark := _MARK.search(text, position)) is not None:
        start, position = mark.span()
        if mark["comment"] or mark["unseen"]:
            position = _after(text, mark["comment"] or mark["unseen"].lower(), position, unclosed)
        elif not mark["newline"] and not mark["block"]:
            continue
        yield start, position


def _after(text: str, unseen: str, position: int, unclosed: set[str]) -> int:
    """Where what is not seen is over; ``position`` itself when nothing closes it. What is not there is looked for once."""
    end = None if unseen in unclosed else _ENDS[unseen].search(text, position)
    if end is None:
        unclosed.add(unseen)
        return position
    return end.end()
