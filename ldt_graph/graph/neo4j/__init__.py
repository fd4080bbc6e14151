"""The twin's graph in a Neo4j server: published by difference, read as packed columns."""

from ldt_graph.graph.neo4j.connection import Server
from ldt_graph.graph.neo4j.publish import PublishReport, publish
from ldt_graph.graph.neo4j.reader import Neo4jGraph

__all__ = ["Neo4jGraph", "PublishReport", "Server", "publish"]
