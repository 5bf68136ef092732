"""A date's inventory as an experiment, a commit or the workspace has it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from slidelens.errors import InventoryError, ParamsError
from slidelens.layout import Layout

WORKSPACE = "workspace"
_ERROR = "ERROR: "


@contextmanager
def inventories_of(date: str, revisions: Sequence[str]) -> Iterator[list[Path]]:
    """Yield copies of a date's predicted inventories in two revisions, for a while.

    Args:
        date: Label of the date.
        revisions: One or two names of DVC experiments, commits, tags or branches; one alone is
            compared with the workspace.

    Raises:
        ParamsError: If there are more than two revisions.
        InventoryError: If a revision has no inventory, or its data are neither in DVC's cache nor
            on its remote.
    """
    if len(revisions) > 2:
        raise ParamsError(
            f"--rev is given {len(revisions)} times; "
            "give one to compare with the working folder, or two"
        )
    with TemporaryDirectory() as folder:
        yield [_copy(date, revision, Path(folder)) for revision in [*revisions, WORKSPACE][:2]]


def _copy(date: str, revision: str, folder: Path) -> Path:
    path = Layout().inventory(date)
    target = folder / f"{date} of {revision}.gpkg".replace("/", "-")
    if revision == WORKSPACE:
        if not path.exists():
            raise InventoryError(
                f"there is no {path} in {Path.cwd()}; run `dvc repro`, or `dvc checkout`"
            )
        return Path(shutil.copy(path, target))
    command = ["get", ".", path.as_posix(), "--rev", revision, "--out", str(target)]
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *command], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise InventoryError(
            f"no {path} in {revision}: {_reason(done.stderr)}; "
            "see `dvc exp list` for the names, and run from the repository's folder"
        )
    return target


def _reason(errors: str) -> str:
    lines = [line for line in errors.splitlines() if line.startswith(_ERROR)]
    return lines[-1].removeprefix(_ERROR) if lines else "DVC gives no reason"
