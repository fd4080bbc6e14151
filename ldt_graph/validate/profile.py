"""The profile of a twin: what shapes warn of may count as a violation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from ldt_graph.namespaces import LDT, SH
from ldt_graph.validate.messages import short

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import duckdb


def raise_severities(con: duckdb.DuckDBPyConnection, paths: Iterable[Path]) -> None:
    """Give what was found the severity that its shape states for the profile `strict` (`ldt:strictSeverity`).

    Args:
        con: A connection with what was found, in `found`.
        paths: The shapes files; they were read before, so that they are Turtle.
    """
    stated: dict[str, list[str]] = {"violation": [], "warning": []}
    for path in paths:
        for quad in ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE, base_iri="urn:s"):
            if quad.predicate.value == LDT.strictSeverity and isinstance(
                quad.subject, ox.NamedNode
            ):
                told = str(quad.object).strip("<>") == SH.Violation
                stated["violation" if told else "warning"].append(short(quad.subject.value))
    for severity, rules in stated.items():
        sql = "UPDATE found SET severity = ? WHERE rule IN (SELECT unnest(?::VARCHAR[]))"
        con.execute(sql, [severity, rules])
