"""A Kubernetes control plane on loopback: what accepts, refuses, schedules and rolls is real, only nodes are make-believe.

kwok stands in for the kubelets: it says that a pod runs as soon as it is scheduled. So no container runs, and nothing
can be said here about logs, probes or the network.
"""

import contextlib
import shutil
import ssl
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.kube.build import STAGES, control_plane_programs
from tests.kube.cache import FetchError
from tests.kube.layout import Layout
from tests.kube.program import Program

READY_WITHIN = 90.0
"""Seconds that the start may take. Five are usual; the rest is for a machine that runs other suites besides."""


class ControlPlane:
    """etcd, API server, controller manager, scheduler and kwok, for as long as they are wanted."""

    def __init__(self) -> None:
        """Nothing is started yet.

        Raises:
            FetchError: the programs are not there and cannot be built, or openssl is missing.
        """
        openssl = shutil.which("openssl")
        if openssl is None:
            raise FetchError("openssl makes the key of the service accounts (make test-deps)")
        self.programs = control_plane_programs()
        self._openssl = openssl
        self._layout = Layout(Path(tempfile.mkdtemp(prefix="harbinger-kube-")))
        self._running: list[Program] = []

    @property
    def folder(self) -> Path:
        """Everything that it writes lies here."""
        return self._layout.folder

    @property
    def kubeconfig(self) -> Path:
        """With it a client is the administrator."""
        return self._layout.kubeconfig

    def start(self) -> Self:
        """Start it and wait until the API server is ready.

        Raises:
            RuntimeError: a program ended, or the API server was not ready in time; the text shows its log's end.
        """
        layout = self._layout
        try:
            layout.prepare(self._openssl)
            self._run("etcd", layout.etcd(), removes=layout.folder)
            self._run("kube-apiserver", layout.api_server())
            self._wait_ready()
            self._run("kube-controller-manager", layout.controller_manager())
            self._run("kube-scheduler", layout.scheduler())
            self._run("kwok", layout.kwok(self.programs / STAGES))
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Kill everything and remove the folder. Stopping twice is no error."""
        for program in reversed(self._running):
            program.stop()
        self._running.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def check(self) -> None:
        """See that everything runs still.

        Raises:
            RuntimeError: a program has ended; the text shows its log's end.
        """
        for program in self._running:
            if not program.alive():
                raise RuntimeError(f"{program.name} has ended; the end of its log:\n{program.log_tail()}")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self, name: str, arguments: Sequence[str], removes: Path | None = None) -> None:
        command = [str(self.programs / name), *arguments]
        self._running.append(Program(command, self.folder / f"{name}.log", removes))

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while not self._answers():
            self.check()
            if time.monotonic() > deadline:
                raise RuntimeError(f"the API server was not ready in time:\n{self._running[-1].log_tail()}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        token = {"Authorization": f"Bearer {self._layout.token}"}
        request = urllib.request.Request(f"{self._layout.url}/readyz", headers=token)
        with contextlib.suppress(OSError):  # no file, no listener, a status that is not 200: not yet
            trust = ssl.create_default_context(cafile=str(self._layout.certificate))
            with urllib.request.urlopen(request, timeout=5, context=trust) as answer:
                return bool(answer.status == 200)
        return False
