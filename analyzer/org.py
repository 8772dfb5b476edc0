"""Lists of inputs: one root a line, a folder, a file or a URI, as `scan --org LIST` takes them.

The list is the user's own, so whatever it names is asked for: also a connection. Paths are
relative to the working folder, as on the command line, so that `find ... | ebs-plan scan --org -`
means what it says.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from analyzer.errors import InputError, Problem
from analyzer.files import STDIN, Kind, Root, read_stdin
from analyzer.limits import Limits
from analyzer.remote import Remote, is_uri, local_path
from analyzer.text import shown

__all__ = ["read_list"]


def read_list(path: str, limits: Limits = Limits()) -> list[str | Problem]:
    """The inputs of a list, in its order; a line that names none is a problem with its place.

    Blank lines and lines that begin with `#` are comments. `path` is the file, `-` for standard
    input.

    Raises:
        InputError: the list cannot be read, or lists nothing.
        UsageError: the packages that read a URI are not installed.
    """
    if path == STDIN:
        data = read_stdin(limits, Kind.SETTINGS)
    else:
        data = Root(path, limits).read(path, Kind.SETTINGS)
    inputs = list(_inputs(path, data))
    if not inputs:
        hint = "write one folder, file or URI on each line"
        raise InputError(path, "input-nothing", "lists no inputs", hint=hint)
    return inputs


def _inputs(path: str, data: bytes) -> Iterator[str | Problem]:
    text = os.fsdecode(data.removeprefix(b"\xef\xbb\xbf"))
    for number, line in enumerate(text.split("\n"), 1):
        named = line.strip(" \t\r")
        if not named or named.startswith("#"):
            continue
        try:
            yield _input(named)
        except InputError as error:
            found = error.problem
            yield Problem(
                path=path,
                code=found.code,
                message=f"{shown(found.path)} {found.message}",
                line=number,
                hint=found.hint,
            )


def _input(named: str) -> str:
    """An input that is there, as far as can be told without a connection."""
    if is_uri(named):
        if local_path(named) is None:
            Remote(named)
        return named
    if named == STDIN:
        hint = "name it on the command line"
        raise InputError(named, "input-uri", "is standard input, which cannot be listed", hint=hint)
    if "\0" in named or not os.path.lexists(named):
        hint = "paths are relative to the working folder"
        raise InputError(named, "input-missing", "is not there", hint=hint)
    return named
