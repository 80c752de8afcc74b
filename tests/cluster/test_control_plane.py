"""The control plane itself leaves nothing behind, also when the run that started it is killed."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kube.control_plane import ControlPlane
from tests.kube.waiting import eventually

pytestmark = pytest.mark.timeout(180)

RUN = "from tests.kube.control_plane import ControlPlane; print(ControlPlane().start().folder, flush=True); input()"


def test_a_killed_run_leaves_no_process_and_no_folder(control_plane: ControlPlane) -> None:
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", RUN], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        try:
            assert run.stdout is not None
            folder = Path(run.stdout.readline().strip())
            assert len(_processes(folder)) == 5
        finally:
            run.send_signal(signal.SIGKILL)
    eventually(lambda: not _processes(folder), says="a program outlived the run")
    eventually(lambda: not folder.exists(), says="the folder outlived the run")
    control_plane.check()  # and this one goes on


def _processes(folder: Path) -> list[str]:
    """Names of the programs whose command lines speak of the folder, but for their supervisors."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if str(folder).encode() in b" ".join(command) and b"-I" not in command:
            found.append(Path(command[0].decode()).name)
    return found
