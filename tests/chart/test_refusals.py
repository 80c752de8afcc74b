"""Values that cannot be used are refused before anything is installed, and the message says why."""

import pytest

from tests.chart.rendering import RefusedError, manifests

BY_SCHEMA = [
    # (what is set, what the message must have): types and ranges
    ("worker.replicaCount=two", "at '/worker/replicaCount': got string, want integer"),
    ("worker.replicaCount=-1", "at '/worker/replicaCount': minimum: got -1, want 0"),
    ("worker.enabled=maybe", "at '/worker/enabled': got string, want boolean"),
    ("monitor.service.port=70000", "at '/monitor/service/port': maximum"),
    ("monitor.terminationGracePeriodSeconds=18", "at '/monitor/terminationGracePeriodSeconds': minimum"),
    ("worker.resources.limits.memory=lots", "at '/worker/resources/limits/memory': 'lots' does not match pattern"),
    ("worker.autoscaling.minReplicas=0", "at '/worker/autoscaling/minReplicas': minimum"),
    ("worker.keda.lagThreshold=0", "at '/worker/keda/lagThreshold': minimum"),
    ("metrics.podMonitor.interval=often", "at '/metrics/podMonitor/interval': 'often' does not match pattern"),
    ("networkPolicy.kafka.ports={kafka}", "at '/networkPolicy/kafka/ports/0': got string, want integer"),
    ("extraObjects=text", "at '/extraObjects': got string, want array"),
    # names
    ("image.pullPolicy=always", "at '/image/pullPolicy': value must be one of 'Always', 'IfNotPresent', 'Never'"),
    ("image.digest=abc", "at '/image/digest': 'abc' does not match pattern"),
    ("image.repository=", "at '/image/repository': '' does not match pattern"),
    ("fullnameOverride=Big_Name", "at '/fullnameOverride': 'Big_Name' does not match pattern"),
    ("kafka.sasl.existingSecret=My_Secret", "at '/kafka/sasl/existingSecret': 'My_Secret' does not match pattern"),
    ("strimzi.apiVersion=kafka.strimzi.io/v1alpha1", "at '/strimzi/apiVersion': value must be one of"),
    ("strimzi.user.authentication=plain", "at '/strimzi/user/authentication': value must be one of"),
    (
        "overrides.knowledge.files.offices=x",
        "at '/overrides/knowledge/files': additional properties 'offices' not allowed",
    ),
    # keys
    ("replicaCount=3", "additional properties 'replicaCount' not allowed"),
    ("worker.replicas=3", "at '/worker': additional properties 'replicas' not allowed"),
    ("worker.autoscaling.maxReplica=3", "at '/worker/autoscaling': additional properties 'maxReplica' not allowed"),
    ("monitor.autoscaling.enabled=true", "at '/monitor': additional properties 'autoscaling' not allowed"),
    ("worker.livenessProbe.httpGet.path=/", "at '/worker/livenessProbe': additional properties 'httpGet' not allowed"),
    # the service's own settings
    ("config.kafka.grup_id=x", "at '/config/kafka': additional properties 'grup_id' not allowed"),
    ("config.kafak.group_id=x", "at '/config': additional properties 'kafak' not allowed"),
    ("config.worker.processes=many", "at '/config/worker/processes': got string, want integer"),
    ("config.worker.circuit.ratio=2", "at '/config/worker/circuit/ratio': maximum: got 2, want 1"),
    ("config.kafka.security.protocol=TLS", "at '/config/kafka/security/protocol': value must be one of 'PLAINTEXT'"),
    ("config.topics.articles=a b", "at '/config/topics/articles': 'a b' does not match pattern"),
    ("config.log.level=loud", "at '/config/log/level': value must be one of 'debug', 'info'"),
    ("config.topics.partitions=null", "at '/config/topics': missing property 'partitions'"),
    ("config.kafka=null", "at '/config': missing property 'kafka'"),
]

BY_CHECKS = [
    (["config.kafka.bootstrap_servers="], "config.kafka.bootstrap_servers must say where Kafka is"),
    (["worker.enabled=false", "monitor.enabled=false"], "nothing is left to install"),
    (["config.http.port=0"], "config.http.port must be a fixed port here"),
    (["config.http.host=127.0.0.1"], "config.http.host (127.0.0.1) cannot be reached by probes"),
    # replicas and partitions
    (["worker.replicaCount=9"], "worker.replicaCount (9) exceeds config.topics.partitions (8)"),
    (["monitor.replicaCount=9"], "monitor.replicaCount (9) exceeds config.topics.partitions (8)"),
    (["config.topics.partitions=1"], "worker.replicaCount (2) exceeds config.topics.partitions (1)"),
    (
        ["worker.autoscaling.enabled=true", "worker.autoscaling.maxReplicas=9"],
        "worker.autoscaling.maxReplicas (9) exceeds config.topics.partitions (8)",
    ),
    (
        ["worker.keda.enabled=true", "worker.keda.maxReplicas=100"],
        "worker.keda.maxReplicas (100) exceeds config.topics.partitions (8)",
    ),
    (["worker.keda.enabled=true", "worker.keda.maxReplicas=1"], "worker.keda.minReplicas (2) exceeds maxReplicas (1)"),
    (
        ["worker.keda.enabled=true", "worker.keda.maxReplicas=3"],
        "worker.keda.fallback.replicas (4) exceeds maxReplicas (3)",
    ),
    (["worker.keda.enabled=true", "worker.autoscaling.enabled=true"], "two autoscalers would pull at one Deployment"),
    # time to end
    (["worker.terminationGracePeriodSeconds=40"], "worker.terminationGracePeriodSeconds (40) must exceed 40:"),
    (["config.worker.drain_timeout_s=24.5"], "worker.terminationGracePeriodSeconds (45) must exceed 45:"),
    (["config.kafka.session_timeout_ms=45000"], "worker.terminationGracePeriodSeconds (45) must exceed 75:"),
    # memory
    (
        ["worker.resources.limits.memory=800Mi"],
        "worker.resources.limits.memory (800Mi) is less than 1 analysis process",
    ),
    (["worker.resources.limits.memory=0.8G"], "worker.resources.limits.memory (0.8G) is less than 1 analysis process"),
    (
        ["config.worker.processes=2"],
        "is less than 2 analysis processes need: 192 Mi and 640 Mi for each, 1472 Mi in all",
    ),
    (
        ["config.worker.processes=0", "worker.resources.limits.cpu=2500m"],
        "is less than 3 analysis processes need: 192 Mi and 640 Mi for each, 2112 Mi in all",
    ),
    (["config.worker.processes=0", "worker.resources.limits.cpu=null"], "without it the node's are counted"),
    # secrets
    (["config.kafka.security.protocol=SASL_SSL"], "kafka.sasl.existingSecret must name the Secret"),
    (
        ["kafka.sasl.existingSecret=a"],
        "kafka.sasl.existingSecret is of no use: config.kafka.security.protocol is PLAIN",
    ),
    (
        ["kafka.sasl.existingSecret=a", "config.kafka.security.protocol=SASL_SSL"],
        "config.kafka.security.sasl.mechanism must say how",
    ),
    (
        [
            "kafka.sasl.existingSecret=a",
            "kafka.sasl.usernameKey=",
            "config.kafka.security.protocol=SASL_SSL",
            "config.kafka.security.sasl.mechanism=PLAIN",
        ],
        "config.kafka.security.sasl.username must say who we are",
    ),
    (["kafka.tls.ca.existingSecret=a"], "kafka.tls is of no use: config.kafka.security.protocol is PLAINTEXT"),
    (
        ["kafka.tls.ca.existingSecret=a", "kafka.tls.ca.existingConfigMap=b", "config.kafka.security.protocol=SSL"],
        "kafka.tls.ca has an existingSecret and an existingConfigMap",
    ),
    (["config.kafka.security.sasl.password=x"], "config.kafka.security.sasl.password would lie open in a ConfigMap"),
    (["config.kafka.security.sasl.oauth.client_secret=x"], "oauth.client_secret would lie open in a ConfigMap"),
    (["config.kafka.security.key_password=x"], "config.kafka.security.key_password would lie open in a ConfigMap"),
    (["config.monitor.sinks.webhook.secret=x"], "config.monitor.sinks.webhook.secret would lie open in a ConfigMap"),
    (["config.monitor.sinks.slack.secret_url=https://x"], "slack.secret_url would lie open in a ConfigMap"),
    (["monitor.sinks.existingSecret=a"], "is of no use without webhookSecretKey or slackUrlKey"),
    (["monitor.sinks.slackUrlKey=a"], "monitor.sinks.existingSecret must name the Secret"),
    # the monitor
    (["config.monitor.advertised_host=monitor"], "config.monitor.advertised_host cannot be one for all pods"),
    (["config.monitor.group_id=harbinger"], "must be different consumer groups"),
    (["worker.podDisruptionBudget.minAvailable=1"], "worker.podDisruptionBudget has minAvailable and maxUnavailable"),
    (["monitor.podDisruptionBudget.minAvailable=1"], "monitor.podDisruptionBudget has minAvailable and maxUnavailable"),
    # Strimzi
    (["strimzi.topics.enabled=true"], "strimzi.cluster must name the Kafka resource"),
    (
        ["strimzi.topics.enabled=true", "strimzi.cluster=a", "topicsJob.enabled=true"],
        "strimzi.topics.enabled and topicsJob.enabled are both true",
    ),
    (
        ["strimzi.user.enabled=true", "strimzi.cluster=a", "topicsJob.enabled=true"],
        "topicsJob.enabled needs credentials that are there before the release is",
    ),
    (
        ["strimzi.user.enabled=true", "strimzi.cluster=a", "strimzi.namespace=kafka"],
        "strimzi.namespace is kafka: Secrets of that namespace cannot be mounted in desk",
    ),
    # two sources of one thing
    (
        ["overrides.lexicon.existingConfigMap=a", "overrides.lexicon.files.scoring\\.yaml=x"],
        "overrides.lexicon has files and an existingConfigMap",
    ),
    (
        ["monitor.alertRules.existingConfigMap=a", "monitor.alertRules.rules.index.window_days=7"],
        "monitor.alertRules has rules and an existingConfigMap",
    ),
]


@pytest.mark.parametrize(("setting", "message"), BY_SCHEMA)
def test_the_schema_refuses(setting: str, message: str) -> None:
    with pytest.raises(RefusedError) as refused:
        manifests("minimal", setting)
    assert message in str(refused.value)


@pytest.mark.parametrize(("settings", "message"), BY_CHECKS)
def test_values_that_do_not_fit_each_other_are_refused(settings: list[str], message: str) -> None:
    with pytest.raises(RefusedError) as refused:
        manifests("minimal", *settings)
    assert "harbinger: these values cannot be used:" in str(refused.value)
    assert message in str(refused.value)


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(RefusedError) as refused:
        manifests(
            "minimal",
            "worker.replicaCount=9",
            "worker.terminationGracePeriodSeconds=20",
            "kafka.tls.ca.existingSecret=a",
        )
    assert str(refused.value).count("\n  * ") == 3


def test_what_the_environment_says_need_not_be_said_twice() -> None:
    name = "HARBINGER_KAFKA__BOOTSTRAP_SERVERS"
    assert manifests("minimal", "config.kafka.bootstrap_servers=", f"worker.extraEnv[0].name={name}")
    assert manifests(
        "minimal", "config.kafka.security.protocol=SASL_SSL", "worker.extraEnvFrom[0].secretRef.name=kafka"
    )
