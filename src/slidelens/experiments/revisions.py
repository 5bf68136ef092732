"""A date's inventory as an experiment, a commit or the workspace has it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from slidelens.errors import InventoryError, ParamsError, SlidelensError
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
        ParamsError: If there are more than two revisions, or one twice.
        InventoryError: If a revision has no inventory, or its data are neither in DVC's cache nor
            on its remote.
    """
    if len(revisions) > 2:
        raise ParamsError(
            f"--rev is given {len(revisions)} times; "
            "give one to compare with the working folder, or two"
        )
    if len(set(revisions)) < len(revisions):
        raise ParamsError(
            f"--rev names {revisions[0]} twice; give two different ones, or one to compare with the"
            " working folder"
        )
    with TemporaryDirectory() as folder, _named_without(folder):
        yield [_copy(date, revision, Path(folder)) for revision in [*revisions, WORKSPACE][:2]]


@contextmanager
def _named_without(folder: str) -> Iterator[None]:
    """Take the folder of the copies, which the user does not know, out of messages."""
    try:
        yield
    except SlidelensError as error:
        raise type(error)(str(error).replace(f"{folder}/", "")) from error


def _copy(date: str, revision: str, folder: Path) -> Path:
    path = Layout().inventory(date)
    target = folder / f"{date} of {revision}.gpkg".replace("/", "-")
    if revision == WORKSPACE:
        if not path.exists():
            raise InventoryError(
                f"there is no {path} in {Path.cwd()}; run `dvc repro`, or `dvc pull {path.parent}`"
            )
        return Path(shutil.copy(path, target))
    command = ["get", ".", path.as_posix(), "--rev", revision, "--out", str(target)]
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *command], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise InventoryError(_refusal(path, revision, done.stderr))
    return target


def _refusal(path: Path, revision: str, errors: str) -> str:
    """Return why DVC gives no inventory of a revision, and what to do."""
    lines = [line for line in errors.splitlines() if line.startswith(_ERROR)]
    reason = lines[-1].removeprefix(_ERROR) if lines else "DVC gives no reason"
    if "unknown Git revision" in reason:
        return f"there is no experiment or commit {revision}; see `dvc exp list` for the names"
    if f"unexpected error - ['{path.as_posix()}']" in reason:  # a KeyError of DVC
        return f"{revision} has no {path}; is {path.parent.name} one of its dates?"
    remedy = "see `dvc exp list` for the names, and run from the repository's folder"
    return f"no {path} in {revision}: {reason}; {remedy}"
