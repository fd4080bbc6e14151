"""SHACL results in plain sentences."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ldt_graph.namespaces import curie

if TYPE_CHECKING:
    import shacl

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


def sentence(result: shacl.Result, path: str | None) -> str:
    """Return the shape's own message, or a sentence made of the constraint, the path and the value."""
    if result.message:
        text = result.message.rstrip(".")
        return (
            f"{text}."
            if result.value_plain is None or result.value_plain in text
            else f"{text}: {result.value_plain}."
        )
    name = result.component.removesuffix("ConstraintComponent")
    made = _SENTENCES.get(
        name, "{path} breaks the rule {name}" + (": {value}." if result.value_plain else ".")
    )
    return made.format(
        path=local(path) if path else "The entity", value=result.value_plain, name=name
    )


def short(iri: str) -> str:
    """Return a rule's name as a person cites it: `ldt:PumpShape-power`."""
    return curie(iri).strip("<>") if iri else iri


def local(iri: str) -> str:
    """Return an IRI's local name."""
    return re.split(r"[#/]", iri)[-1]
