"""TNTP road networks (Transportation Networks for Research): node, link and trip tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ldt_graph.sources.crs import GEOMETRY, Placer
from ldt_graph.sources.reading import cell

if TYPE_CHECKING:
    from ldt_graph.sources.reading import Cell, Reading

_END = "<END OF METADATA>"
_METADATA = re.compile(r"<([^>]+)>\s*(.*)")
_NAMES = ("node", "net", "trips", "flow")


def read_tntp(reading: Reading) -> None:
    """Read a `*_node.tntp`, `*_net.tntp`, `*_flow.tntp` or `*_trips.tntp` file into the table of that name.

    Column names become lower case with underscores: `Init node` is `init_node`. Where the metadata say how many
    links, nodes or trips there are, and it holds others, that is told: the file may be cut short.

    Raises:
        SourceError: The name tells no kind, or there is no header.
    """
    kind = next((n for n in _NAMES if reading.file.stem.lower().endswith(n)), None)
    if kind is None:
        raise reading.error("A TNTP file is called *_node, *_net, *_flow or *_trips.")
    lines = list(enumerate(reading.lines(), start=1))
    start = next((i for i, (_, text) in enumerate(lines) if text.strip().startswith(_END)), -1)
    said = _metadata(reading, lines[: start + 1])
    lines = [(n, t.strip()) for n, t in lines[start + 1 :] if t.strip()]
    if kind == "trips":
        _trips(reading, lines, said.get("TOTAL OD FLOW"))
    else:
        count = _rows(reading, kind, lines)
        name = {"net": "NUMBER OF LINKS", "node": "NUMBER OF NODES"}.get(kind, "")
        _compare(reading, name, said.get(name), count)


def _metadata(reading: Reading, lines: list[tuple[int, str]]) -> dict[str, tuple[int, str]]:
    """Return what the metadata say, by name, with its line; what nothing is compared with is accounted for."""
    said: dict[str, tuple[int, str]] = {}
    for number, text in lines:
        found = _METADATA.match(text.strip())
        if found and found[1].upper() != "END OF METADATA":
            said[found[1].strip().upper()] = (number, found[2].strip())
        elif text.strip() and not text.strip().startswith(("<", "~")):
            reading.unused("entry", "metadata", "no `<NAME> value`", row=number)
    for name in said.keys() - {"NUMBER OF LINKS", "NUMBER OF NODES", "TOTAL OD FLOW"}:
        reading.unused("entry", f"<{name}>", "steers an assignment", row=said[name][0])
    return said


def _compare(reading: Reading, name: str, said: tuple[int, str] | None, found: float) -> None:
    """Tell where the metadata say another number than the file holds; sums by a thousandth."""
    if said is None:
        return
    number, text = said
    try:
        same = abs(float(text) - found) <= (0 if float(found).is_integer() else 0.001 * abs(found))
    except ValueError:
        same = False
    if not same:
        reading.report(
            "source:metadata",
            f"<{name}> says {text or 'nothing'}, the file holds {found:g}: is it cut short?",
            row=number,
            column=name,
            value=text,
            severity="warning",
        )


def _rows(reading: Reading, kind: str, lines: list[tuple[int, str]]) -> int:
    """Make a table of rows; return how many there are, those set aside too."""
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
        if text.startswith("~"):
            reading.unused("entry", "comment", "a text about the file", row=number)
            continue
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
        places = Placer(reading).points(columns["x"], columns["y"], numbers, ("x", "y"))
        columns |= dict(zip(GEOMETRY, places, strict=True))
    table = reading.add_columns(kind, columns, numbers)
    if located:
        cells = dict.fromkeys(GEOMETRY, ("x", "y"))
        reading.note(table.name, read=("x", "y"), cells=cells)
    return sum(not text.startswith("~") for _, text in lines[1:])


def _trips(reading: Reading, lines: list[tuple[int, str]], total: tuple[int, str] | None) -> None:
    origin: Cell = None
    found: list[tuple[Cell, str, str, int]] = []
    for number, text in lines:
        if text.lower().startswith("origin"):
            origin = text.split(maxsplit=1)[1].strip() if " " in text or "\t" in text else None
            continue
        for pair in filter(str.strip, text.split(";")):
            destination, colon, flow = (p.strip() for p in pair.partition(":"))
            if colon and origin and destination and _number(flow) is not None:
                found.append((origin, destination, flow, number))
            else:
                reading.report(
                    "source:bad-row",
                    "Not `destination : flow` of an origin; it was set aside.",
                    row=number,
                    column="origin" if colon and not origin else "flow" if colon else None,
                    value=pair.strip(),
                )
    _compare(reading, "TOTAL OD FLOW", total, sum(_number(f[2]) or 0.0 for f in found))
    names = ("origin", "destination", "flow")
    reading.add_columns(
        "trips",
        {n: [cell(f[i]) for f in found] for i, n in enumerate(names)},
        [f[3] for f in found],
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
