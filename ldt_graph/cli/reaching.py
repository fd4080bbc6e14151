"""Verbs that ask about ways: reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldt_graph.cli.asking import add_verb
from ldt_graph.cli.numbers import count
from ldt_graph.cli.outages import add_hours, add_outage, asks_outage, outage_of
from ldt_graph.cli.roads import print_links, print_rows
from ldt_graph.cli.stores import add_store, graph_of
from ldt_graph.cli.terminal import print_json, say
from ldt_graph.errors import ExitCode, QueryError

if TYPE_CHECKING:
    import argparse

    from ldt_graph.graph import Graph
    from ldt_graph.impact.mobility.reach import Reach


_OF_OUTAGES = {"at": 0.0, "horizon": 24.0, "clock": None, "metres": 0.0, "depth_attribute": None}
"""Options that say more of an outage, and what they are where they are not given."""


def add_verbs(verbs: Any) -> None:  # noqa: ANN401  (argparse's subparsers have no public type)
    """Add the verbs of this module."""
    told = "how long it takes over the roads from critical facilities to districts, and what an outage makes of it"
    reach = add_verb(verbs, "reach", run_reach, told)
    add_outage(reach)
    named = "IRI, dataset:identifier or identifier"
    reach.add_argument(
        *("--from",),
        dest="origins",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME",
        help=f"where ways begin (critical facilities): {named}",
    )
    reach.add_argument(
        *("--to",),
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME",
        help="where they end (districts and service areas)",
    )
    nearest = "of each kind of facility only from the nearest, of those that work"
    reach.add_argument("--nearest", action="store_true", help=nearest)
    reach.add_argument("--all", action="store_true", help="unchanged ways too")
    reach.add_argument("--links", action="store_true", help="print the links of each way")
    reach.add_argument("--first", type=count, help="at most so many (20 in a table)")
    add_hours(reach)
    add_store(reach)


def run_reach(options: argparse.Namespace) -> ExitCode:
    """Print ways before and after an outage; without one, all as they are."""
    graph = graph_of(options)
    found = _reach(options, graph)
    rows = found.changed if asks_outage(options) and not options.all else found.rows
    if options.json:
        chosen = rows if options.first is None else rows[: options.first]
        print_json(
            {
                "version": graph.version.document,
                "horizon": options.horizon,
                **found.document(chosen),
            }
        )
        return ExitCode.OK
    _print(options, found, rows)
    return ExitCode.OK


def _reach(options: argparse.Namespace, graph: Graph) -> Reach:
    from ldt_graph.impact import reach

    asked = {"of": options.origins, "to": options.to, "nearest": options.nearest}
    if asks_outage(options):
        return outage_of(options, graph).reach(**asked)
    for name, unasked in _OF_OUTAGES.items():
        if getattr(options, name) != unasked:
            option = f"--{name.replace('_', '-')}"
            raise QueryError(
                f"{option} is of an outage, and nothing goes out.", hint="Give --of or an area."
            )
    return reach(graph, **asked)


def _print(options: argparse.Namespace, found: Reach, rows: list[Any]) -> None:
    total, closed = len(found.rows), len(found.closures.closed)
    if asks_outage(options):
        say(
            f"{closed:,} road links closed at hour {options.horizon:g}. Of {total:,} ways {found.counts['longer']:,} are longer, {found.counts['cutOff']:,} cut off; minutes:"
        )
    else:
        say(f"{total:,} ways, in minutes:")
    most = 20 if options.first is None else options.first
    entries = [found.entry(r, ways=options.links) for r in rows[:most]]
    print_rows(entries + [{}] * (len(rows) - len(entries)), most=most)
    for entry in entries if options.links else ():
        say("")
        print_links(entry)
    for note in found.notes:
        say(f"Note: {note}")
