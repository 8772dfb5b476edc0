"""The inputs of a run: found, told apart by content, and read by the source of their format."""

from __future__ import annotations

import os
import re
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from analyzer.core.values import Datum
from analyzer.errors import InputError, NotAnalyzed, Problem
from analyzer.files import Kind, Root, page_out
from analyzer.limits import Budget, Limits
from analyzer.resources import is_known
from analyzer.sources.document import Document
from analyzer.stdin import Stdin

if TYPE_CHECKING:
    from mmap import mmap

    from analyzer.sources import cloudformation, terraform_hcl

__all__ = ["FORMATS_IN", "Found", "Input", "Inputs", "Options", "read_decoded"]

#: What `Options.format` can be; without it the content decides.
FORMATS_IN = ("plan", "template", "terraform")
_TEMPLATES = (".yaml", ".yml", ".json", ".template")
_SOURCE = (".tf", ".tf.json", ".tofu", ".tofu.json")
_LOCAL_MODULE = re.compile(rb"""["']?source["']?[ \t]*[=:][ \t]*"(\.\.?/[^"$]*)\"""")
_LARGE = 64 * 1024  # a byte search decides about a JSON file only beyond this size


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a user tells about the inputs: parameters, variables, where a stack goes.

    `format` is one of `FORMATS_IN`, whatever an input looks like; `stdin` names standard input.
    """

    parameters: Mapping[str, str | None] = msgspec.field(default_factory=dict)
    use_defaults: bool = True
    region: str | None = None
    account: str | None = None
    variables: Mapping[str, str] = msgspec.field(default_factory=dict)
    var_files: tuple[str, ...] = ()
    use_environment: bool = False
    root: str = ""  # what may be read, instead of the checkout around each input
    format: str = ""
    stdin: Stdin | None = None


class Input(msgspec.Struct, frozen=True):
    """One input: its path as shown, its format, and how to read it."""

    path: str
    format: str
    read: Callable[[], Document]
    #: Whether a search of a folder came upon it, so that nobody asked for it by name.
    searched: bool = False


class Found(msgspec.Struct):
    """What a search of the command line's paths came upon besides inputs."""

    problems: list[Problem] = msgspec.field(default_factory=list)
    not_analyzed: list[NotAnalyzed] = msgspec.field(default_factory=list)
    skipped: list[str] = msgspec.field(default_factory=list)


class Inputs:
    """The inputs behind the paths of a command line.

    Exports of one template are the imports of the others: what `learn` was given is known to
    every template whose bodies are read later.
    """

    def __init__(self, options: Options, limits: Limits) -> None:
        self._options = options
        self._limits = limits
        self._stdin = options.stdin or Stdin()
        self._exports: ChainMap[str, Datum] = ChainMap()
        self._nested: set[str] = set()
        self._library: terraform_hcl.Library | None = None
        self.found = Found()

    def is_nested(self, found: Input) -> bool:
        """Whether an input of a folder is the template of a nested stack, read with its parent."""
        return found.searched and os.path.normpath(found.path) in self._nested

    def find(self, paths: Iterable[str]) -> Iterator[Input]:
        """Every input, in order; `-` is standard input, a folder stands for what is in it."""
        for path in paths:
            if path == "-":
                yield self._piped()
            elif os.path.isdir(path):
                yield from self._folder(path)
            else:
                yield self._file(path)

    def learn(self, document: Document) -> None:
        """Make the exports of a template known to the others."""
        if document.exports:
            self._exports.maps.append(document.exports)  # type: ignore[arg-type]

    def _piped(self) -> Input:
        """Standard input: one file of a Terraform module, a template or a plan."""
        name = self._stdin.name
        root = Root(name, self._limits, self._options.root)
        if not self._is_source(name):
            return Input(
                name, "unknown", lambda: self._parse(name, self._stdin.read(self._limits), root)
            )

        def read() -> Document:
            self._stdin.source(self._limits)
            root.instead = self._stdin.text_of
            return self._source(os.path.dirname(name) or os.curdir, root)

        return Input(name, "terraform", read)

    def _is_source(self, path: str) -> bool:
        return path.endswith(_SOURCE) and self._options.format in ("", "terraform")

    def _file(self, path: str) -> Input:
        root = Root(path, self._limits, self._options.root)
        if self._is_source(path):
            folder = os.path.dirname(path) or os.curdir
            return Input(path, "terraform", lambda: self._source(folder, root))
        return Input(path, "unknown", lambda: self._named(path, root))

    def _named(self, path: str, root: Root) -> Document:
        """Read a file that was named on the command line."""
        kind = _kind(path)
        view = root.view(path, kind) if kind is Kind.PLAN else None
        plan = self._large_plan(path, view) if view is not None else None
        return plan or self._parse(path, root.read(path, kind), root)

    def _large_plan(self, path: str, view: mmap) -> Document | None:
        """A plan in a view of a file; `None` for what has to be looked at more closely."""
        if self._options.format not in ("", "plan") or self._may_be_template(path, view):
            return None
        from analyzer.sources import terraform_plan, wrong_input

        try:
            plan = terraform_plan.decode(path, view)
            if plan is None:
                return None
            page_out(view)
            document = terraform_plan.read_plan(
                path, plan, is_known, lambda error: wrong_input.not_a_plan(path, bytes(view), error)
            )
        except (ValueError, RecursionError):
            return None
        document.page_out = lambda: page_out(view)
        document.page_out()  # reading looks at the beginning of every change
        return document

    def _folder(self, path: str) -> Iterator[Input]:
        """The templates of a folder by content, and its Terraform root modules."""
        root = Root(path, self._limits, self._options.root)
        sources: dict[str, list[str]] = {}
        found = False
        for file in root.walk((*_TEMPLATES, *_SOURCE)):
            if file.endswith(_SOURCE):
                sources.setdefault(os.path.dirname(file), []).append(file)
                continue
            template = self._template_in(file, root) if self._wants("template") else None
            if template is not None:
                found = True
                yield template
        for folder in self._root_modules(sources, root) if self._wants("terraform") else ():
            found = True
            yield Input(
                folder or os.curdir,
                "terraform",
                lambda folder=folder: self._source(folder or os.curdir, root),  # type: ignore[misc]
            )
        self.found.problems.extend(root.problems)
        self.found.not_analyzed.extend(root.not_analyzed)
        if not found and not root.problems:
            self.found.problems.append(
                Problem(
                    path=path,
                    code="input-nothing",
                    message="holds no Terraform source and no CloudFormation template",
                    hint="name a folder with .tf files or templates, or a plan made with: "
                    "terraform show -json PLAN > plan.json",
                )
            )

    def _wants(self, format_: str) -> bool:
        return self._options.format in ("", format_)

    def _root_modules(self, sources: Mapping[str, Sequence[str]], root: Root) -> list[str]:
        """The folders with Terraform source that no other folder calls as a module.

        A called module is read with its inputs where it is called. A look at the text is
        enough: where every folder seems to be called, all are read.
        """
        called: set[str] = set()
        for folder, files in sources.items():
            for file in files:
                try:
                    data = root.read(file, Kind.HCL)
                except InputError:
                    continue  # its own reader says what is wrong with it
                for local in _LOCAL_MODULE.findall(data):
                    target = os.path.normpath(os.path.join(folder, os.fsdecode(local)))
                    if target != os.path.normpath(folder or os.curdir):
                        called.add(target)
        roots = [f for f in sources if os.path.normpath(f or os.curdir) not in called]
        return roots or list(sources)

    def _template_in(self, path: str, root: Root) -> Input | None:
        """The template in a file of a folder; other YAML and JSON is skipped in silence."""
        from analyzer.sources.cloudformation import is_template

        try:
            data = root.read(path, _kind(path))
        except InputError as error:
            problem = error.problem
            return Input(path, "unknown", lambda: _raise(problem))
        if not is_template(data, self._limits):
            self.found.skipped.append(path)
            return None
        return Input(path, "cloudformation", lambda: self._template(path, data, root), True)

    def _parse(self, path: str, data: bytes, root: Root) -> Document:
        """Read a file by what is in it; a wrong kind of file is named as what it is."""
        wanted = self._options.format
        if wanted == "terraform":
            hint = "Terraform source is a folder of .tf files"
            raise InputError(path, "input-not-source", "is no Terraform source", hint=hint)
        if wanted == "template":
            return self._template(path, data, root)
        if self._may_be_template(path, data):
            from analyzer.sources.cloudformation import is_template

            if is_template(data, self._limits):
                return self._template(path, data, root)
        from analyzer.sources import terraform_plan, wrong_input

        body = wrong_input.plain(path, data)
        try:
            plan = terraform_plan.decode(path, body)
            if plan is not None:
                return terraform_plan.read_plan(
                    path, plan, is_known, lambda error: wrong_input.not_a_plan(path, body, error)
                )
        except (ValueError, RecursionError) as error:
            if not wanted and path.endswith((".yaml", ".yml", ".template")):
                return self._template(path, data, root)  # its reader knows what is wrong with YAML
            raise wrong_input.not_a_plan(path, body, error) from None
        from analyzer.sources.cloudformation import is_template

        if not wanted and is_template(data, self._limits):
            return self._template(path, data, root)  # its resources stand behind much else
        raise wrong_input.not_a_plan(path, body)

    def _may_be_template(self, path: str, data: bytes | mmap) -> bool:
        return self._wants("template") and _may_be_template(path, data)

    def _template(self, path: str, data: bytes, root: Root) -> Document:
        from analyzer.sources import cloudformation

        def load(relative: str) -> bytes | None:
            nested = os.path.normpath(os.path.join(os.path.dirname(path), relative))
            try:
                found = root.read(nested, _kind(nested))
            except InputError:
                return None
            self._nested.add(nested)
            return found

        options = _template_options(self._options, self._exports)
        budget = Budget(path, self._limits)
        return cloudformation.read(path, data, options=options, budget=budget, load=load)

    def _source(self, folder: str, root: Root) -> Document:
        from analyzer.sources import terraform_hcl

        if self._library is None or self._library.root is not root:
            self._library = terraform_hcl.Library(root)
        options = terraform_hcl.Options(
            variables=self._options.variables,
            var_files=self._options.var_files,
            use_environment=self._options.use_environment,
            known=is_known,
        )
        return terraform_hcl.read(folder, options=options, library=self._library)


def _template_options(options: Options, imports: Mapping[str, Datum]) -> cloudformation.Options:
    from analyzer.sources import cloudformation

    return cloudformation.Options(
        known=is_known,
        parameters=options.parameters,
        use_defaults=options.use_defaults,
        region=options.region,
        account=options.account,
        imports=imports,
    )


def read_decoded(path: str, template: object, options: Options) -> Document:
    """Read a template that cfn-lint decoded. Raises `InputError`."""
    from analyzer.sources import cloudformation

    return cloudformation.from_nodes(path, template, options=_template_options(options, {}))


def _kind(path: str) -> Kind:
    return Kind.YAML if path.endswith((".yaml", ".yml")) else Kind.PLAN


def _may_be_template(path: str, data: bytes | mmap) -> bool:
    """A cheap look at a file that is named on the command line: large JSON is a plan."""
    if path.endswith((".yaml", ".yml", ".template")):
        return True
    head = data[:_LARGE]
    if b'"format_version"' in head or b'"resource_changes"' in head:
        return False
    return len(data) <= _LARGE or b"Resources" in head or head.lstrip()[:1] != b"{"


def _raise(problem: Problem) -> Document:
    raise InputError(
        problem.path,
        problem.code,
        problem.message,
        line=problem.line,
        column=problem.column,
        hint=problem.hint,
    )
