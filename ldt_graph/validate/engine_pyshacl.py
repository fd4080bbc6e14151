"""The reference engine: `pyshacl`, in Python. Slow, and at home where the fast one has no wheel."""

from __future__ import annotations

import logging
import threading
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import pyshacl
import rdflib
from rdflib import RDF, SH

from ldt_graph.validate.engine import Result, Unrunnable

if TYPE_CHECKING:
    from collections.abc import Generator

    from rdflib.term import Node

_LOCK = threading.Lock()


@contextmanager
def _literals_as_written() -> Generator[None]:
    """Keep rdflib from rewriting ill-typed literals as it reads, and from telling each of them on its own.

    These are switches of the whole process.
    """
    log = logging.getLogger("rdflib.term")
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        switches: Any = rdflib  # its type says that this one is always on
        before, switches.NORMALIZE_LITERALS = switches.NORMALIZE_LITERALS, False
        told, log.disabled = log.disabled, True
        try:
            yield
        finally:
            switches.NORMALIZE_LITERALS, log.disabled = before, told


@dataclass(frozen=True, slots=True)
class _Judge:
    shapes: str

    def judge(self, data: str) -> list[Result]:
        with _literals_as_written():
            try:
                graphs = [rdflib.Graph().parse(data=t, format="nt") for t in (data, self.shapes)]
                _, report, text = pyshacl.validate(
                    graphs[0], shacl_graph=graphs[1], inference="none", inplace=True
                )
            except Exception as error:
                raise Unrunnable(str(error)) from None
            if not isinstance(report, rdflib.Graph):
                raise Unrunnable(str(text))
            # What the data say of other reports may have come along.
            [own] = [
                n
                for n in report.subjects(RDF.type, SH.ValidationReport)
                if (n, None, None) not in graphs[0]
            ]
            return [_result(report, r) for r in report.objects(own, SH.result)]


def compile(shapes: str) -> _Judge:  # noqa: A001  (the seam's word)
    """Keep a shapes graph, given as N-Triples: pyshacl reads it anew each time."""
    return _Judge(shapes)


def _ntriples(term: Node) -> str:
    """Write a term in N-Triples; rdflib's own way is Turtle's."""
    if isinstance(term, rdflib.Literal):
        datatype = None if term.language or not term.datatype else ox.NamedNode(term.datatype)
        return str(ox.Literal(str(term), datatype=datatype, language=term.language))
    return f"_:{term}" if isinstance(term, rdflib.BNode) else f"<{term}>"


def _result(report: rdflib.Graph, node: Node) -> Result:
    def one(word: Node) -> str | None:
        found = report.value(node, word)
        return None if found is None else _ntriples(found)

    path = one(SH.resultPath)
    message = report.value(node, SH.resultMessage)
    return Result(
        one(SH.focusNode) or "",
        path if path and path.startswith("<") else None,  # of several steps: the shape's own
        one(SH.value),
        str(report.value(node, SH.sourceConstraintComponent)),
        one(SH.sourceShape) or "",
        str(report.value(node, SH.resultSeverity)),
        None if message is None else str(message),
    )
