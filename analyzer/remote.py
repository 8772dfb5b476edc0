"""Inputs elsewhere: the one reader of `https://` and `s3://` (extra `[remote]`, through fsspec).

A connection is opened for what the user named, and for nothing else: nothing that is read leads to
another place. So redirects are refused, a name like `zip::https://...` is no input, and of `http`
nobody could say that it is what its owner wrote. Who may read is the business of the environment
(the credentials of AWS, `SSL_CERT_FILE`) or of the URI itself, whose secrets are never printed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator
from functools import cache
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from analyzer.errors import InputError, NotAnalyzed, Problem, UsageError
from analyzer.files import Kind, check_size, size_limit
from analyzer.limits import Limits
from analyzer.text import shown

__all__ = ["Remote", "is_remote", "is_uri", "local_path", "public_name"]

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.:-]*://")
#: What reads each scheme; each is found without being imported.
_NEEDS = {"https": ("fsspec", "aiohttp"), "s3": ("fsspec", "s3fs")}
_CHUNK = 1 << 20
#: A prefix with many objects is listed in many requests.
_LISTING = 4


def is_uri(text: str) -> bool:
    """Whether an input is named by a URI, and not by a path of this machine."""
    return _URI.match(text) is not None


def is_remote(path: str) -> bool:
    """Whether a path of a report is the name of something elsewhere."""
    return path.startswith(("https://", "s3://"))


def local_path(uri: str) -> str | None:
    """The path that a `file://` URI stands for; `None` for what is not on this machine."""
    if not uri.lower().startswith("file://"):
        return None
    from urllib.request import url2pathname

    host, slash, path = uri[len("file://") :].partition("/")
    if host.lower() not in ("", "localhost") or not slash:
        return None
    return url2pathname("/" + path) if os.name == "nt" else unquote("/" + path)


def public_name(uri: str) -> str:
    """What a report calls an input elsewhere: its URI without a password and without a query.

    The query of a signed URL is as good as a password. A key in S3 has neither.
    """
    if uri.lower().startswith("s3://"):
        return "s3://" + uri[len("s3://") :]
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


class Remote:
    """What a URI names, and the border that no read crosses.

    That is one object, or with a `/` at the end of an `s3://` URI all objects below it. `uri` is
    where it is read, with every secret; `name` is what may be printed.

    Raises:
        InputError: `input-uri`: a scheme that is not read, or no URI at all.
        UsageError: the packages that read this scheme are not installed.
    """

    def __init__(self, uri: str, limits: Limits = Limits()) -> None:
        self.uri = uri
        self.limits = limits
        self.problems: list[Problem] = []
        self.not_analyzed: list[NotAnalyzed] = []
        self.scheme = _scheme(uri)
        self.name = public_name(uri)
        self.is_folder = self.scheme == "s3" and uri.endswith("/")
        _require(self.scheme)

    def read(self, path: str, kind: Kind) -> bytes:
        """The bytes of the object, or of the one below the prefix that has this name.

        `path` is what it is called in errors.

        Raises:
            InputError: `input-missing`, `input-permission`, `input-unreadable`, `outside-root`,
                or the limit of the kind's size.
        """
        if self.is_folder and not path.startswith(self.name):
            raise InputError(path, "outside-root", f"lies outside {shown(self.name)}")
        most = size_limit(kind, self.limits) + 1
        read = _read_s3 if self.scheme == "s3" else _read_https
        uri = path if self.is_folder else self.uri
        data = _told(path, self.limits, lambda: read(uri, most, self.limits.seconds))
        check_size(path, len(data), kind, self.limits)
        return data

    def walk(self, suffixes: Collection[str]) -> Iterator[tuple[str, int]]:
        """The names below the prefix that end like this, in order, and their sizes.

        A prefix that cannot be listed is a problem.
        """
        ends = tuple(suffixes)
        try:
            found = _told(self.name, self.limits, lambda: _list_s3(self.uri, self.limits.seconds))
        except InputError as error:
            self.problems.append(error.problem)
            return
        for key in sorted(found):
            if key.endswith(ends):
                yield f"s3://{key}", found[key]


def _scheme(uri: str) -> str:
    """The scheme of a URI that can be read, in lower case."""
    scheme = uri.partition("://")[0].lower()
    name = public_name(uri) if scheme in _NEEDS else f"{scheme}://"
    if scheme not in _NEEDS:
        hint = "inputs are read from https://, s3:// and file:// URIs"
        if scheme == "http":
            hint = "what comes over http can be changed on its way: use https"
        if scheme == "file":
            hint = "file:///FOLDER/FILE is a file of this machine"
        raise InputError(name, "input-uri", f"is of a scheme that is not read: {scheme}", hint=hint)
    if re.search(r"[\x00-\x1f\x7f]" if scheme == "s3" else r"[\x00-\x20\x7f]", uri):
        raise InputError(name, "input-uri", "is no URI: it holds spaces or controls")
    host, slash, _ = uri.partition("://")[2].partition("/")
    if not host or not slash:
        raise InputError(name, "input-uri", "is no URI of an object")
    return scheme


@cache
def _require(scheme: str) -> None:
    from importlib.util import find_spec

    if any(find_spec(package) is None for package in _NEEDS[scheme]):
        packages = " and ".join(_NEEDS[scheme])
        raise UsageError(f"{scheme}:// needs {packages}: pip install 'ebs-plan-analyzer[remote]'")


@cache
def _files(scheme: str, seconds: int, _process: int) -> Any:
    """The file system behind a scheme, one for each process: connections survive no fork."""
    import fsspec

    if scheme == "s3":
        config = {
            "connect_timeout": seconds,
            "read_timeout": seconds,
            "retries": {"max_attempts": 2},
        }
        return fsspec.filesystem(
            "s3", skip_instance_cache=True, use_listings_cache=False, config_kwargs=config
        )
    from aiohttp import ClientTimeout, DummyCookieJar

    def client(loop: Any, **options: Any) -> Any:
        import aiohttp

        async def made() -> aiohttp.ClientSession:
            return aiohttp.ClientSession(
                loop=loop, cookie_jar=DummyCookieJar(), trust_env=False, **options
            )

        return made()

    return fsspec.filesystem(
        "https",
        skip_instance_cache=True,
        get_client=client,
        # What is compressed may be a thousand times as large: it is never unpacked.
        client_kwargs={"timeout": ClientTimeout(total=seconds), "auto_decompress": False},
        headers={"Accept-Encoding": "identity"},
        allow_redirects=False,
    )


def _read_https(uri: str, most: int, seconds: int) -> bytes:
    files = _files("https", seconds, os.getpid())
    # A size that is told saves a request for it; no block size means one stream.
    with files.open(uri, size=1, block_size=0) as stream:
        if stream.r.status != 200:
            raise _Status(stream.r.status)
        data = bytearray()
        while len(data) < most and (chunk := stream.read(min(_CHUNK, most - len(data)))):
            data += chunk
        return bytes(data)


def _read_s3(uri: str, most: int, seconds: int) -> bytes:
    from fsspec.asyn import sync

    files = _files("s3", seconds, os.getpid())
    # One request, and never more than may be read: the end is the last byte but one.
    try:
        data: bytes = sync(files.loop, files._cat_file, uri, start=0, end=most, timeout=seconds)  # noqa: SLF001
    except OSError as error:
        answer = getattr(error.__cause__, "response", {})
        if answer.get("Error", {}).get("Code") == "InvalidRange":  # so it has no first byte
            return b""
        raise
    return data


def _list_s3(uri: str, seconds: int) -> dict[str, int]:
    from fsspec.asyn import sync

    files = _files("s3", seconds, os.getpid())
    found = sync(files.loop, files._find, uri, detail=True, timeout=_LISTING * seconds)  # noqa: SLF001
    return {name: int(entry["size"]) for name, entry in found.items() if name[-1:] != "/"}


class _Status(OSError):
    """An answer of a server that is not the object."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


_T = TypeVar("_T")
_DENIED = ("must not be read with these credentials", "check the credentials and the policy")
_STATUS = {
    401: ("input-permission", *_DENIED),
    403: ("input-permission", *_DENIED),
    404: ("input-missing", "there is no such object", "check the URI"),
    410: ("input-missing", "there is no such object", "check the URI"),
}


def _told(name: str, limits: Limits, act: Callable[[], _T]) -> _T:
    """What an act over the network gives; its errors without a word of theirs.

    They quote URIs with their queries, headers, and what a server wrote.
    """
    from aiohttp import ClientError

    known: tuple[type[Exception], ...] = (OSError, ValueError, ClientError)
    if name.startswith("s3://"):
        from botocore.exceptions import BotoCoreError

        known = (*known, BotoCoreError)
    try:
        return act()
    except known as error:
        raise _input_error(name, error, limits) from None


def _input_error(name: str, error: Exception, limits: Limits) -> InputError:
    status = getattr(error, "status", 0)
    if isinstance(error, FileNotFoundError):
        status = 404
    if isinstance(error, PermissionError):
        status = 403
    if status in _STATUS:
        code, message, hint = _STATUS[status]
        return InputError(name, code, message, hint=hint)
    if 300 <= status < 400:
        hint = "name the URI that it leads to"
        return InputError(name, "input-redirect", "leads to another place", hint=hint)
    if status:
        return InputError(name, "input-unreadable", f"the server answered {status:d}")
    if isinstance(error, TimeoutError):
        message = f"was not there after {limits.seconds} seconds"
        hint = "try again, or allow more time with --limit seconds=NUMBER"
        return InputError(name, "input-timeout", message, hint=hint)
    what = type(error).__name__
    hint = _HINTS.get(what, "")
    return InputError(name, "input-unreadable", f"cannot be read ({what})", hint=hint)


_HINTS = {
    "NoCredentialsError": "credentials are taken as by the AWS CLI: AWS_PROFILE, or a login",
    "ClientConnectorCertificateError": "its certificate is not trusted: SSL_CERT_FILE names others",
    "ClientConnectorDNSError": "check the host's name",
    "ClientConnectorError": "nothing answers there: check the host and the port",
}
