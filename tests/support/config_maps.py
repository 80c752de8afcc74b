"""ConfigMaps as kubelet mounts them."""

import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path

from service.knowledge.overrides import KUBELET_LINK


def mount_config_map(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files, or exchange those that are there, as kubelet's atomic writer does.

    They lie in a fresh hidden folder; each name is a link through ``..data``, and that link is exchanged in one step.
    """
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / KUBELET_LINK
    old = link.resolve() if link.is_symlink() else None
    data = folder / f"..{uuid.uuid4().hex}"
    data.mkdir()
    for name, text in files.items():
        (data / name).write_text(text, "utf-8")
    fresh = folder / f"{KUBELET_LINK}_tmp"
    fresh.symlink_to(data.name)
    fresh.replace(link)
    for name in files:
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(Path(KUBELET_LINK) / name)
    for path in folder.iterdir():
        if path.is_symlink() and path.name != KUBELET_LINK and path.name not in files:
            path.unlink()
    if old is not None:
        shutil.rmtree(old)
