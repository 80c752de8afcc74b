"""Chaos: real workers on a real Apache Kafka, killed, stopped and rebalanced while articles come in.

`python -m tests.chaos` runs it for several seeds; the integration tests run a small one. The worker is a black box here:
it is started by its command line, and only topics, exit statuses and probes are looked at.
"""
