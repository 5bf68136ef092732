"""Trace landslides through the inventories of several dates."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from rasterio.crs import CRS
from rasterio.errors import CRSError

from slidelens.analysis.lifecycle.dates import in_time_order
from slidelens.analysis.lifecycle.rules import LifecycleRules
from slidelens.analysis.lifecycle.summary import summarise
from slidelens.analysis.lifecycle.tracking import Lifecycle, trace
from slidelens.analysis.overlay import shapes_of
from slidelens.api.inputs import (
    InventoryLike,
    NamedInventory,
    PathLike,
    load_inventory,
    load_together,
    merge_area,
)
from slidelens.api.notebook import html_table
from slidelens.errors import GridError, InventoryError, OutputError, ParamsError
from slidelens.geo.grid import crs_name, require_metric_crs
from slidelens.geo.vector import require_near, write_layers
from slidelens.layers.footprint import read_observed
from slidelens.layers.metric import to_metric
from slidelens.types import Shapes

log = logging.getLogger(__name__)

_MIN_REPEATED_SHARE = 0.2  # of later polygons on earlier ground, below which --increments is likely


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
        """Write a GeoPackage with the layers observations, landslides and edges.

        Raises:
            OutputError: If the file is no GeoPackage or cannot be written.
        """
        require_geopackage(Path(path))
        write_layers(self.lifecycle.layers, Path(path))

    def __repr__(self) -> str:
        dates = ", ".join(map(str, self.ledger["date"]))
        return f"<Histories of {len(self.landslides)} landslides, {dates}>"

    def _repr_html_(self) -> str:
        columns = ["new", "expanded", "reactivated", "persistent", "shrinking", "healed"]
        rows = self.ledger.set_index("date")[columns].to_dict("index")
        return html_table({str(date): list(row.values()) for date, row in rows.items()}, columns)


def require_geopackage(path: Path) -> None:
    """Raise OutputError unless a path ends in .gpkg."""
    if path.suffix.lower() != ".gpkg":
        raise OutputError(f"{path} cannot hold three layers; give a file ending in .gpkg")


def trace_landslides(
    inventories: Mapping[str, InventoryLike],
    *,
    area: InventoryLike | None = None,
    observed: Mapping[str, InventoryLike] | None = None,
    crs: str | None = None,
    rules: LifecycleRules | None = None,
) -> Histories:
    """Trace landslides through dated inventories.

    Args:
        inventories: Inventories by date; labels that are dates are put in time order.
        area: The mapped area, for rates per km².
        observed: By date, what could be observed: polygons, or a raster's valid pixels.
            Dates that are not in it observed everything.
        crs: Metric CRS for all; by default that of the earliest inventory, or its UTM zone.
        rules: Thresholds of identity and change.

    Raises:
        InventoryError: If there is no inventory, or inventories lie far apart.
        GridError: If `crs` is not a CRS, or not in metres.
        ParamsError: If `observed` names another date.
    """
    if not inventories:
        raise InventoryError("there is no inventory to trace; give one for each date")
    rules = rules or LifecycleRules()
    dates = in_time_order(list(inventories)) or list(inventories)
    loaded = load_together([(inventories[date], date) for date in dates])
    common = loaded[0].crs if crs is None else _parse_crs(crs)
    frames = [to_metric(item.frame, item.name, common) for item in loaded]
    _require_near(loaded, frames)
    shapes = {date: _shapes(frame) for date, frame in zip(dates, frames, strict=True)}
    ground = None if area is None else _read_area(area, common)
    regions = _read_observed(observed or {}, dates, common)
    lifecycle = trace(shapes, rules, regions, common.to_wkt())
    _warn_of_increments(lifecycle, rules)
    return Histories(lifecycle, common, rules, ground)


def _read_area(area: InventoryLike, crs: CRS) -> shapely.Geometry:
    item = load_inventory(area, "area")
    return merge_area(
        NamedInventory(to_metric(item.frame, item.name, crs), item.name, item.location, item.stem)
    )


def _require_near(loaded: list[NamedInventory], frames: list[gpd.GeoDataFrame]) -> None:
    filled = [index for index, frame in enumerate(frames) if not frame.empty]
    for index in filled[1:]:
        names = loaded[filled[0]].location, loaded[index].location
        require_near(frames[filled[0]], frames[index], names)


def _warn_of_increments(lifecycle: Lifecycle, rules: LifecycleRules) -> None:
    """Warn if the inventories seem to hold only what is new since the previous one."""
    ledger = lifecycle.ledger
    later = ledger.iloc[1:]
    polygons, repeated = int(later["polygons"].sum()), int(later["on_earlier_ground"].sum())
    few = repeated < _MIN_REPEATED_SHARE * polygons
    if polygons and ledger["polygons"].iloc[0] and few and not rules.increments:
        log.warning(
            "only %d of %d polygons after %s lie on earlier landslide ground; if the inventories "
            "hold only what is new, give --increments: what they do not hold then counts as not "
            "seen, not as healed",
            repeated,
            polygons,
            ledger["date"].iloc[0],
        )


def _parse_crs(text: str) -> CRS:
    try:
        crs = CRS.from_user_input(text)
    except CRSError as error:
        raise GridError(
            f"--crs is {text}, which is no CRS; give for instance EPSG:32645"
        ) from error
    require_metric_crs(crs)
    return crs


def _shapes(frame: gpd.GeoDataFrame) -> Shapes:
    return shapes_of(frame.geometry.to_numpy())


def _read_observed(
    observed: Mapping[str, InventoryLike], dates: list[str], crs: CRS
) -> dict[str, Shapes]:
    regions = {}
    for date, source in observed.items():
        if date not in dates:
            raise ParamsError(
                f"--observed names {date}, which is none of the dates {', '.join(dates)}; "
                "use one of them"
            )
        in_memory = isinstance(source, gpd.GeoDataFrame)
        frame = source if in_memory else read_observed(Path(source))
        name = f"observed {date}" if in_memory else Path(source).name
        regions[date] = _shapes(to_metric(frame, name, crs))
    return regions
