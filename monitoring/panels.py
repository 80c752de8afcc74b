"""The kinds of panels that our dashboards are made of, and how all of them look.

A query is written with ``SELECT`` where its labels are chosen by the dashboard's variables: ``harbinger_lanes{SELECT}``.
"""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode,
    BigValueColorMode,
    BigValueGraphMode,
    DataSourceRef,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import FieldColorModeId, Threshold, ThresholdsMode

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
SELECTED = 'namespace=~"$namespace", job=~"$job"'
FULL_WIDTH = 24
"""Columns of Grafana's grid."""
HEIGHT = 8

Query = tuple[str, str]
"""PromQL and the legend of its series, as ``{{outcome}}``."""


def graph(
    title: str,
    description: str,
    unit: str,
    *queries: Query,
    width: int = 8,
    limit: float | None = None,
    stacked: bool = False,
) -> timeseries.Panel:
    """Lines over time.

    Args:
        title: of the panel.
        description: what it shows and how to read it.
        unit: Grafana's name of it, as ``s`` or ``short``.
        queries: what is drawn.
        width: columns, of 24.
        limit: where an alert fires: a dashed line.
        stacked: whether the series are parts of a sum.
    """
    panel = timeseries.Panel().title(title).description(description).unit(unit).datasource(SOURCE)
    panel.span(width).height(HEIGHT).min(0).fill_opacity(20 if stacked else 5)
    panel.legend(
        common.VizLegendOptions()
        .display_mode(LegendDisplayMode.LIST)
        .placement(LegendPlacement.BOTTOM)
        .show_legend(True)
    )
    panel.tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
    panel.color_scheme(dashboard.FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC))
    if stacked:
        panel.stacking(common.StackingConfig().mode(StackingMode.NORMAL))
    if limit is not None:
        panel.thresholds(_steps((limit, "red")))
        panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED))
    for letter, query in zip("ABCDEFGH", queries, strict=False):
        panel.with_target(_target(letter, query))
    return panel


def figure(
    title: str,
    description: str,
    unit: str,
    expression: str,
    *steps: tuple[float, str],
    width: int = 4,
    decimals: int = 0,
) -> stat.Panel:
    """One number, as it is now, on the colour of the highest step that it reaches; below all steps it is green."""
    panel = stat.Panel().title(title).description(description).unit(unit).datasource(SOURCE)
    panel.span(width).height(4).decimals(decimals).thresholds(_steps(*steps)).no_value("-")
    panel.graph_mode(BigValueGraphMode.NONE).color_mode(BigValueColorMode.BACKGROUND)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    return panel.with_target(_target("A", (expression, "")).instant())


def ranking(
    title: str,
    description: str,
    unit: str,
    query: Query,
    *steps: tuple[float, str],
    width: int = 8,
    height: int = HEIGHT,
) -> bargauge.Panel:
    """Bars, as they are now, longest first as the query sorts them."""
    panel = bargauge.Panel().title(title).description(description).unit(unit).datasource(SOURCE)
    panel.span(width).height(height).min(0).decimals(1).thresholds(_steps(*steps)).no_value("-")
    panel.orientation(VizOrientation.HORIZONTAL).display_mode(BarGaugeDisplayMode.BASIC)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    return panel.with_target(_target("A", query).instant())


def _target(letter: str, query: Query) -> prometheus.Dataquery:
    expression, legend = query
    target = prometheus.Dataquery().ref_id(letter).expr(expression.replace("SELECT", SELECTED)).datasource(SOURCE)
    return target.legend_format(legend) if legend else target


def _steps(*steps: tuple[float, str]) -> dashboard.ThresholdsConfig:
    base: Sequence[Threshold] = [Threshold(value=None, color="green")]
    above = [Threshold(value=value, color=color) for value, color in steps]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps([*base, *above])
