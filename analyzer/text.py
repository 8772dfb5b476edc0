r"""The one way in which text from an input reaches a terminal, a log or a report.

Whatever could act on its reader, hide from it or pass for something else is shown as an escape:
control characters (terminal sequences), bidirectional and invisible characters (CVE-2021-42574),
look-alikes (CVE-2021-42694), lone surrogates, line ends, and the openings of the commands that
CI systems read from logs (`::error`, `##[`, `##vso[`). Nothing is dropped: `unshow` reads back
the exact code points, and two different texts never look the same.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

__all__ = ["SHOWN_LIMIT", "json_bytes", "pasted", "safe_json", "shown", "unshow", "visible"]

#: Characters of a text that are shown before it is cut.
SHOWN_LIMIT = 200
#: Where a text that was cut goes on.
_CUT = "\\…"
#: Characters of a text of which it is remembered how it is shown.
_REMEMBERED = 300

# GitHub's runner takes `::name ...::` as a command where a line begins with it, whatever blanks
# precede it. Where a line begins is not ours to know (tables wrap), so every `::` is broken but
# those of CloudFormation's type names, whose next word is none of the runner's commands
# (actions/runner, ActionCommand.cs). `##[` and Azure's `##vso[` count anywhere in a line.
_COMMAND = (
    r"(?<![A-Za-z0-9]):(?=:)"
    r"|:(?=:(?![A-Z][A-Za-z0-9]*(?![-A-Za-z0-9])))"
    r"|:(?=:(?i:error|warning|notice|debug|group|endgroup|echo)(?![A-Za-z0-9]))"
    r"|\#(?=\#)"
)
_SUSPECT = re.compile(rf"[^ -\[\]-~]|{_COMMAND}")
_HALVES = re.compile("[\ud800-\udfff]")
_LETTERS = re.compile(r"[^\W\d_]+")
_ESCAPE = re.compile(r"\\(?:([\\nrt])|u([0-9a-f]{4})|U([0-9a-f]{8}))")

_SHORT = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LONG = {"\\": "\\", "n": "\n", "r": "\r", "t": "\t"}

# Invisible although their category says letter, mark or symbol (Default_Ignorable_Code_Point
# beyond category Cf, and the blank Braille pattern).
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# Punctuation that passes for ASCII punctuation and is not folded to it by NFKC.
_TWINS = frozenset("\u2010\u2011\u2012\u2013\u2212\u2044\u2215\u2236\ua789")
# Scripts with letters that pass for ASCII letters, by the first word of the character's name.
_TWIN_SCRIPTS = frozenset({"ARMENIAN", "CHEROKEE", "COPTIC", "CYRILLIC", "GREEK", "LISU"})


def shown(value: str, limit: int | None = SHOWN_LIMIT) -> str:
    r"""A text of unknown origin as one line that is safe to print and can be read back.

    Args:
        value: any text, also with lone surrogates.
        limit: characters to show at most; a longer text ends in `\…`, its length and the
            start of its SHA-256, so that two long texts do not look the same. `None` shows all.
            (The mark itself takes about 45 characters; a smaller limit shows nothing else.)

    Returns:
        Printable text without line ends. A backslash always begins an escape: a doubled
        backslash, `\n`, `\r`, `\t`, `\uXXXX` or `\UXXXXXXXX`.
    """
    if len(value) <= _REMEMBERED:  # a report says the same of many things
        return _shown_again(value, limit)
    return _shown(value, limit)


def _shown(value: str, limit: int | None) -> str:
    # One character more than fits settles whether the text is cut; a huge one is not read whole.
    head = value if limit is None else value[: limit + 1]
    text = head if _SUSPECT.search(head) is None else "".join(_pieces(head))
    if limit is None or len(text) <= limit:
        return text
    mark = _mark(value)
    room = limit - len(mark)
    kept: list[str] = []
    for piece in _pieces(head):
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept) + mark


def pasted(line: str) -> str:
    """A line of code that is printed as a line of its own, to be copied from there.

    As `shown`, whole, but for `::`, which every ARN of IAM has: it is a command to no CI system
    behind other text of its line.
    """
    first, *others = line.split("::")
    if not first.strip():
        return shown(line, None)
    return "::".join((shown(first, None), *(shown(part, None) for part in others)))


_shown_again = lru_cache(8192)(_shown)


def visible(sentence: str, limit: int | None = 1000) -> str:
    """A sentence of ours once more made safe: what `shown` did to names in it is not done twice."""
    if "\\" not in sentence:
        text = shown(sentence, None)
        return text if limit is None or len(text) <= limit else f"{text[:limit]}..."
    parts = sentence.split(_CUT)  # the mark of a text that was cut is ours, too
    text = _CUT.join(shown(part, None).replace("\\\\", "\\") for part in parts)
    return text if limit is None or len(text) <= limit else f"{text[:limit]}..."


def unshow(text: str) -> str:
    """The text that `shown` was given.

    Raises:
        ValueError: the text was cut, or does not come from `shown`.
    """

    def original(escape: re.Match[str]) -> str:
        short, four, eight = escape.groups()
        return _LONG[short] if short else chr(int(four or eight, 16))

    if "\\" in _ESCAPE.sub("", text):
        raise ValueError("a backslash that begins no escape")
    return _ESCAPE.sub(original, text)


def json_bytes(value: object) -> bytes:
    """A value as indented JSON that is safe to print, as `safe_json` makes it.

    Half a surrogate pair, which no encoding can hold (file names and JSON have them), makes the
    text that it stands in be written as `shown` does it.
    """
    import msgspec

    try:
        data = msgspec.json.encode(value)
    except UnicodeEncodeError:
        data = msgspec.json.encode(_encodable(msgspec.to_builtins(value)))
    return safe_json(msgspec.json.format(data, indent=1)) + b"\n"


def _encodable(value: Any) -> Any:
    """A report's value without halves of surrogate pairs."""
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    if isinstance(value, str) and _HALVES.search(value):
        return shown(value, None)
    return value


def safe_json(data: bytes) -> bytes:
    r"""Encoded JSON in which nothing acts on a log, a terminal or an HTML page that it is put in.

    Takes valid JSON in UTF-8 and returns JSON of the same value: `<`, `##`, U+007F and every
    character outside ASCII that is invisible, a control or a separator become `\u` escapes. These
    can stand in strings only, and no line of JSON begins with `::`.
    """
    data = (
        data.replace(b"##", b"\\u0023\\u0023")
        .replace(b"<", b"\\u003c")
        .replace(b"\x7f", b"\\u007f")
    )
    return data if data.isascii() else data.decode().translate(_JSON_ESCAPES).encode()


class _JsonEscapes(dict[int, int | str]):
    """Code point to itself or its JSON escape, filled as characters are met."""

    def __missing__(self, code: int) -> int | str:
        found: int | str = code
        if code > 0x7F and _is_hidden(chr(code)):
            units = chr(code).encode("utf-16-be").hex()
            found = "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))
        self[code] = found
        return found


_JSON_ESCAPES = _JsonEscapes()


def _pieces(value: str) -> list[str]:
    """The shown form of each character, in order."""
    suspects = {match.start() for match in _SUSPECT.finditer(value)}
    twins = _twin_letters(value)
    # Text that is not in normal form C looks like other text that is: none of it is trusted.
    odd = not unicodedata.is_normalized("NFC", value)
    return [
        _escape(char)
        if at in suspects and (char <= "~" or odd or at in twins or _deceives(char))
        else char
        for at, char in enumerate(value)
    ]


def _escape(char: str) -> str:
    code = ord(char)
    return _SHORT.get(char) or (f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}")


def _mark(value: str) -> str:
    import hashlib

    digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
    return f"\\…({len(value)} characters, {digest[:16]})"


def _is_hidden(char: str) -> bool:
    """Whether a character cannot be seen, or governs how others are seen."""
    code = ord(char)
    return (
        # Zs is every blank but the space itself: they all look like it.
        (
            unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs")
            and code != 0x20
        )
        or char in _BLANK
        or 0x180B <= code <= 0x180F  # Mongolian variation selectors
        or 0xFE00 <= code <= 0xFE0F
        or 0xE0000 <= code <= 0xE0FFF  # tags and variation selectors
    )


def _deceives(char: str) -> bool:
    """Whether a character outside ASCII is hidden or can be taken for other text."""
    return (
        _is_hidden(char)
        or char in _TWINS
        # Letters written from right to left take the digits and signs beside them along.
        or unicodedata.bidirectional(char) in ("R", "AL", "AN")
        # Overlays and accents change what is before them, our own text too; the vowel signs of
        # Indic scripts have other names.
        or unicodedata.name(char, "").startswith("COMBINING ")
        or not unicodedata.is_normalized("NFKC", char)
    )


def _twin_letters(value: str) -> set[int]:
    """Positions of letters that pass for ASCII letters, in words that have ASCII letters too."""
    found: set[int] = set()
    if value.isascii():
        return found
    for word in _LETTERS.finditer(value):
        if word[0].isascii() or not re.search("[A-Za-z]", word[0]):
            continue
        found.update(
            word.start() + at
            for at, char in enumerate(word[0])
            if char > "~" and unicodedata.name(char, "").partition(" ")[0] in _TWIN_SCRIPTS
        )
    return found
