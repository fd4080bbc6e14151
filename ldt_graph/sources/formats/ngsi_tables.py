"""The tables of NGSI-LD entities, row by row, and what is reported of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldt_graph.model import WGS84
from ldt_graph.sources.crs import Placer
from ldt_graph.sources.formats.jsons import flat
from ldt_graph.sources.formats.ngsi_values import EMPTY, NO_VALUE

if TYPE_CHECKING:
    from ldt_graph.model import Severity
    from ldt_graph.sources.formats.ngsi_values import Text
    from ldt_graph.sources.reading import Reading

_COLUMNS = {
    "entities": ("id", "type", "type_iri"),
    "properties": ("id", "attribute", "attribute_iri", "value", "datatype", "unit", "observed_at"),
    "texts": ("id", "attribute", "attribute_iri", "value", "lang"),
    "relationships": ("id", "attribute", "attribute_iri", "object"),
    "annotations": ("id", "attribute", "value", "datatype"),
    "locations": ("id", "attribute"),
    "places": ("id", "attribute", "attribute_iri"),
}


_CELLS = {
    name: {"type_iri": ("type",)}
    if name == "entities"
    else dict.fromkeys(("geometry", "plan_geometry"), ("location",))
    if name == "locations"
    else dict.fromkeys(
        {*columns, "geometry", "plan_geometry"} - {"id", "attribute"}, ("{attribute}",)
    )
    for name, columns in _COLUMNS.items()
}
"""What stands in a row is said under the attribute's name."""


class Tables:
    """The tables of a file's entities; `id` and `row` are those of the entity that is being read."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.id, self.row = "", 0
        self._rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _COLUMNS}
        self._causes: dict[tuple[str, str, str, str | None, Severity], list[int]] = {}

    def add(self, table: str, *values: Any) -> None:  # noqa: ANN401  (of every table)
        """Add a row about the entity; a place's geometry comes last."""
        self._rows[table].append((self.id, *values, self.row))

    # ── reports ──────────────────────────────────────────────────────────────────────────────────

    def told(self, name: str, text: Text, content: Any, *, relation: bool = False) -> None:  # noqa: ANN401  (JSON)
        """Say why a value is none: empty ones are accounted for, all others reported."""
        fault = text.fault or ""
        if fault == NO_VALUE or (fault == EMPTY and not relation):
            self.reading.unused("entry", f"{name} without a value", fault, row=self.row)
        else:
            self.bad(name, fault, content if text.text is None else text.text)

    def bad(self, name: str, fault: str, value: Any) -> None:  # noqa: ANN401  (JSON)
        """Report an attribute that says nothing."""
        self.reading.report(
            "source:bad-attribute",
            f"The attribute {name} is not taken: {fault}.",
            row=self.row,
            column=name,
            value=(flat(value) or "")[:200] or None,
        )

    def cause(
        self,
        rule: str,
        message: str,
        column: str,
        value: str | None,
        severity: Severity,
    ) -> None:
        """Note a fault that many rows may have: told once, at the first."""
        self._causes.setdefault((rule, message, column, value, severity), []).append(self.row)

    # ── tables ───────────────────────────────────────────────────────────────────────────────────

    def write(self) -> None:
        """Make the tables, and report what has one cause."""
        for (rule, message, column, value, severity), rows in self._causes.items():
            times = "" if len(rows) == 1 else f" So it is {len(rows)} times."
            self.reading.report(
                rule, message + times, row=rows[0], column=column, value=value, severity=severity
            )
        for name, columns in _COLUMNS.items():
            found = self._rows[name]
            if not found and name in self.reading.tables:
                continue  # another file made it
            rows = [f[-1] for f in found]
            made = {c: [f[i] for f in found] for i, c in enumerate(columns)}
            if name in ("locations", "places"):
                names = [f[columns.index("attribute")] for f in found]
                placer = Placer(self.reading, WGS84, column=names)
                where = placer.cells([f[len(columns)] for f in found], rows)
                made |= dict(zip(("geometry", "plan_geometry"), where, strict=True))
            self.reading.add_columns(name, made, rows)
        # Where they are said of, they are annotations too.
        self.reading.note("properties", read=("unit", "observed_at"))
        for name, columns in _COLUMNS.items():
            # Of these the reader made IRIs.
            self.reading.note(name, read=set(columns) & {"type", "attribute"}, cells=_CELLS[name])
