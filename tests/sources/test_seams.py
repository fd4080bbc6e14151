"""Connectors find bytes, formats read them, and a third party's join by entry point; a source is known by its bytes."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import duckdb
import pytest

from ldt_graph.errors import LdtError, SettingsError, SourceError
from ldt_graph.lift import lift, parse_mapping
from ldt_graph.model import Dataset, create_tables
from ldt_graph.sources import fingerprint, open_dataset, registry

if TYPE_CHECKING:
    from pathlib import Path


def rows(folder: Path, source: str, **more) -> dict[str, list[tuple]]:
    con = duckdb.connect()
    create_tables(con)
    tables = open_dataset(con, Dataset("d", source, "none", **more), folder)
    return {
        n: con.execute(f"FROM {t.relation} ORDER BY rowid").fetchall() for n, t in tables.items()
    }


# ── third parties ────────────────────────────────────────────────────────────────────────────────

PACKAGE = """
import io
from ldt_graph.sources.connect import ByteSource, Found

class Words:
    suffixes, mark, options = (".words",), None, frozenset({"separator"})

    def parts(self, files, others):
        return [(f,) for f in files]

    def read(self, reading):
        lines = reading.text().splitlines()
        pairs = [line.split(reading.option("separator") or "=") for line in lines]
        columns = {"id": [p[0] for p in pairs], "name": [p[1] for p in pairs]}
        reading.add_columns(reading.file.stem, columns, list(range(1, len(pairs) + 1)))

class Memory:
    held = {"t.words": b"1=Anna\\n2=Zoe\\n"}

    def find(self, dataset, data_root):
        name = dataset.source.removeprefix("memory://")
        data = self.held[name]
        return Found((ByteSource(name, dataset.source, len(data), lambda: io.BytesIO(data)),), False)

words, memory = Words(), Memory()
"""
ENTRY_POINTS = """[ldt_graph.formats]
words = third_party_of_tests:words
[ldt_graph.connectors]
memory = third_party_of_tests:memory
"""


@pytest.fixture
def third_party(tmp_path: Path, monkeypatch) -> None:
    site = tmp_path / "site"
    info = site / "third_party_of_tests-1.dist-info"
    info.mkdir(parents=True)
    (site / "third_party_of_tests.py").write_text(PACKAGE)
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: third-party-of-tests\nVersion: 1\n"
    )
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(site)


MAPPING = """@prefix rml: <http://w3id.org/rml/> . @prefix ex: <http://ex.org/> .
<#M> a rml:TriplesMap ; rml:logicalSource [ rml:source "t" ; rml:referenceFormulation rml:CSV ] ;
    rml:subjectMap [ rml:template "thing/{id}" ] ;
    rml:predicateObjectMap [ rml:predicate ex:name ; rml:objectMap [ rml:reference "name" ] ] .
"""


@pytest.mark.parametrize("source", ["t.words", "memory://t.words", "t.zip"])
def test_a_third_partys_format_and_connector_join_by_entry_point(tmp_path, third_party, source):
    (tmp_path / "t.words").write_bytes(b"1=Anna\n2=Zoe\n")
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.write(tmp_path / "t.words", "t.words")
    (tmp_path / "m.ttl").write_text(MAPPING)
    con = duckdb.connect()
    create_tables(con)
    tables = open_dataset(con, Dataset("d", source, "m"), tmp_path)
    lift(con, parse_mapping(tmp_path / "m.ttl"), tables, dataset="d", base="http://b/d/")
    label = "t.zip/t.words" if source == "t.zip" else source
    assert con.execute(
        "SELECT subject, object, source, row FROM statements ORDER BY row"
    ).fetchall() == [
        ("http://b/d/thing/1", "Anna", label, 1),
        ("http://b/d/thing/2", "Zoe", label, 2),
    ]
    assert fingerprint(Dataset("d", source, "m"), tmp_path)


def test_what_nothing_is_registered_for_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"reads ftp://.*file, folder, zip"):
        rows(tmp_path, "ftp://example.org/t.csv")
    assert "words" not in registry.formats()


def test_a_registered_format_that_cannot_be_loaded_is_named(tmp_path, third_party):
    (tmp_path / "site" / "third_party_of_tests.py").write_text("nothing = 1")
    sys.modules.pop("third_party_of_tests", None)
    write(tmp_path, {"t.words": ""})
    with pytest.raises(LdtError, match=r"'words'.*third_party_of_tests:words"):
        rows(tmp_path, "t.words", format="words")


# ── a source is known by its bytes ───────────────────────────────────────────────────────────────


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


FEED = {"f/stops.txt": "stop_id,stop_lat,stop_lon\nS,1,2\n", "f/routes.txt": "route_id\nR\n"}
SHAPE = {"s.shp": "a", "s.dbf": "b", "s.prj": "c", "s.cpg": "d", "other.dbf": "e"}


@pytest.mark.parametrize(
    ("files", "source", "edited", "told"),
    [
        ({"t.csv": "id\n1\n"}, "t.csv", "t.csv", True),
        ({"t.csv": "id\n1\n", "u.csv": "id\n"}, "t.csv", "u.csv", False),
        ({"f/a.csv": "id\n", "f/b.json": "[]"}, "f", "f/b.json", True),
        ({"f/a.csv": "id\n", "f/b.xml": "<a/>"}, "f", "f/b.xml", False),
        (FEED, "f", "f/routes.txt", True),
        (SHAPE, "s.shp", "s.dbf", True),
        (SHAPE, "s.shp", "s.prj", True),
        (SHAPE, "s.shp", "s.cpg", True),
        (SHAPE, "s.shp", "other.dbf", False),
    ],
)
def test_a_fingerprint_changes_with_the_bytes_that_are_read_and_no_others(
    tmp_path, files, source, edited, told
):
    write(tmp_path, files)
    before = fingerprint(Dataset("d", source, "m"), tmp_path)
    assert fingerprint(Dataset("d", source, "m"), tmp_path) == before
    (tmp_path / edited).write_text(files[edited] + " ")
    assert (fingerprint(Dataset("d", source, "m"), tmp_path) != before) is told


def test_a_fingerprint_changes_with_names_with_members_and_with_what_is_not_read(tmp_path):
    def archive(**members: str) -> str:
        with zipfile.ZipFile(tmp_path / "z.zip", "w") as packed:
            for name, text in members.items():
                packed.writestr(f"{name}.csv", text)
        return fingerprint(Dataset("d", "z.zip", "m"), tmp_path)

    prints = [
        archive(a="id\n1\n"),
        archive(b="id\n1\n"),
        archive(a="id\n2\n"),
        archive(a="id\n1\n"),
    ]
    assert len(set(prints)) == 3
    assert prints[0] == prints[3]
    write(tmp_path, {"f/a.csv": "id\n"})
    before = fingerprint(Dataset("d", "f", "m"), tmp_path)
    write(tmp_path, {"f/b.xml": ""})
    assert fingerprint(Dataset("d", "f", "m"), tmp_path) != before


@pytest.mark.parametrize(
    ("source", "more", "error", "words"),
    [
        ("nowhere.csv", {}, SourceError, "no file 'nowhere.csv'"),
        ("f", {}, SourceError, "no file that a format reads.*b.xml"),
        ("t.what", {}, SourceError, "No format is known"),
        ("t.csv", {"format": "excel"}, SettingsError, "excel"),
        ("t.csv", {"options": {"delimeter": ";"}}, SettingsError, "'delimeter'.*'delimiter'"),
    ],
)
def test_a_fingerprint_fails_as_reading_does(tmp_path, source, more, error, words):
    write(tmp_path, {"f/b.xml": "", "t.what": "", "t.csv": "id\n1\n"})
    dataset = Dataset("d", source, "m", line=7, **more)
    with pytest.raises(error, match=words) as asked:
        fingerprint(dataset, tmp_path)
    with pytest.raises(error) as read:
        open_dataset(duckdb.connect(), dataset, tmp_path)
    assert str(asked.value) == str(read.value)


def test_columns_of_coordinates_are_refused_where_the_format_knows_its_own(tmp_path):
    write(tmp_path, {"w.inp": "[TANKS]", "bad.inp": "no sections"})
    options = {"x": "lon", "y": "lat"}
    with pytest.raises(SettingsError, match="epanet takes no x and y"):
        rows(tmp_path, "w.inp", options=options)
    with pytest.raises(SourceError, match="Not an EPANET file"):
        rows(tmp_path, "bad.inp", options=options)


def test_a_fingerprint_imports_no_engine(tmp_path):
    write(tmp_path, {"f/a.csv": "id\n", "f/b.json": "[]", "f/s.shp": "", "f/p.parquet": ""})
    code = (
        "import sys; from pathlib import Path; from ldt_graph.model import Dataset; "
        "from ldt_graph.sources import fingerprint; fingerprint(Dataset('d', 'f', 'm'), Path(sys.argv[1])); "
        "print([m for m in ('duckdb', 'pyarrow', 'pyproj', 'shapefile', 'deltalake', 'numpy') if m in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"


# ── names are names, not patterns ────────────────────────────────────────────────────────────────

NAMES = ["t[1]", "a*b", "q?", "it's", 'say "so"', "b\\s", "year=2024/t", "[x]/t", "~", "%41"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet"])
def test_a_file_is_read_by_its_name_whatever_is_in_it(tmp_path, name, suffix):
    near = ["t1", "axb", "qx", "x/t"]
    for each in [name, *near]:
        path = tmp_path / f"{each}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if suffix == "parquet":
            duckdb.connect().sql("SELECT ? AS id", params=[each]).write_parquet(
                str(path.parent / "p")
            )
            (path.parent / "p").rename(path)
        else:
            path.write_text(f"id\n{each.replace(chr(34), '')}\n")
    [(table, [row])] = rows(tmp_path, f"{name}.{suffix}").items()
    expected = name if suffix == "parquet" else name.replace('"', "")
    assert row[0] == expected
    assert row[1] == f"{name}.{suffix}"
    assert table == name.rsplit("/", 1)[-1]
