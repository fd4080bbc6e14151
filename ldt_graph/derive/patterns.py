"""Regular expressions of JSON Schema (ECMA-262) in the words that XPath, Rust and Python share, and formats as such."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLASSES = frozenset("dDwWsS")
_CONTROLS = {"t": "\\t", "n": "\\n", "r": "\\r", "f": "\f", "v": "\v", "0": "\0"}
_META = frozenset("\\^$.|?*+()[]{}")
_QUANTIFIER = re.compile(r"\{(\d+)(,(\d*))?\}")
_LONGEST = 1000
_UNICODE = re.compile(r"u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})")


class Untold(ValueError):
    """An expression asks for what XPath has no word for; the message says what."""


@dataclass(frozen=True, slots=True)
class Portable:
    """What an expression comes to.

    Attributes:
        wanted: Expressions that a text matches.
        unwanted: Expressions that it must not match.
        exact: Nothing was left out; else more texts match than the schema wants.
    """

    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]
    exact: bool


def portable(pattern: str) -> Portable:
    r"""Rewrite an expression so that engines of SHACL read it alike.

    Groups capture nothing that is asked for, so all are written plainly; lazy repetition matches what greedy
    repetition matches. `\w` takes in the underscore and letters of all scripts, as the engines have it. What looks
    ahead from a place that is as far from the start in every text is an expression of its own; elsewhere what looks
    around, and the edges of words, are left out.

    Raises:
        Untold: It refers back, or is no expression.
    """
    wanted, unwanted, exact = [], [], True
    prefix, aheads, rest = _split(pattern)
    for ahead, positive in aheads:
        made, sure = _rewritten(f"{prefix}(?:{ahead})")
        if positive or sure:
            (wanted if positive else unwanted).append(made)
        exact = exact and sure
    made, sure = _rewritten(prefix + rest)
    return Portable((*wanted, made), tuple(unwanted), exact and sure)


_FIXED = re.compile(r"\^(?:[^\\\[\](){}*+?|^$]|\\[^bBkcuxpP1-9]|\[(?:[^\]\\]|\\.)+\])*(?=\(\?[=!])")


def _split(pattern: str) -> tuple[str, list[tuple[str, bool]], str]:
    """Split off what looks ahead from a fixed place: what stands before it, what it sees and whether it should, the rest."""
    fixed = _FIXED.match(pattern)
    if fixed is None or _alternates(pattern):
        return "", [], pattern
    aheads: list[tuple[str, bool]] = []
    at = fixed.end()
    while pattern.startswith(("(?=", "(?!"), at):
        end = _closing(pattern, at)
        if pattern[end : end + 1] in ("*", "+", "?", "{"):
            return "", [], pattern
        aheads.append((pattern[at + 3 : end - 1], pattern[at + 2] == "="))
        at = end
    return fixed[0], aheads, pattern[at:]


def _closing(pattern: str, start: int) -> int:
    """Return the place after the group that begins at a place."""
    depth = 0
    for at, char in _plain(pattern, start):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if char == ")" and depth == 0:
            return at + 1
    raise Untold("a group is not closed")


def _alternates(pattern: str) -> bool:
    depth = 0
    for _, char in _plain(pattern, 0):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if char == "|" and depth == 0:
            return True
    return False


def _plain(pattern: str, start: int) -> Iterator[tuple[int, str]]:
    """Yield the characters that are neither escaped nor in a class."""
    at, inside = start, False
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 2
            continue
        if not inside:
            yield at, char
        inside = char == "[" or (inside and char != "]")
        at += 1


def _rewritten(pattern: str) -> tuple[str, bool]:
    rewriting = _Rewriting(pattern)
    made = rewriting.made()
    try:
        re.compile(made)
    except re.error as error:
        raise Untold(f"it is no regular expression: {error}") from None
    return made, rewriting.exact


@dataclass
class _Rewriting:
    text: str
    at: int = 0
    out: list[str] = field(default_factory=list)
    exact: bool = True

    def made(self) -> str:
        while self.at < len(self.text):
            self._next()
        return "".join(self.out)

    def _next(self) -> None:
        char = self.text[self.at]
        if char == "\\":
            self.out.append(self._escape(inside=False))
        elif char == "[":
            self.out.append(self._class())
        elif char == "(":
            self._group()
        elif char in "*+?{":
            self._repeat(char)
        else:
            self.out.append("\\" + char if char in "}]" else char)
            self.at += 1

    def _group(self) -> None:
        rest = self.text[self.at :]
        if opened := re.match(r"\((\?:|\?<[A-Za-z_]\w*>)?(?!\?)", rest):
            self.out.append("(")
            self.at += opened.end()
            return
        if not re.match(r"\(\?<?[=!]", rest):
            raise Untold("a group begins with what JSON Schema has no meaning for")
        self.at = _closing(self.text, self.at)
        self.exact = False

    def _repeat(self, char: str) -> None:
        found = _QUANTIFIER.match(self.text, self.at) if char == "{" else None
        if char == "{" and found is None:
            self.out.append("\\{")
            self.at += 1
            return
        if found and max(int(n) for n in (found[1], found[3] or "0")) > _LONGEST:
            raise Untold(f"it repeats more than {_LONGEST} times")
        self.out.append(found[0] if found else char)
        self.at += len(self.out[-1])
        if self.text[self.at : self.at + 1] == "?":  # lazy
            self.at += 1

    def _escape(self, *, inside: bool) -> str:
        char = self.text[self.at + 1 : self.at + 2]
        if not char:
            raise Untold("it ends in a backslash")
        self.at += 2
        if char in _CLASSES:
            return self._shorthand(char, inside=inside)
        if char in "bB" and not (inside and char == "b"):
            self.exact = False
            return ""
        if char in "pP":
            raise Untold("it names a property of Unicode (\\p), which not every engine knows")
        if char in "123456789k":
            raise Untold("it refers back to a group")
        if char in "xu" and (found := _UNICODE.match(self.text, self.at - 1)):
            self.at = found.end()
            return _literal(chr(int(next(g for g in found.groups() if g), 16)), inside=inside)
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char == "c":
            raise Untold("it names a control character (\\c)")
        return _literal("\b" if inside and char == "b" else char, inside=inside)

    def _shorthand(self, char: str, *, inside: bool) -> str:
        if char == "w":
            return "\\w_" if inside else "[\\w_]"
        if char == "W":
            if inside:
                raise Untold("a class holds \\W, which engines read differently")
            return "[^\\w_]"
        return "\\" + char

    def _class(self) -> str:
        self.at += 1
        negated = self.text.startswith("^", self.at)
        self.at += negated
        parts: list[str] = []
        while True:
            if self.at >= len(self.text):
                raise Untold("a class is not closed")
            char = self.text[self.at]
            if char == "]":
                break
            parts.append(self._escape(inside=True) if char == "\\" else self._member(parts))
        self.at += 1
        if not parts:
            raise Untold("a class is empty")
        return f"[{'^' if negated else ''}{''.join(parts)}]"

    def _member(self, parts: list[str]) -> str:
        char = self.text[self.at]
        self.at += 1
        if char == "-":
            closing = self.text[self.at : self.at + 1] == "]"
            return (
                "\\-"
                if not parts or closing or parts[-1].startswith(("\\w", "\\d", "\\s"))
                else "-"
            )
        if char in "&~" and parts and parts[-1] == char:
            return ""  # said twice, it would be an operation on classes
        return _literal(char, inside=True)


def _literal(char: str, *, inside: bool) -> str:
    if inside:
        return "\\" + char if char in "\\[]^-" else char
    return "\\" + char if char in _META else char


_HEX = "[0-9A-Fa-f]"
_ESCAPED = f"%{_HEX}{{2}}"
_PLAIN = r"A-Za-z0-9_.~!$&'()*+,;=\-"
_SEGMENT = f"([{_PLAIN}:@]|{_ESCAPED})"
_QUERY = f"([{_PLAIN}:@/?]|{_ESCAPED})*"
_AUTHORITY = rf"(([{_PLAIN}:]|{_ESCAPED})*@)?(\[({_HEX}|[:.])+\]|\[v{_HEX}+\.[{_PLAIN}:]+\]|([{_PLAIN}]|{_ESCAPED})*)(:[0-9]*)?"
_URI = (
    rf"^[A-Za-z][A-Za-z0-9+.\-]*:(//{_AUTHORITY}(/{_SEGMENT}*)*|/({_SEGMENT}+(/{_SEGMENT}*)*)?"
    rf"|{_SEGMENT}+(/{_SEGMENT}*)*|)(\?{_QUERY})?(#{_QUERY})?$"
)
_LEAP = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)"
_YEAR = "([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
_DATE = (
    f"({_YEAR}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    f"|02-(0[1-9]|1[0-9]|2[0-8]))|{_LEAP}-02-29)"
)
_ZONE = "([Zz]|[+\\-]([01][0-9]|2[0-3]):[0-5][0-9])"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?"

FORMATS = {
    "date": f"^{_DATE}$",
    "time": f"^{_TIME}{_ZONE}?$",
    "date-time": f"^{_DATE}[Tt]{_TIME}{_ZONE}$",
    "uri": _URI,
}
"""Formats that are judged: RFC 3339, section 5.6, on the calendar and without leap seconds; RFC 3986, appendix A.

A time of day may lack its zone, which RFC 3339 asks for: opening hours and timetables are local, and models give such
examples.
"""


def exactly(text: str) -> str:
    """Return the expression that this text alone matches."""
    return "^" + "".join(_literal(c, inside=False) for c in text) + "$"
