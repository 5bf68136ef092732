"""A date's inventory as an experiment, a commit or the working folder has it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from slidelens.errors import InventoryError, ParamsError

WORKSPACE = "workspace"


@contextmanager
def inventories_of(date: str, revisions: Sequence[str]) -> Iterator[list[Path]]:
    """The predicted inventories of a date in one or two revisions; one alone stands against the working folder.

    revisions: names of DVC experiments, commits, tags or branches
    Raises InventoryError where a revision has none, or its data are neither in the cache nor on the remote.
    """
    if len(revisions) > 2:
        raise ParamsError(
            f"--rev is given {len(revisions)} times; give one to compare with the working folder, or two"
        )
    with TemporaryDirectory() as folder:
        yield [_inventory(date, revision, Path(folder)) for revision in [*revisions, WORKSPACE][:2]]


def _inventory(date: str, revision: str, folder: Path) -> Path:
    path, target = (
        Path("data/maps") / date / "inventory.gpkg",
        folder / f"{date} of {revision.replace('/', '-')}.gpkg",
    )
    if revision == WORKSPACE:
        if not path.exists():
            raise InventoryError(
                f"there is no {path} in {Path.cwd()}; run `dvc repro`, or `dvc checkout`"
            )
        return Path(shutil.copy(path, target))
    command = [
        sys.executable,
        "-m",
        "dvc",
        "get",
        ".",
        path.as_posix(),
        "--rev",
        revision,
        "--out",
        str(target),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [
            line.removeprefix("ERROR: ")
            for line in done.stderr.splitlines()
            if line.startswith("ERROR: ")
        ]
        reason = said[-1] if said else "DVC says no more"
        raise InventoryError(
            f"no {path} in {revision}: {reason}; see `dvc exp list` for the names, and run from the repository's folder"
        )
    return target
