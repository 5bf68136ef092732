"""Read an inventory with the rows of every class, and the ground that it says was mapped."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np

from slidelens.analysis.overlay import shapes_of
from slidelens.analysis.review.outlines import Outlines, repeated
from slidelens.api.inputs.inventories import InventoryLike, check_in_memory
from slidelens.api.review.reviewer import REVIEWED_BY
from slidelens.errors import InventoryError
from slidelens.escaping import counted
from slidelens.geo.vectors.columns import column_texts, find_column
from slidelens.geo.vectors.file import choose_layer, list_layers, list_rows, read_rows, split_layer
from slidelens.geo.vectors.inventory import LAYER, read_area
from slidelens.geo.vectors.labels import inventory_layers, mapped_layer
from slidelens.geo.vectors.polygons import require_polygons
from slidelens.importing.inventories import plain_columns
from slidelens.layers.marks import kinds_of

log = logging.getLogger(__name__)

ID = "id"
SHAPEFILE_NAME = 10  # characters of a column's name that a Shapefile keeps


@dataclass(frozen=True)
class InventoryFile:
    """An inventory as it was read.

    Attributes:
        frame: All rows, landslides or not.
        mapped: The ground that was mapped; None if the file does not say it.
        name: What to call it in messages.
        path: The file, without the name of a layer; None in memory.
        layer: The layer; empty without one.
    """

    frame: gpd.GeoDataFrame
    mapped: gpd.GeoDataFrame | None
    name: str
    path: Path | None = None
    layer: str = ""


def read_file(source: InventoryLike, role: str) -> InventoryFile:
    """Read an inventory, or check one that is in memory.

    Args:
        source: A vector file, `FILE|layername=LAYER`, or a GeoDataFrame.
        role: What to call a GeoDataFrame in messages.

    Raises:
        InventoryError: It cannot be read, has no CRS, or holds lines or points.
    """
    if isinstance(source, gpd.GeoDataFrame):
        return InventoryFile(_plain(check_in_memory(source, role), role), None, role)
    if not isinstance(source, str | Path):
        raise InventoryError(
            f"{role} is a {type(source).__name__}; give a path or a GeoDataFrame of polygons"
        )
    file, named = split_layer(source)
    layers = list_layers(file, "inventory")
    ground = mapped_layer(layers, file)
    others = layers if named is not None else inventory_layers(layers, file)
    chosen = choose_layer(file, others, (LAYER,), named)
    if ignored := [each for each in layers if each not in (chosen, ground)]:
        log.warning("%s: not read: layer %s", file.name, ", ".join(ignored[:8]))
    frame = require_polygons(read_rows(file, chosen), file.name)
    mapped = None if ground is None else _plain(read_area(file, ground), file.name)
    if mapped is not None and mapped.empty:
        mapped = None
    return InventoryFile(_plain(frame, file.name), mapped, file.name, file, chosen)


def _plain(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Return the rows with the columns that a GeoPackage can hold, but for its own key."""
    if frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    short = find_column(frame, REVIEWED_BY[:SHAPEFILE_NAME])
    if short is not None and find_column(frame, REVIEWED_BY) is None:
        frame = frame.rename(columns={short: REVIEWED_BY})
    key = find_column(frame, "fid")
    return plain_columns(frame if key is None else frame.drop(columns=key), name)


def find_cut_column(frame: gpd.GeoDataFrame, name: str) -> str | None:
    """Return the column of a name, whole or as a Shapefile cuts it; None if there is none."""
    return find_column(frame, name) or find_column(frame, name[:SHAPEFILE_NAME])


def require_two(before: InventoryFile, after: InventoryFile) -> None:
    """Raise InventoryError if the inventory before its editing is the edited one itself."""
    if before.path is None or after.path is None or before.layer != after.layer:
        return
    if before.path.samefile(after.path):
        raise InventoryError(
            f"{after.path} is given as the inventory before and after its editing; if it was"
            " edited in place, map the image again into a new folder, which gives the same"
            " inventory, and name that first"
        )


def without_repeated(
    frame: gpd.GeoDataFrame, name: str, tolerance_m: float
) -> tuple[gpd.GeoDataFrame, Outlines]:
    """Return rows and their outlines, each once; a warning tells of those that are left out.

    Args:
        frame: Rows in a metric CRS.
        name: What to call them in messages.
        tolerance_m: How far outlines may lie apart and be the same, m.

    Raises:
        InventoryError: A class cannot be understood.
    """
    outlines = _outlines_of(frame, name)
    again = repeated(outlines, tolerance_m)
    if not again.any():
        return frame, outlines
    log.warning(
        "%s: %s left out (%s)",
        name,
        counted(
            int(again.sum()),
            "polygon that is the same as an earlier one is",
            "polygons that are the same as earlier ones are",
        ),
        list_rows(frame.index[again]),
    )
    kept = frame[~again].reset_index(drop=True)
    return kept, _outlines_of(kept, name, quiet=True)


def _outlines_of(frame: gpd.GeoDataFrame, name: str, quiet: bool = False) -> Outlines:
    kinds = kinds_of(frame, name, quiet)
    if (mapped := kinds == "mapped").any():
        raise InventoryError(
            f"{name} has polygons of class `mapped` ({list_rows(frame.index[mapped])}); give"
            " ground that was looked at as an area (--reviewed)"
        )
    return Outlines(
        shapes_of(frame.geometry.to_numpy()),
        np.asarray(kinds == "landslide"),
        column_texts(frame, ID),
    )
