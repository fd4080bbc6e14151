"""What came of a dataset: its counts, and the account of what its source holds."""

from __future__ import annotations

from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

from ldt_graph.errors import InvalidData, Place
from ldt_graph.model import Violation, tell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import duckdb

    from ldt_graph.model import Dataset

MOST = 1_000
"""Lines that a dataset's account keeps."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """A kind of thing that a source holds, and whether the twin uses it.

    Attributes:
        kind: file, table, column, member, section, word or entry.
        name: As the source calls it: `stops.zone_id`, `[QUALITY]`.
        state: `used`; `unused`; or `left out`, where twin.toml says that it is not wanted.
        count: How many of it there are.
        source: The file where it stands first.
        row: The row there, where there is one.
        why: Why it is not used, where the reader knows; else nothing in the mapping reads it.
    """

    kind: str
    name: str
    state: Literal["used", "unused", "left out"]
    count: int
    source: str | None = None
    row: int | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class DatasetReport:
    """What came of one dataset.

    Attributes:
        set_aside: Rows, values and entities set aside, but for those that twin.toml waives.
        waived: Violations and warnings that it waives.
    """

    name: str
    rows: int
    statements: int
    entities: int
    set_aside: int
    warnings: int
    coverage: tuple[Coverage, ...] = ()
    waived: int = 0

    @classmethod
    def from_document(cls, said: Mapping[str, Any]) -> DatasetReport:
        """Read what `asdict` wrote; what an earlier release did not know has its default."""
        known = {f.name for f in fields(cls)} - {"coverage"}
        lines = tuple(Coverage(**line) for line in said.get("coverage", ()))
        return cls(**{k: v for k, v in said.items() if k in known}, coverage=lines)

    @property
    def completeness(self) -> float | None:
        """Share of the values of its columns and members that the twin uses; None where there are none, or nobody knows."""
        lines = [
            x for x in self.coverage if x.kind in ("column", "member") and x.state != "left out"
        ]
        total = sum(x.count for x in lines)
        return sum(x.count for x in lines if x.state == "used") / total if total else None

    @property
    def unused(self) -> list[Coverage]:
        """What the source holds and nothing reads."""
        return [line for line in self.coverage if line.state == "unused"]


def coverage(
    con: duckdb.DuckDBPyConnection, datasets: Iterable[Dataset]
) -> dict[str, tuple[Coverage, ...]]:
    """Return the accounts of the datasets that were read, from the table `coverage`; what is not used comes first."""
    left_out = {d.name: d.unused for d in datasets}
    rows = con.execute(
        "SELECT dataset, kind, name, used, count, source, row, why FROM coverage ORDER BY dataset, used, kind, name, why"
    ).fetchall()
    found: dict[str, list[Coverage]] = {}
    for dataset, kind, name, used, *rest in rows:
        wanted = not any(fnmatchcase(name, p) for p in left_out.get(dataset, ()))
        state = "used" if used else "unused" if wanted else "left out"
        found.setdefault(dataset, []).append(Coverage(kind, name, state, *rest))
    return {name: _kept(lines) for name, lines in found.items()}


def _kept(lines: Sequence[Coverage]) -> tuple[Coverage, ...]:
    """Return as many lines as an account keeps; the last one says how many more there are."""
    if len(lines) <= MOST:
        return tuple(lines)
    more = len(lines) - MOST + 1
    return (
        *lines[: MOST - 1],
        Coverage("entry", "…", lines[MOST - 1].state, more, why="more than an account keeps"),
    )


@dataclass(frozen=True, slots=True)
class Group:
    """What is alike in an account: of one kind and state, in one table, for one reason."""

    kind: str
    table: str
    state: str
    names: tuple[str, ...]
    known: int
    first: Coverage

    @property
    def title(self) -> str:
        """How many of how many: `2 of 9 columns of stops`."""
        where = f" of {self.table}" if self.table else ""
        return f"{_counted(self.kind, len(self.names), self.known)}{where}"


def grouped(lines: Iterable[Coverage]) -> list[Group]:
    """Group lines of an account by kind, table, state and reason, in their order."""
    groups: dict[tuple[str, str, str, str | None], list[Coverage]] = {}
    known: dict[tuple[str, str], int] = {}
    for line in lines:
        table = _table(line)
        groups.setdefault((line.kind, table, line.state, line.why), []).append(line)
        known[line.kind, table] = known.get((line.kind, table), 0) + 1
    return [
        Group(
            kind,
            table,
            state,
            tuple(line.name.removeprefix(f"{table}.") for line in alike),
            known[kind, table],
            alike[0],
        )
        for (kind, table, state, _), alike in groups.items()
    ]


def _table(line: Coverage) -> str:
    table, dot, _ = line.name.partition(".")
    return table if dot and line.kind in ("column", "member") else ""


def sentence(report: DatasetReport, most: int = 4) -> str | None:
    """Say in one line what of a dataset is not used; None where nothing is left."""
    parts = []
    kinds = sorted({line.kind for line in report.unused})
    for kind in kinds:
        lines = [line for line in report.unused if line.kind == kind]
        known = sum(line.kind == kind for line in report.coverage)
        names = some([line.name for line in lines], most)
        parts.append(f"{_counted(kind, len(lines), known)} ({names})")
    return f"{report.name}: not used are {'; '.join(parts)}." if parts else None


def some(names: Sequence[str], most: int) -> str:
    """Write names in a line, at most so many."""
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


def _counted(kind: str, count: int, known: int) -> str:
    of = f" of {known}" if known > count else ""
    plural = f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"
    return f"{count:,}{of} {kind if known == 1 else plural}"


def report_unmatched(con: duckdb.DuckDBPyConnection, dataset: Dataset) -> None:
    """Warn of what twin.toml leaves out and the source does not hold, or the mapping uses."""
    lines = coverage(con, [dataset]).get(dataset.name, ()) if dataset.unused else ()
    for pattern in dataset.unused:
        if not any(fnmatchcase(line.name, pattern) and line.state != "used" for line in lines):
            message = f"Nothing that is not used is called {pattern!r}; `ldt coverage --dataset {dataset.name}` says what there is."
            place = ("twin.toml", dataset.line or None, "unused", pattern)
            kind = ("source", "warning", "source:nothing-left-out", None)
            tell(con, [Violation(dataset.name, *kind, *place, message)])


def refuse_unused(reports: Iterable[DatasetReport]) -> None:
    """Refuse a source that holds what nothing uses.

    Raises:
        InvalidData: Names the first thing of the first such dataset.
    """
    for report in reports:
        for line in report.unused:
            why = f": {line.why}" if line.why else ""
            raise InvalidData(
                f"Dataset {report.name}: the {line.kind} {line.name} is not used{why}.",
                place=Place(line.source or report.name, line.row),
                hint=f"{len(report.unused)} things are not used. Map them, or list them in twin.toml: unused = [{line.name!r}, …].",
            )
