"""JSON-LD contexts without a network: what ships, what a twin adds, and what names mean by them."""

from __future__ import annotations

from ldt_graph.contexts.context import Context
from ldt_graph.contexts.library import CORE, Library, is_core, load
from ldt_graph.contexts.terms import Term

__all__ = ["CORE", "Context", "Library", "Term", "is_core", "load"]
