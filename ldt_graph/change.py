"""What a version was made of, and what of it is another now: the unit of work of a build.

Nothing here loads an engine: a build that finds nothing to do ends before one is needed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from ldt_graph import assets
from ldt_graph.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from pathlib import Path

    from ldt_graph.model import Dataset
    from ldt_graph.twin import Twin

FORMAT = 6
"""Of what a version keeps for the next build. A release that makes other statements of the same files counts it up."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a build has to do again, compared with the version that it starts from.

    Attributes:
        whole: The datasets of which every row is lifted anew: they are new, or their mapping or options are others.
        edited: The datasets whose source has other bytes: of these, the rows whose key has other cells.
        dropped: The datasets that the twin no longer has.
        judge_all: Shapes, extent, ontology or waivers are others: every entity is validated.
        meaning: The ontology is another.
        anew: There is no version to start from, or it is of another release.
    """

    whole: frozenset[str] = frozenset()
    edited: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    judge_all: bool = False
    meaning: bool = False
    anew: bool = False

    @property
    def read(self) -> frozenset[str]:
        """The datasets whose sources are read."""
        return self.whole | self.edited


@dataclass(frozen=True, slots=True)
class Parts:
    """What a dataset is made of, as hashes."""

    source: str
    mapping: str
    options: str
    shapes: str


@dataclass(frozen=True, slots=True)
class MadeOf:
    """What a version is made of, as hashes: what is the same is not built again.

    `meaning` is what sources are read by: it is part of each one's hash.
    """

    release: str
    base: str
    ontology: str
    datasets: Mapping[str, Parts] = field(default_factory=dict)
    waivers: str = ""
    meaning: str = field(default="", compare=False)

    @classmethod
    def of(cls, twin: Twin, data_root: Path, source: Any, today: date) -> MadeOf:  # noqa: ANN401  (a function)
        """Read what a twin is made of on a day; `source` gives the hash of a dataset's source under an ontology and contexts."""
        files = _hash_files([*assets.ontology_files(), *twin.ontology])
        ontology = _hash("\0".join([files, *twin.vocabularies]))
        contexts = _hash_files([*assets.context_files(), *twin.contexts.values()])
        meaning = _hash("\0".join([ontology, contexts, *twin.contexts]))
        release = f"{version('ldt-graph')} {FORMAT} duckdb {version('duckdb')}"
        return cls(
            release,
            twin.base,
            ontology,
            {
                d.name: Parts(
                    source(d, data_root, meaning),
                    _hash_files([twin.mapping(d)]),
                    _hash(_options(d)),
                    _hash(f"{_hash_files(twin.shapes(d))} {twin.profile} {twin.extent}"),
                )
                for d in twin.datasets
            },
            _hash(repr([(w, w.holds(today)) for w in twin.waivers])) if twin.waivers else "",
            meaning,
        )

    @classmethod
    def from_document(cls, values: Mapping[str, Any] | None) -> MadeOf | None:
        """Read what `document` wrote; None where another release wrote something else."""
        said = dict(values or {})
        try:
            parts = {name: Parts(**hashes) for name, hashes in said.pop("datasets").items()}
            return cls(**said, datasets=parts)
        except (KeyError, TypeError, AttributeError):
            return None

    def document(self) -> dict[str, Any]:
        """Return this as JSON values."""
        return asdict(self)

    def since(self, before: MadeOf | None) -> Change | None:
        """Return what is to be done again since a version made of `before`; None where nothing is."""
        if before == self:
            return None
        if before is None or (before.release, before.base) != (self.release, self.base):
            return Change(whole=frozenset(self.datasets), judge_all=True, meaning=True, anew=True)
        whole, edited = set(), set()
        judge_all = (before.ontology, before.waivers) != (self.ontology, self.waivers)
        for name, now in self.datasets.items():
            held = before.datasets.get(name)
            if held is None or (held.mapping, held.options) != (now.mapping, now.options):
                whole.add(name)
            elif held.source != now.source:
                edited.add(name)
            judge_all |= held is None or held.shapes != now.shapes
        return Change(
            frozenset(whole),
            frozenset(edited),
            frozenset(before.datasets.keys() - self.datasets.keys()),
            judge_all,
            before.ontology != self.ontology,
        )


def _options(dataset: Dataset) -> str:
    said = asdict(dataset)
    for name in ("line", "mapping", "shapes"):
        said.pop(name)
    return json.dumps(said, sort_keys=True)


def _hash_files(paths: Iterable[Path]) -> str:
    """Hash files by name and content, in their order."""
    digest = hashlib.sha256()
    for path in paths:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise SettingsError(f"{path} can't be read: {error.strerror or error}.") from None
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:32]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
