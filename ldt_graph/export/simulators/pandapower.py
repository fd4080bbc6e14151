"""Write the power networks of a version as pandapower's JSON (pandapower 3 documentation, "Datastructure and Elements").

pandapower itself is not needed: its JSON is element tables as pandas writes them. What it lacks a column for stands in
columns of our own, which it keeps: `iri`, `class`, `dataset`, `source`, `row`, `autonomy_hours`, `assumed`; and in the
tables `ldt_needs` and `ldt_findings`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO

from ldt_graph.errors import QueryError
from ldt_graph.export.simulators.facts import read_facts
from ldt_graph.export.simulators.grid import Grid
from ldt_graph.export.simulators.pandapower_rows import ATTRIBUTES, Rows
from ldt_graph.export.simulators.report import Report
from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ldt_graph.export.simulators.facts import Facts, Source

VERSION = "3.0.0"
"""Of pandapower's format; newer ones bring it up to date as they read it."""
_TYPES = {
    **dict.fromkeys(
        ("in_service", "closed", "slack", "tap_at_star_point", "current_source"), "bool"
    ),
    **dict.fromkeys(
        ("bus", "from_bus", "to_bus", "hv_bus", "mv_bus", "lv_bus", "parallel", "element"), "int64"
    ),
    **dict.fromkeys(
        (
            "name",
            "std_type",
            "type",
            "zone",
            "geo",
            "et",
            "tap_side",
            "tap_changer_type",
            "iri",
            "class",
            "dataset",
        ),
        "object",
    ),
    **dict.fromkeys(("source", "row", "assumed", "label"), "object"),
}
_TEXTS = ("ldt_needs", "ldt_findings")


def write_pandapower(source: Source, out: BinaryIO, *, name: str) -> Report:
    """Write the power networks among `statements` as JSON. See `export_network`.

    Raises:
        QueryError: Nothing in them conducts electricity.
    """
    report = Report("pandapower")
    facts = read_facts(
        source,
        LDT.Electricity,
        domain="energy",
        attributes=ATTRIBUTES,
        classes=(LDT.EnergyAsset,),
    )
    if not facts.joints:
        raise QueryError(
            "The twin has no power network: nothing conducts electricity.",
            hint="`ldt count --by type` lists what it holds.",
        )
    rows = Rows(Grid(facts, report), report)
    tables = rows.tables()
    report.written = {table: len(found) for table, found in tables.items()}
    tables |= {"ldt_needs": _needs(facts), "ldt_findings": _findings(report)}
    net = {
        "_module": "pandapower.auxiliary",
        "_class": "pandapowerNet",
        "_object": {
            **{table: _frame(table, found) for table, found in tables.items() if found},
            "version": VERSION,
            "format_version": VERSION,
            "name": name,
            "f_hz": 50.0,
            "sn_mva": 1.0,
        },
    }
    out.write(json.dumps(net, ensure_ascii=False, allow_nan=False).encode())
    return report


def _frame(table: str, rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Return a table as pandas writes one in the orientation `split`."""
    columns = list(dict.fromkeys(c for row in rows for c in row))
    body = {
        "columns": columns,
        "index": list(range(len(rows))),
        "data": [[row.get(c) for c in columns] for row in rows],
    }
    default = "object" if table in _TEXTS else "float64"
    own = {} if table in _TEXTS else _TYPES
    return {
        "_module": "pandas.core.frame",
        "_class": "DataFrame",
        "_object": json.dumps(body, ensure_ascii=False, allow_nan=False),
        "orient": "split",
        "dtype": {c: own.get(c, default) for c in columns},
        "is_multiindex": False,
        "is_multicolumn": False,
    }


def _needs(facts: Facts) -> list[dict[str, object]]:
    """Return who needs whom, as rows of text: groups with how many of their members must work."""
    return [
        {
            "dependent": need.dependent,
            "relation": need.relation,
            "supplier": need.supplier,
            "group": need.group,
            "required": None if need.required is None else str(need.required),
            "source": need.source,
            "row": None if need.row is None else str(need.row),
        }
        for need in facts.needs
    ]


def _findings(report: Report) -> list[dict[str, object]]:
    return [
        {
            "kind": f.kind,
            "what": f.what,
            "value": f.value,
            "why": f.why,
            "count": str(f.count),
            "first": f.first,
        }
        for f in report.findings
    ]
