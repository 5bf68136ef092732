"""Where the numbers come from: hashes of the data as DVC knows them, and the versions of the software."""

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
    """Versions of Python and of the packages that make the results; a package that is not installed is left out."""
    return {"Python": platform.python_version(), **dict(_versions())}


def _versions() -> Iterator[tuple[str, str]]:
    for name in _PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def locked_hashes(lock: Path, without: str) -> dict[str, str]:
    """MD5 by path of what the stages read and wrote, code left out, from a dvc.lock; empty where there is none.

    without: a stage to leave out: the one that is running, whose entry is of its last run
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
