"""Find out what an output would replace, and make the temporary folder that it is written in.

Links are followed: what a link points to is replaced and the link stays. Only regular files, and
folders of nothing but what slidelens writes there, are replaced.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import platform
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from pathlib import Path

from slidelens.errors import OutputError

REPLACED = ".slidelens-replaced"  # the earlier output, while a new folder takes its place
_LOCK = ".slidelens-lock"  # held as long as the process that made a temporary folder runs
_LONGEST_NAME = 120  # bytes of an output's name that stand in that of its temporary folder
_STARTING_S, _OTHER_MACHINE_S = 5.0, 86_400.0
_BY_THE_SYSTEM = (".DS_Store", "Thumbs.db", "desktop.ini")
_VECTOR = (".gpkg", ".fgb", ".parquet")
# Endings of files that a user may expect where a folder is written.
_FILES = re.compile(r"\.(tiff?|gpkg|fgb|parquet|(geo)?json|shp|kml|csv|xlsx|png|html|pdf|h5|zip)")
_BESIDE = (".aux.xml", ".ovr", ".msk", "-journal", "-wal", "-shm")  # GIS programs add these
_REMEDIES = {
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ELOOP: "it is a link to itself; remove it or name another output",
}
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFREG: "a file",
}


def output_file(path: Path) -> Path:
    """Return the file that writing to `path` replaces or creates.

    Raises:
        OutputError: It is no regular file, a link that leads nowhere or to a read-only file, or a
            vector file whose path is not in UTF-8.
    """
    if path.suffix.lower() in _VECTOR:
        require_utf8(path)
    mode = _mode(path)
    if mode is not None and not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "something else")
        raise OutputError(f"{path} is {kind} and is not replaced; name another file for the output")
    target = _follow(path)
    if target != path and mode is not None and not mode & 0o222:
        raise OutputError(
            f"{path} is a link to the read-only file {target}; remove the link, or run"
            " `dvc unprotect` on it if it leads into a cache of DVC"
        )
    return target


def output_folder(path: Path, own: Collection[str] = ()) -> Path:
    """Return the folder that writing to `path` replaces or creates.

    Args:
        path: The output.
        own: Patterns of the files in it that may be replaced, for example `tables/*.csv`; without
            any the folder must be new or empty.

    Raises:
        OutputError: It is no folder, holds other files, or cannot be replaced as a whole.
    """
    mode = _mode(path)
    target = _follow(path)
    if mode is None:
        return target
    if not stat.S_ISDIR(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "something else")
        raise OutputError(f"{path} is {kind}, not a folder; name another folder for the output")
    foreign = next(_foreign_files(target, own), None)
    if foreign is not None:
        if not own:
            raise OutputError(
                f"{path} holds {foreign} and nothing in it is overwritten; name a new folder"
            )
        raise OutputError(
            f"{path} holds {foreign}, which slidelens did not write there and would delete;"
            " move it, or name another folder"
        )
    here = Path.cwd()
    if target.resolve() in (here, *here.parents):
        raise OutputError(f"{path} is the current folder and is not replaced; name a new folder")
    if os.path.ismount(target):
        raise OutputError(f"{path} is a mounted disk and is not replaced; name a folder in it")
    return target


def require_ending(path: Path, kind: str, *endings: str) -> None:
    """Raise OutputError unless the name of an output tells its format.

    Args:
        path: The output.
        kind: The format, for the message.
        endings: Those that its name may have, in lower case, the usual one first.
    """
    if not path.name.lower().endswith(endings):
        named = path.parent / f"{path.stem}{endings[0]}"
        raise OutputError(
            f"{path} would hold a {kind}, and its name says otherwise; name it {named}"
        )


def require_geopackage(path: Path) -> None:
    """Raise OutputError unless the name of an output is that of a GeoPackage."""
    require_ending(path, "GeoPackage", ".gpkg")


def require_geotiff(path: Path) -> None:
    """Raise OutputError unless the name of an output is that of a GeoTIFF."""
    require_ending(path, "GeoTIFF", ".tif", ".tiff")


def require_png(path: Path) -> None:
    """Raise OutputError unless the name of an output is that of a PNG image."""
    require_ending(path, "PNG image", ".png")


def require_folder_name(path: Path) -> None:
    """Raise OutputError if a new folder would have the name of a file of some format."""
    if is_named_as_file(path) and not path.exists():
        text = (
            f"{path} would be a folder, and its name is that of a file; name a folder, for example"
        )
        raise OutputError(f"{text} {path.with_suffix('')}")


def is_named_as_file(path: Path) -> bool:
    """Return whether a path ends as those of files of some format do: `map.tif`."""
    return _FILES.fullmatch(path.suffix.lower()) is not None


def require_utf8(path: Path) -> None:
    """Raise OutputError if a path, or that of a folder above, cannot be given to GDAL's drivers."""
    if not is_utf8(str(path.absolute())):
        raise OutputError(
            f"{path} cannot be written: its name or that of a folder above is not in UTF-8; choose"
            " another"
        )


def is_utf8(name: str) -> bool:
    """Return whether a name is text in UTF-8; on Linux a name may be any bytes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _mode(path: Path) -> int | None:
    """Return the mode of what a path leads to, or None if nothing is there."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None
    except ValueError as error:  # a null character
        raise OutputError(
            f"{str(path)!r} cannot be written: {error}; choose another name"
        ) from None
    except OSError as error:
        raise cannot_write(path, error) from None


def cannot_write(path: Path, error: OSError) -> OutputError:
    """Return the error with the reason of the operating system and what to do about it."""
    reason = error.strerror or " ".join(str(error.__cause__ or error).split())
    remedy = _REMEDIES.get(error.errno or 0, "choose a folder that is writable and has room")
    return OutputError(f"cannot write {path}: {reason}; {remedy}")


def _follow(path: Path) -> Path:
    if not path.is_symlink():
        return path
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise OutputError(
            f"{path} is a link to {target}, whose folder is missing; mount the disk, or remove"
            " the link"
        )
    return target


def _foreign_files(folder: Path, own: Collection[str]) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        for name in sorted([*links, *files]):
            relative = (Path(parent) / name).relative_to(folder).as_posix()
            if name not in _BY_THE_SYSTEM and not any(_matches(relative, glob) for glob in own):
                yield relative


def _matches(relative: str, pattern: str) -> bool:
    ending = next((end for end in _BESIDE if relative.endswith(end)), "")
    parts, patterns = relative.removesuffix(ending).split("/"), pattern.split("/")
    return len(parts) == len(patterns) and all(map(fnmatchcase, parts, patterns))


def keep_access(new: Path, old: Path) -> None:
    """Give a new file or folder the permissions, and where possible the owner, of an old one."""
    try:
        before, now = old.stat(), new.stat()
    except FileNotFoundError:
        return
    if (before.st_uid, before.st_gid) != (now.st_uid, now.st_gid):
        with suppress(OSError):  # only root may give a file away
            os.chown(new, -1, before.st_gid)
            os.chown(new, before.st_uid, -1)
    with suppress(OSError):
        new.chmod(stat.S_IMODE(before.st_mode) | stat.S_IWUSR)


@contextmanager
def folder_beside(path: Path) -> Iterator[Path]:
    """Yield a new hidden folder beside `path`; remove it, and those of killed processes.

    Its name tells the machine and the process, and a lock in it is held while the process runs.
    Folders of other machines, on a shared disk, are removed when a day old and not locked. Folders
    above `path` that were made for it and stayed empty are removed too.
    """
    missing = [each for each in (path.parent, *path.parent.parents) if not each.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    name = _short(path.name)
    for sibling in path.parent.iterdir():
        found = re.fullmatch(rf"{re.escape(f'.{name}.')}(.+)-(\d+)-\w{{8}}", sibling.name)
        if found and _is_abandoned(sibling, found[1], int(found[2])):
            _remove_abandoned(sibling, path)
    prefix = f".{name}.{platform.node()}-{os.getpid()}-"
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=path.parent))
    lock = None
    try:
        with suppress(OSError):  # a file system without locks
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)
        with suppress(OSError):  # one that is not empty, and so all above it
            for each in missing:
                each.rmdir()


def _short(name: str) -> str:
    """Return a name, or the start and a digest of one so long that nothing fits behind it."""
    encoded = os.fsencode(name)
    if len(encoded) <= _LONGEST_NAME:
        return name
    digest = hashlib.md5(encoded, usedforsecurity=False).hexdigest()[:8]
    return f"{name[: _LONGEST_NAME // 4]}-{digest}"


def _is_abandoned(folder: Path, machine: str, process: int) -> bool:
    is_locked = _is_locked(folder / _LOCK)
    if is_locked:
        return False
    try:
        age_s = time.time() - folder.stat().st_mtime
    except OSError:  # its process has removed it
        return False
    if machine != platform.node():
        return age_s > _OTHER_MACHINE_S
    return not process_is_running(process) or (is_locked is False and age_s > _STARTING_S)


def _is_locked(lock: Path) -> bool | None:
    """Return whether a process holds the lock; None if that cannot be told."""
    try:
        descriptor = os.open(lock, os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    else:
        return False
    finally:
        os.close(descriptor)


def _remove_abandoned(folder: Path, path: Path) -> None:
    """Remove a temporary folder; put back the output of a process killed while it replaced it."""
    if (folder / REPLACED).is_dir() and not path.exists():
        with suppress(OSError):
            (folder / REPLACED).rename(path)
    shutil.rmtree(folder, ignore_errors=True)


def process_is_running(process: int) -> bool:
    """Return whether a process with this number is running, including another user's."""
    try:
        os.kill(process, 0)
    except (OSError, OverflowError) as error:  # another user's; no number of a process
        return not isinstance(error, ProcessLookupError)
    return True
