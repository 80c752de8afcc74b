"""Where the files that come with the package lie. A leaf: every layer may use it."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def config_dir() -> Path:
    """The folder of the shipped configuration (``default.yaml``, ``knowledge/``, ``lexicon/``).

    A wheel carries it inside the package (``service/config``); in a checkout, and so in an editable install, it lies
    beside the package, where people who tune it look first.

    Raises:
        FileNotFoundError: neither exists, so the installation is broken.
    """
    for folder in (_PACKAGE / "config", _PACKAGE.parent / "config"):
        if (folder / "default.yaml").is_file():
            return folder
    raise FileNotFoundError(f"no configuration folder beside or inside {_PACKAGE}: the installation is incomplete")


def samples_dir() -> Path:
    """The folder of the sample articles (``articles.jsonl``), inside the package or beside it as :func:`config_dir`.

    Raises:
        FileNotFoundError: neither exists, so the installation is broken.
    """
    for folder in (_PACKAGE / "samples", _PACKAGE.parent / "samples"):
        if (folder / "articles.jsonl").is_file():
            return folder
    raise FileNotFoundError(f"no samples folder beside or inside {_PACKAGE}: the installation is incomplete")
