"""What puts a thing out of conduction: the attributes that say so, at which values, of which classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ldt_graph.ontology import Ontology

_EVERYWHERE = {LDT.inService: ("false", "0"), LDT.switchState: ("open",)}
"""What is read of whatever states it, by the ontology of any version."""


class States:
    """The attributes of an ontology that say of a thing that it is off.

    Attributes:
        values: Attribute → the values at which a thing is off, in lower case.
        classes: Attribute → the classes for whose things it counts; without an entry it counts for all.
        newer: Attribute → those that count instead, where a thing states one.
    """

    def __init__(self, ontology: Ontology) -> None:
        self.values: dict[str, frozenset[str]] = {}
        self.classes: dict[str, frozenset[str]] = {}
        self.newer: dict[str, frozenset[str]] = {}
        for attribute, values in _EVERYWHERE.items():
            for below in ontology.subproperties(attribute):
                self.values[below] = frozenset(values)
        everywhere = frozenset(self.values)
        for cls, top in ontology.amounts(LDT.offBy):
            for below in ontology.subproperties(top):
                self._confine(below, top, ontology, cls, everywhere)

    @property
    def attributes(self) -> frozenset[str]:
        """All that is asked of a thing to know whether it is off."""
        return frozenset(self.values).union(*self.newer.values())

    def is_off(self, attribute: str, value: str) -> bool:
        """Whether a value of an attribute says so."""
        text, off = value.strip().lower(), self.values.get(attribute, frozenset())
        stated = _number(text)
        return text in off or (stated is not None and stated in map(_number, off))

    def off(self, classes: Collection[str], said: Mapping[str, Iterable[str]]) -> bool:
        """Whether a thing of these classes, with all above them, is off by what it says."""
        return any(
            self.is_off(attribute, value)
            for attribute in self.values.keys() & said.keys()
            if attribute not in self.classes or self.classes[attribute].intersection(classes)
            if not any(said.get(newer) for newer in self.newer.get(attribute, ()))
            for value in said[attribute]
        )

    def _confine(
        self, attribute: str, top: str, ontology: Ontology, cls: str, everywhere: frozenset[str]
    ) -> None:
        values = {v.strip().lower() for v in ontology.objects(top, LDT.offAt)}
        self.values[attribute] = self.values.get(attribute, frozenset()) | values
        if attribute not in everywhere:
            known = self.classes.get(attribute, frozenset())
            self.classes[attribute] = known | ontology.subclasses(cls)
        instead = {
            n for t in ontology.objects(top, LDT.yieldsTo) for n in ontology.subproperties(t)
        }
        if instead:
            self.newer[attribute] = self.newer.get(attribute, frozenset()) | instead


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
