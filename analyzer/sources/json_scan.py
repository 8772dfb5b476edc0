"""JSON bytes before and after decoding: how deep they are, where an offset is, what is wrong.

msgspec decodes a plan five times faster than anything that looks at every value, so nothing here
runs over a plan that is in order. What msgspec itself guarantees is measured: more than about
1,000 levels (Python 3.11; more in later versions) end in a `RecursionError` within milliseconds,
in skipped parts too, and never in a crash as long as nobody raises the recursion limit.
`check_depth` is for who walks the decoded value afterwards. It costs about 7 ns a byte, as much as
decoding a template and ten times as much as skipping through a plan, so a plan is not checked as a
whole but where it is walked; the bodies of resources have so few brackets that it costs nothing.
"""

from __future__ import annotations

import re
from array import array
from itertools import accumulate

import msgspec

from analyzer.errors import InputError
from analyzer.limits import Budget

__all__ = ["check_depth", "decode_error", "json_depth", "json_error", "locate", "top_level"]

_OUTLINE = bytes(set(range(256)) - set(b'[]{}"'))
_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_SQUARE = bytes.maketrans(b"{}", b"[]")
_STEPS = bytes.maketrans(b"[]", b"\x01\xff")
_STRING = re.compile(rb'"[^"]*"')

# The messages of msgspec that hold nothing of the input; all others are replaced.
_MALFORMED = re.compile(r"JSON is malformed: ([a-z0-9 ,:\"'\[\]{}-]+) \(byte ([0-9]+)\)")
_MISMATCH = re.compile(
    r"(Expected `[a-z |_]+`, got `[a-z]+`|Object missing required field `\w+`|Number out of range)"
    r"(?: - at `(\$(?:\.\w+|\[[0-9]+\]|\[\.\.\.\])*)`)?"
)
_HALF_PAIR = re.compile(
    rb"(?<!\\)((?:\\\\)*)\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)


def check_depth(data: bytes, budget: Budget) -> None:
    """Refuse JSON that is nested deeper than the budget allows, before anything walks it.

    The depth is counted on the brackets outside strings, so what is no valid JSON may be refused
    or not; its decoder refuses it anyway. Raises `InputError` (`limit-depth`).
    """
    most = budget.limits.depth
    if json_depth(data, most) > most:
        line, column = _first_too_deep(data, most)
        budget.deepen(most + 1, line=line, column=column)


def json_depth(data: bytes, most: int) -> int:
    """Levels of nesting of JSON, or no more than `most` where there are fewer brackets."""
    if (few := data.count(b"{") + data.count(b"[")) <= most:
        return few
    # A doubled backslash, then a quote behind a single one: what is left are the real quotes.
    outline = data.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _OUTLINE)
    # An empty pair is a string without brackets, or joins two strings: both change no bracket.
    outline = _STRING.sub(b"", outline.replace(b'""', b""))
    outline = outline.translate(_SQUARE, _BRACKETS)
    return _levels(outline)


def _levels(brackets: bytes) -> int:
    """The depth of text that consists of `[` and `]`."""
    levels = 0
    # Taking away the innermost pairs is fast where there are many, as in any ordinary file.
    while len(inner := brackets.replace(b"[]", b"")) < 0.9 * len(brackets):
        levels += 1
        brackets = inner
    steps = array("b", brackets.translate(_STEPS))
    return levels + max(accumulate(steps, initial=0))


def locate(data: bytes, offset: int) -> tuple[int, int]:
    """Line and column of a byte offset, both from 1; the column counts characters."""
    offset = min(max(offset, 0), len(data))
    start = data.rfind(b"\n", 0, offset) + 1
    # Lines of plans have hundreds of megabytes: count the bytes that begin a character.
    column = offset - start - len(data[start:offset].translate(None, _NO_CONTINUATION))
    return data.count(b"\n", 0, offset) + 1, column + 1


_NO_CONTINUATION = bytes(set(range(256)) - set(range(0x80, 0xC0)))


def top_level(data: bytes) -> dict[str, msgspec.Raw] | None:
    """The keys of a JSON object with their undecoded values; `None` for anything else."""
    try:
        return msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def decode_error(
    path: str, data: bytes, error: Exception, *, piece: bytes | None = None, hint: str = ""
) -> InputError:
    """What msgspec's refusal to decode an input means for people.

    Args:
        path: the input.
        data: its bytes.
        error: a `msgspec.DecodeError`, `UnicodeDecodeError` or `RecursionError`.
        piece: the part of `data` that was decoded, where it was not all.
        hint: what to do about it.

    Returns:
        A problem with the line and column, where they can be known, and no text of the input.
    """
    start = max(data.find(piece), 0) if piece is not None else 0
    part = data if piece is None else piece
    if isinstance(error, RecursionError):
        line, column = _first_too_deep(data, 1000)
        return InputError(
            path,
            "limit-depth",
            "is nested more than 1,000 levels deep",
            line=line,
            column=column,
            hint="no tool writes such a file; make it again",
        )
    if isinstance(error, UnicodeDecodeError):
        return json_error(path, data, start + _bad_utf8(part), "a byte that is not UTF-8", hint)
    text = str(error)
    if isinstance(error, msgspec.ValidationError):
        return _mismatch(path, text, hint)
    if found := _MALFORMED.fullmatch(text):
        # Of this one message msgspec gives the offset behind the character.
        behind = found[1] == "trailing characters"
        return json_error(path, data, start + int(found[2]) - behind, found[1], hint)
    if half := _half_pair(part):
        return json_error(path, data, start + half, "half of a surrogate pair in a string", hint)
    line, column = locate(data, len(data))
    return InputError(
        path, "input-truncated", "ends in the middle", line=line, column=column, hint=hint
    )


def json_error(path: str, data: bytes, offset: int, what: str, hint: str = "") -> InputError:
    """A problem at an offset of an input that is not valid JSON."""
    line, column = locate(data, offset)
    message = f"is not valid JSON: {what}"
    return InputError(path, "input-json", message, line=line, column=column, hint=hint)


def _mismatch(path: str, text: str, hint: str) -> InputError:
    message = "holds a value of an unexpected kind"
    if found := _MISMATCH.fullmatch(text):
        what = found[1].replace("`", "")
        place = f" at {found[2]}" if found[2] else ""
        message = f"does not have the shape of its format: {what[0].lower()}{what[1:]}{place}"
    return InputError(path, "input-shape", message, hint=hint)


def _bad_utf8(data: bytes) -> int:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start
    return 0


def _half_pair(data: bytes) -> int | None:
    """Where a lone surrogate is, if it is the reason that msgspec takes for a truncated file."""
    found = _HALF_PAIR.search(data)
    if found is None:
        return None
    try:
        msgspec.json.decode(_HALF_PAIR.sub(rb"\1\\ufffd", data), type=msgspec.Raw)
    except msgspec.DecodeError as error:
        if _MALFORMED.fullmatch(str(error)) is None:
            return None
    except RecursionError:
        return None
    return found.end(1)


def _first_too_deep(data: bytes, most: int) -> tuple[int | None, int | None]:
    """Where the nesting passes `most`, if that is soon found: it is only for the message."""
    depth = 0
    for count, token in enumerate(_TOKEN.finditer(data)):
        first = token[0][:1]
        depth += (first in b"[{") - (first in b"]}")
        if depth > most:
            return locate(data, token.start())
        if count > _PATIENCE:
            break
    return None, None


_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_PATIENCE = 300_000
