"""A shapes file over the statements: which nodes it judges, what an engine must know for that, and what it finds."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.validate.again import find_again
from ldt_graph.validate.focus import create_focus, find_focus
from ldt_graph.validate.reach import Reach, directions
from ldt_graph.validate.said import names
from ldt_graph.validate.screen import screen
from ldt_graph.validate.shapes import BATCH, LABEL, MARK, NODE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import duckdb

    from ldt_graph.model import Touched
    from ldt_graph.validate.engine import Judge, Result
    from ldt_graph.validate.reach import Level
    from ldt_graph.validate.said import Meaning
    from ldt_graph.validate.shapes import Root, ShapeSet

_TEXT = (Path(__file__).parent / "text.sql").read_text(encoding="utf-8")
_TRIPLE = "subject VARCHAR, predicate VARCHAR, object VARCHAR, kind VARCHAR, datatype VARCHAR, lang VARCHAR"
BATCH_SIZE = 50_000
"""Focus nodes that an engine is given at a time: their statements are a hundred megabytes or so of text."""

SCREENED = 1_000
"""Focus nodes from which on a look in columns costs less than an engine's at all of them."""


@dataclass(frozen=True, slots=True)
class Job:
    """A data graph to be judged; what is found on `foreign` nodes does not count."""

    run: Run
    engine: Judge
    data: str
    foreign: frozenset[str] = frozenset()

    def results(self) -> list[Result]:
        """Judge."""
        return [
            r
            for r in self.run.shapes.judge(self.engine, self.data)
            if r.focus[1:-1] not in self.foreign
        ]


def judged(jobs: Iterable[Job], threads: int) -> Iterator[tuple[Job, list[Result]]]:
    """Judge side by side, and return what is found in the order of the jobs.

    No more data graphs are held than threads judge, and one.
    """
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque = deque()
        for job in jobs:
            waiting.append((job, pool.submit(job.results)))
            while len(waiting) > threads:
                first, found = waiting.popleft()
                yield first, found.result()
        for first, found in waiting:
            yield first, found.result()


@dataclass
class Run:
    """One shapes file, over what it is about in the datasets that use it; `focus_nodes` says how many it looked at."""

    con: duckdb.DuckDBPyConnection
    shapes: ShapeSet
    meaning: Meaning
    datasets: Sequence[str]
    focus_nodes: int = 0

    def jobs(self, touched: Touched | None) -> Iterator[Job]:
        """Yield what an engine has to look at: of a change what it touches, and of sound nodes nothing.

        Where a path repeats or a query may read anything, the whole is judged as one.
        """
        con, roots = self.con, [r for r in self.shapes.roots if not r.reach.queried]
        near = [r for r in roots if r.reach.bounded]
        far = [r for r in roots if not r.reach.bounded]
        reach = Reach.union(r.reach for r in near)
        only = find_again(con, reach, self.meaning, touched) if touched and near else ""
        if only:  # one look for what several steps ask
            con.execute("CREATE OR REPLACE TEMP TABLE own AS FROM statements WHERE subject IN (SELECT node FROM again)")  # fmt: skip
        create_focus(con, "focus")
        find_focus(con, near, self.datasets, self.meaning, only=only)
        find_focus(con, far, self.datasets, self.meaning)
        self.focus_nodes = self._number("SELECT count(DISTINCT (object, kind, datatype, lang)) FROM focus")  # fmt: skip
        if self.focus_nodes >= SCREENED:
            screen(con, self.shapes.graph, roots, self.meaning)
        con.execute(
            "CREATE OR REPLACE TEMP TABLE doubtful AS "
            "SELECT dense_rank() OVER (ORDER BY object, kind, datatype, lang) - 1 AS id, * FROM focus"
        )
        yield from self._batches(near, reach, only=only)
        yield from self._whole(far)
        yield from self._queried()
        con.execute(
            "".join(
                f"DROP TABLE IF EXISTS {t};"
                for t in ("focus", "doubtful", "again", "own", "near", "known")
            )
        )

    def _batches(self, roots: Sequence[Root], reach: Reach, *, only: str) -> Iterator[Job]:
        numbers = [r.number for r in roots]
        for start in range(0, self._count(numbers), BATCH_SIZE):
            part = _Part(numbers, start, start + BATCH_SIZE)
            said = self._nearby(reach.levels, part, "own" if only else "statements")
            yield Job(self, self.shapes.marked, self._text(said, part))

    def _whole(self, roots: Sequence[Root]) -> Iterator[Job]:
        numbers = [r.number for r in roots]
        if count := self._count(numbers):
            read = Reach.union(r.reach for r in roots).predicates
            said = self.meaning.said([None] if read is None else read)
            yield Job(self, self.shapes.marked, self._text(said, _Part(numbers, 0, count)))

    def _queried(self) -> Iterator[Job]:
        """Yield the statements as they are for what a query reads: not on nodes that are other datasets' alone."""
        roots = [r for r in self.shapes.roots if r.reach.queried]
        if not self.shapes.queried:
            return
        con, datasets = (
            self.con,
            [d for (d,) in self.con.execute("SELECT DISTINCT dataset FROM statements").fetchall()],
        )
        for table, of in (("all_focus", datasets), ("own_focus", self.datasets)):
            create_focus(con, table)
            find_focus(con, roots, of, self.meaning, table=table)
        foreign = con.execute(
            "SELECT object FROM all_focus EXCEPT SELECT object FROM own_focus"
        ).fetchall()
        self.focus_nodes += self._number("SELECT count(DISTINCT object) FROM own_focus")
        con.execute("DROP TABLE all_focus; DROP TABLE own_focus")
        text = self._text(self.meaning.said([None]), _Part((), 0, 0))
        yield Job(self, self.shapes.queried, text, frozenset(f for (f,) in foreign))

    def _nearby(self, levels: Sequence[Level], part: _Part, own: str) -> str:
        """Note in `known` what is read of the nodes at each distance from some focus nodes; return SQL for it.

        What leads on from a distance is among what is read there. What is said of the focus nodes stands in `own`.
        """
        con = self.con
        con.execute(
            "CREATE OR REPLACE TEMP TABLE near AS SELECT DISTINCT object AS node FROM doubtful "
            "WHERE id >= $start AND id < $stop AND list_contains($shapes::INTEGER[], shape)",
            part.values,
        )
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE known (level INTEGER, inverse BOOLEAN, {_TRIPLE})"
        )
        for number, level in enumerate(levels):
            if number:
                ways = [
                    f"SELECT {there} FROM known WHERE level = {number - 1} AND inverse = {inverse} AND predicate IN {names(steps)}"
                    for inverse, (_, there), steps in directions(level.steps)
                ]
                con.execute(f"CREATE OR REPLACE TEMP TABLE near AS SELECT DISTINCT * FROM ({' UNION ALL '.join(ways)}) t(node)")  # fmt: skip
            for inverse, (here, _), reads in directions(level.reads):
                table = "statements" if number or inverse else own
                con.execute(
                    f"INSERT INTO known SELECT {number}, {inverse}, * FROM ({self.meaning.said(reads, table)}) "
                    f"WHERE {here} IN (SELECT node FROM near)"
                )
        return "SELECT DISTINCT subject, predicate, object, kind, datatype, lang FROM known"

    def _text(self, said: str, part: _Part) -> str:
        """Write a data graph."""
        names = {"batch": BATCH, "mark": MARK, "node": NODE, "label": LABEL}
        [(text,)] = self.con.execute(
            _TEXT.replace("/*said*/", said), {**part.values, **names}
        ).fetchall()
        return self.meaning.axioms + (text or "")

    def _count(self, numbers: Sequence[int]) -> int:
        return self._number(
            "SELECT coalesce(max(id) + 1, 0) FROM doubtful WHERE list_contains(?::INTEGER[], shape)",
            numbers,
        )

    def _number(self, sql: str, *values: object) -> int:
        return self.con.execute(sql, list(values)).fetchall()[0][0]


@dataclass(frozen=True, slots=True)
class _Part:
    """Some focus nodes of some shapes."""

    shapes: Sequence[int]
    start: int
    stop: int

    @property
    def values(self) -> dict[str, object]:
        return {"shapes": list(self.shapes), "start": self.start, "stop": self.stop}
