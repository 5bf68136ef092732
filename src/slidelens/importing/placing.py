"""Add new files to a folder: all of them or none, and never over existing ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from slidelens.errors import OutputError
from slidelens.files import atomic_write, scratch_folder
from slidelens.outputs import output_file, require_folder_name


@contextmanager
def new_files(folder: Path, names: Sequence[str], other: str) -> Iterator[Path]:
    """Yield a temporary folder whose files are moved to `folder` when the block succeeds.

    Args:
        folder: Where the files go; made if it is missing.
        names: Paths of the files below the folder, all of which the block writes.
        other: What to give instead where a file exists, for example "another date (--date)".

    Raises:
        OutputError: One of them exists, or cannot be written.
    """
    _require_new(folder, names, other)
    needed = {parent for name in names for parent in (folder / name).parents}
    made = [path for path in needed if not path.exists()]
    placed: list[Path] = []
    try:
        with scratch_folder(folder / Path(names[0]).parts[0]) as scratch:
            for name in names:
                (scratch / name).parent.mkdir(parents=True, exist_ok=True)
            yield scratch
            _require_new(folder, names, other)
            for name in names:
                with atomic_write(folder / name) as temporary:
                    # Copied where a folder of the study is a link to another disk.
                    shutil.move(scratch / name, temporary)
                placed.append(folder / name)
    except BaseException:
        for path in placed:
            path.unlink(missing_ok=True)
        for path in sorted(made, key=lambda path: len(path.parts), reverse=True):
            with suppress(OSError):  # not empty, or not there
                path.rmdir()
        raise


def _require_new(folder: Path, names: Sequence[str], other: str) -> None:
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is no folder (--out); name the folder of a study")
    require_folder_name(folder)
    for name in names:
        path = folder / name
        if path.exists() or path.is_symlink():
            raise OutputError(
                f"{path} exists and is not overwritten; name another folder (--out) or {other}"
            )
        output_file(path)
