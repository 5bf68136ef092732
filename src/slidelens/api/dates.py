"""Assign files to dates, by their names or by labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from slidelens.analysis.lifecycle.dates import in_time_order
from slidelens.errors import InventoryError, ParamsError


def dated_files(pairs: Sequence[str]) -> dict[str, Path]:
    """Return files by date.

    Args:
        pairs: Texts of the form DATE=FILE.

    Raises:
        ParamsError: If a text has no equals sign.
    """
    files = {}
    for pair in pairs:
        date, separator, path = pair.partition("=")
        if not separator:
            raise ParamsError(
                f"--observed has {pair!r}; give it as DATE=FILE, such as 2015=scenes/2015.tif"
            )
        files[date] = Path(path)
    return files


def dated_paths(paths: Sequence[Path], labels: Sequence[str] | None = None) -> dict[str, Path]:
    """Return inventories by date label, earliest first.

    Args:
        paths: Inventories in any order.
        labels: A label per inventory; by default the names of the files, or those of their
            folders if all files have the same name. Labels that contain a year (or `pre` and
            `post`) are put in time order; others must be given and are taken to be in order.

    Raises:
        InventoryError: If labels are missing, repeated, or contain no date.
    """
    names = list(labels or _names(paths))
    if len(names) != len(paths):
        raise InventoryError(
            f"there are {len(paths)} inventories and {len(names)} dates; "
            "give one date for each inventory"
        )
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InventoryError(
            f"two inventories are of {repeated[0]}; join them, or tell them apart with --dates"
        )
    ordered = in_time_order(names)
    if ordered is None and labels is None:
        raise InventoryError(
            f"the names {', '.join(names)} do not tell the dates; "
            "name the files by date, such as 2015.gpkg, or give --dates in order"
        )
    path_of = dict(zip(names, paths, strict=True))
    return {name: path_of[name] for name in ordered or names}


def _names(paths: Sequence[Path]) -> list[str]:
    stems = [path.stem for path in paths]
    all_same = len(paths) > 1 and len(set(stems)) == 1
    return [path.resolve().parent.name for path in paths] if all_same else stems
