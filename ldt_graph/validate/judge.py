"""A shapes file over the statements: which nodes it judges, what an engine must know for that, and what it finds."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.validate.focus import aims, create_focus, find_focus
from ldt_graph.validate.part import Part
from ldt_graph.validate.reach import Reach, directions
from ldt_graph.validate.said import names
from ldt_graph.validate.screen import screen
from ldt_graph.validate.shapes import BATCH, LABEL, MARK, NODE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import duckdb

    from ldt_graph.validate.engine import Judge, Result
    from ldt_graph.validate.focus import Aim
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
    """One shapes file, over what it is about in the datasets that use it; `focus_nodes` says how many it looked at.

    Attributes:
        number: Of the file among those that are judged together.
    """

    con: duckdb.DuckDBPyConnection
    number: int
    shapes: ShapeSet
    meaning: Meaning
    datasets: Sequence[str]
    focus_nodes: int = 0

    @property
    def near(self) -> list[Root]:
        """The shapes that look no further than a number of steps."""
        return [r for r in self.shapes.roots if r.reach.bounded and not r.reach.queried]

    @property
    def far(self) -> list[Root]:
        """The shapes with a path that repeats."""
        return [r for r in self.shapes.roots if not (r.reach.bounded or r.reach.queried)]

    @property
    def reach(self) -> Reach:
        """How far these look, with what is below the properties that they read."""
        return Reach.union(r.reach for r in self.near).widened(self.meaning.below)

    def aims(self, roots: Iterable[Root]) -> Iterator[Aim]:
        """Yield what some of the shapes aim at."""
        return aims(self.number, roots, self.datasets, self.meaning)

    def jobs(self, part: Part) -> Iterator[Job]:
        """Yield what an engine has to look at: of sound nodes nothing. `focus` holds what the shapes are about.

        Where a path repeats or a query may read anything, the whole is judged as one.
        """
        mine = f"SELECT * FROM focus WHERE file = {self.number}"
        (pairs,) = self._row(f"SELECT count(*) FROM ({mine})")
        if pairs >= SCREENED:
            self.focus_nodes = self._row(f"SELECT count(DISTINCT (object, kind, datatype, lang)) FROM ({mine})")[0]  # fmt: skip
            screen(self.con, self, part.table)
            mine = "FROM kept"
        if pairs or self.shapes.queried:
            self.con.execute(
                "CREATE OR REPLACE TEMP TABLE doubtful AS "
                f"SELECT dense_rank() OVER (ORDER BY object, kind, datatype, lang) - 1 AS id, * FROM ({mine})"
            )
            counts = self.con.execute("SELECT shape, max(id) + 1 FROM doubtful GROUP BY shape").fetchall()  # fmt: skip
            last = dict(counts)
            if pairs < SCREENED:
                self.focus_nodes = max(last.values(), default=0)
            yield from self._batches(last, part)
            yield from self._whole(last)
        yield from self._queried()

    def _batches(self, last: Mapping[int, int], part: Part) -> Iterator[Job]:
        roots = [r for r in self.near if r.number in last]
        numbers = [r.number for r in roots]
        reach = Reach.union(r.reach for r in roots)
        for start in range(0, max((last[n] for n in numbers), default=0), BATCH_SIZE):
            some = _Batch(numbers, start, start + BATCH_SIZE)
            said = self._nearby(reach.levels, some, part.table)
            yield Job(self, self.shapes.marked, self._text(said, some))

    def _whole(self, last: Mapping[int, int]) -> Iterator[Job]:
        roots = [r for r in self.far if r.number in last]
        if roots:
            numbers = [r.number for r in roots]
            read = Reach.union(r.reach for r in roots).predicates
            said = self.meaning.said([None] if read is None else read)
            count = max(last[n] for n in numbers)
            yield Job(self, self.shapes.marked, self._text(said, _Batch(numbers, 0, count)))

    def _queried(self) -> Iterator[Job]:
        """Yield the statements as they are for what a query reads: not on nodes that are other datasets' alone."""
        roots = [r for r in self.shapes.roots if r.reach.queried]
        if not self.shapes.queried:
            return
        con = self.con
        everyone = [d for (d,) in con.execute("SELECT DISTINCT dataset FROM statements").fetchall()]
        for table, of in (("all_focus", everyone), ("own_focus", self.datasets)):
            create_focus(con, table)
            find_focus(con, aims(self.number, roots, of, self.meaning), Part(), table=table)
        foreign = con.execute(
            "SELECT object FROM all_focus EXCEPT SELECT object FROM own_focus"
        ).fetchall()
        self.focus_nodes += self._row("SELECT count(DISTINCT object) FROM own_focus")[0]
        con.execute("DROP TABLE all_focus; DROP TABLE own_focus")
        text = self._text(self.meaning.said([None]), _Batch((), 0, 0))
        yield Job(self, self.shapes.queried, text, frozenset(f for (f,) in foreign))

    def _nearby(self, levels: Sequence[Level], some: _Batch, table: str) -> str:
        """Note in `known` what is read of the nodes at each distance from some focus nodes; return SQL for it.

        What leads on from a distance is among what is read there.
        """
        con = self.con
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE known (level INTEGER, inverse BOOLEAN, {_TRIPLE})"
        )
        for number, level in enumerate(levels):
            near, values = (
                "SELECT object FROM doubtful WHERE id >= $start AND id < $stop AND list_contains($shapes::INTEGER[], shape)",
                some.values,
            )
            if number:
                values = {}
                near = " UNION ".join(
                    f"SELECT {there} FROM known WHERE level = {number - 1} AND inverse = {inverse} AND predicate IN {names(steps)}"
                    for inverse, (_, there), steps in directions(level.steps)
                )
            ways = [
                f"SELECT {number}, {inverse}, * FROM ({self.meaning.said(reads, table)}) WHERE {here} IN ({near})"
                for inverse, (here, _), reads in directions(level.reads)
            ]
            if ways:
                con.execute(f"INSERT INTO known {' UNION ALL '.join(ways)}", values)
        return "SELECT DISTINCT subject, predicate, object, kind, datatype, lang FROM known"

    def _text(self, said: str, some: _Batch) -> str:
        """Write a data graph."""
        names = {"batch": BATCH, "mark": MARK, "node": NODE, "label": LABEL}
        [(text,)] = self.con.execute(
            _TEXT.replace("/*said*/", said), {**some.values, **names}
        ).fetchall()
        return self.meaning.axioms + (text or "")

    def _row(self, sql: str) -> tuple[int, ...]:
        return self.con.execute(sql).fetchall()[0]


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some focus nodes of some shapes."""

    shapes: Sequence[int]
    start: int
    stop: int

    @property
    def values(self) -> dict[str, object]:
        return {"shapes": list(self.shapes), "start": self.start, "stop": self.stop}
