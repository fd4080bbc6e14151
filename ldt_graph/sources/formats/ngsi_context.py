"""What the `@context` of an NGSI-LD entity makes of its names (ETSI GS CIM 009, clauses 4.4 and 5.5.7)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ldt_graph.contexts import CORE, Context, Library, is_core
from ldt_graph.errors import ContextError
from ldt_graph.namespaces import NGSI_LD, NGSI_LD_DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ldt_graph.sources.formats.ngsi_tables import Tables
    from ldt_graph.sources.reading import Reading

_PLAIN = {
    "ngsi-ld": str(NGSI_LD),
    "id": "@id",
    "type": "@type",
    "@vocab": str(NGSI_LD_DEFAULT),
}
"""What holds for entities that name no context of the web: every name belongs to the default context."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A context that can't be had or is not valid: the entity that states it can't be read."""

    message: str
    ref: str | None


@dataclass(frozen=True, slots=True)
class Made:
    """A context, and what it says that nothing follows: name → why."""

    context: Context
    unread: Mapping[str, str]


class Contexts:
    """The contexts of a file's entities. An equal one is made once."""

    def __init__(self, reading: Reading, tables: Tables) -> None:
        self._reading, self._tables = reading, tables
        self._library = Library(reading.contexts)
        self._default = reading.option("context")
        self._made: dict[str, Made | Unknown] = {}
        self._typed: dict[tuple[int, tuple[str, ...]], Context | Unknown] = {}

    def of(self, stated: Any, row: int) -> Context | None:  # noqa: ANN401  (JSON)
        """Return the context of an entity; None, and told, where it can't be had.

        Args:
            stated: Its `@context`, or that of the document; None: the dataset's, if it has one.
            row: Where the entity stands.
        """
        stated = self._default if stated is None else stated
        key = json.dumps(stated, default=str) if stated is not None else ""
        if key not in self._made:
            self._made[key] = self._read(stated)
        made = self._made[key]
        if isinstance(made, Unknown):
            self._tell(made)
            return None
        for what, why in made.unread.items():
            self._reading.unused("entry", f"@context {what}", why, row=row)
        return made.context

    def of_types(self, context: Context, types: list[str]) -> Context | None:
        """Return the context of an entity of these types; None, and told, where one's own can't be had."""
        key = (id(context), tuple(types))
        if key not in self._typed:
            try:
                self._typed[key] = context.of_types(types)
            except ContextError as error:
                self._typed[key] = _unknown(error)
        made = self._typed[key]
        if isinstance(made, Unknown):
            self._tell(made)
            return None
        return made

    def _tell(self, made: Unknown) -> None:
        self._tables.cause("source:context", made.message, "@context", made.ref, "violation")

    def _read(self, stated: Any) -> Made | Unknown:  # noqa: ANN401  (JSON)
        parts = stated if isinstance(stated, list) else [] if stated is None else [stated]
        own = [p for p in parts if not (isinstance(p, str) and is_core(p))]
        core = [p for p in parts if isinstance(p, str) and is_core(p)]
        remote = any(isinstance(p, str) for p in parts)
        try:
            found = Context.of(own, self._library)
            # The core context comes last, and its @vocab with it (clause 5.5.7).
            whole = found.extended((core or [CORE])[-1] if remote else _PLAIN)
        except ContextError as error:
            return _unknown(error)
        return Made(whole, _unread(found))


def _unknown(error: ContextError) -> Unknown:
    hint = f" {error.hint}" if error.hint else ""
    return Unknown(f"{error.message}{hint} What states it was set aside.", error.ref)


def _unread(found: Context) -> dict[str, str]:
    """Return what a context says and nothing follows, and why."""
    said = {
        f"{name} {word}": "it is not followed"
        for name, term in found.terms.items()
        for word in sorted(term.more)
    }
    if found.vocab is not None and found.vocab != NGSI_LD_DEFAULT:
        said["@vocab"] = "names of no term are in the default context"
    if found.direction is not None:
        said["@direction"] = "the direction of texts is not kept"
    return said
