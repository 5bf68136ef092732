"""Make sure that rows are valid polygons: repair what can be repaired, and tell the rows."""

from __future__ import annotations

import logging

import geopandas as gpd
import numpy as np
import shapely

from slidelens.errors import InventoryError
from slidelens.escaping import counted
from slidelens.geo.vectors.crossings import MAX_CROSSINGS, count_crossings, edges_of
from slidelens.geo.vectors.file import list_rows
from slidelens.types import Mask, Shapes

log = logging.getLogger(__name__)

_POLYGONAL = ("Polygon", "MultiPolygon")
_MAX_COORDINATE = 1e11  # no place on Earth has it, in millimetres either
_FEW_VERTICES = 200  # fewer vertices cannot reach MAX_CROSSINGS


def require_polygons(
    frame: gpd.GeoDataFrame,
    name: str,
    *,
    outlines: str = "the outlines of the landslides",
    renumber: bool = True,
) -> gpd.GeoDataFrame:
    """Drop rows without geometry and repair invalid polygons, each with a warning.

    Args:
        frame: The rows of a file.
        name: Name of the inventory, for messages.
        outlines: What to give instead of lines and points, for the message.
        renumber: Number the rows anew in the result; they keep their numbers otherwise.

    Returns:
        The rows that have an area, index 0…n-1 or a part of it.

    Raises:
        InventoryError: No row has a geometry; or one is not polygonal, and the first such type is
            named; or it crosses itself too often to be repaired, or its coordinates are no place.
    """
    empty = (frame.geometry.isna() | frame.geometry.is_empty).to_numpy()
    if len(empty) and empty.all():
        raise InventoryError(
            f"{name} has {counted(len(empty), 'row')}, and none has a geometry that can be read;"
            f" give {outlines}, or delete the rows"
        )
    if empty.any():
        left_out = counted(int(empty.sum()), "row without geometry is", "rows without geometry are")
        log.warning("%s: %s left out (%s)", name, left_out, list_rows(frame.index[empty]))
        frame = frame[~empty]
    frame = _repair(_only_polygons(_drop_unplaced(frame, name), name, outlines), name)
    return frame.reset_index(drop=True) if renumber else frame


def _drop_unplaced(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Leave out rows with coordinates that are no numbers; refuse those of no place."""
    shapes = frame.geometry.to_numpy()
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    beyond = np.flatnonzero(
        np.isfinite(coordinates).all(1) & (abs(coordinates) > _MAX_COORDINATE).any(1)
    )
    if len(beyond):
        x, y = coordinates[beyond[0]]
        raise InventoryError(
            f"{name} has coordinates {x:.7g}, {y:.7g} ({list_rows([frame.index[owner[beyond[0]]]])}"
            "), which are no place on Earth; correct or delete them"
        )
    lost = np.zeros(len(frame), dtype=bool)
    lost[owner[~np.isfinite(coordinates).all(axis=1)]] = True
    if not lost.any():
        return frame
    log.warning(
        "%s: %s (%s)",
        name,
        counted(
            lost.sum(),
            "polygon has coordinates that are no numbers and is left out",
            "polygons have coordinates that are no numbers and are left out",
        ),
        list_rows(frame.index[lost]),
    )
    return frame[~lost]


def _only_polygons(frame: gpd.GeoDataFrame, name: str, outlines: str) -> gpd.GeoDataFrame:
    """Take the polygons out of collections; raise InventoryError for lines and points."""
    kinds = frame.geom_type.to_numpy()
    shapes = frame.geometry.to_numpy()
    mixed = np.flatnonzero(kinds == "GeometryCollection")
    taken = {position: _polygons_of(shapes[position]) for position in mixed}
    refused = sorted(
        {*kinds[kinds != "GeometryCollection"]}.difference(_POLYGONAL)
        | {"GeometryCollection" for shape in taken.values() if shape is None}
    )
    if refused:
        raise InventoryError(f"{name} holds {refused[0]} geometries, not polygons; give {outlines}")
    if not taken:
        return frame
    log.warning(
        "%s: only the polygons of %s of geometries are read (%s)",
        name,
        counted(len(mixed), "collection"),
        list_rows(frame.index[mixed]),
    )
    replaced = np.array(shapes, dtype=object)
    replaced[mixed] = list(taken.values())
    return frame.set_geometry(gpd.GeoSeries(replaced, index=frame.index, crs=frame.crs))


def _polygons_of(collection: shapely.Geometry) -> shapely.Geometry | None:
    """Return the polygons of a collection, also of nested ones; None if it has none."""
    parts = shapely.get_parts(collection)
    while (shapely.get_type_id(parts) > shapely.GeometryType.MULTIPOINT).any():
        parts = shapely.get_parts(parts)
    polygons = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    if len(polygons) == 1:
        only: shapely.Geometry = polygons[0]
        return only
    return shapely.MultiPolygon(list(polygons)) if len(polygons) else None


def _repair(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    shapes = np.array(frame.geometry.to_numpy(), dtype=object)
    invalid = ~shapely.is_valid(shapes)
    if not invalid.any():
        return frame
    _require_few_crossings(frame, shapes, invalid, name)
    log.warning(
        "%s: %s repaired (%s)",
        name,
        counted(int(invalid.sum()), "invalid polygon"),
        list_rows(frame.index[invalid]),
    )
    # The method "linework" would fill a hole that shares an edge with its outline.
    try:
        shapes[invalid] = shapely.make_valid(
            shapes[invalid], method="structure", keep_collapsed=False
        )
    except shapely.errors.GEOSException as error:
        reason = " ".join(str(error).split())
        raise InventoryError(
            f"{name}: invalid polygons ({list_rows(frame.index[invalid])}) cannot be repaired"
            f" ({reason}); correct them in a GIS"
        ) from error
    without_area = shapely.is_empty(shapes)
    if without_area.any():
        log.warning(
            "%s: %s (%s)",
            name,
            counted(
                int(without_area.sum()),
                "polygon has no area after repair and is left out",
                "polygons have no area after repair and are left out",
            ),
            list_rows(frame.index[without_area]),
        )
    fixed = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))
    return fixed[~without_area]


def _require_few_crossings(
    frame: gpd.GeoDataFrame, shapes: Shapes, invalid: Mask, name: str
) -> None:
    total = 0
    for position in np.flatnonzero(invalid & (shapely.get_num_coordinates(shapes) > _FEW_VERTICES)):
        total += count_crossings(edges_of(shapes[position]), most=MAX_CROSSINGS - total)
        if total > MAX_CROSSINGS:
            raise InventoryError(
                f"{name}: outlines cross themselves over {MAX_CROSSINGS:,} times"
                f" ({list_rows([frame.index[position]])}) and cannot be repaired;"
                " correct or delete them in a GIS"
            )
