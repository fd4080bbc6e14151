"""The reference engine: `pyshacl`, in Python. Slow, and at home where the fast one has no wheel."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyshacl
import rdflib
from rdflib import SH

from ldt_graph.validate.engine import Result, Unrunnable

if TYPE_CHECKING:
    from collections.abc import Generator

    from rdflib.term import Node

_LOCK = threading.Lock()


@contextmanager
def _literals_as_written() -> Generator[None]:
    """Keep rdflib from rewriting ill-typed literals as it reads: it is a switch of the whole process."""
    with _LOCK:
        before, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
        try:
            yield
        finally:
            rdflib.NORMALIZE_LITERALS = before


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
            except Exception as error:  # noqa: BLE001  (each library beneath has its own)
                raise Unrunnable(str(error)) from None
            if not isinstance(report, rdflib.Graph):
                raise Unrunnable(str(text))
            return [_result(report, r) for r in report.objects(None, SH.result)]


def compile(shapes: str) -> _Judge:  # noqa: A001  (the seam's word)
    """Keep a shapes graph, given as N-Triples: pyshacl reads it anew each time."""
    return _Judge(shapes)


def _result(report: rdflib.Graph, node: Node) -> Result:
    def one(word: Node) -> str | None:
        found = report.value(node, word)
        return None if found is None else found.n3()

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
