"""Zip archives: a member is read where it stands, never unpacked beside the data."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections import Counter
from functools import partial
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from ldt_graph.errors import Place, SourceError
from ldt_graph.sources.connect import ByteSource, Found

if TYPE_CHECKING:
    from pathlib import Path

    from ldt_graph.model import Dataset

# What zipfile raises of a damaged member, of an encrypted one, of a method that it does not know.
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)

LARGEST = 8 << 30
"""Bytes that a member may unpack to: more is left to whoever unpacks it on purpose."""
DENSE, SMALL = 200, 32 << 20
"""A member of more than `SMALL` bytes that unpacks to more than `DENSE` times its packed size is a bomb: tables
of texts pack to a tenth, rarely to a fiftieth; deflate ends at a thousandth."""


class Zip:
    """The members of a zip archive, in all its folders; hidden ones and `__MACOSX` are left alone."""

    def find(self, dataset: Dataset, data_root: Path) -> Found:
        """List the archive. What it says of its members is all that is read of them.

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
        members = [i for i in members if not _hidden(_name(i))]
        closed = {_name(i): why for i in members if (why := _closed(i))}
        files = sorted(
            (_member(path, i, place.file) for i in members if not _closed(i)), key=lambda f: f.name
        )
        double = [n for n, count in Counter(f.name for f in files).items() if count > 1]
        if double:
            raise SourceError(
                f"The archive holds two files called {double[0]!r}.",
                place=place,
                hint="Pack it again with one of them.",
            )
        return Found(tuple(files), collection=True, closed=dict(sorted(closed.items())))


ZIP = Zip()


def _name(info: zipfile.ZipInfo) -> str:
    # APPNOTE 4.4.17.1 wants forward slashes; some tools write backslashes all the same.
    return str(PurePosixPath(info.filename.replace("\\", "/")))


def _hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or any(p.startswith(".") and p != ".." for p in parts)


def _closed(info: zipfile.ZipInfo) -> str | None:
    """Say why a member is not opened, if it is not."""
    name = _name(info)
    path = PureWindowsPath(name)
    # zipfile ends a name at a NUL; the archive's own name is `orig_filename`.
    if path.anchor or ".." in path.parts or "\0" in info.orig_filename:
        return "its name leads out of the archive"
    if path.suffix.lower() == ".zip":
        return "an archive inside the archive is not opened"
    return "it is a link" if stat.S_ISLNK(info.external_attr >> 16) else None


def _member(path: Path, info: zipfile.ZipInfo, archive: str) -> ByteSource:
    name = _name(info)
    label = f"{archive}/{name}"
    return ByteSource(name, label, info.file_size, partial(_open, path, info, label))


def _open(path: Path, info: zipfile.ZipInfo, label: str) -> io.BufferedReader:
    size, packed = info.file_size, max(info.compress_size, 1)
    if size > LARGEST or (size > SMALL and size > DENSE * packed):
        raise SourceError(
            f"It would unpack to {size:,} bytes from {info.compress_size:,}: more than is read from an archive.",
            place=Place(label),
            hint="If it is meant so, unpack the archive and name the folder in twin.toml.",
        )
    return io.BufferedReader(_Member(path, info), 1 << 16)


class _Member(io.RawIOBase):
    """A member's bytes, no more than the archive says it has. What is wrong with it is an OSError, as with any file."""

    def __init__(self, path: Path, info: zipfile.ZipInfo) -> None:
        if info.flag_bits & 1:
            raise OSError("it is encrypted; pack it again without a password")
        try:
            self._archive = zipfile.ZipFile(path)
            self._file = self._archive.open(info)
        except _DAMAGED as error:
            raise OSError(f"the archive is damaged ({error})") from None
        self._left = info.file_size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # ty: ignore[incompatible-method-override]
        try:
            data = self._file.read(len(buffer))
        except _DAMAGED as error:
            raise OSError(f"the archive is damaged ({error})") from None
        self._left -= len(data)
        if not data and self._left:
            raise OSError(f"the archive is damaged ({self._left} bytes are missing)")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed and hasattr(self, "_file"):
            self._file.close()
            self._archive.close()
        super().close()
