"""spaCy without its command line.

To offer ``spacy.info``, spaCy imports the whole of its command line, and with it a client for HTTP, a template engine and a tool
for projects: a third of its modules, 16 MiB in each process that analyses. Nothing here calls any of that.
"""

import sys
from types import ModuleType


def leave_out_command_line() -> None:
    """Let spaCy find an empty ``spacy.cli`` when it is imported; without effect where it was imported before."""
    if "spacy" in sys.modules:
        return
    command_line, info = ModuleType("spacy.cli"), ModuleType("spacy.cli.info")
    vars(info)["info"] = None
    sys.modules |= {"spacy.cli": command_line, "spacy.cli.info": info}
