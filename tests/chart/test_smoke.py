"""What ``helm test`` runs, run."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from service.broker.node import free_ports
from tests.chart.rendering import CHART, of_kind, own_container, pods


@asynccontextmanager
async def monitor(ready: list[bool]) -> AsyncIterator[str]:
    """A server that is ready when ``ready`` says so, one look after the other."""

    async def readyz(_: web.Request) -> web.Response:
        good = ready.pop(0) if len(ready) > 1 else ready[0]
        return web.json_response({"status": "ok" if good else "state: restoring"}, status=200 if good else 503)

    async def alerts(_: web.Request) -> web.Response:
        return web.json_response({"alerts": []})

    app = web.Application()
    app.add_routes([web.get("/readyz", readyz), web.get("/alerts", alerts)])
    runner = web.AppRunner(app)
    await runner.setup()
    [port] = free_ports(1)
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def run(*urls: str, within_s: float = 5) -> tuple[int, str]:
    script = (CHART / "scripts" / "smoke.py").read_text(encoding="utf-8")
    script = script.replace("WITHIN_S = 60.0", f"WITHIN_S = {within_s}").replace("PAUSE_S = 2.0", "PAUSE_S = 0.1")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, *urls, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_it_waits_for_readiness_and_says_what_it_saw() -> None:
    async with monitor([False, False, True]) as url:
        status, said = await run(f"{url}/readyz", f"{url}/alerts")
    assert status == 0
    assert said.splitlines() == [f'ok   {url}/readyz {{"status": "ok"}}', f'ok   {url}/alerts {{"alerts": []}}']


async def test_it_fails_with_the_reason() -> None:
    async with monitor([False]) as url:
        status, said = await run(f"{url}/readyz", within_s=0.5)
    assert status == 1
    assert "FAIL" in said
    assert "503" in said
    assert "state: restoring" in said
    status, said = await run(f"{url}/readyz", within_s=0.5)
    assert (status, "refused" in said) == (1, True)


def test_the_pod_runs_the_script_and_asks_services_that_exist() -> None:
    [container] = [own_container(each) for name, _, each in pods("everything") if name.startswith("Pod/")]
    script, *urls = container["args"]
    compile(script, "smoke.py", "exec")
    assert script.strip() == (CHART / "scripts" / "smoke.py").read_text(encoding="utf-8").strip()
    services = {
        each["metadata"]["name"]: each["spec"]["ports"][0]["port"] for each in of_kind("Service", "everything").values()
    }
    for url in urls:
        host, _, port = url.removeprefix("http://").partition("/")[0].partition(":")
        assert services[host] == int(port)
    assert any(url.endswith("-worker:9090/readyz") for url in urls)


def test_no_worker_is_asked_when_there_may_be_none() -> None:
    [container] = [own_container(each) for name, _, each in pods("oauth-keda") if name.startswith("Pod/")]
    assert not [url for url in container["args"][1:] if "-worker" in url]
