"""The plot as a page of its own: the drawing, and a table of the alerts with the sentences that caused them."""

from collections.abc import Sequence
from html import escape

from service.commands.crisis import Annotations
from service.commands.pairs import pair_code, pair_title
from service.commands.series import Series
from service.messages.alert import EscalationAlert

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #1a1a1a; }
svg { width: 100%; height: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .7rem; border-bottom: 1px solid #ddd; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.time { white-space: nowrap; }
ul { margin: 0; padding-left: 1.1rem; }
"""

_HEADINGS = ("time (UTC)", "pair", "alert", "index", "baseline", "z-score", "articles", "sources", "what it rests on")


def page(svg: str, shown: Sequence[Series], annotations: Annotations | None = None) -> str:
    """A page of HTML that needs nothing from elsewhere. All that articles say is escaped."""
    title = escape((annotations.heading if annotations else "") or "Escalation index")
    alerts = sorted((alert for series in shown for alert in series.alerts), key=lambda alert: alert.updated_at)
    drawing = svg[svg.index("<svg") :]  # without the XML declaration, which HTML does not know
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n<style>{_STYLE}</style>\n'
        f"</head>\n<body>\n{drawing}\n<h2>Alerts</h2>\n{_table(alerts)}\n</body>\n</html>\n"
    )


def _table(alerts: Sequence[EscalationAlert]) -> str:
    if not alerts:
        return "<p>None of these pairs raised an alert.</p>"
    head = "".join(f"<th>{heading}</th>" for heading in _HEADINGS)
    rows = "\n".join(map(_row, alerts))
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"


def _row(alert: EscalationAlert) -> str:
    events = "".join(f"<li>{escape(event.evidence)} ({escape(event.type)})</li>" for event in alert.top_events)
    numbers = (alert.index, alert.baseline, alert.zscore, alert.articles, alert.sources)
    return (
        f'<tr><td class="time">{escape(alert.updated_at)}</td>'
        f"<td>{escape(pair_title(alert.pair))} ({escape(pair_code(alert.pair))})</td>"
        f"<td>{escape(alert.level)}: {escape(alert.state)}</td>"
        + "".join(f'<td class="number">{number:g}</td>' for number in numbers)
        + f"<td><ul>{events}</ul></td></tr>"
    )
