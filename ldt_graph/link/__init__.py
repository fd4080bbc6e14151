"""Link what datasets say of each other: identifiers to the IRIs of what they name, when everything is lifted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.errors import Place, SettingsError
from ldt_graph.model import append, of_keys, run
from ldt_graph.namespaces import IDENTIFIER, RDF_TYPE, curie, local_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from ldt_graph.model import Dataset
    from ldt_graph.ontology import Ontology

_SQL = {p.stem: p.read_text(encoding="utf-8") for p in sorted(Path(__file__).parent.glob("*.sql"))}


def link(
    con: duckdb.DuckDBPyConnection,
    datasets: Iterable[Dataset],
    ontology: Ontology,
    *,
    changes: bool = False,
) -> None:
    """Append to `statements` what `links` say, with IRIs for identifiers.

    An identifier is looked for where its link says: in a dataset, among what one of its triples maps, tables
    or classes describes (`water#PumpMap`), or anywhere (`*`). CURIEs `dataset:identifier` and IRIs name
    entities too. What names nothing (`reference:dangling`) or several things (`reference:ambiguous`) costs its
    statement: that goes to `set_aside`, and its cell to `violations`. The link itself stays, so that
    it holds as soon as the other side is there. Cost: joins of the links with the identifiers.

    Args:
        con: The build's connection.
        datasets: The twin's datasets, whose references are checked.
        ontology: Whose hierarchy decides what is of a class.
        changes: `statements` hold what links said before. Only the links are looked at of keys that are `lifted`,
            that were `unlinked (dataset, key)`, or whose names mean something else by what was `removed` and `added`.

    Raises:
        SettingsError: `references` names a part of a dataset that is no map, table or class.
    """
    con.execute("DELETE FROM violations WHERE stage = 'reference'")
    named = {"identifier": IDENTIFIER, "type": RDF_TYPE}
    script = _SQL["changed" if changes else "all"]
    run(con, script.replace("/*lifted links*/", of_keys("links", "lifted")), named)
    if not con.execute("SELECT 1 FROM relinked LIMIT 1").fetchone():
        return
    run(con, _SQL["wanted"], named)
    _find_parts(con, datasets, ontology)
    run(con, _SQL["resolve"])


def _find_parts(
    con: duckdb.DuckDBPyConnection, datasets: Iterable[Dataset], ontology: Ontology
) -> None:
    """Create `part(name, iri)`: the entities that a map, table or class describes which a link names."""
    con.execute("CREATE OR REPLACE TEMP TABLE part_class (name VARCHAR, class VARCHAR)")
    stated = [(d, column, target) for d in datasets for column, target in d.references.items()]
    parts = {target.partition("#")[2] for _, _, target in stated}
    parts |= {part for (part,) in con.execute("SELECT DISTINCT part FROM wanted").fetchall()}
    classes = [
        (part, below)
        for part in sorted(parts - {""})
        for cls in sorted(_classes(con, ontology))
        if part in (cls, curie(cls), local_name(cls))
        for below in sorted(ontology.subclasses(cls))
    ]
    if classes:
        append(
            con, "part_class", dict(zip(("name", "class"), zip(*classes, strict=True), strict=True))
        )
    con.execute(_SQL["parts"], {"type": RDF_TYPE})
    for dataset, column, target in stated:
        _check(con, dataset, column, target, {name for name, _ in classes})


def _classes(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> frozenset[str]:
    used = con.execute(
        "SELECT DISTINCT object FROM statements WHERE predicate = ? AND kind = 'iri'", [RDF_TYPE]
    ).fetchall()
    return ontology.classes | {c for (c,) in used}


def _check(
    con: duckdb.DuckDBPyConnection, dataset: Dataset, column: str, target: str, classes: set[str]
) -> None:
    """Refuse a part of a dataset that twin.toml names and that is nothing there."""
    where, _, part = target.partition("#")
    if not part or "{" in target or part in classes:
        return
    named = con.execute(
        "SELECT DISTINCT map, \"table\" FROM rules WHERE dataset = ? OR ? = '*' ORDER BY ALL",
        [where, where],
    ).fetchall()
    names = {name for pair in named for name in pair}
    if part not in names:
        raise SettingsError(
            f"references.{column} of dataset {dataset.name} names {target!r}, but {part!r} is no map, table or class there.",
            place=Place("twin.toml", dataset.line or None),
            hint=f"Maps and tables: {', '.join(sorted(names)) or 'none'}.",
        )
