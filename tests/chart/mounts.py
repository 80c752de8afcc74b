"""What a pod would find in its folders, laid out below one of the test's."""

from pathlib import Path

from tests.chart.rendering import Manifest

SECRET = "s3cret"
"""Content of every key of a Secret or ConfigMap that is not the chart's own, but for the address that is a secret."""


def lay_out(specification: Manifest, container: Manifest, config_maps: dict[str, Manifest], root: Path) -> None:
    """Write the files of all mounted ConfigMaps and Secrets under ``root``, as the kubelet would under ``/``."""
    volumes = {volume["name"]: volume for volume in specification["volumes"]}
    for mount in container["volumeMounts"]:
        assert "subPath" not in mount, "a file mounted by subPath never changes"
        folder = root / mount["mountPath"].lstrip("/")
        folder.mkdir(parents=True)
        volume = volumes[mount["name"]]
        sources = volume["projected"]["sources"] if "projected" in volume else [volume]
        for source in sources:
            for name, content in _files(source, config_maps).items():
                assert not (folder / name).exists(), f"two sources of {volume['name']} have {name}"
                (folder / name).write_text(content, encoding="utf-8")


def _files(source: Manifest, config_maps: dict[str, Manifest]) -> dict[str, str]:
    known = source.get("configMap") or source.get("secret") or {}
    ours = config_maps.get(known.get("name", ""))
    if ours is not None:
        data: dict[str, str] = ours["data"]
        return data
    paths = [item["path"] for item in known.get("items", ())]
    return {path: f"https://hooks.example/{SECRET}" if path == "slack-url" else SECRET for path in paths}
