"""TNTP road networks (Transportation Networks for Research): node, link and trip tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ldt_graph.sources.crs import GEOMETRY, Placer
from ldt_graph.sources.reading import cell

if TYPE_CHECKING:
    from ldt_graph.sources.reading import Cell, Reading

_END = "<END OF METADATA>"
_NAMES = ("node", "net", "trips", "flow")


def read_tntp(reading: Reading) -> None:
    """Read a `*_node.tntp`, `*_net.tntp`, `*_flow.tntp` or `*_trips.tntp` file into the table of that name.

    Column names become lower case with underscores: `Init node` is `init_node`.

    Raises:
        SourceError: The name tells no kind, or there is no header.
    """
    kind = next((n for n in _NAMES if reading.file.stem.lower().endswith(n)), None)
    if kind is None:
        raise reading.error("A TNTP file is called *_node, *_net, *_flow or *_trips.")
    lines = list(enumerate(reading.lines(), start=1))
    start = next((i for i, (_, text) in enumerate(lines) if text.strip().startswith(_END)), -1)
    lines = [(n, t.strip()) for n, t in lines[start + 1 :] if t.strip()]
    if kind == "trips":
        _trips(reading, lines)
    else:
        _rows(reading, kind, lines)


def _rows(reading: Reading, kind: str, lines: list[tuple[int, str]]) -> None:
    if not lines:
        raise reading.error("The file has no header.")
    split = (lambda t: t.split("\t")) if "\t" in lines[0][1] else str.split
    words = [
        re.sub(r"\s+", "_", w.strip()).lower() for w in split(lines[0][1].lstrip("~").strip("; \t"))
    ]
    located = GEOMETRY if kind == "node" and {"x", "y"} <= set(words) else ()
    header = reading.header(words, located)
    rows: list[list[Cell]] = []
    numbers: list[int] = []
    for number, text in lines[1:]:
        values = [v.strip() or None for v in split(text.rstrip("; \t"))]
        if len(values) != len(header):
            reading.report(
                "source:row-too-short" if len(values) < len(header) else "source:row-too-long",
                f"The row has {len(values)} cells, the header {len(header)}; it was set aside.",
                row=number,
                value=text,
            )
            continue
        rows.append(values)
        numbers.append(number)
    columns = {c: [r[i] for r in rows] for i, c in enumerate(header)}
    if located:
        places = Placer(reading).points(columns["x"], columns["y"], numbers)
        columns |= dict(zip(GEOMETRY, places, strict=True))
    reading.add_columns(kind, columns, numbers)


def _trips(reading: Reading, lines: list[tuple[int, str]]) -> None:
    origin: Cell = None
    found: list[tuple[Cell, str, str, int]] = []
    for number, text in lines:
        if text.lower().startswith("origin"):
            origin = text.split(maxsplit=1)[1].strip() if " " in text or "\t" in text else None
            continue
        for pair in filter(str.strip, text.split(";")):
            destination, colon, flow = (p.strip() for p in pair.partition(":"))
            if colon and origin:
                found.append((origin, destination, flow, number))
            else:
                reading.report(
                    "source:bad-row",
                    "Not `destination : flow` of an origin.",
                    row=number,
                    value=pair.strip(),
                )
    names = ("origin", "destination", "flow")
    reading.add_columns(
        "trips",
        {n: [cell(f[i]) for f in found] for i, n in enumerate(names)},
        [f[3] for f in found],
    )
