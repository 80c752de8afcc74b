"""Grafana dashboards, made in code so that no panel asks for a metric that does not exist. ``python -m monitoring.dashboards`` writes them."""
