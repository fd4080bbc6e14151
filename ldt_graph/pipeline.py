"""The path of data on one screen: sources → lift → link → validate → reason → record."""

from __future__ import annotations

import resource
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ldt_graph import assets, waivers
from ldt_graph.account import DatasetReport, coverage, refuse_unused, report_unmatched
from ldt_graph.change import Change, MadeOf
from ldt_graph.errors import InvalidData, OntologyError, Place
from ldt_graph.model import ONTOLOGY, Violation, append, tell
from ldt_graph.record import Record
from ldt_graph.settings import Settings
from ldt_graph.sources import fingerprint
from ldt_graph.twin import FILE, STRICT
from ldt_graph.workspace import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    import duckdb

    from ldt_graph.axioms import Unread
    from ldt_graph.model import Dataset, Version
    from ldt_graph.ontology import Ontology
    from ldt_graph.twin import Twin
    from ldt_graph.workspace import Workspace

    Progress = Callable[[str, str], None]


_MOST = 5
"""Lines about the ontology that a build's summary has."""


@dataclass
class BuildReport:
    """What came of a build: the version, each dataset's counts; by stage seconds, CPU seconds and peak memory (bytes).

    Attributes:
        changed: Whether there is a version that was not there before.
        inferred: Statements that follow from the others.
        mended: What was damaged in the record and set aside or made anew, in sentences.
        ontology: What is doubtful about the ontology, in sentences.
        extent: By what positions are judged, where twin.toml does not say; None: it does, or there are none.
    """

    version: Version | None = None
    changed: bool = True
    datasets: list[DatasetReport] = field(default_factory=list)
    inferred: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    cpu_seconds: dict[str, float] = field(default_factory=dict)
    mended: list[str] = field(default_factory=list)
    ontology: list[str] = field(default_factory=list)
    extent: str | None = None
    peak_memory: dict[str, int] = field(default_factory=dict)

    @property
    def set_aside(self) -> int:
        """Rows, values and entities set aside, over all datasets."""
        return sum(d.set_aside for d in self.datasets)

    @property
    def waived(self) -> int:
        """Violations and warnings that twin.toml takes as they are."""
        return sum(d.waived for d in self.datasets)

    def document(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {**asdict(self), "setAside": self.set_aside, "waived": self.waived}


def build(
    twin: Twin,
    *,
    data_root: Path | None = None,
    strict: bool = False,
    strict_coverage: bool = False,
    settings: Settings | None = None,
    progress: Progress = lambda stage, what: None,
    today: date | None = None,
) -> BuildReport:
    """Build a version of the twin and record it; the version before answers until the new one is whole.

    Only what changed since the newest version is built again: sources with other bytes are read, of these the
    rows with other cells are lifted, and what they touch is validated. Where nothing changed, no stage runs.

    Args:
        twin: What `load_twin` returned.
        data_root: Where the sources lie, if not in the twin's data folder.
        strict: Stop at the first thing that would be set aside.
        strict_coverage: Record nothing where a source holds what nothing uses, unless twin.toml leaves it out.
        settings: Memory and threads; from the environment unless given.
        progress: Called with the stage and the dataset as each begins.
        today: The day on which waivers hold or don't; today in UTC unless given.

    Raises:
        LdtError: What the stages raise; `BuildInProgress` if another build holds the record.
    """
    settings = settings or Settings.from_environment()
    record, root = Record(twin.record), data_root or twin.data
    with record.building():
        version = record.version() if record.exists else None
        said = record.metadata(version) if version else {}
        today = today or datetime.now(UTC).date()
        made_of = MadeOf.of(twin, root, fingerprint, today)
        damaged = record.damaged(version) if version else ()
        change = made_of.since(None if damaged else MadeOf.from_document(said.get("madeOf")))
        before = [DatasetReport.from_document(d) for d in said.get("datasets", ())]
        if change is None and not (strict and any(d.set_aside for d in before)):
            report = _as_it_is(version, before, said, strict_coverage=strict_coverage)
        else:
            with connect(settings) as con:
                waivers.prepare(con, twin.waivers, today)
                report = _Build(
                    *(con, twin, root, record, change or Change(), progress, settings),
                    strict=strict,
                    strict_coverage=strict_coverage,
                ).run(version, before, made_of)
        anew = [f"Files of {d} were damaged; they are made anew." for d in sorted(damaged)]
        report.mended = [*record.mended, *anew]
        return report


def _as_it_is(
    version: Version | None,
    datasets: list[DatasetReport],
    said: Mapping[str, Any],
    *,
    strict_coverage: bool,
) -> BuildReport:
    """Return the report of a version that stays, from what is recorded of it."""
    if strict_coverage:
        refuse_unused(datasets)
    report = BuildReport(version, False, datasets, said["inferred"])
    report.ontology, report.extent = said.get("ontology", []), said.get("extent")
    return report


@dataclass
class _Build:
    """One build: the stages in their order, over one connection."""

    con: duckdb.DuckDBPyConnection
    twin: Twin
    root: Path
    record: Record
    change: Change
    progress: Progress
    settings: Settings
    strict: bool
    strict_coverage: bool
    report: BuildReport = field(default_factory=BuildReport)

    def run(
        self, before: Version | None, reports: Sequence[DatasetReport], made_of: MadeOf
    ) -> BuildReport:
        # The engines are loaded here, so that a build that has nothing to do is over before.
        from ldt_graph.axioms import unread
        from ldt_graph.link import link
        from ldt_graph.ontology import Ontology
        from ldt_graph.workspace import Workspace

        con, twin, change = self.con, self.twin, self.change
        with self._stage("record"):
            files = [*assets.ontology_files(), *twin.ontology]
            ontology = Ontology.parse(files)
            doubts = self._doubts(ontology) if change.meaning else None
            work = Workspace.open(con, self.record, None if change.anew else before, change)
            report_axioms(con, unread(files, ontology), doubts)
        for dataset in twin.datasets:
            if dataset.name in change.read:
                self._lift(dataset, ontology, work)
        self._refuse_if_strict()
        with self._stage("link"):
            link(con, twin.datasets, ontology, changes=not change.judge_all)
        self._judge(ontology, work)
        with self._stage("reason"):  # any key may have others among what follows from it
            changed = work.changed()
        with self._stage("record"):
            self._record(before, reports, made_of, changed, work.side)
        return self.report

    def _doubts(self, ontology: Ontology) -> Sequence[str]:
        """Ask HermiT about an ontology of the twin's own, where it is installed; return the classes that nothing can be of.

        Raises:
            OntologyError: It is inconsistent.
        """
        from ldt_graph.consistency import available, judge

        if not (self.twin.ontology and available()):
            return ()
        self.progress("ontology", "")
        verdict = judge(ontology, explain=False)
        if not verdict.consistent:
            raise OntologyError(
                "The ontology is inconsistent: nothing can be as it says.",
                place=Place(FILE),
                hint=f"`ldt ontology check {self.twin.folder}` names the axioms that contradict each other.",
            )
        return verdict.unsatisfiable

    def _lift(self, dataset: Dataset, ontology: Ontology, work: Workspace) -> None:
        from ldt_graph.lift import lift, parse_mapping
        from ldt_graph.sources import open_dataset

        with self._stage("sources", dataset.name):
            contexts = self.twin.contexts
            tables = open_dataset(self.con, dataset, self.root, ontology.units, contexts)
        with self._stage("lift", dataset.name):
            report = lift(
                self.con,
                parse_mapping(self.twin.mapping(dataset)),
                tables,
                dataset=dataset.name,
                base=f"{self.twin.base}{dataset.name}/",
                references=dataset.references,
                separators=dataset.separators,
                keys=dataset.keys,
                changes=dataset.name in self.change.edited,
            )
            if report.moved:
                work.note_moved(dataset.name)
            report_unmatched(self.con, dataset)

    def _judge(self, ontology: Ontology, work: Workspace) -> None:
        """Say what is wrong with the statements, set aside what must be, and infer what follows from the rest."""
        from ldt_graph import validate as judge
        from ldt_graph.reason import reason
        from ldt_graph.repair import repair
        from ldt_graph.sources import locate

        con, twin = self.con, self.twin
        with self._stage("validate"):
            # What a reader says of an attribute of its own dataset has a name there, and needs no ontology's.
            own = [f"{twin.base}{d.name}/attribute/" for d in twin.datasets]
            judge.check_terms(con, ontology, [*twin.vocabularies, *own])
            shapes = {d.name: twin.shapes(d) for d in twin.datasets}
            extent, self.report.extent = judge.validate(
                con,
                shapes,
                ontology,
                touched=work.touched(),
                extent=twin.extent,
                strict=twin.profile == STRICT,
                settings=self.settings,
            ).judged
            judge.check_references(con, ontology, base=twin.base)
            judge.note_gaps(con, ontology)
        self._refuse_if_strict()
        with self._stage("reason"):
            self.report.inferred = reason(con, ontology).inferred
            judge.check_groups(con, ontology)
            judge.check_overlaps(con, ontology)
            judge.check_axioms(con, ontology)
            repair(con, shapes, ontology, twin.datasets, base=twin.base, extent=extent)
            for dataset in twin.datasets:
                locate(con, dataset, self.root)
            judge.tell_once(con)
            waivers.mark(con)
            waivers.report(con)
            keep_ontology(con, ontology)

    def _record(
        self,
        before: Version | None,
        reports: Sequence[DatasetReport],
        made_of: MadeOf,
        changed: str | None,
        side: Mapping[str, str],
    ) -> None:
        report, read = self.report, self.change.read
        report.datasets = _reports(self.con, self.twin, [d for d in reports if d.name not in read])
        report.ontology = _of_ontology(self.con)
        if self.strict_coverage:
            refuse_unused(report.datasets)
        told = self._said(made_of)
        report.version = self.record.commit(self.con, told, changed=changed, side=side)
        report.changed = report.version != before

    def _said(self, made_of: MadeOf) -> dict[str, Any]:
        return {
            "name": self.twin.name,
            "base": self.twin.base,
            "datasets": [asdict(d) for d in self.report.datasets],
            "inferred": self.report.inferred,
            "ontology": self.report.ontology,
            "extent": self.report.extent,
            "madeOf": made_of.document(),
        }

    @contextmanager
    def _stage(self, stage: str, what: str = "") -> Generator[None]:
        self.progress(stage, what)
        report, wall, cpu = self.report, time.perf_counter(), time.process_time()
        yield
        report.seconds[stage] = report.seconds.get(stage, 0.0) + time.perf_counter() - wall
        report.cpu_seconds[stage] = report.cpu_seconds.get(stage, 0.0) + time.process_time() - cpu
        unit = 1 if sys.platform == "darwin" else 1024
        report.peak_memory[stage] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

    def _refuse_if_strict(self) -> None:
        waivers.mark(self.con)
        found = (
            self.strict
            and self.con.execute(
                "SELECT dataset, source, row, \"column\", message FROM violations WHERE severity = 'violation' AND waived IS NULL "
                "ORDER BY dataset, source, row LIMIT 1"
            ).fetchone()
        )
        if found:
            dataset, source, row, column, message = found
            raise InvalidData(
                message,
                place=Place(source or dataset, row, column),
                hint="Mend the data, or build without --strict.",
            )


def _reports(
    con: duckdb.DuckDBPyConnection, twin: Twin, unread: Sequence[DatasetReport]
) -> list[DatasetReport]:
    """Count what came of each dataset; of those that were not read (`unread`), rows and account are as they were."""

    def counted(sql: str) -> dict[str, tuple[int, ...]]:
        return {name: tuple(counts) for name, *counts in con.execute(sql).fetchall()}

    read = counted("SELECT dataset, count(*) FROM source_rows GROUP BY 1")
    rows = {**{d.name: (d.rows,) for d in unread}, **read}
    accounts = {**{d.name: d.coverage for d in unread}, **coverage(con, twin.datasets)}
    made = counted(
        "SELECT dataset, count(*), count(DISTINCT subject) FROM statements WHERE origin = 'observed' GROUP BY 1"
    )
    faults = counted(
        "SELECT dataset, count(*) FILTER (severity = 'violation' AND waived IS NULL), "
        "count(*) FILTER (severity = 'warning' AND waived IS NULL), count(waived) FROM violations GROUP BY 1"
    )
    return [
        DatasetReport(
            d.name,
            *rows.get(d.name, (0,)),
            *made.get(d.name, (0, 0)),
            *faults.get(d.name, (0, 0, 0))[:2],
            coverage=accounts.get(d.name, ()),
            waived=faults.get(d.name, (0, 0, 0))[2],
        )
        for d in twin.datasets
    ]


def _of_ontology(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Say what is doubtful about the ontology: a few lines, and how many more there are."""
    lines = con.execute(
        "SELECT concat_ws(':', source, row) || CASE WHEN source IS NULL THEN '' ELSE ': ' END || message FROM violations "
        "WHERE stage = 'ontology' ORDER BY source, row, message"
    ).fetchall()
    told = [line for (line,) in lines[:_MOST]]
    more = len(lines) - _MOST
    return (
        [*told, f"So it is with {more} axioms more: ldt violations --stage ontology"]
        if more > 0
        else told
    )


def report_axioms(
    con: duckdb.DuckDBPyConnection, ignored: Sequence[Unread], doubts: Sequence[str] | None
) -> None:
    """Warn of axioms that nothing reads, and of classes that nothing can be of (None: as the version before says)."""
    again = "" if doubts is not None else "AND rule = 'ontology:not-read'"
    con.execute(f"DELETE FROM violations WHERE stage = 'ontology' {again}")
    of = (ONTOLOGY, "ontology", "warning")
    lines = [
        Violation(*of, "ontology:not-read", None, u.file, u.line, None, u.axiom, f"{u.axiom} on {u.subject} is not read: {u.why}.")
        for u in ignored
    ] + [
        Violation(*of, "ontology:unsatisfiable", None, None, None, None, cls, f"Nothing can be of the class {cls}; `ldt ontology check` says why.")
        for cls in doubts or ()
    ]  # fmt: skip
    tell(con, lines)


def keep_ontology(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> None:
    """Record the ontology with the statements, so that a version explains itself."""
    names = ("subject", "predicate", "object", "kind", "datatype", "lang")
    columns = zip(*ontology.triples, strict=True) if ontology.triples else ((),) * len(names)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE triple AS SELECT subject, predicate, object, kind, datatype, lang FROM statements WHERE false"
    )
    append(con, "triple", dict(zip(names, columns, strict=True)))
    con.execute(
        "INSERT INTO statements SELECT ?, *, 'observed', NULL, 'ontology', NULL, NULL, 0 FROM triple",
        [ONTOLOGY],
    )
    con.execute("DROP TABLE triple")
