"""What earlier runs found out about the inputs of folders, kept for the next run of this user.

A part of a report is kept with every look at the disk that it rests on, and counts as long as
each of them finds the same: the same bytes, the same names in a folder. It is never kept where
something was wrong, or where it rests on other inputs. So the cache saves work, and tells nothing
that the work would not.

One file holds the parts of one set of folders with one set of settings, read by one version of
this program. It is authenticated with a secret of this user that lies elsewhere: what somebody
else wrote there, or restored from somewhere, is as good as nothing.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

import msgspec

from analyzer import __version__
from analyzer.errors import InputError, UsageError
from analyzer.files import Kind, Root, is_inside, open_flags, real_path
from analyzer.inputs import Place
from analyzer.limits import Limits
from analyzer.parts import Part
from analyzer.text import shown
from analyzer.writing import write_atomic

__all__ = ["Cache"]

_SECRET_SIZE = 32
_MAC_SIZE = 32
#: A file that is written for so many seconds was left by a process that was killed.
_LEFT = 3600

_Id = tuple[str, str, str]


class _Entry(msgspec.Struct, frozen=True, array_like=True):
    """A part, still encoded, with the place that it is of and the looks that it rests on."""

    id: _Id
    looks: list[tuple[str, str, str]]
    part: msgspec.Raw


class _Unusable(Exception):
    """Why there is no cache, in words."""


class Cache:
    """The parts that are kept for a run; `notes` say why they are of no use, where that is so."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._file: _File | None = None
        self._before = 0
        self._good: dict[_Id, _Entry] = {}

    def recall(
        self,
        places: Sequence[Place],
        root_of: Callable[[str], Root],
        settings: object,
        limits: Limits,
    ) -> dict[int, Part]:
        """The parts of places, by their numbers, that are still good.

        `root_of` gives the root of a folder, whose looks are kept; `settings` are all that parts
        depend on besides looks.
        """
        tops = {place.root: root_of(place.root).top for place in places if place.is_of_folder}
        if not tops:
            return {}
        try:
            self._file = _File(settings, tops, limits)
            entries = self._file.read()
        except _Unusable as error:
            self.notes.append(f"nothing is taken from the cache: {error}")
            return {}
        self._before = len(entries)
        now: dict[tuple[str, str, str], str] = {}
        found: dict[int, Part] = {}
        for number, place in enumerate(places):
            entry = entries.get(_id(place))
            if entry is not None and _is_good(entry, root_of(place.root), now):
                self._good[entry.id] = entry
                found[number] = msgspec.msgpack.decode(entry.part, type=Part)
                found[number].number = number
        return found

    def keep(self, places: Sequence[Place], parts: Sequence[Part]) -> None:
        """Keep the parts of a run for the next one; what is not among them is dropped."""
        if self._file is None:
            return
        entries = dict(self._good)
        for place, part in zip(places, parts, strict=True):
            if _id(place) not in entries and part.looks and not part.problems:
                with suppress(UnicodeEncodeError):  # half a surrogate pair, in the name of a file
                    entries[_id(place)] = _entry(place, part)
        try:
            if len(entries) == len(self._good) == self._before:
                self._file.touch()
            else:
                self._file.write(list(entries.values()))
        except (_Unusable, UsageError) as error:
            self.notes.append(f"nothing is kept in the cache: {error}")


def _id(place: Place) -> _Id:
    return place.path, place.root, place.kind


def _entry(place: Place, part: Part) -> _Entry:
    encoded = msgspec.msgpack.encode(msgspec.structs.replace(part, looks=[]))
    entry = _Entry(_id(place), part.looks, msgspec.Raw(encoded))
    msgspec.msgpack.encode(entry)
    return entry


def _is_good(entry: _Entry, root: Root, now: dict[tuple[str, str, str], str]) -> bool:
    """Whether every look finds what it found; `now` is what looks of this run have found."""
    for how, path, found in entry.looks:
        look = (root.path, how, path)
        if look not in now:
            with root.looks.apart() as seen:
                root.look(how, path)
            now[look] = seen.get((how, path), "")
        if now[look] != found:
            return False
    return True


class _File:
    """The file of one set of folders and settings.

    Args:
        settings: all that the parts depend on, besides what is in the folders.
        tops: the borders of the folders (see `Root`): strangers may write inside.
        limits: how large the cache may be.

    Raises:
        _Unusable: there is no folder for it that is this user's alone, or no secret.
    """

    def __init__(self, settings: object, tops: Mapping[str, str], limits: Limits) -> None:
        if not hasattr(os, "geteuid"):
            raise _Unusable("this system does not tell whose files are")
        self._limits = limits
        self._folder = _own_folder("XDG_CACHE_HOME", ".cache")
        secrets = _own_folder("XDG_STATE_HOME", ".local", "state")
        for folder in (self._folder, secrets):
            if any(is_inside(folder, top) for top in tops.values()):
                raise _Unusable(f"{shown(folder)} lies inside of what is scanned")
        if is_inside(secrets, self._folder) or is_inside(self._folder, secrets):
            raise _Unusable(f"its secret would lie beside it in {shown(secrets)}")
        try:
            _make_private(self._folder)
            _make_private(secrets)
            self._secret = _secret(secrets)
            depends = msgspec.msgpack.encode([_program(), settings, sorted(tops.items())])
        except UnicodeEncodeError:
            raise _Unusable("a setting is no text") from None
        except OSError as error:
            reason = os.strerror(error.errno or 0).lower()
            raise _Unusable(f"{shown(error.filename)}: {reason}") from None
        self._name = self._mac(depends).hex()
        self._path = os.path.join(self._folder, self._name)

    def read(self) -> dict[_Id, _Entry]:
        """The entries of the file; none where there is no file.

        Raises `_Unusable`, after which it may be written all the same.
        """
        root = Root(self._folder, self._limits, self._folder)
        try:
            data = root.read(self._path, Kind.CACHE)
        except InputError as error:
            if error.problem.code == "input-missing":
                return {}
            raise _Unusable(f"{shown(self._path)} {error.problem.message}") from None
        from hmac import compare_digest

        body = memoryview(data)[_MAC_SIZE:]
        if not compare_digest(data[:_MAC_SIZE], self._mac(self._name.encode(), body)):
            raise _Unusable(f"{shown(self._path)} is damaged, or was not written here")
        entries = msgspec.msgpack.decode(body, type=list[_Entry])
        return {entry.id: entry for entry in entries}

    def write(self, entries: list[_Entry]) -> None:
        """Put entries in the place of what was there. Raises `_Unusable` and `UsageError`."""
        body = msgspec.msgpack.encode(entries)
        size = _MAC_SIZE + len(body)
        if size > self._limits.cache_size:
            raise _Unusable(f"that would be {size:,} bytes (--limit cache-size=NUMBER)")
        write_atomic(self._path, self._mac(self._name.encode(), body) + body)
        self._drop_old()

    def touch(self) -> None:
        """Let the file be among the last to be dropped."""
        with suppress(OSError):
            os.utime(self._path)

    def _mac(self, *data: bytes | memoryview) -> bytes:
        from hmac import new

        mac = new(self._secret, digestmod="sha256")
        for piece in data:
            mac.update(piece)
        return mac.digest()

    def _drop_old(self) -> None:
        """Drop the files that were not used for longest until all of them are small enough."""
        total = 0
        for modified, size, path in sorted(self._files(), reverse=True):
            total += size
            if len(os.path.basename(path)) == len(self._name):
                drop = total > self._limits.cache_size and path != self._path
            else:  # what is being written, or was when its process was killed
                drop = modified < time.time() - _LEFT
            if drop:
                with suppress(OSError):
                    os.unlink(path)

    def _files(self) -> Iterator[tuple[float, int, str]]:
        with suppress(OSError), os.scandir(self._folder) as found:
            for entry in found:
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    if not stat.S_ISDIR(status.st_mode):
                        yield status.st_mtime, status.st_size, entry.path


def _own_folder(variable: str, *usual: str) -> str:
    """Our folder in a base folder of the user. Source: XDG Base Directory Specification 0.8."""
    base = os.environ.get(variable, "")
    if not os.path.isabs(base):  # such a value is to be ignored
        base = os.path.join(os.path.expanduser("~"), *usual)
    if not os.path.isabs(base):
        raise _Unusable("the user has no home")
    return os.path.join(real_path(base), "ebs-plan")


def _make_private(folder: str) -> None:
    """Make a folder that is this user's alone, or make sure that it is. Raises `OSError`."""
    os.makedirs(os.path.dirname(folder), 0o700, exist_ok=True)
    with suppress(FileExistsError):
        os.mkdir(folder, 0o700)
    _check_private(folder, os.lstat(folder), stat.S_IFDIR)


def _check_private(path: str, status: os.stat_result, kind: int) -> None:
    if stat.S_IFMT(status.st_mode) != kind:
        raise _Unusable(f"{shown(path)} is not what it should be")
    if status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise _Unusable(f"{shown(path)} is not this user's alone (chmod go= if it is yours)")


def _secret(folder: str) -> bytes:
    """The secret of this user, made on first use. Raises `OSError` and `_Unusable`."""
    path = os.path.join(folder, "cache-secret")
    if not os.path.lexists(path):
        _make_secret(path)
    descriptor = os.open(path, os.O_RDONLY | open_flags("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC"))
    with os.fdopen(descriptor, "rb") as file:
        _check_private(path, os.fstat(descriptor), stat.S_IFREG)
        secret = file.read(_SECRET_SIZE + 1)
    if len(secret) != _SECRET_SIZE:
        raise _Unusable(f"{shown(path)} is no secret (remove it: another one is made)")
    return secret


def _make_secret(path: str) -> None:
    """Put a secret in its place in one piece, unless another process is faster."""
    temporary = f"{path}.{os.urandom(8).hex()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | open_flags("O_NOFOLLOW", "O_CLOEXEC")
    with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
        try:
            file.write(os.urandom(_SECRET_SIZE))
            file.flush()
            os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(temporary, path)
        finally:
            os.unlink(temporary)


def _program() -> list[object]:
    """What this program is made of: another one may find out something else."""
    here = os.path.dirname(__file__)
    files: list[tuple[str, int, int]] = []
    for folder, below, names in os.walk(here):
        below[:] = sorted(name for name in below if name != "__pycache__")
        for name in sorted(names):
            status = os.stat(os.path.join(folder, name))
            path = os.path.relpath(os.path.join(folder, name), here)
            files.append((path, status.st_size, status.st_mtime_ns))
    return [__version__, sys.version, files, sorted(_packages(sys.path))]


def _packages(folders: Iterable[str]) -> Iterator[str]:
    """The packages in folders, with their versions."""
    for folder in folders:
        with suppress(OSError):
            yield from (n for n in os.listdir(folder) if n.endswith((".dist-info", ".egg-info")))
