"""kubectl and helm as a person would call them, against the control plane of a test."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

Resource = dict[str, Any]


class CommandError(Exception):
    """A command failed; the text is what it said on standard error."""


@dataclass(frozen=True, slots=True)
class Client:
    """A command-line program that talks to a control plane, in one namespace."""

    program: Path
    kubeconfig: Path
    home: Path
    """Its caches and settings go here, and not to those of the person who runs the tests."""
    namespace: str = "default"

    def within(self, namespace: str) -> Self:
        """The same in another namespace."""
        return replace(self, namespace=namespace)

    def __call__(self, *arguments: str | Path, given: str | None = None) -> str:
        """Run it, with ``given`` on standard input, and give what it prints.

        Raises:
            CommandError: its status is not 0.
        """
        done = self._run(arguments, given)
        if done.returncode:
            raise CommandError(done.stderr.strip() or done.stdout.strip())
        return done.stdout

    def says(self, *arguments: str | Path) -> str:
        """What it prints, whatever its status: for questions whose answer is also in that."""
        return self._run(arguments, None).stdout.strip()

    def _run(self, arguments: Sequence[str | Path], given: str | None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.program), *map(str, arguments), f"--namespace={self.namespace}"],
            env={**_without_settings(os.environ), "HOME": str(self.home), "KUBECONFIG": str(self.kubeconfig)},
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )


class Kubectl(Client):
    """kubectl."""

    def get(self, *what: str) -> Resource:
        """A resource, or a list of them, as ``kubectl get`` names them."""
        found: Resource = json.loads(self("get", *what, "--output=json"))
        return found

    def items(self, *what: str) -> list[Resource]:
        """The resources of a list."""
        found: list[Resource] = self.get(*what)["items"]
        return found

    def apply(self, *resources: Resource) -> None:
        """Create or change resources."""
        self("apply", "--filename=-", given=json.dumps({"apiVersion": "v1", "kind": "List", "items": resources}))


class Helm(Client):
    """helm."""

    def manifest(self, release: str) -> str:
        """What is deployed for a release."""
        return self("get", "manifest", release)


def _without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith(("HELM_", "KUBE", "XDG_"))}
