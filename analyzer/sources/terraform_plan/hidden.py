"""What a module reads in ways that the file hides: locals, and `dynamic` blocks.

`relevant_attributes` lists whatever any expression reads, these included, and not which one
does. What no visible expression of the module accounts for must be read by a hidden one;
what a visible one reads, a hidden one may read as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from analyzer.core.values import Datum, Reference, Unknown
from analyzer.sources.terraform_plan.addresses import parse_steps, strip_indices
from analyzer.sources.terraform_plan.references import (
    list_of,
    mapping_of,
    reference_in,
    references_of,
)

if TYPE_CHECKING:
    from analyzer.sources.terraform_plan.configuration import Configuration, Scope

__all__ = ["WHOLE", "hidden_reads", "readable"]

#: In place of an attribute: all of a resource is read (`{for k in aws_kms_key.this : ...}`).
WHOLE = "*"


def hidden_reads(configuration: Configuration, scope: Scope) -> Iterator[tuple[str, str]]:
    """The resources and attributes, unknown in this plan, that only hidden expressions read.

    An unknown that is no attribute (a variable without a value) comes without one.
    """
    visible = _visible(scope.node)
    for resource, attribute in configuration.relevant or ():
        if not _is_in(resource, scope.address):
            continue
        local = resource[len(scope.address) + 1 :] if scope.address else resource
        bare = ".".join(step.name for step in parse_steps(local))
        if any(n in visible or f"{n}.{attribute}" in visible for n in (local, bare)):
            continue
        if configuration.reads_unknown(resource, attribute):
            yield scope.join(bare), attribute or WHOLE
    for name, sources in configuration.passed(scope):
        if f"var.{name}" in visible:
            continue
        for datum in sources:
            ref = reference_in(datum)
            if isinstance(datum, Unknown):
                yield datum.name, ""
            elif ref is not None and configuration.reads_unknown(ref.address, ref.attribute):
                yield ref.address, ref.attribute or WHOLE


def readable(configuration: Configuration, scope: Scope) -> Iterator[tuple[str, str]]:
    """The resources and attributes, unknown in this plan, that hidden expressions may read.

    These are attributes of the module's own resources, what its call passes, and what the
    outputs of the modules that it calls give. An unknown that is no attribute comes
    without one.
    """
    outputs = list(configuration.outputs(scope))
    exposed = {(strip_indices(ref.address), ref.attribute) for ref in _references(outputs)}
    for resource, attribute in configuration.relevant or ():
        if not configuration.reads_unknown(resource, attribute):
            continue
        if _is_in(resource, scope.address):
            local = resource[len(scope.address) + 1 :] if scope.address else resource
            yield scope.join(strip_indices(local)), attribute or WHOLE
        elif (strip_indices(resource), attribute) in exposed:
            yield resource, attribute or WHOLE
    passed = [datum for _, sources in configuration.passed(scope) for datum in sources]
    for ref in _references(passed):
        if configuration.reads_unknown(ref.address, ref.attribute):
            yield ref.address, ref.attribute or WHOLE
    yield from ((d.name, "") for d in (*passed, *outputs) if isinstance(d, Unknown))


def _references(data: Iterable[Datum]) -> Iterator[Reference]:
    return (ref for ref in map(reference_in, data) if ref is not None)


def _is_in(resource: str, module: str) -> bool:
    """Whether a resource belongs to this very module (not to one inside it)."""
    if not module:
        return not resource.startswith("module.")
    return resource.startswith(module + ".") and not resource.startswith(module + ".module.")


def _visible(node: Mapping[str, Any]) -> set[str]:
    """What a module's visible expressions read, with and without indices.

    A resource that is read as a whole (`for_each = aws_ebs_volume.disk`) stands for all of
    its attributes.
    """
    found: set[str] = set()
    stack: list[object] = [
        *(mapping_of(r) for r in list_of(node.get("resources"))),
        *(
            {k: v for k, v in mapping_of(c).items() if k != "module"}
            for c in mapping_of(node.get("module_calls")).values()
        ),
        mapping_of(node.get("outputs")),
    ]
    while stack:
        item = stack.pop()
        if isinstance(item, Mapping):
            for ref in references_of(item):
                found.add(ref)
                names = [step.name for step in parse_steps(ref)]
                found.add(".".join(names))
                # what is deeper than an attribute (`output_resources[0].amis`) reads that one
                found.add(".".join(names[: 4 if names[:1] == ["data"] else 3]))
            stack.extend(value for key, value in item.items() if key != "references")
        elif isinstance(item, list):
            stack.extend(item)
    return found
