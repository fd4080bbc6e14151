"""The profile of a twin: what shapes warn of may count as a violation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from ldt_graph.namespaces import LDT, SH
from ldt_graph.validate.messages import short

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from ldt_graph.validate.graph import ShapesGraph


def raise_severities(con: duckdb.DuckDBPyConnection, graphs: Iterable[ShapesGraph]) -> None:
    """Give what was found the severity that its shape states for the profile `strict` (`ldt:strictSeverity`).

    Args:
        con: A connection with what was found, in `found`.
        graphs: The shapes.
    """
    stated: dict[str, list[str]] = {"violation": [], "warning": []}
    for graph in graphs:
        for node in graph.said:
            severity = graph.value(node, LDT.strictSeverity)
            if severity is not None and isinstance(node, ox.NamedNode):
                told = "violation" if severity == ox.NamedNode(SH.Violation) else "warning"
                stated[told].append(short(node.value))
    for severity, rules in stated.items():
        sql = "UPDATE found SET severity = ? WHERE rule IN (SELECT unnest(?::VARCHAR[]))"
        con.execute(sql, [severity, rules])
