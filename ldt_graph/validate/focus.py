"""What shapes are about: their focus nodes among the statements."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from ldt_graph.model import append, run
from ldt_graph.namespaces import RDF_TYPE, XSD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import duckdb

    from ldt_graph.validate.part import Part
    from ldt_graph.validate.said import Meaning
    from ldt_graph.validate.shapes import Root

_SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split(";\n")
_PARTS = tuple(
    zip(
        ("class", "subjects", "objects", "node"),
        ("subject", "subject", "object", "iri"),
        _SQL,
        strict=False,
    )
)
"""The word of an aim, the column that its nodes are in, the statement."""
_AIM = ("file", "shape", "word", "iri", "dataset", "kind", "datatype", "lang")
_NODE = "file INTEGER, shape INTEGER, object VARCHAR, kind VARCHAR, datatype VARCHAR, lang VARCHAR"

Aim = tuple[int | str | None, ...]


def find_focus(
    con: duckdb.DuckDBPyConnection, aims: Iterable[Aim], part: Part, *, table: str = "focus"
) -> None:
    """Append to `focus (file, shape, object, kind, datatype, lang)` what shapes are about.

    Args:
        con: The build's connection.
        aims: What `aims` returned.
        part: What is looked at.
        table: Another name for the table.
    """
    rows = list(aims)
    if not rows:
        return
    con.execute(
        "CREATE OR REPLACE TEMP TABLE aim (file INTEGER, shape INTEGER, word VARCHAR, iri VARCHAR, dataset VARCHAR, "
        "kind VARCHAR, datatype VARCHAR, lang VARCHAR)"
    )
    append(con, "aim", dict(zip(_AIM, zip(*rows, strict=True), strict=True)))
    words = {word for _, _, word, *_ in rows}
    for word, column, sql in _PARTS:
        script = sql.replace("INTO focus", f"INTO {table}")
        script = script.replace("FROM statements", f"FROM {part.table}")
        if part.nodes:
            script = script.replace("/*only*/", f"AND {column} IN (SELECT node FROM {part.nodes})")
        if word in words:
            run(con, script, {"type": RDF_TYPE})
    con.execute("DROP TABLE aim")


def create_focus(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Create the table that `find_focus` appends to; a node is a term as an object is."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({_NODE})")


def aims(
    file: int, roots: Iterable[Root], datasets: Sequence[str], meaning: Meaning
) -> Iterator[Aim]:
    """Yield what shapes aim at, each with a number for their file: rows for `find_focus`.

    Args:
        file: The number.
        roots: The shapes with targets.
        datasets: Whose statements count.
        meaning: Which classes are below a target, and which relations.
    """
    for root in roots:
        targets, number = root.targets, root.number
        classes = frozenset().union(*map(meaning.classes.subclasses, targets.classes))
        asked = {"class": classes}
        for word, properties in (
            ("subjects", targets.subjects_of),
            ("objects", targets.objects_of),
        ):
            asked[word] = frozenset(b for p in properties for b in meaning.below(p))
        for word, iris in asked.items():
            for iri in sorted(iris):
                for dataset in datasets:
                    yield (file, number, word, iri, dataset, None, None, None)
        for node in sorted(targets.nodes, key=str):
            yield (file, number, "node", node.value, None, *_term(node))


def _term(node: ox.NamedNode | ox.Literal) -> tuple[str | None, ...]:
    """Return kind, datatype and language of a target node, as the record writes them."""
    if isinstance(node, ox.NamedNode):
        return ("iri", None, None)
    plain = node.language is not None or node.datatype.value == XSD.string
    return ("literal", None if plain else node.datatype.value, node.language)
