"""A twin is a folder: twin.toml read strictly, every fault with its line."""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ldt_graph import assets
from ldt_graph.errors import Place, SettingsError
from ldt_graph.extent import Asked, read_extent
from ldt_graph.graph.store import DEFAULT, check_store
from ldt_graph.model import Anchor, Crs, Dataset
from ldt_graph.waivers import Waiver

if TYPE_CHECKING:
    from collections.abc import Mapping

_TWIN = {
    "name": str,
    "base": str,
    "data": str,
    "record": str,
    "store": str,
    "ontology": list,
    "vocabularies": list,
    "contexts": dict,
    "profile": str,
    "extent": (list, str, dict),
    "waive": list,
    "dataset": list,
}
_DATASET = {
    "name": str,
    "source": str,
    "mapping": str,
    "format": str,
    "shapes": list,
    "crs": (str, dict),
    "x": str,
    "y": str,
    "references": dict,
    "keys": dict,
    "options": dict,
    "unused": list,
    "waive": list,
}
_WAIVER = {
    "reason": str,
    "dataset": str,
    "shape": str,
    "key": str,
    "column": str,
    "until": (str, date),
}
STRICT = "strict"
_UNITS = ("metre", "foot", "us-survey-foot")
FILE = "twin.toml"
PROFILES = ("lenient", STRICT)
"""How strictly shapes are meant: as they say, or as they say under `ldt:strictSeverity`."""


@dataclass(frozen=True, slots=True)
class Twin:
    """A twin as twin.toml describes it, its paths resolved.

    Attributes:
        folder: Where twin.toml lies.
        base: IRI that its datasets' IRIs begin with; ends with `/`.
        data: The folder that sources are relative to.
        record: Location of its record: a folder or an `s3://` address.
        store: Where questions are answered: the name of a registered store.
        ontology: Its own ontology files, beside those that ship.
        vocabularies: Namespaces whose terms it takes as they are, though no ontology file declares them.
        contexts: Its own JSON-LD contexts, address → file, beside those that ship.
        profile: How strictly shapes are meant: one of `PROFILES`.
        waivers: Violations that it takes as they are.
        extent: The part of the earth that it covers, as far as it says so.
    """

    folder: Path
    name: str
    base: str
    data: Path
    record: str
    store: str
    ontology: tuple[Path, ...]
    vocabularies: tuple[str, ...]
    contexts: Mapping[str, Path]
    profile: str
    datasets: tuple[Dataset, ...]
    waivers: tuple[Waiver, ...] = ()
    extent: Asked = field(default_factory=Asked)

    def mapping(self, dataset: Dataset) -> Path:
        """Return the dataset's mapping file: its own, or the shipped one of that name."""
        return self._asset("mappings", dataset.mapping, dataset)

    def shapes(self, dataset: Dataset) -> tuple[Path, ...]:
        """Return the dataset's shapes files; `core` holds for every dataset.

        With one that ships comes what impact needs (`overlay-core`), and under the profile `strict` what a complete
        twin has (`strict-core`).
        """
        named = dict.fromkeys(("core", *dataset.shapes))
        kinds = ("overlay", "strict") if self.profile == STRICT else ("overlay",)
        more = [f"{k}-{n}" for n in named if not (self.folder / n).is_file() for k in kinds]
        shipped = [n for n in more if n in assets.names("shapes")]
        return tuple(dict.fromkeys(self._asset("shapes", n, dataset) for n in (*named, *shipped)))

    def _asset(self, kind: assets.AssetKind, name: str, dataset: Dataset) -> Path:
        own = self.folder / name
        if own.is_file():
            return own
        if not name.endswith(".ttl") and name in assets.names(kind):
            return assets.find(kind, name)
        raise SettingsError(
            f"Dataset {dataset.name} names {name!r}, which is neither a file nor one of the {kind} that ship.",
            place=Place(FILE, dataset.line),
            hint=f"Shipped: {', '.join(assets.names(kind))}.",
        )


def load_twin(folder: Path | str) -> Twin:
    """Read `twin.toml` of a folder.

    Raises:
        SettingsError: No such file, not TOML, an unknown key, a wrong type, a missing file: with the line.
    """
    folder = Path(folder)
    path = folder / FILE if folder.is_dir() else folder
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise SettingsError(
            f"No twin at {folder}: there is no readable {FILE}.",
            hint="`ldt init DIR` makes one, `ldt demo` a whole city.",
        ) from None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise SettingsError(
            f"Not valid TOML: {error}.", place=Place(FILE, int(line[1]) if line else None)
        ) from None
    return _Reader(path.parent, text, values).twin()


class _Reader:
    def __init__(self, folder: Path, text: str, values: dict[str, Any]) -> None:
        self.folder = folder
        self.lines = text.splitlines()
        self.values = values
        self.starts = [
            n for n, line in enumerate(self.lines, 1) if re.match(r"\s*\[\[\s*dataset\s*\]\]", line)
        ]

    def twin(self) -> Twin:
        self._check(self.values, _TWIN, None)
        for key in ("name", "base"):
            if not self.values.get(key):
                raise self._error(
                    f"{key} is missing.", None, None, f'Write {key} = "…" at the top.'
                )
        base = self.values["base"]
        if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|^`\\]*/$", base):
            raise self._error(
                f"base {base!r} is not an IRI that ends with '/'.",
                "base",
                None,
                'For instance base = "https://example.org/city/".',
            )
        entries = self.values.get("dataset", [])
        if not entries:
            raise self._error(
                "The twin has no [[dataset]].", None, None, "Add one with name, source and mapping."
            )
        datasets = tuple(self._dataset(n, entry) for n, entry in enumerate(entries))
        twin = Twin(
            folder=self.folder,
            name=self.values["name"],
            base=base,
            data=self.folder / self.values.get("data", "data"),
            record=self._record(self.values.get("record", ".ldt/record")),
            store=self._store(),
            ontology=self._ontology(),
            vocabularies=self._vocabularies(),
            contexts=self._contexts(),
            profile=self._profile(),
            datasets=datasets,
            waivers=self._waivers(),
            extent=self._extent(),
        )
        for dataset in datasets:
            twin.mapping(dataset)
            twin.shapes(dataset)
        return twin

    def _store(self) -> str:
        if "store" not in self.values:
            return DEFAULT
        try:
            return check_store(self.values["store"])
        except SettingsError as error:
            raise self._error(error.message, "store", None, error.hint) from None

    def _record(self, stated: str) -> str:
        return stated if "://" in stated else str(self.folder / stated)

    def _ontology(self) -> tuple[Path, ...]:
        found: list[Path] = []
        for pattern in self.values.get("ontology", []):
            files = sorted(self.folder.glob(pattern)) if isinstance(pattern, str) else []
            if not files:
                raise self._error(
                    f"ontology {pattern!r} matches no file.",
                    "ontology",
                    None,
                    f"It is relative to {self.folder}.",
                )
            found += files
        return tuple(dict.fromkeys(found))

    def _vocabularies(self) -> tuple[str, ...]:
        found = self.values.get("vocabularies", [])
        wrong = [
            v for v in found if not (isinstance(v, str) and re.match(r"[A-Za-z][\w+.-]*:\S+$", v))
        ]
        if wrong:
            raise self._error(
                f"vocabularies holds {wrong[0]!r}, which is no namespace.",
                "vocabularies",
                None,
                'For instance vocabularies = ["https://schema.org/"].',
            )
        return tuple(dict.fromkeys(found))

    def _profile(self) -> str:
        stated = self.values.get("profile", PROFILES[0])
        if stated not in PROFILES:
            raise self._error(
                f"profile is {stated!r}.", "profile", None, f"Known: {', '.join(PROFILES)}."
            )
        return stated

    def _extent(self) -> Asked:
        if "extent" not in self.values:
            return Asked()
        try:
            return read_extent(self.values["extent"], self.folder)
        except ValueError as error:
            example = "For instance extent = [9.9, 48.3, 10.1, 48.5]."
            raise self._error(f"{error}.", "extent", None, example) from None

    def _contexts(self) -> dict[str, Path]:
        stated = self._texts(self.values, "contexts", None)
        for ref, name in stated.items():
            if not (self.folder / name).is_file():
                raise self._error(
                    f"contexts names {name!r} for {ref}, which is no file.",
                    "contexts",
                    None,
                    f"It is relative to {self.folder}.",
                )
        return {ref: self.folder / name for ref, name in stated.items()}

    def _dataset(self, number: int, entry: Any) -> Dataset:  # noqa: ANN401  (TOML)
        if not isinstance(entry, dict):
            raise self._error("dataset must be written [[dataset]].", "dataset", None)
        self._check(entry, _DATASET, number)
        for key in ("name", "source", "mapping"):
            if not entry.get(key):
                raise self._error(f"{key} is missing in this [[dataset]].", None, number)
        name = entry["name"]
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
            raise self._error(
                f"The dataset name {name!r} may hold a-z, 0-9 and '-'.", "name", number
            )
        if name in [e.get("name") for e in self.values["dataset"][:number]]:
            raise self._error(f"A second dataset is called {name!r}.", "name", number)
        options = self._texts(entry, "options", number) | {
            k: entry[k] for k in ("x", "y") if k in entry
        }
        if len({"x", "y"} & entry.keys()) == 1:
            raise self._error("x and y belong together.", min({"x", "y"} & entry.keys()), number)
        return Dataset(
            name=name,
            source=entry["source"],
            mapping=entry["mapping"],
            format=entry.get("format"),
            shapes=self._names(entry, "shapes", number),
            crs=self._crs(entry.get("crs"), number),
            references=self._references(entry, number),
            separators=self._separators(entry, number),
            keys=self._keys(entry, number),
            options=options,
            unused=self._names(entry, "unused", number),
            line=self.starts[number] if number < len(self.starts) else 0,
        )

    def _waivers(self) -> tuple[Waiver, ...]:
        """Return the waivers of the twin, then those of each dataset."""
        found = [self._waiver(e, n, None) for n, e in enumerate(self.values.get("waive", []))]
        for number, entry in enumerate(self.values["dataset"]):
            found += [self._waiver(e, n, number) for n, e in enumerate(entry.get("waive", []))]
        return tuple(found)

    def _waiver(self, entry: Any, n: int, number: int | None) -> Waiver:  # noqa: ANN401  (TOML)
        example = 'For instance { shape = "ldt:PumpShape-*", key = "PU-3", reason = "…", until = 2027-01-31 }.'
        line = self._nth("reason", n, number)
        if not isinstance(entry, dict):
            raise self._error("A waiver is a table.", "waive", number, example)
        self._check(entry, _WAIVER, number)
        if not entry.get("reason", "").strip():
            raise self._error("A waiver says its reason.", "waive", number, example)
        if not entry.keys() & {"shape", "key", "column"}:
            raise SettingsError(
                "A waiver names what it waives: shape, key or column.",
                place=Place(FILE, line),
                hint=example,
            )
        if number is not None and "dataset" in entry:
            raise self._error("A dataset's waiver is of that dataset.", "waive", number)
        dataset = entry.get("dataset") if number is None else self.values["dataset"][number]["name"]
        words = {k: entry.get(k) for k in ("shape", "key", "column")}
        return Waiver(
            entry["reason"], dataset, **words, until=self._day(entry.get("until"), line), line=line
        )

    def _day(self, value: Any, line: int | None) -> date | None:  # noqa: ANN401  (TOML)
        try:
            found = date.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            found = value
        if found is None or type(found) is date:
            return found
        raise SettingsError(
            f"until is a day, not {value!r}.",
            place=Place(FILE, line),
            hint="For instance until = 2027-01-31.",
        )

    def _nth(self, key: str, n: int, number: int | None) -> int | None:
        """Find the line of a key's n-th occurrence behind `waive`."""
        start = self._line("waive", number)
        found = re.compile(rf"\b{key}\s*=")
        seen = -1
        for line, text in enumerate(self.lines[(start or 1) - 1 :], start or 1):
            seen += len(found.findall(text))
            if seen >= n:
                return line
        return start

    def _names(self, entry: dict[str, Any], key: str, number: int) -> tuple[str, ...]:
        names = entry.get(key, [])
        if not all(isinstance(n, str) for n in names):
            raise self._error(f"{key} is a list of texts.", key, number)
        return tuple(names)

    def _references(self, entry: dict[str, Any], number: int) -> dict[str, str]:
        """Return column → `dataset`, `dataset#part`, `*`, or the same with a `{column}` that says it."""
        stated = entry.get("references", {})
        if isinstance(stated, dict):
            stated = {c: t.get("to") if isinstance(t, dict) else t for c, t in stated.items()}
        references = self._texts({"references": stated}, "references", number)
        names = [str(e.get("name")) for e in self.values["dataset"] if isinstance(e, dict)]
        for column, target in references.items():
            dataset = target.partition("#")[0]
            if dataset != "*" and "{" not in dataset and dataset not in names:
                raise self._error(
                    f"references.{column} names {target!r}, which is no dataset.",
                    "references",
                    number,
                    f"Datasets: {', '.join(names)}; '*' means any of them.",
                )
        return references

    def _separators(self, entry: dict[str, Any], number: int) -> dict[str, str]:
        """Return column → what stands between its identifiers: `references = { column = { to = "…", separator = "|" } }`."""
        found = {}
        for column, stated in entry.get("references", {}).items():
            if isinstance(stated, dict):
                if stated.keys() != {"to", "separator"} or not stated["separator"]:
                    raise self._error(
                        f"references.{column} is a text, or says `to` and `separator`.",
                        "references",
                        number,
                        f'For instance {{ to = "{stated.get("to", "power")}", separator = "|" }}.',
                    )
                found[column] = stated["separator"]
        return self._texts({"references": found}, "references", number)

    def _keys(self, entry: dict[str, Any], number: int) -> dict[str, tuple[str, ...]]:
        """Return table → the columns that identify its rows."""
        keys = entry.get("keys", {})
        for table, columns in keys.items():
            if not isinstance(columns, list) or not all(isinstance(c, str) for c in columns):
                raise self._error(
                    f"keys.{table} must be a list of columns.",
                    "keys",
                    number,
                    'For instance keys = { stops = ["stop_id"] }.',
                )
        return {table: tuple(columns) for table, columns in keys.items()}

    def _texts(self, entry: dict[str, Any], key: str, number: int | None) -> dict[str, str]:
        values = entry.get(key, {})
        if not all(isinstance(v, str) for v in values.values()):
            raise self._error(f"{key} holds texts only.", key, number)
        return dict(values)

    def _crs(self, value: Any, number: int) -> Crs | None:  # noqa: ANN401  (TOML)
        if value is None or isinstance(value, str):
            return None if value is None else Crs(value)
        unknown = value.keys() - {"unit", "anchor"}
        if unknown or value.get("unit") not in _UNITS:
            raise self._error(
                f"A local crs needs unit, one of {', '.join(_UNITS)}."
                if not unknown
                else f"Unknown key {min(unknown)!r} in crs.",
                "crs",
                number,
                'For instance crs = { unit = "metre", anchor = { lon = 9.9, lat = 48.4 } }.',
            )
        anchor = value.get("anchor")
        if anchor is None:
            return Crs(unit=value["unit"])
        numbers = (
            {
                k: v
                for k, v in anchor.items()
                if isinstance(v, (int, float)) and not isinstance(v, bool)
            }
            if isinstance(anchor, dict)
            else {}
        )
        if (
            numbers.keys() - {"lon", "lat", "rotation"}
            or not {"lon", "lat"} <= numbers.keys()
            or numbers != anchor
        ):
            raise self._error(
                "anchor needs lon and lat, and may have rotation, in degrees.", "crs", number
            )
        if abs(numbers["lon"]) > 180 or abs(numbers["lat"]) > 90:
            raise self._error("The anchor does not lie on the earth.", "crs", number)
        return Crs(unit=value["unit"], anchor=Anchor(**numbers))

    def _check(self, values: dict[str, Any], known: dict[str, Any], number: int | None) -> None:
        for key, value in values.items():
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}."
                raise self._error(f"Unknown key {key!r}.", key, number, hint)
            if not isinstance(value, known[key]):
                wanted = known[key] if isinstance(known[key], tuple) else (known[key],)
                names = {str: "a text", list: "a list", dict: "a table", date: "a day"}
                raise self._error(
                    f"{key} must be {' or '.join(names[w] for w in wanted)}, not {value!r}.",
                    key,
                    number,
                )

    def _error(
        self, message: str, key: str | None, number: int | None, hint: str | None = None
    ) -> SettingsError:
        return SettingsError(message, place=Place(FILE, self._line(key, number)), hint=hint)

    def _line(self, key: str | None, number: int | None) -> int | None:
        """Find the line of a key of the n-th dataset, or of the twin itself."""
        start = self.starts[number] if number is not None and number < len(self.starts) else 1
        later = [s for s in self.starts if s > start]
        stop = (
            later[0]
            if number is not None and later
            else (self.starts[0] if number is None and self.starts else None)
        )
        if key is not None:
            pattern = re.compile(rf'\s*(\[+\s*(dataset\.)?)?"?{re.escape(key)}"?\s*[=\].]')
            for line, text in enumerate(
                self.lines[start - 1 : (stop or len(self.lines) + 1) - 1], start
            ):
                if pattern.match(text):
                    return line
        return start if number is not None else None
