"""The formats that ship, as their entry points name them. What reads them is imported when they read."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from ldt_graph.errors import Place, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ldt_graph.sources.connect import ByteSource
    from ldt_graph.sources.places import Asked, Placed
    from ldt_graph.sources.reading import Reading

_TEXT = frozenset({"encoding"})
_TABLE = frozenset({"x", "y"})
_CSV = frozenset({"delimiter", "skip", "skip-after-header", "null", "decimal"})
_NAMED = frozenset({"table"})


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A format whose files are read one by one.

    Attributes:
        reader: `module:function` below this package.
        sidecars: Endings of the files that belong to a file of the same stem.
        alone: Whether a file can't share its tables with another one: each has numbers of its own.
        by_ontology: Whether what it makes of a file depends on the ontology or on contexts: on units of attributes, on what names mean.
        places: `module:function` that leads cells to their places in the file, where rows are no lines of it.
    """

    reader: str
    suffixes: tuple[str, ...]
    options: frozenset[str] = frozenset()
    sidecars: tuple[str, ...] = ()
    mark: str | None = None
    alone: bool = False
    by_ontology: bool = False
    places: str | None = None

    def parts(
        self, files: Sequence[ByteSource], others: Sequence[ByteSource]
    ) -> Iterable[tuple[ByteSource, ...]]:
        """Make a part of each file and its sidecars."""
        for file in files:
            near = [o for o in others if o.suffix in self.sidecars and _bare(o) == _bare(file)]
            yield (file, *near)

    def read(self, reading: Reading) -> None:
        """Read one file."""
        _function(self.reader)(reading)

    def locate(self, reading: Reading, asked: Sequence[Asked]) -> Iterable[Placed]:
        """Lead cells to their places in the file."""
        return _function(self.places)(reading, asked) if self.places else ()


@dataclass(frozen=True, slots=True)
class FeedFormat:
    """A format of a whole folder or archive: its files by name, side by side.

    Files at the top are the feed; else the one folder that holds it. `mark` is the file that tells it.
    """

    reader: str
    mark: str
    names: frozenset[str]
    suffixes: tuple[str, ...] = ()
    options: frozenset[str] = frozenset()

    def parts(
        self, files: Sequence[ByteSource], others: Sequence[ByteSource]
    ) -> Iterable[tuple[ByteSource, ...]]:
        """Make one part of the feed's files.

        Raises:
            SourceError: Two folders hold a feed, and the top does not.
        """
        top = self._top(files)
        feed = tuple(f for f in files if _folder(f) == top and _last(f) in self.names)
        return [feed] if feed else []

    def _top(self, files: Sequence[ByteSource]) -> str:
        marks = sorted((f for f in files if _last(f) == self.mark), key=lambda f: f.name)
        folders = [_folder(m) for m in marks]
        if "." in folders or not folders:
            return "."
        if len(folders) > 1:
            raise SourceError(
                f"Two folders hold a feed: {folders[0]!r} and {folders[1]!r}.",
                place=Place(marks[0].label),
                hint="Leave one of them, or put the files of one at the top.",
            )
        return folders[0]

    def read(self, reading: Reading) -> None:
        """Read the feed."""
        _function(self.reader)(reading)


def _bare(file: ByteSource) -> PurePosixPath:
    return PurePosixPath(file.name).with_suffix("")


def _folder(file: ByteSource) -> str:
    return str(PurePosixPath(file.name).parent)


def _last(file: ByteSource) -> str:
    return PurePosixPath(file.name).name


def _function(name: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    return getattr(import_module(f"{__package__}.{module}"), function)


# GTFS Schedule reference, "Dataset files", but for locations.geojson.
# fmt: off
_GTFS = (
    "agency", "stops", "routes", "trips", "stop_times", "calendar", "calendar_dates", "fare_attributes", "fare_rules",
    "timeframes", "rider_categories", "fare_media", "fare_products", "fare_leg_rules", "fare_leg_join_rules",
    "fare_transfer_rules", "areas", "stop_areas", "networks", "route_networks", "shapes", "frequencies", "transfers",
    "pathways", "levels", "location_groups", "location_group_stops", "booking_rules", "translations", "feed_info",
    "attributions",
)
# fmt: on

CSV = FileFormat("delimited:read_csv", (".csv", ".txt"), _TEXT | _TABLE | _NAMED | _CSV)
TSV = FileFormat("delimited:read_csv", (".tsv", ".tab"), _TEXT | _TABLE | _NAMED | _CSV)
PARQUET = FileFormat("parquet:read_parquet", (".parquet",), _TABLE | _NAMED)
JSON = FileFormat("jsons:read_json", (".json",), _TEXT | _NAMED, places="json_places:in_json")
NDJSON = FileFormat(
    "jsons:read_ndjson",
    (".ndjson", ".jsonl"),
    _TEXT | _NAMED,
    places="json_places:in_ndjson",
)
GEOJSON = FileFormat(
    "geojson:read_geojson", (".geojson", ".json"), _TEXT | _NAMED, places="json_places:in_geojson"
)
NGSI_LD = FileFormat(
    "ngsi_ld:read_ngsi_ld",
    (".jsonld", ".json"),
    _TEXT | {"context"},
    by_ontology=True,
    places="json_places:in_ngsi_ld",
)
EPANET = FileFormat("epanet:read_epanet", (".inp",), _TEXT, places="epanet.found:in_sections")
PANDAPOWER = FileFormat(
    "pandapower:read_pandapower", (".json",), _TEXT, places="json_places:in_frames"
)
TNTP = FileFormat("tntp:read_tntp", (".tntp",), _TEXT, alone=True)
SHAPEFILE = FileFormat(
    "shapefiles:read_shapefile",
    (".shp",),
    _TEXT | _NAMED,
    sidecars=(".dbf", ".shx", ".prj", ".cpg"),
)
GTFS = FeedFormat(
    "gtfs:read_gtfs",
    "stops.txt",
    frozenset(f"{name}.txt" for name in _GTFS),
    options=_TEXT | _CSV,
)
