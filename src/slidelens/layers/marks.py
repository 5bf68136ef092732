"""Read marks: a handful of landslides, and ground that is known to be without any."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from slidelens.errors import InventoryError
from slidelens.escaping import counted
from slidelens.geo.vectors.columns import column_texts
from slidelens.geo.vectors.crs import require_located
from slidelens.geo.vectors.file import list_layers, list_rows, read_rows, split_layer
from slidelens.geo.vectors.labels import CLASS, LANDSLIDE, NOT_LANDSLIDE, kind_of
from slidelens.geo.vectors.polygons import require_polygons
from slidelens.types import Shapes

log = logging.getLogger(__name__)

CHANGE, CONFIRMED = "change", "kept"  # the column of a review, and what was right before
_ENOUGH_CONFIRMED = 10  # landslides, or half as many as were corrected if that is less
_ROUNDING = 1.01
_OUTLINES = "the outlines of landslides and of ground without any"


@dataclass(frozen=True)
class Marks:
    """What is known of a scene.

    Attributes:
        landslides: Polygons of landslides.
        bare: Polygons of ground without landslides.
        mapped: Polygons in which every landslide is marked.
        name: Name of the file, for messages.
        only_corrections: Whether they are of a review and tell hardly more than where a map was
            wrong.
    """

    landslides: gpd.GeoSeries
    bare: gpd.GeoSeries
    mapped: gpd.GeoSeries
    name: str
    only_corrections: bool = False

    def in_crs(self, crs: object) -> tuple[Shapes, Shapes, Shapes]:
        """Return landslides, bare and mapped ground as geometries in another CRS.

        Raises:
            InventoryError: Coordinates do not fit the CRS of the file.
        """
        found = []
        for series in (self.landslides, self.bare, self.mapped):
            shapes = series.to_crs(crs)
            if len(shapes) and not np.isfinite(shapes.total_bounds).all():
                raise InventoryError(
                    f"{self.name}: coordinates do not fit {series.crs.name}; set the true CRS"
                )
            found.append(np.asarray(shapes.to_numpy(), dtype=object))
        return found[0], found[1], found[2]


def read_marks(source: Path | str | gpd.GeoDataFrame) -> Marks:
    """Read marks from the layers and the column `class` of a vector file.

    Rows are landslides, unless their class is `not landslide`, or their layer has that name or
    `bare`. A layer `mapped` tells where every landslide is marked.

    Args:
        source: A vector file, `FILE|layername=LAYER`, or a GeoDataFrame.

    Raises:
        InventoryError: The file cannot be read, holds lines or points, or its layers cannot be
            told apart.
    """
    if isinstance(source, gpd.GeoDataFrame):
        name = "the marks"
        located = require_located(source.crs, name)
        layers = {"": source.set_crs(located, allow_override=True)}
    else:
        file, named = split_layer(source)
        name = file.name
        found = list_layers(file, "file of marks")
        if named is not None and named not in found:
            raise InventoryError(f"{file} has no layer {named}; it has {', '.join(found)}")
        names = [named] if named is not None else _known_layers(list(found), name)
        layers = {layer: read_rows(file, layer) for layer in names}
    kinds: dict[str, list[gpd.GeoSeries]] = {"landslide": [], "bare": [], "mapped": []}
    for layer, rows in layers.items():
        frame = require_polygons(rows, name, outlines=_OUTLINES)
        for kind, part in _split(frame, layer, name).items():
            kinds[kind].append(part)
    crs = next(iter(layers.values())).crs
    joined = {
        kind: pd.concat([part.to_crs(crs) for part in parts], ignore_index=True)
        if parts
        else gpd.GeoSeries([], crs=crs)
        for kind, parts in kinds.items()
    }
    changes = [rows[CHANGE] for rows in layers.values() if CHANGE in rows]
    landslides, bare, mapped = (
        float(shapely.area(part.to_numpy()).sum()) for part in joined.values()
    )
    alone = bool(changes) and are_corrections_alone(pd.concat(changes), landslides + bare, mapped)
    return Marks(joined["landslide"], joined["bare"], joined["mapped"], name, alone)


def are_corrections_alone(changes: pd.Series[str], marked_m2: float, mapped_m2: float) -> bool:
    """Return whether the labels of a review tell hardly more than where a map was wrong.

    Few landslides were right, and no ground was looked at as a whole.

    Args:
        changes: The column `change` of the labels.
        marked_m2: Their area, m² or any other unit.
        mapped_m2: Area of the ground that is known, in that unit.
    """
    confirmed = int((changes == CONFIRMED).sum())
    corrected = len(changes) - confirmed
    few = confirmed < min(_ENOUGH_CONFIRMED, corrected / 2)
    return few and mapped_m2 <= _ROUNDING * marked_m2


def _known_layers(layers: list[str], name: str) -> list[str]:
    """Return the layers to read: the only one, or those whose names say what they hold."""
    known = [layer for layer in layers if kind_of(layer) is not None]
    if len(layers) == 1:
        return layers
    if not known:
        raise InventoryError(
            f"{name} has the layers {', '.join(layers[:8])}; name them landslides,"
            f" {NOT_LANDSLIDE} and mapped, or give one as '{name}|layername={layers[0]}'"
        )
    if ignored := [layer for layer in layers if layer not in known]:
        log.warning("%s: not read: layer %s", name, ", ".join(ignored[:8]))
    return known


def _split(frame: gpd.GeoDataFrame, layer: str, name: str) -> dict[str, gpd.GeoSeries]:
    """Return the polygons of a layer by what they mark."""
    kind = kind_of(layer) or "landslide"
    if kind != "landslide":
        return {kind: frame.geometry}
    kinds = kinds_of(frame, name)
    return {each: frame.geometry[kinds == each] for each in ("landslide", "bare", "mapped")}


def kinds_of(frame: gpd.GeoDataFrame, name: str, quiet: bool = False) -> NDArray[np.object_]:
    """Return (n,) what the class of each row marks: `landslide`, `bare` or `mapped`.

    A row without a class is a landslide. So is one of any other class, which a warning tells.

    Args:
        frame: The rows.
        name: What to call them in messages.
        quiet: Whether to leave the warning out.
    """
    classes = column_texts(frame, CLASS)
    kinds = np.array([kind_of(text or LANDSLIDE) or "" for text in classes], dtype=object)
    other = kinds == ""
    if other.any() and not quiet:
        texts = sorted({text for text, kind in zip(classes, kinds, strict=True) if not kind})
        log.warning(
            "%s: %s of class %s taken for landslide (%s); ground without has the class `%s`",
            name,
            counted(int(other.sum()), "polygon"),
            ", ".join(texts[:3]),
            list_rows(frame.index[other]),
            NOT_LANDSLIDE,
        )
    kinds[other] = "landslide"
    return kinds
