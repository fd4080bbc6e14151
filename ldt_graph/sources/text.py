"""Bytes as text: what says its encoding, what is taken for it where nothing does, and what is no text at all."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import charset_normalizer

if TYPE_CHECKING:
    from ldt_graph.sources.reading import Reading

BAD = re.compile("[\0\ud800-\udfff]")
"""What no text holds: NUL, and half characters, which a byte that is none of the encoding is kept as (PEP 383)."""
_UNDECODED = re.compile("[\udc80-\udcff]")
_LOST = "\ufffd"
_LIKELY = re.compile("[\xa0-\u024f\u0800-\ud7ff\ue000-\ufffc\U00010000-\U0010ffff]")
_ACCENTS = re.compile(
    rb"[\xc0-\xd6\xd8-\xf6\xf8-\xff]"
    rb"|(?<![A-Za-z])[\x80\x84\x85\x91-\x97\xa0\xa7\xab\xb0\xb2\xb3\xb5\xbb]"
    rb"|[\x80\x84\x85\x91-\x97\xa0\xa7\xab\xb0\xb2\xb3\xb5\xbb](?![A-Za-z])"
)
_NEVER = (
    "utf_8",
    "utf_8_sig",
    "utf_7",
    "utf_16",
    "utf_16_le",
    "utf_16_be",
    "utf_32",
    "utf_32_le",
    "utf_32_be",
)
_PAIRS = ("big5", "big5hkscs", "cp932", "cp949", "cp950", "euc_jp", "euc_jis_2004", "euc_jisx0213", "euc_kr",
          "gb18030", "gb2312", "gbk", "johab", "shift_jis", "shift_jis_2004", "shift_jisx0213")  # fmt: skip
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, what it was read as, and whether that is a guess.

    Attributes:
        text: Bytes that are none of the encoding are half characters in it (`BAD`).
        encoding: As Python calls it.
        guessed: Nothing said it, and it is not UTF-8.
    """

    text: str
    encoding: str
    guessed: bool = False


def mark(head: bytes) -> str | None:
    """Return the encoding that a byte order mark names (Unicode 15, section 23.8)."""
    return next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)


def known(encoding: str) -> str | None:
    """Return Python's name of an encoding of text, or None where it knows none of that name."""
    try:
        info = codecs.lookup(encoding)
        "".encode(encoding)
    except (LookupError, ValueError, TypeError):
        return None
    return info.name


def decoded(data: bytes, stated: str | None = None) -> Decoded:
    """Read bytes as text: by their mark, else by what is stated, else as UTF-8, else by what they look like.

    Where most of what is not ASCII is good UTF-8, it is UTF-8 with bad bytes. What looks like nothing else is
    Windows-1252. Linear.
    """
    said = mark(data) or stated
    if said:
        return Decoded(_strings(data, said), said)
    wide = _wide(data[:65536])
    if wide:
        return Decoded(_strings(data, wide), wide, guessed=True)
    text = data.decode("utf-8", "surrogateescape")
    if text.isascii() or _mostly(text):
        return Decoded(text, "utf-8")
    guess = _guess(data)
    return Decoded(_strings(data, guess), guess, guessed=True)


def _strings(data: bytes, encoding: str) -> str:
    """Decode by a known encoding, without its mark."""
    try:
        text = data.decode(encoding, "surrogateescape")
    except UnicodeDecodeError:  # half a character of UTF-16: not a byte that could be kept as such
        text = data.decode(encoding, "replace").replace(_LOST, "\ud800")
    return text.removeprefix("\ufeff")


def _wide(head: bytes) -> str | None:
    """Tell UTF-16 without a mark: every other byte of its ASCII is NUL, and it is text in that order alone."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) * 8 < len(head) or min(even, odd) * 8 > max(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _mostly(text: str) -> bool:
    """Whether what was read as UTF-8 is: nothing is bad, or far less than is good.

    Two bytes of another encoding are a character of UTF-8 by chance, seldom one of Latin, and three hardly ever.
    """
    bad = len(_UNDECODED.findall(text))
    if not bad:
        return True
    good = len(text) - len(text.encode("ascii", "ignore")) - bad
    likely = len(_LIKELY.findall(text))
    return good >= 8 * bad or (good >= bad and likely >= 0.8 * good)


def _guess(data: bytes) -> str:
    """Name the encoding of bytes that are not UTF-8, by the lines that say something about it."""
    telling = b"\n".join(line for line in data.split(b"\n") if not line.isascii())[:65536]
    western = telling.decode("cp1252", "replace")
    runs = re.findall(rb"[\x80-\xff]+", telling)
    alone = sum(len(run) == 1 for run in runs) >= 0.8 * len(runs)
    # Accented letters and marks of Windows-1252 among ASCII: too few of them for statistics to see.
    if alone and len(_ACCENTS.findall(telling)) >= 0.8 * sum(map(len, runs)):
        return "cp1252"
    excluded = [*_NEVER, *_PAIRS] if alone else _NEVER
    found = list(charset_normalizer.from_bytes(telling, cp_exclusion=[*excluded]))
    if not found or any(str(match) == western for match in found):
        return "cp1252"
    return found[0].encoding


def read_text(reading: Reading) -> str:
    """Return the file's text; say what it was read as where that is a guess. `BAD` characters are left to the reader.

    Raises:
        SourceError: The file is empty, or its option names an encoding that there isn't.
    """
    data = reading.file.read()
    if not data.strip():
        raise reading.error("The file is empty.")
    stated = reading.option("encoding")
    if stated and known(stated) is None:
        raise reading.error(f"No encoding is called {stated!r}.")
    found = decoded(data, stated)
    _tell(reading, data, found, stated)
    return found.text


def _tell(reading: Reading, data: bytes, found: Decoded, stated: str | None) -> None:
    if found.guessed:
        line = next(n for n, part in enumerate(data.split(b"\n"), 1) if not _plain(part))
        reading.report(
            "source:encoding",
            f"The file is not UTF-8 and does not say its encoding; it was read as {found.encoding}, by its looks. "
            "Name it in twin.toml: options.encoding.",
            row=line,
            severity="warning",
        )
    elif stated and mark(data) and known(stated) not in _kin(found):
        reading.report(
            "source:encoding",
            f"twin.toml says {stated}, but the file begins with the mark of {found.encoding}, and was read as that.",
            severity="warning",
        )
    elif stated:
        tell_doubt(reading, data, stated)
    lost = found.text.count(_LOST)
    if lost:
        at = found.text.index(_LOST)
        reading.report(
            "source:lost-letters",
            f"{lost} letters of the file were lost before it came here: it holds U+FFFD in their place.",
            row=len(re.findall(r"\r\n|\r|\n", found.text[:at])) + 1,
            severity="warning",
        )


def tell_doubt(reading: Reading, data: bytes, said: str) -> None:
    """Warn where bytes that are said to be of another encoding are UTF-8 as well, which they hardly are by chance."""
    if known(said) in ("utf-8", "utf-8-sig") or data.isascii() or b"\0" in data:
        return
    try:
        data.decode()
    except UnicodeDecodeError:
        return
    reading.report(
        "source:encoding",
        f"The texts were read as {said}, as is said of them, but they are good UTF-8 as well. "
        'If they are that, say so in twin.toml: options.encoding = "utf-8".',
        severity="warning",
    )


def _kin(found: Decoded) -> set[str | None]:
    """Return the names that its mark agrees with: `utf-16` and `utf-16-le`, `utf-8-sig` and `utf-8`."""
    bare = found.encoding.removesuffix("-le").removesuffix("-be")
    return {known(found.encoding), known(bare), known("utf-8-sig") if bare == "utf-8" else None}


def _plain(part: bytes) -> bool:
    return part.isascii() and b"\0" not in part


def is_bad(text: str) -> bool:
    """Whether a text holds `BAD` characters; at the speed of its encoding, which the pattern is not."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return "\0" in text


def shown(text: str) -> str:
    r"""Write a text with what no text holds as escapes: `Stra\xdfe`."""
    return BAD.sub(lambda m: _escape(ord(m[0])), text)


def _escape(code: int) -> str:
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"


def read_lines(reading: Reading) -> list[str]:
    """Return the text's lines as editors count them; of one that is not all text say so, and write U+FFFD for the rest.

    Raises:
        SourceError: As `read_text`.
    """
    lines = re.split(r"\r\n|\r|\n", read_text(reading))
    for at, line in enumerate(lines):
        if BAD.search(line):
            reading.report(
                "source:bad-text",
                "The line holds bytes that are no text; each stands as U+FFFD.",
                row=at + 1,
                value=shown(line)[:200],
            )
            lines[at] = BAD.sub(_LOST, line)
    return lines
