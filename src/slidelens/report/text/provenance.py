"""Provenance of the numbers: MD5 hashes of the data in dvc.lock, and software versions."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from slidelens.errors import SlidelensError
from slidelens.params.messages import problem_of
from slidelens.params.yaml_reading import read_yaml

_PACKAGES = (
    "slidelens",
    "tensorflow",
    "keras",
    "numpy",
    "scipy",
    "shapely",
    "geopandas",
    "rasterio",
    "pyogrio",
    "matplotlib",
    "pandas",
    "dvc",
    "mlflow",
)


_LARGEST = 50_000_000  # bytes of a dvc.lock
_LOCK_REMEDY = "run `git checkout dvc.lock`, or `dvc repro`"


class _Entry(BaseModel):
    """A file or folder that a stage read or wrote."""

    model_config = ConfigDict(extra="allow", strict=True)

    path: str
    md5: str = ""


class _Stage(BaseModel):
    """A stage in dvc.lock."""

    model_config = ConfigDict(extra="allow", strict=True)

    deps: list[_Entry] = []
    outs: list[_Entry] = []


class _Lock(BaseModel):
    """A dvc.lock."""

    model_config = ConfigDict(extra="allow", strict=True)

    stages: dict[str, _Stage]


def software() -> dict[str, str]:
    """Return the versions of Python and of the installed packages that produce the results."""
    return {"Python": platform.python_version(), **dict(_versions())}


def _versions() -> Iterator[tuple[str, str]]:
    for name in _PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def locked_hashes(lock: Path, without: str) -> dict[str, str]:
    """Read the MD5 hashes of the data that the stages read and wrote from dvc.lock.

    Args:
        lock: path of dvc.lock; a missing file gives an empty result.
        without: a stage to leave out: the running one, whose entry is of its previous run.

    Returns:
        MD5 by path, sorted by path, without code below `src/`.

    Raises:
        SlidelensError: The file is damaged.
    """
    if not lock.exists():
        return {}
    try:
        stages = _Lock.model_validate(read_yaml(lock, "lock file", SlidelensError, _LARGEST)).stages
    except ValidationError as error:
        raise SlidelensError(
            f"{lock} is damaged: {problem_of(error, _Lock)}; {_LOCK_REMEDY}"
        ) from error
    except SlidelensError as error:
        raise SlidelensError(f"{str(error).partition('; ')[0]}; {_LOCK_REMEDY}") from error
    entries = [
        entry
        for name, stage in stages.items()
        if name != without
        for entry in (*stage.deps, *stage.outs)
    ]
    hashes = {entry.path: entry.md5 for entry in entries}
    return {path: hashes[path] for path in sorted(hashes) if not path.startswith("src/")}
