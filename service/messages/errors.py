"""What can go wrong with one article, by the stage at which it does.

Every one of these ends in the dead letter topic with its stage and reason; none of them is about the service itself.
They cross process boundaries, so they pickle.
"""

from typing import ClassVar, Literal

Stage = Literal["decode", "validate", "analyse", "encode"]
"""The contract's words for where an article failed (header ``harbinger-stage``)."""

MAX_REASON_LENGTH = 1000
"""Code points. A reason goes into a record header and a log line: it names the fault, it does not repeat the article."""


class ArticleError(Exception):
    """An article that cannot be enriched; ``reason`` is one short line that an operator can act on.

    A plain :class:`ArticleError` is raised with its stage; the subclasses know theirs.
    """

    stage: Stage

    def __init__(self, stage: Stage, reason: str) -> None:
        reason = " ".join(reason.split())
        if len(reason) > MAX_REASON_LENGTH:
            reason = reason[: MAX_REASON_LENGTH - 1] + "…"
        super().__init__(stage, reason)
        self.stage = stage
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


def qualified_name(error: BaseException) -> str:
    """The fully qualified class name, as dead letters carry it."""
    return f"{type(error).__module__}.{type(error).__qualname__}"


class _StagedError(ArticleError):
    _stage: ClassVar[Stage]

    def __init__(self, reason: str) -> None:
        super().__init__(self._stage, reason)

    def __reduce__(self) -> tuple[type["_StagedError"], tuple[str]]:
        return type(self), (self.reason,)


class DecodeError(_StagedError):
    """The value is no JSON object in UTF-8."""

    _stage = "decode"


class ValidateError(_StagedError):
    """A JSON object, but no article by section 1 of the contract."""

    _stage = "validate"


class LanguageError(ValidateError):
    """An article in a language that is not read, where such articles are to be refused; ``language`` is its ISO 639 code."""

    def __init__(self, language: str) -> None:
        super().__init__(f"the article is in the language {language!r}; only English is read")
        self.language = language

    def __reduce__(self) -> tuple[type["LanguageError"], tuple[str]]:
        return type(self), (self.language,)


class AnalyseError(_StagedError):
    """The analysis failed, ran out of time or killed its process."""

    _stage = "analyse"


class EncodeError(_StagedError):
    """The result could not be written as a message (too large, for instance)."""

    _stage = "encode"
