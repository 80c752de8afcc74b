"""``harbinger health`` beside a real server of the probes."""

import asyncio

import pytest

from service.broker.node import free_ports
from service.commands.health import run
from service.observability import Health, Metrics
from service.observability.health import HealthServer
from service.settings import Http


async def test_says_what_the_probes_say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")  # of the machine; this one is not asked through it
    [port] = free_ports(1)
    http = Http(host="127.0.0.1", port=port, live_within_s=90)
    health = Health(http.live_within_s)
    health.add("lanes", lambda: "partition 3 is not open")
    assert await asyncio.to_thread(run, http, False) == 1
    assert capsys.readouterr().out.startswith("no answer: ")

    server = HealthServer(health, Metrics().registry)
    await server.start(http.host, http.port)
    try:
        assert await asyncio.to_thread(run, http, False) == 0
        assert await asyncio.to_thread(run, http, True) == 1
    finally:
        await server.stop()
    assert capsys.readouterr().out.splitlines()[-2:] == ["ok", "lanes: partition 3 is not open"]
