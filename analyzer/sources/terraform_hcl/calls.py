"""Which folders a source file calls as modules, and whether it makes its own a root module.

Enough is read to tell a call from a comment, a string or an argument of the same name: whoever
is called is not looked at on its own, so nobody may be made to look called. What cannot be read
calls nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from analyzer.limits import Limits
from analyzer.sources.terraform_hcl.scanner import RawAttribute, RawBlock, ScanError, items

__all__ = ["root_modules"]

#: What the text of a file with a call, or with a place for the state, has in it in any case.
_LOCAL = re.compile(rb"""source["']?[ \t]*[=:][ \t]*"\.\.?/""")
_STATE = re.compile(rb"""\b(?:backend|cloud)["']?[ \t]*["{:]""")
_LITERAL = re.compile(r'"([^"$%\\]*)"')


def root_modules(
    sources: Mapping[str, Sequence[str]], read: Callable[[str], bytes], limits: Limits
) -> list[str]:
    """The folders that no other folder calls as a module, or that are root modules all the same.

    That is one that says where its state is kept, and one that nothing else leads to. `sources`
    are the files of each folder.
    """
    by_name = {os.path.normpath(folder or os.curdir): folder for folder in sources}
    calls: dict[str, set[str]] = {name: set() for name in by_name}
    keeps_state: set[str] = set()
    for name, folder in by_name.items():
        for file in sources[folder]:
            targets, is_of_root = _said(file, read(file), limits)
            calls[name] |= {os.path.normpath(os.path.join(folder, t)) for t in targets} - {name}
            if is_of_root:
                keeps_state.add(name)
    called = set().union(*calls.values()) - keeps_state
    roots = {name for name in by_name if name not in called}
    reached: set[str] = set()
    for name in (*sorted(roots), *by_name):
        if name not in reached:
            roots.add(name)  # if it is called, then by what it calls itself alone
            stack = [name]
            while stack:
                here = stack.pop()
                if here not in reached:
                    reached.add(here)
                    stack.extend(calls.get(here, ()))
    return [folder for name, folder in by_name.items() if name in roots]


def _said(name: str, data: bytes, limits: Limits) -> tuple[list[str], bool]:
    """The relative folders (`./x`, `../x`) that the modules called in a file stand in.

    And whether it says where its module's state is kept, which only a root module does.
    """
    may_call, may_keep = _LOCAL.search(data) is not None, _STATE.search(data) is not None
    if not may_call and not may_keep:
        return [], False
    sources, settings = _in_json(data) if name.endswith(".json") else _in_hcl(data, limits)
    local = [s for s in sources if isinstance(s, str) and s.startswith(("./", "../"))]
    return local if may_call else [], may_keep and not settings.isdisjoint(("backend", "cloud"))


def _in_json(data: bytes) -> tuple[list[object], set[str]]:
    """The sources of modules, and what `terraform` blocks set."""
    whole = _decoded(data)
    sources = [module.get("source") for module in _objects(whole.get("module"), 1)]
    return sources, set().union(*_objects(whole.get("terraform"), 0))


def _in_hcl(data: bytes, limits: Limits) -> tuple[list[object], set[str]]:
    """The sources of modules, and the blocks in `terraform` blocks."""
    content = data.decode("utf-8-sig", "replace")
    sources: list[object] = []
    settings: set[str] = set()
    for block in _items(content, 0, len(content), limits):
        if isinstance(block, RawBlock) and block.type == "module":
            sources.append(_source(content, block, limits))
        elif isinstance(block, RawBlock) and block.type == "terraform":
            inner = _items(content, block.start, block.end, limits)
            settings.update(item.type for item in inner if isinstance(item, RawBlock))
    return sources, settings


def _source(content: str, block: RawBlock, limits: Limits) -> str | None:
    """The literal source of a call, if it calls anything at all."""
    said = {
        item.name: content[item.start : item.end].strip()
        for item in _items(content, block.start, block.end, limits)
        if isinstance(item, RawAttribute)
    }
    if said.get("count") == "0" or said.get("for_each") in ("{}", "[]", "toset([])"):
        return None
    literal = _LITERAL.match(said.get("source", ""))
    return literal[1] if literal else None


def _items(content: str, start: int, end: int, limits: Limits) -> Iterator[RawAttribute | RawBlock]:
    try:
        yield from items(content, start, end, limits.depth)
    except ScanError:
        return


def _decoded(data: bytes) -> dict[str, Any]:
    try:
        whole = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        return {}
    return whole if isinstance(whole, dict) else {}


def _objects(value: object, labels: int) -> Iterator[dict[str, Any]]:
    """The bodies of blocks in JSON syntax, below so many labels; lists stand for several."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            if labels:
                for inner in item.values():
                    yield from _objects(inner, labels - 1)
            else:
                yield item
