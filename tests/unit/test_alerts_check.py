"""``harbinger alerts check``: what the rules come to, and what is wrong with them."""

import io
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console
from typer.testing import CliRunner

from service.cli import app
from service.commands.alerts import describe_pairs, run
from service.commands.pairs import PairError, parse_pair
from service.monitor.rules import RulesError
from service.paths import config_dir
from service.settings import Settings, load_settings

HIGH = {"high": {"index": 40, "zscore": 3}}
GULF = {
    "name": "gulf",
    "pairs": ["gulf-IRN", "NATO-RUS"],
    "levels": HIGH,
    "clear": 0.5,
    "clear_days": 4,
    "minimum_sources": 2,
}
SHADOWED = {"name": "shadowed", "pairs": ["IRN-SAU"], "levels": HIGH, "clear": 0.5}


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings()


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """Two rules, the second of which is left with nothing, and a silence."""
    shipped = yaml.safe_load((config_dir() / "alerts.yaml").read_text("utf-8"))
    document = {
        "index": shipped["index"],
        "rules": [GULF, SHADOWED],
        "groups": {"gulf": ["SAU", "ARE", "QAT"]},
        "silences": [
            {"pairs": ["KOR-PRK"], "from": "2026-08-17", "until": "2026-08-29T12:00:00Z", "reason": "yearly exercise"}
        ],
    }
    return written(tmp_path / "alerts.yaml", document)


def written(file: Path, document: Any) -> Path:
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return file


def check(settings: Settings, file: Path | None = None, pair: str | None = None) -> str:
    console = Console(file=io.StringIO(), width=160)
    assert run(settings, file, pair, console) == 0
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_without_a_file_it_is_the_rules_in_force(settings: Settings, rules: Path) -> None:
    assert f"{config_dir() / 'alerts.yaml'} can be used" in check(settings)
    monitor = settings.monitor.model_copy(update={"rules_file": rules})
    assert f"{rules} can be used" in check(settings.model_copy(update={"monitor": monitor}))


def test_sides_are_resolved_and_pairs_counted(settings: Settings, rules: Path) -> None:
    text = check(settings, rules)
    assert "IRN with ARE, QAT, SAU" in text
    assert "RUS with 32 countries" in text
    assert "35 pairs" in text
    assert "high: index 40, z-score 3" in text
    assert "2 sources, 1 event" in text
    assert "for no rule names them" in text


def test_a_rule_that_is_left_with_nothing_is_shown_as_such(settings: Settings, rules: Path) -> None:
    assert "none: the rules above it have taken them all" in check(settings, rules)


def test_silences_are_shown_with_their_pairs_and_times(settings: Settings, rules: Path) -> None:
    text = check(settings, rules)
    assert "KOR with PRK" in text
    assert "2026-08-17T00:00:00Z" in text
    assert "yearly exercise" in text


def test_a_pair_is_told_its_rule(settings: Settings, rules: Path) -> None:
    text = check(settings, rules, "sau-irn")
    assert "IRN-SAU (Iran – Saudi Arabia)" in text
    assert "rule: gulf" in text
    assert "ends below: index 20 or z-score 1.5 for 4 days" in text


def test_a_pair_without_a_rule_is_told_so_and_its_silences(settings: Settings, rules: Path) -> None:
    text = check(settings, rules, "PRK-KOR")
    assert "no rule takes it" in text
    assert "silent from 2026-08-17T00:00:00Z until 2026-08-29T12:00:00Z: yearly exercise" in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rules": [{**GULF, "clear": 5}]}, "rules.0.clear: Input should be less than 1"),
        ({"rules": [{**GULF, "pairs": ["golf-IRN"]}]}, "rule gulf: 'golf-IRN' is no pair"),
        ({"groups": {"gulf": ["SAU", "XYZ"]}}, "groups.gulf: XYZ"),
    ],
)
def test_what_is_wrong_is_named(settings: Settings, rules: Path, change: dict[str, Any], message: str) -> None:
    written(rules, yaml.safe_load(rules.read_text("utf-8")) | change)
    with pytest.raises(RulesError, match=message):
        run(settings, rules)
    assert RulesError.exit_status == 2


@pytest.mark.usefixtures("logging_restored")
def test_the_command_line_reaches_it(rules: Path) -> None:
    done = CliRunner().invoke(app, ["alerts", "check", str(rules), "--pair", "IRN-ARE"])
    assert (done.exit_code, done.exception) == (0, None)
    assert "rule: gulf" in done.stdout


def test_many_partners_are_summed_up() -> None:
    assert describe_pairs([("CUB", "USA")]) == "CUB with USA"
    ring = [("AUT", "BEL"), ("CHE", "DEU"), ("ESP", "FRA"), ("GBR", "ITA")]
    assert describe_pairs(ring) == "8 countries among each other"


@pytest.mark.parametrize("text", ["USA", "USA-USA", "USA-CUB-SUN", "USA-XXX", "", "-"])
def test_what_is_no_pair_is_refused(text: str) -> None:
    with pytest.raises(PairError, match="is no pair"):
        parse_pair(text)


def test_a_pair_is_sorted() -> None:
    assert parse_pair(" usa-cub ") == ("CUB", "USA")
