"""What is read of a context means what a JSON-LD processor makes of it; what that refuses is refused."""

from __future__ import annotations

import json
from typing import Any

import pyoxigraph as ox
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.contexts import Context
from ldt_graph.errors import ContextError

NAMES = ["a", "b", "c", "ex", "ex:d"]
ASKED = [*NAMES, "e", "ex:f", "urn:g:h"]
_meaning = st.sampled_from(["https://x.org/1", "https://x.org/2#", "ex:q", "a", "b", None])
_definition = _meaning | st.fixed_dictionaries(
    {"@id": _meaning},
    optional={
        "@type": st.sampled_from(["@id", "@vocab", "https://x.org/t", "ex:t"]),
        "@protected": st.booleans(),
        "@container": st.sampled_from(["@set", "@list"]),
    },
)
# As a prefix `ex` is always a text: the processor also takes one from a map, which JSON-LD 1.1 does not.
_context = st.none() | st.builds(
    lambda terms, prefix, more: {**terms, **prefix, **more},
    st.dictionaries(st.sampled_from(["a", "b", "c", "ex:d"]), _definition, max_size=3),
    st.sampled_from([{}, {"ex": "https://ex.org/"}, {"ex": "https://ex.org/ns#"}]),
    st.sampled_from([{}, {"@vocab": "https://v.org/"}, {"@vocab": None}, {"@protected": True}]),
)


def theirs(contexts: list[Any], name: str) -> str | None:
    """Return what the processor makes of a name; raise SyntaxError where it refuses the context."""
    document = {"@context": contexts, "@id": "urn:s", name: [True]}
    quads = list(ox.parse(json.dumps(document), format=ox.RdfFormat.JSON_LD))
    return next((q.predicate.value for q in quads if str(q.subject) == "<urn:s>"), None)


@given(st.lists(_context, min_size=1, max_size=3))
def test_a_name_means_what_a_processor_makes_of_it(contexts: list[Any]) -> None:
    try:
        expected = {n: theirs(contexts, n) for n in ASKED}
    except SyntaxError:
        expected = None
    try:
        made = Context.of(contexts)
        found = {n: i if (i := made.expand(n)) and ":" in i else None for n in ASKED}
    except ContextError:
        return  # the processor lets pass some of what JSON-LD forbids: a term that stands for no IRI
    assert found == expected
