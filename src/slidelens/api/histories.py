"""Trace landslides through the inventories of several dates."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from rasterio.crs import CRS

from slidelens.analysis.lifecycle.rules import LifecycleRules
from slidelens.analysis.lifecycle.statistics.doubts import coverage_doubts, increment_doubt
from slidelens.analysis.lifecycle.statistics.summary import summarise
from slidelens.analysis.lifecycle.tracking import Lifecycle, trace
from slidelens.analysis.overlay import shapes_of
from slidelens.api.inputs.dates import by_date
from slidelens.api.inputs.inventories import (
    InventoryLike,
    NamedInventory,
    PathLike,
    load_area,
    load_together,
    merge_area,
)
from slidelens.api.inputs.observed_ground import mapped_at, observed_at, within
from slidelens.api.notebook import html_table
from slidelens.errors import InventoryError, ParamsError
from slidelens.escaping import counted
from slidelens.geo.grid import crs_name
from slidelens.geo.rasters.options import ReadingOptions
from slidelens.geo.vectors.inventory import require_near
from slidelens.layers.crs.metric import to_metric
from slidelens.layers.crs.named import parse_metric_crs, warn_of_stretched_areas
from slidelens.layers.vector_formats import write_styled
from slidelens.outputs import require_geopackage
from slidelens.qgis.vector_styles import history_styles
from slidelens.types import Shapes

log = logging.getLogger(__name__)

_MOST_PARTS = 200  # of one landslide


@dataclass(frozen=True, repr=False)
class Histories:
    """The histories of landslides.

    Attributes:
        lifecycle: Landslides, observations, mergers, splits and ledger.
        crs: The common CRS, in metres.
        rules: The thresholds that were used.
        area: The mapped area, None if unknown.
    """

    lifecycle: Lifecycle
    crs: CRS
    rules: LifecycleRules
    area: shapely.Geometry | None = None

    @property
    def landslides(self) -> gpd.GeoDataFrame:
        """A row per landslide, with its footprint."""
        return self.lifecycle.landslides

    @property
    def observations(self) -> gpd.GeoDataFrame:
        """A row per landslide and date at which it has a state."""
        return self.lifecycle.observations

    @property
    def edges(self) -> gpd.GeoDataFrame:
        """A row per merger or split."""
        return self.lifecycle.edges

    @property
    def ledger(self) -> pd.DataFrame:
        """A row per date with counts and areas."""
        return self.lifecycle.ledger

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as JSON values, those of `slidelens lifecycle`."""
        numbers = summarise(self.lifecycle, self.rules.tolerance_m, self.area)
        return {**numbers, "crs": crs_name(self.crs), "rules": asdict(self.rules)}

    def save(self, path: PathLike) -> None:
        """Write a GeoPackage with the layers observations, landslides and edges, styled for QGIS.

        Raises:
            OutputError: If the file is no GeoPackage or cannot be written.
        """
        require_geopackage(Path(path))
        write_styled(self.lifecycle.layers, Path(path), history_styles())

    def __repr__(self) -> str:
        dates = ", ".join(map(str, self.ledger["date"]))
        return f"<Histories of {counted(len(self.landslides), 'landslide')}, {dates}>"

    def _repr_html_(self) -> str:
        columns = ["new", "expanded", "reactivated", "persistent", "shrinking", "healed"]
        rows = self.ledger.set_index("date")[columns].to_dict("index")
        return html_table({str(date): list(row.values()) for date, row in rows.items()}, columns)


def trace_landslides(
    inventories: Mapping[str, InventoryLike],
    *,
    area: InventoryLike | None = None,
    observed: Mapping[str, InventoryLike] | None = None,
    nodata: float | None = None,
    crs: str | None = None,
    rules: LifecycleRules | None = None,
) -> Histories:
    """Trace landslides through dated inventories.

    Args:
        inventories: Inventories by date; labels that hold dates are put in time order, others
            must be in it.
        area: The mapped area, for rates per km². Ground outside it is observed at no date.
        observed: By date, what could be observed: polygons, or a raster's valid pixels.
            Dates that are not in it observed the layer `mapped` of their inventory; without
            one the whole area, or everything, and a warning says so where landslides heal.
        nodata: A value that stands for no data in the rasters of `observed`, besides what the
            files declare.
        crs: Metric CRS for all; by default that of the earliest inventory, or its UTM zone.
        rules: Thresholds of identity and change.

    Raises:
        InventoryError: If there is no inventory, inventories lie far apart, all landslides lie
            outside `area`, or the labels do not tell their order.
        GridError: If `crs` is not a CRS, or not in metres.
        ParamsError: If `observed` names another date, or `nodata` is given without it.
    """
    if not isinstance(inventories, Mapping):
        raise InventoryError(
            "inventories must be given by date, like {'2018': 'a.gpkg', '2019': 'b.gpkg'}"
        )
    if not inventories:
        raise InventoryError("there is no inventory to trace; give one for each date")
    if nodata is not None and not observed:
        raise ParamsError("nodata (--nodata) has no use without observed (--observed); give both")
    rules = rules or LifecycleRules()
    dated = by_date(inventories)
    dates = list(dated)
    loaded = load_together([(dated[date], date) for date in dates])
    common = loaded[0].crs if crs is None else parse_metric_crs(crs, "crs (--crs)")
    frames = [to_metric(item.frame, item.name, common) for item in loaded]
    if crs is not None:
        warn_of_stretched_areas(common, frames[0], "crs (--crs)", "leave it out")
    for item, frame in zip(loaded, frames, strict=True):
        _require_one_landslide_a_row(item, frame)
    _require_near(loaded, frames)
    ground = None if area is None else _read_area(area, common, frames)
    options = ReadingOptions(nodata=nodata, nodata_option="nodata (--nodata)")
    seen = mapped_at(dated, common) | observed_at(
        observed or {}, dates, common, loaded, frames, options
    )
    regions = seen if ground is None else within(seen, ground, dates)
    shapes = {date: _shapes(frame) for date, frame in zip(dates, frames, strict=True)}
    lifecycle = trace(shapes, rules, regions, common.to_wkt())
    if not rules.increments:
        _warn(lifecycle, set(dates) - set(seen))
    return Histories(lifecycle, common, rules, ground)


def _read_area(
    area: InventoryLike, crs: CRS, frames: Sequence[gpd.GeoDataFrame]
) -> shapely.Geometry:
    """Return the mapped area; raise InventoryError if all landslides lie outside it."""
    item = load_area(area)
    ground = merge_area(
        NamedInventory(to_metric(item.frame, item.name, crs), item.name, item.location, item.stem)
    )
    shapely.prepare(ground)
    landslides = np.concatenate([_shapes(frame) for frame in frames])
    if len(landslides) and not shapely.intersects(ground, landslides).any():
        raise InventoryError(
            f"none of {counted(len(landslides), 'landslide')} lies in {item.name}; check its CRS"
        )
    return ground


def _require_near(loaded: list[NamedInventory], frames: list[gpd.GeoDataFrame]) -> None:
    filled = [index for index, frame in enumerate(frames) if not frame.empty]
    for index in filled[1:]:
        names = loaded[filled[0]].location, loaded[index].location
        require_near(frames[filled[0]], frames[index], names)


def _require_one_landslide_a_row(item: NamedInventory, frame: gpd.GeoDataFrame) -> None:
    """Raise InventoryError if a row holds so many polygons that it is no landslide.

    In a dissolved layer all landslides would be one, into which those of the date before merge.
    """
    parts = shapely.get_num_geometries(_shapes(frame))
    if len(parts) and parts.max() > _MOST_PARTS:
        raise InventoryError(
            f"row {int(parts.argmax())} of {item.location} holds {parts.max()} polygons, and a row "
            "is one landslide; split them, for instance with `ogr2ogr -explodecollections`"
        )


def _warn(lifecycle: Lifecycle, unknown: set[str]) -> None:
    """Warn of what counts as healed and may only not have been mapped."""
    if doubt := increment_doubt(lifecycle.ledger):
        log.warning(
            "%sgive LifecycleRules(increments=True) (--increments): what they do not hold "
            "then counts as not seen, not as healed",
            doubt,
        )
        return
    for line in coverage_doubts(lifecycle, unknown):
        log.warning(
            "%s; if it covers less, give its image or area with observed (--observed)", line
        )


def _shapes(frame: gpd.GeoDataFrame) -> Shapes:
    return shapes_of(frame.geometry.to_numpy())
