"""``harbinger backfill`` as a command: its plots, its options, a reader that goes away."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.requirements import lacks
from tests.unit.monitor_cases import attack

HOT = [("CUB", "USA", f"1962-10-{20 + n // 4}T{6 + n % 4:02}:00:00Z", n) for n in range(12)]
COOL = [("CHN", "IND", "1962-10-21", 50), ("CHN", "IND", "1962-12-24", 51)]
ANNOTATIONS = """
title: A test & a title
label: made up
turning_points:
  - {date: 1962-10-22, text: A speech}
  - {date: 1962-10-23, text: A secret, public: false}
"""


@pytest.fixture(autouse=True)
def matplotlib() -> None:
    """The plots need an extra that not every installation has."""
    if importlib.util.find_spec("matplotlib") is None:
        lacks("matplotlib is not installed")


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A pair that raises an alert, and one that does not."""
    file = tmp_path / "enriched.jsonl"
    file.write_text("".join(json.dumps(enriched(*each)) + "\n" for each in HOT + COOL), encoding="utf-8")
    return file


def enriched(source: str, target: str, published_at: str, number: int) -> dict[str, Any]:
    text = " ".join(f"word{number}{n}" for n in range(30))
    return attack(str(number), (source, target), published_at, text, f"<attack {number}>")


def backfill(file: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "service", "backfill", "--from", str(file), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=50)


def test_a_png_is_drawn_beside_the_lines(articles: Path, tmp_path: Path) -> None:
    done = backfill(articles, "--plot", str(tmp_path / "plot.png"))
    assert (done.returncode, done.stderr) == (0, "")
    assert {json.loads(line).get("date", "alert") for line in done.stdout.splitlines()} >= {"1962-10-22", "alert"}
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_the_pairs_with_alerts_are_drawn_and_the_turning_points_marked(articles: Path, tmp_path: Path) -> None:
    (tmp_path / "points.yaml").write_text(ANNOTATIONS, encoding="utf-8")
    arguments = "--quiet", "--plot", str(tmp_path / "plot.svg"), "--annotations", str(tmp_path / "points.yaml")
    done = backfill(articles, *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    drawing = (tmp_path / "plot.svg").read_text("utf-8")
    for text in (
        "Cuba – United States (CUB-USA)",
        "A test &amp; a title: made up",
        "A speech",
        "index (points)",
        "alert open",
    ):
        assert text in drawing
    assert "A secret  (not public on that day)" in drawing
    assert "CHN-IND" not in drawing
    backfill(articles, *arguments)
    assert (tmp_path / "plot.svg").read_text("utf-8") == drawing


def test_a_page_has_the_drawing_and_the_alerts_and_escapes_what_articles_say(articles: Path, tmp_path: Path) -> None:
    done = backfill(articles, "--quiet", "--plot", str(tmp_path / "plot.html"))
    assert (done.returncode, done.stderr) == (0, "")
    page = (tmp_path / "plot.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert page.count("<svg") == 1
    assert ": firing</td>" in page
    assert "&lt;attack 1&gt; (ASSAULT)" in page
    assert "<attack" not in page


def test_without_alerts_the_highest_pairs_are_drawn(articles: Path, tmp_path: Path) -> None:
    backfill(articles, "--quiet", "--pair", "IND-CHN", "--plot", str(tmp_path / "plot.svg"))
    assert "China – India (CHN-IND)" in (tmp_path / "plot.svg").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--plot", "plot.pdf"], "the suffix must be one of .png, .svg, .html"),
        (["--plot", "/nowhere/plot.png"], "there is no folder /nowhere"),
        (["--plot", "plot.png", "--annotations", "/nowhere.yaml"], "/nowhere.yaml"),
        (["--annotations", "/nowhere.yaml"], "--annotations needs --plot"),
        (["--pair", "CUB"], "'CUB' is no pair"),
        (["--from-date", "yesterday"], "yesterday"),
    ],
)
def test_wrong_orders_end_with_2_before_any_work(articles: Path, arguments: list[str], message: str) -> None:
    done = backfill(articles, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_nothing_to_draw_is_said(articles: Path, tmp_path: Path) -> None:
    done = backfill(articles, "--quiet", "--pair", "BEL-USA", "--plot", str(tmp_path / "plot.png"))
    assert done.returncode == 2
    assert "there is nothing to show" in done.stderr


def test_a_missing_matplotlib_is_named_with_its_remedy(articles: Path, tmp_path: Path) -> None:
    program = "import sys; sys.modules['matplotlib'] = None; from service.cli import main; main()"
    command = [sys.executable, "-c", program, "backfill", "--from", str(articles), "--plot", str(tmp_path / "p.png")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50)
    assert done.returncode == 2
    assert "pip install 'harbinger[plot]'" in done.stderr
    done = subprocess.run(command[:-2], capture_output=True, text=True, timeout=50)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_that_goes_away_ends_it_quietly(tmp_path: Path) -> None:
    """As in ``harbinger backfill | head -1``, with more lines than a pipe holds."""
    file = tmp_path / "many.jsonl"
    days = [("CUB", "USA", f"{1900 + n // 12}-{n % 12 + 1:02}-01", n) for n in range(1200)]
    file.write_text("".join(json.dumps(enriched(*each)) + "\n" for each in days), encoding="utf-8")
    command = [sys.executable, "-m", "service", "backfill", "--from", str(file)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout
    assert process.stderr
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=50) == 141
    assert process.stderr.read() == b""


@pytest.mark.timeout(120)
def test_several_processes_and_a_pipe_change_nothing(articles: Path) -> None:
    """Enriched lines are read on another thread than plain ones come back to; the last of two texts of one id counts."""
    plain = {
        "id": "plain",
        "title": "Iran attacks Israel",
        "body": "Iran launched missiles at Israel on Monday.",
        "published_at": "1962-10-22",
    }
    lines = [
        json.dumps(plain),
        *articles.read_text("utf-8").splitlines(),
        json.dumps({**plain, "title": "Iran and Israel talk", "body": "Iran met Israel for talks on Monday."}),
        "{}",
        json.dumps({**enriched("CUB", "USA", "yesterday", 70)}),
    ]
    outcomes = []
    for processes in ("1", "2"):
        command = [sys.executable, "-m", "service", "backfill", "--from", "-", "--processes", processes]
        done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, timeout=50)
        outcomes.append((done.returncode, done.stdout, sorted(done.stderr.splitlines())))
    assert outcomes[0] == outcomes[1]
    status, _, faults = outcomes[0]
    assert (status, [json.loads(fault)["line"] for fault in faults]) == (1, [len(lines) - 1, len(lines)])
    [pair] = [line for line in map(json.loads, outcomes[0][1].splitlines()) if line.get("pair") == ["IRN", "ISR"]]
    assert pair["index"] == 0
