"""What is printed of ways over the roads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldt_graph.cli.terminal import print_table, say

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST = 12
_HEAD = ("from", "to", "people", "before", "after", "longer by")


def print_ways(reach: dict[str, Any] | None) -> None:
    """Print what an outage makes of the ways from the nearest facilities; nothing where it hits no road."""
    if reach is None:
        return
    closed = "road link is closed" if reach["closed"] == 1 else "road links are closed"
    slow = f", {reach['delayed']:,} crossings take longer" if reach["delayed"] else ""
    say(
        f"{reach['closed']:,} {closed}{slow}: of the ways from the nearest critical facility of each kind, in minutes, "
        f"{reach['longer']:,} are longer and {reach['cutOff']:,} cut off."
    )
    print_rows(reach["changed"], most=_MOST)
    for note in reach["notes"]:
        say(f"Note: {note}")


def print_rows(rows: Sequence[dict[str, Any]], *, most: int) -> None:
    """Print some ways as a table."""
    if rows:
        print_table(None, _HEAD, [_row(r) for r in rows[:most]])
    if len(rows) > most:
        say(f"… and {len(rows) - most:,} ways more (--json lists all).")


def _row(way: dict[str, Any]) -> tuple[str, ...]:
    before, after = way["before"], way["after"]
    start = _called(way["facility"] or (before or after or {}).get("facility"), way["kind"])
    if way["works"] is False:
        start += " (fails)"
    elif before and after and before["facility"]["iri"] != after["facility"]["iri"]:
        start += f", then {_called(after['facility'], way['kind'])}"
    minutes = [f"{w['minutes']:.4g}" if w else "no way" for w in (before, after)]
    longer = f"{way['extra']:.4g}" if way["status"] == "longer" else ""
    return (start, _called(way["place"], ""), f"{way['people']:,}", *minutes, longer)


def _called(who: dict[str, Any] | None, else_: str) -> str:
    return else_ if who is None else who["name"] or who["identifier"] or who["iri"]


def print_links(way: dict[str, Any]) -> None:
    """Print a way link by link, before and after."""
    for when in ("before", "after"):
        route = way[when]
        if route is None:
            say(f"{when}: no way")
            continue
        say(f"{when}, {route['minutes']:.4g} min from {_called(route['facility'], '')}:")
        for leg in route["links"]:
            names = (leg[k].rsplit("/", 1)[-1].rsplit("#", 1)[-1] for k in ("link", "from", "to"))
            link, start, end = names
            say(
                f"  {link}: {start} to {end}, {leg['minutes']:.4g} min [{leg['source']}:{leg['row']}]"
            )
