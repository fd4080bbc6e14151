"""A typed value is in the lexical space of its datatype, or set aside with its cell."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.errors import MappingError
from ldt_graph.lift import lift, parse_mapping
from ldt_graph.lift.lexical import LEXICAL
from ldt_graph.model import Dataset, create_tables
from ldt_graph.namespaces import XSD
from ldt_graph.sources import open_dataset


def holds(datatype: str, *texts: str) -> list[bool]:
    con = duckdb.connect()
    sql = LEXICAL[datatype].holds("v")
    rows = "SELECT unnest($texts) AS v"
    return [r[0] for r in con.execute(f"SELECT {sql} FROM ({rows})", {"texts": texts}).fetchall()]


YES_AND_NO = {
    "date": ("2024-02-29 2000-02-29 -0004-02-29 12024-02-29 2023-06-30Z 0000-02-29 2023-12-31+14:00",
             "2023-02-30 2023-02-29 1900-02-29 2100-02-29 2023-13-01 2023-00-01 2023-06-31 2023-6-1 23-06-01 01.06.2023 2023-06-30+14:01 2023/06/30 02023-01-01 20230601 2023-01-32 2023-06-30T00:00:00"),
    "dateTime": ("2023-06-30T24:00:00Z 2023-06-30T10:00:00 2023-06-30T10:00:00.5-13:59 2023-06-30T24:00:00.000",
                 "2023-06-31T10:00:00Z 2023-06-30T24:30:00Z 2023-06-30T24:00:01 2023-06-30T24:00:00.001 2023-06-30T10:00:00+99:99 2023-06-30T10:60:00 2023-06-30T10:00:60 2023-06-30T10:00 2023-06-30 2023-06-30t10:00:00z 2023-06-30T10:00:00+0100"),
    "dateTimeStamp": ("2023-06-30T10:00:00Z", "2023-06-30T10:00:00"),
    "time": ("00:00:00 24:00:00 23:59:59.999Z", "24:59:59 24:30:00 10:00 1:00:00 25:00:00"),
    "gYear": ("2023 -0044 12023 2023Z", "23 02023 2023-01 MMXX 2023.0"),
    "gYearMonth": ("2023-02", "2023-13 2023"),
    "gMonth": ("--12", "--13 12 --00"),
    "gMonthDay": ("--02-29 --12-31", "--02-30 --04-31"),
    "gDay": ("---31", "---32 31"),
    "duration": ("P1Y PT1H P1DT0.5S -P1M P1Y2M3DT4H5M6S P2M3D", "P PT P1S P1H 1D P-1D P1DT PT0.S"),
    "dayTimeDuration": ("PT5M P1D", "P1M P1Y"),
    "yearMonthDuration": ("P1Y2M", "P1D P"),
    "decimal": ("1.50 +5 -.5 5. 007 12345678901234567890.123", "1_000 inf NaN 1,5 0x1F 1e5 ٣ -- + . 1.2.3 1'000"),
    "integer": ("+7 -0 123456789012345678901234567890 007", "1_000 1.0 inf 0x1F 1e3 NaN +-1"),
    "double": ("1e400 1E5 INF -INF NaN .5 -0", "inf nan Infinity 1_0 1,5 1e 0x1p3 e5"),
    "float": ("1.5 INF", "inf"),
    "boolean": ("true false 1 0", "True TRUE yes no ja t f 2 on"),
    "byte": ("-128 127 +5 0000127", "-129 128 300 1.0 99999999999999999999999999999999999999999999999999"),
    "short": ("-32768 32767", "-32769 32768 40000"),
    "int": ("-2147483648 2147483647", "2147483648 -2147483649"),
    "long": ("9223372036854775807 -9223372036854775808", "9223372036854775808 1_0"),
    "unsignedByte": ("0 255 -0", "256 -1"),
    "unsignedShort": ("65535", "65536 70000 -1"),
    "unsignedInt": ("4294967295", "4294967296 -1"),
    "unsignedLong": ("18446744073709551615", "18446744073709551616 -5"),
    "nonNegativeInteger": ("0 -0 +7", "-1 1.5"),
    "positiveInteger": ("1 +01", "0 -1 -0 +0"),
    "nonPositiveInteger": ("0 -5 -0 +0", "3 +1"),
    "negativeInteger": ("-5", "5 0 -0"),
    "hexBinary": ("0aFF", "0g 0 0x00"),
    "base64Binary": ("AAAA QQ== QUI=", "Q Q= Q=== QR== *"),
    "language": ("de de-DE-1996", "de_DE deutschland"),
}  # fmt: skip


@pytest.mark.parametrize("name", YES_AND_NO)
def test_a_text_is_in_the_lexical_space_of_its_type_or_not(name):
    good, bad = (text.split() for text in YES_AND_NO[name])
    found = holds(XSD[name], *good, *bad)
    wrong = [t for t, f in zip((*good, *bad), found, strict=True) if f != (t in good)]
    assert wrong == []


def test_every_type_with_a_lexical_space_is_tried():
    assert {str(XSD[name]) for name in YES_AND_NO} == {str(iri) for iri in LEXICAL}


@given(st.integers(0, 9999), st.integers(1, 12), st.integers(1, 31))
def test_a_day_is_one_of_the_calendar(year, month, day):
    text = f"{year:04}-{month:02}-{day:02}"
    try:  # Python has no year 0; 2000 has its days
        dt.date(year or 2000, month, day)
        expected = True
    except ValueError:
        expected = False
    assert holds(XSD.date, text) == [expected]
    assert holds(XSD.dateTime, f"{text}T00:00:00") == [expected]


@pytest.mark.parametrize("text", ["", " 5", "5 ", "\n5", "5\n", "\t5", "5\x00", "5\u00a0"])
@pytest.mark.parametrize("name", ["integer", "byte", "decimal", "double", "boolean"])
def test_a_blank_beside_a_number_is_none_of_it(name, text):
    # What of 0 and 1 would be a boolean: without its blank each text would be a value.
    assert holds(XSD[name], text.replace("5", "1")) == [False]


MAPPING = """@prefix rml: <http://w3id.org/rml/> . @prefix ex: <http://ex.org/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<#M> a rml:TriplesMap ; rml:logicalSource [ rml:source "t" ; rml:referenceFormulation rml:CSV ] ;
    rml:subjectMap [ rml:template "thing/{id}" ] ;
    rml:predicateObjectMap [ rml:predicate ex:size ; rml:objectMap [ rml:reference "size" ; rml:datatype xsd:byte ] ] ;
    rml:predicateObjectMap [ rml:predicate ex:at ; rml:objectMap [ rml:template "{day}T{time}" ; rml:datatype xsd:dateTime ] ] ."""


def test_a_value_that_is_not_of_its_type_is_set_aside_with_its_cell_also_one_of_several_columns(
    tmp_path,
):
    (tmp_path / "m.ttl").write_text(MAPPING)
    (tmp_path / "t.csv").write_text(
        "id,size,day,time\na,127,2024-02-29,24:00:00\nb,128,2023-02-29,10:00:00\n"
    )
    con = duckdb.connect()
    create_tables(con)
    tables = open_dataset(con, Dataset("d", "t.csv", "none"), tmp_path)
    lift(con, parse_mapping(tmp_path / "m.ttl"), tables, dataset="d", base="http://b/d/")
    kept = con.execute("SELECT subject, object FROM statements ORDER BY ALL").fetchall()
    assert kept == [("http://b/d/thing/a", "127"), ("http://b/d/thing/a", "2024-02-29T24:00:00")]
    told = con.execute('SELECT rule, row, "column", value FROM violations ORDER BY ALL').fetchall()
    assert told == [
        ("lift:datatype", 3, "day", "2023-02-29T10:00:00"),
        ("lift:datatype", 3, "size", "128"),
    ]


def test_a_mapping_of_another_file_is_no_mapping_of_this_one(tmp_path):
    (tmp_path / "m.ttl").write_text(MAPPING.replace('"t"', '"substations.csv"'))
    (tmp_path / "pumps.csv").write_text("id,size,day,time\na,1,2024-02-29,24:00:00\n")
    mapping, con = parse_mapping(tmp_path / "m.ttl"), duckdb.connect()
    create_tables(con)
    for options in ({}, {"table": "substations"}):
        dataset = Dataset("d", "pumps.csv", "none", options=options)
        tables = open_dataset(con, dataset, tmp_path)
        if options:
            lift(con, mapping, tables, dataset="d", base="http://b/d/")
        else:
            with pytest.raises(MappingError, match=r"options\.table = 'substations'"):
                lift(con, mapping, tables, dataset="d", base="http://b/d/")
    assert con.execute("SELECT count(*) FROM statements").fetchall() == [(2,)]
