"""Verbs that make something: init, build, demo, serve, publish."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ldt_graph.account import sentence
from ldt_graph.cli.keys import keys_file
from ldt_graph.cli.numbers import port
from ldt_graph.cli.stores import add_store, record_of, store_of
from ldt_graph.cli.terminal import err, print_json, print_table, say
from ldt_graph.errors import ExitCode, SettingsError
from ldt_graph.graph.store import DEFAULT, open_store
from ldt_graph.namespaces import local_name
from ldt_graph.settings import Settings
from ldt_graph.twin import FILE, load_twin

if TYPE_CHECKING:
    import argparse

    from rich.progress import TaskID

    from ldt_graph.graph import Store
    from ldt_graph.graph.neo4j import PublishReport
    from ldt_graph.pipeline import BuildReport


def add_verbs(verbs: Any) -> None:  # noqa: ANN401  (argparse's subparsers have no public type)
    """Add the verbs of this module."""
    for add in (_add_init, _add_build, _add_demo, _add_serve, _add_publish):
        add(verbs)


def _add_init(verbs: Any) -> None:  # noqa: ANN401
    init = verbs.add_parser("init", help="make a commented skeleton of a twin, or one from a table")
    init.add_argument("dir", type=Path)
    init.add_argument(
        "--from",
        dest="table",
        type=Path,
        metavar="TABLE",
        help="look at a CSV file: a dataset, and a mapping to begin with",
    )
    init.add_argument("--class", dest="cls", help="what its rows are, where its name doesn't tell")
    init.set_defaults(run=run_init)


def _add_build(verbs: Any) -> None:  # noqa: ANN401
    build = verbs.add_parser("build", help="run the whole path: sources to record")
    build.add_argument("dir", type=Path, nargs="?", default=Path())
    build.add_argument(
        "--data", type=Path, help="read the sources from here instead of the twin's data folder"
    )
    build.add_argument("--record", help="keep the record here instead of where twin.toml says")
    build.add_argument(
        "--strict", action="store_true", help="stop at the first thing that would be set aside"
    )
    build.add_argument(
        "--strict-coverage",
        action="store_true",
        help="record nothing where a source holds what nothing uses",
    )
    build.add_argument("--json", action="store_true", help="print the report as JSON")
    build.set_defaults(run=run_build)


def _add_demo(verbs: Any) -> None:  # noqa: ANN401
    demo = verbs.add_parser(
        "demo", help="make a demo city, build it, answer one question, serve it"
    )
    demo.add_argument(
        "name",
        nargs="?",
        default="city",
        choices=("city", "oberrhein"),
        help="city: invented as a whole; oberrhein: networks that pandapower and wntr ship",
    )
    demo.add_argument("--dir", type=Path, help="where it is made (demo-city, or its name)")
    demo.add_argument("--population", type=int, help="of the invented city (20,000)")
    demo.add_argument("--seed", type=int, help="of the invented city (1)")
    demo.add_argument("--no-serve", action="store_true", help="stop after the answer")
    demo.add_argument("--port", type=port)
    demo.set_defaults(run=run_demo)


def _add_serve(verbs: Any) -> None:  # noqa: ANN401
    serve = verbs.add_parser("serve", help="serve GraphQL, with GraphiQL, on this machine")
    serve.add_argument("dir", type=Path, nargs="?", default=Path())
    serve.add_argument("--record", help="serve this record instead of the twin's")
    add_store(serve)
    serve.add_argument("--host")
    serve.add_argument("--port", type=port)
    serve.set_defaults(run=run_serve)


def _add_publish(verbs: Any) -> None:  # noqa: ANN401
    publish = verbs.add_parser("publish", help="bring a Neo4j server to a version of the record")
    publish.add_argument("dir", type=Path, nargs="?", default=Path())
    publish.add_argument("--record", help="publish this record instead of the twin's")
    publish.add_argument("--to", metavar="URI", help="bolt://, neo4j:// or neo4j+s:// address")
    publish.add_argument("--as-of", help="a version's number, or a time")
    publish.add_argument(
        "--dry-run", action="store_true", help="tell the difference, write nothing"
    )
    publish.add_argument("--rebuild", action="store_true", help="build all of it anew")
    publish.add_argument(
        "--everything",
        action="store_true",
        help="with --rebuild: empty the database of all else first",
    )
    publish.add_argument(
        "--beside", action="store_true", help="publish into a database that holds other data too"
    )
    publish.add_argument("--json", action="store_true", help="print the report as JSON")
    publish.set_defaults(run=run_publish)


def run_init(options: argparse.Namespace) -> ExitCode:
    """Write the skeleton; never over a twin that is there."""
    path = options.dir / FILE
    if path.exists():
        raise SettingsError(f"{path} exists already; nothing was written.")
    if options.table:
        return _init_from(options)
    from ldt_graph.starter import SKELETON

    for folder in ("data", "mappings", "shapes", "ontology"):
        (options.dir / folder).mkdir(parents=True, exist_ok=True)
    path.write_text(SKELETON, encoding="utf-8")
    say(f"{path} is there. Describe your datasets in it, then: ldt build {options.dir}")
    return ExitCode.OK


def _init_from(options: argparse.Namespace) -> ExitCode:
    from ldt_graph.starter import write_starter

    made = write_starter(options.dir, options.table, options.cls)
    told = {
        made.key: "identifies a row",
        made.title: "its name",
        **dict.fromkeys(made.place, "its place"),
        **{c: local_name(t) for c, t in (made.attributes | made.relations).items()},
        **{c.name: "not known: left out" for c in made.left},
    }
    print_table(None, ("column", "taken for"), [(c, t) for c, t in told.items() if c])
    say(f"Each row is taken for: {made.cls}.")
    say(
        f"Read {options.dir / 'mappings' / made.name}.ttl and mend what is wrong, then: ldt build {options.dir}"
    )
    return ExitCode.OK


def run_build(options: argparse.Namespace) -> ExitCode:
    """Build, and tell what came of it."""
    report = _build(
        options.dir,
        options.data,
        record=options.record,
        strict=options.strict,
        strict_coverage=options.strict_coverage,
    )
    if options.json:
        print_json(report.document())
    else:
        _print_report(report)
        if report.set_aside:
            say(f"{report.set_aside:,} things were set aside: ldt violations {options.dir}")
    return ExitCode.SET_ASIDE if report.set_aside else ExitCode.OK


def _build(
    folder: Path,
    data: Path | None = None,
    *,
    record: str | None = None,
    strict: bool = False,
    strict_coverage: bool = False,
) -> BuildReport:
    from dataclasses import replace

    from ldt_graph.pipeline import build

    twin = load_twin(folder)
    if record:
        twin = replace(twin, record=record)
    with err.status("") as status:

        def progress(stage: str, what: str) -> None:
            status.update(f"{stage} {what}".rstrip())

        return build(
            twin,
            data_root=data,
            strict=strict,
            strict_coverage=strict_coverage,
            progress=progress,
        )


def _print_report(report: BuildReport) -> None:
    columns = ("dataset", "rows", "statements", "entities", "set aside", "warnings")
    rows = [
        (d.name, d.rows, d.statements, d.entities, d.set_aside, d.warnings) for d in report.datasets
    ]
    sums = [(d.rows, d.statements, d.entities, d.set_aside, d.warnings) for d in report.datasets]
    rows.append(("", *(sum(column) for column in zip(*sums, strict=True))))
    print_table(None, columns, rows)
    seconds = "  ".join(f"{stage} {s:.2f} s" for stage, s in report.seconds.items())
    accounts = [report.extent, *map(sentence, report.datasets)]
    for told in [*report.mended, *report.ontology, *filter(None, accounts)]:
        say(told)
    assert report.version is not None  # noqa: S101  (a finished build has one)
    state = "" if report.changed else " (nothing changed)"
    say(f"{report.inferred:,} statements inferred.  {seconds}")
    say(f"Version {report.version.number}{state}: {report.version.statements:,} statements.")


def run_demo(options: argparse.Namespace) -> ExitCode:
    """Make a demo city unless it is there, build it, answer one question, serve."""
    from ldt_graph.cli.outages import print_impact
    from ldt_graph.impact import impact

    made = _demo_oberrhein if options.name == "oberrhein" else _demo_city
    folder, question = made(options)
    _print_report(_build(folder))
    twin = load_twin(folder)
    store = open_store(DEFAULT, twin.record, Settings.from_environment())
    say(f"\n$ ldt impact {folder} --of {shlex.quote(question)}")
    print_impact(impact(store.open(), [question]))
    if options.no_serve:
        return ExitCode.OK
    return _serve(store, None, options.port, folder)


def _demo_city(options: argparse.Namespace) -> tuple[Path, str]:
    from ldt_graph.city import QUESTION, make_city

    folder = options.dir or Path("demo-city")
    if not (folder / FILE).exists():
        population = 20_000 if options.population is None else options.population
        seed = 1 if options.seed is None else options.seed
        with err.status("inventing a city"):
            summary = make_city(folder, population=population, seed=seed)
        say(f"An invented city of {summary.population:,} people is in {folder}.")
    return folder, QUESTION


def _demo_oberrhein(options: argparse.Namespace) -> tuple[Path, str]:
    """Make the twin Oberrhein, and say what of it is invented."""
    from ldt_graph.city.oberrhein import QUESTION, make_oberrhein

    if options.population is not None or options.seed is not None:
        raise SettingsError(
            "Nothing of Oberrhein is drawn at random: --population and --seed say nothing to it.",
            hint="Leave them out.",
        )
    folder = options.dir or Path("oberrhein")
    if not (folder / FILE).exists():
        with err.status("writing networks"):
            links = make_oberrhein(folder)
        say(f"Oberrhein is in {folder}. {links.sentence}")
    return folder, QUESTION


def run_publish(options: argparse.Namespace) -> ExitCode:
    """Publish, and tell what changed."""
    from dataclasses import replace

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from ldt_graph.graph.neo4j import Server, publish

    record = record_of(options)
    version = record.at(options.as_of) if options.as_of else record.version()
    settings = Settings.from_environment()
    if options.to:
        settings = replace(settings, neo4j_uri=options.to)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with (
        Server(settings, wait=10.0) as server,
        Progress(*columns, console=err, transient=True) as bar,
    ):
        tasks: dict[str, TaskID] = {}

        def progress(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=of)
            bar.update(tasks[what], completed=done)

        report = publish(
            record,
            server,
            version,
            dry_run=options.dry_run,
            rebuild=options.rebuild,
            everything=options.everything,
            beside=options.beside,
            progress=progress,
        )
    if options.json:
        print_json(report.document())
    else:
        _print_publication(report)
    return ExitCode.OK


def _print_publication(report: PublishReport) -> None:
    if report.how == "nothing":
        say(f"Version {report.version} is there already; nothing was written.")
        return
    counts = report.document()
    rows = [
        (what, counts[what]["added"], counts[what].get("changed", 0), counts[what]["removed"])
        for what in ("nodes", "relationships")
    ]
    print_table(None, ("", "added", "changed", "removed"), rows)
    if report.places:
        follow = "would follow" if report.dry_run else "followed"
        say(f"{report.places:,} relationships only have another place: it {follow}.")
    if report.kept:
        say(
            f"{report.kept:,} entities went away, but others tied something to them: their nodes stay, without labels."
        )
    done = "would be" if report.dry_run else "is"
    before = "" if report.previous is None else f", which held version {report.previous}"
    say(f"Version {report.version} {done} on the server{before} ({report.how}).")


def run_serve(options: argparse.Namespace) -> ExitCode:
    """Serve until stopped; follows new versions by itself."""
    return _serve(store_of(options), options.host, options.port, options.dir)


def _serve(store: Store, host: str | None, port: int | None, folder: Path) -> ExitCode:
    from ldt_api.serving import serve

    from ldt_graph.source_rows import SourceRows

    settings = Settings.from_environment()
    address = host or settings.host, settings.port if port is None else port
    sources = SourceRows(load_twin(folder)) if (folder / FILE).exists() else None
    serve(
        store,
        *address,
        hosts=settings.hosts,
        keys=keys_file(folder),
        contact=settings.security_contact,
        sources=sources,
    )
    return ExitCode.OK
