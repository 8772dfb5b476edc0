"""What every source makes of its bytes: resources with located, possibly unknown values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum

import msgspec

from analyzer.core.model import Place
from analyzer.core.values import NOWHERE, Datum, Given, Origin
from analyzer.errors import NotAnalyzed, Problem

__all__ = ["Action", "Document", "Resource"]


class Action(Enum):
    """What the deployment does to a resource."""

    CREATE = "create"
    REPLACE = "replace"
    UPDATE = "update"
    IMPORT = "import"
    NO_OP = "no-op"
    READ = "read"  # a data source
    DELETE = "delete"

    @property
    def creates(self) -> bool:
        """Whether a new object comes into being."""
        return self in (Action.CREATE, Action.REPLACE)

    @property
    def destroys(self) -> bool:
        """Whether an object that was there comes to its end."""
        return self in (Action.DELETE, Action.REPLACE)

    @property
    def exists_after(self) -> bool:
        """Whether the object is there after the deployment."""
        return self is not Action.DELETE


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """One instance of a resource (or data source) of an input.

    `address` is Terraform's full address or the CloudFormation logical id (nested stacks:
    `Stack/Logical`); a data source's starts with `data.` after its module path. `type` is
    the input's own type name. `body` maps argument names to data, nested blocks being lists
    of mappings. `before` is the state before the deployment, where the input tells it.
    `exists` is `Given(True)`, or what the existence hangs on (a condition, an unknown
    count). `copies` says how many instances this one stands for, where they are alike or
    not countable ("3", "1..n"); empty for one. `note` is what the change does, in words.
    """

    address: str
    type: str
    body: Mapping[str, Datum]
    place: Place
    action: Action = Action.CREATE
    data: bool = False
    before: Mapping[str, Datum] | None = None
    exists: Datum = Given(True)
    origin: Origin = NOWHERE
    copies: str = ""
    note: str = ""


class Document(msgspec.Struct, kw_only=True):
    """An input, read.

    Only resources of types that the tables know are built; the others are counted in
    `others` (type -> number), or listed in `not_analyzed`. `holding` are the types among the
    others whose bodies speak of block devices or encryption.
    `partial` says why the input does not tell everything (errored plan, deferred changes).
    `depends(a, b)` tells whether the resource at address `a` is ordered after `b`.
    """

    path: str
    format: str
    resources: list[Resource] = msgspec.field(default_factory=list)
    others: dict[str, int] = msgspec.field(default_factory=dict)
    holding: set[str] = msgspec.field(default_factory=set)
    not_analyzed: list[NotAnalyzed] = msgspec.field(default_factory=list)
    problems: list[Problem] = msgspec.field(default_factory=list)
    partial: tuple[str, ...] = ()
    #: parameters that stand at their defaults, which who deploys can change: known once the
    #: bodies are read
    assumed: Mapping[str, str] = msgspec.field(default_factory=dict)
    depends: Callable[[str, str], bool] = lambda _a, _b: False
    #: where modules are called, by their addresses
    calls: dict[str, Origin] = msgspec.field(default_factory=dict)
    #: the folders of modules of which an instance was read, the root's among them, without links
    modules: set[str] = msgspec.field(default_factory=set)
    #: gives memory back that holds bodies not decoded so far; they can still be read
    page_out: Callable[[], None] = lambda: None
    #: attributes that the input exports by name (CloudFormation exports), for other inputs
    exports: Mapping[str, Datum] = msgspec.field(default_factory=dict)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources)

    def by_address(self) -> dict[str, Resource]:
        """The resources by address; a deposed object never shadows the current one."""
        return {r.address: r for r in self.resources}

    def extend(self, resources: Iterable[Resource]) -> None:
        """Add resources, in the input's order."""
        self.resources.extend(resources)
