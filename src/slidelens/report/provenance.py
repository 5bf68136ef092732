"""Where the numbers come from: hashes of the data as DVC knows them, and the versions of the software."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

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


def data_hashes(*locks: Path, without: str) -> dict[str, str]:
    """MD5 by path of what the stages read and wrote, code left out, from dvc.lock files; empty where there are none.

    without: a stage to leave out: the one that is running, whose entry is of its last run
    """
    stages = [item for lock in locks if lock.exists() for item in _stages(lock)]
    entries = [entry for name, stage in stages if name != without for side in ("deps", "outs") for entry in stage.get(side, [])]
    return {entry["path"]: entry.get("md5", "") for entry in sorted(entries, key=_path) if not _path(entry).startswith("src/")}


def _stages(lock: Path) -> list[tuple[str, dict[str, Any]]]:
    return list(((yaml.safe_load(lock.read_text(encoding="utf-8")) or {}).get("stages") or {}).items())


def _path(entry: dict[str, Any]) -> str:
    return str(entry["path"])
