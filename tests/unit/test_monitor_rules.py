"""The rules of the watch: what they take, and how they say what is wrong."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.monitor.rules import Pair, Rules, RulesError, load_rules
from service.monitor.times import rfc3339
from service.paths import config_dir

KNOWLEDGE = config_dir() / "knowledge"
Load = Callable[[str], Rules]
SHIPPED = (config_dir() / "alerts.yaml").read_text("utf-8")


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Reads rules from text."""

    def read(text: str) -> Rules:
        path = tmp_path_factory.mktemp("rules") / "alerts.yaml"
        path.write_text(text, "utf-8")
        return load_rules(path, KNOWLEDGE)

    return read


def rule(name: str, *pairs: str, **changes: Any) -> dict[str, Any]:
    return {"name": name, "pairs": list(pairs), "levels": {"high": {"index": 45, "zscore": 3}}, "clear": 0.5} | changes


def text(*rules: dict[str, Any], index: dict[str, Any] | None = None, **changes: Any) -> str:
    file = yaml.safe_load(SHIPPED)
    file["index"] |= index or {}
    return yaml.safe_dump(file | {"rules": list(rules) or [rule("all", "*")]} | changes)


def test_the_shipped_rules_take_every_pair() -> None:
    rules = load_rules(config_dir() / "alerts.yaml", KNOWLEDGE)
    assert rules.rule_for(("CUB", "USA")) is not None
    assert rules.rule_for(("TON", "WSM")) is not None
    assert rules.rule_for(("USA", "XYZ")) is None


def test_territories_belong_to_their_states(load: Load) -> None:
    shipped = load_rules(config_dir() / "alerts.yaml", KNOWLEDGE).territories
    assert (shipped["FLK"], shipped["GUM"]) == ("GBR", "USA")
    assert not {"TWN", "PSE", "XKX", "HKG"} & shipped.keys()
    assert load(text(territories={"GBR": ["FLK"]})).territories == {"FLK": "GBR"}


def test_rules_that_were_written_before_alerts_could_hold_mean_what_they_meant(load: Load) -> None:
    file = yaml.safe_load(text())
    del file["index"]["held_days"], file["territories"]
    rules = load(yaml.safe_dump(file))
    assert (rules.index.held_days, rules.rules[0].clear_days, rules.territories) == (0, 1, {})


def test_the_first_rule_that_names_a_pair_takes_it(load: Load) -> None:
    rules = load(text(rule("pair", "USA-CUB"), rule("side", "CUB-*"), rule("all", "*")))
    names = {pair: found.name for pair in PAIRS if (found := rules.rule_for(pair))}
    assert names == {("CUB", "USA"): "pair", ("CUB", "DEU"): "side", ("DEU", "FRA"): "all"}


PAIRS: list[Pair] = [("CUB", "USA"), ("CUB", "DEU"), ("DEU", "FRA")]


@pytest.mark.parametrize(
    ("pattern", "pair", "taken"),
    [
        ("RUS-UKR", ("RUS", "UKR"), True),
        ("UKR-RUS", ("RUS", "UKR"), True),
        ("rus - ukr", ("RUS", "UKR"), True),
        ("RUS-UKR", ("RUS", "USA"), False),
        ("NATO-RUS", ("RUS", "USA"), True),
        ("RUS-NATO", ("POL", "RUS"), True),
        ("NATO-RUS", ("CHN", "RUS"), False),
        ("NATO-NATO", ("GRC", "TUR"), True),
        ("*-PRK", ("JPN", "PRK"), True),
        ("gulf-IRN", ("IRN", "SAU"), True),
        ("horn-of-africa-gulf", ("ETH", "SAU"), True),
        ("gulf-horn-of-africa", ("ETH", "SAU"), True),
        ("horn-of-africa-horn-of-africa", ("ERI", "ETH"), True),
        ("horn-of-africa-gulf", ("ERI", "ETH"), False),
    ],
)
def test_sides_are_countries_organisations_groups_or_all(load: Load, pattern: str, pair: Pair, taken: bool) -> None:
    groups = {"gulf": ["SAU", "ARE", "QAT"], "Horn-of-Africa": ["ETH", "ERI", "SOM"]}
    assert (load(text(rule("r", pattern), groups=groups)).rule_for(pair) is not None) is taken


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-08-17T00:00:00Z", "2026-08-17T00:00:00Z"),  # YAML makes a time of it
        ("'2026-08-17T00:00:00Z'", "2026-08-17T00:00:00Z"),
        ("2026-08-17T02:30:00+02:30", "2026-08-17T00:00:00Z"),
        ("2026-08-17 00:00:00Z", "2026-08-17T00:00:00Z"),
        ("'2026-08-17 00:00:00Z'", "2026-08-17T00:00:00Z"),
        ("2026-08-17", "2026-08-17T00:00:00Z"),
        ("'2026-08-17'", "2026-08-17T00:00:00Z"),
    ],
)
def test_the_times_of_a_silence(load: Load, written: str, read: str) -> None:
    silences = f"silences: [{{pairs: [KOR-PRK], from: {written}, until: 2026-08-29T12:00:00Z, reason: exercise}}]"
    rules = load(SHIPPED.replace("silences: []", silences))
    (silence,) = rules.silences_for(("KOR", "PRK"))
    assert (rfc3339(silence.start), rfc3339(silence.until)) == (read, "2026-08-29T12:00:00Z")
    assert rules.silences_for(("JPN", "PRK")) == []


QUIET = {"pairs": ["*"], "from": "2026-08-17T00:00:00Z", "until": "2026-08-18T00:00:00Z", "reason": "r"}
LEVELS = {"high": {"index": 45, "zscore": 3}, "severe": {"index": 90, "zscore": 5}}


@pytest.mark.parametrize(
    ("written", "faults"),
    [
        ("", ["not a mapping of rules, but empty"]),
        ("rules: [", ["while parsing"]),
        ("[1, 2]", ["not a mapping of rules, but a list"]),
        (text(typo=1), ["typo: Extra inputs are not permitted"]),
        (text(rules=[]), ["rules: "]),
        (text(rule("r", "RUS-XYZ")), ["rule r: 'RUS-XYZ' is no pair"]),
        (text(rule("r", "RUS")), ["rule r: 'RUS' is no pair"]),
        (text(rule("r", "RUS-")), ["rule r: 'RUS-' is no pair"]),
        (text(rule("r", "RUSUKR")), ["rule r: 'RUSUKR' is no pair"]),
        (text(rule("r", "RUS-RUS")), ["rule r: 'RUS-RUS' is no pair"]),
        (text(rule("r")), ["rules.0.pairs: "]),
        (text(rule("r", "*", level={})), ["rules.0.level: Extra inputs"]),
        (text(rule("r", "*", levels={})), ["rules.0.levels: "]),
        (text(rule("r", "*", levels={"higher": LEVELS["high"]})), ["rules.0.levels.higher", "'elevated', 'high' or"]),
        (text(rule("r", "*", levels=LEVELS | {"severe": {"index": 45, "zscore": 5}})), ["rules.0: ", "of severe must"]),
        (text(rule("r", "*", levels=LEVELS | {"severe": {"index": 90, "zscore": 2}})), ["rules.0: ", "of severe must"]),
        (text(rule("r", "*", levels={"high": {"index": -1, "zscore": 3}})), ["rules.0.levels.high.index: "]),
        (text(rule("r", "*", levels={"high": {"index": 9}})), ["rules.0.levels.high.zscore: Field required"]),
        (text(rule("r", "*", clear=1)), ["rules.0.clear: Input should be less than 1"]),
        (text(rule("r", "*", minimum_sources=0)), ["rules.0.minimum_sources: "]),
        (text(rule("r", "*"), rule("r", "*")), ["rules: ", "two rules are named r"]),
        (text(groups={"gulf": ["SAU", "XYZ"]}), ["groups.gulf: XYZ: not ISO 3166-1"]),
        (text(groups={"gulf": []}), ["groups.gulf: empty"]),
        (text(groups={"rus": ["UKR"]}), ["groups.rus: is the code of a country"]),
        (text(groups={"*": ["UKR"]}), ["groups.*: stands for every country"]),
        (text(territories={"GBR": ["FLK", "XYZ"]}), ["territories: XYZ: not ISO 3166-1"]),
        (text(territories={"GBR": ["FLK"], "FLK": ["SGS"]}), ["territories: FLK: belongs to two states, or is"]),
        (text(territories={"GBR": ["FLK"], "ARG": ["FLK"]}), ["territories: FLK: belongs to two states"]),
        (text(index={"half_life_days": 0}), ["index.half_life_days: Input should be greater than 0"]),
        (text(index={"half_life_days": float("nan")}), ["index.half_life_days: "]),
        (text(index={"window_days": 31}), ["index: ", "window_days, evidence_days and series_days"]),
        (text(index={"same_story": 0.8}), ["index: ", "same_story must not exceed near_duplicate"]),
        (text(silences=[QUIET | {"until": "2026-08-16T00:00:00Z"}]), ["silences.0: ", "from must lie before until"]),
        (text(silences=[QUIET | {"until": QUIET["from"]}]), ["silences.0: ", "from must lie before until"]),
        (text(silences=[QUIET | {"from": "next week"}]), ["silences.0.from: ", "RFC 3339"]),
        (text(silences=[QUIET | {"from": 20}]), ["silences.0.from: ", "RFC 3339"]),
        (text(silences=[QUIET | {"pairs": ["MARS-*"]}]), ["silences: 'MARS-*' is no pair"]),
        (text(silences=[QUIET | {"reason": ""}]), ["silences.0.reason: "]),
    ],
)
def test_a_fault_is_told_with_its_file_field_and_reason(load: Load, written: str, faults: list[str]) -> None:
    with pytest.raises(RulesError) as refused:
        load(written)
    message = str(refused.value)
    assert "alerts.yaml: " in message
    assert [fault for fault in faults if fault not in message] == [], message


def test_all_faults_are_told_at_once(load: Load) -> None:
    with pytest.raises(RulesError) as refused:
        load(text(rule("r", "*", clear=2, minimum_events=0), index={"window_days": 0}))
    assert len(str(refused.value).splitlines()) == 3


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(RulesError, match=r"nowhere\.yaml: .*No such file"):
        load_rules(Path("nowhere.yaml"), KNOWLEDGE)
