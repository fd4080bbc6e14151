"""Areas as GraphQL takes them: exactly one way to draw each."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import strawberry

from ldt_graph.errors import QueryError
from ldt_graph.impact.spatial.areas import box_area, circle, read_area
from ldt_graph.impact.spatial.located import district_area

if TYPE_CHECKING:
    from ldt_graph.graph import Graph
    from ldt_graph.impact.spatial.areas import Area

MAX_POSITIONS = 5_000


@strawberry.input(description="A circle: all within `metres` of a position, in degrees of WGS 84.")
class CircleInput:
    """A circle."""

    lon: float
    lat: float
    metres: float


@strawberry.input(
    description="An area: one of `geojson`, `near`, `box` and `district`. `metres` and `depthAttribute` go with `geojson`."
)
class AreaInput:
    """An area, drawn in one of several ways."""

    geojson: str | None = strawberry.field(
        default=None,
        description="A geometry, feature or collection as text, of at most 5,000 positions.",
    )
    metres: float = strawberry.field(
        default=0.0, description="So far around it too: a line so is a corridor."
    )
    depth_attribute: str | None = strawberry.field(
        default=None, description="The property that says how deep the water stands, in metres."
    )
    near: CircleInput | None = None
    box: list[float] | None = strawberry.field(
        default=None, description="West, south, east, north, in degrees."
    )
    district: str | None = strawberry.field(
        default=None, description="A place by IRI, dataset:identifier or identifier."
    )

    def area(self, graph: Graph) -> Area:
        """Return what is drawn.

        Raises:
            QueryError: Nothing is, several things are, or it has no meaning.
        """
        if sum(v is not None for v in (self.geojson, self.near, self.box, self.district)) != 1:
            raise QueryError("An area is one of geojson, near, box and district.")
        if self.near is not None:
            return circle(self.near.lon, self.near.lat, self.near.metres)
        if self.box is not None:
            if len(self.box) != 4:
                raise QueryError("A box is west, south, east, north.")
            return box_area(*self.box)
        if self.district is not None:
            return district_area(graph, self.district)
        area = read_area(self.geojson or "", metres=self.metres, depth=self.depth_attribute)
        if len([*islice(area.positions, MAX_POSITIONS + 1)]) > MAX_POSITIONS:
            raise QueryError(
                f"The area has more than {MAX_POSITIONS:,} positions.",
                hint="Draw it with fewer, or ask `ldt impact --in`.",
            )
        return area
