"""Networks for simulators, so that outsiders can judge the answers: what a version holds of them, and nothing else.

What a format needs and the twin does not state gets a default that is told; what a format can't say is counted and
named. `facts` reads a network by what the ontology says of its classes and relations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from ldt_graph.errors import QueryError
from ldt_graph.export.simulators.epanet import write_epanet
from ldt_graph.export.simulators.facts import Source
from ldt_graph.export.simulators.pandapower import write_pandapower
from ldt_graph.export.simulators.report import Finding, Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from ldt_graph.ontology import Ontology

__all__ = ["SIMULATORS", "Finding", "Report", "export_network"]

_WRITERS = {"pandapower": write_pandapower, "epanet": write_epanet}
SIMULATORS = tuple(_WRITERS)


def export_network(
    con: duckdb.DuckDBPyConnection,
    ontology: Ontology,
    format: str,  # noqa: A002
    out: BinaryIO,
    *,
    name: str,
    datasets: Sequence[str] = (),
) -> Report:
    """Write the networks among `statements` that a simulator takes, and return what became of them.

    The same statements give the same bytes.

    Args:
        con: Holds `statements`.
        ontology: What they mean.
        format: One of `SIMULATORS`.
        out: Takes the file in UTF-8.
        name: What the network is called in it.
        datasets: Only things that these describe; all, if there are none.

    Raises:
        QueryError: No such format, or nothing of its networks in the twin.
    """
    if format not in _WRITERS:
        raise QueryError(
            f"There is no simulator {format!r}.", hint=f"There are: {', '.join(SIMULATORS)}."
        )
    return _WRITERS[format](Source(con, ontology, datasets), out, name=name)
