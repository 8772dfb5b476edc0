"""Paths as services want them: relative to the checkout, and nothing outside of it."""

from __future__ import annotations

import os
from functools import cache

from analyzer.files import git_top
from analyzer.remote import is_remote

__all__ = ["Checkout", "percent_encoded"]

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


class Checkout:
    """The checkout that the run was started in: its git top, else the working folder."""

    def __init__(self) -> None:
        here = os.getcwd()
        self.top = git_top(here) or os.path.realpath(here)
        self.relative = cache(self._relative)

    def _relative(self, path: str) -> str | None:
        """The path relative to the top with `/`, or `None` for what lies elsewhere."""
        if not path or path in ("-", "<stdin>") or "\0" in path or is_remote(path):
            return None
        # Not the real path: a link inside the checkout is what the reader knows.
        full = os.path.normpath(os.path.join(os.path.realpath(os.getcwd()), path))
        inside = os.path.relpath(full, self.top) if full.startswith(self.top + os.sep) else None
        return inside.replace(os.sep, "/") if inside is not None else None


def percent_encoded(path: str) -> str:
    """A relative path as a URI (RFC 3986): every byte that is not unreserved is encoded."""
    data = path.encode("utf-8", "surrogatepass")
    return "".join(chr(b) if b in _PLAIN else f"%{b:02X}" for b in data)
