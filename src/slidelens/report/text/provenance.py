"""Provenance of the numbers: MD5 hashes of the data in dvc.lock, and software versions."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import yaml

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
    """
    stages = yaml.safe_load(lock.read_text(encoding="utf-8"))["stages"] if lock.exists() else {}
    entries = [
        entry
        for name, stage in stages.items()
        if name != without
        for side in ("deps", "outs")
        for entry in stage.get(side, [])
    ]
    hashes = {str(entry["path"]): str(entry.get("md5", "")) for entry in entries}
    return {path: hashes[path] for path in sorted(hashes) if not path.startswith("src/")}
