"""The page at ``/``: what there is to ask, and how things stand. Plain enough to be read with curl, too."""

from collections.abc import Iterable
from html import escape
from typing import Final

from service import __version__
from service.monitor.views.models import Current, PairsView
from service.monitor.views.openapi import OPERATIONS

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing is loaded and nothing runs: the evidence that is shown elsewhere, and codes that are shown here, come from outside."""

_OTHERS: Final = {
    "/openapi.json": "Description of the views (OpenAPI 3.1)",
    "/livez": "Is the process alive",
    "/readyz": "Is it ready",
    "/metrics": "Metrics for Prometheus",
}
_PAGE: Final = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Harbinger monitor</title>
<style>body {{ font-family: sans-serif; margin: 2em }} pre {{ line-height: 1.4 }}</style></head>
<body>
<h1>Harbinger monitor {version}</h1>
<pre>
{routes}
</pre>
<h2>Country pairs</h2>
<pre>
{pairs}
</pre>
</body>
</html>
"""
_COLUMNS: Final = f"{'pair':<9}{'index':>9}{'day':>9}{'week':>9}{'z':>8}  {'level':<10}{'articles':>8}  alerts"


def page(pairs: PairsView | str) -> str:
    """The page as HTML.

    Args:
        pairs: the pairs that come first, or why there are none to show.
    """
    lines = [escape(pairs)] if isinstance(pairs, str) else _pairs(pairs)
    return _PAGE.format(version=__version__, routes="\n".join(_routes()), pairs="\n".join(lines))


def _routes() -> Iterable[str]:
    known = {operation.path: operation.summary for operation in OPERATIONS} | _OTHERS
    width = max(map(len, known)) + 2
    for path, summary in known.items():
        label = escape(path)
        link = label if "{" in path else f'<a href="{label[1:]}">{label}</a>'
        yield f"GET {link}{' ' * (width - len(path))}{escape(summary)}"


def _pairs(view: PairsView) -> list[str]:
    about = f"judged up to {view.horizon}" if view.horizon else "no articles yet"
    lines = [f"{len(view.pairs)} of {view.watched}, highest index first, {about} (article time, UTC)", ""]
    lines += [f"MISSING: partitions {each.partitions} of {each.member}: {each.reason}" for each in view.missing]
    return [*map(escape, lines), _COLUMNS, *map(_row, view.pairs)]


def _row(row: Current) -> str:
    name = escape("-".join(row.pair))
    return (
        f'<a href="pairs/{name}">{name}</a>{" " * (9 - len(name))}'
        f"{row.index:>9.2f}{row.change:>+9.2f}{row.change_week:>+9.2f}{row.zscore + 0.0:>8.2f}  {row.level:<10}{row.articles:>8}"
        f"  {' '.join(row.alerts)}"
    )
