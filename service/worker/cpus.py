"""How many CPUs this process may use: what the container grants, not what the machine has."""

import math
import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def granted_cpus(cgroup: Path = CGROUP) -> int:
    """CPUs by affinity and by the cgroup's quota (v2 ``cpu.max``, v1 ``cpu.cfs_quota_us``), whichever is less; at least 1.

    A part of a CPU counts as a whole one: a process more is cheap, an idle half CPU is not.
    """
    allowed = len(os.sched_getaffinity(0))
    quota = _quota_v2(cgroup / "cpu.max")
    if quota is None:
        quota = _quota_v1(cgroup / "cpu" / "cpu.cfs_quota_us", cgroup / "cpu" / "cpu.cfs_period_us")
    return max(1, allowed if quota is None else min(allowed, math.ceil(quota)))


def _quota_v2(file: Path) -> float | None:
    try:
        quota, period = file.read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError):
        return None


def _quota_v1(quota_file: Path, period_file: Path) -> float | None:
    try:
        quota, period = int(quota_file.read_text()), int(period_file.read_text())
        return quota / period if quota > 0 and period > 0 else None
    except (OSError, ValueError):
        return None
