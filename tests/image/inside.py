"""Runs in the image, which has no test tools: walks over all its files and prints what it found, as JSON.

Everything here is the standard library's, for it is given to the image's own Python on standard input.
"""

import csv
import importlib.util
import json
import os
import re
import stat
import sys
import sysconfig
from pathlib import Path

TOOLS = re.compile(r"(.*-)?(gcc|g\+\+|cc|c\+\+|cpp|clang|ld|as|rustc|go|make|pip|pip3|pip3\.\d+|uv)(-\d+)?")
"""Names of programs that make programs, or fetch them."""
VOLATILE = ("/proc", "/sys", "/dev", "/tmp", "/var/tmp", "/run")


def files() -> list[tuple[Path, os.stat_result]]:
    """All files and folders of the image, links left out."""
    found = []
    for folder, names, leaves in os.walk("/"):
        names[:] = [name for name in names if os.path.join(folder, name) not in VOLATILE]
        for name in (*names, *leaves):
            path = Path(folder, name)
            status = path.lstat()
            if not stat.S_ISLNK(status.st_mode):
                found.append((path, status))
    return found


def lost_licences(packages: Path) -> list[str]:
    """What the packages' own lists name among their metadata and is no longer there: licences and notices lie there."""
    lost = []
    for record in packages.glob("*.dist-info/RECORD"):
        with record.open(newline="") as rows:
            named = [row[0] for row in csv.reader(rows) if ".dist-info/" in row[0]]
        lost += [name for name in named if not (packages / name).exists()]
    return lost


def main() -> None:
    """Print it."""
    packages = Path(sysconfig.get_path("purelib"))
    everything = files()
    regular = [(path, status.st_mode) for path, status in everything if stat.S_ISREG(status.st_mode)]
    found = {
        "python": list(sys.version_info[:2]),
        "files": len(regular),
        "privileged": [str(path) for path, mode in regular if mode & (stat.S_ISUID | stat.S_ISGID)],
        "tools": [str(path) for path, mode in regular if mode & 0o111 and TOOLS.fullmatch(path.name)],
        "modules": [name for name in ("pip", "ensurepip") if importlib.util.find_spec(name)],
        "open": [str(path) for path, status in everything if status.st_mode & stat.S_IWOTH or status.st_uid == 10001],
        "packages": len(list(packages.glob("*.dist-info"))),
        "lost_licences": lost_licences(packages),
        "uncompiled": [
            str(path)
            for path, _ in regular
            if path.suffix == ".py"
            and path.is_relative_to(packages)
            and not list(path.parent.glob(f"__pycache__/{path.stem}.*.pyc"))
        ],
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
