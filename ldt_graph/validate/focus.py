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

_SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
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
        only: A relation (node) of all that is wanted.
    """
    aims = [a for root in roots for a in _aims(root, meaning)]
    if not aims:
        return
    con.execute(
        "CREATE OR REPLACE TEMP TABLE aim (shape INTEGER, word VARCHAR, iri VARCHAR, kind VARCHAR, datatype VARCHAR, lang VARCHAR)"
    )
    append(con, "aim", dict(zip(_AIM, zip(*aims, strict=True), strict=True)))
    script = _SQL.replace("focus", table)
    for column in ("subject", "object", "iri"):
        wanted = f"AND {column} IN (SELECT node FROM {only})" if only else ""
        script = script.replace(f"/*{column}*/", wanted)
    run(con, script, {"datasets": list(datasets), "type": RDF_TYPE})
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
