"""One page that needs nothing but itself: counts, trend, a list to filter, and each bad cell among its neighbours."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections import Counter
from html import escape
from pathlib import Path, PurePosixPath
from string import Template
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ldt_graph.model import Violation
    from ldt_graph.report import Point, Told
    from ldt_graph.sources.cells import Cell, Files, SourceText

_HERE = Path(__file__).parent
_AROUND = 3
_LONGEST = 400
_MOST = 25
_SHOWN = (
    "severity", "dataset", "source", "row", "column", "rule", "value", "expected", "fix", "confidence", "message", "stage",
    "subject", "key", "path", "waived",
)  # fmt: skip


def page(told: Told) -> str:
    """Return the page. It asks for nothing: its own policy forbids it. 10,000 violations take about half a megabyte."""
    template = Template((_HERE / "page.html").read_text(encoding="utf-8"))
    script = (_HERE / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return template.substitute(
        name=escape(told.name),
        when=escape(_when(told)),
        totals=_totals(told.violations),
        counts="".join(_counts(told.violations)),
        trend=_trend(told.trend),
        style=(_HERE / "page.css").read_text(encoding="utf-8"),
        script=script,
        hash=digest,
        data=_packed(_data(told)),
    )


def _when(told: Told) -> str:
    return (
        f"Version {told.version.number}, built {told.version.time}"
        if told.version
        else "Validated without a record"
    )


def _totals(violations: Sequence[Violation]) -> str:
    waived = sum(v.waived is not None for v in violations)
    bad = sum(v.severity == "violation" and v.waived is None for v in violations)
    fixed = sum(v.fix is not None for v in violations)
    parts = (
        (bad, "violations: set aside"),
        (len(violations) - bad - waived, "warnings: kept"),
        (waived, "waived: taken as they are"),
        (fixed, "with a suggested fix"),
    )
    return "".join(f"<li><strong>{n:,}</strong> {words}</li>" for n, words in parts)


# ── counts ───────────────────────────────────────────────────────────────────────────────────────


def _counts(violations: Sequence[Violation]) -> Iterable[str]:
    yield _count("Dataset", "dataset", violations, (v.dataset for v in violations))
    yield _count("Provider (file)", "source", violations, (v.source or "" for v in violations))
    yield _count("Field", "column", violations, (v.column or "" for v in violations))
    yield _count("Shape or rule", "rule", violations, (v.rule for v in violations))


def _count(title: str, field: str, violations: Sequence[Violation], names: Iterable[str]) -> str:
    bad: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for name, violation in zip(names, violations, strict=True):
        every[name] += 1
        bad[name] += violation.severity == "violation" and violation.waived is None
    ranked = sorted(every, key=lambda n: (-bad[n], -every[n], n))
    rows = "".join(
        f'<tr><th scope="row">{_pick(field, n)}</th><td>{bad[n]:,}</td><td>{every[n] - bad[n]:,}</td></tr>'
        for n in ranked[:_MOST]
    )
    more = len(ranked) - _MOST
    note = f"<p>… and {more:,} more, which the list below filters by.</p>" if more > 0 else ""
    return (
        f"<section><h3>{escape(title)}</h3><div class=scroll tabindex=0 role=region aria-label='{escape(title)}'><table><thead><tr>"
        f'<th scope="col">{escape(title)}</th><th scope="col">Violations</th><th scope="col">Others</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{note}</section>"
    )


def _pick(field: str, name: str) -> str:
    if not name:
        return "<span>(none)</span>"
    shown = name if field != "source" else str(PurePosixPath(name))
    return f'<button type="button" class="pick" data-field="{field}" data-value="{escape(name)}">{escape(shown)}</button>'


def _trend(points: Sequence[Point]) -> str:
    if len(points) < 2:
        return "<p>There is one version so far: the trend begins with the next.</p>"
    most = max(1, *(p.violations + p.warnings for p in points))
    rows = "".join(
        f'<tr><th scope="row">{p.number}</th><td>{escape(p.time[:16].replace("T", " "))}</td><td>{p.violations:,}</td>'
        f"<td>{p.warnings:,}</td><td>{p.waived:,}</td><td class=bar aria-hidden=true><svg width=120 height=12>"
        f'<rect class=bad width="{120 * p.violations / most:.1f}" height=12 /><rect class=odd x="{120 * p.violations / most:.1f}" '
        f'width="{120 * p.warnings / most:.1f}" height=12 /></svg></td></tr>'
        for p in points
    )
    heads = "".join(
        f'<th scope="col">{h}</th>'
        for h in ("Version", "Built (UTC)", "Violations", "Warnings", "Waived")
    )
    return (
        f"<div class=scroll tabindex=0 role=region aria-label='Versions'><table><thead><tr>{heads}<td></td></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


# ── data ─────────────────────────────────────────────────────────────────────────────────────────


def _data(told: Told) -> dict[str, Any]:
    """Return what the list is made of: columns, and the lines of the files that it shows, each once."""
    lines: dict[str, dict[int, str]] = {}
    marks = [_excerpt(v, told.files, lines) for v in told.violations]
    columns = {name: [getattr(v, name) for v in told.violations] for name in _SHOWN}
    return {"columns": columns, "marks": marks, "lines": lines, "around": _AROUND}


def _excerpt(
    violation: Violation, files: Files | None, lines: dict[str, dict[int, str]]
) -> list[int] | None:
    """Keep the lines about a cell; return its line, and the characters to be marked in it, from 0."""
    found = files.cell(violation) if files else None
    source = found[0] if found else files.of(violation.dataset, violation.source) if files else None
    line = found[1].line if found else files.line(violation) if files else None
    if source is None or line is None or not 0 < line <= source.lines or violation.source is None:
        return None
    kept = lines.setdefault(violation.source, {})
    near = range(max(1, line - _AROUND), min(source.lines, line + _AROUND) + 1)
    for number in {1, *near} if source.format in ("csv", "tsv", "gtfs") else near:
        if number not in kept:
            kept[number] = source.line(number)[:_LONGEST]
    return _marked(kept, source, line, found[1] if found else None)


def _marked(kept: dict[int, str], source: SourceText, line: int, cell: Cell | None) -> list[int]:
    """Return line, begin and end of the mark; of a long line keep the part about the cell."""
    if cell is None:
        return [line, 0, 0]
    begin, end = cell.column - 1, cell.last - 1
    if end > _LONGEST:
        whole = source.line(line)
        start = max(0, begin - 100)
        kept[line] = "…" + whole[start : start + _LONGEST]
        begin, end = begin - start + 1, end - start + 1
    return [line, begin, min(end, _LONGEST + 1)]


def _packed(value: Any) -> str:  # noqa: ANN401  (JSON)
    """Write JSON as the browser unpacks it: raw deflate (RFC 1951) in base64."""
    data = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return base64.b64encode(packer.compress(data) + packer.flush()).decode()
