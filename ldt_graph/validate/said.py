"""What is said by some properties, as SQL: by each itself, and by those that the ontology puts below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ldt_graph.namespaces import RDFS
from ldt_graph.sql import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ldt_graph.ontology import Ontology
    from ldt_graph.validate.shapes import ShapeSet

_COLUMNS = "subject, predicate, object, kind, datatype, lang"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the hierarchies say of the terms of a shapes file.

    Attributes:
        properties: Property that the shapes read → those below it; only where there are some.
        classes: The ontology, with the class axioms that the data state.
    """

    properties: Mapping[str, Sequence[str]]
    classes: Ontology

    @classmethod
    def of(cls, shapes: ShapeSet, ontology: Ontology, classes: Ontology) -> Meaning:
        """Read what an ontology says of the properties, and `classes` of the classes, that a file mentions."""
        known = sorted(shapes.mentioned & ontology.aligned_properties)
        below = {p: sorted(ontology.subproperties(p) - {p}) for p in known}
        return cls({p: b for p, b in below.items() if b}, classes)

    @property
    def axioms(self) -> str:
        """The hierarchy of classes as N-Triples."""
        pairs = self.classes.subclass_axioms
        return "".join(f"<{a}> <{RDFS.subClassOf}> <{b}> .\n" for a, b in pairs)

    def below(self, prop: str) -> list[str]:
        """Return a property and those below it."""
        return [prop, *self.properties.get(prop, ())]

    def said(self, predicates: Iterable[str | None], table: str = "statements") -> str:
        """Return SQL for what is said by some predicates (None: by any), in the columns of a triple."""
        asked = set(predicates)
        anything = None in asked
        parts = [f"SELECT {_COLUMNS} FROM {table} WHERE {among(asked)}"]
        for above, below in self.properties.items():
            if anything or above in asked:
                columns = _COLUMNS.replace("predicate", f"{literal(above)} AS predicate")
                parts.append(f"SELECT {columns} FROM {table} WHERE predicate IN {names(below)}")
        return " UNION ALL ".join(parts)


def among(predicates: Iterable[str | None]) -> str:
    """Write as a condition in SQL that a statement has one of some predicates (None: any)."""
    asked = sorted({p or "" for p in predicates})
    return "true" if "" in asked else f"predicate IN {names(asked)}"


def names(texts: Iterable[str | None]) -> str:
    """Write texts as a list in SQL."""
    return f"({', '.join(map(literal, texts))})"
