"""The cache of tools and schemas: entries are made once, and are whole or absent."""

import multiprocessing
import time
from pathlib import Path

import pytest

from tests.kube.cache import FetchError, cached


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("TEST_TOOLS_FETCH", raising=False)
    return tmp_path / "harbinger"


def slowly(folder: Path) -> None:
    with (folder.parents[1] / "times").open("a") as times:
        times.write("made\n")
    time.sleep(0.3)
    (folder / "tool").write_text("works")


def fetch() -> None:
    cached("tools/thing-1", slowly, "making it")


def failing(folder: Path) -> None:
    (folder / "half").write_text("no more than this")
    raise FetchError("the network is gone")


def test_an_entry_is_made_once_for_all_processes(root: Path) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=fetch) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert (root / "tools" / "times").read_text() == "made\n"
    assert (root / "tools" / "thing-1" / "tool").read_text() == "works"


def test_what_fails_leaves_nothing_and_is_tried_again(root: Path) -> None:
    with pytest.raises(FetchError, match="the network is gone"):
        cached("tools/thing-1", failing, "making it")
    assert [each.name for each in (root / "tools").iterdir() if each.suffix != ".lock"] == []
    assert cached("tools/thing-1", slowly, "making it").is_dir()


def test_fetching_may_be_forbidden(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch()
    monkeypatch.setenv("TEST_TOOLS_FETCH", "no")
    assert cached("tools/thing-1", failing, "making it") == root / "tools" / "thing-1"
    with pytest.raises(FetchError, match="TEST_TOOLS_FETCH forbids"):
        cached("tools/thing-2", slowly, "making it")
