"""``harbinger enrich`` as a process among others: pipes, order, exit status."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

GOOD = {"id": "a1", "title": "Ruritania warns Sylvania", "body": "It may attack.", "published_at": "2024-11-19"}


def jsonl(*documents: Any) -> bytes:
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


def harbinger(*arguments: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", "from service.cli import main; main()", *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_each_line_is_answered_before_the_next_comes() -> None:
    process = harbinger("enrich")
    assert process.stdin
    assert process.stdout
    for number in range(3):
        process.stdin.write(jsonl({**GOOD, "id": str(number)}))
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["article"]["id"] == str(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, b"", b"")


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_reader_that_goes_away_ends_it_quietly(processes: str) -> None:
    """As in ``harbinger enrich | head -1``: no traceback, though standard input stays open."""
    process = harbinger("enrich", "--processes", processes)
    assert process.stdin
    assert process.stdout
    assert process.stderr
    process.stdin.write(jsonl(GOOD))
    process.stdin.flush()
    process.stdout.readline()
    process.stdout.close()
    process.stdin.write(jsonl(GOOD))
    process.stdin.flush()
    assert process.wait(timeout=30) == 141
    assert process.stderr.read() == b""


def test_processes_keep_the_order() -> None:
    """Long articles first: a pool that answered as it got ready would put them last."""
    lengths = [400, 1, 200, 1, 1, 100, 1, 1, 1, 50] * 3
    articles = [{**GOOD, "id": str(n), "body": "Ruritania may attack. " * times} for n, times in enumerate(lengths)]
    process = harbinger("enrich", "--processes", "2")
    out, err = process.communicate(jsonl(*articles, {}), timeout=50)
    assert [json.loads(line)["article"]["id"] for line in out.splitlines()] == [str(n) for n in range(len(lengths))]
    assert [json.loads(line)["line"] for line in err.splitlines()] == [len(lengths) + 1]
    assert process.returncode == 1


@pytest.mark.parametrize("arguments", [["--text"], ["--published-at", "2024-11-19"], ["--title", "T"]])
def test_options_of_a_text_go_together(arguments: list[str]) -> None:
    process = harbinger("enrich", *arguments)
    _, err = process.communicate(b"", timeout=30)
    assert process.returncode == 2
    assert b"go together" in err


def test_people_with_an_ascii_terminal_get_question_marks() -> None:
    command = [sys.executable, "-X", "utf8=0", "-c", "from service.cli import main; main()", "enrich", "--pretty"]
    article = jsonl({**GOOD, "body": "Žofie met 北京."})
    done = subprocess.run(
        command, input=article, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"}, timeout=30
    )
    assert done.returncode == 0, done.stderr
    assert b"?ofie" in done.stdout
    assert b"####" in done.stdout or b"...." in done.stdout  # the score bar
