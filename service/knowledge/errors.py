"""What makes a set of knowledge and lexicon unusable. Every error names the file, the place in it and the reason."""

from pathlib import Path

from service.errors import HarbingerError


class SetError(HarbingerError):
    """A set that cannot be used. ``place`` is a line's number, or the rule and field; empty when it is the file as a whole."""

    exit_status = 2

    def __init__(self, file: Path, place: str, reason: str, message: str) -> None:
        super().__init__(message)
        self.file, self.place, self.reason = file, place, reason


class KnowledgeError(SetError):
    """A knowledge set that cannot be used: names the file, the line and what is wrong there."""

    def __init__(self, file: Path, line: int | None, reason: str) -> None:
        self.line = line
        where = f"{file}:{line}" if line is not None else f"{file}"
        super().__init__(file, f"{line}" if line is not None else "", reason, f"{where}: {reason}")


class LexiconError(SetError):
    """A lexicon that cannot be used: names the file, the rule, the field and the reason."""

    def __init__(self, file: Path, rule: str | None, field_name: str | None, reason: str) -> None:
        self.rule, self.field = rule, field_name
        parts = [f"rule {rule}" if rule else "", f"field {field_name}" if field_name else ""]
        place = ", ".join(part for part in parts if part)
        where = f"{file}, {place}" if place else f"{file}"
        super().__init__(file, place, reason, f"{where}: {reason}")
