"""Patches: what cells are to say, written for a steward, and applied to the files only where they still say the old."""

from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import asdict, astuple, dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Any

from ldt_graph.errors import Place, SettingsError, SourceError
from ldt_graph.extent import RULE as EXTENT
from ldt_graph.sources.cells import PATCHABLE, written
from ldt_graph.sources.decimals import DELIMITED, has_comma, with_comma, with_point
from ldt_graph.wkt import geometry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ldt_graph.model import Violation
    from ldt_graph.sources.cells import Cell, Files, SourceText


@dataclass(frozen=True, slots=True)
class Line:
    """One cell to be mended: what it says, and what it is to say."""

    dataset: str
    file: str
    row: int
    column: str
    key: str
    old: str
    new: str
    confidence: float
    rule: str


_NAMES = [f.name for f in fields(Line)]


def make_patch(
    files: Files, violations: Iterable[Violation], least: float = 0.0
) -> tuple[list[Line], dict[str, int]]:
    """Return a patch of the fixes that are sure enough, a line for each cell; and why others have none, counted."""
    lines: dict[tuple[str, str, int, str], Line] = {}
    left: dict[str, int] = {}
    for violation in violations:
        if violation.fix is None or violation.waived is not None:
            continue
        why = "their confidence is lower"
        if (violation.confidence or 0.0) >= least:
            found = _lines(files, violation)
            why = found if isinstance(found, str) else ""
            for line in () if isinstance(found, str) else found:
                at = (line.dataset, line.file, line.row, line.column)
                if at not in lines or lines[at].confidence < line.confidence:
                    lines[at] = line
        if why:
            left[why] = left.get(why, 0) + 1
    return list(lines.values()), left


def _lines(files: Files, violation: Violation) -> list[Line] | str:
    source = files.of(violation.dataset, violation.source)
    if source is None:
        return "their file can't be opened"
    if source.format not in PATCHABLE:
        return f"a patch does not mend files of the format {source.format}"
    if source.file.path is None:
        return "their file lies in an archive"
    found = files.cell(violation)
    if found is None:
        return "their cell was not found"
    old = found[1].value
    mark = files.datasets[violation.dataset].separators.get(violation.column or "")
    if mark and violation.value != old:
        new = _within(old, mark, violation)
        if new is not None:
            return [_line(violation, violation.column or "", old, new)]
    comma = _commas(files, violation) and has_comma(old)
    new = _new(violation, with_point(old) if comma else old)
    if new is None:
        return "their cell says something else than the value"
    made = [_line(violation, violation.column or "", old, with_comma(new) if comma else new)]
    return made + _partner(files, violation, source)


def _within(old: str, mark: str, violation: Violation) -> str | None:
    """Return a list of names with one of them mended."""
    parts = old.split(mark)
    if violation.value is None or violation.value not in map(str.strip, parts):
        return None
    value, fix = violation.value, str(violation.fix)
    return mark.join(p.replace(value, fix) if p.strip() == value else p for p in parts)


def _commas(files: Files, violation: Violation) -> bool:
    return files.datasets[violation.dataset].options.get("decimal") == ","


def _line(violation: Violation, column: str, old: str, new: str) -> Line:
    v = violation
    where = (v.dataset, v.source or "", v.row or 0, column, v.key or "")
    return Line(*where, old, new, v.confidence or 0.0, v.rule)


def _new(violation: Violation, old: str) -> str | None:
    """Return what the cell is to say: the fix, or that part of it that stands in the cell."""
    value, fix = violation.value, str(violation.fix)
    if violation.rule == "source:bad-geometry":
        return _reshaped(old, _closed)
    if violation.rule == "source:crs" and old[:1] == "[":
        return _reshaped(old, _swapped)
    if value is None:
        return fix if old == "" else None
    if old == value or old.strip() == value.strip():
        return fix
    if violation.rule == EXTENT:
        if old[:1] in ("[", "{"):
            return _reshaped(old, partial(_moved, to=fix))
        return fix if _same(old, value) else None
    if old and value.endswith(old) and fix.startswith(value[: -len(old)]):
        return fix[len(value) - len(old) :]
    return None


def _partner(files: Files, violation: Violation, source: SourceText) -> list[Line]:
    """Return the other half of a swap: the column whose value moves here takes this one's."""
    options = files.datasets[violation.dataset].options
    if violation.rule not in ("source:crs", EXTENT) or source.format not in DELIMITED or violation.row is None:  # fmt: skip
        return []
    pair = {options.get("x"): options.get("y"), options.get("y"): options.get("x")}
    cells, here, fix = source.cells(violation.row), violation.column, str(violation.fix)
    read = with_point if _commas(files, violation) else str
    fitting = [n for n, c in cells.items() if n != here and _same(read(c.value), fix)]
    other = pair.get(here) or (fitting[0] if violation.rule == EXTENT and len(fitting) == 1 else None)  # fmt: skip
    if other not in fitting or here not in cells:
        return []
    return [_line(violation, str(other), cells[str(other)].value, cells[here].value)]


def _same(one: str, other: str) -> bool:
    """Whether two texts are one number, as a geometry writes it: to seven decimals."""
    try:
        return abs(float(one) - float(other)) < 1e-7
    except ValueError:
        return False


def _moved(coordinates: Any, to: str) -> Any:  # noqa: ANN401  (JSON)
    """Return coordinates, or the geometry of them, as a text has them; heights stay."""
    if isinstance(coordinates, dict):
        return coordinates | {"coordinates": _moved(coordinates["coordinates"], to)}
    found = geometry(to)
    return _merged(coordinates, found["coordinates"] if found else [])


def _merged(old: Any, new: Any) -> Any:  # noqa: ANN401  (JSON)
    if isinstance(new[0], float):
        return [*new, *old[2:]]
    return [_merged(o, n) for o, n in zip(old, new, strict=True)]


def _reshaped(old: str, change: Any) -> str | None:  # noqa: ANN401  (a function of JSON)
    try:
        return json.dumps(change(json.loads(old)), separators=(",", ":"))
    except (ValueError, TypeError, IndexError):
        return None


def _swapped(coordinates: Any) -> Any:  # noqa: ANN401  (JSON)
    if isinstance(coordinates[0], list):
        return [_swapped(c) for c in coordinates]
    return [coordinates[1], coordinates[0], *coordinates[2:]]


def _closed(coordinates: Any) -> Any:  # noqa: ANN401  (JSON)
    """Close each ring."""
    if isinstance(coordinates[0][0], list):
        return [_closed(c) for c in coordinates]
    ring = coordinates[0] != coordinates[-1] and isinstance(coordinates[0], list)
    return [*coordinates, coordinates[0]] if ring else coordinates


def write_patch(lines: Iterable[Line]) -> bytes:
    """Write a patch as CSV (RFC 4180), with a header."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_NAMES)
    writer.writerows(astuple(line) for line in lines)
    return out.getvalue().encode()


def read_patch(path: Path) -> list[Line]:
    """Read a patch; columns that it does not know are left alone.

    Raises:
        SettingsError: It can't be read, or lacks a column: with the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} can't be read: {error}.") from None
    rows = csv.DictReader(io.StringIO(text, newline=""))
    needed = ("dataset", "file", "row", "column", "old", "new")
    missing = [n for n in needed if n not in (rows.fieldnames or ())]
    if missing:
        raise SettingsError(
            f"The patch lacks the column {missing[0]!r}.",
            place=Place(path.name, 1),
            hint="`ldt violations --fix-csv` writes one.",
        )
    return [_read(row, Place(path.name, rows.line_num)) for row in rows]


def _read(row: Mapping[str, str | None], place: Place) -> Line:
    said = {n: row.get(n) or "" for n in _NAMES}
    try:
        number, sure = int(said.pop("row")), float(said.pop("confidence") or 0)
    except ValueError:
        raise SettingsError("A row is a number, and so is a confidence.", place=place) from None
    return Line(row=number, confidence=sure, **said)


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a line of a patch: `done`, or why not."""

    line: Line
    done: bool
    why: str = ""

    def document(self) -> dict[str, Any]:
        """Return this as JSON values."""
        return {**asdict(self.line), "done": self.done, "why": self.why}


def apply_patch(files: Files, lines: Iterable[Line], *, write: bool) -> list[Applied]:
    """Apply a patch: each cell that still says `old` says `new`, and no other byte of a file is another.

    A cell that says something else is refused. A file is replaced as a whole, or not at all.

    Args:
        files: Of the twin.
        lines: Of the patch.
        write: Whether files are written; else it is only tried.

    Raises:
        SourceError: A file can't be written.
    """
    by_file: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        by_file.setdefault((line.dataset, line.file), []).append(line)
    applied: list[Applied] = []
    for (dataset, file), mine in by_file.items():
        applied += _apply(files.of(dataset, file), mine, write=write)
    return applied


def _apply(source: SourceText | None, lines: list[Line], *, write: bool) -> list[Applied]:
    if source is None:
        return [Applied(x, False, "no dataset of the twin reads this file") for x in lines]
    if source.format not in PATCHABLE:
        return [
            Applied(x, False, f"files of the format {source.format} are not mended by a patch")
            for x in lines
        ]
    if source.file.path is None:
        return [Applied(x, False, "the file lies in an archive") for x in lines]
    told, edits = [], {}
    for line in lines:
        cell = source.cell(line.row, line.column, line.old)
        why = "there is no such cell" if cell is None else _refused(line, cell, edits)
        if cell is not None and not why:
            edits[cell.start, cell.end] = written(source, cell, line.new)
        told.append(Applied(line, not why, why))
    new = _edited(source.text, edits)
    data = source.encoded(new)
    if data is None:
        return [Applied(x, False, "the file's encoding has no way to write it") for x in lines]
    if write and edits:
        _replace(source, data)
    return told


def _refused(line: Line, cell: Cell, edits: Mapping[tuple[int, int], str]) -> str:
    if cell.value != line.old:
        return f"the cell says {cell.value!r} now, not {line.old!r}"
    return "another line of the patch mends this cell" if (cell.start, cell.end) in edits else ""


def _edited(text: str, edits: Mapping[tuple[int, int], str]) -> str:
    parts, at = [], 0
    for (start, end), new in sorted(edits.items()):
        parts += [text[at:start], new]
        at = end
    return "".join([*parts, text[at:]])


def _replace(source: SourceText, data: bytes) -> None:
    path = source.file.path
    assert path is not None  # noqa: S101  (the caller looked)
    part = path.with_name(f".{path.name}.part")
    try:
        if path.read_bytes() != source.data:
            raise SourceError(
                "The file changed meanwhile; it was left alone.", place=Place(source.file.label)
            )
        part.write_bytes(data)
        part.chmod(path.stat().st_mode & 0o777)
        os.replace(part, path)  # noqa: PTH105  (atomic)
    except OSError as error:
        raise SourceError(
            f"The file can't be written: {error.strerror or error}.", place=Place(source.file.label)
        ) from None
