"""A Kubernetes control plane on loopback: what accepts, refuses, schedules and rolls is real, only nodes are make-believe.

kwok stands in for the kubelets: it says that a pod runs as soon as it is scheduled. So no container runs, and nothing
can be said here about logs, probes or the network.
"""

import contextlib
import json
import secrets
import shutil
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

from service.broker.node import HOST, free_ports
from tests.kube.build import STAGES, control_plane_programs
from tests.kube.cache import FetchError
from tests.kube.program import Program

READY_WITHIN = 90.0
"""Seconds that the start may take. Five are usual; the rest is for a machine that runs other suites besides."""

SERVICE_ADDRESSES = "10.0.0.0/24"


class ControlPlane:
    """etcd, API server, controller manager, scheduler and kwok, for as long as they are wanted."""

    def __init__(self) -> None:
        """Nothing is started yet.

        Raises:
            FetchError: the programs are not there and cannot be built, or openssl is missing.
        """
        self.programs = control_plane_programs()
        openssl = shutil.which("openssl")
        if openssl is None:
            raise FetchError("openssl makes the key of the service accounts (make test-deps)")
        self.folder = Path(tempfile.mkdtemp(prefix="harbinger-kube-"))
        self.kubeconfig = self.folder / "kubeconfig.json"
        self._openssl = openssl
        self._running: list[Program] = []
        self._token = secrets.token_urlsafe(16)
        self._etcd_port, self._peer_port, self._port = free_ports(3)
        self._certificate = self.folder / "certificates" / "apiserver.crt"

    @property
    def url(self) -> str:
        """Where the API server listens."""
        return f"https://{HOST}:{self._port}"

    def start(self) -> Self:
        """Start it and wait until the API server is ready.

        Raises:
            RuntimeError: a program ended, or the API server was not ready in time; the text shows its log's end.
        """
        try:
            self._prepare()
            self._run("etcd", *self._etcd(), removes_folder=True)
            self._run("kube-apiserver", *self._api_server())
            self._wait_ready()
            client = f"--kubeconfig={self.kubeconfig}"
            self._run("kube-controller-manager", client, *self._controllers())
            self._run("kube-scheduler", client, "--leader-elect=false", "--secure-port=0")
            self._run("kwok", client, "--manage-all-nodes=true", f"--config={self.programs / STAGES}")
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

    def _prepare(self) -> None:
        (self.folder / "tokens.csv").write_text(f"{self._token},admin,admin,system:masters\n", encoding="ascii")
        for arguments in (
            ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(self._key)],
            ["pkey", "-in", str(self._key), "-pubout", "-out", str(self._public_key)],
        ):
            subprocess.run([self._openssl, *arguments], check=True, capture_output=True)
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": "test", "cluster": {"server": self.url, "certificate-authority": str(self._certificate)}}
            ],
            "users": [{"name": "admin", "user": {"token": self._token}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
            "current-context": "test",
        }
        self.kubeconfig.write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML

    @property
    def _key(self) -> Path:
        """Signs the tokens of service accounts."""
        return self.folder / "service-accounts.key"

    @property
    def _public_key(self) -> Path:
        return self._key.with_suffix(".pub")

    def _run(self, name: str, *arguments: str, removes_folder: bool = False) -> None:
        command = [str(self.programs / name), *arguments]
        folder = self.folder if removes_folder else None
        self._running.append(Program(command, self.folder / f"{name}.log", folder))

    def _etcd(self) -> list[str]:
        client, peer = (f"http://{HOST}:{port}" for port in (self._etcd_port, self._peer_port))
        return [
            f"--data-dir={self.folder / 'etcd'}",
            "--unsafe-no-fsync",  # data that nobody will miss
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
        ]

    def _api_server(self) -> list[str]:
        return [
            f"--etcd-servers=http://{HOST}:{self._etcd_port}",
            f"--bind-address={HOST}",
            f"--advertise-address={HOST}",
            f"--secure-port={self._port}",
            f"--cert-dir={self._certificate.parent}",  # it makes a certificate of its own
            f"--token-auth-file={self.folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self._public_key}",
            f"--service-account-signing-key-file={self._key}",
            f"--service-cluster-ip-range={SERVICE_ADDRESSES}",
            "--endpoint-reconciler-type=none",
        ]

    def _controllers(self) -> list[str]:
        return [
            "--leader-elect=false",
            "--secure-port=0",
            f"--service-account-private-key-file={self._key}",
            f"--root-ca-file={self._certificate}",
            "--horizontal-pod-autoscaler-sync-period=1s",  # 15 by default: tests need not wait
        ]

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while not self._answers():
            self.check()
            if time.monotonic() > deadline:
                raise RuntimeError(f"the API server was not ready in time:\n{self._running[-1].log_tail()}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        request = urllib.request.Request(f"{self.url}/readyz", headers={"Authorization": f"Bearer {self._token}"})
        with contextlib.suppress(OSError):  # no file, no listener, a status that is not 200: not yet
            trust = ssl.create_default_context(cafile=str(self._certificate))
            with urllib.request.urlopen(request, timeout=5, context=trust) as answer:
                return bool(answer.status == 200)
        return False
