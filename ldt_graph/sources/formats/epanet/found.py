"""Where an EPANET file says of a thing what stands in its tables: not all of it on the thing's own line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ldt_graph.sources.formats.epanet.text import words
from ldt_graph.sources.places import Placed
from ldt_graph.sources.text import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ldt_graph.sources.places import Asked
    from ldt_graph.sources.reading import Reading

# Column → the section that says it, and the word of its lines that names the thing.
_ELSEWHERE = {
    "tag": ("TAGS", 1),
    "x": ("COORDINATES", 0),
    "y": ("COORDINATES", 0),
    "demand": ("DEMANDS", 0),
    "status": ("STATUS", 0),
}
_THINGS = ("JUNCTIONS", "RESERVOIRS", "TANKS", "PIPES", "PUMPS", "VALVES")


def in_sections(reading: Reading, asked: Sequence[Asked]) -> Iterable[Placed]:
    """Place what another section says of a thing at its last line there: tags, coordinates, demands, status."""
    lines = decoded(reading.file.read(), reading.option("encoding")).text.splitlines()
    sections = _sections(lines)
    names = {n: w[0] for s in _THINGS for n, w in sections.get(s, {}).items()}
    for ask in asked:
        section, at = _ELSEWHERE.get(ask.column or "", ("", 0))
        if ask.row in names and (row := _last(sections.get(section, {}), at, names[ask.row])):
            yield Placed(ask.id, row, ask.column, None)


def _sections(lines: Sequence[str]) -> dict[str, dict[int, list[str]]]:
    """Return section → line → its words; sections are told by their first four letters, as EPANET does."""
    known = {
        name[:4]: name for name in (*_THINGS, *(section for section, _ in _ELSEWHERE.values()))
    }
    found: dict[str, dict[int, list[str]]] = {}
    current: dict[int, list[str]] = {}
    for number, raw in enumerate(lines, start=1):
        text = raw.split(";", 1)[0].strip()
        if text.startswith("["):
            name = text.strip("[]").upper()
            current = found.setdefault(known.get(name[:4], name), {})
        elif text:
            current[number] = words(text)
    return found


def _last(lines: Mapping[int, list[str]], at: int, name: str) -> int | None:
    return max((n for n, w in lines.items() if len(w) > at and w[at] == name), default=None)
