"""Verbs for planners: criticality, scenario, measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldt_graph.cli.asking import add_as_of, add_verb
from ldt_graph.cli.numbers import count
from ldt_graph.cli.stores import add_store, graph_of
from ldt_graph.cli.terminal import print_json, print_table, say
from ldt_graph.errors import ExitCode

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

_COUNTED = ("people", "facilities", "assets")


def add_verbs(verbs: Any) -> None:  # noqa: ANN401  (argparse's subparsers have no public type)
    """Add the verbs of this module."""
    for add in (_add_criticality,):
        add_store(add(verbs))


def _add_criticality(verbs: Any) -> Any:  # noqa: ANN401
    told = "rank all assets by what fails if each alone fails; or what alone takes one out"
    verb = add_verb(verbs, "criticality", run_criticality, told)
    verb.add_argument("--by", default="people", choices=_COUNTED)
    verb.add_argument("--first", type=count, default=20, help="at most so many (20)")
    verb.add_argument("--of", metavar="ASSET", help="the single failures that take this one out")
    verb.add_argument("--type", help="only assets of a class or one below it")
    verb.add_argument("--domain", help="only assets of a domain")
    add_as_of(verb)
    return verb


def run_criticality(options: argparse.Namespace) -> ExitCode:
    """Print the single failures that most hangs on."""
    from ldt_graph.impact import criticality_of

    graph = graph_of(options)
    found = criticality_of(graph)
    of = graph.resolve(options.of) if options.of else None
    ranked = found.rank(options.by, type_=options.type, domain=options.domain, of=of)
    entries = [found.entry(v) for v in ranked[: options.first].tolist()]
    if options.json:
        version = {"number": graph.version.number, "time": graph.version.time}
        head = {"version": version, "horizon": found.horizon, "by": options.by, "of": of}
        print_json({**head, "total": len(ranked), "asked": len(found.asked), "assets": entries})
        return ExitCode.OK
    what = f" that takes {options.of} out" if of else " that anything fails with"
    say(f"{len(ranked):,} assets{what}, each alone, until hour {found.horizon:g}.")
    _print_critical(entries)
    return ExitCode.OK


def _print_critical(entries: Sequence[dict[str, Any]]) -> None:
    rows = [
        (e["identifier"], e["type"], e["name"], *(f"{e[k]:,}" for k in _COUNTED)) for e in entries
    ]
    if rows:
        print_table(None, ("id", "type", "name", *_COUNTED), rows)
