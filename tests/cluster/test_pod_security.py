"""The restricted Pod Security level, enforced by the API server, and what a pod may do there."""

import pytest

from tests.kube.clients import Kubectl
from tests.kube.release import Release
from tests.kube.waiting import eventually

pytestmark = pytest.mark.timeout(180)

EVERY_EXTRA_POD = ("--set=topicsJob.enabled=true", "--set=worker.replicaCount=1", "--set=monitor.replicaCount=1")


def test_every_pod_is_admitted_under_the_restricted_level(release: Release) -> None:
    # The Job runs as a hook before the rest: its pod is admitted, too, or the installation fails.
    answer = release.install(*EVERY_EXTRA_POD)
    assert "PodSecurity" not in answer
    assert len(release.pods("worker")) == len(release.pods("monitor")) == 1


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("securityContext.allowPrivilegeEscalation=true", "allowPrivilegeEscalation != false"),
        ("securityContext.capabilities.drop=null", "unrestricted capabilities"),
        ("podSecurityContext.runAsNonRoot=false", "runAsNonRoot != true"),
        ("podSecurityContext.runAsUser=0", "runAsUser=0"),
        ("podSecurityContext.seccompProfile.type=Unconfined", "seccompProfile"),
        ("worker.extraVolumes[0].name=disk,worker.extraVolumes[0].hostPath.path=/", "hostPath"),
        ("worker.initContainers[0].name=first,worker.initContainers[0].image=first", "first"),
    ],
)
def test_a_value_that_breaks_the_level_gets_no_pod(release: Release, value: str, what: str) -> None:
    release.install(f"--set={value}", wait=False)
    message = eventually(lambda: refusal(release), says="nothing was refused")
    assert 'violates PodSecurity "restricted:latest"' in message
    assert what in message
    assert release.pods("worker") == []


def test_an_upgrade_that_breaks_the_level_leaves_the_old_pods_at_work(release: Release) -> None:
    release.install()
    before = release.uids("worker")
    release.upgrade("--set=podSecurityContext.runAsNonRoot=false", wait=False)
    eventually(lambda: refusal(release), says="nothing was refused")
    assert release.uids("worker") == before
    release.rollback(1)
    assert release.uids("worker") == before


def test_no_token_of_the_service_account_is_in_a_pod(release: Release) -> None:
    release.install()
    for pod in (*release.pods("worker"), *release.pods("monitor")):
        assert pod["spec"]["serviceAccountName"] == release.full_name
        assert pod["spec"]["automountServiceAccountToken"] is False
        sources = [
            source for volume in pod["spec"]["volumes"] for source in volume.get("projected", {}).get("sources", ())
        ]
        assert not [source for source in sources if "serviceAccountToken" in source]
        mounts = [mount["mountPath"] for container in pod["spec"]["containers"] for mount in container["volumeMounts"]]
        assert not [path for path in mounts if path.startswith("/var/run/secrets")]


def test_the_service_account_may_do_no_more_than_any_stranger(release: Release) -> None:
    release.install()
    kubectl = release.kubectl
    assert _may(kubectl, release.full_name) == _may(kubectl, "nobody-knows-me")
    account = f"--as=system:serviceaccount:{release.name}:{release.full_name}"
    for verb, kind in (
        ("get", "secrets"),
        ("list", "pods"),
        ("get", "configmaps"),
        ("patch", "deployments"),
        ("*", "*"),
    ):
        assert _answer(kubectl, verb, kind, account) == "no"
    assert _answer(kubectl, "get", "secrets") == "yes", "the question itself must be understood"


def refusal(release: Release) -> str:
    """What the Deployment of the workers says of pods that it could not make; empty if there are none."""
    for condition in release.deployment("worker").get("status", {}).get("conditions", ()):
        if condition["type"] == "ReplicaFailure":
            return str(condition["message"])
    return ""


def _may(kubectl: Kubectl, account: str) -> list[str]:
    groups = [f"--as-group=system:serviceaccounts:{kubectl.namespace}", "--as-group=system:serviceaccounts"]
    listed = kubectl(
        "auth",
        "can-i",
        "--list",
        f"--as=system:serviceaccount:{kubectl.namespace}:{account}",
        *groups,
        "--as-group=system:authenticated",
    )
    return sorted(listed.splitlines())


def _answer(kubectl: Kubectl, verb: str, kind: str, *options: str) -> str:
    return kubectl.says("auth", "can-i", verb, kind, *options)
