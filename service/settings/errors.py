"""What can be wrong with a configuration, said so that an operator can mend it without reading the code."""

from dataclasses import dataclass
from typing import ClassVar

from service.errors import HarbingerError


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the key, its value (secrets masked), the rule it breaks, and where it was set."""

    key: str
    """Dotted (``kafka.bootstrap_servers``); empty when the whole source is unreadable."""
    value: str | None
    """As a person would type it; None when the value is absent or says nothing."""
    rule: str
    source: str

    def __str__(self) -> str:
        subject = self.key if self.value is None else f"{self.key} = {self.value}"
        return ": ".join(part for part in (subject, self.rule) if part) + f" [{self.source}]"


class SettingsError(HarbingerError, ValueError):
    """The configuration cannot be used. ``problems`` has everything that is wrong, not only the first thing."""

    exit_status: ClassVar[int] = 2

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(["configuration:", *(f"  {problem}" for problem in problems)]))
