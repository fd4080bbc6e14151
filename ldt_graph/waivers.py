"""Waivers: violations that twin.toml takes as they are, each with its reason; marked and counted, never left out."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.model import TWIN, Violation, run, tell

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import duckdb

_SQL = {
    p.stem.removeprefix("waivers_"): p.read_text(encoding="utf-8")
    for p in sorted(Path(__file__).parent.glob("waivers_*.sql"))
}
_TABLE = (
    "CREATE OR REPLACE TEMP TABLE waiver (id INTEGER, reason VARCHAR, dataset VARCHAR, shape VARCHAR, key VARCHAR, "
    '"column" VARCHAR, until DATE, line INTEGER, holds BOOLEAN)'
)


@dataclass(frozen=True, slots=True)
class Waiver:
    """What twin.toml says of violations that it takes as they are. Patterns know `*`, `?` and `[…]`; None fits any.

    Attributes:
        reason: Why.
        dataset: Pattern of the dataset.
        shape: Pattern of the rule: a shape's name as reports cite it, or a code such as `lift:datatype`.
        key: Pattern of the row's key, with or without its table, or of the entity's IRI or identifier.
        column: Pattern of the column.
        until: The last day on which it holds.
        line: In twin.toml.
    """

    reason: str
    dataset: str | None = None
    shape: str | None = None
    key: str | None = None
    column: str | None = None
    until: date | None = None
    line: int | None = None

    def holds(self, today: date) -> bool:
        """Whether it still holds on a day."""
        return self.until is None or today <= self.until


def prepare(con: duckdb.DuckDBPyConnection, waivers: Sequence[Waiver], today: date) -> None:
    """Tell a connection which waivers there are, for `mark` and `report`."""
    con.execute(_TABLE)
    for number, waiver in enumerate(waivers):
        con.execute(
            f"INSERT INTO waiver VALUES ({', '.join('?' * 9)})",
            [number, *astuple(waiver), waiver.holds(today)],
        )


def mark(con: duckdb.DuckDBPyConnection) -> None:
    """Mark each violation that a waiver fits with the first one's reason, and take old marks away.

    Cost: the violations times the waivers. Without `prepare` there are none.
    """
    con.execute(_TABLE.replace("CREATE OR REPLACE TEMP TABLE", "CREATE TEMP TABLE IF NOT EXISTS"))
    con.execute("UPDATE violations SET waived = NULL WHERE waived IS NOT NULL")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE fitting (violation BIGINT, waiver INTEGER, reason VARCHAR)"
    )
    if con.execute("SELECT 1 FROM waiver LIMIT 1").fetchone():
        run(con, _SQL["mark"])


def report(con: duckdb.DuckDBPyConnection) -> None:
    """Warn of waivers that are over, and of those that fit nothing."""
    con.execute("DELETE FROM violations WHERE stage = 'waiver'")
    rows = con.execute(_SQL["report"]).fetchall()
    if rows:
        names = ("dataset", "line", "until", "matched", "says")
        _tell(con, [dict(zip(names, r, strict=True)) for r in rows])


def _tell(con: duckdb.DuckDBPyConnection, found: Sequence[dict[str, object]]) -> None:
    lines = []
    for one in found:
        over = one["until"] is not None
        rule = "waiver:expired" if over else "waiver:unmatched"
        message = (
            f"The waiver of {one['says']} held until {one['until']}: what it waived counts again."
            if over
            else f"The waiver of {one['says']} fits no violation: take it away, or mend its patterns."
        )
        lines.append(
            Violation(
                str(one["dataset"] or TWIN),
                "waiver",
                "warning",
                rule,
                None,
                "twin.toml",
                one["line"],  # ty: ignore[invalid-argument-type]
                "waive",
                str(one["says"]),
                message,
            )
        )
    tell(con, lines)
