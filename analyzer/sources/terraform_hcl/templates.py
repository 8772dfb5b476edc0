r"""Templates: text with `${ }` and `%{ }` in it, from quoted strings, heredocs and JSON.

Source: HCL Native Syntax Specification, "Templates"; HCL JSON Syntax, "Expressions".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby
from typing import TypeGuard

from msgspec import Struct, field

from analyzer.sources.terraform_hcl.expressions import (
    Call,
    Conditional,
    Expression,
    For,
    Literal,
    Template,
)
from analyzer.sources.terraform_hcl.scanner import ScanError, skip_template, unescape

__all__ = ["Parse", "heredoc", "quoted", "template"]

#: Makes an expression of its source text; raises `ScanError`.
Parse = Callable[[str], Expression]

_MARK = re.compile(r"\$\$\{|%%\{|[$%]\{")
_HEREDOC = re.compile(r"<<(-?)([^\W\d][\w-]*)\r?\n", re.DOTALL)
_FOR = re.compile(r"for\s+([^\W\d][\w-]*)\s*(?:,\s*([^\W\d][\w-]*)\s*)?\sin\s(.*)", re.DOTALL)
_LINES = re.compile(r"[^\n]*\n|[^\n]+")


class _Text(Struct):
    value: str


class _Mark(Struct):
    """A `${ }` or `%{ }`, without its braces and trim markers."""

    kind: str
    inner: str
    trims_before: bool
    trims_after: bool


class _Open(Struct):
    """An `%{ if }` or `%{ for }` that is not ended yet, and the parts so far."""

    kind: str
    head: str
    parts: list[Expression] = field(default_factory=list)
    when_true: list[Expression] | None = None


def quoted(source: str, parse: Parse) -> Expression:
    """The expression of a quoted string, given what is between its quotes."""
    if "{" not in source:
        return Literal(unescape(source))
    return _build(_tokens(source, lines=False), parse, unescape)


def template(source: str, parse: Parse) -> Expression:
    """The expression of a template that knows no backslash escapes, such as a JSON string."""
    if "{" not in source:
        return Literal(source)
    return _build(_tokens(source, lines=False), parse, _same)


def heredoc(source: str, parse: Parse) -> Expression:
    """The expression of a whole heredoc, its markers included."""
    head = _HEREDOC.match(source)
    if head is None:
        raise ScanError(0, "a heredoc does not begin on a line of its own")
    body = source[head.end() : source.rindex("\n") + 1]
    if "{" not in body and not head[1]:
        return Literal(body)
    tokens = _tokens(body, lines=True)
    if head[1]:
        _unindent(tokens)
    return _build(tokens, parse, _same)


def _same(text: str) -> str:
    return text


def _tokens(source: str, *, lines: bool) -> list[_Text | _Mark]:
    """Cut a template; where `lines`, text is cut after each line end, as Terraform does."""
    tokens: list[_Text | _Mark] = []
    here, text_from, text = 0, 0, ""
    while found := _MARK.search(source, here):
        if len(found[0]) == 3:  # an escaped opening
            text += source[text_from : found.start()] + found[0][1:]
            here = text_from = found.end()
            continue
        _add_text(tokens, text + source[text_from : found.start()], lines=lines)
        text = ""
        here = text_from = skip_template(source, found.start(), len(source))
        inner = source[found.end() : here - 1]
        before, after = inner.startswith("~"), inner.endswith("~")
        inner = inner[1:] if before else inner
        inner = inner[:-1] if after and inner else inner
        tokens.append(_Mark(found[0][0], inner.strip(), before, after))
    _add_text(tokens, text + source[text_from:], lines=lines)
    for at, token in enumerate(tokens):
        if isinstance(token, _Mark):
            _trim(tokens, at, token)
    return tokens


def _add_text(tokens: list[_Text | _Mark], text: str, *, lines: bool) -> None:
    if lines:
        tokens.extend(_Text(line) for line in _LINES.findall(text))
    elif text:
        tokens.append(_Text(text))


def _trim(tokens: list[_Text | _Mark], at: int, mark: _Mark) -> None:
    before = tokens[at - 1] if at else None
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if mark.trims_before and isinstance(before, _Text):
        before.value = before.value.rstrip()
    if mark.trims_after and isinstance(after, _Text):
        after.value = after.value.lstrip()


def _unindent(tokens: list[_Text | _Mark]) -> None:
    """Take the indentation that all lines of a `<<-` heredoc share from each of them."""
    first: list[_Text] = []
    begins = True
    for token in tokens:
        if isinstance(token, _Text):
            if (begins and token.value.strip()) or (begins and not token.value.endswith("\n")):
                first.append(token)
            begins = token.value.endswith("\n")
        else:
            if begins:
                return  # a line that begins with a template has no indentation
            begins = False
    shared = min((len(t.value) - len(t.value.lstrip()) for t in first), default=0)
    for token in first:
        token.value = token.value[shared:]


def _build(tokens: list[_Text | _Mark], parse: Parse, unescape: Callable[[str], str]) -> Expression:
    stack = [_Open("", "")]
    for token in tokens:
        parts = stack[-1].parts
        if isinstance(token, _Text):
            if token.value:
                parts.append(Literal(unescape(token.value)))
        elif token.kind == "$":
            parts.append(parse(token.inner))
        else:
            _directive(stack, token.inner, parse)
    if len(stack) > 1:
        raise ScanError(0, "a template directive is not ended")
    return _joined(stack[0].parts)


def _directive(stack: list[_Open], inner: str, parse: Parse) -> None:
    word = re.match(r"\w*", inner)
    here = stack[-1]
    match word[0] if word else "":
        case "if":
            stack.append(_Open("if", inner[2:]))
        case "for":
            stack.append(_Open("for", inner))
        case "else" if here.kind == "if" and here.when_true is None:
            here.when_true, here.parts = here.parts, []
        case "endif" if here.kind == "if":
            stack.pop()
            no: list[Expression] = [] if here.when_true is None else here.parts
            yes = here.parts if here.when_true is None else here.when_true
            node = Conditional(parse(here.head.strip()), _text(yes), _text(no))
            stack[-1].parts.append(node)
        case "endfor" if here.kind == "for":
            stack.pop()
            stack[-1].parts.append(_loop(here, parse))
        case _:
            raise ScanError(0, "a template directive is unknown or out of place")


def _loop(opened: _Open, parse: Parse) -> Expression:
    found = _FOR.fullmatch(opened.head)
    if found is None:
        raise ScanError(0, "a template loop is malformed")
    first, second, collection = found[1], found[2], parse(found[3].strip())
    key, value = (first, second) if second else (None, first)
    loop = For(collection, key, value, None, _text(opened.parts), None)
    return Call("join", (Literal(""), loop))


def _text(parts: list[Expression]) -> Expression:
    """The parts of a directive's branch: always text, also where one part is a number."""
    return Template((*parts, Literal(""))) if parts else Literal("")


def _joined(parts: list[Expression]) -> Expression:
    joined: list[Expression] = []
    for is_text, group in groupby(parts, _is_text):
        if is_text:
            joined.append(Literal("".join(str(part.value) for part in filter(_is_text, group))))
        else:
            joined.extend(group)
    if not joined:
        return Literal("")
    if len(joined) == 1 and isinstance(joined[0], Literal):
        return joined[0]
    return Template(tuple(joined))


def _is_text(part: Expression) -> TypeGuard[Literal]:
    return isinstance(part, Literal) and isinstance(part.value, str)
