"""Values that lie in files: ``kafka.security.sasl.password_file`` names a file, and what is in it is the password.

That is how containers get secrets: a mounted file shows neither in the process's environment, which children inherit and crash reports
carry, nor in the description of a pod. Any setting ``X`` may be given as ``X_file``, where ``X_file`` is no setting itself.
"""

from collections.abc import Collection
from pathlib import Path

from service.settings.errors import Problem, SettingsError
from service.settings.sources import KeyPath, Layer, Value

SUFFIX = "_file"


def read_named_files(layer: Layer, known: Collection[KeyPath]) -> Layer:
    """The layer with the content of the files that it names in place of their names. Line ends at a file's end do not count.

    Args:
        layer: one source of settings.
        known: the paths of all settings.

    Raises:
        SettingsError: a file cannot be read, or the source gives both the value and a file.
    """
    read: Layer = {}
    problems: list[Problem] = []
    for path, value in layer.items():
        setting = (*path[:-1], path[-1].removesuffix(SUFFIX))
        if not path[-1].endswith(SUFFIX) or path in known or setting not in known:
            read[path] = value
        elif setting in layer:
            where = f"{layer[setting].origin}; {value.origin}"
            problems.append(Problem(".".join(setting), None, f"is given both itself and as {path[-1]}", where))
        elif value.value is not None:
            try:
                content = Path(str(value.value)).read_text(encoding="utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError) as error:
                reason = getattr(error, "strerror", None) or "is not UTF-8 text"
                problems.append(Problem(".".join(path), str(value.value), f"cannot be read: {reason}", value.origin))
            else:
                read[setting] = Value(content, f"file {value.value}, which {value.origin} names")
    if problems:
        raise SettingsError(problems)
    return read
