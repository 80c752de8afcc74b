"""The development broker: Apache Kafka itself, one node, started and stopped from Python, for tests, demo and people.

Not part of the service in production: only the command line and the tests import it.
"""

from service.broker.broker import Broker
from service.broker.errors import BrokerError, JarError, RequirementMissingError
from service.broker.sums import DEFAULT_VERSION, VERSIONS

__all__ = ["DEFAULT_VERSION", "VERSIONS", "Broker", "BrokerError", "JarError", "RequirementMissingError"]
