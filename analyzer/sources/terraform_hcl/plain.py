"""Functions on values that are known as a whole.

Each takes plain Python values and returns one; `ValueError` where Terraform refuses. Source:
Terraform, "Built-in Functions".
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from analyzer.core.values import Scalar
from analyzer.sources.terraform_hcl.arithmetic import calculate
from analyzer.sources.terraform_hcl.conversion import to_number
from analyzer.sources.terraform_hcl.labels import scalar_text

__all__ = ["LONGEST_TEXT", "PLAIN", "NotCalculatedError"]

#: Longer texts are not built: an input can double one in every line.
LONGEST_TEXT = 1_000_000
_VERB = re.compile(r"%(?:%|([-+ 0#]*)(\d*)(?:\.(\d+))?(?:\[(\d+)\])?([a-zA-Z]))")


_ESCAPED = re.compile("[<>&\u2028\u2029]")
_WORD_START = re.compile("(?<![A-Za-z0-9_])[a-z]")
#: Half of a letter in JSON: Go and Python disagree on what it is alone.
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class NotCalculatedError(Exception):
    """The result is well defined, but not calculated here."""


def _text(value: Any) -> str:
    if value is None or isinstance(value, (list, dict)):
        raise ValueError("a text is needed")
    return scalar_text(value)


def _ascii(value: Any) -> str:
    """A text of which Go and Python have the same idea: of letters, of blanks, of its length."""
    text = _text(value)
    if not text.isascii():
        raise NotCalculatedError
    return text


def _characters(value: Any) -> str:
    """A text of which Terraform counts each letter as one: not so the end of a line in Windows."""
    text = _ascii(value)
    if "\r\n" in text:
        raise NotCalculatedError
    return text


def _number(value: Any) -> int | float:
    if isinstance(value, (list, dict)):
        raise ValueError("a number is needed")
    number = to_number(value)
    if number is None:
        raise ValueError("a number is needed")
    return number


def _whole(value: Any) -> int:
    number = _number(value)
    if number != int(number):
        raise ValueError("a whole number is needed")
    return int(number)


def _replace(text: Any, old: Any, new: Any) -> str:
    wanted = _text(old)
    if len(wanted) > 1 and wanted.startswith("/") and wanted.endswith("/"):
        raise NotCalculatedError  # a pattern in Go's syntax
    whole, by = _text(text), _text(new)
    pieces = whole.count(wanted) if wanted else len(whole) + 1
    if len(whole) + pieces * len(by) > LONGEST_TEXT:
        raise NotCalculatedError
    return whole.replace(wanted, by)


def _join(separator: Any, *lists: Any) -> str:
    items = [item for each in lists for item in each]
    text, between = [_text(item) for item in items], _text(separator)
    if sum(map(len, text)) + len(between) * len(text) > LONGEST_TEXT:
        raise NotCalculatedError
    return between.join(text)


def _split(separator: Any, text: Any) -> list[str]:
    between, whole = _text(separator), _text(text)
    if between:
        return whole.split(between)
    return list(_ascii(text))


def _substr(text: Any, offset: Any, length: Any) -> str:
    whole, start, count = _characters(text), _whole(offset), _whole(length)
    start = max(0, len(whole) + start) if start < 0 else start
    return whole[start:] if count < 0 else whole[start : start + count]


def _format(spec: Any, *arguments: Any) -> str:
    """`format` with the verbs that names and ARNs are made with."""
    used = 0

    def one(found: re.Match[str]) -> str:
        nonlocal used
        flags, width, precision, position, verb = found.groups()
        if verb is None:
            return "%"
        if position or precision is not None or flags.strip("0-") or len(width) > 3:
            raise NotCalculatedError
        if used >= len(arguments):
            raise ValueError("too few arguments")
        value = arguments[used]
        used += 1
        if verb != "d" and "0" in flags:
            raise NotCalculatedError
        if verb == "v" and isinstance(value, (int, float)) and not _is_written_out(value):
            raise NotCalculatedError
        if verb == "d":
            text = str(_whole(value))
        elif verb in ("s", "v") and not isinstance(value, (list, dict)) and value is not None:
            text = _text(value)
        elif verb == "q" and isinstance(value, str) and value.isalnum():
            text = f'"{value}"'
        else:
            raise NotCalculatedError
        return _padded(text, flags, int(width or 0))

    if "%" in _VERB.sub("", _text(spec)):
        raise NotCalculatedError
    made = _VERB.sub(one, _text(spec))
    if used < len(arguments):
        raise ValueError("too many arguments")
    return made


def _is_written_out(value: float) -> bool:
    """Whether `%v` writes a number without an exponent."""
    return value == 0 or 1e-4 <= abs(value) < 1e21


def _padded(text: str, flags: str, width: int) -> str:
    if width and not text.isascii():
        raise NotCalculatedError
    if "-" in flags:
        return text.ljust(width)
    return text.zfill(width) if "0" in flags else text.rjust(width)


def _exact(value: Any) -> Any:
    """A value whose numbers Python writes like Terraform: without an exponent and a bare `.0`."""
    if isinstance(value, dict):
        return {key: _exact(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_exact(part) for part in value]
    if not isinstance(value, float):
        return value
    if "e" in repr(value):
        raise NotCalculatedError
    return int(value) if value.is_integer() else value


def _jsonencode(value: Any) -> str:
    made = json.dumps(_exact(value), separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    if len(made) > LONGEST_TEXT:
        raise NotCalculatedError
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", made)


def _jsondecode(text: Any) -> Any:
    whole = _text(text)
    if sum(map(whole.count, "[{")) > 10_000:
        raise NotCalculatedError
    depth = deepest = 0
    for bracket in re.findall(r'"(?:[^"\\]++|\\.)*+"|[][{}]', whole):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(bracket, 0)
        deepest = max(deepest, depth)
    if deepest > 32 or re.search(r"\d{300}", whole) or _SURROGATE.search(whole):
        raise NotCalculatedError
    return json.loads(whole, parse_constant=_refuse, parse_float=_finite)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise NotCalculatedError
    return number


def _refuse(_: str) -> float:
    raise ValueError("this is no JSON")


def _base64decode(text: Any) -> str:
    try:
        return base64.b64decode(_text(text), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise ValueError("this is no base64 of a text") from None


def _digest(kind: str, *, as_base64: bool = False) -> Callable[[Any], str]:
    def digest(text: Any) -> str:
        import hashlib

        made = hashlib.new(kind, _text(text).encode(), usedforsecurity=False)
        return base64.b64encode(made.digest()).decode() if as_base64 else made.hexdigest()

    return digest


def _base64encode(text: Any) -> str:
    return base64.b64encode(_text(text).encode("utf-8", "surrogatepass")).decode()


def _trim_prefix(text: Any, prefix: Any) -> str:
    return _text(text).removeprefix(_text(prefix))


def _trim_suffix(text: Any, suffix: Any) -> str:
    return _text(text).removesuffix(_text(suffix))


def _range(*numbers: Any) -> list[int | float]:
    start, limit, step = 0, 0, 1
    bounds = [_whole(n) for n in numbers]
    if len(bounds) == 1:
        (limit,) = bounds
    elif len(bounds) == 2:
        start, limit = bounds
    elif len(bounds) == 3:
        start, limit, step = bounds
    else:
        raise ValueError("range takes one to three numbers")
    if len(bounds) < 3 and limit < start:
        step = -1
    if step == 0 or (step > 0) != (limit >= start):
        raise ValueError("range never ends")
    if -((start - limit) // step) > 1024:  # Terraform's own limit
        raise ValueError("range makes more than 1,024 numbers")
    return list(range(start, limit, step))


def _index(items: Any, value: Any) -> int:
    for at, item in enumerate(items):
        if item == value and isinstance(item, bool) == isinstance(value, bool):
            return at
    raise ValueError("there is no such item")


def _formatlist(spec: Any, *lists: Any) -> list[str]:
    sizes = {len(each) for each in lists if isinstance(each, list)}
    if len(sizes) != 1:
        raise ValueError("the lists have different lengths")
    rows = (
        [each[at] if isinstance(each, list) else each for each in lists] for at in range(*sizes)
    )
    return [_format(spec, *row) for row in rows]


def _sort(items: Any) -> list[str]:
    return sorted(_text(item) for item in items)


def _sum(items: Any) -> int | float:
    if not items:
        raise ValueError("there is nothing to sum")
    total: int | float | None = 0
    for item in items:
        total = calculate("+", total, _number(item)) if total is not None else None
    if total is None:
        raise NotCalculatedError
    return total


def _parseint(text: Any, base: Any) -> int:
    number = _whole(base)
    if not isinstance(text, str):
        raise ValueError("a text is needed")
    if len(text) > 60 or not 2 <= number <= 36:
        raise NotCalculatedError
    digits = text[1:] if text.startswith(("+", "-")) else text
    if not re.fullmatch("[0-9A-Za-z]+", digits) or any(int(d, 36) >= number for d in digits):
        raise ValueError("this is no whole number in that base")
    return int(text, number)


def _signum(value: Any) -> int:
    number = _whole(value)
    return (number > 0) - (number < 0)


def _title(text: Any) -> str:
    return _WORD_START.sub(lambda found: found[0].upper(), _ascii(text))


def _indent(spaces: Any, text: Any) -> str:
    count, whole = _whole(spaces), _text(text)
    if count < 0:
        raise ValueError("a number from 0 is needed")
    if len(whole) + whole.count("\n") * count > LONGEST_TEXT:
        raise NotCalculatedError
    return whole.replace("\n", "\n" + " " * count)


def _urlencode(text: Any) -> str:
    from urllib.parse import quote_plus

    whole = _text(text)
    if len(whole) > LONGEST_TEXT // 12:
        raise NotCalculatedError
    return quote_plus(whole)


def _floor(value: Any) -> int:
    return int(_number(value) // 1)


def _ceil(value: Any) -> int:
    return -int(-_number(value) // 1)


#: Name -> function, and the kind of its result: what is known of it where it is not known.
PLAIN: Mapping[str, tuple[Callable[..., Scalar | list[Any] | dict[str, Any]], str]] = {
    "abs": (lambda n: abs(_number(n)), "number"),
    "base64decode": (_base64decode, "string"),
    "base64encode": (_base64encode, "string"),
    "base64sha256": (_digest("sha256", as_base64=True), "string"),
    "base64sha512": (_digest("sha512", as_base64=True), "string"),
    "ceil": (_ceil, "number"),
    "chomp": (lambda t: _text(t).rstrip("\r\n"), "string"),
    "endswith": (lambda t, s: _text(t).endswith(_text(s)), "bool"),
    "floor": (_floor, "number"),
    "format": (_format, "string"),
    "formatlist": (_formatlist, "any"),
    "indent": (_indent, "string"),
    "index": (_index, "number"),
    "join": (_join, "string"),
    "jsondecode": (_jsondecode, "any"),
    "jsonencode": (_jsonencode, "string"),
    "lower": (lambda t: _ascii(t).lower(), "string"),
    "max": (lambda *n: max(map(_number, n)), "number"),
    "md5": (_digest("md5"), "string"),
    "min": (lambda *n: min(map(_number, n)), "number"),
    "parseint": (_parseint, "number"),
    "range": (_range, "any"),
    "replace": (_replace, "string"),
    "sha1": (_digest("sha1"), "string"),
    "sha256": (_digest("sha256"), "string"),
    "sha512": (_digest("sha512"), "string"),
    "signum": (_signum, "number"),
    "sort": (_sort, "any"),
    "split": (_split, "any"),
    "startswith": (lambda t, s: _text(t).startswith(_text(s)), "bool"),
    "strcontains": (lambda t, s: _text(s) in _text(t), "bool"),
    "strrev": (lambda t: _characters(t)[::-1], "string"),
    "substr": (_substr, "string"),
    "sum": (_sum, "number"),
    "title": (_title, "string"),
    "trim": (lambda t, chars: _text(t).strip(_text(chars)), "string"),
    "trimprefix": (_trim_prefix, "string"),
    "trimspace": (lambda t: _ascii(t).strip(" \t\n\v\f\r"), "string"),
    "trimsuffix": (_trim_suffix, "string"),
    "upper": (lambda t: _ascii(t).upper(), "string"),
    "urlencode": (_urlencode, "string"),
}
