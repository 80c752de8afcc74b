"""The watch: an escalation index for every country pair, and alerts (docs/monitor.md)."""
