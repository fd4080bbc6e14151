"""Where verbs write: standard output, or a file that is there whole or not at all."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, TypeVar

from ldt_graph.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


_T = TypeVar("_T")


def write_file(path: Path | None, write: Callable[[Any], _T]) -> _T:
    """Let a function write to standard output, or to a file, and return what it returns; a link leads to its file.

    Args:
        path: None for standard output.
        write: Called with a binary file.

    Raises:
        SettingsError: The path is a folder or a device, or can't be written.
    """
    if path is None:
        return write(sys.stdout.buffer)
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise SettingsError(
            f"{path} is no file: nothing is written over it.",
            hint="Leave the option out to write to standard output, where the verb can.",
        )
    made = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with made.open("xb") as file:
            result = write(file)
        if target.exists():
            made.chmod(target.stat().st_mode)
        made.replace(target)
    except OSError as error:
        raise SettingsError(f"{path} can't be written: {error.strerror or error}.") from None
    finally:
        made.unlink(missing_ok=True)
    return result
