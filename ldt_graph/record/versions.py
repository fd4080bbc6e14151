"""Versions by number and by time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ldt_graph.errors import NoSuchVersion
from ldt_graph.model import Version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ldt_graph.record.log import Commit


def version_of(commit: Commit) -> Version:
    """Return the version that a commit of `statements` made."""
    time = datetime.fromtimestamp(commit.time / 1000, UTC)
    return Version(
        number=commit.number,
        time=time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        statements=commit.said["statements"],
        datasets=tuple(commit.said["datasets"]),
    )


def version_at(versions: Sequence[Version], text: str) -> Version:
    """Return the version that a text names: a number, or a time (the newest version not later).

    Args:
        versions: Oldest first.
        text: What names it.

    Raises:
        NoSuchVersion: There is none, or the text is neither.
    """
    moment = moment_of(text)
    if isinstance(moment, int):
        found = next((v for v in versions if v.number == moment), None)
        if found is None:
            raise no_version(moment, versions[0].number, versions[-1].number)
        return found
    earlier = [v for v in versions if datetime.fromisoformat(v.time) <= moment]
    if not earlier:
        raise none_before(text)
    return earlier[-1]


def moment_of(text: str) -> int | datetime:
    """Return the number or the time that a text is; a time without zone is in UTC.

    Raises:
        NoSuchVersion: It is neither.
    """
    if text.isdecimal() and len(text) < 19:
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise NoSuchVersion(
            f"{text!r} is neither a version nor a time.",
            hint="Give a number, or a time such as 2026-01-31T12:00:00Z.",
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def no_version(number: int, first: int, last: int) -> NoSuchVersion:
    """Return the error of a number that no version has."""
    return NoSuchVersion(
        f"The record has no version {number}.", hint=f"It has {first} to {last}: see `ldt log`."
    )


def none_before(text: str) -> NoSuchVersion:
    """Return the error of a time before all versions."""
    return NoSuchVersion(f"The record has no version of {text} or before.", hint="See `ldt log`.")
