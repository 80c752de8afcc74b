"""What enters: one news article (section 1 of the contract)."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from service.messages.text import ArticleId, Body, Text


def parse_published_at(value: Any) -> str:
    """Check an RFC 3339 date or date-time and return it unchanged.

    The string is kept as received, because the enriched article repeats it; :attr:`Article.published` is the parsed one.

    Raises:
        PydanticCustomError: not a string, or not a date or date-time with an offset by RFC 3339.
    """
    if not isinstance(value, str):
        raise PydanticCustomError("rfc3339", "Input should be an RFC 3339 date or date-time string")
    parse_rfc3339(value)
    return value


_RFC3339 = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ](?P<minute>[0-9]{2}:[0-9]{2}):(?P<second>[0-9]{2})(?P<fraction>\.[0-9]+)?"
    r"(?P<offset>[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9]))?"
)
"""RFC 3339, section 5.6, and its full-date alone. Python's ``fromisoformat`` takes far more: week dates, basic format."""


def parse_rfc3339(value: str) -> datetime:
    """Read an RFC 3339 date (midnight UTC) or date-time as an aware datetime in UTC, to the microsecond.

    Second 60, which RFC 3339 allows for leap seconds, is read as 59.

    Raises:
        PydanticCustomError: anything else.
    """
    match = _RFC3339.fullmatch(value)
    try:
        if match is None:
            raise ValueError("not RFC 3339")
        if match["minute"] is None:
            return datetime.fromisoformat(f"{match['date']}T00:00:00+00:00")
        second = "59" if match["second"] == "60" else match["second"]
        fraction = (match["fraction"] or "")[:7]
        offset = "+00:00" if match["offset"] in "Zz" else match["offset"]
        moment = datetime.fromisoformat(f"{match['date']}T{match['minute']}:{second}{fraction}{offset}")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError(
            "rfc3339",
            "Input should be an RFC 3339 date (2024-11-19) or date-time with an offset (2024-11-19T08:30:00Z)",
        ) from None


PublishedAt = Annotated[
    str,
    BeforeValidator(parse_published_at),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}),
]


class Article(BaseModel):
    """A news article.

    Offsets of everything that the analysis says count Unicode code points in ``title`` and ``body`` as they stand here.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: ArticleId = Field(description="Identity of the article, and key of its message: the unit of idempotence")
    title: Text = Field(description="Headline; may be empty when the body is not")
    body: Body = Field("", description="Plain text; required unless the title is non-empty")
    published_at: PublishedAt = Field(
        description="RFC 3339 date or date-time: actors' roles and relative dates are resolved against it"
    )
    url: Text | None = Field(None, description="Web address of the article")
    source: Text | None = Field(None, description="Who published it")
    language: Text | None = Field(
        None,
        description="BCP 47 tag; decides whether the article is read where its text is too short or mixed to be sure",
    )

    @model_validator(mode="after")
    def _has_text(self) -> "Article":
        if not self.title.strip() and not self.body.strip():
            raise PydanticCustomError("no_text", "title and body are both empty: there is nothing to analyse")
        return self

    @property
    def published(self) -> datetime:
        """``published_at`` in UTC; a bare date is its midnight."""
        return parse_rfc3339(self.published_at)

    def field(self, name: str) -> str:
        """The text that offsets of ``field: name`` point into: ``title`` or ``body``."""
        return self.title if name == "title" else self.body
