"""Logs: one form for our lines and the libraries', position on each, no secrets, no locals."""

import io
import json
import logging
from typing import Any

import pytest
import structlog

from service.observability import configure_logs, log_context
from service.observability.logs import Repetitions

pytestmark = pytest.mark.usefixtures("logging_restored")


def json_lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_ours_and_theirs_have_one_form() -> None:
    stream = io.StringIO()
    configure_logs(stream=stream)
    structlog.get_logger("service.worker").info("lane_opened", producer_epoch=3)
    logging.getLogger("aiokafka.client").warning("Topic %s not found", "articles")
    ours, theirs = json_lines(stream)
    assert (ours["event"], ours["producer_epoch"], ours["level"]) == ("lane_opened", 3, "info")
    assert (theirs["event"], theirs["logger"]) == ("Topic articles not found", "aiokafka.client")
    assert ours.keys() >= theirs.keys() == {"event", "level", "logger", "timestamp"}


def test_context_gives_the_position_to_ours_and_theirs_and_ends() -> None:
    stream = io.StringIO()
    configure_logs(stream=stream)
    with log_context(topic="articles", partition=0, offset=4, article_id="a1"):
        structlog.get_logger("service.x").info("inside")
        logging.getLogger("aiokafka").error("inside")
        with log_context(offset=5):
            structlog.get_logger("service.x").info("deeper")
        structlog.get_logger("service.x").info("inside")
    structlog.get_logger("service.x").info("outside")
    ours, theirs, deeper, again, outside = json_lines(stream)
    position = {"topic": "articles", "partition": 0, "offset": 4, "article_id": "a1"}
    for line in (ours, theirs, again):
        assert line.items() >= position.items()
    assert deeper["offset"] == 5
    assert not outside.keys() & position.keys()


def test_levels() -> None:
    stream = io.StringIO()
    configure_logs(level="warning", stream=stream)
    structlog.get_logger("service.x").info("too quiet")
    logging.getLogger("aiokafka").info("too quiet")
    structlog.get_logger("service.x").warning("heard")
    assert [line["event"] for line in json_lines(stream)] == ["heard"]


def test_the_libraries_speak_only_when_debugging() -> None:
    stream = io.StringIO()
    configure_logs(level="info", stream=stream)
    logging.getLogger("aiokafka").info("chatter")
    assert stream.getvalue() == ""
    configure_logs(level="debug", stream=stream)
    logging.getLogger("aiokafka").debug("chatter")
    assert len(json_lines(stream)) == 1


@pytest.mark.parametrize("form", ["json", "console"])
def test_secrets_and_local_variables_stay_inside(form: Any) -> None:
    stream = io.StringIO()
    configure_logs(form, stream=stream)
    log = structlog.get_logger("service.x")
    secret = "-".join(["hunter", "2"])  # as it stands in no line of code that a traceback may quote
    log.info("connecting", sasl_plain_password=secret, options={"client_secret": secret, "port": 1})

    def fail(password: str) -> None:
        raise RuntimeError("refused")

    try:
        fail(secret)
    except RuntimeError:
        log.exception("failed")
        logging.getLogger("aiokafka").exception("failed")
    assert secret not in stream.getvalue()
    assert stream.getvalue().count("RuntimeError: refused" if form == "console" else '"exc_value": "refused"') == 2


def test_a_normal_rebalance_is_no_news() -> None:
    stream = io.StringIO()
    configure_logs(stream=stream)
    logger = logging.getLogger("aiokafka.consumer.group_coordinator")
    logger.warning("Heartbeat failed for group %s because it is rebalancing", "harbinger")
    logger.warning("Heartbeat failed for group %s because of something else", "harbinger")
    assert [line["event"][-4:] for line in json_lines(stream)] == ["else"]


def test_any_text_makes_a_line_that_can_be_written() -> None:
    stream = io.StringIO()
    configure_logs(stream=stream)
    structlog.get_logger("service.x").info("odd", article_id="\ud800 \u2028 line\nbreak \x00")
    assert stream.getvalue().isascii()
    assert stream.getvalue().count("\n") == 1


def test_configured_twice_writes_once() -> None:
    stream = io.StringIO()
    configure_logs(stream=stream)
    configure_logs(stream=stream)
    structlog.get_logger("service.x").info("once")
    assert len(json_lines(stream)) == 1


def test_a_library_repeats_itself_once_in_five_seconds() -> None:
    now = 100.0
    repetitions = Repetitions(clock=lambda: now)

    def written(name: str, message: str, *arguments: object, level: int = logging.ERROR) -> bool:
        return repetitions.filter(logging.LogRecord(name, level, "", 0, message, arguments, None))

    assert written("aiokafka", "Unable connect to %s", "a:9092")
    assert not written("aiokafka", "Unable connect to %s", "b:9092")
    assert written("aiokafka", "Something else")
    assert written("aiokafka", "Unable connect to %s", "a:9092", level=logging.WARNING)
    now += 5.0
    assert written("aiokafka", "Unable connect to %s", "a:9092")
    assert written("service.worker", "dead_lettered")
    assert written("service.worker", "dead_lettered"), "every dead letter of ours is told"
