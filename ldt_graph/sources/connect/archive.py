"""Zip archives: a member is read where it stands, never unpacked beside the data."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import Counter
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ldt_graph.errors import Place, SourceError
from ldt_graph.sources.connect import ByteSource, Found

if TYPE_CHECKING:
    from pathlib import Path

    from ldt_graph.model import Dataset

# What zipfile raises of a damaged member, of an encrypted one, of a method that it does not know.
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)


class Zip:
    """The members of a zip archive, in all its folders; hidden ones and `__MACOSX` are left alone."""

    def find(self, dataset: Dataset, data_root: Path) -> Found:
        """List the archive.

        Raises:
            SourceError: It is damaged, or holds two members of one name.
        """
        path = data_root / dataset.source
        place = Place(str(PurePosixPath(dataset.source)))
        try:
            with zipfile.ZipFile(path) as archive:
                members = [i for i in archive.infolist() if not i.is_dir()]
        except (OSError, ValueError, *_DAMAGED) as error:
            raise SourceError(
                f"No format is known that reads it: the archive is damaged ({error}).", place=place
            ) from None
        files = sorted(
            (_member(path, info, place.file) for info in members if not _hidden(_name(info))),
            key=lambda f: f.name,
        )
        double = [n for n, count in Counter(f.name for f in files).items() if count > 1]
        if double:
            raise SourceError(
                f"The archive holds two files called {double[0]!r}.",
                place=place,
                hint="Pack it again with one of them.",
            )
        return Found(tuple(files), collection=True)


ZIP = Zip()


def _name(info: zipfile.ZipInfo) -> str:
    # APPNOTE 4.4.17.1 wants forward slashes; some tools write backslashes all the same.
    return info.filename.replace("\\", "/")


def _hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or any(p.startswith(".") for p in parts)


def _member(path: Path, info: zipfile.ZipInfo, label: str) -> ByteSource:
    name = _name(info)
    return ByteSource(name, f"{label}/{name}", info.file_size, partial(_open, path, info))


def _open(path: Path, info: zipfile.ZipInfo) -> io.BufferedReader:
    return io.BufferedReader(_Member(path, info), 1 << 16)


class _Member(io.RawIOBase):
    """A member's bytes. What is wrong with it is an OSError, as with any file."""

    def __init__(self, path: Path, info: zipfile.ZipInfo) -> None:
        try:
            self._archive = zipfile.ZipFile(path)
            self._file = self._archive.open(info)
        except _DAMAGED as error:
            raise OSError(f"the archive is damaged ({error})") from None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # ty: ignore[incompatible-method-override]
        try:
            data = self._file.read(len(buffer))
        except _DAMAGED as error:
            raise OSError(f"the archive is damaged ({error})") from None
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed and hasattr(self, "_file"):
            self._file.close()
            self._archive.close()
        super().close()
