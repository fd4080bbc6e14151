"""A JSON array by DuckDB: items as they are written, and those that it would not keep as they are by Python."""

from __future__ import annotations

import glob
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from ldt_graph.model import columns_table
from ldt_graph.sources.formats.mend import mended
from ldt_graph.sources.lexical import Parser, dumps, marked
from ldt_graph.sources.survey import Survey

if TYPE_CHECKING:
    from ldt_graph.sources.reading import Reading, Staged

# What DuckDB would write otherwise, or take where JSON has no such thing: exponents, zeros at the end, digits past a
# double, halves of characters and NUL, NaN, a comma before a bracket. What a text holds may look like it: no harm.
_ODD = r"""(?i)[0-9]e|\.[0-9]+0[\s,}\]]|\.[0-9]+0$|-0[\s,}\]]|-0$|[0-9.]{16}|0\.00000|\\u(0000|d[89ab])|[:\[,\s]-?(nan|inf)|^-?(nan|inf)|,\s*[}\]]"""


def stage_array(reading: Reading) -> Staged | None:
    """Stage the items of a top-level array, a row each; None where the file is to be read by Python.

    That is where it is no array, no UTF-8 or not JSON, whose line DuckDB can't name, or an object has a member twice.
    """
    if reading.option("encoding") or not reading.file.head(64).lstrip().startswith(b"["):
        return None
    with reading.file.local() as path:
        try:
            reading.con.execute(
                "CREATE OR REPLACE TEMP TABLE item AS SELECT *, regexp_matches(doc, $odd) AS odd "
                "FROM (SELECT json::VARCHAR AS doc, row_number() OVER () AS row FROM read_json_objects($path, format = 'array'))",
                {"odd": _ODD, "path": glob.escape(str(path))},
            )
        except duckdb.Error:
            return None
    try:
        staged = _staged(reading)
    except (ValueError, RecursionError):
        return None
    finally:
        reading.con.execute("DROP TABLE item")
    survey = Survey.of(reading.con, staged.relation)
    if survey.doubled:
        reading.drop(staged)
        return None
    return replace(staged, members=survey.leaves)


def _staged(reading: Reading) -> Staged:
    """Stage every item without blanks, the odd ones as Python writes them.

    Raises:
        ValueError: One of these is no JSON.
        RecursionError: One nests too deep.
    """
    odd = reading.con.execute("SELECT row, doc FROM item WHERE odd ORDER BY row").fetchall()
    parser, docs = Parser(), []
    for row, doc in odd:
        value = parser.parse(doc)
        docs.append(dumps(mended(reading, value, row) if parser.odd else value, marked))
    columns = {"row": [row for row, _ in odd], "mended": docs}
    label = {"label": reading.label}
    if not odd:
        return reading.stage(
            ("doc",),
            "SELECT json(doc)::VARCHAR AS doc, $label AS _source, row AS _row FROM item",
            label,
        )
    with columns_table(reading.con, columns) as made:
        return reading.stage(
            ("doc",),
            f"SELECT coalesce(mended, json(doc)::VARCHAR) AS doc, $label AS _source, row AS _row "
            f"FROM item LEFT JOIN {made} USING (row) ORDER BY row",
            label,
        )
