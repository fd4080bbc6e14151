"""What goes to the terminal: results to standard output, all else to standard error."""

from __future__ import annotations

import io
import os
import re
import signal
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
_LEAST = 8  # letters that a column needs
_WIDEST = 100_000


_CONTROLS = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]"
)


@dataclass
class State:
    """What became of a command while it ran.

    Attributes:
        stopped: Ctrl-C was pressed. Libraries tell of it in errors of their own.
        closed: There was no standard output to write to.
    """

    stopped: bool = False
    closed: bool = False

    def finish(self) -> None:
        """Write out what is held back, while its failure can still be told.

        Raises:
            OSError: The output can't be written.
        """
        sys.stdout.flush()
        if self.closed:
            raise OSError(None, "standard output is closed")

    def give_up(self) -> None:
        """Let what is still held back go nowhere, so that Python does not fail over it at its end."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, sys.stdout.fileno())
        except io.UnsupportedOperation:  # a caller's own stream
            os.close(nowhere)


@contextmanager
def prepared() -> Generator[State]:
    """Make the standard streams bear any text, and know of Ctrl-C, for as long as a command runs."""
    state = State(closed=sys.stdout is None)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123  (it is there until the process ends)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                errors="backslashreplace"
            )  # an ASCII terminal, a name that is no UTF-8

    def stop(number: int, frame: object) -> None:
        state.stopped = True
        raise KeyboardInterrupt

    listening = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, stop) if listening else None
    try:
        yield state
    finally:
        if listening:
            signal.signal(signal.SIGINT, before)


def complain(message: str) -> None:
    """Write an error, as one paragraph."""
    err.print(Text.assemble(("ldt: ", "bold red"), clean(message)))


def print_json(value: Any, *, pretty: bool = True) -> None:  # noqa: ANN401  (any JSON value)
    """Write a value as JSON: indented for a document, in one line for NDJSON."""
    data = orjson.dumps(value, option=orjson.OPT_INDENT_2 if pretty else 0, default=list)
    sys.stdout.buffer.write(data + b"\n")


def print_table(
    title: str | None, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Write a table; numbers to the right. Where a terminal is too narrow for its columns, a line for each value.

    What goes to a file or another program is as wide as it is.
    """
    rows = [tuple(r) for r in rows]
    if out.width < _LEAST * len(columns):
        _print_records(title, columns, rows)
        return
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for i, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(r[i], (int, float)) for r in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(v) for v in row))
    shown, wide = out, not out.is_terminal and "COLUMNS" not in os.environ
    if wide:
        shown = Console(file=out.file, width=_WIDEST, highlight=False)
    shown.print(table, width=shown.measure(table).maximum, crop=False)


def _print_records(
    title: str | None, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    if title:
        say(title)
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            out.print(Text.assemble((f"{column}: ", "bold"), _cell(value)))
        say("")


def _cell(value: object) -> Text:
    return Text(clean(_text(value), lines=False))


def say(message: str) -> None:
    """Write a line of the result."""
    out.print(Text(clean(message)))


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


def clean(text: str, *, lines: bool = True) -> str:
    """Return a text that does nothing to a terminal: controls and marks of direction stand as escapes.

    A name in a source may hold them. Tabs stay, and line breaks where the text may have several `lines`.
    """
    cleaned = _CONTROLS.sub(lambda m: m[0].encode("unicode_escape").decode(), text)
    return cleaned if lines else cleaned.replace("\n", "\\n")
