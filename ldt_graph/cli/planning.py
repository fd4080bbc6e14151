"""Verbs for planners: criticality, scenario, measures."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ldt_graph.cli.asking import add_as_of, add_verb
from ldt_graph.cli.numbers import count
from ldt_graph.cli.outages import add_hours, hours
from ldt_graph.cli.ranked import COUNTED, MARKS, add_by, weaker
from ldt_graph.cli.stores import add_store, graph_of
from ldt_graph.cli.terminal import print_json, print_table, say
from ldt_graph.errors import ExitCode, QueryError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from ldt_graph.impact.whatif.scenario import Comparison


def add_verbs(verbs: Any) -> None:  # noqa: ANN401  (argparse's subparsers have no public type)
    """Add the verbs of this module."""
    for add in (_add_criticality, _add_scenario, _add_measures):
        add_store(add(verbs))


def _add_criticality(verbs: Any) -> Any:  # noqa: ANN401
    told = (
        "rank all assets by whom and what it hits if each alone fails; or what alone takes one out"
    )
    verb = add_verb(verbs, "criticality", run_criticality, told)
    add_by(verb)
    verb.add_argument("--first", type=count, default=20, help="at most so many (20)")
    verb.add_argument(
        "--of",
        metavar="ASSET",
        help="the single failures that leave this one failed, short or degraded",
    )
    verb.add_argument("--type", help="only assets of a class or one below it")
    verb.add_argument("--domain", help="only assets of a domain")
    add_as_of(verb)
    return verb


def _add_scenario(verbs: Any) -> Any:  # noqa: ANN401
    told = "what a change of the twin would save or cost in an outage"
    verb = add_verb(verbs, "scenario", run_scenario, told, "file")
    named = "the assets that go out: IRI, dataset:identifier or identifier"
    verb.add_argument(
        "--of", nargs="+", action="extend", required=True, metavar="ASSET", help=named
    )
    add_day(verb)
    add_hours(verb)
    return verb


def add_day(verb: Any) -> None:  # noqa: ANN401
    """Add the option that names the day of a question."""
    verb.add_argument("--date", metavar="DAY", help="the day of the outage, as 2027-03-01 (today)")


def day_of(options: argparse.Namespace) -> date | None:
    """Return the day that the options name."""
    if options.date is None:
        return None
    try:
        return date.fromisoformat(options.date)
    except ValueError:
        raise QueryError(f"{options.date!r} is no day.", hint="Write 2027-03-01.") from None


def scenario_file(name: str, twin: Path) -> Path:
    """Return the file of a scenario: a path, or the name of one in the twin's folder `scenarios`."""
    path = Path(name)
    if path.is_file() or Path(name).name != name:
        return path
    own = [twin / "scenarios" / f"{name}{end}" for end in ("", ".toml", ".json")]
    found = next((p for p in own if p.is_file()), None)
    if found is None:
        there = sorted(p.stem for p in (twin / "scenarios").glob("*.*"))
        hint = f"There is {', '.join(there)}." if there else "Give a file, or put one there."
        raise QueryError(f"No scenario {name!r} in {twin / 'scenarios'}.", hint=hint)
    return found


def run_scenario(options: argparse.Namespace) -> ExitCode:
    """Compare the answers without and with a scenario."""
    from ldt_graph.impact import Scenario, compare

    scenario = Scenario.read(scenario_file(options.file, options.dir))
    day = day_of(options)
    graph = graph_of(options)
    found = compare(graph, scenario, options.of, day=day, **hours(options))
    if options.json:
        print_json(found.document(graph.version))
    else:
        _print_comparison(found)
    return ExitCode.OK


def _print_comparison(found: Comparison) -> None:
    opened, sums = found.opened, found.sums
    say(f"{opened.scenario.name}, on {opened.day.isoformat()}:")
    for change in opened.scenario.changes:
        say(f"  {change}{'' if change.holds(opened.day) else ' (not on that day)'}")
    for note in opened.notes:
        say(f"Note: {note}")
    failed = len(found.before.failed), len(found.after.failed)
    say(
        f"Until hour {found.before.horizon:g}: {failed[0]:,} assets fail without, {failed[1]:,} with."
    )
    rows = [
        (title, *(f"{sums[kind][k]:,}" for k in ("assets", "people", "facilities")))
        for kind, title in (
            ("saved", "saved"),
            ("newlyHit", "newly hit"),
            ("later", "fails later"),
            ("sooner", "fails sooner"),
            ("weakened", "short or degraded only with it"),
            ("relieved", "short or degraded only without"),
        )
    ]
    print_table(None, ("", "assets", "people", "facilities"), rows)
    for kind, title in (("saved", "saved"), ("newlyHit", "newly hit")):
        if weak := sums[kind].get("weak"):
            where = "with" if kind == "saved" else "without"
            say(f"Of the assets {title}, {weak:,} stand short or degraded {where} it.")
    people = sums["personHours"]
    say(f"Hours gained by what fails all the same: {sums['hoursGained']:,g}.")
    say(
        f"Person-hours: {people['before']:,.0f} without, {people['after']:,.0f} with, {people['saved']:,.0f} saved."
    )


def _add_measures(verbs: Any) -> Any:  # noqa: ANN401
    told = "the cheapest measures that keep assets from failing in an outage, or from less, and why nothing cheaper does"
    verb = add_verb(verbs, "measures", run_measures, told)
    for option, named in (("of", "what goes out"), ("keep", "what is to be kept")):
        verb.add_argument(
            f"--{option}", nargs="+", action="extend", required=True, metavar="ASSET", help=named
        )
    told = "from what: failing, or also from being short, or from being degraded, too (failed)"
    verb.add_argument("--keep-from", default="failed", choices=MARKS, help=told)
    told = "measures to choose from: a scenario whose changes may have costs (else: close any open switch)"
    verb.add_argument("--from", dest="choices", metavar="FILE", help=told)
    add_hours(verb)
    return verb


def run_measures(options: argparse.Namespace) -> ExitCode:
    """Print the cheapest measures; exit code 1 where none suffice."""
    from ldt_graph.impact import Scenario, find_measures

    chosen = options.choices and Scenario.read(scenario_file(options.choices, options.dir)).changes
    graph = graph_of(options)
    asked = {"keep_from": options.keep_from, **hours(options)}
    found = find_measures(graph, options.of, options.keep, chosen, **asked)
    if options.json:
        print_json(found.document())
    else:
        _print_measures(found.document())
    return ExitCode.OK if found.best else ExitCode.FAILED


def _print_measures(found: dict[str, Any]) -> None:
    tried = found["tried"]
    sizes = f"{tried['singles']:,} alone and {tried['pairs']:,} pairs"
    if found["measures"] is None:
        say(
            f"Of {tried['candidates']:,} measures none suffice; {sizes} could matter and were tried."
        )
    elif not found["measures"]:
        bad = " or ".join(MARKS[: MARKS.index(found["keepFrom"]) + 1])
        say(f"Nothing to keep is {bad} without any measure.")
    else:
        say(f"Cheapest, at {found['cost']:g}: {_named(found['measures'])}.")
        bound = (
            "Nothing cheaper does" if found["exact"] else f"Nothing below {found['lower']:g} does"
        )
        say(f"{bound}: of {tried['candidates']:,} measures {sizes} could matter and were tried.")
    for other in found["alike"]:
        say(f"At the same cost: {_named(other)}.")
    for failed in found["cheaper"]:
        left = ", ".join(f"{a['identifier'] or a['iri']} {a['status']}" for a in failed["down"])
        say(
            f"  {_named(failed['measures']) or 'nothing'} ({failed['cost']:g}): {left} all the same"
        )


def _named(changes: Sequence[dict[str, Any]]) -> str:
    from ldt_graph.impact.structure.changes import change_of

    return " and ".join(str(change_of(c)) for c in changes)


def run_criticality(options: argparse.Namespace) -> ExitCode:
    """Print the single failures that most hangs on."""
    from ldt_graph.impact import criticality_of

    graph = graph_of(options)
    found = criticality_of(graph)
    of = graph.resolve(options.of) if options.of else None
    ranked = found.rank(options.by, type_=options.type, domain=options.domain, of=of)
    entries = [found.entry(v, of) for v in ranked[: options.first].tolist()]
    if options.json:
        head = {
            "version": graph.version.document,
            "horizon": found.horizon,
            "by": options.by,
            "of": of,
        }
        print_json({**head, "total": len(ranked), "asked": len(found.asked), "assets": entries})
        return ExitCode.OK
    many = f"{len(ranked):,} assets"
    until = f"until hour {found.horizon:g}."
    if of:
        say(
            f"{many}, each of which alone takes {options.of} out, or leaves it short or degraded, {until}"
        )
    else:
        say(f"{many} that anything fails, is short or degraded with, each alone, {until}")
    _print_critical(entries, options.by)
    return ExitCode.OK


def _print_critical(entries: Sequence[dict[str, Any]], by: str) -> None:
    if not entries:
        return
    columns = [(k, [f"{e[k]:,}" for e in entries]) for k in COUNTED] + weaker(entries, by)
    columns += [(k, [e[k] for e in entries]) for k in ("status",) if k in entries[0]]
    named = [(title, [e[k] for e in entries]) for title, k in _NAMED]
    titles, texts = zip(*named, *columns, strict=True)
    print_table(None, titles, [*zip(*texts, strict=True)])


_NAMED = (("id", "identifier"), ("type", "type"), ("name", "name"))
