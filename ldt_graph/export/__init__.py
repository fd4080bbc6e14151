"""Write a version as RDF, byte for byte the same each time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, get_args

from ldt_graph.errors import QueryError
from ldt_graph.model import ONTOLOGY
from ldt_graph.namespaces import PREFIXES

if TYPE_CHECKING:
    import duckdb

Format = Literal["nquads", "turtle"]
FORMATS: tuple[str, ...] = get_args(Format)
_SQL = {p.stem: p.read_text(encoding="utf-8") for p in sorted(Path(__file__).parent.glob("*.sql"))}
_BATCH = 20_000


def export(
    con: duckdb.DuckDBPyConnection,
    format: str,  # noqa: A002
    out: BinaryIO,
    *,
    base: str,
    inferred: bool = True,
) -> int:
    """Write the connection's `statements` and return how many lines or subjects were written.

    N-Quads put each dataset into the graph `<base><dataset>/graph` (RDF 1.1 N-Quads); Turtle merges
    them, one block per subject (RDF 1.1 Turtle). Sorted, each statement once; the ontology is left out.

    Args:
        con: Holds `statements`.
        format: `nquads` or `turtle`.
        out: Written in UTF-8 as the rows come; memory does not grow with the city.
        base: The twin's base IRI.
        inferred: Whether to write inferred statements too.

    Raises:
        QueryError: No such format.
    """
    if format not in FORMATS:
        raise QueryError(
            f"There is no export format {format!r}.", hint=f"There are: {', '.join(FORMATS)}."
        )
    con.execute(_SQL["terms"])
    values = {"ontology": ONTOLOGY, "inferred": inferred}
    if format == "nquads":
        return _stream(con, _SQL["nquads"], values | {"base": base}, out)
    prefixes = sorted(PREFIXES.items())
    con.execute(
        "CREATE OR REPLACE TEMP TABLE prefix AS SELECT unnest(?::VARCHAR[]) AS name, unnest(?::VARCHAR[]) AS iri",
        [[p for p, _ in prefixes], [str(i) for _, i in prefixes]],
    )
    out.write("".join(f"@prefix {p}: <{iri}> .\n" for p, iri in prefixes).encode())
    return _stream(con, _SQL["turtle"], values, out)


def _stream(
    con: duckdb.DuckDBPyConnection, sql: str, values: dict[str, object], out: BinaryIO
) -> int:
    written = 0
    cursor = con.execute(sql, values)
    while rows := cursor.fetchmany(_BATCH):
        out.write("".join(line for (line,) in rows).encode())
        written += len(rows)
    return written
