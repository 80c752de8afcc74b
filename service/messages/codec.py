"""Bytes to article, enriched article to bytes.

Strict at the door: what is not plainly an article by the contract is refused with a reason that names the field, so that
the stages behind need no defence of their own.
"""

import json
from typing import Any, NoReturn

from pydantic import BaseModel, ValidationError

from service.messages.article import Article
from service.messages.errors import DecodeError, EncodeError, ValidateError
from service.messages.html import has_html_body, with_text_body
from service.messages.ninjs import is_ninjs, ninjs_to_article
from service.messages.text import has_surrogates


def decode(value: bytes | None) -> dict[str, Any]:
    """Read a message value as one JSON object (RFC 8259): UTF-8 with or without a byte order mark, no NaN or Infinity.

    Of a name that occurs twice in an object the last one counts, as in JavaScript and in Python.

    Raises:
        DecodeError: not that; the reason says what and where.
    """
    if not value:
        raise DecodeError("empty message")
    try:
        text = value.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DecodeError(f"not UTF-8: {error.reason} at byte {error.start}") from None
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise DecodeError(
            f"not JSON: {error.msg.removesuffix(' at')} at line {error.lineno}, column {error.colno}"
        ) from None
    except RecursionError:
        raise DecodeError("not acceptable JSON: nested too deeply") from None
    except ValueError as error:  # an integer of more digits than Python converts (sys.set_int_max_str_digits)
        raise DecodeError(f"not acceptable JSON: {error}") from None
    if not isinstance(document, dict):
        raise DecodeError(f"a JSON object was expected, not {_json_type(document)}")
    return document


def read_article(value: bytes | None) -> Article:
    """Decode and validate one message of the topic ``articles``: the contract's own form, or a ninjs 2.x or 3.x item.

    Raises:
        DecodeError: the value is no JSON object.
        ValidateError: the object is no article; the reason names each field at fault, never its text.
    """
    return to_article(decode(value))


def to_article(document: dict[str, Any]) -> Article:
    """Validate a decoded message: see :func:`read_article`.

    Raises:
        ValidateError: the object is no article.
    """
    if is_ninjs(document):
        document = ninjs_to_article(document)
    elif has_html_body(document):
        document = with_text_body(document)
    try:
        return Article.model_validate(document)
    except ValidationError as error:
        raise ValidateError(_reason(error)) from None


def encode(model: BaseModel) -> bytes:
    """Write a model as UTF-8 JSON: fields in the order of the contract, no spaces, the same bytes for the same model.

    Text with lone surrogates, which UTF-8 cannot carry, makes the whole message ASCII with ``\\u`` escapes: it reads back
    as the very string that came in.

    Raises:
        EncodeError: a number is NaN or infinite, which JSON has no word for.
    """
    document = model.model_dump(mode="python", by_alias=True)
    try:
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        raise EncodeError(str(error)) from None
    if has_surrogates(text):
        text = json.dumps(document, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8")


def _refuse_constant(name: str) -> NoReturn:
    raise DecodeError(f"not JSON: {name} is no JSON number")


def _json_type(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case _:
            return "an array"


def _reason(error: ValidationError) -> str:
    """``field: what is wrong`` for each fault. Pydantic's messages quote no input; its own ``str()`` would."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" if fault["loc"] else fault["msg"]
        for fault in faults
    )
