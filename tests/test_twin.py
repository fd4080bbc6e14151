"""twin.toml is read strictly: every fault has its line and the next step."""

from __future__ import annotations

import pytest

from ldt_graph.errors import SettingsError
from ldt_graph.settings import Settings
from ldt_graph.starter import SKELETON
from ldt_graph.twin import load_twin

HEAD = 'name = "T"\nbase = "https://example.org/t/"\n'
ENTRY = '[[dataset]]\nname = "a"\nsource = "a.csv"\nmapping = "gtfs"\n'


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("name = \n", 1, "TOML"),
        (ENTRY, None, "name is missing"),
        ('name = "T"\n' + ENTRY, None, "base is missing"),
        ('name = "T"\nbase = "not an iri"\n' + ENTRY, 2, "IRI"),
        ('name = "T"\nbase = "https://example.org/t"\n' + ENTRY, 2, "ends with '/'"),
        (HEAD, None, "no [[dataset]]"),
        (HEAD + "colour = 1\n" + ENTRY, 3, "'colour'"),
        (HEAD + "recrod = 'x'\n" + ENTRY, 3, "Did you mean 'record'"),
        (HEAD + "data = 7\n" + ENTRY, 3, "a text"),
        (HEAD + 'store = "oracle"\n' + ENTRY, 3, "embedded or neo4j"),
        (HEAD + 'ontology = ["none/*.ttl"]\n' + ENTRY, 3, "matches no file"),
        (HEAD + ENTRY.replace('name = "a"\n', ""), 3, "name is missing"),
        (HEAD + ENTRY.replace('"a"', '"A b"'), 4, "a-z"),
        (HEAD + ENTRY + ENTRY, 8, "second dataset"),
        (HEAD + ENTRY.replace("gtfs", "none"), 3, "'none'"),
        (HEAD + ENTRY + 'shapes = ["none"]\n', 3, "'none'"),
        (HEAD + ENTRY + "shapes = [1]\n", 7, "shapes"),
        (HEAD + ENTRY + "sources = 'b'\n", 7, "Did you mean 'source'"),
        (HEAD + ENTRY + 'x = "lon"\n', 7, "belong together"),
        (HEAD + ENTRY + 'references = { b = "later" }\n', 7, "no dataset"),
        (
            HEAD + ENTRY + 'references = { b = { to = "later", separator = "|" } }\n',
            7,
            "no dataset",
        ),
        (HEAD + ENTRY + 'references = { b = { to = "*" } }\n', 7, "separator"),
        (HEAD + ENTRY + 'references = { b = { to = "*", separator = "" } }\n', 7, "separator"),
        (HEAD + ENTRY + 'references = { b = { to = "*", separator = 3 } }\n', 7, "text"),
        (HEAD + ENTRY + 'crs = { unit = "yard" }\n', 7, "unit"),
        (HEAD + ENTRY + "crs = { unit = 'metre', anchor = { lon = 9 } }\n", 7, "anchor"),
        (HEAD + ENTRY + "crs = { unit = 'metre', anchor = { lon = 900, lat = 1 } }\n", 7, "earth"),
        (HEAD + 'dataset = "a"\n', 3, "a list"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path, text, line, words):
    (tmp_path / "twin.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_twin(tmp_path)
    assert words in str(caught.value)
    assert (caught.value.place.row if caught.value.place else None) == line


def test_no_twin_says_how_to_make_one(tmp_path):
    with pytest.raises(SettingsError, match="ldt init"):
        load_twin(tmp_path / "nowhere")


def test_the_skeleton_is_a_twin_once_its_mapping_is_there(tmp_path):
    (tmp_path / "twin.toml").write_text(SKELETON)
    with pytest.raises(SettingsError, match=r"mappings/stations\.ttl"):
        load_twin(tmp_path)
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "stations.ttl").touch()
    twin = load_twin(tmp_path)
    assert [d.name for d in twin.datasets] == ["stations"]
    assert twin.record == str(tmp_path / ".ldt/record")


@pytest.mark.parametrize(
    ("environment", "words"),
    [({"LDT_COLOUR": "red"}, "LDT_COLOUR"), ({"LDT_PORT": "high"}, "whole number")],
)
def test_a_wrong_setting_is_named(environment, words):
    with pytest.raises(SettingsError, match=words):
        Settings.from_environment(environment)


def test_a_password_is_never_printed():
    settings = Settings.from_environment({"LDT_NEO4J_PASSWORD": "s3cret", "LDT_PORT": "81"})
    assert (settings.neo4j_password, settings.port) == ("s3cret", 81)
    assert "s3cret" not in repr(settings)


def test_a_twins_contexts_are_files_of_its_own(tmp_path):
    (tmp_path / "c.jsonld").write_text('{"@context": {}}')
    told = HEAD + 'contexts = { "https://x.org/c" = "c.jsonld" }\n' + ENTRY
    (tmp_path / "twin.toml").write_text(told)
    assert load_twin(tmp_path).contexts == {"https://x.org/c": tmp_path / "c.jsonld"}
    (tmp_path / "twin.toml").write_text(told.replace("c.jsonld", "d.jsonld"))
    with pytest.raises(SettingsError, match=r"twin\.toml:3: contexts names 'd\.jsonld' for https://x\.org/c, which is no file"):  # fmt: skip
        load_twin(tmp_path)
