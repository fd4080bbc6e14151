"""Verbs about what terms mean: ontology check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ldt_graph import assets
from ldt_graph.cli.terminal import print_json, say
from ldt_graph.errors import ExitCode
from ldt_graph.twin import FILE, load_twin

if TYPE_CHECKING:
    import argparse

    from ldt_graph.consistency import Verdict


def add_verbs(verbs: Any) -> None:  # noqa: ANN401  (argparse's subparsers have no public type)
    """Add the verbs of this module."""
    ontology = verbs.add_parser(
        "ontology", help="check: whether the ontology is consistent and each class satisfiable"
    )
    ontology.add_argument("action", choices=["check"])
    ontology.add_argument("dir", type=Path, nargs="?", default=Path())
    ontology.add_argument("--json", action="store_true", help="print JSON")
    ontology.set_defaults(run=run_check)


def run_check(options: argparse.Namespace) -> ExitCode:
    """Ask HermiT about the twin's ontology and what ships; where there is no twin, about what ships alone."""
    from ldt_graph.axioms import unread
    from ldt_graph.consistency import judge
    from ldt_graph.ontology import Ontology

    alone = options.dir == Path() and not (options.dir / FILE).exists()
    files = [*assets.ontology_files(), *(() if alone else load_twin(options.dir).ontology)]
    ontology = Ontology.parse(files)
    verdict, ignored = judge(ontology), unread(files, ontology)
    if options.json:
        print_json(
            {
                "consistent": verdict.consistent,
                "unsatisfiable": list(verdict.unsatisfiable),
                "clash": list(verdict.clash),
                "leftOut": list(verdict.left_out),
                "notRead": [u.sentence for u in ignored],
            }
        )
    else:
        for line in (*_told(verdict, len(files)), *(u.sentence for u in ignored)):
            say(line)
    return ExitCode.OK if verdict.sound else ExitCode.FAILED


def _told(verdict: Verdict, files: int) -> list[str]:
    what = f"The ontology ({files} files)"
    if verdict.sound:
        lines = [f"{what} is consistent, and every class can have things."]
    elif not verdict.consistent:
        lines = [f"{what} is inconsistent: nothing can be as it says."]
    else:
        several = len(verdict.unsatisfiable) > 1
        lines = [
            f"{what} leaves {'classes' if several else 'a class'} that nothing can be of: {', '.join(verdict.unsatisfiable)}."
        ]
    if verdict.clash:
        lines += ["These axioms contradict each other:", *(f"  {axiom}" for axiom in verdict.clash)]
    return lines + [
        f"HermiT does not know the datatype, so it was left out: {axiom}."
        for axiom in verdict.left_out
    ]
