"""The one writer of files: a report is in its place as a whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import stat

from analyzer.errors import UsageError
from analyzer.files import leads_out, open_flags
from analyzer.text import shown

__all__ = ["write_atomic"]


def write_atomic(path: str, data: bytes) -> None:
    """Put a report in its place in one piece: either all of it is there, or what was before.

    It is written under another name in the same folder, forced to the disk and renamed.

    Raises:
        UsageError: the place is a link, no regular file, or cannot be written. A link, also in
            the folders of a checkout that lead to the file, may have been planted to make the
            report overwrite something else.
    """
    folder, name = os.path.split(os.path.abspath(path))
    if "\0" in path or not name or path.endswith(os.sep):
        raise UsageError(f"cannot write {shown(path)}: not the name of a file")
    try:
        _refuse_planted(path, folder)
        descriptor, temporary = _create_beside(folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, os.path.join(folder, name))
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else "the system refused"
        raise UsageError(f"cannot write {shown(path)}: {reason}") from None


def _refuse_planted(path: str, folder: str) -> None:
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        mode = stat.S_IFREG
    if stat.S_ISLNK(mode):
        raise UsageError(
            f"cannot write {shown(path)}: it is a link, and links are not followed"
            " (without a file name the report goes to standard output)"
        )
    if not stat.S_ISREG(mode):
        raise UsageError(f"cannot write {shown(path)}: it exists and is no regular file")
    top = leads_out(folder)
    if top is not None:
        raise UsageError(f"cannot write {shown(path)}: a link on its way leads out of {shown(top)}")


def _create_beside(folder: str) -> tuple[int, str]:
    """A new file in a folder, open for writing, and its path."""
    temporary = os.path.join(folder, f".ebs-plan-{os.urandom(8).hex()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | open_flags("O_NOFOLLOW", "O_CLOEXEC", "O_BINARY")
    return os.open(temporary, flags, 0o666), temporary
