"""Where a control plane's files and ports are, and so what its programs are told."""

import json
import secrets
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from service.broker.node import HOST, free_ports

SERVICE_ADDRESSES = "10.0.0.0/24"


@dataclass(frozen=True, slots=True)
class Layout:
    """One control plane's folder, ports and administrator's token; each method gives a program's arguments."""

    folder: Path
    ports: tuple[int, ...] = field(default_factory=lambda: tuple(free_ports(3)))
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    @property
    def url(self) -> str:
        """Where the API server listens."""
        return f"https://{HOST}:{self.ports[0]}"

    @property
    def certificate(self) -> Path:
        """The API server's, which it makes itself."""
        return self.folder / "certificates" / "apiserver.crt"

    @property
    def kubeconfig(self) -> Path:
        """With it a client is the administrator."""
        return self.folder / "kubeconfig.json"

    def prepare(self, openssl: str) -> None:
        """Write what must be there before the start: token, key pair of the service accounts, kubeconfig."""
        self._tokens.write_text(f"{self.token},admin,admin,system:masters\n", encoding="ascii")
        for arguments in (
            ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(self._private_key)],
            ["pkey", "-in", str(self._private_key), "-pubout", "-out", str(self._public_key)],
        ):
            subprocess.run([openssl, *arguments], check=True, capture_output=True)
        cluster = {"server": self.url, "certificate-authority": str(self.certificate)}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": "admin", "user": {"token": self.token}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
            "current-context": "test",
        }
        self.kubeconfig.write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML

    def etcd(self) -> list[str]:
        """One member, whose data nobody will miss."""
        client, peer = (f"http://{HOST}:{port}" for port in self.ports[1:])
        return [
            f"--data-dir={self.folder / 'etcd'}",
            "--unsafe-no-fsync",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
        ]

    def api_server(self) -> list[str]:
        """Rights by roles, and admission as Kubernetes has it by default."""
        return [
            f"--etcd-servers=http://{HOST}:{self.ports[1]}",
            f"--bind-address={HOST}",
            f"--advertise-address={HOST}",
            f"--secure-port={self.ports[0]}",
            f"--cert-dir={self.certificate.parent}",
            f"--token-auth-file={self._tokens}",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self._public_key}",
            f"--service-account-signing-key-file={self._private_key}",
            f"--service-cluster-ip-range={SERVICE_ADDRESSES}",
            "--endpoint-reconciler-type=none",
        ]

    def controller_manager(self) -> list[str]:
        """All controllers."""
        return [
            f"--kubeconfig={self.kubeconfig}",
            "--leader-elect=false",
            "--secure-port=0",
            f"--service-account-private-key-file={self._private_key}",
            f"--root-ca-file={self.certificate}",
            "--horizontal-pod-autoscaler-sync-period=1s",  # 15 by default: tests need not wait
        ]

    def scheduler(self) -> list[str]:
        """The one scheduler."""
        return [f"--kubeconfig={self.kubeconfig}", "--leader-elect=false", "--secure-port=0"]

    def kwok(self, stages: Path) -> list[str]:
        """Every node is make-believe."""
        return [f"--kubeconfig={self.kubeconfig}", "--manage-all-nodes=true", f"--config={stages}"]

    @property
    def _tokens(self) -> Path:
        return self.folder / "tokens.csv"

    @property
    def _private_key(self) -> Path:
        return self.folder / "service-accounts.key"

    @property
    def _public_key(self) -> Path:
        return self.folder / "service-accounts.pub"
