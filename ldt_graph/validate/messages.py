"""SHACL results in plain sentences."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ldt_graph.namespaces import SH, curie, local_name

if TYPE_CHECKING:
    from ldt_graph.validate.engine import Result

_SENTENCES = {
    "MinCount": "{path} is missing.",
    "MaxCount": "{path} is given more often than allowed.",
    "Datatype": "{path} is {value}, which is of another type than asked for.",
    "NodeKind": "{path} is {value}, which is of another kind than asked for.",
    "Class": "{path} is {value}, which is not of the class asked for.",
    "Pattern": "{path} is {value}, which does not have the form asked for.",
    "In": "{path} is {value}, which is not one of the values allowed.",
    "MinInclusive": "{path} is {value}, which is too small.",
    "MinExclusive": "{path} is {value}, which is too small.",
    "MaxInclusive": "{path} is {value}, which is too large.",
    "MaxExclusive": "{path} is {value}, which is too large.",
    "MinLength": "{path} is {value}, which is too short.",
    "MaxLength": "{path} is {value}, which is too long.",
    "LessThan": "{path} is {value}, which is not below what it is compared with.",
    "LessThanOrEquals": "{path} is {value}, which is above what it is compared with.",
}


_SEVERITIES = (SH.Violation, SH.Warning, SH.Info)


def sentence(result: Result, path: str | None, value: str | None) -> str:
    """Return the shape's own message, or a sentence made of the constraint, the path and the value."""
    own = "" if result.severity in _SEVERITIES else f" (Severity {short(result.severity)}.)"
    if result.message:
        text = result.message.rstrip(".")
        return (f"{text}." if value is None or value in text else f"{text}: {value}.") + own
    name = local_name(result.component).removesuffix("ConstraintComponent")
    made = _SENTENCES.get(name, "{path} breaks the rule {name}" + (": {value}." if value else "."))
    return made.format(path=local(path) if path else "The entity", value=value, name=name) + own


def short(iri: str) -> str:
    """Return a rule's name as a person cites it: `ldt:PumpShape-power`."""
    return curie(iri).strip("<>") if iri else iri


def local(path: str) -> str:
    """Return an IRI's local name; of a path of several steps each by its local name: `feeds/suppliedBy`."""
    named = re.sub(r"<([^<>]*)>", lambda m: local_name(m[1]), path)
    return named if named != path else local_name(path)
