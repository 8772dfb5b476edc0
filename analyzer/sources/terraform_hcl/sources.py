"""Where the source of a module call leads, without fetching anything.

Source: Terraform, "Module Sources"; `terraform init` writes what it fetched into
`.terraform/modules/modules.json`.
"""

from __future__ import annotations

import json
import os
import re

from msgspec import Struct

from analyzer.errors import InputError, Problem
from analyzer.files import Kind, Root, is_inside
from analyzer.looks import Seen
from analyzer.sources.terraform_hcl.blocks import Block, Source
from analyzer.sources.terraform_hcl.expressions import Literal
from analyzer.sources.terraform_hcl.module import Module, load
from analyzer.sources.terraform_hcl.parse import Parser
from analyzer.text import shown

__all__ = ["Found", "Library", "Sources"]

#: What an address of a module has before its place: the way to fetch it, and a login.
_GETTER = re.compile(r"\w++::")
_LOGIN = re.compile(r"(?<=//)[^/@]*+@")


class Found(Struct, frozen=True):
    """The module that a call leads to, or why there is none."""

    module: Module | None = None
    real: str = ""
    why: str = ""


class _Read(Struct, frozen=True):
    """A module that was read, with what all readers of it share."""

    module: Module
    source: Source
    problems: list[Problem]
    seen: Seen


class Library:
    """What the root modules of one search share: the modules that they call, each read once."""

    def __init__(self, root: Root) -> None:
        self.root = root
        self._parser = Parser()
        self._modules: dict[str, _Read] = {}

    def source(self) -> Source:
        """What the blocks of another module share."""
        return Source(self._parser, self.root.limits.depth)

    def module(self, folder: str) -> Module:
        """The module in a folder, as if nobody had read it; raises `OSError` and `ValueError`."""
        known = self._modules.get(folder)
        if known is None:
            source = self.source()
            with self.root.looks.apart() as seen:
                module = load(folder, self.root.names(folder), self.root, source)
            self._modules[folder] = _Read(module, source, list(source.problems), seen)
            return module
        self.root.looks.repeat(known.seen)
        known.source.begin(known.problems)
        return known.module


class Sources:
    """Finds the modules of the calls below one root module."""

    def __init__(self, folder: str, library: Library, source: Source) -> None:
        self._folder = folder
        self._root = library.root
        self._library = library
        self._source = source
        #: the modules that calls led to
        self.modules: list[Module] = []
        self._found: dict[str, Found] = {}
        self._manifest: dict[str, str] | None = None

    def find(self, call: Block, caller: Module, key: str) -> Found:
        """The module of a call.

        Args:
            call: the `module` block.
            caller: the module that holds it.
            key: the names of the calls that lead to it, joined by dots.
        """
        argument = call.arguments.get("source")
        value = argument.expression if argument is not None else None
        if not isinstance(value, Literal) or not isinstance(value.value, str):
            return Found(why="the module has no source that can be read")
        where = value.value
        if where.startswith(("./", "../")) or where in (".", ".."):
            return self._local(where, os.path.join(caller.folder, where))
        fetched = self._fetched(key)
        if fetched is None:
            why = f"module {_named(where)} is not here: run terraform init, or scan the plan"
            return Found(why=why)
        return self._local(where, os.path.join(self._folder, fetched))

    def _local(self, where: str, folder: str) -> Found:
        folder = os.path.normpath(folder)
        folder = "" if folder == os.curdir else folder
        known = self._found.get(folder)
        if known is None:
            known = self._found[folder] = self._read(where, folder)
        return known

    def _read(self, where: str, folder: str) -> Found:
        real = self._root.real(folder.replace("\0", ""))
        if not is_inside(real, self._root.top):
            why = f"module {_named(where)} lies outside {shown(self._root.top)}, so it is not read"
            return Found(why=why)
        try:
            module = self._library.module(folder)
        except (OSError, ValueError):
            return Found(why=f"module {_named(where)} is not here: its folder cannot be read")
        self.modules.append(module)
        return Found(module, real)

    def _fetched(self, key: str) -> str | None:
        """The folder of a fetched module, relative to the root module."""
        if self._manifest is None:
            self._manifest = self._read_manifest()
        return self._manifest.get(key)

    def _read_manifest(self) -> dict[str, str]:
        path = os.path.join(self._folder, ".terraform", "modules", "modules.json")
        if not self._root.has(path):
            return {}
        try:
            listed = json.loads(self._root.read(path, Kind.HCL))
        except InputError as error:
            self._source.problems.setdefault(error.problem)
            return {}
        except (ValueError, RecursionError):
            return {}
        entries = listed.get("Modules") if isinstance(listed, dict) else None
        return {
            entry["Key"]: entry["Dir"]
            for entry in (entries if isinstance(entries, list) else ())
            if isinstance(entry, dict)
            and isinstance(entry.get("Key"), str)
            and isinstance(entry.get("Dir"), str)
        }


def _named(where: str) -> str:
    """The address of a module, for a person to find it: no credentials, no `git::`."""
    return shown(_LOGIN.sub("", _GETTER.sub("", where)))
