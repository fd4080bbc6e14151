"""Schemas that are none are errors that name the file and the place; circles end."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import shacl

from ldt_graph.cli import main
from ldt_graph.derive import derive
from ldt_graph.errors import ContextError, LdtError, SchemaError

if TYPE_CHECKING:
    from pathlib import Path


def model(folder: Path, schema: Any, context: Any = None) -> Path:
    """Write a model's folder; a text is written as it stands."""
    made = folder / "dataModel.Test" / "Thing"
    made.mkdir(parents=True, exist_ok=True)
    text = schema if isinstance(schema, str) else json.dumps(schema)
    (made / "schema.json").write_text(text, encoding="utf-8")
    if context is not None:
        (made.parent / "context.jsonld").write_text(json.dumps(context), encoding="utf-8")
    return made


def prop(schema: Any, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": schema}, **more}


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ('{"type": }', r"Thing/schema.json:1: Not valid JSON: Expecting value"),
        ('{"a": NaN}', r"Thing/schema.json: Not valid JSON: NaN"),
        ("[1]", r"Thing/schema.json#: A schema is an object, true or false; this is a list"),
        ('"x"', r"this is a text"),
        ({"$schema": "https://e.org/x"}, r"Thing/schema.json#/\$schema: The draft 'https://e.org/x'"),
        (
            {"$defs": {"x": {"$ref": "#/$defs/y"}, "y": {"$ref": "#/$defs/x"}}, **prop({"$ref": "#/$defs/x"})},
            r"schema.json#/\$defs/x/\$ref: References go in a circle: .*#/\$defs/x → .*#/\$defs/y → .*#/\$defs/x",
        ),
        ({"$ref": "#"}, r"References go in a circle"),
        ({"allOf": [{"$ref": "#"}]}, r"References go in a circle"),
    ],
    ids=range(8),
)  # fmt: skip
def test_what_is_no_schema_is_an_error_with_its_place(tmp_path: Path, schema: Any, says: str):
    with pytest.raises(SchemaError, match=says):
        derive([model(tmp_path, schema)])


def test_a_file_that_is_missing_and_a_folder_without_schemas_are_errors(tmp_path: Path):
    with pytest.raises(SchemaError, match=r"none.json: The schema can't be read: No such file"):
        derive([tmp_path / "none.json"])
    with pytest.raises(SchemaError, match=r"No schema.json in this folder"):
        derive([tmp_path])


def test_a_context_that_cannot_be_had_is_an_error(tmp_path: Path):
    folder = model(tmp_path, prop({}), {"@context": "https://example.org/none.jsonld"})
    with pytest.raises(ContextError, match=r"https://example.org/none.jsonld can't be had"):
        derive([folder])


def test_a_model_yaml_that_is_none_is_an_error(tmp_path: Path):
    folder = model(tmp_path, prop({}))
    (folder / "model.yaml").write_text("a: [", encoding="utf-8")
    with pytest.raises(SchemaError, match=r"model.yaml:\d+: Not valid YAML"):
        derive([folder])


@pytest.mark.parametrize(
    ("schema", "keyword", "kind"),
    [
        (prop({"$ref": "other.json"}), "$ref", "reference"),
        (prop({"$ref": "#/$defs/none"}), "$ref", "reference"),
        (prop({"$ref": 5}), "$ref", "lint"),
        (prop({"type": "text"}), "type", "lint"),
        (prop({"minimum": "1"}), "minimum", "lint"),
        (prop({"minLength": -1}), "minLength", "lint"),
        (prop({"pattern": "("}), "pattern", "loss"),
        (prop({"enum": "a"}), "enum", "lint"),
        (prop({"anyOf": []}), "anyOf", "lint"),
        (prop({"min": 1}), "min", "lint"),
        (prop({"width": {"type": "number"}}), "width", "lint"),
        (prop("text"), "", "lint"),
        (prop({}, required="a"), "required", "lint"),
        ({"properties": []}, "properties", "lint"),
        ({"properties": {"a b": {}}}, "", "term"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_listed_and_asks_nothing(
    tmp_path: Path, schema: Any, keyword: str, kind: str
):
    derived = derive([model(tmp_path, schema)])
    warned = derived.models[0].warnings
    assert (keyword, kind) in {(w.keyword, w.kind) for w in warned}
    assert all(re.fullmatch(r"dataModel.Test/Thing/schema.json#(/.*)?", w.pointer) for w in warned)
    text = derived.turtle()
    assert all(w.pointer in text for w in warned)
    shacl.Shapes.from_text(text, "turtle")


def test_a_definition_that_holds_itself_ends(tmp_path: Path):
    tree = {
        "type": "object",
        "properties": {
            "v": {"type": "number"},
            "left": {"$ref": "#/$defs/t"},
            "right": {"$ref": "#/$defs/t"},
        },
    }
    derived = derive([model(tmp_path, {"$defs": {"t": tree}, **prop({"$ref": "#/$defs/t"})})])
    assert "a definition that holds itself" in derived.models[0].warnings[0].why
    assert len(derived.turtle()) < 60_000


def test_a_schema_that_is_nested_too_deeply_is_an_error(tmp_path: Path):
    deep: Any = {"type": "number"}
    for _ in range(5_000):
        deep = {"items": deep}
    text = '{"properties": {"a": ' + '{"items": ' * 5_000 + "true" + "}" * 5_000 + "}}"
    with pytest.raises(LdtError, match=r"nested too deeply|Not valid JSON"):
        derive([model(tmp_path, text)])


@pytest.mark.parametrize(
    "reference",
    [
        "https://smart-data-models.github.io/dataModel.Test/../../secret.json",
        "../../../secret.json",
    ],
)
def test_nothing_outside_the_checkouts_is_read(tmp_path: Path, reference: str):
    (tmp_path / "secret.json").write_text('{"type": "number"}', encoding="utf-8")
    derived = derive([model(tmp_path / "checkouts", prop({"$ref": reference}))])
    assert [w.kind for w in derived.models[0].warnings] == ["reference"]


def test_profiles_choose_what_is_a_warning(tmp_path: Path):
    words = {"type": "string", "maxLength": 3, "description": "Relationship. To another"}
    folder = model(tmp_path, prop(words, required=["a"]))
    data = '@prefix d: <https://uri.etsi.org/ngsi-ld/default-context/> . <urn:a> a d:Thing ; d:a "long" ; d:b 1 .'

    def found(profile: Any) -> set[tuple[str, str]]:
        shapes = shacl.Shapes.from_text(derive([folder], profile=profile).turtle(), "turtle")
        results = shapes.validate_text(data, "turtle").results
        return {(r.severity, str(r.source_shape).rpartition("#")[2].strip(">")) for r in results}

    assert found(None) == {("Violation", "ThingShape-a")}
    assert found("lenient") == {("Warning", "ThingShape-a-form")}
    assert found("strict") == {
        ("Violation", "ThingShape-a"),
        ("Warning", "ThingShape-a-kind"),
        ("Warning", "ThingShape-names"),
    }


def test_the_command_writes_shapes_and_a_report(tmp_path: Path, capsysbinary):
    folder = model(tmp_path, prop({"minItems": 2}))
    out, report = tmp_path / "out", tmp_path / "report.json"
    arguments = ["shapes", "derive", "--form", "normalized", str(folder), "-o", str(out)]
    assert main([*arguments, "--report", str(report)]) == 0
    assert [p.name for p in out.iterdir()] == ["Thing.ttl"]
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["models"][0]["warnings"][0]["pointer"].endswith("#/properties/a/minItems")
    capsysbinary.readouterr()
    assert main(["shapes", "derive", str(folder)]) == 0
    assert capsysbinary.readouterr().out.startswith(b"# Made by `ldt shapes derive")
    assert main(["shapes", "derive"]) == 2
    assert main(["shapes", "derive", str(tmp_path / "none")]) == 1
