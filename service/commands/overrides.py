"""What the settings lay over the packaged knowledge and lexicon, for commands."""

from service.knowledge.overrides import Overrides, read_overrides
from service.settings import Settings


def overrides_of(settings: Settings) -> Overrides:
    """What is laid over the packaged knowledge and lexicon.

    Raises:
        KnowledgeError: it cannot be read.
    """
    return read_overrides(settings.analysis.knowledge_overrides, settings.analysis.lexicon_overrides)
