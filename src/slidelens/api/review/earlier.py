"""Labels of an earlier review, and what of them the inventory still says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from slidelens.analysis.overlay import shapes_of
from slidelens.analysis.review.ground import uncovered
from slidelens.analysis.review.outlines import Outlines, pair_same
from slidelens.api.inputs.inventories import PathLike
from slidelens.api.review.reading import read_file
from slidelens.api.review.reviewer import REVIEWED_AT, REVIEWED_BY
from slidelens.api.review.rows import COLUMNS
from slidelens.errors import InventoryError
from slidelens.geo.vectors.columns import column_texts
from slidelens.geo.vectors.labels import CLASS, LANDSLIDE
from slidelens.types import Mask


@dataclass(frozen=True)
class EarlierLabels:
    """Labels of an earlier review.

    Attributes:
        rows: A row for each polygon, with the columns of labels.
        known: Ground that was known, with who knew it and when.
        name: What to call them in messages.
        path: The file.
    """

    rows: gpd.GeoDataFrame
    known: gpd.GeoDataFrame
    name: str
    path: Path


def read_earlier(path: PathLike) -> EarlierLabels:
    """Read labels that `slidelens review` wrote.

    Args:
        path: The file.

    Raises:
        InventoryError: It cannot be read, or is no such file.
    """
    file = read_file(path, "previous")
    missing = [name for name in COLUMNS if name not in file.frame]
    if missing or file.mapped is None or file.path is None:
        what = f"its landslides have no column {missing[0]}" if missing else "it has no mapped"
        raise InventoryError(
            f"{file.name} holds no labels of an earlier review ({what}); give a file that"
            " `slidelens review -o` wrote"
        )
    return EarlierLabels(file.frame, file.mapped, file.name, file.path)


@dataclass(frozen=True)
class JoinedLabels:
    """Earlier and new labels.

    Attributes:
        labels: Those that hold.
        added: Those of them that are new.
        gone: Earlier ones that no longer hold.
    """

    labels: gpd.GeoDataFrame
    added: gpd.GeoDataFrame
    gone: gpd.GeoDataFrame


def join_earlier(
    earlier: gpd.GeoDataFrame, new: gpd.GeoDataFrame, after: Outlines, tolerance_m: float
) -> JoinedLabels:
    """Join earlier and new labels.

    What was said before stays with its reviewer; new labels that say the same are left out. An
    earlier landslide holds while the inventory has that polygon, and earlier ground without any as
    far as no landslide covers it.

    Args:
        earlier: Earlier labels.
        new: Labels of this review, in the same CRS.
        after: The inventory as it is.
        tolerance_m: How far outlines may lie apart and be the same, m.
    """
    shapes, is_landslide = _shapes(earlier), _is_landslide(earlier)
    there = np.zeros(len(earlier), dtype=bool)
    there[pair_same(shapes, after.landslides(), tolerance_m)[0]] = True
    rest = uncovered(shapes, after.landslides(), tolerance_m)
    holds = np.where(is_landslide, there, ~shapely.is_empty(rest))
    kept = earlier.set_geometry(
        gpd.GeoSeries(
            shapes_of(np.where(is_landslide, shapes, rest)), index=earlier.index, crs=earlier.crs
        )
    )[holds]
    kept = kept.assign(area_m2=np.round(kept.area, 1))
    first, second = pair_same(_shapes(kept), _shapes(new), tolerance_m)
    again = np.zeros(len(new), dtype=bool)
    again[second[_is_landslide(kept)[first] == _is_landslide(new)[second]]] = True
    added = plain_labels(new[~again])
    joined = pd.concat([plain_labels(kept), added], ignore_index=True)
    labels = gpd.GeoDataFrame(joined, geometry="geometry", crs=new.crs)
    return JoinedLabels(labels, added, earlier[~holds])


def plain_labels(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return labels with their columns alone, each of its type.

    Args:
        frame: Labels.
    """
    numbers = {"probability_before", "area_m2"}
    types = {name: "float64" if name in numbers else "string" for name in COLUMNS}
    return frame[[*COLUMNS, "geometry"]].astype(types)


def plain_ground(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return known ground with who knows it and when.

    Args:
        frame: Polygons, perhaps of another program, without these columns.
    """
    found = {
        name: pd.array([text or pd.NA for text in column_texts(frame, name)], dtype="string")
        for name in (REVIEWED_BY, REVIEWED_AT)
    }
    areas = np.round(frame.area.to_numpy(), 1)
    return gpd.GeoDataFrame({"area_m2": areas, **found}, geometry=_shapes(frame), crs=frame.crs)


def _shapes(frame: gpd.GeoDataFrame) -> np.ndarray:
    return shapes_of(frame.geometry.to_numpy())


def _is_landslide(frame: gpd.GeoDataFrame) -> Mask:
    return np.array([text == LANDSLIDE for text in column_texts(frame, CLASS)], dtype=bool)
