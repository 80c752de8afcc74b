"""The pool is as large as the container allows."""

import os
from pathlib import Path

from service.worker.cpus import granted_cpus

ALLOWED = len(os.sched_getaffinity(0))


def test_without_a_quota_the_affinity_counts(tmp_path: Path) -> None:
    assert granted_cpus(tmp_path) == ALLOWED
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert granted_cpus(tmp_path) == ALLOWED


def test_a_part_of_a_cpu_is_one_process(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    assert granted_cpus(tmp_path) == 1


def test_the_quota_of_cgroup_v1_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("100000")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")
    assert granted_cpus(tmp_path) == 1


def test_a_quota_above_the_machine_is_no_promise(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("6400000 100000\n")
    assert granted_cpus(tmp_path) == ALLOWED
