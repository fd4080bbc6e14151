"""Requests made of the schema's own grammar, and spoiled: what a stranger may send to `/graphql`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from graphql import GraphQLInputObjectType, GraphQLList, GraphQLNonNull
from ldt_api.schema import make_schema

if TYPE_CHECKING:
    import random

SCHEMA: Any = make_schema()._schema
TYPES = sorted(n for n in SCHEMA.type_map if not n.startswith("__"))
PLAIN = ("1", "-1", "0", '"grid"', '"x"', "null", "true", "1e3", "[]", '["grid"]', "{}", "$v", "$w", "OUT", '"0"', "99999999999", '"""b"""', "1e999", "-0.0", "9" * 400, '"\\ud83d\\ude00"', '"\\ud800"', '"\\u0000"', '"é\u202e"')  # fmt: skip
LIKELY = {"of": '["grid"]', "keep": '["pump"]', "id": '"pump"', "asset": '"pump"', "asOf": '"0"', "file": '"a.csv"'}  # fmt: skip
SPOILS = ("{", "}", "(", ")", '"', "...", "$", "@x", ":", "!", "[", "]", "\\", "#", "\n", "9" * 30, "", "\ufeff", "\u2028", "\x00", "😀", '"""', "fragment F0 on Query { ...F0 }", "@skip(if: $v)", "{" * 70, "[" * 70)  # fmt: skip
HEADS = ("", "", "query ", "query Q ", "query ($v: Int) ", 'query Q($v: String = "0", $w: [String!]) ', "query ($v: [String!]!, $w: AreaInput) ", "query ($v: ChangeInput!) @include(if: true) ", "mutation ", "subscription ")  # fmt: skip
VARIABLES: tuple[Any, ...] = (
    None, {}, {"v": 1}, {"v": "0"}, {"v": [1]}, {"v": ["grid"]}, {"v": 2**70}, {"v": -1.5e308}, {"v": True, "w": {}},
    {"w": {"box": [9, 49, 11, 51]}}, {"w": {"near": {"lon": 10, "lat": 50, "metres": 1e300}}}, {"w": {"geojson": "{" * 900}},
    {"v": {"do": "CLOSE", "asset": "pump"}}, {"v": {"v": {"v": {}}}}, {"v": "\u202e\x00" * 40}, [], "v", 5, {"v": [[[[]]]]}, {"": None},
)  # fmt: skip


def named(type_: Any) -> Any:
    """Return the type that a list or a non-null is of."""
    while hasattr(type_, "of_type"):
        type_ = type_.of_type
    return type_


class Grammar:
    """Makes requests of the schema's own fields, and spoils them.

    Args:
        chance: What decides; the same one makes the same requests.
    """

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.wrong = 0.0  # how much of a document is not as the schema has it

    def body(self) -> bytes:
        """Return a request: two in five are as the schema has it, the others spoiled as text, in part or as bytes."""
        kind = self.chance.randrange(5)
        self.wrong = self.chance.choice((0.0, 0.0, 0.02, 0.2))
        query = self.document() if kind else self.spoiled(self.document())
        asked: Any = {"query": query, "variables": self.chance.choice(VARIABLES)}
        if self.chance.random() < 0.1:
            asked[self.chance.choice(("operationName", "extensions", "query", "variables"))] = self.chance.choice(("Q", "", 0, [], {}, None, "{", 1e308))  # fmt: skip
        if kind == 1:
            asked["query"] = self.grown(query)
        if self.chance.random() < 0.02:
            asked = [asked] * self.chance.randint(0, 30)
        body = json.dumps(asked, ensure_ascii=self.chance.random() < 0.5).encode(errors="surrogatepass")  # fmt: skip
        return self.flipped(body) if kind == 2 else body

    def document(self) -> str:
        deep = self.chance.choice((1, 2, 3, 4, 6, 14))
        if not self.wrong:
            return self.chance.choice(("", "query ", "query Q ")) + self.selection(SCHEMA.query_type, deep)  # fmt: skip
        fragments = [f"fragment F{i} on {self.type_name()} {self.selection(None, 2)}" for i in range(self.chance.choice((0, 0, 1, 3)))]  # fmt: skip
        parts = [self.chance.choice(HEADS) + self.selection(SCHEMA.query_type, deep), *fragments]
        self.chance.shuffle(parts)
        return " ".join(parts)

    def type_name(self) -> str:
        return self.chance.choice((*TYPES, "Query", "Query", "Asset", "Nothing"))

    def selection(self, type_: Any, depth: int) -> str:
        type_ = type_ if hasattr(type_, "fields") else SCHEMA.query_type
        most = 4 if depth < 5 else 1
        return "{ " + " ".join(self.one(type_, depth) for _ in range(self.chance.randint(1, most))) + " }"  # fmt: skip

    def one(self, type_: Any, depth: int) -> str:
        if self.chance.random() < self.wrong:
            return self.chance.choice((f"...F{self.chance.randrange(4)}", "__schema { types { name fields { name } } }", '__type(name: "Asset") { fields { name } }', "nothing", "iri { iri }"))  # fmt: skip
        if self.chance.random() < 0.05 and depth > 0:
            return f"... on {type_.name} {self.selection(type_, depth - 1)}"
        fields = sorted((n, f) for n, f in type_.fields.items() if depth > 0 or not hasattr(named(f.type), "fields"))  # fmt: skip
        if not fields:
            return "__typename"
        name, field = self.chance.choice(fields)
        alias = f"a{self.chance.randrange(999)}: " if self.chance.random() < 0.2 else ""
        wanted = {n: a for n, a in field.args.items() if isinstance(a.type, GraphQLNonNull) or self.chance.random() < 0.3}  # fmt: skip
        given = ", ".join(f"{n}: {self.value(n, a.type)}" for n, a in wanted.items())
        told = self.chance.choice((" @include(if: true)", " @skip(if: $v)", " @x")) if self.chance.random() < self.wrong else ""  # fmt: skip
        inner = named(field.type)
        below = self.selection(inner, depth - 1) if hasattr(inner, "fields") and depth > 0 else ""
        return f"{alias}{name}{f'({given})' if given else ''}{told} {below}"

    def value(self, name: str, type_: Any) -> str:
        """Return a value of a type; now and then of any other."""
        if self.chance.random() < self.wrong:
            return self.chance.choice(PLAIN)
        if name in LIKELY:
            return LIKELY[name]
        if isinstance(type_, GraphQLNonNull):
            return self.value(name, type_.of_type)
        if isinstance(type_, GraphQLList):
            return "[" + ", ".join(self.value("", type_.of_type) for _ in range(self.chance.choice((0, 1, 1, 2, 4, 40)))) + "]"  # fmt: skip
        if isinstance(type_, GraphQLInputObjectType):
            wanted = {n: f for n, f in type_.fields.items() if isinstance(f.type, GraphQLNonNull) or self.chance.random() < 0.25}  # fmt: skip
            return "{" + ", ".join(f"{n}: {self.value(n, f.type)}" for n, f in wanted.items()) + "}"
        if hasattr(type_, "values"):
            return self.chance.choice(sorted(type_.values))
        return self.chance.choice({"Int": ("0", "1", "5", "1000", "2147483647", "-1"), "Float": ("0", "0.5", "24", "-1", "1e308", "10", "50"), "Boolean": ("true", "false"), "Date": ('"2026-01-01"', '"9999-99-99"')}.get(type_.name, ('"x"', '"grid"', '"Pump"', '""', '"city:pump"', '"poweredBy"')))  # fmt: skip

    def spoiled(self, text: str) -> str:
        for _ in range(self.chance.randint(1, 4)):
            at = self.chance.randrange(len(text) + 1)
            text = text[:at] + self.chance.choice(SPOILS) + text[at + self.chance.randint(0, 5) :]
        return text

    def grown(self, text: str) -> str:
        """Return a document with a part of it said again, in itself or after itself."""
        start, end = sorted(self.chance.randrange(len(text) + 1) for _ in range(2))
        part, times = text[start:end], self.chance.choice((1, 2, 30, 300))
        return text[:start] + part * min(times, 60_000 // (len(part) + 1)) + text[end:]

    def flipped(self, body: bytes) -> bytes:
        """Return a request with bytes of it changed, taken out or put in."""
        bytes_ = bytearray(body)
        for _ in range(self.chance.randint(1, 6)):
            at = self.chance.randrange(len(bytes_) + 1)
            bytes_[at : at + self.chance.randint(0, 2)] = self.chance.randbytes(self.chance.randint(0, 2))  # fmt: skip
        return bytes(bytes_)
