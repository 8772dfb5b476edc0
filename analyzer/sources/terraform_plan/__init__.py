"""Terraform plans and states, as `terraform show -json` (or OpenTofu) prints them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Raw
from msgspec.structs import replace

from analyzer.core.model import Place
from analyzer.core.values import Datum, Origin
from analyzer.errors import InputError, NotAnalyzed, Problem
from analyzer.sources.document import Action, Document, Resource
from analyzer.sources.terraform_plan import by_hand
from analyzer.sources.terraform_plan.addresses import parse_steps, quote_key, strip_indices
from analyzer.sources.terraform_plan.body import Context, PlanBody, StateBody, left_out
from analyzer.sources.terraform_plan.configuration import Configuration, Each, Scope
from analyzer.sources.terraform_plan.form import (
    NULL,
    Change,
    Plan,
    ResourceChange,
    StateResource,
    decode_any,
    decode_change,
    decode_plan,
    decode_region,
    decode_values,
    is_object,
)
from analyzer.sources.terraform_plan.odd import MOST
from analyzer.sources.terraform_plan.others import Others
from analyzer.sources.terraform_plan.places import Places
from analyzer.sources.terraform_plan.references import list_of
from analyzer.sources.terraform_plan.undecoded import Undecoded
from analyzer.text import shown

if TYPE_CHECKING:
    from mmap import mmap

__all__ = ["decode", "read_plan"]

#: The address of a module's call, without an index.
_CALL = re.compile(r"(?:^|\.)module\.[^.\[\"\]]+$")

_ERRORED = "the plan ended with an error, so resources may be missing"
#: Source: Terraform, JSON Output Format, `complete`.
_INCOMPLETE = "the plan was made with -target or the like, or leaves changes to a later plan"

Knows = Callable[[str], bool]
Broken = Callable[[Exception], InputError]


def decode(path: str, data: bytes | mmap, known: Knows) -> Plan | None:
    """Decode a plan or state, also one in a wrapper (`{"plan": ...}`); `None` for other JSON.

    Raises what msgspec raises on broken JSON or a wrong shape, and `InputError` for a format
    version that is not supported.
    """
    plan = decode_plan(data)
    if len(data) <= MOST:
        by_hand.refuse_twice(path, bytes(data), known)
    for inner in (plan.plan, plan.terraform, plan.tfplan) if not plan.format_version else ():
        wrapped = bytes(inner)
        if wrapped[:1] == b"{" and not plan.format_version:
            plan = decode_plan(wrapped)
    if not plan.format_version:
        return None
    if not re.match(r"[01]\.", plan.format_version):
        raise InputError(
            path,
            "input-version",
            f"has format version {shown(plan.format_version, 20)}, and 0.1 to 1.x are supported",
            hint="look for a newer version of ebs-plan",
        )
    holds_nothing = plan.resource_changes is None and plan.values is None
    if holds_nothing and plan.planned_values == NULL:
        # `terraform show -json` prints the version alone where there is no state
        return plan if plan.configuration == NULL else None
    return plan


def read_plan(path: str, plan: Plan, known: Knows, broken: Broken) -> Document:
    """Make a document of a decoded plan or state.

    Bodies are decoded when they are read: what is broken in one is raised then, as `broken`
    makes it of what msgspec raised.
    """
    return _Reader(path, plan, known, broken).document()


class _Reader:
    def __init__(self, path: str, plan: Plan, known: Knows, broken: Broken) -> None:
        self.path = path
        self.plan = plan
        self.known = known
        self.broken = broken
        self.changes: dict[str, ResourceChange] = {}
        self.unknown: dict[str, Any] = {}
        self.values = self._planned()
        self.by_type: dict[str, list[ResourceChange]] = {}
        self.by_block: dict[str, dict[str, list[str]]] = {}
        self.by_call: dict[str, list[str]] | None = None
        self.configuration = self._configuration()
        self.places = Places(self.configuration)
        self.graph: dict[str, frozenset[str]] | None = None

    # -- what the file holds -------------------------------------------------------------

    def _configuration(self) -> Configuration:
        root = decode_any(self.plan.configuration) or {}
        module = root.get("root_module") if isinstance(root, dict) else None
        module = module if isinstance(module, dict) else {}
        providers = root.get("provider_config") if isinstance(root, dict) else None
        declared = module.get("variables")
        declared = declared if isinstance(declared, dict) else {}
        variables = {}
        for name, raw in self.plan.variables.items():
            entry = decode_any(raw)
            variables[name] = entry.get("value") if isinstance(entry, dict) else None
        for name, entry in declared.items():
            if name not in variables and isinstance(entry, dict) and "default" in entry:
                variables[name] = entry["default"]
        return Configuration(
            root=module,
            providers=providers if isinstance(providers, dict) else {},
            variables=variables,
            sensitive_variables=frozenset(
                name for name, v in declared.items() if isinstance(v, dict) and v.get("sensitive")
            ),
            is_unknown=self.is_unknown,
            is_given=self.is_given,
            instances=self.instances,
            relevant=_relevant(self.plan.relevant_attributes),
            waits=self.depends,
            listed=self.plan.resource_changes is not None and not self.plan.deferred_changes,
        )

    def is_unknown(self, address: str, attribute: str) -> bool | None:
        """Whether an attribute is unknown in this plan; `None` for no such instance."""
        if address not in self.unknown:
            change = self.changes.get(address)
            if change is None:
                return False if self.configuration.listed else None
            self.unknown[address] = self._value(self._parts(change).after_unknown)
        unknown = self.unknown[address]
        if isinstance(unknown, dict):
            return bool(unknown.get(attribute)) if attribute else bool(unknown)
        return bool(unknown)

    def is_given(self, address: str, attribute: str) -> bool:
        """Whether an attribute is known in this plan, and not null.

        Only an instance with an index can be none at all (`try(aws_kms_key.this[0].arn,
        null)`): a plan that refers to another one and does not list it tells a part only.
        """
        change = self.changes.get(address)
        if change is None:
            return bool(attribute) and not address.endswith("]")
        after = self._value(self._parts(change).after)
        return isinstance(after, dict) and after.get(attribute) is not None

    def instances(self, block: str) -> Sequence[str]:
        """The instances of a resource block in a module instance, or of a module's call."""
        if _CALL.search(block):
            return self._calls().get(block, ())
        type_ = block.rpartition(".")[0].rpartition(".")[2]
        return self._blocks(type_).get(block, ())

    def _blocks(self, type_: str) -> Mapping[str, list[str]]:
        """The instances of a type, by the address of their block; few types are asked for."""
        if not self.by_type:
            for change in self.changes.values():
                self.by_type.setdefault(change.type, []).append(change)
        found = self.by_block.get(type_)
        if found is None:
            found = self.by_block[type_] = {}
            for change in self.by_type.get(type_, ()):
                found.setdefault(_block(change), []).append(change.address)
        return found

    def _calls(self) -> Mapping[str, list[str]]:
        """The module instances of the plan, by the address of their call."""
        if self.by_call is None:
            modules: dict[str, str] = {}  # each module instance, with the address of its call
            for address in dict.fromkeys(c.module_address for c in self.changes.values()):
                steps = parse_steps(address)
                for end in range(2, len(steps) + 1, 2):
                    at = ".".join(step.name + step.index for step in steps[:end])
                    modules[at] = at[: len(at) - len(steps[end - 1].index)]
            self.by_call = {}
            for module, call in modules.items():
                self.by_call.setdefault(call, []).append(module)
        return self.by_call

    def _parts(self, change: ResourceChange) -> Change:
        try:
            return decode_change(change.change)
        except (ValueError, RecursionError) as error:
            raise self.broken(error) from None

    def _value(self, raw: Raw) -> Any:
        """A part of the plan that is read only now."""
        try:
            return decode_any(raw)
        except (ValueError, RecursionError) as error:
            raise self.broken(error) from None

    def _planned(self) -> dict[str, StateResource]:
        """What `planned_values` says of the changes, by address, where that is worth a look."""
        raw = self.plan.planned_values
        if self.plan.resource_changes is None or len(memoryview(raw)) > MOST:
            return {}
        try:
            root = decode_values(raw)
        except (ValueError, RecursionError):
            return {}
        return {r.address: r for _, r in root.walk() if self.known(r.type)}

    # -- the document --------------------------------------------------------------------

    def document(self) -> Document:
        plan = self.plan
        is_plan = plan.values is None
        document = Document(
            path=self.path,
            format="terraform-plan" if is_plan else "terraform-state",
            partial=tuple(why for why, _ in self._partial()),
        )
        for change in plan.resource_changes or ():
            if change.deposed is None:
                self.changes.setdefault(change.address, change)
        read_before = self._prior()
        others = Others()
        if plan.resource_changes is None:
            document.extend(self._from_values(others))
        else:
            document.extend(self._from_changes(document, others))
        document.others = {type_: count for type_, count in others.counts.items() if count}
        document.holding = others.holding
        seen = {r.address for r in document.resources}
        document.extend(r for r in read_before if r.address not in seen)
        self._deferred(document)
        document.depends = self.depends
        document.problems.extend(
            Problem(
                path=self.path,
                code="input-partial",
                message=f"tells a part only: {why}",
                hint=hint,
            )
            for why, hint in self._partial()
        )
        return document

    def _partial(self) -> Iterator[tuple[str, str]]:
        """Why a plan is no whole one, and what to do: such a plan is never green."""
        if self.plan.errored:
            yield _ERRORED, "fix what failed and make the plan again"
        elif self.plan.complete is False:
            yield _INCOMPLETE, "make a plan of everything"

    def _prior(self) -> list[Resource]:
        """The data sources that were read before the plan.

        Managed objects stand in the changes with their state before; one of them is looked
        at here for its ARN, where no data source tells the account.
        """
        state = self.plan.prior_state
        if state is None or state.values is None:
            return []
        found = []
        witness: list[Resource] = []
        for module, resource in state.values.root_module.walk():
            if resource.deposed_key is not None or not self.known(resource.type):
                continue
            if resource.mode == "data":
                found.append(self._of_state(module, resource, Action.READ))
            elif not witness:
                existing = self._of_state(module, resource, Action.NO_OP)
                if "arn" in existing.body and not existing.place.credentials:
                    witness.append(existing)
        self.places.learn([*found, *witness])
        return [replace(r, place=self.places.completed(r.place)) for r in found]

    def _from_changes(self, document: Document, others: Others) -> Iterator[Resource]:
        def missed(address: str, reason: str) -> None:
            document.not_analyzed.append(
                NotAnalyzed(address=address, reason=reason, path=self.path, pointer=address)
            )

        for change in self.plan.resource_changes or ():
            if change.deposed is not None:
                continue
            if not self.known(change.type):
                others.add(change.type, change.mode, change.change)
                continue
            resource = self._of_change(change)
            if resource is not None:
                yield resource
            elif "forget" not in self._parts(change).actions:
                missed(change.address, "a change whose actions are not known here")
        prior = self.plan.prior_state.values if self.plan.prior_state else None
        known = {r.address for _, r in prior.root_module.walk()} if prior else set()
        if self.plan.deferred_changes:
            return
        for address, planned in self.values.items():  # a targeted plan lists no other changes
            if planned.mode != "data" and address not in self.changes and address not in known:
                missed(address, "planned, but not among the changes: the plan contradicts itself")

    def _of_change(self, change: ResourceChange) -> Resource | None:
        parts = self._parts(change)
        action = _action(change, parts)
        if action is None:
            return None
        scope = self.configuration.scope(change.module_address)
        block = self.configuration.block(scope, change.mode, change.type, change.name)
        origin = Origin(path=self.path, pointer=change.address)
        before = None
        if is_object(parts.before):
            before = Undecoded(lambda: self._before(parts, origin))
        after: Mapping[str, Datum] = Undecoded(lambda: self._after(change, parts, scope, block))
        if action is Action.DELETE:
            after = before or {}
        stands_for, mask = parts.after, parts.after_sensitive
        if action is Action.DELETE:
            stands_for, mask = parts.before, parts.before_sensitive
        return Resource(
            address=change.address,
            type=change.type,
            body=after,
            before=before,
            place=self._place(stands_for, mask, block),
            action=action,
            data=change.mode == "data",
            origin=origin,
            note=_note(change, parts, action),
        )

    def _place(self, values: Raw, mask: Raw, block: Mapping[str, Any]) -> Place:
        """The place of an object; few have a Region of their own that could be sensitive."""
        region = decode_region(values)
        if not isinstance(region, str):
            return self.places.of(None, block)
        return self.places.of(region, block, sensitive=_hides_region(mask))

    def _before(self, parts: Change, origin: Origin) -> StateBody:
        return StateBody(self._value(parts.before), self._value(parts.before_sensitive), origin)

    def _after(
        self, change: ResourceChange, parts: Change, scope: Scope, block: Mapping[str, Any]
    ) -> PlanBody:
        each = Each(block.get("for_each_expression"), quote_key(change.index), _block(change))
        value, unknown = self._value(parts.after), self._value(parts.after_unknown)
        planned = self.values.get(change.address)
        if planned is not None and isinstance(unknown, dict):
            unknown |= by_hand.differing(self._value(planned.values), value)
        return PlanBody(
            value,
            unknown,
            self._value(parts.after_sensitive),
            block.get("expressions", {}) if block else None,
            Context(
                self.configuration,
                scope,
                _block(change),
                change.address,
                self.path,
                each,
                change.type,
            ),
        )

    def _from_values(self, others: Others) -> Iterator[Resource]:
        """A state, or a plan that has only `planned_values`."""
        plan = self.plan
        if plan.values is not None:
            root, action = plan.values.root_module, Action.NO_OP
        else:
            root, action = decode_values(plan.planned_values), Action.CREATE
        resources = []
        for module, resource in root.walk():
            if resource.deposed_key is not None:
                continue
            if not self.known(resource.type):
                others.add(resource.type, resource.mode, resource.values)
                continue
            data = resource.mode == "data"
            resources.append(self._of_state(module, resource, Action.READ if data else action))
        self.places.learn(resources)
        yield from (replace(r, place=self.places.completed(r.place)) for r in resources)

    def _of_state(self, module: str, resource: StateResource, action: Action) -> Resource:
        origin = Origin(path=self.path, pointer=resource.address)
        scope = self.configuration.scope(module)
        block = self.configuration.block(scope, resource.mode, resource.type, resource.name)
        values, masks = decode_any(resource.values), decode_any(resource.sensitive_values)
        body: Mapping[str, Datum] = StateBody(values, masks or False, origin)
        if action is Action.CREATE:  # planned values leave out what is unknown: the
            # configuration tells whether it was written
            context = Context(
                self.configuration,
                scope,
                strip_indices(resource.address),
                resource.address,
                self.path,
                type_=resource.type,
            )
            expressions = block.get("expressions", {})
            unknown = left_out(values, expressions)
            body = PlanBody(values, unknown, masks or False, expressions, context)
        return Resource(
            address=resource.address,
            type=resource.type,
            body=body,
            before=body if action is not Action.CREATE else None,
            place=self._place(resource.values, resource.sensitive_values, block),
            action=action,
            data=resource.mode == "data",
            origin=origin,
        )

    def _deferred(self, document: Document) -> None:
        for deferred in self.plan.deferred_changes:
            change = deferred.resource_change
            if change is None or not self.known(change.type) or change.mode == "data":
                continue
            document.not_analyzed.append(
                NotAnalyzed(
                    address=change.address,
                    reason="Terraform deferred this change to a later plan"
                    + (f" ({deferred.reason})" if deferred.reason else ""),
                    path=self.path,
                    pointer=change.address,
                )
            )

    # -- order ---------------------------------------------------------------------------

    def depends(self, later: str, earlier: str) -> bool:
        """Whether the configuration orders one resource after another (transitively)."""
        if self.graph is None:
            from analyzer.sources.terraform_plan.order import build

            self.graph = build(self.configuration)
        goal = strip_indices(earlier)
        seen: set[str] = set()
        stack = [strip_indices(later)]
        while stack:
            here = stack.pop()
            for before in self.graph.get(here, ()):
                if before == goal:
                    return True
                if before not in seen:
                    seen.add(before)
                    stack.append(before)
        return False


def _hides_region(mask: Raw) -> bool:
    """Whether a mask of sensitive values marks the Region; one of another shape marks all."""
    if is_object(mask):
        return decode_region(mask) not in (None, False)
    return bytes(mask) not in (b"null", b"false")


def _block(change: ResourceChange) -> str:
    """The address of an instance without its own index."""
    index = quote_key(change.index)
    address = change.address
    return address[: -len(index)] if index and address.endswith(index) else address


def _relevant(attributes: list[Any] | None) -> list[tuple[str, str]] | None:
    if attributes is None:
        return None
    found = []
    for item in attributes:
        if isinstance(item, dict) and isinstance(item.get("attribute"), list):
            path = item["attribute"]
            found.append((str(item.get("resource")), str(path[0]) if path else ""))
    return found


def _action(change: ResourceChange, body: Change) -> Action | None:
    """What happens to an object; `None` for what is only forgotten or reported as drift."""
    actions = body.actions
    if change.mode == "data":
        return Action.READ
    if "create" in actions:
        return Action.REPLACE if "delete" in actions else Action.CREATE
    if body.importing is not None:
        return Action.IMPORT
    known = next((_ACTIONS[word] for word in _ACTIONS if word in actions), None)
    if known is not None and is_object(body.after) and not is_object(body.before):
        return Action.CREATE  # whatever its actions say: it was not there, and it will be
    return known


_ACTIONS = {"update": Action.UPDATE, "delete": Action.DELETE, "no-op": Action.NO_OP}


def _note(change: ResourceChange, body: Change, action: Action) -> str:
    """What the change does, where it is not plain creation."""
    if action is Action.REPLACE:
        paths = [_path(p) for p in list_of(body.replace_paths) if isinstance(p, list)]
        forced = [p for p in paths if p]
        return "replaced" + (f", forced by {', '.join(forced)}" if forced else "")
    if change.previous_address and change.previous_address != change.address:
        return f"moved from {change.previous_address}"
    if action is Action.IMPORT:
        return "imported: it keeps its existing state"
    return "updated in place: it keeps its existing state" if action is Action.UPDATE else ""


def _path(steps: list[Any]) -> str:
    text = ""
    for step in steps:
        if isinstance(step, str):
            text += f".{step}" if text else step
        elif isinstance(step, (int, float)):
            text += f"[{int(step)}]"
    return text
