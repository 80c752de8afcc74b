"""Text that keeps every code point it came with.

JSON can spell code points that no UTF-8 encoder takes: ``"\\ud83d"`` is half of an emoji, cut off by a careless
truncation upstream. Offsets in the contract count code points of *the string that the input carried*, so such a string
is neither repaired nor refused: it is held as it is, and written back as the escape that it came as.
"""

from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import PydanticCustomError, core_schema


class _AnyCodePoint:
    """Pydantic's own ``str`` refuses lone surrogates (it stores UTF-8); this schema checks the type and the length only."""

    def __init__(self, min_length: int = 0, max_length: int | None = None) -> None:
        self.min_length = min_length
        self.max_length = max_length

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._check)

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: Any) -> dict[str, Any]:
        json_schema: dict[str, Any] = {"type": "string"}
        if self.min_length:
            json_schema["minLength"] = self.min_length
        if self.max_length is not None:
            json_schema["maxLength"] = self.max_length
        return json_schema

    def _check(self, value: Any) -> str:
        if not isinstance(value, str):
            raise PydanticCustomError("string_type", "Input should be a string")
        if len(value) < self.min_length:
            raise PydanticCustomError(
                "string_too_short",
                "String should have at least {min_length} characters",
                {"min_length": self.min_length},
            )
        if self.max_length is not None and len(value) > self.max_length:
            raise PydanticCustomError(
                "string_too_long",
                "String should have at most {max_length} characters, it has {length}",
                {"max_length": self.max_length, "length": len(value)},
            )
        return value


MAX_ID_LENGTH = 512
"""Code points. The id is a Kafka key and a CloudEvents header: bounded, so that neither can be abused as a payload."""

MAX_BODY_LENGTH = 1_000_000
"""Code points. A long magazine piece has 60,000; beyond a million it is a dump, not an article."""

Text = Annotated[str, _AnyCodePoint()]
"""Any text of an article or a quotation from one, lone surrogates included."""

ArticleId = Annotated[str, _AnyCodePoint(min_length=1, max_length=MAX_ID_LENGTH)]
Body = Annotated[str, _AnyCodePoint(max_length=MAX_BODY_LENGTH)]


def scalar_values(text: str) -> str:
    """The same text with U+FFFD for each lone surrogate: as many code points, but encodable as UTF-8 for libraries."""
    return (
        "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text) if has_surrogates(text) else text
    )


def has_surrogates(text: str) -> bool:
    """Whether ``text`` holds a code point that UTF-8 cannot carry."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False
