"""Verbs about shapes: shapes derive."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from ldt_graph.cli.terminal import err, print_json
from ldt_graph.errors import ExitCode, LdtError, Place, SettingsError

if TYPE_CHECKING:
    import argparse

    from ldt_graph.derive import Derived


def add_verbs(verbs: Any) -> None:  # noqa: ANN401  (argparse's subparsers have no public type)
    """Add the verbs of this module."""
    shapes = verbs.add_parser(
        "shapes", help="derive: SHACL from the JSON Schemas of Smart Data Models"
    )
    shapes.add_argument("action", choices=["derive"])
    shapes.add_argument(
        "schemas_in",
        metavar="SCHEMA",
        type=Path,
        nargs="*",
        help="a schema file, a model's folder, a checkout of a repository, or a folder of checkouts",
    )
    shapes.add_argument(
        "-o", "--output", type=Path, help="a file (.ttl), or a folder for a file of each model"
    )
    shapes.add_argument("--form", choices=["canonical", "normalized"], default="canonical")
    shapes.add_argument(
        "--context",
        type=Path,
        nargs="+",
        action="extend",
        default=[],
        metavar="FILE",
        help="JSON-LD contexts in place of the repository's own",
    )
    shapes.add_argument(
        "--schemas",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="a folder of checkouts that $ref may lead to",
    )
    shapes.add_argument("--report", type=Path, metavar="FILE", help="what is left out, as JSON")
    shapes.add_argument("--profile", choices=["strict", "lenient"])
    shapes.add_argument(
        "--repair",
        action="store_true",
        help="mend faults of published schemas by the listed patches",
    )
    shapes.set_defaults(run=run_derive, dir=Path())


def run_derive(options: argparse.Namespace) -> ExitCode:
    """Derive shapes, and say what they leave out."""
    from ldt_graph.derive import derive

    # A folder, or a schema, after `--context FILE` or another option is what to convert.
    schemas = [*options.schemas_in, *([] if options.dir == Path() else [options.dir])]
    schemas += [c for c in options.context if c.is_dir() or c.name == "schema.json"]
    if not schemas:
        raise SettingsError("No schema is named.", hint="`ldt shapes derive SCHEMA…`")
    derived = derive(
        schemas,
        form=options.form,
        contexts=[c for c in options.context if c not in schemas],
        schemas=options.schemas,
        profile=options.profile,
        repair=options.repair,
    )
    if options.output is None:
        sys.stdout.buffer.write(derived.turtle().encode())
    elif options.output.suffix:
        _write(options.output, derived.turtle())
    else:
        for name, text in derived.files().items():
            _write(options.output / name, text)
    if options.report is not None:
        told = orjson.dumps(derived.report(), option=orjson.OPT_INDENT_2).decode() + "\n"
        if options.report == Path("-"):
            print_json(derived.report())
        else:
            _write(options.report, told)
    err.print(_told(derived))
    return ExitCode.OK


def _told(derived: Derived) -> str:
    warned = {w for m in derived.models for w in m.warnings}
    kinds = {k: sum(w.kind == k for w in warned) for k in sorted({w.kind for w in warned})}
    told = ", ".join(f"{n} {k}" for k, n in kinds.items()) or "none"
    shapes = sum(len(m.properties) for m in derived.models)
    return f"{len(derived.models)} models, {shapes} properties; warnings: {told}."


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise LdtError(
            f"The file can't be written: {error.strerror or error}.", place=Place(path.as_posix())
        ) from None
