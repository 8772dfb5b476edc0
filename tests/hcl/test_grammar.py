"""Expressions and their text: there and back again, and what python-hcl2 thinks of the text."""

from __future__ import annotations

import hcl2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark.exceptions import UnexpectedInput

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
from analyzer.sources.terraform_hcl.parse import Parser
from analyzer.sources.terraform_hcl.scanner import ScanError

# HCL Native Syntax Specification, "Operations": from what binds least to what binds most.
LEVELS = ["||", "&&", "== !=", "< > <= >=", "+ -", "* / %"]
BINDS = {sign: level for level, signs in enumerate(LEVELS) for sign in signs.split()}
OPERAND = len(LEVELS)

WORDS = st.sampled_from(["a", "b_2", "x-y", "größe", "for_", "iffy"])
ATOMS: st.SearchStrategy[Expression] = st.one_of(
    WORDS.map(Name),
    st.sampled_from([True, False, None, 0, 7, 2.5, "", 'q"\\', "${", "per %"]).map(Literal),
)


def _loops(inside: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    maybe = st.one_of(st.none(), inside)
    name = st.one_of(st.none(), WORDS)
    tuples = st.builds(For, inside, name, WORDS, st.none(), inside, maybe)
    return tuples | st.builds(For, inside, name, WORDS, inside, inside, maybe, st.booleans())


def _compound(inside: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(inside, max_size=3).map(tuple)
    step: st.SearchStrategy[Step] = st.one_of(
        WORDS.map(GetAttr), inside.map(GetIndex), st.booleans().map(Splat)
    )
    # A step into a step is one path, and a negative number is a number.
    base = inside.filter(lambda e: not isinstance(e, Access | Literal))
    operand = inside.filter(lambda e: not isinstance(e, Literal))
    return st.one_of(
        st.builds(Access, base, st.lists(step, min_size=1, max_size=3).map(tuple)),
        st.builds(Binary, st.sampled_from(sorted(BINDS)), inside, inside),
        st.builds(Call, st.sampled_from(["f", "provider::aws::f"]), several),
        st.builds(Call, st.just("f"), st.tuples(inside), st.just(True)),
        st.builds(Conditional, inside, inside, inside),
        st.builds(Unary, st.sampled_from("!-"), operand),
        st.builds(TupleCons, several),
        st.builds(ObjectCons, st.lists(st.tuples(inside, inside), max_size=3).map(tuple)),
        _loops(inside),
    )


TREES = st.recursive(ATOMS, _compound, max_leaves=12)
#: What may stand where HCL takes a space; a line end is one only where brackets hold it.
SPACES = st.sampled_from([" ", "  ", "\t", " /* ] */ "])


def text(node: Expression, space: str, least: int = -1) -> str:
    """The text of an expression, in brackets where it binds less than its place."""
    written, binds = _text(node, space)
    return f"({space}{written})" if binds < least else written


def _text(node: Expression, space: str) -> tuple[str, int]:
    comma = f",{space}"
    match node:
        case Literal(str(value)):
            escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("${", "$${")
            return f'"{escaped}"', OPERAND
        case Literal(value):
            words = {True: "true", False: "false", None: "null"}
            is_word = value is None or isinstance(value, bool)
            return words[value] if is_word else str(value), OPERAND
        case Name(name):
            return name, OPERAND
        case Access(base, steps):
            path = text(base, space, OPERAND + 1 if isinstance(base, Unary) else OPERAND)
            return path + "".join(_step(step, space) for step in steps), OPERAND
        case Binary(sign, left, right):
            binds = BINDS[sign]
            first, second = text(left, space, binds), text(right, space, binds + 1)
            return f"{first}{space}{sign}{space}{second}", binds
        case Call(name, arguments, expand):
            listed = comma.join(text(argument, space) for argument in arguments)
            return f"{name}({listed}{'...' if expand else ''})", OPERAND
        case Conditional(condition, yes, no):
            asked = text(condition, space, 0)
            return f"{asked} ?{space}{text(yes, space)} :{space}{text(no, space)}", -1
        case Unary(sign, operand):
            return f"{sign}{text(operand, space, OPERAND)}", OPERAND
        case TupleCons(items):
            return f"[{comma.join(text(item, space) for item in items)}]", OPERAND
        case ObjectCons(pairs):
            listed = comma.join(f"({text(k, space)}) ={space}{text(v, space)}" for k, v in pairs)
            return f"{{{listed}}}", OPERAND
        case For():
            return _loop(node, space), OPERAND
    raise AssertionError(node)


def _step(step: Step, space: str) -> str:
    match step:
        case GetAttr(name):
            return f".{name}"
        case GetIndex(key):
            return f"[{text(key, space)}]"
        case Splat(full):
            return "[*]" if full else ".*"


def _loop(node: For, space: str) -> str:
    names = node.value_name if node.key_name is None else f"{node.key_name}, {node.value_name}"
    head = f"for {names} in {text(node.collection, space)} :{space}"
    end = f" if {text(node.condition, space)}" if node.condition is not None else ""
    if node.key is None:
        return f"[{head}{text(node.value, space)}{end}]"
    dots = "..." if node.grouped else ""
    return f"{{{head}{text(node.key, space)} =>{space}{text(node.value, space)}{dots}{end}}}"


@given(TREES, SPACES)
def test_an_expression_is_what_its_text_says(tree: Expression, space: str) -> None:
    assert Parser(250).parse(text(tree, space), "x") == tree


def _ours_takes(source: str) -> bool:
    try:
        Parser(250).parse(source, "x")
    except ScanError:
        return False
    return True


def _hcl2_takes(source: str) -> bool:
    try:
        hcl2.parses_to_tree(f"a = {source}\n")
    except UnexpectedInput:
        return False
    return True


@settings(max_examples=150, deadline=None)
@given(TREES, st.integers(0, 60), st.sampled_from(["", "in", "1 ", *'()[]{},.:?=!"']))
def test_nothing_is_refused_that_python_hcl2_takes(tree: Expression, at: int, new: str) -> None:
    whole = text(tree, " ")
    damaged = whole[:at] + new + whole[at + 1 :]
    assert _ours_takes(damaged) or not _hcl2_takes(damaged)


@pytest.mark.parametrize("source", ["!!a", "!(!a)", "- -1", "größe + 1", "[for x in y : x]"])
def test_what_terraform_takes_is_taken(source: str) -> None:
    assert _ours_takes(source)
