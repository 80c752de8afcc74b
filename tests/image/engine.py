"""podman or docker: the first one that works here."""

import functools
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from tests.kube.cache import FetchError

LINES_SHOWN = 40
"""Of what a failed command wrote: its end."""


class EngineError(Exception):
    """podman or docker failed; the text has the command and the end of what it wrote."""


@dataclass(frozen=True)
class Engine:
    """A container engine, by the command line that both kinds have in common."""

    name: str
    """``podman`` or ``docker``."""
    program: tuple[str, ...]

    @property
    def is_podman(self) -> bool:
        """Whether its own options may be used."""
        return self.name == "podman"

    def run(
        self, *arguments: str, given: bytes | None = None, timeout_s: float = 60.0, lines: int = LINES_SHOWN
    ) -> str:
        """Run a command of the engine and give what it prints.

        Args:
            arguments: of the command line.
            given: for its standard input.
            timeout_s: seconds after which it is stopped.
            lines: of its output that an error tells.

        Raises:
            EngineError: it failed.
        """
        done = self.attempt(*arguments, given=given, timeout_s=timeout_s)
        if done.returncode:
            written = (done.stdout + done.stderr).decode(errors="replace").strip().splitlines()
            raise EngineError("\n".join([f"{' '.join(arguments[:2])}: status {done.returncode}", *written[-lines:]]))
        return done.stdout.decode()

    def attempt(
        self, *arguments: str, given: bytes | None = None, timeout_s: float = 60.0
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command of the engine, whatever comes of it."""
        return subprocess.run([*self.program, *arguments], input=given, capture_output=True, timeout=timeout_s)

    def has_image(self, name: str) -> bool:
        """Whether an image lies in the engine's own storage."""
        return self.attempt("image", "inspect", name).returncode == 0


@functools.cache
def find_engine() -> Engine:
    """The engine of this machine.

    runc comes before crun, which cannot run where the machine itself is a container of some kinds.

    Raises:
        FetchError: there is none, or none that answers.
    """
    runc = shutil.which("runc")
    candidates: Sequence[Engine] = (
        Engine("podman", ("podman", *(("--runtime", runc) if runc else ()))),
        Engine("docker", ("docker",)),
    )
    for engine in candidates:
        if shutil.which(engine.name) and engine.attempt("info").returncode == 0:
            return engine
    raise FetchError("podman, or docker with its daemon, is needed for the image (make test-deps)")
