"""Lines of a file as the monitor reads them: enriched articles as they are, plain ones after the analysis."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import msgspec

from service.commands.enrich import Numbered
from service.monitor.reading import NotEnriched, Read, Reader
from service.worker.process import Outcome, Rejected

SCHEMAS: Final = "harbinger."
"""What the ``schema`` of our own messages begins with: such a line goes to the monitor's reader, any other is a plain article."""


@dataclass(slots=True)
class Intake:
    """Sorts lines into enriched and plain articles. Every line has a number of its own among all files, by which the articles are
    put in order again: enriched ones are read at once, plain ones come back later, perhaps on another thread."""

    reader: Reader
    report: Callable[[str], None]
    """Takes a JSON object for each invalid line; perhaps on another thread."""
    reads: dict[int, Read] = field(default_factory=dict)
    status: int = 0
    _places: dict[int, tuple[str, int]] = field(default_factory=dict)
    """File and line of the plain articles that are at the analysis."""

    def plain(self, lines: Iterable[tuple[str, int, bytes]]) -> Iterator[Numbered]:
        """Take the enriched articles and pass the others on."""
        for number, (file, line_number, line) in enumerate(lines):
            if _is_ours(line):
                self._read(number, (file, line_number), line)
            else:
                self._places[number] = file, line_number
                yield number, line

    def take(self, number: int, outcome: Outcome) -> int:
        """Take what became of a plain article."""
        place = self._places.pop(number)
        if isinstance(outcome, Rejected):
            self._fault(place, outcome.message)
        else:
            self._read(number, place, outcome.value)
        return self.status

    def _read(self, number: int, place: tuple[str, int], line: bytes) -> None:
        try:
            self.reads[number] = self.reader.read(line)
        except NotEnriched as error:
            self._fault(place, str(error))

    def _fault(self, place: tuple[str, int], reason: str) -> None:
        self.status = 1
        self.report(json.dumps({"file": place[0], "line": place[1], "reason": reason}))


class _Head(msgspec.Struct):
    schema: str = ""


_heads = msgspec.json.Decoder(_Head)


def _is_ours(line: bytes) -> bool:
    try:
        return _heads.decode(line).schema.startswith(SCHEMAS)
    except msgspec.DecodeError:
        pass
    try:  # JSON may spell half of an emoji, which msgspec does not take
        document = json.loads(line)
        return isinstance(document, dict) and str(document.get("schema", "")).startswith(SCHEMAS)
    except (ValueError, RecursionError):
        return False
