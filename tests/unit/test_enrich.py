"""``harbinger enrich``: one line in, one line out, in order; every fault has its line number."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.commands.enrich import InputError, TextArticle, numbered_lines, run, text_line
from service.messages.codec import read_article
from service.settings import Settings, load_settings

GOOD = {"id": "a1", "title": "Ruritania warns Sylvania", "body": "It may attack.", "published_at": "2024-11-19"}

Run = Callable[..., tuple[int, list[dict[str, Any]], list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings()


@pytest.fixture
def enrich(settings: Settings, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the command on these bytes; exit status, the objects on standard output and those on standard error."""

    def call(content: bytes, *arguments: Any, **options: Any) -> tuple[int, list[dict[str, Any]], list[dict[str, Any]]]:
        file = tmp_path / "in"
        file.write_bytes(content)
        status = run(settings, str(file), *arguments, **options)
        out, err = capfd.readouterr()
        return status, [json.loads(line) for line in out.splitlines()], [json.loads(line) for line in err.splitlines()]

    return call


def jsonl(*documents: Any) -> bytes:
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


def test_lines_keep_their_numbers_and_blank_ones_are_skipped() -> None:
    stream = io.BytesIO(b'{"a": "\xe2\x80\xa8"}\n\n  \r\nlast without end')
    assert list(numbered_lines(stream)) == [(1, b'{"a": "\xe2\x80\xa8"}\n'), (4, b"last without end")]


def test_reading_that_fails_is_named() -> None:
    class Broken(io.BytesIO):
        def __next__(self) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(InputError, match="cannot read on: Input/output error"):
        list(numbered_lines(Broken()))


def test_a_text_becomes_one_article_whose_id_is_its_sum() -> None:
    [(number, line)] = text_line("First line.\r\nSecond — line.".encode(), TextArticle("2024-11-19"))
    article = read_article(line)
    assert number == 1
    assert article.title == ""
    assert article.body == "First line.\r\nSecond — line."
    assert article.id == "sha256:79bdead96db3c58fd90ac45f0ca0c07ec0ab81f673bdb02f45dd7fa9a3c8bacd"


def test_what_is_known_about_a_text_is_taken() -> None:
    [(_, line)] = text_line(b"Text.", TextArticle("2024-11-19", title="T", id="i", source="S"))
    article = read_article(line)
    assert (article.title, article.id, article.source) == ("T", "i", "S")


def test_valid_lines_come_out_in_order_and_invalid_ones_are_named(enrich: Run) -> None:
    status, out, err = enrich(jsonl(GOOD) + b"\n{broken\n" + jsonl({**GOOD, "id": ""}, {**GOOD, "id": "a2"}))
    assert status == 1
    assert [document["article"]["id"] for document in out] == ["a1", "a2"]
    assert all(document["provenance"]["input"] is None for document in out)
    assert [sorted(fault) for fault in err] == [["line", "reason"]] * 2
    assert [fault["line"] for fault in err] == [3, 4]
    assert "not JSON" in err[0]["reason"]
    assert err[1]["reason"].startswith("id: ")


def test_all_well_is_status_0(enrich: Run) -> None:
    status, out, err = enrich(jsonl(GOOD))
    assert (status, len(out), err) == (0, 1, [])


def test_lone_surrogates_survive(enrich: Run) -> None:
    _, [document], _ = enrich(jsonl({**GOOD, "body": "Half \ud83d of it."}))
    assert document["article"]["body"] == "Half \ud83d of it."


def test_text_that_is_not_utf8_is_an_invalid_line(enrich: Run) -> None:
    status, out, [fault] = enrich(b"caf\xe9", TextArticle("2024-11-19"))
    assert (status, out, fault["line"]) == (1, [], 1)
    assert "not UTF-8" in fault["reason"]


def test_pretty_is_for_people(settings: Settings, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").write_bytes(jsonl(GOOD))
    assert run(settings, str(tmp_path / "in"), pretty=True) == 0
    assert "Escalation" in capfd.readouterr().out


def test_a_file_that_is_not_there(settings: Settings) -> None:
    with pytest.raises(InputError, match="cannot open /nowhere/at/all: No such file or directory"):
        run(settings, "/nowhere/at/all")
    assert InputError.exit_status == 2
