"""Generated parts of pages of the documentation: what stands between ``<!-- NAME -->`` and ``<!-- end NAME -->``."""

import argparse
from collections.abc import Callable
from pathlib import Path


def put(page: Path, name: str, text: str) -> None:
    """Replace the part of a page.

    Raises:
        ValueError: the page lacks the markers.
    """
    begin, end = f"<!-- {name} -->\n", f"<!-- end {name} -->"
    before, found, rest = page.read_text("utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{page}: no {begin.strip()} … {end}")
    page.write_text(f"{before}{begin}{text}\n{end}{after}", "utf-8")


def print_or_put(description: str | None, name: str, make: Callable[[], str]) -> None:
    """A command that prints what it measured or, with ``--write FILE``, puts it into a page."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--write", type=Path, metavar="FILE", help=f"page with the markers of `{name}`")
    page = parser.parse_args().write
    if page:
        put(page, name, make())
    else:
        print(make())
