"""The network for analysts, as networkx has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ldt_graph.errors import MissingExtra

if TYPE_CHECKING:
    import networkx

    from ldt_graph.impact.structure.network import Network


def to_networkx(network: Network) -> networkx.MultiDiGraph:
    """Return the network as a networkx graph: edges point from supplier to dependent.

    Raises:
        MissingExtra: networkx is not installed.
    """
    try:
        import networkx
    except ImportError:
        raise MissingExtra(
            "to_networkx needs networkx.", hint="pip install 'ldt-graph[networkx]'."
        ) from None
    graph = networkx.MultiDiGraph()
    columns = network.columns
    iris, edges = columns.iris, columns.edges
    graph.add_nodes_from(
        (iri, {"off": bool(off)}) for iri, off in zip(iris, columns.off, strict=True)
    )
    for i, (s, o) in enumerate(zip(edges["subject"], edges["object"], strict=True)):
        graph.add_edge(iris[o], iris[s], relation=network.relation_name(i))
    return graph
