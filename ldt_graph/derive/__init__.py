"""Derive SHACL shapes from JSON Schema: what a model asks of its entities, as shapes of a graph, and what gets lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ldt_graph.derive.assemble import assemble, compiler_for
from ldt_graph.derive.documents import Library
from ldt_graph.derive.form import Model, Warned
from ldt_graph.derive.models import context_of, sources
from ldt_graph.derive.write import turtle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["Derived", "Form", "Model", "Profile", "Warned", "derive"]

Form = Literal["canonical", "normalized"]
Profile = Literal["strict", "lenient"]


@dataclass(frozen=True, slots=True)
class Derived:
    """Models, ready to be written.

    Attributes:
        models: In the order of their repositories and names.
        form: How entities stand in the graph.
        profile: What is asked, and how severely.
    """

    models: tuple[Model, ...]
    form: Form
    profile: Profile | None

    def turtle(self, models: Sequence[Model] | None = None) -> str:
        """Return the shapes of these models, or of all, as Turtle: the same bytes each time."""
        return turtle(self.models if models is None else models, self.form, self.profile)

    def files(self) -> dict[str, str]:
        """Return a Turtle file for each model; in a folder for each repository, where there are several."""
        several = len({m.repository for m in self.models}) > 1
        return {
            f"{m.repository}/{m.name}.ttl" if several else f"{m.name}.ttl": self.turtle([m])
            for m in self.models
        }

    def report(self) -> dict[str, Any]:
        """Return the models with what their shapes leave out, as JSON."""
        return {
            "form": self.form,
            "profile": self.profile,
            "models": [_reported(m) for m in self.models],
        }


def _reported(model: Model) -> dict[str, Any]:
    return {
        "model": model.name,
        "repository": model.repository,
        "schema": model.schema,
        "version": model.version,
        "commit": model.commit,
        "classes": list(model.classes),
        "properties": [
            {
                "name": p.name,
                "kind": p.kind,
                "unit": p.unit,
                "values": sorted(p.node),
                "min": p.low,
                "max": p.high,
            }
            for p in model.properties
        ],
        "warnings": [
            {"kind": w.kind, "keyword": w.keyword, "pointer": w.pointer, "why": w.why}
            for w in model.warnings
        ],
    }


def derive(
    paths: Sequence[Path],
    *,
    form: Form = "canonical",
    contexts: Sequence[Path] = (),
    schemas: Sequence[Path] = (),
    profile: Profile | None = None,
    commits: Mapping[str, str] | None = None,
    repair: bool = False,
) -> Derived:
    """Convert models into shapes. Nothing is fetched; costs some milliseconds a model.

    Args:
        paths: Schema files, models' folders (`schema.json`, and `model.yaml` for kinds and units), checkouts of
            repositories, or folders of checkouts.
        form: `canonical` (entity → term → value, as the lift makes it and as the simplified form is in JSON-LD) or
            `normalized` (entity → term → node → `ngsi-ld:hasValue` …, as brokers have it).
        contexts: JSON-LD contexts that take the place of the repositories' own.
        schemas: Folders that hold checkouts which `$ref` may lead to; those beside a model are looked into anyway.
        profile: None: what the schema says, each a violation. `lenient`: how a text is written (patterns, lengths,
            formats) is a warning. `strict`: what the schema says, and warnings of attributes that the model does not
            name or calls another kind of.
        commits: Repository → commit, where the checkouts don't know theirs.
        repair: Read what the listed patches say in place of faults of published schemas.

    Raises:
        SchemaError: A schema can't be read (the place names its file and pointer).
        ContextError: A context can't be had.
    """
    found = sources(paths)
    beside = [s.checkout.resolve().parent for s in found]
    library = Library(tuple(dict.fromkeys([*schemas, *beside])), repair=repair)
    compiler, contexts_of = compiler_for(library, form), {}
    models = []
    for source in found:
        repository = source.repository(library.read(source.schema).root)
        key = (source.checkout.resolve(), repository)
        if key not in contexts_of:
            contexts_of[key] = context_of(source, repository, contexts)
        commit = (commits or {}).get(repository)
        models.append(assemble(source, compiler, contexts_of[key], commit))
    return Derived(tuple(models), form, profile)
