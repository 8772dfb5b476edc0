"""The values of variables: who gives one, and what the declaration makes of it.

Later sources win: the default, the environment (on request only), `terraform.tfvars`, its JSON
form, `*.auto.tfvars` in the order of their names, files and values in the command line's order.
Source: Terraform, "Input Variables", "Variable Definition Precedence".
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from analyzer.core.values import Absent, Datum, Given, Unknown
from analyzer.files import Root
from analyzer.sources.terraform_hcl.blocks import TWICE, Block, Source
from analyzer.sources.terraform_hcl.conversion import default_for_null
from analyzer.sources.terraform_hcl.engine import Engine
from analyzer.sources.terraform_hcl.expressions import (
    BROKEN,
    Access,
    Call,
    Expression,
    For,
    GetAttr,
    Literal,
    Name,
    TupleCons,
    walk,
)
from analyzer.sources.terraform_hcl.functions import mark
from analyzer.sources.terraform_hcl.json_syntax import Pairs, constant, decode
from analyzer.sources.terraform_hcl.labels import derived
from analyzer.sources.terraform_hcl.module import read_text
from analyzer.sources.terraform_hcl.partial import FALSE, TRUE
from analyzer.sources.terraform_hcl.scanner import RawAttribute, ScanError, items
from analyzer.sources.terraform_hcl.scope import ModuleInstance, Steps, Task
from analyzer.sources.terraform_hcl.type_constraints import ANY, Type, parse_type

__all__ = ["Options", "Variables", "given_values"]


class Options(Struct, frozen=True, kw_only=True):
    """What a user gives beside the folder.

    `assigned` has the files of `-var-file`, and the names with values as text of `-var`, in their
    order; `environment` the values of `TF_VAR_*` that count. `known` tells whether resources or
    data sources of a type are read.
    """

    known: Callable[[str], bool]
    assigned: Sequence[str | tuple[str, str]] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


_PRIMITIVE = ("string", "number", "bool")

#: A value of the root module: an expression, or text that its type tells how to read.
_Raw = Expression | str


def given_values(
    options: Options, folder: str, names: Sequence[str], root: Root, source: Source
) -> dict[str, _Raw]:
    """The values that are given to the root module, by name; the last of each wins."""
    found: dict[str, _Raw] = dict(options.environment)
    automatic = [n for n in names if n.endswith((".auto.tfvars", ".auto.tfvars.json"))]
    for name in ("terraform.tfvars", "terraform.tfvars.json", *sorted(automatic)):
        if name in names:
            found.update(_file_values(os.path.join(folder, name), root, source))
    for assigned in options.assigned:
        if isinstance(assigned, str):
            found.update(_file_values(assigned, root.beside(assigned), source))
        else:
            found.update((assigned,))
    return found


def _file_values(path: str, root: Root, source: Source) -> dict[str, _Raw]:
    text = read_text(path, root, source)
    if text is None:
        return {}
    found: dict[str, _Raw] = {}
    try:
        if path.endswith(".json"):
            value = decode(text, source.depth)
            if not isinstance(value, Pairs):
                raise ScanError(0, "a variables file holds one object", "input-json")
            for name, item, place in value.placed():
                if name in found:
                    source.problem(text, place, ScanError(0, TWICE, "input-json"))
                found[name] = BROKEN if name in found else constant(item)
            return found
        for item in items(text.content, 0, len(text.content), source.depth):
            if not isinstance(item, RawAttribute):
                raise ScanError(item.at, "a variables file holds no blocks")
            try:
                if item.name in found:
                    raise ScanError(0, TWICE)
                content = text.content[item.start : item.end]
                found[item.name] = source.parser.parse(content, path)
            except ScanError as error:
                source.problem(text, item.start + error.at, error)
                found[item.name] = BROKEN
    except ScanError as error:
        source.problem(text, error.at, error)
    return found


class Variables:
    """The tasks of variables; `given` are the values of the root module."""

    def __init__(self, engine: Engine, source: Source, given: Mapping[str, _Raw]) -> None:
        self._engine = engine
        self._source = source
        self._given = given

    def value(self, name: str, module: ModuleInstance) -> Task:
        """The value of a variable in a module instance."""
        full = module.join(f"var.{name}")
        block = module.module.variables.get(name)
        if block is None:
            return derived(full, why="it is not declared in this module")
        memo = ("var", name)

        def work() -> Task:
            return self._declared(name, full, block, module)

        return (yield from self._engine.once(module, memo, full, work))

    def _declared(self, name: str, full: str, block: Block, module: ModuleInstance) -> Task:
        default = block.arguments.get("default")
        datum: Datum | None
        if module.parent is None:
            datum = self._root_value(name, block, module)
        else:
            argument = module.call.arguments.get(name) if module.call is not None else None
            datum = None
            if argument is not None:
                datum = yield argument.expression, module.parent
        nullable = self._flag(block, "nullable") is not False
        if datum is None:
            if default is None:
                type_ = self._type(name, block, module)
                return self._open(full, block, type_, nullable=nullable)
            datum = yield default.expression, module.scope(where=full)
        datum = self._converted(datum, name, block, module)
        if not nullable and default is not None:
            fallback = yield default.expression, module.scope(where=full)
            fallback = self._converted(fallback, name, block, module)
            datum = default_for_null(datum, fallback, self._engine.facts)
        if (yield from self._is_refused(name, datum, block, module)):
            why = "its value does not pass its validation"
            self._engine.refused[full] = f"{why}, so Terraform would not plan", block.origin
            type_ = self._type(name, block, module)
            datum = self._open(full, block, type_, nullable=nullable, why=why)
        if self._flag(block, "sensitive"):
            datum = mark(datum, sensitive=True)
        return datum

    def _is_refused(
        self, name: str, datum: Datum, block: Block, module: ModuleInstance
    ) -> Steps[bool]:
        """Whether a known value is certain to fail a validation that is about it alone."""
        conditions = list(_conditions(block))
        if not conditions or self._engine.facts.mentions.any(datum):
            return False
        before = self._engine.doubt
        found = False
        for condition in conditions:
            if _is_about(condition, name):
                scope = module.scope({"var": Given({name: datum})}, f"var.{name}.validation")
                found = found or (yield condition, scope) == FALSE
        self._engine.doubt = before
        return found

    def _converted(self, datum: Datum, name: str, block: Block, module: ModuleInstance) -> Datum:
        """A value as the declared type has it; of a null, the type does not matter."""
        if isinstance(datum, Absent):
            return datum
        return self._engine.converter.convert(datum, self._type(name, block, module))

    def _type(self, name: str, block: Block, module: ModuleInstance) -> Type:
        types = module.module.types
        if name not in types:
            types[name] = self._written_type(block)
        return types[name]

    def _written_type(self, block: Block) -> Type:
        argument = block.arguments.get("type")
        if argument is None:
            return ANY
        expression = argument.expression
        if isinstance(expression, Literal) and isinstance(expression.value, str):
            try:  # JSON writes the type as text
                expression = self._source.parser.parse(expression.value, argument.origin.path)
            except ScanError:
                return ANY
        return parse_type(expression)

    def _flag(self, block: Block, name: str) -> bool | None:
        """A Boolean that a declaration holds; Terraform takes literals only."""
        argument = block.arguments.get(name)
        value = self._engine.constant(argument.expression) if argument is not None else None
        truth = self._engine.operators.truth(value) if value is not None else None
        return truth == TRUE if isinstance(truth, Given) else None

    def _root_value(self, name: str, block: Block, module: ModuleInstance) -> Datum | None:
        raw = self._given.get(name)
        if not isinstance(raw, str):
            return None if raw is None else self._engine.constant(raw)
        if "type" not in block.arguments or self._type(name, block, module).kind in _PRIMITIVE:
            return Given(raw)
        try:
            return self._engine.constant(self._source.parser.parse(raw, f"var.{name}"))
        except ScanError:
            return Unknown(f"var.{name}", "the value that is given for it is no expression")

    def _open(
        self,
        full: str,
        block: Block,
        type_: Type,
        *,
        nullable: bool,
        why: str = "no value is given",
    ) -> Datum:
        """A variable without a value that may be planned with."""
        self._engine.facts.types[full] = type_
        words = self._allowed(block)
        unknown = Unknown(full, why, nullable=nullable and not words)
        if words:
            self._engine.facts.narrow(unknown, words)
        return unknown

    def _allowed(self, block: Block) -> list[str | int | float]:
        """The words that a validation `contains([...], var.x)` leaves."""
        found: list[str | int | float] = []
        for condition in _conditions(block):
            match condition:
                case Call(
                    "contains", (TupleCons(words), Access(Name("var"), (GetAttr(name),)))
                ) if block.labels and name == block.labels[0]:
                    values = [w.value for w in words if isinstance(w, Literal)]
                    if len(values) == len(words) and not found:
                        found = [v for v in values if isinstance(v, (str, int, float))]
        return found


def _conditions(block: Block) -> Iterator[Expression]:
    """The conditions of the validations of a variable."""
    for below in block.blocks:
        if below.type == "validation" and "condition" in below.arguments:
            yield below.arguments["condition"].expression


def _is_about(condition: Expression, name: str) -> bool:
    """Whether a condition refers to nothing but one variable, and names that it binds itself."""
    of_loops = {
        word
        for node in walk(condition)
        if isinstance(node, For)
        for word in (node.key_name, node.value_name)
    }
    about = 0
    for node in walk(condition):
        if isinstance(node, Access) and node.base == Name("var"):
            if node.steps[:1] != (GetAttr(name),):
                return False
            about += 1
        elif isinstance(node, Name) and node.name != "var" and node.name not in of_loops:
            return False
    return about > 0
