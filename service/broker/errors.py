"""What can go wrong with the development broker, in one place."""

from service.errors import HarbingerError


class BrokerError(HarbingerError):
    """The broker did not start or stop as asked; the text says why and, where there is one, shows the end of its log."""


class RequirementMissingError(BrokerError):
    """Something that the machine lacks: an extra that is not installed, Java, the network. Tests skip on it."""


class JarError(BrokerError):
    """A jar is missing, unknown, or not the one that the committed sums name. It is never run."""
