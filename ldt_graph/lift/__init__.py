"""Lift tables to statements: RML mappings compiled to DuckDB SQL, every statement with its row and rule."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.lift.coverage import account
from ldt_graph.lift.keys import find_changed, keyed, only_touched
from ldt_graph.lift.parse import parse_mapping
from ldt_graph.lift.plan import plan
from ldt_graph.lift.project import project
from ldt_graph.lift.tables import Tables
from ldt_graph.lift.terms import MACROS
from ldt_graph.model import RULE_COLUMNS, append, run
from ldt_graph.namespaces import RDF_TYPE
from ldt_graph.sql import literal

if TYPE_CHECKING:
    from collections.abc import Mapping as Dict

    import duckdb

    from ldt_graph.lift.plan import Plan
    from ldt_graph.lift.values import Mapping
    from ldt_graph.model import SourceTable

__all__ = ["LiftReport", "lift", "parse_mapping"]

_SQL = {p.stem: p.read_text(encoding="utf-8") for p in sorted(Path(__file__).parent.glob("*.sql"))}


@dataclass(frozen=True, slots=True)
class LiftReport:
    """What came of a dataset.

    Attributes:
        rows: Rows read.
        moved: Whether some of them stand elsewhere than before.
    """

    rows: int
    moved: bool


def lift(
    con: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    tables: Dict[str, SourceTable],
    *,
    dataset: str,
    base: str,
    references: Dict[str, str] | None = None,
    separators: Dict[str, str] | None = None,
    keys: Dict[str, tuple[str, ...]] | None = None,
    changes: bool = False,
) -> LiftReport:
    """Bring the dataset's statements to what the mapping says of these tables; bad values go to `violations`.

    Statements come in the order of the rows, a row's statements together. Those that name an entity of the
    twin by its identifier (`<column>.iri`) go to `links`. What identifies each row goes to `source_rows`,
    what each branch reads to `rules`, and what the tables hold, used or not, to `coverage`. Linear in the rows, but for joins between triples maps.

    Args:
        con: The build's connection, with the tables of `model.create_tables`.
        mapping: What `parse_mapping` returned.
        tables: The dataset's tables by name.
        dataset: Its name.
        base: What relative IRIs and those of rules are resolved against; ends with `/`.
        references: Column → where the entities are looked for that it names.
        separators: Column → what stands between the names in its cells.
        keys: Table → columns that identify its rows, where the subject's don't.
        changes: The connection holds what was lifted of this dataset last, by the same mapping: only the rows
            whose key is new, gone or has other cells are lifted again. All of them are all the same where
            something was set aside, since that may depend on other rows.

    Raises:
        MappingError: The mapping asks for a table or column that is not there.
    """
    con.execute(MACROS)
    sources = Tables(tables, mapping)
    account(con, mapping, sources, dataset=dataset, keys=keys or {}, targets=references or {})
    used = keyed(con, mapping, sources, keys or {})
    held = find_changed(con, used, dataset)
    if changes:  # before anything new stands at the new places
        run(con, _SQL["moved"], {"dataset": dataset})
    made = _Lifting(con, mapping, sources, dataset, base, references or {}, separators or {})
    whole = not (changes and held) or _set_aside(con, dataset)
    if not whole:  # a second row of an entity is a matter of all rows
        whole = made.anew(only_touched(con, used), whole=False)
    if whole and made.anew(used, whole=True):
        run(con, _SQL["set_aside"], {"dataset": dataset})
    moved = con.execute("SELECT 1 FROM moved LIMIT 1").fetchone() is not None
    return LiftReport(sum(t.rows for t in used.values()), moved)


@dataclass(frozen=True, slots=True)
class _Lifting:
    """One dataset's lift."""

    con: duckdb.DuckDBPyConnection
    mapping: Mapping
    sources: Tables
    dataset: str
    base: str
    targets: Dict[str, str]
    separators: Dict[str, str]

    def anew(self, tables: Dict[str, SourceTable], *, whole: bool) -> bool:
        """Lift all rows, or those that a change touched; return whether several rows describe one entity."""
        known = self.sources.replaced(tables)
        projections = project(self.con, self.mapping, known, self.targets)
        plans = [
            plan(
                m,
                self.mapping,
                known,
                dataset=self.dataset,
                base=self.base,
                projections=projections,
                targets=self.targets,
            )
            for m in self.mapping.triples_maps
            if known.find(m.source) is not None
        ]
        joining = [r for made in plans for q in made.queries if q.joins for r in q.rules]
        run(self.con, _SQL["forget"], {"dataset": self.dataset, "whole": whole, "joining": joining})
        for made in plans:
            self._run(made)
        once = [m.name for m in self.mapping.triples_maps if not m.source.many_rows]
        values = {"dataset": self.dataset, "maps": once, "type": RDF_TYPE, "whole": whole}
        self.con.execute(_SQL["duplicates"], values)
        self.con.execute(_SQL["told"], {"dataset": self.dataset})
        return self.con.execute("SELECT 1 FROM duplicate LIMIT 1").fetchone() is not None

    def _run(self, made: Plan) -> None:
        for query in made.queries:
            sql = self._apart(query.sql) if query.into == "links" else query.sql
            self.con.execute(f"INSERT INTO {query.into} {sql}")
        for sql in made.violations:
            self.con.execute(f"INSERT INTO violations BY NAME {sql}")
        if made.rules:
            columns = zip(RULE_COLUMNS, zip(*made.rules, strict=True), strict=True)
            append(self.con, "rules", dict(columns))

    def _apart(self, sql: str) -> str:
        """Make a link of each of the names in a cell that lists several."""
        if not self.separators:
            return sql
        cases = " ".join(
            f"WHEN {literal(column)} THEN string_split(object, {literal(mark)})"
            for column, mark in self.separators.items()
        )
        names = f"list_transform(CASE object_column {cases} ELSE [object] END, lambda x: trim(x))"
        # A row says a thing once, in the order of its cell.
        kept = f"list_filter({names}, lambda x, i: x <> '' AND list_position({names}, x) = i)"
        return f"SELECT * REPLACE (unnest({kept}) AS object) FROM ({sql})"


def _set_aside(con: duckdb.DuckDBPyConnection, dataset: str) -> bool:
    """Whether the last lift of the dataset set a value or a row aside."""
    found = con.execute(
        "SELECT 1 FROM violations WHERE dataset = ? AND stage = 'lift' LIMIT 1", [dataset]
    ).fetchone()
    return found is not None
