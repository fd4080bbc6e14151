"""Whether a publication may write to a database: what is not ours stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldt_graph.errors import ServerError
from ldt_graph.graph.neo4j.cypher import cypher
from ldt_graph.graph.neo4j.marks import FORMAT

if TYPE_CHECKING:
    from ldt_graph.graph.neo4j.connection import Server


def survey(server: Server, base: str | None, *, everything: bool, beside: bool) -> bool:
    """Refuse what is not ours to write to; return whether a publication may take the database as its own.

    Args:
        server: The server.
        base: The base of the twin's IRIs.
        everything: Whether all that is there goes.
        beside: Whether others' data may be there.

    Raises:
        ServerError: The database holds another twin, someone else's data, or another release's model.
    """
    found = server.read(cypher("stamp"))
    assert found is not None  # noqa: S101  (it always has a row)
    where = f"Database {server.database!r} of {server.uri}"
    if found["format"] is not None and found["format"] > FORMAT:
        raise ServerError(
            f"{where} was published by a newer release (model {found['format']}, this one knows {FORMAT}).",
            hint="Publish with that release.",
        )
    if everything:
        return True
    _refuse_half(where, found)
    if found["twin"] is not None:
        _refuse_another(where, found["twin"], base)
        return False
    others = server.read(cypher("others"))
    foreign = others["foreign"] if others else 0
    if found["format"] is None and foreign and not beside:
        raise ServerError(
            f"{where} holds {foreign:,} nodes that are not this twin's; nothing was written.",
            hint="--beside publishes beside them and never touches them; --rebuild --everything deletes them.",
        )
    return not foreign


def _refuse_half(where: str, found: Any) -> None:  # noqa: ANN401  (a driver's record)
    if found["format"] is not None and found["format"] < FORMAT and found["unfinished"]:
        raise ServerError(
            f"{where} holds a half-finished publication of an older release (model {found['format']}).",
            hint="Finish it with that release, or publish with --rebuild --everything.",
        )


def _refuse_another(where: str, twin: dict[str, Any], base: str | None) -> None:
    if twin["base"] != base:
        raise ServerError(
            f"{where} holds another twin: {twin['base']}, not {base}.",
            hint="Name another database in LDT_NEO4J_DATABASE, or replace it with --rebuild --everything.",
        )
