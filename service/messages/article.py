"""What enters: one news article (section 1 of the contract)."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
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
        raise PydanticCustomError(
            "rfc3339", "Input should be an RFC 3339 date or date-time string"
        )
    parse_rfc3339(value)
    return value


def parse_rfc3339(value: str) -> datetime:
    """Read an RFC 3339 date (midnight UTC) or date-time as an aware datetime in UTC."""
    try:
        if len(value) == 10:
            day = date.fromisoformat(value)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        moment = datetime.fromisoformat(_leap_second(value))
        if value[10] not in "Tt " or moment.tzinfo is None:
            raise ValueError("no time zone")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError, IndexError):
        raise PydanticCustomError(
            "rfc3339",
            "Input should be an RFC 3339 date (2024-11-19) or date-time with an offset (2024-11-19T08:30:00Z)",
        ) from None


def _leap_second(value: str) -> str:
    """RFC 3339 allows second 60; Python's datetime does not: read it as 59."""
    return value[:17] + "59" + value[19:] if value[16:19] == ":60" else value


PublishedAt = Annotated[
    str,
    BeforeValidator(parse_published_at),
    WithJsonSchema(
        {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}
    ),
]


class Article(BaseModel):
    """A news article, ready to be analysed.

    Offsets of everything that the analysis says count Unicode code points in :attr:`title` and :attr:`body` as they stand here.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: ArticleId
    title: Text
    body: Body = ""
    published_at: PublishedAt
    url: Text | None = None
    source: Text | None = None
    language: Text | None = None

    @model_validator(mode="after")
    def _has_text(self) -> "Article":
        if not self.title.strip() and not self.body.strip():
            raise PydanticCustomError(
                "no_text", "title and body are both empty: there is nothing to analyse"
            )
        return self

    @property
    def published(self) -> datetime:
        """``published_at`` in UTC; a bare date is its midnight."""
        return parse_rfc3339(self.published_at)

    def field(self, name: str) -> str:
        """The text that offsets of ``field: name`` point into: ``title`` or ``body``."""
        return self.title if name == "title" else self.body
