"""The statements of more than two lines, a file each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.graph.neo4j.names import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

_TEXTS = {
    p.stem: p.read_text(encoding="utf-8") for p in sorted(Path(__file__).parent.glob("*.cypher"))
}
_PLACE = re.compile(r"`([A-Z]+)`")


def cypher(statement: str, /, **names: Iterable[str]) -> str:
    """Return a statement; names take the place of the word in capitals between backticks: `TYPE`, `LABELS`.

    Args:
        statement: The name of its file, without `.cypher`.
        names: By word: the labels or the type that take its place, quoted.

    Raises:
        QueryError: One of them can't be a name in Neo4j.
    """
    return _PLACE.sub(lambda m: labelled(names[m[1]]), _TEXTS[statement])


def labelled(names: Iterable[str]) -> str:
    """Return labels, or one type, as Cypher writes them after the first colon."""
    return ":".join(map(quote, names))
