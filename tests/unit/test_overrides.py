"""Overrides: how they are read, laid over the packaged set, and refused."""

import re
from pathlib import Path

import pytest
import yaml

from service.analysis.boilerplate import BoilerplateRules
from service.analysis.pipeline import Analysis
from service.analysis.proofs import load_proved, own_rules
from service.knowledge import Knowledge
from service.knowledge.errors import KnowledgeError, LexiconError, SetError
from service.knowledge.lexicon import Lexicon
from service.knowledge.names import fold
from service.knowledge.overrides import NO_OVERRIDES, OverrideFile, Overrides, read_overrides
from service.knowledge.people import Tenure
from service.knowledge.scales import Scales
from service.knowledge.weights import Weights
from service.messages.article import Article
from service.monitor.rules import RulesError, load_rules
from service.paths import config_dir
from tests.support.config_maps import mount_config_map

PEOPLE = "id,name,family_name,aliases\n"
OFFICES = "person,country,sector,title,office,organisation,since,until,source\n"
GROUPS = "id,name,aliases,country,sector,active_in\n"
RULE = """\
  - {id: aid.humanitarian.airlift, mode: humanitarian, cameo: "073", verbs: [airlift, fly in], object: [food, aid, supply],
     target: [to, into], example: France airlifted food to Sudan., counter_example: France exported wine to Sudan.}
"""


def files(**texts: str) -> dict[str, OverrideFile]:
    """Overrides by name, with ``__`` for the dot."""
    named = {name.replace("__", "."): text for name, text in texts.items()}
    return {name: OverrideFile(Path("/overrides") / name, text.encode()) for name, text in named.items()}


def knowledge(**texts: str) -> Knowledge:
    return Knowledge.load(config_dir() / "knowledge", files(**texts))


def lexicon(**texts: str) -> Lexicon:
    return Lexicon.load(config_dir() / "lexicon", files(**texts))


def test_a_new_minister_follows_one_whose_term_ends() -> None:
    changed = knowledge(
        people__csv=PEOPLE + "per:test-minister,Jean Exemple,Exemple,\n",
        offices__csv=OFFICES
        + "per:annalena-baerbock,DEU,GOV,Foreign Minister,,,2021-12-08,2025-02-01,\n"
        + "per:test-minister,DEU,GOV,Foreign Minister,,,2025-02-01,,desk\n",
    )
    assert [person.name for person in changed.holders("DEU", "foreign_minister", "2025-02-10")] == ["Jean Exemple"]
    offices = changed.people["per:annalena-baerbock"].offices
    assert [office.until for office in offices if office.title == "Foreign Minister"] == ["2025-02-01"]
    assert changed.people["per:test-minister"].office_on("2025-03-01")[1] is Tenure.CURRENT
    assert changed.digest != knowledge().digest


def test_entries_are_added_changed_and_removed_by_their_key() -> None:
    changed = knowledge(
        groups__csv=GROUPS
        + "grp:new-dawn,New Dawn Brigade,NDB,MLI,REB,MLI|NER\n"
        + "grp:hezbollah,Hezbollah,Party of God,LBN,REB,LBN\n"
        + "-grp:islamic-state-algeria,,,,,\n"
    )
    assert {sense.ref for sense in changed.names.exact(fold("New Dawn Brigade"))} == {"grp:new-dawn"}
    assert [body.aliases for body in changed.bodies.values() if body.id == "grp:hezbollah"] == [("Party of God",)]
    assert "grp:islamic-state-algeria" not in changed.bodies
    assert len(changed.bodies) == len(knowledge().bodies)


@pytest.mark.parametrize(
    ("name", "text", "line", "reason"),
    [
        ("groups__csv", GROUPS + "grp:a,A,,MLI,REB,\ngrp:b,B,,MLI,REB,QQQ\n", 3, "QQQ is not in countries.csv"),
        ("groups__csv", GROUPS + "grp:a,A,,MLI,REB,\ngrp:a,B,,MLI,REB,\n", 3, "id grp:a stands here a second time"),
        ("groups__csv", GROUPS + "-grp:nobody,,,,,\n", 2, "nothing to remove: there is no row with id grp:nobody"),
        ("groups__csv", GROUPS + "grp:a,A\n", 2, "2 cells, not 6"),
        ("groups__csv", GROUPS + 'grp:a,"A,,MLI,REB,\n', 2, "unexpected end of data"),
        ("groups__csv", "id;name\n", 1, "the header must be id,name,aliases"),
        ("groups__csv", "", 1, "the header must be"),
        ("offices__csv", OFFICES + "per:nobody,MLI,GOV,King,,,2020,,\n", 2, "per:nobody is not in people.csv"),
        ("people__csv", PEOPLE + "per:nobody,No Body,Body,\n", 2, "per:nobody has no office in offices.csv"),
        ("persons__csv", PEOPLE, None, "no file of knowledge has this name"),
    ],
)
def test_a_bad_row_names_file_line_and_reason(name: str, text: str, line: int | None, reason: str) -> None:
    with pytest.raises(KnowledgeError) as caught:
        knowledge(**{name: text})
    assert (caught.value.file.name, caught.value.line) == (name.replace("__", "."), line)
    assert reason in caught.value.reason
    assert str(caught.value).startswith(f"/overrides/{name.replace('__', '.')}")


def test_what_an_override_takes_away_is_missed_where_it_was_needed() -> None:
    with pytest.raises(
        KnowledgeError, match=r"knowledge/offices\.csv:\d+: person: per:joe-biden is not in people\.csv"
    ):
        knowledge(people__csv=PEOPLE + "-per:joe-biden,,,\n")


def test_rules_are_added_changed_and_removed_by_their_id() -> None:
    packaged = lexicon()
    changed = lexicon(
        desk__yaml="root: AID\nrules:\n" + RULE + "remove: [assault.drone.strike]\n",
        assault__yaml='root: ASSAULT\nrules: [{id: assault.aerial.bomb, cameo: "195", verbs: [bomb], example: a, counter_example: b}]',
    )
    ids = [rule.id for rule in changed.rules]
    assert ids[0] == "aid.humanitarian.airlift", "of two equally narrow rules the operator's wins"
    assert ids[1:] == [rule.id for rule in packaged.rules if rule.id != "assault.drone.strike"]
    assert next(rule for rule in changed.rules if rule.id == "assault.aerial.bomb").nouns == ()
    assert changed.files["aid.humanitarian.airlift"] == Path("/overrides/desk.yaml")
    assert changed.digest != packaged.digest


def test_word_lists_and_scales_are_changed_key_by_key() -> None:
    changed = lexicon(
        modality__yaml="plan: {add: [greenlight], remove: [vow]}\nnegators: [never]",
        signals__yaml="gpr: {cyber_attack: 8, blockade: null}\noff_topic_limit: 6",
    )
    assert "greenlight" in changed.modality.plan
    assert not {"vow", "never"} & changed.modality.plan
    assert changed.modality.negators == {"never"}
    assert (changed.signals.gpr["cyber_attack"], "blockade" in changed.signals.gpr) == (8, False)
    assert changed.signals.gpr["war_threat"] == lexicon().signals.gpr["war_threat"]
    scales = Scales.load(config_dir() / "lexicon" / "scales.yaml", files(scales__yaml='goldstein: {"195": -9.5}'))
    assert (scales.goldstein("195"), scales.goldstein("190")) == (-9.5, -10.0)
    weights = Weights.load(config_dir() / "scoring.yaml", files(scoring__yaml="signals: {blockade: 20}"))
    assert (weights.signals["blockade"], weights.signals["war_begin"]) == (20, 30)


def test_lines_of_boilerplate_are_added_and_patterns_removed() -> None:
    path = config_dir() / "lexicon" / "boilerplate.yaml"
    packaged = yaml.safe_load(path.read_text("utf-8"))
    pattern = next(each for rule in packaged["lines"] for each in rule["patterns"] if "With (?:AFP" in each)
    override = {"lines": [{"reason": "promotion", "patterns": ["zanzibar wire copy"]}], "remove": [pattern]}
    rules = BoilerplateRules.load(path, files(boilerplate__yaml=yaml.safe_dump(override)))
    lines = ["Talks failed.", "Zanzibar wire copy of the treaty was burnt.", "With AFP in Paris"]
    assert BoilerplateRules.load(path).reasons(lines) == [None, None, "agency_credit"]
    *others, last = rules.reasons(lines)
    assert others == [None, "promotion"]
    assert last != "agency_credit", "what the model of lines says of it is not what the pattern says"


@pytest.mark.parametrize(
    ("name", "text", "place", "reason"),
    [
        ("desk", "root: AID\nrules:\n" + RULE + RULE, "rule aid.humanitarian.airlift, field id", "already used"),
        ("desk", "remove: [aid.no.such]", "field remove", "nothing to remove: there is no rule aid.no.such"),
        ("desk", "root: AID", "", "must hold exactly"),
        ("desk", "- a", "", "must hold `root`"),
        ("desk", "root: [", "", "line 2, column 1: did not find"),
        (
            "desk",
            "root: ASSAULT\nrules:\n" + RULE,
            "rule aid.humanitarian.airlift, field id",
            "must begin with assault.",
        ),
        ("classes", "weapons: null", "rule", "there is no word class @weapons"),
        ("classes", "weapons: {ad: [x]}", "field weapons", "must be a list, or {add"),
        ("modality", "plan: {remove: [zzz]}", "field plan", "nothing to remove: 'zzz' is not there"),
        ("modality", "plans: [x]", "field plans", "Extra inputs"),
        ("signals", "gpr: {blokade: null}", "field gpr.blokade", "nothing to remove"),
        ("signals", "off_topic_limit: none", "field off_topic_limit", "valid integer"),
        ("signals", "x", "", "must be a mapping"),
    ],
)
def test_a_bad_lexicon_names_file_place_and_reason(name: str, text: str, place: str, reason: str) -> None:
    with pytest.raises(LexiconError) as caught:
        lexicon(**{f"{name}__yaml": text})
    assert caught.value.place.startswith(place)
    assert reason in caught.value.reason
    assert caught.value.file == Path(f"/overrides/{name}.yaml") or name == "classes"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("signals: {blockade: -20}", "of the wrong sign"),
        ("levels: {calm: 50}", "must rise"),
        ("salience: {most: 1}", "Extra inputs"),
        ("event: null", "Field required"),
    ],
)
def test_bad_weights_are_refused(text: str, reason: str) -> None:
    with pytest.raises(LexiconError, match=rf"/overrides/scoring\.yaml.*{reason}"):
        Weights.load(config_dir() / "scoring.yaml", files(scoring__yaml=text))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("lines: [{reason: a, patterns: ['(']}]", r"'\(' is no regular expression"),
        ("lines: [{patterns: [a]}]", "lines.0.reason|lines.*reason"),
        ("remove: [zzz]", "there is no pattern 'zzz'"),
        ("lines: 3", "must hold lists"),
    ],
)
def test_bad_boilerplate_is_refused(text: str, reason: str) -> None:
    with pytest.raises(LexiconError, match=rf"/overrides/boilerplate\.yaml.*({reason})"):
        BoilerplateRules.load(config_dir() / "lexicon" / "boilerplate.yaml", files(boilerplate__yaml=text))


def test_the_rules_of_an_override_prove_themselves() -> None:
    good = Overrides(lexicon=files(desk__yaml="root: AID\nrules:\n" + RULE))
    analysis = load_proved(config_dir(), good)
    article = Article(id="a", title="", body="France airlifted food to Sudan.", published_at="2024-11-19")
    read = analysis.analyse(article, enriched_at="2024-11-19T00:00:00Z")
    assert [event.rule for event in read.events] == ["aid.humanitarian.airlift"]
    plain = Analysis.load(config_dir()).knowledge_digest
    assert read.provenance.knowledge not in {plain, Overrides(knowledge=files(groups__csv=GROUPS)).version(plain)}
    for swapped, field in (
        ("France bought food in Sudan.", "example"),
        ("France airlifted food to Mali.", "counter_example"),
    ):
        document = yaml.safe_load("rules:\n" + RULE)
        document["rules"][0][field] = swapped
        text = yaml.safe_dump({"root": "AID", **document})
        with pytest.raises(LexiconError, match=rf"desk\.yaml, rule aid\.humanitarian\.airlift, field {field}:"):
            load_proved(config_dir(), Overrides(lexicon=files(desk__yaml=text)))


def test_a_mounted_config_map_is_read_as_one_picture(tmp_path: Path) -> None:
    mount_config_map(tmp_path, {"groups.csv": "one", "people.csv": "one"})
    first = read_overrides(tmp_path, None)
    assert {name: file.content for name, file in first.knowledge.items()} == {
        "groups.csv": b"one",
        "people.csv": b"one",
    }
    assert first.knowledge["groups.csv"].path == tmp_path / "groups.csv", "as the operator sees it"
    mount_config_map(tmp_path, {"groups.csv": "two", "people.csv": "two"})
    second = read_overrides(tmp_path, None)
    assert {file.content for file in second.knowledge.values()} == {b"two"}
    assert first != second


def test_a_picture_that_an_exchange_cuts_through_is_taken_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mount_config_map(tmp_path, {"groups.csv": "one", "people.csv": "one"})
    read_bytes, reads = Path.read_bytes, list[Path]()

    def exchanging(path: Path) -> bytes:
        reads.append(path)
        content = read_bytes(path)
        if len(reads) == 1:
            mount_config_map(tmp_path, {"groups.csv": "two", "people.csv": "two"})
        return content

    monkeypatch.setattr(Path, "read_bytes", exchanging)
    assert {file.content for file in read_overrides(tmp_path, None).knowledge.values()} == {b"two"}


def test_a_folder_may_hold_both_and_notes_and_hidden_files(tmp_path: Path) -> None:
    for name in ("groups.csv", "scoring.yaml", "README.md", ".groups.csv.swp"):
        (tmp_path / name).write_text(name)
    both = read_overrides(tmp_path, tmp_path)
    assert (set(both.knowledge), set(both.lexicon)) == ({"groups.csv"}, {"scoring.yaml"})
    assert read_overrides(None, None) == NO_OVERRIDES


@pytest.mark.parametrize(
    ("name", "reason"),
    [("scoring.yml", "is no override"), ("groups.csv", "is no override: only .yaml files belong here")],
)
def test_a_file_that_would_say_nothing_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / name).write_text("x")
    with pytest.raises(SetError, match=reason):
        read_overrides(None, tmp_path)


def test_a_missing_folder_and_one_that_is_too_large_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SetError, match=r"nowhere: cannot be read: No such file or directory"):
        read_overrides(tmp_path / "nowhere", None)
    (tmp_path / "groups.csv").write_text("x" * 100)
    monkeypatch.setattr("service.knowledge.overrides.MAX_BYTES", 99)
    with pytest.raises(SetError, match="holds 100 bytes; 99 are the most"):
        read_overrides(tmp_path, None)


def test_nothing_laid_over_leaves_the_version_as_it_is() -> None:
    assert NO_OVERRIDES.version("sha256:0") == "sha256:0"
    one, other = Overrides(knowledge=files(groups__csv="a")), Overrides(knowledge=files(groups__csv="b"))
    assert len({one.version("sha256:0"), other.version("sha256:0"), one.version("sha256:1"), "sha256:0"}) == 4


def test_alert_rules_see_the_bodies_of_overrides(tmp_path: Path) -> None:
    rules = yaml.safe_load((config_dir() / "alerts.yaml").read_text("utf-8"))
    rules["rules"].insert(0, rules["rules"][0] | {"name": "pact", "pairs": ["Nordic Pact-RUS"]})
    path = tmp_path / "alerts.yaml"
    path.write_text(yaml.safe_dump(rules), "utf-8")
    changed = files(igos__csv="id,name,aliases,code,members,sector\nigo:nordic-pact,Nordic Pact,,IGO,SWE|NOR,IGO\n")
    rule = load_rules(path, config_dir() / "knowledge", changed).rule_for(("RUS", "SWE"))
    assert rule is not None
    assert rule.name == "pact"
    with pytest.raises(RulesError, match="Nordic Pact-RUS"):
        load_rules(path, config_dir() / "knowledge")


def test_the_examples_of_the_docs_can_be_used() -> None:
    page = (Path(__file__).parents[2] / "docs" / "knowledge.md").read_text("utf-8")
    blocks = dict(re.findall(r"`(\w+\.(?:csv|yaml))`\n\n```(?:csv|yaml)\n(.*?)```", page, re.DOTALL))
    assert set(blocks) == {"people.csv", "offices.csv", "groups.csv", "desk.yaml", "classes.yaml", "scoring.yaml"}
    named = files(**blocks)
    tables = {name: file for name, file in named.items() if name.endswith(".csv")}
    analysis = load_proved(config_dir(), Overrides(tables, {name: named[name] for name in named.keys() - tables}))
    assert {rule.id for rule in own_rules(analysis, named)} == {"aid.humanitarian.airlift"}
