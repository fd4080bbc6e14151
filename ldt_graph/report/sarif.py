"""SARIF 2.1.0 (OASIS, errata 01): each violation a result at its line and characters, with its fix and its waiver."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ldt_graph import __version__

if TYPE_CHECKING:
    from ldt_graph.model import Violation
    from ldt_graph.report import Told
    from ldt_graph.sources.cells import Files

    Rules = dict[str, tuple[int, dict[str, Any]]]

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_BASE = "DATA"
_SURE = 0.9
_KEPT = ("dataset", "stage", "column", "value", "expected", "key", "path", "component")
_OF_A_RULE = ("stage", "expected", "path", "component")
"""What a rule's first result says, later ones say only where they say something else."""


def sarif(told: Told) -> dict[str, Any]:
    """Return a SARIF log of one run, as JSON values. Columns are counted in Unicode characters from 1."""
    rules: Rules = {}
    results = [_result(v, told.files, rules) for v in told.violations]
    driver = {
        "name": "ldt-graph",
        "version": __version__,
        "rules": [rule for _, rule in rules.values()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            _BASE: {"description": {"text": f"The data folder of {told.name}."}}
        },
        "results": results,
    }
    if told.version is not None:
        run["properties"] = {"version": told.version.number, "builtAt": told.version.time}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _location(file: str) -> dict[str, Any]:
    return {"uri": quote(file), "uriBaseId": _BASE}


def _rule(violation: Violation) -> dict[str, Any]:
    said = {n: value for n in _OF_A_RULE if (value := getattr(violation, n)) is not None}
    return {"id": violation.rule, "properties": said}


def _result(violation: Violation, files: Files | None, rules: Rules) -> dict[str, Any]:
    v = violation
    number, rule = rules.setdefault(v.rule, (len(rules), _rule(v)))
    own = {n: getattr(v, n) for n in _KEPT}
    made: dict[str, Any] = {
        "ruleId": v.rule,
        "ruleIndex": number,
        "level": "error" if v.severity == "violation" else "warning",
        "message": {"text": v.message},
        "partialFingerprints": {"ldtCell/v1": _fingerprint(v)},
        "properties": {n: o for n, o in own.items() if o != rule["properties"].get(n)},
    }
    region = _region(v, files)
    if v.source is not None:
        place = {"artifactLocation": _location(v.source)}
        where: dict[str, Any] = {"physicalLocation": place}
        if region:
            where["physicalLocation"]["region"] = region
        if v.subject:
            where["logicalLocations"] = [{"fullyQualifiedName": v.subject, "kind": "resource"}]
        made["locations"] = [where]
    if v.waived is not None:
        made["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": v.waived}
        ]
    if v.fix is not None:
        made["properties"] |= {"fix": v.fix, "confidence": v.confidence}
        if "startColumn" in region and region["snippet"]["text"] == v.value and v.source:
            made["fixes"] = [_fix(v, region)]
    return made


def _fix(violation: Violation, region: dict[str, Any]) -> dict[str, Any]:
    place = {k: n for k, n in region.items() if k != "snippet"}
    sure = "" if (violation.confidence or 0) >= _SURE else " (not sure)"
    change = {"deletedRegion": place, "insertedContent": {"text": violation.fix}}
    return {
        "description": {
            "text": f"{violation.column or 'The cell'} should say {violation.fix}{sure}."
        },
        "artifactChanges": [
            {"artifactLocation": _location(violation.source or ""), "replacements": [change]}
        ],
    }


def _region(violation: Violation, files: Files | None) -> dict[str, Any]:
    """Return where it stands: the cell's characters where they are known, else its line."""
    found = files.cell(violation) if files else None
    if found:
        _, cell = found
        text = found[0].text[cell.start : min(cell.end, cell.start + cell.last - cell.column)]
        return {
            "startLine": cell.line,
            "startColumn": cell.column,
            "endColumn": cell.last,
            "snippet": {"text": text[:200]},
        }
    line = violation.line or (files.line(violation) if files else violation.row)
    return {"startLine": line} if line else {}


def _fingerprint(violation: Violation) -> str:
    """Name a violation so that it is the same one when its row moves: by rule, key, column and value."""
    v = violation
    said = (v.dataset, v.rule, v.key or v.subject or f"{v.source}:{v.row}", v.column, v.value)
    return hashlib.sha256("\0".join(str(s) for s in said).encode()).hexdigest()[:32]
