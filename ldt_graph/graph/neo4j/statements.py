"""The reader's statements, from the file beside it."""

from __future__ import annotations

import re
from pathlib import Path

_TEXT = Path(__file__).with_name("reader.cypher").read_text(encoding="utf-8")
_PARTS = re.split(r"^// ([a-z ]+)\n", _TEXT, flags=re.MULTILINE)[1:]
_STATEMENTS = {name: text.strip() for name, text in zip(_PARTS[::2], _PARTS[1::2], strict=True)}


def statement(name: str, **parts: str) -> str:
    """Return a statement with its parts put in: texts of ours and quoted names, never a value.

    Args:
        name: As the file calls it.
        parts: What stands for the words in capitals.
    """
    found = parts | {"ENTITIES": _STATEMENTS["entities"]}
    return re.sub(rf"\b({'|'.join(found)})\b", lambda m: found[m[1]], _STATEMENTS[name])
