"""Located values become typed structs; what does not fit is an error with its place."""

from __future__ import annotations

import types
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Literal, NoReturn, Union, get_args, get_origin

import msgspec

from analyzer.errors import InputError
from analyzer.knowledge.located import Node, plain
from analyzer.text import shown

__all__ = ["Places", "read"]

_TRUE = frozenset(("true", "yes", "on", "True", "TRUE", "Yes", "YES", "On", "ON"))
_FALSE = frozenset(("false", "no", "off", "False", "FALSE", "No", "NO", "Off", "OFF"))

#: What answers questions in their own words: a value of the input may be the empty text.
_ANSWERS = ("facts",)
#: Where each value was written: the names that lead to it, to its line and column.
Places = dict[tuple[str, ...], tuple[int, int]]


def read(path: str, node: Node, wanted: type[msgspec.Struct]) -> tuple[Any, Places]:
    """The node as a struct of the wanted type, and the place of everything in it.

    Raises:
        InputError: `facts-unknown` for a name that the type does not have (with what may
            have been meant), `facts-value` for a value of another kind.
    """
    reader = _Reader(path)
    return reader.value(node, wanted, ()), reader.places


class _Reader:
    def __init__(self, path: str) -> None:
        self.path = path
        self.places: Places = {}

    def value(self, node: Node, wanted: Any, at: tuple[str, ...]) -> Any:
        self.places.setdefault(at, (node.line, node.column))
        options = _options(wanted)
        if node.value is None and type(None) in options:
            return None
        if node.value is None and any(get_origin(option) is dict for option in options):
            return {}  # a section whose lines are all comments
        options = [o for o in options if o is not type(None)]
        for option in options:
            if _fits(node, option, may_be_empty=at[:1] == _ANSWERS):
                return self._as(node, option, at)
        return self._refuse(node, at, options)

    def _as(self, node: Node, wanted: Any, at: tuple[str, ...]) -> Any:
        if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
            return self._struct(node, wanted, at)
        origin = get_origin(wanted)
        if origin is dict:
            inner = get_args(wanted)[1]
            return {name: self._item(node, name, inner, at) for name in node.names}
        if origin is list:
            (inner,) = get_args(wanted)
            return [self.value(item, inner, (*at, str(i))) for i, item in enumerate(node.items)]
        if wanted is bool:
            return node.value in _TRUE
        if origin is Literal:
            return next(word for word in get_args(wanted) if str(word) == node.value)
        return plain(node) if wanted is Any else node.value

    def _item(self, node: Node, name: str, wanted: Any, at: tuple[str, ...]) -> Any:
        below = (*at, name)
        self.places[below] = node.keys[name]
        return self.value(node.names[name], wanted, below)

    def _struct(self, node: Node, wanted: type[msgspec.Struct], at: tuple[str, ...]) -> Any:
        fields = {field.encode_name: field for field in msgspec.structs.fields(wanted)}
        values: dict[str, Any] = {}
        for name in node.names:
            field = fields.get(name)
            if field is None:
                self._unknown(node, name, fields, at)
            values[field.name] = self._item(node, name, field.type, at)
        return wanted(**values)

    def _unknown(
        self, node: Node, name: str, fields: Iterable[str], at: tuple[str, ...]
    ) -> NoReturn:
        line, column = node.keys[name]
        near = get_close_matches(name, list(fields), n=1)
        guess = f"did you mean {near[0]}?" if near else f"choose from {', '.join(fields)}"
        where = f" in {_words(at)}" if at else ""
        raise InputError(
            self.path,
            "facts-unknown",
            f"there is no {shown(name)}{where}",
            line=line,
            column=column,
            hint=guess,
        )

    def _refuse(self, node: Node, at: tuple[str, ...], options: list[Any]) -> NoReturn:
        words = [str(w) for o in options if get_origin(o) is Literal for w in get_args(o)]
        near = get_close_matches(node.value, words, n=1) if isinstance(node.value, str) else []
        raise InputError(
            self.path,
            "facts-value",
            f"{_words(at) or 'the file'} must be {_expected(options)}",
            line=node.line,
            column=node.column,
            hint=f"did you mean {near[0]}?" if near else "",
        )


def _options(wanted: Any) -> list[Any]:
    if get_origin(wanted) in (Union, types.UnionType):
        return [option for each in get_args(wanted) for option in _options(each)]
    return [wanted]


def _fits(node: Node, option: Any, *, may_be_empty: bool) -> bool:
    value = node.value
    if option is Any:
        return value is not None
    origin = get_origin(option)
    if origin is Literal:
        return isinstance(value, str) and value in map(str, get_args(option))
    if option is bool:
        return isinstance(value, str) and not node.quoted and (value in _TRUE or value in _FALSE)
    if option is str:
        return isinstance(value, str) and (value != "" or may_be_empty)
    if origin is list:
        return isinstance(value, list)
    return isinstance(value, dict)


def _expected(options: list[Any]) -> str:
    words: dict[str, None] = {}
    for option in options:
        if get_origin(option) is Literal:
            words.update(dict.fromkeys(map(str, get_args(option))))
        elif option is bool:
            words.update({"true": None, "false": None})
        elif option is str:
            words["a text"] = None
        elif get_origin(option) is list:
            words["a list"] = None
        else:
            words["a mapping"] = None
    listed = list(words)
    if len(listed) == 1:
        return listed[0]
    return f"{', '.join(listed[:-1])} or {listed[-1]}"


def _words(at: tuple[str, ...]) -> str:
    return " > ".join(shown(name) for name in at)
