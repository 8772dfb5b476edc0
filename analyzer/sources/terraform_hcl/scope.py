"""Where an expression is evaluated: a module instance, and the names that are bound there."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TypeVar, Union

from msgspec import Struct, field

from analyzer.core.model import Place
from analyzer.core.values import ABSENT, Datum
from analyzer.sources.terraform_hcl.blocks import Block
from analyzer.sources.terraform_hcl.expressions import Expression
from analyzer.sources.terraform_hcl.module import Module
from analyzer.sources.terraform_hcl.partial import TRUE
from analyzer.sources.terraform_hcl.sources import Found

__all__ = ["Expansion", "Instance", "ModuleInstance", "Object", "Request", "Scope", "Steps", "Task"]

T = TypeVar("T")


class Instance(Struct, frozen=True):
    """One instance of a block with `count` or `for_each`.

    `suffix` is its index in an address (`[0]`, `["a"]`, `[*]` for one that stands for others),
    `names` what `count` or `each` mean in it, `copies` how many it stands for.
    """

    suffix: str = ""
    names: Mapping[str, Datum] = field(default_factory=dict)
    exists: Datum = TRUE
    copies: str = ""


#: The instance of a block without repetition.
_ONLY = Instance()


class Expansion(Struct, frozen=True):
    """All instances of a block; `whole` is what a reference to the block without index yields.

    `kind` is `single`, `count` or `each`. In an open one it is not known which instances there
    are: its one instance stands for them. `source` is the value of `count` or `for_each`.
    """

    kind: str
    instances: tuple[Instance, ...]
    whole: Datum
    source: Datum = ABSENT
    is_open: bool = False


class ModuleInstance:
    """One instance of a module, and everything that was evaluated in it so far."""

    def __init__(
        self,
        address: str,
        module: Module,
        *,
        call: Block | None = None,
        parent: Scope | None = None,
        instance: Instance = _ONLY,
        folders: tuple[str, ...] = (),
    ) -> None:
        self.address = address
        self.module = module
        self.call = call
        #: where the arguments of the call are evaluated
        self.parent = parent
        self.instance = instance
        #: the folders of this module and of all around it, resolved
        self.folders = folders
        #: the names of the calls that lead here
        self.keys: tuple[str, ...] = ()
        if parent is not None and call is not None:
            self.keys = (*parent.module.keys, *call.labels[:1])
        self.memo: dict[tuple[str, str], Datum] = {}
        self.busy: set[tuple[str, str]] = set()
        self.expansions: dict[str, Expansion] = {}
        self.found: dict[str, Found] = {}
        self.places: dict[str, Place] = {}

    def join(self, name: str) -> str:
        """The full address of something in this module."""
        return f"{self.address}.{name}" if self.address else name

    def scope(self, names: Mapping[str, Datum] | None = None, where: str = "") -> Scope:
        """The scope of this module, with some names bound."""
        return Scope(self, names or {}, where or self.address)


class Scope(Struct, frozen=True, eq=False):
    """What names mean; `where` tells apart what is evaluated at different places."""

    module: ModuleInstance
    names: Mapping[str, Datum]
    where: str

    def bind(self, **names: Datum) -> Scope:
        """This scope with further names."""
        return Scope(self.module, {**self.names, **names}, self.where)


class Object(Struct, frozen=True, eq=False):
    """An instance of a resource or data source, or of a module.

    `address` is how others refer to it: that of the instance that stands for it where it is not
    known which instances there are.
    """

    address: str
    block: Block | None
    scope: Scope
    child: ModuleInstance | None = None


#: An evaluation that asks for others by yielding them, so that depth costs no stack.
Steps = Generator["Request", Datum, T]
Task = Generator["Request", Datum, Datum]
Request = Union[tuple[Expression, Scope], Task]
