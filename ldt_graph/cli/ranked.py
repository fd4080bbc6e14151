"""What commands that rank outages have in common: `--by`, and columns for what is short or degraded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

COUNTED = ("people", "facilities", "assets")
MARKS = ("failed", *(_WEAKER := ("short", "degraded")))
BY = (*COUNTED, *(f"{kind}-{mark}" for mark in _WEAKER for kind in COUNTED))


def add_by(verb: Any) -> None:  # noqa: ANN401  (argparse's subparsers have no public type)
    """Add the option that says what counts most."""
    told = "what counts first: people (else), facilities or assets that are hit, short or degraded"
    verb.add_argument("--by", default="people", choices=BY, metavar="WHAT", help=f"{told}: {', '.join(BY)}")  # fmt: skip


def weaker(found: Sequence[dict[str, Any]], by: str) -> list[tuple[str, list[str]]]:
    """Return the columns of what is short or degraded, where any is, or it is ranked by that: title, and a text for each."""
    every = [(kind, mark) for mark in _WEAKER for kind in COUNTED]
    return [
        (f"{kind} {mark}", [f"{f[mark][kind]:,}" for f in found])
        for kind, mark in every
        if by == f"{kind}-{mark}" or any(f[mark][kind] for f in found)
    ]
