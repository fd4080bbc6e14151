"""Where a value stands: what the contexts make of it on its way into the graph."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ldt_graph.derive.form import Star
from ldt_graph.namespaces import RDF, RDF_TYPE, XSD

if TYPE_CHECKING:
    from ldt_graph.contexts import Context
    from ldt_graph.derive.form import Path

_MAPS = frozenset({"@index", "@id", "@type", "@graph"})
_TEXTS = frozenset({"@id", "@vocab", "@type", "@language", "@json"})


@dataclass(frozen=True, eq=False)
class Position:
    """A place in a document.

    Attributes:
        context: The contexts that hold there.
        coerced: What strings become there: `@id`, `@vocab`, `@language`, `@type` (the IRI of a type), or the IRI of a
            datatype; None: texts.
        listed: It is in an RDF list, where lists are nodes and keep their order.
        depth: How often a definition that holds itself may still be entered.
        entity: It is the entity's own.
    """

    context: Context
    coerced: str | None = None
    listed: bool = False
    depth: int = 4
    entity: bool = False

    @property
    def datatype(self) -> str | None:
        """Return the datatype that every plain value gets there, whatever it was in JSON."""
        return None if self.coerced in _TEXTS else self.coerced

    @property
    def key(self) -> tuple[object, ...]:
        """Return what tests made for this position depend on."""
        return (self.context, self.coerced, self.listed, self.depth, self.entity)

    def deeper(self) -> Position:
        """Return the position, one entering less."""
        return replace(self, depth=self.depth - 1)

    def item(self) -> Position:
        """Return the position of an item of an RDF list that stands here."""
        return replace(self, listed=True)

    def alone(self) -> Position:
        """Return the position of a value that is no item of a list."""
        return replace(self, listed=False)


@dataclass(frozen=True, eq=False)
class Member:
    """A name at a position.

    Attributes:
        path: Where its values are; None where they reach no statement that can be judged.
        position: Where each value stands.
        keyword: `@id` or `@type`, where the name stands for that.
        listed: Its values stand in one RDF list.
        why: Why there is no path.
    """

    path: Path | None
    position: Position
    keyword: str | None = None
    listed: bool = False
    why: str = ""

    @property
    def items(self) -> Path:
        """Return the path to its values, through the list where there is one."""
        path = self.path or ()
        return (*path, Star(RDF.rest), RDF.first) if self.listed else path


def member(position: Position, name: str) -> Member:
    """Return what a name means at a position."""
    iri = position.context.expand(name)
    term = position.context.terms.get(name)
    if iri == "@id":
        return Member(None, replace(position, coerced=None, listed=False, entity=False), iri)
    if iri == "@type":
        return Member(
            (RDF_TYPE,), replace(position, coerced="@type", listed=False, entity=False), iri
        )
    inner = Position(position.context.below(name), None, listed=False, depth=position.depth)
    why = _unread(iri, term)
    if why:
        return Member(None, inner, why=why)
    language = position.context.language
    coerced = (
        term.type if term is not None and term.type not in (None, "@none", XSD.string) else None
    )
    if term is not None and term.language not in ("unsaid", None):
        language = term.language
    if coerced is None and language and not (term is not None and term.language is None):
        coerced = "@language"
    listed = term is not None and "@list" in term.container
    return Member((str(iri),), replace(inner, coerced=coerced), listed=listed)


def _unread(iri: str | None, term: object) -> str:
    """Say why values of a name can't be judged."""
    if iri is None or iri.startswith("@") or not _is_iri(iri):
        return "the contexts give this name no IRI, so its values reach no statement"
    container = getattr(term, "container", frozenset()) & (_MAPS | {"@language"})
    if container:
        return f"the contexts read its value as a map ({', '.join(sorted(container))})"
    if getattr(term, "type", None) == "@json":
        return "the contexts keep its value as JSON"
    return "the contexts read it backwards (@reverse)" if getattr(term, "reverse", False) else ""


def _is_iri(text: str) -> bool:
    return ":" in text and not text.startswith("_:") and not set(text) & set(' <>"{}|\\^`')
