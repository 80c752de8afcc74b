"""The handlers: what this member answers itself, what it fetches from the owner, what it gathers from all."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus

from aiohttp import web
from pydantic import BaseModel

from service.monitor.keeper import Keeper
from service.monitor.rules import IndexRules, Pair
from service.monitor.shard import Shard
from service.monitor.views.figures import alerts_in_order, pairs_in_order
from service.monitor.views.gathering import gather, together
from service.monitor.views.local import Local
from service.monitor.views.members import Ask, Members, UnansweredError
from service.monitor.views.models import AlertsQuery, AlertsView, PairQuery, PairsQuery, PairsView
from service.monitor.views.openapi import document
from service.monitor.views.page import CONTENT_SECURITY_POLICY, page
from service.monitor.views.problems import HEADERS, Problem, guarded, unavailable
from service.monitor.views.requests import forwarded, pair_in, query_of
from service.monitor.wire import pair_name


class Views:
    """The views of one member.

    Args:
        rules: of the index.
        unready: why the state is not complete, or None.
        ask: fetches from another member.
    """

    def __init__(self, rules: IndexRules, unready: Callable[[], str | None], ask: Ask) -> None:
        self._rules = rules
        self._unready = unready
        self._ask = ask
        self._local: Local | None = None
        self._members: Members | None = None

    def connect(self, keeper: Keeper, members: Members) -> None:
        """From now on there is something to show."""
        self._local = Local(keeper, self._rules)
        self._members = members

    def judged(self, shards: Mapping[int, Shard]) -> None:
        """These shards, by partition, went through a whole round of judgement."""
        if self._local is not None:
            self._local.judged(shards)

    def routes(self) -> list[web.AbstractRouteDef]:
        """For the HTTP server; the last one takes what no route before it has taken."""
        handlers = {
            "/pairs": self.pairs,
            "/pairs/{pair}": self.pair,
            "/alerts": self.alerts,
            "/openapi.json": _openapi,
            "/": self.index,
        }
        own = [web.route("*", path, guarded(handler)) for path, handler in handlers.items()]
        return [*own, web.get("/{path:.*}", guarded(_nothing))]

    async def pairs(self, request: web.Request) -> web.Response:
        """``/pairs``: gathered from all members."""
        query = query_of(PairsQuery, request)
        return _json(await self._pairs(query, alone=query.local or forwarded(request)))

    async def pair(self, request: web.Request) -> web.Response:
        """``/pairs/{A}-{B}``: from the member that owns the pair."""
        query_of(PairQuery, request)
        pair = pair_in(request)
        members, local = self._ready()
        partition = members.partition_of(pair)
        owner = members.owner(partition)
        if owner == members.own and partition in local.partitions:
            return _own_pair(local, partition, pair)
        if owner in (None, members.own) or forwarded(request):
            raise _moving(pair)
        return await self._fetched(f"{owner}/pairs/{pair_name(pair)}", pair)

    async def alerts(self, request: web.Request) -> web.Response:
        """``/alerts``: gathered from all members."""
        query = query_of(AlertsQuery, request)
        members, local = self._ready()
        own = local.alerts(ended=query.state == "all")
        if query.local or forwarded(request):
            return _json(own)
        parts, missing = await gather(members, self._ask, "/alerts", query, own)
        found = {(alert.alert_id, alert.state): alert for part in parts for alert in part.alerts}
        return _json(AlertsView(**together(parts), missing=missing, alerts=alerts_in_order(found.values())))

    async def index(self, request: web.Request) -> web.Response:
        """``/``: a page for people."""
        status = HTTPStatus.OK
        try:
            text = page(await self._pairs(PairsQuery(), alone=False))
        except Problem as problem:
            status, text = problem.status, page(problem.detail)
        headers = {**HEADERS, "Content-Security-Policy": CONTENT_SECURITY_POLICY}
        return web.Response(text=text, status=status, content_type="text/html", headers=headers)

    def _ready(self) -> tuple[Members, Local]:
        """The parts to answer with.

        Raises:
            Problem: the state is not complete: half an answer would be taken for the whole.
        """
        reason = self._unready()
        if reason is None and self._local is not None and (unjudged := self._local.unjudged()):
            reason = f"the pairs of partitions {unjudged} are being judged"
        if reason is not None or self._members is None or self._local is None:
            raise unavailable(reason or "not connected to Kafka yet")
        return self._members, self._local

    async def _pairs(self, query: PairsQuery, alone: bool) -> PairsView:
        members, local = self._ready()
        own = local.pairs(query)
        if alone:
            return own
        parts, missing = await gather(members, self._ask, "/pairs", query, own)
        rows = {row.pair: row for part in parts for row in part.pairs}  # for a moment two members may have the same
        return PairsView(
            **together(parts),
            missing=missing,
            watched=sum(part.watched for part in parts),
            pairs=pairs_in_order(rows.values(), query.by)[: query.limit],
        )

    async def _fetched(self, url: str, pair: Pair) -> web.Response:
        """The owner's answer, whatever it is, as our own."""
        try:
            reply = await self._ask(url)
        except UnansweredError as error:
            raise unavailable(f"the member that keeps {pair_name(pair)} does not answer: {error}") from None
        return web.Response(
            body=reply.body,
            status=reply.status,
            content_type=reply.content_type,
            headers={**HEADERS, **reply.headers},
        )


def _own_pair(local: Local, partition: int, pair: Pair) -> web.Response:
    view = local.pair(partition, pair)
    if view is None:
        detail = f"{pair_name(pair)} is not under watch: no article of late speaks of the two"
        raise Problem(HTTPStatus.NOT_FOUND, detail)
    return _json(view, {"Content-Location": f"/pairs/{pair_name(pair)}"})


async def _openapi(_: web.Request) -> web.Response:
    return web.Response(text=json.dumps(document()), content_type="application/json", headers=HEADERS)


async def _nothing(request: web.Request) -> web.Response:
    raise Problem(HTTPStatus.NOT_FOUND, f"there is nothing at {request.path[:100]}; / lists what there is")


def _moving(pair: Pair) -> Problem:
    return unavailable(f"{pair_name(pair)} is being handed over to another member")


def _json(answer: BaseModel, headers: Mapping[str, str] | None = None) -> web.Response:
    body = answer.model_dump_json(by_alias=True).encode()
    return web.Response(body=body, content_type="application/json", headers={**HEADERS, **(headers or {})})
