"""Values of parameters, in every form in which people keep them beside a template.

The AWS CLI's JSON list, CodePipeline's and Git sync's mapping (JSON or YAML), samconfig (TOML or
YAML), and plain `Key=Value` (`aws cloudformation deploy --parameter-overrides`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from analyzer.errors import InputError
from analyzer.limits import Budget, Limits
from analyzer.sources.cloudformation.nodes import Fields, Items, Node, Scalar
from analyzer.sources.cloudformation.notes import Silence
from analyzer.sources.json_scan import json_depth

__all__ = ["parse_parameters"]

Values = dict[str, str | None]

_KEYS = ("Parameters", "parameters")
_NAME = re.compile(r"[A-Za-z0-9]+")
_PAIR = re.compile(r"""((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+)""", re.DOTALL)
_QUOTED = re.compile(r"""\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'""", re.DOTALL)
# SAM's older form: ParameterKey=Name,ParameterValue=Value
_LONG_PAIR = re.compile(r"ParameterKey=([A-Za-z0-9]+),ParameterValue=(.*)", re.DOTALL)
#: The part of samconfig that is read when it has several environments.
_ENVIRONMENT = "default"
_LEVELS = 32


def parse_parameters(
    data: bytes | str, *, path: str = "", limits: Limits = Limits()
) -> dict[str, str | None]:
    """Parameter values by name.

    Args:
        data: the content of a file, or `Key=Value` pairs apart by blanks.
        path: what the file is called in an error.
        limits: what reading it may cost.

    Returns:
        Texts as CloudFormation takes them; lists are joined by commas. `None` stands for a
        previous value that nobody told (`UsePreviousValue`).

    Raises:
        InputError: none of the forms, or a value that is no text.
    """
    text = data if isinstance(data, str) else _decoded(data, path)
    stripped = text.strip()
    if stripped[:1] in ("{", "["):
        found = _json(stripped, path)
        if found is not None:
            return found
    if _looks_like_toml(stripped):
        return _toml(text, path)
    if _is_pairs(stripped):
        return dict(_pairs(stripped, path))
    return _yaml(text.encode("utf-8", "surrogatepass"), path, limits)


def _error(path: str, message: str, line: int | None = None) -> InputError:
    hint = (
        'accepted: [{"ParameterKey": ..., "ParameterValue": ...}], {"Parameters": {...}}, '
        "samconfig, Key=Value"
    )
    return InputError(path, "input-parameters", message, line=line, hint=hint)


def _decoded(data: bytes, path: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _error(path, "parameter values must be UTF-8 text", line) from None


def _json(text: str, path: str) -> Values | None:
    """The values of a JSON document; `None` where the text is no JSON (TOML begins alike)."""
    _check_depth(text, path)
    try:
        found = json.loads(text, parse_int=str, parse_float=str)
    except ValueError:
        return None
    return _values(found, path)


def _check_depth(text: str, path: str) -> None:
    if json_depth(text.encode("utf-8", "surrogatepass"), _LEVELS) > _LEVELS:
        raise _error(path, "parameter values are nested too deeply")


def _looks_like_toml(text: str) -> bool:
    return re.search(r"^\s*\[[A-Za-z0-9_.\"-]+\]\s*(?:#.*)?$", text, re.MULTILINE) is not None


def _toml(text: str, path: str) -> Values:
    import tomllib

    _check_depth(text, path)
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise _error(path, "not valid TOML") from None
    return _samconfig(found, path)


def _yaml(data: bytes, path: str, limits: Limits) -> Values:
    from analyzer.sources.cloudformation.yaml_nodes import read_yaml

    root = read_yaml(data, Budget(path, limits), Silence())
    return _values(None if root is None else _plain(root), path)


def _plain(node: Node) -> object:
    if isinstance(node, Fields):
        return {name: _plain(below) for name, below in node.items()}
    return [_plain(item) for item in node] if isinstance(node, Items) else _scalar(node)


def _scalar(node: Scalar) -> str | bool | None:
    return node.value


def _values(found: object, path: str) -> Values:
    """The values of decoded JSON or YAML."""
    if isinstance(found, list):
        return dict(pair for item in found for pair in _listed(item, path))
    if not isinstance(found, Mapping):
        raise _error(path, "no parameter values in any known form")
    for key in _KEYS:
        inside = found.get(key)
        if isinstance(inside, Mapping):
            return {str(name): _text(value, path) for name, value in inside.items()}
        if isinstance(inside, list):
            return _values(inside, path)
    if any(_has_overrides(part) for part in found.values()):
        return _samconfig(found, path)
    return {str(name): _text(value, path) for name, value in found.items()}


def _listed(item: object, path: str) -> Iterator[tuple[str, str | None]]:
    """An item of a list: the CLI's object, or `Key=Value`."""
    if isinstance(item, str):
        yield from _pairs(item, path)
        return
    name = item.get("ParameterKey") if isinstance(item, Mapping) else None
    if not isinstance(item, Mapping) or not isinstance(name, str):
        raise _error(path, "an item of the list has no ParameterKey")
    if item.get("UsePreviousValue") in (True, "true"):
        yield name, None
    else:
        yield name, _text(item.get("ParameterValue"), path)


def _text(value: object, path: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    if isinstance(value, list):
        return ",".join(_text(item, path) for item in value)
    raise _error(path, "the value of a parameter must be text or a list of texts")


def _has_overrides(part: object) -> bool:
    return isinstance(part, Mapping) and any(
        isinstance(command, Mapping)
        and isinstance(command.get("parameters"), Mapping)
        and "parameter_overrides" in command["parameters"]
        for command in part.values()
    )


def _samconfig(found: Mapping[str, object], path: str) -> Values:
    """`[default.deploy.parameters] parameter_overrides`, over those of `global`."""
    names = [name for name, part in found.items() if _has_overrides(part)]
    name = _ENVIRONMENT if _ENVIRONMENT in names else names[0] if len(names) == 1 else None
    part = found.get(name) if name is not None else None
    if not isinstance(part, Mapping):
        raise _error(path, "no environment `default` with parameter_overrides")
    values: Values = {}
    for command in ("global", "build", "deploy"):
        options = part.get(command)
        parameters = options.get("parameters") if isinstance(options, Mapping) else None
        overrides = parameters.get("parameter_overrides") if isinstance(parameters, Mapping) else ()
        for item in (overrides,) if isinstance(overrides, str) else overrides or ():
            if not isinstance(item, str):
                raise _error(path, "parameter_overrides takes Key=Value")
            values.update(_pairs(item, path))
    return values


def _is_pairs(text: str) -> bool:
    first = text.split("=", 1)[0]
    return "=" in text and _NAME.fullmatch(first) is not None


def _pairs(text: str, path: str) -> Iterator[tuple[str, str]]:
    """`A=b C="d e"`, as a shell reads it."""
    for word in _PAIR.findall(text):
        pair = _QUOTED.sub(_unquoted, word)
        long = _LONG_PAIR.fullmatch(pair)
        name, equals, value = (long[1], "=", long[2]) if long else pair.partition("=")
        if not equals or _NAME.fullmatch(name) is None:
            raise _error(path, "not of the form Key=Value")
        yield name, value


def _unquoted(found: re.Match[str]) -> str:
    escaped, double, single = found.groups()
    if double is not None:
        return re.sub(r"\\(.)", r"\1", double)
    return escaped if escaped is not None else single or ""
