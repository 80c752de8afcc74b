"""The runbooks, read as the tests need them."""

import re
from pathlib import Path

from tests.support.promql import ROOT

FOLDER = ROOT / "docs/runbooks"
INDEX = FOLDER / "README.md"


def runbooks() -> dict[str, Path]:
    """The pages by the name of their alert."""
    return {file.stem: file for file in sorted(FOLDER.glob("*.md")) if file != INDEX}


def blocks(file: Path, language: str) -> list[str]:
    """The fenced blocks of a language on a page."""
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", file.read_text("utf-8"))


def expressions(file: Path) -> list[str]:
    """The PromQL on a page: what stands in a block is separated by empty lines, and may begin with a comment."""
    return [each for block in blocks(file, "promql") for each in re.split(r"\n\s*\n", block.strip())]


def expressions_of_runbooks() -> list[str]:
    """That of all pages."""
    return [expression for file in runbooks().values() for expression in expressions(file)]
