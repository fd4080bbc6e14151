"""A delimited text as records (RFC 4180), with the line that each begins in and what is wrong with its quotes."""

from __future__ import annotations

import io
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

DELIMITERS = (",", ";", "\t", "|")
END = re.compile(r"\r\n|\r|\n")
_QUOTED = re.compile(r'"(?:[^"]++|"")*+"')
_SEP = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_SAMPLE = 20


class Record(NamedTuple):
    """A record that is not blank.

    Attributes:
        line: The line that it begins in, from 1.
        cells: Its cells, without their quotes; of a faulty one the line as it is.
        fault: What is wrong with a quote; None of a sound one.
        over: The lines that it takes, where one of its cells goes over several; else 1.
        alike: Whether it takes several, each with as many delimiters as a row has: its quote may not be meant.
        bare: Whether a cell that is not quoted holds a quote, which RFC 4180 (section 2, rule 5) does not know.
    """

    line: int
    cells: list[str]
    fault: str | None = None
    over: int = 1
    alike: bool = False
    bare: bool = False


def records(text: str, delimiter: str, skip: int = 0) -> Iterator[Record]:
    """Cut a text into records; lines end with LF, CR LF or CR, and with nothing else.

    A quote that is not closed before its cell's end costs the line that it opens in, and no other. Linear, but for
    quotes that stay open to the end of the text.

    Args:
        text: Of the file.
        delimiter: One character.
        skip: Lines to leave out at the top.
    """
    lines = io.StringIO(text, newline="")
    at = number = 0
    for line in lines:
        begin, number = at, number + 1
        at += len(line)
        if number <= skip:
            continue
        if '"' not in line:
            whole = line.rstrip("\r\n")
            if whole:
                yield Record(number, whole.split(delimiter))
            continue
        cells, end, fault, bare = _quoted(text, begin, delimiter)
        if fault:
            yield Record(number, [line.rstrip("\r\n")], fault)
            continue
        over, alike = 1, False
        if end > at:
            taken = END.split(text[begin:end].rstrip("\r\n"))
            over, alike = len(taken), _alike(taken, delimiter, len(cells))
            lines.seek(end)
            at = end
        yield Record(number, cells, None, over, alike, bare)
        number += over - 1


def _quoted(text: str, begin: int, delimiter: str) -> tuple[list[str], int, str | None, bool]:
    """Read a record with quotes; return its cells, where the next one begins, its fault, and `bare`."""
    cells: list[str] = []
    field, at, bare = _field(delimiter), begin, False
    while True:
        found = field.match(text, at)
        assert found is not None  # noqa: S101  (its second branch matches nothing)
        quoted, plain = found.groups()
        if quoted is None and plain.startswith('"'):
            return cells, at, _fault(text, at, len(cells) + 1), bare
        bare = bare or (quoted is None and '"' in plain)
        cells.append(plain if quoted is None else quoted.replace('""', '"'))
        at = found.end()
        if not text.startswith(delimiter, at):
            end = END.match(text, at)
            return cells, end.end() if end else at, None, bare
        at += 1


def spans(text: str, begin: int, delimiter: str) -> list[tuple[int, int]]:
    """Return where each cell of the record stands that begins at a position, with its quotes."""
    found, field, at = [], _field(delimiter), begin
    while True:
        match = field.match(text, at)
        assert match is not None  # noqa: S101  (its second branch matches nothing)
        found.append(match.span())
        at = match.end()
        if not text.startswith(delimiter, at):
            return found
        at += 1


def _alike(lines: list[str], delimiter: str, width: int) -> bool:
    """Whether all lines of a record, or all but its first and last, could be rows of the table."""
    row = [line.count(delimiter) == width - 1 for line in lines]
    return width > 1 and (all(row) or (len(row) > 2 and all(row[1:-1])))


def _fault(text: str, at: int, cell: int) -> str:
    closed = _QUOTED.match(text, at)
    if closed is None:
        return f"A quote opens in cell {cell} and is never closed"
    return f"The quotes of cell {cell} do not end where the cell does"


@cache
def _field(delimiter: str) -> re.Pattern[str]:
    d = re.escape(delimiter)
    return re.compile(rf'"((?:[^"]++|"")*+)"(?=[{d}\r\n]|\Z)|([^{d}\r\n]*)')


def named_delimiter(text: str) -> str | None:
    """Return the delimiter that the first line names as Excel does: `sep=;`."""
    found = _SEP.fullmatch(END.split(text, maxsplit=1)[0])
    return found[1] if found else None


def likely_delimiter(text: str, skip: int) -> str:
    """Return the delimiter of `, ; TAB |` by which the first rows have as many cells as the header, and the most.

    Args:
        text: The first lines of the file, whole ones.
        skip: Those before the header.
    """

    def fit(delimiter: str) -> tuple[int, int, int]:
        widths = []
        for record in records(text, delimiter, skip):
            widths.append(0 if record.fault else len(record.cells))
            if len(widths) > _SAMPLE:
                break
        # Where the header's own quotes are at fault, its rows still tell: the fault is then said of it.
        header = widths[0] if widths and widths[0] else max(widths, default=0)
        agreeing = sum(w == header for w in widths[1:]) if header > 1 else -1
        return agreeing, header, -DELIMITERS.index(delimiter)

    return max(DELIMITERS, key=fit)
