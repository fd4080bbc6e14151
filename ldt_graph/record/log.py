"""Delta's log, read as the JSON that it is (Delta protocol, "Delta Log Entries").

Each commit of ours says in its metadata what its version holds, so that any version is known from one
small file: neither a replay of the log nor a checkpoint is needed, and its length costs nothing.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ldt_graph.errors import DamagedRecord, EarlierRecord, RecordError
from ldt_graph.record.errors import failing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ldt_graph.record.storage import Stat, Storage

LAYOUT = 2
FOLDER = "_delta_log"
_COMMIT = re.compile(r"(\d{20})\.json")
_KEPT = 4096  # commits remembered


@dataclass(frozen=True, slots=True)
class File:
    """A Parquet file of a version.

    Attributes:
        dataset: The partition.
        path: `dataset=<d>/<number of the commit that added it>-<hash of its bytes>.parquet`.
        size: Bytes.
        rows: Rows, tombstones among them.
    """

    dataset: str
    path: str
    size: int
    rows: int

    @property
    def commit(self) -> int:
        """The commit that added it."""
        return int(self._name[0])

    @property
    def hash(self) -> str:
        """The hash of its bytes."""
        return self._name[2].removesuffix(".parquet")

    @property
    def _name(self) -> tuple[str, str, str]:
        return self.path.rsplit("/", 1)[-1].partition("-")


@dataclass(frozen=True)
class Commit:
    """A commit of ours: its number, its time in milliseconds, what it says, and the files that its version holds."""

    number: int
    time: int
    said: Mapping[str, Any]
    held: Mapping[str, list[list[Any]]] = field(repr=False)

    @cached_property
    def files(self) -> dict[str, list[File]]:
        """Dataset → its files, oldest first; datasets in order."""
        return {
            d: [File(d, f"dataset={d}/{name}", size, rows) for name, size, rows in self.held[d]]
            for d in sorted(self.held)
        }

    def document(self) -> str:
        """Return what the commit's metadata keeps of it."""
        kept = {"layout": LAYOUT, "time": self.time, "said": self.said, "files": self.held}
        return json.dumps(kept, sort_keys=True)


def holding(files: Mapping[str, Iterable[File]]) -> dict[str, list[list[Any]]]:
    """Return files as a commit keeps them."""
    return {d: [[f.path.rsplit("/", 1)[-1], f.size, f.rows] for f in fs] for d, fs in files.items()}


class Log:
    """The log of a table. Numbers and commits that were read are remembered until the table is another one.

    Asking for the newest number again costs three look-ups of a file, whatever the length of the log.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._first = 0
        self._tip: tuple[int, tuple[object, ...]] | None = None
        self._commits: dict[int, Commit | None] = {}
        self._lock = threading.RLock()

    @property
    def tip(self) -> int | None:
        """The newest number, of whoever's commit; None where there is no log."""
        with self._lock, failing(f"The log at {self._storage.uri} can't be read"):
            return self._advance() if self._still() else self._list()

    @property
    def first(self) -> int:
        """The oldest number that is left."""
        return self._first

    def newest(self) -> Commit | None:
        """Return the newest commit of ours; None where there is none."""
        tip = self.tip
        if tip is None:
            return None
        return self._at_or_before(tip)

    def at(self, number: int) -> Commit | None:
        """Return the commit of that number; None where it is not ours, or was forgotten."""
        tip = self.tip
        if tip is None or not self._first <= number <= tip:
            return None
        return self._commit(number)

    def all(self) -> list[Commit]:
        """Return every commit of ours, oldest first."""
        tip = self.tip
        if tip is None:
            return []
        found = (self._commit(n) for n in range(self._first, tip + 1))
        return [c for c in found if c is not None]

    def before(self, moment: int) -> Commit | None:
        """Return the newest commit not later than a time in milliseconds; a search by halves."""
        tip = self.tip
        low, high = self._first, self._first if tip is None else tip + 1
        while low < high:
            middle = (low + high) // 2
            commit = self._at_or_before(middle)
            if commit is not None and commit.time > moment:
                high = middle
            else:
                low = middle + 1
        return self._at_or_before(low - 1)

    def forget(self) -> None:
        """Read anew from now on: the log was changed by hand."""
        self._tip = None
        self._commits.clear()

    def _at_or_before(self, number: int) -> Commit | None:
        while number >= self._first:
            commit = self._commit(number)
            if commit is not None:
                return commit
            number -= 1
        return None

    def _still(self) -> bool:
        if self._tip is None:
            return False
        number, identity = self._tip
        found = self._stat(number)
        same = found is not None and found.identity == identity
        return same and (number == self._first or self._stat(self._first) is not None)

    def _advance(self) -> int:
        assert self._tip is not None  # noqa: S101
        number, _ = self._tip
        while (found := self._stat(number + 1)) is not None:
            number += 1
            self._tip = number, found.identity
        return number

    def _list(self) -> int | None:
        self.forget()
        matches = (_COMMIT.fullmatch(n) for n in self._storage.names(FOLDER))
        numbers = sorted(int(m[1]) for m in matches if m)
        if not numbers:
            return None
        self._refuse_gap(numbers)
        found = self._stat(numbers[-1])
        self._first = numbers[0]
        self._tip = (numbers[-1], found.identity) if found else None
        return numbers[-1]

    def _refuse_gap(self, numbers: list[int]) -> None:
        if numbers[-1] - numbers[0] + 1 == len(numbers):
            return
        missing = next(a + 1 for a, b in itertools.pairwise(numbers) if b != a + 1)
        path = f"{self._storage.uri}/{name_of(missing)}"
        raise DamagedRecord(
            f"The log of the record lacks commit {missing}: {path} is gone.",
            path=path,
            commit=missing,
            hint="Bring the file back from a copy of the record; or move the record away, and `ldt build` it anew.",
        )

    def _stat(self, number: int) -> Stat | None:
        return self._storage.stat(name_of(number))

    def _commit(self, number: int) -> Commit | None:
        if number not in self._commits:
            if len(self._commits) >= _KEPT:
                self._commits.clear()
            self._commits[number] = self.read(number)
        return self._commits[number]

    def read(self, number: int) -> Commit | None:
        """Read one commit; None where it is somebody else's and changed no file.

        Raises:
            RecordError: It is damaged, of an earlier release, or somebody else's and changed files.
        """
        path = f"{self._storage.uri}/{name_of(number)}"
        with failing(f"Commit {number} of the record can't be read ({path})"):
            text = b"".join(self._storage.blocks(name_of(number)))
        try:
            actions = [json.loads(line) for line in text.splitlines() if line.strip()]
            about = next(a["commitInfo"] for a in actions if "commitInfo" in a)
        except (ValueError, StopIteration):
            raise _damaged(number, path, len(text)) from None
        if "ldt" not in about:
            return _refuse_foreign(number, path, about, actions)
        commit = _ours(number, about, self._storage.uri)
        if not _added(commit) <= {a["add"]["path"] for a in actions if "add" in a}:
            raise _damaged(number, path, len(text))
        return commit


def name_of(number: int) -> str:
    """Return the path of a commit below its table."""
    return f"{FOLDER}/{number:020}.json"


def _damaged(number: int, path: str, size: int) -> DamagedRecord:
    state = "empty (0 bytes)" if not size else f"cut short or overwritten ({size:,} bytes)"
    return DamagedRecord(
        f"Commit {number} of the record is {state}: {path}.",
        path=path,
        commit=number,
        hint="Bring it back from a copy; if it is the newest, `ldt build` sets it aside and goes on from the version before.",
    )


def _ours(number: int, about: Mapping[str, Any], uri: str) -> Commit:
    kept = json.loads(about["ldt"])
    if kept.get("layout") != LAYOUT:
        raise EarlierRecord(
            f"The record at {uri} was made by an earlier release, whose layout this one does not read.",
            hint="`ldt build` sets its tables aside, beside the new ones, and makes it anew.",
        )
    return Commit(number, kept["time"], kept["said"], kept["files"])


def _added(commit: Commit) -> set[str]:
    return {f.path for files in commit.files.values() for f in files if f.commit == commit.number}


def _refuse_foreign(
    number: int, path: str, about: Mapping[str, Any], actions: list[dict[str, Any]]
) -> None:
    """Let pass what changed no file (a vacuum's note, a property): its version is the one before."""
    if any("add" in a or "remove" in a for a in actions):
        raise RecordError(
            f"Commit {number} was not made by ldt ({about.get('operation')} of {about.get('engineInfo')}): {path}.",
            hint="Only `ldt` writes the record: bring it back from a copy, or move it away and `ldt build` it anew.",
        )
