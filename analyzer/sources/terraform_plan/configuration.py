"""The `configuration` of a plan: which expression stands behind an unknown value.

Terraform writes references, not operations, and leaves out locals and `dynamic` blocks, so
a trail can end; where it does, the value stays unknown under a name of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from analyzer.core.facts import Fact
from analyzer.core.values import ABSENT, Absent, Choice, Datum, Given, Origin, Reference, Unknown
from analyzer.sources.terraform_plan.addresses import (
    Step,
    local_owner,
    module_calls,
    parse_steps,
)
from analyzer.sources.terraform_plan.hidden import hidden_reads, readable
from analyzer.sources.terraform_plan.references import (
    list_of,
    mapping_of,
    reference_in,
    references_of,
)

__all__ = ["Configuration", "Each", "Scope", "Takes"]

#: Whether a value can be what a datum names.
Takes = Callable[[Datum], bool]

#: Module instances among which the one that is read is looked for.
_MOST_INSTANCES = 16
_MAX_HOPS = 64  # modules nested deeper than this are not followed


class Scope(msgspec.Struct, frozen=True):
    """A module instance: its address, and its configuration."""

    address: str
    node: Mapping[str, Any]
    calls: tuple[Mapping[str, Any], ...] = ()  # the module calls on the way here, outermost first

    def join(self, rest: str) -> str:
        """The full address of something in this module."""
        return f"{self.address}.{rest}" if self.address else rest

    def outputs(self) -> Iterator[object]:
        """The expressions of the module's outputs."""
        for output in mapping_of(self.node.get("outputs")).values():
            yield mapping_of(output).get("expression")

    def output(self, name: str) -> object:
        """The expression of an output; `None` where the file lacks it."""
        return mapping_of(mapping_of(self.node.get("outputs")).get(name)).get("expression")


class Each(msgspec.Struct, frozen=True):
    """What one instance of a repeated block goes through: the expression, and its own index.

    `block` is the address of the block, without that index.
    """

    expression: object
    index: str
    block: str = ""


class Configuration(msgspec.Struct):
    """A plan's configuration with the values of its root variables.

    `is_unknown(address, attribute)` tells whether an attribute of a resource instance is
    unknown in this plan (`None`: no such instance); `instances(address)` lists the
    instances of a resource block in a module instance; with `listed` they are all there are.
    `waits(later, earlier)` tells whether the file orders one resource after another.
    """

    root: Mapping[str, Any]
    providers: Mapping[str, Any]
    variables: Mapping[str, Any]
    sensitive_variables: frozenset[str]
    is_unknown: Callable[[str, str], bool | None]
    is_given: Callable[[str, str], bool]
    instances: Callable[[str], Sequence[str]]
    relevant: Sequence[tuple[str, str]] | None
    waits: Callable[[str, str], bool]
    listed: bool = False
    _scopes: dict[str, Scope] = msgspec.field(default_factory=dict)
    _blocks: dict[str, dict[str, Mapping[str, Any]]] = msgspec.field(default_factory=dict)
    _hidden: dict[str, tuple[tuple[str, str], ...]] = msgspec.field(default_factory=dict)
    _readable: dict[str, tuple[tuple[str, str], ...]] = msgspec.field(default_factory=dict)
    _resolved: dict[tuple[str, str, int, int, str], list[Datum]] = msgspec.field(
        default_factory=dict
    )
    _outputs: dict[str, list[tuple[object, list[Datum]]]] = msgspec.field(default_factory=dict)
    _paired: dict[tuple[str, str], bool] = msgspec.field(default_factory=dict)

    def scope(self, module_address: str) -> Scope:
        """The module instance at an address; an empty one where the file lacks it."""
        found = self._scopes.get(module_address)
        if found is None:
            node: Mapping[str, Any] = self.root
            calls: list[Mapping[str, Any]] = []
            for name, _ in module_calls(module_address):
                call = mapping_of(mapping_of(node.get("module_calls")).get(name))
                calls.append(call)
                node = mapping_of(call.get("module"))
            found = self._scopes[module_address] = Scope(module_address, node, tuple(calls))
        return found

    def block(self, scope: Scope, mode: str, type_: str, name: str) -> Mapping[str, Any]:
        """The configuration of a resource block; empty where the file lacks it."""
        prefix = "data." if mode == "data" else ""
        blocks = self._blocks.get(scope.address)
        if blocks is None:
            blocks = self._blocks[scope.address] = {
                str(item.get("address")): item
                for item in map(mapping_of, list_of(scope.node.get("resources")))
            }
        return blocks.get(f"{prefix}{type_}.{name}", {})

    # -- following -----------------------------------------------------------------------

    def follow(
        self,
        expression: object,
        scope: Scope,
        name: str,
        origin: Origin,
        each: Each | None = None,
        takes: Takes | None = None,
    ) -> Datum:
        """What an expression whose value is unknown refers to.

        Returns `Given(Reference)` where all of the value's uncertainty is one attribute of
        one resource, a `Choice` where several could be meant, and `Unknown` under `name`
        where the trail ends. Where nothing that the expression reads is unknown, Terraform
        has evaluated it: only a null, which leaves a computed argument open, shows so, and
        `Absent` is returned. `takes` tells what the value can be.
        """
        distinct = self.sources(expression, scope, each, takes)
        if not distinct:
            return self._contradiction(expression, scope, name, origin, each)
        if len(distinct) == 1 and not isinstance(distinct[0], Unknown):
            return _located(distinct[0], origin)
        references = [ref for ref in map(reference_in, distinct) if ref is not None]
        why = _why(references)
        if len(references) == len(distinct) and len(references) > 1:
            domain = tuple(map(str, references))
            fact = Fact("value", name, domain, f"Which of {', '.join(domain)} is {name}?")
            branches: dict[str, Datum] = dict(zip(domain, distinct, strict=True))
            return Choice(fact, branches, origin)
        if len(distinct) == 1 and isinstance(distinct[0], Unknown):
            return Unknown(distinct[0].name, why, origin=origin)
        return Unknown(name, why, origin=origin)

    def _contradiction(
        self, expression: object, scope: Scope, name: str, origin: Origin, each: Each | None
    ) -> Datum:
        """What an unknown value is whose expression reads nothing unknown.

        A null, unless the expression is one attribute that is known and given: then the
        plan contradicts itself, and not to be null is the weaker claim.
        """
        read = self._candidates(expression, scope, _MAX_HOPS, each)
        if not read or len(references_of(expression)) > 1 or not all(map(self._is_known, read)):
            return Absent(origin)
        return _located(read[0], origin) if len(read) == 1 else Unknown(name, nullable=False)

    def _is_known(self, datum: Datum) -> bool:
        """Whether a datum is an attribute that the plan knows, and that is not null."""
        ref = reference_in(datum)
        return ref is not None and self.is_given(ref.address, ref.attribute)

    def sources(
        self,
        expression: object,
        scope: Scope,
        each: Each | None = None,
        takes: Takes | None = None,
    ) -> list[Datum]:
        """The unknown attributes, and other unknowns, that an expression reads."""
        found = self._candidates(expression, scope, _MAX_HOPS, each)
        if takes is not None:
            found = [one for datum in found for one in _one_of_each(self._opened(datum, takes))]
        return list(dict.fromkeys(datum for datum in found if _is_open(datum, self)))

    def _opened(self, datum: Datum, takes: Takes) -> list[Datum]:
        """What `module.keys[each.key].arn` can mean: the file leaves out the name of the output."""
        name = datum.name if isinstance(datum, Unknown) else ""
        if not _is_module(name):
            return [datum]
        instances = (name,) if name.endswith("]") else self.instances(name) or (name,)
        if len(instances) > _MOST_INSTANCES:
            return [datum]
        given = (data for instance in instances for _, data in self._giving(instance, takes))
        return [here for data in given for here in data] or [datum]

    def _giving(self, instance: str, takes: Takes) -> Iterator[tuple[object, list[Datum]]]:
        """The outputs of a module instance that a value may be, and what they come from."""
        outputs = self._outputs.get(instance)
        if outputs is None:
            outputs = self._outputs[instance] = []
            child = self.scope(instance)
            for expression in child.outputs():
                found = self._candidates(expression, child, _MAX_HOPS)
                outputs.append((expression, [datum for datum in found if _is_open(datum, self)]))
        for expression, found in outputs:
            data = [datum for datum in found if takes(datum)]
            if data:
                yield expression, data

    def known(self, expression: object, scope: Scope, *, secret: bool = True) -> object:
        """The value of an expression that hangs on one known value; `None` for any other.

        Without `secret` also for a sensitive one: an account is printed with its devices.
        """
        candidates = self._candidates(expression, scope, _MAX_HOPS)
        if len(candidates) == 1 and isinstance(candidates[0], Given):
            value = candidates[0].value
            is_open = secret or not candidates[0].sensitive
            return value if is_open and not isinstance(value, Reference) else None
        return None

    def varies(self, expression: object, scope: Scope) -> bool:
        """Whether an expression can differ between the instances of its block or module."""
        stack: list[tuple[object, Scope]] = [(expression, scope)]
        for _ in range(_MAX_HOPS):
            if not stack:
                return False
            here, within = stack.pop()
            for reference in references_of(here):
                steps = parse_steps(reference)
                head = steps[0].name if steps else ""
                if head in ("each", "count", "self", "local", "module"):
                    return True
                if head == "var" and within.calls and len(steps) > 1:
                    passed = mapping_of(within.calls[-1].get("expressions")).get(steps[1].name)
                    stack.append((passed, self.parent(within)))
        return True

    def _candidates(
        self, expression: object, scope: Scope, hops: int, each: Each | None = None
    ) -> list[Datum]:
        """The data that an expression refers to, each followed to where it comes from.

        Without locals that read nothing unknown.
        """
        found = self._followed(expression, scope, hops, each)
        return [datum for datum in found if not self._is_known_local(datum)]

    def _is_known_local(self, datum: Datum) -> bool:
        owner = local_owner(datum.name) if isinstance(datum, Unknown) else None
        if owner is None or self.relevant is None:
            return False
        return not self.readable(self.scope(owner))

    def _followed(
        self, expression: object, scope: Scope, hops: int, each: Each | None = None
    ) -> list[Datum]:
        found: list[Datum] = []
        body = mapping_of(expression)
        if "constant_value" in body:
            value = body["constant_value"]
            return [ABSENT if value is None else Given(value)]
        references = references_of(expression)
        own = self._of_own_index(references, scope, each)
        if own is not None:
            return [Unknown(own) if _is_module(own) else Given(Reference(own))]
        for reference in references:
            found.extend(self._resolve(reference, scope, hops, each))
        return found

    def _of_own_index(
        self, references: Sequence[str], scope: Scope, each: Each | None
    ) -> str | None:
        """The instance in `aws_kms_key.this[each.key].arn`; `None` for any other expression.

        The file gives the two names alone. Where the other block has an instance for each
        key of this one, or as many by number, that of the same index is meant.
        """
        if each is None or not each.index or len(references) != 2:
            return None
        steps = parse_steps(references[0])
        size = 3 if steps and steps[0].name == "data" else 2
        is_plain = len(steps) == size and not any(step.index for step in steps)
        if references[1] not in ("each.key", "count.index") or not is_plain:
            return None
        if steps[0].name in ("var", "local", "each"):
            return None
        base = scope.join(references[0])
        if not self._are_paired(base, each.block, by_number=references[1] == "count.index"):
            return None
        return base + each.index

    def _are_paired(self, theirs: str, ours: str, *, by_number: bool) -> bool:
        """Whether a repeated block has an instance for each one of another block."""
        paired = self._paired.get((theirs, ours))
        if paired is None:
            there = {address[len(theirs) :] for address in self.instances(theirs)}
            here = {address[len(ours) :] for address in self.instances(ours)}
            paired = bool(here) and (here == there if by_number else here <= there)
            self._paired[theirs, ours] = paired
        return paired

    def _resolve(self, reference: str, scope: Scope, hops: int, each: Each | None) -> list[Datum]:
        """What a reference leads to, once: outputs that read each other twice double otherwise."""
        through, index = (id(each.expression), each.index) if each is not None else (0, "")
        key = (reference, scope.address, hops, through, index)
        found = self._resolved.get(key)
        if found is None:
            resolved = self._resolved_anew(reference, scope, hops, each)
            found = self._resolved[key] = list({id(datum): datum for datum in resolved}.values())
        return found

    def _resolved_anew(
        self, reference: str, scope: Scope, hops: int, each: Each | None
    ) -> list[Datum]:
        steps = parse_steps(reference)
        if not steps or hops <= 0:
            return [Unknown(scope.join(reference))]
        head = steps[0].name
        if head == "var" and len(steps) > 1:
            return self._variable(steps[1].name, scope, hops)
        if head == "module" and len(steps) > 1:
            return self._output(steps, scope, hops)
        if head == "local":
            return [Unknown(scope.join(reference), f"known after apply, through {reference}")]
        if head == "each":
            return self._each(steps, scope, hops, each)
        if head in ("count", "self", "path", "terraform"):
            return []
        return self._resource(steps, scope)

    def _each(
        self, steps: tuple[Step, ...], scope: Scope, hops: int, each: Each | None
    ) -> list[Datum]:
        """What `each.value` comes from: the resource or values that `for_each` goes through."""
        by_key = len(steps) > 1 and steps[1].name == "key"
        if each is None or each.expression is None or by_key:
            return []
        attribute = steps[2].name if len(steps) > 2 else ""
        found: list[Datum] = []
        for datum in self._followed(each.expression, scope, hops - 1):
            child = self._through(datum, each) if attribute else None
            ref = reference_in(datum)
            if child is not None:
                found.extend(self._given_by(child, attribute, hops))
            elif ref is None or ref.attribute:
                found.append(datum)
            elif not ref.address.endswith("]") or ref.address.endswith(each.index):
                found.append(Given(Reference(ref.address, attribute)))
        return found

    def _through(self, datum: Datum, each: Each) -> Scope | None:
        """The module instance that `each.value` is, where a block goes through a module's."""
        name = datum.name if isinstance(datum, Unknown) else ""
        there = name + each.index
        return self.scope(there) if _is_module(name) and there in self.instances(name) else None

    def _variable(self, name: str, scope: Scope, hops: int) -> list[Datum]:
        if not scope.calls:
            if name in self.variables:
                value = self.variables[name]
                secret = name in self.sensitive_variables
                return [ABSENT if value is None else Given(value, sensitive=secret)]
            return [Unknown(f"var.{name}", "variable without a value")]
        passed = mapping_of(scope.calls[-1].get("expressions")).get(name)
        if passed is not None:
            each = self._each_of_call(scope)
            return self._followed(passed, self.parent(scope), hops - 1, each)
        declared = mapping_of(mapping_of(scope.node.get("variables")).get(name))
        value = declared.get("default")
        return [ABSENT if value is None else Given(value)]

    def _each_of_call(self, scope: Scope) -> Each:
        """What the call of a module instance goes through."""
        steps = parse_steps(scope.address)
        index = steps[-1].index if steps else ""
        block = scope.address[: len(scope.address) - len(index)]
        return Each(scope.calls[-1].get("for_each_expression"), index, block)

    def parent(self, scope: Scope) -> Scope:
        """The module instance that calls this one."""
        steps = parse_steps(scope.address)[:-2]
        return self.scope(".".join(step.name + step.index for step in steps))

    def _output(self, steps: tuple[Step, ...], scope: Scope, hops: int) -> list[Datum]:
        call = steps[1]
        child = self.scope(scope.join(f"module.{call.name}{call.index}"))
        if len(steps) < 3:
            return [Unknown(child.address)]
        if call.index or not self._is_repeated(scope, call.name):
            return self._given_by(child, steps[2].name, hops)
        return [Unknown(child.join(steps[2].name))]

    def _given_by(self, child: Scope, name: str, hops: int) -> list[Datum]:
        """What an output of a module instance comes from."""
        expression = child.output(name)
        if expression is None:
            return [Unknown(child.join(name))]
        return self._followed(expression, child, hops - 1)

    def _is_repeated(self, scope: Scope, call: str) -> bool:
        node = mapping_of(mapping_of(scope.node.get("module_calls")).get(call))
        return "count_expression" in node or "for_each_expression" in node

    def _resource(self, steps: tuple[Step, ...], scope: Scope) -> list[Datum]:
        size = 3 if steps[0].name == "data" else 2
        if len(steps) < size:
            return []
        base = ".".join(step.name for step in steps[:size])
        attribute = steps[size].name if len(steps) > size else ""
        index = steps[size - 1].index
        addresses = [scope.join(base + index)]
        if not index:
            found = list(self.instances(scope.join(base)))
            # a repeated block without instances has no value; what was read before is known
            addresses = found or ([] if self.listed and not attribute else addresses)
        return [Given(Reference(address, attribute)) for address in addresses]

    def is_exact(
        self,
        expression: object,
        scope: Scope,
        each: Each | None = None,
        takes: Takes | None = None,
    ) -> bool:
        """Whether an expression is one attribute and nothing else, as far as the file shows.

        An operation between several values, or an object that is passed on, can also come
        to a null where the attribute that it reads is not chosen.
        """
        for _ in range(_MAX_HOPS):
            references = references_of(expression)
            own = self._of_own_index(references, scope, each)
            if own is not None and _is_module(own):
                inner = self.scope(own)
                return takes is not None and all(
                    self.is_exact(output, inner) for output, _ in self._giving(own, takes)
                )
            if own is not None:
                return True
            if len(references) != 1:
                return False
            steps = parse_steps(references[0])
            head = steps[0].name if steps else ""
            if head == "var" and len(steps) == 2 and scope.calls:
                expression = mapping_of(scope.calls[-1].get("expressions")).get(steps[1].name)
                each, scope = self._each_of_call(scope), self.parent(scope)
            elif head == "module" and len(steps) == 3:
                scope = self.scope(scope.join(f"module.{steps[1].name}{steps[1].index}"))
                expression, each = scope.output(steps[2].name), None
            elif head == "each" and len(steps) == 3 and each is not None:
                passed = self._candidates(each.expression, scope, _MAX_HOPS)
                child = self._through(passed[0], each) if len(passed) == 1 else None
                if child is None:
                    return all(_is_whole_resource(datum) for datum in passed) and bool(passed)
                expression, scope, each = child.output(steps[2].name), child, None
            else:
                if head in ("var", "module", "each", "local"):
                    return False
                # an attribute without an index cannot be read off a repeated block
                names_attribute = len(steps) > (3 if head == "data" else 2)
                return names_attribute or len(self._resource(steps, scope)) == 1
        return False

    def hidden(self, scope: Scope) -> tuple[tuple[str, str], ...]:
        """Attributes, unknown in this plan, that this module reads only where the file hides it."""
        found = self._hidden.get(scope.address)
        if found is None:
            found = self._hidden[scope.address] = tuple(
                self.opened(hidden_reads(self, scope), scope)
            )
        return found

    def readable(self, scope: Scope) -> tuple[tuple[str, str], ...]:
        """Attributes, unknown in this plan, that a hidden expression of this module may read.

        Empty means: no hidden expression of this module is unknown, as far as the file tells.
        """
        found = self._readable.get(scope.address)
        if found is None:
            found = self._readable[scope.address] = tuple(self.opened(readable(self, scope), scope))
        return found

    def opened(self, reads: Iterable[tuple[str, str]], scope: Scope) -> Iterator[tuple[str, str]]:
        """The same attributes; in place of a local, all that hidden expressions beside it may read.

        Locals of several modules can hang on one another, so each module counts once. What a local
        of a caller passes to a module is not taken to come out of that module.
        """
        seen: dict[tuple[str, str], None] = {}
        done: set[str] = set()
        call = self._each_of_call(scope).block if scope.calls else ""
        inside = (f"{call}.", f"{call}[") if call else ()
        stack = [(*read, False) for read in reads][::-1]
        while stack:
            address, attribute, is_passed = stack.pop()
            if is_passed and address.startswith(inside):
                continue
            owner = None if attribute or self.relevant is None else local_owner(address)
            if owner is None:
                instances = self.instances(address)
                only = instances[0] if len(instances) == 1 else address
                seen[only, attribute] = None
            elif owner not in done:
                done.add(owner)
                is_passed = is_passed or not f"{owner}.".startswith(inside)
                stack.extend((*read, is_passed) for read in readable(self, self.scope(owner)))
        return iter(seen)

    def reads_unknown(self, address: str, attribute: str) -> bool:
        """Whether an attribute is unknown in any instance of a resource."""
        return any(
            self.is_unknown(instance, attribute)
            for instance in self.instances(address) or (address,)
        )

    def passed(self, scope: Scope) -> Iterator[tuple[str, list[Datum]]]:
        """What the call of a module instance passes, by variable, followed to its sources."""
        if not scope.calls:
            return
        expressions = mapping_of(scope.calls[-1].get("expressions"))
        parent, each = self.parent(scope), self._each_of_call(scope)
        for name, expression in expressions.items():
            found = self._followed(expression, parent, _MAX_HOPS, each)
            yield name, [here for datum in found for here in self._opened(datum, _any)]

    def outputs(self, scope: Scope) -> Iterator[Datum]:
        """What the outputs of the modules that a module calls come from."""
        for name in mapping_of(scope.node.get("module_calls")):
            child = self.scope(scope.join(f"module.{name}"))
            for expression in child.outputs():
                yield from self._followed(expression, child, _MAX_HOPS)


def _is_module(address: str) -> bool:
    """Whether an address is that of a module instance, or of a call."""
    steps = parse_steps(address) if "module." in address else ()
    return len(steps) > 1 and steps[-2].name == "module"


def _any(_: Datum) -> bool:
    return True


def _one_of_each(data: Iterable[Datum]) -> Iterable[Datum]:
    """One datum for each resource: its ARN, rather than its id or all of it."""
    found: dict[str, Datum] = {}
    for datum in data:
        ref = reference_in(datum)
        key = str(datum) if ref is None else ref.address
        if key not in found or (ref is not None and ref.attribute == "arn"):
            found[key] = datum
    return found.values()


def _is_open(datum: Datum, configuration: Configuration) -> bool:
    """Whether a candidate can be what makes a value unknown."""
    if isinstance(datum, (Unknown, Choice)):
        return True
    ref = reference_in(datum)
    return ref is not None and configuration.is_unknown(ref.address, ref.attribute) is not False


def _is_whole_resource(datum: Datum) -> bool:
    ref = reference_in(datum)
    return ref is not None and not ref.attribute


def _located(datum: Datum, origin: Origin) -> Datum:
    ref = reference_in(datum)
    if ref is None:
        return datum
    return Given(ref, Origin(path=origin.path, pointer=origin.pointer, expression=_text(ref)))


def _why(references: Sequence[Reference]) -> str:
    names = ", ".join(map(_text, references))
    return f"known after apply, from {names}" if names else "known after apply"


def _text(ref: Reference) -> str:
    return f"{ref.address}.{ref.attribute}" if ref.attribute else ref.address
