"""Verbs that ask where: places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldt_graph.cli.asking import add_as_of, add_verb
from ldt_graph.cli.stores import add_store, graph_of
from ldt_graph.cli.terminal import print_json, print_table, say
from ldt_graph.errors import ExitCode, QueryError

if TYPE_CHECKING:
    import argparse

    from ldt_graph.impact.commons import CommonCause
    from ldt_graph.impact.places import Places


def add_verbs(verbs: Any) -> None:  # noqa: ANN401  (argparse's subparsers have no public type)
    """Add the verbs of this module."""
    told = "where an outage of all in one place is worst, and which feeds lie together"
    places = add_verb(verbs, "places", run_places, told)
    size = "ranks cells of so many metres by the people, critical facilities and assets hit"
    places.add_argument("--size", type=float, metavar="METRES", help=size)
    places.add_argument("--first", type=int, default=10, help="so many of the worst (10)")
    common = "names feeds of one group that count as independent and lie within so many metres"
    places.add_argument("--common", type=float, metavar="METRES", help=common)
    places.add_argument("--horizon", type=float, default=24.0, help="last hour looked at (24)")
    clock = "hour of the day at hour 0: demand is drawn from storages by the hour (else its mean)"
    places.add_argument("--clock", type=float, help=clock)
    add_as_of(places)
    add_store(places)


def run_places(options: argparse.Namespace) -> ExitCode:
    """Rank the cells of a net, or name common causes."""
    from ldt_graph.impact.commons import common_causes
    from ldt_graph.impact.places import worst_places

    if (options.size is None) == (options.common is None):
        raise QueryError("Say what to look for.", hint="Give --size METRES or --common METRES.")
    graph = graph_of(options)
    if options.common is not None:
        causes = common_causes(graph, options.common)
        if options.json:
            print_json([c.document for c in causes])
        else:
            _print_causes(causes)
        return ExitCode.OK
    hours = {"horizon": options.horizon, "clock": options.clock}
    places = worst_places(graph, options.size, first=options.first, **hours)
    if options.json:
        print_json(places.document)
    else:
        _print_places(places)
    return ExitCode.OK


def _print_places(places: Places) -> None:
    rows = []
    for p in places.worst:
        c = p.consequence
        corners = (f"{v:.5f}" for v in p.box)
        rows.append((*corners, c.people, c.facilities, c.failed, len(p.assets)))
    title = ("west", "south", "east", "north", "people", "facilities", "fail", "in it")
    print_table(None, title, rows)
    say(f"{places.cells:,} cells hold assets; {places.asked:,} questions.")
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
