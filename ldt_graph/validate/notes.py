"""What a shapes file says and nothing comes of: worth knowing, and no error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from ldt_graph.model import Violation
from ldt_graph.namespaces import OWL, SH
from ldt_graph.validate.graph import TARGETS, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ldt_graph.validate.graph import ShapesGraph, Term

_COUNTS = words("qualifiedMinCount qualifiedMaxCount qualifiedValueShapesDisjoint")


def notes(graph: ShapesGraph, used: set[Term], dataset: str) -> Iterator[Violation]:
    """Warn of shapes that are switched off, or that no target and no other shape leads to, and of imports.

    Args:
        graph: The shapes file.
        used: Its shapes that have a target.
        dataset: The first that uses it.
    """

    def note(code: str, node: Term, word: str, message: str) -> Violation:
        line = graph.line(node, word)
        return Violation(dataset, "validate", "warning", f"shape:{code}", None, graph.path.name, line, None, None, message)  # fmt: skip

    for shape in graph.shapes:
        name, off = graph.name(shape), graph.value(shape, SH.deactivated)
        if isinstance(off, ox.Literal) and off.value in ("true", "1"):
            yield note("deactivated", shape, SH.deactivated, f"{name} is deactivated: nothing is judged by it.")  # fmt: skip
        aims = shape in used or shape in graph.holders or graph.words_of(shape) & set(TARGETS)
        if not aims and graph.words_of(shape):
            yield note("unused", shape, "", f"{name} has no target and no shape refers to it: nothing is judged by it.")  # fmt: skip
        for word in sorted(graph.words_of(shape) & set(_COUNTS)):
            if not graph.values(shape, SH.qualifiedValueShape):
                yield note("no-effect", shape, word, f"{name}: sh:{word.removeprefix(SH)} means nothing without sh:qualifiedValueShape.")  # fmt: skip
    for node, said in graph.triples():
        if said.word == OWL.imports and said.value not in graph.said:
            yield note("not-imported", node, said.word, f"{said.value} is imported, and no import is followed: name the file in twin.toml.")  # fmt: skip
