"""Numbers with a decimal comma: `12,5` and `-1.234,50` are 12.5 and -1234.50 where a file is said to write them so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ldt_graph.sources.columns import sql_names
from ldt_graph.sql import identifier

if TYPE_CHECKING:
    from ldt_graph.sources.reading import Reading, Staged

DELIMITED = frozenset({"csv", "tsv", "gtfs"})
"""Formats whose numbers are as people write them."""
_COMMA = r"[+-]?(\d*|\d{1,3}(\.\d{3})+),\d+([eE][+-]?\d+)?"
_POINTS = r"[+-]?\d{1,3}(\.\d{3})+"
_WRITTEN = re.compile(_COMMA, re.ASCII)
_NUMBER = re.compile(r"([+-]?\d*)\.(\d+(?:[eE][+-]?\d+)?)", re.ASCII)


def has_comma(text: str) -> bool:
    """Whether a text is nothing but a number with a decimal comma."""
    return _WRITTEN.fullmatch(text) is not None


def with_point(text: str) -> str:
    """Return a number with a decimal comma as one with a point; any other text as it is."""
    return text.replace(".", "").replace(",", ".") if has_comma(text) else text


def with_comma(text: str) -> str:
    """Return a number with a decimal point as one with a comma; any other text as it is."""
    return ",".join(found.groups()) if (found := _NUMBER.fullmatch(text)) else text


def commas(reading: Reading) -> bool:
    """Whether the option `decimal` says that numbers have a decimal comma.

    Raises:
        SourceError: It says something else than a comma or a point.
    """
    stated = reading.option("decimal") or "."
    if stated not in (",", "."):
        raise reading.error(f"options.decimal is a comma or a point, not {stated!r}.")
    return stated == ","


def read_commas(reading: Reading, staged: Staged) -> None:
    """Read the numbers of a staged table; warn of cells with points only: are they thousands, or thousandths?"""
    for name, cell in zip(staged.columns, map(identifier, sql_names(staged.columns)), strict=True):
        [(commas, points, first, row)] = reading.con.execute(
            f"SELECT count(*) FILTER (regexp_full_match({cell}, $comma)), count(*) FILTER (alike), "
            f"arg_min({cell}, _row) FILTER (alike), min(_row) FILTER (alike) "
            f"FROM (SELECT *, regexp_full_match({cell}, $points) AS alike FROM {staged.relation})",
            {"comma": _COMMA, "points": _POINTS},
        ).fetchall()
        if points:
            _tell_points(reading, name, points, first, row)
        if commas:
            reading.con.execute(
                f"UPDATE {staged.relation} SET {cell} = replace(replace({cell}, '.', ''), ',', '.') "
                f"WHERE regexp_full_match({cell}, $comma)",
                {"comma": _COMMA},
            )


def _tell_points(reading: Reading, name: str, count: int, first: str, row: int) -> None:
    reading.report(
        "source:decimal-point",
        f"{count} cells have points and no decimal comma, such as {first!r}: they stay as they are. "
        "If they are thousands, write them without points.",
        row=row,
        column=name,
        value=first,
        severity="warning",
    )
