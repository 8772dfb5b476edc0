"""One template of a document: its sections, and what its expressions may refer to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import msgspec

from analyzer.core.values import Origin
from analyzer.limits import Budget, limit_error
from analyzer.sources.cloudformation.declared import Parameter, declared
from analyzer.sources.cloudformation.domains import Domains
from analyzer.sources.cloudformation.kinds import NESTED, is_custom
from analyzer.sources.cloudformation.nodes import Fields, Items, Node, Scalar, made
from analyzer.sources.cloudformation.notes import Notes
from analyzer.sources.cloudformation.options import Load, Options
from analyzer.text import shown

#: A step of an evaluation takes about as long as reading four nodes.
_NODES_PER_STEP = 4

_ANY_TEXT = ("AWS::CloudFormation::", "AWS::SSM::Parameter", "AWS::SecretsManager::")

_SECTIONS = ("Conditions", "Mappings", "Outputs", "Parameters", "Resources")
_NOTHING = Fields({}, made, 1, 1)

__all__ = ["Declared", "Run", "Stack", "step"]

#: Transforms that AWS itself documents, and that make no volume and change none.
_HARMLESS = (
    "AWS::CodeDeployBlueGreen",
    "AWS::LanguageExtensions",
    "AWS::SecretsManager-",
    "AWS::Serverless-",
)


class Run(msgspec.Struct, kw_only=True):
    """What all templates of one document share."""

    options: Options
    budget: Budget
    load: Load
    domains: Domains = msgspec.field(default_factory=Domains)
    #: reasons why the templates do not tell everything
    partial: list[str] = msgspec.field(default_factory=list)
    #: parameters that have their default where nobody tells their value, and that default
    assumed: dict[str, str] = msgspec.field(default_factory=dict)
    #: templates read so far, nested ones included
    stacks: int = 0
    #: steps of evaluation so far
    steps: int = 0

    def work(self, steps: int, path: str) -> None:
        """Count steps of an evaluation, which may come long after the reading.

        Raises:
            InputError: they are more than a template of the greatest size can need.
        """
        self.steps += steps
        most = self.budget.limits.nodes // _NODES_PER_STEP
        if self.steps > most:
            message = f"takes more than {most:,} steps to evaluate"
            raise limit_error(path, "nodes", message)


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """A resource of the Resources section: its name, type, node and the place of its name."""

    name: str
    type: str
    node: Fields
    line: int
    column: int


def step(pointer: str, name: str) -> str:
    """A JSON pointer, one step further."""
    if "~" in name or "/" in name:
        name = name.replace("~", "~0").replace("/", "~1")
    return f"{pointer}/{name}"


class Stack:
    """A template as one stack of it: read once, evaluated piece by piece.

    `prefix` is empty, or the address of the nested stack and a slash. `folder` is the
    template's folder relative to the first template's, `around` the paths of the templates
    of the stacks around this one. `passed` holds the parameters that the stack around it
    passes, as nodes in that stack's terms.

    A stack knows those inside it but not those around it: objects that refer to each other
    stay in memory until the next collection, and a folder may hold thousands of templates.
    """

    def __init__(
        self,
        root: Fields,
        run: Run,
        notes: Notes,
        *,
        prefix: str = "",
        folder: str = "",
        around: tuple[str, ...] = (),
        passed: Mapping[str, tuple[Node, str]] | None = None,
    ) -> None:
        self.run = run
        self.notes = notes
        self.prefix = prefix
        self.folder = folder
        self.around = around
        self.passed = passed or {}
        self.nested: dict[str, Stack] = {}
        self.resources: dict[str, Declared] = {}
        self.outputs: Fields | None = None
        #: why a nested stack is not followed, by its name
        self.refused: dict[str, str] = {}
        #: custom resources that are read as calls of the AWS API
        self.calls: set[str] = set()
        self.transforms = _transforms(root.node("Transform"))
        #: whether there may be names that the template does not show
        self.is_open = any(not name.startswith("AWS::LanguageExt") for name, _ in self.transforms)
        # The root itself would keep all that is never looked at.
        self._sections = {name: root.node(name) for name in _SECTIONS}

    @property
    def path(self) -> str:
        """The path of the template."""
        return self.notes.path

    def section(self, name: str) -> Fields | None:
        """A section that is a mapping; anything else in its place is a problem."""
        node = self._sections[name]
        if node is None or isinstance(node, Fields):
            return node
        if not (isinstance(node, Scalar) and node.value is None):
            self.notes.problem(
                "template-shape", f"{name} must be a mapping", (node.line, node.column)
            )
        return None

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """The declared parameters."""
        found: dict[str, Parameter] = {}
        section = self.section("Parameters")
        for name, node in section.items() if section is not None else ():
            line, column = section.place(name)  # type: ignore[union-attr]
            pointer = step("/Parameters", name)
            origin = Origin(path=self.path, line=line, column=column, pointer=pointer)
            parameter = declared(name, node, origin)
            if parameter is None:
                self.notes.problem(
                    "template-shape", f"parameter {shown(name)} must be a mapping", (line, column)
                )
            else:
                found[name] = parameter
        return found

    @cached_property
    def mappings(self) -> Fields | None:
        """The Mappings section."""
        return self.section("Mappings")

    @cached_property
    def macros(self) -> tuple[tuple[str, Node], ...]:
        """The transforms that may change anything."""
        return tuple(
            (name, node) for name, node in self.transforms if not name.startswith(_HARMLESS)
        )

    def answers(self, resource: Declared) -> bool:
        """Whether an attribute of a resource is something that the resource is known by.

        It is not where it may be any text at all: the answer of a custom resource, or what
        somebody stored.
        """
        kind = resource.type
        return (
            (kind.startswith("AWS::") and not kind.startswith(_ANY_TEXT))
            or resource.name in self.calls
            or self.run.options.known(kind)
        )

    def address(self, pointer: str) -> str:
        """What a pointer into the template is called: the resource's address if it is in one."""
        parts = pointer.split("/")
        if len(parts) > 2 and parts[1] == "Resources":
            return self.prefix + parts[2].replace("~1", "/").replace("~0", "~")
        return self.prefix + pointer

    def forget(self) -> None:
        """Drop the nodes that no evaluation needs any more, once the resources are built."""
        self._sections["Resources"] = None
        for name, resource in self.resources.items():
            if not self.is_evaluated(resource):
                self.resources[name] = msgspec.structs.replace(resource, node=_NOTHING)

    def is_evaluated(self, resource: Declared) -> bool:
        """Whether the properties of a resource matter: those of most types do not."""
        kind = resource.type
        return self.run.options.known(kind) or kind in NESTED or is_custom(kind)


def _transforms(node: Node | None) -> tuple[tuple[str, Node], ...]:
    """The transforms of the whole template, by name."""
    nodes = node if isinstance(node, Items) else () if node is None else (node,)
    return tuple(
        (_transform(item), item)
        for item in nodes
        if not (isinstance(item, Scalar) and item.value is None)
    )


def _transform(node: Node) -> str:
    if isinstance(node, Fields):
        node = node.node("Name") or node
    return node.text if isinstance(node, Scalar) else ""
