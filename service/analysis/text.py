"""What of an article is read: its title, and the paragraphs of its body that are not boilerplate.

Every stretch is cut out of the article's own field and nothing is rewritten, so that offsets need no mapping back. The work
is linear in the length of the article.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from service.analysis.boilerplate import BoilerplateRules
from service.analysis.boilerplate_parts import Part
from service.analysis.legible import legible
from service.analysis.markup import breaks, has_markup, is_blank
from service.messages.article import Article
from service.messages.enriched import Boilerplate, FieldName

MAX_PASSAGE: Final = 4_000
"""Code points. A paragraph of news has 100 to 600; the parser's memory grows with the passage, so longer ones are cut."""

_LINE: Final = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
"""A line by any convention that ``str.splitlines`` knows."""

_SENTENCE_END: Final = re.compile(r"[.!?…][\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z0-9])")

_UPPER_PLACE: Final = r"(?:S[Tt]\.\ )?(?!NATO\b|ASEAN\b|OPEC\b|ISIS\b)[A-ZÀ-Þ]['’]?[A-ZÀ-Þ]{2}[A-ZÀ-Þ.'’]*(?:[ /-][A-ZÀ-Þ][A-ZÀ-Þ.'’]+){0,4}"
_PLACE: Final = r"[A-ZÀ-Þ][\w.'’-]+(?:[\ /][A-ZÀ-Þ][\w.'’-]+|\ (?:de|of|al|el|la)\b){0,4}"
_REGION: Final = r"(?:,\ [A-ZÀ-Þ][\w.'’-]+(?:\ [A-ZÀ-Þ][\w.'’-]+){0,2})?"
_DAY: Final = r"(?:[A-Z][a-z]{2,8}\.?\ \d{1,2}|\d{1,2}\ [A-Z][a-z]{2,8}\.?)(?:,?\ \d{4})?"
_AGENCY: Final = r"(?:\((?![DRI]-)(?:[A-Z][\w ./&,-]|dpa\b|ots\b)[\w ./&,-]{0,40}\)|/[A-Z][\w-]{2,15}/\.?)"
_BARE_AGENCY: Final = r"(?:IRNA|AFP|AP|SANA|WAM|PTI|ANI|IANS|KUNA|BNA|APP|MENA|KCNA|CNN|VOA|UPI|TASS|DPA|EFE|ANSA)"
_DASH: Final = r"(?:\ *[–—]\ *|\ ?--\ ?|\ -\ )"

_DATELINE: Final = re.compile(
    rf"""(?: {_UPPER_PLACE} {_REGION} (?:[,.]?\ {_DAY}\.?)? (?:\ ?{_AGENCY})? (?: {_DASH} | (?<=\)):\  | (?<=/[.])\  )  # KYIV, Ukraine (Reuters) –
          | {_PLACE} {_REGION} (?:[,.]?\ {_DAY}\.?)? \ {_AGENCY} (?: {_DASH} | :\  | (?<=/[.])\  )               # Seoul, Nov. 19 (Yonhap) --
          | {_PLACE} {_REGION} ,?\ {_BARE_AGENCY} (?:\ \|)? {_DASH}                                                   # Tehran, IRNA –
          | (?: {_DAY}\  )? {_AGENCY} {_DASH}                                                              # Nov. 19 (UPI) --
        )
        (?= ["“'‘(A-ZÀ-Þ0-9] | $ )""",
    re.VERBOSE,
)
"""Place, region, day and agency before a dash, in the ways of the agencies. A place in small letters needs an agency beside it."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Half-open code point offsets into a field of the article."""

    field: FieldName
    start: int
    end: int


def split_article(article: Article, rules: BoilerplateRules) -> tuple[list[Stretch], list[Boilerplate]]:
    """The stretches to read, title first, and those to leave out with the reason.

    Together they are all of the article's lines, without the white space around them; none overlaps another.
    """
    stretches = [piece for line in lines("title", article.title) for piece in pieces(article.title, line)]
    body = list(lines("body", article.body))
    reasons = rules.reasons([legible(article.body[line.start : line.end]).text for line in body])
    boilerplate: list[Boilerplate] = []
    for line, reason in zip(body, reasons, strict=True):
        start = line.start
        for part in (
            [Part(0, line.end - line.start, reason)] if reason is not None else _parts(article.body, line, rules)
        ):
            stretches.extend(_between(article.body, start, line.start + part.start))
            start = line.start + part.end
            boilerplate.append(Boilerplate(field="body", start=line.start + part.start, end=start, reason=part.reason))
        stretches.extend(_between(article.body, start, line.end))
    return stretches, boilerplate


def _parts(body: str, line: Stretch, rules: BoilerplateRules) -> Iterator[Part]:
    """The boilerplate within a line of an article, by offsets into the line as it came."""
    text = legible(body[line.start : line.end])
    for part in rules.parts(text.text):
        yield Part(*text.source(part.start, part.end), part.reason)


def _between(body: str, start: int, end: int) -> Iterator[Stretch]:
    """What stands there of the article, without the white space around it, in pieces; nothing when nothing does."""
    text = body[start:end]
    if is_blank(text):
        return
    start += len(text) - len(text.lstrip())
    yield from pieces(body, Stretch("body", start, start + len(text.strip())))


def lines(field: FieldName, text: str) -> Iterator[Stretch]:
    """The lines of ``text`` that are not blank, without the white space around them and without tags that end a line."""
    for first, last in _between_breaks(text) if has_markup(text) else (match.span() for match in _LINE.finditer(text)):
        line = text[first:last]
        stripped = line.strip()
        if stripped and not (stripped[0] in "<&" and is_blank(stripped)):
            start = first + len(line) - len(line.lstrip())
            yield Stretch(field, start, start + len(stripped))


def _between_breaks(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end, after in breaks(text):
        yield start, end
        start = after
    yield start, len(text)


def pieces(text: str, line: Stretch) -> Iterator[Stretch]:
    """The line itself, or, when it is longer than :data:`MAX_PASSAGE`, parts of it.

    Cut after the last sentence that fits, else after the last word, else (no white space at all) where the limit falls.
    """
    start = line.start
    while line.end - start > MAX_PASSAGE:
        limit = start + MAX_PASSAGE
        cut = _last_break(text, start + MAX_PASSAGE // 2, limit)
        end = start + len(text[start:cut].rstrip())
        if end > start:
            yield Stretch(line.field, start, end)
        start = cut
        while start < line.end and text[start].isspace():
            start += 1
    if start < line.end:
        yield Stretch(line.field, start, line.end)


def _last_break(text: str, earliest: int, limit: int) -> int:
    """Where the next piece begins: the best place in ``text[earliest:limit]``."""
    cut = 0
    for match in _SENTENCE_END.finditer(text, earliest, limit):
        cut = match.end()
    if not cut:
        for index in range(limit - 1, earliest, -1):
            if text[index].isspace():
                return index + 1
    return cut or limit


def dateline(text: str) -> int:
    """How many code points at the beginning of a paragraph are its dateline; 0 when it has none."""
    match = _DATELINE.match(text)
    return match.end() if match is not None else 0
