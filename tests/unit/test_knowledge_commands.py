"""harbinger knowledge check and lookup: what they say of a sound set, of a faulty one, and of names."""

from dataclasses import replace
from pathlib import Path

import pytest

from service.analysis.pipeline import Analysis
from service.commands.knowledge import Lookup, check, lookup
from service.errors import HarbingerError
from service.knowledge import Knowledge, KnowledgeError
from service.knowledge.overrides import NO_OVERRIDES, OverrideFile, Overrides
from service.paths import config_dir
from service.settings import load_settings

SETTINGS = load_settings(environ={})


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.load(config_dir() / "knowledge")


@pytest.mark.parametrize(
    ("name", "day", "said"),
    [
        (
            "Merkel",
            "2021-06-01",
            ["person Angela Merkel", "by family name", "held: Chancellor (head_of_government), DEU"],
        ),
        (
            "Angela Merkel",
            "2022-06-01",
            ["by name", "held before: Chancellor", "2005-11-22 to 2021-12-08 [offices.csv:"],
        ),
        ("German foreign minister", "2021-06-01", ["Heiko Maas", "as foreign_minister of DEU"]),
        ("Moscow", "1962-10-22", ["capital of", "SUN [countries.csv]"]),
        ("Kremlin", "2021-06-01", ["(gov:RUS): RUS, sector GOV [organisations.csv]"]),
        ("NATO", "2021-06-01", ["international body", "sector IGO [igos.csv]"]),
        ("Crimea", "2021-06-01", ["region Crimea: UKR, claimed by UKR and RUS"]),
        ("Georgia", "2021-06-01", ["country of Georgia: GEO", "Atlanta", "speak against it"]),
        ("prime minister", "2021-06-01", ["title prime minister: sector GOV, office head_of_government"]),
        ("Kharkiv", "2021-06-01", ["place Kharkiv: UKR, population"]),
    ],
)
def test_a_name_is_explained(knowledge: Knowledge, name: str, day: str, said: list[str]) -> None:
    text = "\n".join(Lookup(knowledge, NO_OVERRIDES, day).lines(name))
    assert [words for words in said if words not in text] == [], text


def test_the_office_that_names_a_person_comes_first(knowledge: Knowledge) -> None:
    lines = list(Lookup(knowledge, NO_OVERRIDES, "2005-05-05").lines("Joe Biden"))
    assert "sector LEG" in lines[1]
    assert sum("President" in line for line in lines[2:]) >= 1


def test_what_the_person_is_on_the_day_stands_beside_the_name(knowledge: Knowledge) -> None:
    lines = list(Lookup(knowledge, NO_OVERRIDES, "2023-06-01").lines("Angela Merkel"))
    assert lines[0] == "  person Angela Merkel (per:angela-merkel), by name: DEU, sector ELI"


@pytest.mark.parametrize("name", ["", "   ", "--", "'"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(HarbingerError, match="is no name"):
        lookup(SETTINGS, name, "2021-06-01")


def test_a_row_of_an_override_is_cited() -> None:
    text = (
        "person,country,sector,title,office,organisation,since,until,source\n"
        "per:heiko-maas,FRA,GOV,Foreign Minister,,,2022-01-01,,desk\n"
    )
    overrides = Overrides(knowledge={"offices.csv": OverrideFile(Path("/o/offices.csv"), text.encode())})
    knowledge = Knowledge.load(config_dir() / "knowledge", overrides.knowledge)
    lines = list(Lookup(knowledge, overrides, "2022-06-01").lines("Heiko Maas"))
    assert lines[1].endswith("held: Foreign Minister, FRA, sector GOV, 2022-01-01 to now [offices.csv:2, desk]")


def test_an_unknown_name_is_said_to_be_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    assert lookup(SETTINGS, "Zyxwv Qponml", "2021-06-01") == 1
    assert capsys.readouterr().out == "Zyxwv Qponml: not known\n"


def test_a_set_with_a_faulty_row_is_refused(tmp_path: Path) -> None:
    (tmp_path / "groups.csv").write_text("id,name,aliases,country,sector,active_in\ngrp:x,X,,QQQ,REB,\n")
    with pytest.raises(KnowledgeError, match=r"groups\.csv:2: country: QQQ is not in countries\.csv"):
        check(SETTINGS, tmp_path)


def test_rules_that_an_override_breaks_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load = Analysis.load

    def with_few_rules(directory: Path, overrides: Overrides) -> Analysis:
        analysis = load(directory, overrides)
        few = tuple(rule for rule in analysis.lexicon.rules if rule.id.startswith("assault.aerial"))
        assert few
        return replace(analysis, lexicon=replace(analysis.lexicon, rules=few))

    monkeypatch.setattr(Analysis, "load", with_few_rules)
    (tmp_path / "scoring.yaml").write_text("signals: {blockade: 20}")
    assert check(SETTINGS, tmp_path) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"{tmp_path / 'scoring.yaml'}: laid over the packaged set"
    assert said[-1].startswith("The set can be used. Its version is sha256:")
    (tmp_path / "assault.yaml").write_text(
        "root: ASSAULT\nrules: [{id: assault.aerial.bomb, cameo: '195', verbs: [bomb], "
        "example: Israel praised Syria., counter_example: Israel praised Iraq.}]"
    )
    assert check(SETTINGS, tmp_path) == 1
    assert "rule assault.aerial.bomb, field example: 'Israel praised Syria.' must fire" in capsys.readouterr().out
