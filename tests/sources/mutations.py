"""Good files spoiled as people and programs spoil them: a part deleted, repeated, swapped, misspelt."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterable

_OTHERS = st.sampled_from([None, "", [], {}, 0, True, "word", [None], {"a": 1}])


@st.composite
def mutated(draw: st.DrawFn, document: Any) -> Any:
    """Draw a document of JSON with one to three places spoiled."""
    spoiled = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        holders = [h for h in _holders(spoiled) if h]
        if not holders:
            break
        _spoil(draw, draw(st.sampled_from(holders)))
    return spoiled


def _spoil(draw: st.DrawFn, holder: Any) -> None:
    keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    key = draw(st.sampled_from(keys))
    how = draw(st.sampled_from(["delete", "misspell", "repeat", "swap", "replace"]))
    if how == "delete":
        del holder[key]
    elif how == "replace":
        holder[key] = copy.deepcopy(draw(_OTHERS))
    elif how == "swap":
        other = draw(st.sampled_from(keys))
        holder[key], holder[other] = holder[other], holder[key]
    elif how == "repeat":
        value = copy.deepcopy(holder[key])
        if isinstance(holder, list):
            holder.insert(key, value)
        else:
            holder[f"{key}2"] = value
    elif isinstance(holder, dict):
        holder[f"{key[:-1]}x"] = holder.pop(key)
    elif isinstance(holder[key], str):
        holder[key] = f"{holder[key]}x"


def _holders(value: Any) -> Iterable[Any]:
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _holders(inner)


def leaves(value: Any) -> Iterable[str]:
    """Yield the values that stand for facts: texts with `leaf` in them, and numbers of two digits from 70."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from leaves(inner)
    elif (isinstance(value, str) and "leaf" in value) or value in range(70, 100):
        yield str(value)
