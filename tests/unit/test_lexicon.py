"""Every rule holds its own proof: an example that it must match and one that it must not, read by the real pipeline."""

from pathlib import Path
from typing import Final

import pytest

from service.analysis.pipeline import Analysis
from service.analysis.proofs import rules_alone
from service.knowledge.errors import LexiconError
from service.knowledge.lexicon import Lexicon, Rule
from service.knowledge.scales import Scales
from service.messages.article import Article
from service.messages.enriched import EnrichedArticle
from service.paths import config_dir

LEXICON: Final = Lexicon.load(config_dir() / "lexicon")


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return rules_alone(Analysis.load(config_dir()))


def read(analysis: Analysis, text: str) -> EnrichedArticle:
    article = Article(id="rule", title="", body=text, published_at="2024-11-19")
    return analysis.analyse(article, enriched_at="2024-11-19T00:00:00Z")


def test_the_lexicon_covers_all_roots() -> None:
    assert len({rule.root for rule in LEXICON.rules}) == 16
    assert len(LEXICON.rules) >= 300


@pytest.mark.parametrize("rule", LEXICON.rules, ids=lambda rule: rule.id)
def test_example_matches_and_counter_example_does_not(analysis: Analysis, rule: Rule) -> None:
    fired = {event.rule for event in read(analysis, rule.example).events}
    assert rule.id in fired, f"{rule.example!r} fired {sorted(fired)}"
    wrong = {event.rule for event in read(analysis, rule.counter_example).events}
    assert rule.id not in wrong, f"{rule.counter_example!r} fired {sorted(wrong)}"


def test_codes_are_on_the_scales() -> None:
    scales = Scales.load(config_dir() / "lexicon" / "scales.yaml")
    unknown = [rule.id for rule in LEXICON.rules if rule.cameo[:3] != "020" and scales.goldstein(rule.cameo) == 0.0]
    assert unknown == []


def _copy(tmp_path: Path, **files: str) -> Path:
    source = config_dir() / "lexicon"
    (tmp_path / "events").mkdir()
    for name in ("classes.yaml", "modality.yaml", "signals.yaml", "learned.yaml"):
        (tmp_path / name).write_text((source / name).read_text("utf-8"), "utf-8")
    for name, text in files.items():
        (tmp_path / "events" / f"{name}.yaml").write_text(text, "utf-8")
    return tmp_path


GOOD = '{id: assault.x.y, cameo: "190", verbs: [attack, fall on], example: a, counter_example: b}'


@pytest.mark.parametrize(
    ("text", "rule", "field"),
    [
        (f"root: ASSAULT\nrules: [{GOOD}, {GOOD}]", "assault.x.y", "id"),
        ("root: ASSAULT\nrules: [" + GOOD.replace("190", "x") + "]", "assault.x.y", "cameo"),
        ("root: NOISE\nrules: [" + GOOD + "]", "assault.x.y", "root"),
        ("root: ASSAULT\nrules: [" + GOOD.replace("attack", "'@nothing'") + "]", "assault.x.y", "verbs"),
        ("root: ASSAULT\nrules: [" + GOOD.replace("example: a, ", "") + "]", "assault.x.y", "example"),
        ("root: ASSAULT\nrules: [" + GOOD.replace("example: a", "exmple: a") + "]", "assault.x.y", "exmple"),
        ("root: SANCTION\nrules: [" + GOOD + "]", "assault.x.y", "id"),
        ("rules: []", None, None),
        ("root: [", None, None),
    ],
)
def test_an_error_names_file_rule_and_field(tmp_path: Path, text: str, rule: str | None, field: str | None) -> None:
    with pytest.raises(LexiconError) as caught:
        Lexicon.load(_copy(tmp_path, broken=text))
    assert caught.value.file.name == "broken.yaml"
    assert caught.value.rule == rule
    assert field is None or (caught.value.field or "").startswith(field) or field in caught.value.reason
    assert "broken.yaml" in str(caught.value)


def test_the_class_that_the_analysis_looks_into_must_be_there(tmp_path: Path) -> None:
    folder = _copy(tmp_path, good=f"root: ASSAULT\nrules: [{GOOD}]")
    (folder / "classes.yaml").write_text("weapons: [tank]\n", "utf-8")
    with pytest.raises(LexiconError, match="people"):
        Lexicon.load(folder)


def test_yaml_words_stay_words_and_the_digest_follows_the_files(tmp_path: Path) -> None:
    first = Lexicon.load(_copy(tmp_path, good=f"root: ASSAULT\nrules: [{GOOD}]"))
    assert first.verbs["fall"][0].words == ("on",)
    path = tmp_path / "events" / "good.yaml"
    path.write_text(path.read_text("utf-8").replace("190", "195"), "utf-8")
    assert Lexicon.load(tmp_path).digest != first.digest
