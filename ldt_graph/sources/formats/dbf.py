"""dBase tables (.dbf), read to the bytes of their cells: numbers and dates keep the form that they are written in."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PADDING = b" \0"
# What a type's bytes are, where they are not text (dBase 7 and Visual FoxPro, "Table file structure").
_TEXTS = "CNFDL"
MEMOS = "MGPW"
"""Types whose values stand in another file, or are no text: of them a cell holds a number of a block."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its name as bytes, its type's letter."""

    name: bytes
    kind: str


@dataclass(frozen=True, slots=True)
class Dbf:
    """A table.

    Attributes:
        driver: Byte 29, the language driver; 0 where nothing is said.
        rows: A list of cells per record, without their padding; None of one that is marked as deleted.
    """

    driver: int
    fields: tuple[Field, ...]
    rows: list[list[bytes] | None]


def parse(data: bytes) -> Dbf:
    """Read a table. Linear; a cell is a copy of its bytes.

    Raises:
        ValueError: It is none, or stops short.
    """
    if len(data) < 33:
        raise ValueError("the .dbf has no header")
    count, begin, size = struct.unpack_from("<IHH", data, 4)
    if data[0] & 7 == 4:
        raise ValueError("the .dbf is of dBase 7, which is not read")
    fields, cuts = _fields(data, begin)
    if cuts[-1].stop > size:
        raise ValueError("the fields of the .dbf are longer than its records")
    if begin + count * size > len(data):
        raise ValueError(f"the .dbf stops short of its {count} records")
    records = (data[at : at + size] for at in range(begin, begin + count * size, size))
    binary = [f.kind not in _TEXTS + MEMOS for f in fields]
    pairs = list(zip(cuts, binary, strict=True))
    rows = [
        None if r[:1] == b"*" else [r[c] if b else r[c].strip(_PADDING) for c, b in pairs]
        for r in records
    ]
    return Dbf(data[29], fields, rows)


def _fields(data: bytes, begin: int) -> tuple[tuple[Field, ...], list[slice]]:
    fields, cuts, at, stop = [], [], 32, 1
    while at + 32 <= min(begin, len(data)) and data[at] != 0x0D:
        name, kind, length = data[at : at + 11].split(b"\0")[0], chr(data[at + 11]), data[at + 16]
        fields.append(Field(name.strip(), kind))
        cuts.append(slice(stop, stop + length))
        stop += length
        at += 32
    if not fields:
        raise ValueError("the .dbf has no fields")
    return tuple(fields), cuts


def cell(kind: str, raw: bytes) -> str | None:
    """Return a cell that is no text of a person as text: a number as it is written, a day as XML Schema writes it.

    What is not of its type stays as it is: the mapping's datatype says whether that is right.
    """
    if kind in _BINARY:
        return _made(kind, raw)
    text = raw.decode("latin-1")
    if kind == "D" and len(text) == 8 and text.isdigit():
        return f"{text[:4]}-{text[4:6]}-{text[6:]}" if int(text) else None
    if kind == "L" and text:
        return {"t": "true", "y": "true", "f": "false", "n": "false", "?": None}.get(
            text.lower(), text
        )
    return text or None


def _made(kind: str, raw: bytes) -> str | None:
    blank = _PADDING if kind in "T@" else b" "
    try:
        return _BINARY[kind](raw) if raw.strip(blank) else None
    except (struct.error, OverflowError):
        return raw.hex()


def overflows(kind: str, raw: bytes) -> bool:
    """Whether a number's cell is full of asterisks: it did not fit, or its writer means that there is none."""
    return kind in "NF" and raw != b"" and raw.strip(b"*") == b""


def _moment(raw: bytes) -> str:
    day, milliseconds = struct.unpack("<ii", raw)
    # Julian day numbers: 1,721,426 is the first of January of year 1.
    when = date(1, 1, 1) + timedelta(days=day - 1_721_426)
    seconds, rest = divmod(milliseconds, 1000)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{when.isoformat()}T{clock}" + (f".{rest:03}" if rest else "")


_BINARY: dict[str, Callable[[bytes], str]] = {
    "I": lambda raw: str(struct.unpack("<i", raw)[0]),
    "+": lambda raw: str(struct.unpack("<i", raw)[0]),
    "B": lambda raw: repr(struct.unpack("<d", raw)[0]),
    "O": lambda raw: repr(struct.unpack("<d", raw)[0]),
    "Y": lambda raw: str(Decimal(struct.unpack("<q", raw)[0]) / 10_000),
    "T": _moment,
    "@": _moment,
}
