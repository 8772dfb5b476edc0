"""python-hcl2's parser, set up so that no process pays for its tables twice.

Building the tables takes about 1.5 s. python-hcl2 keeps them as a pickle in its own package
folder, which is often read-only (containers, system installs): then every process builds them
again. Here they are kept as JSON in the user's cache folder: nothing in a file that is only
data can run, and the folder is used only where it is the user's alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

__all__ = ["TokenBudget", "parse"]

_parser: Any = None


class TokenBudget(Exception):
    """The tokens that an input may spend are spent."""


class _Counter:
    """Stands between lexer and parser and counts: the only place that can stop a parse."""

    always_accept = ()

    def __init__(self) -> None:
        from hcl2.postlexer import PostLexer

        self._inner = PostLexer()
        self.left = 0

    def process(self, stream: Iterator[Any]) -> Iterator[Any]:
        """Pass the tokens on; raises `TokenBudget` when they are too many."""
        for token in self._inner.process(stream):
            self.left -= 1
            if self.left < 0:
                raise TokenBudget
            yield token


def parse(source: str, tokens: int, avoid: str = "") -> tuple[Any, int]:
    """Parse a body of attributes and blocks.

    Args:
        source: the text, which ends with a line end.
        tokens: how many tokens it may have.
        avoid: a folder below which no cache is believed or written (the scanned tree).

    Returns:
        The lark tree, and how many tokens are left.

    Raises:
        TokenBudget: there are more tokens.
        lark.exceptions.UnexpectedInput: the text does not parse.
    """
    global _parser  # noqa: PLW0603 - one parser a process
    if _parser is None:
        counter = _Counter()
        _parser = (_load(counter, avoid), counter)
    lark, counter = _parser
    counter.left = tokens
    tree = lark.parse(source)
    return tree, counter.left


def _load(counter: _Counter, avoid: str) -> Any:
    import hcl2
    import lark

    grammar = os.path.join(os.path.dirname(hcl2.__file__), "hcl2.lark")
    with open(grammar, "rb") as file:
        text = file.read()
    folder = _cache_folder(avoid)
    key = hashlib.sha256(b"\0".join((lark.__version__.encode(), text))).hexdigest()
    path = os.path.join(folder, f"hcl-grammar-{key[:32]}.json") if folder else ""
    if path:
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
            return _restore(path, counter)
    parser = lark.Lark(
        text.decode(), parser="lalr", propagate_positions=True, postlex=counter, start="start"
    )
    if path:
        with suppress(OSError):
            _store(path, parser)
    return parser


def _store(path: str, parser: Any) -> None:
    from lark.grammar import Rule
    from lark.lexer import TerminalDef

    data, memo = parser.memo_serialize([TerminalDef, Rule])
    data["options"]["postlex"] = None
    tables = json.dumps([data, memo], separators=(",", ":"))
    digest = hashlib.sha256(tables.encode()).hexdigest()
    beside = f"{path}.{os.getpid()}"
    with open(beside, "wb") as file:
        file.write(f"{digest}\n{tables}".encode())
    os.replace(beside, path)  # other processes see all of it or nothing


def _restore(path: str, counter: _Counter) -> Any:
    """The parser from stored tables; raises on anything that is not as it was stored."""
    import lark

    with open(path, "rb") as file:
        digest, _, tables = file.read().partition(b"\n")
    if hashlib.sha256(tables).hexdigest() != digest.decode("ascii", "replace"):
        raise ValueError("damaged")
    data, memo = json.loads(tables)
    # JSON has text keys only; these three are numbered.
    states = data["parser"]["parser"]
    states["states"] = {
        int(s): {int(t): a for t, a in r.items()} for s, r in states["states"].items()
    }
    states["tokens"] = {int(token): name for token, name in states["tokens"].items()}
    memo = {int(number): item for number, item in memo.items()}
    # What lark's own stand-alone parsers call.
    load: Any = lark.Lark._load_from_dict  # noqa: SLF001
    return load(data, memo, postlex=counter)


def _cache_folder(avoid: str) -> str:
    """A folder that nobody else can write to, made where needed; empty where there is none."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if not os.path.isabs(base):
        return ""
    folder = os.path.join(base, "ebs-plan")
    if avoid and os.path.realpath(folder).startswith(os.path.join(os.path.realpath(avoid), "")):
        return ""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        found = os.lstat(folder)
    except OSError:
        return ""
    if not stat.S_ISDIR(found.st_mode):
        return ""
    if hasattr(os, "getuid") and (found.st_uid != os.getuid() or found.st_mode & 0o077):
        return ""
    return folder
