"""What an export assumed, wrote as something else and left out: counted and named, so that nothing goes in silence."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["assumed", "expressed", "left out"]


@dataclass(slots=True)
class Finding:
    """Things of one kind that an export could not write as the twin has them.

    Attributes:
        kind: `assumed`: the format needs it and the twin does not state it. `expressed`: written as another thing.
            `left out`: the format has no place for it.
        what: Of what: a table and its column, a class.
        value: What was written instead.
        why: In words.
        first: The first thing by IRI.
    """

    kind: Kind
    what: str
    value: str
    why: str
    count: int
    first: str


@dataclass(slots=True)
class Report:
    """What came of an export.

    Attributes:
        written: Table or section → how many elements it has.
        ids: (table or section, what the file calls it, IRI), as the file has them.
    """

    format: str
    written: dict[str, int] = field(default_factory=dict)
    ids: list[tuple[str, str, str]] = field(default_factory=list)
    _found: dict[tuple[Kind, str, str, str], Finding] = field(default_factory=dict, repr=False)

    def add(self, kind: Kind, what: str, first: str, *, value: object = "", why: str = "") -> None:
        """Count one thing more."""
        key = (kind, what, str(value), why)
        found = self._found.setdefault(key, Finding(*key, count=0, first=first))
        found.count += 1
        found.first = min(found.first, first)

    @property
    def findings(self) -> list[Finding]:
        """All of them, in order."""
        return [self._found[key] for key in sorted(self._found)]

    def lines(self) -> list[str]:
        """Return what came of it for a reader: what was written, then a line for each finding."""
        counts = ", ".join(f"{n:,} {table}" for table, n in self.written.items() if n)
        told = [f"Written: {counts}."]
        for f in self.findings:
            value = f": {f.value}" if f.value else ""
            why = f" ({f.why})" if f.why else ""
            told.append(f"{f.kind}: {f.count:,} × {f.what}{value}{why}; first <{f.first}>")
        return told

    def text(self) -> bytes:
        """Return the document as JSON in UTF-8."""
        return (json.dumps(self.document(), ensure_ascii=False, indent=1) + "\n").encode()

    def document(self) -> dict[str, Any]:
        """Return what is printed as JSON."""
        ids = [{"table": t, "id": i, "iri": iri} for t, i, iri in self.ids]
        findings = [asdict(f) for f in self.findings]
        return {
            "format": self.format,
            "written": self.written,
            "findings": findings,
            "ids": ids,
        }
