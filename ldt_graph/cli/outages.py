"""Verbs that ask what outages bring about: impact, why."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from ldt_graph.cli.asking import add_as_of, add_verb
from ldt_graph.cli.files import write_file
from ldt_graph.cli.roads import print_ways
from ldt_graph.cli.stores import add_store, graph_of
from ldt_graph.cli.terminal import print_json, print_table, say
from ldt_graph.errors import ExitCode, LdtError, QueryError, SettingsError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from ldt_graph.graph import Graph
    from ldt_graph.impact import Impact
    from ldt_graph.impact.spatial.areas import Area


_SEEDS = 12
"""Seeds that are told one by one."""


def add_verbs(verbs: Any) -> None:  # noqa: ANN401  (argparse's subparsers have no public type)
    """Add the verbs of this module."""
    for add in (_add_impact, _add_why):
        add_store(add(verbs))


def _add_impact(verbs: Any) -> Any:  # noqa: ANN401
    told = "what fails if these assets fail, when, and why"
    impact = add_verb(verbs, "impact", run_impact, told)
    add_outage(impact)
    each = "answer each line of a file (- for standard input) as a question of its own"
    impact.add_argument("--each", metavar="FILE", help=each)
    impact.add_argument("--ndjson", action="store_true", help="with --each: one JSON line each")
    brief = "with --each: the sums of each answer, without its hits"
    impact.add_argument("--summary", action="store_true", help=brief)
    streams = "all hits as a stream: arrow (IPC), or geojson with what states where it is"
    impact.add_argument("--format", metavar="FORM", help=streams)
    impact.add_argument("-o", "--output", type=Path, help="with --format: write here")
    add_hours(impact)
    return impact


def add_outage(verb: Any) -> None:  # noqa: ANN401
    """Add the options that say what goes out: by name, or all in an area."""
    named = "what goes out: IRI, dataset:identifier or identifier"
    verb.add_argument("--of", nargs="+", action="extend", default=[], metavar="ASSET", help=named)
    drawn = "all in an area: GeoJSON in WGS 84, or an ESRI ASCII grid of depths (.asc)"
    verb.add_argument("--in", dest="area", metavar="FILE", help=drawn)
    more = "with --in: so far around it too, so that a line is a corridor"
    verb.add_argument("--metres", type=float, default=0.0, help=more)
    depth = "with --in: the property that says how deep the water stands, in metres"
    verb.add_argument("--depth-attribute", metavar="NAME", help=depth)
    circle = "all within METRES of a position"
    verb.add_argument("--near", nargs=3, type=float, metavar=("LON", "LAT", "METRES"), help=circle)
    corners = ("WEST", "SOUTH", "EAST", "NORTH")
    verb.add_argument("--box", nargs=4, type=float, metavar=corners, help="all in a box of degrees")
    verb.add_argument("--district", metavar="NAME", help="all in a district or another place")
    _add_reading(verb)


def _add_why(verbs: Any) -> Any:  # noqa: ANN401
    told = "all that has to happen for an asset to fail, or what holds it"
    why = add_verb(verbs, "why", run_why, told, "name")
    named = "the assets that go out: IRI, dataset:identifier or identifier"
    why.add_argument("--of", nargs="+", action="extend", required=True, metavar="ASSET", help=named)
    add_hours(why)
    _add_reading(why)
    return why


def _add_reading(verb: Any) -> None:  # noqa: ANN401
    told = "a dependency that no group covers: the loss of any stops, only that of all of a relation, or any and no step farther"
    verb.add_argument("--reading", choices=("any", "all", "direct"), default="any", help=told)


def add_hours(verb: Any) -> None:  # noqa: ANN401
    """Add the options that say when things go out, and the version that is asked."""
    verb.add_argument("--at", type=float, default=0.0, help="hour of the outage (0)")
    verb.add_argument("--horizon", type=float, default=24.0, help="last hour looked at (24)")
    clock = "hour of the day at hour 0: demand is drawn from storages by the hour (else its mean)"
    verb.add_argument("--clock", type=float, help=clock)
    add_as_of(verb)


def run_impact(options: argparse.Namespace) -> ExitCode:
    """Answer one question, or each line of a file."""
    from ldt_graph.impact.streams import hit_stream

    if asks_outage(options) == bool(options.each):
        raise QueryError(
            "Say which assets fail.",
            hint="Give --of ASSET…, one of --in, --near, --box and --district, or --each FILE.",
        )
    if options.summary and not options.each:
        raise QueryError("--summary is of many questions.", hint="Give --each FILE with it.")
    _check_stream(options)
    graph = graph_of(options)
    if options.each:
        return _answer_each(options, graph)
    answer = outage_of(options, graph)
    if options.format:
        parts = hit_stream(options.format, graph, answer)
        write_file(options.output, lambda file: file.writelines(parts))
    elif options.json or options.ndjson:
        print_json(answer.document(graph.version), pretty=not options.ndjson)
    else:
        print_impact(answer)
    return ExitCode.OK


def _check_stream(options: argparse.Namespace) -> None:
    if options.format is None and options.output is None:
        return
    from ldt_graph.impact.streams import MEDIA

    if options.format not in MEDIA:
        raise SettingsError("Hits stream as arrow or geojson.", hint="Say which with --format.")
    if options.each or options.json or options.ndjson:
        raise QueryError("--format is of one question, and is no JSON of its own.")


def _areas(options: argparse.Namespace) -> list[Any]:
    return [a for a in (options.area, options.near, options.box, options.district) if a]


def asks_outage(options: argparse.Namespace) -> bool:
    """Whether the options say that something goes out."""
    return bool(options.of or _areas(options))


def outage_of(options: argparse.Namespace, graph: Graph) -> Impact:
    """Answer what the options let go out.

    Raises:
        QueryError: Several areas are given.
    """
    from ldt_graph.impact import impact
    from ldt_graph.impact.spatial.located import impact_in

    areas = _areas(options)
    if len(areas) > 1:
        raise QueryError(
            "Say which assets fail.", hint="Give one of --in, --near, --box and --district."
        )
    if options.area is None and (options.metres or options.depth_attribute):
        raise QueryError(
            "--metres and --depth-attribute are of an area.", hint="Give --in FILE with them."
        )
    if areas:
        return impact_in(
            graph, _area(options, graph), options.of, **hours(options), reading=options.reading
        )
    return impact(graph, options.of, **hours(options), reading=options.reading)


def _area(options: argparse.Namespace, graph: Graph) -> Area:
    from ldt_graph.impact.spatial.areas import box_area, circle, read_area
    from ldt_graph.impact.spatial.grids import read_grid
    from ldt_graph.impact.spatial.located import district_area

    if options.near:
        return circle(*options.near)
    if options.box:
        return box_area(*options.box)
    if options.district:
        return district_area(graph, options.district)
    try:
        text = Path(options.area).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{options.area} can't be read: {error}.") from None
    if Path(options.area).suffix.lower() == ".asc":
        return read_grid(text)
    return read_area(text, metres=options.metres, depth=options.depth_attribute)


def run_why(options: argparse.Namespace) -> ExitCode:
    """Say why an asset fails, or what holds it."""
    from ldt_graph.impact import impact
    from ldt_graph.impact.answers.telling import tell_why

    graph = graph_of(options)
    answer = impact(graph, options.of, **hours(options), reading=options.reading)
    why = answer.why(graph.resolve(options.name))
    if options.json:
        print_json(why.document)
    else:
        for sentence in tell_why(why, answer.words):
            say(_capital(sentence))
    return ExitCode.OK


def _answer_each(options: argparse.Namespace, graph: Graph) -> ExitCode:
    """Answer every line in one process, one JSON line each; a bad line is answered by its error."""
    from ldt_graph.impact import engine_of

    engine_of(graph)
    gc.freeze()  # or every collection walks the city anew: a quarter of the time
    try:
        return _answer_lines(options, graph)
    finally:
        gc.unfreeze()


def _answer_lines(options: argparse.Namespace, graph: Graph) -> ExitCode:
    from ldt_graph.impact import impact

    code = ExitCode.OK
    write = sys.stdout.buffer.write
    for number, line in enumerate(_lines(options.each), start=1):
        if not line.strip():
            continue
        try:
            answer = impact(graph, _seeds(line), **hours(options), reading=options.reading)
            value = (
                answer.brief()
                if options.summary
                else answer.document(graph.version, explain="step")
            )
        except LdtError as error:
            code = ExitCode.FAILED
            value = {"error": str(error), "line": number}
        write(orjson.dumps(value) + b"\n")
    return code


def hours(options: argparse.Namespace) -> dict[str, Any]:
    """Return when things go out, as the options say."""
    return {"at": options.at, "horizon": options.horizon, "clock": options.clock}


def _seeds(line: str) -> list[str]:
    if not line.lstrip().startswith("["):
        return line.split()
    try:
        names = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise QueryError(f"Not a JSON array: {line.strip()[:80]}") from None
    if not all(isinstance(n, str) for n in names):
        raise QueryError("A question is a JSON array of names.")
    return names


def _lines(path: str) -> Iterable[str]:
    if path == "-":
        yield from sys.stdin
        return
    try:
        with Path(path).open(encoding="utf-8") as file:
            yield from file
    except OSError as error:
        raise SettingsError(f"{path} can't be read: {error.strerror or error}.") from None


def print_impact(answer: Impact, *, chains: int = 4) -> None:
    """Print the sums, and the reasons of a few hits: one of each type, the critical first."""
    from ldt_graph.impact.answers.tell import tell_chain, tell_start
    from ldt_graph.impact.walk.statuses import STATUSES

    summary = answer.summary()
    seeds = answer.seed_list()
    if len(seeds) > _SEEDS:
        say(f"{len(seeds):,} assets go out:")
    for seed in seeds[:_SEEDS]:
        state = ", which was off already and changes nothing" if seed["alreadyOff"] else ""
        say(f"{_capital(answer.called(seed['iri']))} goes out at hour {seed['hour']:g}{state}.")
    if len(seeds) > _SEEDS:
        say(f"… and {len(seeds) - _SEEDS:,} more (--json lists all).")
    status, people = summary["byStatus"], summary["people"]
    fail = "asset fails" if status["failed"] == 1 else "assets fail"
    hold = "is exposed but holds" if status["exposed"] == 1 else "are exposed but hold"
    weak = [
        f"{status[s]:,} {'is' if status[s] == 1 else 'are'} {s}"
        for s in ("short", "degraded")
        if s in status
    ]
    told = ", ".join([f"{status['failed']:,} {fail}", *weak, f"{status['exposed']:,} {hold}"])
    say(f"Until hour {answer.horizon:g}: {told}.")
    if any(people.values()):
        lost = [
            f"{p['people']:,} lose {p['commodity'].lower()} from hour {p['from']:.4g} on"
            for p in summary["peopleWithout"]
        ]
        told = f": {', '.join(lost)}." if lost else "."
        others = [f"{people[s]:,} {s}" for s in STATUSES[1:] if s in people]
        say(f"People: {people['failed']:,} hit, {', '.join(others)}{told}")
    shown = [s for s in STATUSES if s in status]
    for title, key in (("domain", "byDomain"), ("type", "byType")):
        rows = [(name, *(n.get(s, 0) for s in shown)) for name, n in summary[key].items()]
        if rows:
            print_table(None, (title, *shown), rows)
    _print_districts(summary["districts"])
    _print_facilities(summary["facilities"])
    print_ways(summary["reach"])
    _print_amounts(summary)
    _print_storages(summary["storages"])
    for start in answer.must_start:
        say(_capital(tell_start(start, answer.words)))
    for position in answer.telling(chains):
        say("")
        for sentence in tell_chain(answer.because(position), answer.words):
            say(f"  {_capital(sentence)}")
    for note in summary["notes"]:
        say(f"Note: {note}")


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _print_districts(districts: Sequence[dict[str, Any]], *, most: int = 12) -> None:
    if not districts:
        return
    from ldt_graph.impact.walk.statuses import STATUSES

    shown = [s for s in STATUSES if s in ("failed", "exposed") or any(d.get(s) for d in districts)]
    worst = sorted(districts, key=lambda d: [-d.get(s, 0) for s in shown])[:most]
    rows = [
        (
            d["name"] or d["identifier"],
            *(d.get(s, 0) for s in shown),
            d["people"]["failed"],
            d["lives"],
        )
        for d in worst
    ]
    print_table(None, ("district", *shown, "people hit", "of"), rows)
    if len(districts) > most:
        say(f"… and {len(districts) - most} districts more (--json lists all).")


def _print_amounts(summary: dict[str, Any]) -> None:
    from ldt_graph.impact.answers.tell import say_amount

    for n in summary["notSupplied"]:
        amount = say_amount(n["amount"], n["unit"])
        say(f"Not supplied of {n['commodity'].lower()} until then, by stated demand: {amount}.")
    for s in summary["short"]:
        given, wanted = say_amount(s["capacity"], s["unit"]), say_amount(s["demand"], s["unit"])
        say(
            f"Short of {s['commodity'].lower()}: {s['assets']:,} assets ask for {wanted}, and their "
            f"{len(s['sources'])} live sources can give {given}, from hour {s['from']:.4g} "
            + ("on." if s["until"] is None else f"until hour {s['until']:.4g}.")
        )


def _print_facilities(facilities: Sequence[dict[str, Any]], *, most: int = 12) -> None:
    rows = [
        (f["name"] or f["identifier"], f["status"], "" if f["hour"] is None else f"{f['hour']:.4g}")
        for f in facilities
    ]
    if rows:
        print_table(None, ("critical facility", "status", "hour"), rows[:most])
    if len(rows) > most:
        say(f"… and {len(rows) - most} critical facilities more (--json lists all).")


def _print_storages(storages: Sequence[dict[str, Any]], *, most: int = 12) -> None:
    rows = [
        (
            s["name"] or s["identifier"],
            f"{s['held']:,.6g} {s['unit'] or ''}".strip(),
            f"{s['feeds']:,}",
            f"{s['from']:.4g}",
            "" if s["until"] is None else f"{s['until']:.4g}",
        )
        for s in storages
    ]
    if rows:
        print_table(None, ("storage", "held", "feeds", "from hour", "until hour"), rows[:most])
    if len(rows) > most:
        say(f"… and {len(rows) - most} storages more (--json lists all).")
