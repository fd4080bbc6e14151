"""What a question finds: who loses what, when and why, as columns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Bools, Floats, Ints


class Cause(IntEnum):
    """Why an asset failed, or what it is exposed to."""

    OUTAGE = 1
    GATE = 2
    SUPPLY = 3


@dataclass(frozen=True, slots=True, eq=False)
class Loss:
    """Vertices that lose something in one round: which gate or commodity (`index`), and in which round."""

    vertex: Ints
    cause: Cause
    index: Ints
    round: int


@dataclass(frozen=True, slots=True, eq=False)
class Fate:
    """Vertices that fail by one loss, and the gate or commodity (`index`) of each: round, hour, cause, and the round of the loss."""

    vertex: Ints
    index: Ints
    round: int
    hour: float
    cause: Cause | None
    lost_round: int


@dataclass(frozen=True, slots=True, eq=False)
class Exposures:
    """What depends on something that failed and still stands, by vertex; columns of equal length.

    Attributes:
        vertex: Sorted, each once.
        cause: A `Cause`: which kind of requirement was touched.
        index: The gate, or the commodity's number among the judged.
        round: The round in which it was touched.
        buffered: The requirement is lost; a buffer bridges it beyond the horizon.
    """

    vertex: Ints
    cause: Ints
    index: Ints
    round: Ints
    buffered: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Degradations:
    """What is degraded and stands, by vertex; columns of equal length, as of `Exposures`.

    Attributes:
        hour: From which on.
    """

    vertex: Ints
    cause: Ints
    index: Ints
    round: Ints
    hour: Floats


def part_of(loss: Loss, keep: Bools) -> Loss:
    """Return the part of a loss that is kept."""
    return Loss(loss.vertex[keep], loss.cause, loss.index[keep], loss.round)
