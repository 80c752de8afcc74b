"""Settings: layering, provenance, messages, secrets, rules across fields."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.paths import config_dir
from service.settings import Settings, SettingsError, as_yaml, load, load_settings
from service.settings.load import fields, is_secret
from service.settings.sources import Value, is_service_link, merge, nest, read_yaml

KAFKA = "HARBINGER_KAFKA__"
SASL_SSL = {
    f"{KAFKA}SECURITY__PROTOCOL": "SASL_SSL",
    f"{KAFKA}SECURITY__SASL__MECHANISM": "SCRAM-SHA-512",
    f"{KAFKA}SECURITY__SASL__USERNAME": "reader",
    f"{KAFKA}SECURITY__SASL__PASSWORD": "s3cr3t-hunter2",
}


def complaint(environ: dict[str, str], config: Path | None = None) -> str:
    """What an operator reads when this does not load."""
    with pytest.raises(SettingsError) as raised:
        load_settings(config, environ)
    return str(raised.value)


def test_defaults_are_the_contract() -> None:
    settings = load_settings(environ={})
    assert (settings.kafka.group_id, settings.kafka.auto_offset_reset) == ("harbinger", "earliest")
    names = [settings.topics.name(role) for role in ("articles", "enriched", "dead_letters", "alerts")]
    assert names == ["articles", "articles.enriched", "articles.dlq", "escalation.alerts"]
    assert settings.kafka.session_timeout_ms == 10_000
    assert settings.kafka.heartbeat_interval_ms == 3_000


def test_later_sources_win(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("kafka:\n  group_id: from-file\n  client_id: from-file\nhttp: {port: 1}\n")
    environ = {f"{KAFKA}CLIENT_ID": "from-environment", "HARBINGER_HTTP__PORT": "2"}
    loaded = load(file, environ, {"http.port": 3})
    assert loaded.settings.kafka.group_id == "from-file"
    assert loaded.settings.kafka.client_id == "from-environment"
    assert loaded.settings.http.port == 3
    assert loaded.origins["kafka.group_id"] == f"{file}:2"
    assert loaded.origins["kafka.client_id"] == f"environment variable {KAFKA}CLIENT_ID"
    assert loaded.origins["http.port"] == "command line"
    assert loaded.origins["log.level"].startswith(str(config_dir() / "default.yaml") + ":")


@pytest.mark.parametrize("session", [1_000, 6_000, 10_000, 45_000, 300_000])
def test_a_session_timeout_alone_is_enough(session: int) -> None:
    kafka = load_settings(environ={f"{KAFKA}SESSION_TIMEOUT_MS": str(session)}).kafka
    assert kafka.heartbeat_interval_ms * 3 <= kafka.session_timeout_ms <= kafka.rebalance_timeout_ms
    assert kafka.rebalance_timeout_ms < kafka.request_timeout_ms


def test_session_timeout_and_heartbeat_as_the_contract_allows() -> None:
    environ = {f"{KAFKA}SESSION_TIMEOUT_MS": "6000", f"{KAFKA}HEARTBEAT_INTERVAL_MS": "500"}
    assert load_settings(environ=environ).kafka.heartbeat_interval_ms == 500


def test_null_brings_the_derived_default_back(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("kafka:\n  heartbeat_interval_ms: 777\n")
    assert load_settings(file, {}).kafka.heartbeat_interval_ms == 777
    overrides = {"kafka.heartbeat_interval_ms": None}
    assert load_settings(file, {}, overrides).kafka.heartbeat_interval_ms == 3_000


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (f"{KAFKA}BOOTSTAP", f'kafka.bootstap = "x": unknown key; did you mean {KAFKA}BOOTSTRAP_SERVERS?'),
        ("HARBINGER_KAFKA_GROUP_ID", f"did you mean {KAFKA}GROUP_ID?"),
        ("HARBINGER_KAFAK__GROUP_ID", f"did you mean {KAFKA}GROUP_ID?"),
        ("HARBINGER_HTTP_PORT", "did you mean HARBINGER_HTTP__PORT?"),
        ("HARBINGER_QUITE__ELSE", 'quite.else = "x": unknown key ['),
    ],
)
def test_unknown_variables_are_errors(name: str, expected: str) -> None:
    message = complaint({name: "x"})
    assert expected in message
    assert f"[environment variable {name}]" in message


def test_unknown_keys_in_files_name_the_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("# mine\nkafka:\n  group_id: a\n  grup_id: b\n")
    message = complaint({}, file)
    assert f'kafka.grup_id = "b": unknown key; did you mean kafka.group_id? [{file}:4]' in message


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("HTTP__PORT", "65536", "less than or equal to 65535"),
        ("HTTP__PORT", "http", "valid integer"),
        ("KAFKA__BOOTSTRAP_SERVERS", "kafka", "host:port"),
        ("KAFKA__BOOTSTRAP_SERVERS", "kafka:9092,", "host:port"),
        ("KAFKA__BOOTSTRAP_SERVERS", "kafka:port", "host:port"),
        ("KAFKA__BOOTSTRAP_SERVERS", "http://kafka:9092", "host:port"),
        ("TOPICS__ARTICLES", "a b", "match pattern"),
        ("WORKER__ARTICLE_TIME_LIMIT_S", "0", "greater than 0"),
        ("WORKER__ARTICLE_TIME_LIMIT_S", "nan", "finite"),
        ("LOG__LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("TOPICS__CREATE", "perhaps", "valid boolean"),
        ("TRACING__ENDPOINT", "http://user:word@host/", "without credentials"),
        ("WORKER", "many", "valid dictionary"),
    ],
)
def test_bad_values_name_key_value_rule_and_source(key: str, value: str, rule: str) -> None:
    name = f"HARBINGER_{key}"
    message = complaint({name: value})
    assert f'{key.lower().replace("__", ".")} = "{value}": ' in message
    assert rule in message
    assert f"[environment variable {name}]" in message


def test_all_problems_are_reported_at_once() -> None:
    message = complaint({"HARBINGER_HTTP__PORT": "-1", "HARBINGER_LOG__LEVEL": "loud", f"{KAFKA}GRUP_ID": "x"})
    assert all(key in message for key in ("http.port", "log.level", "kafka.grup_id"))


def test_an_error_in_a_value_does_not_repeat_in_what_follows_from_it() -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings(environ={f"{KAFKA}SESSION_TIMEOUT_MS": "soon"})
    assert [problem.key for problem in raised.value.problems] == ["kafka.session_timeout_ms"]


@pytest.mark.parametrize(
    ("environ", "keys"),
    [
        ({f"{KAFKA}HEARTBEAT_INTERVAL_MS": "10000"}, ["heartbeat_interval_ms", "session_timeout_ms"]),
        ({f"{KAFKA}REBALANCE_TIMEOUT_MS": "9000"}, ["session_timeout_ms", "rebalance_timeout_ms"]),
        ({f"{KAFKA}REQUEST_TIMEOUT_MS": "30000"}, ["rebalance_timeout_ms", "request_timeout_ms"]),
        ({"HARBINGER_WORKER__DRAIN_TIMEOUT_S": "30"}, ["worker.drain_timeout_s", "kafka.rebalance_timeout_ms"]),
        ({"HARBINGER_WORKER__RETRY__INITIAL_S": "11"}, ["worker.retry.initial_s", "worker.retry.max_s"]),
        ({"HARBINGER_WORKER__CIRCUIT__MIN_RECORDS": "1001"}, ["worker.circuit.min_records", "worker.circuit.window"]),
        ({"HARBINGER_TOPICS__ENRICHED": "articles"}, ["topics.articles", "topics.enriched"]),
        ({"HARBINGER_TOPICS__MAX_MESSAGE_BYTES": "1000"}, ["topics.max_message_bytes", "kafka.max_request_bytes"]),
        ({f"{KAFKA}SECURITY__PROTOCOL": "SASL_SSL"}, ["kafka.security.sasl.mechanism"]),
        ({f"{KAFKA}SECURITY__SASL__MECHANISM": "PLAIN"}, ["kafka.security.sasl.mechanism", "kafka.security.protocol"]),
        ({f"{KAFKA}SECURITY__CA_FILE": "ca.pem"}, ["kafka.security.ca_file", "kafka.security.protocol"]),
        (
            {f"{KAFKA}SECURITY__PROTOCOL": "SSL", f"{KAFKA}SECURITY__CERT_FILE": "cert.pem"},
            ["kafka.security.cert_file", "kafka.security.key_file"],
        ),
        (
            {f"{KAFKA}SECURITY__PROTOCOL": "SASL_SSL", f"{KAFKA}SECURITY__SASL__MECHANISM": "OAUTHBEARER"},
            ["sasl.oauth.token_endpoint", "sasl.oauth.client_id", "sasl.oauth.client_secret"],
        ),
    ],
)
def test_values_that_do_not_fit_name_each_key_and_its_source(environ: dict[str, str], keys: list[str]) -> None:
    message = complaint(environ)
    assert all(key in message for key in keys)
    assert any(f"from environment variable {name}" in message for name in environ)


SECRETS = [path for path, _ in fields() if is_secret(path)]


def test_the_secrets_are_known() -> None:
    assert {path[-1] for path in SECRETS} == {"key_password", "password", "client_secret", "secret", "secret_url"}


@pytest.mark.parametrize("path", SECRETS, ids=".".join)
@pytest.mark.parametrize(
    "clash", [{}, {f"{KAFKA}SECURITY__PROTOCOL": "PLAINTEXT"}, {f"{KAFKA}SECURITY__PROTOCOL": "SASL_SSL"}]
)
def test_a_secret_never_shows_in_an_error(path: tuple[str, ...], clash: dict[str, str]) -> None:
    name = f"HARBINGER_{'__'.join(path).upper()}"
    for variable, value in [
        (name, "hunter2"),
        (name + "S", "hunter2"),  # mistyped
        (name + "__X", "hunter2"),  # too deep
        (name.rsplit("__", 1)[0], "hunter2"),  # in place of its section
        (name.rsplit("__", 1)[0], '{"password": "hunter2", "key_password": "hunter2"'),  # broken JSON
        (name, '{"a": "hunter2"}'),
    ]:
        assert "hunter2" not in complaint({**clash, variable: value, "HARBINGER_HTTP__PORT": "bad"})


@pytest.mark.parametrize("sources", [False, True])
def test_secrets_are_masked_when_shown(sources: bool) -> None:
    shown = as_yaml(load(environ=SASL_SSL), sources)
    assert "s3cr3t-hunter2" not in shown
    assert "password: '**********'" in shown
    assert "s3cr3t-hunter2" not in repr(load(environ=SASL_SSL).settings)


@pytest.mark.parametrize("sources", [False, True])
def test_what_is_shown_can_be_loaded_again(tmp_path: Path, sources: bool) -> None:
    loaded = load(environ={"HARBINGER_HTTP__PORT": "0", f"{KAFKA}SESSION_TIMEOUT_MS": "7000"})
    file = tmp_path / "shown.yaml"
    file.write_text(as_yaml(loaded, sources))
    assert load_settings(file, {}) == loaded.settings


def test_sources_are_shown() -> None:
    shown = as_yaml(load(environ={"HARBINGER_HTTP__PORT": "0"}), sources=True)
    assert "  port: 0  # environment variable HARBINGER_HTTP__PORT" in shown
    assert "  heartbeat_interval_ms: 3000  # derived" in shown
    assert "    ca_file: null  # not set" in shown


def test_json_in_a_variable_is_a_section() -> None:
    environ = {"HARBINGER_TOPICS__CONFIG": '{"articles": {"min.insync.replicas": 2, "preallocate": true}}'}
    topics = load_settings(environ=environ).topics
    config = topics.creation_config("articles")
    assert (config["min.insync.replicas"], config["preallocate"]) == ("2", "true")
    assert topics.creation_config("alerts")["cleanup.policy"] == "compact"
    assert topics.creation_config("dead_letters")["retention.ms"] != topics.creation_config("articles")["retention.ms"]


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("s3cr3t-hunter2\n")
    environ = {**SASL_SSL, f"{KAFKA}SECURITY__SASL__PASSWORD_FILE": str(tmp_path / "password")}
    del environ[f"{KAFKA}SECURITY__SASL__PASSWORD"]
    loaded = load(environ=environ)
    password = loaded.settings.kafka.security.sasl.password
    assert password is not None
    assert password.get_secret_value() == "s3cr3t-hunter2"
    assert "s3cr3t" not in as_yaml(loaded, sources=True)
    assert str(tmp_path / "password") in loaded.origins["kafka.security.sasl.password"]


def test_a_file_that_is_a_setting_itself_is_not_read() -> None:
    environ = {f"{KAFKA}SECURITY__PROTOCOL": "SSL", f"{KAFKA}SECURITY__CA_FILE": "/nowhere/ca.crt"}
    assert load_settings(environ=environ).kafka.security.ca_file == Path("/nowhere/ca.crt")


def test_a_named_file_wins_over_an_earlier_source_and_falls_to_a_later_one(tmp_path: Path) -> None:
    (tmp_path / "name").write_text("from-file")
    file = tmp_path / "mine.yaml"
    file.write_text(f"kafka: {{group_id_file: {tmp_path / 'name'}}}\n")
    assert load_settings(file, {}).kafka.group_id == "from-file"
    assert load_settings(file, {f"{KAFKA}GROUP_ID": "later"}).kafka.group_id == "later"
    file.write_text("kafka: {group_id_file: null}\n")
    assert load_settings(file, {}).kafka.group_id == "harbinger"


def test_files_that_cannot_be_read_and_values_given_twice(tmp_path: Path) -> None:
    name = f"{KAFKA}SECURITY__SASL__PASSWORD_FILE"
    environ = {**SASL_SSL, name: str(tmp_path / "absent")}
    message = complaint(environ)
    assert "kafka.security.sasl.password: is given both itself and as password_file" in message
    assert "s3cr3t" not in message
    del environ[f"{KAFKA}SECURITY__SASL__PASSWORD"]
    assert f"cannot be read: No such file or directory [environment variable {name}]" in complaint(environ)
    (tmp_path / "absent").write_bytes(b"\xff")
    assert "is not UTF-8 text" in complaint(environ)
    assert "unknown key" in complaint({f"{KAFKA}SECURITY__SASL__PASWORD_FILE": "x"})


def test_an_empty_variable_is_not_set() -> None:
    assert load_settings(environ={f"{KAFKA}GROUP_ID": ""}).kafka.group_id == "harbinger"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("HARBINGER_SERVICE_HOST", "10.0.0.1", True),
        ("HARBINGER_WORKER_SERVICE_PORT_HTTP", "8080", True),
        ("HARBINGER_PORT", "tcp://10.0.0.1:8080", True),
        ("HARBINGER_PORT_8080_TCP", "tcp://10.0.0.1:8080", True),
        ("HARBINGER_PORT_8080_TCP_ADDR", "10.0.0.1", True),
        ("HARBINGER_HTTP_PORT", "8080", False),
        ("HARBINGER_HTTP__PORT", "8080", False),
    ],
)
def test_kubernetes_service_links_are_left_alone(name: str, value: str, expected: bool) -> None:
    assert is_service_link(name, value) is expected
    if expected:
        load_settings(environ={name: value})


def test_the_folder_of_the_measurements_is_no_setting() -> None:
    load_settings(environ={"HARBINGER_DATA": "labelled"})
    with pytest.raises(SettingsError, match="HARBINGER_DATE"):
        load_settings(environ={"HARBINGER_DATE": "labelled"})


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("kafka: [", "is not valid YAML"),
        ("- kafka", "must be a mapping"),
        ("kafka:\n  group_id: a\n  group_id: b\n", "given twice"),
        ("kafka: !!python/object/apply:os.getcwd []\n", "is not valid YAML"),
        ("kafka: {a: \x07}", "is not valid YAML"),
    ],
)
def test_broken_files(tmp_path: Path, text: str, rule: str) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(text)
    message = complaint({}, file)
    assert rule in message
    assert str(file) in message


def test_missing_and_undecodable_files(tmp_path: Path) -> None:
    assert "No such file" in complaint({}, tmp_path / "none.yaml")
    file = tmp_path / "latin1.yaml"
    file.write_bytes("kafka: {group_id: é}".encode("latin-1"))
    assert "not UTF-8" in complaint({}, file)


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "empty.yaml"
    file.write_text("# nothing yet\n")
    assert load_settings(file, {}) == load_settings(environ={})


def test_every_default_is_a_setting() -> None:
    """A key of default.yaml that no field takes would fail; this says that the file has nothing twice or misplaced."""
    known = {path for path, _ in fields()}
    given_keys = {path if path in known else path[:2] for path in read_yaml(config_dir() / "default.yaml")}
    assert given_keys <= known


def test_settings_are_immutable() -> None:
    settings = load_settings(environ={})
    with pytest.raises(ValueError, match="frozen"):
        settings.kafka.group_id = "other"  # type: ignore[misc]


keys = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(tuple)
layers = st.lists(st.dictionaries(keys, st.integers() | st.none()), max_size=4)


@given(layers)
def test_merging_leaves_a_tree_in_which_the_last_word_counts(given_layers: list[dict[tuple[str, ...], Any]]) -> None:
    flat = [{path: Value(value, "test") for path, value in layer.items()} for layer in given_layers]
    merged = merge(flat)
    for path in merged:  # no path runs through another's value
        assert not any(path[:length] in merged for length in range(1, len(path)))
    nest(merged)
    if given_layers and given_layers[-1]:
        path, value = list(given_layers[-1].items())[-1]
        assert merged.get(path) == (None if value is None else Value(value, "test"))


def test_schema_says_what_every_setting_means() -> None:
    assert [".".join(path) for path, field in fields() if not field.description] == []
    assert Settings.model_json_schema()["additionalProperties"] is False
