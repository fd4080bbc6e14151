"""The relationship graph of one version of the twin: one Protocol, several stores, one set of answers."""

from ldt_graph.graph.store import CountBy, Direction, Graph, Store

__all__ = ["CountBy", "Direction", "Graph", "Store"]
