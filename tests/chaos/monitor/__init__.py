"""The monitor under SIGKILL, rebalance, replay and a slow broker, against the offline reducer: ``python -m tests.chaos.monitor``."""
