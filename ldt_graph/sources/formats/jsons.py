"""JSON and NDJSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ldt_graph.sources.formats.arrays import stage_array
from ldt_graph.sources.formats.mend import mended
from ldt_graph.sources.lexical import Parser, dumps, marked
from ldt_graph.sources.reading import cell
from ldt_graph.sources.text import shown

if TYPE_CHECKING:
    from ldt_graph.sources.reading import Reading


def load(reading: Reading) -> Any:  # noqa: ANN401  (any JSON value)
    """Parse the file as JSON, its numbers as `lexical` has them. What no table can hold is set aside and told.

    Raises:
        SourceError: Not JSON; names the line, and says where a text stops short.
    """
    text, parser = reading.text(), Parser()
    try:
        document = parser.parse(text)
        return mended(reading, document) if parser.odd else document
    except json.JSONDecodeError as error:
        short = ", the text ends too early" if error.pos >= len(text.rstrip()) - 1 else ""
        raise reading.error(
            f"Not valid JSON: {error.msg}{short}.",
            row=error.lineno,
            hint='If each line is a value of its own, say so in twin.toml: format = "ndjson".'
            if error.msg == "Extra data"
            else None,
        ) from None
    except (RecursionError, ValueError) as error:
        raise reading.error(f"JSON that can't be read: {_reason(error)}.") from None


def _reason(error: Exception) -> str:
    """Say what Python's reader does not take."""
    if isinstance(error, json.JSONDecodeError):
        return error.msg
    return "it nests too deep" if isinstance(error, RecursionError) else str(error)


def read_json(reading: Reading) -> None:
    """Read a JSON document: a row per item of a top-level array, or one row for an object."""
    if (staged := stage_array(reading)) is not None:
        reading.add(reading.table, staged, "json", "array")
        return
    document = load(reading)
    if not isinstance(document, (list, dict)):
        raise reading.error(
            f"A JSON source is an array or an object, not {type(document).__name__}."
        )
    items = document if isinstance(document, list) else [document]
    rows = list(range(1, len(items) + 1))
    _documents(reading, items, rows, "array" if isinstance(document, list) else "object")


def read_ndjson(reading: Reading) -> None:
    """Read one JSON value a line; a line that is not JSON is set aside with its number.

    Lines end with LF or CR LF (a CR alone is a blank of JSON), or all with CR.
    """
    text = reading.text()
    parser, items, rows = Parser(), [], []
    for number, line in enumerate(text.split("\n" if "\n" in text else "\r"), start=1):
        if not line.strip(" \t\r"):
            continue
        try:
            item = parser.parse(line)
            items.append(mended(reading, item, number) if parser.odd else item)
            rows.append(number)
        except (ValueError, RecursionError) as error:
            message = f"The line is not JSON: {_reason(error)}."
            reading.report("source:bad-json", message, row=number, value=shown(line[:200]))
    _documents(reading, items, rows, "array")


def _documents(reading: Reading, items: list[Any], rows: list[int], root: Any) -> None:  # noqa: ANN401
    try:
        docs = [dumps(item, marked) for item in items]
    except RecursionError as error:
        raise reading.error(f"JSON that can't be read: {_reason(error)}.") from None
    reading.add_columns(reading.table, {"doc": docs}, rows, form="json", root=root)


def flat(value: object) -> str | None:
    """Return a property as the text of a cell; a list or object as JSON."""
    return dumps(value) if isinstance(value, (list, dict)) else cell(value)
