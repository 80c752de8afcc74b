"""Answers that need every member of the group, and what of them is not there."""

import asyncio
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode

from pydantic import ValidationError

from service.messages.article import parse_rfc3339
from service.monitor.times import milliseconds
from service.monitor.views.members import Ask, Members, UnansweredError
from service.monitor.views.models import GatheredQuery, Missing, Part
from service.monitor.views.problems import unavailable

AnyPart = TypeVar("AnyPart", bound=Part)


async def gather(
    members: Members, ask: Ask, path: str, query: GatheredQuery, own: AnyPart
) -> tuple[list[AnyPart], list[Missing]]:
    """Our own part and those of all others, and who did not give all that the assignment promises of it.

    Raises:
        Problem: there are partitions that nobody owns.
    """
    if unowned := members.unowned():
        raise unavailable(f"partitions {unowned} are being handed over to another member")
    owners = members.owners()
    address = f"{path}?{urlencode({**query.model_dump(mode='json', exclude={'local'}), 'local': 'true'})}"
    others = [member for member in owners if member != members.own]
    answers = await asyncio.gather(*(_part(ask, f"{member}{address}", type(own)) for member in others))
    said: dict[str, AnyPart | str] = {members.own: own, **dict(zip(others, answers, strict=True))}
    return [each for each in said.values() if not isinstance(each, str)], _missing(owners, said)


def together(parts: Sequence[Part]) -> dict[str, Any]:
    """Partitions and horizon of all parts."""
    horizons = [part.horizon for part in parts if part.horizon is not None]
    partitions = sorted({partition for part in parts for partition in part.partitions})
    earliest = min(horizons, key=lambda horizon: milliseconds(parse_rfc3339(horizon)), default=None)
    return {"horizon": earliest, "partitions": partitions}


def _missing(owners: Mapping[str, set[int]], said: Mapping[str, Part | str]) -> list[Missing]:
    found = []
    for member, answer in said.items():
        held, reason = (
            (set(), answer) if isinstance(answer, str) else (set(answer.partitions), "does not keep them just now")
        )
        if absent := sorted(owners.get(member, set()) - held):
            found.append(Missing(member=member, partitions=absent, reason=reason))
    return found


async def _part(ask: Ask, url: str, model: type[AnyPart]) -> AnyPart | str:
    """Another member's part, or why it is not there."""
    try:
        reply = await ask(url)
        if reply.status != HTTPStatus.OK:
            return f"answers {reply.status}"
        return model.model_validate_json(reply.body)
    except UnansweredError as error:
        return str(error)
    except ValidationError:
        return "its answer is not understood: is it of another version?"
