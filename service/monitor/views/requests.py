"""What was asked, read and checked."""

import re
from http import HTTPStatus
from typing import Final, TypeVar

from aiohttp import web
from pydantic import ValidationError

from service.monitor.rules import Pair
from service.monitor.views.members import FORWARDED
from service.monitor.views.models import Query
from service.monitor.views.problems import Problem

AnyQuery = TypeVar("AnyQuery", bound=Query)

_PAIR: Final = re.compile(r"[A-Za-z]{3}-[A-Za-z]{3}")
_SHOWN: Final = 100
"""Characters of nonsense that an error repeats."""


def query_of(model: type[AnyQuery], request: web.Request) -> AnyQuery:
    """The parameters.

    Raises:
        Problem: one is unknown, given twice or out of range; names all faults.
    """
    values = {name: request.query.getall(name) for name in request.query}
    try:
        return model.model_validate({name: given[0] if len(given) == 1 else given for name, given in values.items()})
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))[:_SHOWN]}: {fault['msg']}" for fault in error.errors()]
        raise Problem(HTTPStatus.BAD_REQUEST, "; ".join(faults)) from None


def pair_in(request: web.Request) -> Pair:
    """The pair of the path, in the order of its codes.

    Raises:
        Problem: it is none.
    """
    text = request.match_info["pair"]
    codes = sorted(text.upper().split("-")) if _PAIR.fullmatch(text) else []
    if len(set(codes)) != 2:
        detail = f"{text[:_SHOWN]!r} is no pair of two different ISO 3166-1 alpha-3 codes, as RUS-USA is"
        raise Problem(HTTPStatus.BAD_REQUEST, detail)
    return codes[0], codes[1]


def forwarded(request: web.Request) -> bool:
    """Whether another member asks."""
    return FORWARDED in request.headers
