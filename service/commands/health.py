"""``harbinger health``: what the worker or monitor beside us says of itself. For images, which need no curl for it."""

import contextlib
import json
import urllib.error
import urllib.request
from ipaddress import IPv6Address, ip_address
from typing import Final

from service.settings import Http

TIMEOUT_S: Final = 5.0
"""Seconds. The probes are answered from memory; a loop that takes longer stands still."""

_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Where a server that listens on all addresses is asked."""


def run(http: Http, ready: bool) -> int:
    """Ask ``/livez``, or ``/readyz``, and print the answer; 0 when it is well, else 1."""
    if http.port == 0:
        print("http.port is 0: the port is another one each time, and cannot be asked")
        return 1
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever proxy the environment names
    try:
        with direct.open(address(http, "/readyz" if ready else "/livez"), timeout=TIMEOUT_S):
            print("ok")
            return 0
    except urllib.error.HTTPError as error:  # it answers, and says what is not well
        print(_reasons(error.read()) or error)
    except OSError as error:
        print(f"no answer: {error}")
    return 1


def address(http: Http, path: str) -> str:
    """The URL at which a server with these settings answers on its own machine."""
    host = _ANYWHERE.get(http.host, http.host)
    with contextlib.suppress(ValueError):  # a name is no address
        host = f"[{host}]" if isinstance(ip_address(host), IPv6Address) else host
    return f"http://{host}:{http.port}{path}"


def _reasons(body: bytes) -> str:
    """What failed, check by check; empty when the answer is not ours."""
    try:
        failed = json.loads(body)["failed"]
        return "; ".join(f"{check}: {reason}" for check, reason in failed.items())
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
