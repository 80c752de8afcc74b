"""The views of two members that ask each other in memory: no socket, no broker."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from aiokafka import AIOKafkaProducer, TopicPartition
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from yarl import URL

from service.messages.alert import EscalationAlert
from service.monitor.keeper import Keeper
from service.monitor.ledger import Ledger
from service.monitor.report import Deed, Report, encode, report_key
from service.monitor.rules import Pair
from service.monitor.times import date_of, start_of
from service.monitor.views import Views, member_address, members_of
from service.monitor.views.members import FORWARDED, Members, Reply, UnansweredError
from service.monitor.wire import Clock, Reports, Told, pair_name, state_key
from service.monitor.wire import encode as encode_wire
from service.observability.monitor_metrics import MonitorMetrics
from tests.unit.monitor_cases import DAY, alert_rules, deed, report

RULES = alert_rules()
HALF = 2 ** (-1 / RULES.index.half_life_days)
"""What a day without news leaves."""
PARTITIONS = 2
CUBA, GULF, LEVANT = ("CUB", "USA"), ("IRN", "USA"), ("CUB", "ISR")
"""The first lies in partition 1, the others in 0."""
ONE, TWO = "http://one:8080", "http://two:8080"


class MemoryLedger(Ledger):
    """A topic of alerts that nobody else sees."""

    def __init__(self, partition: int) -> None:
        super().__init__(TopicPartition("alerts", partition), _no_client, _no_client)

    async def open(self) -> None:
        """Nobody is to be fenced."""

    async def publish(self, alerts: Sequence[EscalationAlert]) -> None:
        for alert in alerts:
            self._of(pair_name(alert.pair)).note(alert)


def _no_client() -> Any:
    raise AssertionError("no broker here")


class Member:
    """A keeper of some partitions with its views."""

    def __init__(self, group: "Group", address: str, partitions: set[int]) -> None:
        self.partitions = partitions
        self.reason: str | None = None
        sinks: Any = SimpleNamespace(offer=lambda _: None, restore=lambda _: None, forget=lambda _: None)
        self.keeper = Keeper(RULES, 1, 60, 1, MemoryLedger, sinks, MonitorMetrics(), 0)
        self.keeper.put = lambda *_: asyncio.sleep(0)
        self.views = Views(RULES.index, lambda: self.reason, group.ask)
        self.views.connect(self.keeper, Members(address, PARTITIONS, group.distribution))
        self.app = web.Application()
        self.app.add_routes(self.views.routes())

    async def own(self) -> None:
        await self.keeper.assigned(self.partitions)
        await self.keeper.recovered(self.partitions)
        await asyncio.sleep(0)  # the ledgers open

    async def judge(self) -> None:
        shards = dict(self.keeper.shards)
        await self.keeper.judge()
        self.views.judged(shards)

    async def get(self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> web.Response:
        request = make_mocked_request(method, path, headers=headers)
        resolved = await self.app.router.resolve(request)
        request._match_info = resolved
        response = await resolved.handler(request)
        assert isinstance(response, web.Response)
        return response

    async def json(self, path: str, status: int = 200) -> Any:
        response = await self.get(path)
        assert response.status == status, body(response)
        kind = "application/json" if status == 200 else "application/problem+json"
        assert response.content_type == kind
        return json.loads(body(response))


class Group:
    """Two members, each with one of the two partitions."""

    def __init__(self) -> None:
        self.owned: dict[str, set[int]] = {ONE: {0}, TWO: {1}}
        self.asked: list[str] = []
        self.members = {address: Member(self, address, set(owned)) for address, owned in self.owned.items()}
        self.one, self.two = self.members.values()

    def distribution(self) -> Mapping[str, set[int]]:
        return self.owned

    async def ask(self, url: str) -> Reply:
        self.asked.append(url)
        address = next(address for address in self.members if url.startswith(address))
        response = await self.members[address].get(url.removeprefix(address), headers={FORWARDED: "1"})
        headers = {name: response.headers[name] for name in ("Content-Location",) if name in response.headers}
        return Reply(response.status, response.content_type, body(response).encode(), headers)

    async def tell(self, reports: Iterable[tuple[Pair, Report]], until: float) -> None:
        """Reports to their owners, and the time: so many days after the first day began."""
        for member in self.members.values():
            await member.own()
        for pair, told in reports:
            partition = Members("", PARTITIONS, self.distribution).partition_of(pair)
            value = encode_wire(Reports([Told(pair_name(pair), report_key(told.article_id), encode(told))]))
            await self._take(self._owner(partition), partition, value)
        for member in self.members.values():
            for partition in member.partitions:
                clock = Clock(0, start_of(DAY) + round(until * 86_400_000), True)
                await self._take(member, partition, encode_wire(clock))
            await member.judge()

    async def _take(self, member: Member, partition: int, value: bytes) -> None:
        deliveries = member.keeper.take(SimpleNamespace(partition=partition, offset=0, value=value))
        assert deliveries is not None
        for delivery in deliveries:
            await delivery

    def _owner(self, partition: int) -> Member:
        return next(member for member in self.members.values() if partition in member.partitions)


def crisis(points: float, day: int) -> list[Deed]:
    """Three acts of so many points each, which is enough events for an alert."""
    return [deed(f"v{n}", points, root=root, day=day) for n, root in enumerate(("ASSAULT", "MOBILIZE", "COERCE"))]


@pytest.fixture
async def group() -> Group:
    """Three pairs: Cuba at its height, the Gulf a day after, the Levant quiet for ten days; noon of the day is the horizon."""
    found = Group()
    told = [
        (CUBA, report("c1", *crisis(40, DAY + 10), at=10, source="Pravda")),
        (CUBA, report("c2", deed("v0", 8, "relief", root="CONSULT", day=DAY + 10), at=10.25, source="Granma")),
        (GULF, report("g1", deed("v0", 20, day=DAY + 3), at=3)),
        (GULF, report("g2", deed("v0", 10, "threat", root="THREATEN", day=DAY + 9), at=9.5)),
        (LEVANT, report("l1", deed("v0", 10, day=DAY), at=0)),
    ]
    await found.tell(told, until=10.5)
    return found


def body(response: web.Response) -> str:
    assert response.text is not None
    return response.text


def names(rows: list[dict[str, Any]]) -> list[Pair]:
    return [(row["pair"][0], row["pair"][1]) for row in rows]


async def test_pairs_of_all_members_the_highest_first(group: Group) -> None:
    told = await group.one.json("/pairs")
    assert told == await group.two.json("/pairs"), "whoever is asked"
    assert names(told["pairs"]) == [CUBA, GULF, LEVANT]
    assert (told["watched"], told["missing"], told["partitions"]) == (3, [], [0, 1])
    assert told["horizon"] == f"{date_of(DAY + 10)}T12:00:00Z"
    cuba, gulf, levant = told["pairs"]
    assert (cuba["index"], cuba["level"], cuba["alerts"], cuba["articles"]) == (99.75, "severe", ["high", "severe"], 2)
    assert (cuba["change"], cuba["change_week"], cuba["date"]) == (99.75, 99.75, date_of(DAY + 10))
    assert (levant["alerts"], levant["articles"], levant["level"]) == ([], 0, "calm")
    assert levant["index"] == pytest.approx(10 * HALF**10, abs=0.01)
    assert levant["change"] == pytest.approx(10 * HALF**10 - 10 * HALF**9, abs=0.01), "days without news decay"
    assert levant["change_week"] == pytest.approx(10 * HALF**10 - 10 * HALF**3, abs=0.01)
    yesterday = next(
        day for day in (await group.one.json("/pairs/IRN-USA"))["series"] if day["date"] == date_of(DAY + 9)
    )
    assert gulf["change"] == round(gulf["index"] - yesterday["index"], 2)
    assert next(iter(cuba)) == "pair", "a person reads it from the left"


async def test_pairs_by_change_by_level_and_no_more_than_wanted(group: Group) -> None:
    told = await group.one.json("/pairs?by=change_week")
    assert names(told["pairs"]) == [CUBA, LEVANT, GULF]
    assert [row["change_week"] for row in told["pairs"]] == sorted(
        (row["change_week"] for row in told["pairs"]), reverse=True
    )
    assert names((await group.one.json("/pairs?by=change"))["pairs"]) == [CUBA, LEVANT, GULF]
    told = await group.one.json("/pairs?limit=1")
    assert (names(told["pairs"]), told["watched"]) == ([CUBA], 3)
    told = await group.one.json("/pairs?level=high")
    assert (names(told["pairs"]), told["watched"]) == ([CUBA], 1), "severe is above high"


async def test_a_member_alone_answers_for_its_partitions(group: Group) -> None:
    told = await group.two.json("/pairs?local=true")
    assert (names(told["pairs"]), told["partitions"]) == ([CUBA], [1])
    assert (await group.one.json("/alerts?local=true"))["alerts"] == []
    assert group.asked == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (UnansweredError("no answer within 2 s"), "no answer within 2 s"),
        (Reply(503, "application/problem+json", b"{}"), "answers 503"),
        (Reply(200, "application/json", b"{}"), "its answer is not understood: is it of another version?"),
        (
            Reply(200, "application/json", b'{"horizon":null,"partitions":[],"watched":0,"pairs":[],"alerts":[]}'),
            "does not keep them just now",
        ),
    ],
)
@pytest.mark.parametrize("path", ["/pairs", "/alerts"])
async def test_who_does_not_answer_is_named(
    group: Group, monkeypatch: pytest.MonkeyPatch, answer: Reply | UnansweredError, reason: str, path: str
) -> None:
    async def ask(url: str) -> Reply:
        if isinstance(answer, UnansweredError):
            raise answer
        return answer

    monkeypatch.setattr(group.one.views, "_ask", ask)
    told = await group.one.json(path)
    assert told["missing"] == [{"member": TWO, "partitions": [1], "reason": reason}]
    assert told["partitions"] == [0]
    assert CUBA not in names(told.get("pairs", []))
    assert reason in body(await group.one.get("/")), "the page says so, too"


async def test_one_pair_wherever_it_is_kept_and_however_it_is_spelled(group: Group) -> None:
    told = await group.two.json("/pairs/CUB-USA")
    assert group.asked == [], "it is its own"
    for path in ("/pairs/CUB-USA", "/pairs/USA-CUB", "/pairs/usa-cub"):
        response = await group.one.get(path)
        assert json.loads(body(response)) == told
        assert response.headers["Content-Location"] == "/pairs/CUB-USA"
        assert group.asked.pop() == f"{TWO}/pairs/CUB-USA"
    assert told["pair"] == list(CUBA)
    assert told["horizon"] == f"{date_of(DAY + 10)}T12:00:00Z"
    watch = group.two.keeper.shards[1].watches[CUBA]
    (row,) = watch.rows.values()
    assert told["series"] == [
        {
            "date": date_of(DAY + 10),
            "index": row.index,
            "threat": row.threat,
            "act": row.act,
            "baseline": row.baseline,
            "zscore": row.zscore,
            "level": "severe",
            "articles": 2,
        }
    ]
    assert told["current"]["alerts"] == ["high", "severe"]
    assert [(event["root"], event["kind"], event["value"]) for event in told["events"]] == [
        ("ASSAULT", "act", 40.0),
        ("MOBILIZE", "act", 40.0),
        ("COERCE", "act", 40.0),
        ("CONSULT", "relief", 8.0),
    ], "what relieved comes last"
    assert told["events"][0] == {
        "root": "ASSAULT",
        "kind": "act",
        "day": date_of(DAY + 10),
        "value": 40.0,
        "sources": {"count": 1, "names": ["Pravda"]},
        "article_id": "c1",
        "event_id": "v0",
        "evidence": "The sentence of v0.",
    }
    assert [alert["level"] for alert in told["alerts"]["open"]] == ["high", "severe"]
    assert told["alerts"]["history"] == told["alerts"]["open"]


async def test_the_owner_says_that_a_pair_is_unknown(group: Group) -> None:
    for member in (group.one, group.two):
        problem = await member.json("/pairs/IRN-ISR", 404)
        assert problem["status"] == 404
        assert problem["title"] == "Not Found"
        assert "IRN-ISR is not under watch" in problem["detail"]


@pytest.mark.parametrize(
    "text", ["USA", "USA-USA", "usa-USA", "US-CUB", "USA-CUB-RUS", "USA_CUB", "ÄÖÜ-USA", "1A2-USA"]
)
async def test_what_is_no_pair(group: Group, text: str) -> None:
    problem = await group.one.json(f"/pairs/{text}", 400)
    assert text in problem["detail"]
    assert group.asked == []


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/pairs?by=name", "by: "),
        ("/pairs?limit=0", "limit: "),
        ("/pairs?limit=501", "limit: "),
        ("/pairs?limit=many&level=worst", "level: "),
        ("/pairs?levle=high", "levle: "),
        ("/pairs?limit=1&limit=2", "limit: "),
        ("/alerts?state=resolved", "state: "),
        ("/pairs/CUB-USA?local=true", "local: "),
    ],
)
async def test_parameters_that_make_no_sense_are_named(group: Group, path: str, named: str) -> None:
    assert named in (await group.one.json(path, 400))["detail"]


async def test_a_request_is_forwarded_once_at_most(group: Group) -> None:
    group.owned = {ONE: {0, 1}}  # what the second believes, who has lost its partition without having heard the rest
    response = await group.two.get("/pairs/CUB-USA", headers={FORWARDED: "1"})
    assert response.status == 503
    assert group.asked == []
    response = await group.two.get("/pairs/CUB-USA")
    assert response.status == 503, "the first does not have it, whatever the second believes"
    assert group.asked == [f"{ONE}/pairs/CUB-USA"]


async def test_partitions_that_nobody_owns_make_no_half_answer(group: Group) -> None:
    group.owned = {ONE: {0}, TWO: set()}
    for path in ("/pairs", "/alerts", "/pairs/CUB-USA"):
        assert "handed over" in (await group.one.json(path, 503))["detail"]
    assert (await group.one.json("/pairs/IRN-USA"))["current"] is not None, "what we own we know"


async def test_an_owner_that_does_not_answer(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(url: str) -> Reply:
        raise UnansweredError("no answer within 2 s")

    monkeypatch.setattr(group.one.views, "_ask", ask)
    response = await group.one.get("/pairs/CUB-USA")
    assert (response.status, response.headers["Retry-After"]) == (503, "2")
    assert "CUB-USA does not answer: no answer within 2 s" in body(response)


async def test_nothing_is_shown_while_the_state_is_restored(group: Group) -> None:
    group.one.reason = "the state is being restored"
    for path in ("/pairs", "/pairs/CUB-USA", "/pairs/IRN-USA", "/alerts", "/pairs?local=true"):
        response = await group.one.get(path)
        assert (response.status, response.headers["Retry-After"]) == (503, "2")
        assert json.loads(body(response))["detail"] == "the state is being restored"
    page = await group.one.get("/")
    assert (page.status, page.content_type) == (503, "text/html")
    assert "the state is being restored" in body(page)
    assert (await group.one.get("/openapi.json")).status == 200


async def test_restored_pairs_are_shown_when_all_of_them_were_judged() -> None:
    group = Group()
    told = report("l1", deed("v0", 10), at=0)
    group.one.keeper.apply(0, state_key("report", pair_name(LEVANT), report_key("l1")), encode(told))
    group.one.keeper.apply(0, state_key("clock", "0"), encode_wire(Clock(0, start_of(DAY + 1), True)))
    await group.one.own()
    assert "partitions [0]" in (await group.one.json("/pairs?local=true", 503))["detail"]
    await group.one.judge()
    assert names((await group.one.json("/pairs?local=true"))["pairs"]) == [LEVANT]
    group.one.keeper.apply(0, state_key("report", pair_name(GULF), report_key("g1")), encode(told))
    assert names((await group.one.json("/pairs?local=true"))["pairs"]) == [LEVANT], "a new pair has no figures yet"
    assert (await group.one.json("/pairs/IRN-USA"))["current"] is None
    await group.one.keeper.assigned(set())
    group.one.keeper.apply(0, state_key("report", pair_name(LEVANT), report_key("l1")), encode(told))
    await group.one.own()
    assert (await group.one.get("/pairs?local=true")).status == 503, "what came back is judged anew"


async def test_alerts_of_all_members_as_they_stand_on_the_topic(group: Group) -> None:
    published = {alert.level: alert for alert in group.two.keeper.ledgers[1].firing()}
    moved = published["high"].model_copy(update={"alert_id": "0" * 32})  # a late article moved its beginning
    ended = published["high"].model_copy(update={"state": "resolved"})
    await group.two.keeper.ledgers[1].publish([ended, moved])
    for member in (group.one, group.two):
        told = await member.json("/alerts")
        assert told["alerts"] == [
            json.loads(alert.model_dump_json(by_alias=True)) for alert in (published["severe"], moved)
        ]
        assert (told["missing"], told["partitions"]) == ([], [0, 1])
        shown = (await member.json("/pairs/CUB-USA"))["alerts"]["open"]
        assert [alert["level"] for alert in shown] == ["high", "severe"], "from the lowest, whichever fired first"
        assert shown[0]["alert_id"] == moved.alert_id


async def test_alerts_that_have_ended_are_there_on_demand() -> None:
    group = Group()
    await group.tell(
        [
            (CUBA, report("c1", *crisis(20, DAY), at=0)),
            (CUBA, report("c2", *crisis(20, DAY + 20), at=20)),
            (GULF, report("g1", *crisis(20, DAY), at=0)),
        ],
        until=20.5,
    )
    told = (await group.one.json("/alerts"))["alerts"]
    assert [(alert["state"], *alert["pair"]) for alert in told] == [("firing", *CUBA)]
    told = (await group.one.json("/alerts?state=all"))["alerts"]
    assert [(alert["state"], *alert["pair"]) for alert in told] == [
        ("firing", *CUBA),
        ("resolved", *CUBA),
        ("resolved", *GULF),
    ]
    history = (await group.one.json("/pairs/CUB-USA"))["alerts"]["history"]
    assert [alert["state"] for alert in history] == ["firing", "resolved", "firing"]


async def test_the_description_is_valid_and_names_what_is_served(group: Group) -> None:
    described = await group.one.json("/openapi.json")
    OpenAPIV31SpecValidator(described).validate()
    served = {resource.canonical for resource in group.one.app.router.resources()}
    assert set(described["paths"]) == served - {"/", "/openapi.json", "/{path}"}
    for path, example in (("/pairs", "/pairs"), ("/pairs/{pair}", "/pairs/CUB-USA"), ("/alerts", "/alerts?state=all")):
        responses = described["paths"][path]["get"]["responses"]
        answer = responses["200"]["content"]["application/json"]["schema"]
        OAS31Validator(answer | {"components": described["components"]}).validate(await group.one.json(example))
        problem = responses["400"]["content"]["application/problem+json"]["schema"]
        nonsense = await group.one.json(f"{example.partition('?')[0]}?nonsense=1", 400)
        OAS31Validator(problem | {"components": described["components"]}).validate(nonsense)


async def test_the_page_shows_routes_and_the_highest_pairs(group: Group) -> None:
    response = await group.one.get("/")
    page = body(response)
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert '<a href="pairs">/pairs</a>' in page
    assert '<a href="openapi.json">/openapi.json</a>' in page
    assert page.index('<a href="pairs/CUB-USA">') < page.index('<a href="pairs/IRN-USA">')
    assert " 99.75   +99.75   +99.75" in page
    assert "<script" not in page


async def test_views_are_read_and_nothing_else(group: Group) -> None:
    for path in ("/pairs", "/pairs/CUB-USA", "/alerts", "/"):
        response = await group.one.get(path, method="POST")
        assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD")
        response = await group.one.get(path, headers={"Origin": "https://elsewhere.example"})
        assert "Access-Control-Allow-Origin" not in response.headers
    assert "/ lists what there is" in (await group.one.json("/nowhere", 404))["detail"]


async def test_a_fault_of_ours_is_a_problem_and_tells_no_secrets(group: Group) -> None:
    group.two.keeper.shards[1].watches[CUBA].rows[0] = "secret"  # type: ignore[assignment]
    problem = await group.two.json("/pairs/CUB-USA", 500)
    assert problem == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "the reason is in the log",
    }


@pytest.mark.parametrize("host", ["monitor.desk", "10.1.2.3", "fd00::1"])
def test_an_address_can_be_asked_whatever_the_host(host: str) -> None:
    url = URL(member_address(host, 8080))
    assert (url.host, url.port) == (host, 8080)


def test_a_pair_is_sought_where_producers_put_it() -> None:
    producer = AIOKafkaProducer.__new__(AIOKafkaProducer)
    cluster = SimpleNamespace(
        partitions_for_topic=lambda _: set(range(8)), available_partitions_for_topic=lambda _: set(range(8))
    )
    producer._metadata = cluster
    producer._partitioner = AIOKafkaProducer.__init__.__kwdefaults__["partitioner"]
    members = Members(ONE, 8, dict)
    for pair in (CUBA, GULF, LEVANT, ("IRN", "ISR")):
        key = pair_name(pair).encode()
        assert members.partition_of(pair) == producer._partition("pairs", None, None, None, key, None)


def test_owners_are_those_of_the_latest_assignment() -> None:
    found: dict[str, dict[str, list[int]]] = {"http://one": {"state": [0, 1], "other": [2]}, TWO: {}}
    app = SimpleNamespace(
        conf=SimpleNamespace(canonical_url=URL("http://One:80")),  # an address that has two spellings
        assignor=SimpleNamespace(table_metadata=lambda _: found),
    )
    members = members_of(app, "state", 3)
    assert (members.owner(1), members.owner(2), members.owners()) == (members.own, None, {members.own: {0, 1}})
    assert members.unowned() == [2]
    found[TWO] = {"state": [2]}
    assert (members.owner(2), members.unowned()) == (TWO, [])
