"""From tokens to the expression tree.

Grammar: HCL Native Syntax Specification, "Expressions". A parser by hand, since a generic one
takes most of the time of a run: to become a parser, and then for each token. The rules are
generators on a stack of their own, so that no nesting recurses.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

from analyzer.sources.terraform_hcl.expressions import (
    Access,
    Binary,
    Call,
    Conditional,
    Expression,
    For,
    GetAttr,
    GetIndex,
    Literal,
    Name,
    ObjectCons,
    Splat,
    Step,
    TupleCons,
    Unary,
)
from analyzer.sources.terraform_hcl.scanner import ScanError
from analyzer.sources.terraform_hcl.tokens import END, LINE_END, NAME, NUMBER, TEXT, Token

__all__ = ["KEYWORDS", "Rules", "number"]

#: Words that are values.
KEYWORDS = {"true": Literal(True), "false": Literal(False), "null": Literal(None)}
#: How strongly binary operators bind; all group to the left.
_LEVELS = (("||",), ("&&",), ("==", "!="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/", "%"))
_STRENGTH = {sign: level for level, signs in enumerate(_LEVELS) for sign in signs}

#: A rule under way: it asks for the results of other rules.
_Rule = Generator["_Rule", Any, Any]


def number(text: str) -> Literal:
    """The literal of a number; raises `ScanError` for one that no storage setting needs."""
    try:
        value = float(text) if set(text) & set(".eE") else int(text)
    except ValueError:
        raise ScanError(0, "a number has too many digits") from None
    if isinstance(value, float):
        if value in (float("inf"), float("-inf")):
            raise ScanError(0, "a number is too large")
        value = int(value) if value.is_integer() else value
    return Literal(value)


class Rules:
    """The rules of the grammar, on the tokens of one expression.

    Args:
        tokens: the tokens; the last one is `END`.
        text_of: makes the expression of a quoted string or heredoc.
        depth: how deep rules may wait for each other.
    """

    def __init__(
        self, tokens: Sequence[Token], text_of: Callable[[str], Expression], depth: int
    ) -> None:
        self._tokens = tokens
        self._text_of = text_of
        self._depth = depth
        self._next = 0

    def whole(self) -> Expression:
        """The expression that all tokens make together; raises `ScanError`."""
        found: Expression = self._run(self._expression())
        self._take(END)
        return found

    def _run(self, rule: _Rule) -> Any:
        stack = [rule]
        value: Any = None
        while stack:
            try:
                asked = stack[-1].send(value)
            except StopIteration as done:
                stack.pop()
                value = done.value
                continue
            value = None
            stack.append(asked)
            if len(stack) > self._depth:
                message = f"an expression is nested more than {self._depth} levels deep"
                raise ScanError(self._tokens[self._next].at, message, "limit-depth")
        return value

    # -- tokens --------------------------------------------------------------------------

    def _kind(self, ahead: int = 0) -> str:
        return self._tokens[min(self._next + ahead, len(self._tokens) - 1)].kind

    def _word(self, ahead: int = 0) -> str:
        """The next token, if it is a name."""
        at = self._next + ahead
        return self._tokens[at].text if self._kind(ahead) == NAME else ""

    def _take(self, kind: str) -> str:
        token = self._tokens[self._next]
        if token.kind != kind:
            raise self._refused()
        self._next += 1
        return token.text

    def _took(self, kind: str) -> bool:
        """Whether the next token is of a kind, which then is taken."""
        if self._tokens[self._next].kind != kind:
            return False
        self._next += 1
        return True

    def _refused(self) -> ScanError:
        return ScanError(self._tokens[self._next].at, "this is no expression")

    # -- rules ---------------------------------------------------------------------------

    def _expression(self) -> _Rule:
        chain: list[tuple[Expression, Expression]] = []
        last: Expression = yield from self._operation()
        while self._took("?"):
            when_true = yield self._expression()
            self._take(":")
            chain.append((last, when_true))
            last = yield from self._operation()
        for condition, when_true in reversed(chain):
            last = Conditional(condition, when_true, last)
        return last

    def _operation(self) -> _Rule:
        """Operands and the binary operators between them."""
        operands: list[Expression] = [(yield from self._operand())]
        waiting: list[str] = []

        def join() -> None:
            right, left = operands.pop(), operands.pop()
            operands.append(Binary(waiting.pop(), left, right))

        while (sign := self._kind()) in _STRENGTH:
            self._next += 1
            while waiting and _STRENGTH[waiting[-1]] >= _STRENGTH[sign]:
                join()
            waiting.append(sign)
            operands.append((yield from self._operand()))
        while waiting:
            join()
        return operands[0]

    def _operand(self) -> _Rule:
        signs: list[str] = []
        while (sign := self._kind()) in ("!", "-"):
            self._next += 1
            signs.append(sign)
        base: Expression = yield from self._term()
        steps: list[Step] = []
        while (kind := self._kind()) in (".", "["):
            self._next += 1
            if kind == ".":
                steps.extend(self._after_dot())
            elif self._kind() == "*" and self._kind(1) == "]":
                self._next += 2
                steps.append(Splat(full=True))
            else:
                steps.append(GetIndex((yield self._expression())))
                self._take("]")
        made = Access(base, tuple(steps)) if steps else base
        for sign in reversed(signs):
            is_number = isinstance(made, Literal) and type(made.value) in (int, float)
            made = Literal(-made.value) if sign == "-" and is_number else Unary(sign, made)  # type: ignore[union-attr,operator]
        return made

    def _after_dot(self) -> list[Step]:
        if self._took("*"):
            return [Splat(full=False)]
        if self._kind() == NUMBER:  # `a.0.1` holds one number
            return [GetIndex(number(text)) for text in self._take(NUMBER).split(".")]
        return [GetAttr(self._take(NAME))]

    def _term(self) -> _Rule:
        token = self._tokens[self._next]
        self._next += 1
        if token.kind == NAME:
            if self._kind() in ("(", "::"):
                return (yield from self._call(token.text))
            return KEYWORDS.get(token.text) or Name(token.text)
        if token.kind == NUMBER:
            return number(token.text)
        if token.kind == TEXT:
            return self._text(token)
        if token.kind == "(":
            inner = yield self._expression()
            self._take(")")
            return inner
        if token.kind == "[":
            return (yield from self._loop("]") if self._begins_loop() else self._tuple())
        if token.kind == "{":
            return (yield from self._loop("}") if self._begins_loop() else self._object())
        self._next -= 1
        raise self._refused()

    def _text(self, token: Token) -> Expression:
        try:
            return self._text_of(token.text)
        except ScanError as error:
            raise ScanError(token.at, error.message, error.code) from None

    def _call(self, name: str) -> _Rule:
        while self._took("::"):
            name += f"::{self._take(NAME)}"
        self._take("(")
        arguments: list[Expression] = []
        while not self._took(")"):
            arguments.append((yield self._expression()))
            if self._took("..."):
                self._take(")")
                return Call(name, tuple(arguments), expand=True)
            if self._kind() != ")":
                self._take(",")
        return Call(name, tuple(arguments))

    def _tuple(self) -> _Rule:
        items: list[Expression] = []
        while not self._took("]"):
            items.append((yield self._expression()))
            if self._kind() != "]":
                self._take(",")
        return TupleCons(tuple(items))

    def _object(self) -> _Rule:
        items: list[tuple[Expression, Expression]] = []
        while True:
            while self._took(LINE_END):
                pass
            if self._took("}"):
                return ObjectCons(tuple(items))
            key = _key((yield self._expression()), is_bare=self._kind(-1) != ")")
            if not self._took("="):
                self._take(":")
            items.append((key, (yield self._expression())))
            if self._kind() not in ("}", LINE_END):
                self._take(",")

    def _begins_loop(self) -> bool:
        return self._word() == "for" and self._kind(1) == NAME

    def _loop(self, close: str) -> _Rule:
        self._next += 1
        names = [self._take(NAME)]
        if self._took(","):
            names.append(self._take(NAME))
        if self._take(NAME) != "in":
            self._next -= 1
            raise self._refused()
        collection = yield self._expression()
        self._take(":")
        key = None
        value = yield self._expression()
        if close == "}":
            self._take("=>")
            key, value = value, (yield self._expression())
        grouped = close == "}" and self._took("...")
        condition = None
        if self._word() == "if":
            self._next += 1
            condition = yield self._expression()
        self._take(close)
        return For(
            collection=collection,
            key_name=names[0] if len(names) == 2 else None,
            value_name=names[-1],
            key=key,
            value=value,
            condition=condition,
            grouped=grouped,
        )


def _key(key: Expression, *, is_bare: bool) -> Expression:
    """The key of an object's item: a bare word is its own text."""
    if is_bare and isinstance(key, Name):
        return Literal(key.name)
    if is_bare and isinstance(key, Literal) and not isinstance(key.value, str):
        word = next((word for word, literal in KEYWORDS.items() if literal is key), "")
        return Literal(word or str(key.value))
    return key
