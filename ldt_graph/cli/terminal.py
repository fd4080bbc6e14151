"""What goes to the terminal: results to standard output, all else to standard error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import orjson
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def complain(message: str) -> None:
    """Write an error, as one paragraph."""
    err.print(f"[bold red]ldt:[/] {_plain(message)}")


def print_json(value: Any, *, pretty: bool = True) -> None:  # noqa: ANN401  (any JSON value)
    """Write a value as JSON: indented for a document, in one line for NDJSON."""
    data = orjson.dumps(value, option=orjson.OPT_INDENT_2 if pretty else 0, default=list)
    sys.stdout.buffer.write(data + b"\n")


def print_table(
    title: str | None, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Write a table; numbers to the right."""
    rows = [tuple(r) for r in rows]
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for i, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(r[i], (int, float)) for r in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_plain(_text(v)) for v in row))
    out.print(table)


def say(message: str) -> None:
    """Write a line of the result."""
    out.print(_plain(message))


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    return (
        f"{value:,}"
        if isinstance(value, int) and not isinstance(value, bool)
        else ""
        if value is None
        else str(value)
    )


def _plain(text: str) -> str:
    return text.replace("[", r"\[") if "[" in text else text
