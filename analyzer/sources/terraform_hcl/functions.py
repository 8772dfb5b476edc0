"""Function calls: which function, on what is known of its arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from analyzer.core.values import Absent, Choice, Datum, Given, Reference
from analyzer.limits import Budget
from analyzer.sources.terraform_hcl.branching import LEAVES, lift, map_answers
from analyzer.sources.terraform_hcl.conditions import NAMES, Collections
from analyzer.sources.terraform_hcl.conversion import Converter
from analyzer.sources.terraform_hcl.expressions import BROKEN
from analyzer.sources.terraform_hcl.facts import Facts
from analyzer.sources.terraform_hcl.labels import derived, fails, label
from analyzer.sources.terraform_hcl.operators import Operators
from analyzer.sources.terraform_hcl.partial import Failure, SetOf, given, subvalues
from analyzer.sources.terraform_hcl.plain import PLAIN, NotCalculatedError
from analyzer.sources.terraform_hcl.type_constraints import BOOL, NUMBER, STRING, Type

__all__ = ["Functions", "mark"]

#: Functions that read files: an input that strangers wrote must not make us read one.
_FILES = frozenset(
    (
        *("abspath", "file", "filebase64", "fileexists", "fileset", "templatefile"),
        *("filebase64sha256", "filebase64sha512", "filemd5", "filesha1", "filesha256"),
        *("filesha512", "pathexpand"),
    )
)
#: Functions that yield something else at each call.
_VOLATILE = frozenset(("bcrypt", "plantimestamp", "timestamp", "uuid"))
_CONVERSIONS = {"tostring": STRING, "tonumber": NUMBER, "tobool": BOOL}
_RESULTS = {
    "string": STRING,
    "number": NUMBER,
    "length": NUMBER,
}
_BOOLEAN = frozenset(("alltrue", "anytrue", "contains", "endswith", "startswith", "strcontains"))
#: Values that a function which needs plain ones takes at most.
_MOST_VALUES = 100_000

Take = Callable[[Sequence[Datum]], "Datum | None"]


class _NotKnownError(Exception):
    """A value is not known as a whole."""


class Watcher(Protocol):
    """Who is told what calls cost, and that one may fail."""

    budget: Budget

    def suspect(self, *data: Datum) -> None: ...


class Functions:
    """Calls functions."""

    def __init__(
        self, facts: Facts, operators: Operators, converter: Converter, watcher: Watcher
    ) -> None:
        self._facts = facts
        self._converter = converter
        self._watcher = watcher
        self._collections = Collections(facts, operators)
        self.kept = self._collections.kept

    def call(self, name: str, arguments: Sequence[Datum], where: str) -> Datum:
        """The result of a call on evaluated arguments; `where` tells calls apart."""
        name = name.removeprefix("core::")
        if name == BROKEN.name:
            return derived(f"{name} in {where}", why="it does not parse")
        if name in _VOLATILE:
            return derived(f"{name}() in {where}", why=f"{name}() is different each time")

        def title(data: Sequence[Datum] = arguments) -> str:
            return f"{name}({', '.join(map(label, data))})"

        def unknown(data: Sequence[Datum]) -> Datum:
            self._watcher.suspect()
            if name in _BOOLEAN:
                return self._facts.undecided(title(data), *data)
            made = derived(title(data), *data, why=self._reason(name))
            result = _RESULTS.get(name) or _RESULTS.get(PLAIN.get(name, (None, ""))[1])
            if result is not None:
                self._facts.types.setdefault(made.name, result)
            return made

        operate = self._operation(name)

        def apply(data: Sequence[Datum]) -> Datum:
            failed = next((datum for datum in data if isinstance(datum, Failure)), None)
            if failed is not None:
                return failed
            if operate is None:
                return unknown(data)
            try:
                result = operate(data)
            except (IndexError, TypeError):
                return fails(title(data), f"{name} takes another number of arguments")
            except ValueError as error:
                return fails(title(data), str(error))
            return unknown(data) if result is None else result

        return lift(arguments, apply, title, self._facts)

    @staticmethod
    def _reason(name: str) -> str:
        if name in _FILES:
            return f"{name}() reads files, which is not done for a configuration"
        if "::" in name:
            return f"{name}() is a function of a provider"
        if name not in PLAIN and name not in NAMES and name not in _CONVERSIONS:
            return f"{name}() is not calculated without Terraform"
        return ""

    def _operation(self, name: str) -> Take | None:
        conversion = _CONVERSIONS.get(name)
        if conversion is not None:
            return lambda data: self._convert(data, conversion)
        if name == "sensitive":
            return lambda data: mark(data[0], sensitive=True)
        if name == "nonsensitive":
            return lambda data: mark(data[0], sensitive=False)
        structural = self._collections.table.get(name)
        if structural is not None:
            return lambda data: self._hoisted(data, structural)
        if name in PLAIN:
            return lambda data: self._hoisted(data, lambda d: self._plain(name, d))
        return None

    def _convert(self, data: Sequence[Datum], type_: Type) -> Datum:
        (datum,) = data
        self._watcher.suspect(datum)
        return self._converter.convert(datum, type_)

    def _hoisted(self, data: Sequence[Datum], operate: Take) -> Datum | None:
        """Apply a function; in each branch where it needs to know a choice in its arguments."""
        result = operate(data)
        left = LEAVES

        def go(data: Sequence[Datum]) -> Datum:
            nonlocal left
            left -= 1
            if left < 0:
                raise _NotKnownError
            result = operate(data)
            if result is not None:
                return result
            inner = next(
                (part for d in data for part in subvalues(d) if isinstance(part, Choice)), None
            )
            if inner is None:
                raise _NotKnownError
            return map_answers(inner.fact, [*data, inner], lambda d: go(d[:-1]), self._facts)

        if result is None:
            try:
                result = go(data)
            except _NotKnownError:
                return None
        self._watcher.budget.spend(_size(result))
        return result

    def _plain(self, name: str, data: Sequence[Datum]) -> Datum | None:
        if name == "join" and len(data) == 2:  # often only takes one item out of a list
            items = data[1].value if isinstance(data[1], Given) else None
            if isinstance(items, tuple) and len(items) == 1:
                return self._converter.convert(items[0], STRING)
        if name == "format" and len(data) == 2 and data[0] == Given("%s"):
            return self._converter.convert(data[1], STRING)
        left = _MOST_VALUES
        sensitive = False

        def plain(datum: Datum) -> Any:
            nonlocal left, sensitive
            left -= 1
            if left < 0:
                raise _NotKnownError
            if isinstance(datum, Absent):
                return None
            if not isinstance(datum, Given) or isinstance(datum.value, Reference):
                raise _NotKnownError
            sensitive = sensitive or datum.sensitive
            if isinstance(datum.value, Mapping):
                return {key: plain(part) for key, part in datum.value.items()}
            if isinstance(datum.value, tuple):
                return [plain(part) for part in datum.value]
            return datum.value

        try:
            arguments = [plain(datum) for datum in data]
        except _NotKnownError:
            return None
        finally:
            self._watcher.budget.spend(_MOST_VALUES - left)
        try:
            result = PLAIN[name][0](*arguments)
        except NotCalculatedError:
            return None
        made = _datum(result)
        return mark(made, sensitive=True) if sensitive else made


def _size(datum: Datum | None) -> int:
    value = datum.value if isinstance(datum, Given) else None
    return len(value) if isinstance(value, (Mapping, tuple)) else 1


def _datum(value: Any) -> Datum:
    if isinstance(value, dict):
        return Given({key: _datum(part) for key, part in value.items()})
    if isinstance(value, list):
        return Given(tuple(_datum(part) for part in value))
    return given(value)


def mark(datum: Datum, *, sensitive: bool) -> Datum:
    """A datum with everything known in it marked, or not, as sensitive."""
    made: dict[int, Datum] = {}
    for here in subvalues(datum):
        new: Datum = here
        if isinstance(here, Given):
            value = here.value
            if isinstance(value, Mapping):
                value = {key: made[id(part)] for key, part in value.items()}
            elif isinstance(value, SetOf):
                value = SetOf(made[id(part)] for part in value)
            elif isinstance(value, tuple):
                value = tuple(made[id(part)] for part in value)
            new = Given(value, here.origin, sensitive)
        elif isinstance(here, Choice):
            new = Choice(here.fact, {k: made[id(b)] for k, b in here.branches.items()})
        made[id(here)] = new
    return made[id(datum)]
