"""Generated parts of pages of the documentation: what stands between ``<!-- NAME -->`` and ``<!-- end NAME -->``."""

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
