"""The path of data on one screen: sources → lift → validate → reason → record."""

from __future__ import annotations

import resource
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from ldt_graph import assets
from ldt_graph.errors import InvalidData, Place
from ldt_graph.lift import lift, parse_mapping
from ldt_graph.model import ONTOLOGY, create_tables
from ldt_graph.namespaces import IDENTIFIER
from ldt_graph.ontology import Ontology
from ldt_graph.reason import reason
from ldt_graph.record import Record
from ldt_graph.settings import Settings
from ldt_graph.sources import open_dataset, resolve_references
from ldt_graph.validate import check_references, validate

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from ldt_graph.model import Dataset, SourceTable, Version
    from ldt_graph.twin import Twin


@dataclass(frozen=True, slots=True)
class DatasetReport:
    """What came of one dataset."""

    name: str
    rows: int
    statements: int
    entities: int
    set_aside: int
    warnings: int


@dataclass
class BuildReport:
    """What came of a build: the version, each dataset's counts, seconds and peak memory (bytes) by stage."""

    version: Version | None = None
    changed: bool = True
    datasets: list[DatasetReport] = field(default_factory=list)
    inferred: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    peak_memory: dict[str, int] = field(default_factory=dict)

    @property
    def set_aside(self) -> int:
        """Rows, values and entities set aside, over all datasets."""
        return sum(d.set_aside for d in self.datasets)

    def document(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {**asdict(self), "setAside": self.set_aside}


def build(
    twin: Twin,
    *,
    data_root: Path | None = None,
    strict: bool = False,
    settings: Settings | None = None,
    progress: Callable[[str, str], None] = lambda stage, what: None,
) -> BuildReport:
    """Build a version of the twin and record it; the version before answers until the new one is whole.

    Args:
        twin: What `load_twin` returned.
        data_root: Where the sources lie, if not in the twin's data folder.
        strict: Stop at the first thing that would be set aside.
        settings: Memory and threads; from the environment unless given.
        progress: Called with the stage and the dataset as each begins.

    Raises:
        LdtError: What the stages raise; `BuildInProgress` if another build holds the record.
    """
    record, report = Record(twin.record), BuildReport()
    with record.building(), connect(settings or Settings.from_environment()) as con:
        ontology = Ontology.parse([*assets.ontology_files(), *twin.ontology])
        create_tables(con)
        con.execute("CREATE TABLE identifiers (dataset VARCHAR, identifier VARCHAR, iri VARCHAR)")
        counts = {}
        for dataset in twin.datasets:
            with _stage(report, "sources", dataset.name, progress):
                tables = open_dataset(con, dataset, data_root or twin.data)
                tables = resolve_references(con, tables, dataset)
            with _stage(report, "lift", dataset.name, progress):
                counts[dataset.name] = _lift(con, twin, dataset, tables)
            _refuse_if_strict(con, dataset, strict=strict)
        for dataset in twin.datasets:
            with _stage(report, "validate", dataset.name, progress):
                validate(con, twin.shapes(dataset), ontology, dataset=dataset.name, strict=strict)
        with _stage(report, "validate", "references", progress):
            check_references(con, ontology, base=twin.base)
            for dataset in twin.datasets:
                _refuse_if_strict(con, dataset, strict=strict)
        with _stage(report, "reason", "", progress):
            report.inferred = reason(con, ontology).inferred
        with _stage(report, "record", "", progress):
            report.datasets = _reports(con, twin, counts)
            keep_ontology(con, ontology)
            before = record.newest() if record.exists else None
            said = {
                "name": twin.name,
                "base": twin.base,
                "datasets": [asdict(d) for d in report.datasets],
            }
            report.version = record.commit(con, said)
            report.changed = report.version.number != before
    return report


def _lift(
    con: duckdb.DuckDBPyConnection, twin: Twin, dataset: Dataset, tables: dict[str, SourceTable]
) -> int:
    """Lift a dataset's tables, which then go; keep its identifiers for the references of others. Return its rows."""
    mapping, base = parse_mapping(twin.mapping(dataset)), f"{twin.base}{dataset.name}/"
    rows = lift(con, mapping, tables, dataset=dataset.name, base=base).rows
    for table in tables.values():
        con.execute(f"DROP TABLE IF EXISTS {table.relation}")
    con.execute(
        "INSERT INTO identifiers SELECT DISTINCT dataset, object, subject FROM statements WHERE dataset = ? AND predicate = ?",
        [dataset.name, IDENTIFIER],
    )
    return rows


@contextmanager
def connect(settings: Settings) -> Generator[duckdb.DuckDBPyConnection]:
    """Open the build's one DuckDB connection: bounded memory, nothing fetched from anywhere."""
    con = duckdb.connect()
    try:
        con.execute(
            "SET autoinstall_known_extensions = false; SET autoload_known_extensions = false"
        )
        con.execute("SET memory_limit = ?", [settings.memory])
        if settings.threads:
            con.execute("SET threads = ?", [settings.threads])
        yield con
    finally:
        con.close()


@contextmanager
def _stage(
    report: BuildReport, stage: str, what: str, progress: Callable[[str, str], None]
) -> Generator[None]:
    progress(stage, what)
    start = time.perf_counter()
    yield
    report.seconds[stage] = report.seconds.get(stage, 0.0) + time.perf_counter() - start
    unit = 1 if sys.platform == "darwin" else 1024
    report.peak_memory[stage] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _refuse_if_strict(con: duckdb.DuckDBPyConnection, dataset: Dataset, *, strict: bool) -> None:
    found = (
        strict
        and con.execute(
            "SELECT source, row, \"column\", message FROM violations WHERE severity = 'violation' AND dataset = ? "
            "ORDER BY source, row LIMIT 1",
            [dataset.name],
        ).fetchone()
    )
    if found:
        source, row, column, message = found
        raise InvalidData(
            message,
            place=Place(source or dataset.name, row, column),
            hint="Mend the data, or build without --strict.",
        )


def _reports(
    con: duckdb.DuckDBPyConnection, twin: Twin, rows: dict[str, int]
) -> list[DatasetReport]:
    counts = {
        name: (statements, entities)
        for name, statements, entities in con.execute(
            "SELECT dataset, count(*), count(DISTINCT subject) FROM statements WHERE origin = 'observed' GROUP BY 1"
        ).fetchall()
    }
    faults = {
        name: (bad, warned)
        for name, bad, warned in con.execute(
            "SELECT dataset, count(*) FILTER (severity = 'violation'), count(*) FILTER (severity = 'warning') "
            "FROM violations GROUP BY 1"
        ).fetchall()
    }
    return [
        DatasetReport(
            d.name, rows[d.name], *counts.get(d.name, (0, 0)), *faults.get(d.name, (0, 0))
        )
        for d in twin.datasets
    ]


def keep_ontology(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> None:
    """Record the ontology with the statements, so that a version explains itself."""
    names = ("subject", "predicate", "object", "kind", "datatype", "lang")
    columns = zip(*ontology.triples, strict=True) if ontology.triples else ((),) * len(names)
    table = pa.table({n: pa.array(c, pa.string()) for n, c in zip(names, columns, strict=True)})
    con.register("_triples", table)
    con.execute(
        "INSERT INTO statements SELECT ?, *, 'observed', NULL, 'ontology', NULL, NULL, 0 FROM _triples",
        [ONTOLOGY],
    )
    con.unregister("_triples")
