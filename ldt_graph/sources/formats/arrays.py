"""A JSON array by DuckDB: items as they are written, and those that it would not keep as they are by Python."""

from __future__ import annotations

import glob
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from ldt_graph.model import arrow_table
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
            staged = reading.stage(
                ("doc",),
                "SELECT json::VARCHAR AS doc, $label AS _source, row_number() OVER () AS _row "
                "FROM read_json_objects($path, format = 'array')",
                {"label": reading.label, "path": glob.escape(str(path))},
            )
        except duckdb.Error:
            return None
    if _mend(reading, staged):
        survey = Survey.of(reading.con, staged.relation)
        if not survey.doubled:
            return replace(staged, members=survey.leaves)
    reading.drop(staged)
    return None


def _mend(reading: Reading, staged: Staged) -> bool:
    """Write every item without blanks, the odd ones by Python; return whether all are JSON."""
    con, relation = reading.con, staged.relation
    odd = con.execute(
        f"SELECT doc, _row FROM {relation} WHERE regexp_matches(doc, ?) ORDER BY _row", [_ODD]
    ).fetchall()
    parser, docs = Parser(), []
    try:
        for doc, row in odd:
            value = parser.parse(doc)
            docs.append(dumps(mended(reading, value, row) if parser.odd else value, marked))
    except (ValueError, RecursionError):
        return False
    with arrow_table(
        con, {"doc": docs, "row": [r for _, r in odd]}, {"doc": "VARCHAR", "row": "BIGINT"}
    ) as made:
        con.execute(f"CREATE OR REPLACE TEMP TABLE mended AS FROM {made}")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE whole AS SELECT coalesce(m.doc, json(s.doc)::VARCHAR) AS doc, _source, _row "
        f"FROM {relation} s LEFT JOIN mended m ON m.row = s._row ORDER BY _row; "
        f"DROP TABLE {relation}; DROP TABLE mended; ALTER TABLE whole RENAME TO {relation}"
    )
    return True
