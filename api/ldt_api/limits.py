"""What a document costs, told before anything is executed, in time linear in its size.

A fragment is reckoned once, however often it is spread: fragments that spread the next one twice cost what they
say, and no more. The sum is kept in two parts, of the fields themselves and of lists whose length the field above
says (`assets(first: 500) { nodes { … } }`), so that a fragment has one bill wherever it stands.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    StringValueNode,
    VariableNode,
    get_named_type,
)

from ldt_api.directives import scope_of, weight_of
from ldt_graph.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import (
        DocumentNode,
        GraphQLField,
        GraphQLSchema,
        OperationDefinitionNode,
        SelectionSetNode,
        ValueNode,
    )

MAX_DEPTH, MAX_ALIASES, MAX_TOKENS, MAX_COST = 12, 30, 2_000, 100_000
MAX_VERSIONS = 3
"""Of the twin that one request may name in `asOf`: each is a whole city in memory."""
MAX_SAME = 50
"""Times that one selection may ask a field under one name: merging them is quadratic (GraphQL 5.3.2)."""
_NESTED = 60  # selections within selections, introspection and fragments included: what Python's stack bears
_LIST = 10  # entries of a list whose length nothing says
_PAGE = 1_000
_ROOT = 50  # what a field of Query costs beside its children: it asks the graph
_ENTRY = 5  # what an entry of an argument costs: it is checked, made a value, looked up
_WORD = 500  # characters of a text that cost as much as an entry: an area
_MOST = 10**12


class Bill(NamedTuple):
    """What a selection costs: its own fields, those once for each entry of the list above, depth and aliases."""

    own: int = 0
    entries: int = 0
    depth: int = 0
    aliases: int = 0

    def __add__(self, other: Any) -> Bill:  # noqa: ANN401  (a tuple's own is of tuples)
        return Bill(
            min(self.own + other.own, _MOST),
            min(self.entries + other.entries, _MOST),
            max(self.depth, other.depth),
            min(self.aliases + other.aliases, _MOST),
        )

    def times(self, entries: int) -> int:
        """Return the sum, for so many entries."""
        return min(self.own + entries * self.entries, _MOST)


class Reckoning:
    """Reckons one operation of a document.

    Args:
        schema: What its fields are.
        document: The document.
        variables: As the request gives them.

    Attributes:
        versions: What it names in `asOf`, once it is reckoned.
        scopes: Of keys that open what it asks.
    """

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]
    ) -> None:
        self._schema = schema
        self._fragments = {
            d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
        }
        self._variables = dict(variables)
        self._bills: dict[str, Bill | None] = {}
        self._sizes: dict[str, int] = {}
        self._nested = 0
        self.versions: set[str] = set()
        self.scopes: set[str] = set()

    def of(self, operation: OperationDefinitionNode) -> Bill:
        """Return the operation's bill, its cost in `own`.

        Raises:
            QueryError: It exceeds a limit, or spreads a fragment that is not there or holds itself.
        """
        for definition in operation.variable_definitions or ():
            name, default = definition.variable.name.value, definition.default_value
            if default is not None and name not in self._variables:
                self._variables[name] = self._value(default)
        bill = self._selections(operation.selection_set, self._schema.query_type, _ROOT)
        bill = bill._replace(own=bill.times(_LIST))
        for what, found, most in (
            ("levels", bill.depth, MAX_DEPTH),
            ("aliases", bill.aliases, MAX_ALIASES),
            ("versions in `asOf`", len(self.versions), MAX_VERSIONS),
        ):
            if found > most:
                raise QueryError(f"A question may have {most:,} {what}; this one has {found:,}.")
        if bill.own > MAX_COST:
            raise QueryError(
                f"The question costs {bill.own:,}; it may cost {MAX_COST:,}.",
                hint="Ask for shorter pages (`first`), or for fewer things at once.",
            )
        return bill

    def _selections(self, chosen: SelectionSetNode, above: Any, weight: int = 1) -> Bill:  # noqa: ANN401  (a type of the schema)
        self._nested += 1
        if self._nested > _NESTED:
            raise QueryError(f"A question may be nested {_NESTED} times.")
        bill, names = Bill(), Counter[str]()
        for selection in chosen.selections:
            if isinstance(selection, FieldNode):
                names[(selection.alias or selection.name).value] += 1
                bill += self._field(selection, above, weight)
            elif isinstance(selection, FragmentSpreadNode):
                bill += self._fragment(selection.name.value)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                type_ = self._schema.get_type(condition.name.value) if condition else above
                bill += self._selections(selection.selection_set, type_, weight)
        self._nested -= 1
        name, times = next(iter(names.most_common(1)), ("", 0))
        if times > MAX_SAME:
            raise QueryError(f"{name!r} is asked {times:,} times in one selection.")
        return bill

    def _fragment(self, name: str) -> Bill:
        if name not in self._bills:
            fragment = self._fragments.get(name)
            if fragment is None:
                raise QueryError(f"The document has no fragment {name!r}.")
            self._bills[name] = None
            type_ = self._schema.get_type(fragment.type_condition.name.value)
            weight = _ROOT if type_ is self._schema.query_type else 1
            self._bills[name] = self._selections(fragment.selection_set, type_, weight)
        bill = self._bills[name]
        if bill is None:
            raise QueryError(f"The fragment {name!r} holds itself.")
        return bill

    def _field(self, node: FieldNode, above: Any, weight: int) -> Bill:  # noqa: ANN401  (a type of the schema)
        name, alias = node.name.value, int(node.alias is not None)
        composite = isinstance(above, GraphQLObjectType | GraphQLInterfaceType)
        field = self._schema.get_field(above, name) if composite else None
        given = {a.name.value: self._value(a.value) for a in node.arguments or ()}
        if given.get("asOf") is not None:
            self.versions.add(str(given["asOf"]))
        weight = max(weight, weight_of(field))
        self.scopes.add(scope_of(field))
        weight += _ENTRY * sum(self._entries(a.value) for a in node.arguments or ())
        if node.selection_set is None:
            return Bill(weight, 0, 1, alias)
        inner = self._selections(node.selection_set, get_named_type(field.type) if field else None)
        depth = 0 if name.startswith("__") else inner.depth + 1
        aliases = inner.aliases + alias
        size = _page(field, given)
        if field is None or not _is_list(field):
            return Bill(weight + inner.times(_LIST if size is None else size), 0, depth, aliases)
        one = 1 + inner.times(_LIST)
        if size is None:
            return Bill(weight, one, depth, aliases)
        return Bill(weight + size * one, 0, depth, aliases)

    def _value(self, node: ValueNode) -> Any:  # noqa: ANN401  (what a client wrote)
        """Return what limits look at: whole numbers and texts."""
        if isinstance(node, VariableNode):
            found = self._variables.get(node.name.value)
            return found if isinstance(found, int | str) else None
        if isinstance(node, IntValueNode):
            if len(node.value) > 100:
                raise QueryError(f"A whole number of {len(node.value):,} digits is too long.")
            return int(node.value)
        return node.value if isinstance(node, StringValueNode) else None

    def _entries(self, node: ValueNode) -> int:
        """Return how many entries the lists of an argument have, and members its objects, however deep."""
        found, waiting = 0, [node]
        while waiting:
            match waiting.pop():
                case ListValueNode(values=values):
                    found += len(values)
                    waiting += values
                case ObjectValueNode(fields=fields):
                    found += len(fields)
                    waiting += [f.value for f in fields]
                case VariableNode(name=name):
                    found += self._given(name.value)
                case StringValueNode(value=text):
                    found += len(text) // _WORD
        return found

    def _given(self, name: str) -> int:
        """Return the same of a variable, counted once."""
        if name not in self._sizes:
            self._sizes[name] = _entries(self._variables.get(name))
        return self._sizes[name]


def _entries(value: object) -> int:
    """Return how many entries and members a value has, however deep; a long text counts as a list of words."""
    found, waiting = 0, [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                found += len(text) // _WORD
            case dict() as members:
                found += len(members)
                waiting += members.values()
            case list() as entries:
                found += len(entries)
                waiting += entries
    return found


def _page(field: GraphQLField | None, given: Mapping[str, Any]) -> int | None:
    """Return how many entries a field's `first` asks for; None where it has no such argument."""
    if field is None or "first" not in field.args:
        return None
    first = given.get("first", field.args["first"].default_value)
    return max(0, min(first, _PAGE)) if isinstance(first, int) else _PAGE


def _is_list(field: GraphQLField) -> bool:
    type_ = field.type
    return isinstance(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, GraphQLList)
