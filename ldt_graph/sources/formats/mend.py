"""Values of JSON that a table can't hold: each is set aside with its place, and the rest of the document stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldt_graph.sources.lexical import Doubled, NoNumber, dumps
from ldt_graph.sources.text import BAD, shown

if TYPE_CHECKING:
    from ldt_graph.sources.reading import Reading

_GONE = object()


def mended(reading: Reading, document: Any, row: int | None = None) -> Any:  # noqa: ANN401  (JSON)
    """Return a document without what is no text or no number, and say of each where it stood.

    Args:
        reading: Of its file.
        document: What `lexical.Parser` made.
        row: Where it stands; None: an item of its array or of its `features` is a row.

    Raises:
        RecursionError: It nests too deep.
    """
    if row is None and isinstance(document, list):
        return [_kept(_Mender(reading, n).value(item, "")) for n, item in enumerate(document, 1)]
    features = document.get("features") if row is None and isinstance(document, dict) else None
    if isinstance(features, list):
        document["features"] = mended(reading, features)
        row = None
    return _kept(_Mender(reading, row).value(document, ""))


def _kept(value: Any) -> Any:  # noqa: ANN401  (JSON)
    return None if value is _GONE else value


class _Mender:
    def __init__(self, reading: Reading, row: int | None) -> None:
        self.reading = reading
        self.row = row

    def value(self, value: Any, path: str) -> Any:  # noqa: ANN401  (JSON)
        if isinstance(value, dict):
            return self._object(value, path)
        if isinstance(value, list):
            return [_kept(self.value(v, f"{path}[{n}]")) for n, v in enumerate(value)]
        if isinstance(value, NoNumber):
            self._report("source:not-a-number", f"{value} is no number of JSON", path, value)
            return _GONE
        if isinstance(value, str) and BAD.search(value):
            self._report("source:bad-text", "The text holds what is no text", path, value)
            return _GONE
        return value

    def _object(self, value: dict[str, Any], path: str) -> dict[str, Any]:
        for name, dropped in value.dropped if isinstance(value, Doubled) else ():
            message = f"The object has the member {shown(name)!r} twice; the last one counts"
            self._report("source:doubled-member", message, _below(path, name), dropped)
        made = {}
        for name, inner in value.items():
            found = self.value(inner, _below(path, name))
            if BAD.search(name):
                message = "The name of a member holds what is no text"
                self._report("source:bad-text", message, _below(path, name), inner)
            elif found is not _GONE:
                made[name] = found
        return made

    def _report(self, rule: str, message: str, path: str, value: object) -> None:
        text = value if isinstance(value, str) else dumps(value)
        self.reading.report(
            rule,
            f"{message}; it was set aside.",
            row=self.row,
            column=shown(path) or None,
            value=shown(text)[:200],
        )


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
