"""Archives: a member is read only where it is meant to be, as far as the archive says, and never out of it."""

from __future__ import annotations

import struct
import tracemalloc
import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from ldt_graph.errors import SourceError
from ldt_graph.model import Dataset
from ldt_graph.sources import fingerprint
from ldt_graph.sources.connect import archive
from tests.sources.told import Told, pack

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "id\n1\n"
ZEROS = b"\0" * (40 << 20)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../a2.csv", "leads out"),
        ("x/../../a2.csv", "leads out"),
        ("..\\a2.csv", "leads out"),
        ("/etc/a2.csv", "leads out"),
        ("C:\\a2.csv", "leads out"),
        ("c:a2.csv", "leads out"),
        ("\\\\host\\share\\a2.csv", "leads out"),
        ("more.zip", "inside the archive"),
        ("deep/MORE.ZIP", "inside the archive"),
        ("a2.what", "no format reads it"),
    ],
)
def test_a_member_that_is_not_read_is_told_by_its_name(tmp_path, name, why):
    pack(tmp_path / "z.zip", {"a.csv": TABLE, name: TABLE})
    got = Told(tmp_path, "z.zip")
    assert set(got.tables) == {"a"}
    assert got.rules == ["source:file-not-read"]
    assert why in got.messages
    assert list(got.unused) == [f"file {PurePosixPath(name.replace(chr(92), '/'))}"]


@pytest.mark.parametrize("name", ["./a.csv", "x/./a.csv", "x\\a.csv", "a.csv"])
def test_a_name_written_in_another_way_is_read(tmp_path, name):
    pack(tmp_path / "z.zip", {name: TABLE})
    got = Told(tmp_path, "z.zip")
    assert got.rows("a", "id") == [("1",)]
    assert got.reports == []


def test_a_name_that_ends_at_a_nul_and_a_link_are_not_read(tmp_path):
    pack(tmp_path / "z.zip", {"a.csv": TABLE, "b.csvXexe": TABLE})
    data = (tmp_path / "z.zip").read_bytes()
    (tmp_path / "z.zip").write_bytes(data.replace(b"b.csvXexe", b"b.csv\0exe"))
    assert set(Told(tmp_path, "z.zip").tables) == {"a"}
    link = zipfile.ZipInfo("l.csv")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "y.zip", "w") as packed:
        packed.writestr("a.csv", TABLE)
        packed.writestr(link, "/etc/passwd")
    got = Told(tmp_path, "y.zip")
    assert (set(got.tables), list(got.unused)) == ({"a"}, ["file l.csv"])


def test_a_bomb_is_refused_with_what_to_do(tmp_path):
    pack(tmp_path / "z.zip", {"a.csv": ZEROS})
    for ask in (lambda: Told(tmp_path, "z.zip"), lambda: fingerprint(Dataset("d", "z.zip", "m"), tmp_path)):  # fmt: skip
        with pytest.raises(SourceError, match=r"z\.zip/a\.csv: It would unpack to 41,943,040 bytes") as caught:  # fmt: skip
            ask()
        assert "unpack the archive" in str(caught.value)


def test_a_large_member_of_a_usual_density_is_read_and_one_past_the_limit_is_not(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(archive, "SMALL", 100)
    monkeypatch.setattr(archive, "LARGEST", 10_000)
    text = "id,name\n" + "".join(f"{n},a{n * 7919 % 997}\n" for n in range(500))
    pack(tmp_path / "z.zip", {"a.csv": text})
    assert Told(tmp_path, "z.zip").tables["a"].rows == 500
    pack(tmp_path / "z.zip", {"a.csv": text * 3})
    with pytest.raises(SourceError, match="more than is read"):
        Told(tmp_path, "z.zip")


@pytest.mark.parametrize("name", ["b.what", "b.zip", "../b.csv"])
def test_a_bomb_that_nothing_reads_is_never_unpacked(tmp_path, name):
    pack(tmp_path / "z.zip", {"a.csv": TABLE, name: ZEROS})
    Told(tmp_path, "z.zip")
    tracemalloc.start()
    got = Told(tmp_path, "z.zip")
    fingerprint(Dataset("d", "z.zip", "m"), tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20
    assert set(got.tables) == {"a"}


def sized(path: Path, size: int) -> None:
    """Say another size of the one member, in its own header and in the directory."""
    data = bytearray(path.read_bytes())
    directory = data.index(b"PK\x01\x02")
    data[22:26] = data[directory + 24 : directory + 28] = struct.pack("<I", size)
    path.write_bytes(data)


@pytest.mark.parametrize("size", [3, 1_000, 2**31])
def test_a_member_of_another_size_than_the_archive_says_is_damaged(tmp_path, size):
    pack(tmp_path / "z.zip", {"a.csv": TABLE * 10})
    sized(tmp_path / "z.zip", size)
    with pytest.raises(SourceError, match=r"z\.zip/a\.csv: .*(damaged|would unpack)"):
        Told(tmp_path, "z.zip")


@pytest.mark.parametrize("name", ["a.csv", "a.json"])
def test_an_encrypted_member_is_refused_by_name(tmp_path, name):
    pack(tmp_path / "z.zip", {name: "[]"})
    data = bytearray((tmp_path / "z.zip").read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "z.zip").write_bytes(data)
    with pytest.raises(SourceError, match=rf"z\.zip/{name}: .*encrypted"):
        Told(tmp_path, "z.zip")


def test_a_damaged_file_of_a_feed_is_the_one_that_is_named(tmp_path):
    feed = {
        "stops.txt": "stop_id,stop_lat,stop_lon\nS,1,2\n",
        "routes.txt": "route_id,route_type\nR,3\n",
    }
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as packed:
        for name, text in feed.items():
            packed.writestr(name, text)
    data = (tmp_path / "z.zip").read_bytes()
    (tmp_path / "z.zip").write_bytes(data.replace(b"S,1,2", b"S,1,3", 1))
    with pytest.raises(SourceError, match=r"z\.zip/stops\.txt: .*damaged"):
        Told(tmp_path, "z.zip")
