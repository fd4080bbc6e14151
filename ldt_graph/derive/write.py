"""Models as a Turtle file of shapes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from ldt_graph.derive.form import (
    TRUE,
    All,
    Closed,
    Count,
    Each,
    Length,
    Matches,
    Not,
    One,
    Some,
    Unknown,
)
from ldt_graph.derive.settle import settle
from ldt_graph.derive.shared import names
from ldt_graph.derive.turtle import Shapes, iri, path, text
from ldt_graph.derive.words import sentence
from ldt_graph.namespaces import (
    AS_WKT,
    IDENTIFIER,
    LDT,
    NAME,
    NGSI_LD,
    PREFIXES,
    RDF_TYPE,
    SHAPES,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ldt_graph.derive.form import Model, Property, Test

_USED = ("dcterms", "geo", "ldt", "rdf", "rdfs", "sh", "xsd")
_PAGES = re.compile(r"https?://(?P<owner>[\w-]+)\.github\.io/[^/]+/(?P<path>.+)")
_LICENCES = {
    "https://creativecommons.org/licenses/by/4.0/": "CC BY 4.0",
    "https://www.apache.org/licenses/LICENSE-2.0": "Apache License 2.0",
}


def turtle(models: Sequence[Model], form: str, profile: str | None) -> str:
    """Return the shapes of models as Turtle.

    Args:
        models: The models.
        form: `canonical` or `normalized`.
        profile: `strict`, `lenient` or None (`derive` says what they are).
    """
    repositories: dict[str, list[Model]] = {}
    for model in models:
        repositories.setdefault(model.repository, []).append(model)
    parts = [_head(models, form, profile)]
    parts += [
        _Writer(name, found, form, profile).block() for name, found in sorted(repositories.items())
    ]
    return "\n".join(parts)


def _head(models: Sequence[Model], form: str, profile: str | None) -> str:
    told = f"--form {form}" + (f" --profile {profile}" if profile else "")
    lines = [f"# Made by `ldt shapes derive {told}` from JSON Schemas; not to be edited by hand."]
    if any("smart-data-models" in m.schema or "smartdatamodels" in m.schema for m in models):
        lines.append(
            "# The schemas are the work of the Smart Data Models initiative (FIWARE Foundation, TM Forum, IUDX, OASC) and of"
        )
        lines.append(
            "# the models' contributors, under CC BY 4.0 where a shape names no other licence; here they are converted to SHACL."
        )
    lines += [f"@prefix {p}: {iri(str(PREFIXES[p]))} ." for p in _USED]
    return "\n".join(lines) + "\n"


class _Writer:
    """The shapes of a repository."""

    def __init__(
        self, repository: str, models: Sequence[Model], form: str, profile: str | None
    ) -> None:
        self.form, self.profile = form, profile
        self.models = models
        self.base = (
            SHAPES + quote(repository) + ("/normalized" if form == "normalized" else "") + "#"
        )
        self.named = names(models)
        self.shapes = Shapes(
            lambda test: self._name(self.named[test]) if test in self.named else None
        )

    def block(self) -> str:
        models = [self._model(m) for m in self.models]
        shared = [
            _shape(self._name(name), ["a sh:NodeShape", *self.shapes.body(test, known=True)])
            for test, name in self.named.items()
        ]
        helpers = [
            _shape(f":{name}", ["a sh:NodeShape", *body])
            for name, body in sorted(self.shapes.helpers.items())
        ]
        told = dict.fromkeys(w for m in self.models for w in m.warnings)
        notes = [f"#   {w.kind}: {w.pointer}: {_line(w.why)}" for w in told]
        notes = (
            [
                "# What the schemas say and these shapes don't, and what is amiss in the schemas:",
                *notes,
            ]
            if notes
            else []
        )
        head = "\n".join([*notes, f"@prefix : <{self.base}> ."])
        return "\n\n".join([head, *models, *shared, *helpers]) + "\n"

    # ── a model ──────────────────────────────────────────────────────────────────────────────────

    def _model(self, model: Model) -> str:
        name = f"{model.name}Shape"
        shapes: list[str] = []
        listed: list[str] = []
        for found in model.properties:
            for suffix, parts, path_ in self._property(model, found):
                full = self._name(f"{name}-{found.name}{suffix}")
                shapes.append(_shape(full, parts))
                if path_:
                    listed.append(full)
        for number, test in enumerate(model.together, 1):
            parts = ["a sh:NodeShape", *self._targets(model), *self.shapes.body(test)]
            parts.append(
                f"sh:message {text(f'What a {model.name} has and lacks goes together otherwise: see {model.schema}.')}"
            )
            shapes.append(_shape(self._name(f"{name}-together-{number}"), parts))
        if self.profile == "strict":
            shapes.append(self._known(model))
        own = ["a sh:NodeShape", *self._targets(model), *self._provenance(model)]
        if listed:
            own.append("sh:property " + " , ".join(listed))
        return "\n".join([_shape(self._name(name), own), *shapes])

    def _targets(self, model: Model) -> list[str]:
        return ["sh:targetClass " + " , ".join(map(iri, model.classes))] if model.classes else []

    def _provenance(self, model: Model) -> list[str]:
        sources = [model.schema] if ":" in model.schema else []
        if model.commit and (found := _PAGES.fullmatch(model.schema)):
            sources.append(
                f"https://github.com/{found['owner']}/{model.repository}/blob/{model.commit}/{found['path']}"
            )
        parts = [f"rdfs:label {text(model.name)}"]
        parts += ["dcterms:source " + " , ".join(map(iri, sources))] if sources else []
        parts += [f"dcterms:hasVersion {text(model.version)}"] if model.version else []
        licence = model.licence
        return parts + ([f"dcterms:license {iri(licence)}"] if licence else [])

    # ── a property ───────────────────────────────────────────────────────────────────────────────

    def _property(self, model: Model, found: Property) -> list[tuple[str, list[str], bool]]:
        """Return its shapes: the suffix of the name, the body, and whether it is a property shape of the model's."""
        made: list[tuple[str, list[str], bool]] = []
        hard = (
            [t for t in (_hardened(t) for t in found.tests) if t != TRUE]
            if self.profile == "lenient"
            else list(found.tests)
        )
        made += self._severe(model, found, hard, "", None)
        if self.profile == "lenient" and tuple(hard) != found.tests:
            made += self._severe(model, found, list(found.tests), "-form", "Warning")
        if self.profile == "strict" and (kind := self._kind(found)):
            made.append(("-kind", kind, True))
        return made

    def _severe(
        self,
        model: Model,
        found: Property,
        tests: Sequence[Test],
        suffix: str,
        severity: str | None,
    ) -> list[tuple[str, list[str], bool]]:
        said = [f"sh:severity sh:{severity}"] if severity else []
        said += [f"sh:message {text(sentence(found))}"]
        told = self._told(found)
        by_path: dict[tuple[object, ...], list[Test]] = {}
        for test in tests:
            by_path.setdefault(test.path if isinstance(test, Each | Count) else (), []).append(test)
        made = []
        for number, (at, parts) in enumerate(
            sorted(by_path.items(), key=lambda p: (p[0] != found.path, len(p[0])))
        ):
            tail = suffix if not number else f"{suffix}-{number + 1}"
            if at == ():
                for extra, test in enumerate(parts, 1):
                    more = tail if extra == 1 else f"{tail}-{extra}"
                    made.append(
                        (
                            more,
                            [
                                "a sh:NodeShape",
                                *self._targets(model),
                                *self.shapes.body(test),
                                *said,
                                *told,
                            ],
                            False,
                        )
                    )
            else:
                made.append(
                    (tail, ["a sh:PropertyShape", *self._values(parts), *said, *told], True)
                )
        return made

    def _values(self, tests: Sequence[Test]) -> list[str]:
        """Return the body of a property shape; a count of some of the values stands beside the rest."""
        plain = [
            t for t in tests if isinstance(t, Each) or (isinstance(t, Count) and t.test is None)
        ]
        counted = [t for t in tests if isinstance(t, Count) and t.test is not None]
        at = tests[0].path if isinstance(tests[0], Each | Count) else ()
        parts = self.shapes.about(at, plain) if plain else [f"sh:path {path(at)}"]
        for test in counted:
            parts += self.shapes._qualified(test)[1:]
        return parts

    def _told(self, found: Property) -> list[str]:
        parts = [f"sh:name {text(found.name)}"]
        if found.unit and found.unit.lower() not in ("no unit",):
            parts.append(f"ldt:unit {text(found.unit)}")
        sources = [p for p in map(_address, found.pointers) if p]
        return parts + (["dcterms:source " + " , ".join(map(iri, sources))] if sources else [])

    def _kind(self, found: Property) -> list[str]:
        """Return a shape that warns where an attribute is of another kind than its model says."""
        if found.kind is None or not found.path:
            return []
        at = path(found.path)
        message = f"sh:message {text(f'The model says that {found.name} is a {found.kind}.')}"
        told = ["sh:severity sh:Warning", message, f"sh:name {text(found.name)}"]
        if self.form == "normalized":
            return [
                "a sh:PropertyShape",
                f"sh:path ( {at} rdf:type )",
                f"sh:in ( {iri(NGSI_LD[found.kind])} )",
                *told,
            ]
        if found.kind == "Relationship":
            return ["a sh:PropertyShape", f"sh:path {at}", "sh:nodeKind sh:IRI", *told]
        return []

    def _known(self, model: Model) -> str:
        """Return a shape that warns of attributes that the model does not name."""
        known = {str(p.path[0]) for p in model.properties if p.path} | {RDF_TYPE}
        if self.form == "canonical":
            known |= {IDENTIFIER, NAME, AS_WKT, LDT.planGeometry}
        closed = self.shapes.body(Closed(tuple(sorted(known))))
        message = f"sh:message {text(f'The model {model.name} has no such attribute.')}"
        parts = [
            "a sh:NodeShape",
            *self._targets(model),
            *closed,
            "sh:severity sh:Warning",
            message,
        ]
        return _shape(self._name(f"{model.name}Shape-names"), parts)

    def _name(self, local: str) -> str:
        if re.fullmatch(r"[A-Za-z][\w-]*", local, re.ASCII):
            return f":{local}"
        return f"<{self.base}{quote(local, safe='')}>"


def _hardened(test: Test) -> Test:
    """Return what is left of a test where forms of texts are not judged."""
    return settle(_without_forms(test))


def _without_forms(test: Test) -> Test:
    match test:
        case Length() | Matches():
            return Unknown("a form")
        case All(tests):
            return All(tuple(map(_without_forms, tests)))
        case Some(tests):
            return Some(tuple(map(_without_forms, tests)))
        case One(tests):
            return One(tuple(map(_without_forms, tests)))
        case Not(inner):
            return Not(_without_forms(inner))
        case Each(at, inner):
            return Each(at, _without_forms(inner))
        case Count(at, low, high, inner) if inner is not None:
            return Count(at, low, high, _without_forms(inner))
    return test


def _address(pointer: str) -> str | None:
    """Return the address of a place in a schema, where it has one."""
    file, _, fragment = pointer.partition("#")
    if "://" in file:
        return f"{file}#{quote(fragment, safe='/~$')}"
    repository, _, rest = file.partition("/")
    if repository.startswith("dataModel") or repository == "data-models":
        return (
            f"https://smart-data-models.github.io/{repository}/{rest}#{quote(fragment, safe='/~$')}"
        )
    return None


def _shape(name: str, parts: Iterable[str]) -> str:
    return f"{name} " + " ;\n    ".join(parts) + " ."


def _line(words: str) -> str:
    return " ".join(words.split())
