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
_AIM = ("shape", "word", "iri", "kind", "datatype", "lang")


def find_focus(
    con: duckdb.DuckDBPyConnection,
    roots: Iterable[Root],
    datasets: Sequence[str],
    meaning: Meaning,
    *,
    table: str = "focus",
    only: str = "",
) -> None:
    """Append to `focus (shape, object, kind, datatype, lang)` what shapes are about in some datasets.

    Args:
        con: The build's connection.
        roots: The shapes with targets.
        datasets: Whose statements count.
        meaning: Which classes are below a target, and which relations.
        table: Another name for the table.
        only: A relation (node) of all that is wanted, of which all statements are in `own`.
    """
    aims = [a for root in roots for a in _aims(root, meaning)]
    if not aims:
        return
    con.execute(
        "CREATE OR REPLACE TEMP TABLE aim (shape INTEGER, word VARCHAR, iri VARCHAR, kind VARCHAR, datatype VARCHAR, lang VARCHAR)"
    )
    append(con, "aim", dict(zip(_AIM, zip(*aims, strict=True), strict=True)))
    words = {word for _, word, *_ in aims}
    values = {"datasets": list(datasets), "type": RDF_TYPE}
    for word, column, sql in _PARTS:
        script = sql.replace("INTO focus", f"INTO {table}")
        if only and column == "subject":
            script = script.replace("FROM statements", "FROM own")
        elif only:
            script = script.replace("/*only*/", f"AND {column} IN (SELECT node FROM {only})")
        if word in words:
            run(con, script, values)
    con.execute("DROP TABLE aim")


def create_focus(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Create the table that `find_focus` appends to; a node is a term as an object is."""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} (shape INTEGER, object VARCHAR, kind VARCHAR, datatype VARCHAR, lang VARCHAR)"
    )


def _aims(root: Root, meaning: Meaning) -> Iterator[tuple[int | str | None, ...]]:
    targets = root.targets
    classes = frozenset().union(*map(meaning.classes.subclasses, targets.classes))
    asked = {"class": classes}
    for word, properties in (("subjects", targets.subjects_of), ("objects", targets.objects_of)):
        asked[word] = frozenset(b for p in properties for b in meaning.below(p))
    for word, iris in asked.items():
        for iri in sorted(iris):
            yield (root.number, word, iri, None, None, None)
    for node in sorted(targets.nodes, key=str):
        if isinstance(node, ox.NamedNode):
            yield (root.number, "node", node.value, "iri", None, None)
        else:
            plain = node.language is not None or node.datatype.value == XSD.string
            datatype = None if plain else node.datatype.value
            yield (root.number, "node", node.value, "literal", datatype, node.language)
