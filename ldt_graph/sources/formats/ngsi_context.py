"""What an inline `@context` makes of the names of an NGSI-LD entity."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ldt_graph.namespaces import NGSI_LD, NGSI_LD_DEFAULT

if TYPE_CHECKING:
    from ldt_graph.sources.reading import Reading

# It says what the default context does (clause 5.5.7), which the reader knows.
_CORE = re.compile(r"https?://uri\.etsi\.org/ngsi-ld/v1/ngsi-ld-core-context(-v[\d.]+)?\.jsonld")
_NOT_FETCHED = "a remote context is not fetched; names that it expands stay in the default context"


class Context:
    """The terms of a context: names → IRIs, and which of them hold IRIs."""

    def __init__(self, reading: Reading, context: Any = None, row: int | None = None) -> None:  # noqa: ANN401  (JSON)
        self.terms: dict[str, str] = {"ngsi-ld": str(NGSI_LD)}
        self.links: set[str] = set()
        self._known: dict[str, str] = {}
        for part in context if isinstance(context, list) else [context]:
            if isinstance(part, dict):
                self._read(reading, part, row)
            elif isinstance(part, str) and not _CORE.fullmatch(part):
                reading.unused("entry", f"@context {part}", _NOT_FETCHED, row=row)

    def _read(self, reading: Reading, part: dict[str, Any], row: int | None) -> None:
        for term, meaning in part.items():
            defined = meaning if isinstance(meaning, dict) else {"@id": meaning}
            target = defined.get("@id")
            if term.startswith("@"):
                # The core context comes last, and its @vocab with it (clause 5.5.7).
                reading.unused(
                    "entry",
                    f"@context {term}",
                    "names of no term are in the default context",
                    row=row,
                )
            elif isinstance(target, str):
                self.terms[term] = target
            if defined.get("@type") in ("@id", "@vocab") and not term.startswith("@"):
                self.links.add(term)

    def expand(self, name: str) -> str:
        """Return a name's IRI, by its term or prefix (JSON-LD 1.1, section 4.1), else in the default context."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._expanded(name)
        return found

    def _expanded(self, name: str) -> str:
        meaning = self.terms.get(name, name)
        for _ in self.terms:  # a prefix may be written with another one
            prefix, colon, rest = meaning.partition(":")
            if not colon or prefix not in self.terms or rest.startswith("//"):
                break
            meaning = self.terms[prefix] + rest
        return meaning if ":" in meaning else NGSI_LD_DEFAULT + meaning
