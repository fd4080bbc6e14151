"""Element tables as pandas writes them into JSON: named columns, an index, rows; numbers as they are written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ldt_graph.sources.formats.jsons import load
from ldt_graph.sources.formats.mend import mended
from ldt_graph.sources.lexical import Number, Parser, dumps
from ldt_graph.sources.reading import cell

if TYPE_CHECKING:
    from collections.abc import Hashable

    from ldt_graph.sources.reading import Cell, Reading


@dataclass
class Frame:
    """One element table: its column names, and its sound rows with their indices and their places.

    `ids` is what its elements are called, by index.
    """

    name: str
    columns: list[str]
    index: list[Hashable]
    data: list[list[Any]]
    rows: list[int]
    ids: dict[Hashable, str] = field(default_factory=dict)

    def column(self, name: str) -> list[Any]:
        """Return a column; of None where the table lacks it."""
        position = self.columns.index(name) if name in self.columns else None
        return [None if position is None else row[position] for row in self.data]


def text_of(value: object) -> Cell:
    """Return a value as a cell: a number as it is written, a list or an object as JSON."""
    return dumps(value) if isinstance(value, list | dict) else cell(value)


def members(reading: Reading) -> tuple[str, dict[str, Any]]:
    """Return what the file says it is, and the members of its network.

    Raises:
        SourceError: Not JSON, or no network.
    """
    document = load(reading)
    found = document.get("_object") if isinstance(document, dict) else None
    if not isinstance(found, dict):
        raise reading.error("Not a network of pandapower or pandapipes: it has no object.")
    return str(document.get("_class")), found


def frame(reading: Reading, name: str, stored: Any) -> Frame:  # noqa: ANN401  (JSON)
    """Read an element table; rows that are none are reported.

    Raises:
        SourceError: It can't be read at all.
    """
    try:
        body, parser = stored["_object"], Parser()
        body = parser.parse(body) if isinstance(body, str) else body
        body = mended(reading, body) if parser.odd else body
        columns, index, data = ([*body[k]] for k in ("columns", "index", "data"))
    except (KeyError, TypeError, ValueError, RecursionError):
        columns, index, data = [], [None], []
    if len(index) != len(data) or not all(isinstance(c, str) for c in columns):
        raise reading.error(
            f"The element table {name} can't be read.",
            hint="Write the network with to_json of pandapower or pandapipes.",
        )
    made = Frame(name, columns, [], [], [])
    for row, (said, cells) in enumerate(zip(index, data, strict=True), start=1):
        key = key_of(said)
        fault = _fault(made, said, key, cells)
        if fault:
            report(reading, name, row, "source:bad-row", f"{fault}; the row was set aside.")
        else:
            made.index.append(key)
            made.data.append(cells)
            made.rows.append(row)
            made.ids[key] = ""
    return made


def _fault(made: Frame, said: object, key: Hashable, cells: object) -> str | None:
    if key is None:
        return f"Its index is {dumps(said)}"
    if key in made.ids:
        return f"A row before it has the index {key} too"
    if not isinstance(cells, list) or len(cells) != len(made.columns):
        count = len(cells) if isinstance(cells, list) else "no"
        return f"It has {count} cells for {len(made.columns)} columns"
    return None


def report(
    reading: Reading,
    table: str,
    row: int | None,
    rule: str,
    message: str,
    *,
    column: str | None = None,
    value: Cell = None,
    warning: bool = False,
) -> None:
    """Report a row of an element table."""
    reading.report(
        rule,
        message,
        row=row,
        column=column,
        value=value,
        severity="warning" if warning else "violation",
        source=place(reading, table),
    )


def place(reading: Reading, table: str) -> str:
    """Return what provenance calls an element table."""
    return f"{reading.label}#{table}"


def call(reading: Reading, frame: Frame) -> None:
    """Call each element by its name where no other of its table has it, else `<table>-<index>`; tell which share one."""
    own = {f"{frame.name}-{key}": key for key in frame.index}
    names = [_name(value) for value in frame.column("name")]
    count = Counter(n for n in names if n)
    shared = []
    for row, key, name in zip(frame.rows, frame.index, names, strict=True):
        if name and count[name] == 1 and own.get(name, key) == key:
            frame.ids[key] = name
            continue
        frame.ids[key] = f"{frame.name}-{key}"
        if name:
            shared.append((row, name))
    if shared:
        row, name = shared[0]
        message = f"{len(shared)} of {len(names)} names in {frame.name} are another's too; those elements are called by their index."
        report(
            reading, frame.name, row, "source:name-twice", message,
            column="name", value=name, warning=True,
        )  # fmt: skip


def _name(value: object) -> str | None:
    usable = isinstance(value, str | int | Number) and not isinstance(value, bool)
    return (text_of(value) or "").strip() or None if usable else None


def flags(reading: Reading, frame: Frame, column: str, words: tuple[str, str]) -> list[Cell]:
    """Return a column of true and false as two words; what is neither is reported, and nothing."""
    made: list[Cell] = []
    for row, value in zip(frame.rows, frame.column(column), strict=True):
        said = _flag(value)
        made.append(None if said is None else words[not said])
        if said is None:
            message = f"{column} is true or false, not {text_of(value) or 'nothing'}."
            report(
                reading, frame.name, row, "source:not-a-boolean", message,
                column=column, value=text_of(value),
            )  # fmt: skip
    return made


def _flag(value: object) -> bool | None:
    """Return true or false; pandas writes them as 1 and 0, too, in a column of numbers."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return bool(value) if isinstance(value, int | float) and value in (0, 1) else None


def key_of(value: object) -> Hashable:
    """Return an index as it is looked up; None for what can be none, as true."""
    return value if isinstance(value, str | int | float) and not isinstance(value, bool) else None
