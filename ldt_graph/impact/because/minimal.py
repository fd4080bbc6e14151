"""The least that suffices, by leaving out and trying again."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


def least(candidates: Sequence[T], suffices: Callable[[Sequence[T]], bool]) -> list[T]:
    """Return a part of the candidates that suffices and of which none can be left out, in their order.

    Halves are tried before single ones (QuickXplain; U. Junker, AAAI 2004), so few of many cost few trials. The
    earlier a candidate stands, the sooner it is kept. All candidates together must suffice.
    """
    found = _explain([], False, list(candidates), suffices)
    found = [c for c in candidates if c in found]
    if not suffices(
        found
    ):  # what suffices alone may not suffice with more: then one by one from all
        found = list(candidates)
    return few(found, suffices)


def few(candidates: Sequence[T], suffices: Callable[[Sequence[T]], bool]) -> list[T]:
    """Return the same of candidates few of which can be left out, one by one, the last first: a trial for each."""
    found, again = list(candidates), True
    while again:
        again = False
        for one in list(reversed(found)):
            fewer = [c for c in found if c != one]
            if suffices(fewer):
                found, again = fewer, True
    return found


def _explain(
    kept: list[T], grown: bool, candidates: list[T], suffices: Callable[[Sequence[T]], bool]
) -> list[T]:
    if grown and suffices(kept):
        return []
    if len(candidates) <= 1:
        return candidates
    half = len(candidates) // 2
    first, last = candidates[:half], candidates[half:]
    more = _explain(kept + first, True, last, suffices)
    return _explain(kept + more, bool(more), first, suffices) + more
