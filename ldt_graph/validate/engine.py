"""The engines that judge data by shapes, behind one seam."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from ldt_graph.errors import MissingExtra, SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

_ENGINES = {
    "shacl": "ldt_graph.validate.engine_shacl",
    "pyshacl": "ldt_graph.validate.engine_pyshacl",
}
"""Setting → module that has a `compile`."""


@dataclass(frozen=True, slots=True)
class Result:
    """A validation result (SHACL, section 3.6.2): its nodes as terms in N-Triples.

    Attributes:
        path: An IRI in angle brackets, or a property path in SPARQL's syntax.
        component: IRI of the constraint component.
        shape: The shape that was not met.
        severity: IRI.
    """

    focus: str
    path: str | None
    value: str | None
    component: str
    shape: str
    severity: str
    message: str | None


class Unrunnable(Exception):
    """An engine can't run the shapes, or can't read the data; shapes.py says which, as a `ShapeError`."""


class Judge(Protocol):
    """Shapes, compiled. `judge` may be called by several threads at a time."""

    def judge(self, data: str) -> Sequence[Result]:
        """Return what is found in a data graph, given as N-Triples.

        Raises:
            Unrunnable: A query that the engine refuses, for instance.
        """
        ...


class Engine(Protocol):
    """A library that judges."""

    def compile(self, shapes: str) -> Judge:
        """Compile a shapes graph, given as N-Triples.

        Raises:
            Unrunnable: They are not shapes for this engine.
        """
        ...


def engine_of(name: str) -> Engine:
    """Return an engine by the name that `LDT_SHACL` gives it.

    Raises:
        SettingsError: There is none of that name.
        MissingExtra: Its library is not installed.
    """
    if name not in _ENGINES:
        raise SettingsError(
            f"There is no SHACL engine {name!r}.", hint=f"LDT_SHACL is {' or '.join(_ENGINES)}."
        )
    try:
        return cast("Engine", import_module(_ENGINES[name]))
    except ImportError:
        hint = (
            "pip install 'ldt-graph[pyshacl]'."
            if name == "pyshacl"
            else "Where it has no wheel, pip install 'ldt-graph[pyshacl]' and set LDT_SHACL=pyshacl."
        )
        raise MissingExtra(f"The SHACL engine {name} is not installed.", hint=hint) from None
