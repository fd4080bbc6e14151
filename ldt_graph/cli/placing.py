"""Verbs that ask where: places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldt_graph.cli.asking import add_as_of, add_verb
from ldt_graph.cli.ranked import add_by, weaker
from ldt_graph.cli.stores import add_store, graph_of
from ldt_graph.cli.terminal import print_json, print_table, say
from ldt_graph.errors import ExitCode, QueryError

if TYPE_CHECKING:
    import argparse

    from ldt_graph.impact.spatial.commons import CommonCause
    from ldt_graph.impact.spatial.places import Places


def add_verbs(verbs: Any) -> None:  # noqa: ANN401  (argparse's subparsers have no public type)
    """Add the verbs of this module."""
    told = "where an outage of all in one place is worst, and which feeds lie together"
    places = add_verb(verbs, "places", run_places, told)
    size = "ranks cells of so many metres by the people, critical facilities and assets hit"
    places.add_argument("--size", type=float, metavar="METRES", help=size)
    corridors = "ranks stretches of lines, each with all that lies within so many metres of it"
    places.add_argument("--corridors", type=float, metavar="METRES", help=corridors)
    longest = "of a stretch at most, with --corridors (100)"
    places.add_argument("--length", type=float, metavar="METRES", help=longest)
    add_by(places)
    places.add_argument("--first", type=int, default=10, help="so many of the worst (10)")
    common = "names feeds of one group that count as independent and lie within so many metres"
    places.add_argument("--common", type=float, metavar="METRES", help=common)
    places.add_argument("--horizon", type=float, default=24.0, help="last hour looked at (24)")
    clock = "hour of the day at hour 0: demand is drawn from storages by the hour (else its mean)"
    places.add_argument("--clock", type=float, help=clock)
    add_as_of(places)
    add_store(places)


def run_places(options: argparse.Namespace) -> ExitCode:
    """Rank the cells of a net or stretches of lines, or name common causes."""
    from ldt_graph.impact.spatial.commons import common_causes
    from ldt_graph.impact.spatial.places import worst_corridors, worst_places

    if [options.size, options.corridors, options.common].count(None) != 2:
        hint = "Give one of --size, --corridors and --common METRES."
        raise QueryError("Say what to look for.", hint=hint)
    if options.length is not None and options.corridors is None:
        raise QueryError("--length is of corridors.", hint="Give --corridors METRES with it.")
    graph = graph_of(options)
    if options.common is not None:
        causes = common_causes(graph, options.common)
        if options.json:
            print_json([c.document for c in causes])
        else:
            _print_causes(causes)
        return ExitCode.OK
    asked = {
        "first": options.first,
        "by": options.by,
        "horizon": options.horizon,
        "clock": options.clock,
    }
    if options.corridors is not None:
        length = 100.0 if options.length is None else options.length
        places = worst_corridors(graph, options.corridors, length=length, **asked)
    else:
        places = worst_places(graph, options.size, **asked)
    if options.json:
        print_json(places.document)
    else:
        _print_places(places, options.by, along=options.corridors is not None)
    return ExitCode.OK


def _print_places(places: Places, by: str, *, along: bool) -> None:
    found = [p.document for p in places.worst]
    columns = weaker(found, by)
    rows = []
    for number, p in enumerate(found):
        corners = (f"{v:.5f}" for v in p["box"])
        hit = (p["people"], p["facilities"], p["failed"], *(c[number] for _, c in columns))
        rows.append((*((p["along"],) if along else ()), *corners, *hit, len(p["assets"])))
    hits = ("people", "facilities", "fail", *(title for title, _ in columns), "in it")
    way = ("along",) if along else ()
    print_table(None, (*way, "west", "south", "east", "north", *hits), rows)
    what = "corridors along lines" if along else "cells hold assets"
    say(f"{places.count:,} {what}; {places.asked:,} questions.")
    if places.unplaced:
        say(f"Note: {places.unplaced:,} assets do not say where they are: no cell holds them.")


def _print_causes(causes: list[CommonCause]) -> None:
    for cause in causes:
        one, other = cause.assets
        where = f"in {cause.inside}" if cause.inside else f"{cause.metres:.1f} m apart"
        at = " and ".join(f"{lon:.6f} {lat:.6f}" for lon, lat in cause.points)
        rows = ", ".join(f"{e.source}:{e.row}" for e in cause.evidence if e)
        owner = cause.owner["name"] or cause.owner["identifier"] or cause.owner["iri"]
        say(
            f"{owner} fails if {one} and {other} go out together: they are {where}"
            + (f" at {at}" if at else "")
            + f" [{rows}]. Group {cause.group} counts on either."
        )
    if not causes:
        say("No feeds of one group lie so close together.")
