"""Files and folders of this machine."""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ldt_graph.errors import Place, SourceError
from ldt_graph.sources.connect import ByteSource, Found

if TYPE_CHECKING:
    from pathlib import Path

    from ldt_graph.model import Dataset


class File:
    """One file, and those beside it that share its stem."""

    def find(self, dataset: Dataset, data_root: Path) -> Found:
        """Find the file."""
        path, label = data_root / dataset.source, PurePosixPath(dataset.source)
        near = [p for p in _listed(path.parent, dataset) if p.name.startswith(f"{path.stem}.")]
        return Found(
            (_bytes(path, label),),
            collection=False,
            beside=tuple(
                _bytes(p, label.with_name(p.name)) for p in near if p.is_file() and p != path
            ),
        )


class Folder:
    """The files of a folder by name. Hidden files are left alone, its folders are not entered."""

    def find(self, dataset: Dataset, data_root: Path) -> Found:
        """List the folder."""
        label = PurePosixPath(dataset.source)
        entries = _listed(data_root / label, dataset)
        return Found(
            tuple(_bytes(p, label / p.name) for p in entries if p.is_file()),
            collection=True,
            closed={
                f"{p.name}/": "folders of a folder are not read" for p in entries if p.is_dir()
            },
        )


FILE, FOLDER = File(), Folder()


def _bytes(path: Path, label: PurePosixPath) -> ByteSource:
    return ByteSource(path.name, str(label), path.stat().st_size, partial(path.open, "rb"), path)


def _listed(folder: Path, dataset: Dataset) -> list[Path]:
    try:
        return sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    except OSError as error:
        raise SourceError(
            f"The folder can't be listed: {error.strerror or error}.", place=Place(dataset.source)
        ) from None
