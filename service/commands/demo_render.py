"""How the demo shows what came out of Kafka."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from service.commands.demo_outputs import Position, Results
from service.commands.render import read_enriched, render_article, safe

_QUOTE_LENGTH = 300
"""Code points of a dead letter's value that are shown."""


def rendered(results: Results, position: Position) -> RenderableType:
    """What came of one article: enriched, or a dead letter."""
    if position in results.enriched:
        return render_article(read_enriched(results.enriched[position]))
    record, letter = results.dead[position]
    value = (record.value or b"").decode("utf-8", "replace")
    quote = value if len(value) <= _QUOTE_LENGTH else value[:_QUOTE_LENGTH] + "…"
    where = f"{letter.topic} partition {letter.partition} offset {letter.offset}"
    facts = Group(
        Text.assemble(("dead letter ", "bold red"), (safe(where), "dim")),
        Text.assemble(("stage      ", "dim"), safe(str(letter.stage))),
        Text.assemble(("exception  ", "dim"), safe(str(letter.exception))),
        Text.assemble(("reason     ", "dim"), safe(str(letter.message))),
        Text.assemble(("value      ", "dim"), (safe(quote), "italic")),
    )
    key = (record.key or b"(no key)").decode("utf-8", "replace")
    return Group(Rule(Text(safe(key), "bold"), align="left", style="red"), Padding(facts, (1, 0), expand=False))


def summary(sent: int, results: Results, alerts: int) -> Table:
    """Counts."""
    table = Table(title="Summary", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_row("articles in", str(sent))
    table.add_row("enriched", str(len(results.enriched)))
    table.add_row("dead letters", str(len(results.dead)))
    table.add_row("alerts of the crisis, fired and resolved", str(alerts))
    return table
