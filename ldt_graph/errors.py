"""The error tree, the places that errors name, and the exit codes that scripts see.

LdtError                      anything the twin can say about its own failure
├── SettingsError             twin.toml or an LDT_ variable is wrong
├── SourceError               a file is missing, unreadable or not what it says
├── ContextError              a JSON-LD context can't be had, or says what JSON-LD forbids
├── MappingError              an RML mapping is wrong or asks for what we refuse by name
├── ShapeError                a SHACL shapes file is wrong
├── SchemaError               a JSON Schema can't be read, or says what makes no sense
├── OntologyError             an ontology file is wrong or asks for what we refuse by name
├── InvalidData               --strict, and something was set aside
├── RecordError               the record can't be read or written
│   ├── BuildInProgress       another build holds the record (transient)
│   ├── DamagedRecord         a file of the record is not what was written
│   ├── EarlierRecord         an earlier release made it
│   └── NoSuchVersion
├── UnknownEntity             nothing in this version has that name
├── AmbiguousEntity           several datasets have that identifier
├── QueryError                a question that has no meaning (negative horizon, empty seeds)
├── MissingExtra              an optional library is not installed
├── ServerError               a server refuses: wrong account, unknown database, someone else's data
└── Unavailable               a server is down (transient)
    └── VersionMoved          a store moved on while a question was under way: ask again (transient)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class ExitCode(IntEnum):
    """What `ldt` returns to the shell; documented in docs/reference/cli.md."""

    OK = 0
    FAILED = 1
    USAGE = 2
    SET_ASIDE = 3
    BUSY = 4
    UNAVAILABLE = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is wrong: `file`, 1-based `row` (line of the file or item of the array), `column` name."""

    file: str
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        return ":".join(str(p) for p in (self.file, self.row, self.column) if p is not None)


class LdtError(Exception):
    """Base of every error of ours: message, the place it names, and the next step.

    Args:
        message: What is wrong, naming the thing.
        place: Where it is wrong.
        hint: The next step, as a full sentence.
    """

    exit_code = ExitCode.FAILED
    transient = False

    def __init__(
        self, message: str, *, place: Place | None = None, hint: str | None = None
    ) -> None:
        self.message = message
        self.place = place
        self.hint = hint
        super().__init__(str(self))

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}" if self.place else self.message
        return f"{text} {self.hint}" if self.hint else text


class SettingsError(LdtError):
    """twin.toml or an `LDT_` variable is wrong."""

    exit_code = ExitCode.USAGE


class SourceError(LdtError):
    """A source is missing, unreadable, or not what it says."""


class ContextError(LdtError):
    """A JSON-LD context can't be had, or says what JSON-LD forbids.

    Args:
        message: What is wrong, naming the thing.
        ref: The context's address, where it has one.
        place: Where it is wrong.
        hint: The next step.
    """

    def __init__(
        self,
        message: str,
        *,
        ref: str | None = None,
        place: Place | None = None,
        hint: str | None = None,
    ) -> None:
        self.ref = ref
        super().__init__(message, place=place, hint=hint)


class MappingError(LdtError):
    """A mapping is wrong, or asks for a feature that is refused by name."""


class ShapeError(LdtError):
    """A shapes file is wrong."""


class SchemaError(LdtError):
    """A JSON Schema is missing, is not one, or goes in a circle; the place is its file and JSON Pointer."""


class OntologyError(LdtError):
    """An ontology file is wrong, or asks for a feature that is refused by name."""


class InvalidData(LdtError):
    """`--strict` was asked for and something would have been set aside."""

    exit_code = ExitCode.SET_ASIDE


class RecordError(LdtError):
    """The record can't be read or written."""


class BuildInProgress(RecordError):
    """Another build holds the record; the last complete version still answers."""

    exit_code = ExitCode.BUSY
    transient = True


class DamagedRecord(RecordError):
    """A file of the record is gone or is not what was written.

    Args:
        message: What is wrong, naming the file.
        path: The file.
        commit: The number of the commit, where the file is one of the log.
        hint: The next step.
    """

    def __init__(
        self, message: str, *, path: str, commit: int | None = None, hint: str | None = None
    ) -> None:
        self.path = path
        self.commit = commit
        super().__init__(message, hint=hint)


class EarlierRecord(RecordError):
    """The record was made by an earlier release, in a layout that this one does not read."""


class NoSuchVersion(RecordError):
    """The record has no such version."""


class UnknownEntity(LdtError):
    """Nothing in this version has that name.

    Args:
        message: What is wrong, naming the thing.
        hint: The next step, where no name comes near.
        near: Returns names that come near. It is called when the error is told, for it may cost a search.
    """

    def __init__(
        self, message: str, *, hint: str | None = None, near: Callable[[], list[str]] | None = None
    ) -> None:
        self.near: Callable[[], list[str]] | None = None
        super().__init__(message, hint=hint)
        self.near = near

    @property
    def hint(self) -> str | None:
        """The names that come near, or the next step where there are none."""
        near, self.near = self.near, None
        try:
            names = near() if near is not None else []
        except LdtError:  # whoever is told of the name is not told that its neighbours can't be had
            names = []
        if names:
            self._hint = f"Near: {', '.join(names)}."
        return self._hint

    @hint.setter
    def hint(self, hint: str | None) -> None:
        self._hint = hint


class AmbiguousEntity(LdtError):
    """Several datasets hold that identifier."""


class QueryError(LdtError):
    """A question without meaning: no seeds, a negative horizon, a cursor that is not ours."""

    exit_code = ExitCode.USAGE


class MissingExtra(LdtError):
    """An optional library is not installed."""

    exit_code = ExitCode.USAGE


class ServerError(LdtError):
    """A server refuses what was asked: a wrong account, an unknown database, someone else's data."""


class Unavailable(LdtError):
    """A server does not answer; trying again later may help."""

    exit_code = ExitCode.UNAVAILABLE
    transient = True


class VersionMoved(Unavailable):
    """A store moved on to another version while a question was under way: ask it again."""
