"""From a folder to a document: every module instance, every instance of a resource in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import chain

from msgspec import Struct

from analyzer.collector import collector_paused
from analyzer.core.model import Place
from analyzer.core.values import ABSENT, Datum, Origin
from analyzer.errors import InputError, NotAnalyzed
from analyzer.limits import Budget
from analyzer.sources.document import Action, Document, Resource
from analyzer.sources.terraform_hcl.blocks import Block, Source, reference
from analyzer.sources.terraform_hcl.bodies import Bodies
from analyzer.sources.terraform_hcl.dependencies import Dependencies
from analyzer.sources.terraform_hcl.engine import Engine
from analyzer.sources.terraform_hcl.expansion import Expander
from analyzer.sources.terraform_hcl.expressions import path_text
from analyzer.sources.terraform_hcl.module import Module, load
from analyzer.sources.terraform_hcl.nodes import Nodes
from analyzer.sources.terraform_hcl.partial import TRUE
from analyzer.sources.terraform_hcl.providers import Providers
from analyzer.sources.terraform_hcl.references import References
from analyzer.sources.terraform_hcl.repetition import Repetition
from analyzer.sources.terraform_hcl.scope import Expansion, Instance, ModuleInstance, Steps
from analyzer.sources.terraform_hcl.sources import Library, Sources
from analyzer.sources.terraform_hcl.variables import Options, Variables, given_values

__all__ = ["read"]

FORMAT = "terraform-hcl"

#: Arguments by which a type of tomorrow would show that it makes volumes.
_HOLDS_NAME = re.compile(r"encrypted|[a-z_]*block_devices?(?:_mappings?)?|blockDeviceMappings")
_HOLDS = re.compile(
    rf'(?:^|[{{,])[ \t]*(?:dynamic[ \t]+")?(?:{_HOLDS_NAME.pattern})"?[ \t]*[={{]', re.MULTILINE
)
_PROVIDERS = ("aws_", "awscc_", "kubernetes_manifest")


def read(folder: str, *, options: Options, library: Library) -> Document:
    """Read the root module in a folder, and the modules that it calls.

    Args:
        folder: the folder, as the user names it.
        options: values of variables, and the types that matter.
        library: what may be read, and what other root modules had read before.

    Returns:
        The resources and data sources of types that matter. What does not parse is among the
        problems, what cannot be read in `not_analyzed`.

    Raises:
        InputError: the folder cannot be listed.
    """
    try:
        names = library.root.names(folder)
    except (OSError, ValueError):
        raise InputError(folder, "input-missing", "the folder cannot be listed") from None
    folder = "" if folder == "." else folder
    source = library.source()
    with collector_paused():
        module = load(folder, names, library.root, source)
        return _Reader(folder, module, names, options, library, source).document()


class _Standing(Struct):
    """A module instance with what holds for everything in it."""

    module: ModuleInstance
    exists: Datum
    copies: str


class _Read(Struct, kw_only=True):
    """A resource whose values are evaluated, but whose choices are not complete yet."""

    address: str
    block: Block
    body: Mapping[str, Datum]
    place: Place
    action: Action
    exists: Datum
    copies: str


class _Reader:
    def __init__(
        self,
        folder: str,
        module: Module,
        names: list[str],
        options: Options,
        library: Library,
        source: Source,
    ) -> None:
        self._options = options
        self._source = source
        self._engine = Engine(Budget(folder or ".", library.root.limits))
        repetition = Repetition(self._engine)
        self._sources = Sources(folder, library, source)
        self._expander = Expander(self._engine, repetition, self._sources)
        self._providers = Providers(self._engine)
        self._bodies = Bodies(self._engine, repetition, self._providers)
        given = given_values(options, folder, names, library.root, source)
        variables = Variables(self._engine, source, given)
        references = References(self._engine, variables, self._expander, self._bodies)
        self._engine.start = Nodes(self._engine, references).start
        self._root = ModuleInstance("", module, folders=(library.root.real(folder),))
        self._document = Document(
            path=folder or ".", format=FORMAT, modules=set(self._root.folders)
        )
        self._imports = {
            path_text(reference(block.arguments["to"]))
            for block in module.imports
            if "to" in block.arguments
        }

    def document(self) -> Document:
        """The document; what a limit keeps from being read is a problem in it."""
        document = self._document
        found: list[_Read] = []
        try:
            self._walk(found)
        except InputError as error:
            self._source.problems.setdefault(error.problem)
            document.partial = ("a limit ended the reading, so resources may be missing",)
        document.resources = self._sealed(found)
        for address, (reason, origin) in self._engine.refused.items():
            self._miss(origin, address, reason)
        dependencies = Dependencies(self._root, self._expander)
        document.depends = dependencies.depends
        document.problems = [
            *self._source.problems,
            *chain.from_iterable(m.problems for m in self._sources.modules),
        ]
        return document

    # -- modules -------------------------------------------------------------------------

    def _walk(self, found: list[_Read]) -> None:
        stack = [_Standing(self._root, TRUE, "")]
        while stack:
            standing = stack.pop()
            for (is_data, type_, name), block in standing.module.module.resources.items():
                if self._options.known(type_):
                    self._resources(standing, block, is_data, f"{type_}.{name}", found)
                elif not is_data:
                    self._other(type_, block)
            below: list[_Standing] = []
            for name, block in standing.module.module.calls.items():
                below.extend(self._called(standing, block, name))
            stack.extend(reversed(below))

    def _other(self, type_: str, block: Block) -> None:
        """Count a block of a type that does not matter; note one that may hold volumes."""
        others = self._document.others
        others[type_] = others.get(type_, 0) + 1
        holding = self._document.holding
        if type_ in holding or not type_.startswith(_PROVIDERS):
            return
        if block.has_text(_HOLDS) or any(map(_HOLDS_NAME.fullmatch, block.written)):
            holding.add(type_)

    def _called(self, standing: _Standing, block: Block, name: str) -> list[_Standing]:
        module = standing.module
        base = module.join(f"module.{name}")
        self._document.calls[base] = block.origin
        missing = self._expander.missing(block, module)
        if missing:
            self._miss(block.origin, base, missing)
            return []
        if block.is_broken:
            self._miss(block.origin, base, "the module call does not parse")
        made = self._expansion(block, base, module)
        children: list[_Standing] = []
        for instance in made.instances:
            child = self._expander.objects[f"{base}{instance.suffix}"].child
            if child is not None:
                self._document.modules.add(child.folders[-1])
                exists, copies = self._combined(standing, instance)
                children.append(_Standing(child, exists, copies))
        return children

    def _miss(self, origin: Origin, address: str, reason: str) -> None:
        self._document.not_analyzed.append(
            NotAnalyzed(
                address=address,
                reason=reason,
                path=origin.path,
                line=origin.line,
                column=origin.column,
                pointer=origin.pointer,
            )
        )

    def _expansion(self, block: Block, base: str, module: ModuleInstance) -> Expansion:
        box: list[Expansion] = []

        def task() -> Steps[Datum]:
            box.append((yield from self._expander.expansion(block, base, module)))
            return ABSENT

        self._engine.run(task())
        return box[0]

    def _combined(self, standing: _Standing, instance: Instance) -> tuple[Datum, str]:
        """Whether an instance exists, and how many it stands for, within its module."""
        exists = standing.exists
        if instance.exists != TRUE:
            exists = self._engine.operators.binary("&&", exists, instance.exists)
        if not standing.copies or not instance.copies:
            return exists, standing.copies or instance.copies
        if standing.copies.isdecimal() and instance.copies.isdecimal():
            return exists, str(int(standing.copies) * int(instance.copies))
        return exists, "1..n"

    # -- resources -----------------------------------------------------------------------

    def _resources(
        self, standing: _Standing, block: Block, is_data: bool, name: str, found: list[_Read]
    ) -> None:
        module = standing.module
        base = module.join(f"data.{name}" if is_data else name)
        if block.is_broken:
            self._miss(block.origin, base, "the block does not parse")
            return
        made = self._expansion(block, base, module)
        self._engine.count_instances(len(made.instances))
        for instance in made.instances:
            address = f"{base}{instance.suffix}"
            body = self._body(address)
            exists, copies = self._combined(standing, instance)
            action = Action.READ if is_data else Action.CREATE
            found.append(
                _Read(
                    address=address,
                    block=block,
                    body=body,
                    place=self._providers.place(block, body.get("region", ABSENT), module),
                    action=Action.IMPORT if address in self._imports else action,
                    exists=exists,
                    copies=copies,
                )
            )

    def _body(self, address: str) -> Mapping[str, Datum]:
        box: list[Mapping[str, Datum]] = []

        def task() -> Steps[Datum]:
            box.append((yield from self._bodies.body(self._expander.objects[address])))
            return ABSENT

        self._engine.run(task())
        return box[0]

    # -- the end -------------------------------------------------------------------------

    def _sealed(self, found: list[_Read]) -> list[Resource]:
        """The resources, with every choice complete."""
        facts = self._engine.facts
        for read in found:
            for datum in (read.exists, *read.body.values()):
                facts.note(datum)
        return [
            Resource(
                address=read.address,
                type=read.block.labels[0],
                body={name: facts.sealed(datum) for name, datum in read.body.items()},
                place=read.place,
                action=read.action,
                data=read.block.type == "data",
                exists=facts.sealed(read.exists),
                origin=read.block.origin,
                copies=read.copies,
            )
            for read in found
        ]
