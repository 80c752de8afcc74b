"""kubectl and helm as a person would call them, against the control plane of a test."""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator, Sequence
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
            env=self._environment(),
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )

    def _environment(self) -> dict[str, str]:
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("HELM_", "KUBE", "XDG_"))
        }
        return {**inherited, "HOME": str(self.home), "KUBECONFIG": str(self.kubeconfig)}


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

    @contextlib.contextmanager
    def watching(self, *what: str) -> Iterator[list[str]]:
        """Follow every change of a resource that the server tells of; at the end, the list has a line for each."""
        seen: list[str] = []
        watch = subprocess.Popen(
            [str(self.program), "get", *what, "--watch", f"--namespace={self.namespace}"],
            env=self._environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            if watch.stdout is None:
                raise CommandError("kubectl prints nowhere")
            seen.append(watch.stdout.readline().strip())  # the state of now: from here on nothing is missed
            yield seen
        finally:
            watch.terminate()
            rest, _ = watch.communicate()
            seen.extend(rest.splitlines())

    def apply(self, *resources: Resource) -> None:
        """Create or change resources."""
        self("apply", "--filename=-", given=json.dumps({"apiVersion": "v1", "kind": "List", "items": resources}))


class Helm(Client):
    """helm."""

    def releases(self) -> list[Resource]:
        """Every release in the namespace, whatever became of it: name, revision, status, chart."""
        found: list[Resource] = json.loads(self("list", "--all", "--output=json"))
        return found
