"""What both dashboards have around their panels: variables, links, time range."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import (
    Dashboard,
    DashboardCursorSync,
    DashboardLinkType,
    Panel,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from monitoring.panels import SOURCE

TAG = "harbinger"
"""Dashboards of this tag link to each other."""

Section = tuple[str, Sequence[Builder[Panel]]]
"""A heading, and the panels under it."""


def frame(uid: str, title: str, description: str, hours: int, component: str) -> dashboard.Dashboard:
    """A dashboard without panels.

    Args:
        uid: part of its address, so that links to it last.
        title: of the dashboard.
        description: what it is for.
        hours: of the past that it shows at first.
        component: ``worker``, ``monitor`` or a regular expression for both: whose jobs may be chosen.
    """
    made = dashboard.Dashboard(title).uid(uid).description(description).tags([TAG]).editable()
    made.timezone("browser").time(f"now-{hours}h", "now").refresh("30s").tooltip(DashboardCursorSync.CROSSHAIR)
    made.link(
        dashboard.DashboardLink("Harbinger")
        .type(DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(False)
        .include_vars(True)
        .keep_time(True)
    )
    made.with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
    made.with_variable(chosen("namespace", "Namespace", "label_values(harbinger_build_info, namespace)"))
    ours = f".*harbinger-{component}"
    jobs = f'label_values(harbinger_build_info{{namespace=~"$namespace", job=~"{ours}"}}, job)'
    return made.with_variable(chosen("job", "Job", jobs, everything=ours))


def chosen(name: str, label: str, query: str, everything: str = ".*") -> dashboard.QueryVariable:
    """A variable with the values that Prometheus knows; at first all of them.

    ``everything`` is the regular expression that stands for all; ``.*`` takes series without the label, too.
    """
    variable = dashboard.QueryVariable(name).label(label).query(query).definition(query).datasource(SOURCE)
    variable.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED).sort(VariableSort.ALPHABETICAL_ASC)
    all_of_them = VariableOption(selected=True, text=["All"], value=["$__all"])
    return variable.multi(True).include_all(True).all_value(everything).current(all_of_them)


def filled(made: dashboard.Dashboard, sections: Sequence[Section]) -> Dashboard:
    """The finished dashboard: panels under headings, each with a number that links can name."""
    for heading, panels in sections:
        made.with_row(dashboard.Row(heading))
        for panel in panels:
            made.with_panel(panel)
    finished = made.build()
    for number, panel_or_row in enumerate(finished.panels or [], start=1):
        panel_or_row.id_val = number
    return finished
