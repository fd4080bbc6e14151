"""Violations as files for others: a table, JSON, SARIF, a SHACL report, a page."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, astuple, dataclass, field
from typing import TYPE_CHECKING

import orjson

from ldt_graph.errors import SettingsError
from ldt_graph.model import VIOLATION_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ldt_graph.model import Version, Violation
    from ldt_graph.sources.cells import Files

__all__ = ["FORMATS", "Point", "Told", "write_report"]


@dataclass(frozen=True, slots=True)
class Point:
    """What was told of a version: how much was set aside, warned of, and waived."""

    number: int
    time: str
    violations: int
    warnings: int
    waived: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a report is about.

    Attributes:
        name: Of the twin, or of what was validated.
        violations: In their order.
        version: Where it is one of a record.
        files: Where the sources lie, if they are at hand: then cells are found to the character.
        trend: Of versions, oldest first.
    """

    name: str
    violations: Sequence[Violation]
    version: Version | None = None
    files: Files | None = None
    trend: tuple[Point, ...] = field(default=())


def write_report(form: str, told: Told) -> bytes:
    """Write a report in one of `FORMATS`.

    Raises:
        SettingsError: There is no such format.
    """
    if form not in FORMATS:
        raise SettingsError(
            f"There is no report format {form!r}.", hint=f"There are: {', '.join(FORMATS)}."
        )
    return FORMATS[form](told)


def _json(told: Told) -> bytes:
    return orjson.dumps([asdict(v) for v in told.violations], option=orjson.OPT_INDENT_2) + b"\n"


def _csv(told: Told) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(VIOLATION_COLUMNS)
    writer.writerows(astuple(v) for v in told.violations)
    return out.getvalue().encode()


def _sarif(told: Told) -> bytes:
    from ldt_graph.report.sarif import sarif

    return orjson.dumps(sarif(told)) + b"\n"


def _turtle(told: Told) -> bytes:
    from ldt_graph.report.shacl import report

    return report(told, "turtle")


def _jsonld(told: Told) -> bytes:
    from ldt_graph.report.shacl import report

    return report(told, "json-ld")


def _html(told: Told) -> bytes:
    from ldt_graph.report.page import page

    return page(told).encode()


FORMATS: dict[str, Callable[[Told], bytes]] = {
    "json": _json,
    "csv": _csv,
    "sarif": _sarif,
    "shacl": _turtle,
    "shacl-jsonld": _jsonld,
    "html": _html,
}
"""By name, what writes it."""
