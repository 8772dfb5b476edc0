"""The one reader of files: regular files, of a known size, inside a root.

What lies in a checkout was written by strangers: a file may be a link to a secret, a pipe that
never ends or a device. So a `Root` reads regular files only, whose real place is inside the
folder that the user named or the git checkout around it.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from enum import Enum
from typing import TYPE_CHECKING

from analyzer.errors import InputError, NotAnalyzed, Problem
from analyzer.limits import TABLE, Limits, limit_error
from analyzer.looks import Looks
from analyzer.text import shown

if TYPE_CHECKING:
    from mmap import mmap

__all__ = [
    "IGNORE_MARK",
    "SKIPPED",
    "STDIN",
    "Kind",
    "Root",
    "check_size",
    "git_top",
    "is_inside",
    "leads_nowhere",
    "located",
    "page_out",
    "read_stdin",
    "real_path",
    "size_limit",
    "standing_in",
]

#: What a file that holds ignores holds, too.
IGNORE_MARK = b"ebs-plan"
#: How standard input is named on the command line and in reports.
STDIN = "-"

#: Folders that hold no input of their own: version control, caches, downloaded dependencies.
SKIPPED = frozenset(
    (
        *(".git", ".hg", ".svn"),
        *(".terraform", ".terragrunt-cache", ".external_modules", ".serverless", ".aws-sam"),
        *("node_modules", "__pycache__", ".venv", ".tox", ".nox"),
        *(".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"),
    )
)

_PIPE_HINT = "to read what another program writes: terraform show -json PLAN | ebs-plan scan -"
_MISSING_HINT = "check the path; a plan is made with: terraform show -json PLAN > plan.json"
_CHUNK = 1 << 20
_LARGE = 1 << 24  # from here on a view is worth its pages
_NAMED = "named "

_FOLDER: ContextVar[str] = ContextVar("folder", default="")


@contextmanager
def standing_in(folder: str) -> Iterator[None]:
    """Take relative paths from a folder, not from the working folder of the process.

    So a worker reads, and names, what somebody reads and names who stands there. Threads of one
    process may stand in several folders.
    """
    before = _FOLDER.set(folder)
    try:
        yield
    finally:
        _FOLDER.reset(before)


def located(path: str) -> str:
    """A path as the system has to be asked for it; `""` is the folder where this stands."""
    return os.path.join(_FOLDER.get(), path) or os.curdir


class Kind(Enum):
    """What a file is read as; the value names the limit of its size."""

    PLAN = "plan-size"
    TEMPLATE = "template-size"
    YAML = "yaml-size"
    HCL = "hcl-size"
    SETTINGS = "settings-size"
    CACHE = "cache-size"


_ABOUT = {limit.name: limit for limit in TABLE}


def check_size(path: str, size: int, kind: Kind, limits: Limits) -> None:
    """Raise `InputError` where a size is beyond what a kind of file may have."""
    most = size_limit(kind, limits)
    if size > most:
        about = _ABOUT[kind.value].about
        message = f"is larger than {most:,} bytes, the most that {about} may have"
        raise limit_error(path, kind.value, message)


def size_limit(kind: Kind, limits: Limits) -> int:
    """The most bytes that a kind of file may have."""
    return int(getattr(limits, _ABOUT[kind.value].field))


class Root:
    """A file or folder that the user named, and the border that no read crosses.

    The border is `top`, if the user named one, else the git checkout around it (so that
    `../modules` can be read), else the folder itself or the folder of the file. `problems` and
    `not_analyzed` collect what `walk` met, `looks` what everything else looked at.
    """

    def __init__(self, path: str, limits: Limits = Limits(), top: str = "") -> None:
        self.path = path
        self.limits = limits
        #: Gives what stands for a file instead of what is on the disk, or `None`.
        self.instead: Callable[[str], bytes | None] = _as_it_is
        self.looks = Looks()
        self._folders: dict[str, str] = {}
        self._named = ""  # before how this looks, if it stands beside another root
        self.is_folder = os.path.isdir(located(path))
        self.problems: list[Problem] = []
        self.not_analyzed: list[NotAnalyzed] = []
        named = os.path.abspath(located(path))
        own = self.is_folder and not os.path.islink(named)
        around = real_path(named if own else os.path.dirname(named))
        self.top = real_path(top) if top else leads_out(named) or git_top(around) or around

    def read(self, path: str, kind: Kind) -> bytes:
        """The bytes of a regular file inside the border.

        Raises:
            InputError: `input-missing`, `input-folder`, `input-permission`, `input-special`,
                `input-unreadable`, `outside-root`, or the limit of the kind's size.
        """
        try:
            data = self._read(path, kind)
        except InputError as error:
            self.looks.note(self._named + kind.value, path, error.problem.code)
            raise
        self.looks.note(self._named + kind.value, path, data)
        return data

    def beside(self, path: str) -> Root:
        """The root of a file that the user named for this one; its looks are those of this."""
        other = Root(path, self.limits)
        other.looks, other._named = self.looks, _NAMED
        return other

    def names(self, folder: str) -> list[str]:
        """The names in a folder, sorted; raises `OSError` and `ValueError`."""
        try:
            names = sorted(os.listdir(located(folder)))
        except (OSError, ValueError):
            self.looks.note("names", folder, "cannot be listed")
            raise
        self.looks.note("names", folder, os.fsencode("\0".join(names)))
        return names

    def real(self, path: str) -> str:
        """The absolute path without links; `""` is the working folder."""
        found = real_path(path or os.curdir)
        self.looks.note("real", path, found)
        return found

    def has(self, path: str) -> bool:
        """Whether there is anything at a path, be it a link that leads nowhere."""
        found = os.path.lexists(located(path))
        self.looks.note("has", path, str(found))
        return found

    def look(self, how: str, path: str) -> None:
        """Look once more, as `looks` tell it; what is found now is there as well."""
        again: Mapping[str, Callable[[str], object]] = {
            "names": self.names,
            "real": self.real,
            "has": self.has,
        }
        with suppress(InputError, OSError, ValueError):
            if how in again:
                again[how](path)
            elif how.startswith(_NAMED):
                self.beside(path).read(path, Kind(how.removeprefix(_NAMED)))
            else:
                self.read(path, Kind(how))

    def _place(self, path: str) -> str:
        """`real_path` of a file, whose folder is looked up once for all the files in it."""
        folder, name = os.path.split(path)
        if name in ("", os.curdir, os.pardir) or os.path.islink(located(path)):
            return real_path(path)
        if folder not in self._folders:
            self._folders[folder] = real_path(folder)
        return os.path.join(self._folders[folder], name)

    def _read(self, path: str, kind: Kind) -> bytes:
        real = self._place(path)
        if not is_inside(real, self.top):
            raise self._outside(path)
        instead = self.instead(path)
        if instead is not None:
            check_size(path, len(instead), kind, self.limits)
            return instead
        try:
            descriptor, size = _open_regular(path, real, self.top)
            with os.fdopen(descriptor, "rb", buffering=0) as file:
                check_size(path, size, kind, self.limits)
                # One byte more than expected, so that the end is seen without a second buffer.
                return _read(file.read, size + 1, path, kind, self.limits)
        except (OSError, ValueError) as error:
            raise _input_error(path, error) from None

    def view(self, path: str, kind: Kind) -> mmap | None:
        """A large file inside the border as memory that the system pages in, and out again.

        It costs neither a copy nor, once decoded, the memory of a copy. `None` for a small file
        and for whatever `read` refuses or does better. A file that is cut off while it is
        viewed ends the process by a signal.
        """
        from mmap import ACCESS_READ, mmap

        real = real_path(path)
        if not is_inside(real, self.top):
            return None
        try:
            descriptor, size = _open_regular(path, real, self.top)
            with os.fdopen(descriptor, "rb", buffering=0) as file:
                check_size(path, size, kind, self.limits)
                return mmap(file.fileno(), 0, access=ACCESS_READ) if size >= _LARGE else None
        except (InputError, OSError, ValueError):
            return None

    def walk(self, suffixes: Collection[str]) -> Iterator[str]:
        """The paths of a folder's files with one of these suffixes; of a file, its own path.

        Files come before sub-folders, both in the order of their code points. Links to files are
        given like files (`read` decides); links to folders are not followed: inside the folder
        the target is visited anyway, else it is listed in `not_analyzed`. Folders that cannot be
        listed become `problems`. Nothing inside the folder (no ignore file) changes the list.
        """
        if not self.is_folder:
            yield self.path
            return
        ends = tuple(suffixes)
        here = real_path(self.path)
        if not is_inside(here, self.top):
            self.problems.append(self._outside(self.path).problem)
            return
        pending = ["" if self.path == os.curdir else self.path]
        while pending:
            folder = pending.pop()
            try:
                with os.scandir(located(folder)) as found:
                    entries = sorted(found, key=lambda entry: entry.name)
            except OSError as error:
                self.problems.append(_input_error(folder, error).problem)
                continue
            folders: list[str] = []
            for entry in entries:
                path = os.path.join(folder, entry.name)
                if not _is_folder(entry):
                    if entry.name.endswith(ends) and not entry.name.startswith(".#"):
                        yield path
                elif entry.name not in SKIPPED:
                    if not entry.is_symlink():
                        folders.append(path)
                    elif not is_inside(real_path(path), here):
                        reason = "a link to a folder elsewhere, which is not followed"
                        self.not_analyzed.append(
                            NotAnalyzed(address=path, reason=reason, path=path)
                        )
            pending.extend(reversed(folders))

    def _outside(self, path: str) -> InputError:
        return InputError(
            path,
            "outside-root",
            f"lies outside {shown(self.top)} (a link or .. leads there), so it is not read",
            hint="if it is an input of yours, name its real path on the command line",
        )


def _as_it_is(_path: str) -> None:
    """Nothing stands for any file."""


def page_out(view: mmap) -> None:
    """Give a view's memory back to the system, where it can; what is read again comes back."""
    import mmap

    if hasattr(mmap, "MADV_DONTNEED"):
        view.madvise(mmap.MADV_DONTNEED)


def leads_out(path: str) -> str | None:
    """The git checkout that a link on the way to an absolute path leads out of.

    A link inside a checkout may come from a stranger's change; one above it (`/tmp` on some
    systems) does not.
    """
    at = path
    while (parent := os.path.dirname(at)) != at:
        if os.path.islink(at):
            top = git_top(parent)
            if top is not None and not is_inside(real_path(at), top):
                return top
        at = parent
    return None


def git_top(path: str) -> str | None:
    """The top folder of the git checkout that holds `path`, found without running git."""
    folder = real_path(path)
    while True:
        if os.path.lexists(os.path.join(folder, ".git")):  # a file in worktrees and submodules
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def real_path(path: str) -> str:
    """The absolute path without links; of what does not exist, as far as it does."""
    try:
        return os.path.realpath(located(path))
    except ValueError:  # a NUL or half a surrogate pair: nothing can have this name
        return os.path.abspath(located(path))


def leads_nowhere(path: str) -> bool:
    """Whether a path is a link, with nothing at its other end."""
    if not os.path.islink(located(path)):
        return False
    try:
        os.stat(located(path))
    except OSError as error:
        return error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP)
    return False


def is_inside(real: str, top: str) -> bool:
    """Whether a path without links is a folder or lies in it."""
    return os.path.normcase(real + os.sep).startswith(os.path.normcase(top.rstrip(os.sep) + os.sep))


def open_flags(*names: str) -> int:
    """These flags of `os.open`, where the system has them."""
    flags = 0
    for name in names:
        flags |= getattr(os, name, 0)
    return flags


def read_stdin(limits: Limits = Limits(), kind: Kind = Kind.PLAN) -> bytes:
    """All of standard input; raises `InputError` (closed, unreadable, too large)."""
    if sys.stdin is None or sys.stdin.closed:
        raise InputError(STDIN, "input-missing", "standard input is closed", hint=_PIPE_HINT)
    try:
        return _read(sys.stdin.buffer.read, _CHUNK, STDIN, kind, limits)
    except OSError as error:
        raise _input_error(STDIN, error) from None


def _open_regular(path: str, real: str, top: str) -> tuple[int, int]:
    """Open a regular file whose real place is known; its descriptor and its size.

    Each step from the border down is opened relative to the one before without following links,
    so nothing that changes meanwhile leads elsewhere. What is not a regular file is not opened:
    opening alone can act on a device or wait for a pipe's other end.
    """
    flags = os.O_RDONLY | open_flags(
        "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"
    )
    if os.open not in os.supports_dir_fd:
        _require_regular(path, os.lstat(real))
        descriptor = os.open(real, flags)
        return descriptor, _regular_size(path, descriptor)
    *folders, name = real[len(top) :].strip(os.sep).split(os.sep)
    # O_PATH passes folders that may be entered but not listed.
    down = os.O_RDONLY | open_flags("O_DIRECTORY", "O_PATH", "O_NOFOLLOW", "O_CLOEXEC")
    folder = os.open(top, down)
    try:
        for step in folders:
            below = os.open(step, down, dir_fd=folder)
            os.close(folder)
            folder = below
        _require_regular(path, os.stat(name, dir_fd=folder, follow_symlinks=False))
        descriptor = os.open(name, flags, dir_fd=folder)
    finally:
        os.close(folder)
    return descriptor, _regular_size(path, descriptor)


def _regular_size(path: str, descriptor: int) -> int:
    try:
        status = os.fstat(descriptor)
        _require_regular(path, status)
    except BaseException:
        os.close(descriptor)
        raise
    return status.st_size


def _require_regular(path: str, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "")
    if stat.S_ISLNK(status.st_mode):  # links were resolved before: this one leads to itself
        raise OSError(errno.ELOOP, "")
    if not stat.S_ISREG(status.st_mode):
        raise InputError(
            path,
            "input-special",
            "is a pipe, device or socket, not a regular file",
            hint=_PIPE_HINT,
        )


def _read(
    read: Callable[[int], bytes | None], first: int, path: str, kind: Kind, limits: Limits
) -> bytes:
    """Read to the end, `first` bytes at once and then in pieces, as long as the size is allowed."""
    chunks: list[bytes] = []
    total = 0
    while chunk := read(_CHUNK if chunks else first):
        chunks.append(chunk)
        total += len(chunk)
        check_size(path, total, kind, limits)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


_ERRORS = {
    errno.ENOENT: ("input-missing", "there is no such file", _MISSING_HINT),
    errno.ENOTDIR: ("input-missing", "there is no such file", "check the path"),
    errno.ENAMETOOLONG: ("input-missing", "there is no such file", "check the path"),
    errno.ELOOP: ("input-missing", "is a link that leads nowhere", "check the link"),
    errno.EISDIR: ("input-folder", "is a folder, not a file", "name the files in it"),
    errno.EACCES: ("input-permission", "must not be read by this user", "check its permissions"),
    errno.EPERM: ("input-permission", "must not be read by this user", "check its permissions"),
    errno.ENXIO: ("input-special", "is a pipe, device or socket, not a regular file", _PIPE_HINT),
}


def _input_error(path: str, error: OSError | ValueError) -> InputError:
    number = error.errno if isinstance(error, OSError) else errno.ENOENT
    if number == errno.ENOENT and leads_nowhere(path):
        number = errno.ELOOP
    name = errno.errorcode.get(number or 0, type(error).__name__)
    unknown = ("input-unreadable", f"cannot be read ({name})", "")
    code, message, hint = _ERRORS.get(number or 0, unknown)
    return InputError(path, code, message, hint=hint)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a loop of links; reading it says so
        return False
