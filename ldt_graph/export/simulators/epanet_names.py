"""What an EPANET file calls things: at most 31 letters without blanks, each once among nodes and once among links."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 31
"""Bytes of an id (EPANET 2.2 manual, appendix C.2)."""
_FORBIDDEN = re.compile(r'[\s";\[\]]+')


def names(wanted: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return key → id, of (key, what its source calls it); who comes first keeps a name that another wants too."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    later = []
    for key, name in wanted:
        if name and name == _usable(name) and name not in taken:
            found[key] = name
            taken.add(name)
        else:
            later.append((key, name))
    for key, name in later:
        found[key] = _free(_usable(name) or "x", taken)
        taken.add(found[key])
    return found


def _usable(name: str) -> str:
    return _cut(_FORBIDDEN.sub("_", name), LONGEST)


def _cut(name: str, longest: int) -> str:
    return name.encode()[:longest].decode(errors="ignore")


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while True:
        end = f"~{number}"
        made = _cut(name, LONGEST - len(end)) + end
        if made not in taken:
            return made
        number += 1
