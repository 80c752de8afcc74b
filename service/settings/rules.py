"""Rules over several settings at once."""

from pydantic_core import PydanticCustomError

CROSS_FIELD = "cross_field"
"""Error type that marks a rule over several keys; its context carries ``keys``, relative to the section."""


def require(holds: bool, keys: list[str], rule: str) -> None:
    """Raise an error that names every key that takes part, so that each can be reported with its own value and source.

    Raises:
        PydanticCustomError: of type :data:`CROSS_FIELD`, when the rule does not hold.
    """
    if not holds:
        raise PydanticCustomError(CROSS_FIELD, "{rule}", {"rule": rule, "keys": keys})
