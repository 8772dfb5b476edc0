"""Ignores in the code: comments in HCL and YAML, and Metadata of CloudFormation resources.

    # ebs-plan: ignore[EBS001] scratch data, rebuilt every night until=2027-01-31

A comment is about the line it stands on, or the block that begins directly below it or directly
above it, with everything that is written inside of that block. Above
the call of a module it is about everything in the module. Files are read only if something of the
report, or of its modules, is written in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import msgspec

from analyzer.errors import InputError
from analyzer.files import IGNORE_MARK, Kind, Root
from analyzer.limits import Budget, Limits
from analyzer.policy.glob import without_indexes
from analyzer.policy.suppression import Ignore
from analyzer.remote import is_remote
from analyzer.stdin import Stdin
from analyzer.wire import Device, Location

__all__ = ["Code", "inline_ignores"]

_COMMENT = re.compile(
    r"(?:^|[\s{}\[\],])(?:#|//|/\*)\s*ebs-plan:\s*ignore(?:\[(?P<rules>[^\]]*)\])?(?P<rest>.*)"
)
_ONLY_COMMENT = re.compile(r"\s*(#|//|/\*)")
_UNTIL = re.compile(r"(?:^|\s)until=(\S*)")
_HCL = (".tf", ".tofu", ".hcl")


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """What a run knows of the code beside its report.

    `stdin` is what was read of standard input, `calls` where modules are called: their addresses,
    each with the input that it is in, `found_by` what was named that led to each input (if it was
    not named itself), `texts` those of inputs elsewhere that may hold ignores, `root` the folder
    that may be read (see `Root`).
    """

    stdin: Stdin = msgspec.field(default_factory=Stdin)
    calls: Sequence[tuple[str, str, Location]] = ()
    found_by: Mapping[str, str] = msgspec.field(default_factory=dict)
    texts: Mapping[str, bytes] = msgspec.field(default_factory=dict)
    root: str = ""


def inline_ignores(devices: Sequence[Device], limits: Limits, code: Code) -> Iterator[Ignore]:
    """The ignores in the files that these devices are written in, file by file."""
    places: dict[str, list[Location]] = {}
    inputs: dict[str, str] = {}
    modules: dict[tuple[str, int], list[str]] = {}
    for device in devices:
        place = device.location
        if place.line is not None:
            places.setdefault(place.path, []).append(place)
            inputs[place.path] = device.input
    for address, input_, place in code.calls if devices else ():
        if place.line is not None:
            places.setdefault(place.path, []).append(place)
            inputs.setdefault(place.path, input_)
            modules.setdefault((place.path, place.line), []).append(without_indexes(address))
    roots: dict[str, Root] = {}
    for path, found in places.items():
        if is_remote(path) and path not in code.texts:
            continue
        named = code.found_by.get(inputs[path], inputs[path])
        root = roots.get(named) or roots.setdefault(named, Root(named, limits, code.root))
        try:
            data = code.texts.get(path) or code.stdin.text_of(path) or root.read(path, _kind(path))
        except InputError:
            continue  # a file that has gone: whoever read it says so
        if IGNORE_MARK in data:
            for ignore in _comments(path, data.decode("utf-8", "replace"), found):
                called = [modules.get((path, line), ()) for line in ignore.lines or ()]
                names = frozenset(chain.from_iterable(called))
                yield msgspec.structs.replace(ignore, modules=names)
            yield from _metadata(path, data, found, limits)


def _kind(path: str) -> Kind:
    return Kind.HCL if path.endswith(_HCL) else Kind.TEMPLATE


# -- comments --------------------------------------------------------------------------------


def _comments(path: str, text: str, places: Sequence[Location]) -> Iterator[Ignore]:
    lines = text.split("\n")
    comments = {
        number: match for number, line in enumerate(lines, 1) if (match := _COMMENT.search(line))
    }
    if not comments:
        return
    file = _File(lines, top=path.endswith(_HCL))
    covered: dict[int, set[int]] = {number: set() for number in comments}
    for line in {place.line for place in places if place.line is not None}:
        for number in file.comments_of(line):
            if number in covered:
                covered[number].add(line)
    for number, match in comments.items():
        rest = match["rest"].rstrip().removesuffix("*/")
        until = _UNTIL.search(rest)
        yield Ignore(
            rules=_rules(match["rules"] or ""),
            reason=_UNTIL.sub("", rest).strip(" :-"),
            until=until[1] if until else None,
            location=Location(path=path, line=number),
            lines=frozenset(covered[number]),
        )


def _rules(text: str) -> tuple[str, ...]:
    return tuple(word for word in re.split(r"[\s,]+", text) if word)


class _File:
    """The blocks of a file, by indentation; with `top` a line without indentation is one, too.

    In a template the lines without indentation are its sections, of which none can be ignored.
    """

    def __init__(self, lines: Sequence[str], *, top: bool) -> None:
        self.lines = lines
        self.top = top
        #: For each line the line of the block around it; 0 for none.
        self.around = [0] * (len(lines) + 1)
        open_blocks: list[tuple[int, int]] = []  # indentation and line
        for number, line in enumerate(lines, 1):
            text = line.lstrip()
            if not text or self._is_comment(number):
                continue
            indent = len(line) - len(text)
            while open_blocks and open_blocks[-1][0] >= indent:
                open_blocks.pop()
            self.around[number] = open_blocks[-1][1] if open_blocks else 0
            open_blocks.append((indent, number))

    def _is_comment(self, number: int) -> bool:
        return 1 <= number <= len(self.lines) and bool(_ONLY_COMMENT.match(self.lines[number - 1]))

    def comments_of(self, line: int) -> Iterator[int]:
        """The lines whose comments are about a line: its own, and those of the blocks around."""
        while 1 <= line <= len(self.lines):
            if not self.top and not self.lines[line - 1][:1].isspace():
                return
            yield line
            for step in (-1, 1):
                number = line + step
                while self._is_comment(number):
                    yield number
                    number += step
            line = self.around[line]


# -- Metadata --------------------------------------------------------------------------------


def _metadata(
    path: str, data: bytes, places: Sequence[Location], limits: Limits
) -> Iterator[Ignore]:
    """`Metadata: {ebs-plan: {ignore: [{rule, reason, until}]}}` of a template's resources."""
    pointers = [(place.pointer or "").split("/") for place in places]
    names = dict.fromkeys(p[2] for p in pointers if p[:2] == ["", "Resources"] and len(p) > 2)
    if not names:
        return
    from analyzer.sources.cloudformation.nodes import Fields
    from analyzer.sources.cloudformation.notes import Silence
    from analyzer.sources.cloudformation.reader import read_root

    try:
        root = read_root(data, Budget(path, limits), Silence())
    except InputError:
        return
    for name in names:
        node: object = root
        for step in ("Resources", name, "Metadata", "ebs-plan", "ignore"):
            node = node.node(step) if isinstance(node, Fields) else None
        yield from _listed(path, node, f"/Resources/{name}")


def _listed(path: str, node: object, pointer: str) -> Iterator[Ignore]:
    from analyzer.sources.cloudformation.nodes import Fields, Items, Scalar

    for entry in node if isinstance(node, Items) else (node,):
        if not isinstance(entry, Fields):
            continue
        texts: dict[str, str] = {}
        for key in ("rule", "rules", "reason", "until"):
            value = entry.node(key)
            if isinstance(value, Scalar):
                texts[key] = value.text
            elif isinstance(value, Items):
                texts[key] = " ".join(v.text for v in value if isinstance(v, Scalar))
        yield Ignore(
            rules=_rules(f"{texts.get('rule', '')} {texts.get('rules', '')}"),
            reason=texts.get("reason", ""),
            until=texts.get("until"),
            location=Location(path=path, line=entry.line, column=entry.column),
            pointer=pointer,
        )
