"""The inputs of a run: found, told apart by content, and read by the source of their format."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import takewhile
from typing import TYPE_CHECKING, Literal

import msgspec

from analyzer.core.values import Datum, Given
from analyzer.errors import InputError, NotAnalyzed, Problem
from analyzer.files import IGNORE_MARK, Kind, Root, leads_nowhere, located, page_out, real_path
from analyzer.limits import Budget, Limits
from analyzer.looks import Looks
from analyzer.remote import Remote, is_uri, local_path
from analyzer.resources import is_known
from analyzer.sources.document import Document
from analyzer.stdin import Stdin

if TYPE_CHECKING:
    from mmap import mmap

    from analyzer.sources import cloudformation, terraform_hcl

__all__ = ["FORMATS_IN", "Found", "Input", "Inputs", "Options", "Place", "read_decoded", "size_of"]

#: What `Options.format` can be; without it the content decides.
FORMATS_IN = ("plan", "template", "terraform")
_TEMPLATES = (".yaml", ".yml", ".json", ".template")
_SOURCE = (".tf", ".tf.json", ".tofu", ".tofu.json")
#: What an input elsewhere counts as: waiting for it takes longer than reading what came.
_REMOTE_SIZE = 250_000
_ELSEWHERE = ("object", "listed")
_LARGE = 64 * 1024  # a byte search decides about a JSON file only beyond this size


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a user tells about the inputs: parameters, variables, where a stack goes.

    `format` is one of `FORMATS_IN`, whatever an input looks like; `stdin` names standard input.
    """

    parameters: Mapping[str, str | None] = msgspec.field(default_factory=dict)
    use_defaults: bool = True
    region: str | None = None
    account: str | None = None
    assigned: tuple[str | tuple[str, str], ...] = ()  # files of variables, names with values
    environment: Mapping[str, str] = msgspec.field(default_factory=dict)  # of TF_VAR_*
    root: str = ""  # what may be read, instead of the checkout around each input
    format: str = ""
    stdin: Stdin | None = None


class Place(msgspec.Struct, frozen=True):
    """Where an input is: its path as shown, the argument that led to it, and what it is there.

    A search of a folder tells templates by their content only once they are opened. An `object`
    is elsewhere, one of those `listed` below a prefix.
    """

    path: str
    root: str
    kind: Literal["stdin", "named", "searched", "source", "module", "object", "listed"]
    size: int = 0

    @property
    def is_of_folder(self) -> bool:
        """Whether it was found in a folder of this machine, which anybody may have changed."""
        return self.kind in ("searched", "module")


class Input(msgspec.Struct, frozen=True):
    """One input: its path as shown, its format, and how to read it."""

    path: str
    format: str
    read: Callable[[], Document]


class Found(msgspec.Struct):
    """What a search of the command line's paths came upon besides inputs."""

    problems: list[Problem] = msgspec.field(default_factory=list)
    not_analyzed: list[NotAnalyzed] = msgspec.field(default_factory=list)
    skipped: list[str] = msgspec.field(default_factory=list)


class Exported(Mapping[str, Datum]):
    """The exports of templates that were read, by name; `asked` are the names asked for.

    One account and Region has a name once, so of stacks that export one name differently each is
    for another place, and which of them an import means is not known.
    """

    def __init__(self) -> None:
        self.asked: dict[str, None] = {}
        self._from: dict[str, list[Mapping[str, Datum]]] = {}

    def learn(self, exports: Mapping[str, Datum]) -> None:
        """Add what one template exports."""
        for name in exports:
            self._from.setdefault(name, []).append(exports)

    def __getitem__(self, name: str) -> Datum:
        self.asked[name] = None
        found: list[Datum] = []
        for exports in self._from.get(name, ()):
            with suppress(KeyError):
                found.append(exports[name])
        if not found or not all(_mean_the_same(found[0], other) for other in found[1:]):
            raise KeyError(name)
        return found[0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._from)

    def __len__(self) -> int:
        return len(self._from)


def _mean_the_same(one: Datum, other: Datum) -> bool:
    """Whether two exports say one thing, wherever it is written."""
    if not isinstance(one, Given) or not isinstance(other, Given):
        return False
    return (one.value, one.sensitive) == (other.value, other.sensitive)


class Inputs:
    """The inputs behind the paths of a command line: `find` them, `open` them one by one.

    Exports of one template are the imports of the others: what `exported` has learned is known
    to every template whose bodies are read later. `loaded` are the paths of templates that were
    asked for as those of nested stacks, and whether they could be read. `noted` are the texts of
    inputs elsewhere that may hold ignores: nobody should have to fetch them twice. `looks` are told
    of all that is looked at.
    """

    def __init__(self, options: Options, limits: Limits, looks: Looks | None = None) -> None:
        self._options = options
        self._limits = limits
        self._stdin = options.stdin or Stdin()
        self._roots: dict[str, Root] = {}
        self._remotes: dict[str, Remote] = {}
        self._uris: dict[str, str] = {}  # by the names that reports give them
        self._searched: dict[str, bool] = {}
        self._called: dict[str, dict[str, list[str]]] = {}  # files by folder, of each path
        self._library: terraform_hcl.Library | None = None
        self.looks = looks or Looks()
        self.exported = Exported()
        self.loaded: dict[str, bool] = {}
        self.noted: dict[str, bytes] = {}
        self.found = Found()

    def find(self, paths: Iterable[str | Problem]) -> Iterator[Place]:
        """Every input, in order; `-` is standard input, a folder stands for what is in it.

        An input that several paths lead to is there once. Raises `UsageError` for a URI that
        cannot be read for want of a package.
        """
        seen: set[str] = set()
        again: set[str] = set()
        for path in paths:
            if isinstance(path, Problem):
                self.found.problems.append(path)
                continue
            for place in self._at(path):
                same = place.path if place.kind in _ELSEWHERE else os.path.normpath(place.path)
                if same not in seen:
                    seen.add(same)
                    yield place
                else:
                    again.add(place.root)
        for root in again:
            self._searched.pop(root, None)

    def _at(self, path: str) -> Iterator[Place]:
        if path == "-":
            yield Place(self._stdin.name, path, "stdin")
        elif is_uri(path):
            yield from self._uri(path)
        elif os.path.isdir(path):
            yield from self._folder(path)
        else:
            kind = "source" if self._is_source(path) else "named"
            yield Place(path, path, kind, _size(path))  # type: ignore[arg-type]

    def _uri(self, uri: str) -> Iterator[Place]:
        local = local_path(uri)
        if local is not None:
            yield from self._at(local)
            return
        try:
            remote = self._remote(uri)
        except InputError as error:
            self.found.problems.append(error.problem)
            return
        if not remote.is_folder:
            yield Place(self._named_apart(remote.name, uri), uri, "object", _REMOTE_SIZE)
            return
        for path, size in remote.walk(_TEMPLATES):
            yield Place(path, uri, "listed", max(size, _REMOTE_SIZE))
        self.found.problems.extend(remote.problems)
        self._searched[uri] = bool(remote.problems)

    def _named_apart(self, name: str, uri: str) -> str:
        """A name that no other URI has: two may differ in what is not printed alone."""
        apart, number = name, 1
        while self._uris.setdefault(apart, uri) != uri:
            number += 1
            apart = f"{name}#{number}"
        return apart

    def open(self, place: Place) -> Input | None:
        """What is found at a place; `None` for a file of a folder that is no input."""
        path = place.path
        if place.kind == "stdin":
            return self._piped()
        if place.kind in _ELSEWHERE:
            remote = self._remote(place.root)
            if place.kind == "listed":
                return self._template_in(path, remote)
            return Input(path, "unknown", lambda: self._fetched(path, remote))
        root = self.root(place.root)
        if place.kind == "searched":
            return self._template_in(path, root)
        if place.kind == "named":
            return Input(path, "unknown", lambda: self._named(path, root))
        folder = path if place.kind == "module" else os.path.dirname(path)
        return Input(path, "terraform", lambda: self._source(folder or os.curdir, root))

    def uncalled(self, entered: Container[str]) -> list[Place]:
        """What turned out to be root modules: folders that are called, but not even once.

        `entered` are the folders of modules of which an instance was read.
        """
        found: list[Place] = []
        for path, sources in self._called.items():
            left = {f: files for f, files in sources.items() if real_path(f) not in entered}
            roots = _root_modules(left, self.root(path))
            found += [_module(folder, sources.pop(folder), path) for folder in roots]
        return found

    def miss(self, opened: Iterable[tuple[Place, bool]]) -> None:
        """Take in which places held an input: what else a search of folders came upon."""
        roots: set[str] = set()
        for place, was_input in opened:
            if was_input:
                roots.add(place.root)
            else:
                self.found.skipped.append(place.path)
        for path, has_problems in self._searched.items():
            if path not in roots and not has_problems:
                self.found.problems.append(
                    Problem(
                        path=path,
                        code="input-nothing",
                        message="holds no Terraform source and no CloudFormation template",
                        hint="name a folder with .tf files or templates, or a plan made with: "
                        "terraform show -json PLAN > plan.json",
                    )
                )

    def root(self, path: str) -> Root:
        """The root of a path of the command line, always the same."""
        found = self._roots.get(path)
        if found is None:
            found = self._roots[path] = Root(path, self._limits, self._options.root)
            found.looks = self.looks
        return found

    def _remote(self, uri: str) -> Remote:
        found = self._remotes.get(uri)
        if found is None:
            found = self._remotes[uri] = Remote(uri, self._limits)
        return found

    def _fetched(self, path: str, remote: Remote) -> Document:
        return self._parse(path, self._read(path, remote), remote)

    def _read(self, path: str, root: Root | Remote) -> bytes:
        data = root.read(path, _kind(path))
        if isinstance(root, Remote) and IGNORE_MARK in data:
            self.noted[path] = data
        return data

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
            plan = terraform_plan.decode(path, view, is_known)
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

    def _folder(self, path: str) -> Iterator[Place]:
        """What may be a template of a folder, and its Terraform root modules."""
        self._roots.pop(path, None)  # what a walk comes upon counts once for each
        root = self.root(path)
        sources: dict[str, list[str]] = {}
        for file in root.walk((*_TEMPLATES, *_SOURCE)):
            if file.endswith(_SOURCE):
                sources.setdefault(os.path.dirname(file), []).append(file)
            elif self._wants("template"):
                size = _size(file)
                if not size and leads_nowhere(file):  # no input: checkouts hold such links
                    reason = "a link that leads nowhere"
                    self.found.not_analyzed.append(
                        NotAnalyzed(address=file, reason=reason, path=file)
                    )
                else:
                    yield Place(file, path, "searched", size)
        for folder in _root_modules(sources, root) if self._wants("terraform") else ():
            yield _module(folder, sources.pop(folder), path)
        self._called[path] = sources if self._wants("terraform") else {}
        self.found.problems.extend(root.problems)
        self.found.not_analyzed.extend(root.not_analyzed)
        self._searched[path] = bool(root.problems)

    def _wants(self, format_: str) -> bool:
        return self._options.format in ("", format_)

    def _template_in(self, path: str, root: Root | Remote) -> Input | None:
        """The template in a file of a folder; other YAML and JSON is skipped in silence."""
        from analyzer.sources.cloudformation import is_template

        try:
            data = self._read(path, root)
        except InputError as error:
            problem = error.problem
            return Input(path, "unknown", lambda: _raise(problem))
        if not is_template(data, self._limits):
            return None
        return Input(path, "cloudformation", lambda: self._template(path, data, root))

    def _parse(self, path: str, data: bytes, root: Root | Remote) -> Document:
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
            plan = terraform_plan.decode(path, body, is_known)
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

    def _template(self, path: str, data: bytes, root: Root | Remote) -> Document:
        from analyzer.sources import cloudformation

        def load(relative: str) -> bytes | None:
            if isinstance(root, Remote):  # nothing that is read leads to another place
                return None
            nested = os.path.normpath(os.path.join(os.path.dirname(path), relative))
            try:
                found = root.read(nested, _kind(nested))
            except InputError:
                self.loaded[nested] = False
                return None
            self.loaded[nested] = True
            return found

        options = _template_options(self._options, self.exported)
        budget = Budget(path, self._limits)
        return cloudformation.read(path, data, options=options, budget=budget, load=load)

    def _source(self, folder: str, root: Root) -> Document:
        from analyzer.sources import terraform_hcl

        if self._library is None or self._library.root is not root:
            self._library = terraform_hcl.Library(root)
        options = terraform_hcl.Options(
            assigned=self._options.assigned,
            environment=self._options.environment,
            known=is_known,
        )
        return terraform_hcl.read(folder, options=options, library=self._library)


def _module(folder: str, files: Iterable[str], path: str) -> Place:
    return Place(folder or os.curdir, path, "module", sum(map(_size, files)))


def _root_modules(sources: Mapping[str, Sequence[str]], root: Root) -> list[str]:
    """The folders that are read on their own: a called module is where it is called."""
    if not sources:
        return []
    from analyzer.sources.terraform_hcl.calls import root_modules

    def read(file: str) -> bytes:
        try:
            return root.read(file, Kind.HCL)
        except InputError:
            return b""  # its own reader says what is wrong with it

    return root_modules(sources, read, root.limits)


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


def size_of(place: Place) -> int:
    """The size of what is at a place now, as `Inputs.find` tells it."""
    if place.kind in _ELSEWHERE:
        return place.size
    if place.kind != "module":
        return _size(place.path)
    folder = "" if place.path == os.curdir else place.path
    files = Root(place.path).walk(_SOURCE)  # those of the folder itself come first
    return sum(map(_size, takewhile(lambda file: os.path.dirname(file) == folder, files)))


def _size(path: str) -> int:
    try:
        return os.stat(located(path)).st_size
    except (OSError, ValueError):
        return 0  # whoever reads it says what is wrong


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
