"""The inventory before and after its editing, and what else was given, in one metric CRS."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import geopandas as gpd
import shapely

from slidelens.analysis.review.outlines import Outlines
from slidelens.api.inputs.inventories import (
    InventoryLike,
    NamedInventory,
    PathLike,
    load_area,
    merge_area,
)
from slidelens.api.review.earlier import EarlierLabels, read_earlier
from slidelens.api.review.reading import (
    InventoryFile,
    read_file,
    require_two,
    without_repeated,
)
from slidelens.errors import InventoryError
from slidelens.geo.vectors.file import split_layer
from slidelens.geo.vectors.inventory import require_near
from slidelens.layers.crs.metric import reproject_together

Rows: TypeAlias = tuple[gpd.GeoDataFrame, Outlines]


@dataclass(frozen=True)
class BothInventories:
    """The inventory before and after its editing, in one metric CRS.

    Attributes:
        before: Rows as they were, and their outlines.
        after: Rows as they are, and their outlines.
        names: What to call the two in messages.
        mapped: The ground that was mapped according to each; None if it does not say so.
        area: Ground that was checked completely; None without.
        earlier: Labels of an earlier review; None without.
        edited: The edited file; None in memory.
        paths: All files that were read.
    """

    before: Rows
    after: Rows
    names: tuple[str, str]
    mapped: tuple[gpd.GeoDataFrame | None, gpd.GeoDataFrame | None]
    area: shapely.Geometry | None
    earlier: EarlierLabels | None
    edited: Path | None
    paths: tuple[Path, ...]

    @property
    def crs(self) -> object:
        """The CRS of all."""
        return self.before[0].crs


def read_both(
    mapped: InventoryLike,
    edited: InventoryLike,
    reviewed: InventoryLike | None,
    previous: PathLike | None,
    tolerance_m: float,
) -> BothInventories:
    """Read an inventory before and after its editing, and what else was given.

    Args:
        mapped: The inventory before its editing.
        edited: The inventory after it.
        reviewed: Ground that was checked completely.
        previous: Labels of an earlier review.
        tolerance_m: How far outlines may lie apart and be the same, m.

    Raises:
        InventoryError: One cannot be read, they are one file, or they lie apart.
    """
    files = read_file(mapped, "mapped"), read_file(edited, "edited")
    require_two(*files)
    area = None if reviewed is None else _read_area(reviewed, files)
    earlier = None if previous is None else read_earlier(previous)
    frames = [file.frame for file in files]
    names = [file.name for file in files]
    if area is not None:
        frames.append(area.frame)
        names.append(area.name)
    if earlier is not None:
        frames += [earlier.rows, earlier.known]
        names += [earlier.name, earlier.name]
    located = reproject_together(frames, names)
    require_near(located[0], located[1], (files[0].name, files[1].name))
    crs = located[0].crs
    ground = None if area is None else merge_area(replace(area, frame=located[2]))
    _require_area_near(ground, files, crs, "" if area is None else area.name)
    return BothInventories(
        before=without_repeated(located[0], files[0].name, tolerance_m),
        after=without_repeated(located[1], files[1].name, tolerance_m),
        names=(files[0].name, files[1].name),
        mapped=(_in_crs(files[0].mapped, crs), _in_crs(files[1].mapped, crs)),
        area=ground,
        earlier=earlier and replace(earlier, rows=located[-2], known=located[-1]),
        edited=files[1].path,
        paths=_paths(files, reviewed, earlier),
    )


def _read_area(reviewed: InventoryLike, files: tuple[InventoryFile, ...]) -> NamedInventory:
    """Read ground that was looked at, which an inventory's landslides are not."""
    if isinstance(reviewed, str | Path):
        file, layer = split_layer(reviewed)
        for each in files:
            is_same = each.path is not None and file.exists() and file.samefile(each.path)
            if is_same and (each.layer == layer or (layer is None and each.mapped is None)):
                raise InventoryError(
                    f"{file} (--reviewed) holds landslides, not the ground that was looked at; draw"
                    f" that in a layer of its own, and give it as '{file}|layername=LAYER'"
                )
    return load_area(reviewed, "reviewed")


def _in_crs(frame: gpd.GeoDataFrame | None, crs: object) -> gpd.GeoDataFrame | None:
    return None if frame is None else frame.to_crs(crs)


def _require_area_near(
    area: shapely.Geometry | None, files: tuple[InventoryFile, ...], crs: object, name: str
) -> None:
    """Raise InventoryError if ground that was looked at lies outside what was mapped."""
    if area is None:
        return
    for file in files:
        known = file.frame if file.mapped is None else file.mapped
        if len(known) and not shapely.box(*known.to_crs(crs).total_bounds).intersects(area):
            raise InventoryError(f"{name} lies outside {file.name}; check its CRS")


def _paths(
    files: tuple[InventoryFile, ...], reviewed: InventoryLike | None, earlier: EarlierLabels | None
) -> tuple[Path, ...]:
    paths = [file.path for file in files if file.path is not None]
    if isinstance(reviewed, str | Path):
        paths.append(split_layer(reviewed)[0])
    return (*paths, *([] if earlier is None else [earlier.path]))
