"""Kill, stop and restart workers and broker while articles flow, then count what came out: ``python -m tests.chaos``."""
