"""Reading templates in tests, and saying a value in few words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from textwrap import dedent

from analyzer.core.values import Absent, Choice, Datum, Given, Reference, Unknown
from analyzer.limits import Budget, Limits
from analyzer.sources.cloudformation import Options, read
from analyzer.sources.document import Document, Resource

__all__ = ["KNOWN", "body", "document", "known", "only", "told"]

KNOWN = frozenset(
    (
        "AWS::EC2::Instance",
        "AWS::EC2::LaunchTemplate",
        "AWS::EC2::Volume",
        "AWS::KMS::Key",
    )
)


def known(kind: str) -> bool:
    """Whether these tests' tables have a type."""
    return kind in KNOWN


def document(
    template: str | bytes,
    *,
    parameters: Mapping[str, str | None] | None = None,
    use_defaults: bool = True,
    region: str | None = None,
    account: str | None = None,
    imports: Mapping[str, Datum] | None = None,
    files: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> Document:
    """A template as it is read; `files` are the local templates of nested stacks."""
    data = template if isinstance(template, bytes) else dedent(template).encode()
    path = "stack.yaml"
    load: Callable[[str], bytes | None] = lambda name: (  # noqa: E731
        dedent(files[name]).encode() if files and name in files else None
    )
    return read(
        path,
        data,
        options=Options(
            known=known,
            parameters=parameters or {},
            use_defaults=use_defaults,
            region=region,
            account=account,
            imports=imports or {},
        ),
        budget=Budget(path, limits or Limits()),
        load=load,
    )


def only(found: Document) -> Resource:
    """The one resource of a document that has no more."""
    (resource,) = found.resources
    return resource


def body(found: Document, address: str = "V") -> dict[str, object]:
    """What the properties of a resource come to."""
    return {name: told(datum) for name, datum in found.by_address()[address].body.items()}


def told(datum: Datum) -> object:
    """A datum in few words: text and booleans as they are, `?name` for an unknown, `None` for
    an absent one, `@resource.attribute` for a reference, and for a choice the fact's name with a
    mapping of answers.
    """
    if isinstance(datum, Choice):
        return {f"<{datum.fact.name}>": {a: told(d) for a, d in datum.branches.items()}}
    if isinstance(datum, Unknown):
        return f"?{datum.name}" + (f" in {'|'.join(datum.domain)}" if datum.domain else "")
    if isinstance(datum, Absent):
        return None
    assert isinstance(datum, Given)
    value = datum.value
    if isinstance(value, Reference):
        return f"@{value.address}.{value.attribute}"
    if isinstance(value, Mapping):
        return {name: told(below) for name, below in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [told(item) for item in value]
    return value
