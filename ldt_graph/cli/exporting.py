"""The verb that takes a version away: as RDF, as the files of an import, as a simulator's network."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ldt_graph.cli.files import write_file
from ldt_graph.cli.stores import record_of
from ldt_graph.cli.terminal import err, print_json
from ldt_graph.errors import ExitCode, SettingsError

if TYPE_CHECKING:
    import argparse

    import duckdb

    from ldt_graph.export.simulators import Report
    from ldt_graph.model import Version
    from ldt_graph.record import Record

_NEO4J = "neo4j-csv"


def add_verbs(verbs: Any) -> None:  # noqa: ANN401  (argparse's subparsers have no public type)
    """Add the verb."""
    export = verbs.add_parser("export", help="write a version as RDF, or as a simulator's network")
    export.add_argument("dir", type=Path, nargs="?", default=Path())
    export.add_argument("--record", help="read this record instead of the twin's")
    export.add_argument(
        "--format", default="nquads", help="nquads, turtle, neo4j-csv, pandapower or epanet"
    )
    export.add_argument("--as-of", help="a version's number, or a time")
    export.add_argument("--no-inferred", action="store_true", help="leave inferred statements out")
    export.add_argument(
        "--dataset",
        nargs="+",
        action="extend",
        metavar="NAME",
        help="of a simulator's network: only what these datasets describe",
    )
    export.add_argument(
        "-o", "--output", type=Path, help="write here instead of to standard output"
    )
    export.add_argument(
        "--json", action="store_true", help="print what a simulator's network assumes as JSON"
    )
    export.set_defaults(run=run_export)


def run_export(options: argparse.Namespace) -> ExitCode:
    """Write a version in a format."""
    from ldt_graph.export import FORMATS
    from ldt_graph.export.simulators import SIMULATORS

    known = (*FORMATS, _NEO4J, *SIMULATORS)
    if options.format not in known:
        raise SettingsError(
            f"There is no export format {options.format!r}.", hint=f"There are: {', '.join(known)}."
        )
    _refuse_idle(options, simulator=options.format in SIMULATORS)
    record = record_of(options)
    version = record.at(options.as_of) if options.as_of else record.version()
    if options.format == _NEO4J:
        return _export_neo4j(options, record, version)
    if options.format in SIMULATORS:
        return _export_network(options, record, version)
    return _export_rdf(options, record, version)


def _refuse_idle(options: argparse.Namespace, *, simulator: bool) -> None:
    """Refuse options that the format has no use for: what is asked and not done would go in silence."""
    idle = {"--no-inferred": options.no_inferred and simulator}
    idle |= {
        "--dataset": options.dataset and not simulator,
        "--json": options.json and not simulator,
    }
    for option, given in idle.items():
        if given:
            raise SettingsError(
                f"{option} says nothing to {options.format}.",
                hint="Leave it out, or change --format.",
            )
    if options.json and options.output is None:
        raise SettingsError(
            "--json and the network can't both go to standard output.", hint="Name a file with -o."
        )


def _loaded(record: Record, version: Version) -> duckdb.DuckDBPyConnection:
    import duckdb

    con = duckdb.connect()
    record.load(con, version)
    return con


def _export_rdf(options: argparse.Namespace, record: Record, version: Version) -> ExitCode:
    from ldt_graph.export import export

    con = _loaded(record, version)
    base = record.metadata(version).get("base", "urn:ldt:")

    def write(target: Any) -> int:  # noqa: ANN401  (a binary file)
        return export(con, options.format, target, base=base, inferred=not options.no_inferred)

    write_file(options.output, write)
    return ExitCode.OK


def _export_network(options: argparse.Namespace, record: Record, version: Version) -> ExitCode:
    """Write a simulator's network; tell what it assumes on standard error, in full in a file beside it."""
    from ldt_graph.export.simulators import export_network
    from ldt_graph.graph.entities import ontology_of

    con = _loaded(record, version)
    ontology = ontology_of(con)
    unknown = sorted(set(options.dataset or ()) - set(version.datasets))
    if unknown:
        raise SettingsError(
            f"The twin has no dataset {unknown[0]!r}.",
            hint=f"There is {', '.join(version.datasets)}.",
        )
    name = f"version {version.number}"

    def write(target: Any) -> Report:  # noqa: ANN401  (a binary file)
        return export_network(
            con, ontology, options.format, target, name=name, datasets=options.dataset or ()
        )

    report = write_file(options.output, write)
    if options.output:
        beside = options.output.with_name(f"{options.output.name}.report.json")
        write_file(beside, lambda file: file.write(report.text()))
    if options.json:
        print_json(report.document())
    else:
        _tell(report, options.output)
    return ExitCode.OK


def _tell(report: Report, output: Path | None) -> None:
    from rich.text import Text

    from ldt_graph.cli.terminal import clean

    for line in report.lines():
        err.print(Text(clean(line)))
    if output:
        err.print(
            Text(clean(f"{output}.report.json has all of it, with what the file calls each IRI."))
        )


def _export_neo4j(options: argparse.Namespace, record: Record, version: Version) -> ExitCode:
    """Write the files of a bulk import, and print the command that takes them."""
    from ldt_graph.graph.neo4j.files import write_files

    if options.output is None:
        raise SettingsError("neo4j-csv writes a folder of files.", hint="Name it with -o.")
    command = write_files(record, version, options.output)
    sys.stdout.write(shlex.join(command) + "\n")
    return ExitCode.OK
